/* iv/audio.h - sound in memory, in files and on its way to another rate.
 *
 * Why:     every source (file, pipe, microphone, synthesiser) becomes mono signed 16-bit PCM before anyone looks at it.
 * Owns:    a pcm owns its samples.
 * Threads: one owner at a time.
 * Units:   samples are mono frames; rates in Hz.
 * Errors:  IV_E_STT_INVALID_AUDIO for what is not audio (naming the file and why), IV_E_NOT_FOUND, IV_E_TOO_LARGE, IV_E_IO.
 */
#ifndef IV_AUDIO_H
#define IV_AUDIO_H

#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

#define IV_STT_RATE_HZ 16000u
#define IV_TTS_RATE_HZ 24000u
#define IV_AUDIO_MAX_SECONDS 14400u

struct iv_pcm {
    int16_t *samples;
    size_t len, cap;
    uint32_t rate_hz;
};

void iv_pcm_release(struct iv_pcm *p);
enum iv_code iv_pcm_append(struct iv_pcm *p, const int16_t *samples, size_t n,
                           struct iv_error *err);
static inline uint64_t iv_pcm_ms(const struct iv_pcm *p)
{
    return p->rate_hz ? p->len * 1000ull / p->rate_hz : 0;
}

/* Any format libsndfile reads (WAV, FLAC, Ogg, Opus, MP3), any channels, mixed down and resampled (libsoxr) to want_hz.
 * path "-" reads standard input to its end. A truncated file gives what is there and an error text in `warning` (may be NULL;
 * code IV_OK when there is nothing to say). max_seconds 0 means IV_AUDIO_MAX_SECONDS. `out` is empty on failure. */
enum iv_code iv_audio_load(const char *path, uint32_t want_hz, size_t max_seconds,
                           struct iv_pcm *out, struct iv_error *warning, struct iv_error *err);

typedef struct iv_resampler iv_resampler;
enum iv_code iv_resampler_new(uint32_t from_hz, uint32_t to_hz, iv_resampler **out,
                              struct iv_error *err);
/* Appends to out; n == 0 flushes the tail. */
enum iv_code iv_resampler_push(iv_resampler *r, const int16_t *in, size_t n, struct iv_pcm *out,
                               struct iv_error *err);
void iv_resampler_free(iv_resampler *r);

enum iv_audio_format { IV_AUDIO_WAV, IV_AUDIO_PCM, IV_AUDIO_OPUS, IV_AUDIO_MP3 };
/* By the name's ending; false when it has none of wav, pcm, raw, opus, ogg, mp3. */
int iv_audio_format_of(const char *path, enum iv_audio_format *out);

typedef struct iv_audio_writer iv_audio_writer;
/* path "-" is standard output; a WAV into a pipe says "unknown length" as sox and ffmpeg do. */
enum iv_code iv_audio_writer_open(const char *path, enum iv_audio_format format, uint32_t rate_hz,
                                  iv_audio_writer **out, struct iv_error *err);
enum iv_code iv_audio_writer_put(iv_audio_writer *w, const int16_t *samples, size_t n,
                                 struct iv_error *err);
enum iv_code iv_audio_writer_close(iv_audio_writer *w,
                                   struct iv_error *err); /* frees; NULL is fine */

/* Level of a run of samples in dB below full scale; -96 for silence. */
double iv_audio_level_db(const int16_t *samples, size_t n);

#endif

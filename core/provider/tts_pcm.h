/* tts_pcm.h - bytes of headerless 16-bit little-endian PCM, cut anywhere, become samples at IV_TTS_RATE_HZ.
 *
 * Why:     services send sound in pieces of any length, also in the middle of a sample, and at rates of their own.
 * Owns:    its resampler and the samples until the next push.
 * Threads: one owner.
 * Errors:  IV_E_NOMEM.
 */
#ifndef IV_PROVIDER_TTS_PCM_H
#define IV_PROVIDER_TTS_PCM_H

#include <stdbool.h>

#include "iv/audio.h"

struct tts_pcm {
    uint8_t odd; /* first byte of a sample whose second is still to come */
    bool has_odd;
    uint64_t n_in; /* samples that came */
    uint32_t rate_hz;
    iv_resampler *resampler; /* NULL: the rate is right */
    struct iv_pcm out;
    void (*audio)(void *arg, const int16_t *samples, size_t n);
    void *arg;
};

enum iv_code iv_tts_pcm_init(struct tts_pcm *p, uint32_t rate_hz,
                             void (*audio)(void *arg, const int16_t *samples, size_t n), void *arg,
                             struct iv_error *err);
enum iv_code iv_tts_pcm_bytes(struct tts_pcm *p, const void *bytes, size_t len,
                              struct iv_error *err);
enum iv_code iv_tts_pcm_samples(struct tts_pcm *p, const int16_t *samples, size_t n,
                                struct iv_error *err);
enum iv_code iv_tts_pcm_end(struct tts_pcm *p, struct iv_error *err); /* what the resampler keeps */
void iv_tts_pcm_release(struct tts_pcm *p);

#endif

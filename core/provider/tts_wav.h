/* tts_wav.h - takes the head off a WAV stream that came where headerless PCM was asked for.
 *
 * Why:     some servers that speak like OpenAI know no "pcm" and send the file they would have sent anyway.
 * Owns:    nothing.
 * Threads: one owner.
 * Errors:  IV_E_TTS_ERROR: a WAV that is not 16-bit mono PCM.
 */
#ifndef IV_PROVIDER_TTS_WAV_H
#define IV_PROVIDER_TTS_WAV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

enum tts_wav_state { TTS_WAV_START, TTS_WAV_CHUNK, TTS_WAV_FORMAT, TTS_WAV_DATA, TTS_WAV_RAW };

/* Zeroed at the start. */
struct tts_wav {
    enum tts_wav_state state;
    uint8_t part[16]; /* of what the state waits for */
    size_t n_part;
    uint32_t skip; /* of a chunk that says nothing to us */
    uint32_t left; /* of the samples; UINT32_MAX: to the end of the stream */
    uint32_t rate_hz; /* told by the head; 0: none yet */
};

/* Eats what is no sound from *data, *len. What is left is sound, cut anywhere, when the state is DATA or RAW; RAW: `part` with n_part
 * bytes comes before it, once. Call again while *len is not 0. *sound bytes may be taken at once. */
enum iv_code iv_tts_wav_eat(struct tts_wav *w, const uint8_t **data, size_t *len, size_t *sound,
                            struct iv_error *err);

#endif

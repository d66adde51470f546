/* mp3.h - MP3 as it comes from a service becomes samples as they can be heard.
 *
 * Why:     some voices speak nothing else; a whole file is libsndfile's, a stream is this.
 * Owns:    its decoder.
 * Threads: one owner at a time.
 * Units:   bytes in, mono samples at rate_hz out.
 * Errors:  IV_E_UNAVAILABLE without libmpg123, IV_E_DATA for bytes that are no MP3 at this rate, IV_E_NOMEM.
 */
#ifndef IV_AUDIO_MP3_H
#define IV_AUDIO_MP3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

typedef struct iv_mp3 iv_mp3;

bool iv_mp3_is_there(void); /* in this build */
/* A stream at another rate than rate_hz is refused. */
enum iv_code iv_mp3_new(uint32_t rate_hz, void (*fn)(void *arg, const int16_t *samples, size_t n),
                        void *arg, iv_mp3 **out, struct iv_error *err);
enum iv_code iv_mp3_push(iv_mp3 *m, const void *bytes, size_t len, struct iv_error *err);
void iv_mp3_free(iv_mp3 *m); /* NULL is fine */

#endif

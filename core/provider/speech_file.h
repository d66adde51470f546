/* speech_file.h - one speech as bytes: the form of a cache file.
 *
 * Why:     what comes from a disk is checked before it is believed.
 * Errors:  decode returns false for anything that encode did not write.
 */
#ifndef IV_PROVIDER_SPEECH_FILE_H
#define IV_PROVIDER_SPEECH_FILE_H

#include "iv/buf.h"
#include "iv/tts.h"

#define SPEECH_FILE_MAX_BYTES (64u << 20)

void iv_speech_encode(const struct iv_speech *s, struct iv_buf *out); /* look at out->failed */
bool iv_speech_decode(const char *bytes, size_t len, struct iv_speech *out);
bool iv_speech_copy(const struct iv_speech *from, struct iv_speech *to);

#endif

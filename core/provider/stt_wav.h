/* stt_wav.h - samples as a WAV file in memory, for services that take files. Caller frees; NULL without memory. */
#ifndef IV_PROVIDER_STT_WAV_H
#define IV_PROVIDER_STT_WAV_H

#include <stddef.h>
#include <stdint.h>

#define STT_WAV_HEADER 44u

char *iv_stt_wav(const int16_t *samples, size_t n, uint32_t rate_hz, size_t *len);

#endif

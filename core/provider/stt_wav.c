/* stt_wav.c - see the header. Forty-four bytes in front of the samples: libsndfile would want a file for them. */
#include "provider/stt_wav.h"

#include <string.h>

#include "iv/alloc.h"

static void put32(char *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(v >> 8 * i);
}

static void put16(char *at, uint32_t v)
{
    at[0] = (char)v;
    at[1] = (char)(v >> 8);
}

char *iv_stt_wav(const int16_t *samples, size_t n, uint32_t rate_hz, size_t *len)
{
    size_t bytes = n * 2;
    char *w = iv_alloc(STT_WAV_HEADER + bytes);

    if (!w)
        return NULL;
    memcpy(w, "RIFF....WAVEfmt ", 16);
    put32(w + 4, (uint32_t)(36 + bytes));
    put32(w + 16, 16);
    put16(w + 20, 1);
    put16(w + 22, 1);
    put32(w + 24, rate_hz);
    put32(w + 28, rate_hz * 2);
    put16(w + 32, 2);
    put16(w + 34, 16);
    memcpy(w + 36, "data", 4);
    put32(w + 40, (uint32_t)bytes);
    for (size_t i = 0; i < n; i++)
        put16(w + STT_WAV_HEADER + 2 * i, (uint16_t)samples[i]);
    *len = STT_WAV_HEADER + bytes;
    return w;
}

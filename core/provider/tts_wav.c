/* tts_wav.c - see the header. */
#include "provider/tts_wav.h"

#include <string.h>

#define RIFF_BYTES 12
#define CHUNK_BYTES 8
#define FORMAT_BYTES 16
#define RATE_MIN 8000
#define RATE_MAX 192000

static uint32_t u32(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint32_t u16(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

/* true: `part` holds what the state needs. */
static bool fill(struct tts_wav *w, size_t need, const uint8_t **data, size_t *len)
{
    size_t n = need - w->n_part < *len ? need - w->n_part : *len;

    memcpy(w->part + w->n_part, *data, n);
    w->n_part += n;
    *data += n;
    *len -= n;
    return w->n_part == need;
}

static void start(struct tts_wav *w, const uint8_t **data, size_t *len)
{
    while (w->n_part < RIFF_BYTES && *len) {
        size_t n = w->n_part;

        if (n < 4 && **data != "RIFF"[n]) {
            w->state = TTS_WAV_RAW;
            return;
        }
        fill(w, n + 1, data, len);
    }
    if (w->n_part < RIFF_BYTES)
        return;
    w->state = memcmp(w->part + 8, "WAVE", 4) ? TTS_WAV_RAW : TTS_WAV_CHUNK;
    if (w->state == TTS_WAV_CHUNK)
        w->n_part = 0;
}

static enum iv_code chunk(struct tts_wav *w, struct iv_error *err)
{
    uint32_t size = u32(w->part + 4);

    w->n_part = 0;
    if (!memcmp(w->part, "data", 4)) {
        w->state = TTS_WAV_DATA;
        w->left = size ? size : UINT32_MAX; /* written before the length was known */
        return w->rate_hz ? IV_OK
                          : iv_fail(err, IV_E_TTS_ERROR, "wav: samples before their format");
    }
    if (!memcmp(w->part, "fmt ", 4)) {
        w->state = TTS_WAV_FORMAT;
        w->skip = size < FORMAT_BYTES ? 0 : size - FORMAT_BYTES;
        return size < FORMAT_BYTES ? iv_fail(err, IV_E_TTS_ERROR, "wav: a format of %u bytes", size)
                                   : IV_OK;
    }
    w->skip = size == UINT32_MAX ? size : size + (size & 1);
    return IV_OK;
}

static enum iv_code format(struct tts_wav *w, struct iv_error *err)
{
    uint32_t channels = u16(w->part + 2), bits = u16(w->part + 14);

    w->n_part = 0;
    w->state = TTS_WAV_CHUNK;
    w->rate_hz = u32(w->part + 4);
    if (channels != 1 || bits != 16 || w->rate_hz < RATE_MIN || w->rate_hz > RATE_MAX)
        return iv_fail(err, IV_E_TTS_ERROR,
                       "wav: %u channels of %u bits at %u Hz: 16-bit mono is expected", channels,
                       bits, w->rate_hz);
    return IV_OK;
}

static void skip(struct tts_wav *w, const uint8_t **data, size_t *len)
{
    size_t n = w->skip < *len ? w->skip : *len;

    w->skip -= (uint32_t)n;
    *data += n;
    *len -= n;
}

enum iv_code iv_tts_wav_eat(struct tts_wav *w, const uint8_t **data, size_t *len, size_t *sound,
                            struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    *sound = 0;
    while (*len && !rc && w->state != TTS_WAV_DATA && w->state != TTS_WAV_RAW) {
        if (w->state == TTS_WAV_START)
            start(w, data, len);
        else if (w->state == TTS_WAV_CHUNK && w->skip && !w->n_part)
            skip(w, data, len);
        else if (w->state == TTS_WAV_CHUNK && fill(w, CHUNK_BYTES, data, len))
            rc = chunk(w, err);
        else if (w->state == TTS_WAV_FORMAT && fill(w, FORMAT_BYTES, data, len))
            rc = format(w, err);
    }
    if (rc || w->state == TTS_WAV_RAW) {
        *sound = *len;
        return rc;
    }
    if (w->state != TTS_WAV_DATA)
        return IV_OK;
    *sound = *len < w->left ? *len : w->left;
    if (w->left != UINT32_MAX)
        w->left -= (uint32_t)*sound;
    if (!*sound) /* what follows the samples */
        *len = 0;
    return IV_OK;
}

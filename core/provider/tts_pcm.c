/* tts_pcm.c - see the header. */
#include "provider/tts_pcm.h"

#include <string.h>

#define BLOCK 2048

enum iv_code iv_tts_pcm_init(struct tts_pcm *p, uint32_t rate_hz,
                             void (*audio)(void *arg, const int16_t *samples, size_t n), void *arg,
                             struct iv_error *err)
{
    *p = (struct tts_pcm){
        .rate_hz = rate_hz, .out.rate_hz = IV_TTS_RATE_HZ, .audio = audio, .arg = arg};
    if (rate_hz == IV_TTS_RATE_HZ)
        return IV_OK;
    return iv_resampler_new(rate_hz, IV_TTS_RATE_HZ, &p->resampler, err);
}

enum iv_code iv_tts_pcm_samples(struct tts_pcm *p, const int16_t *samples, size_t n,
                                struct iv_error *err)
{
    enum iv_code rc;

    if (!n)
        return IV_OK;
    p->n_in += n;
    if (!p->resampler) {
        p->audio(p->arg, samples, n);
        return IV_OK;
    }
    p->out.len = 0;
    rc = iv_resampler_push(p->resampler, samples, n, &p->out, err);
    if (!rc && p->out.len)
        p->audio(p->arg, p->out.samples, p->out.len);
    return rc;
}

enum iv_code iv_tts_pcm_bytes(struct tts_pcm *p, const void *bytes, size_t len,
                              struct iv_error *err)
{
    const uint8_t *b = bytes;
    int16_t block[BLOCK];
    enum iv_code rc = IV_OK;
    size_t n = 0;

    for (size_t i = 0; i < len && !rc; i++) {
        if (!p->has_odd) {
            p->odd = b[i];
            p->has_odd = true;
            continue;
        }
        block[n++] = (int16_t)(uint16_t)(p->odd | b[i] << 8);
        p->has_odd = false;
        if (n == BLOCK) {
            rc = iv_tts_pcm_samples(p, block, n, err);
            n = 0;
        }
    }
    return rc ? rc : iv_tts_pcm_samples(p, block, n, err);
}

enum iv_code iv_tts_pcm_end(struct tts_pcm *p, struct iv_error *err)
{
    enum iv_code rc;

    if (!p->resampler)
        return IV_OK;
    p->out.len = 0;
    rc = iv_resampler_push(p->resampler, NULL, 0, &p->out, err);
    if (!rc && p->out.len)
        p->audio(p->arg, p->out.samples, p->out.len);
    return rc;
}

void iv_tts_pcm_release(struct tts_pcm *p)
{
    iv_resampler_free(p->resampler);
    iv_pcm_release(&p->out);
    memset(p, 0, sizeof *p);
}

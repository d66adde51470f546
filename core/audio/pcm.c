/* pcm.c - samples in memory. */
#include "iv/audio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define SILENCE_DB (-96.0)

void iv_pcm_release(struct iv_pcm *p)
{
    free(p->samples);
    p->samples = NULL;
    p->len = p->cap = 0;
}

enum iv_code iv_pcm_append(struct iv_pcm *p, const int16_t *samples, size_t n, struct iv_error *err)
{
    if (!n)
        return IV_OK;
    if (iv_grow(&p->samples, &p->cap, p->len + n, sizeof *samples))
        return iv_fail(err, IV_E_NOMEM, "audio: out of memory for %zu samples", p->len + n);
    memcpy(p->samples + p->len, samples, n * sizeof *samples);
    p->len += n;
    return IV_OK;
}

double iv_audio_level_db(const int16_t *samples, size_t n)
{
    double sum = 0, db;

    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * samples[i];
    if (sum <= 0)
        return SILENCE_DB;
    db = 10 * log10(sum / (double)n / (32768.0 * 32768.0));
    return db < SILENCE_DB ? SILENCE_DB : db;
}

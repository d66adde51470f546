/* stt_kept.c - see the header. */
#include "provider/stt_kept.h"

#include <string.h>

enum iv_code iv_stt_kept_add(struct stt_kept *k, const int16_t *samples, size_t n,
                             struct iv_error *err)
{
    return iv_pcm_append(&k->pcm, samples, n, err);
}

/* Moved only when half of it is gone, so that each sample is moved once on average. */
void iv_stt_kept_drop(struct stt_kept *k, uint64_t until)
{
    uint64_t n = until > k->from ? until - k->from : 0;

    if (n > iv_stt_kept_len(k))
        n = iv_stt_kept_len(k);
    k->from += n;
    k->dropped += (size_t)n;
    if (!k->dropped || k->dropped < k->pcm.len / 2)
        return;
    memmove(k->pcm.samples, k->pcm.samples + k->dropped, iv_stt_kept_len(k) * sizeof(int16_t));
    k->pcm.len -= k->dropped;
    k->dropped = 0;
}

void iv_stt_kept_release(struct stt_kept *k)
{
    iv_pcm_release(&k->pcm);
    *k = (struct stt_kept){0};
}

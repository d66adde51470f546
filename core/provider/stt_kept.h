/* stt_kept.h - the sound of a stream from some sample on: added at the end, dropped from the front.
 *
 * Why:     what is not understood yet may have to be heard again; three places keep it, and none shall move megabytes for each piece.
 * Owns:    its samples.
 * Threads: one at a time.
 * Units:   samples; positions count from the first of the stream.
 * Errors:  IV_E_NOMEM. It has no ceiling of its own: who adds also drops.
 */
#ifndef IV_PROVIDER_STT_KEPT_H
#define IV_PROVIDER_STT_KEPT_H

#include "iv/audio.h"

struct stt_kept { /* zeroed: empty, from the first sample on */
    struct iv_pcm pcm;
    size_t dropped; /* of pcm, not yet moved away */
    uint64_t from;
};

static inline size_t iv_stt_kept_len(const struct stt_kept *k)
{
    return k->pcm.len - k->dropped;
}

static inline const int16_t *iv_stt_kept_samples(const struct stt_kept *k)
{
    return k->pcm.samples ? k->pcm.samples + k->dropped : NULL;
}

enum iv_code iv_stt_kept_add(struct stt_kept *k, const int16_t *samples, size_t n,
                             struct iv_error *err);
/* What lies before the position; at most all of it. */
void iv_stt_kept_drop(struct stt_kept *k, uint64_t until);
void iv_stt_kept_release(struct stt_kept *k);

#endif

/* phone_queue.h - phonemes whose ends are not known yet.
 *
 * Why:     a synthesiser says when a phoneme starts, often before its sound has been delivered; a sink gets whole ones,
 *          ascending, never past the sound.
 * Owns:    the queue owns its items.
 * Threads: one owner.
 */
#ifndef IV_PROVIDER_PHONE_QUEUE_H
#define IV_PROVIDER_PHONE_QUEUE_H

#include <stdbool.h>

#include "iv/viseme.h"

struct phone_queue {
    struct iv_phoneme *items;
    size_t n, cap;
};

/* Starts at start_ms; the one before ends there. */
enum iv_code iv_phone_queue_add(struct phone_queue *q, uint32_t start_ms, const char *symbol,
                                struct iv_error *err);
/* Hands out those that end at or before sound_ms; with is_end all, cut to sound_ms. */
void iv_phone_queue_give(struct phone_queue *q, uint32_t sound_ms, bool is_end,
                         void (*fn)(void *arg, const struct iv_phoneme *ph, size_t n), void *arg);
void iv_phone_queue_release(struct phone_queue *q);

#endif

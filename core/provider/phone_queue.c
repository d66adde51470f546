/* phone_queue.c - see phone_queue.h. */
#include "provider/phone_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define OPEN_END UINT32_MAX

enum iv_code iv_phone_queue_add(struct phone_queue *q, uint32_t start_ms, const char *symbol,
                                struct iv_error *err)
{
    struct iv_phoneme *last = q->n ? &q->items[q->n - 1] : NULL;
    struct iv_phoneme *now;

    if (last && start_ms < last->start_ms)
        start_ms = last->start_ms;
    if (last)
        last->end_ms = start_ms;
    if (last && last->start_ms == last->end_ms) { /* no time of its own: the next takes its place */
        now = last;
    } else {
        if (iv_grow(&q->items, &q->cap, q->n + 1, sizeof *q->items))
            return iv_fail(err, IV_E_NOMEM, "phonemes: out of memory");
        now = &q->items[q->n++];
    }
    *now = (struct iv_phoneme){.start_ms = start_ms, .end_ms = OPEN_END};
    snprintf(now->symbol, sizeof now->symbol, "%s", symbol);
    return IV_OK;
}

/* Those that begin after the sound are dropped. */
static size_t cut_to_sound(struct phone_queue *q, uint32_t sound_ms)
{
    size_t n = 0;

    for (; n < q->n && q->items[n].start_ms < sound_ms; n++)
        if (q->items[n].end_ms > sound_ms)
            q->items[n].end_ms = sound_ms;
    q->n = n;
    return n;
}

void iv_phone_queue_give(struct phone_queue *q, uint32_t sound_ms, bool is_end,
                         void (*fn)(void *arg, const struct iv_phoneme *ph, size_t n), void *arg)
{
    size_t n = 0;

    if (is_end)
        n = cut_to_sound(q, sound_ms);
    else
        while (n < q->n && q->items[n].end_ms <= sound_ms)
            n++;
    if (!n)
        return;
    fn(arg, q->items, n);
    q->n -= n;
    memmove(q->items, q->items + n, q->n * sizeof *q->items);
}

void iv_phone_queue_release(struct phone_queue *q)
{
    free(q->items);
    *q = (struct phone_queue){0};
}

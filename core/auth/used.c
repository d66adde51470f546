/* used.c - when keys were last used: kept in memory, written together once a minute. */
#include <stdlib.h>
#include <string.h>

#include "auth/inside.h"
#include "iv/alloc.h"

#define FLUSH_US 60000000

/* {uses.lock} */
static void note(struct uses *u, const char *id, int64_t at_ms)
{
    for (size_t i = 0; i < u->n; i++)
        if (!strcmp(u->items[i].id, id)) {
            u->items[i].at_ms = at_ms;
            return;
        }
    if (iv_grow(&u->items, &u->cap, u->n + 1, sizeof *u->items))
        return; /* a time that is not shown is no reason to refuse a key */
    memcpy(u->items[u->n].id, id, sizeof u->items[0].id);
    u->items[u->n++].at_ms = at_ms;
}

/* Takes what is there; the array is the caller's. */
static struct iv_key_use *take(struct uses *u, size_t *n)
{
    struct iv_key_use *items;

    pthread_mutex_lock(&u->lock);
    items = u->items;
    *n = u->n;
    u->items = NULL;
    u->n = u->cap = 0;
    pthread_mutex_unlock(&u->lock);
    return items;
}

static void put_back(struct uses *u, const struct iv_key_use *items, size_t n)
{
    pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < n; i++) {
        bool is_newer = false;

        for (size_t j = 0; j < u->n; j++)
            is_newer |= !strcmp(u->items[j].id, items[i].id);
        if (!is_newer)
            note(u, items[i].id, items[i].at_ms);
    }
    pthread_mutex_unlock(&u->lock);
}

/* A disk that takes no writes now may take them in a minute. */
void iv_keys_flush(iv_keys *k)
{
    size_t n = 0;
    struct iv_key_use *items = take(&k->uses, &n);

    if (iv_store_keys_used(k->store, items, n, NULL))
        put_back(&k->uses, items, n);
    free(items);
}

void iv_keys_note_use(iv_keys *k, const char *id, int64_t at_ms)
{
    int64_t now_us = iv_keys_now_us(k);
    bool is_due;

    pthread_mutex_lock(&k->uses.lock);
    note(&k->uses, id, at_ms);
    is_due = now_us - k->uses.flushed_us >= FLUSH_US;
    if (is_due)
        k->uses.flushed_us = now_us;
    pthread_mutex_unlock(&k->uses.lock);
    if (is_due)
        iv_keys_flush(k);
}

void iv_keys_add_uses(iv_keys *k, struct iv_key *rows, size_t n)
{
    pthread_mutex_lock(&k->uses.lock);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k->uses.n; j++)
            if (!strcmp(rows[i].id, k->uses.items[j].id) &&
                rows[i].last_used_ms < k->uses.items[j].at_ms)
                rows[i].last_used_ms = k->uses.items[j].at_ms;
    pthread_mutex_unlock(&k->uses.lock);
}

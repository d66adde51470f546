/* frame_cache.c - a hash table whose entries also hang in a list, last used first.
 *
 * A face that speaks hardly ever looks the same twice: kept, its frames would drive out within seconds those of faces that
 * listen. So a frame is kept when it is asked for the second time; of the first time only a mark stays.
 */
#include "avatar/frame_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define BUCKETS 4096u /* some 3800 frames of 512 fit below the default ceiling */
#define MARKS 65536u /* a minute of a hundred faces that speak */

struct frame_cache {
    pthread_mutex_t lock;
    struct frame *buckets[BUCKETS]; /* {lock} */
    struct frame *newest, *oldest; /* {lock} */
    uint32_t marks[MARKS]; /* {lock} */
    size_t bytes, max_bytes; /* {lock} */
    uint64_t n, hits, misses, repeats; /* {lock} */
};

struct frame_cache *iv_frame_cache_new(size_t max_bytes)
{
    struct frame_cache *c = iv_alloc(sizeof *c);

    if (c) {
        c->max_bytes = max_bytes;
        pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

void iv_frame_unref(struct frame *f)
{
    if (f && atomic_fetch_sub(&f->refs, 1) == 1)
        free(f);
}

/* Where it hangs in its bucket, or the bucket's end. {lock} held, as in all below. */
static struct frame **find(struct frame_cache *c, const struct frame_key *key)
{
    struct frame **at = &c->buckets[key->word[0] % BUCKETS];

    while (*at && memcmp(&(*at)->key, key, sizeof *key) != 0)
        at = &(*at)->next;
    return at;
}

static void unlink_frame(struct frame_cache *c, struct frame *f)
{
    *(f->newer ? &f->newer->older : &c->newest) = f->older;
    *(f->older ? &f->older->newer : &c->oldest) = f->newer;
}

static void put_first(struct frame_cache *c, struct frame *f)
{
    f->older = c->newest;
    f->newer = NULL;
    *(c->newest ? &c->newest->newer : &c->oldest) = f;
    c->newest = f;
}

static size_t cost(const struct frame *f)
{
    return sizeof *f + f->len;
}

static void forget(struct frame_cache *c, struct frame *f)
{
    *find(c, &f->key) = f->next;
    unlink_frame(c, f);
    c->bytes -= cost(f);
    c->n--;
    iv_frame_unref(f);
}

void iv_frame_cache_free(struct frame_cache *c)
{
    if (!c)
        return;
    while (c->newest)
        forget(c, c->newest);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct frame *iv_frame_cache_get(struct frame_cache *c, const struct frame_key *key)
{
    struct frame *f;

    pthread_mutex_lock(&c->lock);
    f = *find(c, key);
    if (f) {
        atomic_fetch_add(&f->refs, 1);
        unlink_frame(c, f);
        put_first(c, f);
    }
    c->hits += f != NULL;
    pthread_mutex_unlock(&c->lock);
    return f;
}

/* Was it asked for before? */
static bool marked(struct frame_cache *c, const struct frame_key *key)
{
    uint32_t *mark = &c->marks[key->word[1] % MARKS], tag = (uint32_t)(key->word[1] >> 32);
    bool was = *mark == tag;

    *mark = tag;
    return was;
}

static bool wanted(struct frame_cache *c, const struct frame_key *key)
{
    bool is;

    pthread_mutex_lock(&c->lock);
    c->misses++;
    is = marked(c, key) && !*find(c, key);
    pthread_mutex_unlock(&c->lock);
    return is;
}

/* Another thread may have put it there meanwhile; then the older one stays. */
static bool insert(struct frame_cache *c, struct frame *f)
{
    struct frame **at = find(c, &f->key);

    if (*at || cost(f) > c->max_bytes)
        return false;
    *at = f;
    put_first(c, f);
    c->bytes += cost(f);
    c->n++;
    while (c->bytes > c->max_bytes)
        forget(c, c->oldest);
    return true;
}

void iv_frame_cache_put(struct frame_cache *c, const struct frame_key *key, const uint8_t *bytes,
                        size_t len)
{
    struct frame *f = wanted(c, key) ? iv_alloc(sizeof *f + len) : NULL;
    bool kept;

    if (!f)
        return;
    atomic_init(&f->refs, 1);
    f->key = *key;
    f->len = len;
    memcpy(f->bytes, bytes, len);
    pthread_mutex_lock(&c->lock);
    kept = insert(c, f);
    pthread_mutex_unlock(&c->lock);
    if (!kept)
        iv_frame_unref(f);
}

void iv_frame_cache_repeat(struct frame_cache *c)
{
    pthread_mutex_lock(&c->lock);
    c->repeats++;
    pthread_mutex_unlock(&c->lock);
}

void iv_frame_cache_stats(struct frame_cache *c, struct iv_face_stats *out)
{
    pthread_mutex_lock(&c->lock);
    out->frames = c->n;
    out->frame_bytes = c->bytes;
    out->frame_hits = c->hits;
    out->frame_misses = c->misses;
    out->frame_repeats = c->repeats;
    pthread_mutex_unlock(&c->lock);
}

/* rate.c - a log of passes for each name, in a table that never grows beyond its memory. */
#include "iv/rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"

#define FIRST_TIMES 8
#define BUCKETS_MIN 16u
#define BUCKETS_MAX 65536u
#define BYTES_A_BUCKET 512 /* of the memory allowed: about one name each */

/* What one name has used: the instants of its passes, the oldest first, in a ring. */
struct entry {
    uint64_t id;
    int64_t *times;
    size_t first, n, cap;
    struct entry *chain; /* of its bucket */
    struct entry *newer, *older; /* by last pass */
};

struct iv_rate {
    unsigned limit;
    int64_t window_us;
    size_t max_bytes;
    unsigned char key[crypto_shorthash_KEYBYTES]; /* nobody outside can choose names that collide */
    pthread_mutex_t lock;
    int64_t now_us; /* {lock} the latest seen */
    size_t bytes; /* {lock} */
    struct entry **buckets; /* {lock} */
    size_t n_buckets;
    struct entry *newest, *oldest; /* {lock} */
    struct entry others; /* {lock} for newcomers when the memory is used up */
};

/* -- making -- */

static size_t bucket_count(size_t max_bytes)
{
    size_t n = BUCKETS_MIN;

    while (n < BUCKETS_MAX && n * 2 * BYTES_A_BUCKET <= max_bytes)
        n *= 2;
    return n;
}

enum iv_code iv_rate_new(unsigned limit, int64_t window_us, size_t max_bytes, iv_rate **out,
                         struct iv_error *err)
{
    iv_rate *r = NULL;

    *out = NULL;
    if (!limit || limit > IV_RATE_LIMIT_MAX || window_us < 1)
        return iv_fail(err, IV_E_USAGE, "rate limit %u: must be 1 to %d", limit, IV_RATE_LIMIT_MAX);
    r = iv_alloc(sizeof *r);
    if (r) {
        pthread_mutex_init(&r->lock, NULL);
        r->limit = limit;
        r->window_us = window_us;
        r->max_bytes = max_bytes;
        r->n_buckets = bucket_count(max_bytes);
        r->buckets = iv_alloc_array(r->n_buckets, sizeof(struct entry *));
        r->others.cap = limit;
        r->others.times = iv_alloc_array(limit, sizeof(int64_t));
        r->bytes = sizeof *r + r->n_buckets * sizeof(struct entry *) + limit * sizeof(int64_t);
        randombytes_buf(r->key, sizeof r->key);
    }
    if (!r || !r->buckets || !r->others.times) {
        iv_rate_free(r);
        return iv_fail(err, IV_E_NOMEM, "rate limit: out of memory");
    }
    *out = r;
    return IV_OK;
}

void iv_rate_free(iv_rate *r)
{
    if (!r)
        return;
    for (struct entry *e = r->oldest, *next; e; e = next) {
        next = e->newer;
        free(e->times);
        free(e);
    }
    pthread_mutex_destroy(&r->lock);
    free(r->buckets);
    free(r->others.times);
    free(r);
}

/* -- the order of last passes {lock} -- */

static void unlink_entry(iv_rate *r, struct entry *e)
{
    *(e->newer ? &e->newer->older : &r->newest) = e->older;
    *(e->older ? &e->older->newer : &r->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(iv_rate *r, struct entry *e)
{
    e->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = e;
    r->newest = e;
}

/* -- entries {lock} -- */

static uint64_t id_of(const iv_rate *r, const char *name)
{
    uint64_t id;

    crypto_shorthash((unsigned char *)&id, (const unsigned char *)name, strlen(name), r->key);
    return id;
}

static struct entry **place_of(iv_rate *r, uint64_t id)
{
    struct entry **at = &r->buckets[id & (r->n_buckets - 1)];

    while (*at && (*at)->id != id)
        at = &(*at)->chain;
    return at;
}

static void drop(iv_rate *r, struct entry *e)
{
    struct entry **at = place_of(r, e->id);

    *at = e->chain;
    unlink_entry(r, e);
    r->bytes -= sizeof *e + e->cap * sizeof *e->times;
    free(e->times);
    free(e);
}

static void forget_old(const iv_rate *r, struct entry *e)
{
    while (e->n && r->now_us - e->times[e->first] >= r->window_us) {
        e->first = (e->first + 1) % e->cap;
        e->n--;
    }
}

/* Room for so many bytes: those who have been idle for a whole window go, the longest idle first. */
static bool make_room(iv_rate *r, size_t bytes)
{
    while (r->bytes + bytes > r->max_bytes && r->oldest) {
        forget_old(r, r->oldest);
        if (r->oldest->n)
            return false;
        drop(r, r->oldest);
    }
    return r->bytes + bytes <= r->max_bytes;
}

static struct entry *add_entry(iv_rate *r, uint64_t id)
{
    size_t cap = r->limit < FIRST_TIMES ? r->limit : FIRST_TIMES;
    size_t bytes = sizeof(struct entry) + cap * sizeof(int64_t);
    struct entry *e = make_room(r, bytes) ? iv_alloc(sizeof *e) : NULL;

    if (e)
        e->times = iv_alloc_array(cap, sizeof *e->times);
    if (!e || !e->times) {
        free(e);
        return &r->others;
    }
    e->id = id;
    e->cap = cap;
    *place_of(r, id) = e;
    link_newest(r, e);
    r->bytes += bytes;
    return e;
}

/* The ring of an entry, doubled; where there is no room, its allowance stays what fits. It cannot be thrown out meanwhile: a full ring
 * is not idle. */
static bool widen(iv_rate *r, struct entry *e)
{
    size_t cap = e->cap * 2 < r->limit ? e->cap * 2 : r->limit;
    int64_t *times;

    if (!make_room(r, (cap - e->cap) * sizeof *times))
        return false;
    times = iv_alloc_array(cap, sizeof *times);
    if (!times)
        return false;
    for (size_t i = 0; i < e->n; i++)
        times[i] = e->times[(e->first + i) % e->cap];
    r->bytes += (cap - e->cap) * sizeof *times;
    free(e->times);
    e->times = times;
    e->first = 0;
    e->cap = cap;
    return true;
}

static bool take(iv_rate *r, struct entry *e)
{
    if (e->n == r->limit || (e->n == e->cap && !widen(r, e)))
        return false;
    e->times[(e->first + e->n++) % e->cap] = r->now_us;
    if (e != &r->others) {
        unlink_entry(r, e);
        link_newest(r, e);
    }
    return true;
}

static unsigned whole_seconds(int64_t us)
{
    return us <= 0 ? 0 : (unsigned)((us + 999999) / 1000000);
}

static struct iv_rate_state state_of(const iv_rate *r, const struct entry *e, bool passed)
{
    struct iv_rate_state s = {.limit = r->limit,
                              .remaining = r->limit - (unsigned)(e ? e->n : 0),
                              .window_s = whole_seconds(r->window_us),
                              .passed = passed};

    if (e && e->n)
        s.reset_s = whole_seconds(e->times[e->first] + r->window_us - r->now_us);
    return s;
}

static void set_now(iv_rate *r, int64_t now_us)
{
    if (now_us > r->now_us)
        r->now_us = now_us;
}

/* -- the three questions -- */

struct iv_rate_state iv_rate_take(iv_rate *r, const char *name, int64_t now_us)
{
    uint64_t id = id_of(r, name);
    struct iv_rate_state s;
    struct entry *e;
    bool passed;

    pthread_mutex_lock(&r->lock);
    set_now(r, now_us);
    e = *place_of(r, id);
    if (!e)
        e = add_entry(r, id);
    forget_old(r, e);
    passed = take(r, e);
    s = state_of(r, e, passed);
    pthread_mutex_unlock(&r->lock);
    return s;
}

struct iv_rate_state iv_rate_look(iv_rate *r, const char *name, int64_t now_us)
{
    struct iv_rate_state s;
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    set_now(r, now_us);
    e = *place_of(r, id_of(r, name));
    if (e)
        forget_old(r, e);
    s = state_of(r, e, !e || e->n < r->limit);
    pthread_mutex_unlock(&r->lock);
    return s;
}

void iv_rate_clear(iv_rate *r, const char *name)
{
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = *place_of(r, id_of(r, name));
    if (e)
        drop(r, e);
    pthread_mutex_unlock(&r->lock);
}

size_t iv_rate_bytes(iv_rate *r)
{
    size_t bytes;

    pthread_mutex_lock(&r->lock);
    bytes = r->bytes;
    pthread_mutex_unlock(&r->lock);
    return bytes;
}

/* -- addresses -- */

void iv_rate_address(const char *ip, char out[IV_ADDRESS_BYTES])
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    unsigned char bytes[16];

    if (inet_pton(AF_INET6, ip, bytes) != 1) {
        snprintf(out, IV_ADDRESS_BYTES, "%s", ip);
        return;
    }
    if (!memcmp(bytes, mapped, sizeof mapped)) {
        inet_ntop(AF_INET, bytes + 12, out, IV_ADDRESS_BYTES);
        return;
    }
    memset(bytes + 8, 0, 8);
    inet_ntop(AF_INET6, bytes, out, IV_ADDRESS_BYTES - 3);
    memcpy(out + strlen(out), "/64", 4);
}

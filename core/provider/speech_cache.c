/* speech_cache.c - the memory list, the counts, and the context's cache; files are in speech_disk.c. */
#include "provider/speech_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "provider/speech_disk.h"
#include "provider/speech_file.h"

#define MEMORY_DEFAULT_MB 16
#define DISK_DEFAULT_MB 256
#define MAX_NOTES 256 /* waiting; more are dropped: a cache may forget */

struct entry {
    struct entry *next;
    struct speech_key key;
    struct iv_speech speech;
    uint64_t bytes;
};

/* What the writer still has to do. */
struct note {
    struct note *next;
    struct speech_key key;
    struct iv_speech speech;
    bool is_made, hit;
    size_t characters;
};

struct speech_cache {
    pthread_mutex_t lock;
    struct entry *first; /* {lock} last used first */
    uint64_t memory_bytes, memory_max_bytes; /* {lock} */
    struct speech_disk *disk; /* NULL: memory only; has its own lock */
    struct iv_tts_stats stats; /* {lock} used without a disk */
    pthread_t writer;
    pthread_cond_t changed;
    struct note *notes, **last_note; /* {lock} */
    size_t n_notes; /* {lock} with the one that is being written */
    bool has_writer, is_closing; /* {lock} */
    struct speech_claim *claims; /* {lock} makers and those who wait for them */
};

struct speech_key iv_speech_key_of(const char *const *parts)
{
    crypto_generichash_state st;
    struct speech_key k;

    crypto_generichash_init(&st, NULL, 0, sizeof k.bytes);
    for (; *parts; parts++) /* with its NUL, so that "ab","c" is not "a","bc" */
        crypto_generichash_update(&st, (const uint8_t *)*parts, strlen(*parts) + 1);
    crypto_generichash_final(&st, k.bytes, sizeof k.bytes);
    return k;
}

enum iv_code iv_speech_cache_new(const char *dir, uint64_t disk_max_bytes,
                                 uint64_t memory_max_bytes, speech_cache **out,
                                 struct iv_error *err)
{
    speech_cache *c = iv_alloc(sizeof *c);

    *out = NULL;
    if (!c)
        return iv_fail(err, IV_E_NOMEM, "speech cache: out of memory");
    if (dir && disk_max_bytes) {
        c->disk = iv_speech_disk_new(dir, disk_max_bytes);
        if (!c->disk) {
            free(c);
            return iv_fail(err, IV_E_NOMEM, "speech cache: out of memory");
        }
    }
    c->memory_max_bytes = memory_max_bytes;
    c->last_note = &c->notes;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    *out = c;
    return IV_OK;
}

static void free_entry(struct entry *e)
{
    iv_speech_release(&e->speech);
    free(e);
}

/* -- the writer -- */

static struct note *next_note(speech_cache *c)
{
    struct note *n;

    pthread_mutex_lock(&c->lock);
    while (!c->notes && !c->is_closing)
        pthread_cond_wait(&c->changed, &c->lock);
    n = c->notes;
    if (n)
        c->notes = n->next;
    if (!c->notes)
        c->last_note = &c->notes;
    pthread_mutex_unlock(&c->lock);
    return n;
}

static void *write_notes(void *arg)
{
    speech_cache *c = arg;
    struct note *n;

    while ((n = next_note(c))) {
        if (n->is_made)
            iv_speech_disk_put(c->disk, &n->key, &n->speech);
        iv_speech_disk_count(c->disk, n->hit, n->characters);
        iv_speech_release(&n->speech);
        free(n);
        pthread_mutex_lock(&c->lock);
        c->n_notes--;
        pthread_cond_broadcast(&c->changed);
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

/* {lock} held. */
static bool has_writer(speech_cache *c)
{
    if (!c->has_writer)
        c->has_writer = !pthread_create(&c->writer, NULL, write_notes, c);
    return c->has_writer;
}

static void add_note(speech_cache *c, struct note *n)
{
    pthread_mutex_lock(&c->lock);
    if (c->n_notes < MAX_NOTES && has_writer(c)) {
        *c->last_note = n;
        c->last_note = &n->next;
        c->n_notes++;
        pthread_cond_broadcast(&c->changed);
        n = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    if (n)
        iv_speech_release(&n->speech);
    free(n);
}

static void drain(speech_cache *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->n_notes)
        pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

static void stop_writer(speech_cache *c)
{
    pthread_mutex_lock(&c->lock);
    c->is_closing = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (c->has_writer)
        pthread_join(c->writer, NULL);
}

/* -- the memory -- */

void iv_speech_cache_free(speech_cache *c)
{
    if (!c)
        return;
    stop_writer(c);
    pthread_cond_destroy(&c->changed);
    while (c->first) {
        struct entry *e = c->first;

        c->first = e->next;
        free_entry(e);
    }
    iv_speech_disk_free(c->disk);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* Unlinks it; {lock} held. */
static struct entry *find_entry(speech_cache *c, const struct speech_key *key)
{
    for (struct entry **at = &c->first; *at; at = &(*at)->next)
        if (!memcmp(&(*at)->key, key, sizeof *key)) {
            struct entry *e = *at;

            *at = e->next;
            return e;
        }
    return NULL;
}

static void put_first(speech_cache *c, struct entry *e)
{
    e->next = c->first;
    c->first = e;
}

/* {lock} held. Entries that do not fit go, from the end of the list. */
static void keep_below_max(speech_cache *c)
{
    uint64_t sum = 0;
    struct entry **at = &c->first;

    while (*at && sum + (*at)->bytes <= c->memory_max_bytes) {
        sum += (*at)->bytes;
        at = &(*at)->next;
    }
    c->memory_bytes = sum;
    while (*at) {
        struct entry *e = *at;

        *at = e->next;
        free_entry(e);
    }
}

static bool get_from_memory(speech_cache *c, const struct speech_key *key, struct iv_speech *out)
{
    struct entry *e;
    bool got;

    pthread_mutex_lock(&c->lock);
    e = find_entry(c, key);
    got = e && iv_speech_copy(&e->speech, out);
    if (e)
        put_first(c, e);
    pthread_mutex_unlock(&c->lock);
    return got;
}

static void put_in_memory(speech_cache *c, const struct speech_key *key,
                          const struct iv_speech *speech)
{
    struct entry *e = iv_alloc(sizeof *e), *old;

    if (!e || !iv_speech_copy(speech, &e->speech)) {
        free(e);
        return;
    }
    e->key = *key;
    e->bytes = sizeof *e + speech->pcm.len * sizeof(int16_t) +
               speech->n_phonemes * sizeof *speech->phonemes;
    pthread_mutex_lock(&c->lock);
    old = find_entry(c, key);
    if (old)
        free_entry(old);
    put_first(c, e);
    keep_below_max(c);
    pthread_mutex_unlock(&c->lock);
}

bool iv_speech_cache_get(speech_cache *c, const struct speech_key *key, struct iv_speech *out)
{
    bool got = get_from_memory(c, key, out);

    if (c->disk && got)
        iv_speech_disk_touch(c->disk, key);
    else if (c->disk && iv_speech_disk_get(c->disk, key, out)) {
        put_in_memory(c, key, out);
        got = true;
    }
    if (got)
        out->from_cache = true;
    return got;
}

void iv_speech_cache_put(speech_cache *c, const struct speech_key *key,
                         const struct iv_speech *speech)
{
    put_in_memory(c, key, speech);
    if (c->disk)
        iv_speech_disk_put(c->disk, key, speech);
}

void iv_speech_cache_note(speech_cache *c, const struct speech_key *key,
                          const struct iv_speech *made, bool hit, size_t characters)
{
    struct note *n;

    if (made)
        put_in_memory(c, key, made);
    if (!c->disk) {
        iv_speech_cache_count(c, hit, characters);
        return;
    }
    n = iv_alloc(sizeof *n);
    if (!n)
        return;
    *n = (struct note){.key = *key, .hit = hit, .characters = characters};
    n->is_made = made && iv_speech_copy(made, &n->speech);
    add_note(c, n);
}

/* -- who makes it -- */

static bool is_claimed(const speech_cache *c, const struct speech_key *key)
{
    for (const struct speech_claim *at = c->claims; at; at = at->next)
        if (at->is_maker && !memcmp(&at->key, key, sizeof *key))
            return true;
    return false;
}

bool iv_speech_cache_claim(speech_cache *c, struct speech_claim *claim)
{
    pthread_mutex_lock(&c->lock);
    claim->is_maker = !is_claimed(c, &claim->key);
    claim->is_listed = true;
    claim->next = c->claims;
    c->claims = claim;
    pthread_mutex_unlock(&c->lock);
    return claim->is_maker;
}

/* {lock} held. Takes out one claim, or, of a maker that ended, all who waited for the key. */
static struct speech_claim *take_out(speech_cache *c, const struct speech_claim *one,
                                     const struct speech_key *key)
{
    struct speech_claim *taken = NULL;

    for (struct speech_claim **at = &c->claims; *at;) {
        struct speech_claim *claim = *at;

        if (claim != one && (!key || memcmp(&claim->key, key, sizeof *key) != 0)) {
            at = &claim->next;
            continue;
        }
        *at = claim->next;
        claim->is_listed = false;
        claim->next = taken;
        taken = claim;
    }
    return taken;
}

void iv_speech_cache_unclaim(speech_cache *c, struct speech_claim *claim)
{
    struct speech_claim *told;

    pthread_mutex_lock(&c->lock);
    told = claim->is_listed ? take_out(c, claim, claim->is_maker ? &claim->key : NULL) : NULL;
    pthread_mutex_unlock(&c->lock);
    while (told) { /* each may be claimed anew by what it is told */
        struct speech_claim *next = told->next;

        if (told != claim)
            told->ready(told->arg);
        told = next;
    }
}

void iv_speech_cache_count(speech_cache *c, bool hit, size_t characters)
{
    if (c->disk) {
        iv_speech_disk_count(c->disk, hit, characters);
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->stats.requests++;
    c->stats.cache_hits += hit;
    c->stats.characters += characters;
    pthread_mutex_unlock(&c->lock);
}

void iv_speech_cache_stats(speech_cache *c, struct iv_tts_stats *out)
{
    drain(c);
    if (c->disk) {
        iv_speech_disk_stats(c->disk, out);
        return;
    }
    pthread_mutex_lock(&c->lock);
    *out = c->stats;
    out->cache_bytes = (int64_t)c->memory_bytes;
    pthread_mutex_unlock(&c->lock);
}

static void *make_cache(iv_ctx *ctx)
{
    const struct iv_config *config = iv_ctx_config(ctx);
    uint64_t disk_mb = config ? (uint64_t)config->cache_disk_mb : DISK_DEFAULT_MB;
    uint64_t memory_mb = config ? (uint64_t)config->cache_memory_mb : MEMORY_DEFAULT_MB;
    struct iv_error err = {0};
    speech_cache *c = NULL;
    char *base = NULL, *dir = NULL;

    if (iv_config_dir(IV_DIR_CACHE, true, &base, &err))
        iv_log(iv_ctx_log(ctx), IV_LOG_WARN, "speech cache: in memory only: %s", err.text);
    else if (asprintf(&dir, "%s/speech", base) < 0)
        dir = NULL;
    if (iv_speech_cache_new(dir, disk_mb << 20, memory_mb << 20, &c, &err))
        iv_log(iv_ctx_log(ctx), IV_LOG_WARN, "%s", err.text);
    free(base);
    free(dir);
    return c;
}

static void drop_cache(void *state)
{
    iv_speech_cache_free(state);
}

speech_cache *iv_speech_cache_of(iv_ctx *ctx)
{
    const struct iv_config *config = iv_ctx_config(ctx);

    if (config && !config->cache_enabled)
        return NULL;
    return iv_ctx_slot(ctx, IV_SLOT_SPEECH_CACHE, make_cache, drop_cache);
}

/* once.c - Idempotency-Key: the first reply of a POST is given again to the same caller and key, for a day.
 *
 * Kept in memory, a bounded number of small replies; the oldest make room, but never one that is under way. A server that was
 * started anew has forgotten them, as clients of such keys must expect. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "own.h"
#include "route/route.h"

#define KEPT_MAX 4096
#define REPLY_MAX (64u << 10)
#define DAY_US (24ll * 3600 * 1000 * 1000)

struct kept {
    unsigned char name[32]; /* of caller, path and key */
    unsigned char request[32]; /* of the body */
    int64_t until_us;
    bool is_used;
    int status; /* 0: under way */
    char *body;
};

struct iv_once {
    pthread_mutex_t lock;
    struct kept rows[KEPT_MAX]; /* {lock} */
    size_t next; /* {lock} the oldest */
};

struct iv_once *iv_once_new(void)
{
    struct iv_once *o = iv_alloc(sizeof *o);

    if (o)
        pthread_mutex_init(&o->lock, NULL);
    return o;
}

void iv_once_free(struct iv_once *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < KEPT_MAX; i++)
        free(o->rows[i].body);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

static void add(crypto_generichash_state *h, const char *text, size_t len)
{
    crypto_generichash_update(h, (const unsigned char *)&len, sizeof len);
    crypto_generichash_update(h, (const unsigned char *)text, len);
}

static void name_of(const struct iv_request *q, unsigned char out[32])
{
    crypto_generichash_state h;

    crypto_generichash_init(&h, NULL, 0, 32);
    add(&h, q->who.key_id, strlen(q->who.key_id));
    add(&h, q->path, strlen(q->path));
    add(&h, q->idempotency_key, strlen(q->idempotency_key));
    crypto_generichash_final(&h, out, 32);
}

static void clear(struct kept *k)
{
    free(k->body);
    *k = (struct kept){0};
}

static struct kept *find(struct iv_once *o, const unsigned char name[32]) /* {o->lock held} */
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        if (o->rows[i].is_used && !memcmp(o->rows[i].name, name, 32))
            return &o->rows[i];
    return NULL;
}

static struct kept *take(struct iv_once *o) /* {o->lock held} */
{
    for (size_t i = 0; i < KEPT_MAX; i++) {
        struct kept *k = &o->rows[o->next++ % KEPT_MAX];

        if (k->is_used && !k->status)
            continue;
        clear(k);
        return k;
    }
    return NULL;
}

static enum iv_code again(const struct kept *k, const unsigned char request[32], struct iv_reply *r,
                          struct iv_error *err)
{
    if (memcmp(k->request, request, 32) != 0)
        return iv_fail(err, IV_E_USAGE, "this Idempotency-Key was used for another request");
    if (!k->status)
        return iv_fail(err, IV_E_STATE, "the request with this Idempotency-Key is under way");
    r->status = k->status;
    r->body.max = REPLY_MAX;
    iv_buf_adds(&r->body, k->body);
    iv_reply_header(r, "Idempotent-Replayed", "true");
    return iv_buf_check(&r->body, "reply", err);
}

enum iv_code iv_once_begin(struct iv_server *s, const struct iv_request *q, struct iv_reply *r,
                           bool *known, struct iv_error *err)
{
    int64_t now = iv_mono_us(iv_ctx_clock(s->ctx));
    unsigned char name[32], request[32];
    struct kept *k;
    enum iv_code rc = IV_OK;

    name_of(q, name);
    crypto_generichash(request, sizeof request, (const unsigned char *)iv_buf_str(&q->body),
                       q->body.len, NULL, 0);
    pthread_mutex_lock(&s->once->lock);
    k = find(s->once, name);
    if (k && k->status && k->until_us < now) {
        clear(k);
        k = NULL;
    }
    *known = k;
    if (k) {
        rc = again(k, request, r, err);
    } else if ((k = take(s->once))) {
        memcpy(k->name, name, 32);
        memcpy(k->request, request, 32);
        k->is_used = true;
    } else {
        rc = iv_fail(err, IV_E_BUSY, "too many requests with an Idempotency-Key are under way");
    }
    pthread_mutex_unlock(&s->once->lock);
    return rc;
}

void iv_once_end(struct iv_server *s, const struct iv_request *q, const struct iv_reply *r)
{
    struct iv_buf body = IV_BUF_INIT(REPLY_MAX);
    unsigned char name[32];
    struct kept *k;
    char *text = NULL;

    if (r && r->json && !iv_json_print(r->json, IV_JSON_COMPACT, &body, NULL))
        text = iv_buf_take(&body);
    iv_buf_release(&body);
    name_of(q, name);
    pthread_mutex_lock(&s->once->lock);
    k = find(s->once, name);
    if (k && text) {
        k->until_us = iv_mono_us(iv_ctx_clock(s->ctx)) + DAY_US;
        k->status = r->status ? r->status : 200;
        k->body = text;
        text = NULL;
    } else if (k)
        clear(k);
    pthread_mutex_unlock(&s->once->lock);
    free(text);
}

/* once.c - Idempotency-Key: the first reply of a POST is given again to the same key and caller, for a day.
 *
 * Kept in memory, a bounded number of small replies; the oldest make room. A key that comes with another body is refused by the
 * caller's own check: here only the pair of caller, path and key counts, and the body's hash with them.
 */
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
    unsigned char name[32]; /* of caller, path, key and body */
    int64_t until_us;
    int status;
    char *body; /* NULL: free */
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
    add(&h, q->body.len ? q->body.data : "", q->body.len);
    crypto_generichash_final(&h, out, 32);
}

bool iv_once_find(struct iv_server *s, struct iv_request *q, struct iv_reply *r)
{
    int64_t now = iv_mono_us(iv_ctx_clock(s->ctx));
    unsigned char name[32];
    bool found = false;

    name_of(q, name);
    pthread_mutex_lock(&s->once->lock);
    for (size_t i = 0; i < KEPT_MAX && !found; i++) {
        const struct kept *k = &s->once->rows[i];

        if (!k->body || k->until_us < now || memcmp(k->name, name, sizeof name))
            continue;
        r->status = k->status;
        iv_buf_adds(&r->body, k->body);
        found = true;
    }
    pthread_mutex_unlock(&s->once->lock);
    if (found)
        iv_reply_header(r, "Idempotent-Replayed", "true");
    return found;
}

void iv_once_keep(struct iv_server *s, struct iv_request *q, const struct iv_reply *r)
{
    struct iv_buf body = IV_BUF_INIT(REPLY_MAX);
    struct kept *k;

    if (!r->json || iv_json_print(r->json, IV_JSON_COMPACT, &body, NULL) || body.failed) {
        iv_buf_release(&body);
        return;
    }
    pthread_mutex_lock(&s->once->lock);
    k = &s->once->rows[s->once->next++ % KEPT_MAX];
    free(k->body);
    *k = (struct kept){.until_us = iv_mono_us(iv_ctx_clock(s->ctx)) + DAY_US,
                       .status = r->status,
                       .body = iv_buf_take(&body)};
    name_of(q, k->name);
    pthread_mutex_unlock(&s->once->lock);
    iv_buf_release(&body);
}

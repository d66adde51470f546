/* redis_content.c - turns and events as lists, documents as a hash. */
#include "store/redis_content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define TURN_MAX_BYTES (16u << 20)
#define EVENTS_AT_ONCE 500

/* The session that a change belongs to. */
static struct redis_touched *owner(struct redis_store *r, const char *id, enum iv_code *rc,
                                   struct iv_error *err)
{
    struct redis_touched *t = iv_redis_touch(r, id, rc, err);

    if (!*rc && (!t || !t->is_there)) {
        *rc = iv_store_no_session(id, err);
        t = NULL;
    }
    return t;
}

/* -- turns -- */

static enum iv_code count_turns(struct redis_store *r, struct redis_touched *t,
                                struct iv_error *err)
{
    struct redis_name name = iv_redis_name("ic:t:", t->is.id);
    struct redis_replies got;
    enum iv_code rc;

    if (t->n_turns >= 0)
        return IV_OK;
    iv_redis_watch(r, name.text);
    iv_redis_add(&r->asked, "LLEN", name.text, NULL);
    rc = iv_redis_get(r, &got, err);
    if (!rc)
        t->n_turns = iv_redis_number(got.items[got.n - 1]);
    iv_redis_replies_release(&got);
    return rc;
}

static void push(struct redis_store *r, const char *prefix, const char *id, const char *text,
                 size_t len)
{
    struct redis_name name = iv_redis_name(prefix, id);
    const char *parts[] = {"RPUSH", name.text, text};
    const size_t lens[] = {5, strlen(name.text), len};

    iv_redis_add_bytes(&r->pending, 3, parts, lens);
}

enum iv_code iv_redis_add_turn(void *st, const char *id, const struct iv_turn *turn,
                               struct iv_error *err)
{
    struct redis_store *r = st;
    struct iv_buf text = IV_BUF_INIT(TURN_MAX_BYTES);
    enum iv_code rc;
    struct redis_touched *t = owner(r, id, &rc, err);

    if (!rc)
        rc = count_turns(r, t, err);
    if (!rc && turn->number != t->n_turns)
        rc = iv_store_wrong_turn(id, turn->number, t->n_turns, err);
    if (!rc)
        rc = iv_redis_print_turn(turn, &text, err);
    if (!rc) {
        push(r, "ic:t:", id, iv_buf_str(&text), text.len);
        t->n_turns++;
    }
    iv_buf_release(&text);
    return rc;
}

/* Asks whether the session is there, and for what follows. */
static void ask_with_session(struct redis_store *r, const char *id)
{
    struct redis_name name = iv_redis_name("ic:s:", id);

    iv_redis_add(&r->asked, "EXISTS", name.text, NULL);
}

enum iv_code iv_redis_turns(void *st, const char *id, struct iv_turn **rows, size_t *n,
                            struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_name name = iv_redis_name("ic:t:", id);
    struct redis_replies got;
    const redisReply *list;
    enum iv_code rc;

    ask_with_session(r, id);
    iv_redis_add(&r->asked, "LRANGE", name.text, "0", "-1", NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    list = got.items[1];
    if (!iv_redis_number(got.items[0]))
        rc = iv_store_no_session(id, err);
    if (!rc) {
        *rows = iv_alloc_array(list->elements ? list->elements : 1, sizeof **rows);
        rc = *rows ? IV_OK : iv_store_no_memory(err);
    }
    for (size_t i = 0; i < list->elements && !rc; i++) {
        rc = iv_redis_read_turn(list->element[i], (int64_t)i, &(*rows)[i], err);
        (*n)++;
    }
    iv_redis_replies_release(&got);
    return rc;
}

/* -- events -- */

enum iv_code iv_redis_add_event(void *st, const char *id, const char *json, struct iv_error *err)
{
    struct redis_store *r = st;
    enum iv_code rc;

    if (owner(r, id, &rc, err))
        push(r, "ic:e:", id, json, strlen(json));
    return rc;
}

/* True when the listener has had enough. */
static bool tell(const redisReply *list, int64_t *seq,
                 int (*fn)(void *arg, int64_t seq, const char *json), void *arg)
{
    for (size_t i = 0; i < list->elements; i++)
        if (fn(arg, (*seq)++, iv_redis_text(list->element[i])))
            return true;
    return false;
}

enum iv_code iv_redis_events(void *st, const char *id, int64_t from_seq,
                             int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                             struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_name name = iv_redis_name("ic:e:", id);
    bool is_over = false;
    enum iv_code rc = IV_OK;

    while (!rc && !is_over) {
        struct redis_replies got;
        char first[24], last[24];

        snprintf(first, sizeof first, "%lld", (long long)from_seq);
        snprintf(last, sizeof last, "%lld", (long long)(from_seq + EVENTS_AT_ONCE - 1));
        ask_with_session(r, id);
        iv_redis_add(&r->asked, "LRANGE", name.text, first, last, NULL);
        rc = iv_redis_get(r, &got, err);
        if (rc)
            return rc;
        if (!iv_redis_number(got.items[0]))
            rc = iv_store_no_session(id, err);
        is_over = got.items[1]->elements < EVENTS_AT_ONCE;
        if (!rc)
            is_over |= tell(got.items[1], &from_seq, fn, arg);
        iv_redis_replies_release(&got);
    }
    return rc;
}

/* -- documents -- */

enum iv_code iv_redis_doc_get(void *st, const char *id, const char *name, struct iv_buf *out,
                              struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_name hash = iv_redis_name("ic:d:", id);
    struct redis_replies got;
    enum iv_code rc;

    ask_with_session(r, id);
    iv_redis_add(&r->asked, "HGET", hash.text, name, NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    if (id[0] && !iv_redis_number(got.items[0]))
        rc = iv_store_no_session(id, err);
    else if (iv_redis_is_nil(got.items[1]))
        rc = iv_store_no_doc(id, name, err);
    else
        iv_buf_add(out, got.items[1]->str, got.items[1]->len);
    iv_redis_replies_release(&got);
    return rc ? rc : iv_buf_check(out, name, err);
}

enum iv_code iv_redis_doc_put(void *st, const char *id, const struct iv_doc *doc,
                              struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_name hash = iv_redis_name("ic:d:", id);
    enum iv_code rc = IV_OK;

    if (id[0])
        (void)owner(r, id, &rc, err);
    if (rc)
        return rc;
    if (doc->text) {
        const char *parts[] = {"HSET", hash.text, doc->name, doc->text};
        const size_t lens[] = {4, strlen(hash.text), strlen(doc->name), doc->len};

        iv_redis_add_bytes(&r->pending, 4, parts, lens);
    } else {
        iv_redis_add(&r->pending, "HDEL", hash.text, doc->name, NULL);
    }
    return IV_OK;
}

enum iv_code iv_redis_docs(struct redis_store *r, const char *id, iv_redis_each_doc *fn, void *arg,
                           struct iv_error *err)
{
    struct redis_name hash = iv_redis_name("ic:d:", id);
    struct redis_replies got;
    enum iv_code rc;

    iv_redis_add(&r->asked, "HGETALL", hash.text, NULL);
    rc = iv_redis_get(r, &got, err);
    for (size_t i = 0; !rc && i + 1 < got.items[0]->elements; i += 2) {
        const redisReply *name = got.items[0]->element[i], *text = got.items[0]->element[i + 1];
        struct iv_doc doc = {name->str, text->str, text->len};

        rc = fn(arg, &doc, err);
    }
    iv_redis_replies_release(&got);
    return rc;
}

/* redis_group.c - see redis_group.h. */
#include "store/redis_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define DONE_LIFE_S "3600"

/* -- reading -- */

enum iv_code iv_redis_get(struct redis_store *r, struct redis_replies *out, struct iv_error *err)
{
    struct redis_batch again = REDIS_BATCH_INIT;
    enum iv_code rc;

    *out = (struct redis_replies){0};
    if (r->in_group)
        return iv_redis_run(&r->link, &r->asked, out, err);
    if (r->link.c &&
        !r->link.is_stale) { /* it may have broken since: nothing is lost by asking again */
        iv_buf_add(&again.bytes, r->asked.bytes.data, r->asked.bytes.len);
        again.n = r->asked.n;
        rc = iv_redis_run(&r->link, &again, out, err);
        iv_redis_batch_release(&again);
        if (!rc || r->link.c) {
            iv_buf_clear(&r->asked.bytes);
            r->asked.n = 0;
            return rc;
        }
    }
    rc = iv_redis_ready(&r->link, err);
    if (!rc)
        return iv_redis_run(&r->link, &r->asked, out, err);
    iv_buf_clear(&r->asked.bytes);
    r->asked.n = 0;
    return rc;
}

bool iv_redis_watch(struct redis_store *r, const char *name)
{
    if (r->in_group)
        iv_redis_add(&r->asked, "WATCH", name, NULL);
    return r->in_group;
}

const struct redis_touched *iv_redis_find_touched(const struct redis_store *r, const char *id)
{
    for (size_t i = 0; i < r->n_touched; i++)
        if (!strcmp(r->touched[i].is.id, id))
            return &r->touched[i];
    return NULL;
}

static struct redis_touched *add_touched(struct redis_store *r, const struct redis_touched *t,
                                         struct iv_error *err)
{
    if (iv_grow(&r->touched, &r->cap_touched, r->n_touched + 1, sizeof *t)) {
        (void)iv_store_no_memory(err);
        return NULL;
    }
    r->touched[r->n_touched] = *t;
    return &r->touched[r->n_touched++];
}

struct redis_touched *iv_redis_remember(struct redis_store *r, const struct iv_session *s,
                                        struct iv_error *err)
{
    struct redis_touched t = {
        .is = *s, .was_there = true, .is_there = true, .was_status = (int)s->status, .n_turns = -1};
    const struct redis_touched *known = iv_redis_find_touched(r, s->id);

    return known ? (struct redis_touched *)(uintptr_t)known : add_touched(r, &t, err);
}

static struct redis_touched *add_missing(struct redis_store *r, const char *id,
                                         struct iv_error *err)
{
    struct redis_touched t = {0};

    snprintf(t.is.id, sizeof t.is.id, "%s", id);
    return add_touched(r, &t, err);
}

struct redis_touched *iv_redis_touch(struct redis_store *r, const char *id, enum iv_code *rc,
                                     struct iv_error *err)
{
    struct redis_touched *t = (struct redis_touched *)(uintptr_t)iv_redis_find_touched(r, id);
    struct redis_name name = iv_redis_name("ic:s:", id);
    struct redis_replies got;
    struct iv_session s;

    *rc = IV_OK;
    if (t || strlen(id) >= sizeof s.id)
        return t;
    iv_redis_watch(r, name.text);
    iv_redis_ask_session(&r->asked, id);
    *rc = iv_redis_get(r, &got, err);
    if (*rc)
        return NULL;
    *rc = iv_redis_read_session(got.items[got.n - 1], id, &s, err);
    if (!*rc)
        t = iv_redis_remember(r, &s, err);
    else if (*rc == IV_E_SESSION_NOT_FOUND)
        t = add_missing(r, id, err);
    *rc = t ? IV_OK : *rc ? *rc : IV_E_NOMEM;
    iv_redis_replies_release(&got);
    return t;
}

/* -- the group -- */

static void forget(struct redis_store *r)
{
    iv_buf_clear(&r->asked.bytes);
    r->asked.n = 0;
    iv_redis_batch_release(&r->pending);
    r->pending = (struct redis_batch)REDIS_BATCH_INIT;
    r->n_touched = 0;
    r->n_keys = 0;
}

enum iv_code iv_redis_begin(void *st, struct iv_error *err)
{
    struct redis_store *r = st;
    enum iv_code rc = iv_redis_ready(&r->link, err);

    forget(r);
    r->in_group = !rc;
    return rc;
}

static void unwatch(struct redis_store *r)
{
    struct redis_replies got;

    if (!r->link.c)
        return;
    iv_redis_add(&r->asked, "UNWATCH", NULL);
    if (!iv_redis_run(&r->link, &r->asked, &got, NULL))
        iv_redis_replies_release(&got);
}

void iv_redis_rollback(void *st)
{
    struct redis_store *r = st;

    if (r->in_group)
        unwatch(r);
    forget(r);
    r->in_group = false;
}

/* A change that fails after others takes the whole group with it: each is then run alone (group.c). */
enum iv_code iv_redis_mark(void *st, struct iv_error *err)
{
    (void)st;
    (void)err;
    return IV_OK;
}

void iv_redis_keep(void *st)
{
    (void)st;
}

enum iv_code iv_redis_undo(void *st, struct iv_error *err)
{
    (void)st;
    return iv_fail(err, IV_E_BUSY, "a change of the group failed");
}

/* WAIT asks about what its own connection wrote: a write of this one comes after all that the lost one did. */
static enum iv_code write_again(struct redis_store *r, const char *name, struct iv_error *err)
{
    struct redis_replies got;
    enum iv_code rc;

    if (!r->link.replicas)
        return IV_OK;
    iv_redis_add(&r->asked, "EXPIRE", name, DONE_LIFE_S, NULL);
    rc = iv_redis_run(&r->link, &r->asked, &got, err);
    iv_redis_replies_release(&got);
    return rc;
}

/* The reply to a transaction was lost with the connection: did it get through? The old connection is closed first, so that what it
 * sent does not come true after it was said to be lost. Nothing is run again where Redis is slow: the caller has waited enough. */
static enum iv_code was_done(struct redis_store *r, enum iv_code lost, struct iv_error *err)
{
    struct redis_name name = iv_redis_name("ic:done:", r->token);
    struct redis_replies got;
    char id[24];
    bool was_slow = r->link.is_slow;
    int64_t last;

    snprintf(id, sizeof id, "%lld", (long long)r->link.client_id);
    r->link.down_until_ms = 0;
    if (iv_redis_ready(&r->link, NULL))
        return lost;
    iv_redis_add(&r->asked, "CLIENT", "KILL", "ID", id, "SKIPME", "yes", NULL);
    iv_redis_add(&r->asked, "GET", name.text, NULL);
    if (iv_redis_run(&r->link, &r->asked, &got, NULL))
        return lost;
    last = iv_redis_number(got.items[1]);
    iv_redis_replies_release(&got);
    if (last == r->done)
        return write_again(r, name.text, err);
    return was_slow ? lost : iv_fail(err, IV_E_BUSY, "the transaction was lost");
}

/* EXEC says nothing when somebody else changed what was watched, and an error for each command that was wrong. */
static enum iv_code read_result(const struct redis_store *r, const redisReply *exec,
                                struct iv_error *err)
{
    if (exec->type == REDIS_REPLY_NIL)
        return iv_fail(err, IV_E_BUSY, "another node changed it");
    if (exec->type == REDIS_REPLY_ERROR)
        return iv_redis_refused(&r->link, exec->str, err);
    for (size_t i = 0; i < exec->elements; i++)
        if (exec->element[i]->type == REDIS_REPLY_ERROR)
            return iv_redis_refused(&r->link, exec->element[i]->str, err);
    return IV_OK;
}

/* The reason is in the reply to the command that Redis did not take: EXECABORT says only that there was one. */
static enum iv_code find_refusal(const struct redis_store *r, const struct redis_replies *got,
                                 struct iv_error *err)
{
    for (size_t i = 0; i < got->n; i++)
        if (got->items[i]->type == REDIS_REPLY_ERROR)
            return iv_redis_refused(&r->link, got->items[i]->str, err);
    return IV_OK;
}

static enum iv_code send_all(struct redis_store *r, struct iv_error *err)
{
    struct redis_name name = iv_redis_name("ic:done:", r->token);
    struct redis_batch all = REDIS_BATCH_INIT;
    struct redis_replies got;
    char number[24];
    enum iv_code rc;

    snprintf(number, sizeof number, "%lld", (long long)++r->done);
    iv_redis_add(&all, "MULTI", NULL);
    iv_buf_add(&all.bytes, r->pending.bytes.data, r->pending.bytes.len);
    all.n += r->pending.n;
    all.bytes.failed |= r->pending.bytes.failed;
    iv_redis_add(&all, "SET", name.text, number, "EX", DONE_LIFE_S, NULL);
    iv_redis_add(&all, "EXEC", NULL);
    rc = iv_redis_exchange(&r->link, &all, &got, err);
    iv_redis_batch_release(&all);
    if (rc)
        return rc == IV_E_REDIS && !r->link.c ? was_done(r, rc, err) : rc;
    rc = find_refusal(r, &got, err);
    if (!rc)
        rc = read_result(r, got.items[got.n - 1], err);
    iv_redis_replies_release(&got);
    return rc;
}

/* A fail-over to a replica that has not heard of it would undo what was acknowledged. */
static enum iv_code wait_for_replicas(struct redis_store *r, struct iv_error *err)
{
    struct redis_replies got;
    char wanted[24], limit[24], why[96];
    int64_t have;
    enum iv_code rc;

    if (!r->link.replicas)
        return IV_OK;
    snprintf(wanted, sizeof wanted, "%lld", (long long)r->link.replicas);
    snprintf(limit, sizeof limit, "%lld", (long long)r->link.timeout_ms / 2);
    iv_redis_add(&r->asked, "WAIT", wanted, limit, NULL);
    rc = iv_redis_run(&r->link, &r->asked, &got, err);
    if (rc)
        return rc;
    have = iv_redis_number(got.items[0]);
    iv_redis_replies_release(&got);
    if (have >= r->link.replicas)
        return IV_OK;
    snprintf(why, sizeof why, "kept, but only %lld of redis.replicas = %lld replicas have it",
             (long long)have, (long long)r->link.replicas);
    return iv_redis_refused(&r->link, why, err);
}

enum iv_code iv_redis_commit(void *st, struct iv_error *err)
{
    struct redis_store *r = st;
    enum iv_code rc = IV_OK;

    if (!r->pending.n && !r->pending.bytes.failed)
        unwatch(r);
    else
        rc = send_all(r, err);
    if (!rc && r->pending.n)
        rc = wait_for_replicas(r, err);
    if (!rc) {
        forget(r);
        r->in_group = false;
    }
    return rc;
}

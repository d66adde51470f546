/* redis.c - sessions in Redis, for several nodes.
 *
 * Redis is the whole store, beside no other copy of a node's own: any node answers for any session. Redis replicates after it
 * acknowledges and writes to disk when it is told to, so the store insists on appendfsync always (redis.durability), and with
 * redis.replicas on so many replicas before a change is done: a fail-over then loses nothing that a client was told is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "store/redis_content.h"
#include "store/redis_group.h"

#define DUE_MAX "500"

/* -- opening -- */

static enum iv_code find_url(iv_ctx *ctx, const char *path, char **out, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (path[0]) {
        *out = iv_strdup(path);
        return *out ? IV_OK : iv_store_no_memory(err);
    }
    rc = iv_secret_get(ctx, "redis.url", out, err);
    if (!rc && !*out)
        rc = iv_fail(err, IV_E_CONFIG, "store.backend redis: redis.url (REDIS_URL) must be set");
    return rc;
}

static void make_token(struct redis_store *r)
{
    unsigned char bytes[16];

    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(r->token, sizeof r->token, bytes, sizeof bytes);
}

static enum iv_code redis_open(void *st, iv_ctx *ctx, const char *path, struct iv_error *err)
{
    struct redis_store *r = st;
    char *url;
    enum iv_code rc = find_url(ctx, path, &url, err);

    r->asked = (struct redis_batch)REDIS_BATCH_INIT;
    r->pending = (struct redis_batch)REDIS_BATCH_INIT;
    r->ctx = ctx;
    make_token(r);
    if (!rc)
        rc = iv_redis_link_init(&r->link, ctx, url, err);
    if (!rc)
        rc = iv_redis_ready(&r->link, err);
    iv_secret_free(url);
    return rc;
}

static void redis_close(void *st)
{
    struct redis_store *r = st;

    iv_redis_link_release(&r->link);
    iv_redis_batch_release(&r->asked);
    iv_redis_batch_release(&r->pending);
    free(r->touched);
    free(r->keys);
}

static void redis_tidy(void *st)
{
    (void)st;
}

/* -- one session -- */

/* Each session stands in four indexes; `score` NULL takes it out of them. */
static void index_in(struct redis_batch *b, const char *user, int status, const char *id,
                     const char *score)
{
    const struct redis_name names[] = {iv_redis_index(NULL, -1), iv_redis_index(user, -1),
                                       iv_redis_index(NULL, status), iv_redis_index(user, status)};

    for (size_t i = 0; i < IV_LEN(names); i++)
        if (score)
            iv_redis_add(b, "ZADD", names[i].text, score, id, NULL);
        else
            iv_redis_add(b, "ZREM", names[i].text, id, NULL);
}

static void set_due(struct redis_batch *b, const struct iv_session *s)
{
    char score[24];

    snprintf(score, sizeof score, "%lld", (long long)iv_session_due_ms(s));
    if (iv_session_is_open(s))
        iv_redis_add(b, "ZADD", REDIS_DUE, score, s->id, NULL);
    else
        iv_redis_add(b, "ZREM", REDIS_DUE, s->id, NULL);
}

static void write_session(struct redis_store *r, const struct redis_touched *t)
{
    char score[24];

    snprintf(score, sizeof score, "%lld", (long long)t->is.created_ms);
    if (t->was_there && t->was_status != (int)t->is.status)
        index_in(&r->pending, t->is.spec.user_id, t->was_status, t->is.id, NULL);
    if (!t->was_there || t->was_status != (int)t->is.status)
        index_in(&r->pending, t->is.spec.user_id, (int)t->is.status, t->is.id, score);
    iv_redis_set_session(&r->pending, &t->is);
    set_due(&r->pending, &t->is);
}

static enum iv_code redis_insert(void *st, const struct iv_session *s, struct iv_error *err)
{
    struct redis_store *r = st;
    enum iv_code rc;
    struct redis_touched *t = iv_redis_touch(r, s->id, &rc, err);

    if (rc)
        return rc;
    if (!t || t->is_there)
        return iv_fail(err, IV_E_STATE, "session %s exists already", s->id);
    t->is = *s;
    t->is_there = true;
    t->n_turns = 0;
    write_session(r, t);
    return IV_OK;
}

static enum iv_code redis_get(void *st, const char *id, struct iv_session *out,
                              struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_replies got;
    struct redis_touched *t;
    enum iv_code rc;

    if (r->in_group) {
        t = iv_redis_touch(r, id, &rc, err);
        if (rc)
            return rc;
        if (!t || !t->is_there)
            return iv_store_no_session(id, err);
        *out = t->is;
        return IV_OK;
    }
    iv_redis_ask_session(&r->asked, id);
    rc = iv_redis_get(r, &got, err);
    if (!rc)
        rc = iv_redis_read_session(got.items[0], id, out, err);
    iv_redis_replies_release(&got);
    return rc;
}

static enum iv_code redis_update(void *st, const struct iv_session *s, struct iv_error *err)
{
    struct redis_store *r = st;
    enum iv_code rc;
    struct redis_touched *t = iv_redis_touch(r, s->id, &rc, err);

    if (rc)
        return rc;
    if (!t || !t->is_there)
        return iv_store_no_session(s->id, err);
    if (t->is.created_ms != s->created_ms || strcmp(t->is.spec.user_id, s->spec.user_id) != 0)
        return iv_store_other_owner(s->id, err);
    t->is = *s;
    write_session(r, t);
    t->was_there = true;
    t->was_status = (int)s->status; /* as it will be when the next change of the group is made */
    return IV_OK;
}

static enum iv_code redis_remove(void *st, const char *id, struct iv_error *err)
{
    static const char *const prefixes[] = {"ic:s:", "ic:t:", "ic:e:", "ic:d:"};
    struct redis_store *r = st;
    enum iv_code rc;
    struct redis_touched *t = iv_redis_touch(r, id, &rc, err);

    if (rc)
        return rc;
    if (!t || !t->is_there)
        return iv_store_no_session(id, err);
    for (size_t i = 0; i < IV_LEN(prefixes); i++) {
        struct redis_name name = iv_redis_name(prefixes[i], id);

        iv_redis_add(&r->pending, "DEL", name.text, NULL);
    }
    index_in(&r->pending, t->is.spec.user_id, (int)t->is.status, id, NULL);
    iv_redis_add(&r->pending, "ZREM", REDIS_DUE, id, NULL);
    t->is_there = t->was_there = false;
    return IV_OK;
}

/* -- several -- */

/* The sessions of a reply that lists their ids; one that went meanwhile is left out. */
static enum iv_code load(struct redis_store *r, const redisReply *ids, struct iv_session **rows,
                         size_t *n, struct iv_error *err)
{
    struct redis_replies got;
    enum iv_code rc = IV_OK;

    *rows = iv_alloc_array(ids->elements ? ids->elements : 1, sizeof **rows);
    if (!*rows)
        return iv_store_no_memory(err);
    if (!ids->elements)
        return IV_OK;
    for (size_t i = 0; i < ids->elements; i++) {
        struct redis_name name = iv_redis_name("ic:s:", ids->element[i]->str);

        iv_redis_watch(r, name.text);
        iv_redis_ask_session(&r->asked, ids->element[i]->str);
    }
    rc = iv_redis_get(r, &got, err);
    for (size_t i = 0; i < ids->elements && !rc; i++) {
        size_t at = r->in_group ? 2 * i + 1 : i;

        rc = iv_redis_read_session(got.items[at], ids->element[i]->str, &(*rows)[*n], err);
        if (!rc)
            (*n)++;
        else if (rc == IV_E_SESSION_NOT_FOUND)
            rc = IV_OK;
    }
    iv_redis_replies_release(&got);
    return rc;
}

static enum iv_code redis_due(void *st, int64_t now_ms, struct iv_session **rows, size_t *n,
                              struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_replies got;
    char now[24];
    enum iv_code rc;

    *rows = NULL;
    *n = 0;
    snprintf(now, sizeof now, "%lld", (long long)now_ms);
    iv_redis_add(&r->asked, "ZRANGEBYSCORE", REDIS_DUE, "-inf", now, "LIMIT", "0", DUE_MAX, NULL);
    rc = iv_redis_get(r, &got, err);
    if (!rc)
        rc = load(r, got.items[0], rows, n, err);
    for (size_t i = 0; i < *n && !rc && r->in_group; i++) {
        const struct redis_touched *t = iv_redis_remember(r, &(*rows)[i], err);

        rc = t ? IV_OK : IV_E_NOMEM;
        if (t)
            (*rows)[i] = t->is; /* the group may have changed it already */
    }
    iv_redis_replies_release(&got);
    return rc;
}

static int64_t opened_in_group(const struct redis_store *r, const char *user_id)
{
    int64_t more = 0;

    for (size_t i = 0; i < r->n_touched; i++) {
        const struct redis_touched *t = &r->touched[i];

        if (!strcmp(t->is.spec.user_id, user_id))
            more += t->is_there && iv_session_is_open(&t->is);
    }
    return more;
}

static enum iv_code redis_count_open(void *st, const char *user_id, int64_t *out,
                                     struct iv_error *err)
{
    struct redis_store *r = st;
    struct redis_replies got;
    enum iv_code rc;
    size_t step = r->in_group ? 2 : 1;

    *out = 0;
    for (int status = IV_SESSION_CREATED; status <= IV_SESSION_PAUSED; status++) {
        struct redis_name name = iv_redis_index(user_id, status);

        iv_redis_watch(r, name.text);
        iv_redis_add(&r->asked, "ZRANGE", name.text, "0", "-1", NULL);
    }
    rc = iv_redis_get(r, &got, err);
    for (size_t i = step - 1; i < got.n && !rc; i += step)
        for (size_t k = 0; k < got.items[i]->elements; k++)
            *out += !iv_redis_find_touched(r, got.items[i]->element[k]->str);
    iv_redis_replies_release(&got);
    *out += opened_in_group(r, user_id);
    return rc;
}

/* -- lists -- */

struct range {
    struct redis_name index;
    char from[32], below[32]; /* as ZRANGEBYSCORE has them */
};

static struct range range_of(const struct iv_session_filter *f)
{
    struct range g = {.index = iv_redis_index(f->user_id, f->status)};

    snprintf(g.from, sizeof g.from, "%s", "-inf");
    snprintf(g.below, sizeof g.below, "%s", "+inf");
    if (f->created_from_ms)
        snprintf(g.from, sizeof g.from, "%lld", (long long)f->created_from_ms);
    if (f->created_to_ms)
        snprintf(g.below, sizeof g.below, "(%lld", (long long)f->created_to_ms);
    return g;
}

/* How many of the range are as new as the session or newer: what a page behind it leaves out. */
static enum iv_code skip_to(struct redis_store *r, const struct range *g, const char *before_id,
                            int64_t *out, struct iv_error *err)
{
    struct redis_replies got;
    struct iv_session s;
    char at[24], above[32];
    enum iv_code rc = redis_get(r, before_id, &s, err);

    if (rc)
        return rc;
    snprintf(at, sizeof at, "%lld", (long long)s.created_ms);
    snprintf(above, sizeof above, "(%s", at);
    iv_redis_add(&r->asked, "ZCOUNT", g->index.text, above, g->below, NULL);
    iv_redis_add(&r->asked, "ZRANGEBYSCORE", g->index.text, at, at, NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    *out = iv_redis_number(got.items[0]);
    for (size_t i = 0; i < got.items[1]->elements; i++)
        *out += strcmp(got.items[1]->element[i]->str, before_id) >= 0;
    iv_redis_replies_release(&got);
    return IV_OK;
}

static enum iv_code redis_list(void *st, const struct iv_session_filter *f,
                               struct iv_session **rows, size_t *n, int64_t *total,
                               struct iv_error *err)
{
    struct redis_store *r = st;
    struct range g = range_of(f);
    struct redis_replies got;
    char first[24], limit[24];
    int64_t skip = 0;
    enum iv_code rc = f->before_id ? skip_to(r, &g, f->before_id, &skip, err) : IV_OK;

    if (rc)
        return rc;
    snprintf(first, sizeof first, "%lld", (long long)(skip + f->offset));
    snprintf(limit, sizeof limit, "%d", f->limit);
    iv_redis_add(&r->asked, "ZCOUNT", g.index.text, g.from, g.below, NULL);
    iv_redis_add(&r->asked, "ZREVRANGEBYSCORE", g.index.text, g.below, g.from, "LIMIT", first,
                 limit, NULL);
    rc = iv_redis_get(r, &got, err);
    if (rc)
        return rc;
    *total = iv_redis_number(got.items[0]);
    rc = load(r, got.items[1], rows, n, err);
    iv_redis_replies_release(&got);
    return rc;
}

/* -- the whole -- */

enum iv_code iv_redis_each_session(struct redis_store *r, const struct iv_session_filter *filter,
                                   iv_redis_each *fn, void *arg, struct iv_error *err)
{
    struct iv_session_filter f = *filter;
    char last[IV_ID_BYTES];
    enum iv_code rc = IV_OK;
    size_t n = 1;

    f.limit = 100;
    while (!rc && n) {
        struct iv_session *rows = NULL;
        int64_t total;

        n = 0;
        rc = redis_list(r, &f, &rows, &n, &total, err);
        for (size_t i = 0; i < n && !rc; i++)
            rc = fn(arg, &rows[i], err);
        if (n) {
            snprintf(last, sizeof last, "%s", rows[n - 1].id);
            f.before_id = last;
        }
        free(rows);
    }
    return rc;
}

const struct iv_store_ops iv_store_redis = {
    .name = "redis",
    .state_size = sizeof(struct redis_store),
    .open = redis_open,
    .close = redis_close,
    .begin = iv_redis_begin,
    .commit = iv_redis_commit,
    .rollback = iv_redis_rollback,
    .mark = iv_redis_mark,
    .keep = iv_redis_keep,
    .undo = iv_redis_undo,
    .tidy = redis_tidy,
    .insert = redis_insert,
    .get = redis_get,
    .update = redis_update,
    .remove = redis_remove,
    .list = redis_list,
    .due = redis_due,
    .count_open = redis_count_open,
    .add_turn = iv_redis_add_turn,
    .turns = iv_redis_turns,
    .add_event = iv_redis_add_event,
    .events = iv_redis_events,
    .doc_get = iv_redis_doc_get,
    .doc_put = iv_redis_doc_put,
    .stats = iv_redis_stats,
    .key_insert = iv_redis_key_insert,
    .key_update = iv_redis_key_update,
    .key_get = iv_redis_key_get,
    .key_find = iv_redis_key_find,
    .key_list = iv_redis_key_list,
    .admin_get = iv_redis_admin_get,
    .admin_put = iv_redis_admin_put,
    .backup = iv_redis_backup,
    .check = iv_redis_check,
};

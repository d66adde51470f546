/* redis_whole.c - figures over all sessions, a copy in a file, and a look at every record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/redis_content.h"

/* -- figures -- */

static enum iv_code add_figures(void *arg, const struct iv_session *s, struct iv_error *err)
{
    (void)err;
    iv_store_stats_add(arg, s);
    return IV_OK;
}

enum iv_code iv_redis_stats(void *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                            struct iv_store_stats *out, struct iv_error *err)
{
    struct iv_session_filter f = {
        .user_id = user_id, .status = -1, .created_from_ms = from_ms, .created_to_ms = to_ms};
    struct iv_store_sums sums = {.stats = *out};
    enum iv_code rc = iv_redis_each_session(st, &f, add_figures, &sums, err);

    if (!rc)
        *out = iv_store_stats_of(&sums);
    return rc;
}

/* -- a copy: a store of SQLite's, so that restore and every other command can read it -- */

struct copy {
    struct redis_store *r;
    void *to; /* of iv_store_sqlite */
    const char *id; /* whose documents are being copied */
    void (*let_others)(void *arg);
    void *arg;
};

static enum iv_code copy_doc(void *arg, const struct iv_doc *doc, struct iv_error *err)
{
    struct copy *c = arg;

    return iv_store_sqlite.doc_put(c->to, c->id, doc, err);
}

struct events {
    struct copy *c;
    const char *id;
    enum iv_code rc;
    struct iv_error *err;
};

static int copy_event(void *arg, int64_t seq, const char *json)
{
    struct events *e = arg;

    (void)seq;
    e->rc = iv_store_sqlite.add_event(e->c->to, e->id, json, e->err);
    return e->rc != IV_OK;
}

static enum iv_code copy_turns(struct copy *c, const char *id, struct iv_error *err)
{
    struct iv_turn *rows = NULL;
    size_t n = 0;
    enum iv_code rc = iv_redis_turns(c->r, id, &rows, &n, err);

    for (size_t i = 0; i < n && !rc; i++)
        rc = iv_store_sqlite.add_turn(c->to, id, &rows[i], err);
    iv_turns_free(rows, n);
    return rc;
}

static enum iv_code copy_docs(struct copy *c, const char *id, struct iv_error *err)
{
    c->id = id;
    return iv_redis_docs(c->r, id, copy_doc, c, err);
}

static enum iv_code copy_session(void *arg, const struct iv_session *s, struct iv_error *err)
{
    struct copy *c = arg;
    struct events e = {.c = c, .id = s->id, .err = err};
    enum iv_code rc = iv_store_sqlite.insert(c->to, s, err);

    if (!rc)
        rc = copy_turns(c, s->id, err);
    if (!rc)
        rc = iv_redis_events(c->r, s->id, 0, copy_event, &e, err);
    if (!rc)
        rc = e.rc;
    if (!rc)
        rc = copy_docs(c, s->id, err);
    if (rc == IV_E_SESSION_NOT_FOUND) /* deleted meanwhile */
        rc = iv_store_sqlite.remove(c->to, s->id, err);
    c->let_others(c->arg);
    return rc;
}

static enum iv_code copy_keys(struct copy *c, struct iv_error *err)
{
    struct iv_key *rows = NULL;
    size_t n = 0;
    enum iv_code rc = iv_redis_key_list(c->r, &rows, &n, err);

    for (size_t i = 0; i < n && !rc; i++)
        rc = iv_store_sqlite.key_insert(c->to, &rows[i], err);
    free(rows);
    return rc;
}

static enum iv_code copy_admin(void *arg, const struct iv_admin *admin, struct iv_error *err)
{
    struct copy *c = arg;

    return iv_store_sqlite.admin_put(c->to, admin, err);
}

static enum iv_code copy_all(struct copy *c, struct iv_error *err)
{
    static const struct iv_session_filter all = {.status = -1};
    enum iv_code rc = iv_store_sqlite.begin(c->to, err);

    if (!rc)
        rc = iv_redis_each_session(c->r, &all, copy_session, c, err);
    if (!rc)
        rc = copy_docs(c, "", err);
    if (!rc)
        rc = copy_keys(c, err);
    if (!rc)
        rc = iv_redis_admins(c->r, copy_admin, c, err);
    if (!rc)
        return iv_store_sqlite.commit(c->to, err);
    iv_store_sqlite.rollback(c->to);
    return rc;
}

enum iv_code iv_redis_backup(void *st, const char *path, void (*let_others)(void *arg), void *arg,
                             struct iv_error *err)
{
    struct redis_store *r = st;
    struct copy c = {
        .r = r, .to = iv_alloc(iv_store_sqlite.state_size), .let_others = let_others, .arg = arg};
    enum iv_code rc =
        c.to ? iv_store_sqlite.open(c.to, r->ctx, path, err) : iv_store_no_memory(err);

    if (!rc)
        rc = copy_all(&c, err);
    if (c.to)
        iv_store_sqlite.close(c.to);
    free(c.to);
    return rc;
}

/* -- a look at everything -- */

static enum iv_code ignore_doc(void *arg, const struct iv_doc *doc, struct iv_error *err)
{
    (void)arg;
    (void)doc;
    (void)err;
    return IV_OK;
}

static enum iv_code ignore_admin(void *arg, const struct iv_admin *admin, struct iv_error *err)
{
    (void)arg;
    (void)admin;
    (void)err;
    return IV_OK;
}

/* A session that an index has lost would be there and in no list. */
static enum iv_code check_indexes(struct redis_store *r, const struct iv_session *s,
                                  struct iv_error *err)
{
    const struct redis_name names[] = {iv_redis_index(s->spec.user_id, -1),
                                       iv_redis_index(NULL, (int)s->status),
                                       iv_redis_index(s->spec.user_id, (int)s->status)};
    struct redis_replies got;
    enum iv_code rc;

    for (size_t i = 0; i < IV_LEN(names); i++)
        iv_redis_add(&r->asked, "ZSCORE", names[i].text, s->id, NULL);
    rc = iv_redis_get(r, &got, err);
    for (size_t i = 0; i < got.n && !rc; i++)
        if (iv_redis_number(got.items[i]) != s->created_ms)
            rc = iv_fail(err, IV_E_DATA, "the store in Redis: session %s is not in the list %s",
                         s->id, names[i].text);
    iv_redis_replies_release(&got);
    return rc;
}

static enum iv_code check_session(void *arg, const struct iv_session *s, struct iv_error *err)
{
    struct redis_store *r = arg;
    struct iv_turn *rows = NULL;
    size_t n = 0;
    enum iv_code rc = iv_redis_turns(r, s->id, &rows, &n, err);

    iv_turns_free(rows, n);
    if (!rc)
        rc = check_indexes(r, s, err);
    return rc ? rc : iv_redis_docs(r, s->id, ignore_doc, NULL, err);
}

enum iv_code iv_redis_check(void *st, struct iv_error *err)
{
    static const struct iv_session_filter all = {.status = -1};
    struct redis_store *r = st;
    struct iv_key *keys = NULL;
    size_t n = 0;
    enum iv_code rc = iv_redis_each_session(r, &all, check_session, r, err);

    if (!rc)
        rc = iv_redis_key_list(r, &keys, &n, err);
    free(keys);
    return rc ? rc : iv_redis_admins(r, ignore_admin, NULL, err);
}

/* store.c - one door for every back end: a lock, and the rules of time and limits. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv_build.h"
#include "store/door.h"

static const struct iv_store_ops *const backends[] = {
    &iv_store_sqlite,
    &iv_store_memory,
#if IV_HAVE_HIREDIS
    &iv_store_redis,
#endif
};

static int64_t now(const iv_store *st)
{
    return iv_wall_ms(iv_ctx_clock(st->ctx));
}

static enum iv_code find_backend(const char *name, const struct iv_store_ops **out,
                                 struct iv_error *err)
{
    for (size_t i = 0; i < IV_LEN(backends); i++)
        if (!strcmp(backends[i]->name, name)) {
            *out = backends[i];
            return IV_OK;
        }
    if (!strcmp(name, "redis"))
        return iv_fail(err, IV_E_UNAVAILABLE,
                       "store.backend redis: this build has no Redis (package libhiredis-dev)");
    return iv_fail(err, IV_E_CONFIG, "store.backend \"%s\": must be one of sqlite, redis, memory",
                   name);
}

static void init_locks(iv_store *st)
{
    pthread_mutex_init(&st->lock, NULL);
    iv_group_init(&st->group);
    st->group.store = st;
    st->group.ops = st->ops;
    st->group.state = st->state;
    st->group.store_lock = &st->lock;
}

enum iv_code iv_store_open(iv_ctx *ctx, const char *backend, const char *path, iv_store **out,
                           struct iv_error *err)
{
    const struct iv_store_ops *ops = NULL;
    iv_store *st = NULL;
    enum iv_code rc = find_backend(backend, &ops, err);

    *out = NULL;
    if (rc)
        return rc;
    st = iv_alloc(sizeof *st);
    if (!st)
        return iv_store_no_memory(err);
    st->ops = ops;
    st->ctx = ctx;
    st->path = iv_strdup(path);
    st->state = iv_alloc(ops->state_size);
    init_locks(st);
    rc = st->path && st->state ? ops->open(st->state, ctx, path, err) : iv_store_no_memory(err);
    if (rc)
        iv_store_close(st);
    else
        *out = st;
    return rc;
}

void iv_store_close(iv_store *st)
{
    if (!st)
        return;
    if (st->state)
        st->ops->close(st->state);
    iv_group_release(&st->group);
    pthread_mutex_destroy(&st->lock);
    free(st->state);
    free(st->path);
    free(st);
}

const char *iv_store_backend(const iv_store *st)
{
    return st->ops->name;
}
const char *iv_store_path(const iv_store *st)
{
    return st->ops == &iv_store_memory ? "" : st->path;
}

/* -- what time does -- */

/* Changes every session that is due: an index finds the few there are. */
static enum iv_code tick_due(iv_store *st, struct iv_error *err)
{
    struct iv_session *due = NULL;
    size_t n = 0;
    int64_t at = now(st);
    enum iv_code rc = st->ops->due(st->state, at, &due, &n, err);

    for (size_t i = 0; i < n && !rc; i++)
        if (iv_session_tick(&due[i], at))
            rc = st->ops->update(st->state, &due[i], err);
    free(due);
    return rc;
}

static bool is_due(iv_store *st)
{
    struct iv_session *due = NULL;
    size_t n = 0;

    st->ops->due(st->state, now(st), &due, &n, NULL);
    free(due);
    return n > 0;
}

/* Before a read. A disk that takes no writes does not forbid reading: what is read is ticked once more on its way out. */
static void lock_for_read(iv_store *st)
{
    enum iv_code rc;

    pthread_mutex_lock(&st->lock);
    if (!is_due(st) || st->ops->begin(st->state, NULL))
        return;
    rc = tick_due(st, NULL);
    if (!rc)
        rc = st->ops->commit(st->state, NULL);
    if (rc)
        st->ops->rollback(st->state);
}

static enum iv_code unlock(iv_store *st, enum iv_code rc)
{
    pthread_mutex_unlock(&st->lock);
    return rc;
}

/* -- sessions -- */

static enum iv_code add_contents(iv_store *st, const struct iv_step *step, struct iv_error *err)
{
    const char *id = step->session->id;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < step->n_turns && !rc; i++)
        rc = st->ops->add_turn(st->state, id, &step->turns[i], err);
    for (size_t i = 0; i < step->n_events && !rc; i++)
        rc = st->ops->add_event(st->state, id, step->events[i], err);
    for (size_t i = 0; i < step->n_docs && !rc; i++)
        rc = st->ops->doc_put(st->state, id, &step->docs[i], err);
    return rc;
}

struct creation {
    const struct iv_step *whole;
    int max_open;
};

static enum iv_code insert_below_limit(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct creation *c = arg;
    const struct iv_session *s = c->whole->session;
    const char *user = s->spec.user_id;
    int64_t open = 0;
    enum iv_code rc = tick_due(st, err);

    if (!rc)
        rc = st->ops->count_open(st->state, user, &open, err);
    if (!rc && iv_session_is_open(s) && open >= c->max_open)
        rc = iv_fail(err, IV_E_SESSION_LIMIT,
                     "user \"%.60s\" has %lld open sessions; at most %d are allowed", user,
                     (long long)open, c->max_open);
    if (!rc)
        rc = st->ops->insert(st->state, s, err);
    return rc ? rc : add_contents(st, c->whole, err);
}

enum iv_code iv_store_session_new_with(iv_store *st, const struct iv_step *whole, int max_open,
                                       struct iv_error *err)
{
    struct creation c = {whole, max_open};
    enum iv_code rc = iv_store_check_step(whole, err);

    if (!whole->session->id[0])
        return iv_fail(err, IV_E_USAGE, "session_id \"\": must not be empty");
    return rc ? rc : iv_group_run(&st->group, insert_below_limit, &c, err);
}

enum iv_code iv_store_session_new(iv_store *st, const struct iv_session *s, int max_open,
                                  struct iv_error *err)
{
    struct iv_step whole = {.session = s};

    return iv_store_session_new_with(st, &whole, max_open, err);
}

enum iv_code iv_store_session_get(iv_store *st, const char *id, struct iv_session *out,
                                  struct iv_error *err)
{
    enum iv_code rc;

    pthread_mutex_lock(&st->lock); /* ticked on its way out, it need not be written first */
    rc = st->ops->get(st->state, id, out, err);
    if (!rc)
        iv_session_tick(out, now(st));
    return unlock(st, rc);
}

/* A writer who has not heard of what another did does not undo it. */
static enum iv_code update(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct iv_session *next = arg;
    struct iv_session is;
    enum iv_code rc = st->ops->get(st->state, next->id, &is, err);

    if (!rc)
        rc = iv_session_may_follow(&is, next, err);
    return rc ? rc : st->ops->update(st->state, next, err);
}

enum iv_code iv_store_session_put(iv_store *st, const struct iv_session *s, struct iv_error *err)
{
    enum iv_code rc = iv_store_check_session(s, err);

    return rc ? rc : iv_group_run(&st->group, update, s, err);
}

struct change {
    const char *id;
    iv_session_rule *rule;
    struct iv_session *out;
};

static enum iv_code apply_rule(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct change *c = arg;
    int64_t at = now(st);
    enum iv_code rc = st->ops->get(st->state, c->id, c->out, err);

    if (!rc) {
        iv_session_tick(c->out, at);
        rc = c->rule(c->out, at, err);
    }
    return rc ? rc : st->ops->update(st->state, c->out, err);
}

enum iv_code iv_store_change(iv_store *st, const char *id, iv_session_rule *rule,
                             struct iv_session *out, struct iv_error *err)
{
    struct change c = {id, rule, out};

    return iv_group_run(&st->group, apply_rule, &c, err);
}

static enum iv_code remove_session(iv_store *st, const void *arg, struct iv_error *err)
{
    return st->ops->remove(st->state, arg, err);
}

enum iv_code iv_store_session_delete(iv_store *st, const char *id, struct iv_error *err)
{
    return iv_group_run(&st->group, remove_session, id, err);
}

static enum iv_code check_filter(const struct iv_session_filter *f, struct iv_error *err)
{
    if (f->limit < 1 || f->limit > 100)
        return iv_fail(err, IV_E_USAGE, "limit %d: must be 1 to 100", f->limit);
    if (f->offset < 0)
        return iv_fail(err, IV_E_USAGE, "offset %d: must be 0 or more", f->offset);
    return IV_OK;
}

enum iv_code iv_store_session_list(iv_store *st, const struct iv_session_filter *f,
                                   struct iv_session **rows, size_t *n, int64_t *total,
                                   struct iv_error *err)
{
    enum iv_code rc = check_filter(f, err);

    *rows = NULL;
    *n = 0;
    *total = 0;
    if (rc)
        return rc;
    lock_for_read(st);
    rc = st->ops->list(st->state, f, rows, n, total, err);
    if (rc) {
        free(*rows);
        *rows = NULL;
        *n = 0;
    }
    for (size_t i = 0; i < *n; i++)
        iv_session_tick(&(*rows)[i], now(st));
    return unlock(st, rc);
}

/* -- steps -- */

static enum iv_code take_step(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct iv_step *step = arg;
    enum iv_code rc = update(st, step->session, err);

    return rc ? rc : add_contents(st, step, err);
}

enum iv_code iv_store_step(iv_store *st, const struct iv_step *step, struct iv_error *err)
{
    enum iv_code rc = iv_store_check_step(step, err);

    return rc ? rc : iv_group_run(&st->group, take_step, step, err);
}

enum iv_code iv_store_turns(iv_store *st, const char *id, struct iv_turn **rows, size_t *n,
                            struct iv_error *err)
{
    enum iv_code rc;

    *rows = NULL;
    *n = 0;
    pthread_mutex_lock(&st->lock);
    rc = st->ops->turns(st->state, id, rows, n, err);
    if (rc) {
        iv_turns_free(*rows, *n);
        *rows = NULL;
        *n = 0;
    }
    return unlock(st, rc);
}

enum iv_code iv_store_events(iv_store *st, const char *id, int64_t from_seq,
                             int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                             struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->events(st->state, id, from_seq < 0 ? 0 : from_seq, fn, arg, err));
}

enum iv_code iv_store_doc_get(iv_store *st, const char *id, const char *name, struct iv_buf *out,
                              struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->doc_get(st->state, id, name, out, err));
}

struct doc_change {
    const char *id;
    struct iv_doc doc;
};

static enum iv_code put_doc(iv_store *st, const void *arg, struct iv_error *err)
{
    const struct doc_change *c = arg;

    return st->ops->doc_put(st->state, c->id, &c->doc, err);
}

enum iv_code iv_store_doc_put(iv_store *st, const char *id, const char *name, const char *text,
                              size_t len, struct iv_error *err)
{
    struct doc_change c = {id, {name, text, len}};
    enum iv_code rc = iv_store_check_doc(&c.doc, err);

    return rc ? rc : iv_group_run(&st->group, put_doc, &c, err);
}

/* -- the whole -- */

enum iv_code iv_store_stats(iv_store *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                            struct iv_store_stats *out, struct iv_error *err)
{
    *out = (struct iv_store_stats){.average_duration_s = -1, .average_latency_ms = -1};
    lock_for_read(st);
    return unlock(st, st->ops->stats(st->state, user_id, from_ms, to_ms, out, err));
}

/* A mutex that is let go and taken again at once is seldom given to another: hence the wait. */
static void let_others(void *arg)
{
    const struct timespec moment = {.tv_nsec = 500000};
    iv_store *st = arg;

    pthread_mutex_unlock(&st->lock);
    nanosleep(&moment, NULL);
    pthread_mutex_lock(&st->lock);
}

enum iv_code iv_store_backup(iv_store *st, const char *path, struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->backup(st->state, path, let_others, st, err));
}

enum iv_code iv_store_check(iv_store *st, struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return unlock(st, st->ops->check(st->state, err));
}

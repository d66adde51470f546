/* store.c - one door for every back end: a lock, the rules of time and limits, and checks of what goes in. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/backend.h"

static const struct iv_store_ops *const backends[] = {&iv_store_sqlite, &iv_store_memory};

struct iv_store {
    const struct iv_store_ops *ops;
    iv_ctx *ctx;
    char *path;
    void *state;
    pthread_mutex_t lock;
};

enum iv_code iv_store_no_session(const char *id, struct iv_error *err)
{
    return iv_fail(err, IV_E_SESSION_NOT_FOUND, "no session has the id \"%.60s\"", id);
}

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
    return iv_fail(err, IV_E_CONFIG, "store.backend \"%s\": must be one of sqlite, memory", name);
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
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    pthread_mutex_init(&st->lock, NULL);
    st->ops = ops;
    st->ctx = ctx;
    st->path = iv_strdup(path);
    st->state = iv_alloc(ops->state_size);
    rc = st->path && st->state ? ops->open(st->state, ctx, path, err)
                               : iv_fail(err, IV_E_NOMEM, "store: out of memory");
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
    free(st->state);
    free(st->path);
    pthread_mutex_destroy(&st->lock);
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

/* -- one change at a time -- */

static enum iv_code begin(iv_store *st, struct iv_error *err)
{
    enum iv_code rc;

    pthread_mutex_lock(&st->lock);
    rc = st->ops->begin(st->state, err);
    if (rc)
        pthread_mutex_unlock(&st->lock);
    return rc;
}

static enum iv_code finish(iv_store *st, enum iv_code rc, struct iv_error *err)
{
    if (!rc)
        rc = st->ops->commit(st->state, err);
    if (rc)
        st->ops->rollback(st->state);
    pthread_mutex_unlock(&st->lock);
    return rc;
}

/* What time did while nobody looked, for every session at once: an index finds the few that are due. */
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

/* Reads are preceded by a look at the clock; only when something is due is there anything to write. */
static enum iv_code begin_read(iv_store *st, struct iv_error *err)
{
    struct iv_session *due = NULL;
    size_t n = 0;
    enum iv_code rc;

    pthread_mutex_lock(&st->lock);
    rc = st->ops->due(st->state, now(st), &due, &n, err);
    free(due);
    if (!rc && n) {
        rc = st->ops->begin(st->state, err);
        if (!rc)
            rc = tick_due(st, err);
        if (!rc)
            rc = st->ops->commit(st->state, err);
        if (rc)
            st->ops->rollback(st->state);
    }
    if (rc)
        pthread_mutex_unlock(&st->lock);
    return rc;
}

static enum iv_code end_read(iv_store *st, enum iv_code rc)
{
    pthread_mutex_unlock(&st->lock);
    return rc;
}

/* -- checks -- */

static enum iv_code check_text(const char *text, const char *what, struct iv_error *err)
{
    if (text && !iv_utf8_valid(text, strlen(text)))
        return iv_fail(err, IV_E_USAGE, "%s: not valid UTF-8", what);
    return IV_OK;
}

struct text {
    const char *what, *text;
};

static enum iv_code check_texts(const struct text *texts, size_t n, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < n && !rc; i++)
        rc = check_text(texts[i].text, texts[i].what, err);
    return rc;
}

static enum iv_code check_session(const struct iv_session *s, struct iv_error *err)
{
    const struct text texts[] = {
        {"session id", s->id},
        {"user_id", s->spec.user_id},
        {"persona", s->spec.persona},
        {"voice", s->spec.voice},
        {"avatar", s->spec.avatar},
        {"role", s->spec.role},
        {"question_set", s->spec.question_set},
    };

    return check_texts(texts, IV_LEN(texts), err);
}

static enum iv_code check_turn(const struct iv_turn *t, struct iv_error *err)
{
    const struct text texts[] = {{"turn", t->text},
                                 {"question_id", t->question_id},
                                 {"words", t->words_json},
                                 {"source", t->source}};

    return check_texts(texts, IV_LEN(texts), err);
}

static enum iv_code check_doc(const struct iv_doc *doc, struct iv_error *err)
{
    enum iv_code rc = check_text(doc->name, "name of a document", err);

    if (!rc && doc->text && !iv_utf8_valid(doc->text, doc->len))
        rc = iv_fail(err, IV_E_USAGE, "document %s: not valid UTF-8", doc->name);
    return rc;
}

static enum iv_code check_step(const struct iv_step *step, struct iv_error *err)
{
    enum iv_code rc = check_session(step->session, err);

    for (size_t i = 0; i < step->n_turns && !rc; i++)
        rc = check_turn(&step->turns[i], err);
    for (size_t i = 0; i < step->n_events && !rc; i++)
        rc = check_text(step->events[i], "event", err);
    for (size_t i = 0; i < step->n_docs && !rc; i++)
        rc = check_doc(&step->docs[i], err);
    return rc;
}

/* -- sessions -- */

static enum iv_code insert_below_limit(iv_store *st, const struct iv_session *s, int max_open,
                                       struct iv_error *err)
{
    int64_t open = 0;
    enum iv_code rc = tick_due(st, err);

    if (!rc)
        rc = st->ops->count_open(st->state, s->spec.user_id, &open, err);
    if (!rc && iv_session_is_open(s) && open >= max_open)
        rc = iv_fail(err, IV_E_SESSION_LIMIT,
                     "user \"%.60s\" has %lld open sessions; at most %d are allowed",
                     s->spec.user_id, (long long)open, max_open);
    return rc ? rc : st->ops->insert(st->state, s, err);
}

enum iv_code iv_store_session_new(iv_store *st, const struct iv_session *s, int max_open,
                                  struct iv_error *err)
{
    enum iv_code rc = check_session(s, err);

    if (!rc)
        rc = begin(st, err);
    return rc ? rc : finish(st, insert_below_limit(st, s, max_open, err), err);
}

enum iv_code iv_store_session_get(iv_store *st, const char *id, struct iv_session *out,
                                  struct iv_error *err)
{
    enum iv_code rc = begin_read(st, err);

    return rc ? rc : end_read(st, st->ops->get(st->state, id, out, err));
}

enum iv_code iv_store_session_put(iv_store *st, const struct iv_session *s, struct iv_error *err)
{
    enum iv_code rc = check_session(s, err);

    if (!rc)
        rc = begin(st, err);
    return rc ? rc : finish(st, st->ops->update(st->state, s, err), err);
}

enum iv_code iv_store_session_delete(iv_store *st, const char *id, struct iv_error *err)
{
    enum iv_code rc = begin(st, err);

    return rc ? rc : finish(st, st->ops->remove(st->state, id, err), err);
}

enum iv_code iv_store_session_list(iv_store *st, const struct iv_session_filter *f,
                                   struct iv_session **rows, size_t *n, int64_t *total,
                                   struct iv_error *err)
{
    enum iv_code rc;

    *rows = NULL;
    *n = 0;
    *total = 0;
    if (f->limit < 1 || f->limit > 100)
        return iv_fail(err, IV_E_USAGE, "limit %d: must be 1 to 100", f->limit);
    if (f->offset < 0)
        return iv_fail(err, IV_E_USAGE, "offset %d: must be 0 or more", f->offset);
    rc = begin_read(st, err);
    return rc ? rc : end_read(st, st->ops->list(st->state, f, rows, n, total, err));
}

/* -- steps -- */

static enum iv_code put_doc(iv_store *st, const char *id, const struct iv_doc *doc,
                            struct iv_error *err)
{
    return st->ops->doc_put(st->state, id, doc, err);
}

static enum iv_code take_step(iv_store *st, const struct iv_step *step, struct iv_error *err)
{
    const char *id = step->session->id;
    enum iv_code rc = st->ops->update(st->state, step->session, err);

    for (size_t i = 0; i < step->n_turns && !rc; i++)
        rc = st->ops->add_turn(st->state, id, &step->turns[i], err);
    for (size_t i = 0; i < step->n_events && !rc; i++)
        rc = st->ops->add_event(st->state, id, step->events[i], err);
    for (size_t i = 0; i < step->n_docs && !rc; i++)
        rc = put_doc(st, id, &step->docs[i], err);
    return rc;
}

enum iv_code iv_store_step(iv_store *st, const struct iv_step *step, struct iv_error *err)
{
    enum iv_code rc = check_step(step, err);

    if (!rc)
        rc = begin(st, err);
    return rc ? rc : finish(st, take_step(st, step, err), err);
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
    return end_read(st, rc);
}

enum iv_code iv_store_events(iv_store *st, const char *id, int64_t from_seq,
                             int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                             struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return end_read(st, st->ops->events(st->state, id, from_seq, fn, arg, err));
}

enum iv_code iv_store_doc_get(iv_store *st, const char *id, const char *name, struct iv_buf *out,
                              struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return end_read(st, st->ops->doc_get(st->state, id, name, out, err));
}

enum iv_code iv_store_doc_put(iv_store *st, const char *id, const char *name, const char *text,
                              size_t len, struct iv_error *err)
{
    struct iv_doc doc = {name, text, len};
    enum iv_code rc = check_doc(&doc, err);

    if (!rc)
        rc = begin(st, err);
    return rc ? rc : finish(st, put_doc(st, id, &doc, err), err);
}

enum iv_code iv_store_stats(iv_store *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                            struct iv_store_stats *out, struct iv_error *err)
{
    enum iv_code rc = begin_read(st, err);

    *out = (struct iv_store_stats){.average_duration_s = -1, .average_latency_ms = -1};
    return rc ? rc : end_read(st, st->ops->stats(st->state, user_id, from_ms, to_ms, out, err));
}

enum iv_code iv_store_backup(iv_store *st, const char *path, struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return end_read(st, st->ops->backup(st->state, path, err));
}

enum iv_code iv_store_check(iv_store *st, struct iv_error *err)
{
    pthread_mutex_lock(&st->lock);
    return end_read(st, st->ops->check(st->state, err));
}

/* -- turns as values -- */

void iv_turn_release(struct iv_turn *t)
{
    free(t->text);
    free(t->words_json);
    t->text = t->words_json = NULL;
}

void iv_turns_free(struct iv_turn *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        iv_turn_release(&rows[i]);
    free(rows);
}

enum iv_code iv_turn_copy(struct iv_turn *to, const struct iv_turn *from, struct iv_error *err)
{
    *to = *from;
    to->text = iv_strdup(from->text);
    to->words_json = iv_strdup(from->words_json);
    if (to->text && (to->words_json || !from->words_json))
        return IV_OK;
    iv_turn_release(to);
    return iv_fail(err, IV_E_NOMEM, "turn: out of memory");
}

/* memory.c - a store that lives as long as its process: replays, tests, --store-backend memory.
 *
 * Changes are made in place; begin() remembers nothing, so a failed group is undone by hand: each change that can fail half-way
 * (memory) is checked before the first byte moves. Sessions stand in order of creation.
 */
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/backend.h"

struct doc {
    char *name, *text;
    size_t len;
};
struct record {
    struct iv_session session;
    struct iv_turn *turns;
    size_t n_turns, cap_turns;
    char **events;
    size_t n_events, cap_events;
    struct doc *docs;
    size_t n_docs, cap_docs;
};
struct memory {
    struct record **records;
    size_t n, cap;
    struct record own; /* documents of the store itself (session id "") */
    /* what commit makes final and rollback takes back */
    struct record *touched;
    struct iv_session before;
    size_t turns_before, events_before;
    bool inserted;
};

static enum iv_code memory_open(void *arg, iv_ctx *ctx, const char *path, struct iv_error *err)
{
    (void)arg;
    (void)ctx;
    (void)path;
    (void)err;
    return IV_OK;
}

static void record_release(struct record *r)
{
    for (size_t i = 0; i < r->n_turns; i++)
        iv_turn_release(&r->turns[i]);
    for (size_t i = 0; i < r->n_events; i++)
        free(r->events[i]);
    for (size_t i = 0; i < r->n_docs; i++) {
        free(r->docs[i].name);
        free(r->docs[i].text);
    }
    free(r->turns);
    free(r->events);
    free(r->docs);
}

static void memory_close(void *arg)
{
    struct memory *m = arg;

    for (size_t i = 0; i < m->n; i++) {
        record_release(m->records[i]);
        free(m->records[i]);
    }
    record_release(&m->own);
    free(m->records);
}

static struct record *find(struct memory *m, const char *id)
{
    for (size_t i = m->n; i-- > 0;)
        if (!strcmp(m->records[i]->session.id, id))
            return m->records[i];
    return NULL;
}

/* Whose documents: those of the store itself stand under "". */
static struct record *shelf(struct memory *m, const char *id)
{
    return id[0] ? find(m, id) : &m->own;
}

/* The first change of a group to a record: how it was. */
static void touch(struct memory *m, struct record *r)
{
    if (m->touched == r)
        return;
    m->touched = r;
    m->before = r->session;
    m->turns_before = r->n_turns;
    m->events_before = r->n_events;
}

static enum iv_code memory_begin(void *arg, struct iv_error *err)
{
    struct memory *m = arg;

    (void)err;
    m->touched = NULL;
    m->inserted = false;
    return IV_OK;
}

static enum iv_code memory_commit(void *arg, struct iv_error *err)
{
    (void)arg;
    (void)err;
    return IV_OK;
}

static void memory_rollback(void *arg)
{
    struct memory *m = arg;
    struct record *r = m->touched;

    if (!r)
        return;
    while (r->n_turns > m->turns_before)
        iv_turn_release(&r->turns[--r->n_turns]);
    while (r->n_events > m->events_before)
        free(r->events[--r->n_events]);
    r->session = m->before;
    if (m->inserted) {
        m->n--;
        record_release(r);
        free(r);
    }
    m->touched = NULL;
}

static enum iv_code memory_insert(void *arg, const struct iv_session *s, struct iv_error *err)
{
    struct memory *m = arg;
    struct record *r;

    if (find(m, s->id))
        return iv_fail(err, IV_E_STATE, "session %s exists already", s->id);
    r = iv_alloc(sizeof *r);
    if (!r || iv_grow(&m->records, &m->cap, m->n + 1, sizeof(struct record *))) {
        free(r);
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    }
    r->session = *s;
    m->records[m->n++] = r;
    touch(m, r);
    m->inserted = true;
    return IV_OK;
}

static enum iv_code memory_get(void *arg, const char *id, struct iv_session *out,
                               struct iv_error *err)
{
    const struct record *r = find(arg, id);

    if (!r)
        return iv_store_no_session(id, err);
    *out = r->session;
    return IV_OK;
}

static enum iv_code memory_update(void *arg, const struct iv_session *s, struct iv_error *err)
{
    struct record *r = find(arg, s->id);

    if (!r)
        return iv_store_no_session(s->id, err);
    touch(arg, r);
    r->session = *s;
    return IV_OK;
}

static enum iv_code memory_remove(void *arg, const char *id, struct iv_error *err)
{
    struct memory *m = arg;
    size_t i = 0;

    while (i < m->n && strcmp(m->records[i]->session.id, id))
        i++;
    if (i == m->n)
        return iv_store_no_session(id, err);
    record_release(m->records[i]);
    free(m->records[i]);
    memmove(m->records + i, m->records + i + 1, (--m->n - i) * sizeof *m->records);
    return IV_OK;
}

static bool matches(const struct iv_session_filter *f, const struct iv_session *s)
{
    return (!f->user_id || !strcmp(f->user_id, s->spec.user_id)) &&
           (f->status < 0 || f->status == (int)s->status) && s->created_ms >= f->created_from_ms &&
           (!f->created_to_ms || s->created_ms < f->created_to_ms);
}

static int newest_first(const void *a, const void *b)
{
    const struct iv_session *x = a, *y = b;

    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? 1 : -1;
    return strcmp(y->id, x->id);
}

/* All that match, newest first; the caller frees. */
static enum iv_code select_all(struct memory *m, const struct iv_session_filter *f,
                               struct iv_session **out, size_t *n, struct iv_error *err)
{
    *n = 0;
    *out = iv_alloc_array(m->n, sizeof **out);
    if (!*out)
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    for (size_t i = 0; i < m->n; i++)
        if (matches(f, &m->records[i]->session))
            (*out)[(*n)++] = m->records[i]->session;
    qsort(*out, *n, sizeof **out, newest_first);
    return IV_OK;
}

static enum iv_code memory_list(void *arg, const struct iv_session_filter *f,
                                struct iv_session **rows, size_t *n, int64_t *total,
                                struct iv_error *err)
{
    struct memory *m = arg;
    const struct record *before = f->before_id ? find(m, f->before_id) : NULL;
    size_t all, first = (size_t)f->offset;
    enum iv_code rc;

    if (f->before_id && !before)
        return iv_store_no_session(f->before_id, err);
    rc = select_all(m, f, rows, &all, err);
    if (rc)
        return rc;
    *total = (int64_t)all;
    for (size_t i = 0; before && i < all; i++)
        if (newest_first(&(*rows)[i], &before->session) <= 0)
            first = i + 1 + (size_t)f->offset;
    if (first > all)
        first = all;
    *n = all - first < (size_t)f->limit ? all - first : (size_t)f->limit;
    memmove(*rows, *rows + first, *n * sizeof **rows);
    return IV_OK;
}

static enum iv_code memory_due(void *arg, int64_t now_ms, struct iv_session **rows, size_t *n,
                               struct iv_error *err)
{
    struct memory *m = arg;

    *n = 0;
    *rows = iv_alloc_array(m->n, sizeof **rows);
    if (!*rows)
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    for (size_t i = 0; i < m->n; i++) {
        struct iv_session probe = m->records[i]->session;

        if (iv_session_tick(&probe, now_ms))
            (*rows)[(*n)++] = m->records[i]->session;
    }
    return IV_OK;
}

static enum iv_code memory_count_open(void *arg, const char *user_id, int64_t *out,
                                      struct iv_error *err)
{
    struct memory *m = arg;

    (void)err;
    *out = 0;
    for (size_t i = 0; i < m->n; i++)
        *out += iv_session_is_open(&m->records[i]->session) &&
                !strcmp(m->records[i]->session.spec.user_id, user_id);
    return IV_OK;
}

static enum iv_code memory_add_turn(void *arg, const char *id, const struct iv_turn *t,
                                    struct iv_error *err)
{
    struct record *r = find(arg, id);
    enum iv_code rc;

    if (!r)
        return iv_store_no_session(id, err);
    if (t->number != (int64_t)r->n_turns)
        return iv_fail(err, IV_E_STATE, "turn %lld of session %s: the next one is %zu",
                       (long long)t->number, id, r->n_turns);
    if (iv_grow(&r->turns, &r->cap_turns, r->n_turns + 1, sizeof *t))
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    rc = iv_turn_copy(&r->turns[r->n_turns], t, err);
    if (!rc)
        r->n_turns++;
    return rc;
}

static enum iv_code memory_turns(void *arg, const char *id, struct iv_turn **rows, size_t *n,
                                 struct iv_error *err)
{
    const struct record *r = find(arg, id);
    enum iv_code rc = IV_OK;

    if (!r)
        return iv_store_no_session(id, err);
    *rows = iv_alloc_array(r->n_turns, sizeof **rows);
    if (!*rows)
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    for (; *n < r->n_turns && !rc; (*n)++)
        rc = iv_turn_copy(&(*rows)[*n], &r->turns[*n], err);
    return rc;
}

static enum iv_code memory_add_event(void *arg, const char *id, const char *json,
                                     struct iv_error *err)
{
    struct record *r = find(arg, id);

    if (!r)
        return iv_store_no_session(id, err);
    if (iv_grow(&r->events, &r->cap_events, r->n_events + 1, sizeof(char *)))
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    r->events[r->n_events] = iv_strdup(json);
    return r->events[r->n_events++] ? IV_OK : iv_fail(err, IV_E_NOMEM, "store: out of memory");
}

static enum iv_code memory_events(void *arg, const char *id, int64_t from_seq,
                                  int (*fn)(void *arg, int64_t seq, const char *json), void *fn_arg,
                                  struct iv_error *err)
{
    const struct record *r = find(arg, id);

    if (!r)
        return iv_store_no_session(id, err);
    for (size_t i = from_seq > 0 ? (size_t)from_seq : 0; i < r->n_events; i++)
        if (fn(fn_arg, (int64_t)i, r->events[i]))
            break;
    return IV_OK;
}

static struct doc *find_doc(const struct record *r, const char *name)
{
    for (size_t i = 0; i < r->n_docs; i++)
        if (!strcmp(r->docs[i].name, name))
            return &r->docs[i];
    return NULL;
}

static enum iv_code memory_doc_get(void *arg, const char *id, const char *name, struct iv_buf *out,
                                   struct iv_error *err)
{
    const struct record *r = shelf(arg, id);
    const struct doc *d = r ? find_doc(r, name) : NULL;

    if (!r)
        return iv_store_no_session(id, err);
    if (!d)
        return iv_fail(err, IV_E_NOT_FOUND, "session %s has no document \"%s\"", id, name);
    iv_buf_add(out, d->text, d->len);
    return iv_buf_check(out, name, err);
}

static void drop_doc(struct record *r, struct doc *d)
{
    free(d->name);
    free(d->text);
    *d = r->docs[--r->n_docs];
}

static enum iv_code memory_doc_put(void *arg, const char *id, const struct iv_doc *doc,
                                   struct iv_error *err)
{
    struct record *r = shelf(arg, id);
    struct doc *old = r ? find_doc(r, doc->name) : NULL, fresh;

    if (!r)
        return iv_store_no_session(id, err);
    if (!doc->text) {
        if (old)
            drop_doc(r, old);
        return IV_OK;
    }
    fresh = (struct doc){iv_strdup(doc->name), iv_strndup(doc->text, doc->len), doc->len};
    if (!fresh.name || !fresh.text ||
        iv_grow(&r->docs, &r->cap_docs, r->n_docs + 1, sizeof fresh)) {
        free(fresh.name);
        free(fresh.text);
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    }
    old = find_doc(r, doc->name); /* growing may have moved it */
    if (old)
        drop_doc(r, old);
    r->docs[r->n_docs++] = fresh;
    return IV_OK;
}

static void count(struct iv_store_stats *out, const struct iv_session *s, int64_t sums[4])
{
    out->total++;
    out->open += iv_session_is_open(s);
    out->active += s->status == IV_SESSION_ACTIVE;
    out->completed += s->status == IV_SESSION_COMPLETED;
    out->terminated += s->status == IV_SESSION_TERMINATED;
    out->expired += s->status == IV_SESSION_EXPIRED;
    out->messages += s->message_count;
    if (iv_session_is_over(s) && s->started_ms) {
        sums[0] += s->active_ms;
        sums[1]++;
    }
    sums[2] += s->latency_ms_sum;
    sums[3] += s->latency_ms_n;
}

static enum iv_code memory_stats(void *arg, const char *user_id, int64_t from_ms, int64_t to_ms,
                                 struct iv_store_stats *out, struct iv_error *err)
{
    struct iv_session_filter f = {
        .user_id = user_id, .status = -1, .created_from_ms = from_ms, .created_to_ms = to_ms};
    struct memory *m = arg;
    int64_t sums[4] = {0};

    (void)err;
    for (size_t i = 0; i < m->n; i++)
        if (matches(&f, &m->records[i]->session))
            count(out, &m->records[i]->session, sums);
    if (sums[1])
        out->average_duration_s = (double)sums[0] / 1000 / (double)sums[1];
    if (sums[3])
        out->average_latency_ms = (double)sums[2] / (double)sums[3];
    return IV_OK;
}

static enum iv_code memory_backup(void *arg, const char *path, struct iv_error *err)
{
    (void)arg;
    return iv_fail(err, IV_E_STATE, "%s: a store in memory has nothing to copy", path);
}

static enum iv_code memory_check(void *arg, struct iv_error *err)
{
    (void)arg;
    (void)err;
    return IV_OK;
}

const struct iv_store_ops iv_store_memory = {
    .name = "memory",
    .state_size = sizeof(struct memory),
    .open = memory_open,
    .close = memory_close,
    .begin = memory_begin,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .insert = memory_insert,
    .get = memory_get,
    .update = memory_update,
    .remove = memory_remove,
    .list = memory_list,
    .due = memory_due,
    .count_open = memory_count_open,
    .add_turn = memory_add_turn,
    .turns = memory_turns,
    .add_event = memory_add_event,
    .events = memory_events,
    .doc_get = memory_doc_get,
    .doc_put = memory_doc_put,
    .stats = memory_stats,
    .backup = memory_backup,
    .check = memory_check,
};

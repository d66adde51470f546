/* memory.c - a store that lives as long as its process: replays, tests, --store-backend memory. */
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/memory_keys.h"
#include "store/memory_record.h"

static enum iv_code memory_open(void *arg, iv_ctx *ctx, const char *path, struct iv_error *err)
{
    (void)arg;
    (void)ctx;
    (void)path;
    (void)err;
    return IV_OK;
}

static void memory_close(void *arg)
{
    struct memory *m = arg;

    for (size_t i = 0; i < m->n; i++)
        iv_memory_record_free(m->records[i]);
    iv_memory_record_release(&m->own);
    free(m->keys);
    free(m->admins);
    free(m->records);
    free(m->notes);
}

static enum iv_code memory_begin(void *arg, struct iv_error *err)
{
    (void)arg;
    (void)err;
    return IV_OK;
}

static enum iv_code memory_commit(void *arg, struct iv_error *err)
{
    (void)err;
    iv_memory_forget_notes(arg);
    return IV_OK;
}

static void memory_rollback(void *arg)
{
    iv_memory_go_back_to(arg, 0);
}

static enum iv_code memory_mark(void *arg, struct iv_error *err)
{
    struct memory *m = arg;

    (void)err;
    m->mark = m->n_notes;
    return IV_OK;
}

static void memory_keep(void *arg)
{
    (void)arg;
}

static enum iv_code memory_undo(void *arg, struct iv_error *err)
{
    struct memory *m = arg;

    (void)err;
    iv_memory_go_back_to(m, m->mark);
    return IV_OK;
}

static void memory_tidy(void *arg)
{
    (void)arg;
}

/* -- sessions -- */

static enum iv_code memory_insert(void *arg, const struct iv_session *s, struct iv_error *err)
{
    struct memory *m = arg;
    struct record *r;

    if (iv_memory_find(m, s->id))
        return iv_fail(err, IV_E_STATE, "session %s exists already", s->id);
    r = iv_alloc(sizeof *r);
    if (!r || iv_grow(&m->records, &m->cap, m->n + 1, sizeof(struct record *)) ||
        !iv_memory_note(m, INSERTED, r)) {
        free(r);
        return iv_store_no_memory(err);
    }
    r->session = *s;
    m->records[m->n++] = r;
    return IV_OK;
}

static enum iv_code memory_get(void *arg, const char *id, struct iv_session *out,
                               struct iv_error *err)
{
    const struct record *r = iv_memory_find(arg, id);

    if (!r)
        return iv_store_no_session(id, err);
    *out = r->session;
    return IV_OK;
}

static enum iv_code memory_update(void *arg, const struct iv_session *s, struct iv_error *err)
{
    struct record *r = iv_memory_find(arg, s->id);
    struct iv_session *was;
    struct note *n;

    if (!r)
        return iv_store_no_session(s->id, err);
    if (r->session.created_ms != s->created_ms || strcmp(r->session.spec.user_id, s->spec.user_id))
        return iv_store_other_owner(s->id, err);
    was = iv_alloc(sizeof *was);
    n = was ? iv_memory_note(arg, UPDATED, r) : NULL;
    if (!n) {
        free(was);
        return iv_store_no_memory(err);
    }
    n->session = was;
    *was = r->session;
    r->session = *s;
    return IV_OK;
}

static enum iv_code memory_remove(void *arg, const char *id, struct iv_error *err)
{
    struct memory *m = arg;
    struct note *n;
    size_t i = 0;

    while (i < m->n && strcmp(m->records[i]->session.id, id))
        i++;
    if (i == m->n)
        return iv_store_no_session(id, err);
    n = iv_memory_note(m, REMOVED, m->records[i]);
    if (!n)
        return iv_store_no_memory(err);
    n->place = i;
    memmove(m->records + i, m->records + i + 1, (--m->n - i) * sizeof *m->records);
    return IV_OK;
}

static bool matches(const struct iv_session_filter *f, const struct iv_session *s)
{
    return (!f->user_id || !strcmp(f->user_id, s->spec.user_id)) &&
           (f->status < 0 || f->status == (int)s->status) &&
           (!f->created_from_ms || s->created_ms >= f->created_from_ms) &&
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
        return iv_store_no_memory(err);
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
    const struct record *before = f->before_id ? iv_memory_find(m, f->before_id) : NULL;
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
    size_t cap = 0;

    *n = 0;
    *rows = NULL;
    for (size_t i = 0; i < m->n; i++) {
        struct iv_session probe;

        if (iv_session_is_over(&m->records[i]->session))
            continue;
        probe = m->records[i]->session;
        if (!iv_session_tick(&probe, now_ms))
            continue;
        if (iv_grow(rows, &cap, *n + 1, sizeof **rows))
            return iv_store_no_memory(err);
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

/* -- turns, events, documents -- */

static enum iv_code memory_add_turn(void *arg, const char *id, const struct iv_turn *t,
                                    struct iv_error *err)
{
    struct record *r = iv_memory_find(arg, id);
    struct iv_turn copy;
    enum iv_code rc;

    if (!r)
        return iv_store_no_session(id, err);
    if (t->number != (int64_t)r->n_turns)
        return iv_store_wrong_turn(id, t->number, (int64_t)r->n_turns, err);
    if (iv_grow(&r->turns, &r->cap_turns, r->n_turns + 1, sizeof *t))
        return iv_store_no_memory(err);
    rc = iv_turn_copy(&copy, t, err);
    if (rc)
        return rc;
    if (!iv_memory_note(arg, ADDED_TURN, r)) {
        iv_turn_release(&copy);
        return iv_store_no_memory(err);
    }
    r->turns[r->n_turns++] = copy;
    return IV_OK;
}

static enum iv_code memory_turns(void *arg, const char *id, struct iv_turn **rows, size_t *n,
                                 struct iv_error *err)
{
    const struct record *r = iv_memory_find(arg, id);
    enum iv_code rc = IV_OK;

    if (!r)
        return iv_store_no_session(id, err);
    *rows = iv_alloc_array(r->n_turns, sizeof **rows);
    if (!*rows)
        return iv_store_no_memory(err);
    for (; *n < r->n_turns && !rc; (*n)++)
        rc = iv_turn_copy(&(*rows)[*n], &r->turns[*n], err);
    return rc;
}

static enum iv_code memory_add_event(void *arg, const char *id, const char *json,
                                     struct iv_error *err)
{
    struct record *r = iv_memory_find(arg, id);
    char *copy;

    if (!r)
        return iv_store_no_session(id, err);
    if (iv_grow(&r->events, &r->cap_events, r->n_events + 1, sizeof(char *)))
        return iv_store_no_memory(err);
    copy = iv_strdup(json);
    if (!copy || !iv_memory_note(arg, ADDED_EVENT, r)) {
        free(copy);
        return iv_store_no_memory(err);
    }
    r->events[r->n_events++] = copy;
    return IV_OK;
}

static enum iv_code memory_events(void *arg, const char *id, int64_t from_seq,
                                  int (*fn)(void *arg, int64_t seq, const char *json), void *fn_arg,
                                  struct iv_error *err)
{
    const struct record *r = iv_memory_find(arg, id);

    if (!r)
        return iv_store_no_session(id, err);
    for (size_t i = (size_t)from_seq; i < r->n_events; i++)
        if (fn(fn_arg, (int64_t)i, r->events[i]))
            break;
    return IV_OK;
}

static struct record *owner(struct memory *m, const char *id)
{
    return id[0] ? iv_memory_find(m, id) : &m->own;
}

static enum iv_code memory_doc_get(void *arg, const char *id, const char *name, struct iv_buf *out,
                                   struct iv_error *err)
{
    const struct record *r = owner(arg, id);
    const struct doc *d = r ? iv_memory_find_doc(r, name) : NULL;

    if (!r)
        return iv_store_no_session(id, err);
    if (!d || !d->text)
        return iv_store_no_doc(id, name, err);
    iv_buf_add(out, d->text, d->len);
    return iv_buf_check(out, name, err);
}

/* The place of a document; a new one is empty. */
static struct doc *make_doc(struct record *r, const char *name)
{
    struct doc *d = iv_memory_find_doc(r, name);
    char *copy;

    if (d || iv_grow(&r->docs, &r->cap_docs, r->n_docs + 1, sizeof *d))
        return d;
    copy = iv_strdup(name);
    if (!copy)
        return NULL;
    r->docs[r->n_docs] = (struct doc){.name = copy};
    return &r->docs[r->n_docs++];
}

static enum iv_code memory_doc_put(void *arg, const char *id, const struct iv_doc *doc,
                                   struct iv_error *err)
{
    struct record *r = owner(arg, id);
    struct doc fresh = {0}, *d;
    struct note *n = NULL;

    if (!r)
        return iv_store_no_session(id, err);
    if (!doc->text && !iv_memory_find_doc(r, doc->name))
        return IV_OK;
    d = make_doc(r, doc->name);
    fresh.name = iv_strdup(doc->name);
    fresh.text = doc->text ? iv_strndup(doc->text, doc->len) : NULL;
    fresh.len = doc->len;
    if (d && fresh.name && (fresh.text || !doc->text))
        n = iv_memory_note(arg, CHANGED_DOC, r);
    if (!n) {
        iv_memory_doc_release(&fresh);
        return iv_store_no_memory(err);
    }
    n->doc = *d;
    *d = fresh;
    return IV_OK;
}

/* -- the whole -- */

static enum iv_code memory_stats(void *arg, const char *user_id, int64_t from_ms, int64_t to_ms,
                                 struct iv_store_stats *out, struct iv_error *err)
{
    struct iv_session_filter f = {
        .user_id = user_id, .status = -1, .created_from_ms = from_ms, .created_to_ms = to_ms};
    struct memory *m = arg;
    struct iv_store_sums sums = {.stats = *out};

    (void)err;
    for (size_t i = 0; i < m->n; i++)
        if (matches(&f, &m->records[i]->session))
            iv_store_stats_add(&sums, &m->records[i]->session);
    *out = iv_store_stats_of(&sums);
    return IV_OK;
}

static enum iv_code memory_backup(void *arg, const char *path, void (*let_others)(void *),
                                  void *others, struct iv_error *err)
{
    (void)arg;
    (void)let_others;
    (void)others;
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
    .mark = memory_mark,
    .keep = memory_keep,
    .undo = memory_undo,
    .tidy = memory_tidy,
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
    .key_insert = iv_memory_key_insert,
    .key_update = iv_memory_key_update,
    .key_get = iv_memory_key_get,
    .key_find = iv_memory_key_find,
    .key_list = iv_memory_key_list,
    .admin_get = iv_memory_admin_get,
    .admin_put = iv_memory_admin_put,
    .backup = memory_backup,
    .check = memory_check,
};

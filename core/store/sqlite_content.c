/* sqlite_content.c - what belongs to a session: turns, events, documents. */
#include "iv/alloc.h"
#include "store/sqlite_row.h"
#include "store/sqlite_session.h"

/* The number after the last in a session's range of keys. */
static enum iv_code next_number(struct iv_sqlite *s, enum iv_query last, int64_t seq, int64_t *next,
                                struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(s, last);
    enum iv_code rc;

    iv_sqlite_bind_int(stmt, 1, iv_key(seq, 0));
    iv_sqlite_bind_int(stmt, 2, iv_key_last(seq));
    rc = iv_sqlite_run_int(s, stmt, iv_key(seq, 0) - 1, next, err);
    *next += 1 - iv_key(seq, 0);
    if (!rc && *next >> IV_KEY_BITS)
        rc = iv_fail(err, IV_E_STATE, "a session of %lld turns or events takes no more",
                     (long long)*next);
    return rc;
}

/* A session's rows from `number` on, bound and ready to be stepped. */
static enum iv_code open_range(struct iv_sqlite *s, enum iv_query q, const char *id, int64_t number,
                               sqlite3_stmt **out, struct iv_error *err)
{
    int64_t seq = 0;
    enum iv_code rc = iv_sqlite_seq(s, id, &seq, err);

    *out = iv_sqlite_query(s, q);
    if (number > iv_key_number(-1))
        number = iv_key_number(-1);
    iv_sqlite_bind_int(*out, 1, iv_key(seq, number));
    iv_sqlite_bind_int(*out, 2, iv_key_last(seq));
    return rc;
}

enum iv_code iv_sqlite_add_turn(void *arg, const char *id, const struct iv_turn *t,
                                struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt;
    int64_t seq = 0, next = 0;
    enum iv_code rc = iv_sqlite_seq(s, id, &seq, err);

    if (!rc)
        rc = next_number(s, IV_Q_LAST_TURN, seq, &next, err);
    if (!rc && next != t->number)
        rc = iv_store_wrong_turn(id, t->number, next, err);
    if (rc)
        return rc;
    stmt = iv_sqlite_query(s, IV_Q_ADD_TURN);
    iv_sqlite_bind_turn(stmt, iv_key(seq, next), t);
    return iv_sqlite_run(s, stmt, "a turn", err);
}

/* Read whole or not at all: a gap is a turn that the disk lost. */
static enum iv_code add_read_turn(sqlite3_stmt *stmt, struct iv_turn **rows, size_t *n, size_t *cap,
                                  struct iv_error *err)
{
    enum iv_code rc;

    if (iv_grow(rows, cap, *n + 1, sizeof **rows))
        return iv_store_no_memory(err);
    rc = iv_sqlite_read_turn(stmt, &(*rows)[(*n)++], err);
    if (!rc && (*rows)[*n - 1].number != (int64_t)*n - 1)
        rc = iv_sqlite_damaged("a turn is missing", err);
    return rc;
}

enum iv_code iv_sqlite_turns(void *arg, const char *id, struct iv_turn **rows, size_t *n,
                             struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt;
    size_t cap = 0;
    int step;
    enum iv_code rc = open_range(s, IV_Q_TURNS, id, 0, &stmt, err);

    while (!rc && (step = iv_sqlite_step(stmt)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? add_read_turn(stmt, rows, n, &cap, err)
                                : iv_sqlite_failed(s->db, "reading turns", err);
    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_add_event(void *arg, const char *id, const char *json, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt;
    int64_t seq = 0, next = 0;
    enum iv_code rc = iv_sqlite_seq(s, id, &seq, err);

    if (!rc)
        rc = next_number(s, IV_Q_LAST_EVENT, seq, &next, err);
    if (rc)
        return rc;
    stmt = iv_sqlite_query(s, IV_Q_ADD_EVENT);
    iv_sqlite_bind_int(stmt, 1, iv_key(seq, next));
    iv_sqlite_bind_text(stmt, 2, json);
    iv_sqlite_bind_int(stmt, 3, (int64_t)iv_sqlite_event_sum(iv_key(seq, next), json));
    return iv_sqlite_run(s, stmt, "an event", err);
}

enum iv_code iv_sqlite_events(void *arg, const char *id, int64_t from_seq,
                              int (*fn)(void *arg, int64_t seq, const char *json), void *fn_arg,
                              struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt;
    int step;
    enum iv_code rc = open_range(s, IV_Q_EVENTS, id, from_seq, &stmt, err);

    while (!rc && (step = iv_sqlite_step(stmt)) == SQLITE_ROW) {
        int64_t key = sqlite3_column_int64(stmt, 0);
        const char *json = iv_sqlite_text(stmt, 1);

        if (sqlite3_column_int64(stmt, 2) != (int64_t)iv_sqlite_event_sum(key, json))
            rc = iv_sqlite_damaged("an event", err);
        else if (fn(fn_arg, iv_key_number(key), json))
            break;
    }
    if (!rc && step != SQLITE_DONE && step != SQLITE_ROW)
        rc = iv_sqlite_failed(s->db, "reading events", err);
    iv_sqlite_done(stmt);
    return rc;
}

/* -- documents: session number 0 is the store itself -- */

static enum iv_code owner(struct iv_sqlite *s, const char *id, int64_t *seq, struct iv_error *err)
{
    *seq = 0;
    return id[0] ? iv_sqlite_seq(s, id, seq, err) : IV_OK;
}

static enum iv_code read_doc(sqlite3_stmt *stmt, const char *name, struct iv_buf *out,
                             struct iv_error *err)
{
    const char *text = iv_sqlite_text(stmt, 2);
    size_t len = (size_t)sqlite3_column_bytes(stmt, 2);
    uint64_t sum = iv_sqlite_doc_sum(sqlite3_column_int64(stmt, 0), name, text, len);

    if (sqlite3_column_int64(stmt, 3) != (int64_t)sum)
        return iv_sqlite_damaged("a document", err);
    iv_buf_add(out, text, len);
    return iv_buf_check(out, name, err);
}

enum iv_code iv_sqlite_doc_get(void *arg, const char *id, const char *name, struct iv_buf *out,
                               struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_DOC_GET);
    enum iv_code rc;
    int step;

    iv_sqlite_bind_text(stmt, 1, id);
    iv_sqlite_bind_text(stmt, 2, name);
    step = iv_sqlite_step(stmt);
    if (step == SQLITE_ROW && sqlite3_column_type(stmt, 1) != SQLITE_NULL)
        rc = read_doc(stmt, name, out, err);
    else if (step == SQLITE_ROW)
        rc = iv_store_no_doc(id, name, err);
    else if (step == SQLITE_DONE)
        rc = iv_store_no_session(id, err);
    else
        rc = iv_sqlite_failed(s->db, "reading a document", err);
    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_doc_put(void *arg, const char *id, const struct iv_doc *doc,
                               struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, doc->text ? IV_Q_DOC_PUT : IV_Q_DOC_DELETE);
    int64_t seq = 0;
    enum iv_code rc = owner(s, id, &seq, err);

    if (rc)
        return rc;
    iv_sqlite_bind_int(stmt, 1, seq);
    iv_sqlite_bind_text(stmt, 2, doc->name);
    if (stmt && doc->text) {
        uint64_t sum = iv_sqlite_doc_sum(seq, doc->name, doc->text, doc->len);

        sqlite3_bind_text64(stmt, 3, doc->text, doc->len, SQLITE_STATIC, SQLITE_UTF8);
        iv_sqlite_bind_int(stmt, 4, (int64_t)sum);
    }
    return iv_sqlite_run(s, stmt, "a document", err);
}

/* sqlite_session.c - sessions, one by one and counted. */
#include <stdlib.h>

#include "iv/alloc.h"
#include "store/sqlite_row.h"
#include "store/sqlite_session.h"

enum iv_code iv_sqlite_insert(void *arg, const struct iv_session *session, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_INSERT);
    enum iv_code rc;

    iv_sqlite_bind_session(stmt, session);
    rc = iv_sqlite_run(s, stmt, "a new session", err);
    if (rc && (sqlite3_errcode(s->db) & 0xff) == SQLITE_CONSTRAINT)
        return iv_fail(err, IV_E_STATE, "session %s exists already", session->id);
    s->n_sessions += !rc;
    return rc;
}

enum iv_code iv_sqlite_get(void *arg, const char *id, struct iv_session *out, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_GET);
    enum iv_code rc;
    int step;

    iv_sqlite_bind_text(stmt, 1, id);
    step = iv_sqlite_step(stmt);
    if (step == SQLITE_ROW)
        rc = iv_sqlite_read_session(stmt, out, err);
    else if (step == SQLITE_DONE)
        rc = iv_store_no_session(id, err);
    else
        rc = iv_sqlite_failed(s->db, "reading a session", err);
    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_update(void *arg, const struct iv_session *session, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_UPDATE);
    int64_t seq = 0;
    enum iv_code rc;

    iv_sqlite_bind_session(stmt, session);
    rc = iv_sqlite_run(s, stmt, "a session", err);
    if (rc || sqlite3_changes(s->db))
        return rc;
    rc = iv_sqlite_seq(s, session->id, &seq, err);
    return rc ? rc : iv_store_other_owner(session->id, err);
}

enum iv_code iv_sqlite_remove(void *arg, const char *id, struct iv_error *err)
{
    static const enum iv_query ranges[] = {IV_Q_DELETE_TURNS, IV_Q_DELETE_EVENTS};
    static const enum iv_query rows[] = {IV_Q_DELETE_DOCS, IV_Q_DELETE};
    struct iv_sqlite *s = arg;
    int64_t seq = 0;
    enum iv_code rc = iv_sqlite_seq(s, id, &seq, err);

    for (size_t i = 0; i < IV_LEN(ranges) && !rc; i++) {
        sqlite3_stmt *stmt = iv_sqlite_query(s, ranges[i]);

        iv_sqlite_bind_int(stmt, 1, iv_key(seq, 0));
        iv_sqlite_bind_int(stmt, 2, iv_key_last(seq));
        rc = iv_sqlite_run(s, stmt, "deleting", err);
    }
    for (size_t i = 0; i < IV_LEN(rows) && !rc; i++) {
        sqlite3_stmt *stmt = iv_sqlite_query(s, rows[i]);

        iv_sqlite_bind_int(stmt, 1, seq);
        rc = iv_sqlite_run(s, stmt, "deleting", err);
    }
    s->n_sessions -= !rc;
    return rc;
}

/* A damaged one is passed over: it must not keep every other session from being opened. */
enum iv_code iv_sqlite_due(void *arg, int64_t now_ms, struct iv_session **rows, size_t *n,
                           struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_DUE);
    enum iv_code rc = IV_OK;
    size_t cap = 0;
    int step;

    iv_sqlite_bind_int(stmt, 1, now_ms);
    while ((step = iv_sqlite_step(stmt)) == SQLITE_ROW && !rc) {
        if (iv_grow(rows, &cap, *n + 1, sizeof **rows))
            rc = iv_store_no_memory(err);
        else if (!iv_sqlite_read_session(stmt, &(*rows)[*n], NULL))
            (*n)++;
    }
    if (!rc && step != SQLITE_DONE)
        rc = iv_sqlite_failed(s->db, "reading sessions", err);
    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_count_open(void *arg, const char *user_id, int64_t *out,
                                  struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(arg, IV_Q_COUNT_OPEN);

    iv_sqlite_bind_text(stmt, 1, user_id);
    return iv_sqlite_run_int(arg, stmt, 0, out, err);
}

static double or_none(sqlite3_stmt *stmt, int i)
{
    return sqlite3_column_type(stmt, i) == SQLITE_NULL ? -1 : sqlite3_column_double(stmt, i);
}

static void read_stats(sqlite3_stmt *stmt, struct iv_store_stats *out)
{
    int64_t *const counts[] = {&out->total,      &out->open,    &out->active,  &out->completed,
                               &out->terminated, &out->expired, &out->messages};

    for (int i = 0; i < (int)IV_LEN(counts); i++)
        *counts[i] = sqlite3_column_int64(stmt, i);
    out->average_duration_s = or_none(stmt, (int)IV_LEN(counts));
    out->average_latency_ms = or_none(stmt, (int)IV_LEN(counts) + 1);
}

enum iv_code iv_sqlite_stats(void *arg, const char *user_id, int64_t from_ms, int64_t to_ms,
                             struct iv_store_stats *out, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_STATS);
    enum iv_code rc = IV_OK;

    iv_sqlite_bind_text(stmt, 1, user_id);
    iv_sqlite_bind_int(stmt, 2, from_ms);
    iv_sqlite_bind_int(stmt, 3, to_ms);
    if (iv_sqlite_step(stmt) == SQLITE_ROW)
        read_stats(stmt, out);
    else
        rc = iv_sqlite_failed(s->db, "statistics", err);
    iv_sqlite_done(stmt);
    return rc;
}

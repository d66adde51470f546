/* sqlite.c - sessions in one SQLite file.
 *
 * One process owns the file through a lock beside it, so SQLite itself runs in exclusive mode: one connection that writes and
 * checkpoints, WAL, synchronous=FULL. Statements are prepared once. What acknowledged means: COMMIT returned.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "store/sqlite_file.h"
#include "store/sqlite_schema.h"

enum query {
    Q_BEGIN,
    Q_COMMIT,
    Q_ROLLBACK,
    Q_INSERT,
    Q_UPDATE,
    Q_GET,
    Q_DELETE,
    Q_DELETE_DOCS,
    Q_DUE,
    Q_COUNT_OPEN,
    Q_ADD_TURN,
    Q_NEXT_TURN,
    Q_TURNS,
    Q_ADD_EVENT,
    Q_EVENTS,
    Q_EXISTS,
    Q_DOC_GET,
    Q_DOC_PUT,
    Q_DOC_DELETE,
    Q_STATS,
    Q_COUNT
};

static const char *const queries[Q_COUNT] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_ROLLBACK] = "ROLLBACK",
    [Q_DELETE] = "DELETE FROM sessions WHERE id = ?1",
    [Q_DELETE_DOCS] = "DELETE FROM documents WHERE session = ?1",
    [Q_COUNT_OPEN] = "SELECT count(*) FROM sessions WHERE user_id = ?1 AND status <= 2",
    [Q_ADD_TURN] = "INSERT INTO turns VALUES ((SELECT seq FROM sessions WHERE id = ?1), ?2, ?3, "
                   "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [Q_NEXT_TURN] = "SELECT coalesce(max(number) + 1, 0) FROM turns WHERE session = (SELECT seq "
                    "FROM sessions WHERE id = ?1)",
    [Q_TURNS] = "SELECT number, speaker, kind, question_id, text, start_ms, end_ms, wall_ms, "
                "confidence, words, source FROM turns"
                " WHERE session = (SELECT seq FROM sessions WHERE id = ?1) ORDER BY number",
    [Q_ADD_EVENT] = "INSERT INTO events SELECT s.seq, coalesce((SELECT max(e.seq) + 1 FROM events "
                    "e WHERE e.session = s.seq), 0), ?2"
                    " FROM sessions s WHERE s.id = ?1",
    [Q_EVENTS] = "SELECT seq, json FROM events WHERE session = (SELECT seq FROM sessions WHERE id "
                 "= ?1) AND seq >= ?2 ORDER BY seq",
    [Q_EXISTS] = "SELECT 1 FROM sessions WHERE id = ?1",
    [Q_DOC_GET] = "SELECT text FROM documents WHERE session = ?1 AND name = ?2",
    [Q_DOC_PUT] =
        "INSERT INTO documents VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET text = excluded.text",
    [Q_DOC_DELETE] = "DELETE FROM documents WHERE session = ?1 AND name = ?2",
    [Q_STATS] =
        "SELECT count(*), sum(status <= 2), sum(status = 1), sum(status = 3), sum(status = 4), "
        "sum(status = 5), sum(message_count),"
        " avg(CASE WHEN status > 2 AND started_ms > 0 THEN active_ms END) / 1000.0,"
        " sum(latency_ms_sum) * 1.0 / nullif(sum(latency_ms_n), 0) FROM sessions"
        " WHERE (?1 IS NULL OR user_id = ?1) AND created_ms >= ?2 AND (?3 = 0 OR created_ms < ?3)",
};

struct sqlite {
    sqlite3 *db;
    int lock_fd;
    bool has_lock;
    sqlite3_stmt *statements[Q_COUNT];
};

/* -- statements -- */

static void query_text(enum query q, struct iv_buf *out)
{
    switch (q) {
    case Q_INSERT:
        iv_sqlite_insert_sql(out);
        break;
    case Q_UPDATE:
        iv_sqlite_update_sql(out);
        break;
    case Q_GET:
    case Q_DUE:
        iv_buf_adds(out, "SELECT ");
        iv_sqlite_put_columns(out);
        iv_buf_adds(out, q == Q_GET ? " FROM sessions WHERE id = ?1"
                                    : " FROM sessions WHERE due_ms <= ?1");
        break;
    default:
        iv_buf_adds(out, queries[q]);
    }
}

/* Ready to be bound; prepared at its first use, kept for the next. */
static sqlite3_stmt *statement(struct sqlite *s, enum query q)
{
    struct iv_buf sql = IV_BUF_INIT(8192);

    if (!s->statements[q]) {
        query_text(q, &sql);
        sqlite3_prepare_v3(s->db, iv_buf_str(&sql), -1, SQLITE_PREPARE_PERSISTENT,
                           &s->statements[q], NULL);
        iv_buf_release(&sql);
    }
    if (s->statements[q])
        sqlite3_clear_bindings(s->statements[q]);
    return s->statements[q];
}

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
    if (stmt)
        sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
}

/* Run a statement that gives no rows. */
static enum iv_code run(struct sqlite *s, sqlite3_stmt *stmt, const char *what,
                        struct iv_error *err)
{
    int step = stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
    enum iv_code rc =
        step == SQLITE_DONE || step == SQLITE_ROW ? IV_OK : iv_sqlite_failed(s->db, what, err);

    sqlite3_reset(stmt);
    return rc;
}

static enum iv_code run_query(struct sqlite *s, enum query q, const char *id, const char *what,
                              struct iv_error *err)
{
    sqlite3_stmt *stmt = statement(s, q);

    if (id)
        bind_text(stmt, 1, id);
    return run(s, stmt, what, err);
}

/* -- opening -- */

static enum iv_code sqlite_begin(void *arg, struct iv_error *err)
{
    return run_query(arg, Q_BEGIN, NULL, "beginning a change", err);
}
static enum iv_code sqlite_commit(void *arg, struct iv_error *err)
{
    return run_query(arg, Q_COMMIT, NULL, "keeping a change", err);
}

static void sqlite_rollback(void *arg)
{
    struct sqlite *s = arg;

    if (!sqlite3_get_autocommit(s->db))
        run_query(s, Q_ROLLBACK, NULL, "undoing", NULL);
}

static enum iv_code sqlite_open(void *arg, iv_ctx *ctx, const char *path, struct iv_error *err)
{
    struct sqlite *s = arg;
    enum iv_code rc = iv_sqlite_lock(path, &s->lock_fd, err);

    (void)ctx;
    s->has_lock = !rc;
    if (!rc)
        rc = iv_sqlite_connect(path, &s->db, err);
    return rc ? rc : iv_sqlite_migrate(s->db, path, err);
}

static void sqlite_close(void *arg)
{
    struct sqlite *s = arg;

    for (int q = 0; q < Q_COUNT; q++)
        sqlite3_finalize(s->statements[q]);
    sqlite3_close(s->db);
    if (s->has_lock)
        close(s->lock_fd);
}

/* -- sessions -- */

static enum iv_code sqlite_insert(void *arg, const struct iv_session *session, struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_INSERT);
    enum iv_code rc;

    if (stmt)
        iv_sqlite_bind_session(stmt, session);
    rc = run(s, stmt, "a new session", err);
    if (rc && (sqlite3_errcode(s->db) & 0xff) == SQLITE_CONSTRAINT)
        return iv_fail(err, IV_E_STATE, "session %s exists already", session->id);
    return rc;
}

static enum iv_code sqlite_get(void *arg, const char *id, struct iv_session *out,
                               struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_GET);
    enum iv_code rc = IV_OK;
    int step;

    bind_text(stmt, 1, id);
    step = stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
    if (step == SQLITE_ROW)
        iv_sqlite_read_session(stmt, 0, out);
    else
        rc = step == SQLITE_DONE ? iv_store_no_session(id, err)
                                 : iv_sqlite_failed(s->db, "reading a session", err);
    sqlite3_reset(stmt);
    return rc;
}

static enum iv_code sqlite_update(void *arg, const struct iv_session *session, struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_UPDATE);
    enum iv_code rc;

    if (stmt)
        iv_sqlite_bind_session(stmt, session);
    rc = run(s, stmt, "a session", err);
    if (!rc && !sqlite3_changes(s->db))
        return iv_store_no_session(session->id, err);
    return rc;
}

static enum iv_code sqlite_remove(void *arg, const char *id, struct iv_error *err)
{
    struct sqlite *s = arg;
    enum iv_code rc = run_query(s, Q_DELETE, id, "deleting", err);

    if (!rc && !sqlite3_changes(s->db))
        return iv_store_no_session(id, err);
    return rc ? rc : run_query(s, Q_DELETE_DOCS, id, "deleting", err);
}

/* Rows of a statement that selects the session's columns; the caller frees them. */
static enum iv_code read_sessions(struct sqlite *s, sqlite3_stmt *stmt, struct iv_session **rows,
                                  size_t *n, struct iv_error *err)
{
    size_t cap = 0;
    int step = SQLITE_ERROR;

    *rows = NULL;
    *n = 0;
    while (stmt && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (iv_grow(rows, &cap, *n + 1, sizeof **rows))
            return iv_fail(err, IV_E_NOMEM, "store: out of memory");
        iv_sqlite_read_session(stmt, 0, &(*rows)[(*n)++]);
    }
    return step == SQLITE_DONE ? IV_OK : iv_sqlite_failed(s->db, "reading sessions", err);
}

static enum iv_code sqlite_due(void *arg, int64_t now_ms, struct iv_session **rows, size_t *n,
                               struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_DUE);
    enum iv_code rc;

    if (stmt)
        sqlite3_bind_int64(stmt, 1, now_ms);
    rc = read_sessions(s, stmt, rows, n, err);
    sqlite3_reset(stmt);
    return rc;
}

/* Only the conditions that are set, so that SQLite picks the index that fits. */
static void put_conditions(const struct iv_session_filter *f, bool with_place, struct iv_buf *sql)
{
    iv_buf_adds(sql, " FROM sessions WHERE created_ms >= ?2");
    if (f->user_id)
        iv_buf_adds(sql, " AND user_id = ?1");
    if (f->status >= 0)
        iv_buf_adds(sql, " AND status = ?3");
    if (f->created_to_ms)
        iv_buf_adds(sql, " AND created_ms < ?4");
    if (f->before_id && with_place)
        iv_buf_adds(sql, " AND (created_ms, id) < (?5, ?6)");
}

static void bind_filter(sqlite3_stmt *stmt, const struct iv_session_filter *f, int64_t before_ms)
{
    if (f->user_id)
        sqlite3_bind_text(stmt, 1, f->user_id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(stmt, 2, f->created_from_ms);
    sqlite3_bind_int(stmt, 3, f->status);
    sqlite3_bind_int64(stmt, 4, f->created_to_ms);
    if (f->before_id) {
        sqlite3_bind_int64(stmt, 5, before_ms);
        sqlite3_bind_text(stmt, 6, f->before_id, -1, SQLITE_TRANSIENT);
    }
    sqlite3_bind_int(stmt, 7, f->limit);
    sqlite3_bind_int(stmt, 8, f->offset);
}

static enum iv_code count_matches(struct sqlite *s, const struct iv_session_filter *f,
                                  int64_t *total, struct iv_error *err)
{
    struct iv_buf sql = IV_BUF_INIT(1024);
    sqlite3_stmt *stmt = NULL;
    int step = SQLITE_ERROR;

    iv_buf_adds(&sql, "SELECT count(*)");
    put_conditions(f, false, &sql);
    if (!sqlite3_prepare_v2(s->db, iv_buf_str(&sql), -1, &stmt, NULL)) {
        bind_filter(stmt, f, 0);
        step = sqlite3_step(stmt);
        *total = sqlite3_column_int64(stmt, 0);
    }
    sqlite3_finalize(stmt);
    iv_buf_release(&sql);
    return step == SQLITE_ROW ? IV_OK : iv_sqlite_failed(s->db, "counting sessions", err);
}

static enum iv_code sqlite_list(void *arg, const struct iv_session_filter *f,
                                struct iv_session **rows, size_t *n, int64_t *total,
                                struct iv_error *err)
{
    struct iv_buf sql = IV_BUF_INIT(4096);
    struct iv_session before = {0};
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = NULL;
    enum iv_code rc = f->before_id ? sqlite_get(s, f->before_id, &before, err) : IV_OK;

    if (!rc)
        rc = count_matches(s, f, total, err);
    if (rc)
        return rc;
    iv_buf_adds(&sql, "SELECT ");
    iv_sqlite_put_columns(&sql);
    put_conditions(f, true, &sql);
    iv_buf_adds(&sql, " ORDER BY created_ms DESC, id DESC LIMIT ?7 OFFSET ?8");
    if (sqlite3_prepare_v2(s->db, iv_buf_str(&sql), -1, &stmt, NULL))
        rc = iv_sqlite_failed(s->db, "listing", err);
    if (!rc) {
        bind_filter(stmt, f, before.created_ms);
        rc = read_sessions(s, stmt, rows, n, err);
    }
    if (rc) {
        free(*rows);
        *rows = NULL;
        *n = 0;
    }
    sqlite3_finalize(stmt);
    iv_buf_release(&sql);
    return rc;
}

static enum iv_code query_int(struct sqlite *s, enum query q, const char *id, int64_t *out,
                              struct iv_error *err)
{
    sqlite3_stmt *stmt = statement(s, q);
    int step;

    bind_text(stmt, 1, id);
    step = stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
    *out = step == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return step == SQLITE_ROW || step == SQLITE_DONE ? IV_OK
                                                     : iv_sqlite_failed(s->db, "reading", err);
}

static enum iv_code sqlite_count_open(void *arg, const char *user_id, int64_t *out,
                                      struct iv_error *err)
{
    return query_int(arg, Q_COUNT_OPEN, user_id, out, err);
}

static enum iv_code need_session(struct sqlite *s, const char *id, struct iv_error *err)
{
    int64_t there = 0;
    enum iv_code rc = query_int(s, Q_EXISTS, id, &there, err);

    return rc || there ? rc : iv_store_no_session(id, err);
}

/* -- turns, events, documents -- */

static enum iv_code sqlite_add_turn(void *arg, const char *id, const struct iv_turn *t,
                                    struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt;
    int64_t next = 0;
    enum iv_code rc = query_int(s, Q_NEXT_TURN, id, &next, err);

    if (!rc && next != t->number)
        rc = iv_fail(err, IV_E_STATE, "turn %lld of session %s: the next one is %lld",
                     (long long)t->number, id, (long long)next);
    stmt = statement(s, Q_ADD_TURN);
    if (rc || !stmt)
        return rc ? rc : iv_sqlite_failed(s->db, "a turn", err);
    bind_text(stmt, 1, id);
    sqlite3_bind_int64(stmt, 2, t->number);
    sqlite3_bind_int(stmt, 3, (int)t->speaker);
    sqlite3_bind_int(stmt, 4, (int)t->kind);
    bind_text(stmt, 5, t->question_id);
    bind_text(stmt, 6, t->text);
    sqlite3_bind_int64(stmt, 7, t->start_ms);
    sqlite3_bind_int64(stmt, 8, t->end_ms);
    sqlite3_bind_int64(stmt, 9, t->wall_ms);
    sqlite3_bind_double(stmt, 10, (double)t->confidence);
    if (t->words_json)
        bind_text(stmt, 11, t->words_json);
    bind_text(stmt, 12, t->source);
    return run(s, stmt, "a turn", err);
}

static char *column_text(sqlite3_stmt *stmt, int i)
{
    return sqlite3_column_type(stmt, i) == SQLITE_NULL
               ? NULL
               : iv_strdup((const char *)sqlite3_column_text(stmt, i));
}

static void read_turn(sqlite3_stmt *stmt, struct iv_turn *t)
{
    *t = (struct iv_turn){.number = sqlite3_column_int64(stmt, 0),
                          .speaker = sqlite3_column_int(stmt, 1) ? IV_CANDIDATE : IV_INTERVIEWER,
                          .text = column_text(stmt, 4),
                          .start_ms = sqlite3_column_int64(stmt, 5),
                          .end_ms = sqlite3_column_int64(stmt, 6),
                          .wall_ms = sqlite3_column_int64(stmt, 7),
                          .confidence = (float)sqlite3_column_double(stmt, 8),
                          .words_json = column_text(stmt, 9)};
    int kind = sqlite3_column_int(stmt, 2);
    const unsigned char *question = sqlite3_column_text(stmt, 3),
                        *source = sqlite3_column_text(stmt, 10);

    t->kind = kind >= 0 && kind <= IV_TURN_CLOSING ? (enum iv_turn_kind)kind : IV_TURN_REMARK;
    snprintf(t->question_id, sizeof t->question_id, "%s", question ? (const char *)question : "");
    snprintf(t->source, sizeof t->source, "%s", source ? (const char *)source : "");
}

static enum iv_code sqlite_turns(void *arg, const char *id, struct iv_turn **rows, size_t *n,
                                 struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt;
    size_t cap = 0;
    int step = SQLITE_ERROR;
    enum iv_code rc = need_session(s, id, err);

    if (rc)
        return rc;
    stmt = statement(s, Q_TURNS);
    bind_text(stmt, 1, id);
    while (!rc && stmt && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (iv_grow(rows, &cap, *n + 1, sizeof **rows)) {
            rc = iv_fail(err, IV_E_NOMEM, "store: out of memory");
            break;
        }
        read_turn(stmt, &(*rows)[(*n)++]);
        if (!(*rows)[*n - 1].text)
            rc = iv_fail(err, IV_E_NOMEM, "store: out of memory");
    }
    if (!rc && step != SQLITE_DONE)
        rc = iv_sqlite_failed(s->db, "reading turns", err);
    sqlite3_reset(stmt);
    return rc;
}

static enum iv_code sqlite_add_event(void *arg, const char *id, const char *json,
                                     struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_ADD_EVENT);

    bind_text(stmt, 1, id);
    bind_text(stmt, 2, json);
    return run(s, stmt, "an event", err);
}

static enum iv_code sqlite_events(void *arg, const char *id, int64_t from_seq,
                                  int (*fn)(void *arg, int64_t seq, const char *json), void *fn_arg,
                                  struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt;
    int step = SQLITE_ERROR;
    enum iv_code rc = need_session(s, id, err);

    if (rc)
        return rc;
    stmt = statement(s, Q_EVENTS);
    bind_text(stmt, 1, id);
    if (stmt)
        sqlite3_bind_int64(stmt, 2, from_seq);
    while (stmt && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *json = (const char *)sqlite3_column_text(stmt, 1);

        if (!json) /* the column is NOT NULL: only damage makes it so */
            rc = iv_fail(err, IV_E_DATA, "store: an event of session %s is damaged", id);
        if (rc || fn(fn_arg, sqlite3_column_int64(stmt, 0), json)) {
            step = SQLITE_DONE;
            break;
        }
    }
    sqlite3_reset(stmt);
    return step == SQLITE_DONE ? rc : iv_sqlite_failed(s->db, "reading events", err);
}

static enum iv_code sqlite_doc_get(void *arg, const char *id, const char *name, struct iv_buf *out,
                                   struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_DOC_GET);
    int step;
    enum iv_code rc;

    bind_text(stmt, 1, id);
    bind_text(stmt, 2, name);
    step = stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        iv_buf_add(out, sqlite3_column_text(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
        rc = iv_buf_check(out, name, err);
    } else if (step == SQLITE_DONE) {
        rc = iv_fail(err, IV_E_NOT_FOUND, "session %s has no document \"%s\"", id, name);
    } else {
        rc = iv_sqlite_failed(s->db, "reading a document", err);
    }
    sqlite3_reset(stmt);
    return rc;
}

static enum iv_code sqlite_doc_put(void *arg, const char *id, const struct iv_doc *doc,
                                   struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt;
    enum iv_code rc = id[0] ? need_session(s, id, err) : IV_OK;

    if (rc)
        return rc;
    stmt = statement(s, doc->text ? Q_DOC_PUT : Q_DOC_DELETE);
    bind_text(stmt, 1, id);
    bind_text(stmt, 2, doc->name);
    if (stmt && doc->text)
        sqlite3_bind_text64(stmt, 3, doc->text, doc->len, SQLITE_TRANSIENT, SQLITE_UTF8);
    return run(s, stmt, "a document", err);
}

/* -- the whole -- */

static double or_none(sqlite3_stmt *stmt, int i)
{
    return sqlite3_column_type(stmt, i) == SQLITE_NULL ? -1 : sqlite3_column_double(stmt, i);
}

static enum iv_code sqlite_stats(void *arg, const char *user_id, int64_t from_ms, int64_t to_ms,
                                 struct iv_store_stats *out, struct iv_error *err)
{
    struct sqlite *s = arg;
    sqlite3_stmt *stmt = statement(s, Q_STATS);
    int step = SQLITE_ERROR;

    if (stmt) {
        if (user_id)
            bind_text(stmt, 1, user_id);
        sqlite3_bind_int64(stmt, 2, from_ms);
        sqlite3_bind_int64(stmt, 3, to_ms);
        step = sqlite3_step(stmt);
    }
    if (step == SQLITE_ROW) {
        int64_t *const counts[] = {&out->total,      &out->open,    &out->active,  &out->completed,
                                   &out->terminated, &out->expired, &out->messages};

        for (int i = 0; i < (int)IV_LEN(counts); i++)
            *counts[i] = sqlite3_column_int64(stmt, i);
        out->average_duration_s = or_none(stmt, 7);
        out->average_latency_ms = or_none(stmt, 8);
    }
    sqlite3_reset(stmt);
    return step == SQLITE_ROW ? IV_OK : iv_sqlite_failed(s->db, "statistics", err);
}

static enum iv_code sqlite_backup(void *arg, const char *path, struct iv_error *err)
{
    return iv_sqlite_copy(((struct sqlite *)arg)->db, path, err);
}

static enum iv_code sqlite_check(void *arg, struct iv_error *err)
{
    return iv_sqlite_integrity(((struct sqlite *)arg)->db, "store", err);
}

const struct iv_store_ops iv_store_sqlite = {
    .name = "sqlite",
    .state_size = sizeof(struct sqlite),
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .insert = sqlite_insert,
    .get = sqlite_get,
    .update = sqlite_update,
    .remove = sqlite_remove,
    .list = sqlite_list,
    .due = sqlite_due,
    .count_open = sqlite_count_open,
    .add_turn = sqlite_add_turn,
    .turns = sqlite_turns,
    .add_event = sqlite_add_event,
    .events = sqlite_events,
    .doc_get = sqlite_doc_get,
    .doc_put = sqlite_doc_put,
    .stats = sqlite_stats,
    .backup = sqlite_backup,
    .check = sqlite_check,
};

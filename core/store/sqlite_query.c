/* sqlite_query.c - statements, prepared once, and what SQLite's errors mean to a person. */
#include "store/sqlite_query.h"
#include "store/sqlite_row.h"

#define KEY_COLUMNS                                                                                \
    "id, name, user_id, prefix, scopes, hash, former, former_until_ms, created_ms, last_used_ms, " \
    "expires_ms, revoked_ms, sum"
#define SELECT_KEYS "SELECT " KEY_COLUMNS " FROM keys"

static const char *const texts[IV_Q_COUNT] = {
    [IV_Q_BEGIN] = "BEGIN IMMEDIATE",
    [IV_Q_COMMIT] = "COMMIT",
    [IV_Q_ROLLBACK] = "ROLLBACK",
    [IV_Q_MARK] = "SAVEPOINT one",
    [IV_Q_KEEP] = "RELEASE one",
    [IV_Q_UNDO] = "ROLLBACK TO one",
    [IV_Q_SEQ] = "SELECT seq FROM sessions WHERE id = ?1",
    [IV_Q_COUNT_OPEN] = "SELECT count(*) FROM sessions WHERE user_id = ?1 AND due_ms IS NOT NULL",
    [IV_Q_DELETE] = "DELETE FROM sessions WHERE seq = ?1",
    [IV_Q_DELETE_TURNS] = "DELETE FROM turns WHERE key BETWEEN ?1 AND ?2",
    [IV_Q_DELETE_EVENTS] = "DELETE FROM events WHERE key BETWEEN ?1 AND ?2",
    [IV_Q_DELETE_DOCS] = "DELETE FROM documents WHERE session = ?1",
    [IV_Q_ADD_TURN] =
        "INSERT INTO turns VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [IV_Q_LAST_TURN] = "SELECT max(key) FROM turns WHERE key BETWEEN ?1 AND ?2",
    [IV_Q_TURNS] = "SELECT key, speaker, kind, question_id, text, start_ms, end_ms, wall_ms, "
                   "confidence, words, source, sum FROM turns WHERE key BETWEEN ?1 AND ?2 "
                   "ORDER BY key",
    [IV_Q_ADD_EVENT] = "INSERT INTO events VALUES (?1, ?2, ?3)",
    [IV_Q_LAST_EVENT] = "SELECT max(key) FROM events WHERE key BETWEEN ?1 AND ?2",
    [IV_Q_EVENTS] = "SELECT key, json, sum FROM events WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
    [IV_Q_DOC_GET] = "SELECT s.seq, d.name, d.text, d.sum FROM (SELECT 0 AS seq WHERE ?1 = '' "
                     "UNION ALL SELECT seq FROM sessions WHERE id = ?1) s "
                     "LEFT JOIN documents d ON d.session = s.seq AND d.name = ?2",
    [IV_Q_DOC_PUT] = "INSERT INTO documents (session, name, text, sum) VALUES (?1, ?2, ?3, ?4) "
                     "ON CONFLICT DO UPDATE SET text = excluded.text, sum = excluded.sum",
    [IV_Q_DOC_DELETE] = "DELETE FROM documents WHERE session = ?1 AND name = ?2",
    [IV_Q_STATS] =
        "SELECT count(*), sum(status <= 2), sum(status = 1), sum(status = 3), sum(status = 4), "
        "sum(status = 5), sum(message_count),"
        " avg(CASE WHEN status > 2 AND started_ms > 0 THEN active_ms END) / 1000.0,"
        " sum(latency_ms_sum) * 1.0 / nullif(sum(latency_ms_n), 0) FROM sessions"
        " WHERE (?1 IS NULL OR user_id = ?1) AND created_ms >= ?2 AND (?3 = 0 OR created_ms < ?3)",
    [IV_Q_KEY_INSERT] = "INSERT INTO keys (" KEY_COLUMNS
                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [IV_Q_KEY_UPDATE] =
        "UPDATE keys SET name = ?2, user_id = ?3, prefix = ?4, scopes = ?5, hash = ?6, "
        "former = ?7, former_until_ms = ?8, last_used_ms = ?10, expires_ms = ?11, "
        "revoked_ms = ?12, sum = ?13 WHERE id = ?1 AND created_ms = ?9",
    [IV_Q_KEY_GET] = SELECT_KEYS " WHERE id = ?1",
    [IV_Q_KEY_FIND] = SELECT_KEYS " WHERE hash = ?1 OR former = ?1",
    [IV_Q_KEY_LIST] = SELECT_KEYS " ORDER BY created_ms, id",
    [IV_Q_ADMIN_GET] =
        "SELECT name, hash, created_ms, changed_ms, sum FROM administrators WHERE name = ?1",
    [IV_Q_ADMIN_PUT] = "INSERT OR REPLACE INTO administrators (name, hash, created_ms, "
                       "changed_ms, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
};

static void query_text(enum iv_query q, struct iv_buf *out)
{
    switch (q) {
    case IV_Q_INSERT:
        iv_sqlite_insert_sql(out);
        break;
    case IV_Q_UPDATE:
        iv_sqlite_update_sql(out);
        break;
    case IV_Q_GET:
        iv_sqlite_select_sql(out);
        iv_buf_adds(out, " WHERE id = ?1");
        break;
    case IV_Q_DUE:
        iv_sqlite_select_sql(out);
        iv_buf_adds(out, " WHERE due_ms <= ?1");
        break;
    default:
        iv_buf_adds(out, texts[q]);
    }
}

sqlite3_stmt *iv_sqlite_prepare(struct iv_sqlite *s, sqlite3_stmt **kept, const struct iv_buf *sql)
{
    if (!*kept && !sql->failed)
        sqlite3_prepare_v3(s->db, iv_buf_str(sql), -1, SQLITE_PREPARE_PERSISTENT, kept, NULL);
    return *kept;
}

sqlite3_stmt *iv_sqlite_query(struct iv_sqlite *s, enum iv_query q)
{
    struct iv_buf sql = IV_BUF_INIT(SQL_BYTES);

    if (s->queries[q])
        return s->queries[q];
    query_text(q, &sql);
    iv_sqlite_prepare(s, &s->queries[q], &sql);
    iv_buf_release(&sql);
    return s->queries[q];
}

void iv_sqlite_finalize_all(struct iv_sqlite *s)
{
    for (int q = 0; q < IV_Q_COUNT; q++)
        sqlite3_finalize(s->queries[q]);
    for (int i = 0; i < IV_LIST_FORMS; i++) {
        sqlite3_finalize(s->lists[i]);
        sqlite3_finalize(s->counts[i]);
    }
}

void iv_sqlite_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
    if (stmt)
        sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

void iv_sqlite_bind_int(sqlite3_stmt *stmt, int at, int64_t n)
{
    if (stmt)
        sqlite3_bind_int64(stmt, at, n);
}

int iv_sqlite_step(sqlite3_stmt *stmt)
{
    return stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
}

void iv_sqlite_done(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    if (stmt)
        sqlite3_clear_bindings(stmt);
}

enum iv_code iv_sqlite_run(struct iv_sqlite *s, sqlite3_stmt *stmt, const char *what,
                           struct iv_error *err)
{
    int step = iv_sqlite_step(stmt);
    enum iv_code rc = step == SQLITE_DONE ? IV_OK : iv_sqlite_failed(s->db, what, err);

    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_run_int(struct iv_sqlite *s, sqlite3_stmt *stmt, int64_t otherwise,
                               int64_t *out, struct iv_error *err)
{
    int step = iv_sqlite_step(stmt);
    enum iv_code rc = IV_OK;

    *out = otherwise;
    if (step == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
        *out = sqlite3_column_int64(stmt, 0);
    else if (step != SQLITE_ROW && step != SQLITE_DONE)
        rc = iv_sqlite_failed(s->db, "reading", err);
    iv_sqlite_done(stmt);
    return rc;
}

const char *iv_sqlite_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? text : "";
}

enum iv_code iv_sqlite_seq(struct iv_sqlite *s, const char *id, int64_t *seq, struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_SEQ);
    enum iv_code rc;

    iv_sqlite_bind_text(stmt, 1, id);
    rc = iv_sqlite_run_int(s, stmt, 0, seq, err);
    if (!rc && (*seq < 0 || *seq > IV_SEQ_MAX))
        rc = iv_sqlite_damaged("the number of a session", err);
    return rc || *seq ? rc : iv_store_no_session(id, err);
}

enum iv_code iv_sqlite_damaged(const char *what, struct iv_error *err)
{
    return iv_fail(err, IV_E_DATA,
                   "store: %s: damaged; restore a backup (interviewctl restore FILE)", what);
}

enum iv_code iv_sqlite_failed(sqlite3 *db, const char *what, struct iv_error *err)
{
    int code = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    const char *text = db ? sqlite3_errmsg(db) : "out of memory";

    switch (code & 0xff) {
    case SQLITE_OK: /* it was never asked: the statement's text found no memory */
    case SQLITE_NOMEM:
        return iv_store_no_memory(err);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return iv_fail(err, IV_E_DATA,
                       "store: %s: %s; restore a backup (interviewctl restore FILE)", what, text);
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return iv_fail(err, IV_E_STORAGE,
                       "store: %s: %s; nothing was changed: free some space, then try again", what,
                       text);
    case SQLITE_BUSY:
        return iv_fail(err, IV_E_BUSY, "store: %s: another program has the file open", what);
    case SQLITE_READONLY:
        return iv_fail(err, IV_E_STORAGE, "store: %s: the file or its folder is read-only", what);
    default:
        return iv_fail(err, IV_E_STORAGE, "store: %s: %s", what, text);
    }
}

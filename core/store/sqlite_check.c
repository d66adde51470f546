/* sqlite_check.c - the whole file, row by row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_keys.h"
#include "store/sqlite_row.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_session.h"

typedef enum iv_code row_fn(sqlite3_stmt *stmt, struct iv_error *err);

static enum iv_code each_row(sqlite3 *db, const char *sql, row_fn *row, struct iv_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum iv_code rc = IV_OK;
    int step;

    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    while (!rc && (step = iv_sqlite_step(stmt)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? row(stmt, err) : iv_sqlite_failed(db, "checking", err);
    sqlite3_finalize(stmt);
    return rc;
}

static enum iv_code sqlite_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    const char *text = iv_sqlite_text(stmt, 0);

    return strcmp(text, "ok") ? iv_sqlite_damaged(text, err) : IV_OK;
}

static enum iv_code session_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    struct iv_session s;

    return iv_sqlite_read_session(stmt, &s, err);
}

static enum iv_code turn_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    struct iv_turn t;
    enum iv_code rc = iv_sqlite_read_turn(stmt, &t, err);

    iv_turn_release(&t);
    return rc;
}

static enum iv_code event_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    uint64_t sum = iv_sqlite_event_sum(sqlite3_column_int64(stmt, 0), iv_sqlite_text(stmt, 1));

    return sqlite3_column_int64(stmt, 2) == (int64_t)sum ? IV_OK
                                                         : iv_sqlite_damaged("an event", err);
}

static enum iv_code doc_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    const char *text = iv_sqlite_text(stmt, 2);
    uint64_t sum = iv_sqlite_doc_sum(sqlite3_column_int64(stmt, 0), iv_sqlite_text(stmt, 1), text,
                                     (size_t)sqlite3_column_bytes(stmt, 2));

    return sqlite3_column_int64(stmt, 3) == (int64_t)sum ? IV_OK
                                                         : iv_sqlite_damaged("a document", err);
}

static enum iv_code nothing_is_left_over(sqlite3_stmt *stmt, struct iv_error *err)
{
    return sqlite3_column_int64(stmt, 0) ? iv_sqlite_damaged("turns without a session", err)
                                         : IV_OK;
}

enum iv_code iv_sqlite_check(void *arg, struct iv_error *err)
{
    static const struct {
        int since; /* the version of the file that has it */
        const char *sql;
        row_fn *row;
    } checks[] = {
        {1, "PRAGMA integrity_check(1)", sqlite_is_well},
        {1,
         "SELECT key, speaker, kind, question_id, text, start_ms, end_ms, wall_ms, confidence, "
         "words, source, sum FROM turns",
         turn_is_well},
        {1, "SELECT key, json, sum FROM events", event_is_well},
        {1, "SELECT session, name, text, sum FROM documents", doc_is_well},
        {1,
         "SELECT count(*) FROM (SELECT key >> 24 AS seq FROM turns UNION SELECT key >> 24 FROM "
         "events UNION SELECT session FROM documents WHERE session <> 0)"
         " WHERE seq NOT IN (SELECT seq FROM sessions)",
         nothing_is_left_over},
        {2, "SELECT * FROM keys", iv_sqlite_key_is_well},
        {2, "SELECT * FROM administrators", iv_sqlite_admin_is_well},
    };
    struct iv_sqlite *s = arg;
    struct iv_buf sessions = IV_BUF_INIT(SQL_BYTES);
    int64_t version = 0; /* a copy may be an old one */
    enum iv_code rc = iv_sqlite_int(s->db, "PRAGMA user_version", &version, err);

    iv_sqlite_select_sql(&sessions);
    if (!rc)
        rc = iv_buf_check(&sessions, "store", err);
    for (size_t i = 0; i < IV_LEN(checks) && !rc; i++)
        if (version >= checks[i].since)
            rc = each_row(s->db, checks[i].sql, checks[i].row, err);
    if (!rc)
        rc = each_row(s->db, iv_buf_str(&sessions), session_is_well, err);
    iv_buf_release(&sessions);
    return rc;
}

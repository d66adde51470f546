/* sqlite_schema.c - tables, and how older files become newer ones.
 *
 * Sessions have a number of their own (seq): rows that belong to one hang on it. Turns and events are keyed by (seq, number) in
 * one integer (sqlite_row.h). due_ms is when time ends a session, NULL once it is over: its indexes hold only the open ones.
 */
#include "store/sqlite_schema.h"

#include <stdio.h>

#include "store/sqlite_query.h"

#define APPLICATION_ID 0x49564331 /* "IVC1" */

/* migrations[n] brings version n to n + 1. A released one is never changed. */
static const char *const migrations[] = {
    "CREATE TABLE sessions (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " user_id TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    " type INTEGER NOT NULL, lang INTEGER NOT NULL, difficulty INTEGER NOT NULL,"
    " duration_minutes INTEGER NOT NULL, persona TEXT NOT NULL, voice TEXT NOT NULL,"
    " avatar TEXT NOT NULL, role TEXT NOT NULL, question_set TEXT NOT NULL,"
    " seed INTEGER NOT NULL, has_seed INTEGER NOT NULL, record INTEGER NOT NULL,"
    " status INTEGER NOT NULL, started_ms INTEGER NOT NULL, paused_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, active_ms INTEGER NOT NULL,"
    " resumed_ms INTEGER NOT NULL, message_count INTEGER NOT NULL,"
    " questions_asked INTEGER NOT NULL, responses_received INTEGER NOT NULL,"
    " response_ms_sum INTEGER NOT NULL, response_ms_n INTEGER NOT NULL,"
    " latency_ms_sum INTEGER NOT NULL, latency_ms_n INTEGER NOT NULL,"
    " due_ms INTEGER, sum INTEGER NOT NULL);"
    "CREATE INDEX sessions_by_user ON sessions (user_id, created_ms, id, status);"
    "CREATE INDEX sessions_by_time ON sessions (created_ms, id);"
    "CREATE INDEX sessions_open ON sessions (user_id) WHERE due_ms IS NOT NULL;"
    "CREATE INDEX sessions_due ON sessions (due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE TABLE turns (key INTEGER PRIMARY KEY, speaker INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " question_id TEXT NOT NULL, text TEXT NOT NULL, start_ms INTEGER NOT NULL,"
    " end_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, confidence REAL NOT NULL, words TEXT,"
    " source TEXT NOT NULL, sum INTEGER NOT NULL);"
    "CREATE TABLE events (key INTEGER PRIMARY KEY, json TEXT NOT NULL, sum INTEGER NOT NULL);"
    "CREATE TABLE documents (session INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,"
    " sum INTEGER NOT NULL, UNIQUE (session, name));",
    "CREATE TABLE keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, user_id TEXT NOT NULL,"
    " prefix TEXT NOT NULL, scopes INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, former BLOB,"
    " former_until_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " last_used_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL,"
    " sum INTEGER NOT NULL);"
    "CREATE INDEX keys_former ON keys (former) WHERE former IS NOT NULL;"
    "CREATE TABLE administrators (name TEXT PRIMARY KEY, hash TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, sum INTEGER NOT NULL);",
};
enum { VERSION = (int)IV_LEN(migrations) };

int iv_sqlite_schema_version(void)
{
    return VERSION;
}

enum iv_code iv_sqlite_exec(sqlite3 *db, const char *sql, struct iv_error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) ? iv_sqlite_failed(db, "opening", err) : IV_OK;
}

enum iv_code iv_sqlite_int(sqlite3 *db, const char *sql, int64_t *out, struct iv_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum iv_code rc = IV_OK;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
        rc = iv_sqlite_failed(db, "opening", err);
    else
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return rc;
}

struct form {
    int64_t application, version, tables;
};

static enum iv_code read_form(sqlite3 *db, struct form *f, struct iv_error *err)
{
    enum iv_code rc = iv_sqlite_int(db, "SELECT count(*) FROM sqlite_schema", &f->tables, err);

    if (!rc)
        rc = iv_sqlite_int(db, "PRAGMA application_id", &f->application, err);
    return rc ? rc : iv_sqlite_int(db, "PRAGMA user_version", &f->version, err);
}

enum iv_code iv_sqlite_recognise(sqlite3 *db, const char *path, struct iv_error *err)
{
    struct form f = {0};
    enum iv_code rc = read_form(db, &f, err);

    if (rc || (!f.tables && !f.version && !f.application))
        return rc;
    if (f.application != APPLICATION_ID)
        return iv_fail(err, IV_E_DATA, "%s: an SQLite file of another program", path);
    if (f.version > VERSION)
        return iv_fail(err, IV_E_DATA,
                       "%s: written by a newer version (schema %lld, this one knows %d)", path,
                       (long long)f.version, VERSION);
    if (f.version < 1 || !f.tables)
        return iv_fail(err, IV_E_DATA, "%s: not a whole store", path);
    return IV_OK;
}

enum iv_code iv_sqlite_need_store(sqlite3 *db, const char *path, struct iv_error *err)
{
    struct form f = {0};
    enum iv_code rc = read_form(db, &f, err);

    if (!rc && (!f.tables || f.application != APPLICATION_ID))
        rc = iv_fail(err, IV_E_DATA, "%s: not a backup of interviewctl", path);
    return rc ? rc : iv_sqlite_recognise(db, path, err);
}

static enum iv_code migrate_one(sqlite3 *db, int from, struct iv_error *err)
{
    char version[96];
    enum iv_code rc = iv_sqlite_exec(db, "BEGIN IMMEDIATE", err);

    snprintf(version, sizeof version, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, from + 1);
    if (!rc)
        rc = iv_sqlite_exec(db, migrations[from], err);
    if (!rc)
        rc = iv_sqlite_exec(db, version, err);
    if (!rc)
        rc = iv_sqlite_exec(db, "COMMIT", err);
    if (rc)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

enum iv_code iv_sqlite_migrate(sqlite3 *db, struct iv_error *err)
{
    int64_t version = 0;
    enum iv_code rc = iv_sqlite_int(db, "PRAGMA user_version", &version, err);

    for (int v = (int)version; v < VERSION && !rc; v++)
        rc = migrate_one(db, v, err);
    return rc;
}

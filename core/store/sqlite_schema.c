/* sqlite_schema.c - the file's form and its history. */
#include "store/sqlite_schema.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* One row a column: how a member of struct iv_session is kept. */
enum column_kind { TEXT, INT32, INT64, BOOL };
struct column {
    const char *name;
    enum column_kind kind;
    size_t offset, size;
};
#define COL(name_, kind_, member_)                                                                 \
    {                                                                                              \
        name_, kind_, offsetof(struct iv_session, member_),                                        \
            sizeof(((struct iv_session *)0)->member_)                                              \
    }

static const struct column columns[] = {
    COL("id", TEXT, id),
    COL("user_id", TEXT, spec.user_id),
    COL("type", INT32, spec.type),
    COL("lang", INT32, spec.lang),
    COL("difficulty", INT32, spec.difficulty),
    COL("duration_minutes", INT32, spec.duration_minutes),
    COL("persona", TEXT, spec.persona),
    COL("voice", TEXT, spec.voice),
    COL("avatar", TEXT, spec.avatar),
    COL("role", TEXT, spec.role),
    COL("question_set", TEXT, spec.question_set),
    COL("seed", INT64, spec.seed),
    COL("record", BOOL, spec.record),
    COL("status", INT32, status),
    COL("created_ms", INT64, created_ms),
    COL("started_ms", INT64, started_ms),
    COL("paused_ms", INT64, paused_ms),
    COL("ended_ms", INT64, ended_ms),
    COL("expires_ms", INT64, expires_ms),
    COL("active_ms", INT64, active_ms),
    COL("resumed_ms", INT64, resumed_ms),
    COL("message_count", INT64, message_count),
    COL("questions_asked", INT64, questions_asked),
    COL("responses_received", INT64, responses_received),
    COL("response_ms_sum", INT64, response_ms_sum),
    COL("response_ms_n", INT64, response_ms_n),
    COL("latency_ms_sum", INT64, latency_ms_sum),
    COL("latency_ms_n", INT64, latency_ms_n),
};

/* migrations[n] brings version n to n + 1. A released one is never changed. */
static const char *const migrations[] = {
    "CREATE TABLE sessions (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, "
    "user_id TEXT NOT NULL,"
    " type INTEGER NOT NULL, lang INTEGER NOT NULL, difficulty INTEGER NOT NULL, duration_minutes "
    "INTEGER NOT NULL,"
    " persona TEXT NOT NULL, voice TEXT NOT NULL, avatar TEXT NOT NULL, role TEXT NOT NULL, "
    "question_set TEXT NOT NULL,"
    " seed INTEGER NOT NULL, record INTEGER NOT NULL, status INTEGER NOT NULL, created_ms INTEGER "
    "NOT NULL,"
    " started_ms INTEGER NOT NULL, paused_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, "
    "expires_ms INTEGER NOT NULL,"
    " active_ms INTEGER NOT NULL, resumed_ms INTEGER NOT NULL, message_count INTEGER NOT NULL,"
    " questions_asked INTEGER NOT NULL, responses_received INTEGER NOT NULL, response_ms_sum "
    "INTEGER NOT NULL,"
    " response_ms_n INTEGER NOT NULL, latency_ms_sum INTEGER NOT NULL, latency_ms_n INTEGER NOT "
    "NULL,"
    " due_ms INTEGER);" /* when time ends it; NULL once it is over */
    "CREATE INDEX sessions_by_user ON sessions (user_id, created_ms, id);"
    "CREATE INDEX sessions_by_time ON sessions (created_ms, id);"
    "CREATE INDEX sessions_by_status ON sessions (status, created_ms, id);"
    "CREATE INDEX sessions_due ON sessions (due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE TABLE turns (session INTEGER NOT NULL REFERENCES sessions (seq) ON DELETE CASCADE, "
    "number INTEGER NOT NULL,"
    " speaker INTEGER NOT NULL, kind INTEGER NOT NULL, question_id TEXT NOT NULL, text TEXT NOT "
    "NULL,"
    " start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, confidence "
    "REAL NOT NULL,"
    " words TEXT, source TEXT NOT NULL, PRIMARY KEY (session, number)) WITHOUT ROWID;"
    "CREATE TABLE events (session INTEGER NOT NULL REFERENCES sessions (seq) ON DELETE CASCADE, "
    "seq INTEGER NOT NULL,"
    " json TEXT NOT NULL, PRIMARY KEY (session, seq)) WITHOUT ROWID;"
    "CREATE TABLE documents (session TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (session, name)) WITHOUT ROWID;",
};

int iv_sqlite_schema_version(void)
{
    return (int)IV_LEN(migrations);
}

enum iv_code iv_sqlite_failed(sqlite3 *db, const char *what, struct iv_error *err)
{
    int code = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    const char *text = db ? sqlite3_errmsg(db) : "out of memory";

    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return iv_fail(err, IV_E_NOMEM, "store: out of memory");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return iv_fail(err, IV_E_DATA,
                       "store: %s: %s; restore a backup (interviewctl restore FILE)", what, text);
    case SQLITE_FULL:
        return iv_fail(err, IV_E_STORAGE, "store: %s: the disk is full; nothing was changed", what);
    case SQLITE_IOERR:
        return iv_fail(err, IV_E_STORAGE, "store: %s: %s (is the disk full?); nothing was changed",
                       what, text);
    case SQLITE_READONLY:
        return iv_fail(err, IV_E_STORAGE, "store: %s: the file or its folder is read-only", what);
    default:
        return iv_fail(err, IV_E_STORAGE, "store: %s: %s", what, text);
    }
}

enum iv_code iv_sqlite_exec(sqlite3 *db, const char *sql, struct iv_error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) ? iv_sqlite_failed(db, "a change", err) : IV_OK;
}

enum iv_code iv_sqlite_int(sqlite3 *db, const char *sql, int64_t *out, struct iv_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int step;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
        return iv_sqlite_failed(db, "reading", err);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return step == SQLITE_ROW || step == SQLITE_DONE ? IV_OK : iv_sqlite_failed(db, "reading", err);
}

static enum iv_code migrate_one(sqlite3 *db, int from, struct iv_error *err)
{
    char version[96];
    enum iv_code rc = iv_sqlite_exec(db, "BEGIN IMMEDIATE", err);

    snprintf(version, sizeof version, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             IV_SQLITE_APPLICATION_ID, from + 1);
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

enum iv_code iv_sqlite_migrate(sqlite3 *db, const char *path, struct iv_error *err)
{
    int64_t application = 0, version = 0, tables = 0;
    enum iv_code rc = iv_sqlite_int(db, "PRAGMA application_id", &application, err);

    if (!rc)
        rc = iv_sqlite_int(db, "PRAGMA user_version", &version, err);
    if (!rc)
        rc = iv_sqlite_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (rc)
        return rc;
    if (tables && application != IV_SQLITE_APPLICATION_ID)
        return iv_fail(err, IV_E_DATA, "%s: an SQLite file of another program", path);
    if (version > iv_sqlite_schema_version())
        return iv_fail(err, IV_E_DATA,
                       "%s: written by a newer version (schema %lld, this one knows %d)", path,
                       (long long)version, iv_sqlite_schema_version());
    for (int v = (int)version; v < iv_sqlite_schema_version() && !rc; v++)
        rc = migrate_one(db, v, err);
    return rc;
}

void iv_sqlite_put_columns(struct iv_buf *out)
{
    for (size_t i = 0; i < IV_LEN(columns); i++)
        iv_buf_addf(out, "%s%s", i ? ", " : "", columns[i].name);
}

void iv_sqlite_insert_sql(struct iv_buf *out)
{
    iv_buf_adds(out, "INSERT INTO sessions (");
    iv_sqlite_put_columns(out);
    iv_buf_adds(out, ", due_ms) VALUES (");
    for (size_t i = 0; i <= IV_LEN(columns); i++)
        iv_buf_addf(out, "%s?%zu", i ? ", " : "", i + 1);
    iv_buf_addc(out, ')');
}

void iv_sqlite_update_sql(struct iv_buf *out)
{
    iv_buf_adds(out, "UPDATE sessions SET ");
    for (size_t i = 1; i < IV_LEN(columns); i++)
        iv_buf_addf(out, "%s = ?%zu, ", columns[i].name, i + 1);
    iv_buf_addf(out, "due_ms = ?%zu WHERE id = ?1", IV_LEN(columns) + 1);
}

/* As iv_session_tick() has it: a paused session's own time stands still. */
static int64_t due_ms(const struct iv_session *s)
{
    int64_t wall = s->created_ms + IV_SESSION_MAX_WALL_MS;

    return s->status == IV_SESSION_PAUSED || wall < s->expires_ms ? wall : s->expires_ms;
}

void iv_sqlite_bind_session(sqlite3_stmt *stmt, const struct iv_session *s)
{
    for (int i = 0; i < (int)IV_LEN(columns); i++) {
        const void *p = (const char *)s + columns[i].offset;

        switch (columns[i].kind) {
        case TEXT:
            sqlite3_bind_text(stmt, i + 1, p, -1, SQLITE_TRANSIENT);
            break;
        case INT32:
            sqlite3_bind_int(stmt, i + 1, *(const int *)p);
            break;
        case INT64:
            sqlite3_bind_int64(stmt, i + 1, *(const int64_t *)p);
            break;
        case BOOL:
            sqlite3_bind_int(stmt, i + 1, *(const bool *)p);
        }
    }
    if (iv_session_is_open(s))
        sqlite3_bind_int64(stmt, (int)IV_LEN(columns) + 1, due_ms(s));
}

/* Enumerations of a damaged file stay in range. */
static int in_range(int value, int count)
{
    return value >= 0 && value < count ? value : 0;
}

void iv_sqlite_read_session(sqlite3_stmt *stmt, int first, struct iv_session *s)
{
    *s = (struct iv_session){0};
    for (int i = 0; i < (int)IV_LEN(columns); i++) {
        void *p = (char *)s + columns[i].offset;
        const char *text;

        switch (columns[i].kind) {
        case TEXT:
            text = (const char *)sqlite3_column_text(stmt, first + i);
            snprintf(p, columns[i].size, "%s", text ? text : "");
            break;
        case INT32:
            *(int *)p = sqlite3_column_int(stmt, first + i);
            break;
        case INT64:
            *(int64_t *)p = sqlite3_column_int64(stmt, first + i);
            break;
        case BOOL:
            *(bool *)p = sqlite3_column_int(stmt, first + i) != 0;
        }
    }
    s->spec.type = (enum iv_session_type)in_range((int)s->spec.type, IV_TYPE_COUNT);
    s->spec.lang = (enum iv_lang)in_range((int)s->spec.lang, IV_LANG_COUNT);
    s->spec.difficulty = (enum iv_difficulty)in_range((int)s->spec.difficulty, IV_DIFFICULTY_COUNT);
    s->status = (enum iv_session_status)in_range((int)s->status, IV_SESSION_STATUS_COUNT);
    s->spec.has_seed = true;
}

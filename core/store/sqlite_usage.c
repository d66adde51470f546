/* sqlite_usage.c - see the header. */
#include "store/sqlite_usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "iv/alloc.h"

#define BUSY_MS 3000

struct usage_db {
    char *path; /* NULL: memory */
    sqlite3 *db;
};

static const char schema[] =
    "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS usage("
    " day INTEGER NOT NULL, service TEXT NOT NULL, model TEXT NOT NULL,"
    " calls INTEGER NOT NULL, calls_saved INTEGER NOT NULL, characters INTEGER NOT NULL,"
    " audio_ms INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,"
    " cost INTEGER NOT NULL, cost_saved INTEGER NOT NULL,"
    " PRIMARY KEY(day, service, model)) WITHOUT ROWID, STRICT;";

static const char add[] =
    "INSERT INTO usage VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " ON CONFLICT(day, service, model) DO UPDATE SET calls = calls + ?4,"
    " calls_saved = calls_saved + ?5, characters = characters + ?6, audio_ms = audio_ms + ?7,"
    " tokens_in = tokens_in + ?8, tokens_out = tokens_out + ?9, cost = cost + ?10,"
    " cost_saved = cost_saved + ?11";

#define SUMS                                                                                       \
    " SUM(calls), SUM(calls_saved), SUM(characters), SUM(audio_ms), SUM(tokens_in),"               \
    " SUM(tokens_out), SUM(cost), SUM(cost_saved) FROM usage"                                      \
    " WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR service = ?3) GROUP BY "
static const char by_model_sql[] = "SELECT service, model," SUMS "service, model";
static const char by_service_sql[] = "SELECT service, ''," SUMS "service";

static enum iv_code failed(const usage_db *u, const char *what, struct iv_error *err)
{
    int code = u->db ? sqlite3_errcode(u->db) & 0xff : SQLITE_NOMEM;
    bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;

    return iv_fail(err, damaged ? IV_E_DATA : IV_E_STORAGE, "%s: %s: %s%s",
                   u->path ? u->path : "usage", what,
                   u->db ? sqlite3_errmsg(u->db) : "out of memory",
                   damaged ? "; remove the file to count anew" : "");
}

enum iv_code iv_usage_db_new(const char *path, usage_db **out, struct iv_error *err)
{
    *out = iv_alloc(sizeof **out);
    if (*out && path)
        (*out)->path = iv_strdup(path);
    if (*out && (!path || (*out)->path))
        return IV_OK;
    free(*out);
    *out = NULL;
    return iv_fail(err, IV_E_NOMEM, "usage: out of memory");
}

void iv_usage_db_free(usage_db *u)
{
    if (!u)
        return;
    sqlite3_close(u->db);
    free(u->path);
    free(u);
}

/* Two processes may make the file at the same moment: the busy handler lets one wait. */
static enum iv_code connect(usage_db *u, struct iv_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum iv_code rc;

    if (u->db)
        return IV_OK;
    if (sqlite3_open_v2(u->path ? u->path : ":memory:", &u->db, flags, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(u->db, BUSY_MS);
        if (sqlite3_exec(u->db, schema, NULL, NULL, NULL) == SQLITE_OK)
            return IV_OK;
    }
    rc = failed(u, "opening", err);
    sqlite3_close(u->db);
    u->db = NULL;
    return rc;
}

static void bind_row(sqlite3_stmt *s, const struct usage_row *r)
{
    const int64_t numbers[] = {r->amounts.calls,
                               r->amounts.calls_saved,
                               r->amounts.characters,
                               r->amounts.audio_ms,
                               r->amounts.tokens_in,
                               r->amounts.tokens_out,
                               r->cost,
                               r->cost_saved};

    sqlite3_bind_int(s, 1, r->day);
    sqlite3_bind_text(s, 2, r->service, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, r->model, -1, SQLITE_STATIC);
    for (int i = 0; i < (int)IV_LEN(numbers); i++)
        sqlite3_bind_int64(s, 4 + i, numbers[i]);
}

static int add_rows(usage_db *u, const struct usage_row *rows, size_t n)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(u->db, add, -1, &s, NULL);

    for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
        bind_row(s, &rows[i]);
        sqlite3_step(s);
        rc = sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    return rc;
}

enum iv_code iv_usage_db_add(usage_db *u, const struct usage_row *rows, size_t n,
                             struct iv_error *err)
{
    enum iv_code rc = connect(u, err);

    if (rc)
        return rc;
    if (sqlite3_exec(u->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        add_rows(u, rows, n) == SQLITE_OK &&
        sqlite3_exec(u->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return IV_OK;
    rc = failed(u, "writing", err);
    sqlite3_exec(u->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static void read_row(sqlite3_stmt *s, struct usage_row *r)
{
    int64_t *const numbers[] = {&r->amounts.calls,
                                &r->amounts.calls_saved,
                                &r->amounts.characters,
                                &r->amounts.audio_ms,
                                &r->amounts.tokens_in,
                                &r->amounts.tokens_out,
                                &r->cost,
                                &r->cost_saved};

    *r = (struct usage_row){0};
    snprintf(r->service, sizeof r->service, "%s", (const char *)sqlite3_column_text(s, 0));
    snprintf(r->model, sizeof r->model, "%s", (const char *)sqlite3_column_text(s, 1));
    for (int i = 0; i < (int)IV_LEN(numbers); i++)
        *numbers[i] = sqlite3_column_int64(s, 2 + i);
}

enum iv_code iv_usage_db_sum(usage_db *u, int from, int to, const char *service, bool by_model,
                             struct usage_row **rows, size_t *n, struct iv_error *err)
{
    sqlite3_stmt *s = NULL;
    enum iv_code rc = IV_OK;
    size_t cap = 0;
    int step;

    *rows = NULL;
    *n = 0;
    if (!u->db && (!u->path || access(u->path, F_OK)))
        return IV_OK; /* nothing was ever counted */
    rc = connect(u, err);
    if (rc)
        return rc;
    if (sqlite3_prepare_v2(u->db, by_model ? by_model_sql : by_service_sql, -1, &s, NULL))
        return failed(u, "reading", err);
    sqlite3_bind_int(s, 1, from);
    sqlite3_bind_int(s, 2, to);
    sqlite3_bind_text(s, 3, service, -1, SQLITE_STATIC);
    while ((step = sqlite3_step(s)) == SQLITE_ROW && !rc) {
        if (iv_grow(rows, &cap, *n + 1, sizeof **rows))
            rc = iv_fail(err, IV_E_NOMEM, "usage: out of memory");
        else
            read_row(s, &(*rows)[(*n)++]);
    }
    if (!rc && step != SQLITE_DONE)
        rc = failed(u, "reading", err);
    sqlite3_finalize(s);
    if (rc) {
        free(*rows);
        *rows = NULL;
        *n = 0;
    }
    return rc;
}

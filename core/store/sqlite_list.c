/* sqlite_list.c - sessions, newest first.
 *
 * Only the conditions that are set stand in the statement, so that SQLite picks the index that fits; each set of conditions has
 * its own prepared statement.
 */
#include "iv/alloc.h"
#include "store/sqlite_row.h"
#include "store/sqlite_session.h"

enum condition { HAS_USER = 1, HAS_STATUS = 2, HAS_END = 4, HAS_PLACE = 8 };

static int form_of(const struct iv_session_filter *f)
{
    return (f->user_id ? HAS_USER : 0) | (f->status >= 0 ? HAS_STATUS : 0) |
           (f->created_to_ms ? HAS_END : 0) | (f->before_id ? HAS_PLACE : 0);
}

static void put_conditions(int form, struct iv_buf *sql)
{
    iv_buf_adds(sql, " WHERE created_ms >= ?2");
    if (form & HAS_USER)
        iv_buf_adds(sql, " AND user_id = ?1");
    if (form & HAS_STATUS)
        iv_buf_adds(sql, " AND status = ?3");
    if (form & HAS_END)
        iv_buf_adds(sql, " AND created_ms < ?4");
    if (form & HAS_PLACE)
        iv_buf_adds(sql, " AND (created_ms, id) < (?5, ?6)");
}

static sqlite3_stmt *count_query(struct iv_sqlite *s, int form)
{
    struct iv_buf sql = IV_BUF_INIT(SQL_BYTES);

    if (s->counts[form])
        return s->counts[form];
    iv_buf_adds(&sql, "SELECT count(*) FROM sessions");
    put_conditions(form & ~HAS_PLACE, &sql);
    iv_sqlite_prepare(s, &s->counts[form], &sql);
    iv_buf_release(&sql);
    return s->counts[form];
}

static sqlite3_stmt *list_query(struct iv_sqlite *s, int form)
{
    struct iv_buf sql = IV_BUF_INIT(SQL_BYTES);

    if (s->lists[form])
        return s->lists[form];
    iv_sqlite_select_sql(&sql);
    put_conditions(form, &sql);
    iv_buf_adds(&sql, " ORDER BY created_ms DESC, id DESC LIMIT ?7 OFFSET ?8");
    iv_sqlite_prepare(s, &s->lists[form], &sql);
    iv_buf_release(&sql);
    return s->lists[form];
}

static void bind_filter(sqlite3_stmt *stmt, const struct iv_session_filter *f)
{
    iv_sqlite_bind_text(stmt, 1, f->user_id);
    iv_sqlite_bind_int(stmt, 2, f->created_from_ms ? f->created_from_ms : INT64_MIN);
    iv_sqlite_bind_int(stmt, 3, f->status);
    iv_sqlite_bind_int(stmt, 4, f->created_to_ms);
}

/* SQLite counts rows one by one: what everybody asks for, all of them, is counted once. */
static enum iv_code count(struct iv_sqlite *s, const struct iv_session_filter *f, int64_t *out,
                          struct iv_error *err)
{
    bool all = !(form_of(f) & ~HAS_PLACE) && !f->created_from_ms;
    sqlite3_stmt *stmt;
    enum iv_code rc;

    if (all && s->is_counted) {
        *out = s->n_sessions;
        return IV_OK;
    }
    stmt = count_query(s, form_of(f));
    bind_filter(stmt, f);
    rc = iv_sqlite_run_int(s, stmt, 0, out, err);
    if (all && !rc) {
        s->is_counted = true;
        s->n_sessions = *out;
    }
    return rc;
}

static enum iv_code read_list(struct iv_sqlite *s, sqlite3_stmt *stmt, struct iv_session *rows,
                              size_t *n, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    int step;

    while (!rc && (step = iv_sqlite_step(stmt)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? iv_sqlite_read_session(stmt, &rows[(*n)++], err)
                                : iv_sqlite_failed(s->db, "listing sessions", err);
    return rc;
}

enum iv_code iv_sqlite_list(void *arg, const struct iv_session_filter *f, struct iv_session **rows,
                            size_t *n, int64_t *total, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    struct iv_session before = {0};
    sqlite3_stmt *stmt;
    enum iv_code rc = f->before_id ? iv_sqlite_get(s, f->before_id, &before, err) : IV_OK;

    if (rc)
        return rc;
    rc = count(s, f, total, err);
    *rows = rc ? NULL : iv_alloc_array((size_t)f->limit, sizeof **rows);
    if (!*rows)
        return rc ? rc : iv_store_no_memory(err);
    stmt = list_query(s, form_of(f));
    bind_filter(stmt, f);
    iv_sqlite_bind_int(stmt, 5, before.created_ms);
    iv_sqlite_bind_text(stmt, 6, f->before_id);
    iv_sqlite_bind_int(stmt, 7, f->limit);
    iv_sqlite_bind_int(stmt, 8, f->offset);
    rc = read_list(s, stmt, *rows, n, err);
    iv_sqlite_done(stmt);
    return rc;
}

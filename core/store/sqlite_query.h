/* sqlite_query.h - the connection and its statements. Shared by the sqlite*.c files only.
 *
 * A statement is prepared at its first use and kept. Take it, bind it, step it, and hand it back with iv_sqlite_done(), which
 * forgets the bound values: they are the caller's memory, not copied. NULL statements are harmless and fail when run.
 */
#ifndef IV_STORE_SQLITE_QUERY_H
#define IV_STORE_SQLITE_QUERY_H

#include <sqlite3.h>

#include "store/backend.h"

enum iv_query {
    IV_Q_BEGIN,
    IV_Q_COMMIT,
    IV_Q_ROLLBACK,
    IV_Q_MARK,
    IV_Q_KEEP,
    IV_Q_UNDO,
    IV_Q_INSERT,
    IV_Q_UPDATE,
    IV_Q_GET,
    IV_Q_DUE,
    IV_Q_SEQ,
    IV_Q_COUNT_OPEN,
    IV_Q_DELETE,
    IV_Q_DELETE_TURNS,
    IV_Q_DELETE_EVENTS,
    IV_Q_DELETE_DOCS,
    IV_Q_ADD_TURN,
    IV_Q_LAST_TURN,
    IV_Q_TURNS,
    IV_Q_ADD_EVENT,
    IV_Q_LAST_EVENT,
    IV_Q_EVENTS,
    IV_Q_DOC_GET,
    IV_Q_DOC_PUT,
    IV_Q_DOC_DELETE,
    IV_Q_STATS,
    IV_Q_KEY_INSERT,
    IV_Q_KEY_UPDATE,
    IV_Q_KEY_GET,
    IV_Q_KEY_FIND,
    IV_Q_KEY_LIST,
    IV_Q_ADMIN_GET,
    IV_Q_ADMIN_PUT,
    IV_Q_COUNT
};

#define SQL_BYTES 16384 /* the longest statement, with room */

/* A list has one statement for each set of conditions. */
#define IV_LIST_FORMS 16

struct iv_sqlite {
    sqlite3 *db;
    int lock_fd;
    bool has_lock;
    bool is_counted;
    int64_t
        n_sessions; /* all there are, once counted: this process is the only one that adds and removes */
    int wal_pages; /* in the log since the last checkpoint */
    sqlite3_stmt *queries[IV_Q_COUNT];
    sqlite3_stmt *lists[IV_LIST_FORMS], *counts[IV_LIST_FORMS];
};

sqlite3_stmt *iv_sqlite_query(struct iv_sqlite *s, enum iv_query q);
sqlite3_stmt *iv_sqlite_prepare(struct iv_sqlite *s, sqlite3_stmt **kept, const struct iv_buf *sql);
void iv_sqlite_finalize_all(struct iv_sqlite *s);

void iv_sqlite_bind_text(sqlite3_stmt *stmt, int at, const char *text);
void iv_sqlite_bind_int(sqlite3_stmt *stmt, int at, int64_t n);
int iv_sqlite_step(sqlite3_stmt *stmt);
void iv_sqlite_done(sqlite3_stmt *stmt);

/* Run a bound statement that gives no rows, and hand it back. */
enum iv_code iv_sqlite_run(struct iv_sqlite *s, sqlite3_stmt *stmt, const char *what,
                           struct iv_error *err);
/* Run a bound statement for one integer; `otherwise` without a row or for NULL. */
enum iv_code iv_sqlite_run_int(struct iv_sqlite *s, sqlite3_stmt *stmt, int64_t otherwise,
                               int64_t *out, struct iv_error *err);
/* The text of a column, "" for NULL; valid until the next step. */
const char *iv_sqlite_text(sqlite3_stmt *stmt, int column);

/* The number by which a session's rows are kept; IV_E_SESSION_NOT_FOUND. */
enum iv_code iv_sqlite_seq(struct iv_sqlite *s, const char *id, int64_t *seq, struct iv_error *err);

/* What failed, in the words of someone who must mend it: IV_E_STORAGE, IV_E_DATA, IV_E_BUSY, IV_E_NOMEM. */
enum iv_code iv_sqlite_failed(sqlite3 *db, const char *what, struct iv_error *err);
enum iv_code iv_sqlite_damaged(const char *what, struct iv_error *err);

#endif

/* sqlite_schema.h - tables, migrations, and how a session becomes a row. Shared by the sqlite*.c files only. */
#ifndef IV_STORE_SQLITE_SCHEMA_H
#define IV_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "store/backend.h"

#define IV_SQLITE_APPLICATION_ID 0x49564331 /* "IVC1" */

/* IV_E_STORAGE with what SQLite says, in the words of someone who must mend it. */
enum iv_code iv_sqlite_failed(sqlite3 *db, const char *what, struct iv_error *err);
enum iv_code iv_sqlite_exec(sqlite3 *db, const char *sql, struct iv_error *err);
/* One integer from a query; `otherwise` when there is no row. */
enum iv_code iv_sqlite_int(sqlite3 *db, const char *sql, int64_t *out, struct iv_error *err);

/* IV_E_DATA for another program's file, a newer schema, or damage; else brings the schema up to date. */
enum iv_code iv_sqlite_migrate(sqlite3 *db, const char *path, struct iv_error *err);
int iv_sqlite_schema_version(void);

/* "id, user_id, ...": the session's columns in the order in which they are read. */
void iv_sqlite_put_columns(struct iv_buf *out);
void iv_sqlite_insert_sql(struct iv_buf *out);
void iv_sqlite_update_sql(struct iv_buf *out);
void iv_sqlite_bind_session(sqlite3_stmt *stmt, const struct iv_session *s);
void iv_sqlite_read_session(sqlite3_stmt *stmt, int first_column, struct iv_session *s);

#endif

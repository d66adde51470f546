/* sqlite_schema.h - the file's form and its history. Shared by the sqlite*.c files only. */
#ifndef IV_STORE_SQLITE_SCHEMA_H
#define IV_STORE_SQLITE_SCHEMA_H

#include <stdint.h>

#include <sqlite3.h>

#include "iv/error.h"

/* IV_OK for an empty file and for a store this program can use or bring up to date; IV_E_DATA for another program's file, and
 * for one that a newer version wrote. Changes nothing. */
enum iv_code iv_sqlite_recognise(sqlite3 *db, const char *path, struct iv_error *err);
/* The same, but an empty file will not do. */
enum iv_code iv_sqlite_need_store(sqlite3 *db, const char *path, struct iv_error *err);
/* Each step of the history is one transaction. */
enum iv_code iv_sqlite_migrate(sqlite3 *db, struct iv_error *err);
int iv_sqlite_schema_version(void);
enum iv_code iv_sqlite_exec(sqlite3 *db, const char *sql, struct iv_error *err);
/* The one integer that a query gives. */
enum iv_code iv_sqlite_int(sqlite3 *db, const char *sql, int64_t *out, struct iv_error *err);

#endif

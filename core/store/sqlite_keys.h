/* sqlite_keys.h - keys and administrators in the SQLite back end. Shared by the sqlite*.c files only. */
#ifndef IV_STORE_SQLITE_KEYS_H
#define IV_STORE_SQLITE_KEYS_H

#include "store/sqlite_query.h"

enum iv_code iv_sqlite_key_insert(void *st, const struct iv_key *key, struct iv_error *err);
enum iv_code iv_sqlite_key_update(void *st, const struct iv_key *key, struct iv_error *err);
enum iv_code iv_sqlite_key_get(void *st, const char *id, struct iv_key *out, struct iv_error *err);
enum iv_code iv_sqlite_key_find(void *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                                struct iv_key *out, struct iv_error *err);
enum iv_code iv_sqlite_key_list(void *st, struct iv_key **rows, size_t *n, struct iv_error *err);
enum iv_code iv_sqlite_admin_get(void *st, const char *name, struct iv_admin *out,
                                 struct iv_error *err);
enum iv_code iv_sqlite_admin_put(void *st, const struct iv_admin *admin, struct iv_error *err);

/* Rows of `SELECT * FROM keys` and `... administrators`: IV_E_DATA when one is not what was written. */
enum iv_code iv_sqlite_key_is_well(sqlite3_stmt *stmt, struct iv_error *err);
enum iv_code iv_sqlite_admin_is_well(sqlite3_stmt *stmt, struct iv_error *err);

#endif

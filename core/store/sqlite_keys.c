/* sqlite_keys.c - keys and administrators as rows, each with its sum. */
#include "store/sqlite_keys.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "store/sqlite_row.h"

/* -- keys -- */

static uint64_t add_string(uint64_t sum, const char *text)
{
    return iv_sum_text(sum, text, strlen(text));
}

static uint64_t add_hash(uint64_t sum, const unsigned char hash[IV_KEY_HASH_BYTES])
{
    return iv_sum_text(sum, (const char *)hash, IV_KEY_HASH_BYTES);
}

static uint64_t sum_of(const struct iv_key *key)
{
    const int64_t numbers[] = {key->scopes,       key->former_until_ms, key->created_ms,
                               key->last_used_ms, key->expires_ms,      key->revoked_ms};
    uint64_t sum = add_string(IV_SUM_START, key->id);

    sum = add_string(add_string(add_string(sum, key->name), key->user_id), key->prefix);
    sum = add_hash(add_hash(sum, key->hash), key->former);
    for (size_t i = 0; i < IV_LEN(numbers); i++)
        sum = iv_sum_int(sum, numbers[i]);
    return sum;
}

static void bind_hash(sqlite3_stmt *stmt, int at, const unsigned char hash[IV_KEY_HASH_BYTES])
{
    if (stmt)
        sqlite3_bind_blob(stmt, at, hash, IV_KEY_HASH_BYTES, SQLITE_STATIC);
}

/* A key without a former secret has NULL there, which no search finds. */
static void bind_key(sqlite3_stmt *stmt, const struct iv_key *key)
{
    iv_sqlite_bind_text(stmt, 1, key->id);
    iv_sqlite_bind_text(stmt, 2, key->name);
    iv_sqlite_bind_text(stmt, 3, key->user_id);
    iv_sqlite_bind_text(stmt, 4, key->prefix);
    iv_sqlite_bind_int(stmt, 5, key->scopes);
    bind_hash(stmt, 6, key->hash);
    if (key->former_until_ms)
        bind_hash(stmt, 7, key->former);
    iv_sqlite_bind_int(stmt, 8, key->former_until_ms);
    iv_sqlite_bind_int(stmt, 9, key->created_ms);
    iv_sqlite_bind_int(stmt, 10, key->last_used_ms);
    iv_sqlite_bind_int(stmt, 11, key->expires_ms);
    iv_sqlite_bind_int(stmt, 12, key->revoked_ms);
    iv_sqlite_bind_int(stmt, 13, (int64_t)sum_of(key));
}

static bool read_text(sqlite3_stmt *stmt, int column, char *out, size_t bytes)
{
    const char *text = iv_sqlite_text(stmt, column);
    size_t len = strlen(text);

    if (len >= bytes)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool read_hash(sqlite3_stmt *stmt, int column, unsigned char out[IV_KEY_HASH_BYTES])
{
    const void *bytes = sqlite3_column_blob(stmt, column);

    if (!bytes || sqlite3_column_bytes(stmt, column) != IV_KEY_HASH_BYTES)
        return false;
    memcpy(out, bytes, IV_KEY_HASH_BYTES);
    return true;
}

static enum iv_code read_key(sqlite3_stmt *stmt, struct iv_key *out, struct iv_error *err)
{
    bool is_well;

    *out = (struct iv_key){.scopes = (unsigned)sqlite3_column_int(stmt, 4),
                           .former_until_ms = sqlite3_column_int64(stmt, 7),
                           .created_ms = sqlite3_column_int64(stmt, 8),
                           .last_used_ms = sqlite3_column_int64(stmt, 9),
                           .expires_ms = sqlite3_column_int64(stmt, 10),
                           .revoked_ms = sqlite3_column_int64(stmt, 11)};
    is_well = read_text(stmt, 0, out->id, sizeof out->id) &&
              read_text(stmt, 1, out->name, sizeof out->name) &&
              read_text(stmt, 2, out->user_id, sizeof out->user_id) &&
              read_text(stmt, 3, out->prefix, sizeof out->prefix) && read_hash(stmt, 5, out->hash);
    if (is_well && out->former_until_ms)
        is_well = read_hash(stmt, 6, out->former);
    if (!is_well || sqlite3_column_int64(stmt, 12) != (int64_t)sum_of(out))
        return iv_sqlite_damaged("a key", err);
    return IV_OK;
}

enum iv_code iv_sqlite_key_insert(void *arg, const struct iv_key *key, struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(arg, IV_Q_KEY_INSERT);

    bind_key(stmt, key);
    return iv_sqlite_run(arg, stmt, "a key", err);
}

enum iv_code iv_sqlite_key_update(void *arg, const struct iv_key *key, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_KEY_UPDATE);
    enum iv_code rc;

    bind_key(stmt, key);
    rc = iv_sqlite_run(s, stmt, "a key", err);
    return rc || sqlite3_changes(s->db) ? rc : iv_store_no_key(key->id, err);
}

/* The one row of a bound statement; IV_E_NOT_FOUND without. */
static enum iv_code take_key(struct iv_sqlite *s, sqlite3_stmt *stmt, const char *id,
                             struct iv_key *out, struct iv_error *err)
{
    int step = iv_sqlite_step(stmt);
    enum iv_code rc;

    if (step == SQLITE_ROW)
        rc = read_key(stmt, out, err);
    else
        rc = step == SQLITE_DONE ? iv_store_no_key(id, err)
                                 : iv_sqlite_failed(s->db, "reading a key", err);
    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_key_get(void *arg, const char *id, struct iv_key *out, struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(arg, IV_Q_KEY_GET);

    iv_sqlite_bind_text(stmt, 1, id);
    return take_key(arg, stmt, id, out, err);
}

enum iv_code iv_sqlite_key_find(void *arg, const unsigned char hash[IV_KEY_HASH_BYTES],
                                struct iv_key *out, struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(arg, IV_Q_KEY_FIND);

    bind_hash(stmt, 1, hash);
    return take_key(arg, stmt, "", out, err);
}

static enum iv_code add_key(sqlite3_stmt *stmt, struct iv_key **rows, size_t *n, size_t *cap,
                            struct iv_error *err)
{
    if (iv_grow(rows, cap, *n + 1, sizeof **rows))
        return iv_store_no_memory(err);
    return read_key(stmt, &(*rows)[(*n)++], err);
}

enum iv_code iv_sqlite_key_list(void *arg, struct iv_key **rows, size_t *n, struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_KEY_LIST);
    size_t cap = 0;
    int step;
    enum iv_code rc = IV_OK;

    while (!rc && (step = iv_sqlite_step(stmt)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? add_key(stmt, rows, n, &cap, err)
                                : iv_sqlite_failed(s->db, "reading keys", err);
    iv_sqlite_done(stmt);
    return rc;
}

/* -- administrators -- */

static uint64_t admin_sum(const struct iv_admin *a)
{
    uint64_t sum = add_string(add_string(IV_SUM_START, a->name), a->hash);

    return iv_sum_int(iv_sum_int(sum, a->created_ms), a->changed_ms);
}

static enum iv_code read_admin(sqlite3_stmt *stmt, struct iv_admin *out, struct iv_error *err)
{
    *out = (struct iv_admin){.created_ms = sqlite3_column_int64(stmt, 2),
                             .changed_ms = sqlite3_column_int64(stmt, 3)};
    if (!read_text(stmt, 0, out->name, sizeof out->name) ||
        !read_text(stmt, 1, out->hash, sizeof out->hash) ||
        sqlite3_column_int64(stmt, 4) != (int64_t)admin_sum(out))
        return iv_sqlite_damaged("an administrator", err);
    return IV_OK;
}

enum iv_code iv_sqlite_admin_get(void *arg, const char *name, struct iv_admin *out,
                                 struct iv_error *err)
{
    struct iv_sqlite *s = arg;
    sqlite3_stmt *stmt = iv_sqlite_query(s, IV_Q_ADMIN_GET);
    enum iv_code rc;
    int step;

    iv_sqlite_bind_text(stmt, 1, name);
    step = iv_sqlite_step(stmt);
    if (step == SQLITE_ROW)
        rc = read_admin(stmt, out, err);
    else
        rc = step == SQLITE_DONE ? iv_store_no_admin(err)
                                 : iv_sqlite_failed(s->db, "reading an administrator", err);
    iv_sqlite_done(stmt);
    return rc;
}

enum iv_code iv_sqlite_admin_put(void *arg, const struct iv_admin *admin, struct iv_error *err)
{
    sqlite3_stmt *stmt = iv_sqlite_query(arg, IV_Q_ADMIN_PUT);

    iv_sqlite_bind_text(stmt, 1, admin->name);
    iv_sqlite_bind_text(stmt, 2, admin->hash);
    iv_sqlite_bind_int(stmt, 3, admin->created_ms);
    iv_sqlite_bind_int(stmt, 4, admin->changed_ms);
    iv_sqlite_bind_int(stmt, 5, (int64_t)admin_sum(admin));
    return iv_sqlite_run(arg, stmt, "an administrator", err);
}

/* -- the check -- */

enum iv_code iv_sqlite_key_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    struct iv_key key;

    return read_key(stmt, &key, err);
}

enum iv_code iv_sqlite_admin_is_well(sqlite3_stmt *stmt, struct iv_error *err)
{
    struct iv_admin admin;

    return read_admin(stmt, &admin, err);
}

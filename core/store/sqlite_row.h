/* sqlite_row.h - how records become rows, and how damage to a row is found. Shared by the sqlite*.c files only.
 *
 * Each row ends in `sum`, a hash of everything else in it. SQLite finds a broken page, but not a letter that the disk changed;
 * nobody should be judged by an answer that was never given.
 */
#ifndef IV_STORE_SQLITE_ROW_H
#define IV_STORE_SQLITE_ROW_H

#include "store/sqlite_query.h"

/* Turns and events lie in one tree each, ordered by (session, number) in one integer: no second index, and what belongs together
 * lies together. 2^24 of each in a session. */
#define IV_KEY_BITS 24
#define IV_SEQ_MAX (INT64_MAX >> IV_KEY_BITS)
static inline int64_t iv_key(int64_t seq, int64_t number)
{
    return seq << IV_KEY_BITS | number;
}
static inline int64_t iv_key_last(int64_t seq)
{
    return iv_key(seq, ((int64_t)1 << IV_KEY_BITS) - 1);
}
static inline int64_t iv_key_number(int64_t key)
{
    return key & (((int64_t)1 << IV_KEY_BITS) - 1);
}

/* FNV-1a over values; a text counts with its length, so that neighbours cannot trade letters. */
#define IV_SUM_START 0xcbf29ce484222325u
uint64_t iv_sum_int(uint64_t sum, int64_t n);
uint64_t iv_sum_text(uint64_t sum, const char *text, size_t len);

void iv_sqlite_insert_sql(struct iv_buf *out);
void iv_sqlite_update_sql(struct iv_buf *out);
void iv_sqlite_select_sql(struct iv_buf *out); /* up to and with FROM sessions */
/* For both statements: parameters are the columns in their order, then due_ms and sum. */
void iv_sqlite_bind_session(sqlite3_stmt *stmt, const struct iv_session *s);
/* IV_E_DATA when the row is not what was written. */
enum iv_code iv_sqlite_read_session(sqlite3_stmt *stmt, struct iv_session *s, struct iv_error *err);

void iv_sqlite_bind_turn(sqlite3_stmt *stmt, int64_t key, const struct iv_turn *t);
/* The caller releases *t, also after a failure. */
enum iv_code iv_sqlite_read_turn(sqlite3_stmt *stmt, struct iv_turn *t, struct iv_error *err);

uint64_t iv_sqlite_event_sum(int64_t key, const char *json);
uint64_t iv_sqlite_doc_sum(int64_t seq, const char *name, const char *text, size_t len);

#endif

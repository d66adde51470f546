/* sqlite_session.h - the members of the SQLite back end that stand in other files than sqlite.c. */
#ifndef IV_STORE_SQLITE_SESSION_H
#define IV_STORE_SQLITE_SESSION_H

#include "store/sqlite_query.h"

/* sqlite_session.c */
enum iv_code iv_sqlite_insert(void *st, const struct iv_session *s, struct iv_error *err);
enum iv_code iv_sqlite_get(void *st, const char *id, struct iv_session *out, struct iv_error *err);
enum iv_code iv_sqlite_update(void *st, const struct iv_session *s, struct iv_error *err);
enum iv_code iv_sqlite_remove(void *st, const char *id, struct iv_error *err);
enum iv_code iv_sqlite_due(void *st, int64_t now_ms, struct iv_session **rows, size_t *n,
                           struct iv_error *err);
enum iv_code iv_sqlite_count_open(void *st, const char *user_id, int64_t *out,
                                  struct iv_error *err);
enum iv_code iv_sqlite_stats(void *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                             struct iv_store_stats *out, struct iv_error *err);
/* sqlite_list.c */
enum iv_code iv_sqlite_list(void *st, const struct iv_session_filter *f, struct iv_session **rows,
                            size_t *n, int64_t *total, struct iv_error *err);
/* sqlite_content.c */
enum iv_code iv_sqlite_add_turn(void *st, const char *id, const struct iv_turn *t,
                                struct iv_error *err);
enum iv_code iv_sqlite_turns(void *st, const char *id, struct iv_turn **rows, size_t *n,
                             struct iv_error *err);
enum iv_code iv_sqlite_add_event(void *st, const char *id, const char *json, struct iv_error *err);
enum iv_code iv_sqlite_events(void *st, const char *id, int64_t from_seq,
                              int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                              struct iv_error *err);
enum iv_code iv_sqlite_doc_get(void *st, const char *id, const char *name, struct iv_buf *out,
                               struct iv_error *err);
enum iv_code iv_sqlite_doc_put(void *st, const char *id, const struct iv_doc *doc,
                               struct iv_error *err);
/* sqlite_check.c: SQLite's own check, the sum of every row, and that each has its session. */
enum iv_code iv_sqlite_check(void *st, struct iv_error *err);

#endif

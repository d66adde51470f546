/* redis_content.h - what redis.c's back end is put together from, beside sessions. Shared by the redis*.c files only. */
#ifndef IV_STORE_REDIS_CONTENT_H
#define IV_STORE_REDIS_CONTENT_H

#include "store/redis_group.h"

/* redis_content.c */
enum iv_code iv_redis_add_turn(void *st, const char *id, const struct iv_turn *t,
                               struct iv_error *err);
enum iv_code iv_redis_turns(void *st, const char *id, struct iv_turn **rows, size_t *n,
                            struct iv_error *err);
enum iv_code iv_redis_add_event(void *st, const char *id, const char *json, struct iv_error *err);
enum iv_code iv_redis_events(void *st, const char *id, int64_t from_seq,
                             int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                             struct iv_error *err);
enum iv_code iv_redis_doc_get(void *st, const char *id, const char *name, struct iv_buf *out,
                              struct iv_error *err);
enum iv_code iv_redis_doc_put(void *st, const char *id, const struct iv_doc *doc,
                              struct iv_error *err);
/* Every document of a session, or of the store (""). */
typedef enum iv_code iv_redis_each_doc(void *arg, const struct iv_doc *doc, struct iv_error *err);
enum iv_code iv_redis_docs(struct redis_store *r, const char *id, iv_redis_each_doc *fn, void *arg,
                           struct iv_error *err);

/* redis_keys.c */
enum iv_code iv_redis_key_insert(void *st, const struct iv_key *key, struct iv_error *err);
enum iv_code iv_redis_key_update(void *st, const struct iv_key *key, struct iv_error *err);
enum iv_code iv_redis_key_get(void *st, const char *id, struct iv_key *out, struct iv_error *err);
enum iv_code iv_redis_key_find(void *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                               struct iv_key *out, struct iv_error *err);
enum iv_code iv_redis_key_list(void *st, struct iv_key **rows, size_t *n, struct iv_error *err);
enum iv_code iv_redis_admin_get(void *st, const char *name, struct iv_admin *out,
                                struct iv_error *err);
enum iv_code iv_redis_admin_put(void *st, const struct iv_admin *admin, struct iv_error *err);
typedef enum iv_code iv_redis_each_admin(void *arg, const struct iv_admin *admin,
                                         struct iv_error *err);
enum iv_code iv_redis_admins(struct redis_store *r, iv_redis_each_admin *fn, void *arg,
                             struct iv_error *err);

/* redis.c: newest first, a page at a time. */
typedef enum iv_code iv_redis_each(void *arg, const struct iv_session *s, struct iv_error *err);
enum iv_code iv_redis_each_session(struct redis_store *r, const struct iv_session_filter *filter,
                                   iv_redis_each *fn, void *arg, struct iv_error *err);

/* redis_whole.c */
enum iv_code iv_redis_stats(void *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                            struct iv_store_stats *out, struct iv_error *err);
enum iv_code iv_redis_backup(void *st, const char *path, void (*let_others)(void *arg), void *arg,
                             struct iv_error *err);
enum iv_code iv_redis_check(void *st, struct iv_error *err);

#endif

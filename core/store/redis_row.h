/* redis_row.h - how records stand in Redis. Shared by the redis*.c files only.
 *
 *   ic:s:ID            hash, the session's columns (columns.h)
 *   ic:t:ID  ic:e:ID   lists, its turns and its events, as JSON; their places are their numbers
 *   ic:d:ID            hash, its documents by name; ic:d: those of the store
 *   ic:all             sorted set, every session by its creation;
 *   ic:all:u:USER  ic:all:s:STATUS  ic:all:us:STATUS:USER   the same of a user, in a state, and both
 *   ic:due             sorted set, open sessions by when time will end them
 *   ic:k:ID  ic:keys   a key as JSON; every key by its creation
 *   ic:kh:HASH         the id of the key whose secret, or former secret, has the hash
 *   ic:admins          hash, administrators by name, as JSON
 *   ic:done:TOKEN      the last group that a process got through: what it asks when a reply was lost
 */
#ifndef IV_STORE_REDIS_ROW_H
#define IV_STORE_REDIS_ROW_H

#include "store/backend.h"
#include "store/redis_link.h"

#define REDIS_DUE "ic:due"
#define REDIS_ALL "ic:all"
#define REDIS_KEYS "ic:keys"
#define REDIS_ADMINS "ic:admins"
#define REDIS_NAME_BYTES (IV_USER_ID_MAX * 4 + 64)

/* Names: prefix "ic:s:" and its like, and what stands behind it. */
struct redis_name {
    char text[REDIS_NAME_BYTES];
};
struct redis_name iv_redis_name(const char *prefix, const char *id);
/* The index that holds the sessions of a user (NULL: all) in a state (-1: any). */
struct redis_name iv_redis_index(const char *user_id, int status);

/* Adds HSET or HMGET of every column. */
void iv_redis_set_session(struct redis_batch *b, const struct iv_session *s);
void iv_redis_ask_session(struct redis_batch *b, const char *id);
/* Of the reply to the latter. IV_E_SESSION_NOT_FOUND, IV_E_DATA. */
enum iv_code iv_redis_read_session(const redisReply *r, const char *id, struct iv_session *out,
                                   struct iv_error *err);

enum iv_code iv_redis_print_turn(const struct iv_turn *t, struct iv_buf *out, struct iv_error *err);
/* The caller releases *t, also after a failure. */
enum iv_code iv_redis_read_turn(const redisReply *r, int64_t number, struct iv_turn *t,
                                struct iv_error *err);
enum iv_code iv_redis_print_key(const struct iv_key *key, struct iv_buf *out, struct iv_error *err);
enum iv_code iv_redis_read_key(const redisReply *r, struct iv_key *out, struct iv_error *err);
struct redis_name iv_redis_hash_name(const unsigned char hash[IV_KEY_HASH_BYTES]);
enum iv_code iv_redis_print_admin(const struct iv_admin *admin, struct iv_buf *out,
                                  struct iv_error *err);
enum iv_code iv_redis_read_admin(const redisReply *r, struct iv_admin *out, struct iv_error *err);

#endif

/* redis_group.h - a store in Redis, and the group of changes under way. Shared by the redis*.c files only.
 *
 * How:     within a group each record is watched before it is read, changes wait in a batch, and commit sends them as one
 *          transaction, which Redis refuses when somebody else changed what was watched. What the group changed is remembered here,
 *          because Redis does not know of it yet.
 */
#ifndef IV_STORE_REDIS_GROUP_H
#define IV_STORE_REDIS_GROUP_H

#include "store/redis_row.h"

/* A session that the group read or changed. */
struct redis_touched {
    struct iv_session is;
    bool was_there, is_there;
    int was_status; /* as Redis knows it */
    int64_t n_turns; /* -1: not asked yet */
};
struct redis_store {
    struct redis_link link;
    iv_ctx *ctx;
    bool in_group;
    struct redis_batch asked; /* being put together; empty between calls */
    struct redis_batch pending; /* changes of the group */
    struct redis_touched *touched;
    size_t n_touched, cap_touched;
    struct iv_key *keys; /* changed in the group */
    size_t n_keys, cap_keys;
    char token[33]; /* names this process in Redis */
    int64_t done; /* groups that got through */
};

enum iv_code iv_redis_begin(void *st, struct iv_error *err);
enum iv_code iv_redis_commit(void *st, struct iv_error *err);
void iv_redis_rollback(void *st);
enum iv_code iv_redis_mark(void *st, struct iv_error *err);
void iv_redis_keep(void *st);
enum iv_code iv_redis_undo(void *st, struct iv_error *err);

/* Runs r->asked. Outside a group a connection that broke is made anew, once. */
enum iv_code iv_redis_get(struct redis_store *r, struct redis_replies *out, struct iv_error *err);
/* In a group: WATCH, ahead of what reads the name. True when it takes a reply of its own. */
bool iv_redis_watch(struct redis_store *r, const char *name);
/* The session as the group sees it, remembered; NULL with *rc when there is none or on a failure. Valid until the next call. */
struct redis_touched *iv_redis_touch(struct redis_store *r, const char *id, enum iv_code *rc,
                                     struct iv_error *err);
/* One more, which was just read. */
struct redis_touched *iv_redis_remember(struct redis_store *r, const struct iv_session *s,
                                        struct iv_error *err);
const struct redis_touched *iv_redis_find_touched(const struct redis_store *r, const char *id);

#endif

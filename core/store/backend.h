/* backend.h - what a place that keeps sessions must do. store.c and group.c call these with the store's lock held.
 *
 * A back end is a file with one exported struct, named in store.c's list. It keeps what it is given; rules about time, limits
 * and input stand in store.c, once for all. The id, user_id and created_ms of a session never change: update() refuses.
 */
#ifndef IV_STORE_BACKEND_H
#define IV_STORE_BACKEND_H

#include "iv/store.h"
#include "iv/store_keys.h"

struct iv_store_ops {
    const char *name;
    size_t state_size; /* zeroed block given to every call as `st`; store.c owns it */
    enum iv_code (*open)(void *st, iv_ctx *ctx, const char *path, struct iv_error *err);
    void (*close)(void *st);
    /* A group of changes: all or nothing, durable when commit returns. Nobody else comes between its reads and its writes: a back
     * end that other processes write to finds out at commit whether what the group read is still so; if not, commit fails with
     * IV_E_BUSY and the changes are run again. */
    enum iv_code (*begin)(void *st, struct iv_error *err);
    enum iv_code (*commit)(void *st, struct iv_error *err);
    void (*rollback)(void *st);
    /* One change of the group: a mark, then keep it or go back to it. A failed undo means that the whole group is gone. */
    enum iv_code (*mark)(void *st, struct iv_error *err);
    void (*keep)(void *st);
    enum iv_code (*undo)(void *st, struct iv_error *err);
    /* After a group, when nobody waits for it: what may be done later. */
    void (*tidy)(void *st);

    enum iv_code (*insert)(void *st, const struct iv_session *s, struct iv_error *err);
    enum iv_code (*get)(void *st, const char *id, struct iv_session *out, struct iv_error *err);
    enum iv_code (*update)(void *st, const struct iv_session *s, struct iv_error *err);
    enum iv_code (*remove)(void *st, const char *id, struct iv_error *err);
    enum iv_code (*list)(void *st, const struct iv_session_filter *f, struct iv_session **rows,
                         size_t *n, int64_t *total, struct iv_error *err);
    /* Sessions whose time is over by `now` and that are not marked so yet. */
    enum iv_code (*due)(void *st, int64_t now_ms, struct iv_session **rows, size_t *n,
                        struct iv_error *err);
    enum iv_code (*count_open)(void *st, const char *user_id, int64_t *out, struct iv_error *err);

    enum iv_code (*add_turn)(void *st, const char *id, const struct iv_turn *t,
                             struct iv_error *err);
    enum iv_code (*turns)(void *st, const char *id, struct iv_turn **rows, size_t *n,
                          struct iv_error *err);
    enum iv_code (*add_event)(void *st, const char *id, const char *json, struct iv_error *err);
    enum iv_code (*events)(void *st, const char *id, int64_t from_seq,
                           int (*fn)(void *arg, int64_t seq, const char *json), void *arg,
                           struct iv_error *err);
    enum iv_code (*doc_get)(void *st, const char *id, const char *name, struct iv_buf *out,
                            struct iv_error *err);
    enum iv_code (*doc_put)(void *st, const char *id, const struct iv_doc *doc,
                            struct iv_error *err);
    enum iv_code (*stats)(void *st, const char *user_id, int64_t from_ms, int64_t to_ms,
                          struct iv_store_stats *out, struct iv_error *err);
    enum iv_code (*key_insert)(void *st, const struct iv_key *key, struct iv_error *err);
    enum iv_code (*key_update)(void *st, const struct iv_key *key, struct iv_error *err);
    enum iv_code (*key_get)(void *st, const char *id, struct iv_key *out, struct iv_error *err);
    /* By hash or former. */
    enum iv_code (*key_find)(void *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                             struct iv_key *out, struct iv_error *err);
    enum iv_code (*key_list)(void *st, struct iv_key **rows, size_t *n, struct iv_error *err);
    enum iv_code (*admin_get)(void *st, const char *name, struct iv_admin *out,
                              struct iv_error *err);
    enum iv_code (*admin_put)(void *st, const struct iv_admin *admin, struct iv_error *err);
    /* In pieces; between two of them let_others(arg) lets go of the lock for a moment, and the store may change. */
    enum iv_code (*backup)(void *st, const char *path, void (*let_others)(void *arg), void *arg,
                           struct iv_error *err);
    enum iv_code (*check)(void *st, struct iv_error *err);
};

extern const struct iv_store_ops iv_store_memory, iv_store_sqlite, iv_store_redis;

/* Figures for stats where a back end has no sums of its own. */
struct iv_store_sums {
    struct iv_store_stats stats;
    int64_t duration_ms, ended, latency_ms, latencies;
};
void iv_store_stats_add(struct iv_store_sums *sums, const struct iv_session *s);
struct iv_store_stats iv_store_stats_of(const struct iv_store_sums *sums);

enum iv_code iv_store_no_session(const char *id, struct iv_error *err);
enum iv_code iv_store_other_owner(const char *id, struct iv_error *err);
enum iv_code iv_store_no_memory(struct iv_error *err);
enum iv_code iv_store_no_doc(const char *id, const char *name, struct iv_error *err);
enum iv_code iv_store_wrong_turn(const char *id, int64_t number, int64_t next,
                                 struct iv_error *err);
enum iv_code iv_store_no_key(const char *id, struct iv_error *err);
enum iv_code iv_store_no_admin(struct iv_error *err);
/* Deep copy of a turn; IV_E_NOMEM leaves *to released. */
enum iv_code iv_turn_copy(struct iv_turn *to, const struct iv_turn *from, struct iv_error *err);

/* IV_E_USAGE for text that is not UTF-8 and for numbers that are none. */
enum iv_code iv_store_check_session(const struct iv_session *s, struct iv_error *err);
enum iv_code iv_store_check_step(const struct iv_step *step, struct iv_error *err);
enum iv_code iv_store_check_doc(const struct iv_doc *doc, struct iv_error *err);
enum iv_code iv_store_check_key(const struct iv_key *key, struct iv_error *err);
enum iv_code iv_store_check_admin(const struct iv_admin *admin, struct iv_error *err);

#endif

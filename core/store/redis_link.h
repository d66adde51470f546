/* redis_link.h - one connection to Redis: commands in batches, replies in their order. Shared by the redis*.c files only.
 *
 * Why:     a store asks many small things; what can be asked together travels together.
 * Owns:    a batch owns its bytes, replies are released with iv_redis_replies_release().
 * Threads: one user at a time: the store's lock. The process ignores SIGPIPE: the library writes to whatever broke.
 * Units:   milliseconds.
 * Errors:  IV_E_REDIS: not reached in time, or refused; the text names the server, never the password. A connection that broke is
 *          made anew by the next iv_redis_ready().
 */
#ifndef IV_STORE_REDIS_LINK_H
#define IV_STORE_REDIS_LINK_H

#include "iv/buf.h"
#include "iv/ctx.h"
#include "store/hiredis.h"

#define IV_REDIS_BATCH_MAX (64u << 20)

struct redis_batch {
    struct iv_buf bytes; /* commands as the protocol has them */
    size_t n;
};
#define REDIS_BATCH_INIT                                                                           \
    {                                                                                              \
        .bytes = IV_BUF_INIT(IV_REDIS_BATCH_MAX)                                                   \
    }
struct redis_replies {
    redisReply **items;
    size_t n;
};

struct redis_link {
    redisContext *c; /* NULL: not connected */
    char *host, *socket, *user, *password; /* socket NULL: TCP */
    int port, database;
    char where[256]; /* for people */
    int64_t timeout_ms, replicas;
    bool is_strict; /* only where each write is on disk before it is acknowledged */
    int64_t down_until_ms; /* of the monotonic clock: until then nothing is tried */
    int64_t client_id; /* Redis's name for the connection, or for the last one */
    bool is_slow; /* the last connection was given up because no answer came in time */
    bool
        is_stale; /* the server said that it is no place to write: after a fail-over another may stand behind the name */
};

/* url: redis://[user:password@]host[:port][/database], unix:PATH[?db=database] or redis+unix://PATH[?db=database]; %40 and its like
 * stand for characters of user and password. Does not connect. IV_E_CONFIG. */
enum iv_code iv_redis_link_init(struct redis_link *l, iv_ctx *ctx, const char *url,
                                struct iv_error *err);
void iv_redis_link_release(struct redis_link *l);
/* Connected, now: asks whether it still is. A stale connection is made anew. */
enum iv_code iv_redis_ready(struct redis_link *l, struct iv_error *err);

/* A command of strings, NULL at the end; or of bytes. */
void iv_redis_add(struct redis_batch *b, const char *command, ...) __attribute__((sentinel));
void iv_redis_add_bytes(struct redis_batch *b, size_t n, const char **parts, const size_t *lens);
void iv_redis_batch_release(struct redis_batch *b);
/* Sends them all, then reads them all, and empties the batch. A reply that is an error is one: out is empty then. */
enum iv_code iv_redis_run(struct redis_link *l, struct redis_batch *b, struct redis_replies *out,
                          struct iv_error *err);
/* The same for a batch that may hold replies that are errors. */
enum iv_code iv_redis_exchange(struct redis_link *l, struct redis_batch *b,
                               struct redis_replies *out, struct iv_error *err);
void iv_redis_replies_release(struct redis_replies *r);

enum iv_code iv_redis_refused(const struct redis_link *l, const char *what, struct iv_error *err);
/* Of a reply that should be a number or a text; 0 and "" for any other. */
int64_t iv_redis_number(const redisReply *r);
const char *iv_redis_text(const redisReply *r);
bool iv_redis_is_nil(const redisReply *r);

#endif

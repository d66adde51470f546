/* own.h - the server from inside: what its parts share.
 *
 * Threads: each field names its own.
 */
#ifndef IV_SERVER_OWN_H
#define IV_SERVER_OWN_H

#include <pthread.h>
#include <stdatomic.h>

#include "http.h"
#include "iv/config.h"
#include "iv/ctx.h"
#include "iv/keys.h"
#include "iv/rate.h"
#include "iv/store.h"
#include "pool.h"
#include "ws/live.h"

/* From a wish to the loop's attention to it: how many took up to so long. The last bucket: longer. */
#define IV_LAG_BUCKETS 9
extern const int64_t iv_lag_bounds_us[IV_LAG_BUCKETS - 1];

struct iv_once; /* replies kept for Idempotency-Key: once.c */

struct iv_server {
    iv_ctx *ctx;
    const struct iv_config *config;
    iv_store *store;
    iv_lives *lives;
    iv_pool *pool;
    struct iv_once *once;
    iv_keys *keys;
    pthread_mutex_t sockets_lock;
    struct socket_link *sockets; /* {sockets_lock} WebSockets that are open */
    iv_rate *by_key, *by_address; /* requests a minute; the second for those without a good key */
    char base[512]; /* what clients see, without serve.public_url: "http://127.0.0.1:8000" */
    const char *local; /* path of the own user's socket; NULL: none is open */
    bool is_tls;
    int64_t started_ms;
    pthread_mutex_t health_lock;
    struct {
        int64_t at_us; /* 0: nobody has asked yet */
        int status;
        size_t len;
        char text[4096];
    } health; /* {health_lock} what /health said last */
    atomic_int_least64_t used_us; /* monotonic: the last request or connection */
    atomic_uint_least64_t requests, refused; /* since the start */
    atomic_uint_least64_t by_status[6]; /* 1xx .. 5xx; 0: none */
    atomic_uint_least64_t lags[IV_LAG_BUCKETS], lag_sum_us;
};

/* once.c - the first reply to a key is given again, for a day. */
struct iv_once *iv_once_new(void);
void iv_once_free(struct iv_once *o);
/* known: the reply is filled with the first one. Else go on, and end it. IV_E_STATE while the first is under way; IV_E_USAGE for
 * another body with the same key. */
enum iv_code iv_once_begin(struct iv_server *s, const struct iv_request *q, struct iv_reply *r,
                           bool *known, struct iv_error *err);
/* Keeps the reply; NULL: it failed, the key is free again. */
void iv_once_end(struct iv_server *s, const struct iv_request *q, const struct iv_reply *r);

/* status.c - the last reply of /health, while it is fresh. [any], returns at once. */
bool iv_health_again(struct iv_server *s, struct iv_reply *r);

/* local.c - is this connection one of the own user, at the own user's socket? */
bool iv_local_is_own(const struct iv_server *s, int fd);

/* notify.c - systemd's protocol; nothing where there is no systemd. */
void iv_notify(const char *state);
int64_t iv_notify_watchdog_us(void); /* 0: none is wanted */

/* socket.c: closes what this key has open; an iv_key_watch, arg: the server. */
void iv_sockets_revoke(void *server, const char *key_id);

/* urls.c - what a session's object carries beside its record. */
#define IV_URL_BYTES 1024
struct iv_urls { /* for the sessions of one reply */
    const struct iv_server *server;
    const struct iv_request *request;
    int64_t until_ms;
    char base[512], room[IV_URL_BYTES], socket[IV_URL_BYTES];
};
void iv_urls_begin(const struct iv_server *s, const struct iv_request *q, struct iv_urls *out);
void iv_urls_of(void *urls, const char *session_id, struct iv_session_urls *out);
void iv_urls_session(const struct iv_server *s, const struct iv_request *q, iv_json *session);
void iv_urls_summary(const struct iv_server *s, const char *base, const char *session_id,
                     iv_json *summary);

#endif

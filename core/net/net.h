/* net.h - every socket out of this program: HTTP calls and WebSocket streams to providers; for core's back ends only.
 *
 * Why:     timeouts, retries, breakers, limits, the list of hosts and --offline are decided here once, so that no provider can forget one.
 * How:     http.c drives one curl_multi, ws.c one libwebsockets client context, each on a thread of its own, however many calls
 *          there are. What they find is told on the net thread only.
 * Owns:    a call copies its request (URL, headers, body); functions and `arg` are borrowed until its release returns.
 * Threads: open, send, release, post: [any]. Callbacks: the net thread, one at a time for the whole of iv_net. They must not block.
 *          After a release returns no callback of that call runs any more; a callback may release its own call.
 * Units:   milliseconds of the net clock; bytes.
 * Errors:  a call that cannot begin (offline, host not allowed, breaker open, bad URL) fails in open with the text; whatever happens
 *          later comes through on_done or on_close, exactly once. IV_E_UNAVAILABLE: offline, breaker, library not installed;
 *          IV_E_CONFIG: URL or host (its text names net.allow); IV_E_STATE: iv_net_free() was called.
 * Hosts:   those of the built-in services, of every *.base_url setting, of `server` and of net.allow. A name must resolve to public addresses
 *          unless net.local is on; a URL that itself says localhost or an address may be anywhere, for that is what its setting
 *          means. Without TLS only such hosts are spoken to, or any with net.local. Where net.proxy is used the proxy resolves.
 *          A Unix socket leads nowhere out: neither the lists nor --offline are asked about it.
 * Source:  retry classes and timeouts: shared provider contract "errors"; retry budget: a share of the calls (Finagle's RetryBudget);
 *          breaker: closed, open, half-open (Nygard, Release It!).
 */
#ifndef IV_NET_NET_H
#define IV_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/ctx.h"

#define NET_ERROR_BODY_BYTES (16u << 10) /* kept of an answer that refuses */
#define NET_BODY_BYTES (1u << 20)
#define NET_REASON_BYTES 124
#define NET_ID_BYTES 80

typedef struct iv_net iv_net;

/* The context's own, made at the first call. */
enum iv_code iv_net_of(iv_ctx *ctx, iv_net **out, struct iv_error *err);

/* May services be asked at all? When not, `why` says so: offline, or a build without libcurl. Nothing is started. */
bool iv_net_is_possible(const iv_ctx *ctx, char *why, size_t why_bytes);

/* For tests: an own one with its own clock. A manual clock needs iv_net_wake() after it was moved. */
enum iv_code iv_net_new(iv_ctx *ctx, const struct iv_clock *clock, iv_net **out,
                        struct iv_error *err);
/* Ends what is under way: NET_CANCELLED. Posts made before still run, timers do not. Releases may come later. Not from a callback. */
void iv_net_free(iv_net *net);
void iv_net_wake(iv_net *net);

/* Run fn on the net thread, in order. IV_E_NOMEM. */
enum iv_code iv_net_post(iv_net *net, void (*fn)(void *arg), void *arg, struct iv_error *err);

/* The same, and waits until it has run. Not on the net thread. Where it cannot be queued fn runs here: then no thread is there. */
void iv_net_run(iv_net *net, void (*fn)(void *arg), void *arg);

/* Once, after ms. NULL without memory. Release also when it has run. */
typedef struct net_timer net_timer;
net_timer *iv_net_after(iv_net *net, int64_t ms, void (*fn)(void *arg), void *arg);
void iv_net_timer_release(net_timer *t);

/* -- what can happen -- */

enum net_failure {
    NET_OK,
    NET_OFFLINE,
    NET_NOT_ALLOWED, /* host not on the list, or an address that is not public */
    NET_BREAKER, /* too many faults lately: not even tried */
    NET_DNS,
    NET_CONNECT,
    NET_TLS,
    NET_RESET, /* the connection was lost before the end */
    NET_CONNECT_TIMEOUT, /* also a WebSocket handshake that takes too long */
    NET_FIRST_TIMEOUT,
    NET_GAP_TIMEOUT,
    NET_TOTAL_TIMEOUT,
    NET_TOO_LARGE,
    NET_PROTOCOL, /* not HTTP, or on_data refused it */
    NET_STATUS, /* an answer that is not 2xx (redirects too: they are not followed); a refused upgrade */
    NET_CLOSED, /* the other side closed the WebSocket */
    NET_CANCELLED
};

struct net_timing { /* microseconds from the start of the last try; -1: did not happen */
    int64_t connected_us, sent_us, first_byte_us, done_us;
    bool reused; /* an open connection was there */
};

struct net_outcome {
    enum net_failure failure;
    int status; /* HTTP; 0: none came */
    int close_code; /* WebSocket; 0: none came, 1005: a Close without one. libwebsockets shows 1012 to 1014 as 1002 */
    char reason[NET_REASON_BYTES]; /* of the close, UTF-8 checked */
    const char *content_type; /* "" when unknown */
    const char *
        body; /* the collected body; of a refusal its first NET_ERROR_BODY_BYTES. NUL-terminated, never NULL */
    size_t body_len;
    int64_t retry_after_ms; /* retry-after-ms, else Retry-After; -1: none */
    int should_retry; /* x-should-retry: 1, 0; -1: none */
    int64_t date_ms; /* header Date, wall clock; -1: none */
    char request_id[NET_ID_BYTES]; /* x-request-id, dg-request-id, x-trace-id ... */
    char text[200]; /* what happened, for people: host and stage, never a path's query or a key */
    struct net_timing timing;
    int tries;
};

/* What a provider makes of it: rows of its table in the contract "errors". */
enum net_class {
    NET_FAIL, /* N */
    NET_RETRY, /* R: up to net.retries, 0.5 s, 1 s ... times 0.75..1.0 */
    NET_RETRY_ONCE,
    NET_WAIT, /* W: as told by retry_after_ms; too long: fails */
    NET_FIX, /* F, C: nothing to do here; the provider changes something and opens a new call */
    NET_IGNORE /* a success after all */
};
struct net_verdict {
    enum iv_code code; /* IV_OK with NET_IGNORE */
    enum net_class class;
    char text[240];
};

/* -- HTTP -- */

struct net_header {
    const char *name, *value;
};
struct net_part { /* multipart/form-data */
    const char *name, *filename, *type; /* filename, type: NULL for a plain field */
    const void *data;
    size_t len;
};
struct net_timeouts { /* 0: not limited */
    /* Of one try. first_byte: from the last byte sent to the first of the body; gap: between two pieces of it. */
    int64_t connect_ms, first_byte_ms, gap_ms, total_ms;
    int64_t budget_ms; /* of all tries with their waits; 0: a single wait may take net.wait */
};

struct net_request {
    const char *service; /* "llm.openai": name of the breaker, the log lines, the health row */
    const char *method, *url;
    const char *socket; /* a Unix socket of this machine in place of the URL's host; NULL: none */
    const struct net_header *headers;
    size_t n_headers;
    const void *body; /* NULL: none */
    size_t body_len;
    const struct net_part *parts; /* instead of body */
    size_t n_parts;
    struct net_timeouts timeouts;
    size_t max_body; /* most that a 2xx answer may hold; 0: NET_BODY_BYTES */
    /* A piece of a 2xx body. false: it makes no sense (NET_PROTOCOL). NULL: the body is collected for on_done. */
    bool (*on_data)(void *arg, const char *data, size_t len, const char *content_type);
    /* Before another try: forget what came. true: the listener has got something already, so there must be no other try.
     * NULL: any piece given to on_data counts as delivered. */
    bool (*is_delivered)(void *arg);
    /* After each try but a cancelled one, also after a good one (NET_OK: an answer may be empty, or end too early). *v holds what the
     * transport thinks: IV_OK and NET_IGNORE after NET_OK; else IV_E_UNAVAILABLE, o->text, and NET_RETRY where that may help,
     * NET_WAIT for 429 and 503. NULL: that is taken. */
    void (*judge)(void *arg, const struct net_outcome *o, struct net_verdict *v);
    void (*on_done)(void *arg, const struct net_outcome *o, const struct net_verdict *v);
    void *arg;
};
typedef struct net_call net_call;
enum iv_code iv_net_call(iv_net *net, const struct net_request *r, net_call **out,
                         struct iv_error *err);
/* Ends it; on_done(NET_CANCELLED) follows on the net thread. [any] */
void iv_net_call_cancel(net_call *c);
void iv_net_call_release(net_call *c);

/* Open a connection before it is needed (DNS, TCP, TLS); it stays for the next call to the host. Failures are silent. */
void iv_net_warm(iv_net *net, const char *url);

/* -- WebSocket -- */

struct net_ws_request {
    const char *service, *url; /* ws:// or wss:// */
    const struct net_header *headers;
    size_t n_headers;
    int64_t handshake_ms;
    size_t max_message, max_queued; /* bytes: of one message in, of what waits to be sent */
    void (*on_open)(void *arg);
    void (*on_message)(void *arg, const char *data, size_t len, bool is_text); /* whole messages */
    void (*on_close)(void *arg, const struct net_outcome *o);
    void *arg;
};
typedef struct net_ws net_ws;
enum iv_code iv_net_ws_open(iv_net *net, const struct net_ws_request *r, net_ws **out,
                            struct iv_error *err);
/* Copies; also before the handshake is done. IV_E_BUSY over max_queued, IV_E_STATE after the close. [any] */
enum iv_code iv_net_ws_send(net_ws *w, const void *data, size_t len, bool is_text,
                            struct iv_error *err);
size_t iv_net_ws_queued(const net_ws *w);
/* After what is queued, a Close frame; on_close(NET_OK) follows within 2 s, whatever the other side does. [any] */
void iv_net_ws_close(net_ws *w, int code);
void iv_net_ws_release(net_ws *w); /* drops it at once where it is still open */

/* The fault of a provider that the transport did not see (silence, nonsense): counts for breaker and health. */
void iv_net_report(iv_net *net, const char *service, bool is_good);

/* -- health -- */

enum net_state { NET_CLOSED_STATE, NET_HALF_OPEN, NET_OPEN };
struct net_health {
    char service[48];
    enum net_state state;
    uint64_t calls, faults, retries, connections, reused;
    int64_t last_ms; /* wall clock of the last call; 0: none */
    char last_fault[200];
};
size_t iv_net_health(iv_net *net, struct net_health *out, size_t max);

#endif

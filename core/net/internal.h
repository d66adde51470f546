/* net/internal.h - what the files of this room share: the net thread, its queue and clock, services, calls.
 *
 * How:     everything that another thread wants is an op in one queue; the net thread runs them in order. An op lives inside the
 *          object that it is about, so that cancel and release cannot fail for want of memory.
 * Gates:   a callback runs between iv_net_enter() and iv_net_leave(); iv_net_retire() closes the gate, waits where the callback runs
 *          at that moment on the net thread, and has the object dropped there. So nothing runs after a release.
 * Threads: {lock}: net->lock. {net}: the net thread only.
 */
#ifndef IV_NET_INTERNAL_H
#define IV_NET_INTERNAL_H

#include <pthread.h>
#include <stddef.h>

#include "iv/buf.h"
#include "iv/config.h"
#include "net/allow.h"
#include "net/answer.h"
#include "net/breaker.h"
#include "net/net.h"
#include "net/policy.h"

#define IV_OWNER(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

struct net_op {
    struct net_op *next; /* {lock} */
    void (*run)(struct net_op *op); /* {net} */
    bool is_queued; /* {lock} */
};

struct net_gate {
    bool is_closed; /* {lock} */
};

struct net_alarm { /* {net} a timer of this room: no gate, no op */
    struct net_alarm *prev, *next;
    int64_t at_us;
    void (*ring)(struct net_alarm *a);
    bool is_set;
};

struct net_service {
    struct net_service *next;
    struct net_breaker breaker; /* {lock} */
    struct net_budget budget; /* {lock} */
    struct net_health health; /* {lock} */
};

struct net_streams; /* ws.c */
struct net_lookup; /* resolve.c */
struct net_curl; /* http.c */

struct iv_net {
    const struct iv_clock *clock;
    const struct iv_config *config;
    struct iv_config *own_config;
    const struct iv_log *log;
    pthread_mutex_t lock;
    pthread_cond_t quiet; /* a callback returned */
    pthread_t thread;
    int wake_fd;
    bool has_thread, is_stopping, is_stopped; /* {lock} */
    size_t refs; /* {lock} */
    struct net_op *first, *last; /* {lock} */
    const struct net_gate *running; /* {lock} whose callback runs */
    struct net_service *services; /* {lock} only grows */
    uint64_t random; /* {lock} */
    struct net_alarm alarms; /* {net} ring, soonest first */
    net_call *calls; /* {net} under way */
    struct net_curl *curl; /* {net} from the first call on */
    struct net_streams *streams; /* {lock} from the first stream on */
    struct net_lookup *lookups; /* {net} */
};

int64_t iv_net_now_us(const iv_net *net);

/* IV_E_STATE after iv_net_free() began, IV_E_NOMEM without a thread. */
enum iv_code iv_net_start(iv_net *net, struct iv_error *err);
void iv_net_ref(iv_net *net);
void iv_net_unref(iv_net *net);
void iv_net_queue(iv_net *net, struct net_op *op); /* nothing when it is queued already */
bool iv_net_enter(iv_net *net, const struct net_gate *g);
void iv_net_leave(iv_net *net);
void iv_net_retire(iv_net *net, struct net_gate *g, struct net_op *drop);
bool iv_net_is_stopping(iv_net *net);

void iv_alarm_set(iv_net *net, struct net_alarm *a, int64_t at_us);
void iv_alarm_clear(struct net_alarm *a);

/* For tests: the same jitter every time. */
void iv_net_seed(iv_net *net, uint64_t seed);
double iv_net_chance(iv_net *net); /* 0..1 */

/* -- services: breaker, budget and health by name; [any] -- */

/* IV_E_UNAVAILABLE while the breaker is open. */
enum iv_code iv_service_admit(iv_net *net, const char *name, struct net_service **out,
                              bool *is_probe, struct iv_error *err);
struct net_try_result {
    enum net_failure failure;
    int status;
    int new_connections;
    bool reused, is_probe;
    const char *text;
};
void iv_service_tell(iv_net *net, struct net_service *s, const struct net_try_result *r);
bool iv_service_may_retry(iv_net *net, struct net_service *s);
void iv_services_free(iv_net *net);

/* -- calls -- */

enum net_stage { NET_CONNECTING, NET_ASKED, NET_ANSWERING };

struct net_try {
    void *easy; /* CURL, curl_slist, curl_mime: http.c's */
    void *headers, *mime;
    char said[256]; /* libcurl's words: CURL_ERROR_SIZE */
    struct net_answer answer;
    struct iv_buf body;
    size_t received, head_bytes;
    enum net_stage stage;
    int64_t start_us, connected_us, sent_us, first_us, last_us, done_us;
    int64_t sent_bytes;
    enum net_failure why; /* decided by a callback before libcurl ended */
    bool is_head_whole, reused, is_blocked, was_given;
    int new_connections;
};

struct net_call {
    struct net_gate gate;
    struct net_op begin, cancel, drop;
    struct net_alarm alarm;
    net_call *prev, *next;
    iv_net *net;
    struct net_service *service; /* NULL: none asked for */
    struct net_request r; /* its pointers lead into `copy` */
    char *copy;
    struct net_url url;
    const char *proxy; /* of the configuration */
    enum { CALL_NEW, CALL_TRYING, CALL_WAITING, CALL_OVER } state; /* {net} */
    bool is_probe;
    int tries;
    int64_t begun_us;
    struct net_try t;
};

/* {net} call.c, told by http.c */
void iv_call_over(net_call *c, enum net_failure failure);
void iv_calls_stop(iv_net *net);
bool iv_call_data(net_call *c, const char *data, size_t len);
void iv_call_stage(net_call *c, enum net_stage stage);
/* request.c, [any] */
enum iv_code iv_call_check(const struct net_request *r, struct iv_error *err);
enum iv_code iv_call_copy(net_call *c, const struct net_request *r, struct iv_error *err);
void iv_call_free(net_call *c); /* wipes: headers hold keys */
/* IV_E_USAGE: names and values that would break the head of a request. */
enum iv_code iv_net_check_headers(const struct net_header *h, size_t n, struct iv_error *err);

void iv_outcome_say(struct net_outcome *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* http.c; [any] */
enum iv_code iv_http_ready(struct iv_error *err);
/* {net} */
bool iv_http_begin(net_call *c); /* false: out of memory */
void iv_http_end(net_call *c);
void iv_http_turn(iv_net *net);
/* Waits for sockets and for the wake descriptor. */
void iv_http_wait(iv_net *net, int timeout_ms);
void iv_http_stop(iv_net *net);

/* {net} ws.c */
void iv_streams_stop(iv_net *net);
void iv_streams_free(iv_net *net);

#endif

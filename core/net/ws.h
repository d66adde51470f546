/* net/ws.h - what ws.c (net thread) and ws_loop.c (libwebsockets' thread) share.
 *
 * How:     the net thread gives orders (bits in a stream, a list of streams that have some); the loop thread puts what it finds into
 *          the stream and has its `tell` op queued. Both lists are bounded: orders are bits, what comes in stops the reading of that
 *          connection when too much of it waits, what goes out is refused over max_queued.
 * Threads: {s}: streams->lock. {net}, {loop}: that thread only.
 */
#ifndef IV_NET_WS_H
#define IV_NET_WS_H

#include "net/internal.h"
#include "net/resolve.h"

struct lws;
struct lws_context;
struct lws_vhost;
struct lws_context_creation_info;

#define WS_HEAD 16 /* room that libwebsockets wants before what it sends: LWS_PRE */
#define WS_CLOSE_MS 2000

enum { WS_CONNECT = 1, WS_WRITE = 2, WS_ABORT = 4, WS_RESUME = 8 }; /* orders */

struct ws_message {
    struct ws_message *next;
    size_t len;
    bool is_text;
    char data[]; /* WS_HEAD bytes, the message, a NUL */
};

struct ws_queue {
    struct ws_message *first, *last;
    size_t bytes;
};

struct ws_news { /* what the loop found */
    bool is_open, is_over;
    enum net_failure failure;
    int close_code;
    char reason[NET_REASON_BYTES];
    char said[160]; /* libwebsockets' words */
    struct net_answer answer;
    char *body; /* of a refusal; NUL-terminated */
    size_t body_len;
};

struct net_ws {
    struct net_gate gate;
    struct net_op begin, tell, drop;
    struct net_alarm alarm;
    struct net_waiter waiter;
    net_ws *prev, *next; /* {net} under way */
    iv_net *net;
    struct net_streams *s;
    struct net_service *service;
    bool is_probe; /* {net} */
    struct net_ws_request r; /* its pointers lead into `copy` */
    char *copy;
    size_t copy_len;
    struct net_url url;
    const char *proxy;
    enum { WS_NEW, WS_CONNECTING, WS_OPEN, WS_OVER } state; /* {net} */
    int64_t begun_us, open_us; /* {net} */

    size_t refs; /* {s} owner, loop, a queued order, a queued tell */
    net_ws *next_order; /* {s} */
    unsigned orders; /* {s} */
    bool is_listed, is_telling; /* {s} */
    bool is_closing, is_shut; /* {s} we asked for the end; it is over */
    int close_code; /* {s} ours */
    struct ws_queue out, in; /* {s} */
    struct ws_news news; /* {s} */
    bool is_paused; /* {s} */
    struct net_addresses addresses; /* {s} written before WS_CONNECT is ordered */

    struct lws *wsi; /* {loop} */
    size_t next_address; /* {loop} */
    bool has_asked; /* {loop} the upgrade was sent: TCP and TLS are up */
    bool was_closed_by_peer; /* {loop} */
    bool is_leaving; /* {loop} its owner was told; only the Close frame is to be sent */
    int leaving_code; /* {loop} */
    bool has_sent_close; /* {loop} */
    struct ws_message *part; /* {loop} the message that is coming in */
    size_t part_cap; /* {loop} */
};

struct net_streams {
    pthread_mutex_t lock;
    iv_net *net;
    net_ws *first, *last; /* {lock} that have orders */
    bool is_stopping; /* {lock} */
    struct lws_context *context; /* {lock} to set; {loop} to use, but for lws_cancel_service() */
    pthread_cond_t ordered; /* without a context: something is in the list */
    struct lws_vhost *direct, *by_proxy; /* {loop} */
    char proxy[256]; /* {loop} of by_proxy */
    pthread_t thread; /* {net} */
    bool has_thread; /* {net} */
    net_ws *open; /* {net} under way */
};

enum iv_code iv_ws_ready(struct iv_error *err);
bool iv_ws_loop_start(struct net_streams *s); /* {net} */
void iv_ws_loop_stop(struct net_streams *s); /* {net} joins */
void iv_ws_order(net_ws *w, unsigned orders); /* [any] */
void iv_ws_tell(net_ws *w); /* [any] news or messages are there */
void iv_ws_ref(net_ws *w); /* {s} */
void iv_ws_unref(net_ws *w); /* not {s} */

/* {loop} ws_loop.c */
void iv_ws_fill_info(const struct net_streams *s, const char *proxy,
                     struct lws_context_creation_info *i);
void iv_ws_finish(net_ws *w, enum net_failure failure,
                  const char *said); /* the connection is gone */
void iv_ws_part_from(net_ws *w, struct lws *wsi);
/* {loop} ws_connect.c; what libwebsockets' callback shall return */
void iv_ws_connect(net_ws *w);
int iv_ws_on_handshake(net_ws *w, unsigned char **at, size_t room);
int iv_ws_on_answer(net_ws *w, struct lws *wsi);
int iv_ws_take_body(net_ws *w, const char *data, size_t len);
void iv_ws_on_failed(net_ws *w, struct lws *wsi, const char *said, size_t len);

void iv_ws_put(struct ws_queue *q, struct ws_message *m);
struct ws_message *iv_ws_take(struct ws_queue *q);

#endif

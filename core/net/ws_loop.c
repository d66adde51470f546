/* ws_loop.c - libwebsockets' thread: one context, any number of client connections. How one begins is in ws_connect.c.
 *
 * Traps of libwebsockets 4.1 that are dealt with here: its own name look-up (it is given addresses), redirects (off), extensions
 * (none: permessage-deflate reads freed memory), the environment's http_proxy (it is given one), a refused upgrade whose body it
 * would throw away, SIGPIPE (its handler is put back), a log that is one for the process (it goes to the thread's). */
#include "net/ws.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"
#include "iv_build.h"

#if IV_HAVE_LWS
#include "net/ws_lws.h"

IV_LAZY_DEFINE(iv_lws, IV_LWS_SONAME, IV_LWS_PACKAGE, LWS_FUNCTIONS);

_Static_assert(WS_HEAD >= LWS_PRE, "room before what is sent");

#define HEAD_BYTES (32u << 10) /* of a request: long queries and keys */
#define ANSWER_HEAD_BYTES (16u << 10)
#define CONNECTIONS 2048
#define HANDSHAKE_S 60 /* the net thread's deadline comes first */
#define CLOSE_TOO_BIG 1009
#define CLOSE_NOT_UTF8 1007

static _Thread_local const struct iv_log *log_of_thread;

/* Its error lines may hold a URL: nothing behind a question mark is kept. */
static void log_line(int level, const char *line)
{
    (void)level;
    iv_log(log_of_thread, IV_LOG_DEBUG, "libwebsockets: %.*s", (int)strcspn(line, "?\r\n"), line);
}

enum iv_code iv_ws_ready(struct iv_error *err)
{
    return iv_lazy_load(&iv_lws, err);
}

/* -- to the net thread -- */

static void tell_end(net_ws *w, enum net_failure failure, const char *said)
{
    pthread_mutex_lock(&w->s->lock);
    w->news.is_over = true;
    w->news.failure = w->is_closing && failure != NET_STATUS ? NET_OK : failure;
    if (w->news.failure == NET_OK && !w->news.close_code)
        w->news.close_code = w->close_code;
    snprintf(w->news.said, sizeof w->news.said, "%s", said ? said : "");
    pthread_mutex_unlock(&w->s->lock);
    iv_ws_tell(w);
}

/* The connection is gone: the loop needs the stream no longer. */
void iv_ws_finish(net_ws *w, enum net_failure failure, const char *said)
{
    if (!w->is_leaving)
        tell_end(w, failure, said);
    w->wsi = NULL;
    iv_ws_unref(w);
}

/* No callback of this connection means anything to us any more; libwebsockets ends it in its own time. */
void iv_ws_part_from(net_ws *w, struct lws *wsi)
{
    lws_set_opaque_user_data(wsi, NULL);
    w->wsi = NULL;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len);

static const struct lws_protocols protocols[] = {{"iv", callback, sizeof(void *), 8192, 0, NULL, 0},
                                                 {0}};
/* A peer that says nothing for 20 s is asked, after 35 s it is gone. */
static const lws_retry_bo_t idle = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 35};

void iv_ws_fill_info(const struct net_streams *s, const char *proxy,
                     struct lws_context_creation_info *i)
{
    const char *ca = s->net->config->net_ca_file;

    *i = (struct lws_context_creation_info){
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .ssl_client_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1,
        .client_ssl_ca_filepath = ca && *ca ? ca : NULL,
        .http_proxy_address = proxy,
        .retry_and_idle_policy = &idle,
        .alpn = "http/1.1",
        .pt_serv_buf_size = HEAD_BYTES,
        .max_http_header_data = ANSWER_HEAD_BYTES,
        .max_http_header_pool = CONNECTIONS,
        .fd_limit_per_thread = CONNECTIONS,
        .timeout_secs = HANDSHAKE_S,
    };
}

/* -- open -- */

/* Not at once: libwebsockets goes on parsing what comes in after a callback said no, into a buffer that it did not reset. So what comes
 * is dropped until the Close frame can be sent, and the stream's owner is told now. */
static int end_badly(net_ws *w, struct lws *wsi, int code, enum net_failure why, const char *said)
{
    w->is_leaving = true;
    w->leaving_code = code;
    tell_end(w, why, said);
    lws_callback_on_writable(wsi);
    return 0;
}

static bool add_to_part(net_ws *w, const void *data, size_t len)
{
    struct ws_message *m = w->part;
    size_t need = sizeof *m + WS_HEAD + (m ? m->len : 0) + len + 1;

    if (need > w->part_cap) {
        size_t cap = need > w->part_cap * 2 ? need : w->part_cap * 2;
        struct ws_message *more = iv_realloc_array(m, cap, 1);

        if (!more)
            return false;
        if (!m)
            more->len = 0;
        w->part = m = more;
        w->part_cap = cap;
    }
    if (len)
        memcpy(m->data + WS_HEAD + m->len, data, len);
    m->len += len;
    m->data[WS_HEAD + m->len] = '\0';
    return true;
}

static void hand_over(net_ws *w, struct lws *wsi)
{
    size_t limit = w->r.max_message > (256u << 10) ? w->r.max_message : (256u << 10);
    bool pause;

    pthread_mutex_lock(&w->s->lock);
    iv_ws_put(&w->in, w->part);
    pause = !w->is_paused && w->in.bytes > limit;
    w->is_paused = w->is_paused || pause;
    pthread_mutex_unlock(&w->s->lock);
    w->part = NULL;
    w->part_cap = 0;
    if (pause)
        lws_rx_flow_control(wsi, 0);
    iv_ws_tell(w);
}

static int on_receive(net_ws *w, struct lws *wsi, const void *data, size_t len)
{
    size_t have = w->part ? w->part->len : 0;

    if (w->is_leaving)
        return 0;
    if (len + lws_remaining_packet_payload(wsi) > w->r.max_message - have)
        return end_badly(w, wsi, CLOSE_TOO_BIG, NET_TOO_LARGE, "");
    if (!add_to_part(w, data, len))
        return end_badly(w, wsi, 1011, NET_PROTOCOL, "out of memory");
    if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
        return 0;
    w->part->is_text = !lws_frame_is_binary(wsi);
    if (w->part->is_text && !iv_utf8_valid(w->part->data + WS_HEAD, w->part->len))
        return end_badly(w, wsi, CLOSE_NOT_UTF8, NET_PROTOCOL, "a text that is not UTF-8");
    hand_over(w, wsi);
    return 0;
}

/* It asks again while it waits for the answer: a second -1 would cut the connection. */
static int send_close(net_ws *w, struct lws *wsi, int code)
{
    if (w->has_sent_close)
        return 0;
    w->has_sent_close = true;
    lws_close_reason(wsi, (enum lws_close_status)code, NULL, 0);
    return -1;
}

static int on_writeable(net_ws *w, struct lws *wsi)
{
    struct ws_message *m;
    bool is_closing, has_next;
    int rc = 0, code;

    if (w->is_leaving)
        return send_close(w, wsi, w->leaving_code);
    pthread_mutex_lock(&w->s->lock);
    m = iv_ws_take(&w->out);
    has_next = w->out.first;
    is_closing = w->is_closing;
    code = w->close_code;
    pthread_mutex_unlock(&w->s->lock);
    if (m)
        rc = lws_write(wsi, (unsigned char *)m->data + WS_HEAD, m->len,
                       m->is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY) < 0;
    free(m);
    if (rc)
        return -1;
    if (!m && is_closing)
        return send_close(w, wsi, code);
    if (has_next || is_closing)
        lws_callback_on_writable(wsi);
    return 0;
}

static void on_peer_close(net_ws *w, const unsigned char *in, size_t len)
{
    size_t n = len > 2 ? len - 2 : 0;

    if (n >= NET_REASON_BYTES)
        n = NET_REASON_BYTES - 1;
    w->was_closed_by_peer = true;
    pthread_mutex_lock(&w->s->lock);
    w->news.close_code = len >= 2 ? in[0] << 8 | in[1] : 1005;
    if (n && iv_utf8_valid((const char *)in + 2, n))
        memcpy(w->news.reason, in + 2, n);
    pthread_mutex_unlock(&w->s->lock);
}

static void on_open(net_ws *w)
{
    pthread_mutex_lock(&w->s->lock);
    w->news.is_open = true;
    pthread_mutex_unlock(&w->s->lock);
    iv_ws_tell(w);
}

static int on_stream(net_ws *w, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                     size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return iv_ws_on_handshake(w, in, len);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return iv_ws_on_answer(w, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        return iv_ws_take_body(w, in, len);
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        return -1; /* of a refusal: read no further */
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        iv_ws_on_failed(w, wsi, in, len);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        on_open(w);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_receive(w, wsi, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writeable(w, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_peer_close(w, in, len);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        iv_ws_part_from(w, wsi);
        iv_ws_finish(w, w->was_closed_by_peer ? NET_CLOSED : NET_RESET, "");
        return 0;
    default:
        return 0;
    }
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    net_ws *w = wsi ? lws_get_opaque_user_data(wsi) : NULL;

    (void)user;
    return w ? on_stream(w, wsi, reason, in, len) : 0;
}

/* -- orders -- */

void iv_ws_order(net_ws *w, unsigned orders)
{
    struct net_streams *s = w->s;

    pthread_mutex_lock(&s->lock);
    w->orders |= orders;
    if (!w->is_listed && !s->is_stopping) {
        w->is_listed = true;
        w->next_order = NULL;
        iv_ws_ref(w);
        if (s->last)
            s->last->next_order = w;
        else
            s->first = w;
        s->last = w;
        if (s->context)
            lws_cancel_service(s->context);
        pthread_cond_signal(&s->ordered);
    }
    pthread_mutex_unlock(&s->lock);
}

static net_ws *take_order(struct net_streams *s, unsigned *orders)
{
    net_ws *w;

    pthread_mutex_lock(&s->lock);
    w = s->first;
    if (w) {
        s->first = w->next_order;
        if (!s->first)
            s->last = NULL;
        w->is_listed = false;
        *orders = w->orders;
        w->orders = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return w;
}

static void obey(net_ws *w, unsigned orders)
{
    if (orders & WS_CONNECT)
        iv_ws_connect(w);
    if (orders & WS_WRITE && w->wsi && w->news.is_open)
        lws_callback_on_writable(w->wsi);
    if (orders & WS_RESUME && w->wsi)
        lws_rx_flow_control(w->wsi, 1);
    if (orders & WS_ABORT && w->wsi && !w->is_leaving) {
        struct lws *wsi = w->wsi;

        iv_ws_part_from(w, wsi);
        iv_ws_finish(w, NET_CANCELLED, "");
        lws_set_timeout(wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_SYNC);
    }
}

/* Without a context nothing can be opened. */
static void refuse(net_ws *w, unsigned orders)
{
    if (!(orders & WS_CONNECT))
        return;
    pthread_mutex_lock(&w->s->lock);
    iv_ws_ref(w);
    pthread_mutex_unlock(&w->s->lock);
    iv_ws_finish(w, NET_CONNECT, "libwebsockets cannot be started");
}

static void take_orders(struct net_streams *s)
{
    net_ws *w;
    unsigned orders;

    while ((w = take_order(s, &orders))) {
        if (s->context)
            obey(w, orders);
        else
            refuse(w, orders);
        iv_ws_unref(w);
    }
}

/* -- the thread -- */

/* It sets a handler for SIGPIPE that is the whole program's affair. */
static struct lws_context *create_context(struct net_streams *s)
{
    struct lws_context_creation_info info;
    struct lws_context *context;
    struct sigaction pipe_action;

    iv_ws_fill_info(s, ":0", &info); /* no proxy, and none from the environment */
    sigaction(SIGPIPE, NULL, &pipe_action);
    lws_set_log_level(LLL_ERR, log_line);
    context = lws_create_context(&info);
    sigaction(SIGPIPE, &pipe_action, NULL);
    if (!context)
        return NULL;
    info.vhost_name = "direct";
    s->direct = lws_create_vhost(context, &info);
    if (s->direct)
        return context;
    lws_context_destroy(context);
    return NULL;
}

static bool go_on(struct net_streams *s)
{
    bool b;

    pthread_mutex_lock(&s->lock);
    while (!s->context && !s->first && !s->is_stopping)
        pthread_cond_wait(&s->ordered, &s->lock);
    b = !s->is_stopping;
    pthread_mutex_unlock(&s->lock);
    return b;
}

static void *run(void *arg)
{
    struct net_streams *s = arg;
    struct lws_context *context;

    pthread_setname_np(pthread_self(), "iv-ws");
    log_of_thread = s->net->log;
    context = create_context(s);
    pthread_mutex_lock(&s->lock);
    s->context = context;
    pthread_mutex_unlock(&s->lock);
    while (go_on(s)) {
        take_orders(s);
        if (context)
            lws_service(context, 0);
    }
    take_orders(s); /* those that were given before the end: nothing may keep a stream */
    pthread_mutex_lock(&s->lock);
    s->context = NULL;
    pthread_mutex_unlock(&s->lock);
    if (context)
        lws_context_destroy(context);
    return NULL;
}

bool iv_ws_loop_start(struct net_streams *s)
{
    if (!s->has_thread)
        s->has_thread = !pthread_create(&s->thread, NULL, run, s); /* signals: as the net thread */
    return s->has_thread;
}

void iv_ws_loop_stop(struct net_streams *s)
{
    unsigned orders;
    net_ws *w;

    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    if (s->context)
        lws_cancel_service(s->context);
    pthread_cond_signal(&s->ordered);
    pthread_mutex_unlock(&s->lock);
    if (s->has_thread)
        pthread_join(s->thread, NULL);
    s->has_thread = false;
    while ((w = take_order(s, &orders))) /* without a thread nobody took them */
        iv_ws_unref(w);
}

#endif

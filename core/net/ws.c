/* ws.c - WebSocket streams as their users see them: opening, sending, closing, and telling on the net thread. */
#include "net/ws.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv_build.h"

#if IV_HAVE_LWS

#define HOST_MAX 120 /* libwebsockets checks the certificate against no more */
#define TURN 64 /* messages told before others have their turn */
#define MESSAGE_MAX (64u << 20)

/* -- life -- */

void iv_ws_ref(net_ws *w)
{
    w->refs++;
}

void iv_ws_put(struct ws_queue *q, struct ws_message *m)
{
    m->next = NULL;
    if (q->last)
        q->last->next = m;
    else
        q->first = m;
    q->last = m;
    q->bytes += m->len;
}

struct ws_message *iv_ws_take(struct ws_queue *q)
{
    struct ws_message *m = q->first;

    if (!m)
        return NULL;
    q->first = m->next;
    if (!q->first)
        q->last = NULL;
    q->bytes -= m->len;
    return m;
}

static void drain(struct ws_queue *q)
{
    struct ws_message *m;

    while ((m = iv_ws_take(q)))
        free(m);
}

static void free_stream(net_ws *w)
{
    if (!w)
        return;
    drain(&w->out);
    drain(&w->in);
    free(w->part);
    free(w->news.body);
    if (w->copy) /* headers hold keys */
        sodium_memzero(w->copy, w->copy_len);
    free(w->copy);
    free(w);
}

void iv_ws_unref(net_ws *w)
{
    iv_net *net = w->net;
    bool is_last;

    pthread_mutex_lock(&w->s->lock);
    is_last = !--w->refs;
    pthread_mutex_unlock(&w->s->lock);
    if (!is_last)
        return;
    free_stream(w);
    iv_net_unref(net);
}

/* -- the net thread -- */

void iv_ws_tell(net_ws *w)
{
    bool is_first;

    pthread_mutex_lock(&w->s->lock);
    is_first = !w->is_telling;
    w->is_telling = true;
    if (is_first)
        iv_ws_ref(w);
    pthread_mutex_unlock(&w->s->lock);
    if (is_first)
        iv_net_queue(w->net, &w->tell);
}

static void unlink_stream(net_ws *w)
{
    if (w->next)
        w->next->prev = w->prev;
    if (w->prev)
        w->prev->next = w->next;
    else
        w->s->open = w->next;
    w->next = w->prev = NULL;
}

static void say(const net_ws *w, struct net_outcome *o, const char *said)
{
    const char *host = w->url.host;

    if (o->failure == NET_OK)
        iv_outcome_say(o, "%s: closed", host);
    else if (o->failure == NET_STATUS)
        iv_outcome_say(o, "%s: the stream was refused: HTTP %d", host, o->status);
    else if (o->failure == NET_CLOSED)
        iv_outcome_say(o, "%s: the stream was closed by the service: %d %s", host, o->close_code,
                       o->reason);
    else if (o->failure == NET_NOT_ALLOWED)
        iv_outcome_say(
            o, "%s: its name leads to an address that is not public (net.local allows that)", host);
    else if (o->failure == NET_CONNECT_TIMEOUT)
        iv_outcome_say(o, "%s: no stream within %" PRId64 " ms", host, w->r.handshake_ms);
    else if (o->failure == NET_TOO_LARGE)
        iv_outcome_say(o, "%s: a message is larger than %zu bytes", host, w->r.max_message);
    else if (o->failure == NET_CANCELLED)
        iv_outcome_say(o, "%s: cancelled", host);
    else if (o->failure == NET_PROTOCOL)
        iv_outcome_say(o, "%s: what the service sent makes no sense: %s", host, said);
    else if (o->failure == NET_TLS)
        iv_outcome_say(o, "%s: no secure connection: %s", host, said);
    else if (o->failure == NET_RESET)
        iv_outcome_say(o, "%s: the connection was lost%s%s", host, *said ? ": " : "", said);
    else
        iv_outcome_say(o, "%s: no connection: %s", host, said);
}

static void report(net_ws *w, const struct net_outcome *o)
{
    const struct net_try_result r = {.failure = o->failure,
                                     .status = o->status,
                                     .new_connections = w->state == WS_OPEN,
                                     .is_probe = w->is_probe,
                                     .text = o->text};

    iv_service_tell(w->net, w->service, &r);
    w->is_probe = false;
    iv_log(w->net->log, IV_LOG_DEBUG, "%s: stream: %s, after %" PRId64 " ms",
           w->r.service ? w->r.service : "net", o->text, o->timing.done_us / 1000);
}

/* The one way out. `news` is the loop's, or NULL where the net thread decides. */
static void over(net_ws *w, enum net_failure failure, const struct ws_news *news, const char *said)
{
    struct net_outcome o = {.failure = failure, .tries = 1, .body = "", .content_type = ""};
    struct net_answer none;

    if (w->state == WS_OVER)
        return;
    iv_answer_init(&none);
    iv_answer_tell(news ? &news->answer : &none, &o);
    if (news && news->body) {
        o.body = news->body;
        o.body_len = news->body_len;
    }
    if (news) {
        o.close_code = news->close_code;
        memcpy(o.reason, news->reason, sizeof o.reason);
    }
    o.timing = (struct net_timing){.connected_us = w->open_us < 0 ? -1 : w->open_us - w->begun_us,
                                   .sent_us = -1,
                                   .first_byte_us = -1,
                                   .done_us = iv_net_now_us(w->net) - w->begun_us};
    say(w, &o, said);
    report(w, &o);
    w->state = WS_OVER;
    iv_alarm_clear(&w->alarm);
    iv_resolve_cancel(w->net, &w->waiter);
    unlink_stream(w);
    pthread_mutex_lock(&w->s->lock);
    w->is_shut = true;
    drain(&w->out);
    pthread_mutex_unlock(&w->s->lock);
    iv_ws_order(w, WS_ABORT);
    if (!iv_net_enter(w->net, &w->gate))
        return;
    w->r.on_close(w->r.arg, &o);
    iv_net_leave(w->net);
}

static void opened(net_ws *w)
{
    static const struct net_try_result good = {.failure = NET_OK, .text = ""};
    bool is_closing;

    w->state = WS_OPEN;
    w->open_us = iv_net_now_us(w->net);
    pthread_mutex_lock(&w->s->lock);
    is_closing = w->is_closing;
    pthread_mutex_unlock(&w->s->lock);
    if (!is_closing) /* else it is the closing's */
        iv_alarm_clear(&w->alarm);
    if (w->is_probe) /* that it opened is what a probe asks */
        iv_service_tell(w->net, w->service, &good);
    w->is_probe = false;
    if (w->r.on_open && iv_net_enter(w->net, &w->gate)) {
        w->r.on_open(w->r.arg);
        iv_net_leave(w->net);
    }
    iv_ws_order(w, WS_WRITE);
}

/* Where more than this waits, the connection is not read. */
static size_t high_water(const net_ws *w)
{
    return w->r.max_message > (256u << 10) ? w->r.max_message : (256u << 10);
}

static struct ws_message *next_message(net_ws *w, bool *resume)
{
    struct ws_message *m;

    pthread_mutex_lock(&w->s->lock);
    m = iv_ws_take(&w->in);
    *resume = w->is_paused && w->in.bytes < high_water(w) / 2;
    if (*resume)
        w->is_paused = false;
    pthread_mutex_unlock(&w->s->lock);
    return m;
}

static int tell_messages(net_ws *w)
{
    struct ws_message *m;
    bool resume;
    int n = 0;

    while (n < TURN && (m = next_message(w, &resume))) {
        if (resume)
            iv_ws_order(w, WS_RESUME);
        if (w->state == WS_OPEN && w->r.on_message && iv_net_enter(w->net, &w->gate)) {
            w->r.on_message(w->r.arg, m->data + WS_HEAD, m->len, m->is_text);
            iv_net_leave(w->net);
        }
        free(m);
        n++;
    }
    return n;
}

/* News in order: open, messages, the end. */
static void tell(struct net_op *op)
{
    net_ws *w = IV_OWNER(op, net_ws, tell);
    struct ws_news news;

    pthread_mutex_lock(&w->s->lock);
    w->is_telling = false;
    news = w->news;
    if (w->news.is_over) /* ours now */
        w->news.body = NULL;
    pthread_mutex_unlock(&w->s->lock);
    if (news.is_open && w->state == WS_CONNECTING)
        opened(w);
    if (tell_messages(w) == TURN) {
        pthread_mutex_lock(&w->s->lock);
        if (news.is_over)
            w->news.body = news.body;
        pthread_mutex_unlock(&w->s->lock);
        iv_ws_tell(w);
    } else if (news.is_over) {
        over(w, news.failure, &news, news.said);
        free(news.body);
    }
    iv_ws_unref(w);
}

static void resolved(struct net_waiter *waiter, const struct net_addresses *found)
{
    net_ws *w = IV_OWNER(waiter, net_ws, waiter);
    struct net_addresses good = {.n = 0};

    for (size_t i = 0; i < found->n; i++)
        if (w->proxy ||
            iv_net_allow_address(w->net->config, &w->url, (const struct sockaddr *)&found->at[i]))
            good.at[good.n++] = found->at[i];
    if (!good.n) {
        over(w, found->n ? NET_NOT_ALLOWED : NET_DNS, NULL, found->why);
        return;
    }
    pthread_mutex_lock(&w->s->lock);
    w->addresses = good;
    pthread_mutex_unlock(&w->s->lock);
    iv_ws_order(w, WS_CONNECT);
}

static void ring(struct net_alarm *a)
{
    net_ws *w = IV_OWNER(a, net_ws, alarm);
    bool is_closing;

    pthread_mutex_lock(&w->s->lock);
    is_closing = w->is_closing;
    pthread_mutex_unlock(&w->s->lock);
    over(w, is_closing ? NET_OK : NET_CONNECT_TIMEOUT, NULL, "");
}

static bool proxy_host(const net_ws *w, char host[NET_HOST_BYTES])
{
    struct net_url u;
    char text[NET_HOST_BYTES + 16];
    const char *at = strrchr(w->proxy, '@'), *from = at ? at + 1 : w->proxy;

    if (!at && !strncmp(from, "http://", 7))
        from += 7;
    snprintf(text, sizeof text, "http://%s", from);
    if (strstr(from, "://") || iv_net_url_parse(text, &u, NULL))
        return false;
    memcpy(host, u.host, NET_HOST_BYTES);
    return true;
}

static void begin(struct net_op *op)
{
    net_ws *w = IV_OWNER(op, net_ws, begin);
    char host[NET_HOST_BYTES];

    w->next = w->s->open;
    if (w->next)
        w->next->prev = w;
    w->s->open = w;
    w->state = WS_CONNECTING;
    w->begun_us = iv_net_now_us(w->net);
    if (iv_net_is_stopping(w->net) || !iv_ws_loop_start(w->s)) {
        over(w, NET_CANCELLED, NULL, "");
        return;
    }
    if (w->r.handshake_ms > 0)
        iv_alarm_set(w->net, &w->alarm, w->begun_us + w->r.handshake_ms * 1000);
    memcpy(host, w->url.host, sizeof host);
    if (w->proxy && !proxy_host(w, host))
        over(w, NET_CONNECT, NULL, "net.proxy: streams need a proxy of the form http://HOST:PORT");
    else
        iv_resolve(w->net, host, &w->waiter);
}

/* -- for everyone -- */

static size_t text_size(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

static const char *put(char **at, const char *s)
{
    char *to = *at;

    if (!s)
        return NULL;
    memcpy(to, s, strlen(s) + 1);
    *at += strlen(s) + 1;
    return to;
}

static enum iv_code copy(net_ws *w, const struct net_ws_request *r, struct iv_error *err)
{
    size_t size = r->n_headers * sizeof *r->headers + text_size(r->service) + text_size(r->url);
    struct net_header *headers;
    char *at;

    for (size_t i = 0; i < r->n_headers; i++)
        size += text_size(r->headers[i].name) + text_size(r->headers[i].value);
    w->copy = iv_alloc(size);
    if (!w->copy)
        return iv_fail(err, IV_E_NOMEM, "net: out of memory");
    w->copy_len = size;
    w->r = *r;
    headers = (struct net_header *)(void *)w->copy;
    at = w->copy + r->n_headers * sizeof *headers;
    for (size_t i = 0; i < r->n_headers; i++) {
        headers[i].name = put(&at, r->headers[i].name);
        headers[i].value = put(&at, r->headers[i].value);
    }
    w->r.headers = headers;
    w->r.service = put(&at, r->service);
    w->r.url = put(&at, r->url);
    return iv_net_url_parse(w->r.url, &w->url, err); /* its path leads into the copy */
}

static enum iv_code check(const iv_net *net, const struct net_ws_request *r, struct iv_error *err)
{
    struct net_url url;
    enum iv_code rc = iv_net_allow(net->config, r->url, &url, err);

    if (rc)
        return rc;
    if (!url.is_ws || strlen(url.host) > HOST_MAX)
        return iv_fail(err, IV_E_CONFIG,
                       "%s: a URL with ws or wss and a host of at most %d bytes is "
                       "needed for a stream",
                       url.host, HOST_MAX);
    if (!r->max_message || r->max_message > MESSAGE_MAX || !r->max_queued || !r->on_close)
        return iv_fail(err, IV_E_USAGE, "net: a stream needs limits and on_close");
    return iv_net_check_headers(r->headers, r->n_headers, err);
}

static struct net_streams *streams_of(iv_net *net)
{
    struct net_streams *s;

    pthread_mutex_lock(&net->lock);
    if (!net->streams && (net->streams = iv_alloc(sizeof *s))) {
        net->streams->net = net;
        pthread_mutex_init(&net->streams->lock, NULL);
        pthread_cond_init(&net->streams->ordered, NULL);
    }
    s = net->streams;
    pthread_mutex_unlock(&net->lock);
    return s;
}

static void drop(struct net_op *op)
{
    net_ws *w = IV_OWNER(op, net_ws, drop);

    if (w->state != WS_NEW)
        over(w, NET_CANCELLED, NULL, "");
    iv_ws_unref(w);
}

enum iv_code iv_net_ws_open(iv_net *net, const struct net_ws_request *r, net_ws **out,
                            struct iv_error *err)
{
    enum iv_code rc = check(net, r, err);
    net_ws *w;

    *out = NULL;
    if (!rc)
        rc = iv_ws_ready(err);
    if (!rc)
        rc = iv_net_start(net, err);
    if (rc)
        return rc;
    w = iv_alloc(sizeof *w);
    if (!w)
        return iv_fail(err, IV_E_NOMEM, "net: out of memory");
    w->s = streams_of(net);
    rc = w->s ? copy(w, r, err) : iv_fail(err, IV_E_NOMEM, "net: out of memory");
    if (!rc && r->service)
        rc = iv_service_admit(net, r->service, &w->service, &w->is_probe, err);
    if (rc) {
        free_stream(w);
        return rc;
    }
    w->net = net;
    w->begin.run = begin;
    w->tell.run = tell;
    w->drop.run = drop;
    w->alarm.ring = ring;
    w->waiter.told = resolved;
    w->open_us = -1;
    w->refs = 1;
    w->proxy = iv_net_proxy_for(net->config, &w->url);
    iv_answer_init(&w->news.answer);
    iv_net_ref(net);
    *out = w; /* before it begins: on_close may look at it */
    iv_net_queue(net, &w->begin);
    return IV_OK;
}

static struct ws_message *message(const void *data, size_t len, bool is_text)
{
    struct ws_message *m = iv_alloc(sizeof *m + WS_HEAD + len + 1);

    if (!m)
        return NULL;
    m->len = len;
    m->is_text = is_text;
    if (len)
        memcpy(m->data + WS_HEAD, data, len);
    return m;
}

enum iv_code iv_net_ws_send(net_ws *w, const void *data, size_t len, bool is_text,
                            struct iv_error *err)
{
    struct ws_message *m = message(data, len, is_text);
    enum iv_code rc = IV_OK;

    if (!m)
        return iv_fail(err, IV_E_NOMEM, "net: %zu bytes to send: out of memory", len);
    pthread_mutex_lock(&w->s->lock);
    if (w->is_shut || w->is_closing)
        rc = iv_fail(err, IV_E_STATE, "%s: the stream is closed", w->url.host);
    else if (len > w->r.max_queued || w->out.bytes > w->r.max_queued - len)
        rc = iv_fail(err, IV_E_BUSY, "%s: %zu bytes wait to be sent already, %zu more are too many",
                     w->url.host, w->out.bytes, len);
    else
        iv_ws_put(&w->out, m);
    pthread_mutex_unlock(&w->s->lock);
    if (rc)
        free(m);
    else
        iv_ws_order(w, WS_WRITE);
    return rc;
}

size_t iv_net_ws_queued(const net_ws *w)
{
    size_t n;

    pthread_mutex_lock(&w->s->lock);
    n = w->out.bytes;
    pthread_mutex_unlock(&w->s->lock);
    return n;
}

/* The deadline of the closing begins on the net thread. */
struct closing {
    struct net_op op;
    net_ws *w;
};

static void watch_closing(struct net_op *op)
{
    struct closing *c = IV_OWNER(op, struct closing, op);
    net_ws *w = c->w;

    if (w->state == WS_CONNECTING || w->state == WS_OPEN)
        iv_alarm_set(w->net, &w->alarm, iv_net_now_us(w->net) + WS_CLOSE_MS * 1000);
    free(c);
    iv_ws_unref(w);
}

void iv_net_ws_close(net_ws *w, int code)
{
    struct closing *c = iv_alloc(sizeof *c);
    bool is_first;

    pthread_mutex_lock(&w->s->lock);
    is_first = !w->is_closing && !w->is_shut;
    if (is_first) {
        w->is_closing = true;
        w->close_code = code;
    }
    if (is_first && c)
        iv_ws_ref(w);
    pthread_mutex_unlock(&w->s->lock);
    if (!is_first) {
        free(c);
        return;
    }
    iv_ws_order(w, WS_WRITE);
    if (c) { /* without memory libwebsockets' own 5 s must do */
        *c = (struct closing){.op.run = watch_closing, .w = w};
        iv_net_queue(w->net, &c->op);
    }
}

void iv_net_ws_release(net_ws *w)
{
    if (w)
        iv_net_retire(w->net, &w->gate, &w->drop);
}

void iv_streams_stop(iv_net *net)
{
    struct net_streams *s;

    pthread_mutex_lock(&net->lock);
    s = net->streams;
    pthread_mutex_unlock(&net->lock);
    while (s && s->open)
        over(s->open, NET_CANCELLED, NULL, "");
    if (s)
        iv_ws_loop_stop(s);
    iv_resolve_stop(net);
}

void iv_streams_free(iv_net *net)
{
    if (!net->streams)
        return;
    pthread_cond_destroy(&net->streams->ordered);
    pthread_mutex_destroy(&net->streams->lock);
    free(net->streams);
    net->streams = NULL;
}

#endif

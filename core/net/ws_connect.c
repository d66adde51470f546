/* ws_connect.c - from an order to connect to an open WebSocket, or to the refusal with its body. */
#include "net/ws.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv_build.h"

#if IV_HAVE_LWS
#include "net/ws_lws.h"

#define REFUSAL_WAIT_MS 200 /* for the rest of a refusal's body */

/* -- a refused upgrade -- */

static void take_header(net_ws *w, struct lws *wsi, enum lws_token_indexes token, const char *name)
{
    char value[256];
    int n = lws_hdr_copy(wsi, value, sizeof value, token);

    if (n > 0)
        iv_answer_field(&w->news.answer, name, strlen(name), value, (size_t)n,
                        iv_wall_ms(w->net->clock));
}

static int custom(struct lws *wsi, const char *name, char *value, int size)
{
    char with_colon[48];
    int n = snprintf(with_colon, sizeof with_colon, "%s:", name);

    return lws_hdr_custom_copy(wsi, value, size, with_colon, n);
}

static void take_head(net_ws *w, struct lws *wsi)
{
    static const char *const names[] = {"retry-after-ms", "x-should-retry", "x-request-id",
                                        "dg-request-id",  "x-requestid",    "request-id"};
    char value[256];

    iv_answer_init(&w->news.answer);
    w->news.answer.status = (int)lws_http_client_http_response(wsi);
    take_header(w, wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, "content-type");
    take_header(w, wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, "content-length");
    take_header(w, wsi, WSI_TOKEN_HTTP_DATE, "date");
    take_header(w, wsi, WSI_TOKEN_HTTP_RETRY_AFTER, "retry-after");
    for (size_t i = 0; i < IV_LEN(names); i++) {
        int n = custom(wsi, names[i], value, sizeof value);

        if (n > 0)
            iv_answer_field(&w->news.answer, names[i], strlen(names[i]), value, (size_t)n,
                            iv_wall_ms(w->net->clock));
    }
}

static bool has_body(const net_ws *w)
{
    const struct ws_news *n = &w->news;

    return n->body_len >= NET_ERROR_BODY_BYTES ||
           (n->answer.length >= 0 && n->body_len >= (size_t)n->answer.length);
}

/* libwebsockets gives a piece of the body; 1: enough. */
int iv_ws_take_body(net_ws *w, const char *data, size_t len)
{
    struct ws_news *n = &w->news;
    size_t room = NET_ERROR_BODY_BYTES - n->body_len;
    char *more;

    len = len < room ? len : room;
    more = iv_realloc_array(n->body, n->body_len + len + 1, 1);
    if (!more)
        return 1;
    memcpy(more + n->body_len, data, len);
    n->body = more;
    n->body_len += len;
    more[n->body_len] = '\0';
    return has_body(w);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* This is the last moment at which libwebsockets lets the body be read: what has not come yet is waited for, shortly. A server
 * writes such an answer in one go, so that hardly ever happens. */
static void read_refusal(net_ws *w, struct lws *wsi)
{
    int64_t until = now_ms() + REFUSAL_WAIT_MS;
    char reason[256];

    while (!has_body(w)) {
        struct pollfd p = {.fd = lws_get_socket_fd(wsi), .events = POLLIN};
        size_t before = w->news.body_len;
        char *buf = NULL;
        int len = 0;

        if (lws_http_client_read(wsi, &buf, &len))
            break;
        if (w->news.body_len == before && !len &&
            (until <= now_ms() || poll(&p, 1, (int)(until - now_ms())) <= 0))
            break;
    }
    if (!w->news.body_len && custom(wsi, "dg-error", reason, sizeof reason) > 0)
        iv_ws_take_body(w, reason, strlen(reason));
}

int iv_ws_on_answer(net_ws *w, struct lws *wsi)
{
    if (lws_http_client_http_response(wsi) == 101)
        return 0;
    pthread_mutex_lock(&w->s->lock);
    w->news.failure = NET_STATUS;
    pthread_mutex_unlock(&w->s->lock);
    take_head(w, wsi);
    read_refusal(w, wsi);
    return 1;
}

/* -- connecting -- */

static bool address_text(const struct sockaddr_storage *a, char *out, size_t size)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    memcpy(&v4, a, sizeof v4);
    memcpy(&v6, a, sizeof v6);
    return a->ss_family == AF_INET ? inet_ntop(AF_INET, &v4.sin_addr, out, (socklen_t)size)
                                   : inet_ntop(AF_INET6, &v6.sin6_addr, out, (socklen_t)size);
}

/* "user:password@ADDRESS:PORT", as libwebsockets wants it. */
static bool proxy_text(const net_ws *w, char *out, size_t size)
{
    const char *from = w->proxy, *at;
    struct net_url u;
    char url[NET_HOST_BYTES + 16], address[64];

    if (!strncmp(from, "http://", 7))
        from += 7;
    at = strrchr(from, '@');
    snprintf(url, sizeof url, "http://%s", at ? at + 1 : from);
    if (iv_net_url_parse(url, &u, NULL) || !w->addresses.n ||
        !address_text(&w->addresses.at[0], address, sizeof address))
        return false;
    return snprintf(out, size, "%.*s%s:%d", at ? (int)(at + 1 - from) : 0, from, address, u.port) <
           (int)size;
}

static struct lws_vhost *vhost_for(net_ws *w)
{
    struct net_streams *s = w->s;
    struct lws_context_creation_info info;
    char proxy[256];

    if (!w->proxy)
        return s->direct;
    if (!proxy_text(w, proxy, sizeof proxy))
        return NULL;
    if (s->by_proxy && !strcmp(s->proxy, proxy))
        return s->by_proxy;
    if (s->by_proxy)
        lws_vhost_destroy(s->by_proxy);
    snprintf(s->proxy, sizeof s->proxy, "%s", proxy);
    iv_ws_fill_info(s, s->proxy, &info);
    info.vhost_name = "by-proxy";
    s->by_proxy = lws_create_vhost(s->context, &info);
    return s->by_proxy;
}

static const char *host_text(const net_ws *w, char *out, size_t size)
{
    bool is_usual = w->url.port == (w->url.is_tls ? 443 : 80);
    bool is_v6 = strchr(w->url.host, ':');

    if (is_usual)
        snprintf(out, size, is_v6 ? "[%s]" : "%s", w->url.host);
    else
        snprintf(out, size, is_v6 ? "[%s]:%d" : "%s:%d", w->url.host, w->url.port);
    return out;
}

/* false: libwebsockets said no at once. */
static bool try_address(net_ws *w)
{
    char address[64], host[NET_HOST_BYTES + 16], path[NET_URL_BYTES + 2];
    struct lws_client_connect_info i = {.context = w->s->context,
                                        .port = w->url.port,
                                        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
                                        .ietf_version_or_minus_one = -1,
                                        .opaque_user_data = w,
                                        .alpn = "http/1.1",
                                        .local_protocol_name = "iv"};

    if (!address_text(&w->addresses.at[w->next_address++], address, sizeof address))
        return false;
    snprintf(path, sizeof path, "%s%s", w->url.path[0] == '/' ? "" : "/", w->url.path);
    i.vhost = vhost_for(w);
    i.address = w->proxy ? w->url.host : address;
    i.host = host_text(w, host, sizeof host);
    i.path = path;
    if (w->url.is_tls)
        i.ssl_connection |= LCCSCF_USE_SSL;
    if (!i.vhost)
        return false;
    w->wsi = lws_client_connect_via_info(&i);
    return w->wsi;
}

static bool has_more(const net_ws *w)
{
    return !w->proxy && w->next_address < w->addresses.n;
}

void iv_ws_connect(net_ws *w)
{
    bool is_shut;

    pthread_mutex_lock(&w->s->lock);
    is_shut = w->is_shut;
    if (!is_shut)
        iv_ws_ref(w);
    pthread_mutex_unlock(&w->s->lock);
    if (is_shut)
        return;
    while (!try_address(w))
        if (!has_more(w)) {
            iv_ws_finish(w, NET_CONNECT, "unable to connect");
            return;
        }
}

static bool speaks_of_tls(const char *said)
{
    static const char *const words[] = {"tls", "ssl", "SSL", "cert", "bio_create"};

    for (size_t i = 0; i < IV_LEN(words); i++)
        if (strstr(said, words[i]))
            return true;
    return false;
}

/* Before the stream was open. */
void iv_ws_on_failed(net_ws *w, struct lws *wsi, const char *said, size_t len)
{
    char text[160];
    enum net_failure why;

    snprintf(text, sizeof text, "%.*s", said ? (int)strnlen(said, len) : 0, said ? said : "");
    iv_ws_part_from(w, wsi);
    if (w->news.failure == NET_STATUS)
        why = NET_STATUS;
    else if (speaks_of_tls(text))
        why = NET_TLS;
    else if (!w->has_asked)
        why = NET_CONNECT;
    else
        why = strstr(text, "HS:") || strstr(text, "parsing") ? NET_PROTOCOL : NET_RESET;
    if (why == NET_CONNECT && has_more(w)) {
        iv_ws_order(w, WS_CONNECT);
        iv_ws_unref(w);
        return;
    }
    iv_ws_finish(w, why, text);
}

static int add_header(unsigned char **at, const unsigned char *end, const char *name,
                      const char *value)
{
    int room = (int)(end - *at);
    int n = snprintf((char *)*at, (size_t)room, "%s: %s\r\n", name, value);

    if (n < 0 || n >= room)
        return -1;
    *at += n;
    return 0;
}

int iv_ws_on_handshake(net_ws *w, unsigned char **at, size_t room)
{
    const unsigned char *end = *at + room;
    bool has_agent = false;

    w->has_asked = true;
    for (size_t i = 0; i < w->r.n_headers; i++) {
        if (add_header(at, end, w->r.headers[i].name, w->r.headers[i].value))
            return -1;
        has_agent = has_agent || !strcasecmp(w->r.headers[i].name, "user-agent");
    }
    return has_agent ? 0 : add_header(at, end, "User-Agent", "interviewctl/" IV_VERSION);
}

#endif

/* http.c - one curl_multi for all calls: sets a try up, passes on what libcurl finds.
 *
 * Deadlines are not libcurl's: they run on the net clock (call.c). Connections stay open in the multi's pool and are shared by all
 * calls; over TLS HTTP/2 is asked for, and calls to one host share a connection. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv_build.h"
#include "net/internal.h"

#if IV_HAVE_CURL
#include "net/curl.h"

#define HEAD_MAX (64u << 10)
#define REFUSAL_MAX                                                                                \
    (256u << 10) /* read of an answer that refuses, before the connection is given up */
#define POOL 64L

IV_LAZY_DEFINE(iv_curl, IV_CURL_SONAME, IV_CURL_PACKAGE, CURL_FUNCTIONS);

struct net_curl {
    CURLM *multi;
};

static CURLcode global; /* written once */

static void init_global(void)
{
    global = curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum iv_code iv_http_ready(struct iv_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    enum iv_code rc = iv_lazy_load(&iv_curl, err);

    if (rc)
        return rc;
    pthread_once(&once, init_global);
    return global == CURLE_OK ? IV_OK
                              : iv_fail(err, IV_E_UNAVAILABLE, "%s: cannot be initialised: %s",
                                        IV_CURL_SONAME, curl_easy_strerror(global));
}

/* -- what libcurl tells -- */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    net_call *c = arg;

    (void)purpose;
    if (c->r.socket)
        return a->family == AF_UNIX ? socket(AF_UNIX, a->socktype | SOCK_CLOEXEC, 0)
                                    : CURL_SOCKET_BAD;
    if (!c->proxy && !iv_net_allow_address(c->net->config, &c->url, &a->addr)) {
        c->t.is_blocked = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Connected, TLS and all, and about to ask. */
static int before_request(void *arg, char *to, char *from, int to_port, int from_port)
{
    net_call *c = arg;

    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    c->t.connected_us = c->t.sent_us = iv_net_now_us(c->net);
    iv_call_stage(c, NET_ASKED);
    return CURL_PREREQFUNC_OK;
}

static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    net_call *c = arg;

    (void)down_total;
    (void)down;
    (void)up_total;
    if (up == c->t.sent_bytes)
        return 0;
    c->t.sent_bytes = up;
    c->t.sent_us = iv_net_now_us(c->net);
    return 0;
}

static size_t refuse(net_call *c, enum net_failure why)
{
    c->t.why = why;
    return 0; /* not the length: libcurl gives up */
}

static size_t on_head(char *line, size_t size, size_t n, void *arg)
{
    net_call *c = arg;
    struct net_try *t = &c->t;
    size_t len = size * n;
    int status = iv_answer_status(line, len);
    const char *colon;

    t->head_bytes += len;
    if (t->head_bytes > HEAD_MAX)
        return refuse(c, NET_TOO_LARGE);
    if (t->received || (t->is_head_whole && !status && t->answer.status >= 200))
        return len; /* trailers */
    if (status) {
        iv_answer_init(&t->answer);
        t->answer.status = status;
        t->is_head_whole = false;
        return len;
    }
    if (line[0] == '\r' || line[0] == '\n') {
        t->is_head_whole = t->answer.status >= 200;
        if (t->is_head_whole && t->answer.status < 300 && strcmp(c->r.method, "HEAD") != 0 &&
            t->answer.length > 0 && (uint64_t)t->answer.length > c->r.max_body)
            return refuse(c, NET_TOO_LARGE);
        return len;
    }
    colon = memchr(line, ':', len);
    if (colon)
        iv_answer_field(&t->answer, line, (size_t)(colon - line), colon + 1,
                        len - (size_t)(colon - line) - 1, iv_wall_ms(c->net->clock));
    return len;
}

static size_t keep_refusal(net_call *c, const char *data, size_t len)
{
    struct iv_buf *b = &c->t.body;
    size_t room = NET_ERROR_BODY_BYTES - b->len;

    iv_buf_add(b, data, len < room ? len : room);
    return c->t.received > REFUSAL_MAX ? refuse(c, NET_STATUS) : len;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    net_call *c = arg;
    struct net_try *t = &c->t;
    size_t len = size * n;

    t->last_us = iv_net_now_us(c->net);
    if (!t->received) {
        t->first_us = t->last_us;
        iv_call_stage(c, NET_ANSWERING);
    }
    t->received += len;
    if (t->answer.status >= 300)
        return keep_refusal(c, data, len);
    if (t->received > c->r.max_body)
        return refuse(c, NET_TOO_LARGE);
    return iv_call_data(c, data, len) ? len : refuse(c, NET_PROTOCOL);
}

/* -- a try -- */

static bool has_header(const struct net_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (!strcasecmp(r->headers[i].name, name))
            return true;
    return false;
}

static bool add_header(struct net_try *t, const char *line)
{
    struct curl_slist *more = line ? curl_slist_append(t->headers, line) : NULL;

    if (more)
        t->headers = more;
    return more;
}

static bool add_field(struct net_try *t, const struct net_header *h)
{
    struct iv_buf line = IV_BUF_INIT(64u << 10);
    bool good;

    iv_buf_addf(&line, *h->value ? "%s: %s" : "%s;", h->name, h->value);
    good = !line.failed && add_header(t, line.data);
    iv_buf_release(&line);
    return good;
}

static bool add_headers(net_call *c)
{
    bool good = add_header(&c->t, "Expect:");

    for (size_t i = 0; i < c->r.n_headers && good; i++)
        good = add_field(&c->t, &c->r.headers[i]);
    if (good && c->r.body && !has_header(&c->r, "content-type"))
        good = add_header(&c->t, "Content-Type:");
    if (good && !has_header(&c->r, "user-agent"))
        good = add_header(&c->t, "User-Agent: interviewctl/" IV_VERSION);
    return good;
}

struct part_reader {
    const char *data;
    size_t len, at;
};

static size_t read_part(char *to, size_t size, size_t n, void *arg)
{
    struct part_reader *r = arg;
    size_t len = size * n, left = r->len - r->at;

    len = len < left ? len : left;
    memcpy(to, r->data + r->at, len);
    r->at += len;
    return len;
}

static int seek_part(void *arg, curl_off_t offset, int origin)
{
    struct part_reader *r = arg;

    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > r->len)
        return CURL_SEEKFUNC_CANTSEEK;
    r->at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static bool add_part(curl_mime *mime, const struct net_part *p)
{
    curl_mimepart *part = curl_mime_addpart(mime);
    struct part_reader *r = part ? iv_alloc(sizeof *r) : NULL;

    if (!r)
        return false;
    *r = (struct part_reader){p->data, p->len, 0};
    if (curl_mime_data_cb(part, (curl_off_t)p->len, read_part, seek_part, free, r)) {
        free(r);
        return false;
    }
    return !curl_mime_name(part, p->name) &&
           (!p->filename || !curl_mime_filename(part, p->filename)) &&
           (!p->type || !curl_mime_type(part, p->type));
}

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (curl_easy_setopt(c->t.easy, option, value))                                            \
            return false;                                                                          \
    } while (0)

static bool set_body(net_call *c)
{
    if (c->r.n_parts) {
        c->t.mime = curl_mime_init(c->t.easy);
        for (size_t i = 0; i < c->r.n_parts; i++)
            if (!c->t.mime || !add_part(c->t.mime, &c->r.parts[i]))
                return false;
        SET(CURLOPT_MIMEPOST, c->t.mime);
    } else if (c->r.body || !strcmp(c->r.method, "POST")) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->r.body_len);
        SET(CURLOPT_POSTFIELDS, c->r.body ? (const char *)c->r.body : "");
    }
    if (!strcmp(c->r.method, "HEAD"))
        SET(CURLOPT_NOBODY, 1L);
    else if (strcmp(c->r.method, "GET") != 0 || c->r.body || c->r.n_parts)
        SET(CURLOPT_CUSTOMREQUEST, c->r.method);
    return true;
}

/* Nothing is left to libcurl's defaults that could follow, decode, or read a file or the environment. */
static bool set_safety(net_call *c)
{
    const struct iv_config *config = c->net->config;

    SET(CURLOPT_URL, c->r.url);
    if (c->r.socket)
        SET(CURLOPT_UNIX_SOCKET_PATH, c->r.socket);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (config->net_ca_file && *config->net_ca_file)
        SET(CURLOPT_CAINFO, config->net_ca_file); /* the system's folder of authorities stays */
    SET(CURLOPT_PROXY, c->proxy ? c->proxy : "");
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a cancelled call must not wait for a slow name server */
    /* Without TLS a call that waits to share a connection would wait for the first answer of another. */
    SET(CURLOPT_HTTP_VERSION,
        (long)(c->url.is_tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    SET(CURLOPT_PIPEWAIT, (long)c->url.is_tls);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    return true;
}

static bool set_callbacks(net_call *c)
{
    SET(CURLOPT_PRIVATE, c);
    SET(CURLOPT_ERRORBUFFER, c->t.said);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, c);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, c);
    SET(CURLOPT_HEADERFUNCTION, on_head);
    SET(CURLOPT_HEADERDATA, c);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, c);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, c);
    SET(CURLOPT_NOPROGRESS, 0L);
    return true;
}

static bool set_all(net_call *c)
{
    if (!set_safety(c) || !set_callbacks(c) || !add_headers(c) || !set_body(c))
        return false;
    SET(CURLOPT_HTTPHEADER, c->t.headers);
    return true;
}

static bool open_multi(iv_net *net)
{
    struct net_curl *m = iv_alloc(sizeof *m);

    if (m)
        m->multi = curl_multi_init();
    if (!m || !m->multi) {
        free(m);
        return false;
    }
    curl_multi_setopt(m->multi, CURLMOPT_MAXCONNECTS, POOL);
    net->curl = m;
    return true;
}

bool iv_http_begin(net_call *c)
{
    if (!c->net->curl && !open_multi(c->net))
        return false;
    c->t.easy = curl_easy_init();
    if (!c->t.easy || !set_all(c))
        return false;
    return !curl_multi_add_handle(c->net->curl->multi, c->t.easy);
}

void iv_http_end(net_call *c)
{
    long n = 0;

    if (c->t.easy) {
        curl_easy_getinfo(c->t.easy, CURLINFO_NUM_CONNECTS, &n);
        c->t.new_connections = (int)n;
        c->t.reused = c->t.connected_us >= 0 && !n;
        curl_multi_remove_handle(c->net->curl->multi, c->t.easy);
        curl_easy_cleanup(c->t.easy);
    }
    curl_slist_free_all(c->t.headers);
    curl_mime_free(c->t.mime);
    c->t.easy = c->t.headers = c->t.mime = NULL;
}

/* -- the end of a try -- */

static enum net_failure failure_of(const net_call *c, CURLcode code)
{
    if (c->t.why)
        return c->t.why;
    switch (code) {
    case CURLE_OK:
        if (!c->t.is_head_whole)
            return NET_RESET; /* the head was cut: libcurl lets that pass */
        return c->t.answer.status < 300 ? NET_OK : NET_STATUS;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return NET_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return c->t.is_blocked ? NET_NOT_ALLOWED : NET_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return NET_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return NET_CONNECT_TIMEOUT;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return NET_RESET;
    default:
        return NET_PROTOCOL;
    }
}

void iv_http_turn(iv_net *net)
{
    CURLMsg *m;
    int left;

    if (!net->curl)
        return;
    curl_multi_perform(net->curl->multi, &left);
    while ((m = curl_multi_info_read(net->curl->multi, &left))) {
        CURLcode code = m->data.result; /* m dies with the handle */
        net_call *c = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        if (code && !c->t.said[0])
            snprintf(c->t.said, sizeof c->t.said, "%s", curl_easy_strerror(code));
        iv_call_over(c, failure_of(c, code));
    }
}

void iv_http_wait(iv_net *net, int timeout_ms)
{
    struct curl_waitfd wake = {.fd = net->wake_fd, .events = CURL_WAIT_POLLIN};

    curl_multi_poll(net->curl->multi, &wake, 1, timeout_ms, NULL);
}

void iv_http_stop(iv_net *net)
{
    if (net->curl)
        curl_multi_cleanup(net->curl->multi);
    free(net->curl);
    net->curl = NULL;
}

#else /* !IV_HAVE_CURL */

enum iv_code iv_http_ready(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "this build speaks to no service: it was made without libcurl (package "
                   "libcurl4-openssl-dev)");
}

bool iv_http_begin(net_call *c)
{
    (void)c;
    return false;
}

void iv_http_end(net_call *c)
{
    (void)c;
}

void iv_http_turn(iv_net *net)
{
    (void)net;
}

void iv_http_wait(iv_net *net, int timeout_ms)
{
    struct pollfd p = {.fd = net->wake_fd, .events = POLLIN};

    poll(&p, 1, timeout_ms);
}

void iv_http_stop(iv_net *net)
{
    (void)net;
}

#endif

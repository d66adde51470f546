/* reply.c - replies onto the wire: headers that every answer carries, bodies from memory and from files. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "route/route.h"

#define HEAD_BYTES 8192u
#define STALL_S 20 /* for a client to take some of a reply */
#define LINGER_US 250000
#define LINGER_BODY_US 2000000

struct head {
    unsigned char bytes[LWS_PRE + HEAD_BYTES + SEND_BYTES];
    unsigned char *at, *start, *end;
};
#define UNSET                                                                                      \
    __attribute__((                                                                                \
        uninitialized)) /* what is sent of it was written: zeros first would cost as much as the rest */

static bool add(struct lws *wsi, struct head *h, const char *name, const char *value)
{
    char with_colon[64];
    size_t n = strnlen(name, sizeof with_colon - 2);

    for (size_t i = 0; i < n; i++)
        with_colon[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    with_colon[n] = ':';
    with_colon[n + 1] = '\0';
    return !lws_add_http_header_by_name(wsi, (const unsigned char *)with_colon,
                                        (const unsigned char *)value, (int)strlen(value), &h->at,
                                        h->end);
}

/* An origin counts as it is written: no pattern, no suffix. */
bool iv_cors_allows(const struct iv_server *s, const char *origin)
{
    const char *list = s->config->serve_cors;
    size_t len = strlen(origin);

    while (*list) {
        size_t n = strcspn(list, ", ");

        if (n == len && n && !strncmp(list, origin, n))
            return true;
        list += n + (list[n] != '\0');
    }
    return false;
}

static bool add_cors(const struct iv_server *s, struct lws *wsi, struct head *h, const char *origin)
{
    if (!s->config->serve_cors[0])
        return true;
    if (!add(wsi, h, "vary", "Origin"))
        return false;
    if (!origin || !iv_cors_allows(s, origin))
        return true;
    return add(wsi, h, "access-control-allow-origin", origin) &&
           add(wsi, h, "access-control-allow-credentials", "true") &&
           add(wsi, h, "access-control-expose-headers",
               "X-Request-ID, RateLimit, RateLimit-Policy, Retry-After");
}

static bool has_header(const struct iv_reply *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (!strcasecmp(r->headers[i].name, name))
            return true;
    return false;
}

static bool add_safety(const struct iv_reply *r, struct lws *wsi, struct head *h, bool is_tls)
{
    return add(wsi, h, "x-content-type-options", "nosniff") &&
           add(wsi, h, "referrer-policy", "no-referrer") &&
           (has_header(r, "Content-Security-Policy") ||
            add(wsi, h, "content-security-policy", "default-src 'none'; frame-ancestors 'none'")) &&
           (!is_tls || add(wsi, h, "strict-transport-security", "max-age=31536000"));
}

static bool begin_head(struct loop *l, struct lws *wsi, const struct iv_request *q,
                       const struct iv_reply *r, uint64_t len, bool closes, struct head *h)
{
    const char *type = r->type ? r->type : "application/json; charset=utf-8";
    int status = r->status ? r->status : 200;
    bool good;

    h->at = h->start = h->bytes + LWS_PRE;
    h->end = h->start + HEAD_BYTES;
    good = !lws_add_http_header_status(wsi, (unsigned)status, &h->at, h->end) &&
           (status == 204 || (add(wsi, h, "content-type", type) &&
                              !lws_add_http_header_content_length(wsi, len, &h->at, h->end))) &&
           add(wsi, h, "x-request-id", q->id) && add_cors(l->server, wsi, h, q->origin) &&
           add_safety(r, wsi, h, q->is_tls);
    if (good && r->is_gzip)
        good = add(wsi, h, "content-encoding", "gzip");
    if (good && closes)
        good = add(wsi, h, "connection", "close");
    for (size_t i = 0; i < r->n_headers && good; i++)
        good = add(wsi, h, r->headers[i].name, r->headers[i].value);
    return good && !lws_finalize_http_header(wsi, &h->at, h->end);
}

/* -- what the body is -- */

/* "bytes=from-to": one range, or none that we take. */
static bool read_range(const char *text, uint64_t size, uint64_t *from, uint64_t *to)
{
    unsigned long long a = 0, b = 0;
    char rest;

    if (!text || strncmp(text, "bytes=", 6) || !size)
        return false;
    text += 6;
    if (*text == '-') {
        if (sscanf(text + 1, "%llu%c", &b, &rest) != 1 || !b)
            return false;
        *from = b < size ? size - b : 0;
        *to = size - 1;
        return true;
    }
    if (*text < '0' || *text > '9')
        return false;
    if (sscanf(text, "%llu-%llu%c", &a, &b, &rest) == 2) {
        *from = a;
        *to = b < size ? b : size - 1;
        return a <= b;
    }
    *from = a;
    *to = size - 1;
    return sscanf(text, "%llu-%c", &a, &rest) == 1 && text[strlen(text) - 1] == '-';
}

static int64_t now_ms(const struct exchange *x)
{
    return iv_wall_ms(iv_ctx_clock(x->loop->server->ctx));
}

/* status 0: that of the code. */
static void fail(struct exchange *x, enum iv_code code, int status, const char *text)
{
    struct iv_error err;

    iv_fail(&err, code, "%s", text);
    iv_reply_error(&x->r, &x->q, code, &err, now_ms(x));
    if (!status)
        return;
    x->r.status = status;
    iv_json_set_int(x->r.json, "status_code", status);
}

static void open_file(struct exchange *x)
{
    struct iv_reply *r = &x->r;
    struct stat st;
    uint64_t from = 0, to;

    x->fd = open(r->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (x->fd < 0 && errno == ENOENT) {
        fail(x, IV_E_NOT_FOUND, 0, "the file is gone");
        return;
    }
    if (x->fd < 0 || fstat(x->fd, &st) || !S_ISREG(st.st_mode)) {
        fail(x, IV_E_INTERNAL, 0, "the file cannot be read");
        return;
    }
    to = st.st_size ? (uint64_t)st.st_size - 1 : 0;
    x->total = (size_t)st.st_size;
    iv_reply_header(r, "Accept-Ranges", "bytes");
    if (x->q.range && read_range(x->q.range, (uint64_t)st.st_size, &from, &to)) {
        if (from >= (uint64_t)st.st_size) {
            iv_reply_header(r, "Content-Range", "bytes */%lld", (long long)st.st_size);
            fail(x, IV_E_USAGE, 416, "Range: begins behind the end of the file");
            return;
        }
        r->status = 206;
        x->total = (size_t)(to - from + 1);
        iv_reply_header(r, "Content-Range", "bytes %llu-%llu/%lld", (unsigned long long)from,
                        (unsigned long long)to, (long long)st.st_size);
    }
    (void)lseek(x->fd, (off_t)from, SEEK_SET);
}

static bool print(struct iv_reply *r)
{
    iv_buf_clear(&r->body);
    r->body.max = IV_HTTP_REPLY_MAX;
    return !iv_json_print(r->json, IV_JSON_COMPACT, &r->body, NULL);
}

static void prepare_body(struct exchange *x)
{
    struct iv_reply *r = &x->r;

    if (r->file)
        open_file(x);
    if (r->json && !print(r)) {
        fail(x, IV_E_INTERNAL, 0, "the reply is too large to be sent");
        (void)print(r);
    }
    if (x->fd < 0 || r->json)
        x->total = r->fixed ? r->fixed_len : r->body.len;
}

/* Copies the next piece; 0 at the end, negative when the file failed. */
static ssize_t next_piece(struct exchange *x, unsigned char *to, size_t room)
{
    const unsigned char *from = x->r.fixed ? x->r.fixed : (const unsigned char *)x->r.body.data;
    size_t left = x->total - x->sent;

    if (room > left)
        room = left;
    if (!room)
        return 0;
    if (x->fd >= 0 && !x->r.json)
        return read(x->fd, to, room);
    memcpy(to, from + x->sent, room);
    return (ssize_t)room;
}

static void count(struct iv_server *s, int status)
{
    atomic_fetch_add(&s->by_status[status / 100 < 6 ? status / 100 : 0], 1);
}

static void log_line(const struct exchange *x)
{
    iv_log(iv_ctx_log(x->loop->server->ctx), IV_LOG_INFO, "%s %s %.200s %d %zu key=%s from=%s",
           x->q.id, iv_method_name(x->q.method), x->q.path ? x->q.path : "-",
           x->r.status ? x->r.status : 200, x->total, x->q.who.key_id[0] ? x->q.who.key_id : "-",
           x->q.address);
}

/* A connection that is closed over what its client still sends is reset, and the client never reads why it was refused. */
static int linger(struct conn *c)
{
    c->lingers = true;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    if (!lws_is_ssl(c->wsi))
        shutdown(lws_get_socket_fd(c->wsi), SHUT_WR);
    if (!c->body_len)
        lws_rx_flow_control(c->wsi, 0);
    lws_set_timer_usecs(c->wsi, c->body_len ? LINGER_BODY_US : LINGER_US);
    return 0;
}

static int finish(struct conn *c)
{
    bool closes = c->x->closes, is_refused = c->x->is_refused;

    log_line(c->x);
    count(c->x->loop->server, c->x->r.status ? c->x->r.status : 200);
    iv_exchange_free(c->x);
    c->x = NULL;
    if (is_refused)
        return linger(c);
    if (closes)
        return -1;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    return lws_http_transaction_completed(c->wsi) ? -1 : 0;
}

/* The head of the reply, unless it is out. */
static bool put_head(struct conn *c, struct head *h)
{
    struct exchange *x = c->x;

    h->at = h->start = h->bytes + LWS_PRE;
    if (x->has_head)
        return true;
    prepare_body(x);
    if (!begin_head(x->loop, c->wsi, &x->q, &x->r, x->total, x->closes, h))
        return false;
    x->has_head = true;
    if (x->q.method == IV_HEAD || x->r.status == 204)
        x->sent = x->total;
    return true;
}

/* Behind the head, where there is one: both go out together. */
static bool put_piece(struct exchange *x, struct head *h)
{
    ssize_t n = next_piece(x, h->at, SEND_BYTES);

    if (n < 0 || (!n && x->sent < x->total))
        return false;
    h->at += n;
    x->sent += (size_t)n;
    return true;
}

static bool flush(const struct conn *c, struct head *h)
{
    size_t len = (size_t)(h->at - h->start);
    bool is_last = c->x->sent >= c->x->total;

    return !len ||
           lws_write(c->wsi, h->start, len, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) >= 0;
}

/* A piece at a time, as the socket takes them. */
int iv_conn_write(struct conn *c)
{
    struct exchange *x = c->x;
    UNSET struct head h;

    if (!x || !x->is_answered)
        return 0;
    if (lws_partial_buffered(c->wsi)) {
        lws_callback_on_writable(c->wsi);
        return 0;
    }
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_S);
    if (!put_head(c, &h) || !put_piece(x, &h) || !flush(c, &h))
        return -1;
    if (x->sent >= x->total)
        return finish(c);
    lws_callback_on_writable(c->wsi);
    return 0;
}

void iv_refuse_now(struct loop *l, struct lws *wsi, const struct iv_request *q, struct iv_reply *r)
{
    static const char old[] = "HTTP/1.0";
    UNSET struct head h;

    r->body.max = 65536;
    iv_buf_clear(&r->body);
    if (iv_json_print(r->json, IV_JSON_COMPACT, &r->body, NULL) || r->body.len > SEND_BYTES ||
        !begin_head(l, wsi, q, r, r->body.len, true, &h))
        return;
    if (!memcmp(h.start, old,
                sizeof old - 1)) /* what libwebsockets writes before it has read that */
        h.start[sizeof old - 2] = '1';
    memcpy(h.at, r->body.data, r->body.len);
    h.at += r->body.len;
    (void)lws_write(wsi, h.start, (size_t)(h.at - h.start), LWS_WRITE_HTTP_FINAL);
    count(l->server, r->status);
}

void iv_exchange_free(struct exchange *x)
{
    if (!x)
        return;
    if (x->fd >= 0)
        close(x->fd);
    x->loop->n_exchanges--;
    iv_request_release(&x->q);
    iv_reply_release(&x->r);
    free(x);
}

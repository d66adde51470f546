/* request.c - the gate: what libwebsockets lets through and we do not, then a request for the workers.
 *
 * libwebsockets 4.1 takes Content-Length with Transfer-Encoding, two lengths, no Host, bodies of GET: each of them a way to smuggle
 * a request past a proxy. All are refused here and end the connection.
 */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "loop.h"
#include "route/route.h"

#define HEADER_MAX 8192
#define LENGTH_DIGITS_MAX 9
#define BODY_MAX (1u << 20)
#define IMPORT_BODY_MAX IV_HTTP_BODY_MAX
#define URL_MAX 4096
#define ID_CHARS 12

/* -- headers -- */

char *iv_header(struct lws *wsi, enum lws_token_indexes index)
{
    int len = lws_hdr_total_length(wsi, index);
    char *text;

    if (len <= 0 || len > HEADER_MAX || !(text = iv_alloc((size_t)len + 1)))
        return NULL;
    if (lws_hdr_copy(wsi, text, len + 1, index) < 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *iv_header_custom(struct lws *wsi, const char *name)
{
    int len = lws_hdr_custom_length(wsi, name, (int)strlen(name));
    char *text;

    if (len <= 0 || len > HEADER_MAX || !(text = iv_alloc((size_t)len + 1)))
        return NULL;
    if (lws_hdr_custom_copy(wsi, text, len + 1, name, (int)strlen(name)) < 0) {
        free(text);
        return NULL;
    }
    return text;
}

static enum iv_method method_of(struct lws *wsi, char **path)
{
    static const struct {
        enum lws_token_indexes index;
        enum iv_method method;
    } tokens[] = {
        {WSI_TOKEN_GET_URI, IV_GET},
        {WSI_TOKEN_POST_URI, IV_POST},
        {WSI_TOKEN_DELETE_URI, IV_DELETE},
        {WSI_TOKEN_OPTIONS_URI, IV_OPTIONS},
        {WSI_TOKEN_HEAD_URI, IV_HEAD},
        {WSI_TOKEN_PUT_URI, IV_METHOD_OTHER},
        {WSI_TOKEN_PATCH_URI, IV_METHOD_OTHER},
    };

    for (size_t i = 0; i < IV_LEN(tokens); i++)
        if (lws_hdr_total_length(wsi, tokens[i].index) > 0) {
            *path = iv_header(wsi, tokens[i].index);
            return tokens[i].method;
        }
    *path = NULL;
    return IV_METHOD_OTHER;
}

static bool is_good_text(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return iv_utf8_valid(text, strlen(text));
}

static enum iv_code read_query(struct lws *wsi, struct iv_request *q, struct iv_error *err)
{
    char one[HEADER_MAX];
    int len;

    for (int i = 0;
         (len = lws_hdr_copy_fragment(wsi, one, sizeof one, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0; i++) {
        char *value = strchr(one, '=');

        if (q->n_query == IV_HTTP_QUERY_MAX)
            return iv_fail(err, IV_E_USAGE, "more than %d parameters", IV_HTTP_QUERY_MAX);
        if (!is_good_text(one))
            return iv_fail(err, IV_E_USAGE, "the query is not valid UTF-8 text");
        if (value)
            *value++ = '\0';
        q->query[q->n_query].name = iv_strdup(one);
        q->query[q->n_query++].value = iv_strdup(value ? value : "");
    }
    return len < -1 ? iv_fail(err, IV_E_USAGE, "the query is too long") : IV_OK;
}

/* -- the gate -- */

/* Names that end in a blank are read in two ways by different programs. */
static const char *const twofold[] = {"content-length :", "transfer-encoding :", "host :"};

static enum iv_code check_head(struct lws *wsi, const struct iv_request *q, int *status,
                               struct iv_error *err)
{
    char version[16];
    int n = lws_hdr_copy(wsi, version, sizeof version, WSI_TOKEN_HTTP);

    if (n != 8 || (memcmp(version, "HTTP/1.1", 8) != 0 && memcmp(version, "HTTP/1.0", 8) != 0))
        return iv_fail(err, IV_E_USAGE, "this server speaks HTTP/1.1");
    for (size_t i = 0; i < IV_LEN(twofold); i++)
        if (lws_hdr_custom_length(wsi, twofold[i], (int)strlen(twofold[i])) >= 0)
            return iv_fail(err, IV_E_USAGE, "a header's name ends in a blank");
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        *status = 501;
        return iv_fail(err, IV_E_USAGE, "Transfer-Encoding is not taken: send Content-Length");
    }
    if (strlen(q->path) > URL_MAX || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) > URL_MAX) {
        *status = 414;
        return iv_fail(err, IV_E_USAGE, "the URL is longer than %d bytes", URL_MAX);
    }
    return IV_OK;
}

static bool is_host(const char *text)
{
    size_t len =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_");

    return len && !text[len] && len < 256;
}

static enum iv_code read_length(struct lws *wsi, size_t *out, int *status, struct iv_error *err)
{
    char text[32];
    int len = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);

    *out = 0;
    if (!len)
        return IV_OK;
    if (len >= (int)sizeof text ||
        lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0 ||
        strspn(text, "0123456789") != (size_t)len)
        return iv_fail(err, IV_E_USAGE, "Content-Length: must be one number");
    if (len > LENGTH_DIGITS_MAX) {
        *status = 413;
        return iv_fail(err, IV_E_TOO_LARGE, "Content-Length: at most %d digits are taken",
                       LENGTH_DIGITS_MAX);
    }
    *out = (size_t)strtoul(text, NULL, 10);
    return IV_OK;
}

static void new_id(struct loop *l, char out[32])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

    if (l->n_random < ID_CHARS) { /* one call of the system for many */
        l->n_random = sizeof l->random;
        randombytes_buf(l->random, sizeof l->random);
    }
    memcpy(out, "req_", 4);
    for (size_t i = 0; i < ID_CHARS; i++)
        out[4 + i] = digits[l->random[--l->n_random] % 36];
    out[4 + ID_CHARS] = '\0';
}

static bool is_old(struct lws *wsi) /* HTTP/1.0 needs no Host */
{
    char version[16];

    return lws_hdr_copy(wsi, version, sizeof version, WSI_TOKEN_HTTP) == 8 && version[7] == '0';
}

enum iv_code iv_read_request(struct loop *l, struct lws *wsi, struct iv_request *q,
                             struct iv_error *err)
{
    new_id(l, q->id);
    q->method = method_of(wsi, &q->path);
    q->host = iv_header(wsi, WSI_TOKEN_HOST);
    q->origin = iv_header(wsi, WSI_TOKEN_ORIGIN);
    q->api_key = iv_header_custom(wsi, "x-api-key:");
    q->authorization = iv_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
    q->content_type = iv_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE);
    q->idempotency_key = iv_header_custom(wsi, "idempotency-key:");
    q->range = iv_header(wsi, WSI_TOKEN_HTTP_RANGE);
    q->if_none_match = iv_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH);
    q->cors_method = iv_header_custom(wsi, "access-control-request-method:");
    q->accept_encoding = iv_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING);
    q->room_pass = iv_header_custom(wsi, "x-room-pass:");
    q->is_tls = lws_is_ssl(wsi);
    iv_read_peer(l->server, wsi, q);
    if (!q->path)
        return iv_fail(err, IV_E_USAGE, "the request has no path");
    if (!is_good_text(q->path))
        return iv_fail(err, IV_E_USAGE, "the path is not valid UTF-8 text");
    if (!q->host && !is_old(wsi))
        return iv_fail(err, IV_E_USAGE, "the request has no Host");
    if (q->host && !is_host(q->host))
        return iv_fail(err, IV_E_USAGE, "Host: must be one name or address");
    if (q->idempotency_key && strlen(q->idempotency_key) > 255)
        return iv_fail(err, IV_E_USAGE, "Idempotency-Key: at most 255 characters");
    return read_query(wsi, q, err);
}

/* -- from the loop to a worker and back -- */

static void answer(struct iv_job *job)
{
    struct exchange *x = (struct exchange *)(void *)job;
    struct loop *l = x->loop;
    bool is_first;

    iv_route_answer(l->server, &x->q, &x->r);
    pthread_mutex_lock(&l->lock);
    is_first = !l->done; /* else somebody has woken the loop for all that it will find */
    x->next = l->done;
    l->done = x;
    pthread_mutex_unlock(&l->lock);
    if (is_first)
        iv_loop_wake(l);
}

static int64_t wall_ms(const struct loop *l)
{
    return iv_wall_ms(iv_ctx_clock(l->server->ctx));
}

/* Answered here, and nothing more is heard on this connection. status 0: that of the code. */
static int refuse(struct exchange *x, enum iv_code code, int status, const struct iv_error *err)
{
    iv_reply_error(&x->r, &x->q, code, err, wall_ms(x->loop));
    if (status) {
        x->r.status = status;
        iv_json_set_int(x->r.json, "status_code", status);
    }
    atomic_fetch_add(&x->loop->server->refused, 1);
    x->closes = x->is_refused = x->is_answered = true;
    lws_callback_on_writable(x->conn->wsi);
    return 0;
}

static int post(struct exchange *x)
{
    struct iv_error err;

    lws_set_timeout(x->conn->wsi, NO_PENDING_TIMEOUT, 0); /* a judge may take its time */
    lws_rx_flow_control(x->conn->wsi, 0); /* 4.1 turns in circles over what is sent ahead */
    x->is_posted = true;
    if (!iv_pool_post(x->loop->server->pool, &x->job, &err))
        return 0;
    x->is_posted = false;
    lws_rx_flow_control(x->conn->wsi, 1);
    return refuse(x, IV_E_BUSY, 0, &err);
}

/* A preflight asks without a key. */
static int preflight(struct exchange *x)
{
    x->r.status = 204;
    x->is_answered = true;
    if (x->q.origin && iv_cors_allows(x->loop->server, x->q.origin)) {
        iv_reply_header(&x->r, "Access-Control-Allow-Methods", "GET, POST, DELETE");
        iv_reply_header(&x->r, "Access-Control-Allow-Headers",
                        "X-API-Key, Authorization, Content-Type, Idempotency-Key, Range");
        iv_reply_header(&x->r, "Access-Control-Max-Age", "600");
    }
    iv_reply_header(&x->r, "Allow", "GET, POST, DELETE, OPTIONS");
    lws_callback_on_writable(x->conn->wsi);
    return 0;
}

/* Those who balance loads ask often, and all of them get what the first one found. */
static bool is_known(struct exchange *x)
{
    if (x->q.method != IV_GET || strcmp(x->q.path, "/health") != 0 ||
        !iv_health_again(x->loop->server, &x->r))
        return false;
    return x->is_answered = true;
}

static size_t body_limit(const struct iv_request *q)
{
    return strcmp(q->path, "/api/sessions/import") ? BODY_MAX : IMPORT_BODY_MAX;
}

int iv_conn_request(struct loop *l, struct conn *c)
{
    struct exchange *x = iv_alloc(sizeof *x);
    struct iv_error err = {0};
    enum iv_code rc;
    size_t len = 0;
    int status = 0;

    if (!x)
        return -1;
    *x = (struct exchange){.job.run = answer, .loop = l, .conn = c, .fd = -1};
    c->x = x;
    l->n_exchanges++;
    atomic_fetch_add(&l->server->requests, 1);
    atomic_store(&l->server->used_us, iv_mono_us(iv_ctx_clock(l->server->ctx)));
    x->began_us = atomic_load(&l->server->used_us);
    rc = iv_read_request(l, c->wsi, &x->q, &err);
    if (!rc)
        rc = check_head(c->wsi, &x->q, &status, &err);
    if (!rc)
        rc = read_length(c->wsi, &len, &status, &err);
    c->body_len = len;
    if (rc)
        return refuse(x, rc, status, &err);
    if (len && x->q.method != IV_POST && x->q.method != IV_METHOD_OTHER)
        return refuse(x, iv_fail(&err, IV_E_USAGE, "%s takes no body", iv_method_name(x->q.method)),
                      0, &err);
    c->body_max = body_limit(&x->q);
    if (len > c->body_max)
        return refuse(
            x, iv_fail(&err, IV_E_TOO_LARGE, "a body of %zu bytes: at most %zu", len, c->body_max),
            0, &err);
    if (x->q.method == IV_OPTIONS)
        return preflight(x);
    if (is_known(x))
        return iv_conn_write(c);
    x->q.body.max = c->body_max;
    if (!len) {
        /* A POST without a length is read on for ever by libwebsockets. */
        x->closes = x->q.method == IV_POST || x->q.method == IV_METHOD_OTHER;
        return post(x);
    }
    lws_set_timer_usecs(c->wsi, (lws_usec_t)l->server->config->serve_body_ms * 1000);
    return 0;
}

int iv_conn_body(struct conn *c, const void *bytes, size_t len)
{
    struct exchange *x = c->x;

    if (c->lingers || !x || x->is_posted || x->is_answered)
        return 0;
    iv_buf_add(&x->q.body, bytes, len);
    return x->q.body.failed ? -1 : 0;
}

int iv_conn_body_end(struct conn *c)
{
    struct exchange *x = c->x;

    if (c->lingers)
        return -1;
    return x && !x->is_posted && !x->is_answered && c->body_len ? post(x) : 0;
}

/* The timer may be one of an earlier request: 4.1 cannot cancel it. */
int iv_conn_late(struct conn *c)
{
    struct exchange *x = c->x;
    int64_t left_us;

    if (c->lingers)
        return -1;
    if (!x || x->is_posted || x->is_answered)
        return 0;
    left_us = x->began_us + x->loop->server->config->serve_body_ms * 1000 -
              iv_mono_us(iv_ctx_clock(x->loop->server->ctx));
    if (left_us <= 0)
        return -1;
    lws_set_timer_usecs(c->wsi, left_us);
    return 0;
}

void iv_conn_gone(struct conn *c)
{
    struct exchange *x = c->x;

    c->x = NULL;
    if (!x)
        return;
    x->conn = NULL;
    if (!x->is_posted)
        iv_exchange_free(x);
}

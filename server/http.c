/* http.c - requests and replies as values. */
#include "http.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

const char *iv_query(const struct iv_request *q, const char *name)
{
    for (size_t i = 0; i < q->n_query; i++)
        if (!strcmp(q->query[i].name, name))
            return q->query[i].value;
    return NULL;
}

enum iv_code iv_query_int(const struct iv_request *q, const char *name, int64_t min, int64_t max,
                          int64_t otherwise, int64_t *out, struct iv_error *err)
{
    const char *text = iv_query(q, name);
    char *end;
    long long n;

    *out = otherwise;
    if (!text)
        return IV_OK;
    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno || end == text || *end || n < min || n > max)
        return iv_fail(err, IV_E_USAGE, "Invalid %s \"%.40s\". Must be %lld to %lld", name, text,
                       (long long)min, (long long)max);
    *out = n;
    return IV_OK;
}

void iv_reply_header(struct iv_reply *r, const char *name, const char *fmt, ...)
{
    va_list ap;

    if (r->n_headers == IV_LEN(r->headers) || r->n_notes == IV_LEN(r->notes))
        return;
    va_start(ap, fmt);
    vsnprintf(r->notes[r->n_notes], sizeof r->notes[0], fmt, ap);
    va_end(ap);
    r->headers[r->n_headers++] = (struct iv_http_header){name, r->notes[r->n_notes++]};
}

void iv_reply_release(struct iv_reply *r)
{
    iv_buf_release(&r->body);
    iv_json_free(r->json);
    free(r->file);
    *r = (struct iv_reply){0};
}

void iv_request_release(struct iv_request *q)
{
    char *texts[] = {q->path,          q->host,         q->origin,          q->api_key,
                     q->authorization, q->content_type, q->idempotency_key, q->range,
                     q->if_none_match, q->cors_method,  q->forwarded_proto, q->accept_encoding,
                     q->room_pass};

    for (size_t i = 0; i < IV_LEN(texts); i++)
        free(texts[i]);
    for (size_t i = 0; i < IV_HTTP_PARAMS_MAX; i++)
        free(q->params[i]);
    for (size_t i = 0; i < q->n_query; i++) {
        free(q->query[i].name);
        free(q->query[i].value);
    }
    iv_buf_release(&q->body);
    iv_json_free(q->json);
    *q = (struct iv_request){0};
}

/* A Host is the client's word: only what a name and a port may hold goes into our URLs. */
static bool is_host(const char *text)
{
    size_t len =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_");

    return len && !text[len] && len < 256;
}

void iv_public_base(const struct iv_server *s, const struct iv_request *q, char *out, size_t size)
{
    const char *fixed = s->config->serve_public_url;
    bool is_tls = q && (q->is_tls || (q->forwarded_proto && !strcmp(q->forwarded_proto, "https")));

    if (fixed[0])
        snprintf(out, size, "%.*s", (int)(strlen(fixed) - (fixed[strlen(fixed) - 1] == '/')),
                 fixed);
    else if (q && q->host && !q->is_own && is_host(q->host))
        snprintf(out, size, "%s://%s", is_tls ? "https" : "http", q->host);
    else
        snprintf(out, size, "%s", s->base);
}

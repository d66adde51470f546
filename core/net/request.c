/* request.c - a call's own copy of what is asked, checked before. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "net/internal.h"

#define HEADERS_MAX 64
#define PARTS_MAX 32
#define HEADER_VALUE_MAX (16u << 10)

struct packer {
    char *at; /* NULL: only counts */
    size_t size;
};

static void *pack(struct packer *p, const void *data, size_t len)
{
    void *to = p->at;

    p->size += len;
    if (!p->at)
        return NULL;
    if (len)
        memcpy(to, data, len);
    p->at += len;
    return to;
}

static const char *pack_text(struct packer *p, const char *s)
{
    return s ? pack(p, s, strlen(s) + 1) : NULL;
}

/* Arrays first: their items are aligned, the bytes after them need not be. */
static void pack_request(struct packer *p, const struct net_request *r, struct net_request *to)
{
    struct net_header *headers = pack(p, r->headers, r->n_headers * sizeof *r->headers);
    struct net_part *parts = pack(p, r->parts, r->n_parts * sizeof *r->parts);

    *to = *r;
    to->headers = headers;
    to->parts = parts;
    to->service = pack_text(p, r->service);
    to->method = pack_text(p, r->method);
    to->url = pack_text(p, r->url);
    to->socket = pack_text(p, r->socket);
    to->body = r->body ? pack(p, r->body, r->body_len) : NULL;
    for (size_t i = 0; i < r->n_headers; i++) {
        struct net_header h = {pack_text(p, r->headers[i].name), pack_text(p, r->headers[i].value)};

        if (headers)
            headers[i] = h;
    }
    for (size_t i = 0; i < r->n_parts; i++) {
        struct net_part part = r->parts[i];

        part.name = pack_text(p, part.name);
        part.filename = pack_text(p, part.filename);
        part.type = pack_text(p, part.type);
        part.data = pack(p, part.data, part.len);
        if (parts)
            parts[i] = part;
    }
}

static bool is_token(const char *s)
{
    if (!s || !*s)
        return false;
    for (; *s; s++)
        if (*s <= ' ' || *s >= 127 || strchr("()<>@,;:\\\"/[]?={}", *s))
            return false;
    return true;
}

enum iv_code iv_net_check_headers(const struct net_header *h, size_t n, struct iv_error *err)
{
    if (n > HEADERS_MAX)
        return iv_fail(err, IV_E_USAGE, "net: %zu header fields are too many (%d)", n, HEADERS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!is_token(h[i].name))
            return iv_fail(err, IV_E_USAGE, "net: the name of header field %zu is not one", i + 1);
        if (!h[i].value || strlen(h[i].value) > HEADER_VALUE_MAX)
            return iv_fail(err, IV_E_USAGE, "net: header %s: no value, or one that is too long",
                           h[i].name);
        for (const char *p = h[i].value; *p; p++)
            if (((unsigned char)*p < ' ' && *p != '\t') || *p == 127)
                return iv_fail(err, IV_E_USAGE, "net: header %s: a control character in it",
                               h[i].name);
    }
    return IV_OK;
}

enum iv_code iv_call_check(const struct net_request *r, struct iv_error *err)
{
    if (!is_token(r->method) || strlen(r->method) > 16)
        return iv_fail(err, IV_E_USAGE, "net: the method is not one");
    if (r->n_parts > PARTS_MAX || (r->n_parts && r->body))
        return iv_fail(err, IV_E_USAGE, "net: a body and parts, or more than %d parts", PARTS_MAX);
    for (size_t i = 0; i < r->n_parts; i++)
        if (!r->parts[i].name)
            return iv_fail(err, IV_E_USAGE, "net: part %zu has no name", i + 1);
    return iv_net_check_headers(r->headers, r->n_headers, err);
}

enum iv_code iv_call_copy(net_call *c, const struct net_request *r, struct iv_error *err)
{
    struct packer count = {0}, p = {0};

    pack_request(&count, r, &c->r);
    c->copy = iv_alloc(count.size + 1);
    if (!c->copy)
        return iv_fail(err, IV_E_NOMEM, "net: %zu bytes of request: out of memory", count.size);
    p.at = c->copy;
    pack_request(&p, r, &c->r);
    c->r.max_body = r->max_body ? r->max_body : NET_BODY_BYTES;
    return IV_OK;
}

void iv_call_free(net_call *c)
{
    struct packer count = {0};
    struct net_request r;

    if (!c)
        return;
    if (c->copy) { /* headers hold keys */
        pack_request(&count, &c->r, &r);
        sodium_memzero(c->copy, count.size);
    }
    free(c->copy);
    iv_buf_release(&c->t.body);
    free(c);
}

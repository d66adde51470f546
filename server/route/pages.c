/* pages.c - what browsers get: files of page/page.h by name. */
#include <string.h>

#include "own.h"
#include "page/page.h"
#include "route/route.h"

static enum iv_code give(struct iv_request *q, struct iv_reply *r, const char *name,
                         struct iv_error *err)
{
    struct iv_page page;

    if (!iv_page_get(name, q->accept_encoding, &page))
        return iv_fail(err, IV_E_NOT_FOUND, "%.100s: there is no such file", name);
    iv_reply_header(r, "ETag", "%s", page.etag);
    iv_reply_header(r, "Cache-Control", "no-cache");
    iv_reply_header(r, "Vary", "Accept-Encoding");
    if (page.policy)
        r->headers[r->n_headers++] =
            (struct iv_http_header){"Content-Security-Policy", page.policy};
    if (page.policy)
        iv_reply_header(r, "Permissions-Policy", "microphone=(self), camera=(), geolocation=()");
    r->type = page.type;
    if (iv_page_is_known(&page, q->if_none_match)) {
        r->status = 304;
        return IV_OK;
    }
    r->fixed = page.bytes;
    r->fixed_len = page.len;
    r->is_gzip = page.is_gzip;
    return IV_OK;
}

iv_handler iv_route_room_page, iv_route_docs_page, iv_route_redoc_page, iv_route_openapi_get,
    iv_route_static_file;

enum iv_code iv_route_room_page(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                struct iv_error *err)
{
    (void)s;
    return give(q, r, "room.html", err);
}

enum iv_code iv_route_docs_page(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                struct iv_error *err)
{
    (void)s;
    return give(q, r, "docs.html", err);
}

enum iv_code iv_route_redoc_page(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    (void)s;
    return give(q, r, "redoc.html", err);
}

enum iv_code iv_route_openapi_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    (void)s;
    return give(q, r, "openapi.json", err);
}

enum iv_code iv_route_static_file(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    (void)s;
    if (strstr(q->params[0], ".html"))
        return iv_fail(err, IV_E_NOT_FOUND, "%.100s: there is no such file", q->params[0]);
    return give(q, r, q->params[0], err);
}

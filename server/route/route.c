/* route.c - from method and path to a row of the table, and the row's own answer. */
#include "route/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "own.h"

#define R(method, path, auth, request, reply, handler, summary) iv_handler iv_route_##handler;
#include "route/routes.def"
#undef R

const struct iv_route iv_routes[] = {
#define R(verb, where, class, takes, gives, handler, text)                                         \
    {IV_##verb, where, IV_AUTH_##class, #takes, #gives, iv_route_##handler, #handler, text},
#include "route/routes.def"
#undef R
};
const size_t iv_route_count = IV_LEN(iv_routes);

const char *iv_method_name(enum iv_method m)
{
    static const char *const names[] = {"GET", "POST", "DELETE", "OPTIONS", "HEAD", "?"};

    return names[m];
}

/* A part in braces takes everything up to the next slash; at most IV_HTTP_PARAMS_MAX of them. */
static bool matches(const char *pattern, const char *path, const char *at[IV_HTTP_PARAMS_MAX],
                    size_t len[IV_HTTP_PARAMS_MAX])
{
    size_t n = 0;

    while (*pattern && *path) {
        if (*pattern == '{') {
            at[n] = path;
            len[n] = strcspn(path, "/");
            if (!len[n])
                return false;
            path += len[n++];
            pattern = strchr(pattern, '}') + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*pattern && !*path;
}

static void add_allowed(char allow[64], const char *name)
{
    size_t len = strlen(allow);

    snprintf(allow + len, 64 - len, "%s%s", len ? ", " : "", name);
}

/* A fixed path stands before one with a part in braces: the table's order decides. */
const struct iv_route *iv_route_find(struct iv_request *q, char allow[64], struct iv_error *err)
{
    enum iv_method method = q->method == IV_HEAD ? IV_GET : q->method;

    allow[0] = '\0';
    for (size_t i = 0; i < iv_route_count; i++) {
        const char *at[IV_HTTP_PARAMS_MAX] = {NULL};
        size_t len[IV_HTTP_PARAMS_MAX] = {0};

        if (!matches(iv_routes[i].path, q->path, at, len))
            continue;
        if (iv_routes[i].method != method) {
            add_allowed(allow, iv_method_name(iv_routes[i].method));
            continue;
        }
        for (size_t k = 0; k < IV_HTTP_PARAMS_MAX; k++)
            q->params[k] = at[k] ? iv_strndup(at[k], len[k]) : NULL;
        return &iv_routes[i];
    }
    if (allow[0])
        iv_fail(err, IV_E_METHOD, "%s does not take this method", q->path);
    else
        iv_fail(err, IV_E_NOT_FOUND, "%.200s: there is no such path", q->path);
    return NULL;
}

/* -- the row's answer -- */

static bool is_json_type(const char *type)
{
    return !type || (!strncasecmp(type, "application/json", 16) &&
                     (!type[16] || type[16] == ';' || type[16] == ' '));
}

static enum iv_code take_body(struct iv_request *q, struct iv_reply *r, struct iv_error *err)
{
    enum iv_code rc;

    if (!strcmp(q->route->request, "none"))
        return IV_OK;
    if (!q->body.len)
        return iv_fail(err, IV_E_USAGE, "the request has no body: a JSON object is needed");
    if (!is_json_type(q->content_type))
        return iv_fail(err, IV_E_MEDIA_TYPE, "Content-Type %.80s: must be application/json",
                       q->content_type);
    rc = iv_json_parse(q->body.data, q->body.len, IV_HTTP_BODY_MAX, &q->json, err);
    if (!rc && iv_json_type(q->json) != IV_JSON_OBJECT)
        rc = iv_fail(err, IV_E_USAGE, "the body must be a JSON object");
    return rc ? rc : iv_schema_check(q->route->request, q->json, r->details, err);
}

/* Secrets that are shown once, and logins, are not kept to be shown again. */
static bool may_repeat(const struct iv_request *q)
{
    return q->idempotency_key && q->method == IV_POST && q->route->auth == IV_AUTH_KEY;
}

/* The same request again answers as the first did, for a day. */
static enum iv_code call_once(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                              struct iv_error *err)
{
    bool known;
    enum iv_code rc = iv_once_begin(s, q, r, &known, err);

    if (rc || known)
        return rc;
    rc = q->route->handle(s, q, r, err);
    iv_once_end(s, q, rc ? NULL : r);
    return rc;
}

static enum iv_code answer(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                           struct iv_error *err)
{
    char allow[64];
    enum iv_code rc;

    q->route = iv_route_find(q, allow, err);
    if (!q->route) {
        if (allow[0])
            iv_reply_header(r, "Allow", "%s", allow);
        return err->code;
    }
    rc = iv_auth_request(s, q, q->route->auth, r, err);
    if (!rc)
        rc = take_body(q, r, err);
    if (rc)
        return rc;
    return may_repeat(q) ? call_once(s, q, r, err) : q->route->handle(s, q, r, err);
}

void iv_route_answer(struct iv_server *s, struct iv_request *q, struct iv_reply *r)
{
    struct iv_error err = {0};
    enum iv_code rc = answer(s, q, r, &err);

    if (rc)
        iv_reply_error(r, q, rc, &err, iv_wall_ms(iv_ctx_clock(s->ctx)));
}

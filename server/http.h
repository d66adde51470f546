/* http.h - a request and its reply as the handlers of routes see them: no socket, no libwebsockets.
 *
 * Why:     handlers run on worker threads, where they may wait for a store or a judge; what they are given is complete and checked.
 * Owns:    the service owns both; strings of a request live as long as it; a reply owns its body.
 * Threads: one handler has a request at a time.
 * Units:   bytes.
 * Errors:  a handler returns a code and fills err; the error body follows from iv/code.def (error.c).
 */
#ifndef IV_SERVER_HTTP_H
#define IV_SERVER_HTTP_H

#include "iv/buf.h"
#include "iv/json.h"
#include "auth.h"

#define IV_HTTP_PARAMS_MAX 2
#define IV_HTTP_QUERY_MAX 16
#define IV_HTTP_BODY_MAX (64u << 20)
#define IV_HTTP_REPLY_MAX (256u << 20)

enum iv_method { IV_GET, IV_POST, IV_DELETE, IV_OPTIONS, IV_HEAD, IV_METHOD_OTHER };

struct iv_http_header {
    const char *name, *value;
};

struct iv_route;
struct iv_server;

struct iv_request {
    enum iv_method method;
    char *path; /* decoded, UTF-8 checked */
    const struct iv_route *route; /* NULL: none matched */
    char *params[IV_HTTP_PARAMS_MAX]; /* of "{...}" in the route's path, in order */
    struct {
        char *name, *value;
    } query[IV_HTTP_QUERY_MAX];
    size_t n_query;
    struct iv_buf body; /* as it came */
    iv_json *json; /* of the body, where the route takes one; NULL: none was sent */
    /* Headers, NULL where absent. */
    char *host, *origin, *api_key, *authorization, *content_type, *idempotency_key, *range,
        *if_none_match, *cors_method, *forwarded_proto, *accept_encoding, *room_pass;
    char address[64]; /* of the client, behind a trusted proxy the one that it tells */
    bool is_tls;
    char id[32]; /* "req_..." */
    struct iv_principal who; /* as the route's class of authentication found it */
    bool is_own; /* of the user whose store it is, without a key */
    bool by_pass; /* with the pass of a room: that session alone, and not its removal */
};

/* NULL when it was not given. */
const char *iv_query(const struct iv_request *q, const char *name);
/* `otherwise` when it was not given; IV_E_USAGE names what is allowed. */
enum iv_code iv_query_int(const struct iv_request *q, const char *name, int64_t min, int64_t max,
                          int64_t otherwise, int64_t *out, struct iv_error *err);

struct iv_reply {
    int status; /* 0: 200 */
    const char *type; /* NULL: application/json; charset=utf-8 */
    struct iv_buf body;
    iv_json *json; /* becomes the body */
    char *file; /* this file is the body, in the byte range that was asked for */
    const void *fixed; /* or these bytes, which stay */
    size_t fixed_len;
    bool is_gzip; /* of `fixed` */
    struct iv_http_header headers[12]; /* values are literals, or in `notes` */
    size_t n_headers;
    char notes[6][160];
    size_t n_notes;
    char details[240]; /* of an error: what was wrong with the value; "" */
    int64_t retry_after_s; /* of an error; negative: none */
};
void iv_reply_header(struct iv_reply *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void iv_reply_release(struct iv_reply *r);
void iv_request_release(struct iv_request *q);

/* "http://host[:port]", from the setting or from what the client asked for. */
void iv_public_base(const struct iv_server *s, const struct iv_request *q, char *out, size_t size);

/* -- error.c -- */
/* The body that carries both shapes of the contract; status, Retry-After and Allow as the code wants them. */
void iv_reply_error(struct iv_reply *r, const struct iv_request *q, enum iv_code code,
                    const struct iv_error *err, int64_t now_ms);
/* The same object by itself, for a refused WebSocket. */
iv_json *iv_error_json(enum iv_code code, const char *message, const char *details,
                       const char *request_id, int64_t retry_after_s, int64_t now_ms);

#endif

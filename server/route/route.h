/* route.h - the table of paths, and who answers them.
 *
 * Threads: [any]; the tables are constant. Handlers: one worker thread each.
 * Errors:  a handler's code becomes the error body of the contract.
 */
#ifndef IV_SERVER_ROUTE_H
#define IV_SERVER_ROUTE_H

#include "http.h"

enum iv_field_kind {
    IV_FIELD_STR,
    IV_FIELD_INT,
    IV_FIELD_NUM,
    IV_FIELD_BOOL,
    IV_FIELD_TIME,
    IV_FIELD_OBJ,
    IV_FIELD_ARR
};
struct iv_schema_field {
    const char *schema; /* whose it is */
    enum iv_field_kind kind;
    const char *name;
    bool is_needed;
    double min, max; /* of STR: characters; of ARR: items; both 0: any */
    const char *choices; /* words, or NULL; of ARR: the schema of its items */
    const char *meaning;
};
extern const struct iv_schema_field iv_schema_fields[]; /* those of one schema stand together */
extern const size_t iv_schema_field_count;
struct iv_schema {
    const char *name, *meaning;
};
extern const struct iv_schema iv_schemas[];
extern const size_t iv_schema_count;

typedef enum iv_code iv_handler(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                struct iv_error *err);

struct iv_route {
    enum iv_method method;
    const char *path;
    enum iv_auth_class auth;
    const char *request, *reply; /* names of schemas, "none" */
    iv_handler *handle;
    const char *handler, *summary;
};

extern const struct iv_route iv_routes[];
extern const size_t iv_route_count;
const char *iv_method_name(enum iv_method m);

/* The row for q->method and q->path, its params taken from the path. NULL: IV_E_NOT_FOUND, or IV_E_METHOD with `allow` filled. */
const struct iv_route *iv_route_find(struct iv_request *q, char allow[64], struct iv_error *err);
/* Checks an object against a schema; `details` says what the value was. */
enum iv_code iv_schema_check(const char *schema, const iv_json *body, char details[240],
                             struct iv_error *err);

/* On a worker thread: authentication, limits, body, handler. Always leaves a reply. */
void iv_route_answer(struct iv_server *s, struct iv_request *q, struct iv_reply *r);

#endif

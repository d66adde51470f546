/* openapi_parts.c - what paths refer to: bodies, errors, and how to show who one is. */
#include <stdio.h>
#include <string.h>

#include "iv/buf.h"
#include "page/openapi.h"
#include "route/route.h"

iv_json *iv_openapi_ref(const char *kind, const char *name)
{
    iv_json *ref = iv_json_object();
    char text[128];

    snprintf(text, sizeof text, "#/components/%s/%s", kind, name);
    iv_json_set_str(ref, "$ref", text);
    return ref;
}

/* -- bodies, from schemas.def -- */

static iv_json *words(const char *list)
{
    iv_json *all = iv_json_array();

    for (const char *p = list; *p; p += strspn(p, " ")) {
        char word[64];
        size_t n = strcspn(p, " ");

        snprintf(word, sizeof word, "%.*s", (int)n, p);
        iv_json_append(all, iv_json_str(word));
        p += n;
    }
    return all;
}

static bool is_schema(const char *name)
{
    for (size_t i = 0; name && i < iv_schema_count; i++)
        if (!strcmp(iv_schemas[i].name, name))
            return true;
    return false;
}

static void bounds(iv_json *s, const struct iv_schema_field *f, const char *least, const char *most)
{
    if (f->min == 0 && f->max == 0)
        return;
    iv_json_set_num(s, least, f->min);
    iv_json_set_num(s, most, f->max);
}

iv_json *iv_openapi_field(const void *schema_field)
{
    static const char *const types[] = {"string", "integer", "number", "boolean",
                                        "string", "object",  "array"};
    const struct iv_schema_field *f = schema_field;
    iv_json *s = iv_json_object();

    iv_json_set_str(s, "type", types[f->kind]);
    if (f->kind == IV_FIELD_TIME)
        iv_json_set_str(s, "format", "date-time");
    if (f->kind == IV_FIELD_STR && f->choices)
        iv_json_set(s, "enum", words(f->choices));
    else if (f->kind == IV_FIELD_STR)
        bounds(s, f, "minLength", "maxLength");
    if (f->kind == IV_FIELD_INT || f->kind == IV_FIELD_NUM)
        bounds(s, f, "minimum", "maximum");
    if (f->kind == IV_FIELD_ARR) {
        bounds(s, f, "minItems", "maxItems");
        iv_json_set(s, "items",
                    is_schema(f->choices) ? iv_openapi_ref("schemas", f->choices)
                                          : iv_json_object());
    }
    if (f->kind == IV_FIELD_OBJ)
        iv_json_set_bool(s, "additionalProperties", true);
    return s;
}

/* What "Try it out" begins with: what is needed, and the first of each list of words. */
static void add_example(iv_json *example, const struct iv_schema_field *f)
{
    char word[64];

    if (f->kind == IV_FIELD_STR && f->choices) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(f->choices, " "), f->choices);
        iv_json_set_str(example, f->name, word);
    } else if (f->is_needed && f->kind == IV_FIELD_STR) {
        iv_json_set_str(example, f->name, f->name);
    } else if (f->is_needed && f->kind == IV_FIELD_INT) {
        iv_json_set_num(example, f->name, f->min);
    } else if (f->is_needed && f->kind == IV_FIELD_OBJ) {
        iv_json_set(example, f->name, iv_json_object());
    }
}

static bool is_request(const char *name)
{
    for (size_t i = 0; i < iv_route_count; i++)
        if (!strcmp(iv_routes[i].request, name))
            return true;
    return false;
}

static iv_json *body_schema(const struct iv_schema *schema)
{
    iv_json *s = iv_json_object(), *fields = iv_json_object(), *needed = iv_json_array(),
            *example = iv_json_object();

    iv_json_set_str(s, "type", "object");
    iv_json_set_str(s, "description", schema->meaning);
    for (size_t i = 0; i < iv_schema_field_count; i++) {
        const struct iv_schema_field *f = &iv_schema_fields[i];
        iv_json *one;

        if (strcmp(f->schema, schema->name) != 0)
            continue;
        one = iv_openapi_field(f);
        iv_json_set_str(one, "description", f->meaning);
        if (f->is_needed)
            iv_json_append(needed, iv_json_str(f->name));
        else if (!iv_json_get(one, "enum"))
            iv_json_set_bool(one, "nullable", true);
        iv_json_set(fields, f->name, one);
        add_example(example, f);
    }
    if (is_request(schema->name))
        iv_json_set(s, "example", example);
    else
        iv_json_free(example);
    if (iv_json_len(needed))
        iv_json_set(s, "required", needed);
    else
        iv_json_free(needed);
    iv_json_set(s, "properties", fields);
    return s;
}

static bool is_query(const char *name)
{
    const char *end = strrchr(name, '_');

    return end && !strcmp(end, "_query");
}

/* -- errors, from iv/code.def -- */

static const struct code {
    const char *slug, *meaning;
    int status;
} codes[] = {
#define C(name, text, exit_status, http, retry, explained) {text, explained, http},
#include "iv/code.def"
#undef C
};

static iv_json *typed(const char *type, const char *description)
{
    iv_json *s = iv_json_object();

    iv_json_set_str(s, "type", type);
    iv_json_set_str(s, "description", description);
    return s;
}

static iv_json *names(const char *const *list)
{
    iv_json *all = iv_json_array();

    while (*list)
        iv_json_append(all, iv_json_str(*list++));
    return all;
}

static iv_json *error_inside(void)
{
    iv_json *s = iv_json_object(), *fields = iv_json_object(),
            *code = typed("string", "For programs."), *all = iv_json_array(),
            *when = typed("string", "When.");

    for (size_t i = 0; i < IV_LEN(codes); i++)
        if (codes[i].status >= 400)
            iv_json_append(all, iv_json_str(codes[i].slug));
    iv_json_set(code, "enum", all);
    iv_json_set_str(when, "format", "date-time");
    iv_json_set(fields, "code", code);
    iv_json_set(fields, "message", typed("string", "For people."));
    iv_json_set(fields, "details",
                typed("string", "What the value was; empty where there is none."));
    iv_json_set(fields, "timestamp", when);
    iv_json_set(fields, "request_id",
                typed("string", "Stands in the server's log and in X-Request-ID."));
    iv_json_set(fields, "retry_after", typed("integer", "Seconds to wait; with 429."));
    iv_json_set_str(s, "type", "object");
    iv_json_set(s, "required",
                names((const char *const[]){"code", "message", "timestamp", "request_id", NULL}));
    iv_json_set(s, "properties", fields);
    return s;
}

static iv_json *error_schema(void)
{
    iv_json *s = iv_json_object(), *fields = iv_json_object();

    iv_json_set(fields, "detail", typed("string", "The message."));
    iv_json_set(fields, "status_code", typed("integer", "The HTTP status."));
    iv_json_set(fields, "error", error_inside());
    iv_json_set_str(s, "type", "object");
    iv_json_set_str(s, "description", "What every error says, in both shapes that clients know.");
    iv_json_set(s, "required",
                names((const char *const[]){"detail", "status_code", "error", NULL}));
    iv_json_set(s, "properties", fields);
    return s;
}

static iv_json *error_reply(int status)
{
    iv_json *r = iv_json_object(), *media = iv_json_object(), *types = iv_json_object();
    struct iv_buf text = IV_BUF_INIT(1u << 14);

    for (size_t i = 0; i < IV_LEN(codes); i++)
        if (codes[i].status == status)
            iv_buf_addf(&text, "%s`%s`: %s", text.len ? "\n\n" : "", codes[i].slug,
                        codes[i].meaning);
    iv_json_set_str(r, "description", iv_buf_str(&text));
    if (status == 429) {
        iv_json *headers = iv_json_object(), *wait = iv_json_object(), *kind = iv_json_object();

        iv_json_set_str(kind, "type", "integer");
        iv_json_set_str(wait, "description", "Seconds to wait.");
        iv_json_set(wait, "schema", kind);
        iv_json_set(headers, "Retry-After", wait);
        iv_json_set(r, "headers", headers);
    }
    iv_json_set(media, "schema", iv_openapi_ref("schemas", "Error"));
    iv_json_set(types, "application/json", media);
    iv_json_set(r, "content", types);
    iv_buf_release(&text);
    return r;
}

static iv_json *error_replies(void)
{
    static const int statuses[] = {400, 401, 403, 404, 409, 413, 415, 429, 500, 503};
    iv_json *all = iv_json_object();

    for (size_t i = 0; i < IV_LEN(statuses); i++) {
        char name[16];

        snprintf(name, sizeof name, "Error%d", statuses[i]);
        iv_json_set(all, name, error_reply(statuses[i]));
    }
    return all;
}

/* -- who one is -- */

static iv_json *in_header(const char *where, const char *name, const char *description)
{
    iv_json *s = iv_json_object();

    iv_json_set_str(s, "type", "apiKey");
    iv_json_set_str(s, "in", where);
    iv_json_set_str(s, "name", name);
    iv_json_set_str(s, "description", description);
    return s;
}

static bool has_administrators(void)
{
    for (size_t i = 0; i < iv_route_count; i++)
        if (iv_routes[i].auth == IV_AUTH_ADMIN)
            return true;
    return false;
}

static iv_json *schemes(void)
{
    iv_json *all = iv_json_object(), *login = iv_json_object();

    iv_json_set(all, "Key", in_header("header", "X-API-Key", "A key from POST /admin/api-keys."));
    iv_json_set(
        all, "Signature",
        in_header("query", "signature", "With `expires`, as the URLs of a summary carry them."));
    iv_json_set(all, "Ticket",
                in_header("query", "ticket",
                          "One connection, 30 s: POST /api/sessions/{session_id}/ticket."));
    iv_json_set(
        all, "KeyInQuery",
        in_header("query", "api_key", "The key itself, for clients that cannot set headers."));
    if (!has_administrators()) {
        iv_json_free(login);
        return all;
    }
    iv_json_set_str(login, "type", "http");
    iv_json_set_str(login, "scheme", "bearer");
    iv_json_set_str(login, "description", "The token of POST /admin/login.");
    iv_json_set(all, "Login", login);
    return all;
}

iv_json *iv_openapi_components(void)
{
    iv_json *all = iv_json_object(), *schemas = iv_json_object();

    for (size_t i = 0; i < iv_schema_count; i++)
        if (!is_query(iv_schemas[i].name))
            iv_json_set(schemas, iv_schemas[i].name, body_schema(&iv_schemas[i]));
    iv_json_set(schemas, "Error", error_schema());
    iv_openapi_messages(schemas);
    iv_json_set(all, "schemas", schemas);
    iv_json_set(all, "responses", error_replies());
    iv_json_set(all, "securitySchemes", schemes());
    return all;
}

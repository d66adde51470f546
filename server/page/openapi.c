/* openapi.c - the document itself: what it is about, and its paths. */
#include "page/openapi.h"

#include <stdio.h>
#include <string.h>

#include "iv/buf.h"
#include "route/route.h"

static const char about[] =
    "Job interviews with an interviewer who speaks, listens and scores, in Korean, English and "
    "Japanese.\n\n"
    "Every `/api/` path takes a key in the header `X-API-Key`; an administrator issues it (`POST "
    "/admin/api-keys`, or "
    "`interviewctl keys create` on the server's own store) and sees it once. Times are RFC 3339 "
    "UTC with `Z`. Fields that are not "
    "listed are ignored in requests; replies may grow.\n\n"
    "Every error has the body `Error`, which carries both shapes that clients know; "
    "`error.request_id` is the header "
    "`X-Request-ID` too. A path that does not take a method answers 405 with `Allow`. A key has 60 "
    "requests a minute unless the "
    "server is set otherwise; 429 says in `Retry-After` when to come back. `Idempotency-Key` on a "
    "POST makes the same request answer "
    "as it did the first time, for a day.\n\n"
    "An interview is held over the WebSocket `/ws/{session_id}`, described below with its "
    "messages, over the room page "
    "`/rooms/{session_id}` in a browser, or in writing with `question` and `messages`.";

/* What a path is sorted under: the first segment that says something. */
static const struct tag {
    const char *begins, *name, *meaning;
} tags[] = {
    {"/api/sessions", "Interviews",
     "Open them, hold them in writing, end them, read what came of them."},
    {"/ws/", "Conversation", "Speak with the interviewer."},
    {"/rooms/", "Conversation", NULL},
    {"/transcripts/", "Files",
     "Transcripts and films; with a key or with the signature that a summary's URLs carry."},
    {"/videos/", "Files", NULL},
    {"/admin/", "Administration", "Log in, issue and revoke keys."},
    {"/", "Server", "How it is, and what is in force."},
};

static const char *tag_of(const char *path)
{
    size_t i = 0;

    while (strncmp(path, tags[i].begins, strlen(tags[i].begins)) != 0)
        i++;
    return tags[i].name;
}

static iv_json *tag_list(void)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < IV_LEN(tags); i++) {
        iv_json *t;

        if (!tags[i].meaning)
            continue;
        t = iv_json_object();
        iv_json_set_str(t, "name", tags[i].name);
        iv_json_set_str(t, "description", tags[i].meaning);
        iv_json_append(list, t);
    }
    return list;
}

static bool has_schema(const char *name)
{
    return strcmp(name, "none") != 0;
}

/* -- parameters -- */

static void path_parameters(iv_json *list, const char *path)
{
    for (const char *p = path; (p = strchr(p, '{')); p++) {
        iv_json *one = iv_json_object(), *schema = iv_json_object();
        char name[48];

        snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1, "}"), p + 1);
        iv_json_set_str(schema, "type", "string");
        iv_json_set_str(one, "name", name);
        iv_json_set_str(one, "in", "path");
        iv_json_set_bool(one, "required", true);
        iv_json_set(one, "schema", schema);
        iv_json_append(list, one);
    }
}

/* Those of the schema HANDLER_query. */
static size_t query_parameters(iv_json *list, const char *handler)
{
    char schema[64];
    size_t n = 0;

    snprintf(schema, sizeof schema, "%s_query", handler);
    for (size_t i = 0; i < iv_schema_field_count; i++) {
        const struct iv_schema_field *f = &iv_schema_fields[i];
        iv_json *one;

        if (strcmp(f->schema, schema) != 0)
            continue;
        one = iv_json_object();
        iv_json_set_str(one, "name", f->name);
        iv_json_set_str(one, "in", "query");
        iv_json_set_bool(one, "required", f->is_needed);
        iv_json_set_str(one, "description", f->meaning);
        iv_json_set(one, "schema", iv_openapi_field(f));
        iv_json_append(list, one);
        n++;
    }
    return n;
}

/* -- replies -- */

/* Handlers that do not answer 200 with a JSON body. */
static const struct reply_form {
    const char *handler;
    int status;
    const char *type, *meaning;
    bool is_list; /* of what the route's row says */
} forms[] = {
    {"session_post", 201, "application/json", "The interview was opened.", false},
    {"import_post", 201, "application/json", "The interview was brought in.", false},
    {"ticket_post", 201, "application/json", "A ticket.", false},
    {"admin_key_post", 201, "application/json", "The key, shown this once.", false},
    {"admin_key_list", 200, "application/json", "The keys.", true},
    {"admin_key_delete", 204, NULL, "The key is good no more.", false},
    {"metrics_get", 200, "text/plain", "Figures in the text format of Prometheus.", false},
    {"transcript_file", 200, "text/plain", "The transcript in the form that the name ends with.",
     false},
    {"video_file", 200, "video/mp4", "The film; 206 for a range of it.", false},
    {"room_page", 200, "text/html", "The room of the interview.", false},
    {"docs_page", 200, "text/html", "This document in Swagger UI.", false},
    {"redoc_page", 200, "text/html", "This document in ReDoc.", false},
    {"openapi_get", 200, "application/json", "This document.", false},
    {"static_file", 200, "application/octet-stream", "A file of the pages.", false},
};

static iv_json *content(const char *type, iv_json *schema_take)
{
    iv_json *media = iv_json_object(), *by_type = iv_json_object();

    iv_json_set(media, "schema", schema_take);
    iv_json_set(by_type, type, media);
    return by_type;
}

static iv_json *plain_schema(const char *type)
{
    iv_json *s = iv_json_object();
    bool is_text = !strncmp(type, "text/", 5);

    iv_json_set_str(s, "type", !strcmp(type, "application/json") ? "object" : "string");
    if (!is_text && strcmp(type, "application/json") != 0)
        iv_json_set_str(s, "format", "binary");
    return s;
}

static iv_json *reply_schema(const struct iv_route *r, const struct reply_form *form)
{
    iv_json *list = form->is_list ? iv_json_object() : NULL;

    if (!has_schema(r->reply))
        return plain_schema(form->type);
    if (!list)
        return iv_openapi_ref("schemas", r->reply);
    iv_json_set_str(list, "type", "array");
    iv_json_set(list, "items", iv_openapi_ref("schemas", r->reply));
    return list;
}

static void good_reply(iv_json *responses, const struct iv_route *r)
{
    struct reply_form form = {r->handler, 200, "application/json", "What was asked for.", false};
    iv_json *one = iv_json_object();
    char status[8];

    for (size_t i = 0; i < IV_LEN(forms); i++)
        if (!strcmp(forms[i].handler, r->handler))
            form = forms[i];
    iv_json_set_str(one, "description", form.meaning);
    if (form.type)
        iv_json_set(one, "content", content(form.type, reply_schema(r, &form)));
    snprintf(status, sizeof status, "%d", form.status);
    iv_json_set(responses, status, one);
}

static void refusal(iv_json *responses, const char *status)
{
    char name[16];

    snprintf(name, sizeof name, "Error%s", status);
    iv_json_set(responses, status, iv_openapi_ref("responses", name));
}

static iv_json *replies(const struct iv_route *r, bool has_query)
{
    iv_json *all = iv_json_object();
    bool takes_body = has_schema(r->request), is_open = r->auth == IV_AUTH_NONE;
    bool names_one = strchr(r->path, '{') != NULL, changes = r->method == IV_POST;

    good_reply(all, r);
    if (takes_body || has_query)
        refusal(all, "400");
    if (!is_open || strstr(r->path, "login")) {
        refusal(all, "401");
        refusal(all, "403");
    }
    if (names_one || takes_body) /* a body may name a question bank, a face */
        refusal(all, "404");
    if (changes && !is_open)
        refusal(all, "409");
    if (takes_body) {
        refusal(all, "413");
        refusal(all, "415");
    }
    refusal(all, "429");
    refusal(all, "500");
    refusal(all, "503");
    return all;
}

/* -- operations -- */

static iv_json *need_one(const char *scheme)
{
    iv_json *need = iv_json_object();

    iv_json_set(need, scheme, iv_json_array());
    return need;
}

static iv_json *security(const struct iv_route *r)
{
    iv_json *list = iv_json_array();

    if (r->auth == IV_AUTH_ADMIN) {
        iv_json_append(list, need_one("Login"));
    } else if (r->auth != IV_AUTH_NONE) {
        iv_json_append(list, need_one("Key"));
        if (r->auth == IV_AUTH_LINK)
            iv_json_append(list, need_one("Signature"));
    }
    return list;
}

static iv_json *operation(const struct iv_route *r)
{
    iv_json *op = iv_json_object(), *tag = iv_json_array(), *parameters = iv_json_array();
    size_t n_query;

    iv_json_append(tag, iv_json_str(tag_of(r->path)));
    iv_json_set(op, "tags", tag);
    iv_json_set_str(op, "operationId", r->handler);
    iv_json_set_str(op, "summary", r->summary);
    iv_json_set(op, "security", security(r));
    path_parameters(parameters, r->path);
    n_query = query_parameters(parameters, r->handler);
    if (iv_json_len(parameters))
        iv_json_set(op, "parameters", parameters);
    else
        iv_json_free(parameters);
    if (has_schema(r->request)) {
        iv_json *body = iv_json_object();

        iv_json_set_bool(body, "required", true);
        iv_json_set(body, "content",
                    content("application/json", iv_openapi_ref("schemas", r->request)));
        iv_json_set(op, "requestBody", body);
    }
    iv_json_set(op, "responses", replies(r, n_query > 0));
    return op;
}

static const char *verb(enum iv_method m)
{
    return m == IV_GET ? "get" : m == IV_POST ? "post" : "delete";
}

static bool was_before(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(iv_routes[k].path, iv_routes[i].path))
            return true;
    return false;
}

static iv_json *paths(void)
{
    iv_json *all = iv_json_object();

    for (size_t i = 0; i < iv_route_count; i++) {
        iv_json *here;

        if (was_before(i))
            continue;
        here = iv_json_object();
        for (size_t k = i; k < iv_route_count; k++)
            if (!strcmp(iv_routes[k].path, iv_routes[i].path))
                iv_json_set(here, verb(iv_routes[k].method), operation(&iv_routes[k]));
        iv_json_set(all, iv_routes[i].path, here);
    }
    iv_json_set(all, "/ws/{session_id}", iv_openapi_socket());
    return all;
}

static iv_json *info(void)
{
    iv_json *i = iv_json_object(), *license = iv_json_object();

    iv_json_set_str(i, "title", "interviewctl API");
    iv_json_set_str(i, "version", "1.0.0");
    iv_json_set_str(i, "description", about);
    iv_json_set_str(license, "name", "Apache-2.0");
    iv_json_set_str(license, "url", "https://www.apache.org/licenses/LICENSE-2.0");
    iv_json_set(i, "license", license);
    return i;
}

iv_json *iv_openapi(void)
{
    iv_json *doc = iv_json_object(), *servers = iv_json_array(), *server = iv_json_object();

    iv_json_set_str(doc, "openapi", "3.0.3");
    iv_json_set(doc, "info", info());
    iv_json_set_str(server, "url", "/");
    iv_json_set_str(server, "description", "The server that this document comes from.");
    iv_json_append(servers, server);
    iv_json_set(doc, "servers", servers);
    iv_json_set(doc, "tags", tag_list());
    iv_json_set(doc, "paths", paths());
    iv_json_set(doc, "components", iv_openapi_components());
    return doc;
}

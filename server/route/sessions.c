/* sessions.c - interviews: made, listed, started, paused, answered, ended. */
#include <stdlib.h>
#include <string.h>

#include "iv/operations.h"
#include "own.h"
#include "route/route.h"

/* The session of the path, where the caller may touch it. */
static enum iv_code own(struct iv_server *s, const struct iv_request *q, struct iv_session *out,
                        struct iv_error *err)
{
    enum iv_code rc = iv_store_session_get(s->store, q->params[0], out, err);

    return rc ? rc : iv_auth_owner(&q->who, out->spec.user_id, err);
}

static const char *id_of(const struct iv_request *q)
{
    return q->params[0];
}

static void tell_summary(struct iv_server *s, const struct iv_request *q, iv_json *ended)
{
    char base[512];
    iv_json *summary = (iv_json *)(uintptr_t)iv_json_get(ended, "summary");

    iv_public_base(s, q, base, sizeof base);
    if (iv_json_type(summary) == IV_JSON_OBJECT)
        iv_urls_summary(s, base, id_of(q), summary);
}

/* -- made and listed -- */

static size_t read_papers(const iv_json *body, struct iv_paper out[2])
{
    static const char *const keys[][2] = {{"resume", "resume"}, {"job", "job_description"}};
    size_t n = 0;

    for (size_t i = 0; i < IV_LEN(keys); i++) {
        const char *text = iv_json_get_str(body, keys[i][1], "");

        if (*text)
            out[n++] = (struct iv_paper){.kind = keys[i][0], .text = text, .len = strlen(text)};
    }
    return n;
}

/* Never a path that a client chose: with a slash or a suffix it is one. */
static enum iv_code check_set(const char *name, struct iv_error *err)
{
    if (!strpbrk(name, "/."))
        return IV_OK;
    return iv_fail(err, IV_E_USAGE,
                   "Invalid question_set. Must be the name of a set that this server has");
}

iv_handler iv_route_session_post;
enum iv_code iv_route_session_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                   struct iv_error *err)
{
    struct iv_session_spec spec;
    struct iv_paper papers[2];
    size_t n = read_papers(q->json, papers);
    enum iv_code rc = iv_spec_from_json(q->json, &spec, err);

    if (!rc)
        rc = check_set(spec.question_set, err);
    if (!rc)
        rc = iv_auth_owner(&q->who, spec.user_id, err);
    if (!rc)
        rc = iv_op_create_with(s->ctx, s->store, &spec, papers, n, &r->json, err);
    if (rc)
        return rc;
    iv_urls_session(s, q, r->json);
    r->status = 201;
    return IV_OK;
}

static enum iv_code read_filter(const struct iv_request *q, struct iv_session_filter *f,
                                struct iv_error *err)
{
    const char *status = iv_query(q, "status");
    enum iv_session_status parsed = IV_SESSION_CREATED;
    int64_t limit, offset;
    enum iv_code rc = iv_query_int(q, "limit", 1, 100, 20, &limit, err);

    if (!rc)
        rc = iv_query_int(q, "offset", 0, 1000000000, 0, &offset, err);
    if (!rc && status && strcmp(status, "all"))
        rc = iv_status_parse(status, &parsed, err);
    if (rc)
        return rc;
    *f = (struct iv_session_filter){.user_id = iv_query(q, "user_id"),
                                    .status = status && strcmp(status, "all") ? (int)parsed : -1,
                                    .limit = (int)limit,
                                    .offset = (int)offset,
                                    .before_id = iv_query(q, "cursor")};
    if (!f->user_id)
        return iv_fail(err, IV_E_USAGE, "user_id is required");
    rc = iv_auth_owner(&q->who, f->user_id, err);
    if (!strcmp(f->user_id, "*")) /* every user's: only a key that is bound to none comes here */
        f->user_id = NULL;
    return rc;
}

iv_handler iv_route_session_list;
enum iv_code iv_route_session_list(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                   struct iv_error *err)
{
    struct iv_session_filter f;
    enum iv_code rc = read_filter(q, &f, err);
    struct iv_urls urls;

    if (rc)
        return rc;
    iv_urls_begin(s, q, &urls);
    r->body.max = IV_HTTP_REPLY_MAX;
    return iv_op_list_text(s->ctx, s->store, &f, iv_urls_of, &urls, &r->body, err);
}

iv_handler iv_route_session_get;
enum iv_code iv_route_session_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    struct iv_session record;
    struct iv_urls urls;
    enum iv_code rc = own(s, q, &record, err);

    if (rc)
        return rc;
    iv_urls_begin(s, q, &urls);
    r->body.max = IV_HTTP_REPLY_MAX;
    return iv_op_show(s->ctx, s->store, &record, iv_urls_of, &urls, &r->body, err);
}

/* -- its clock, and its end -- */

typedef enum iv_code operation(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                               struct iv_error *err);

/* One that a connection holds is changed by its owner, any other in the store. */
static enum iv_code change(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                           enum iv_live_wish wish, operation *otherwise, struct iv_error *err)
{
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    if (rc)
        return rc;
    if (iv_live_ask(s->lives, id_of(q), wish, &rc, &r->json, err))
        return rc;
    return otherwise(s->ctx, s->store, id_of(q), &r->json, err);
}

iv_handler iv_route_pause_post;
enum iv_code iv_route_pause_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    return change(s, q, r, IV_LIVE_PAUSE, iv_op_pause, err);
}

iv_handler iv_route_resume_post;
enum iv_code iv_route_resume_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    return change(s, q, r, IV_LIVE_RESUME, iv_op_resume, err);
}

static enum iv_code purge(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                          struct iv_error *err)
{
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    if (!rc && q->by_pass)
        rc = iv_fail(err, IV_E_FORBIDDEN, "a room's pass does not remove its session");
    if (!rc && iv_live_is_held(s->lives, id_of(q)))
        rc = iv_fail(err, IV_E_STATE, "%s: a connection holds it: end it first", id_of(q));
    return rc ? rc : iv_op_delete(s->ctx, s->store, id_of(q), &r->json, err);
}

iv_handler iv_route_session_delete;
enum iv_code iv_route_session_delete(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                     struct iv_error *err)
{
    const char *whole = iv_query(q, "purge");
    enum iv_code rc;

    if (whole && strcmp(whole, "true") && strcmp(whole, "false"))
        return iv_fail(err, IV_E_USAGE, "Invalid purge \"%.20s\". Must be true or false", whole);
    if (whole && !strcmp(whole, "true"))
        return purge(s, q, r, err);
    rc = change(s, q, r, IV_LIVE_END, iv_op_end, err);
    if (!rc)
        tell_summary(s, q, r->json);
    return rc;
}

/* -- without a connection: question and answer -- */

static enum iv_code free_of_connections(struct iv_server *s, struct iv_request *q,
                                        struct iv_error *err)
{
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    if (!rc && iv_live_is_held(s->lives, id_of(q)))
        rc = iv_fail(err, IV_E_STATE, "%s: a connection holds it: speak there", id_of(q));
    return rc;
}

iv_handler iv_route_start_post;
enum iv_code iv_route_start_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    enum iv_code rc = free_of_connections(s, q, err);

    return rc ? rc : iv_op_start(s->ctx, s->store, id_of(q), &r->json, err);
}

iv_handler iv_route_question_post;
enum iv_code iv_route_question_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                    struct iv_error *err)
{
    enum iv_code rc = free_of_connections(s, q, err);

    return rc ? rc : iv_op_ask(s->ctx, s->store, id_of(q), &r->json, err);
}

static enum iv_code read_word(const iv_json *row, struct iv_word *out, struct iv_error *err)
{
    double start = iv_json_number(iv_json_at(row, 1), -1),
           end = iv_json_number(iv_json_at(row, 2), -1);
    const char *text = iv_json_string(iv_json_at(row, 0), NULL);

    if (iv_json_len(row) != 4 || !text || start < 0 || end < start || end > 7.2e6)
        return iv_fail(err, IV_E_USAGE,
                       "Invalid words. Each must be [text, start_ms, end_ms, confidence]");
    *out = (struct iv_word){.text = (char *)(uintptr_t)text,
                            .start_ms = (uint32_t)start,
                            .end_ms = (uint32_t)end,
                            .confidence = (float)iv_json_number(iv_json_at(row, 3), 0)};
    return IV_OK;
}

static enum iv_code read_answer(const iv_json *body, struct iv_answer *a, struct iv_word **words,
                                struct iv_error *err)
{
    const iv_json *list = iv_json_get(body, "words");
    size_t n = iv_json_len(list);
    enum iv_code rc = IV_OK;

    *a = (struct iv_answer){.text = iv_json_get_str(body, "text", ""),
                            .confidence = (float)iv_json_get_num(body, "confidence", 1),
                            .spoken_ms = (uint64_t)iv_json_get_int(body, "spoken_ms", 0),
                            .source = iv_json_get_str(body, "source", "typed")};
    if (!n)
        return IV_OK;
    *words = calloc(n, sizeof **words);
    if (!*words)
        return iv_fail(err, IV_E_NOMEM, "words: out of memory");
    n = 0;
    for (const iv_json *row = iv_json_first(list); row && !rc; row = iv_json_next(row))
        rc = read_word(row, &(*words)[n++], err);
    a->words = *words;
    a->n_words = n;
    return rc;
}

iv_handler iv_route_message_post;
enum iv_code iv_route_message_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                   struct iv_error *err)
{
    struct iv_answer a;
    struct iv_word *words = NULL;
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    if (!rc)
        rc = read_answer(q->json, &a, &words, err);
    if (!rc && !iv_live_answer(s->lives, id_of(q), &a, &rc, &r->json, err))
        rc = iv_op_answer(s->ctx, s->store, id_of(q), &a, &r->json, err);
    if (!rc)
        tell_summary(s, q, r->json);
    free(words);
    return rc;
}

/* -- what was said -- */

iv_handler iv_route_transcript_get;
enum iv_code iv_route_transcript_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                     struct iv_error *err)
{
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    iv_reply_header(r, "Cache-Control", "no-store");
    return rc ? rc : iv_op_transcript(s->ctx, s->store, id_of(q), &r->json, err);
}

iv_handler iv_route_feedback_get;
enum iv_code iv_route_feedback_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                   struct iv_error *err)
{
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    iv_reply_header(r, "Cache-Control", "no-store");
    return rc ? rc : iv_op_report(s->ctx, s->store, id_of(q), NULL, &r->json, err);
}

iv_handler iv_route_export_get;
enum iv_code iv_route_export_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    struct iv_session record;
    enum iv_code rc = own(s, q, &record, err);

    iv_reply_header(r, "Cache-Control", "no-store");
    return rc ? rc : iv_op_export(s->ctx, s->store, id_of(q), &r->json, err);
}

iv_handler iv_route_events_get;
enum iv_code iv_route_events_get(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                 struct iv_error *err)
{
    struct iv_session record;
    int64_t from = 0;
    enum iv_code rc = own(s, q, &record, err);

    iv_reply_header(r, "Cache-Control", "no-store");
    if (!rc)
        rc = iv_query_int(q, "from", 0, INT32_MAX, 0, &from, err);
    return rc ? rc : iv_op_events(s->ctx, s->store, id_of(q), from, &r->json, err);
}

iv_handler iv_route_import_post;
enum iv_code iv_route_import_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    const char *user = iv_json_get_str(iv_json_get(q->json, "session"), "user_id", "");
    const char *set = iv_json_get_str(iv_json_get(q->json, "session"), "question_set", "");
    enum iv_code rc = iv_auth_owner(&q->who, user, err);

    if (!rc)
        rc = check_set(set, err);
    if (!rc)
        rc = iv_op_import(s->ctx, s->store, q->json, &r->json, err);
    if (!rc)
        r->status = 201;
    return rc;
}

iv_handler iv_route_ticket_post;
enum iv_code iv_route_ticket_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    struct iv_session record;
    char ticket[IV_TICKET_BYTES];
    int64_t until;
    enum iv_code rc = own(s, q, &record, err);

    if (!rc)
        rc = iv_keys_ticket_new(s->keys, &q->who, id_of(q), ticket, &until, err);
    if (rc)
        return rc;
    r->status = 201;
    r->json = iv_json_object();
    iv_json_set_str(r->json, "ticket", ticket);
    iv_json_set_time(r->json, "expires_at", until);
    iv_reply_header(r, "Cache-Control", "no-store");
    return IV_OK;
}

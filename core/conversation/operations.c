/* operations.c - sessions as a user sees them: create, read, change, ask, answer, report. */
#include "iv/operations.h"

#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/gpu.h"
#include "iv/usage.h"

#define LIST_BYTES (4u << 20)

static int64_t now(iv_ctx *ctx)
{
    return iv_wall_ms(iv_ctx_clock(ctx));
}

enum iv_code iv_op_get(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                       struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    *out = rc ? NULL : iv_session_json(&s, now(ctx));
    if (!rc)
        iv_session_room_show(ctx, st, &s, *out);
    return rc;
}

enum iv_code iv_op_show(iv_ctx *ctx, iv_store *st, const struct iv_session *s,
                        iv_session_urls_fn *urls, void *arg, struct iv_buf *out,
                        struct iv_error *err)
{
    char *room = iv_session_room_url(ctx, st, s);
    struct iv_session_urls met = {.room = room};

    if (urls)
        urls(arg, s->id, &met);
    iv_session_put(s, now(ctx), &met, out);
    free(room);
    return iv_buf_check(out, s->id, err);
}

static void put_list(const struct iv_session *rows, size_t n, int64_t now_ms,
                     iv_session_urls_fn *urls, void *arg, struct iv_buf *out)
{
    iv_buf_adds(out, ",\"sessions\":[");
    for (size_t i = 0; i < n; i++) {
        struct iv_session_urls met = {0};

        if (urls)
            urls(arg, rows[i].id, &met);
        if (i)
            iv_buf_addc(out, ',');
        iv_session_put(&rows[i], now_ms, &met, out);
    }
    iv_buf_addc(out, ']');
}

enum iv_code iv_op_list_text(iv_ctx *ctx, iv_store *st, const struct iv_session_filter *f,
                             iv_session_urls_fn *urls, void *arg, struct iv_buf *out,
                             struct iv_error *err)
{
    struct iv_session *rows = NULL;
    size_t n = 0;
    int64_t total = 0;
    enum iv_code rc = iv_store_session_list(st, f, &rows, &n, &total, err);

    if (rc)
        return rc;
    iv_buf_addf(out, "{\"total\":%lld,\"limit\":%d,\"offset\":%d", (long long)total, f->limit,
                f->offset);
    put_list(rows, n, now(ctx), urls, arg, out);
    if (n && n == (size_t)f->limit)
        iv_buf_addf(out, ",\"next_cursor\":\"%s\"", rows[n - 1].id);
    iv_buf_addc(out, '}');
    free(rows);
    return iv_buf_check(out, "the list", err);
}

enum iv_code iv_op_list(iv_ctx *ctx, iv_store *st, const struct iv_session_filter *f, iv_json **out,
                        struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(LIST_BYTES);
    enum iv_code rc = iv_op_list_text(ctx, st, f, NULL, NULL, &text, err);

    *out = NULL;
    if (!rc)
        rc = iv_json_parse(text.data, text.len, LIST_BYTES, out, err);
    iv_buf_release(&text);
    return rc;
}

/* {session_id, status, paused_at | resumed_at} */
static iv_json *changed_json(const struct iv_session *s, const char *time_key, int64_t at_ms)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "session_id", s->id);
    iv_json_set_str(j, "status", iv_status_name(s->status));
    iv_json_set_time(j, time_key, at_ms);
    return j;
}

enum iv_code iv_op_pause(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                         struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_change(st, id, iv_session_pause, &s, err);

    (void)ctx;
    *out = rc ? NULL : changed_json(&s, "paused_at", s.paused_ms);
    return rc;
}

enum iv_code iv_op_resume(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_change(st, id, iv_session_resume, &s, err);

    (void)ctx;
    *out = rc ? NULL : changed_json(&s, "resumed_at", s.resumed_ms);
    return rc;
}

/* Without one the built-in interviewer finds the words. */
static iv_llm *open_model(iv_ctx *ctx)
{
    iv_llm *model = NULL;
    struct iv_error why;

    if (iv_llm_open(ctx, NULL, &model, &why))
        iv_log(iv_ctx_log(ctx), IV_LOG_WARN, "%s; the built-in interviewer asks", why.text);
    return model;
}

/* A conversation without a voice: a reply takes no time but that of a model. */
static enum iv_code open_text(iv_ctx *ctx, iv_store *st, const char *id, iv_llm *model,
                              const struct iv_conversation_sink *sink, iv_conversation **out,
                              struct iv_error *err)
{
    struct iv_conversation_options opt = {.record_events = true, .llm = model, .unattended = true};

    return iv_conversation_open(ctx, st, id, &opt, sink, out, err);
}

static enum iv_code started(iv_conversation *c, struct iv_error *err)
{
    if (iv_conversation_session(c)->status == IV_SESSION_PAUSED)
        return iv_fail(err, IV_E_STATE, "session %s is paused", iv_conversation_session(c)->id);
    return iv_conversation_start(c, err);
}

/* A model's words for the question that waits; NULL: it was asked in the interviewer's own, or not to its end. */
static char *said_by_model(const iv_conversation *c, const struct iv_move *move)
{
    const struct reply *now = &c->reply;
    struct iv_turn *turns = NULL;
    size_t n = 0, i;
    char *said = NULL;

    if (now->text) /* it is being said */
        return now->source[0] && strcmp(now->source, "builtin") != 0
                   ? iv_strndup(now->text, now->len)
                   : NULL;
    if (iv_store_turns(c->store, c->session.id, &turns, &n, NULL))
        return NULL;
    for (i = n; i && turns[i - 1].speaker != IV_INTERVIEWER;)
        i--;
    if (i && turns[i - 1].kind == move->kind && strcmp(turns[i - 1].source, "builtin") != 0 &&
        !strcmp(turns[i - 1].question_id, move->question_id) &&
        iv_clause_is_whole(turns[i - 1].text))
        said = iv_strdup(turns[i - 1].text);
    iv_turns_free(turns, n);
    return said;
}

/* As it was said, where a model found the words. */
static void set_question(iv_json *j, const iv_conversation *c, const struct iv_move *move)
{
    char *said = said_by_model(c, move);
    const char *text = said ? said : move->text;
    size_t len = strlen(text), own = strlen(move->question);
    bool is_own = !said || (len >= own && !strcmp(text + len - own, move->question));

    iv_json_set_str(j, "text", text);
    if (is_own)
        iv_json_set_str(j, "question", move->question[0] ? move->question : text);
    else
        iv_json_set_str(j, "question", text + iv_clause_question(text));
    free(said);
}

static iv_json *question_json(iv_conversation *c)
{
    struct iv_move move = {.text = "", .question = "", .question_id = ""};
    iv_json *j = iv_json_object();
    bool over = iv_conversation_phase(c) == IV_PHASE_ENDED;

    if (!over && iv_interviewer_current(c->interviewer, &move, NULL))
        move = (struct iv_move){.text = "", .question = "", .question_id = ""};
    iv_json_set_str(j, "session_id", iv_conversation_session(c)->id);
    iv_json_set_str(j, "status", iv_status_name(iv_conversation_session(c)->status));
    iv_json_set(j, "question", iv_json_null());
    iv_json_set(j, "text", iv_json_null());
    if (!over)
        set_question(j, c, &move);
    iv_json_set(j, "question_id",
                over || !move.question_id[0] ? iv_json_null() : iv_json_str(move.question_id));
    iv_json_set_int(j, "number", move.number);
    iv_json_set_int(j, "of", move.of);
    iv_json_set_bool(j, "done", over);
    return j;
}

enum iv_code iv_op_ask(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                       struct iv_error *err)
{
    struct iv_conversation_sink sink = {0};
    iv_conversation *c = NULL;
    iv_llm *model = open_model(ctx);
    enum iv_code rc = open_text(ctx, st, id, model, &sink, &c, err);

    *out = NULL;
    if (!rc)
        rc = started(c, err);
    if (!rc)
        *out = question_json(c);
    iv_conversation_close(c);
    iv_llm_close(model);
    return rc;
}

enum iv_code iv_op_start(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                         struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    *out = NULL;
    if (!rc && s.status == IV_SESSION_ACTIVE)
        rc = iv_fail(err, IV_E_SESSION_ALREADY_ACTIVE, "session %s is active already", id);
    return rc ? rc : iv_op_ask(ctx, st, id, out, err);
}

struct reply_text {
    struct iv_buf text;
};

static void keep_reply(void *arg, const struct iv_msg *m)
{
    struct reply_text *r = arg;

    if (m->type == IV_MSG_llm_response && m->llm_response.done) {
        iv_buf_clear(&r->text);
        iv_buf_adds(&r->text, m->llm_response.text);
    }
}

static iv_json *answered_json(iv_conversation *c, const char *reply)
{
    iv_json *j = question_json(c);
    const iv_json *next = iv_json_get(j, "question"), *result = iv_conversation_result(c);

    iv_json_set(j, "next_question", next ? iv_json_dup(next) : iv_json_null());
    iv_json_set_str(j, "reply", reply);
    iv_json_set_int(j, "turn", c->answered_turn);
    iv_json_remove(j, "question");
    iv_json_remove(j, "text");
    if (result) {
        iv_json_set(j, "summary", iv_json_dup(iv_json_get(result, "summary")));
        iv_json_set(j, "feedback", iv_json_dup(iv_json_get(result, "feedback")));
    }
    return j;
}

static bool is_settled(const iv_conversation *c)
{
    if (c->phase == IV_PHASE_ENDED)
        return true;
    return !c->is_said && !(c->reply.text && (c->reply.is_open || c->reply.ends));
}

enum iv_code iv_op_answered(iv_conversation *c, const char *last, bool at_once, iv_json **out,
                            struct iv_error *err)
{
    char *now = NULL;

    *out = NULL;
    if (!at_once && !is_settled(c))
        return IV_OK;
    if (c->reply.text)
        now = iv_strndup(c->reply.text, c->reply.len);
    if (!c->reply.text || now)
        *out = answered_json(c, now ? now : last);
    free(now);
    return *out ? IV_OK : iv_fail(err, IV_E_NOMEM, "answer: out of memory");
}

enum iv_code iv_op_answer(iv_ctx *ctx, iv_store *st, const char *id, const struct iv_answer *answer,
                          iv_json **out, struct iv_error *err)
{
    struct reply_text reply = {.text = IV_BUF_INIT(1u << 20)};
    struct iv_conversation_sink sink = {.arg = &reply, .message = keep_reply};
    iv_conversation *c = NULL;
    iv_llm *model = open_model(ctx);
    enum iv_code rc = open_text(ctx, st, id, model, &sink, &c, err);

    *out = NULL;
    if (!rc)
        rc = started(c, err);
    if (!rc)
        rc = iv_conversation_answer(c, answer, err);
    if (!rc)
        *out = answered_json(c, iv_buf_str(&reply.text));
    iv_conversation_close(c);
    iv_llm_close(model);
    iv_buf_release(&reply.text);
    return rc;
}

/* The stored result of a session that is over; what time ended is finished now. */
static enum iv_code stored_result(iv_ctx *ctx, iv_store *st, const struct iv_session *s,
                                  iv_json **out, struct iv_error *err)
{
    iv_json *report = NULL;
    char *texts[2] = {NULL, NULL};
    struct iv_doc docs[2] = {{.name = "report"}, {.name = "result"}};
    struct iv_step step = {.session = s, .docs = docs, .n_docs = 2};
    enum iv_code rc = iv_load_doc(st, s->id, "result", out, err);

    if (rc != IV_E_NOT_FOUND)
        return rc;
    rc = iv_session_result(ctx, st, s, NULL, true, &report, out, err);
    if (!rc)
        rc = iv_json_text(report, &texts[0], &docs[0].len, err);
    if (!rc)
        rc = iv_json_text(*out, &texts[1], &docs[1].len, err);
    docs[0].text = texts[0];
    docs[1].text = texts[1];
    if (!rc)
        rc = iv_store_step(st, &step, err);
    if (rc) {
        iv_json_free(*out);
        *out = NULL;
    }
    free(texts[0]);
    free(texts[1]);
    iv_json_free(report);
    return rc;
}

static bool is_said_to_the_end(iv_store *st, const char *id)
{
    iv_json *state = NULL;
    bool is = !iv_load_doc(st, id, "state", &state, NULL) && iv_json_get_bool(state, "said", false);

    iv_json_free(state);
    return is;
}

enum iv_code iv_op_end(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                       struct iv_error *err)
{
    struct iv_session s;
    iv_session_rule *rule = is_said_to_the_end(st, id) ? iv_session_conclude : iv_session_end;
    enum iv_code rc = iv_store_change(st, id, rule, &s, err);

    *out = NULL;
    if (!rc)
        rc = stored_result(ctx, st, &s, out, err);
    if (!rc)
        iv_session_room_close(ctx, st, id);
    return rc;
}

enum iv_code iv_op_delete(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err)
{
    enum iv_code rc;

    iv_session_room_close(ctx, st, id); /* its name is in the session: before that is gone */
    rc = iv_store_session_delete(st, id, err);
    *out = NULL;
    if (rc)
        return rc;
    *out = iv_json_object();
    iv_json_set_str(*out, "session_id", id);
    iv_json_set_bool(*out, "deleted", true);
    return IV_OK;
}

enum iv_code iv_op_report(iv_ctx *ctx, iv_store *st, const char *id, const char *rubric_path,
                          iv_json **out, struct iv_error *err)
{
    struct iv_session s;
    iv_json *result = NULL;
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    *out = NULL;
    if (rc)
        return rc;
    if (!iv_session_is_over(&s) || rubric_path)
        return iv_session_result(ctx, st, &s, rubric_path, true, out, NULL, err);
    rc = stored_result(ctx, st, &s, &result, err);
    iv_json_free(result);
    return rc ? rc : iv_load_doc(st, id, "report", out, err);
}

/* Of all that this program does, not of one user. */
static void add_services(iv_ctx *ctx, const char *period, const char *user_id, iv_json *out)
{
    struct iv_tts_stats cache = {0};
    struct iv_gpu_facts gpu;
    iv_json *usage = NULL;
    struct iv_error why;

    if (iv_tts_cache_stats(ctx, &cache, NULL))
        cache.requests = 0;
    iv_gpu_facts(iv_mono_us(iv_ctx_clock(ctx)), &gpu);
    iv_json_set_int(out, "gpu_utilization_percent", gpu.busy_percent);
    iv_json_set_num(out, "cache_hit_rate",
                    cache.requests ? (double)(cache.cache_hits * 1000 / cache.requests) / 1000 : 0);
    if (user_id)
        return;
    if (iv_usage_report(ctx, period, NULL, &usage, &why))
        iv_log(iv_ctx_log(ctx), IV_LOG_WARN, "%s", why.text);
    iv_json_set(out, "usage", usage ? usage : iv_json_null());
}

enum iv_code iv_op_stats(iv_ctx *ctx, iv_store *st, const char *period, const char *user_id,
                         iv_json **out, struct iv_error *err)
{
    static const struct {
        const char *name;
        int64_t days;
    } periods[] = {
        {"today", 1},
        {"week", 7},
        {"month", 30},
        {"all", 0},
    };
    struct iv_store_stats s;
    int64_t from = -1, day = 24ll * 3600 * 1000, at = now(ctx);
    enum iv_code rc;

    *out = NULL;
    for (size_t i = 0; i < IV_LEN(periods); i++)
        if (!strcmp(period,
                    periods[i].name)) /* from the start of the UTC day, that many days back */
            from = periods[i].days ? at - at % day - (periods[i].days - 1) * day : 0;
    if (from < 0)
        return iv_fail(err, IV_E_USAGE,
                       "invalid period \"%s\": must be one of today, week, month, all", period);
    rc = iv_store_stats(st, user_id, from, 0, &s, err);
    if (rc)
        return rc;
    *out = iv_json_object();
    iv_json_set_str(*out, "period", period);
    iv_json_set_int(*out, "total_sessions", s.total);
    iv_json_set_int(*out, "active_sessions", s.active);
    iv_json_set_int(*out, "completed_sessions", s.completed);
    iv_json_set_int(*out, "terminated_sessions", s.terminated);
    iv_json_set_int(*out, "expired_sessions", s.expired);
    iv_json_set(*out, "average_duration_seconds",
                s.average_duration_s < 0 ? iv_json_null() : iv_json_num(s.average_duration_s));
    iv_json_set(*out, "average_latency_ms",
                s.average_latency_ms < 0 ? iv_json_null() : iv_json_num(s.average_latency_ms));
    iv_json_set_int(*out, "total_messages", s.messages);
    add_services(ctx, period, user_id, *out);
    return IV_OK;
}

/* finish.c - the end of an interview: report, summary, and the answer that every later DELETE gives again. */
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/score.h"
#include "iv/alloc.h"

#define EARLIER_MAX 20

static void free_reports(iv_json **reports, size_t n)
{
    for (size_t i = 0; i < n; i++)
        iv_json_free(reports[i]);
}

/* The user's own earlier reports in the same language, oldest first: what delivery is compared with. */
static enum iv_code load_earlier(iv_store *store, const struct iv_session *s,
                                 iv_json *out[EARLIER_MAX], size_t *n, struct iv_error *err)
{
    struct iv_session_filter filter = {.user_id = s->spec.user_id,
                                       .status = IV_SESSION_COMPLETED,
                                       .created_to_ms = s->created_ms,
                                       .limit = EARLIER_MAX};
    struct iv_session *rows = NULL;
    size_t n_rows = 0;
    int64_t total;
    enum iv_code rc = iv_store_session_list(store, &filter, &rows, &n_rows, &total, err);

    *n = 0;
    for (size_t i = n_rows; !rc && i-- > 0;) {
        if (!strcmp(rows[i].id, s->id) || rows[i].spec.lang != s->spec.lang)
            continue;
        if (!iv_load_doc(store, rows[i].id, "report", &out[*n], NULL))
            (*n)++;
    }
    free(rows);
    return rc;
}

enum iv_code iv_report_of(iv_ctx *ctx, iv_store *store, struct iv_score_input in, iv_json **out,
                          struct iv_error *err)
{
    iv_json *earlier[EARLIER_MAX] = {0};
    enum iv_code rc = load_earlier(store, in.session, earlier, &in.n_earlier, err);

    *out = NULL;
    in.earlier = (const iv_json *const *)earlier;
    if (!rc)
        rc = iv_score(ctx, &in, out, err);
    free_reports(earlier, in.n_earlier);
    return rc;
}

/* The object of DELETE /api/sessions/{id} and of session_ended. */
static iv_json *result_json(const struct iv_session *s, const iv_json *report)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "session_id", s->id);
    iv_json_set_str(j, "status", iv_status_name(s->status));
    iv_json_set_time(j, "terminated_at", s->ended_ms ? s->ended_ms : s->expires_ms);
    iv_json_set(j, "summary", iv_session_summary_json(s, s->ended_ms, NULL, NULL));
    iv_json_set(j, "feedback", iv_json_dup(iv_report_feedback(report)));
    return j;
}

enum iv_code iv_session_result(iv_ctx *ctx, iv_store *store, const struct iv_session *s,
                               const char *rubric_path, bool ask_model, iv_json **report,
                               iv_json **result, struct iv_error *err)
{
    struct iv_score_input in = {.session = s, .rubric_path = rubric_path};
    struct iv_turn *turns = NULL;
    iv_json *judgement = NULL;
    enum iv_code rc = iv_store_turns(store, s->id, &turns, &in.n_turns, err);

    in.turns = turns;
    if (!rc && ask_model)
        rc = iv_score_ask(ctx, &in, &judgement, err);
    in.judgement = judgement;
    if (!rc)
        rc = iv_report_of(ctx, store, in, report, err);
    iv_turns_free(turns, in.n_turns);
    iv_json_free(judgement);
    if (!rc && result) {
        *result = result_json(s, *report);
        if (!*result)
            rc = iv_fail(err, IV_E_NOMEM, "result: out of memory");
    }
    return rc;
}

static void announce(struct iv_conversation *c)
{
    struct iv_msg m = {.type = IV_MSG_session_ended};

    m.session_ended.session_id = c->session.id;
    m.session_ended.status = iv_status_name(c->session.status);
    m.session_ended.summary = iv_json_get(c->result, "summary");
    m.session_ended.feedback = iv_json_get(c->result, "feedback");
    iv_engine_emit(c, &m);
}

static bool is_ended_by_another(const struct iv_conversation *c, const struct iv_session *is)
{
    return is->status >= IV_SESSION_TERMINATED &&
           iv_session_may_follow(is, &c->session, NULL) != IV_OK;
}

bool iv_engine_ended_by_another(const struct iv_conversation *c)
{
    struct iv_session is;

    return !iv_store_session_get(c->store, c->session.id, &is, NULL) && is_ended_by_another(c, &is);
}

/* What another ended ends as that one said, and with its result where there is one. */
static enum iv_code hear_of_its_end(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_session is;
    enum iv_code rc = iv_store_session_get(c->store, c->session.id, &is, err);

    if (rc || !is_ended_by_another(c, &is))
        return rc;
    c->session = is;
    rc = iv_load_doc(c->store, is.id, "result", &c->result, err);
    return rc == IV_E_NOT_FOUND ? IV_OK : rc;
}

/* Report and result, made and kept in one step with the session that is over. */
static enum iv_code keep_result(struct iv_conversation *c, struct iv_error *err)
{
    iv_json *report = NULL;
    struct iv_doc docs[2] = {{.name = "report"}, {.name = "result"}};
    char *texts[2] = {NULL, NULL};
    enum iv_code rc = iv_session_result(c->ctx, c->store, &c->session, NULL, !c->recorded, &report,
                                        &c->result, err);

    if (!rc)
        rc = iv_json_text(report, &texts[0], &docs[0].len, err);
    if (!rc)
        rc = iv_json_text(c->result, &texts[1], &docs[1].len, err);
    docs[0].text = texts[0];
    docs[1].text = texts[1];
    if (!rc)
        rc = iv_engine_commit(c, NULL, 0, docs, 2, err);
    free(texts[0]);
    free(texts[1]);
    iv_json_free(report);
    return rc;
}

enum iv_code iv_engine_finish(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_session before = c->session;
    enum iv_code rc = hear_of_its_end(c, err);

    if (!rc && !c->result)
        rc = iv_session_conclude(&c->session, iv_wall_ms(c->clock), err);
    if (!rc && !c->result)
        rc = keep_result(c, err);
    if (rc) { /* nothing ended: it can be asked for again */
        c->session = before;
        iv_json_free(c->result);
        c->result = NULL;
        return rc;
    }
    c->phase = IV_PHASE_ENDED;
    c->is_said = false;
    iv_engine_turn_message(c);
    announce(c);
    iv_engine_commit(c, NULL, 0, NULL, 0, NULL); /* these events missing are a gap, no failure */
    iv_session_room_close(c->ctx, c->store, c->session.id);
    return IV_OK;
}

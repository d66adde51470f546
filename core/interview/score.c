/* score.c - a report from a transcript: load, judge, add up, write down. */
#include "iv/score.h"

#include <stdlib.h>
#include <string.h>

#include "interview/delivery.h"
#include "interview/quote_time.h"
#include "interview/score_model.h"
#include "iv/alloc.h"
#include "iv/clock.h"

#define REPORT_VERSION 1

void iv_card_close(struct iv_card *c)
{
    iv_model_part_release(&c->model);
    iv_rubric_release(&c->rubric);
    iv_cues_release(&c->cues);
    iv_json_free(c->speech);
    iv_json_free(c->star);
    iv_json_free(c->texts);
    for (size_t i = 0; i < IV_BANKS_MAX; i++)
        iv_bank_release(&c->banks[i]);
    free(c->items);
    free(c->scored);
}

static enum iv_code card_load(struct iv_card *c, struct iv_error *err)
{
    enum iv_code rc = iv_rubric_load(c->ctx, c->lang, c->in->rubric_path, &c->rubric, err);

    if (!rc)
        rc = iv_cues_load(c->ctx, c->lang, &c->cues, err);
    if (!rc)
        rc = iv_score_table(c->ctx, "speech", c->lang, &c->speech, err);
    if (!rc)
        rc = iv_score_table(c->ctx, "star", c->lang, &c->star, err);
    if (!rc)
        rc = iv_score_table(c->ctx, "comments", c->lang, &c->texts, err);
    return rc;
}

enum iv_code iv_card_open(struct iv_card *c, const iv_ctx *ctx, const struct iv_score_input *in,
                          struct iv_error *err)
{
    struct iv_judge judge = {0};
    enum iv_code rc;

    *c = (struct iv_card){
        .ctx = ctx, .in = in, .lang = in->session->spec.lang, .type = in->session->spec.type};
    rc = card_load(c, err);
    if (!rc)
        rc = iv_card_collect(c, err);
    judge = (struct iv_judge){
        .cues = &c->cues, .lang = c->lang, .type = c->type, .speech = c->speech, .star = c->star};
    for (size_t i = 0; i < c->n && !rc; i++)
        rc = iv_judge_question(&judge, &c->items[i], err);
    return rc;
}

static iv_json *turn_json(const struct iv_turn *t)
{
    static const char *const kinds[] = {"greeting", "question", "probe",
                                        "answer",   "remark",   "closing"};
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "turn", t->number);
    iv_json_set_str(j, "speaker", t->speaker == IV_CANDIDATE ? "candidate" : "interviewer");
    iv_json_set_str(j, "kind", kinds[t->kind]);
    iv_json_set_str(j, "question_id", t->question_id[0] ? t->question_id : NULL);
    iv_json_set_str(j, "text", t->text);
    iv_json_set_int(j, "start_ms", t->start_ms);
    iv_json_set_int(j, "end_ms", t->end_ms);
    iv_json_set(j, "confidence",
                t->confidence < 0 ? iv_json_null()
                                  : iv_bp_json((int)((double)t->confidence * IV_BP + 0.5)));
    if (t->words_json)
        iv_json_set(j, "words", iv_turn_words(t));
    return j;
}

static iv_json *transcript_json(const struct iv_score_input *in)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < in->n_turns; i++)
        iv_json_append(list, turn_json(&in->turns[i]));
    return list;
}

static void set_session(iv_json *j, const struct iv_session *s)
{
    iv_json_set_int(j, "report_version", REPORT_VERSION);
    iv_json_set_str(j, "session_id", s->id[0] ? s->id : NULL);
    iv_json_set_str(j, "user_id", s->spec.user_id[0] ? s->spec.user_id : NULL);
    iv_json_set_str(j, "interview_type", iv_type_name(s->spec.type));
    iv_json_set_str(j, "language", iv_lang_code(s->spec.lang));
    iv_json_set_str(j, "difficulty", iv_difficulty_name(s->spec.difficulty));
    iv_json_set_str(j, "status", iv_status_name(s->status));
    iv_json_set_time(j, "created_at", s->created_ms ? s->created_ms : -1);
}

static iv_json *feedback_json(const struct iv_card *c, const char *comments)
{
    iv_json *j = iv_json_object();

    iv_json_set(j, "overall_score", iv_tenths_json(c->overall));
    for (unsigned i = 0; i < IV_DIM_COUNT; i++)
        iv_json_set(j, iv_dimension_name((enum iv_dimension)i),
                    iv_tenths_json(c->dimensions[i].tenths));
    iv_json_set_str(j, "comments", comments);
    return j;
}

static iv_json *rubric_json(const struct iv_card *c)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "language", iv_lang_code(c->lang));
    iv_json_set_str(j, "digest", c->rubric.digest);
    return j;
}

static enum iv_code write_report(const struct iv_card *c, iv_json **out, struct iv_error *err)
{
    const struct iv_delivery_input d = {.turns = c->in->turns,
                                        .n_turns = c->in->n_turns,
                                        .lang = c->lang,
                                        .speech = c->speech,
                                        .earlier = c->in->earlier,
                                        .n_earlier = c->in->n_earlier};
    unsigned long failures = iv_alloc_failures();
    iv_json *delivery = NULL, *j;
    enum iv_code rc = iv_delivery(&d, &delivery, err);
    char *comments = rc                 ? NULL
                     : c->model.comment ? iv_strdup(c->model.comment)
                                        : iv_card_comments(c, delivery);

    if (!rc && !comments)
        rc = iv_fail(err, IV_E_NOMEM, "report: out of memory");
    if (!rc) {
        *out = j = iv_json_object();
        set_session(j, c->in->session);
        iv_json_set(j, "feedback", feedback_json(c, comments));
        iv_json_set(j, "overall", iv_card_overall(c));
        iv_json_set(j, "dimensions", iv_card_dimensions(c));
        iv_json_set(j, "scores", iv_card_scores(c));
        iv_json_set(j, "questions", iv_card_questions(c));
        iv_json_set(j, "star", iv_card_star(c));
        iv_json_set(j, "delivery", delivery);
        delivery = NULL;
        iv_json_set(j, "transcript", transcript_json(c->in));
        iv_json_set(j, "rubric", rubric_json(c));
        iv_json_set(j, "scorer", iv_model_scorer_json(c));
        if (c->in->judgement)
            iv_json_set(j, "judgement", iv_json_dup(c->in->judgement));
    }
    if (!rc && iv_alloc_failures() != failures) { /* a quote may be missing from it */
        rc = iv_fail(err, IV_E_NOMEM, "report: out of memory");
        iv_json_free(*out);
        *out = NULL;
    }
    iv_json_free(delivery);
    free(comments);
    return rc;
}

enum iv_code iv_score(const iv_ctx *ctx, const struct iv_score_input *in, iv_json **report,
                      struct iv_error *err)
{
    struct iv_card c;
    enum iv_code rc = iv_card_open(&c, ctx, in, err);

    *report = NULL;
    if (!rc)
        rc = iv_card_verdicts(&c, err);
    if (!rc)
        rc = iv_card_total(&c, err);
    if (!rc)
        rc = write_report(&c, report, err);
    iv_card_close(&c);
    return rc;
}

const iv_json *iv_report_feedback(const iv_json *report)
{
    return iv_json_get(report, "feedback");
}

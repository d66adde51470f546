/* interviewer.c - the interviewer's moves. */
#include "interview/interviewer.h"

#include <stdlib.h>
#include <string.h>

#include "interview/timing.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "interview/memory.h"

#define TEXT_MAX_BYTES 65536
#define PAPERS_MAX_BYTES (1u << 20)
#define STRONG_COVERAGE 70
#define WEAK_COVERAGE 25
#define STREAK 2 /* strong or weak answers in a row that change what comes next */
#define LOOK_AHEAD 3 /* planned questions to choose from then */

/* -- life -- */

static enum iv_code read_papers(const struct iv_papers *p, enum iv_lang lang, iv_answer_text **out,
                                struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(PAPERS_MAX_BYTES);
    enum iv_code rc;

    *out = NULL;
    if (!p || (!p->resume && !p->job))
        return IV_OK;
    iv_buf_addf(&text, "%s\n%s", p->job ? p->job : "", p->resume ? p->resume : "");
    rc = iv_buf_check(&text, "job description and résumé", err);
    if (!rc)
        rc = iv_answer_text_new(iv_buf_str(&text), lang, out, err);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code read_data(const iv_ctx *ctx, iv_interviewer *iv, const struct iv_papers *papers,
                              struct iv_error *err)
{
    iv_answer_text *brought = NULL;
    const struct iv_config *config = ctx ? iv_ctx_config(ctx) : NULL;
    const char *persona = iv->spec.persona;
    struct plan_input in = {.ctx = ctx, .spec = &iv->spec, .cues = &iv->cues};
    enum iv_code rc = iv_cues_load(ctx, iv->spec.lang, &iv->cues, err);

    if (!persona[0] && config)
        persona = config->interview_persona;
    iv->probes_max = config ? (int)config->interview_probes : 2;
    in.jurisdictions = config ? config->interview_jurisdiction : "kr jp us eu";
    in.probes = iv->probes_max;
    if (!rc)
        rc = iv_phrases_load(ctx, iv->spec.lang, persona, iv->spec.seed, &iv->phrases, err);
    if (!rc)
        rc = read_papers(papers, iv->spec.lang, &brought, err);
    in.papers = brought;
    if (!rc)
        rc = iv_plan_make(&in, &iv->bank, &iv->plan, err);
    iv_answer_text_free(brought);
    return rc;
}

static enum iv_code make(const iv_ctx *ctx, const struct iv_session_spec *spec,
                         const struct iv_papers *papers, const iv_json *state, iv_interviewer **out,
                         struct iv_error *err)
{
    iv_interviewer *iv = iv_alloc(sizeof *iv);
    enum iv_code rc;

    *out = NULL;
    if (!iv)
        return iv_fail(err, IV_E_NOMEM, "interviewer: out of memory");
    iv->spec = *spec;
    iv->remark = (struct iv_buf)IV_BUF_INIT(TEXT_MAX_BYTES);
    rc = read_data(ctx, iv, papers, err);
    if (!rc && state && iv_json_type(state) != IV_JSON_NULL)
        rc = iv_memory_restore(iv, state, err);
    if (rc)
        iv_interviewer_free(iv);
    else
        *out = iv;
    return rc;
}

enum iv_code iv_interviewer_new(const iv_ctx *ctx, const struct iv_session_spec *spec,
                                const iv_json *state, iv_interviewer **out, struct iv_error *err)
{
    return make(ctx, spec, NULL, state, out, err);
}

enum iv_code iv_interviewer_new_for(const iv_ctx *ctx, const struct iv_session_spec *spec,
                                    const struct iv_papers *papers, iv_interviewer **out,
                                    struct iv_error *err)
{
    return make(ctx, spec, papers, NULL, out, err);
}

static void release_spoken(struct spoken *s)
{
    free(s->text);
    free(s->question_id);
    free(s->question);
    *s = (struct spoken){0};
}

void iv_interviewer_free(iv_interviewer *iv)
{
    if (!iv)
        return;
    iv_plan_release(&iv->plan);
    iv_bank_release(&iv->bank);
    iv_cues_release(&iv->cues);
    iv_phrases_release(&iv->phrases);
    iv_said_release(&iv->said);
    release_spoken(&iv->spoken);
    iv_buf_release(&iv->remark);
    free(iv->last_ack);
    free(iv);
}

const struct iv_question *iv_interviewer_question(const iv_interviewer *iv, const char *id)
{
    return iv_bank_find(&iv->bank, id);
}

/* -- saying something -- */

/* Japanese sentences follow each other without a blank. */
static void say(iv_interviewer *iv, struct iv_buf *out, const char *line)
{
    struct phrase_facts facts = {iv->spec.duration_minutes, iv->plan.n, iv->spec.role,
                                 iv->cues.types[iv->spec.type]};

    if (!line)
        return;
    if (out->len && iv->spec.lang != IV_LANG_JA)
        iv_buf_addc(out, ' ');
    iv_phrase_fill(line, &facts, out);
    if (!iv_said_add(&iv->said, line))
        out->failed = true;
}

/* A question is said as it stands: braces in it are no placeholders. */
static void say_question(iv_interviewer *iv, struct iv_buf *out, const char *ask)
{
    if (out->len && iv->spec.lang != IV_LANG_JA)
        iv_buf_addc(out, ' ');
    iv_buf_adds(out, ask);
    if (!iv_said_add(&iv->said, ask))
        out->failed = true;
}

static void say_fresh(iv_interviewer *iv, struct iv_buf *out, enum moment m)
{
    say(iv, out, iv_phrase_fresh(&iv->phrases, m, &iv->said, NULL));
}

static void say_any(iv_interviewer *iv, struct iv_buf *out, enum moment m)
{
    say(iv, out, iv_phrase_any(&iv->phrases, m, &iv->said));
}

static bool is_story(const iv_interviewer *iv)
{
    return iv->spec.type == IV_TYPE_BEHAVIORAL && iv->facts.n_covered > 1;
}

static enum moment ack_moment(const iv_interviewer *iv)
{
    if (iv->facts.dont_know)
        return MOMENT_ACK_UNKNOWN;
    if (iv->facts.too_short)
        return MOMENT_ACK_SHORT;
    if (is_story(iv))
        return MOMENT_ACK_STORY;
    return iv_judge_coverage(current_question(iv), &iv->facts) >= STRONG_COVERAGE
               ? MOMENT_ACK_FULL
               : MOMENT_ACK_PARTIAL;
}

static void say_ack(iv_interviewer *iv, struct iv_buf *out)
{
    const char *line = iv_phrase_fresh(&iv->phrases, ack_moment(iv), &iv->said, iv->last_ack);

    say(iv, out, line);
    if (!line)
        return;
    free(iv->last_ack);
    iv->last_ack = iv_strdup(line);
}

/* Hands the text over to `spoken`; the caller has filled the rest of `next`. */
static enum iv_code keep(iv_interviewer *iv, struct iv_buf *text, const struct spoken *next,
                         const char *question_id, const char *question, struct iv_move *move,
                         struct iv_error *err)
{
    enum iv_code rc = iv_buf_check(text, "reply", err);

    if (rc)
        return rc;
    release_spoken(&iv->spoken);
    iv->spoken = *next;
    iv->spoken.text = iv_buf_take(text);
    iv->spoken.question_id = iv_strdup(question_id);
    iv->spoken.question = iv_strdup(question);
    if (!iv->spoken.text || !iv->spoken.question_id || !iv->spoken.question)
        return iv_fail(err, IV_E_NOMEM, "reply: out of memory");
    return iv_interviewer_current(iv, move, err);
}

enum iv_code iv_interviewer_current(const iv_interviewer *iv, struct iv_move *move,
                                    struct iv_error *err)
{
    const struct spoken *s = &iv->spoken;

    *move = (struct iv_move){.text = "", .question_id = "", .question = ""};
    if (!s->text)
        return iv_fail(err, IV_E_STATE, "the interview has not begun");
    *move = (struct iv_move){s->kind, s->text,  s->question_id, s->question, s->number,
                             s->of,   s->waits, s->ends,        s->lack};
    return IV_OK;
}

static enum iv_code need_stage(const iv_interviewer *iv, struct iv_error *err)
{
    if (iv->stage == STAGE_NEW)
        return iv_fail(err, IV_E_STATE, "the interview has not begun");
    if (iv->stage == STAGE_ENDED)
        return iv_fail(err, IV_E_STATE, "the interview is over");
    return IV_OK;
}

/* -- time -- */

static int pace(const iv_interviewer *iv)
{
    int64_t percent = iv->suggested_ms ? iv->spoken_ms * 100 / iv->suggested_ms : 100;

    return percent < 50 ? 50 : percent > 200 ? 200 : (int)percent;
}

/* Planned questions after the current one that can still be asked well. */
static int count_ahead(const iv_interviewer *iv, int64_t remaining_ms)
{
    int n = 0;

    remaining_ms -= TIME_WRAP_UP_MS;
    for (size_t i = iv->at + 1; i < iv->plan.n; i++, n++) {
        remaining_ms -= iv_time_of_question(&iv->bank.questions[iv->plan.order[i]], pace(iv));
        if (remaining_ms < 0)
            break;
    }
    return n;
}

static bool probe_fits(const iv_interviewer *iv, const char *ask, int64_t remaining_ms)
{
    int64_t after =
        remaining_ms - TIME_LEAD_MS - iv_time_to_say(iv->spec.lang, ask) - TIME_PROBE_ANSWER_MS;
    int planned = (int)(iv->plan.n - iv->at) - 1;

    /* a follow-up must not cost a question, unless questions are lost already */
    return after >= TIME_WRAP_UP_MS && (count_ahead(iv, after) >= planned ||
                                        count_ahead(iv, after) == count_ahead(iv, remaining_ms));
}

static bool has_time_for(const iv_interviewer *iv, const struct iv_question *q,
                         int64_t remaining_ms)
{
    return remaining_ms >= iv_time_least(q, pace(iv)) + TIME_WRAP_UP_MS;
}

/* -- moves -- */

static enum iv_code close_interview(iv_interviewer *iv, struct iv_buf *text, enum moment how,
                                    struct iv_move *move, struct iv_error *err)
{
    struct spoken next = {
        .kind = IV_TURN_CLOSING, .number = iv->spoken.number, .of = iv->spoken.of, .ends = true};

    say_any(iv, text, how);
    iv->stage = STAGE_ENDED;
    return keep(iv, text, &next, "", "", move, err);
}

static enum iv_code wrap_up(iv_interviewer *iv, struct iv_buf *text, struct iv_move *move,
                            struct iv_error *err)
{
    struct spoken next = {.kind = IV_TURN_REMARK,
                          .number = iv->spoken.number,
                          .of = iv->spoken.number,
                          .waits = true};
    const char *line = iv_phrase_any(&iv->phrases, MOMENT_WRAP_UP, &iv->said);

    say(iv, text, line);
    iv->stage = STAGE_WRAP_UP;
    return keep(iv, text, &next, "", line, move, err);
}

/* Leads into a question by what time it is; one remark at most. "Let us move on" of an acknowledgement is lead enough. */
static void say_lead(iv_interviewer *iv, struct iv_buf *text, bool is_last, int64_t remaining_ms)
{
    int64_t total_ms = (int64_t)iv->spec.duration_minutes * 60000;
    bool is_tight =
        remaining_ms - TIME_WRAP_UP_MS < iv_time_of_question(current_question(iv), pace(iv));

    if (is_tight && !iv->short_said) {
        iv->short_said = true;
        say_fresh(iv, text, MOMENT_TIME_SHORT);
    } else if (is_last) {
        say_fresh(iv, text, MOMENT_LAST_QUESTION);
    } else if (!iv->half_said && remaining_ms * 2 <= total_ms) {
        say_fresh(iv, text, MOMENT_TIME_HALF);
    } else if (!iv->facts.dont_know) {
        say_fresh(iv, text, MOMENT_NEXT_QUESTION);
    }
    iv->half_said |= remaining_ms * 2 <= total_ms;
    iv->last_said |= is_last;
}

static void begin_question(iv_interviewer *iv)
{
    iv->stage = STAGE_QUESTION;
    iv->facts = (struct iv_answer_facts){0};
    iv->n_probes = 0;
    iv->lacks_tried = iv->points_tried = 0;
}

static enum iv_code ask_current(iv_interviewer *iv, struct iv_buf *text, enum iv_turn_kind kind,
                                int64_t remaining_ms, struct iv_move *move, struct iv_error *err)
{
    const struct iv_question *q = current_question(iv);
    int64_t after = remaining_ms - iv_time_of_question(q, pace(iv));
    struct spoken next = {.kind = kind, .number = (int)iv->at + 1, .waits = true};

    next.of = next.number + count_ahead(iv, after);
    begin_question(iv);
    say_question(iv, text, q->ask);
    return keep(iv, text, &next, q->id, q->ask, move, err);
}

/* Two strong answers call for the most demanding of the next planned questions, two weak ones for the easiest. */
static void adapt(iv_interviewer *iv)
{
    size_t best = iv->at + 1, keep_at;

    if (iv->streak < STREAK && iv->streak > -STREAK)
        return;
    for (size_t i = best + 1; i < iv->plan.n && i <= iv->at + LOOK_AHEAD; i++) {
        int more = iv_plan_demand(&iv->bank.questions[iv->plan.order[i]]) -
                   iv_plan_demand(&iv->bank.questions[iv->plan.order[best]]);

        if (iv->streak > 0 ? more > 0 : more < 0)
            best = i;
    }
    keep_at = iv->plan.order[best];
    memmove(&iv->plan.order[iv->at + 2], &iv->plan.order[iv->at + 1],
            (best - iv->at - 1) * sizeof keep_at);
    iv->plan.order[iv->at + 1] = keep_at;
    iv->streak = 0;
}

static void count_streak(iv_interviewer *iv)
{
    int coverage = iv_judge_coverage(current_question(iv), &iv->facts);

    if (coverage >= STRONG_COVERAGE)
        iv->streak = iv->streak > 0 ? iv->streak + 1 : 1;
    else if (coverage <= WEAK_COVERAGE)
        iv->streak = iv->streak < 0 ? iv->streak - 1 : -1;
    else
        iv->streak = 0;
}

/* On from the current question: the next one, the last invitation, or the end. */
static enum iv_code go_on(iv_interviewer *iv, struct iv_buf *text, bool with_lead,
                          int64_t remaining_ms, struct iv_move *move, struct iv_error *err)
{
    bool is_last;

    if (iv->at + 1 < iv->plan.n && !iv->last_said) {
        adapt(iv);
        if (has_time_for(iv, &iv->bank.questions[iv->plan.order[iv->at + 1]], remaining_ms)) {
            iv->at++;
            is_last = !count_ahead(iv, remaining_ms -
                                           iv_time_of_question(current_question(iv), pace(iv)));
            if (with_lead)
                say_lead(iv, text, is_last, remaining_ms);
            return ask_current(iv, text, IV_TURN_QUESTION, remaining_ms, move, err);
        }
    }
    if (remaining_ms >= TIME_WRAP_UP_MS)
        return wrap_up(iv, text, move, err);
    return close_interview(iv, text, MOMENT_CLOSING_TIME, move, err);
}

enum iv_code iv_interviewer_greet(iv_interviewer *iv, int64_t remaining_ms, struct iv_move *move,
                                  struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(TEXT_MAX_BYTES);
    enum iv_code rc;

    if (iv->stage != STAGE_NEW)
        return iv_fail(err, IV_E_STATE, "the interview has begun already");
    say_any(iv, &text, iv->spec.role[0] ? MOMENT_GREETING_ROLE : MOMENT_GREETING);
    say_any(iv, &text, MOMENT_FIRST_QUESTION);
    rc = ask_current(iv, &text, IV_TURN_GREETING, remaining_ms, move, err);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code ask_probe(iv_interviewer *iv, struct iv_buf *text, const char *ask,
                              enum iv_lack lack, struct iv_move *move, struct iv_error *err)
{
    const struct iv_question *q = current_question(iv);
    struct spoken next = {.kind = IV_TURN_PROBE,
                          .number = iv->spoken.number,
                          .of = iv->spoken.of,
                          .waits = true,
                          .lack = lack};

    /* "never mind, let us move on" or a compliment would not fit a helping or a redirecting question */
    if (lack != IV_LACK_DONT_KNOW && lack != IV_LACK_OFF_TOPIC)
        say_ack(iv, text);
    say_question(iv, text, ask);
    return keep(iv, text, &next, q->id, ask, move, err);
}

/* Answers to follow-ups have no suggested length; typed ones have none at all. */
static void count_pace(iv_interviewer *iv, int64_t spoken_ms)
{
    if (spoken_ms <= 0 || iv->n_probes)
        return;
    iv->spoken_ms += spoken_ms;
    iv->suggested_ms += (int64_t)current_question(iv)->seconds * 1000;
}

static enum iv_code after_answer(iv_interviewer *iv, struct iv_buf *text, int64_t remaining_ms,
                                 struct iv_move *move, struct iv_error *err)
{
    enum iv_lack lack;
    const char *ask;

    if (remaining_ms < TIME_CLOSING_MS) {
        say_ack(iv, text);
        return close_interview(iv, text, MOMENT_CLOSING_TIME, move, err);
    }
    ask = iv_probe_choose(iv, probe_fits, remaining_ms, &lack);
    if (ask)
        return ask_probe(iv, text, ask, lack, move, err);
    count_streak(iv);
    say_ack(iv, text);
    return go_on(iv, text, true, remaining_ms, move, err);
}

enum iv_code iv_interviewer_answer(iv_interviewer *iv, const char *answer, int64_t spoken_ms,
                                   int64_t remaining_ms, struct iv_move *move, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(TEXT_MAX_BYTES);
    struct iv_answer_facts facts;
    enum iv_code rc = need_stage(iv, err);

    if (rc)
        return rc;
    if (iv->stage == STAGE_WRAP_UP) {
        rc = close_interview(iv, &text, MOMENT_CLOSING, move, err);
        goto out;
    }
    rc = iv_judge_answer(&iv->cues, current_question(iv), answer, &facts, err);
    if (rc)
        goto out;
    count_pace(iv, spoken_ms);
    iv_judge_merge(&iv->cues, &iv->facts, &facts);
    rc = after_answer(iv, &text, remaining_ms, move, err);
out:
    iv_buf_release(&text);
    return rc;
}

enum iv_code iv_interviewer_skip(iv_interviewer *iv, int64_t remaining_ms, struct iv_move *move,
                                 struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(TEXT_MAX_BYTES);
    enum iv_code rc = need_stage(iv, err);

    if (rc)
        return rc;
    if (iv->stage == STAGE_WRAP_UP) {
        rc = close_interview(iv, &text, MOMENT_CLOSING, move, err);
    } else {
        if (iv->plan.n < iv->plan.n_order) /* one from the reserve takes its place */
            iv->plan.n++;
        iv->streak = 0;
        iv->last_said = false;
        if (iv->at + 1 < iv->plan.n)
            say_any(iv, &text, MOMENT_SKIP);
        rc = go_on(iv, &text, false, remaining_ms, move, err);
    }
    iv_buf_release(&text);
    return rc;
}

/* A move beside the interview: what waits for an answer stays as it is. */
static enum iv_code remark(iv_interviewer *iv, struct iv_move *move, struct iv_error *err)
{
    enum iv_code rc = iv_buf_check(&iv->remark, "reply", err);

    if (!rc)
        rc = iv_interviewer_current(iv, move, err);
    move->kind = IV_TURN_REMARK;
    move->text = iv_buf_str(&iv->remark);
    move->lack = IV_LACK_NONE;
    return rc;
}

enum iv_code iv_interviewer_repeat(iv_interviewer *iv, struct iv_move *move, struct iv_error *err)
{
    enum iv_code rc = need_stage(iv, err);

    if (rc)
        return rc;
    iv_buf_clear(&iv->remark);
    say_any(iv, &iv->remark, MOMENT_REPEAT);
    say_question(iv, &iv->remark, iv->spoken.question);
    return remark(iv, move, err);
}

enum iv_code iv_interviewer_silence(iv_interviewer *iv, struct iv_move *move, struct iv_error *err)
{
    enum iv_code rc = need_stage(iv, err);

    if (rc)
        return rc;
    iv_buf_clear(&iv->remark);
    say_any(iv, &iv->remark, MOMENT_SILENCE);
    return remark(iv, move, err);
}

enum iv_code iv_interviewer_time_up(iv_interviewer *iv, struct iv_move *move, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(TEXT_MAX_BYTES);
    enum iv_code rc = iv->stage == STAGE_ENDED ? need_stage(iv, err) : IV_OK;

    if (!rc)
        rc = close_interview(iv, &text, MOMENT_CLOSING_TIME, move, err);
    iv_buf_release(&text);
    return rc;
}

/* wording.c - what a language model is asked: rules first, then the papers and the conversation as quoted data, the move last.
 *
 * Strict chat templates want user and assistant in turn, the user first: so turns of one side are joined, and the task of this
 * move stands in the same message as the answer it replies to. Angle brackets in what others wrote become other characters:
 * nothing can close the mark it stands in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/prompts.h"
#include "interview/quoted.h"
#include "iv/alloc.h"
#include "iv/config.h"

#define RESUME_BYTES 6000
#define JOB_BYTES 4000
#define TURN_BYTES 4000
#define SYSTEM_BYTES (64u << 10)
#define MESSAGE_BYTES (64u << 10)
#define TURNS_MAX 60 /* the last ones; llm.c cuts further by what the model holds */
#define REPLY_TOKENS 220 /* Korean and Japanese take up to two tokens for a character */

static void add_filled(struct iv_buf *out, const char *pattern, const struct iv_slot *slots,
                       size_t n)
{
    iv_quoted_fill(out, pattern, slots, n);
    iv_buf_addc(out, '\n');
}

/* -- once for a session -- */

static const char *persona_of(const iv_wording *w)
{
    const struct iv_config *c = w->ctx ? iv_ctx_config(w->ctx) : NULL;
    const char *name = w->spec.persona[0] ? w->spec.persona : c ? c->interview_persona : "neutral";

    if (!strcmp(name, "warm"))
        return w->prompts.personas[1];
    return w->prompts.personas[strcmp(name, "strict") ? 0 : 2];
}

static void add_setting(const iv_wording *w, struct iv_buf *out)
{
    const struct prompts *p = &w->prompts;
    char role[sizeof w->spec.role];
    const struct iv_slot slots[] = {{"difficulty", p->difficulties[w->spec.difficulty]},
                                    {"type", p->types[w->spec.type]},
                                    {"role", role}};

    snprintf(role, sizeof role, "%s", w->spec.role);
    for (char *c = role; *c; c++) /* a job title is a line of text, not of the rules */
        if (*c == '<' || *c == '>' || *c == '"' || (unsigned char)*c < ' ')
            *c = ' ';
    add_filled(out, p->lines[role[0] ? PROMPT_SETTING_ROLE : PROMPT_SETTING], slots, IV_LEN(slots));
}

static enum iv_code make_system(iv_wording *w, const struct iv_papers *papers, struct iv_error *err)
{
    const struct prompts *p = &w->prompts;
    struct iv_buf b = IV_BUF_INIT(SYSTEM_BYTES);
    enum iv_code rc;

    iv_buf_addf(&b, "%s\n", persona_of(w));
    add_setting(w, &b);
    for (size_t i = 0; i < p->lists[PROMPT_RULES].n; i++)
        iv_buf_addf(&b, "- %s\n", p->lists[PROMPT_RULES].items[i]);
    if (papers && papers->job && papers->job[0]) {
        iv_buf_addf(&b, "\n%s\n", p->lines[PROMPT_JOB]);
        iv_quoted_add(&b, "job", "", papers->job, JOB_BYTES);
    }
    if (papers && papers->resume && papers->resume[0]) {
        iv_buf_addf(&b, "\n%s\n", p->lines[PROMPT_RESUME]);
        iv_quoted_add(&b, "resume", "", papers->resume, RESUME_BYTES);
    }
    rc = iv_buf_check(&b, "prompt", err);
    if (!rc)
        w->system = iv_buf_take(&b);
    iv_buf_release(&b);
    return rc;
}

enum iv_code iv_wording_new(iv_ctx *ctx, const struct iv_session_spec *spec,
                            const struct iv_papers *papers, iv_wording **out, struct iv_error *err)
{
    iv_wording *w = iv_alloc(sizeof *w);
    const struct iv_config *c = ctx ? iv_ctx_config(ctx) : NULL;
    enum iv_code rc;

    *out = NULL;
    if (!w)
        return iv_fail(err, IV_E_NOMEM, "wording: out of memory");
    w->ctx = ctx;
    w->spec = *spec;
    w->jurisdictions = iv_strdup(c ? c->interview_jurisdiction : "kr jp us eu");
    rc = w->jurisdictions ? iv_prompts_load(ctx, spec->lang, &w->prompts, err)
                          : iv_fail(err, IV_E_NOMEM, "wording: out of memory");
    if (!rc)
        rc = iv_legal_load(ctx, &w->legal, err);
    if (!rc)
        rc = iv_rubric_load(ctx, spec->lang, NULL, &w->rubric, err);
    if (!rc)
        rc = make_system(w, papers, err);
    if (rc)
        iv_wording_free(w);
    else
        *out = w;
    return rc;
}

void iv_wording_free(iv_wording *w)
{
    if (!w)
        return;
    iv_prompts_release(&w->prompts);
    iv_legal_release(&w->legal);
    iv_rubric_release(&w->rubric);
    free(w->system);
    free(w->jurisdictions);
    free(w);
}

/* -- for each move -- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), len = strlen(end);

    return n >= len && !strcmp(text + n - len, end);
}

/* A remark is a reminder or a repetition, but for the last invitation: that one has a question and no question of the bank. */
bool iv_wording_wants(const struct iv_move *move)
{
    if (!move->text || !move->text[0])
        return false;
    if (move->kind == IV_TURN_REMARK)
        return !move->question_id[0] && move->question[0] && ends_with(move->text, move->question);
    return move->kind != IV_TURN_ANSWER;
}

static void add_points(const iv_wording *w, const struct iv_question *q, struct iv_buf *out)
{
    iv_buf_addf(out, "%s\n", w->prompts.lines[PROMPT_POINTS]);
    for (size_t i = 0; i < q->n_points; i++)
        iv_buf_addf(out, "- %s\n", q->points[i].say);
}

static void add_question(const iv_wording *w, const struct iv_wording_now *now, struct iv_buf *out)
{
    const struct iv_competency *c =
        now->question ? iv_rubric_find(&w->rubric, now->question->competency) : NULL;

    if (!now->move->question[0])
        return;
    add_filled(out, w->prompts.lines[PROMPT_QUESTION],
               (const struct iv_slot[]){{"ask", now->move->question}}, 1);
    if (c)
        add_filled(out, w->prompts.lines[PROMPT_COMPETENCY],
                   (const struct iv_slot[]){{"competency", c->name}}, 1);
    if (now->question && now->move->kind == IV_TURN_PROBE)
        add_points(w, now->question, out); /* a new question needs no secrets */
}

static void add_task(const iv_wording *w, const struct iv_wording_now *now, struct iv_buf *out)
{
    const struct prompts *p = &w->prompts;
    const struct iv_move *m = now->move;
    char number[16], of[16], minutes[24];
    int64_t left = now->remaining_ms > 0 ? (now->remaining_ms + 30000) / 60000 : 0;
    const struct iv_slot slots[] = {{"number", number}, {"of", of}, {"minutes", minutes}};

    snprintf(number, sizeof number, "%d", m->number);
    snprintf(of, sizeof of, "%d", m->of);
    snprintf(minutes, sizeof minutes, "%lld", (long long)left);
    iv_buf_addc(out, '\n');
    if (m->number > 0 && m->question_id[0])
        add_filled(out, p->lines[PROMPT_PROGRESS], slots, IV_LEN(slots));
    iv_buf_addf(out, "%s\n", p->moves[m->kind]);
    if (m->lack != IV_LACK_NONE)
        iv_buf_addf(out, "%s\n", p->lacks[m->lack]);
    add_question(w, now, out);
    add_filled(out, p->lines[PROMPT_PLAIN], (const struct iv_slot[]){{"text", m->text}}, 1);
    iv_buf_adds(out, p->lines[PROMPT_NOW]);
}

/* The text of `b` becomes a message, and another one begins. */
static bool give(struct iv_wording_request *r, struct iv_buf *b, enum iv_llm_role role)
{
    char *text = iv_buf_take(b);

    iv_buf_release(b);
    *b = (struct iv_buf)IV_BUF_INIT(MESSAGE_BYTES);
    if (text)
        r->messages[r->n++] = (struct iv_llm_message){role, text};
    return text != NULL;
}

static void add_turn(const struct iv_turn *t, struct iv_buf *b)
{
    if (b->len)
        iv_buf_addc(b, '\n');
    if (t->speaker == IV_CANDIDATE)
        iv_quoted_add(b, "answer", "", t->text ? t->text : "", TURN_BYTES);
    else
        iv_buf_add(b, t->text ? t->text : "",
                   t->text ? iv_utf8_cut(t->text, strlen(t->text), TURN_BYTES) : 0);
}

static bool add_turns(const iv_wording *w, const struct iv_wording_now *now,
                      struct iv_wording_request *r, struct iv_buf *b)
{
    size_t from = now->n_turns > TURNS_MAX ? now->n_turns - TURNS_MAX : 0;
    enum iv_llm_role side = IV_LLM_USER;

    if (from < now->n_turns && now->turns[from].speaker == IV_INTERVIEWER)
        iv_buf_adds(b, w->prompts.lines[PROMPT_ARRIVAL]);
    for (size_t i = from; i < now->n_turns; i++) {
        enum iv_llm_role role =
            now->turns[i].speaker == IV_CANDIDATE ? IV_LLM_USER : IV_LLM_ASSISTANT;

        if (role != side && b->len && !give(r, b, side))
            return false;
        side = role;
        add_turn(&now->turns[i], b);
    }
    return side == IV_LLM_USER || !b->len || give(r, b, side);
}

static bool fill_messages(const iv_wording *w, const struct iv_wording_now *now,
                          struct iv_wording_request *out)
{
    struct iv_buf b = IV_BUF_INIT(SYSTEM_BYTES);
    bool is_whole;

    iv_buf_adds(&b, w->system);
    is_whole = give(out, &b, IV_LLM_SYSTEM) && add_turns(w, now, out, &b);
    if (is_whole) {
        add_task(w, now, &b);
        is_whole = give(out, &b, IV_LLM_USER);
    }
    iv_buf_release(&b);
    return is_whole;
}

enum iv_code iv_wording_request(const iv_wording *w, const struct iv_wording_now *now,
                                struct iv_wording_request *out, struct iv_error *err)
{
    *out = (struct iv_wording_request){0};
    out->messages = iv_alloc_array(TURNS_MAX + 4, sizeof *out->messages);
    if (!out->messages || !fill_messages(w, now, out)) {
        iv_wording_request_release(out);
        return iv_fail(err, IV_E_NOMEM, "wording: the prompt does not fit into memory");
    }
    out->llm = (struct iv_llm_request){.messages = out->messages,
                                       .n_messages = out->n,
                                       .max_tokens = REPLY_TOKENS,
                                       .temperature = -1,
                                       .seed = (int64_t)(w->spec.seed >> 33)};
    return IV_OK;
}

void iv_wording_request_release(struct iv_wording_request *r)
{
    for (size_t i = 0; i < r->n; i++)
        free((char *)r->messages[i].text);
    free(r->messages);
    *r = (struct iv_wording_request){0};
}

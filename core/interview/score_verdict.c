/* score_verdict.c - from a model's replies to levels: what stands in the transcript counts, the rest is left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_model.h"
#include "iv/alloc.h"

#define REPLY_BYTES (64u << 10)
#define COMMENT_CHARS 600
#define SUMMARY_CHARS 1500
#define SPREAD_MAX 1

/* -- one reply -- */

enum iv_code iv_reply_parse(const char *text, iv_json **out, struct iv_error *err)
{
    const char *begin = strchr(text, '{'), *end = strrchr(text, '}');
    enum iv_code rc;

    *out = NULL;
    if (!begin || !end || end < begin)
        return iv_fail(err, IV_E_DATA, "the reply is no JSON object");
    rc = iv_json_parse(begin, (size_t)(end - begin) + 1, REPLY_BYTES, out, err);
    if (!rc && iv_json_type(iv_json_get(*out, "competencies")) == IV_JSON_ARRAY)
        return IV_OK;
    iv_json_free(*out);
    *out = NULL;
    if (rc == IV_E_NOMEM)
        return rc;
    return rc ? iv_fail(err, IV_E_DATA, "the reply is no whole JSON object")
              : iv_fail(err, IV_E_DATA, "the reply has no list of competencies");
}

const iv_json *iv_reply_entry(const iv_json *reply, const char *competency)
{
    const iv_json *found = NULL;

    for (const iv_json *j = iv_json_first(iv_json_get(reply, "competencies")); j;
         j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "competency", ""), competency)) {
            if (found)
                return NULL; /* two judgements are none */
            found = j;
        }
    return found;
}

int iv_reply_level(const iv_json *entry)
{
    double level = iv_json_get_num(entry, "level", 0);

    return level >= 1 && level <= 5 && level == floor(level) ? (int)level : 0;
}

/* -- quotes -- */

struct reading {
    struct iv_card *c;
    const struct legal *legal;
    iv_json *replies[IV_RUNS_MAX];
    size_t n;
};

/* Answers to this competency's questions only: praise for one thing is no evidence of another. */
static bool answer_of(const struct iv_card *c, const struct iv_competency *k, int64_t number,
                      const struct iv_judged **q, size_t *at)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t a = 0; c->items[i].competency == k && iv_model_sees(&c->items[i]) &&
                           a < c->items[i].n_answers;
             a++)
            if (c->items[i].answers[a]->number == number) {
                *q = &c->items[i];
                *at = a;
                return true;
            }
    return false;
}

static bool find_quote(const struct iv_card *c, const struct iv_competency *k, const iv_json *j,
                       const struct iv_judged **q, struct iv_found *out)
{
    const char *quote = iv_json_get_str(j, "quote", "");
    struct iv_span span;
    size_t at;

    if (!answer_of(c, k, iv_json_get_int(j, "turn", -1), q, &at) ||
        !iv_quote_find((*q)->answers[at]->text, c->lang, quote, &span) ||
        iv_model_is_order(c->model.prompts, c->lang, quote))
        return false;
    *out = (struct iv_found){(*q)->answers[at], span, (*q)->is_probe[at]};
    return true;
}

static bool is_kept(const struct iv_verdict *v, const struct iv_found *f)
{
    for (size_t i = 0; i < v->n_quotes; i++)
        if (v->quotes[i].turn == f->turn && v->quotes[i].quote.start == f->quote.start &&
            v->quotes[i].quote.end == f->quote.end)
            return true;
    return false;
}

static void take_quotes(const struct iv_card *c, const iv_json *entry, struct iv_verdict *v)
{
    v->n_quotes = 0;
    for (const iv_json *j = iv_json_first(iv_json_get(entry, "quotes"));
         j && v->n_quotes < IV_QUOTES_MAX; j = iv_json_next(j)) {
        struct iv_found f;

        if (find_quote(c, v->competency, j, &v->quoted[v->n_quotes], &f) && !is_kept(v, &f))
            v->quotes[v->n_quotes++] = f;
    }
}

/* -- comments -- */

/* The text when it may be shown; else NULL, and *left_out says why when there was one. */
static char *comment_of(const struct reading *r, const iv_json *entry, size_t max_chars,
                        const char **left_out)
{
    char *text = iv_text_clean(iv_json_get_str(entry, "comment", ""));
    const char *why = text && *text ? iv_comment_problem(r->c->model.prompts, r->legal, r->c->lang,
                                                         text, max_chars)
                                    : "";

    if (text && !why)
        return text;
    if (why && *why)
        *left_out = why;
    free(text);
    return NULL;
}

/* -- a competency -- */

/* How many runs gave a level, with or without a quote that stands. */
static size_t read_levels(const struct reading *r, struct iv_verdict *v)
{
    size_t said = 0;

    v->n_runs = r->n;
    for (size_t i = 0; i < r->n; i++) {
        const iv_json *entry = iv_reply_entry(r->replies[i], v->competency->id);
        int level = iv_reply_level(entry);

        said += level > 0;
        take_quotes(r->c, entry, v);
        v->levels[i] = v->n_quotes ? level : 0;
    }
    v->n_quotes = 0;
    return said;
}

static const char *why_not(const struct reading *r, const struct iv_verdict *v, size_t given,
                           size_t said)
{
    bool was_named = false;

    if (given * 2 > r->n)
        return v->spread > SPREAD_MAX ? "judged_apart" : NULL;
    for (size_t i = 0; i < r->n; i++)
        was_named |= iv_reply_entry(r->replies[i], v->competency->id) != NULL;
    return said > given ? "judged_unquoted" : was_named ? "judged_null" : "judged_not";
}

/* Quotes and comment of the first run that came to this level; without a level, the first comment. */
static void take_words(const struct reading *r, struct iv_verdict *v)
{
    bool has_level = !v->why;

    for (size_t i = 0; i < r->n; i++) {
        const iv_json *entry = iv_reply_entry(r->replies[i], v->competency->id);

        if (has_level && v->levels[i] != v->median)
            continue;
        if (has_level && !v->n_quotes)
            take_quotes(r->c, entry, v);
        if (!v->comment)
            v->comment = comment_of(r, entry, COMMENT_CHARS, &v->left_out);
    }
    if (v->comment)
        v->left_out = NULL;
}

static void judge(const struct reading *r, struct iv_verdict *v)
{
    size_t said = read_levels(r, v), given;

    iv_verdict_median(v->levels, v->n_runs, &v->median, &v->spread, &given);
    v->why = why_not(r, v, given, said);
    take_words(r, v);
}

/* -- all of them -- */

static enum iv_code judge_all(struct reading *r, struct iv_error *err)
{
    struct iv_model_part *m = &r->c->model;

    m->verdicts = iv_alloc_array(r->c->rubric.n, sizeof *m->verdicts);
    if (!m->verdicts)
        return iv_fail(err, IV_E_NOMEM, "report: out of memory");
    for (size_t i = 0; i < r->c->rubric.n; i++)
        if (iv_model_judges(r->c, &r->c->rubric.items[i])) {
            m->verdicts[m->n] = (struct iv_verdict){.competency = &r->c->rubric.items[i]};
            judge(r, &m->verdicts[m->n++]);
        }
    for (size_t i = 0; i < r->n && !m->comment; i++)
        m->comment = comment_of(r, r->replies[i], SUMMARY_CHARS, &m->left_out);
    if (m->comment)
        m->left_out = NULL;
    return IV_OK;
}

static void read_replies(struct reading *r, const iv_json *judgement, struct iv_error *first)
{
    for (const iv_json *j = iv_json_first(iv_json_get(judgement, "replies"));
         j && r->n < IV_RUNS_MAX; j = iv_json_next(j)) {
        struct iv_error e = {0};

        if (iv_json_type(j) != IV_JSON_STRING)
            continue;
        if (!iv_reply_parse(iv_json_string(j, ""), &r->replies[r->n], &e))
            r->n++;
        else if (!first->code)
            *first = e;
    }
}

/* Half of the runs or fewer are no majority: then the built-in scorer judges. */
static bool is_enough(struct iv_model_part *m, size_t n, const iv_json *judgement,
                      const struct iv_error *first)
{
    const iv_json *failure = iv_json_first(iv_json_get(judgement, "failures"));

    m->runs = (int)iv_json_get_int(judgement, "runs", 0);
    m->answered = (int)n;
    m->judges = n && (int)n * 2 > m->runs;
    if (!m->judges)
        snprintf(m->why_not, sizeof m->why_not, "%.230s",
                 failure       ? iv_json_get_str(failure, "text", "")
                 : first->code ? first->text
                               : "it gave no reply");
    return m->judges;
}

enum iv_code iv_card_verdicts(struct iv_card *c, struct iv_error *err)
{
    struct legal legal = {0};
    struct reading r = {.c = c, .legal = &legal};
    struct iv_error first = {0};
    char digest[65];
    enum iv_code rc;

    if (!c->in->judgement)
        return IV_OK;
    rc = iv_model_prompts(c->ctx, c->lang, &c->model.prompts, digest, err);
    if (!rc)
        rc = iv_legal_load(c->ctx, &legal, err);
    if (!rc)
        read_replies(&r, c->in->judgement, &first);
    if (!rc && is_enough(&c->model, r.n, c->in->judgement, &first))
        rc = judge_all(&r, err);
    for (size_t i = 0; i < r.n; i++)
        iv_json_free(r.replies[i]);
    iv_legal_release(&legal);
    return rc;
}

const struct iv_verdict *iv_verdict_of(const struct iv_card *c, const struct iv_competency *k)
{
    for (size_t i = 0; i < c->model.n; i++)
        if (c->model.verdicts[i].competency == k)
            return &c->model.verdicts[i];
    return NULL;
}

void iv_model_part_release(struct iv_model_part *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->verdicts[i].comment);
    free(m->verdicts);
    free(m->comment);
    iv_json_free(m->prompts);
    *m = (struct iv_model_part){0};
}

/* score_total.c - from questions to competencies, dimensions and the overall score (see score_card.h). */
#include <string.h>

#include "interview/score_model.h"
#include "iv/alloc.h"

static const int weights[IV_TYPE_COUNT][IV_DIM_COUNT] = {
    [IV_TYPE_TECHNICAL] =
        {[IV_DIM_COMMUNICATION] = 20, [IV_DIM_TECHNICAL] = 45, [IV_DIM_PROBLEM_SOLVING] = 35},
    [IV_TYPE_BEHAVIORAL] =
        {[IV_DIM_COMMUNICATION] = 40, [IV_DIM_TECHNICAL] = 20, [IV_DIM_PROBLEM_SOLVING] = 40},
    [IV_TYPE_GENERAL] =
        {[IV_DIM_COMMUNICATION] = 40, [IV_DIM_TECHNICAL] = 25, [IV_DIM_PROBLEM_SOLVING] = 35},
};

int iv_dimension_weight(enum iv_session_type type, enum iv_dimension d)
{
    return weights[type][d];
}

static struct iv_scored *scored_for(struct iv_card *c, const struct iv_competency *competency)
{
    for (size_t i = 0; i < c->n_scored; i++)
        if (c->scored[i].competency == competency)
            return &c->scored[i];
    c->scored[c->n_scored] = (struct iv_scored){.competency = competency, .tenths = -1};
    return &c->scored[c->n_scored++];
}

static void add_measure(struct iv_scored *s, const struct iv_measure *m, bool counts,
                        enum iv_no_score why)
{
    s->asked++;
    if (!counts) {
        s->why = why;
        return;
    }
    s->judged++;
    s->bp += m->bp; /* the sum, until finish() */
}

/* The level that the model's runs agree on, in the middle of its span. */
static void take_verdict(struct iv_scored *s)
{
    const struct iv_verdict *v = s->verdict;

    if (v->why)
        return;
    s->bp = iv_level_middle_bp(v->median);
    s->level = v->median;
    s->tenths = iv_tenths_of(s->bp);
    s->weight = (int)s->judged;
}

static void finish(struct iv_scored *s)
{
    bool clarity = !strcmp(s->competency->id, IV_CLARITY);

    if (!s->judged)
        return;
    s->bp = (int)iv_round_div(s->bp, (int64_t)s->judged);
    s->level = iv_level_of(s->bp);
    s->tenths = iv_tenths_of(s->bp);
    s->weight = clarity ? IV_CLARITY_WEIGHT : (int)s->judged;
}

static void total_dimensions(struct iv_card *c)
{
    int64_t sum[IV_DIM_COUNT] = {0}, all = 0, weight = 0;

    for (size_t i = 0; i < c->n_scored; i++) {
        const struct iv_scored *s = &c->scored[i];
        struct iv_dimension_score *d = &c->dimensions[s->competency->dimension];

        d->asked = d->asked || s->asked;
        if (s->tenths < 0)
            continue;
        sum[s->competency->dimension] += (int64_t)s->tenths * s->weight;
        d->total_weight += s->weight;
    }
    for (unsigned i = 0; i < IV_DIM_COUNT; i++) {
        struct iv_dimension_score *d = &c->dimensions[i];

        d->weight = weights[c->type][i];
        d->tenths = d->total_weight ? (int)iv_round_div(sum[i], d->total_weight) : -1;
        if (d->tenths >= 0) {
            all += (int64_t)d->tenths * d->weight;
            weight += d->weight;
        }
    }
    c->overall = weight ? (int)iv_round_div(all, weight) : -1;
}

enum iv_code iv_card_total(struct iv_card *c, struct iv_error *err)
{
    const struct iv_competency *clarity = iv_rubric_find(&c->rubric, IV_CLARITY);

    c->scored = iv_alloc_array(c->rubric.n + 1, sizeof *c->scored);
    if (!c->scored)
        return iv_fail(err, IV_E_NOMEM, "report: out of memory");
    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].competency)
            add_measure(scored_for(c, c->items[i].competency), &c->items[i].content,
                        iv_is_judged(&c->items[i]), c->items[i].why);
    for (size_t i = 0; clarity && i < c->n; i++)
        add_measure(scored_for(c, clarity), &c->items[i].clarity, iv_has_clarity(&c->items[i]),
                    c->items[i].why);
    for (size_t i = 0; i < c->n_scored; i++) {
        c->scored[i].verdict = iv_verdict_of(c, c->scored[i].competency);
        if (c->scored[i].verdict)
            take_verdict(&c->scored[i]);
        else
            finish(&c->scored[i]);
    }
    total_dimensions(c);
    return IV_OK;
}

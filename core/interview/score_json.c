/* score_json.c - competencies, dimensions and the overall score as JSON, each with its arithmetic. */
#include <stdlib.h>
#include <string.h>

#include "interview/quote_time.h"
#include "interview/score_model.h"
#include "iv/alloc.h"

const char *iv_card_reason(const struct iv_card *c, const char *key)
{
    return iv_json_get_str(iv_json_get(c->texts, "reasons"), key, key);
}

static void set_quote(iv_json *j, const struct iv_found *f)
{
    char *quote = iv_strndup(f->turn->text + f->quote.start, f->quote.end - f->quote.start);

    iv_json_set_str(j, "quote", quote);
    free(quote);
    iv_json_set_int(j, "turn", f->turn->number);
    iv_json_set_int(j, "start_ms", iv_turn_time_at(f->turn, f->quote.start));
}

iv_json *iv_found_json(const struct iv_found *f)
{
    iv_json *j = iv_json_object();

    set_quote(j, f);
    return j;
}

static iv_json *evidence_json(const struct iv_judged *q, const struct iv_found *f, const char *kind,
                              const struct iv_point *p)
{
    iv_json *j = iv_found_json(f);

    iv_json_set_str(j, "question_id", q->id);
    iv_json_set_str(j, "kind", kind);
    iv_json_set_str(j, "point", p ? p->id : NULL);
    iv_json_set_str(j, "say", p ? p->say : NULL);
    iv_json_set_bool(j, "after_probe", f->after_probe);
    return j;
}

/* Where an answer makes no point, the level still rests on something: how it begins. */
static bool opening(const struct iv_judged *q, struct iv_found *out)
{
    struct iv_spans s;
    bool found = false;

    for (size_t i = 0; i < q->n_answers && !found; i++) {
        (void)iv_text_sentences(q->answers[i]->text, &s, NULL);
        found = s.n > 0;
        if (found) {
            size_t len = iv_utf8_cut(q->answers[i]->text + s.items[0].start,
                                     s.items[0].end - s.items[0].start, 320);

            *out = (struct iv_found){
                q->answers[i], {s.items[0].start, s.items[0].start + len}, q->is_probe[i]};
        }
        iv_spans_release(&s);
    }
    return found;
}

static void add_evidence(iv_json *list, const struct iv_judged *q)
{
    struct iv_found begin;
    size_t before = iv_json_len(list);

    for (size_t i = 0; i < q->question->n_points && i < IV_POINTS_MAX; i++)
        if (q->points[i].turn)
            iv_json_append(list, evidence_json(q, &q->points[i], "point", &q->question->points[i]));
    for (size_t i = 0; i < q->question->n_wrong && i < IV_POINTS_MAX; i++)
        if (q->wrong[i].turn)
            iv_json_append(list,
                           evidence_json(q, &q->wrong[i], "misconception", &q->question->wrong[i]));
    if (iv_json_len(list) == before && opening(q, &begin))
        iv_json_append(list, evidence_json(q, &begin, "opening", NULL));
}

static bool is_clarity(const struct iv_scored *s)
{
    return !strcmp(s->competency->id, IV_CLARITY);
}

static bool belongs(const struct iv_scored *s, const struct iv_judged *q)
{
    return is_clarity(s) ? iv_has_clarity(q) : q->competency == s->competency && iv_is_judged(q);
}

static iv_json *evidence_of(const struct iv_card *c, const struct iv_scored *s)
{
    iv_json *list = iv_json_array();
    struct iv_found begin;

    for (size_t i = 0; i < c->n; i++) {
        const struct iv_judged *q = &c->items[i];

        if (!belongs(s, q))
            continue;
        if (!is_clarity(s))
            add_evidence(list, q);
        else if (opening(q, &begin))
            iv_json_append(list, evidence_json(q, &begin, "opening", NULL));
    }
    return list;
}

static iv_json *mean_arithmetic(const struct iv_card *c, const struct iv_scored *s)
{
    iv_json *parts = iv_json_array();

    for (size_t i = 0; i < c->n; i++) {
        const struct iv_judged *q = &c->items[i];
        iv_json *p;

        if (!belongs(s, q))
            continue;
        p = iv_json_object();
        iv_json_set_str(p, "question_id", q->id);
        iv_json_set(p, "measure", iv_bp_json(is_clarity(s) ? q->clarity.bp : q->content.bp));
        iv_json_append(parts, p);
    }
    return iv_mean_json(parts);
}

static iv_json *question_ids(const struct iv_card *c, const struct iv_scored *s)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < c->n; i++)
        if (is_clarity(s) || c->items[i].competency == s->competency)
            iv_json_append(list, iv_json_str(c->items[i].id));
    return list;
}

static const char *reason_of(const struct iv_card *c, const struct iv_scored *s)
{
    return iv_card_reason(c, s->verdict ? s->verdict->why : iv_no_score_name(s->why));
}

static iv_json *score_json(const struct iv_card *c, const struct iv_scored *s)
{
    bool has = s->tenths >= 0;
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "competency", s->competency->id);
    iv_json_set_str(j, "name", s->competency->name);
    iv_json_set_str(j, "dimension", iv_dimension_name(s->competency->dimension));
    iv_json_set(j, "level", has ? iv_json_int(s->level) : iv_json_null());
    iv_json_set(j, "score", iv_tenths_json(s->tenths));
    iv_json_set_str(j, "anchor", has ? s->competency->levels[s->level - 1] : NULL);
    iv_json_set_str(j, "reason", has ? NULL : reason_of(c, s));
    iv_json_set(j, "questions", question_ids(c, s));
    iv_json_set_str(j, "judge", s->verdict ? "model" : IV_SCORER_NAME);
    if (s->verdict) {
        iv_verdict_json(s->verdict, s, j);
        return j;
    }
    iv_json_set(j, "arithmetic", has ? mean_arithmetic(c, s) : iv_json_null());
    iv_json_set(j, "evidence", evidence_of(c, s));
    return j;
}

iv_json *iv_card_scores(const struct iv_card *c)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < c->n_scored; i++)
        iv_json_append(list, score_json(c, &c->scored[i]));
    return list;
}

static iv_json *weighted_part(const char *key, const char *name, int tenths, int weight)
{
    iv_json *p = iv_json_object();

    iv_json_set_str(p, key, name);
    iv_json_set(p, "score", iv_tenths_json(tenths));
    iv_json_set_int(p, "weight", weight);
    return p;
}

static iv_json *dimension_json(const struct iv_card *c, enum iv_dimension d)
{
    const struct iv_dimension_score *s = &c->dimensions[d];
    iv_json *parts = iv_json_array(), *j;

    for (size_t i = 0; i < c->n_scored; i++)
        if (c->scored[i].competency->dimension == d && c->scored[i].tenths >= 0)
            iv_json_append(parts, weighted_part("competency", c->scored[i].competency->id,
                                                c->scored[i].tenths, c->scored[i].weight));
    j = iv_weighted_json(parts);
    iv_json_set_str(j, "dimension", iv_dimension_name(d));
    iv_json_set_str(j, "reason",
                    s->tenths >= 0 ? NULL
                                   : iv_card_reason(c, s->asked ? "none_scored" : "not_asked"));
    return j;
}

iv_json *iv_card_dimensions(const struct iv_card *c)
{
    iv_json *list = iv_json_array();

    for (unsigned i = 0; i < IV_DIM_COUNT; i++)
        iv_json_append(list, dimension_json(c, (enum iv_dimension)i));
    return list;
}

iv_json *iv_card_overall(const struct iv_card *c)
{
    iv_json *parts = iv_json_array();

    for (unsigned i = 0; i < IV_DIM_COUNT; i++)
        if (c->dimensions[i].tenths >= 0)
            iv_json_append(parts,
                           weighted_part("dimension", iv_dimension_name((enum iv_dimension)i),
                                         c->dimensions[i].tenths, c->dimensions[i].weight));
    return iv_weighted_json(parts);
}

/* score_question_json.c - question by question: what was said, what was not, and the measures. */
#include "interview/score_model.h"

static iv_json *point_json(const struct iv_point *p, const struct iv_found *f)
{
    iv_json *j = f && f->turn ? iv_found_json(f) : iv_json_object();

    iv_json_set_str(j, "point", p->id);
    iv_json_set_str(j, "say", p->say);
    iv_json_set_int(j, "weight", p->weight);
    if (f && f->turn)
        iv_json_set_bool(j, "after_probe", f->after_probe);
    return j;
}

static void set_points(iv_json *j, const struct iv_judged *q)
{
    iv_json *covered = iv_json_array(), *missing = iv_json_array(), *wrong = iv_json_array();

    for (size_t i = 0; q->question && i < q->question->n_points && i < IV_POINTS_MAX; i++) {
        const struct iv_point *p = &q->question->points[i];
        iv_json *one;

        if (q->points[i].turn) {
            iv_json_append(covered, point_json(p, &q->points[i]));
            continue;
        }
        one = point_json(p, NULL);
        iv_json_set_bool(one, "named_only", q->named_only[i]);
        iv_json_append(missing, one);
    }
    for (size_t i = 0; q->question && i < q->question->n_wrong && i < IV_POINTS_MAX; i++)
        if (q->wrong[i].turn)
            iv_json_append(wrong, point_json(&q->question->wrong[i], &q->wrong[i]));
    iv_json_set(j, "covered", covered);
    iv_json_set(j, "missing", missing);
    iv_json_set(j, "misconceptions", wrong);
}

static iv_json *question_json(const struct iv_card *c, const struct iv_judged *q)
{
    iv_json *j = iv_json_object(), *turns = iv_json_array();
    bool by_model = q->competency && iv_verdict_of(c, q->competency);
    bool judged = iv_is_judged(q) && !by_model; /* a model judges competencies, not questions */

    for (size_t i = 0; i < q->n_answers; i++)
        iv_json_append(turns, iv_json_int(q->answers[i]->number));
    iv_json_set_str(j, "id", q->id);
    iv_json_set_str(j, "ask", q->ask);
    iv_json_set_str(j, "competency", q->competency ? q->competency->id : NULL);
    iv_json_set(j, "level", judged ? iv_json_int(q->content.level) : iv_json_null());
    iv_json_set(j, "score", iv_tenths_json(judged ? q->content.tenths : -1));
    iv_json_set_str(j, "reason",
                    q->why == IV_SCORED ? NULL : iv_card_reason(c, iv_no_score_name(q->why)));
    iv_json_set_str(j, "state", q->why == IV_SCORED ? "scored" : iv_no_score_name(q->why));
    iv_json_set_str(j, "judge", by_model ? "model" : IV_SCORER_NAME);
    iv_json_set(j, "turns", turns);
    iv_json_set_int(j, "units", (int64_t)q->units);
    iv_json_set_int(j, "suggested_units", (int64_t)q->suggested_units);
    iv_json_set_int(j, "lists_of_terms", (int64_t)q->listed);
    iv_json_set_int(j, "repeated", (int64_t)q->repeated);
    set_points(j, q);
    iv_json_set(j, "specifics", q->specifics.turn ? iv_found_json(&q->specifics) : iv_json_null());
    iv_json_set(j, "arithmetic", judged ? iv_measure_json(&q->content) : iv_json_null());
    iv_json_set(j, "clarity", iv_has_clarity(q) ? iv_measure_json(&q->clarity) : iv_json_null());
    return j;
}

iv_json *iv_card_questions(const struct iv_card *c)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < c->n; i++)
        iv_json_append(list, question_json(c, &c->items[i]));
    return list;
}

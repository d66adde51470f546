/* star.c - situation, task, action, result: which parts of a story were told, each with its sentence. */
#include "interview/score_card.h"

iv_json *iv_card_star(const struct iv_card *c)
{
    iv_json *list;

    if (c->type != IV_TYPE_BEHAVIORAL)
        return iv_json_null();
    list = iv_json_array();
    for (size_t i = 0; i < c->n; i++) {
        const struct iv_judged *q = &c->items[i];
        iv_json *j;
        int n = 0;

        if (!iv_has_clarity(q))
            continue;
        j = iv_json_object();
        iv_json_set_str(j, "question_id", q->id);
        for (unsigned s = 0; s < IV_STAR_COUNT; s++) {
            bool found = q->star[s].turn != NULL;

            n += found;
            iv_json_set(j, iv_star_name((enum iv_star)s),
                        found ? iv_found_json(&q->star[s]) : iv_json_null());
        }
        iv_json_set_int(j, "found", n);
        iv_json_append(list, j);
    }
    return list;
}

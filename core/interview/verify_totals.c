/* verify_totals.c - every sum of a report is made again from its parts. */
#include <stdlib.h>
#include <string.h>

#include "interview/score_card.h"
#include "interview/verify.h"

static bool same_number(const iv_json *a, const char *ka, const iv_json *b, const char *kb)
{
    return iv_verify_equal(iv_json_get(a, ka), iv_json_get(b, kb));
}

static enum iv_code check_measure(const iv_json *arithmetic, const char *what, const char *id,
                                  struct iv_error *err)
{
    struct iv_measure m = {0};
    const iv_json *parts = iv_json_get(arithmetic, "parts");
    iv_json *again;
    bool same;

    if (iv_json_len(parts) > IV_PARTS_MAX)
        return iv_fail(err, IV_E_NO, "question %s: %s has too many parts", id, what);
    for (const iv_json *p = iv_json_first(parts); p; p = iv_json_next(p))
        iv_measure_add(&m, iv_json_get_str(p, "name", ""), iv_bp_of(p, "value", -1),
                       iv_bp_of(p, "weight", 0));
    iv_measure_close(&m);
    again = iv_measure_json(&m);
    same = iv_verify_equal(again, arithmetic);
    iv_json_free(again);
    return same ? IV_OK
                : iv_fail(err, IV_E_NO, "question %s: the arithmetic of %s does not add up", id,
                          what);
}

static int part_value(const iv_json *arithmetic, const char *name)
{
    return iv_bp_of(iv_verify_find(iv_json_get(arithmetic, "parts"), "name", name), "value", 0);
}

static int64_t weight_in(const iv_json *p)
{
    int64_t weight = iv_json_get_int(p, "weight", 0);

    return weight < 0 || weight > IV_BP ? 0 : weight;
}

static int coverage_again(const iv_json *q)
{
    int64_t got = 0, all = 0;

    for (const iv_json *p = iv_json_first(iv_json_get(q, "covered")); p; p = iv_json_next(p)) {
        int64_t weight = weight_in(p);

        all += weight;
        got += weight * (iv_json_get_bool(p, "after_probe", false) ? IV_PROBE_BP : IV_BP);
    }
    for (const iv_json *p = iv_json_first(iv_json_get(q, "missing")); p; p = iv_json_next(p))
        all += weight_in(p);
    return iv_coverage_bp(got, all);
}

static enum iv_code check_content(const iv_json *q, const char *id, struct iv_error *err)
{
    const iv_json *a = iv_json_get(q, "arithmetic");
    enum iv_code rc = check_measure(a, "its content", id, err);

    if (rc)
        return rc;
    if (part_value(a, "coverage") != coverage_again(q))
        return iv_fail(err, IV_E_NO, "question %s: coverage is not that of the points said", id);
    if (part_value(a, "misconceptions") !=
        (int)iv_json_len(iv_json_get(q, "misconceptions")) * IV_BP)
        return iv_fail(err, IV_E_NO, "question %s: misconceptions are not counted right", id);
    if (!same_number(q, "level", a, "level") || !same_number(q, "score", a, "score"))
        return iv_fail(err, IV_E_NO, "question %s: level or score is not that of its arithmetic",
                       id);
    return IV_OK;
}

static enum iv_code check_questions(const iv_json *report, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (const iv_json *q = iv_json_first(iv_json_get(report, "questions")); q && !rc;
         q = iv_json_next(q)) {
        const char *id = iv_json_get_str(q, "id", "");

        if (iv_json_type(iv_json_get(q, "arithmetic")) == IV_JSON_OBJECT)
            rc = check_content(q, id, err);
        else if (iv_json_type(iv_json_get(q, "score")) != IV_JSON_NULL ||
                 iv_json_type(iv_json_get(q, "level")) != IV_JSON_NULL)
            rc = iv_fail(err, IV_E_NO, "question %s: a score without arithmetic", id);
        if (!rc && iv_json_type(iv_json_get(q, "clarity")) == IV_JSON_OBJECT)
            rc = check_measure(iv_json_get(q, "clarity"), "its clarity", id, err);
    }
    return rc;
}

static enum iv_code check_parts_of_score(const iv_json *report, const iv_json *score,
                                         struct iv_error *err)
{
    const char *id = iv_json_get_str(score, "competency", "");
    bool clarity = !strcmp(id, IV_CLARITY);
    const char *key = clarity ? "clarity" : "arithmetic";
    const iv_json *parts = iv_json_get(iv_json_get(score, "arithmetic"), "parts");
    size_t n = 0;

    for (const iv_json *q = iv_json_first(iv_json_get(report, "questions")); q;
         q = iv_json_next(q)) {
        const iv_json *a = iv_json_get(q, key), *p;

        if (iv_json_type(a) != IV_JSON_OBJECT ||
            (!clarity && strcmp(iv_json_get_str(q, "competency", ""), id)))
            continue;
        p = iv_verify_find(parts, "question_id", iv_json_get_str(q, "id", ""));
        if (!p || !same_number(p, "measure", a, "measure"))
            return iv_fail(err, IV_E_NO,
                           "score of %s: the measure of question %s is not the question's", id,
                           iv_json_get_str(q, "id", ""));
        n++;
    }
    if (n != iv_json_len(parts))
        return iv_fail(err, IV_E_NO, "score of %s: its parts are not the questions judged", id);
    return IV_OK;
}

static enum iv_code check_score(const iv_json *report, const iv_json *score, struct iv_error *err)
{
    const iv_json *a = iv_json_get(score, "arithmetic");
    const char *id = iv_json_get_str(score, "competency", "");
    enum iv_code rc;
    iv_json *again;
    bool same;

    if (iv_verify_is_judged(score))
        return iv_verify_judged(report, score, err);
    rc = check_parts_of_score(report, score, err);
    if (rc)
        return rc;
    if (iv_json_type(a) != IV_JSON_OBJECT) {
        if (iv_json_type(iv_json_get(score, "score")) != IV_JSON_NULL ||
            iv_json_type(iv_json_get(score, "level")) != IV_JSON_NULL)
            return iv_fail(err, IV_E_NO, "score of %s: there is no arithmetic", id);
        return IV_OK;
    }
    again = iv_mean_json(iv_json_dup(iv_json_get(a, "parts")));
    same = iv_verify_equal(again, a);
    iv_json_free(again);
    if (!same)
        return iv_fail(err, IV_E_NO, "score of %s: the arithmetic does not add up", id);
    if (!same_number(score, "level", a, "level") || !same_number(score, "score", a, "score"))
        return iv_fail(err, IV_E_NO, "score of %s: level or score is not that of its arithmetic",
                       id);
    return IV_OK;
}

/* {parts, score, text} of `j` against its parts made again; `what` names it. */
static enum iv_code check_weighted(const iv_json *j, const char *what, struct iv_error *err)
{
    iv_json *again = iv_weighted_json(iv_json_dup(iv_json_get(j, "parts")));
    bool same = same_number(again, "score", j, "score") && same_number(again, "text", j, "text");

    iv_json_free(again);
    return same ? IV_OK : iv_fail(err, IV_E_NO, "%s: the score does not add up", what);
}

static int weight_of(const iv_json *score)
{
    if (!strcmp(iv_json_get_str(score, "competency", ""), IV_CLARITY))
        return IV_CLARITY_WEIGHT;
    if (iv_verify_is_judged(score))
        return (int)iv_json_get_int(iv_json_get(score, "arithmetic"), "questions", 0);
    return (int)iv_json_len(iv_json_get(iv_json_get(score, "arithmetic"), "parts"));
}

static enum iv_code check_dimension(const iv_json *report, const iv_json *d, struct iv_error *err)
{
    const char *name = iv_json_get_str(d, "dimension", "");
    const iv_json *parts = iv_json_get(d, "parts");
    size_t n = 0;

    for (const iv_json *s = iv_json_first(iv_json_get(report, "scores")); s; s = iv_json_next(s)) {
        const char *id = iv_json_get_str(s, "competency", "");
        const iv_json *p;

        if (strcmp(iv_json_get_str(s, "dimension", ""), name) ||
            iv_json_type(iv_json_get(s, "score")) != IV_JSON_NUMBER)
            continue;
        p = iv_verify_find(parts, "competency", id);
        if (!p || !same_number(p, "score", s, "score") ||
            iv_json_get_int(p, "weight", -1) != weight_of(s))
            return iv_fail(err, IV_E_NO, "%s: score or weight of %s is not that of the competency",
                           name, id);
        n++;
    }
    if (n != iv_json_len(parts))
        return iv_fail(err, IV_E_NO, "%s: its parts are not the competencies scored", name);
    return check_weighted(d, name, err);
}

static enum iv_code check_dimensions(const iv_json *report, struct iv_error *err)
{
    const iv_json *feedback = iv_json_get(report, "feedback"),
                  *list = iv_json_get(report, "dimensions");

    for (unsigned i = 0; i < IV_DIM_COUNT; i++) {
        const char *name = iv_dimension_name((enum iv_dimension)i);
        const iv_json *d = iv_verify_find(list, "dimension", name);
        enum iv_code rc;

        if (!d)
            return iv_fail(err, IV_E_NO, "dimension %s is missing", name);
        rc = check_dimension(report, d, err);
        if (rc)
            return rc;
        if (!same_number(feedback, name, d, "score"))
            return iv_fail(err, IV_E_NO, "feedback: %s is not the dimension's score", name);
    }
    return iv_json_len(list) == IV_DIM_COUNT
               ? IV_OK
               : iv_fail(err, IV_E_NO, "there are dimensions of no name");
}

static enum iv_code check_overall(const iv_json *report, struct iv_error *err)
{
    const iv_json *overall = iv_json_get(report, "overall"), *parts = iv_json_get(overall, "parts");
    enum iv_session_type type;
    size_t n = 0;

    if (iv_type_parse(iv_json_get_str(report, "interview_type", ""), &type, NULL))
        return iv_fail(err, IV_E_NO, "interview_type is not one of this program");
    for (unsigned i = 0; i < IV_DIM_COUNT; i++) {
        const char *name = iv_dimension_name((enum iv_dimension)i);
        const iv_json *d = iv_verify_find(iv_json_get(report, "dimensions"), "dimension", name);
        const iv_json *p = iv_verify_find(parts, "dimension", name);

        if (iv_json_type(iv_json_get(d, "score")) != IV_JSON_NUMBER)
            continue;
        if (!p || !same_number(p, "score", d, "score") ||
            iv_json_get_int(p, "weight", -1) != iv_dimension_weight(type, (enum iv_dimension)i))
            return iv_fail(err, IV_E_NO, "overall: score or weight of %s is not right", name);
        n++;
    }
    if (n != iv_json_len(parts))
        return iv_fail(err, IV_E_NO, "overall: its parts are not the dimensions scored");
    if (!same_number(overall, "score", iv_json_get(report, "feedback"), "overall_score"))
        return iv_fail(err, IV_E_NO, "feedback: overall_score is not the overall score");
    return check_weighted(overall, "overall", err);
}

enum iv_code iv_verify_totals(const iv_json *report, struct iv_error *err)
{
    enum iv_code rc = check_questions(report, err);

    for (const iv_json *s = iv_json_first(iv_json_get(report, "scores")); s && !rc;
         s = iv_json_next(s))
        rc = check_score(report, s, err);
    if (!rc)
        rc = check_dimensions(report, err);
    if (!rc)
        rc = check_overall(report, err);
    return rc;
}

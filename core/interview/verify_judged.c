/* verify_judged.c - a level that a language model gave: its runs, their median, its quotes, and the replies it came from. */
#include <string.h>

#include "interview/score_model.h"
#include "interview/verify.h"

bool iv_verify_is_judged(const iv_json *score)
{
    return !strcmp(iv_json_get_str(score, "judge", ""), "model");
}

static bool is_judged(const iv_json *question, const char *competency)
{
    const char *state = iv_json_get_str(question, "state", "");

    return !strcmp(iv_json_get_str(question, "competency", ""), competency) &&
           (!strcmp(state, "scored") || !strcmp(state, "didnt_know"));
}

static int64_t count_judged(const iv_json *report, const char *competency)
{
    int64_t n = 0;

    for (const iv_json *q = iv_json_first(iv_json_get(report, "questions")); q; q = iv_json_next(q))
        n += is_judged(q, competency);
    return n;
}

/* Each level is that of its reply, or was left out for want of a quote. */
static enum iv_code check_replies(const iv_json *report, const iv_json *runs, const char *id,
                                  struct iv_error *err)
{
    const iv_json *level = iv_json_first(runs);
    const iv_json *reply = iv_json_first(iv_json_get(iv_json_get(report, "judgement"), "replies"));

    for (; reply; reply = iv_json_next(reply)) {
        iv_json *tree = NULL;
        int said, shown;

        if (iv_json_type(reply) != IV_JSON_STRING ||
            iv_reply_parse(iv_json_string(reply, ""), &tree, NULL))
            continue;
        said = iv_reply_level(iv_reply_entry(tree, id));
        iv_json_free(tree);
        shown = (int)iv_json_number(level, 0);
        if (!level || (shown && shown != said))
            return iv_fail(err, IV_E_NO, "score of %s: a run's level is not that of its reply", id);
        level = iv_json_next(level);
    }
    return level ? iv_fail(err, IV_E_NO, "score of %s: more runs than replies", id) : IV_OK;
}

static bool has_turn(const iv_json *report, const char *id, int64_t turn)
{
    for (const iv_json *q = iv_json_first(iv_json_get(report, "questions")); q; q = iv_json_next(q))
        for (const iv_json *t = is_judged(q, id) ? iv_json_first(iv_json_get(q, "turns")) : NULL; t;
             t = iv_json_next(t))
            if ((int64_t)iv_json_number(t, -1) == turn)
                return true;
    return false;
}

static enum iv_code check_evidence(const iv_json *report, const iv_json *score, const char *id,
                                   struct iv_error *err)
{
    const iv_json *list = iv_json_get(score, "evidence");

    if (!iv_json_len(list))
        return iv_fail(err, IV_E_NO, "score of %s: a level without a quote", id);
    for (const iv_json *e = iv_json_first(list); e; e = iv_json_next(e))
        if (!iv_json_get_str(e, "quote", NULL) ||
            !has_turn(report, id, iv_json_get_int(e, "turn", -1)))
            return iv_fail(err, IV_E_NO,
                           "score of %s: turn %lld is no answer to a question about it", id,
                           (long long)iv_json_get_int(e, "turn", -1));
    return IV_OK;
}

/* More than half of the runs gave a level, and these lie together. */
static bool should_have_level(const iv_json *runs)
{
    int levels[IV_RUNS_MAX], median, spread;
    size_t n = 0, given;

    for (const iv_json *l = iv_json_first(runs); l && n < IV_RUNS_MAX; l = iv_json_next(l))
        levels[n++] = (int)iv_json_number(l, 0);
    iv_verdict_median(levels, n, &median, &spread, &given);
    return given * 2 > n && spread <= 1;
}

static enum iv_code check_arithmetic(const iv_json *report, const iv_json *score, const char *id,
                                     struct iv_error *err)
{
    const iv_json *a = iv_json_get(score, "arithmetic"), *runs = iv_json_get(score, "runs");
    iv_json *again = iv_median_json(iv_json_dup(runs), count_judged(report, id));
    bool same = iv_verify_equal(again, a);

    iv_json_free(again);
    if (!same)
        return iv_fail(err, IV_E_NO, "score of %s: the arithmetic does not add up", id);
    if (!iv_verify_equal(iv_json_get(score, "spread"), iv_json_get(a, "spread")) ||
        !iv_verify_equal(iv_json_get(score, "level"), iv_json_get(a, "level")) ||
        !iv_verify_equal(iv_json_get(score, "score"), iv_json_get(a, "score")))
        return iv_fail(err, IV_E_NO, "score of %s: level or score is not that of its arithmetic",
                       id);
    return check_evidence(report, score, id, err);
}

enum iv_code iv_verify_judged(const iv_json *report, const iv_json *score, struct iv_error *err)
{
    const char *id = iv_json_get_str(score, "competency", "");
    const iv_json *runs = iv_json_get(score, "runs");
    bool has_level = iv_json_type(iv_json_get(score, "arithmetic")) == IV_JSON_OBJECT;
    enum iv_code rc;

    if (strcmp(iv_json_get_str(iv_json_get(report, "scorer"), "name", ""), "model"))
        return iv_fail(err, IV_E_NO, "score of %s: the report names no model as its judge", id);
    if (iv_json_type(runs) != IV_JSON_ARRAY || iv_json_len(runs) > IV_RUNS_MAX)
        return iv_fail(err, IV_E_NO, "score of %s: its runs are missing", id);
    if (has_level != should_have_level(runs))
        return iv_fail(err, IV_E_NO, "score of %s: its runs %s a level", id,
                       has_level ? "do not agree on" : "agree on");
    rc = check_replies(report, runs, id, err);
    if (rc)
        return rc;
    if (has_level)
        return check_arithmetic(report, score, id, err);
    if (iv_json_type(iv_json_get(score, "score")) != IV_JSON_NULL ||
        iv_json_type(iv_json_get(score, "level")) != IV_JSON_NULL)
        return iv_fail(err, IV_E_NO, "score of %s: there is no arithmetic", id);
    return IV_OK;
}

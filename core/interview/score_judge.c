/* score_judge.c - one question: may it be scored, and by what. */
#include "interview/score_judge.h"

#define CONFIDENCE_MIN 0.5
#define SECONDS_DEFAULT 90

/* Fewer units than this are not judged, except for an answer that says it does not know. */
static const size_t least_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 4, [IV_LANG_EN] = 8, [IV_LANG_JA] = 15};
/* Units in ten seconds of calm speech: what a suggested length in seconds amounts to. */
static const size_t units_in_10_s[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 17, [IV_LANG_EN] = 23, [IV_LANG_JA] = 50};

static const char *const no_score_names[IV_NO_SCORE_COUNT] = {
    [IV_SCORED] = "",
    [IV_NO_ANSWER] = "no_answer",
    [IV_TOO_SHORT] = "too_short",
    [IV_POOR_TRANSCRIPT] = "poor_transcript",
    [IV_NOT_IN_BANK] = "not_in_bank",
    [IV_DIDNT_KNOW] = "didnt_know",
};
static const char *const star_names[IV_STAR_COUNT] = {"situation", "task", "action", "result"};

const char *iv_no_score_name(enum iv_no_score r)
{
    return no_score_names[r];
}
const char *iv_star_name(enum iv_star s)
{
    return star_names[s];
}

bool iv_is_judged(const struct iv_judged *q)
{
    return q->question && (q->why == IV_SCORED || q->why == IV_DIDNT_KNOW);
}

bool iv_has_clarity(const struct iv_judged *q)
{
    return q->clarity.n > 0;
}

/* Weighted by length; answers whose confidence nobody knows do not count. */
static bool is_poor(const struct iv_judged *q, const size_t *units)
{
    double sum = 0, weight = 0;

    for (size_t i = 0; i < q->n_answers; i++)
        if (q->answers[i]->confidence >= 0) {
            sum += (double)q->answers[i]->confidence * (double)units[i];
            weight += (double)units[i];
        }
    return weight > 0 && sum / weight < CONFIDENCE_MIN;
}

static void empty_content(struct iv_judged *q)
{
    q->content = (struct iv_measure){0};
    iv_measure_add(&q->content, "coverage", 0, IV_BP);
    iv_measure_close(&q->content);
}

enum iv_code iv_judge_question(const struct iv_judge *j, struct iv_judged *q, struct iv_error *err)
{
    size_t units[IV_ANSWERS_MAX];
    int seconds = q->question && q->question->seconds ? q->question->seconds : SECONDS_DEFAULT;
    enum iv_code rc;

    q->suggested_units = (size_t)seconds * units_in_10_s[j->lang] / 10;
    for (size_t i = 0; i < q->n_answers; i++) {
        units[i] = iv_text_unit_count(q->answers[i]->text, j->lang);
        q->units += units[i];
    }
    if (!q->units) {
        q->why = IV_NO_ANSWER;
        return IV_OK;
    }
    if (is_poor(q, units)) {
        q->why = IV_POOR_TRANSCRIPT;
        return IV_OK;
    }
    rc = iv_find_evidence(j, q, err);
    if (rc || q->why == IV_DIDNT_KNOW) {
        empty_content(q);
        return rc;
    }
    if (q->units < least_units[j->lang]) {
        q->why = IV_TOO_SHORT;
        return IV_OK;
    }
    if (!q->question)
        q->why = IV_NOT_IN_BANK;
    return iv_judge_clarity(j, q, err);
}

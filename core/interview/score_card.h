/* score_card.h - everything that one report is made from, while it is made.
 *
 * A competency's measure is the mean of its questions' measures. A dimension is the mean of its competencies' scores, weighted by
 * the number of questions judged (clarity: 2, it is judged on every answer). The overall score is the mean of the dimensions that
 * have a score, weighted by the kind of interview. Means are rounded half away from zero to one decimal.
 */
#ifndef IV_INTERVIEW_SCORE_CARD_H
#define IV_INTERVIEW_SCORE_CARD_H

#include "interview/score_verdict.h"

#define IV_SCORER_NAME "builtin"
#define IV_SCORER_VERSION 1
#define IV_CLARITY "clarity"
#define IV_CLARITY_WEIGHT 2
#define IV_BANKS_MAX (1 + IV_TYPE_COUNT * IV_DIFFICULTY_COUNT)

struct iv_scored {
    const struct iv_competency *competency;
    size_t asked, judged;
    enum iv_no_score why; /* when none was judged */
    int bp, level, tenths; /* tenths -1: no score */
    int weight;
    const struct iv_verdict *verdict; /* NULL: the built-in scorer judges it */
};

struct iv_dimension_score {
    int tenths, weight,
        total_weight; /* -1: no score; weight in the overall score; of its competencies */
    bool asked;
};

struct iv_card {
    const iv_ctx *ctx;
    const struct iv_score_input *in;
    enum iv_lang lang;
    enum iv_session_type type;
    struct iv_rubric rubric;
    struct iv_cues cues;
    iv_json *speech, *star, *texts;
    struct iv_bank banks[IV_BANKS_MAX];
    bool bank_tried[IV_BANKS_MAX];
    struct iv_judged *items;
    size_t n, cap;
    struct iv_scored *scored; /* clarity is the last */
    size_t n_scored;
    struct iv_dimension_score dimensions[IV_DIM_COUNT];
    int overall; /* tenths, -1: no score */
    struct iv_model_part model; /* what in->judgement came to */
};

/* score.c: loads, collects and judges the questions; no totals yet. Closed also after a failure. */
enum iv_code iv_card_open(struct iv_card *c, const iv_ctx *ctx, const struct iv_score_input *in,
                          struct iv_error *err);
void iv_card_close(struct iv_card *c);

/* score_questions.c: which answers belong to which question. */
enum iv_code iv_card_collect(struct iv_card *c, struct iv_error *err);
/* score_total.c */
enum iv_code iv_card_total(struct iv_card *c, struct iv_error *err);
/* What a dimension weighs in the overall score of a kind of interview. */
int iv_dimension_weight(enum iv_session_type type, enum iv_dimension d);
const char *iv_card_reason(const struct iv_card *c, const char *key);

/* JSON of the parts */
iv_json *iv_card_scores(const struct iv_card *c);
iv_json *iv_card_dimensions(const struct iv_card *c);
iv_json *iv_card_overall(const struct iv_card *c);
iv_json *iv_card_questions(const struct iv_card *c);
iv_json *iv_card_star(const struct iv_card *c);
iv_json *iv_found_json(const struct iv_found *f);
/* comment.c: sentences of advice, in the session's language. Caller frees; NULL without memory. */
char *iv_card_comments(const struct iv_card *c, const iv_json *delivery);

#endif

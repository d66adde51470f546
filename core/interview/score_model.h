/* score_model.h - a language model's judgement of an interview, made into levels by rules.
 *
 * Why:     the model reads and quotes; what it says counts only as far as it can be checked.
 * How:     score_ask.c asks (the only part that talks to anybody) and leaves the replies as they came: the judgement. Everything else
 *          is a function of transcript and judgement, so a report can be made again from them.
 *          A run gives a competency a level when at least one of its quotes stands in the answers to that competency's questions.
 *          More than half of the runs that answered must give one; the level is their lower median, and none where the lowest and
 *          the highest are more than one level apart. A level counts as the middle of its span on the scale: 1, 3, 5, 7, 9.
 *          Clarity, delivery and STAR stay measured; so does an answer that says "I don't know".
 * Owns:    see each struct.
 * Threads: [any]; asking waits for the model.
 */
#ifndef IV_INTERVIEW_SCORE_MODEL_H
#define IV_INTERVIEW_SCORE_MODEL_H

#include "interview/legal.h"
#include "interview/score_card.h"
#include "iv/llm.h"

/* score_prompt.c: the texts, checked; IV_E_DATA. digest: of what is told the model. */
enum iv_code iv_model_prompts(const iv_ctx *ctx, enum iv_lang lang, iv_json **out, char digest[65],
                              struct iv_error *err);
const char *iv_model_text(const iv_json *prompts, const char *key); /* of its part "scoring" */
/* Is the model asked about this question, this competency? */
bool iv_model_sees(const struct iv_judged *q);
bool iv_model_judges(const struct iv_card *c, const struct iv_competency *k);
struct iv_model_request {
    char *system, *task, *schema;
    struct iv_llm_message messages[2];
    struct iv_llm_request llm;
    size_t orders_left_out;
};
/* Pointers in llm lead into the struct itself: it must not move. */
enum iv_code iv_model_request_make(const struct iv_card *c, const iv_json *prompts,
                                   struct iv_model_request *out, struct iv_error *err);
void iv_model_request_release(struct iv_model_request *r);
/* Does the text give orders to the judge? */
bool iv_model_is_order(const iv_json *prompts, enum iv_lang lang, const char *text);

/* score_quote.c: where a quote stands, runs of blanks being equal; false where it does not, or says too little. */
bool iv_quote_find(const char *text, enum iv_lang lang, const char *quote, struct iv_span *out);

/* score_comment.c: NULL when a comment may be shown, else a name of why not. */
const char *iv_comment_problem(const iv_json *prompts, const struct legal *legal, enum iv_lang lang,
                               const char *text, size_t max_chars);

/* score_verdict.c: from c->in->judgement into c->model; after the questions are judged, before totals. */
enum iv_code iv_card_verdicts(struct iv_card *c, struct iv_error *err);
void iv_model_part_release(struct iv_model_part *m);
const struct iv_verdict *iv_verdict_of(const struct iv_card *c, const struct iv_competency *k);
/* The object between the first and the last brace of a reply. IV_E_DATA. */
enum iv_code iv_reply_parse(const char *text, iv_json **out, struct iv_error *err);
/* The entry of a competency when there is exactly one, and its level: 0 for null and everything that is none. */
const iv_json *iv_reply_entry(const iv_json *reply, const char *competency);
int iv_reply_level(const iv_json *entry);

/* score_model_json.c */
/* {levels, median, spread, questions, measure, bounds, level, score, text}; levels: numbers or null, questions: how many were judged */
iv_json *iv_median_json(iv_json *levels_take, int64_t questions);
void iv_verdict_median(const int *levels, size_t n, int *median, int *spread, size_t *given);
int iv_level_middle_bp(int level);
void iv_verdict_json(const struct iv_verdict *v, const struct iv_scored *s, iv_json *score);
iv_json *iv_model_scorer_json(const struct iv_card *c);

#endif

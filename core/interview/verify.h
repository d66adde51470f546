/* verify.h - the parts of iv_report_verify: each IV_OK, or IV_E_NO naming what does not hold. */
#ifndef IV_INTERVIEW_VERIFY_H
#define IV_INTERVIEW_VERIFY_H

#include "iv/score.h"

/* Every quote, wherever it stands in the report, is in its turn and a candidate said it. */
enum iv_code iv_verify_quotes(const iv_json *report, struct iv_error *err);
/* The report's transcript against the stored turns. */
enum iv_code iv_verify_transcript(const iv_json *report, const struct iv_turn *turns, size_t n,
                                  struct iv_error *err);
/* Measures, levels, scores, dimensions, the overall score and the feedback follow from one another. */
enum iv_code iv_verify_totals(const iv_json *report, struct iv_error *err);
/* A score that a language model judged: the runs are its replies', they agree, and the quotes are answers to its questions. */
bool iv_verify_is_judged(const iv_json *score);
enum iv_code iv_verify_judged(const iv_json *report, const iv_json *score, struct iv_error *err);
/* Anchors are those of the shipped rubric, when it is the one that the report names. */
enum iv_code iv_verify_anchors(const iv_json *report, struct iv_error *err);
/* Equal as printed. */
bool iv_verify_equal(const iv_json *a, const iv_json *b);
/* The element of an array whose `key` is `value`. */
const iv_json *iv_verify_find(const iv_json *array, const char *key, const char *value);

#endif

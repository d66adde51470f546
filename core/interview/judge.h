/* interview/judge.h - what an answer lacks, with the cues at hand.
 *
 * Why:     an interviewer keeps its cues; iv_answer_judge loads them for one answer.
 */
#ifndef IV_INTERVIEW_JUDGE_H
#define IV_INTERVIEW_JUDGE_H

#include "interview/cues.h"
#include "iv/interview.h"

enum iv_code iv_judge_answer(const struct iv_cues *cues, const struct iv_question *q,
                             const char *text, struct iv_answer_facts *out, struct iv_error *err);
/* What was said to a question and its probes counts together; dont_know and off_topic are those of the newest answer. */
void iv_judge_merge(const struct iv_cues *cues, struct iv_answer_facts *all,
                    const struct iv_answer_facts *newest);
/* Covered weight in percent of all weight. */
int iv_judge_coverage(const struct iv_question *q, const struct iv_answer_facts *f);

#endif

/* score_judge.h - all answers to one question, judged together.
 *
 * A question's answers are its first answer and those to its probes. Each point of the question that they make is evidence with
 * the sentence in which it was said; one that came only after a probe counts IV_PROBE_BP of its weight.
 *
 * content, technical:  coverage 0.80 + on topic 0.05 + specifics 0.10 + development 0.05 - misconceptions 0.30 each
 * content, stories:    coverage 0.55 + on topic 0.05 + own action 0.10 + result 0.10 + specifics 0.10 + development 0.10
 *                      - misconceptions 0.30 each
 * An answer is complete, coverage 1.0, when it makes IV_ENOUGH_BP of the points by weight: two good answers need not tell the same.
 * On topic is 1 for an answer of real sentences about the question that neither errs nor waves it away: it parts a thin answer from
 * a wrong one. The parts behind these two are scaled by min(1, 2 x coverage): numbers in an answer to something else are worth
 * nothing.
 */
#ifndef IV_INTERVIEW_SCORE_JUDGE_H
#define IV_INTERVIEW_SCORE_JUDGE_H

#include "interview/judge.h"
#include "interview/score_measure.h"
#include "interview/score_text.h"
#include "iv/bank.h"
#include "iv/score.h"

#define IV_PROBE_BP 8500
#define IV_ENOUGH_BP 8000
#define IV_POINTS_MAX 16
#define IV_ANSWERS_MAX 24

enum iv_no_score {
    IV_SCORED,
    IV_NO_ANSWER,
    IV_TOO_SHORT,
    IV_POOR_TRANSCRIPT,
    IV_NOT_IN_BANK,
    IV_DIDNT_KNOW,
    IV_NO_SCORE_COUNT
};
const char *iv_no_score_name(enum iv_no_score r); /* key of core/data/comments: "no_answer" ... */

enum iv_star { IV_STAR_SITUATION, IV_STAR_TASK, IV_STAR_ACTION, IV_STAR_RESULT, IV_STAR_COUNT };
const char *iv_star_name(enum iv_star s);

/* Words found: a byte range of a turn's text, widened to its sentence. turn NULL: not found. */
struct iv_found {
    const struct iv_turn *turn;
    struct iv_span quote;
    bool after_probe;
};

struct iv_judged {
    const struct iv_question *question; /* NULL: not of a bank */
    const struct iv_competency *competency;
    char id[96];
    const char *ask;
    const struct iv_turn *answers[IV_ANSWERS_MAX];
    bool is_probe[IV_ANSWERS_MAX];
    size_t n_answers;
    enum iv_no_score why; /* of no score; IV_DIDNT_KNOW is scored: level 1 */
    size_t units; /* of all answers; suggested: of a good one */
    size_t suggested_units, listed, repeated, fillers, markers, sentences;
    struct iv_found points[IV_POINTS_MAX], wrong[IV_POINTS_MAX], star[IV_STAR_COUNT], specifics;
    bool named_only
        [IV_POINTS_MAX]; /* its words stand in the answer, but in no sentence that says something */
    struct iv_measure content, clarity;
};

/* got and all: weights, got in bp of a weight. For verify, too. */
int iv_coverage_bp(int64_t got, int64_t all);

struct iv_judge {
    const struct iv_cues *cues;
    enum iv_lang lang;
    enum iv_session_type type;
    const iv_json *speech, *star;
};

/* Fills everything after n_answers. */
enum iv_code iv_judge_question(const struct iv_judge *j, struct iv_judged *q, struct iv_error *err);
bool iv_is_judged(const struct iv_judged *q); /* content has a level */
bool iv_has_clarity(const struct iv_judged *q);

/* Parts of it, each in its file. */
enum iv_code iv_find_evidence(const struct iv_judge *j, struct iv_judged *q, struct iv_error *err);
enum iv_code iv_judge_clarity(const struct iv_judge *j, struct iv_judged *q, struct iv_error *err);
/* score_density.c: blanks sentences that are made of the question's key words and little else. */
enum iv_code iv_blank_dense(const struct iv_question *q, enum iv_lang lang, struct iv_screened *s,
                            struct iv_error *err);
size_t iv_count_fillers(const char *text, enum iv_lang lang, const iv_json *speech,
                        void (*each)(void *arg, const char *word), void *arg);
/* score_dismissed.c: blanks sentences that wave a thing away. */
enum iv_code iv_blank_dismissed(const struct iv_judge *j, struct iv_screened *s,
                                struct iv_error *err);
/* First of the patterns that the answer has. */
bool iv_find_any(const iv_answer_text *a, const iv_json *patterns, struct iv_match *out);
size_t iv_count_any(const iv_answer_text *a, const iv_json *patterns);

#endif

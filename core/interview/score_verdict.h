/* score_verdict.h - what a language model's judgement comes to (score_model.h says how).
 *
 * Owns:    a part owns its verdicts, prompts and comment; a verdict its comment; the rest is borrowed from the card.
 */
#ifndef IV_INTERVIEW_SCORE_VERDICT_H
#define IV_INTERVIEW_SCORE_VERDICT_H

#include "interview/score_judge.h"

#define IV_RUNS_MAX 9
#define IV_QUOTES_MAX 3
#define IV_MODEL_SCORER_VERSION 1

/* One competency. */
struct iv_verdict {
    const struct iv_competency *competency;
    int levels[IV_RUNS_MAX]; /* of the runs that answered; 0: none that stands */
    size_t n_runs;
    int median, spread; /* median 0: no run gave a level */
    const char *why; /* of no score: key of reasons in core/data/comments; NULL: it has one */
    struct iv_found quotes[IV_QUOTES_MAX];
    const struct iv_judged *quoted[IV_QUOTES_MAX]; /* the question of each */
    size_t n_quotes;
    char *comment; /* NULL: none that may be shown */
    const char *left_out; /* why a comment is not shown; NULL: none was */
};

struct iv_model_part {
    iv_json *prompts; /* core/data/prompts/<lang>.yaml */
    struct iv_verdict *verdicts;
    size_t n;
    int runs, answered;
    bool judges; /* false: the built-in scorer has to */
    char why_not[240]; /* then */
    char *comment; /* on the whole; NULL */
    const char *left_out;
};

#endif

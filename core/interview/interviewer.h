/* interview/interviewer.h - the interviewer's state, shared by its moves, its choice of follow-ups and its memory. */
#ifndef IV_INTERVIEW_INTERVIEWER_H
#define IV_INTERVIEW_INTERVIEWER_H

#include "interview/cues.h"
#include "interview/judge.h"
#include "interview/phrases.h"
#include "interview/plan.h"
#include "iv/interview.h"

enum stage { STAGE_NEW, STAGE_QUESTION, STAGE_WRAP_UP, STAGE_ENDED, STAGE_COUNT };

/* What was said last and waits for an answer, or ended the interview. */
struct spoken {
    enum iv_turn_kind kind;
    char *text, *question_id, *question; /* NULL: none */
    int number, of;
    bool waits, ends;
    enum iv_lack lack;
};

struct iv_interviewer {
    struct iv_session_spec spec;
    int probes_max;
    struct iv_bank bank;
    struct plan plan;
    struct iv_cues cues;
    struct phrases phrases;

    /* kept by iv_interviewer_save */
    enum stage stage;
    size_t at; /* in the plan */
    struct said said;
    struct spoken spoken;
    struct iv_answer_facts facts; /* of all answers to this question */
    int n_probes; /* asked for this question */
    unsigned lacks_tried; /* bit by enum iv_lack */
    unsigned points_tried; /* bit by point */
    int streak; /* strong answers in a row; weak ones count below zero */
    bool half_said, short_said, last_said;
    int64_t spoken_ms, suggested_ms; /* of the answers so far: the candidate's pace */
    char *last_ack; /* NULL: none yet */

    struct iv_buf remark; /* text of a move that is not kept: silence, repetition */
};

static inline const struct iv_question *current_question(const struct iv_interviewer *iv)
{
    return &iv->bank.questions[iv->plan.order[iv->at]];
}

/* The follow-up that fits what is lacking, or NULL. Own ones come before general ones; none is said twice. `fits` says whether
 * there is time to hear it. Marks what it chose. */
const char *iv_probe_choose(struct iv_interviewer *iv,
                            bool (*fits)(const struct iv_interviewer *, const char *ask,
                                         int64_t remaining_ms),
                            int64_t remaining_ms, enum iv_lack *lack);

#endif

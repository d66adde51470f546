/* iv/interview.h - the interviewer that needs no model: what to ask next, and how to say it.
 *
 * Why:     plan, follow-ups and phrases are rules over data files; the same seed and answers give the same interview.
 * Owns:    an interviewer owns its plan, bank and phrases; a move's strings belong to it until the next call.
 * Threads: one owner at a time.
 * Units:   milliseconds of active session time.
 * Errors:  IV_E_DATA (bank), IV_E_NOT_FOUND (question set), IV_E_STATE after the end.
 */
#ifndef IV_INTERVIEW_H
#define IV_INTERVIEW_H

#include "iv/bank.h"
#include "iv/json.h"
#include "iv/session.h"
#include "iv/store.h"

/* What the candidate's answer lacked; also used by scoring. */
struct iv_answer_facts {
    size_t units; /* words, eojeol or characters */
    bool dont_know, off_topic, too_short;
    bool near_topic; /* a word of the subject at least, or too few words to tell */
    bool own_action, says_we, result, specifics;
    size_t n_points, n_covered;
    bool covered[16]; /* by index of the question's points */
    bool wrong[16]; /* misconceptions found */
};
enum iv_code iv_answer_judge(const iv_ctx *ctx, const struct iv_question *q, const char *text,
                             struct iv_answer_facts *out, struct iv_error *err);

struct iv_move {
    enum iv_turn_kind kind; /* what the interviewer says now */
    const char *text; /* the whole reply, spoken style: acknowledgement, lead-in and question */
    const char *question_id; /* "" for greeting remarks and closing */
    const char *question; /* the question alone, for `ask` and captions; "" when there is none */
    int number, of; /* question n of m, as planned now */
    bool waits; /* an answer is expected */
    bool ends; /* the interview is over after this */
    enum iv_lack lack; /* why this probe, for the record */
};

typedef struct iv_interviewer iv_interviewer;

/* What the candidate brought, as text; NULL: nothing. Questions that it speaks of are asked before others of their kind; what may
 * be asked stays the same. Borrowed for the call. */
struct iv_papers {
    const char *resume, *job;
};

/* state NULL: a new interview planned from the session's spec (seed included); else the JSON that iv_interviewer_save wrote. */
enum iv_code iv_interviewer_new(const iv_ctx *ctx, const struct iv_session_spec *spec,
                                const iv_json *state, iv_interviewer **out, struct iv_error *err);
/* A new interview for somebody with papers (NULL: without): the same seed and papers give the same plan. */
enum iv_code iv_interviewer_new_for(const iv_ctx *ctx, const struct iv_session_spec *spec,
                                    const struct iv_papers *papers, iv_interviewer **out,
                                    struct iv_error *err);
void iv_interviewer_free(iv_interviewer *iv);
iv_json *iv_interviewer_save(const iv_interviewer *iv);
iv_json *iv_interviewer_plan(const iv_interviewer *iv); /* questions in order, seconds each, seed */
/* Lines that it will probably say in its own words, the soonest first; fn returns false when it has enough. */
void iv_interviewer_lines(const iv_interviewer *iv, bool (*fn)(void *arg, const char *line),
                          void *arg);
const struct iv_question *iv_interviewer_question(const iv_interviewer *iv, const char *id);

/* Each fills *move. remaining_ms: time left in the session. */
enum iv_code iv_interviewer_greet(iv_interviewer *iv, int64_t remaining_ms, struct iv_move *move,
                                  struct iv_error *err); /* greeting and first question */
enum iv_code iv_interviewer_answer(iv_interviewer *iv, const char *text, int64_t spoken_ms,
                                   int64_t remaining_ms, struct iv_move *move,
                                   struct iv_error *err);
/* What iv_interviewer_answer would say; nothing comes of it. The caller frees *text. */
enum iv_code iv_interviewer_foresee(const iv_interviewer *iv, const char *answer, int64_t spoken_ms,
                                    int64_t remaining_ms, char **text, struct iv_error *err);
enum iv_code iv_interviewer_skip(iv_interviewer *iv, int64_t remaining_ms, struct iv_move *move,
                                 struct iv_error *err);
enum iv_code iv_interviewer_repeat(iv_interviewer *iv, struct iv_move *move, struct iv_error *err);
enum iv_code iv_interviewer_silence(iv_interviewer *iv, struct iv_move *move, struct iv_error *err);
enum iv_code iv_interviewer_time_up(iv_interviewer *iv, struct iv_move *move,
                                    struct iv_error *err); /* closing_time */
/* The move that was made last, again without saying it anew (for `ask` on a session that waits). */
enum iv_code iv_interviewer_current(const iv_interviewer *iv, struct iv_move *move,
                                    struct iv_error *err);

#endif

/* iv/score.h - scorecards that can be checked.
 *
 * Why:     every score names its level's anchor, the quotes it rests on with turn and time, and the arithmetic; code adds up.
 * Owns:    a report is JSON owned by the caller.
 * How:     a language model may be asked for its judgement (iv_score_ask, the only part that waits for anybody); what of it stands in
 *          the transcript becomes levels, and the same arithmetic adds them up. Without one the built-in scorer judges.
 * Threads: [any].
 * Errors:  IV_E_DATA for a report or transcript that cannot be read.
 *
 * The same input, a judgement included, gives the same report byte for byte: no clock, no randomness, no locale in here.
 */
#ifndef IV_SCORE_H
#define IV_SCORE_H

#include "iv/bank.h"
#include "iv/json.h"
#include "iv/session.h"
#include "iv/store.h"

struct iv_score_input {
    const struct iv_session *session;
    const struct iv_turn *turns;
    size_t n_turns;
    const char *rubric_path; /* NULL: the shipped rubric */
    const iv_json *const
        *earlier; /* the user's earlier reports, oldest first: the delivery baseline */
    size_t n_earlier;
    const iv_json *
        judgement; /* of iv_score_ask for the same turns and rubric; NULL: the built-in scorer judges */
};

/* The language model's judgement: its replies as they came, and what failed. By the settings score.engine, score.runs and
 * score.timeout, which is the longest that this waits. *judgement NULL and IV_OK: the built-in scorer is wanted, or there is nothing
 * to judge. A model that fails is no error: the judgement says why, and so will the report. */
enum iv_code iv_score_ask(iv_ctx *ctx, const struct iv_score_input *in, iv_json **judgement,
                          struct iv_error *err);

/* Report object: session facts; "feedback" {overall_score, communication, technical_knowledge, problem_solving, comments} of the API;
 * "scores" with level, anchor, evidence (quote, turn, start_ms of its first word) and arithmetic; "questions", "delivery", "star", "transcript", "rubric",
 * "scorer": who judged, by which prompt and model; "judgement" where a model was asked. */
enum iv_code iv_score(const iv_ctx *ctx, const struct iv_score_input *in, iv_json **report,
                      struct iv_error *err);
/* The "feedback" part, for DELETE and session_ended. Borrowed. */
const iv_json *iv_report_feedback(const iv_json *report);

/* IV_OK, or IV_E_NO with what does not hold: a quote that is not in its turn, a total that does not add up, a level without its anchor.
 * turns NULL: against the transcript inside the report. */
enum iv_code iv_report_verify(const iv_json *report, const struct iv_turn *turns, size_t n,
                              struct iv_error *err);

enum iv_report_form { IV_REPORT_TEXT, IV_REPORT_MD, IV_REPORT_HTML };
/* width: columns for text. HTML is one file with inline SVG plots, no script, no outside request. */
enum iv_code iv_report_render(const iv_json *report, enum iv_report_form form, int width,
                              bool colour, struct iv_buf *out, struct iv_error *err);
/* Two reports side by side, or scores over time. */
enum iv_code iv_report_compare(const iv_json *a, const iv_json *b, struct iv_buf *out,
                               struct iv_error *err);
enum iv_code iv_report_progress(const iv_json *const *reports, size_t n, struct iv_buf *out,
                                struct iv_error *err);

/* A transcript from elsewhere (JSON of `session export`, or lines "interviewer: ..." / "candidate: ..."), for `score`. */
enum iv_code iv_transcript_parse(const char *text, size_t len, struct iv_session *session,
                                 struct iv_turn **turns, size_t *n, struct iv_error *err);

#endif

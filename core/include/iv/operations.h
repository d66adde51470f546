/* iv/operations.h - what a user can do with sessions, once, for commands and server alike.
 *
 * Why:     `session list` and GET /api/sessions are the same operation with the same JSON.
 * Owns:    results are JSON trees owned by the caller.
 * Threads: [any]; the store serialises.
 * Errors:  codes of the contract (API v1).
 */
#ifndef IV_OPERATIONS_H
#define IV_OPERATIONS_H

#include "iv/conversation.h"
#include "iv/ctx.h"
#include "iv/json.h"
#include "iv/score.h"
#include "iv/store.h"

/* A request body or the same built from flags: user_id, interview_type, language, difficulty, duration_minutes and the ext fields. */
enum iv_code iv_spec_from_json(const iv_json *body, struct iv_session_spec *out,
                               struct iv_error *err);

enum iv_code iv_op_create(iv_ctx *ctx, iv_store *st, const struct iv_session_spec *spec,
                          iv_json **out, struct iv_error *err);
/* The same with what the candidate brought: checked and kept as documents "resume" and "job" {name, text}. IV_E_TOO_LARGE,
 * IV_E_MEDIA_TYPE for a PDF and other formats that are no text, IV_E_DATA for what is not UTF-8 or blank. */
#define IV_PAPER_MAX_BYTES (256u << 10)
struct iv_paper {
    const char *kind; /* "resume", "job" */
    const char *name; /* of its file, for messages; NULL: none */
    const char *text;
    size_t len;
};
/* What creating would refuse without a look at the store; of question sets those in files of one's own. */
enum iv_code iv_op_create_check(iv_ctx *ctx, const struct iv_session_spec *spec,
                                const struct iv_paper *papers, size_t n_papers,
                                struct iv_error *err);
enum iv_code iv_op_create_with(iv_ctx *ctx, iv_store *st, const struct iv_session_spec *spec,
                               const struct iv_paper *papers, size_t n_papers, iv_json **out,
                               struct iv_error *err);
enum iv_code iv_op_get(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                       struct iv_error *err);
enum iv_code iv_op_list(iv_ctx *ctx, iv_store *st, const struct iv_session_filter *f, iv_json **out,
                        struct iv_error *err);
/* The same two as text, for a server, which knows where sessions are met: urls is asked for each of them, with the room set where it
 * is elsewhere; what it points to lives until it is asked again. NULL: nowhere. `s` as it was just read. */
enum iv_code iv_op_show(iv_ctx *ctx, iv_store *st, const struct iv_session *s,
                        iv_session_urls_fn *urls, void *arg, struct iv_buf *out,
                        struct iv_error *err);
enum iv_code iv_op_list_text(iv_ctx *ctx, iv_store *st, const struct iv_session_filter *f,
                             iv_session_urls_fn *urls, void *arg, struct iv_buf *out,
                             struct iv_error *err);
enum iv_code iv_op_pause(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                         struct iv_error *err);
enum iv_code iv_op_resume(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err);
/* Starts a created session: the greeting and first question become turns. */
enum iv_code iv_op_start(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                         struct iv_error *err);
/* Ends (terminates) and answers with summary and feedback; again: the same stored answer. */
enum iv_code iv_op_end(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                       struct iv_error *err);
enum iv_code iv_op_delete(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err);

/* The question that waits for an answer; starts a created session. {session_id, question, text, question_id, number, of, done} */
enum iv_code iv_op_ask(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                       struct iv_error *err);
/* A whole answer. {session_id, turn, reply, next_question, question_id, number, of, done, status, summary?, feedback?} */
enum iv_code iv_op_answer(iv_ctx *ctx, iv_store *st, const char *id, const struct iv_answer *answer,
                          iv_json **out, struct iv_error *err);

/* The same of a conversation that its owner drives and that has taken an answer. NULL in *out while the words of what follows are
 * still being found, or the last ones are being said; at_once: with as much of the reply as there is. last: the reply, where it was
 * said to its end already. */
enum iv_code iv_op_answered(iv_conversation *c, const char *last, bool at_once, iv_json **out,
                            struct iv_error *err);

/* The report: stored when the session ended, made anew for one that runs or for another rubric. */
enum iv_code iv_op_report(iv_ctx *ctx, iv_store *st, const char *id, const char *rubric_path,
                          iv_json **out, struct iv_error *err);
enum iv_code iv_op_transcript(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                              struct iv_error *err);
/* transcript as text, srt, vtt, md */
enum iv_code iv_op_transcript_as(iv_ctx *ctx, iv_store *st, const char *id, const char *form,
                                 struct iv_buf *out, struct iv_error *err);

/* The messages of a session from that number on, as many as one answer takes: {session_id, status, events: [{type, ..., session,
 * seq}], next}; `next` is where to go on. */
enum iv_code iv_op_events(iv_ctx *ctx, iv_store *st, const char *id, int64_t from, iv_json **out,
                          struct iv_error *err);
/* {session_id, stages: [{stage, turns, p50_ms, p95_ms, p99_ms}], dominant, turns: [{answer, end_of_turn, reply, voice, mouth, total}]};
 * null where a turn has no such stage. From the recording: a session without one has no turns. */
enum iv_code iv_op_latency(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                           struct iv_error *err);
/* One file that holds a session: object {interviewctl_export: 1, session, turns, events, documents}. Import refuses an id that exists. */
enum iv_code iv_op_export(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err);
/* What import would refuse of the file itself. */
enum iv_code iv_op_import_check(const iv_json *exported, struct iv_error *err);
enum iv_code iv_op_import(iv_ctx *ctx, iv_store *st, const iv_json *exported, iv_json **out,
                          struct iv_error *err);
/* Runs the recorded inputs again on a store in memory and compares. {session_id, same_transcript, same_report, turns, differences:[...]} */
enum iv_code iv_op_replay(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err);

/* period: today, week, month, all; user_id NULL: everybody's, with `usage` as iv_usage_report tells it. */
enum iv_code iv_op_stats(iv_ctx *ctx, iv_store *st, const char *period, const char *user_id,
                         iv_json **out, struct iv_error *err);

#endif

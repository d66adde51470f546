/* iv/wording.h - the built-in interviewer decides, a language model finds the words, a guard hears them first.
 *
 * Why:     a model talks more naturally about what was just said; what is asked, when it ends and what may be asked stays with rules.
 *          Whatever the model does (late, rude, in the wrong language, led astray by a résumé), the candidate hears a proper turn.
 * How:     a request holds the rules, the papers and answers as quoted data, and the move with its built-in text. The guard takes the
 *          reply as it streams and lets it through sentence by sentence: a sentence is whole and checked before anybody hears it,
 *          so that the built-in wording can go on after any of them.
 * Owns:    an iv_wording owns its prompts and lists; it borrows the context. A request owns its messages. A guard borrows its wording
 *          and copies what it needs of the rest.
 * Threads: an iv_wording is read-only after new: [any]. Requests and guards: one owner at a time. No I/O after iv_wording_new.
 * Units:   milliseconds of active session time; bytes of UTF-8.
 * Errors:  IV_E_DATA with file and line (core/data/prompts), IV_E_NOMEM. A guard never fails: what it cannot check it stops.
 *
 * Use, for each move that iv_wording_wants():
 *
 *     iv_wording_request(w, &now, &request, err);   iv_guard_new(w, &now, &guard, err);
 *     iv_llm_start(llm, &request.llm, &sink, &id, err);          the request may be released at once
 *     each on_text:   stop = iv_guard_feed(guard, text, len, &say);     speak `say` (may be "")
 *                     stop != IV_GUARD_GOOD: iv_llm_cancel(), nothing more is fed
 *     then, once, after on_done, a stop, or when waiting takes too long:
 *                     iv_guard_finish(guard, &say);                     speak `say`: the rest, or the built-in wording that is missing
 *     the turn's text is iv_guard_text(guard). It is move->text itself when the model contributed nothing.
 *
 * The move's facts (kind, question_id, number, waits, ends) stay those of the built-in interviewer.
 */
#ifndef IV_WORDING_H
#define IV_WORDING_H

#include "iv/interview.h"
#include "iv/llm.h"

typedef struct iv_wording iv_wording;

/* The prompts of the session's language, its persona and what may not be said. papers (NULL: none) are copied, long ones cut. */
enum iv_code iv_wording_new(iv_ctx *ctx, const struct iv_session_spec *spec,
                            const struct iv_papers *papers, iv_wording **out, struct iv_error *err);
void iv_wording_free(iv_wording *w);

/* Where the interview stands. Everything is borrowed for the call. */
struct iv_wording_now {
    const struct iv_move *move; /* what the interviewer decided, with its own words */
    const struct iv_question
        *question; /* iv_interviewer_question(iv, move->question_id); NULL: none */
    const struct iv_turn *
        turns; /* so far, in order; the last is the answer to be replied to (none before the greeting) */
    size_t n_turns;
    int64_t remaining_ms;
};

/* false: said as it stands, no model is asked (a repetition, a reminder after silence, nothing to say). */
bool iv_wording_wants(const struct iv_move *move);

struct iv_wording_request {
    struct iv_llm_request llm;
    struct iv_llm_message *messages;
    size_t n;
};
enum iv_code iv_wording_request(const iv_wording *w, const struct iv_wording_now *now,
                                struct iv_wording_request *out, struct iv_error *err);
void iv_wording_request_release(struct iv_wording_request *r);

/* -- guard -- */

enum iv_guard_stop {
    IV_GUARD_GOOD,
    IV_GUARD_FORBIDDEN, /* a topic that the law forbids */
    IV_GUARD_ROLE, /* speaks as a machine, judges or promises a result */
    IV_GUARD_MARKUP, /* lists, code, links, tags */
    IV_GUARD_LANGUAGE, /* another language or script */
    IV_GUARD_TOO_LONG,
    IV_GUARD_QUESTIONS, /* more than one question, or one where none belongs */
    IV_GUARD_NO_QUESTION, /* at the end: the move asks something, the reply did not */
    IV_GUARD_WANDERS, /* the question is not the planned one */
    IV_GUARD_ENDS, /* ends or extends the interview */
    IV_GUARD_REPEATS, /* a question that was asked before */
    IV_GUARD_LEAKS, /* what an answer should contain, or the instructions */
    IV_GUARD_BROKEN, /* not UTF-8, or no memory */
    IV_GUARD_EMPTY, /* at the end: nothing came */
    IV_GUARD_STOPS
};
const char *iv_guard_stop_name(enum iv_guard_stop s); /* "forbidden" ...; for logs and records */

typedef struct iv_guard iv_guard;

enum iv_code iv_guard_new(const iv_wording *w, const struct iv_wording_now *now, iv_guard **out,
                          struct iv_error *err);
void iv_guard_free(iv_guard *g);
/* text may be cut anywhere, also inside a character. *say: what may be spoken now, valid until the next call; never NULL. */
enum iv_guard_stop iv_guard_feed(iv_guard *g, const char *text, size_t len, const char **say);
/* No more comes. *say: the last sentence where it is good, and what the built-in wording has to add: everything when nothing was let
 * through, the question when that is missing, else nothing. */
enum iv_guard_stop iv_guard_finish(iv_guard *g, const char **say);
const char *iv_guard_text(const iv_guard *g); /* all that was let through and added */
bool iv_guard_has_model_words(
    const iv_guard
        *g); /* something of the model's was let through: the turn's source is its engine */

#endif

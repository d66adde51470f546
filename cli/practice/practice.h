/* practice.h - the interview as lines of text: its parts.
 *
 * cmd/practice.c  options, sound, result              answers.c  answers from lines or recordings
 * begin.c         which session, what it needs
 * screen.c        what is printed                      tape.c     --record: film, sound, transcript, report
 * live.c          a person at the keyboard
 */
#ifndef IV_CLI_PRACTICE_H
#define IV_CLI_PRACTICE_H

#include "cli.h"
#include "cmd/media.h"
#include "iv/conversation.h"
#include "iv/operations.h"

/* -- begin.c -- */
struct begun {
    char id[IV_ID_BYTES];
    enum iv_lang lang;
    char voice[64];
};
/* The session that the user named, as SESSION or with --resume; NULL: a new one. */
const char *begin_named(const struct cli *cli);
/* What this build has no device for is refused rather than left out silently; one standard input is not read twice. */
enum iv_code begin_check(const struct cli *cli, bool unattended, struct iv_error *err);
/* An unattended run has neither microphone nor window; a window wants a display. */
enum iv_code begin_check_lines(const struct cli *cli, bool unattended, struct iv_error *err);
/* The named one, one that was left unfinished, or a new one with its papers. */
enum iv_code begin_session(struct cli *cli, iv_ctx *ctx, bool unattended, struct begun *out,
                           struct iv_error *err);
/* --dry-run: the session is made or found, the files are opened, and nothing is asked. */
enum iv_code begin_try_out(struct cli *cli, bool unattended, struct iv_error *err);

/* -- screen.c -- */
struct screen {
    struct cli *cli;
    bool quiet; /* --json: nothing but the object at the end */
    bool
        at_once; /* a person reads along: the question is shown when it begins, not when it was said */
    enum iv_lang lang;
    struct iv_buf reply;
    bool shown;
    bool talks; /* the candidate, into the microphone */
};
void screen_message(struct screen *s, const struct iv_msg *m);
/* What was said before and waits for an answer, for somebody who comes back. */
void screen_again(struct screen *s, const char *text);
/* After the store has it. */
void screen_answer(struct screen *s, const char *text);
void screen_release(struct screen *s);

/* -- answers.c -- */
struct answers;
/* A file of lines, "-" for stdin, or a folder of recordings. */
enum iv_code answers_open(struct cli *cli, const char *path, enum iv_lang lang,
                          struct answers **out, struct iv_error *err);
/* *out NULL: no more. The sound of a spoken answer is in answers_pcm() until the next call. */
enum iv_code answers_next(struct answers *a, const struct iv_answer **out, struct iv_error *err);
const struct iv_pcm *answers_pcm(const struct answers *a);
void answers_close(struct answers *a);

/* -- tape.c -- */
struct tape;
enum iv_code tape_open(struct cli *cli, const char *dir, const char *session_id, struct tape **out,
                       struct iv_error *err);
/* Both sides' sound, each piece at its presentation time, not before the one before. */
enum iv_code tape_sound(struct tape *t, const int16_t *samples, size_t n, uint32_t rate_hz,
                        uint64_t at_sample, struct iv_error *err);
enum iv_code tape_frame(struct tape *t, const struct iv_picture *p, uint64_t at_ms,
                        struct iv_error *err);
/* Transcript and report beside film and sound; frees. */
enum iv_code tape_close(struct tape *t, uint64_t end_ms, struct iv_error *err);
void tape_drop(struct tape *t);
const char *tape_text_path(const struct tape *t);
const char *tape_film_path(const struct tape *t); /* NULL where films are left out of the build */

/* -- live.c -- */
/* A person types or speaks; runs until the interview ends, Ctrl-C, or the end of input where nobody listens.
 * wake_fd: an eventfd that the conversation's sink writes to. */
struct stage;
enum iv_code live_run(struct cli *cli, iv_conversation *c, struct screen *screen, int wake_fd,
                      struct stage *stage, struct iv_error *err);

#endif

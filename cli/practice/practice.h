/* practice.h - the interview as lines of text: its parts.
 *
 * cmd/practice.c  options, store, resume, result      answers.c  answers from lines or recordings
 * screen.c        what is printed                      tape.c     --record: film, sound, transcript, report
 * live.c          a person at the keyboard
 */
#ifndef IV_CLI_PRACTICE_H
#define IV_CLI_PRACTICE_H

#include "cli.h"
#include "cmd/media.h"
#include "iv/conversation.h"
#include "iv/operations.h"

/* -- screen.c -- */
struct screen {
    struct cli *cli;
    bool quiet; /* --json: nothing but the object at the end */
    bool
        at_once; /* a person reads along: the question is shown when it begins, not when it was said */
    enum iv_lang lang;
    struct iv_buf reply;
    bool shown;
};
void screen_message(struct screen *s, const struct iv_msg *m);
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
/* A person types; runs until the interview ends, Ctrl-C, or the end of input. */
enum iv_code live_run(struct cli *cli, iv_conversation *c, struct screen *screen,
                      struct iv_error *err);

#endif

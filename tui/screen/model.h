/* model.h - what the interview screen shows, as values.
 *
 * Why:     drawing reads it, messages change it: a test needs neither a terminal nor an interview.
 * Owns:    a model owns its texts.
 * Threads: one owner at a time.
 * Units:   now_us: a clock that never goes back.
 * Errors:  IV_E_NOMEM from model_turns(); elsewhere a text that finds no memory is left out.
 */
#ifndef IV_TUI_MODEL_H
#define IV_TUI_MODEL_H

#include "iv/buf.h"
#include "iv/conversation.h"
#include "iv/event.h"
#include "iv/store.h"

#define MODEL_TIMES 8

struct said {
    enum iv_speaker who;
    char *text;
    int64_t at_ms; /* of the interview */
};

/* The way from an answer to what is heard of the reply. */
enum stamp { STAMP_ANSWER, STAMP_WORDS, STAMP_SOUND, STAMP_HEARD, STAMP_COUNT };
struct turn_times {
    int64_t us[STAMP_COUNT]; /* 0: not yet, or never */
};

struct model {
    struct said *said; /* both sides, as it is kept */
    size_t n, cap;
    unsigned generation; /* another one: the texts moved */
    struct iv_buf reply; /* what the interviewer is saying now */
    struct iv_buf interim; /* what the candidate seems to be saying */
    struct iv_buf asked; /* the question that stands */
    enum iv_phase phase;
    bool waits; /* the candidate paused within an answer */
    int question, questions;
    struct turn_times times[MODEL_TIMES]; /* the last one is the present turn */
    size_t n_times;
    char notice[320];
    int64_t notice_until_us;
    bool is_stale; /* the store knows more than `said` */
};

void model_init(struct model *m);
void model_release(struct model *m);
void model_message(struct model *m, const struct iv_msg *msg, int64_t now_us);
/* Sound of the reply was handed out, and it is heard now. */
void model_stamp(struct model *m, enum stamp stamp, int64_t now_us);
/* An answer is complete: the way to its reply begins. And it was refused: nothing began. */
void model_answering(struct model *m, int64_t now_us);
void model_not_answered(struct model *m);
/* What is kept. */
enum iv_code model_turns(struct model *m, const struct iv_turn *turns, size_t n,
                         struct iv_error *err);
void model_asked(struct model *m, const char *text);
void model_notice(struct model *m, int64_t now_us, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Or NULL when there is none any more. */
const char *model_notice_text(const struct model *m, int64_t now_us);

#endif

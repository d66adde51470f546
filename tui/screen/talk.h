/* talk.h - the interview that the screen holds: engine, voice, model, speaker, microphone.
 *
 * Why:     the screen is a sink over iv/conversation.h; what else it takes to hold one is in here, so that screens only draw and ask.
 * Owns:    a talk owns all it opened; host and model are borrowed.
 * Threads: [main]; providers deliver on their own threads and wake talk_fd().
 * Errors:  those of iv/conversation.h. What is wrong with sound costs the sound: a notice in the model says so.
 */
#ifndef IV_TUI_TALK_H
#define IV_TUI_TALK_H

#include "screen/model.h"
#include "stage.h"
#include "tui.h"

struct talk;

enum iv_code talk_open(const struct tui_host *host, const char *session_id, const char *speaker,
                       struct model *model, struct talk **out, struct iv_error *err);
enum iv_code talk_start(struct talk *t, struct iv_error *err);
/* Does what is due; returns milliseconds until it wants to be called again. */
int talk_pump(struct talk *t);
int talk_fd(const struct talk *t); /* readable when pumping is due */
void talk_alive(struct talk *t); /* the candidate does something: no reminder */

enum iv_code talk_answer(struct talk *t, const char *text, struct iv_error *err);
enum talk_move { TALK_REPEAT, TALK_SKIP, TALK_PAUSE, TALK_RESUME, TALK_INTERRUPT, TALK_END };
enum iv_code talk_move(struct talk *t, enum talk_move move, struct iv_error *err);
/* What was spoken is the whole answer, without waiting for silence. */
enum iv_code talk_said(struct talk *t, struct iv_error *err);
/* Microphone (a name, or "default") on or off (then what was spoken is the whole answer); says why not. */
enum iv_code talk_hear(struct talk *t, const char *device, bool on, struct iv_error *err);
bool talk_hears(const struct talk *t);
/* Push to talk: see stage.h. */
void talk_by_key(struct talk *t, bool pushes);
bool talk_pushes(const struct talk *t);
bool talk_is_pushed(const struct talk *t);
enum iv_code talk_push(struct talk *t, bool down, struct iv_error *err);
/* The face in a window, in the terminal, or no more; says why not. Closing the window by hand ends only the window. */
enum iv_code talk_show(struct talk *t, enum stage_face where, struct iv_error *err);
enum stage_face talk_shows(const struct talk *t);
/* For the terminal: what draws it, or NULL; and whether it moved since this was asked. */
struct term_face *talk_term_face(const struct talk *t);
bool talk_face_moved(struct talk *t);

const struct iv_session *talk_session(const struct talk *t);
int64_t talk_remaining_ms(const struct talk *t);
/* 0..1 of who has the word: the interviewer's voice as it is heard, or the microphone; negative: there is no sound. */
double talk_level(const struct talk *t);
/* By which the microphone's part of it was made louder. */
int talk_gain_db(const struct talk *t);
/* What a good answer holds; borrowed until the next call. NULL: nothing is known of this question. */
const struct iv_question *talk_question(struct talk *t);
const char *talk_voice_name(const struct talk *t); /* "espeak", or "" */

/* whole: the interview is over; what it recorded is finished too. Frees. */
enum iv_code talk_close(struct talk *t, bool whole, struct iv_error *err);

#endif

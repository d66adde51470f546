/* stage.h - speaker, microphone and window of one interview, joined to its conversation.
 *
 * Why:     the full screen and the lines of practice --plain hear and show the same things; how is in here once.
 * Owns:    its devices; the conversation is borrowed from stage_join() on, and closed before the stage is.
 * Threads: [main].
 * Units:   samples at IV_TTS_RATE_HZ, times on the conversation's presentation clock.
 * Errors:  opening a device says why not. One that fails later is closed and told to `notice`; the interview goes on without it.
 */
#ifndef IV_TUI_STAGE_H
#define IV_TUI_STAGE_H

#include "iv/config.h"
#include "iv/conversation.h"

struct stage;
struct player;
struct term_face;
enum stage_face { FACE_NONE, FACE_WINDOW, FACE_TERM };

struct stage_host {
    const struct iv_config *config;
    const char *(*translate)(const char *text) __attribute__((format_arg(1)));
    bool colour; /* of the terminal, for the face in it */
    void *arg;
    void (*notice)(void *arg, const char *text);
};

/* host is copied. */
enum iv_code stage_open(const struct stage_host *host, struct stage **out, struct iv_error *err);
/* "none": silent, and no error. */
enum iv_code stage_speak(struct stage *s, const char *speaker, struct iv_error *err);
/* on: what the microphone (a name, or "default") hears goes to the conversation. Off: what was spoken is the whole answer. */
enum iv_code stage_hear(struct stage *s, const char *device, bool on, struct iv_error *err);
/* Heard before it began is nobody's. films: somebody else watches the face too. */
void stage_join(struct stage *s, iv_conversation *c, bool films);
/* The face somewhere else than before; the conversation was joined. A window that the user closes ends only the window. */
enum iv_code stage_show(struct stage *s, enum stage_face where, struct iv_error *err);

/* -- the conversation's sink hands on to these -- */
void stage_audio(struct stage *s, const int16_t *samples, size_t n, uint64_t at_sample);
void stage_cut(struct stage *s);
void stage_frame(struct stage *s, const struct iv_picture *p, uint64_t at_ms);

/* What is due: the microphone, the conversation, the picture of what is heard now. Milliseconds until the next time. */
int stage_pump(struct stage *s);

struct player *stage_player(struct stage *s); /* borrowed; NULL: silent */
bool stage_hears(const struct stage *s);
/* Push to talk (setting audio.talk): only between down and up is the microphone heard; up ends the answer. */
void stage_by_key(struct stage *s, bool pushes); /* otherwise than the setting says */
bool stage_pushes(const struct stage *s);
bool stage_is_pushed(const struct stage *s);
enum iv_code stage_push(struct stage *s, bool down, struct iv_error *err);
enum stage_face stage_shows(const struct stage *s);
/* For FACE_TERM: what draws it, borrowed, else NULL; and whether it has another picture since this was asked. */
struct term_face *stage_term_face(const struct stage *s);
bool stage_face_moved(struct stage *s);
double stage_mic_level(const struct stage *s); /* 0..1; negative: no microphone */
int stage_gain_db(const struct stage *s); /* that is in it; setting audio.gain */
const char *stage_mic_name(const struct stage *s); /* "" */
/* Until what is queued was heard, or *stop. */
void stage_drain(struct stage *s, const volatile int *stop);
void stage_close(struct stage *s); /* NULL is fine */

#endif

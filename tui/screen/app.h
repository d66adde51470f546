/* app.h - the loop, and what all screens share.
 *
 * Why:     one loop feeds the interview, the keyboard and the drawing; a screen is a row of functions (struct screen_ops).
 * Owns:    the app owns terminal, canvas, talk and the present screen's state.
 * Threads: [main].
 */
#ifndef IV_TUI_APP_H
#define IV_TUI_APP_H

#include "screen/canvas.h"
#include "screen/field.h"
#include "screen/list.h"
#include "screen/model.h"
#include "screen/press.h"
#include "screen/talk.h"
#include "screen/term.h"
#include "screen/tr.h"
#include "tui.h"

#define SPEAKER_BYTES 160
#define MESSAGE_BYTES 480 /* an error whole */

struct app;

struct key_help {
    const char *key, *what; /* what: N_(); NULL closes the table */
    bool at_foot;
};

/* Bytes for the terminal that draw in the box, and those that take it away again where clearing does not. */
struct picture {
    struct box box;
    const char *bytes, *wipe;
    size_t len;
};

struct screen_ops {
    const char *title; /* N_() */
    size_t state_size; /* zeroed; the app owns it */
    const struct key_help *keys;
    /* about: a session's id, or NULL. On failure close() is called still. */
    enum iv_code (*open)(struct app *a, void *st, const char *about, struct iv_error *err);
    void (*close)(struct app *a, void *st); /* may be NULL */
    void (*draw)(struct app *a, void *st, struct canvas *c, struct box body);
    void (*press)(struct app *a, void *st, const struct press *p);
    /* What is due without a key; returns milliseconds until the next time. May be NULL. */
    int (*tick)(struct app *a, void *st);
    /* Ctrl-C: what has to be saved is. May be NULL. */
    void (*save)(struct app *a, void *st);
    /* What lies over the canvas that was drawn last, in cells that are empty there; false: nothing. May be NULL. */
    bool (*picture)(struct app *a, void *st, struct picture *out);
};

extern const struct screen_ops screen_start, screen_interview, screen_report, screen_history,
    screen_settings;

struct app {
    const struct tui_host *host;
    struct tty *term; /* NULL in tests that draw only */
    struct canvas canvas;
    const struct screen_ops *ops;
    void *state;
    const struct screen_ops *next; /* where to go before the next drawing; NULL: stay */
    char next_about[IV_ID_BYTES];
    const struct screen_ops *back; /* what Escape leads to, for screens reached from several */
    char speaker[SPEAKER_BYTES], mic[SPEAKER_BYTES]; /* names, "default" or "none" */
    bool pushes; /* a key says when the candidate speaks */
    enum stage_face face; /* where it is to be */
    struct picture pictured; /* on the terminal now; box.w 0: none */
    bool picture_moved; /* it is to be drawn, though nothing else is */
    char last[IV_ID_BYTES]; /* the session that was held last */
    char message[MESSAGE_BYTES]; /* for the start screen: what went wrong elsewhere */
    bool quit, helps, is_dirty;
    const char *question; /* is to be answered by y or n; NULL: none */
    void (*on_yes)(struct app *a);
    int wake_fd; /* the talk's, or -1 */
    struct list help;
};

/* Before the next drawing. about may be NULL. */
void app_go(struct app *a, const struct screen_ops *to, const char *about);
/* y or Enter calls on_yes. */
void app_ask(struct app *a, const char *question, void (*on_yes)(struct app *a));
void app_message(struct app *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int64_t app_now_us(const struct app *a);
enum scheme app_scheme(const struct app *a);
/* Draws everything: screen, foot, and what lies above. */
void app_draw(struct app *a, struct canvas *c);
void app_press(struct app *a, const struct press *p);
/* For tests: the present screen without a terminal. */
enum iv_code app_open(struct app *a, const struct screen_ops *ops, const char *about,
                      struct iv_error *err);
void app_leave(struct app *a);

/* A line at the top: name, and something at its right end. */
void app_title(struct canvas *c, const char *title, const char *right);

/* "behavioral" as the user's language says it. */
const char *word_of_type(enum iv_session_type t);
const char *word_of_difficulty(enum iv_difficulty d);
const char *word_of_status(enum iv_session_status s);
const char *word_of_language(enum iv_lang l); /* in that language itself */
const char *word_of_persona(const char *name);
/* "23 Nov 09:05" in the local time zone. */
void date_text(int64_t wall_ms, char out[32]);

#endif

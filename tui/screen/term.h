/* term.h - the terminal: taken, drawn on, read from, given back.
 *
 * Why:     ncurses, signals and descriptors stay in here; everything else draws on a canvas.
 * Owns:    while it is open: the terminal's modes, fd 2 (which goes to the log file), and the handlers of signals, chained to
 *          those that were there. term_close() and every signal that ends the process put all of it back.
 * Threads: [main].
 * Errors:  IV_E_UNAVAILABLE.
 */
#ifndef IV_TUI_TERM_H
#define IV_TUI_TERM_H

#include <stdbool.h>

#include "iv/error.h"
#include "screen/canvas.h"
#include "screen/press.h"

enum scheme { SCHEME_DARK, SCHEME_LIGHT, SCHEME_CONTRAST, SCHEME_MONO };
struct tty;

enum iv_code term_check(struct iv_error *err);
/* log_path: where fd 2 goes meanwhile; NULL: nowhere. */
enum iv_code term_open(enum scheme scheme, const char *log_path, struct tty **out,
                       struct iv_error *err);
void term_scheme(struct tty *t, enum scheme scheme);
void term_close(struct tty *t); /* NULL is fine */
void term_size(const struct tty *t, int *w, int *h);
void term_show(struct tty *t, const struct canvas *c);
/* Bytes as they are, after what was shown: they leave cursor and colours as they were. */
void term_put(struct tty *t, const char *bytes, size_t len);
/* Of a cell, in pixels; 0 where the terminal does not say. */
void term_cell(const struct tty *t, int *w, int *h);
/* The next key that is there already; PRESS_NONE: none is. */
struct press term_press(struct tty *t);
/* Until a key, `fd` (-1: none) or a signal is there, or ms are over. */
void term_wait(struct tty *t, int fd, int ms);
/* What happened since: a new size (the canvas has to follow), a wish to be stopped. */
bool term_resized(struct tty *t);
bool term_wants_stop(struct tty *t);
bool term_hung_up(const struct tty *t);
/* Gives the terminal back, stops the process as Ctrl-Z does, and takes it again after fg. */
void term_stop(struct tty *t);
void term_redraw(struct tty *t); /* all of it at the next show */

#endif

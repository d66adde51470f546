/* window.h - the interviewer's face in a window of its own.
 *
 * Why:     a terminal shows words well and faces badly.
 * Owns:    a window owns what the desktop gave it, and copies of the pictures that are not due yet.
 * Threads: [main] for all of it: SDL wants its events there, and a picture costs less than a millisecond to hand over.
 * Units:   milliseconds on the session's presentation clock.
 * Errors:  IV_E_UNAVAILABLE without a display, and in a build without windows. A window that the user closes ends no interview.
 *
 * Keys: f full screen, t always on top, Escape or q closes.
 */
#ifndef IV_TUI_WINDOW_H
#define IV_TUI_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "iv/avatar.h"
#include "iv/error.h"

struct window;

enum iv_code window_check(struct iv_error *err);
enum iv_code window_open(const char *title, int size, struct window **out, struct iv_error *err);
/* Copies the picture; shown at the next window_pump(). */
void window_show(struct window *w, const struct iv_picture *p);
/* Copies the picture; shown by the first window_pump_at() whose time has come. Of those that are due only the newest is shown. */
void window_show_at(struct window *w, const struct iv_picture *p, uint64_t at_ms);
/* Events and drawing; false once the user closed it. */
bool window_pump(struct window *w);
/* The same; now_ms: what is heard now. Returns to *wait_ms (may be NULL) how long until the next picture is due, -1: none waits. */
bool window_pump_at(struct window *w, uint64_t now_ms, int *wait_ms);
/* Shown in the title bar behind the name: what is being said. "" takes it away. */
void window_caption(struct window *w, const char *text);
void window_close(struct window *w); /* NULL is fine */

/* How far pictures were shown from their time; since the window was opened. */
struct window_skew {
    uint64_t shown, dropped;
    int worst_ms, median_ms, p99_ms; /* positive: later than the sound; p99 and worst by size */
};
void window_skew(const struct window *w, struct window_skew *out);

#endif

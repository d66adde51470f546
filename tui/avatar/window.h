/* window.h - the interviewer's face in a window of its own.
 *
 * Why:     a terminal shows words well and faces badly.
 * Owns:    a window owns what the desktop gave it.
 * Threads: [main] for all of it.
 * Errors:  IV_E_UNAVAILABLE without a display, and in a build without windows. A window that the user closes ends no interview.
 */
#ifndef IV_TUI_WINDOW_H
#define IV_TUI_WINDOW_H

#include <stdbool.h>

#include "iv/avatar.h"
#include "iv/error.h"

struct window;

enum iv_code window_check(struct iv_error *err);
enum iv_code window_open(const char *title, int size, struct window **out, struct iv_error *err);
/* Copies the picture; shown at the next window_pump(). */
void window_show(struct window *w, const struct iv_picture *p);
/* Events and drawing; false once the user closed it. */
bool window_pump(struct window *w);
void window_close(struct window *w); /* NULL is fine */

#endif

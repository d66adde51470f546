/* field.h - a field to type into.
 *
 * Why:     the terminal draws what an input method composes at the cursor, so the real cursor has to be where the next character goes.
 * Owns:    a field owns its text.
 * Threads: one owner at a time.
 * Units:   bytes of UTF-8 (always valid); cells where it is drawn.
 */
#ifndef IV_TUI_FIELD_H
#define IV_TUI_FIELD_H

#include <stdbool.h>

#include "iv/buf.h"
#include "screen/canvas.h"
#include "screen/press.h"

struct field {
    struct iv_buf text; /* its ceiling is what may be typed */
    size_t at; /* the cursor: where the next character goes */
    int top; /* first line shown */
    bool secret; /* shown as dots */
};

void field_init(struct field *f, size_t max_bytes);
void field_release(struct field *f);
void field_set(struct field *f, const char *text);
void field_clear(struct field *f);
bool field_is_empty(const struct field *f);
/* True when the key was one of editing. Enter, Tab and what goes beyond the text are not. */
bool field_press(struct field *f, const struct press *p);
/* Lines that the text takes at this width, the cursor's place included. */
int field_lines(const struct field *f, int width);
/* Draws into the box and puts the canvas's cursor there. */
void field_draw(struct field *f, struct canvas *c, struct box b, enum style style);

#endif

/* term_face.h - the interviewer's face as bytes for a terminal.
 *
 * Why:     over ssh, and on a console, there is no window. What the terminal can: pictures (kitty's protocol, sixel) or half blocks.
 * Owns:    the pictures that wait for their sound, and what the last one looks like.
 * Threads: one owner.
 * Units:   cells of the terminal, milliseconds on the session's presentation clock.
 * Errors:  IV_E_UNAVAILABLE in a build without Chafa and where that library is missing.
 */
#ifndef IV_TUI_TERM_FACE_H
#define IV_TUI_TERM_FACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/avatar.h"
#include "iv/error.h"

struct term_face;

/* Where it stands, and how large a cell is in pixels (0: as is usual). */
struct term_place {
    int x, y, w, h;
    int cell_w, cell_h;
};

enum iv_code term_face_check(struct iv_error *err);
/* how: "kitty", "sixel", "blocks", or "auto", which goes by TERM and its like. colour false: none is sent, and blocks it is. */
enum iv_code term_face_open(const char *how, bool colour, struct term_face **out,
                            struct iv_error *err);
void term_face_show_at(struct term_face *f, const struct iv_picture *p, uint64_t at_ms);
/* True: another picture is due now, and term_face_draw() draws it. */
bool term_face_pump(struct term_face *f, uint64_t now_ms, int *wait_ms);
/* What puts the present picture into its place, the cursor and its colours as they were; "" while there is none. Borrowed. */
const char *term_face_draw(struct term_face *f, const struct term_place *place, size_t *len);
/* What takes it away again where clearing the screen does not. */
const char *term_face_wipe(const struct term_face *f);
void term_face_close(struct term_face *f); /* NULL is fine */

#endif

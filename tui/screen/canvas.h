/* canvas.h - a screen of cells that knows no terminal.
 *
 * Why:     what is drawn can be looked at by a test, at any size; the terminal only shows it (term.h).
 * Owns:    a canvas owns its cells.
 * Threads: one owner at a time.
 * Units:   cells; (0, 0) is the upper left one. What lies outside is not drawn.
 */
#ifndef IV_TUI_CANVAS_H
#define IV_TUI_CANVAS_H

#include "iv/buf.h"
#include "iv/error.h"
#include "screen/glyph.h"

#define CANVAS_MAX_WIDTH 600
#define CANVAS_MAX_HEIGHT 300

/* What a piece of text is, not what it looks like: that is the colour scheme's (term.c). */
enum style {
    STYLE_TEXT,
    STYLE_STRONG,
    STYLE_FAINT,
    STYLE_BAR, /* title and foot */
    STYLE_BAR_STRONG,
    STYLE_INTERVIEWER,
    STYLE_CANDIDATE,
    STYLE_INTERIM, /* words that may still change */
    STYLE_GOOD,
    STYLE_MIDDLE,
    STYLE_BAD,
    STYLE_SELECTED,
    STYLE_LISTENING,
    STYLE_SPEAKING,
    STYLE_COUNT
};

struct cell {
    char text[GLYPH_BYTES];
    unsigned char width; /* 0: the right half of the one before */
    unsigned char style;
};

struct canvas {
    int w, h;
    struct cell *cells;
    int cursor_x, cursor_y; /* where typing goes; -1: nowhere */
};

struct box {
    int x, y, w, h;
};

enum iv_code canvas_resize(struct canvas *c, int w, int h, struct iv_error *err);
void canvas_release(struct canvas *c);
void canvas_clear(struct canvas *c);
/* One line of text in at most `width` cells; returns the cells used. Stops at a newline. */
int canvas_put(struct canvas *c, int x, int y, int width, const char *text, enum style style);
int canvas_put_n(struct canvas *c, int x, int y, int width, const char *text, size_t len,
                 enum style style);
/* The same, with "…" where it does not fit. */
int canvas_put_cut(struct canvas *c, int x, int y, int width, const char *text, enum style style);
void canvas_fill(struct canvas *c, struct box b, enum style style);
/* Wrapped into the box; returns the lines used. */
int canvas_wrap(struct canvas *c, struct box b, const char *text, enum style style);
/* How many lines that would be. */
int canvas_lines(const char *text, int width);
/* A bar of width cells, filled to `share` by eighths; the rest is a thin line. */
void canvas_meter(struct canvas *c, int x, int y, int width, double share, enum style style);
/* A frame with a title, cleared inside; returns the inside. */
struct box canvas_frame(struct canvas *c, struct box b, const char *title);
/* For tests: one row as text without the blanks at its end. */
void canvas_row(const struct canvas *c, int y, struct iv_buf *out);

#endif

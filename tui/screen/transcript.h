/* transcript.h - both sides' words as lines that can be scrolled back.
 *
 * Why:     half an hour is a thousand lines: what was said is wrapped once for a width, not at each drawing.
 * Owns:    a transcript owns its lines; their texts belong to the model.
 * Threads: one owner at a time.
 */
#ifndef IV_TUI_TRANSCRIPT_H
#define IV_TUI_TRANSCRIPT_H

#include "screen/canvas.h"
#include "screen/list.h"
#include "screen/model.h"

struct transcript_line {
    const char *text;
    size_t len;
    const char *name; /* of who speaks, on the first line */
    enum style style, name_style;
};

struct transcript {
    struct transcript_line *lines;
    size_t n, cap, n_kept; /* kept: of what was said; the others are of what is being said */
    unsigned generation;
    int width; /* they are made for; 0: for none */
    int back; /* lines scrolled back from the end */
    int h; /* shown at the last drawing */
};

void transcript_release(struct transcript *t);
/* Pages and arrows; true when it was one of them. */
bool transcript_press(struct transcript *t, const struct press *p);
void transcript_end(struct transcript *t); /* to what was said last */
void transcript_draw(struct transcript *t, const struct model *m, struct canvas *c, struct box b);

#endif

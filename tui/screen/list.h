/* list.h - rows of which one is chosen: which are shown, and where the choice goes. */
#ifndef IV_TUI_LIST_H
#define IV_TUI_LIST_H

#include <stdbool.h>

#include "screen/canvas.h"
#include "screen/press.h"

struct list {
    int n, at, top;
    int h; /* rows shown at the last drawing */
};

/* Arrows, pages, ends. */
bool list_press(struct list *l, const struct press *p);
/* Fits the window around the choice; call before drawing. */
void list_show(struct list *l, int h);
/* A mark at the right edge for where one is, when not everything is shown. */
void list_mark(const struct list *l, struct canvas *c, struct box b);

/* A text that is read by lines, without a choice: `top` alone moves. */
bool scroll_press(struct list *l, const struct press *p);

#endif

/* ansi.h - text with the few colour sequences that the report uses, as lines with styles. */
#ifndef IV_TUI_ANSI_H
#define IV_TUI_ANSI_H

#include "screen/canvas.h"

/* How many lines; the text may end without a newline. */
int ansi_lines(const char *text);
/* Lines `top` and following into the box. Other sequences are dropped. */
void ansi_draw(struct canvas *c, struct box b, const char *text, int top);

#endif

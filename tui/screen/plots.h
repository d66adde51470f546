/* plots.h - how something was said, drawn in cells. */
#ifndef IV_TUI_PLOTS_H
#define IV_TUI_PLOTS_H

#include "iv/json.h"
#include "screen/canvas.h"
#include "screen/list.h"

/* The report's figures: who spoke when, each answer's length, measures beside the user's own baseline. Sets the list's n and h. */
void plots_delivery(const iv_json *report, struct list *l, struct canvas *c, struct box b);

#endif

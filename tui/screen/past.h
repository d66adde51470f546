/* past.h - the user's sessions as the screens list them. */
#ifndef IV_TUI_PAST_H
#define IV_TUI_PAST_H

#include "screen/app.h"

#define PAST_MAX 100

struct past {
    struct iv_session s;
    double score; /* overall; negative: none */
};
/* Newest first, at most `limit`. The caller frees *out. */
enum iv_code past_load(const struct app *a, int limit, struct past **out, int *n,
                       struct iv_error *err);
/* The newest one that was left in the middle, or false. */
bool past_unfinished(const struct app *a, struct past *out);
/* One line: when, what, how it ended, score. */
void past_draw(const struct past *p, struct canvas *c, int x, int y, int w, bool selected);

#endif

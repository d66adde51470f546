/* window.c - this build opens no window: it says so wherever one is asked for. */
#include "avatar/window.h"

enum iv_code window_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "this build has no window for the face: --record DIR films it");
}

enum iv_code window_open(const char *title, int size, struct window **out, struct iv_error *err)
{
    (void)title;
    (void)size;
    *out = NULL;
    return window_check(err);
}

void window_show(struct window *w, const struct iv_picture *p)
{
    (void)w;
    (void)p;
}

bool window_pump(struct window *w)
{
    (void)w;
    return false;
}

void window_close(struct window *w)
{
    (void)w;
}

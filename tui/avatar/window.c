/* window.c - SDL2 behind window.h. */
#include "avatar/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv_build.h"

#if IV_HAVE_SDL
#include "avatar/due.h"
#include "avatar/sdl.h"

#define SKEW_MAX 500 /* ms; what is further off counts as this */

struct window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    int width, height; /* of the texture */
    struct due due;
    bool is_open, is_dirty, on_top;
    char title[128];
    uint32_t skew[2 * SKEW_MAX + 1];
    uint64_t shown;
    int worst_ms;
};

/* Without a desktop SDL would take a graphics card's own console, or draw where nobody looks. */
static enum iv_code start_video(struct iv_error *err)
{
    static const char *const desktops[] = {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"};
    bool has_desktop = false;

    for (size_t i = 0; i < IV_LEN(desktops); i++)
        has_desktop |= getenv(desktops[i]) && *getenv(desktops[i]);
    if (!has_desktop)
        return iv_fail(err, IV_E_UNAVAILABLE,
                       "no window here, there is no display: neither DISPLAY nor WAYLAND_DISPLAY "
                       "is set");
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (SDL_InitSubSystem(SDL_INIT_VIDEO))
        return iv_fail(err, IV_E_UNAVAILABLE, "no window here, there is no display: %s",
                       SDL_GetError());
    return IV_OK;
}

/* Asked for each time a screen is drawn: a display that was there is believed in. */
enum iv_code window_check(struct iv_error *err)
{
    static bool seen;
    enum iv_code rc = iv_lazy_load(&iv_sdl, err);

    if (rc || seen)
        return rc;
    rc = start_video(err);
    if (rc)
        return rc;
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    seen = true;
    return IV_OK;
}

static enum iv_code open_parts(struct window *w, int size, struct iv_error *err)
{
    w->window = SDL_CreateWindow(w->title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, size,
                                 size, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (w->window)
        w->renderer = SDL_CreateRenderer(w->window, -1, 0);
    if (w->window && !w->renderer)
        w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
    if (!w->renderer)
        return iv_fail(err, IV_E_UNAVAILABLE, "window: %s", SDL_GetError());
    SDL_SetWindowMinimumSize(w->window, 64, 64);
    w->is_open = w->is_dirty = true;
    return IV_OK;
}

enum iv_code window_open(const char *title, int size, struct window **out, struct iv_error *err)
{
    struct window *w;
    enum iv_code rc = iv_lazy_load(&iv_sdl, err);

    *out = NULL;
    if (rc)
        return rc;
    w = iv_alloc(sizeof *w);
    if (!w)
        return iv_fail(err, IV_E_NOMEM, "window: out of memory");
    memset(w, 0, sizeof *w);
    snprintf(w->title, sizeof w->title, "%s", title);
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0"); /* an interview is listened to */
    rc = start_video(err);
    if (rc) {
        free(w);
        return rc;
    }
    rc = open_parts(w, size, err);
    if (rc)
        window_close(w);
    else
        *out = w;
    return rc;
}

/* -- pictures -- */

void window_show_at(struct window *w, const struct iv_picture *p, uint64_t at_ms)
{
    if (w->is_open)
        due_put(&w->due, p, at_ms);
}

void window_show(struct window *w, const struct iv_picture *p)
{
    window_show_at(w, p, 0);
}

static bool load(struct window *w, const struct iv_picture *p)
{
    if (w->texture && (w->width != p->width || w->height != p->height)) {
        SDL_DestroyTexture(w->texture);
        w->texture = NULL;
    }
    if (!w->texture)
        w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_IYUV,
                                       SDL_TEXTUREACCESS_STREAMING, p->width, p->height);
    if (!w->texture)
        return false;
    w->width = p->width;
    w->height = p->height;
    return !SDL_UpdateYUVTexture(w->texture, NULL, p->y, p->stride_y, p->u, p->stride_uv, p->v,
                                 p->stride_uv);
}

static void note_skew(struct window *w, int64_t late_ms)
{
    int ms = (int)(late_ms > SKEW_MAX ? SKEW_MAX : late_ms < -SKEW_MAX ? -SKEW_MAX : late_ms);

    w->skew[SKEW_MAX + ms]++;
    w->shown++;
    if (abs(ms) > abs(w->worst_ms))
        w->worst_ms = ms;
}

static void take_due(struct window *w, uint64_t now_ms)
{
    const struct due_picture *due = due_take(&w->due, now_ms);

    if (!due)
        return;
    w->is_dirty |= load(w, &due->picture);
    if (due->at_ms)
        note_skew(w, (int64_t)(now_ms - due->at_ms));
}

/* The whole face, as large as it fits, in the middle. */
static void draw(struct window *w)
{
    int width, height;
    SDL_Rect to;

    if (SDL_GetRendererOutputSize(w->renderer, &width, &height))
        return;
    SDL_SetRenderDrawColor(w->renderer, 0, 0, 0, 255);
    SDL_RenderClear(w->renderer);
    if (w->texture) {
        int by_width = width * w->height, by_height = height * w->width;

        to.w = by_width < by_height ? width : by_height / w->height;
        to.h = by_width < by_height ? by_width / w->width : height;
        to.x = (width - to.w) / 2;
        to.y = (height - to.h) / 2;
        SDL_RenderCopy(w->renderer, w->texture, NULL, &to);
    }
    SDL_RenderPresent(w->renderer);
    w->is_dirty = false;
}

/* -- events -- */

static void hide(struct window *w)
{
    SDL_DestroyTexture(w->texture);
    SDL_DestroyRenderer(w->renderer);
    SDL_DestroyWindow(w->window);
    w->texture = NULL;
    w->renderer = NULL;
    w->window = NULL;
    w->is_open = false;
    due_clear(&w->due);
}

static void press(struct window *w, SDL_Keycode key)
{
    switch (key) {
    case SDLK_f:
    case SDLK_F11:
        SDL_SetWindowFullscreen(w->window,
                                SDL_GetWindowFlags(w->window) & SDL_WINDOW_FULLSCREEN_DESKTOP
                                    ? 0
                                    : SDL_WINDOW_FULLSCREEN_DESKTOP);
        break;
    case SDLK_t:
        w->on_top = !w->on_top;
        SDL_SetWindowAlwaysOnTop(w->window, w->on_top ? SDL_TRUE : SDL_FALSE);
        break;
    case SDLK_q:
    case SDLK_ESCAPE:
        w->is_open = false;
        break;
    default:
        break;
    }
}

static void take_events(struct window *w)
{
    SDL_Event e;

    while (SDL_PollEvent(&e)) {
        if (e.type == SDL_QUIT ||
            (e.type == SDL_WINDOWEVENT && e.window.event == SDL_WINDOWEVENT_CLOSE))
            w->is_open = false;
        else if (e.type == SDL_KEYDOWN && !e.key.repeat)
            press(w, e.key.keysym.sym);
        w->is_dirty |= e.type == SDL_WINDOWEVENT || e.type == SDL_RENDER_TARGETS_RESET;
    }
}

bool window_pump_at(struct window *w, uint64_t now_ms, int *wait_ms)
{
    if (wait_ms)
        *wait_ms = -1;
    if (!w->is_open)
        return false;
    take_events(w);
    if (!w->is_open) {
        hide(w);
        return false;
    }
    take_due(w, now_ms);
    if (w->is_dirty)
        draw(w);
    if (wait_ms)
        *wait_ms = due_wait_ms(&w->due, now_ms);
    return true;
}

bool window_pump(struct window *w)
{
    return window_pump_at(w, UINT64_MAX, NULL);
}

void window_caption(struct window *w, const char *text)
{
    char line[512];

    if (!w->is_open)
        return;
    snprintf(line, sizeof line, "%s%s%s", w->title, text[0] ? " - " : "", text);
    SDL_SetWindowTitle(w->window, line);
}

void window_close(struct window *w)
{
    if (!w)
        return;
    hide(w);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    due_release(&w->due);
    free(w);
}

/* The smallest size below which `share` of the pictures stay. */
static int size_at(const struct window *w, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)w->shown + 0.5);
    uint64_t seen = w->skew[SKEW_MAX];
    int ms = 0;

    while (ms < SKEW_MAX && seen < wanted) {
        ms++;
        seen += (uint64_t)w->skew[SKEW_MAX + ms] + w->skew[SKEW_MAX - ms];
    }
    return ms;
}

void window_skew(const struct window *w, struct window_skew *out)
{
    *out = (struct window_skew){.shown = w->shown,
                                .dropped = w->due.dropped,
                                .worst_ms = w->worst_ms,
                                .median_ms = size_at(w, 0.5),
                                .p99_ms = size_at(w, 0.99)};
}

#else

enum iv_code window_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "windows were left out of this build (package libsdl2-dev)");
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

void window_show_at(struct window *w, const struct iv_picture *p, uint64_t at_ms)
{
    (void)w;
    (void)p;
    (void)at_ms;
}

bool window_pump(struct window *w)
{
    (void)w;
    return false;
}

bool window_pump_at(struct window *w, uint64_t now_ms, int *wait_ms)
{
    (void)w;
    (void)now_ms;
    (void)wait_ms;
    return false;
}

void window_caption(struct window *w, const char *text)
{
    (void)w;
    (void)text;
}

void window_close(struct window *w)
{
    (void)w;
}

void window_skew(const struct window *w, struct window_skew *out)
{
    (void)w;
    *out = (struct window_skew){0};
}
#endif

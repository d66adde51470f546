/* app.c - the loop of the full screen. */
#include "screen/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "screen/term.h"

#define IDLE_MS 1000

static const char *(*translate)(const char *text); /* of the run; a process has one screen */

const char *tr(const char *text)
{
    return translate ? translate(text) : text;
}

int64_t app_now_us(const struct app *a)
{
    return iv_mono_us(iv_ctx_clock(a->host->ctx));
}

enum scheme app_scheme(const struct app *a)
{
    static const char *const names[] = {"dark", "light", "contrast", "mono"};

    for (size_t i = 0; a->host->colour && i < IV_LEN(names); i++)
        if (!strcmp(names[i], a->host->config->screen_colors))
            return (enum scheme)i;
    return SCHEME_MONO;
}

void app_go(struct app *a, const struct screen_ops *to, const char *about)
{
    a->next = to;
    snprintf(a->next_about, sizeof a->next_about, "%s", about ? about : "");
}

void app_ask(struct app *a, const char *question, void (*on_yes)(struct app *a))
{
    a->question = question;
    a->on_yes = on_yes;
}

void app_message(struct app *a, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(a->message, sizeof a->message, fmt, ap);
    va_end(ap);
    a->message[iv_utf8_cut(a->message, strlen(a->message), sizeof a->message - 1)] = '\0';
}

/* -- screens -- */

void app_leave(struct app *a)
{
    if (a->ops && a->ops->close)
        a->ops->close(a, a->state);
    free(a->state);
    a->state = NULL;
    a->ops = NULL;
    a->wake_fd = -1;
}

enum iv_code app_open(struct app *a, const struct screen_ops *ops, const char *about,
                      struct iv_error *err)
{
    const struct screen_ops *from = a->ops;

    app_leave(a);
    a->ops = ops;
    a->helps = false;
    a->question = NULL;
    if (from && from != ops)
        a->back = from;
    a->state = iv_alloc(ops->state_size);
    if (!a->state) {
        a->ops = NULL;
        return iv_fail(err, IV_E_NOMEM, "screen: out of memory");
    }
    return ops->open(a, a->state, about, err);
}

/* A screen that cannot be opened leads to the first one, which says why. */
static enum iv_code follow(struct app *a, struct iv_error *err)
{
    const struct screen_ops *to = a->next;
    enum iv_code rc;

    if (!to)
        return IV_OK;
    a->next = NULL;
    a->is_dirty = true;
    rc = app_open(a, to, a->next_about[0] ? a->next_about : NULL, err);
    if (!rc || to == &screen_start || rc == IV_E_NOMEM)
        return rc;
    app_message(a, "%s", err->text);
    return app_open(a, &screen_start, NULL, err);
}

/* -- drawing -- */

void app_title(struct canvas *c, const char *title, const char *right)
{
    int width = glyph_width(right, strlen(right));

    if (width > c->w - 8)
        width = 0;
    canvas_fill(c, (struct box){0, 0, c->w, 1}, STYLE_BAR);
    canvas_put_cut(c, 1, 0, c->w - 2 - (width ? width + 2 : 0), title, STYLE_BAR_STRONG);
    canvas_put(c, c->w - width - 1, 0, width, right, STYLE_BAR);
}

static void draw_foot(const struct app *a, struct canvas *c)
{
    int x = 1, y = c->h - 1;

    canvas_fill(c, (struct box){0, y, c->w, 1}, STYLE_BAR);
    for (const struct key_help *k = a->ops->keys; k->what; k++) {
        const char *what = _(k->what);
        int width = glyph_width(k->key, strlen(k->key)) + 1 + glyph_width(what, strlen(what));

        if (!k->at_foot || x + width > c->w - 1)
            continue;
        x += canvas_put(c, x, y, c->w - x, k->key, STYLE_BAR_STRONG) + 1;
        x += canvas_put(c, x, y, c->w - x, what, STYLE_BAR) + 2;
    }
}

static struct box middle(const struct canvas *c, int w, int h)
{
    if (w > c->w)
        w = c->w;
    if (h > c->h)
        h = c->h;
    return (struct box){(c->w - w) / 2, (c->h - h) / 2, w, h};
}

static void draw_question(const struct app *a, struct canvas *c)
{
    const char *choice = _("y: yes   n: no");
    int width = glyph_width(a->question, strlen(a->question)) + 4, lines;
    struct box b;

    if (width < 24)
        width = 24;
    if (width > c->w)
        width = c->w;
    lines = canvas_lines(a->question, width - 4);
    b = canvas_frame(c, middle(c, width, lines + 3), "");
    lines = canvas_wrap(c, (struct box){b.x, b.y, b.w, b.h > 1 ? b.h - 1 : 1}, a->question,
                        STYLE_STRONG);
    if (lines >= b.h)
        lines = b.h - 1;
    canvas_put_cut(c, b.x, b.y + lines, b.w, choice, STYLE_FAINT);
    c->cursor_x = -1;
}

static void draw_help(struct app *a, struct canvas *c)
{
    int n = 0, row = 0, key_width = 4;
    struct box b;

    for (const struct key_help *k = a->ops->keys; k->what; k++, n++) {
        int width = glyph_width(k->key, strlen(k->key));

        if (width > key_width)
            key_width = width;
    }
    b = canvas_frame(c, middle(c, key_width + 50, n + 2), _("Keys"));
    if (key_width > b.w / 2)
        key_width = b.w / 3;
    a->help.n = n;
    a->help.h = b.h;
    for (const struct key_help *k = a->ops->keys; k->what; k++, row++) {
        if (row < a->help.top || row >= a->help.top + b.h)
            continue;
        canvas_put_cut(c, b.x, b.y + row - a->help.top, key_width, k->key, STYLE_STRONG);
        canvas_put_cut(c, b.x + key_width + 2, b.y + row - a->help.top, b.w - key_width - 2,
                       _(k->what), STYLE_TEXT);
    }
    list_mark(&a->help, c, (struct box){b.x, b.y, b.w + 1, b.h});
    c->cursor_x = -1;
}

void app_draw(struct app *a, struct canvas *c)
{
    int foot = c->h >= 4;

    canvas_clear(c);
    a->ops->draw(a, a->state, c, (struct box){0, 1, c->w, c->h - 1 - foot});
    if (foot)
        draw_foot(a, c);
    if (a->helps)
        draw_help(a, c);
    if (a->question)
        draw_question(a, c);
}

/* -- keys -- */

static void press_question(struct app *a, const struct press *p)
{
    if (p->kind == PRESS_ENTER || (p->kind == PRESS_TEXT && (p->cp == 'y' || p->cp == 'Y'))) {
        a->question = NULL;
        a->on_yes(a);
    } else if (p->kind == PRESS_ESCAPE || p->kind == PRESS_TEXT) {
        a->question = NULL;
    }
}

void app_press(struct app *a, const struct press *p)
{
    a->is_dirty = true;
    if (p->kind == PRESS_CTRL && p->cp == 'L' && a->term)
        term_redraw(a->term);
    else if (a->question)
        press_question(a, p);
    else if (a->helps && !scroll_press(&a->help, p))
        a->helps = false;
    else if (a->helps)
        return;
    else if (p->kind == PRESS_F && p->cp == 1) {
        a->helps = true;
        a->help.top = 0;
    } else
        a->ops->press(a, a->state, p);
}

/* -- the loop -- */

static enum iv_code resize(struct app *a, struct iv_error *err)
{
    int w, h;

    term_size(a->term, &w, &h);
    a->is_dirty = true;
    return canvas_resize(&a->canvas, w, h, err);
}

static void stop_for_a_while(struct app *a)
{
    if (a->ops->save)
        a->ops->save(a, a->state);
    term_stop(a->term);
    a->is_dirty = true;
}

static enum iv_code take_signals(struct app *a, struct iv_error *err)
{
    if (term_hung_up(a->term) || *a->host->interrupted) {
        if (a->ops->save)
            a->ops->save(a, a->state);
        return iv_fail(err, IV_E_CANCELLED, "%s", "");
    }
    if (term_wants_stop(a->term))
        stop_for_a_while(a);
    return term_resized(a->term) ? resize(a, err) : IV_OK;
}

static enum iv_code take_keys(struct app *a, struct iv_error *err)
{
    struct press p;
    enum iv_code rc = IV_OK;

    while (!rc && !a->quit && (p = term_press(a->term)).kind != PRESS_NONE) {
        app_press(a, &p);
        rc = follow(a, err);
    }
    return rc;
}

/* -- pictures -- */

static bool find_picture(struct app *a, struct picture *p)
{
    return a->ops->picture && !a->helps && !a->question && a->ops->picture(a, a->state, p);
}

static bool is_same_box(struct box a, struct box b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

/* What it covers is empty to the canvas: where it goes away, everything is drawn anew. */
static void wipe_picture(struct app *a)
{
    if (!a->pictured.box.w)
        return;
    term_put(a->term, a->pictured.wipe, strlen(a->pictured.wipe));
    term_redraw(a->term);
    a->pictured = (struct picture){0};
}

static void show(struct app *a)
{
    struct picture p;
    bool has_picture;

    if (!a->is_dirty && !(a->picture_moved && a->pictured.box.w))
        return;
    if (a->is_dirty)
        app_draw(a, &a->canvas);
    has_picture = find_picture(a, &p);
    if (!has_picture || !is_same_box(p.box, a->pictured.box))
        wipe_picture(a);
    if (a->is_dirty)
        term_show(a->term, &a->canvas);
    if (has_picture) {
        term_put(a->term, p.bytes, p.len);
        a->pictured = p;
    }
    a->is_dirty = a->picture_moved = false;
}

static enum iv_code run(struct app *a, struct iv_error *err)
{
    enum iv_code rc = resize(a, err);

    if (!rc)
        rc = follow(a, err);
    while (!rc && !a->quit) {
        int wait = a->ops->tick ? a->ops->tick(a, a->state) : IDLE_MS;

        rc = follow(a, err);
        if (!rc)
            show(a);
        if (!rc && !a->quit)
            term_wait(a->term, a->wake_fd, wait);
        if (!rc)
            rc = take_signals(a, err);
        if (!rc)
            rc = take_keys(a, err);
    }
    return rc;
}

enum iv_code tui_check(struct iv_error *err)
{
    return term_check(err);
}

static void log_path(char out[4096])
{
    char *dir = NULL;

    out[0] = '\0';
    if (!iv_config_dir(IV_DIR_STATE, true, &dir, NULL))
        snprintf(out, 4096, "%s/screen.log", dir);
    free(dir);
}

/* Which screen comes first; a session is made where nobody wants to choose. */
static enum iv_code choose_first(struct app *a, struct iv_error *err)
{
    const struct tui_host *h = a->host;
    char id[IV_ID_BYTES];
    enum iv_code rc = IV_OK;

    if (h->session_id) {
        app_go(a, &screen_interview, h->session_id);
    } else if (h->at_once) {
        rc = h->create(h->arg, &h->spec, id, err);
        if (!rc)
            app_go(a, &screen_interview, id);
    } else {
        app_go(a, &screen_start, NULL);
    }
    return rc;
}

enum iv_code tui_run(const struct tui_host *host, char last[IV_ID_BYTES], struct iv_error *err)
{
    struct app a = {.host = host, .wake_fd = -1};
    char log[4096];
    enum iv_code rc;

    translate = host->translate;
    snprintf(a.speaker, sizeof a.speaker, "%s", host->config->audio_speaker);
    snprintf(a.mic, sizeof a.mic, "%s", host->config->audio_mic);
    a.pushes = !strcmp(host->config->audio_talk, "push");
    a.face = !strcmp(host->config->avatar_show, "window") ? FACE_WINDOW
             : !strcmp(host->config->avatar_show, "term") ? FACE_TERM
                                                          : FACE_NONE;
    log_path(log);
    rc = choose_first(&a, err);
    if (!rc)
        rc = term_open(app_scheme(&a), log[0] ? log : NULL, &a.term, err);
    if (!rc)
        rc = run(&a, err);
    app_leave(&a);
    if (a.term)
        wipe_picture(&a);
    term_close(a.term);
    canvas_release(&a.canvas);
    memcpy(last, a.last, sizeof a.last);
    return rc;
}

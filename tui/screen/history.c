/* history.c - every interview there was: its report, or going on with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/operations.h"
#include "screen/past.h"

struct history {
    struct past *rows;
    struct list list;
    char message[MESSAGE_BYTES];
};

static enum iv_code load(struct app *a, struct history *s, struct iv_error *err)
{
    free(s->rows);
    s->rows = NULL;
    return past_load(a, PAST_MAX, &s->rows, &s->list.n, err);
}

static enum iv_code open_screen(struct app *a, void *st, const char *about, struct iv_error *err)
{
    (void)about;
    return load(a, st, err);
}

static void close_screen(struct app *a, void *st)
{
    (void)a;
    free(((struct history *)st)->rows);
}

static void draw(struct app *a, void *st, struct canvas *c, struct box body)
{
    struct history *s = st;
    char right[64];

    (void)a;
    snprintf(right, sizeof right, "%d", s->list.n);
    app_title(c, _("History"), right);
    if (!s->list.n)
        canvas_put_cut(c, 1, body.y, body.w - 2, _("none yet"), STYLE_FAINT);
    body.h -= s->message[0] != '\0';
    list_show(&s->list, body.h);
    for (int y = 0; y < body.h && s->list.top + y < s->list.n; y++)
        past_draw(&s->rows[s->list.top + y], c, 1, body.y + y, body.w - 2,
                  s->list.top + y == s->list.at);
    list_mark(&s->list, c, body);
    if (s->message[0])
        canvas_put_cut(c, 1, body.y + body.h, body.w - 2, s->message, STYLE_BAD);
}

static void delete_chosen(struct app *a)
{
    struct history *s = a->state;
    struct iv_error err;
    iv_json *gone = NULL;

    s->message[0] = '\0';
    if (s->list.at < s->list.n &&
        iv_op_delete(a->host->ctx, a->host->store, s->rows[s->list.at].s.id, &gone, &err))
        snprintf(s->message, sizeof s->message, "%s", err.text);
    iv_json_free(gone);
    if (load(a, s, &err))
        snprintf(s->message, sizeof s->message, "%s", err.text);
}

static void open_chosen(struct app *a, struct history *s)
{
    const struct past *p = s->list.at < s->list.n ? &s->rows[s->list.at] : NULL;

    if (p && iv_session_is_over(&p->s) && p->s.started_ms)
        app_go(a, &screen_report, p->s.id);
    else if (p && !iv_session_is_over(&p->s))
        app_go(a, &screen_interview, p->s.id);
    else
        snprintf(s->message, sizeof s->message, "%s", _("this one was never begun"));
}

static void press(struct app *a, void *st, const struct press *p)
{
    struct history *s = st;

    s->message[0] = '\0';
    if (p->kind == PRESS_ENTER)
        open_chosen(a, s);
    else if (p->kind == PRESS_ESCAPE)
        app_go(a, &screen_start, NULL);
    else if (p->kind == PRESS_TEXT && p->cp == 'q')
        a->quit = true;
    else if (p->kind == PRESS_TEXT && p->cp == '?')
        a->helps = true;
    else if ((p->kind == PRESS_DELETE || (p->kind == PRESS_TEXT && p->cp == 'd')) && s->list.n)
        app_ask(a, _("Delete this interview with all that belongs to it?"), delete_chosen);
    else
        list_press(&s->list, p);
}

static const struct key_help keys[] = {
    {"Enter", N_("Report, or go on"), true},
    {"↑ ↓", N_("Choose"), true},
    {"d", N_("Delete"), true},
    {"Esc", N_("Back"), true},
    {"F1", N_("Help"), true},
    {"q", N_("Quit"), true},
    {NULL, NULL, false},
};

const struct screen_ops screen_history = {
    .title = N_("History"),
    .state_size = sizeof(struct history),
    .keys = keys,
    .open = open_screen,
    .close = close_screen,
    .draw = draw,
    .press = press,
};

/* settings.c - every setting of settings.def: value, origin, help; changed values go into the user's file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/app.h"

#define VALUE_BYTES 4096

struct settings {
    struct list list;
    struct field field;
    bool edits;
    char message[MESSAGE_BYTES];
    bool failed;
};

static enum iv_code open_screen(struct app *a, void *st, const char *about, struct iv_error *err)
{
    struct settings *s = st;

    (void)a;
    (void)about;
    (void)err;
    s->list.n = (int)iv_setting_count();
    field_init(&s->field, VALUE_BYTES);
    return IV_OK;
}

static void close_screen(struct app *a, void *st)
{
    (void)a;
    field_release(&((struct settings *)st)->field);
}

static const struct iv_setting *chosen(const struct settings *s)
{
    return iv_setting_at((size_t)s->list.at);
}

/* -- drawing -- */

static void value_text(const struct app *a, const struct iv_setting *set, char *out, size_t size)
{
    struct iv_buf text = IV_BUF_INIT(VALUE_BYTES);

    out[0] = '\0';
    if (!iv_config_text(a->host->config, set, &text, NULL))
        snprintf(out, size, "%s%s%s", iv_buf_str(&text), set->unit && text.len ? " " : "",
                 set->unit && text.len ? set->unit : "");
    iv_buf_release(&text);
}

static void draw_row(const struct app *a, const struct iv_setting *set, struct canvas *c,
                     struct box b, bool selected)
{
    enum style style = selected ? STYLE_SELECTED : STYLE_TEXT;
    enum iv_origin origin = iv_config_origin(a->host->config, set, NULL);
    int key = b.w < 60 ? b.w / 2 : 28;
    char value[256];

    canvas_fill(c, b, style);
    canvas_put_cut(c, b.x, b.y, key - 1, set->key, style);
    value_text(a, set, value, sizeof value);
    canvas_put_cut(c, b.x + key, b.y, b.w - key - (b.w >= 60 ? 14 : 0), value[0] ? value : "–",
                   selected                    ? style
                   : origin == IV_FROM_DEFAULT ? STYLE_FAINT
                                               : STYLE_GOOD);
    if (b.w >= 60)
        canvas_put_cut(c, b.x + b.w - 13, b.y, 13,
                       origin == IV_FROM_DEFAULT ? "" : iv_origin_name(origin),
                       selected ? style : STYLE_FAINT);
}

/* What may be said, under what it is. */
static void draw_help(const struct settings *s, struct canvas *c, struct box b)
{
    const struct iv_setting *set = chosen(s);
    char range[96] = "";
    int y = canvas_wrap(c, b, _(set->help), STYLE_TEXT);

    if (set->kind == IV_SET_INT || set->kind == IV_SET_REAL)
        snprintf(range, sizeof range, "%g – %g %s", set->min, set->max, set->unit ? set->unit : "");
    else if (set->choices)
        snprintf(range, sizeof range, "%s", set->choices);
    if (y < b.h)
        canvas_put_cut(c, b.x, b.y + y, b.w, range, STYLE_FAINT);
    if (s->message[0])
        canvas_put_cut(c, b.x, b.y + b.h - 1, b.w, s->message, s->failed ? STYLE_BAD : STYLE_GOOD);
}

static void draw(struct app *a, void *st, struct canvas *c, struct box body)
{
    struct settings *s = st;
    int help = body.h >= 10 ? 4 : body.h >= 5 ? 1 : 0;
    struct box rows = {1, body.y, body.w - 2, body.h - help - (help > 1)};

    app_title(c, _("Settings"), chosen(s)->key);
    list_show(&s->list, rows.h);
    for (int y = 0; y < rows.h && s->list.top + y < s->list.n; y++)
        draw_row(a, iv_setting_at((size_t)(s->list.top + y)), c,
                 (struct box){rows.x, rows.y + y, rows.w, 1}, s->list.top + y == s->list.at);
    list_mark(&s->list, c, (struct box){0, rows.y, body.w, rows.h});
    if (s->edits) {
        int y = rows.y + s->list.at - s->list.top, key = rows.w < 60 ? rows.w / 2 : 28;

        field_draw(&s->field, c, (struct box){rows.x + key, y, rows.w - key, 1}, STYLE_STRONG);
    }
    if (help > 1)
        for (int x = 0; x < c->w; x++)
            canvas_put(c, x, rows.y + rows.h, 1, "─", STYLE_FAINT);
    draw_help(s, c, (struct box){1, body.y + body.h - help, body.w - 2, help});
}

/* -- changing -- */

static void keep(struct app *a, struct settings *s, const char *value)
{
    struct iv_error err;

    s->failed = a->host->set(a->host->arg, chosen(s)->key, value, &err);
    snprintf(s->message, sizeof s->message, "%s", s->failed ? err.text : _("kept"));
    if (a->term)
        term_scheme(a->term, app_scheme(a));
}

/* The next of a list of words. */
static void step_choice(struct app *a, struct settings *s, int by)
{
    const struct iv_setting *set = chosen(s);
    const char *words = set->kind == IV_SET_BOOL ? "true false" : set->choices;
    struct iv_buf now = IV_BUF_INIT(VALUE_BYTES);
    const char *starts[64];
    char value[64];
    int n = 0, at = 0;

    iv_config_text(a->host->config, set, &now, NULL);
    for (const char *p = words; n < (int)IV_LEN(starts); p += strcspn(p, " ") + 1) {
        size_t len = strcspn(p, " ");

        if (len == now.len && !strncmp(p, iv_buf_str(&now), len))
            at = n;
        starts[n++] = p;
        if (!p[len])
            break;
    }
    at = (at + by + n) % n;
    snprintf(value, sizeof value, "%.*s", (int)strcspn(starts[at], " "), starts[at]);
    iv_buf_release(&now);
    keep(a, s, value);
}

static bool has_choices(const struct iv_setting *set)
{
    return set->kind == IV_SET_BOOL || set->kind == IV_SET_CHOICE;
}

static void begin_edit(struct app *a, struct settings *s)
{
    const struct iv_setting *set = chosen(s);
    struct iv_buf now = IV_BUF_INIT(VALUE_BYTES);

    s->message[0] = '\0';
    if (has_choices(set)) {
        step_choice(a, s, 1);
        return;
    }
    s->field.secret = set->kind == IV_SET_SECRET;
    if (!s->field.secret)
        iv_config_text(a->host->config, set, &now, NULL);
    field_set(&s->field, iv_buf_str(&now));
    iv_buf_release(&now);
    s->edits = true;
}

static void press_edit(struct app *a, struct settings *s, const struct press *p)
{
    if (p->kind == PRESS_ENTER) {
        s->edits = false;
        keep(a, s, iv_buf_str(&s->field.text));
        field_clear(&s->field);
    } else if (p->kind == PRESS_ESCAPE) {
        s->edits = false;
        field_clear(&s->field);
    } else if (p->kind != PRESS_NEWLINE) {
        field_press(&s->field, p);
    }
}

static void press(struct app *a, void *st, const struct press *p)
{
    struct settings *s = st;

    if (s->edits)
        press_edit(a, s, p);
    else if (p->kind == PRESS_ENTER)
        begin_edit(a, s);
    else if ((p->kind == PRESS_LEFT || p->kind == PRESS_RIGHT) && has_choices(chosen(s)))
        step_choice(a, s, p->kind == PRESS_LEFT ? -1 : 1);
    else if (p->kind == PRESS_ESCAPE)
        app_go(a, &screen_start, NULL);
    else if (p->kind == PRESS_TEXT && p->cp == 'q')
        a->quit = true;
    else if (p->kind == PRESS_TEXT && p->cp == '?')
        a->helps = true;
    else if (list_press(&s->list, p))
        s->message[0] = '\0';
}

static const struct key_help keys[] = {
    {"Enter", N_("Change"), true}, {"← →", N_("Next value"), true}, {"↑ ↓", N_("Choose"), true},
    {"Esc", N_("Back"), true},     {"F1", N_("Help"), true},        {"q", N_("Quit"), true},
    {NULL, NULL, false},
};

const struct screen_ops screen_settings = {
    .title = N_("Settings"),
    .state_size = sizeof(struct settings),
    .keys = keys,
    .open = open_screen,
    .close = close_screen,
    .draw = draw,
    .press = press,
};

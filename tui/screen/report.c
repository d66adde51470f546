/* report.c - the scorecard, how it was said, the transcript, progress; and a file of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/operations.h"
#include "iv/score.h"
#include "screen/ansi.h"
#include "screen/past.h"
#include "screen/plots.h"

#define TEXT_MAX_BYTES (16u << 20)
#define PROGRESS_MAX 40

enum page { PAGE_REPORT, PAGE_DELIVERY, PAGE_TRANSCRIPT, PAGE_PROGRESS, PAGE_COUNT };

struct report {
    char id[IV_ID_BYTES];
    iv_json *report;
    enum page page;
    struct list scroll[PAGE_COUNT];
    struct iv_buf text, transcript, progress;
    int width; /* that text is made for */
    struct field path;
    bool exports;
    char message[MESSAGE_BYTES];
    bool failed;
};

/* -- open and close -- */

/* The user's reports until this one, oldest first. */
static enum iv_code make_progress(const struct app *a, struct report *s, struct iv_error *err)
{
    iv_json *reports[PROGRESS_MAX] = {NULL};
    struct past *rows = NULL;
    size_t n = 0;
    int count = 0;
    enum iv_code rc = past_load(a, PROGRESS_MAX, &rows, &count, err);

    for (int i = count - 1; !rc && i >= 0; i--)
        if (rows[i].score >= 0 &&
            !iv_op_report(a->host->ctx, a->host->store, rows[i].s.id, NULL, &reports[n], NULL))
            n++;
    if (!rc && n)
        rc = iv_report_progress((const iv_json *const *)reports, n, &s->progress, err);
    for (size_t i = 0; i < n; i++)
        iv_json_free(reports[i]);
    free(rows);
    return rc;
}

static enum iv_code open_screen(struct app *a, void *st, const char *about, struct iv_error *err)
{
    struct report *s = st;
    enum iv_code rc;

    s->text = s->transcript = s->progress = (struct iv_buf)IV_BUF_INIT(TEXT_MAX_BYTES);
    field_init(&s->path, 4096);
    snprintf(s->id, sizeof s->id, "%s", about);
    snprintf(s->message, sizeof s->message, "%s", a->message);
    s->failed = a->message[0];
    a->message[0] = '\0';
    rc = iv_op_report(a->host->ctx, a->host->store, about, NULL, &s->report, err);
    if (!rc)
        rc = iv_op_transcript_as(a->host->ctx, a->host->store, about, "text", &s->transcript, err);
    return rc;
}

static void close_screen(struct app *a, void *st)
{
    struct report *s = st;

    (void)a;
    iv_json_free(s->report);
    iv_buf_release(&s->text);
    iv_buf_release(&s->transcript);
    iv_buf_release(&s->progress);
    field_release(&s->path);
}

/* -- drawing -- */

static const char *page_name(enum page p)
{
    static const char *const names[] = {N_("Scores"), N_("Delivery"), N_("Transcript"),
                                        N_("Progress")};
    return _(names[p]);
}

static void draw_tabs(const struct report *s, struct canvas *c, int y)
{
    int x = 1;

    for (enum page p = PAGE_REPORT; p < PAGE_COUNT; p++) {
        bool here = p == s->page;

        if (c->w < 44 && !here)
            continue;
        x += canvas_put(c, x, y, c->w - x, page_name(p), here ? STYLE_STRONG : STYLE_FAINT) + 3;
    }
    if (s->message[0] && x < c->w - 8)
        canvas_put_cut(c, x, y, c->w - x - 1, s->message, s->failed ? STYLE_BAD : STYLE_GOOD);
}

static void draw_text(const char *text, struct list *l, struct canvas *c, struct box b)
{
    l->n = ansi_lines(text);
    l->h = b.h;
    if (l->top > l->n - b.h)
        l->top = l->n > b.h ? l->n - b.h : 0;
    ansi_draw(c, (struct box){b.x, b.y, b.w - 1, b.h}, text, l->top);
    list_mark(l, c, b);
}

static void draw_wrapped(const char *text, struct list *l, struct canvas *c, struct box b)
{
    size_t next, len;
    int line = 0;

    for (; *text; text += next, line++) {
        len = glyph_wrap(text, b.w - 1, &next);
        if (line >= l->top && line < l->top + b.h)
            canvas_put_n(c, b.x, b.y + line - l->top, b.w - 1, text, len, STYLE_TEXT);
    }
    l->n = line;
    l->h = b.h;
    list_mark(l, c, b);
}

/* The report is laid out for one width. */
static void lay(struct report *s, int width)
{
    if (s->width == width)
        return;
    iv_buf_clear(&s->text);
    iv_report_render(s->report, IV_REPORT_TEXT, width < 30 ? 30 : width, true, &s->text, NULL);
    s->width = width;
}

static void draw_page(struct app *a, struct report *s, struct canvas *c, struct box b)
{
    struct iv_error err;

    switch (s->page) {
    case PAGE_REPORT:
        lay(s, b.w - 2);
        draw_text(iv_buf_str(&s->text), &s->scroll[s->page], c, b);
        break;
    case PAGE_DELIVERY:
        plots_delivery(s->report, &s->scroll[s->page], c, b);
        break;
    case PAGE_TRANSCRIPT:
        draw_wrapped(iv_buf_str(&s->transcript), &s->scroll[s->page], c, b);
        break;
    default:
        if (!s->progress.len && make_progress(a, s, &err))
            snprintf(s->message, sizeof s->message, "%s", err.text);
        draw_text(s->progress.len ? iv_buf_str(&s->progress) : _("No scores yet."),
                  &s->scroll[s->page], c, b);
    }
}

static void draw_export(struct report *s, struct canvas *c, struct box body)
{
    int w = body.w < 70 ? body.w : 70;
    struct box b = canvas_frame(c, (struct box){(body.w - w) / 2, body.y, w, 4},
                                _("Write the report to a file"));

    field_draw(&s->path, c, (struct box){b.x, b.y, b.w, 1}, STYLE_STRONG);
    canvas_put_cut(c, b.x, b.y + 1, b.w, _("ending .html .md .txt or .json; Esc: no"), STYLE_FAINT);
}

static void draw(struct app *a, void *st, struct canvas *c, struct box body)
{
    struct report *s = st;
    const iv_json *score = iv_json_get(iv_report_feedback(s->report), "overall_score");
    char right[64] = "";

    if (iv_json_type(score) == IV_JSON_NUMBER)
        snprintf(right, sizeof right, _("overall %.1f of 10"), iv_json_number(score, 0));
    app_title(c, _("Report"), right);
    if (body.h >= 4) {
        draw_tabs(s, c, body.y);
        body.y += 2;
        body.h -= 2;
    }
    draw_page(a, s, c, (struct box){1, body.y, body.w - 1, body.h});
    if (s->exports)
        draw_export(s, c, body);
}

/* -- export -- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && !strcmp(text + n - m, end);
}

static enum iv_code write_report(struct report *s, const char *path, struct iv_error *err)
{
    struct iv_buf out = IV_BUF_INIT(64u << 20);
    enum iv_code rc;

    if (ends_with(path, ".json"))
        rc = iv_json_print(s->report, IV_JSON_PRETTY, &out, err);
    else
        rc = iv_report_render(s->report,
                              ends_with(path, ".html") ? IV_REPORT_HTML
                              : ends_with(path, ".md") ? IV_REPORT_MD
                                                       : IV_REPORT_TEXT,
                              80, false, &out, err);
    if (!rc)
        rc = iv_buf_write_file(&out, path, 0600, err);
    iv_buf_release(&out);
    return rc;
}

static void press_export(struct report *s, const struct press *p)
{
    struct iv_error err;

    if (p->kind == PRESS_ESCAPE) {
        s->exports = false;
    } else if (p->kind == PRESS_ENTER && !field_is_empty(&s->path)) {
        s->exports = false;
        s->failed = write_report(s, iv_buf_str(&s->path.text), &err);
        if (s->failed)
            snprintf(s->message, sizeof s->message, "%s", err.text);
        else
            snprintf(s->message, sizeof s->message, _("written: %s"), iv_buf_str(&s->path.text));
    } else {
        field_press(&s->path, p);
    }
}

static void begin_export(struct report *s)
{
    char path[IV_ID_BYTES + 8];

    snprintf(path, sizeof path, "%s.html", s->id);
    field_set(&s->path, path);
    s->exports = true;
}

/* -- keys -- */

static void turn_page(struct report *s, int by)
{
    s->page = (enum page)(((int)s->page + by + PAGE_COUNT) % PAGE_COUNT);
}

static void press(struct app *a, void *st, const struct press *p)
{
    struct report *s = st;

    if (s->exports)
        press_export(s, p);
    else if (p->kind == PRESS_TAB || p->kind == PRESS_RIGHT)
        turn_page(s, 1);
    else if (p->kind == PRESS_BACKTAB || p->kind == PRESS_LEFT)
        turn_page(s, -1);
    else if (p->kind == PRESS_TEXT && p->cp == 'e')
        begin_export(s);
    else if (p->kind == PRESS_TEXT && p->cp == 'q')
        a->quit = true;
    else if (p->kind == PRESS_TEXT && p->cp == '?')
        a->helps = true;
    else if (p->kind == PRESS_ESCAPE)
        app_go(a, a->back == &screen_history ? &screen_history : &screen_start, NULL);
    else if (p->kind == PRESS_TEXT && p->cp == ' ')
        scroll_press(&s->scroll[s->page], &(struct press){PRESS_PAGE_DOWN, 0});
    else
        scroll_press(&s->scroll[s->page], p);
}

static const struct key_help keys[] = {
    {"Tab", N_("Next page"), true},
    {"↑ ↓ PgUp PgDn", N_("Read"), true},
    {"e", N_("Export"), true},
    {"Esc", N_("Back"), true},
    {"q", N_("Quit"), true},
    {"F1", N_("Help"), true},
    {NULL, NULL, false},
};

const struct screen_ops screen_report = {
    .title = N_("Report"),
    .state_size = sizeof(struct report),
    .keys = keys,
    .open = open_screen,
    .close = close_screen,
    .draw = draw,
    .press = press,
};

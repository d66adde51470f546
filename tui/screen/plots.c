/* plots.c - see plots.h.
 *
 * The timeline gives each side a row and each cell of it a stretch of the interview; a cell is filled by the share of its stretch in
 * which that side spoke. A measure's baseline is drawn on a scale that ends at the larger of mean plus three deviations and the value.
 */
#include "screen/plots.h"

#include <stdio.h>
#include <string.h>

#include "screen/tr.h"

struct pen {
    struct canvas *c;
    struct box b;
    struct list *l;
    int line; /* of all, shown or not */
};

static int row_of(const struct pen *p)
{
    int y = p->line - p->l->top;

    return y >= 0 && y < p->b.h ? p->b.y + y : -1;
}

static void heading(struct pen *p, const char *text)
{
    p->line += p->line > 0;
    canvas_put_cut(p->c, p->b.x, row_of(p), p->b.w - 1, text, STYLE_STRONG);
    p->line++;
}

static bool is_candidate(const iv_json *turn)
{
    return !strcmp(iv_json_get_str(turn, "speaker", ""), "candidate");
}

static int64_t start_of(const iv_json *turn)
{
    return iv_json_get_int(turn, "start_ms", 0);
}

static int64_t end_of(const iv_json *turn)
{
    return iv_json_get_int(turn, "end_ms", 0);
}

/* The part of [from, to) in which that side speaks. */
static double share_of(const iv_json *turns, bool candidate, int64_t from, int64_t to)
{
    int64_t sum = 0;

    for (const iv_json *t = iv_json_first(turns); t; t = iv_json_next(t)) {
        int64_t a = start_of(t) > from ? start_of(t) : from, b = end_of(t) < to ? end_of(t) : to;

        if (is_candidate(t) == candidate && b > a)
            sum += b - a;
    }
    return to > from ? (double)sum / (double)(to - from) : 0;
}

static void draw_side(struct pen *p, const iv_json *turns, bool candidate, int64_t end_ms,
                      int label)
{
    static const char *const heights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    int cells = p->b.w - label - 1;

    canvas_put_cut(p->c, p->b.x + 1, row_of(p), label - 2, candidate ? _("You") : _("Interviewer"),
                   STYLE_FAINT);
    for (int i = 0; i < cells; i++) {
        double share = share_of(turns, candidate, end_ms * i / cells, end_ms * (i + 1) / cells);
        int height = (int)(share * 8 + 0.99);

        canvas_put(p->c, p->b.x + label + i, row_of(p), 1, heights[height > 8 ? 8 : height],
                   candidate ? STYLE_GOOD : STYLE_MIDDLE);
    }
    p->line++;
}

static int64_t last_ms(const iv_json *turns)
{
    int64_t last = 0;

    for (const iv_json *t = iv_json_first(turns); t; t = iv_json_next(t))
        if (end_of(t) > last)
            last = end_of(t);
    return last;
}

static bool has_sound(const iv_json *turns, int64_t end_ms)
{
    return share_of(turns, false, 0, end_ms) + share_of(turns, true, 0, end_ms) > 0.001;
}

static void timeline(struct pen *p, const iv_json *turns, int label)
{
    int64_t end = last_ms(turns);
    char text[32];

    heading(p, _("Who spoke when"));
    if (!has_sound(turns, end)) {
        canvas_put_cut(p->c, p->b.x + 1, row_of(p), p->b.w - 2,
                       _("Nothing was spoken aloud: typed words take no time."), STYLE_FAINT);
        p->line++;
        return;
    }
    draw_side(p, turns, false, end, label);
    draw_side(p, turns, true, end, label);
    snprintf(text, sizeof text, "%02d:%02d", (int)(end / 60000), (int)(end / 1000 % 60));
    canvas_put(p->c, p->b.x + label, row_of(p), 5, "00:00", STYLE_FAINT);
    canvas_put(p->c, p->b.x + p->b.w - 1 - (int)strlen(text), row_of(p), 8, text, STYLE_FAINT);
    p->line++;
}

/* -- answers by question -- */

static void answers(struct pen *p, const iv_json *questions, const char *unit, int label)
{
    double most = 1;
    int n = 0, bar = p->b.w - label - 22;
    char text[64];

    heading(p, _("How long the answers were"));
    for (const iv_json *q = iv_json_first(questions); q; q = iv_json_next(q)) {
        double units = iv_json_get_num(q, "units", 0),
               wanted = iv_json_get_num(q, "suggested_units", 0);

        most = units > most ? units : most;
        most = wanted > most ? wanted : most;
    }
    for (const iv_json *q = iv_json_first(questions); q; q = iv_json_next(q), p->line++) {
        double units = iv_json_get_num(q, "units", 0),
               wanted = iv_json_get_num(q, "suggested_units", 0);
        bool is_near = wanted <= 0 || (units > wanted / 2 && units < wanted * 2);

        snprintf(text, sizeof text, _("question %d"), ++n);
        canvas_put_cut(p->c, p->b.x + 1, row_of(p), label - 2, text, STYLE_FAINT);
        if (bar > 4)
            canvas_meter(p->c, p->b.x + label, row_of(p), bar, units / most,
                         is_near ? STYLE_GOOD : STYLE_BAD);
        if (bar > 4 && wanted > 0)
            canvas_put(p->c, p->b.x + label + (int)(wanted / most * (bar - 1)), row_of(p), 1, "┃",
                       STYLE_STRONG);
        snprintf(text, sizeof text, "%.0f / %.0f", units, wanted);
        canvas_put_cut(p->c, p->b.x + label + (bar > 4 ? bar + 2 : 0), row_of(p), 19, text,
                       STYLE_TEXT);
    }
    snprintf(text, sizeof text, "┃ %s (%s)", _("suggested"), unit);
    canvas_put_cut(p->c, p->b.x + label, row_of(p), p->b.w - label - 1, text, STYLE_FAINT);
    p->line++;
}

/* -- measures -- */

static const char *name_of(const char *measure)
{
    static const char *const names[][2] = {
        {"words_per_s", N_("words a second")},
        {"syllables_per_s", N_("syllables a second")},
        {"morae_per_s", N_("morae a second")},
        {"pauses_per_min", N_("pauses a minute")},
        {"pause_total_ms", N_("pauses, in all")},
        {"pause_longest_ms", N_("longest pause")},
        {"mean_run_words", N_("words between pauses")},
        {"fillers_per_100", N_("fillers in 100 words")},
        {"answer_units", N_("length of an answer")},
        {"answer_ms", N_("time of an answer")},
        {"first_word_ms", N_("until the first word")},
        {"talk_share", N_("share of the talking")},
    };

    for (size_t i = 0; i < IV_LEN(names); i++)
        if (!strcmp(names[i][0], measure))
            return _(names[i][1]);
    return measure;
}

static const iv_json *baseline_of(const iv_json *delivery, const char *name)
{
    const iv_json *list = iv_json_get(iv_json_get(delivery, "baseline"), "measures");

    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "name", ""), name))
            return j;
    return NULL;
}

/* The band of what is usual for this speaker, and where this interview lies. */
static void draw_band(struct pen *p, double value, double mean, double sd, int x, int w)
{
    double end = mean + 3 * sd > value ? mean + 3 * sd : value * 1.05;

    for (int i = 0; i < w && end > 0; i++) {
        double here = end * (i + 0.5) / w;
        bool usual = here >= mean - sd && here <= mean + sd;

        canvas_put(p->c, x + i, row_of(p), 1, usual ? "▒" : "·",
                   usual ? STYLE_MIDDLE : STYLE_FAINT);
    }
    if (end > 0)
        canvas_put(p->c, x + (int)(value / end * (w - 1)), row_of(p), 1, "◆", STYLE_STRONG);
}

static void measures(struct pen *p, const iv_json *delivery)
{
    int label = p->b.w < 60 ? p->b.w / 2 : 28, x = p->b.x + label + 12;
    char text[48];

    heading(p, _("Measures: the band is usual for you, the mark is this interview"));
    for (const iv_json *m = iv_json_first(iv_json_get(delivery, "measures")); m;
         m = iv_json_next(m)) {
        const iv_json *base = baseline_of(delivery, iv_json_key(m));
        double value = iv_json_number(m, 0);
        bool is_ms = strstr(iv_json_key(m), "_ms") != NULL;

        if (iv_json_type(m) != IV_JSON_NUMBER)
            continue;
        canvas_put_cut(p->c, p->b.x + 1, row_of(p), label - 2, name_of(iv_json_key(m)), STYLE_TEXT);
        snprintf(text, sizeof text, is_ms ? "%8.1f s" : "%8.2f", is_ms ? value / 1000 : value);
        canvas_put(p->c, p->b.x + label, row_of(p), 11, text, STYLE_TEXT);
        if (base && p->b.x + p->b.w - x - 1 > 8)
            draw_band(p, value, iv_json_get_num(base, "mean", 0), iv_json_get_num(base, "sd", 0), x,
                      p->b.x + p->b.w - x - 1);
        p->line++;
    }
    if (!iv_json_get(iv_json_get(delivery, "baseline"), "measures"))
        canvas_put_cut(p->c, p->b.x + 1, row_of(p), p->b.w - 2,
                       _("Your own baseline is shown after a few interviews."), STYLE_FAINT);
    p->line++;
}

void plots_delivery(const iv_json *report, struct list *l, struct canvas *c, struct box b)
{
    const iv_json *delivery = iv_json_get(report, "delivery");
    struct pen p = {.c = c, .b = b, .l = l};
    int label = b.w < 50 ? 12 : 16;

    if (l->top > l->n - b.h)
        l->top = l->n > b.h ? l->n - b.h : 0;
    timeline(&p, iv_json_get(report, "transcript"), label);
    answers(&p, iv_json_get(report, "questions"), iv_json_get_str(delivery, "unit", ""), label);
    measures(&p, delivery);
    l->n = p.line;
    l->h = b.h;
    list_mark(l, c, b);
}

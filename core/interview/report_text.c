/* report_text.c - a report for a terminal. */
#include <stdio.h>
#include <string.h>

#include "interview/report.h"

#define BAR_CELLS 24

static const char *style(const struct iv_view *v, const char *code)
{
    return v->colour ? code : "";
}
static const char *bold(const struct iv_view *v)
{
    return style(v, "\033[1m");
}
static const char *dim(const struct iv_view *v)
{
    return style(v, "\033[2m");
}
static const char *plain(const struct iv_view *v)
{
    return style(v, "\033[0m");
}

static const char *score_colour(const struct iv_view *v, const iv_json *score)
{
    double n = iv_json_number(score, -1);

    return n < 0 ? "" : style(v, n < 3.5 ? "\033[33m" : n < 6.5 ? "\033[36m" : "\033[32m");
}

static void section(const struct iv_view *v, const char *key)
{
    iv_buf_addf(v->out, "\n%s%s%s\n", bold(v), iv_label(v, key), plain(v));
}

static void score_line(const struct iv_view *v, const char *name, const iv_json *score, int indent)
{
    char text[IV_FIGURE_BYTES];

    iv_buf_addf(v->out, "%*s", indent, "");
    iv_pad(v->out, name, 30 - indent);
    iv_buf_addf(v->out, "%s%4s  ", score_colour(v, score), iv_score_text(score, text));
    if (iv_json_type(score) == IV_JSON_NUMBER)
        iv_bar(v->out, iv_json_number(score, 0) / 10, v->width < 64 ? BAR_CELLS / 2 : BAR_CELLS);
    else
        iv_buf_adds(v->out, iv_label(v, "no_score"));
    iv_buf_addf(v->out, "%s\n", plain(v));
}

static void totals(const struct iv_view *v)
{
    const iv_json *f = iv_json_get(v->report, "feedback");

    score_line(v, iv_label(v, "overall"), iv_json_get(f, "overall_score"), 0);
    for (const iv_json *d = iv_json_first(iv_json_get(v->report, "dimensions")); d;
         d = iv_json_next(d)) {
        score_line(v, iv_label(v, iv_json_get_str(d, "dimension", "")), iv_json_get(d, "score"), 2);
        if (iv_json_get_str(d, "reason", NULL))
            iv_wrap(v->out, iv_json_get_str(d, "reason", ""), 4, v->width);
    }
}

static void quote_line(const struct iv_view *v, const iv_json *e, const char *lead, int indent)
{
    struct iv_buf line = IV_BUF_INIT(1u << 16);
    char at[IV_FIGURE_BYTES];

    iv_buf_addf(&line, "%s “%s” (%s %lld, %s)", lead, iv_json_get_str(e, "quote", ""),
                iv_label(v, "turn"), (long long)iv_json_get_int(e, "turn", 0),
                iv_time_text(iv_json_get_int(e, "start_ms", 0), at));
    iv_wrap(v->out, iv_buf_str(&line), indent, v->width);
    iv_buf_release(&line);
}

static void arithmetic(const struct iv_view *v, const iv_json *a, int indent)
{
    struct iv_buf line = IV_BUF_INIT(1u << 16);

    iv_arithmetic_text(v, a, &line);
    if (line.len) {
        iv_buf_adds(v->out, dim(v));
        iv_wrap(v->out, iv_buf_str(&line), indent, v->width);
        iv_buf_adds(v->out, plain(v));
    }
    iv_buf_release(&line);
}

static void anchor(const struct iv_view *v, const iv_json *s)
{
    struct iv_buf line = IV_BUF_INIT(1u << 16);

    iv_buf_addf(&line, "%s %d: %s", iv_label(v, "level"), (int)iv_json_get_int(s, "level", 0),
                iv_json_get_str(s, "anchor", ""));
    iv_wrap(v->out, iv_buf_str(&line), 4, v->width);
    iv_buf_release(&line);
}

/* How the runs of a model lay, and what it said. */
static void judged(const struct iv_view *v, const iv_json *s)
{
    struct iv_buf line = IV_BUF_INIT(1u << 12);

    iv_runs_text(v, s, &line);
    if (line.len)
        iv_wrap(v->out, iv_buf_str(&line), 6, v->width);
    iv_buf_release(&line);
    if (iv_json_get_str(s, "comment", NULL))
        iv_wrap(v->out, iv_json_get_str(s, "comment", ""), 6, v->width);
}

static void scores(const struct iv_view *v)
{
    section(v, "scores");
    for (const iv_json *s = iv_json_first(iv_json_get(v->report, "scores")); s;
         s = iv_json_next(s)) {
        score_line(v, iv_json_get_str(s, "name", ""), iv_json_get(s, "score"), 2);
        if (iv_json_get_str(s, "reason", NULL)) {
            iv_wrap(v->out, iv_json_get_str(s, "reason", ""), 4, v->width);
            judged(v, s);
            continue;
        }
        anchor(v, s);
        arithmetic(v, iv_json_get(s, "arithmetic"), 6);
        judged(v, s);
        for (const iv_json *e = iv_json_first(iv_json_get(s, "evidence")); e; e = iv_json_next(e))
            if (!iv_quoted_before(iv_json_get(s, "evidence"), e))
                quote_line(v, e,
                           strcmp(iv_json_get_str(e, "kind", ""), "misconception") ? "·" : "!", 6);
    }
}

static void points(const struct iv_view *v, const iv_json *q, const char *list, const char *mark,
                   const char *colour)
{
    for (const iv_json *p = iv_json_first(iv_json_get(q, list)); p; p = iv_json_next(p)) {
        struct iv_buf line = IV_BUF_INIT(1u << 14);

        iv_buf_addf(&line, "%s %s", mark, iv_json_get_str(p, "say", ""));
        if (iv_json_get_bool(p, "named_only", false))
            iv_buf_addf(&line, " (%s)", iv_label(v, "named_only"));
        iv_buf_adds(v->out, style(v, colour));
        iv_wrap(v->out, iv_buf_str(&line), 5, v->width);
        iv_buf_adds(v->out, plain(v));
        iv_buf_release(&line);
    }
}

static void questions(const struct iv_view *v)
{
    int n = 0;

    section(v, "questions");
    for (const iv_json *q = iv_json_first(iv_json_get(v->report, "questions")); q;
         q = iv_json_next(q)) {
        struct iv_buf line = IV_BUF_INIT(1u << 16);
        char score[IV_FIGURE_BYTES];

        iv_buf_addf(&line, "%d. %s  [%s]", ++n, iv_json_get_str(q, "ask", ""),
                    iv_score_text(iv_json_get(q, "score"), score));
        iv_wrap(v->out, iv_buf_str(&line), 2, v->width);
        iv_buf_release(&line);
        if (iv_json_get_str(q, "reason", NULL))
            iv_wrap(v->out, iv_json_get_str(q, "reason", ""), 5, v->width);
        points(v, q, "covered", "✓", "\033[32m");
        points(v, q, "missing", "○", "\033[2m");
        points(v, q, "misconceptions", "!", "\033[33m");
        arithmetic(v, iv_json_get(q, "arithmetic"), 5);
    }
}

static void story(const struct iv_view *v)
{
    static const char *const parts[] = {"situation", "task", "action", "result"};
    const iv_json *star = iv_json_get(v->report, "star");

    if (iv_json_type(star) != IV_JSON_ARRAY || !iv_json_len(star))
        return;
    section(v, "star");
    for (const iv_json *s = iv_json_first(star); s; s = iv_json_next(s)) {
        iv_wrap(v->out, iv_json_get_str(s, "question_id", ""), 2, v->width);
        for (size_t i = 0; i < IV_LEN(parts); i++) {
            const iv_json *f = iv_json_get(s, parts[i]);
            char lead[96];

            snprintf(lead, sizeof lead, "%s %s:", iv_json_get(f, "quote") ? "✓" : "○",
                     iv_label(v, parts[i]));
            if (iv_json_get(f, "quote"))
                quote_line(v, f, lead, 4);
            else
                iv_buf_addf(v->out, "    %s %s\n", lead, iv_label(v, "not_found"));
        }
    }
}

static const iv_json *baseline_of(const struct iv_view *v, const char *name)
{
    const iv_json *list =
        iv_json_get(iv_json_get(iv_json_get(v->report, "delivery"), "baseline"), "measures");

    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "name", ""), name))
            return j;
    return NULL;
}

static void delivery(const struct iv_view *v)
{
    const iv_json *d = iv_json_get(v->report, "delivery");

    section(v, "delivery");
    for (const iv_json *m = iv_json_first(iv_json_get(d, "measures")); m; m = iv_json_next(m)) {
        const char *name = iv_json_key(m);
        const iv_json *b = baseline_of(v, name);
        char now[IV_FIGURE_BYTES], mean[IV_FIGURE_BYTES], sd[IV_FIGURE_BYTES];

        if (iv_json_type(m) != IV_JSON_NUMBER)
            continue;
        iv_buf_adds(v->out, "  ");
        iv_pad(v->out, iv_label(v, name), 30);
        iv_pad(v->out, iv_figure_text(v, name, m, now), 10);
        if (b)
            iv_buf_addf(v->out, " %s %s ± %s", iv_label(v, "baseline"),
                        iv_figure_text(v, name, iv_json_get(b, "mean"), mean),
                        iv_figure_text(v, name, iv_json_get(b, "sd"), sd));
        iv_buf_addc(v->out, '\n');
    }
    for (const iv_json *f = iv_json_first(iv_json_get(d, "fillers")); f; f = iv_json_next(f))
        iv_buf_addf(v->out, "  %s “%s” × %d\n", iv_label(v, "fillers"),
                    iv_json_get_str(f, "word", ""), (int)iv_json_get_int(f, "count", 0));
    if (iv_json_type(iv_json_get(d, "baseline")) != IV_JSON_OBJECT)
        iv_wrap(v->out, iv_label(v, "no_baseline"), 2, v->width);
}

static void footer(const struct iv_view *v)
{
    struct iv_buf line = IV_BUF_INIT(1u << 12);

    iv_judge_text(v, &line);
    iv_buf_addf(v->out, "\n%s", dim(v));
    iv_wrap(v->out, iv_buf_str(&line), 0, v->width);
    iv_wrap(v->out, iv_label(v, "footer"), 0, v->width);
    iv_buf_adds(v->out, plain(v));
    iv_buf_release(&line);
}

enum iv_code iv_report_text(struct iv_view *v, struct iv_error *err)
{
    iv_buf_addf(v->out, "%s%s%s\n", bold(v), iv_label(v, "title"), plain(v));
    iv_heading_text(v, v->out);
    iv_buf_adds(v->out, "\n\n");
    totals(v);
    section(v, "comments");
    iv_wrap(v->out, iv_json_get_str(iv_json_get(v->report, "feedback"), "comments", ""), 2,
            v->width);
    scores(v);
    questions(v);
    story(v);
    delivery(v);
    footer(v);
    return iv_buf_check(v->out, "report", err);
}

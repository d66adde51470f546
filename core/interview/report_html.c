/* report_html.c - a report as one page: no script, nothing from outside, everything that was said is escaped. */
#include <string.h>

#include "interview/report.h"

static void text(const struct iv_view *v, const char *s)
{
    iv_html_text(v->out, s);
}
static void raw(const struct iv_view *v, const char *s)
{
    iv_buf_adds(v->out, s);
}

static void element(const struct iv_view *v, const char *tag, const char *class_name, const char *s)
{
    iv_buf_addf(v->out, class_name ? "<%s class=\"%s\">" : "<%s>", tag, class_name);
    text(v, s);
    iv_buf_addf(v->out, "</%s>\n", tag);
}

static void head(const struct iv_view *v)
{
    iv_buf_addf(v->out,
                "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
                iv_lang_code(v->lang));
    text(v, iv_label(v, "title"));
    iv_buf_addf(v->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", iv_report_css);
}

static void dimensions(const struct iv_view *v)
{
    char n[IV_FIGURE_BYTES];

    raw(v, "<div><table>");
    for (const iv_json *d = iv_json_first(iv_json_get(v->report, "dimensions")); d;
         d = iv_json_next(d)) {
        raw(v, "<tr><td>");
        text(v, iv_label(v, iv_json_get_str(d, "dimension", "")));
        if (iv_json_get_str(d, "reason", NULL))
            element(v, "div", "small soft", iv_json_get_str(d, "reason", ""));
        else
            element(v, "div", "math", iv_json_get_str(d, "text", ""));
        iv_buf_addf(v->out, "</td><td class=\"r num\">%s</td></tr>\n",
                    iv_score_text(iv_json_get(d, "score"), n));
    }
    raw(v, "</table>");
    element(v, "p", "math", iv_json_get_str(iv_json_get(v->report, "overall"), "text", ""));
    raw(v, "</div>");
}

static void hero(const struct iv_view *v)
{
    struct iv_buf line = IV_BUF_INIT(4096);

    iv_heading_text(v, &line);
    element(v, "h1", NULL, iv_label(v, "title"));
    element(v, "p", "soft", iv_buf_str(&line));
    iv_buf_release(&line);
    raw(v, "<section class=\"card hero\">");
    iv_svg_ring(v);
    dimensions(v);
    raw(v, "</section>\n");
    element(v, "h2", NULL, iv_label(v, "comments"));
    element(v, "p", "card", iv_json_get_str(iv_json_get(v->report, "feedback"), "comments", ""));
}

/* What a sentence was counted for: all the points that it makes. */
static void said_points(const struct iv_view *v, const iv_json *list, const iv_json *evidence)
{
    for (const iv_json *e = iv_json_first(list); e; e = iv_json_next(e)) {
        if (strcmp(iv_json_get_str(e, "quote", ""), iv_json_get_str(evidence, "quote", "")))
            continue;
        if (iv_json_get_str(e, "say", NULL)) {
            raw(v, " · ");
            text(v, iv_json_get_str(e, "say", ""));
        }
    }
    if (iv_json_get_bool(evidence, "after_probe", false)) {
        raw(v, " · ");
        text(v, iv_label(v, "after_probe"));
    }
}

static void quote(const struct iv_view *v, const iv_json *list, const iv_json *e)
{
    bool wrong = !strcmp(iv_json_get_str(e, "kind", ""), "misconception");
    char at[IV_FIGURE_BYTES];

    iv_buf_addf(v->out, "<blockquote%s>", wrong ? " class=\"warnq\"" : "");
    text(v, iv_json_get_str(e, "quote", ""));
    iv_buf_addf(v->out, "<cite>%s %lld · %s", iv_label(v, "turn"),
                (long long)iv_json_get_int(e, "turn", 0),
                iv_time_text(iv_json_get_int(e, "start_ms", 0), at));
    said_points(v, list, e);
    raw(v, "</cite></blockquote>\n");
}

static void arithmetic(const struct iv_view *v, const iv_json *a)
{
    struct iv_buf line = IV_BUF_INIT(1u << 16);

    iv_arithmetic_text(v, a, &line);
    if (line.len)
        element(v, "p", "math", iv_buf_str(&line));
    iv_buf_release(&line);
}

/* How the runs of a model lay, and what it said. */
static void judged(const struct iv_view *v, const iv_json *s)
{
    struct iv_buf line = IV_BUF_INIT(1u << 12);

    iv_runs_text(v, s, &line);
    if (line.len)
        element(v, "p", "math", iv_buf_str(&line));
    iv_buf_release(&line);
    if (iv_json_get_str(s, "comment", NULL))
        element(v, "p", NULL, iv_json_get_str(s, "comment", ""));
}

static void score(const struct iv_view *v, const iv_json *s)
{
    char n[IV_FIGURE_BYTES];

    raw(v, "<article class=\"card\"><div class=\"head\">");
    element(v, "h3", NULL, iv_json_get_str(s, "name", ""));
    iv_buf_addf(v->out, "<span class=\"num\">%s</span></div>",
                iv_score_text(iv_json_get(s, "score"), n));
    if (iv_json_get_str(s, "reason", NULL)) {
        element(v, "p", "soft", iv_json_get_str(s, "reason", ""));
        judged(v, s);
        raw(v, "</article>\n");
        return;
    }
    iv_buf_addf(v->out, "<span class=\"tag\">%s %d</span>", iv_label(v, "level"),
                (int)iv_json_get_int(s, "level", 0));
    element(v, "p", NULL, iv_json_get_str(s, "anchor", ""));
    iv_buf_addf(v->out, "<details%s><summary>",
                strcmp(iv_json_get_str(s, "competency", ""), "clarity") ? " open" : "");
    text(v, iv_label(v, "evidence"));
    iv_buf_addf(v->out, " (%zu)</summary>", iv_json_len(iv_json_get(s, "evidence")));
    for (const iv_json *e = iv_json_first(iv_json_get(s, "evidence")); e; e = iv_json_next(e))
        if (!iv_quoted_before(iv_json_get(s, "evidence"), e))
            quote(v, iv_json_get(s, "evidence"), e);
    raw(v, "</details>");
    arithmetic(v, iv_json_get(s, "arithmetic"));
    judged(v, s);
    raw(v, "</article>\n");
}

static void scores(const struct iv_view *v)
{
    element(v, "h2", NULL, iv_label(v, "scores"));
    raw(v, "<div class=\"card\">");
    iv_svg_bars(v);
    raw(v, "</div>\n");
    for (const iv_json *s = iv_json_first(iv_json_get(v->report, "scores")); s; s = iv_json_next(s))
        score(v, s);
}

static void points(const struct iv_view *v, const iv_json *q, const char *list,
                   const char *class_name)
{
    const iv_json *points = iv_json_get(q, list);

    if (!iv_json_len(points))
        return;
    iv_buf_addf(v->out,
                "<p class=\"small soft\" style=\"margin:12px 0 0\">%s</p><ul class=\"p %s\">",
                iv_label(v, list), class_name);
    for (const iv_json *p = iv_json_first(points); p; p = iv_json_next(p)) {
        raw(v, "<li>");
        text(v, iv_json_get_str(p, "say", ""));
        if (iv_json_get_bool(p, "named_only", false)) {
            raw(v, " <span class=\"small soft\">(");
            text(v, iv_label(v, "named_only"));
            raw(v, ")</span>");
        }
        raw(v, "</li>");
    }
    raw(v, "</ul>\n");
}

static void question(const struct iv_view *v, const iv_json *q)
{
    char n[IV_FIGURE_BYTES];

    raw(v, "<article class=\"card\"><div class=\"head\">");
    element(v, "h3", NULL, iv_json_get_str(q, "ask", ""));
    iv_buf_addf(v->out, "<span class=\"num\">%s</span></div><div style=\"margin:10px 0\">",
                iv_score_text(iv_json_get(q, "score"), n));
    iv_svg_coverage(v, q);
    raw(v, "</div>");
    if (iv_json_get_str(q, "reason", NULL))
        element(v, "p", "soft", iv_json_get_str(q, "reason", ""));
    points(v, q, "covered", "y");
    points(v, q, "missing", "n");
    points(v, q, "misconceptions", "w");
    arithmetic(v, iv_json_get(q, "arithmetic"));
    if (iv_json_type(iv_json_get(q, "clarity")) == IV_JSON_OBJECT) {
        iv_buf_addf(v->out, "<details><summary class=\"small\">%s</summary>",
                    iv_label(v, "clarity"));
        arithmetic(v, iv_json_get(q, "clarity"));
        raw(v, "</details>");
    }
    raw(v, "</article>\n");
}

static const char *ask_of(const struct iv_view *v, const char *id)
{
    for (const iv_json *q = iv_json_first(iv_json_get(v->report, "questions")); q;
         q = iv_json_next(q))
        if (!strcmp(iv_json_get_str(q, "id", ""), id))
            return iv_json_get_str(q, "ask", id);
    return id;
}

static void story(const struct iv_view *v)
{
    static const char *const parts[] = {"situation", "task", "action", "result"};
    const iv_json *star = iv_json_get(v->report, "star");

    if (!iv_json_len(star))
        return;
    element(v, "h2", NULL, iv_label(v, "star"));
    for (const iv_json *s = iv_json_first(star); s; s = iv_json_next(s)) {
        raw(v, "<article class=\"card\">");
        element(v, "h3", NULL, ask_of(v, iv_json_get_str(s, "question_id", "")));
        raw(v, "<table>");
        for (size_t i = 0; i < IV_LEN(parts); i++) {
            const iv_json *f = iv_json_get(s, parts[i]);

            iv_buf_addf(v->out, "<tr><th scope=\"row\">%s</th><td%s>", iv_label(v, parts[i]),
                        iv_json_get(f, "quote") ? "" : " class=\"soft\"");
            text(v, iv_json_get_str(f, "quote", iv_label(v, "not_found")));
            raw(v, "</td></tr>");
        }
        raw(v, "</table></article>\n");
    }
}

static const iv_json *baseline_of(const iv_json *delivery, const char *name)
{
    const iv_json *list = iv_json_get(iv_json_get(delivery, "baseline"), "measures");

    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "name", ""), name))
            return j;
    return NULL;
}

static void measure_row(const struct iv_view *v, const iv_json *d, const iv_json *m, bool compared)
{
    const char *name = iv_json_key(m);
    const iv_json *b = baseline_of(d, name);
    char now[IV_FIGURE_BYTES], mean[IV_FIGURE_BYTES], sd[IV_FIGURE_BYTES];

    if (iv_json_type(m) != IV_JSON_NUMBER)
        return;
    iv_buf_addf(v->out, "<tr><td>%s</td><td class=\"r\"><b>%s</b></td>", iv_label(v, name),
                iv_figure_text(v, name, m, now));
    if (compared && b) {
        iv_buf_addf(v->out, "<td class=\"r\">%s ± %s</td><td>",
                    iv_figure_text(v, name, iv_json_get(b, "mean"), mean),
                    iv_figure_text(v, name, iv_json_get(b, "sd"), sd));
        iv_svg_baseline(v, b);
        raw(v, "</td>");
    } else if (compared) {
        raw(v, "<td></td><td></td>");
    }
    raw(v, "</tr>\n");
}

static void delivery(const struct iv_view *v)
{
    const iv_json *d = iv_json_get(v->report, "delivery");
    bool compared = iv_json_type(iv_json_get(d, "baseline")) == IV_JSON_OBJECT;

    element(v, "h2", NULL, iv_label(v, "delivery"));
    raw(v, "<div class=\"card\">");
    iv_svg_timeline(v);
    iv_buf_addf(v->out, "<table><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th>",
                iv_label(v, "measure"), iv_label(v, "now"));
    if (compared)
        iv_buf_addf(v->out, "<th scope=\"col\" colspan=\"2\">%s</th>", iv_label(v, "baseline"));
    raw(v, "</tr>");
    for (const iv_json *m = iv_json_first(iv_json_get(d, "measures")); m; m = iv_json_next(m))
        measure_row(v, d, m, compared);
    raw(v, "</table>");
    if (!compared)
        element(v, "p", "small soft", iv_label(v, "no_baseline"));
    raw(v, "</div>\n");
}

static void transcript(const struct iv_view *v)
{
    char at[IV_FIGURE_BYTES];

    element(v, "h2", NULL, iv_label(v, "transcript"));
    iv_buf_addf(v->out, "<details class=\"card\"><summary>%s</summary><ol class=\"t\">",
                iv_label(v, "transcript"));
    for (const iv_json *t = iv_json_first(iv_json_get(v->report, "transcript")); t;
         t = iv_json_next(t)) {
        bool you = !strcmp(iv_json_get_str(t, "speaker", ""), "candidate");

        iv_buf_addf(v->out, "<li id=\"turn-%lld\"><time>%lld · %s</time><b%s>%s</b>",
                    (long long)iv_json_get_int(t, "turn", 0),
                    (long long)iv_json_get_int(t, "turn", 0),
                    iv_time_text(iv_json_get_int(t, "start_ms", 0), at),
                    you ? " class=\"you\"" : "", iv_label(v, you ? "candidate" : "interviewer"));
        text(v, iv_json_get_str(t, "text", ""));
        raw(v, "</li>\n");
    }
    raw(v, "</ol></details>\n");
}

static void footer(const struct iv_view *v)
{
    struct iv_buf line = IV_BUF_INIT(1u << 12);

    iv_judge_text(v, &line);
    raw(v, "<footer>");
    element(v, "p", NULL, iv_buf_str(&line));
    element(v, "p", NULL, iv_label(v, "footer"));
    raw(v, "</footer>\n");
    iv_buf_release(&line);
}

enum iv_code iv_report_html(struct iv_view *v, struct iv_error *err)
{
    head(v);
    hero(v);
    scores(v);
    element(v, "h2", NULL, iv_label(v, "questions"));
    for (const iv_json *q = iv_json_first(iv_json_get(v->report, "questions")); q;
         q = iv_json_next(q))
        question(v, q);
    story(v);
    delivery(v);
    transcript(v);
    footer(v);
    raw(v, "</main>\n</body>\n</html>\n");
    return iv_buf_check(v->out, "report", err);
}

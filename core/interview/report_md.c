/* report_md.c - a report as Markdown; everything that was said is escaped. */
#include <stdlib.h>
#include <string.h>

#include "interview/report.h"

static void md(struct iv_buf *out, const char *s)
{
    char *visible = iv_one_line(s);

    for (const char *p = visible ? visible : ""; *p; p++) {
        if (strchr("\\`*_{}[]#|~", *p))
            iv_buf_addc(out, '\\');
        if (*p == '&' || *p == '<' || *p == '>')
            iv_buf_adds(out, *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : "&gt;");
        else
            iv_buf_addc(out, *p);
    }
    free(visible);
}

static void heading(const struct iv_view *v, int depth, const char *text)
{
    iv_buf_addf(v->out, "\n%.*s ", depth, "####");
    md(v->out, text);
    iv_buf_adds(v->out, "\n\n");
}

static void quote(const struct iv_view *v, const iv_json *e)
{
    char at[IV_FIGURE_BYTES];

    iv_buf_adds(v->out, "> ");
    md(v->out, iv_json_get_str(e, "quote", ""));
    iv_buf_addf(v->out, " — %s %lld, %s\n>\n", iv_label(v, "turn"),
                (long long)iv_json_get_int(e, "turn", 0),
                iv_time_text(iv_json_get_int(e, "start_ms", 0), at));
}

static void score_row(const struct iv_view *v, const char *name, const iv_json *score,
                      const char *reason)
{
    char text[IV_FIGURE_BYTES];

    iv_buf_adds(v->out, "| ");
    md(v->out, name);
    iv_buf_addf(v->out, " | %s | ", iv_score_text(score, text));
    md(v->out, reason);
    iv_buf_adds(v->out, " |\n");
}

static void totals(const struct iv_view *v)
{
    const iv_json *f = iv_json_get(v->report, "feedback"), *all = iv_json_get(v->report, "overall");

    iv_buf_addf(v->out, "| | %s | %s |\n| --- | ---: | --- |\n", iv_label(v, "score"),
                iv_label(v, "arithmetic"));
    score_row(v, iv_label(v, "overall"), iv_json_get(f, "overall_score"),
              iv_json_get_str(all, "text", ""));
    for (const iv_json *d = iv_json_first(iv_json_get(v->report, "dimensions")); d;
         d = iv_json_next(d))
        score_row(v, iv_label(v, iv_json_get_str(d, "dimension", "")), iv_json_get(d, "score"),
                  iv_json_get_str(d, "reason", iv_json_get_str(d, "text", "")));
}

static void arithmetic(const struct iv_view *v, const iv_json *a)
{
    struct iv_buf text = IV_BUF_INIT(1u << 16);

    iv_arithmetic_text(v, a, &text);
    if (text.len) {
        md(v->out, iv_buf_str(&text));
        iv_buf_adds(v->out, "\n\n");
    }
    iv_buf_release(&text);
}

/* How the runs of a model lay, and what it said. */
static void judged(const struct iv_view *v, const iv_json *s)
{
    struct iv_buf line = IV_BUF_INIT(1u << 12);

    iv_runs_text(v, s, &line);
    if (line.len) {
        md(v->out, iv_buf_str(&line));
        iv_buf_adds(v->out, "\n\n");
    }
    iv_buf_release(&line);
    if (iv_json_get_str(s, "comment", NULL)) {
        md(v->out, iv_json_get_str(s, "comment", ""));
        iv_buf_adds(v->out, "\n\n");
    }
}

static void scores(const struct iv_view *v)
{
    char text[IV_FIGURE_BYTES];

    heading(v, 2, iv_label(v, "scores"));
    for (const iv_json *s = iv_json_first(iv_json_get(v->report, "scores")); s;
         s = iv_json_next(s)) {
        heading(v, 3, iv_json_get_str(s, "name", ""));
        if (iv_json_get_str(s, "reason", NULL)) {
            md(v->out, iv_json_get_str(s, "reason", ""));
            iv_buf_adds(v->out, "\n\n");
            judged(v, s);
            continue;
        }
        iv_buf_addf(v->out, "**%s %d · %s**: ", iv_label(v, "level"),
                    (int)iv_json_get_int(s, "level", 0),
                    iv_score_text(iv_json_get(s, "score"), text));
        md(v->out, iv_json_get_str(s, "anchor", ""));
        iv_buf_adds(v->out, "\n\n");
        arithmetic(v, iv_json_get(s, "arithmetic"));
        judged(v, s);
        for (const iv_json *e = iv_json_first(iv_json_get(s, "evidence")); e; e = iv_json_next(e))
            if (!iv_quoted_before(iv_json_get(s, "evidence"), e))
                quote(v, e);
    }
}

static void points(const struct iv_view *v, const iv_json *q, const char *list, const char *label)
{
    const iv_json *points = iv_json_get(q, list);

    if (!iv_json_len(points))
        return;
    iv_buf_addf(v->out, "**%s**\n\n", iv_label(v, label));
    for (const iv_json *p = iv_json_first(points); p; p = iv_json_next(p)) {
        iv_buf_adds(v->out, "- ");
        md(v->out, iv_json_get_str(p, "say", ""));
        if (iv_json_get_bool(p, "named_only", false))
            iv_buf_addf(v->out, " (%s)", iv_label(v, "named_only"));
        iv_buf_addc(v->out, '\n');
    }
    iv_buf_addc(v->out, '\n');
}

static void questions(const struct iv_view *v)
{
    heading(v, 2, iv_label(v, "questions"));
    for (const iv_json *q = iv_json_first(iv_json_get(v->report, "questions")); q;
         q = iv_json_next(q)) {
        heading(v, 3, iv_json_get_str(q, "ask", ""));
        if (iv_json_get_str(q, "reason", NULL)) {
            md(v->out, iv_json_get_str(q, "reason", ""));
            iv_buf_adds(v->out, "\n\n");
        }
        points(v, q, "covered", "covered");
        points(v, q, "missing", "missing");
        points(v, q, "misconceptions", "misconceptions");
        arithmetic(v, iv_json_get(q, "arithmetic"));
    }
}

static void story(const struct iv_view *v)
{
    static const char *const parts[] = {"situation", "task", "action", "result"};
    const iv_json *star = iv_json_get(v->report, "star");

    if (!iv_json_len(star))
        return;
    heading(v, 2, iv_label(v, "star"));
    for (const iv_json *s = iv_json_first(star); s; s = iv_json_next(s)) {
        heading(v, 3, iv_json_get_str(s, "question_id", ""));
        for (size_t i = 0; i < IV_LEN(parts); i++) {
            const iv_json *f = iv_json_get(s, parts[i]);

            iv_buf_addf(v->out, "- **%s**: ", iv_label(v, parts[i]));
            md(v->out, iv_json_get_str(f, "quote", iv_label(v, "not_found")));
            iv_buf_addc(v->out, '\n');
        }
    }
}

static void delivery(const struct iv_view *v)
{
    const iv_json *d = iv_json_get(v->report, "delivery");

    heading(v, 2, iv_label(v, "delivery"));
    iv_buf_addf(v->out, "| %s | %s |\n| --- | ---: |\n", iv_label(v, "measure"),
                iv_label(v, "now"));
    for (const iv_json *m = iv_json_first(iv_json_get(d, "measures")); m; m = iv_json_next(m)) {
        char text[IV_FIGURE_BYTES];

        if (iv_json_type(m) == IV_JSON_NUMBER)
            iv_buf_addf(v->out, "| %s | %s |\n", iv_label(v, iv_json_key(m)),
                        iv_figure_text(v, iv_json_key(m), m, text));
    }
    if (iv_json_type(iv_json_get(d, "baseline")) != IV_JSON_OBJECT)
        iv_buf_addf(v->out, "\n%s\n", iv_label(v, "no_baseline"));
}

static void transcript(const struct iv_view *v)
{
    heading(v, 2, iv_label(v, "transcript"));
    for (const iv_json *t = iv_json_first(iv_json_get(v->report, "transcript")); t;
         t = iv_json_next(t)) {
        char at[IV_FIGURE_BYTES];

        iv_buf_addf(v->out, "%lld. **%s** (%s) ", (long long)iv_json_get_int(t, "turn", 0),
                    iv_label(v, strcmp(iv_json_get_str(t, "speaker", ""), "candidate")
                                    ? "interviewer"
                                    : "candidate"),
                    iv_time_text(iv_json_get_int(t, "start_ms", 0), at));
        md(v->out, iv_json_get_str(t, "text", ""));
        iv_buf_addc(v->out, '\n');
    }
}

static void footer(const struct iv_view *v)
{
    struct iv_buf line = IV_BUF_INIT(1u << 12);

    iv_judge_text(v, &line);
    iv_buf_adds(v->out, "\n---\n\n");
    md(v->out, iv_buf_str(&line));
    iv_buf_adds(v->out, "\n\n");
    md(v->out, iv_label(v, "footer"));
    iv_buf_addc(v->out, '\n');
    iv_buf_release(&line);
}

enum iv_code iv_report_md(struct iv_view *v, struct iv_error *err)
{
    iv_buf_addf(v->out, "# %s\n\n", iv_label(v, "title"));
    iv_heading_text(v, v->out);
    iv_buf_adds(v->out, "\n\n");
    totals(v);
    heading(v, 2, iv_label(v, "comments"));
    md(v->out, iv_json_get_str(iv_json_get(v->report, "feedback"), "comments", ""));
    iv_buf_addc(v->out, '\n');
    scores(v);
    questions(v);
    story(v);
    delivery(v);
    transcript(v);
    footer(v);
    return iv_buf_check(v->out, "report", err);
}

/* report_compare.c - two sessions side by side, or scores over time; plain text for a terminal. */
#include <stdio.h>
#include <string.h>

#include "interview/report.h"

#define NAME_CELLS 28
#define CELL 14

static void cell(struct iv_buf *out, const char *s)
{
    iv_buf_addc(out, ' ');
    iv_pad(out, s, CELL);
}

static void end_line(struct iv_buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    iv_buf_addc(out, '\n');
}

static const char *change_text(const iv_json *a, const iv_json *b, char out[IV_FIGURE_BYTES])
{
    if (iv_json_type(a) != IV_JSON_NUMBER || iv_json_type(b) != IV_JSON_NUMBER)
        return "";
    snprintf(out, IV_FIGURE_BYTES, "%+.1f", iv_json_number(b, 0) - iv_json_number(a, 0));
    return out;
}

static void score_row(const struct iv_view *v, const char *name, const iv_json *a, const iv_json *b)
{
    char ta[IV_FIGURE_BYTES], tb[IV_FIGURE_BYTES], change[IV_FIGURE_BYTES];

    iv_pad(v->out, name, NAME_CELLS);
    cell(v->out, iv_score_text(a, ta));
    cell(v->out, iv_score_text(b, tb));
    cell(v->out, change_text(a, b, change));
    end_line(v->out);
}

static const char *date_of(const iv_json *report, char out[IV_FIGURE_BYTES])
{
    const char *created = iv_json_get_str(report, "created_at", NULL);

    snprintf(out, IV_FIGURE_BYTES, "%.10s",
             created ? created : iv_json_get_str(report, "session_id", "–"));
    return out;
}

static const iv_json *score_of(const iv_json *report, const char *competency)
{
    for (const iv_json *s = iv_json_first(iv_json_get(report, "scores")); s; s = iv_json_next(s))
        if (!strcmp(iv_json_get_str(s, "competency", ""), competency))
            return iv_json_get(s, "score");
    return NULL;
}

static void delivery_rows(const struct iv_view *v, const iv_json *a, const iv_json *b)
{
    const iv_json *ma = iv_json_get(iv_json_get(a, "delivery"), "measures");
    const iv_json *mb = iv_json_get(iv_json_get(b, "delivery"), "measures");

    for (const iv_json *m = iv_json_first(ma); m; m = iv_json_next(m)) {
        const char *name = iv_json_key(m);
        char ta[IV_FIGURE_BYTES], tb[IV_FIGURE_BYTES];

        if (iv_json_type(m) != IV_JSON_NUMBER &&
            iv_json_type(iv_json_get(mb, name)) != IV_JSON_NUMBER)
            continue;
        iv_pad(v->out, iv_label(v, name), NAME_CELLS);
        cell(v->out, iv_figure_text(v, name, m, ta));
        cell(v->out, iv_figure_text(v, name, iv_json_get(mb, name), tb));
        end_line(v->out);
    }
}

static void compare_head(const struct iv_view *v, const iv_json *b)
{
    char da[IV_FIGURE_BYTES], db[IV_FIGURE_BYTES];

    iv_buf_addf(v->out, "%s\n\n", iv_label(v, "compare"));
    iv_pad(v->out, iv_label(v, "date"), NAME_CELLS);
    cell(v->out, date_of(v->report, da));
    cell(v->out, date_of(b, db));
    cell(v->out, iv_label(v, "change"));
    end_line(v->out);
}

enum iv_code iv_report_compare(const iv_json *a, const iv_json *b, struct iv_buf *out,
                               struct iv_error *err)
{
    const iv_json *fa = iv_report_feedback(a), *fb = iv_report_feedback(b);
    struct iv_view v;
    enum iv_code rc = iv_view_init(&v, a, out, err);

    if (!rc) {
        compare_head(&v, b);
        score_row(&v, iv_label(&v, "overall"), iv_json_get(fa, "overall_score"),
                  iv_json_get(fb, "overall_score"));
        for (unsigned i = 0; i < IV_DIM_COUNT; i++) {
            const char *name = iv_dimension_name((enum iv_dimension)i);

            score_row(&v, iv_label(&v, name), iv_json_get(fa, name), iv_json_get(fb, name));
        }
        iv_buf_addc(out, '\n');
        for (const iv_json *s = iv_json_first(iv_json_get(a, "scores")); s; s = iv_json_next(s))
            score_row(&v, iv_json_get_str(s, "name", ""), iv_json_get(s, "score"),
                      score_of(b, iv_json_get_str(s, "competency", "")));
        for (const iv_json *s = iv_json_first(iv_json_get(b, "scores")); s; s = iv_json_next(s))
            if (!score_of(a, iv_json_get_str(s, "competency", "")))
                score_row(&v, iv_json_get_str(s, "name", ""), NULL, iv_json_get(s, "score"));
        iv_buf_addc(out, '\n');
        delivery_rows(&v, a, b);
        rc = iv_buf_check(out, "comparison", err);
    }
    iv_view_release(&v);
    return rc;
}

static void progress_row(const struct iv_view *v, const iv_json *report)
{
    const iv_json *f = iv_report_feedback(report), *overall = iv_json_get(f, "overall_score");
    char text[IV_FIGURE_BYTES];

    iv_pad(v->out, date_of(report, text), 12);
    iv_pad(v->out, iv_label(v, iv_json_get_str(report, "interview_type", "")), 20);
    iv_buf_addf(v->out, "%4s ", iv_score_text(overall, text));
    iv_bar(v->out, iv_json_number(overall, 0) / 10, 20);
    for (unsigned i = 0; i < IV_DIM_COUNT; i++)
        cell(v->out, iv_score_text(iv_json_get(f, iv_dimension_name((enum iv_dimension)i)), text));
    end_line(v->out);
}

enum iv_code iv_report_progress(const iv_json *const *reports, size_t n, struct iv_buf *out,
                                struct iv_error *err)
{
    struct iv_view v = {0};
    enum iv_code rc = n ? iv_view_init(&v, reports[n - 1], out, err)
                        : iv_fail(err, IV_E_USAGE, "progress: no report");

    if (!rc) {
        iv_buf_addf(out, "%s\n\n", iv_label(&v, "progress"));
        iv_pad(out, iv_label(&v, "date"), 32);
        iv_pad(out, iv_label(&v, "overall"), 25);
        for (unsigned i = 0; i < IV_DIM_COUNT; i++)
            cell(out, iv_label(&v, iv_dimension_name((enum iv_dimension)i)));
        end_line(out);
        for (size_t i = 0; i < n; i++)
            progress_row(&v, reports[i]);
        rc = iv_buf_check(out, "progress", err);
    }
    iv_view_release(&v);
    return rc;
}

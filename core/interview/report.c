/* report.c - a report for people: labels, figures, and the way to each form. */
#include "interview/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_data.h"
#include "iv/alloc.h"

#define DASH "–"

enum iv_code iv_view_init(struct iv_view *v, const iv_json *report, struct iv_buf *out,
                          struct iv_error *err)
{
    *v = (struct iv_view){.report = report, .out = out, .width = 80, .lang = IV_LANG_EN};
    if (iv_json_type(iv_json_get(report, "feedback")) != IV_JSON_OBJECT)
        return iv_fail(err, IV_E_DATA, "report: feedback is missing");
    (void)iv_lang_parse(iv_json_get_str(report, "language", "en"), &v->lang);
    return iv_score_table(NULL, "comments", v->lang, &v->texts, err);
}

void iv_view_release(struct iv_view *v)
{
    iv_json_free(v->texts);
    v->texts = NULL;
}

const char *iv_label(const struct iv_view *v, const char *key)
{
    return iv_json_get_str(iv_json_get(v->texts, "labels"), key, key);
}

const char *iv_score_text(const iv_json *score, char out[IV_FIGURE_BYTES])
{
    double n = iv_json_number(score, NAN);

    if (!isfinite(n) || fabs(n) > 100)
        return DASH;
    snprintf(out, IV_FIGURE_BYTES, "%.1f", n);
    return out;
}

const char *iv_time_text(int64_t ms, char out[IV_FIGURE_BYTES])
{
    int64_t s = ms > 0 ? ms / 1000 : 0;

    snprintf(out, IV_FIGURE_BYTES, "%02lld:%02lld", (long long)(s / 60), (long long)(s % 60));
    return out;
}

char *iv_one_line(const char *s)
{
    char *copy = iv_strdup(s ? s : ""), *visible;

    for (char *p = copy; p && *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    visible = copy ? iv_text_visible(copy) : NULL;
    free(copy);
    return visible;
}

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && !strcmp(s + n - m, end);
}

const char *iv_figure_text(const struct iv_view *v, const char *measure, const iv_json *n,
                           char out[IV_FIGURE_BYTES])
{
    double x = iv_json_number(n, NAN);

    if (!isfinite(x))
        return DASH;
    if (ends_in(measure, "_ms"))
        snprintf(out, IV_FIGURE_BYTES, "%.1f %s", x / 1000, iv_label(v, "seconds"));
    else if (!strcmp(measure, "talk_share"))
        snprintf(out, IV_FIGURE_BYTES, "%.0f%%", x * 100);
    else if (!strcmp(measure, "answer_units"))
        snprintf(out, IV_FIGURE_BYTES, "%.0f", x);
    else
        snprintf(out, IV_FIGURE_BYTES, "%.2f", x);
    return out;
}

static void mean_text(const iv_json *parts, struct iv_buf *out)
{
    size_t n = iv_json_len(parts);
    bool first = true;

    if (n < 2)
        return;
    for (const iv_json *p = iv_json_first(parts); p; p = iv_json_next(p), first = false)
        iv_buf_addf(out, "%s%.4g", first ? "(" : " + ", iv_json_get_num(p, "measure", 0));
    iv_buf_addf(out, ") / %zu = ", n);
}

static void parts_text(const struct iv_view *v, const iv_json *parts, struct iv_buf *out)
{
    bool first = true;

    for (const iv_json *p = iv_json_first(parts); p; p = iv_json_next(p), first = false) {
        double weight = iv_json_get_num(p, "weight", 1);
        char key[64];

        snprintf(key, sizeof key, "part_%.50s", iv_json_get_str(p, "name", ""));
        iv_buf_addf(out, "%s%s %.4g × %.4g",
                    first        ? ""
                    : weight < 0 ? " − "
                                 : " + ",
                    iv_label(v, key), iv_json_get_num(p, "value", 0), fabs(weight));
    }
    iv_buf_adds(out, " = ");
}

void iv_arithmetic_text(const struct iv_view *v, const iv_json *a, struct iv_buf *out)
{
    const iv_json *parts = iv_json_get(a, "parts");
    char score[IV_FIGURE_BYTES];

    if (iv_json_type(a) != IV_JSON_OBJECT)
        return;
    if (iv_json_get(a, "median"))
        iv_buf_addf(out, "%s = ", iv_label(v, "median"));
    else if (iv_json_get(iv_json_first(parts), "name"))
        parts_text(v, parts, out);
    else
        mean_text(parts, out);
    iv_buf_addf(out, "%.4g → %s %d, %s", iv_json_get_num(a, "measure", 0), iv_label(v, "level"),
                (int)iv_json_get_int(a, "level", 0), iv_score_text(iv_json_get(a, "score"), score));
}

bool iv_quoted_before(const iv_json *list, const iv_json *evidence)
{
    for (const iv_json *e = iv_json_first(list); e && e != evidence; e = iv_json_next(e))
        if (!strcmp(iv_json_get_str(e, "quote", ""), iv_json_get_str(evidence, "quote", "")))
            return true;
    return false;
}

void iv_heading_text(const struct iv_view *v, struct iv_buf *out)
{
    const char *created = iv_json_get_str(v->report, "created_at", "");

    iv_buf_addf(out, "%s · %s",
                iv_label(v, iv_json_get_str(v->report, "interview_type", "general")),
                iv_label(v, iv_json_get_str(v->report, "difficulty", "medium")));
    if (strlen(created) >= 10)
        iv_buf_addf(out, " · %.10s", created);
}

enum iv_code iv_report_render(const iv_json *report, enum iv_report_form form, int width,
                              bool colour, struct iv_buf *out, struct iv_error *err)
{
    struct iv_view v;
    enum iv_code rc = iv_view_init(&v, report, out, err);

    v.width = width < 40 ? 40 : width > 110 ? 110 : width;
    v.colour = colour;
    if (!rc && form == IV_REPORT_TEXT)
        rc = iv_report_text(&v, err);
    else if (!rc && form == IV_REPORT_MD)
        rc = iv_report_md(&v, err);
    else if (!rc)
        rc = iv_report_html(&v, err);
    iv_view_release(&v);
    return rc;
}

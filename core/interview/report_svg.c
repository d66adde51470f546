/* report_svg.c - the plots of the HTML report. Colours are classes, so that light, dark and paper differ by style alone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/report.h"

#define RING_RADIUS 62.0
#define ROW_HEIGHT 38
#define CHART_WIDTH 780
#define BAR_LEFT 250
#define BAR_WIDTH 450
#define LABEL_CELLS 30

void iv_html_text(struct iv_buf *out, const char *s)
{
    char *visible = iv_one_line(s);

    for (const char *p = visible ? visible : ""; *p; p++) {
        const char *entity = *p == '&'    ? "&amp;"
                             : *p == '<'  ? "&lt;"
                             : *p == '>'  ? "&gt;"
                             : *p == '"'  ? "&quot;"
                             : *p == '\'' ? "&#39;"
                                          : NULL;

        if (entity)
            iv_buf_adds(out, entity);
        else
            iv_buf_addc(out, *p);
    }
    free(visible);
}

static void open_svg(const struct iv_view *v, int width, int height, const char *label)
{
    iv_buf_addf(v->out,
                "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"",
                width, height, width, height);
    iv_html_text(v->out, label);
    iv_buf_adds(v->out, "\">");
}

/* As much as fits in front of a bar. */
static void short_label(struct iv_buf *out, const char *text)
{
    const char *p = text, *end = text;
    char *head;
    int cells = 0;

    while (*p && cells < LABEL_CELLS) {
        uint32_t cp = iv_utf8_next(&p);

        cells += cp >= 0x1100 ? 2 : 1;
        if (cells <= LABEL_CELLS)
            end = p;
    }
    head = strndup(text, (size_t)(end - text));
    iv_html_text(out, head);
    if (*end)
        iv_buf_adds(out, "…");
    free(head);
}

void iv_svg_ring(const struct iv_view *v)
{
    const iv_json *score = iv_json_get(iv_json_get(v->report, "feedback"), "overall_score");
    double around = 2 * 3.14159265358979 * RING_RADIUS, n = iv_json_number(score, 0);
    char text[IV_FIGURE_BYTES], label[128];

    snprintf(label, sizeof label, "%s: %s / 10", iv_label(v, "overall"),
             iv_score_text(score, text));
    open_svg(v, 160, 160, label);
    iv_buf_addf(v->out, "<circle class=\"ring\" cx=\"80\" cy=\"80\" r=\"%.0f\"/>", RING_RADIUS);
    if (n > 0 && n <= 10)
        iv_buf_addf(
            v->out,
            "<circle class=\"arc\" cx=\"80\" cy=\"80\" r=\"%.0f\" transform=\"rotate(-90 80 80)\" "
            "stroke-dasharray=\"%.1f %.1f\"/>",
            RING_RADIUS, around * n / 10, around);
    iv_buf_addf(v->out, "<text class=\"big\" x=\"80\" y=\"90\" text-anchor=\"middle\">%s</text>",
                iv_score_text(score, text));
    iv_buf_adds(v->out, "<text class=\"s\" x=\"80\" y=\"112\" text-anchor=\"middle\">");
    iv_html_text(v->out, iv_label(v, "overall"));
    iv_buf_adds(v->out, "</text></svg>\n");
}

static void bar_row(const struct iv_view *v, const char *name, const iv_json *score, int row)
{
    int y = row * ROW_HEIGHT;
    double n = iv_json_number(score, -1);
    char text[IV_FIGURE_BYTES];

    iv_buf_addf(v->out, "<text x=\"0\" y=\"%d\">", y + 22);
    short_label(v->out, name);
    iv_buf_addf(v->out,
                "</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" rx=\"6\"/>",
                n < 0 ? "none" : "track", BAR_LEFT, y + 11, BAR_WIDTH);
    if (n > 0 && n <= 10)
        iv_buf_addf(v->out,
                    "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"12\" rx=\"6\"/>",
                    BAR_LEFT, y + 11, BAR_WIDTH * n / 10);
    for (int level = 1; level < 5 && n >= 0; level++)
        iv_buf_addf(v->out, "<line class=\"tick\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
                    BAR_LEFT + BAR_WIDTH * level / 5, BAR_LEFT + BAR_WIDTH * level / 5, y + 11,
                    y + 23);
    iv_buf_addf(v->out, "<text x=\"%d\" y=\"%d\" font-weight=\"650\">%s</text>",
                BAR_LEFT + BAR_WIDTH + 14, y + 22, iv_score_text(score, text));
}

void iv_svg_bars(const struct iv_view *v)
{
    const iv_json *scores = iv_json_get(v->report, "scores");
    int row = 0, height = (int)iv_json_len(scores) * ROW_HEIGHT + 20;

    open_svg(v, CHART_WIDTH, height, iv_label(v, "competencies"));
    for (const iv_json *s = iv_json_first(scores); s; s = iv_json_next(s))
        bar_row(v, iv_json_get_str(s, "name", ""), iv_json_get(s, "score"), row++);
    for (int level = 1; level <= 5; level++)
        iv_buf_addf(v->out, "<text class=\"s\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>",
                    BAR_LEFT + BAR_WIDTH * (2 * level - 1) / 10, row * ROW_HEIGHT + 14, level);
    iv_buf_addf(v->out, "<text class=\"s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LEFT - 12,
                row * ROW_HEIGHT + 14);
    iv_html_text(v->out, iv_label(v, "level"));
    iv_buf_adds(v->out, "</text></svg>\n");
}

static int64_t weight_sum(const iv_json *points)
{
    int64_t n = 0;

    for (const iv_json *p = iv_json_first(points); p; p = iv_json_next(p))
        n += iv_json_get_int(p, "weight", 1);
    return n;
}

static double blocks(const struct iv_view *v, const iv_json *points, const char *class_name,
                     double x, double unit)
{
    for (const iv_json *p = iv_json_first(points); p; p = iv_json_next(p)) {
        double width = unit * (double)iv_json_get_int(p, "weight", 1);

        iv_buf_addf(
            v->out,
            "<rect class=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"10\" rx=\"3\"><title>",
            class_name, x, width > 4 ? width - 4 : width);
        iv_html_text(v->out, iv_json_get_str(p, "say", ""));
        iv_buf_adds(v->out, "</title></rect>");
        x += width;
    }
    return x;
}

void iv_svg_coverage(const struct iv_view *v, const iv_json *q)
{
    const iv_json *covered = iv_json_get(q, "covered"), *missing = iv_json_get(q, "missing");
    int64_t got = weight_sum(covered), all = got + weight_sum(missing);
    char label[160];
    double x;

    if (all <= 0 || all > 1000)
        return;
    snprintf(label, sizeof label, "%s: %zu / %zu", iv_label(v, "coverage"), iv_json_len(covered),
             iv_json_len(covered) + iv_json_len(missing));
    open_svg(v, 400, 10, label);
    x = blocks(v, covered, "good", 0, 400.0 / (double)all);
    (void)blocks(v, missing, "track", x, 400.0 / (double)all);
    iv_buf_adds(v->out, "</svg>\n");
}

static int64_t last_end(const iv_json *transcript)
{
    int64_t end = 0;

    for (const iv_json *t = iv_json_first(transcript); t; t = iv_json_next(t))
        if (iv_json_get_int(t, "end_ms", 0) > end)
            end = iv_json_get_int(t, "end_ms", 0);
    return end;
}

static void minute_marks(const struct iv_view *v, int64_t end_ms)
{
    int64_t minutes = end_ms / 60000, step = minutes < 8 ? 1 : minutes < 25 ? 5 : 10;

    for (int64_t m = 0; m <= minutes && m < 500; m += step) {
        double x = 90 + 680.0 * (double)(m * 60000) / (double)end_ms;

        iv_buf_addf(v->out,
                    "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"58\"/>"
                    "<text class=\"s\" x=\"%.1f\" y=\"74\" text-anchor=\"middle\">%lld:00</text>",
                    x, x, x, (long long)m);
    }
}

void iv_svg_timeline(const struct iv_view *v)
{
    const iv_json *transcript = iv_json_get(v->report, "transcript");
    int64_t end_ms = last_end(transcript);

    if (end_ms <= 0)
        return;
    open_svg(v, CHART_WIDTH, 80, iv_label(v, "timeline"));
    minute_marks(v, end_ms);
    for (const iv_json *t = iv_json_first(transcript); t; t = iv_json_next(t)) {
        bool you = !strcmp(iv_json_get_str(t, "speaker", ""), "candidate");
        int64_t from = iv_json_get_int(t, "start_ms", 0), to = iv_json_get_int(t, "end_ms", 0);
        double width = 680.0 * (double)(to - from) / (double)end_ms;
        char at[IV_FIGURE_BYTES];

        if (to <= from || from < 0)
            continue;
        iv_buf_addf(v->out,
                    "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"18\" "
                    "rx=\"3\"><title>%s ",
                    you ? "bar" : "them", 90 + 680.0 * (double)from / (double)end_ms, you ? 34 : 6,
                    width < 1.5 ? 1.5 : width, iv_time_text(from, at));
        iv_html_text(v->out, iv_label(v, you ? "candidate" : "interviewer"));
        iv_buf_adds(v->out, "</title></rect>");
    }
    iv_buf_adds(v->out, "<text x=\"0\" y=\"20\">");
    iv_html_text(v->out, iv_label(v, "interviewer"));
    iv_buf_adds(v->out, "</text><text x=\"0\" y=\"48\">");
    iv_html_text(v->out, iv_label(v, "candidate"));
    iv_buf_adds(v->out, "</text></svg>\n");
}

/* The user's own mean and standard deviation as a band, this session as a dot: three deviations each way. */
void iv_svg_baseline(const struct iv_view *v, const iv_json *b)
{
    double mean = iv_json_get_num(b, "mean", NAN), sd = iv_json_get_num(b, "sd", 0),
           now = iv_json_get_num(b, "now", NAN);
    double z = sd > 0 ? (now - mean) / sd : 0;
    char label[96], text[IV_FIGURE_BYTES];
    const char *name = iv_json_get_str(b, "name", "");

    if (!isfinite(mean) || !isfinite(now))
        return;
    z = z < -3 ? -3 : z > 3 ? 3 : z;
    snprintf(label, sizeof label, "%.60s ", iv_figure_text(v, name, iv_json_get(b, "mean"), text));
    open_svg(v, 160, 16, label);
    iv_buf_addf(v->out,
                "<rect class=\"track\" x=\"0\" y=\"6\" width=\"160\" height=\"4\" rx=\"2\"/>"
                "<rect class=\"them\" x=\"56\" y=\"5\" width=\"48\" height=\"6\" rx=\"3\"/>"
                "<circle class=\"bar\" cx=\"%.1f\" cy=\"8\" r=\"6\"/></svg>",
                80 + z * 24);
}

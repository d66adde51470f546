/* report.h - what the forms of a report share: labels in its language, figures as text, places in the talk. */
#ifndef IV_INTERVIEW_REPORT_H
#define IV_INTERVIEW_REPORT_H

#include "iv/score.h"

struct iv_view {
    const iv_json *report;
    iv_json *texts; /* core/data/comments/<lang>.yaml */
    enum iv_lang lang;
    int width;
    bool colour;
    struct iv_buf *out;
};

enum iv_code iv_view_init(struct iv_view *v, const iv_json *report, struct iv_buf *out,
                          struct iv_error *err);
void iv_view_release(struct iv_view *v);
const char *iv_label(const struct iv_view *v,
                     const char *key); /* the key itself when there is none */

#define IV_FIGURE_BYTES 48
/* "7.5", or a dash when there is no score. */
const char *iv_score_text(const iv_json *score, char out[IV_FIGURE_BYTES]);
const char *iv_time_text(int64_t ms, char out[IV_FIGURE_BYTES]); /* 02:15 */
/* A delivery figure with its unit: "1.2 s", "38%", "3.41"; a dash for null. */
const char *iv_figure_text(const struct iv_view *v, const char *measure, const iv_json *n,
                           char out[IV_FIGURE_BYTES]);
/* "points made 0.83 x 0.85 + ... = 0.71; level 4; 7.2" in the report's language; appends. */
void iv_arithmetic_text(const struct iv_view *v, const iv_json *arithmetic, struct iv_buf *out);
/* report_judge.c. Who judged: rubric, and prompt and model, or why none; the sentences that were kept from it. Appends. */
void iv_judge_text(const struct iv_view *v, struct iv_buf *out);
/* "Levels of the runs 4, 4, 3; median 4, spread 1" where a model judged; else nothing. Appends. */
void iv_runs_text(const struct iv_view *v, const iv_json *score, struct iv_buf *out);
/* One sentence may make several points: it is shown once. */
bool iv_quoted_before(const iv_json *list, const iv_json *evidence);
/* "Technical, medium, 2026-11-23" */
void iv_heading_text(const struct iv_view *v, struct iv_buf *out);

enum iv_code iv_report_text(struct iv_view *v, struct iv_error *err);
enum iv_code iv_report_md(struct iv_view *v, struct iv_error *err);
enum iv_code iv_report_html(struct iv_view *v, struct iv_error *err);

/* report_svg.c: plots as inline SVG */
char *iv_one_line(const char *s); /* control characters shown, newlines blanks; caller frees */
void iv_html_text(struct iv_buf *out, const char *s); /* escaped */
void iv_svg_bars(
    const struct iv_view *v); /* competencies on the 0 to 10 scale with the levels' bounds */
void iv_svg_ring(const struct iv_view *v); /* the overall score */
void iv_svg_coverage(const struct iv_view *v, const iv_json *question);
void iv_svg_timeline(const struct iv_view *v); /* who spoke when */
void iv_svg_baseline(const struct iv_view *v, const iv_json *measure);
extern const char iv_report_css[];

/* Text of a terminal: wrapped at `width` cells, each line begun with `indent` blanks; control characters shown. */
void iv_wrap(struct iv_buf *out, const char *text, int indent, int width);
void iv_pad(struct iv_buf *out, const char *text, int width); /* to so many cells */
void iv_bar(struct iv_buf *out, double share, int cells);

#endif

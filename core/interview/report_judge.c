/* report_judge.c - who judged, in a sentence. */
#include <stdio.h>
#include <string.h>

#include "interview/quoted.h"
#include "interview/report.h"

#define DIGEST_SHOWN 12

static const char *reason(const struct iv_view *v, const char *key)
{
    return iv_json_get_str(iv_json_get(v->texts, "reasons"), key, "");
}

static void rubric_text(const struct iv_view *v, char out[DIGEST_SHOWN + 1])
{
    snprintf(out, DIGEST_SHOWN + 1, "%s",
             iv_json_get_str(iv_json_get(v->report, "rubric"), "digest", ""));
}

static void builtin_text(const struct iv_view *v, const iv_json *scorer, struct iv_buf *out)
{
    struct iv_buf who = IV_BUF_INIT(1024);
    char version[24], rubric[DIGEST_SHOWN + 1];

    rubric_text(v, rubric);
    snprintf(version, sizeof version, "%lld", (long long)iv_json_get_int(scorer, "version", 0));
    if (iv_json_get_str(scorer, "fallback", NULL)) {
        iv_quoted_fill(
            out, reason(v, "fallback"),
            (const struct iv_slot[]){{"detail", iv_json_get_str(scorer, "fallback", "")}}, 1);
        iv_buf_addc(out, ' ');
    }
    iv_quoted_fill(&who, iv_label(v, "who_builtin"),
                   (const struct iv_slot[]){{"version", version}, {"rubric", rubric}}, 2);
    iv_quoted_fill(out, iv_label(v, "judged_by"),
                   (const struct iv_slot[]){{"who", iv_buf_str(&who)}}, 1);
    iv_buf_release(&who);
}

static void model_text(const struct iv_view *v, const iv_json *scorer, struct iv_buf *out)
{
    char answered[24], runs[24], prompt[64], rubric[DIGEST_SHOWN + 1];

    rubric_text(v, rubric);
    snprintf(answered, sizeof answered, "%lld", (long long)iv_json_get_int(scorer, "answered", 0));
    snprintf(runs, sizeof runs, "%lld", (long long)iv_json_get_int(scorer, "runs", 0));
    snprintf(prompt, sizeof prompt, "%.8s (%.*s)", iv_json_get_str(scorer, "prompt_version", ""),
             DIGEST_SHOWN, iv_json_get_str(scorer, "prompt_digest", ""));
    iv_quoted_fill(out, iv_label(v, "judged_by_model"),
                   (const struct iv_slot[]){{"model", iv_json_get_str(scorer, "model", "")},
                                            {"engine", iv_json_get_str(scorer, "engine", "")},
                                            {"answered", answered},
                                            {"runs", runs},
                                            {"prompt", prompt},
                                            {"rubric", rubric}},
                   6);
}

void iv_judge_text(const struct iv_view *v, struct iv_buf *out)
{
    const iv_json *scorer = iv_json_get(v->report, "scorer");
    int64_t left_out = iv_json_get_int(scorer, "orders_left_out", 0);
    char n[24];

    if (strcmp(iv_json_get_str(scorer, "name", ""), "model"))
        builtin_text(v, scorer, out);
    else
        model_text(v, scorer, out);
    if (left_out <= 0)
        return;
    snprintf(n, sizeof n, "%lld", (long long)left_out);
    iv_buf_addc(out, ' ');
    iv_quoted_fill(out, iv_label(v, "orders_left_out"), (const struct iv_slot[]){{"n", n}}, 1);
}

void iv_runs_text(const struct iv_view *v, const iv_json *score, struct iv_buf *out)
{
    const iv_json *runs = iv_json_get(score, "runs"), *a = iv_json_get(score, "arithmetic");
    bool first = true;

    if (!iv_json_len(runs))
        return;
    iv_buf_addf(out, "%s: ", iv_label(v, "runs"));
    for (const iv_json *l = iv_json_first(runs); l; l = iv_json_next(l), first = false) {
        iv_buf_adds(out, first ? "" : ", ");
        if (iv_json_type(l) == IV_JSON_NUMBER)
            iv_buf_addf(out, "%d", (int)iv_json_number(l, 0));
        else
            iv_buf_adds(out, "â");
    }
    if (iv_json_type(a) == IV_JSON_OBJECT)
        iv_buf_addf(out, "; %s %d", iv_label(v, "median"), (int)iv_json_get_int(a, "median", 0));
    iv_buf_addf(out, "; %s %d", iv_label(v, "spread"), (int)iv_json_get_int(score, "spread", 0));
}

/* score_model_json.c - a model's judgement in a report: the runs, their median, and who judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_model.h"

static const int middles_bp[5] = {750, 2500, 4500, 6650, 8900}; /* of the levels' spans */

int iv_level_middle_bp(int level)
{
    return middles_bp[level - 1];
}

static int by_size(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void iv_verdict_median(const int *levels, size_t n, int *median, int *spread, size_t *given)
{
    int sorted[IV_RUNS_MAX] = {0};

    *given = 0;
    for (size_t i = 0; i < n && i < IV_RUNS_MAX; i++)
        if (levels[i] >= 1 && levels[i] <= 5)
            sorted[(*given)++] = levels[i];
    qsort(sorted, *given, sizeof *sorted, by_size);
    *median = *given ? sorted[(*given - 1) / 2] : 0;
    *spread = *given ? sorted[*given - 1] - sorted[0] : 0;
}

iv_json *iv_median_json(iv_json *levels, int64_t questions)
{
    struct iv_buf text = IV_BUF_INIT(1024);
    int numbers[IV_RUNS_MAX], median, spread, bp;
    iv_json *j = iv_json_object();
    size_t n = 0, given;

    iv_buf_adds(&text, "median of ");
    for (const iv_json *l = iv_json_first(levels); l && n < IV_RUNS_MAX; l = iv_json_next(l)) {
        double level = iv_json_number(l, 0);

        numbers[n] = level >= 1 && level <= 5 ? (int)level : 0;
        iv_buf_addf(&text, "%s%c", n ? ", " : "", numbers[n] ? '0' + numbers[n] : '-');
        n++;
    }
    iv_verdict_median(numbers, n, &median, &spread, &given);
    bp = median ? iv_level_middle_bp(median) : 0;
    iv_buf_addf(&text, " = %d, spread %d; middle of level %d: %g; score %g", median, spread, median,
                (double)bp / IV_BP, median ? (double)iv_tenths_of(bp) / 10 : 0);
    iv_json_set(j, "levels", levels);
    iv_json_set_int(j, "median", median);
    iv_json_set_int(j, "spread", spread);
    iv_json_set_int(j, "questions", questions);
    iv_json_set(j, "measure", median ? iv_bp_json(bp) : iv_json_null());
    iv_json_set(j, "level", median ? iv_json_int(median) : iv_json_null());
    iv_json_set(j, "score", iv_tenths_json(median ? iv_tenths_of(bp) : -1));
    iv_json_set_str(j, "text", iv_buf_str(&text));
    iv_buf_release(&text);
    return j;
}

static iv_json *levels_json(const struct iv_verdict *v)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < v->n_runs; i++)
        iv_json_append(list, v->levels[i] ? iv_json_int(v->levels[i]) : iv_json_null());
    return list;
}

static iv_json *quotes_json(const struct iv_verdict *v)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < v->n_quotes; i++) {
        iv_json *j = iv_found_json(&v->quotes[i]);

        iv_json_set_str(j, "question_id", v->quoted[i]->id);
        iv_json_set_str(j, "kind", "judged");
        iv_json_set_bool(j, "after_probe", v->quotes[i].after_probe);
        iv_json_append(list, j);
    }
    return list;
}

void iv_verdict_json(const struct iv_verdict *v, const struct iv_scored *s, iv_json *score)
{
    iv_json *runs = iv_median_json(levels_json(v), (int64_t)s->judged);

    iv_json_set(score, "arithmetic", v->why ? iv_json_null() : iv_json_dup(runs));
    iv_json_set(score, "runs", levels_json(v));
    iv_json_set_int(score, "spread", v->spread);
    iv_json_set(score, "evidence", quotes_json(v));
    iv_json_set_str(score, "comment", v->comment);
    iv_json_set_str(score, "comment_left_out", v->left_out);
    iv_json_free(runs);
}

iv_json *iv_model_scorer_json(const struct iv_card *c)
{
    const iv_json *j = c->in->judgement;
    iv_json *out = iv_json_object();

    iv_json_set_str(out, "name", c->model.judges ? "model" : IV_SCORER_NAME);
    iv_json_set_int(out, "version", c->model.judges ? IV_MODEL_SCORER_VERSION : IV_SCORER_VERSION);
    if (!j)
        return out;
    if (!c->model.judges)
        iv_json_set_str(out, "fallback", c->model.why_not);
    iv_json_set_str(out, "engine", iv_json_get_str(j, "engine", NULL));
    iv_json_set_str(out, "model", iv_json_get_str(j, "model", NULL));
    iv_json_set_str(out, "prompt_version", iv_json_get_str(j, "prompt_version", NULL));
    iv_json_set_str(out, "prompt_digest", iv_json_get_str(j, "prompt_digest", NULL));
    iv_json_set_int(out, "runs", c->model.runs);
    iv_json_set_int(out, "answered", c->model.answered);
    iv_json_set_int(out, "orders_left_out", iv_json_get_int(j, "orders_left_out", 0));
    iv_json_set_str(out, "comments", c->model.comment ? "model" : IV_SCORER_NAME);
    iv_json_set_str(out, "comments_left_out", c->model.left_out);
    return out;
}

/* past.c - see past.h. */
#include "screen/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/json.h"

#define RESULT_MAX_BYTES (4u << 20)

static double score_of(const struct app *a, const char *id)
{
    struct iv_buf text = IV_BUF_INIT(RESULT_MAX_BYTES);
    iv_json *result = NULL;
    double score = -1;

    if (!iv_store_doc_get(a->host->store, id, "result", &text, NULL) &&
        !iv_json_parse(iv_buf_str(&text), text.len, text.max, &result, NULL))
        score = iv_json_get_num(iv_json_get(result, "feedback"), "overall_score", -1);
    iv_json_free(result);
    iv_buf_release(&text);
    return score;
}

enum iv_code past_load(const struct app *a, int limit, struct past **out, int *n,
                       struct iv_error *err)
{
    struct iv_session_filter f = {.user_id = a->host->spec.user_id, .status = -1, .limit = limit};
    struct iv_session *rows = NULL;
    size_t count = 0;
    int64_t total;
    enum iv_code rc = iv_store_session_list(a->host->store, &f, &rows, &count, &total, err);

    *out = NULL;
    *n = 0;
    if (!rc && count)
        *out = iv_alloc_array(count, sizeof **out);
    if (!rc && count && !*out)
        rc = iv_fail(err, IV_E_NOMEM, "sessions: out of memory");
    for (size_t i = 0; !rc && i < count; i++)
        (*out)[i] =
            (struct past){rows[i], iv_session_is_over(&rows[i]) ? score_of(a, rows[i].id) : -1};
    if (!rc)
        *n = (int)count;
    free(rows);
    return rc;
}

bool past_unfinished(const struct app *a, struct past *out)
{
    static const enum iv_session_status open[] = {IV_SESSION_PAUSED, IV_SESSION_ACTIVE};
    bool found = false;

    for (size_t i = 0; i < IV_LEN(open); i++) {
        struct iv_session_filter f = {
            .user_id = a->host->spec.user_id, .status = (int)open[i], .limit = 1};
        struct iv_session *rows = NULL;
        size_t n = 0;
        int64_t total;

        if (!iv_store_session_list(a->host->store, &f, &rows, &n, &total, NULL) && n &&
            (!found || rows[0].created_ms > out->s.created_ms)) {
            *out = (struct past){rows[0], -1};
            found = true;
        }
        free(rows);
    }
    return found;
}

static enum style style_of(double score)
{
    return score < 0     ? STYLE_FAINT
           : score < 3.5 ? STYLE_BAD
           : score < 6.5 ? STYLE_MIDDLE
                         : STYLE_GOOD;
}

void past_draw(const struct past *p, struct canvas *c, int x, int y, int w, bool selected)
{
    char date[32], score[16] = "  –", what[160];
    enum style style = selected ? STYLE_SELECTED : STYLE_TEXT;
    int used;

    date_text(p->s.created_ms, date);
    if (p->score >= 0)
        snprintf(score, sizeof score, "%4.1f", p->score);
    snprintf(what, sizeof what, "%s · %s · %s · %s", word_of_type(p->s.spec.type),
             word_of_difficulty(p->s.spec.difficulty), word_of_language(p->s.spec.lang),
             word_of_status(p->s.status));
    canvas_fill(c, (struct box){x, y, w, 1}, style);
    used = canvas_put(c, x, y, w, score, selected ? style : style_of(p->score)) + 2;
    used += canvas_put(c, x + used, y, w - used, w < 60 ? date + 5 : date, style) + 2;
    canvas_put_cut(c, x + used, y, w - used, what, style);
}

/* generate_check.c - may a question that a model wrote be asked? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interview/fold.h"
#include "interview/generate.h"
#include "interview/guard.h"
#include "iv/alloc.h"

#define BANK_BYTES (256u << 10)
#define POINTS_MIN 3
#define WORDS_MIN 2
#define ASK_CHARS 400
#define SAME_PERCENT 75 /* of the pairs of letters */
#define PAIRS_MAX 1024

/* -- what exists -- */

enum iv_code iv_known_add(struct iv_known *k, const char *ask, struct iv_error *err)
{
    char *copy = iv_strdup(ask);

    if (!copy || iv_grow(&k->asks, &k->cap, k->n + 1, sizeof *k->asks)) {
        free(copy);
        return iv_fail(err, IV_E_NOMEM, "questions: out of memory");
    }
    k->asks[k->n++] = copy;
    return IV_OK;
}

enum iv_code iv_known_load(const iv_ctx *ctx, enum iv_lang lang, struct iv_known *out,
                           struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    *out = (struct iv_known){0};
    for (int cell = 0; cell < IV_TYPE_COUNT * IV_DIFFICULTY_COUNT && !rc; cell++) {
        struct iv_bank b = {0};

        rc = iv_bank_load(ctx, lang, (enum iv_session_type)(cell / IV_DIFFICULTY_COUNT),
                          (enum iv_difficulty)(cell % IV_DIFFICULTY_COUNT), NULL, &b, err);
        for (size_t i = 0; i < b.n && !rc; i++)
            rc = iv_known_add(out, b.questions[i].ask, err);
        iv_bank_release(&b);
    }
    return rc;
}

void iv_known_release(struct iv_known *k)
{
    for (size_t i = 0; i < k->n; i++)
        free(k->asks[i]);
    free(k->asks);
    *k = (struct iv_known){0};
}

/* -- does it ask the same? Twice the pairs of letters in common, of all pairs (Dice's coefficient). -- */

static size_t pairs_of(const char *text, uint64_t out[PAIRS_MAX])
{
    struct folded f;
    size_t n = 0;

    if (iv_fold_text(text, &f, NULL))
        return 0;
    for (size_t i = 0; i + 1 < f.n && n < PAIRS_MAX; i++)
        if (f.chars[i].cp != ' ' && f.chars[i + 1].cp != ' ')
            out[n++] = (uint64_t)f.chars[i].cp << 32 | f.chars[i + 1].cp;
    iv_folded_release(&f);
    return n;
}

static bool is_same(const char *a, const char *b)
{
    uint64_t pa[PAIRS_MAX], pb[PAIRS_MAX];
    size_t na = pairs_of(a, pa), nb = pairs_of(b, pb), all = na + nb, common = 0;

    for (size_t i = 0; i < na; i++)
        for (size_t k = 0; k < nb; k++)
            if (pa[i] == pb[k]) {
                pb[k] = pb[--nb];
                common++;
                break;
            }
    return all && common * 200 >= all * SAME_PERCENT;
}

static const char *same_among(const struct iv_known *k, const char *ask)
{
    for (size_t i = 0; i < k->n; i++)
        if (is_same(ask, k->asks[i]))
            return k->asks[i];
    return NULL;
}

/* -- one draft -- */

static bool fail(char why[GENERATE_WHY_BYTES], const char *text, const char *value)
{
    snprintf(why, GENERATE_WHY_BYTES, "%s%.300s", text, value);
    why[iv_utf8_cut(why, strlen(why), GENERATE_WHY_BYTES - 1)] = '\0';
    return false;
}

static bool is_text_good(const char *text, enum iv_lang lang, char why[GENERATE_WHY_BYTES])
{
    if (iv_text_is_blank(text))
        return fail(why, "a text is empty", "");
    if (iv_utf8_chars(text) > ASK_CHARS)
        return fail(why, "a text is too long: ", text);
    if (iv_guard_has_markup(text))
        return fail(why, "markup: ", text);
    if (iv_guard_is_foreign(lang, text))
        return fail(why, "not in the language that was asked for: ", text);
    return true;
}

static bool are_points_good(const struct iv_point *points, size_t n, enum iv_lang lang,
                            char why[GENERATE_WHY_BYTES])
{
    for (size_t i = 0; i < n; i++) {
        if (!is_text_good(points[i].say, lang, why))
            return false;
        if (points[i].n_words < WORDS_MIN)
            return fail(why, "too few words by which this is known: ", points[i].say);
    }
    return true;
}

static bool is_form_good(const struct iv_question *q, char why[GENERATE_WHY_BYTES])
{
    if (!is_text_good(q->ask, q->lang, why) ||
        !are_points_good(q->points, q->n_points, q->lang, why) ||
        !are_points_good(q->wrong, q->n_wrong, q->lang, why))
        return false;
    for (size_t i = 0; i < q->n_probes; i++)
        if (!is_text_good(q->probes[i].ask, q->lang, why))
            return false;
    if (q->n_points < POINTS_MIN)
        return fail(why, "fewer than three points of a complete answer", "");
    return true;
}

static void keep_first(void *arg, const char *problem)
{
    char *why = arg;
    const char *text =
        strstr(problem, ": "); /* after the name and line of a file that nobody has */

    if (!*why)
        fail(why, text ? text + 2 : problem, "");
}

static bool passes_lint(const iv_ctx *ctx, const struct iv_question *q,
                        char why[GENERATE_WHY_BYTES])
{
    struct iv_bank one = {(struct iv_question *)(uintptr_t)q, 1};
    struct iv_buf yaml = IV_BUF_INIT(BANK_BYTES);
    struct iv_error err = {0};
    bool good = false;

    if (iv_bank_write(&one, &yaml, &err))
        fail(why, err.text, "");
    else
        good = !iv_bank_lint(ctx, iv_buf_str(&yaml), yaml.len, "draft", keep_first, why);
    iv_buf_release(&yaml);
    return good;
}

bool iv_draft_is_good(const iv_ctx *ctx, const struct iv_question *q, const struct iv_known *known,
                      char why[GENERATE_WHY_BYTES])
{
    const char *same;

    *why = '\0';
    if (!is_form_good(q, why) || !passes_lint(ctx, q, why))
        return false;
    if (!strcmp(q->competency, "clarity"))
        return fail(why, "no question asks for clarity", "");
    same = same_among(known, q->ask);
    return same ? fail(why, "asks the same as: ", same) : true;
}

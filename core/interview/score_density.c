/* score_density.c - a sentence that consists of the question's own key words and little else says nothing about them.
 *
 * In real answers a third of a sentence may be words that the bank looks for; in a stuffed one nearly everything is.
 */
#include <stdlib.h>
#include <string.h>

#include "interview/match.h"
#include "interview/score_judge.h"
#include "iv/alloc.h"

#define DENSE_PERCENT 62

/* Shorter sentences may well be all key words: "It uses a hash function." */
static const size_t long_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 6, [IV_LANG_EN] = 9, [IV_LANG_JA] = 24};

static void mark_pattern(const iv_answer_text *a, const char *pattern, char *marks)
{
    char *copy = iv_strdup(pattern), *save = NULL;
    struct iv_match m;

    for (char *part = copy ? strtok_r(copy, "&", &save) : NULL; part;
         part = strtok_r(NULL, "&", &save))
        if (iv_pattern_find_any_form(a, part, &m))
            memset(marks + m.start, 1, m.end - m.start);
    free(copy);
}

static void mark_points(const iv_answer_text *a, const struct iv_point *points, size_t n,
                        char *marks)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < points[i].n_words; k++)
            mark_pattern(a, points[i].words[k], marks);
}

struct density {
    size_t units, key;
};

static struct density measure(const char *marks, struct iv_span s, const struct iv_spans *units)
{
    struct density d = {0};

    for (size_t i = 0; i < units->n; i++) {
        const struct iv_span *u = &units->items[i];

        if (u->start < s.start || u->end > s.end)
            continue;
        d.units++;
        d.key += marks[u->start] || marks[u->end - 1];
    }
    return d;
}

static void blank_if_dense(struct iv_screened *out, const char *marks, struct iv_span s,
                           const struct iv_spans *units, enum iv_lang lang)
{
    struct density d = measure(marks, s, units);

    if (d.units < long_units[lang] || d.key * 100 < d.units * DENSE_PERCENT)
        return;
    memset(out->text + s.start, ' ', s.end - s.start);
    out->n_listed++;
}

/* Short sentences are judged with their short neighbours: a full stop behind each term makes no answer of a list. */
static void blank_all(struct iv_screened *out, const char *marks, const struct iv_spans *sentences,
                      const struct iv_spans *units, enum iv_lang lang)
{
    struct iv_span run = {0, 0};

    for (size_t i = 0; i < sentences->n; i++) {
        struct iv_span s = sentences->items[i];
        bool is_short = measure(marks, s, units).units < long_units[lang];

        if (is_short) {
            run = run.end ? (struct iv_span){run.start, s.end} : s;
            continue;
        }
        if (run.end)
            blank_if_dense(out, marks, run, units, lang);
        run = (struct iv_span){0, 0};
        blank_if_dense(out, marks, s, units, lang);
    }
    if (run.end)
        blank_if_dense(out, marks, run, units, lang);
}

enum iv_code iv_blank_dense(const struct iv_question *q, enum iv_lang lang, struct iv_screened *s,
                            struct iv_error *err)
{
    char *marks = iv_alloc(strlen(s->text) + 1);
    struct iv_spans sentences = {0}, units = {0};
    iv_answer_text *a = NULL;
    enum iv_code rc = marks ? iv_answer_text_new(s->text, lang, &a, err)
                            : iv_fail(err, IV_E_NOMEM, "answer: out of memory");

    if (!rc)
        rc = iv_text_sentences(s->text, &sentences, err);
    if (!rc)
        rc = iv_text_units(s->text, lang, &units, err);
    if (!rc) {
        mark_points(a, q->points, q->n_points, marks);
        blank_all(s, marks, &sentences, &units, lang);
    }
    iv_spans_release(&sentences);
    iv_spans_release(&units);
    iv_answer_text_free(a);
    free(marks);
    return rc;
}

/* score_signs.c - is a stretch of words built like a sentence? The words it knows by are core/data/speech/<lang>.yaml. */
#include "interview/score_signs.h"

#include <string.h>

#define WORD_BYTES 96
/* Korean: so many eojeol in a row with neither particle nor ending are a list, whatever stands around them. */
#define BARE_RUN 6

struct signs {
    size_t units, function, predicates, empty, commas, bare_run;
};

static size_t count_commas(const char *text, struct iv_span s)
{
    size_t n = 0;

    for (size_t i = s.start; i < s.end; i++)
        n += text[i] == ',' || !strncmp(text + i, "、", 3) || !strncmp(text + i, "・", 3);
    return n;
}

static void english_signs(const char *text, const struct iv_spans *units, const iv_json *speech,
                          struct signs *out)
{
    char word[WORD_BYTES];

    for (size_t i = 0; i < units->n; i++) {
        size_t n = iv_text_lower(text, units->items[i], word, sizeof word);

        out->function += iv_score_listed(iv_json_get(speech, "function"), word, n);
        out->predicates += iv_score_listed(iv_json_get(speech, "predicates"), word, n) ||
                           iv_score_ends(iv_json_get(speech, "predicate_endings"), word, n);
        out->empty += iv_score_listed(iv_json_get(speech, "empty"), word, n);
    }
}

static bool has_digit(const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (word[i] >= '0' && word[i] <= '9')
            return true;
    return false;
}

static void korean_signs(const char *text, const struct iv_spans *units, const iv_json *speech,
                         struct signs *out)
{
    for (size_t i = 0, run = 0; i < units->n; i++) {
        const char *word = text + units->items[i].start;
        size_t n = units->items[i].end - units->items[i].start;
        bool predicate = iv_score_ends(iv_json_get(speech, "predicate_endings"), word, n);
        bool function = predicate || has_digit(word, n) ||
                        iv_score_ends(iv_json_get(speech, "particles"), word, n) ||
                        iv_score_listed(iv_json_get(speech, "function"), word, n);

        out->predicates += predicate;
        out->function += function;
        out->empty += iv_score_ends(iv_json_get(speech, "empty"), word, n) ||
                      iv_score_listed(iv_json_get(speech, "empty"), word, n);
        run = function ? 0 : run + 1;
        out->bare_run = run > out->bare_run ? run : out->bare_run;
    }
}

static size_t count_all(const char *text, struct iv_span s, const iv_json *strings)
{
    size_t found = 0;

    for (const iv_json *j = iv_json_first(strings); j; j = iv_json_next(j)) {
        const char *one = iv_json_string(j, "");
        size_t n = strlen(one);

        for (size_t i = s.start; n && i + n <= s.end; i++)
            found += !memcmp(text + i, one, n);
    }
    return found;
}

static void japanese_signs(const char *text, struct iv_span s, const struct iv_spans *units,
                           const iv_json *speech, struct signs *out)
{
    for (size_t i = 0; i < units->n; i++) {
        const char *p = text + units->items[i].start;
        uint32_t cp = iv_utf8_next(&p);

        out->function += cp >= 0x3041 && cp <= 0x309f;
    }
    out->predicates = count_all(text, s, iv_json_get(speech, "predicates"));
    out->empty = count_all(text, s, iv_json_get(speech, "empty"));
}

void iv_units_in(const struct iv_spans *all, struct iv_span s, struct iv_spans *out)
{
    size_t first = 0;

    while (first < all->n && all->items[first].start < s.start)
        first++;
    out->items = all->items + first;
    out->n = 0;
    while (first + out->n < all->n && out->items[out->n].start < s.end)
        out->n++;
}

/* "There is A, and there is B, and there is C": a list in the clothes of a sentence. */
static bool is_roll_call(const struct signs *g, enum iv_lang lang)
{
    /* Percent of all units from which so many empty predicates are no accident any more. */
    static const size_t share[IV_LANG_COUNT] = {
        [IV_LANG_KO] = 25, [IV_LANG_EN] = 14, [IV_LANG_JA] = 4};

    if (g->empty < 4)
        return false;
    if (lang != IV_LANG_JA && g->empty * 100 >= g->predicates * 65)
        return true;
    return (g->empty >= 6 || lang == IV_LANG_JA) && g->empty * 100 >= g->units * share[lang];
}

/* Limits found on the answer sets of tests/answers: they part real sentences from rows of terms. */
static bool fits_limits(const struct signs *g, enum iv_lang lang)
{
    if (is_roll_call(g, lang))
        return false;
    if (lang == IV_LANG_EN) /* the list of verbs is not all of them: much grammar stands for one */
        return (g->predicates || g->function * 100 >= g->units * 35) &&
               g->function * 100 >= g->units * 24 && g->commas * 100 <= g->units * 34;
    if (lang == IV_LANG_KO)
        return g->predicates && g->function * 100 >= g->units * 45 &&
               g->predicates * 14 >= g->units && g->bare_run < BARE_RUN &&
               g->commas * 100 <= g->units * 50;
    return g->predicates && g->function * 100 >= g->units * 25 && g->commas * 100 <= g->units * 12;
}

static struct signs gather(const char *text, struct iv_span s, const struct iv_spans *all,
                           enum iv_lang lang, const iv_json *speech)
{
    struct iv_spans units = {0};
    struct signs g = {.commas = count_commas(text, s)};

    iv_units_in(all, s, &units);
    g.units = units.n;
    if (lang == IV_LANG_EN)
        english_signs(text, &units, speech, &g);
    else if (lang == IV_LANG_KO)
        korean_signs(text, &units, speech, &g);
    else
        japanese_signs(text, s, &units, speech, &g);
    return g;
}

bool iv_is_clause(const char *text, struct iv_span s, const struct iv_spans *all, enum iv_lang lang,
                  const iv_json *speech, size_t *n_units)
{
    struct signs g = gather(text, s, all, lang, speech);

    *n_units = g.units;
    return fits_limits(&g, lang);
}

bool iv_is_bare_term(const char *text, struct iv_span s, const struct iv_spans *all,
                     enum iv_lang lang, const iv_json *speech)
{
    static const size_t short_units[IV_LANG_COUNT] = {
        [IV_LANG_KO] = 2, [IV_LANG_EN] = 3, [IV_LANG_JA] = 14};
    struct signs g = gather(text, s, all, lang, speech);

    if (!g.units || g.units > short_units[lang])
        return false;
    if (lang == IV_LANG_JA)
        return !g.predicates && g.function * 3 <= g.units;
    return !g.predicates;
}

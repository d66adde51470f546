/* score_screen.c - which sentences of an answer may give evidence (see score_text.h). */
#include <stdlib.h>
#include <string.h>

#include "interview/score_text.h"
#include "iv/alloc.h"

#define WORD_BYTES 96
/* Speech without sentence ends is judged in pieces of about this many units. */
static const size_t piece_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 12, [IV_LANG_EN] = 24, [IV_LANG_JA] = 60};
/* Characters in a row that make a sentence the echo of a question when nearly all of them stand there. */
static const size_t echo_chars[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 2, [IV_LANG_EN] = 6, [IV_LANG_JA] = 3};
#define ECHO_PERCENT 80

/* Korean: so many eojeol in a row with neither particle nor ending are a list, whatever stands around them. */
#define BARE_RUN 6

struct signs {
    size_t units, function, predicates, commas, bare_run;
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
    }
}

static void korean_signs(const char *text, const struct iv_spans *units, const iv_json *speech,
                         struct signs *out)
{
    for (size_t i = 0, run = 0; i < units->n; i++) {
        const char *word = text + units->items[i].start;
        size_t n = units->items[i].end - units->items[i].start;
        bool predicate = iv_score_ends(iv_json_get(speech, "predicate_endings"), word, n);
        bool function = predicate || iv_score_ends(iv_json_get(speech, "particles"), word, n) ||
                        iv_score_listed(iv_json_get(speech, "function"), word, n);

        out->predicates += predicate;
        out->function += function;
        run = function ? 0 : run + 1;
        out->bare_run = run > out->bare_run ? run : out->bare_run;
    }
}

static void japanese_signs(const char *text, struct iv_span s, const struct iv_spans *units,
                           const iv_json *speech, struct signs *out)
{
    for (size_t i = 0; i < units->n; i++) {
        const char *p = text + units->items[i].start;
        uint32_t cp = iv_utf8_next(&p);

        out->function += cp >= 0x3041 && cp <= 0x309f;
    }
    for (const iv_json *j = iv_json_first(iv_json_get(speech, "predicates")); j;
         j = iv_json_next(j)) {
        const char *ending = iv_json_string(j, "");
        size_t n = strlen(ending);

        for (size_t i = s.start; n && i + n <= s.end; i++)
            out->predicates += !memcmp(text + i, ending, n);
    }
}

static void units_in(const struct iv_spans *all, struct iv_span s, struct iv_spans *out)
{
    size_t first = 0;

    while (first < all->n && all->items[first].start < s.start)
        first++;
    out->items = all->items + first;
    out->n = 0;
    while (first + out->n < all->n && out->items[out->n].start < s.end)
        out->n++;
}

/* Limits found on the answer sets of tests/answers: they part real sentences from rows of terms. */
static bool is_clause(const struct signs *g, enum iv_lang lang)
{
    if (!g->predicates)
        return false;
    if (lang == IV_LANG_EN)
        return g->function * 100 >= g->units * 22 && g->commas * 100 <= g->units * 34;
    if (lang == IV_LANG_KO)
        return g->function * 100 >= g->units * 45 && g->predicates * 14 >= g->units &&
               g->bare_run < BARE_RUN;
    return g->function * 100 >= g->units * 25 && g->commas * 100 <= g->units * 12;
}

static bool is_real(const char *text, struct iv_span s, const struct iv_spans *all,
                    enum iv_lang lang, const iv_json *speech, size_t *n_units)
{
    struct iv_spans units = {0};
    struct signs g = {.commas = count_commas(text, s)};

    units_in(all, s, &units);
    g.units = units.n;
    *n_units = units.n;
    if (lang == IV_LANG_EN)
        english_signs(text, &units, speech, &g);
    else if (lang == IV_LANG_KO)
        korean_signs(text, &units, speech, &g);
    else
        japanese_signs(text, s, &units, speech, &g);
    return is_clause(&g, lang);
}

/* Does `needle` (n bytes of text) stand in `hay` when both are read without case? */
static bool stands_in(const char *needle, size_t n, const char *hay)
{
    return n && memmem(hay, strlen(hay), needle, n);
}

static size_t chars_bytes(const char *p, const char *end, size_t chars)
{
    const char *q = p;

    while (chars-- && q < end)
        (void)iv_utf8_next(&q);
    return q <= end ? (size_t)(q - p) : 0;
}

static bool is_echo(const char *sentence, size_t len, const char *question, enum iv_lang lang)
{
    const char *p = sentence, *end = sentence + len;
    size_t total = 0, shared = 0;

    if (!question || !*question)
        return false;
    while (p < end) {
        size_t n = chars_bytes(p, end, echo_chars[lang]);

        if (n) {
            total++;
            shared += stands_in(p, n, question);
        }
        (void)iv_utf8_next(&p);
    }
    return total > 3 && shared * 100 >= total * ECHO_PERCENT;
}

static void blank(char *text, struct iv_span s)
{
    for (size_t i = s.start; i < s.end; i++)
        text[i] = ' ';
}

struct screen {
    const char *text;
    const struct iv_spans *units;
    enum iv_lang lang;
    const iv_json *speech;
    const char *question, *seen; /* lower case */
    const char *lower;
    struct iv_screened *out;
};

/* A long run without sentence ends is cut so that a list inside it does not hide behind the rest. */
static void screen_pieces(const struct screen *c, struct iv_span s)
{
    struct iv_spans units = {0};
    size_t at = s.start, step = piece_units[c->lang], n;

    units_in(c->units, s, &units);
    if (!is_real(c->text, s, c->units, c->lang, c->speech, &n)) {
        c->out->n_listed++;
        blank(c->out->text, s);
        return;
    }
    for (size_t i = 0; i < units.n; i += step) {
        bool last = i + step + step / 2 >= units.n;
        struct iv_span piece = {at, last ? s.end : units.items[i + step].start};

        at = piece.end;
        if (is_real(c->text, piece, c->units, c->lang, c->speech, &n)) {
            c->out->units += n;
            c->out->n_sentences++;
        } else {
            c->out->n_listed++;
            blank(c->out->text, piece);
        }
        if (last)
            break;
    }
}

static bool said_before(const struct screen *c, struct iv_span s)
{
    const char *sentence = c->lower + s.start;
    size_t len = s.end - s.start;

    if (len < 12)
        return false;
    return (c->seen && stands_in(sentence, len, c->seen)) ||
           memmem(c->lower, s.start, sentence, len);
}

static void screen_sentence(const struct screen *c, struct iv_span s)
{
    if (said_before(c, s) || is_echo(c->lower + s.start, s.end - s.start, c->question, c->lang)) {
        c->out->n_repeated++;
        blank(c->out->text, s);
        return;
    }
    screen_pieces(c, s);
}

static char *lower_copy(const char *text)
{
    size_t n = text ? strlen(text) : 0;
    char *out = text ? iv_alloc(n + 1) : NULL;

    if (out)
        (void)iv_text_lower(text, (struct iv_span){0, n}, out, n + 1);
    return out;
}

enum iv_code iv_text_screen(const char *text, enum iv_lang lang, const iv_json *speech,
                            const char *question, const char *seen, struct iv_screened *out,
                            struct iv_error *err)
{
    struct iv_spans units = {0}, sentences = {0};
    char *lower = lower_copy(text), *asked = lower_copy(question), *before = lower_copy(seen);
    enum iv_code rc;

    *out = (struct iv_screened){.text = iv_strdup(text)};
    rc = out->text && lower ? iv_text_units(text, lang, &units, err)
                            : iv_fail(err, IV_E_NOMEM, "answer: out of memory");
    if (!rc)
        rc = iv_text_sentences(text, &sentences, err);
    for (size_t i = 0; !rc && i < sentences.n; i++) {
        const struct screen c = {.text = text,
                                 .units = &units,
                                 .lang = lang,
                                 .speech = speech,
                                 .question = asked,
                                 .seen = before,
                                 .lower = lower,
                                 .out = out};
        screen_sentence(&c, sentences.items[i]);
    }
    iv_spans_release(&units);
    iv_spans_release(&sentences);
    free(lower);
    free(asked);
    free(before);
    return rc;
}

/* score_screen.c - which sentences of an answer may give evidence (see score_text.h). */
#include <stdlib.h>
#include <string.h>

#include "interview/score_signs.h"
#include "interview/score_text.h"
#include "iv/alloc.h"

/* Speech without sentence ends is judged in pieces of about this many units. */
static const size_t piece_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 12, [IV_LANG_EN] = 24, [IV_LANG_JA] = 60};
/* Characters in a row that make a sentence the echo of a question when nearly all of them stand there. */
static const size_t echo_chars[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 2, [IV_LANG_EN] = 6, [IV_LANG_JA] = 3};
#define ECHO_PERCENT 80
#define LIST_TERMS 4

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

    iv_units_in(c->units, s, &units);
    if (!iv_is_clause(c->text, s, c->units, c->lang, c->speech, &n)) {
        c->out->n_listed++;
        blank(c->out->text, s);
        return;
    }
    for (size_t i = 0; i < units.n; i += step) {
        bool last = i + step + step / 2 >= units.n;
        struct iv_span piece = {at, last ? s.end : units.items[i + step].start};

        at = piece.end;
        if (iv_is_clause(c->text, piece, c->units, c->lang, c->speech, &n)) {
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

static size_t comma_bytes(const char *p)
{
    return *p == ','                                                              ? 1
           : !strncmp(p, "、", 3) || !strncmp(p, "・", 3) || !strncmp(p, "，", 3) ? 3
                                                                                  : 0;
}

/* The stretch from `at` to the next comma; *next lies behind it. */
static struct iv_span segment(const char *text, size_t at, size_t end, size_t *next)
{
    size_t i = at;

    while (i < end && !comma_bytes(text + i))
        i++;
    *next = i < end ? i + comma_bytes(text + i) : end;
    return (struct iv_span){at, i};
}

/* Four and more bare terms between commas are a list, also inside a good sentence. */
static void blank_lists(const struct screen *c, struct iv_span s)
{
    struct iv_span run = {s.start, s.start};
    size_t n = 0;

    for (size_t at = s.start, next; at < s.end; at = next) {
        struct iv_span one = segment(c->text, at, s.end, &next);
        bool bare = iv_is_bare_term(c->text, one, c->units, c->lang, c->speech);

        if (bare) {
            run = n++ ? (struct iv_span){run.start, next} : (struct iv_span){at, next};
            if (next < s.end)
                continue;
        }
        if (n >= LIST_TERMS) {
            blank(c->out->text, run);
            c->out->n_listed++;
        }
        n = 0;
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
    blank_lists(c, s);
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

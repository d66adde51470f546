/* score_quote.c - does a quote stand in a text, word for word? */
#include <string.h>

#include "interview/score_model.h"

#define QUOTE_MAX_BYTES 2000

/* A quote of less says nothing: words (en), eojeol (ko), letters (ja). */
static const size_t least_units[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 2, [IV_LANG_EN] = 3, [IV_LANG_JA] = 6};

/* Length of the blank at s, 0 for anything else. */
static size_t blank_at(const char *s)
{
    if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
        return 1;
    if (!strncmp(s, "\xc2\xa0", 2))
        return 2;
    return strncmp(s, "\xe3\x80\x80", 3) ? 0 : 3;
}

static size_t blanks_at(const char *s)
{
    size_t n = 0, one;

    while ((one = blank_at(s + n)))
        n += one;
    return n;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Angle brackets were shown to the model as other characters (quoted.h). */
static size_t same_at(const char *text, const char *quote, size_t *quote_len)
{
    *quote_len = 1;
    if (*text && *text == *quote)
        return 1;
    *quote_len = 3;
    if ((*text == '<' && !strncmp(quote, "\xe2\x80\xb9", 3)) ||
        (*text == '>' && !strncmp(quote, "\xe2\x80\xba", 3)))
        return 1;
    return 0;
}

/* Bytes of text that are the quote, 0: it does not begin here. */
static size_t matches(const char *text, const char *quote)
{
    size_t at = 0, end = 0, step;

    while (*quote) {
        size_t blanks = blanks_at(quote), there = blanks_at(text + at), n;

        if (blanks && !quote[blanks])
            break; /* the quote's own last blanks */
        if (blanks || there) {
            if (!blanks || !there)
                return 0;
            quote += blanks;
            at += there;
            continue;
        }
        n = same_at(text + at, quote, &step);
        if (!n)
            return 0;
        at += n;
        quote += step;
        end = at;
    }
    return end;
}

bool iv_quote_find(const char *text, enum iv_lang lang, const char *quote, struct iv_span *out)
{
    quote += blanks_at(quote);
    if (!*quote || strlen(quote) > QUOTE_MAX_BYTES ||
        iv_text_unit_count(quote, lang) < least_units[lang])
        return false;
    for (const char *p = text; *p; p++) {
        size_t len = matches(p, quote);

        /* not from within a word to within another */
        if (!len || (p > text && is_word(p[-1]) && is_word(*p)) ||
            (is_word(p[len - 1]) && is_word(p[len])))
            continue;
        *out = (struct iv_span){(size_t)(p - text), (size_t)(p - text) + len};
        return true;
    }
    return false;
}

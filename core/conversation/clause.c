/* clause.c - where a text may be cut so that each piece can be spoken on its own.
 *
 * A sentence end always cuts. A comma cuts once the piece is long enough that the pause sounds meant. Korean writes commas
 * rarely, so a connective ending before a space (-는데, -고, -면, -서, -니) cuts too; Japanese has no spaces, so 、 does.
 */
#include <string.h>

#include "conversation/engine.h"

struct rule {
    size_t min_comma_chars, min_ending_chars, max_chars;
    uint64_t ms_per_char; /* of a letter, syllable or kana/kanji, at an interviewer's pace */
};

static const struct rule rules[IV_LANG_COUNT] = {
    [IV_LANG_KO] = {8, 14, 60, 190},
    [IV_LANG_EN] = {24, 0, 160, 66},
    [IV_LANG_JA] = {10, 0, 70, 150},
};

static bool ends_sentence(uint32_t cp)
{
    return cp == '.' || cp == '!' || cp == '?' || cp == 0x3002 || cp == 0xff01 || cp == 0xff1f ||
           cp == 0x2026 || cp == '\n';
}

static bool is_comma(uint32_t cp)
{
    return cp == ',' || cp == ';' || cp == ':' || cp == 0x3001 || cp == 0xff0c || cp == 0x2014;
}

static bool is_closer(uint32_t cp)
{
    return cp == '"' || cp == '\'' || cp == ')' || cp == 0x201d || cp == 0x2019 || cp == 0x300d ||
           cp == 0x300f || cp == 0xff09;
}

static bool is_title(const char *text, size_t at)
{
    static const char *const titles[] = {"Dr", "Mr", "Mrs", "Ms", "Prof", "vs"};

    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        size_t n = strlen(titles[i]);

        if (at >= n && !memcmp(text + at - n, titles[i], n) && (at == n || text[at - n - 1] == ' '))
            return true;
    }
    return false;
}

/* "3.5", "e.g. x", "U.S. ", "Dr. K" do not end a sentence: a digit or letter follows the stop, or a single letter stood before it. */
static bool is_real_stop(const char *text, size_t at, size_t after, size_t len)
{
    if (text[at] != '.')
        return true;
    if (after < len && text[after] != ' ' && text[after] != '\n' &&
        !is_closer((unsigned char)text[after]))
        return (unsigned char)text[after] >= 0x80;
    if (at >= 1 && text[at - 1] == '.')
        return true;
    if (is_title(text, at))
        return after >= len;
    if (at >= 2 && text[at - 2] == '.')
        return after >= len;
    return at < 2 || text[at - 2] != ' ';
}

static bool korean_connective(const char *text, size_t at)
{
    static const char *const endings[] = {"는데", "은데", "지만", "면서", "으면", "려면",
                                          "니까", "어서", "아서", "해서", "하고", "되고"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);

        if (at >= n && !memcmp(text + at - n, endings[i], n))
            return true;
    }
    return false;
}

static size_t skip_closers(const char *text, size_t at, size_t len)
{
    while (at < len) {
        const char *p = text + at;
        uint32_t cp = iv_utf8_next(&p);

        if (cp != ' ' && cp != '\n' && !is_closer(cp) && !ends_sentence(cp))
            break;
        at = (size_t)(p - text);
    }
    return at;
}

size_t iv_clause_next(const char *text, size_t len, enum iv_lang lang, bool final)
{
    const struct rule *r = &rules[lang];
    size_t chars = 0, last_space = 0;

    for (const char *p = text; (size_t)(p - text) < len;) {
        size_t at = (size_t)(p - text), after;
        uint32_t cp = iv_utf8_next(&p);

        if (!cp)
            break;
        after = (size_t)(p - text);
        chars++;
        if (!final && after >= len)
            return 0; /* what follows may change what this is */
        if ((ends_sentence(cp) && is_real_stop(text, at, after, len)) ||
            (is_comma(cp) && chars >= r->min_comma_chars && (cp > 0x7f || text[after] == ' '))) {
            after = skip_closers(text, after, len);
            return final || after < len ? after : 0;
        }
        if (cp == ' ') {
            last_space = after;
            if (r->min_ending_chars && chars > r->min_ending_chars && korean_connective(text, at))
                return after;
        }
        if (chars >= r->max_chars)
            return last_space ? last_space : after;
    }
    return final ? len : 0;
}

static bool is_question_mark(uint32_t cp)
{
    return cp == '?' || cp == 0xff1f;
}

size_t iv_clause_question(const char *text)
{
    size_t len = strlen(text), start = 0, question = len;

    for (const char *p = text; *p;) {
        size_t at = (size_t)(p - text), after;
        uint32_t cp = iv_utf8_next(&p);

        if (!cp)
            break;
        after = (size_t)(p - text);
        if (!ends_sentence(cp) || !is_real_stop(text, at, after, len))
            continue;
        if (is_question_mark(cp) && question == len)
            question = start;
        after = skip_closers(text, after, len);
        p = text + after;
        if (after < len)
            start = after;
    }
    return question < len ? question : start;
}

bool iv_clause_is_whole(const char *text)
{
    uint32_t last = 0, cp;

    while ((cp = iv_utf8_next(&text)))
        if (!is_closer(cp) && cp != ' ')
            last = cp;
    return ends_sentence(last);
}

uint64_t iv_spoken_estimate_ms(const char *text, enum iv_lang lang)
{
    const struct rule *r = &rules[lang];
    uint64_t ms = 0;
    uint32_t cp;

    while ((cp = iv_utf8_next(&text))) {
        if (ends_sentence(cp))
            ms += 450;
        else if (is_comma(cp))
            ms += 200;
        else if (cp != ' ')
            ms += r->ms_per_char;
    }
    return ms;
}

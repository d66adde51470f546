/* score_units.c - words, eojeol, letters and sentences as byte ranges. */
#include <stdlib.h>
#include <string.h>

#include "interview/score_text.h"
#include "iv/alloc.h"

void iv_spans_release(struct iv_spans *s)
{
    free(s->items);
    *s = (struct iv_spans){0};
}

static enum iv_code add_span(struct iv_spans *s, size_t start, size_t end, struct iv_error *err)
{
    if (iv_grow(&s->items, &s->cap, s->n + 1, sizeof *s->items))
        return iv_fail(err, IV_E_NOMEM, "answer: out of memory");
    s->items[s->n++] = (struct iv_span){start, end};
    return IV_OK;
}

static bool is_space(uint32_t cp)
{
    return cp == ' ' || cp == '\n' || cp == '\t' || cp == 0x3000;
}

static bool is_letter(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
    if (cp < 0xc0 || (cp >= 0x2000 && cp <= 0x303f && cp != 0x3005) || cp == 0x30fb)
        return false;
    return !(cp >= 0xff01 && cp <= 0xff0f) && !(cp >= 0xff1a && cp <= 0xff20) &&
           !(cp >= 0xff3b && cp <= 0xff40) && !(cp >= 0xff5b && cp <= 0xff65);
}

/* "don't", "C++", "3.5" and "read-only" stay whole. */
static bool joins_word(uint32_t cp, const char *next)
{
    if (cp == '+' || cp == '#')
        return true;
    if (cp != '\'' && cp != '-' && cp != '.' && cp != 0x2019)
        return false;
    return is_letter(iv_utf8_next(&next));
}

static enum iv_code each_letter(const char *text, struct iv_spans *out, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    uint32_t cp;

    for (const char *p = text, *at = p; !rc && (cp = iv_utf8_next(&p)); at = p)
        if (is_letter(cp))
            rc = add_span(out, (size_t)(at - text), (size_t)(p - text), err);
    return rc;
}

static enum iv_code each_word(const char *text, struct iv_spans *out, struct iv_error *err)
{
    size_t start = 0, end = 0;
    bool inside = false;
    enum iv_code rc = IV_OK;
    uint32_t cp;

    for (const char *p = text, *at = p; !rc; at = p) {
        cp = iv_utf8_next(&p);
        if (is_letter(cp) || (inside && cp && joins_word(cp, p))) {
            start = inside ? start : (size_t)(at - text);
            end = (size_t)(p - text);
            inside = true;
            continue;
        }
        if (inside)
            rc = add_span(out, start, end, err);
        inside = false;
        if (!cp)
            break;
    }
    return rc;
}

/* An eojeol is what stands between blanks, without the punctuation at its ends. */
static enum iv_code each_eojeol(const char *text, struct iv_spans *out, struct iv_error *err)
{
    size_t start = 0, end = 0;
    bool has_letter = false;
    enum iv_code rc = IV_OK;
    uint32_t cp;

    for (const char *p = text, *at = p; !rc; at = p) {
        cp = iv_utf8_next(&p);
        if (is_letter(cp)) {
            start = has_letter ? start : (size_t)(at - text);
            end = (size_t)(p - text);
            has_letter = true;
        }
        if (has_letter && (!cp || is_space(cp) || cp == ',')) {
            rc = add_span(out, start, end, err);
            has_letter = false;
        }
        if (!cp)
            break;
    }
    return rc;
}

enum iv_code iv_text_units(const char *text, enum iv_lang lang, struct iv_spans *out,
                           struct iv_error *err)
{
    *out = (struct iv_spans){0};
    if (lang == IV_LANG_JA)
        return each_letter(text, out, err);
    return lang == IV_LANG_KO ? each_eojeol(text, out, err) : each_word(text, out, err);
}

size_t iv_text_unit_count(const char *text, enum iv_lang lang)
{
    struct iv_spans s;
    size_t n;

    (void)iv_text_units(text, lang, &s, NULL);
    n = s.n;
    iv_spans_release(&s);
    return n;
}

static bool ends_sentence(uint32_t cp, const char *next)
{
    if (cp == '\n' || cp == '?' || cp == '!' || cp == 0x3002 || cp == 0xff01 || cp == 0xff1f)
        return true;
    return cp == '.' && (!*next || is_space((unsigned char)*next));
}

enum iv_code iv_text_sentences(const char *text, struct iv_spans *out, struct iv_error *err)
{
    size_t start = 0;
    bool has_letter = false;
    enum iv_code rc = IV_OK;
    uint32_t cp;

    *out = (struct iv_spans){0};
    for (const char *p = text, *at = p; !rc; at = p) {
        cp = iv_utf8_next(&p);
        if (!has_letter && is_letter(cp)) {
            has_letter = true;
            start = (size_t)(at - text);
        }
        if (has_letter && (!cp || ends_sentence(cp, p))) {
            rc = add_span(out, start, (size_t)(p - text), err);
            has_letter = false;
        }
        if (!cp)
            break;
    }
    return rc;
}

size_t iv_text_lower(const char *text, struct iv_span s, char *out, size_t cap)
{
    size_t n = s.end - s.start < cap - 1 ? s.end - s.start : cap - 1;

    for (size_t i = 0; i < n; i++) {
        char c = text[s.start + i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    out[n] = '\0';
    return n;
}

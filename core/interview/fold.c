/* fold.c - NFKC and case folding piece by piece, so that each result knows the bytes it came from.
 *
 * A piece is a character with everything that may compose with it (marks, conjoining jamo, half-width voicing).
 * Most characters are their own NFKC form and take the short way; the rest go through the library one piece at a time. */
#include "interview/fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"

#define FOLD_MAX_BYTES (16u << 20)
#define PIECE_MAX_BYTES 60 /* marks beyond that start a piece of their own: nobody writes so many */

struct range {
    uint32_t from, to;
};

static bool in_ranges(uint32_t cp, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n && cp >= r[i].from; i++)
        if (cp <= r[i].to)
            return true;
    return false;
}

static bool joins_previous(uint32_t cp)
{
    static const struct range marks[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
        {0x093c, 0x094d}, {0x1160, 0x11ff}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
        {0x302a, 0x302f}, {0x3099, 0x309a}, {0xd7b0, 0xd7ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
        {0xff9e, 0xff9f}, {0xffa0, 0xffdc},
    };

    return cp >= 0x300 && in_ranges(cp, marks, IV_LEN(marks));
}

/* Scripts whose characters stay as they are when nothing joins them. */
static bool is_stable(uint32_t cp)
{
    return (cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0x4e00 && cp <= 0x9fff) ||
           (cp >= 0x3041 && cp <= 0x3096) || (cp >= 0x30a1 && cp <= 0x30fa) || cp == 0x30fc;
}

static bool is_punctuation(uint32_t cp)
{
    static const struct range signs[] = {
        {0x00, 0x2f},     {0x3a, 0x40},       {0x5b, 0x60},     {0x7b, 0xa9},     {0xab, 0xb4},
        {0xb6, 0xb9},     {0xbb, 0xbf},       {0xd7, 0xd7},     {0xf7, 0xf7},     {0x2000, 0x206f},
        {0x20a0, 0x20cf}, {0x2190, 0x2bff},   {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030},
        {0x303d, 0x303d}, {0x30a0, 0x30a0},   {0x30fb, 0x30fb}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},
        {0xfffc, 0xfffd}, {0x1f000, 0x1faff},
    };

    return in_ranges(cp, signs, IV_LEN(signs));
}

static bool is_letter(uint32_t cp)
{
    return !is_punctuation(cp) && !(cp >= '0' && cp <= '9');
}

/* + and # stay behind a letter, so that c++ and c# are words. */
static bool is_kept_sign(const struct folded *f, uint32_t cp)
{
    uint32_t before = f->n ? f->chars[f->n - 1].cp : ' ';

    return (cp == '+' || cp == '#') && (is_letter(before) || (cp == before && cp == '+'));
}

static bool put(struct folded *f, uint32_t cp, size_t start, size_t end)
{
    if (is_punctuation(cp) && !is_kept_sign(f, cp))
        cp = ' ';
    if (cp == ' ' && (!f->n || f->chars[f->n - 1].cp == ' '))
        return true;
    if (iv_grow(&f->chars, &f->cap, f->n + 1, sizeof *f->chars))
        return false;
    f->chars[f->n++] = (struct fold_char){cp, (uint32_t)start, (uint32_t)end};
    return true;
}

/* iv_utf8_next on a copy of one character: it looks for the end of its string, which may be far. */
static uint32_t next_char(const char **s)
{
    char one[5] = {0};
    const char *p = one;
    uint32_t cp = (unsigned char)**s;

    if (cp < 0x80) {
        *s += cp != 0;
        return cp;
    }
    memcpy(one, *s, strnlen(*s, 4));
    cp = iv_utf8_next(&p);
    *s += p - one;
    return cp;
}

static bool put_piece(struct folded *f, const char *piece, size_t len, size_t start)
{
    char bytes[PIECE_MAX_BYTES + 5];
    char *nfkc;
    const char *p;
    uint32_t cp;
    bool ok = true;

    memcpy(bytes, piece, len);
    bytes[len] = '\0';
    nfkc = iv_text_nfkc_fold(bytes);
    if (!nfkc)
        return false;
    for (p = nfkc; ok && (cp = next_char(&p));)
        ok = put(f, cp, start, start + len);
    free(nfkc);
    return ok;
}

/* One character with what joins it; false when memory ran out. */
static bool put_next(struct folded *f, const char *text, const char **s)
{
    const char *begin = *s, *end;
    uint32_t cp = next_char(s), follows;
    size_t start = (size_t)(begin - text);

    for (;;) {
        end = *s;
        follows = next_char(s);
        *s = follows ? *s : end;
        if (!follows || !joins_previous(follows) || (size_t)(*s - begin) > PIECE_MAX_BYTES)
            break;
    }
    *s = end;
    if ((size_t)(end - begin) > (cp < 0x80 ? 1u : 3u) || (cp >= 0x80 && !is_stable(cp)))
        return put_piece(f, begin, (size_t)(end - begin), start);
    if (cp >= 'A' && cp <= 'Z')
        cp += 'a' - 'A';
    return put(f, cp, start, (size_t)(end - text));
}

enum iv_code iv_fold_text(const char *text, struct folded *out, struct iv_error *err)
{
    const char *s = text;

    *out = (struct folded){0};
    if (strlen(text) > FOLD_MAX_BYTES)
        return iv_fail(err, IV_E_TOO_LARGE, "a text of more than %u bytes", FOLD_MAX_BYTES);
    while (*s)
        if (!put_next(out, text, &s)) {
            iv_folded_release(out);
            return iv_fail(err, IV_E_NOMEM, "text: out of memory");
        }
    if (out->n && out->chars[out->n - 1].cp == ' ')
        out->n--;
    return IV_OK;
}

void iv_folded_release(struct folded *f)
{
    free(f->chars);
    *f = (struct folded){0};
}

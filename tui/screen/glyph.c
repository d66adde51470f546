/* glyph.c - see glyph.h. */
#include "screen/glyph.h"

#include <string.h>

#include "iv/error.h"
#include "iv/text.h"

#define MARKS_MAX 4

static int width_of(uint32_t cp)
{
    char bytes[5] = "";

    if (cp < 0x7f)
        return 1;
    bytes[iv_utf8_put(cp, bytes)] = '\0';
    return iv_text_width(bytes);
}

static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}

/* What joins or turns neighbours is drawn differently by each terminal: without it every one agrees on the places. */
static bool is_invisible(uint32_t cp)
{
    return (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x202a && cp <= 0x202e) ||
           (cp >= 0x2060 && cp <= 0x206f) || (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xfeff ||
           cp == 0xad || cp == 0x61c;
}

static void take(struct glyph *g, size_t *len, uint32_t cp)
{
    char bytes[4];
    size_t n = iv_utf8_put(cp, bytes);

    if (*len + n >= GLYPH_BYTES)
        return;
    memcpy(g->text + *len, bytes, n);
    *len += n;
    g->text[*len] = '\0';
}

static void begin(struct glyph *g, size_t *len, uint32_t cp)
{
    *g = (struct glyph){.cp = cp, .width = width_of(cp)};
    *len = 0;
    if (cp == '\n') {
        g->width = 0;
    } else if (cp == '\t') {
        g->width = 1;
        take(g, len, ' ');
    } else if (is_control(cp)) {
        g->width = 1;
        take(g, len, 0xfffd);
    } else if (g->width < 1) { /* a mark with nothing below it */
        g->width = 1;
        take(g, len, 0x25cc);
        if (!is_invisible(cp))
            take(g, len, cp);
    } else {
        take(g, len, cp);
    }
}

size_t glyph_next(const char *text, struct glyph *g)
{
    const char *p = text, *before;
    size_t len;
    int marks = 0;
    uint32_t cp;

    do { /* what cannot be seen takes no place */
        cp = iv_utf8_next(&p);
        if (!cp)
            return 0;
    } while (is_invisible(cp) && *p);
    begin(g, &len, cp);
    if (cp == '\n' || is_control(cp))
        return (size_t)(p - text);
    for (;;) {
        before = p;
        cp = iv_utf8_next(&p);
        if (!cp || is_control(cp) || width_of(cp) > 0)
            break;
        if (!is_invisible(cp) && marks++ < MARKS_MAX)
            take(g, &len, cp);
    }
    return (size_t)(before - text);
}

size_t glyph_before(const char *text, size_t at)
{
    struct glyph g;
    size_t last = 0, n;

    for (size_t i = 0; i < at && (n = glyph_next(text + i, &g)); i += n)
        last = i;
    return last;
}

int glyph_width(const char *text, size_t len)
{
    struct glyph g;
    int width = 0;
    size_t n;

    for (size_t i = 0; i < len && (n = glyph_next(text + i, &g)); i += n)
        width += g.width;
    return width;
}

/* -- lines -- */

static bool stands_alone(uint32_t cp)
{
    return (cp >= 0x2e80 && cp <= 0x30ff) || (cp >= 0x3400 && cp <= 0x9fff) ||
           (cp >= 0xf900 && cp <= 0xfaff) || (cp >= 0xff00 && cp <= 0xffef);
}

/* Closing brackets, stops, small kana, the mark of a long vowel. */
static bool begins_no_line(uint32_t cp)
{
    static const uint32_t marks[] = {
        '!',    ')',    ',',    '.',    ':',    ';',    '?',    ']',    '}',    0x2019, 0x201d,
        0x2025, 0x2026, 0x3001, 0x3002, 0x3005, 0x3009, 0x300b, 0x300d, 0x300f, 0x3011, 0x3015,
        0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3063, 0x3083, 0x3085, 0x3087, 0x308e, 0x309d,
        0x309e, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30c3, 0x30e3, 0x30e5, 0x30e7, 0x30ee,
        0x30f5, 0x30f6, 0x30fb, 0x30fc, 0x30fd, 0x30fe, 0xff01, 0xff09, 0xff0c, 0xff0e, 0xff1a,
        0xff1b, 0xff1f, 0xff3d, 0xff5d, 0xff61, 0xff63, 0xff64};

    for (size_t i = 0; i < IV_LEN(marks); i++)
        if (marks[i] == cp)
            return true;
    return false;
}

static bool ends_no_line(uint32_t cp)
{
    return cp == '(' || cp == '[' || cp == 0x2018 || cp == 0x201c || cp == 0x3008 || cp == 0x300a ||
           cp == 0x300c || cp == 0x300e || cp == 0x3010 || cp == 0xff08;
}

static bool may_break(uint32_t before, uint32_t after)
{
    return (stands_alone(before) || stands_alone(after)) && !begins_no_line(after) &&
           !ends_no_line(before);
}

static size_t skip_blanks(const char *text)
{
    return strspn(text, " ");
}

size_t glyph_wrap(const char *text, int width, size_t *next)
{
    size_t at = 0, n, end = 0, resume = 0; /* the last place where the line may end */
    uint32_t before = 0;
    struct glyph g;
    int used = 0;

    while ((n = glyph_next(text + at, &g))) {
        if (g.cp == '\n') {
            *next = at + n;
            return at;
        }
        if (g.cp == ' ' && before != ' ')
            end = at;
        if (g.cp != ' ' && before && before != ' ' && may_break(before, g.cp))
            end = resume = at;
        if (used + g.width > width)
            break;
        if (g.cp == ' ')
            resume = at + n;
        used += g.width;
        before = g.cp;
        at += n;
    }
    if (!n) {
        *next = at;
        return at;
    }
    if (g.cp == ' ') {
        *next = at + skip_blanks(text + at);
        if (text[*next] == '\n')
            ++*next;
        return end;
    }
    if (resume) {
        *next = resume;
        return end;
    }
    *next = at ? at : n; /* one glyph at least, or it would never end */
    return *next;
}

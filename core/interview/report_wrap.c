/* report_wrap.c - lines of a terminal: wide characters, wrapping, bars. */
#include <stdlib.h>
#include <string.h>

#include "interview/report.h"

static int width_of(const char *s, size_t len)
{
    char bytes[8];

    if (len >= sizeof bytes)
        len = sizeof bytes - 1;
    memcpy(bytes, s, len);
    bytes[len] = '\0';
    return iv_text_width(bytes);
}

/* Chinese characters and kana may break anywhere; everything else at blanks. */
static bool breaks_anywhere(uint32_t cp)
{
    return (cp >= 0x3040 && cp <= 0x30ff) || (cp >= 0x4e00 && cp <= 0x9fff);
}

static void spaces(struct iv_buf *out, int n)
{
    while (n-- > 0)
        iv_buf_addc(out, ' ');
}

/* The next piece that must stay together; *cells gets its width. */
static size_t piece(const char *p, int *cells)
{
    const char *start = p, *at = p;
    uint32_t cp;

    *cells = 0;
    while ((cp = iv_utf8_next(&p))) {
        if (cp == ' ' || cp == '\n')
            break;
        *cells += width_of(at, (size_t)(p - at));
        at = p;
        if (breaks_anywhere(cp)) {
            const char *next = p;
            uint32_t follow = iv_utf8_next(&next);

            /* no line begins with a full stop or a closing bracket */
            if (follow < 0x3001 || follow > 0x301f)
                break;
        }
        if (*cells > 60)
            break;
    }
    return (size_t)(at - start);
}

void iv_wrap(struct iv_buf *out, const char *text, int indent, int width)
{
    char *visible = iv_one_line(text);
    int column = indent;

    spaces(out, indent);
    for (const char *p = visible ? visible : ""; *p;) {
        int cells;
        size_t n;

        if (*p == ' ') {
            if (column > indent && column < width) {
                iv_buf_addc(out, ' ');
                column++;
            }
            p++;
            continue;
        }
        n = piece(p, &cells);
        if (!n)
            n = 1;
        if (column + cells > width && column > indent) {
            while (out->len && out->data[out->len - 1] == ' ')
                out->data[--out->len] = '\0';
            iv_buf_addc(out, '\n');
            spaces(out, indent);
            column = indent;
        }
        iv_buf_add(out, p, n);
        column += cells;
        p += n;
    }
    iv_buf_addc(out, '\n');
    free(visible);
}

void iv_pad(struct iv_buf *out, const char *text, int width)
{
    char *visible = iv_one_line(text);

    iv_buf_adds(out, visible ? visible : "");
    spaces(out, width - iv_text_width(visible ? visible : ""));
    free(visible);
}

void iv_bar(struct iv_buf *out, double share, int cells)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int n = share <= 0 ? 0 : share >= 1 ? cells * 8 : (int)(share * cells * 8 + 0.5);

    for (int i = 0; i < n / 8; i++)
        iv_buf_adds(out, "█");
    iv_buf_adds(out, eighths[n % 8]);
    for (int i = (n + 7) / 8; i < cells; i++)
        iv_buf_adds(out, "░");
}

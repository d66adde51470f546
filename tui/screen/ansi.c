/* ansi.c - see ansi.h. */
#include "screen/ansi.h"

#include <string.h>

int ansi_lines(const char *text)
{
    int n = 0;

    for (; *text; n++) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return n;
}

static enum style style_of(const char *code, size_t n)
{
    static const struct {
        const char *code;
        enum style style;
    } codes[] = {{"1", STYLE_STRONG}, {"2", STYLE_FAINT}, {"31", STYLE_BAD},
                 {"33", STYLE_BAD},   {"32", STYLE_GOOD}, {"36", STYLE_MIDDLE}};

    for (size_t i = 0; i < IV_LEN(codes); i++)
        if (strlen(codes[i].code) == n && !strncmp(codes[i].code, code, n))
            return codes[i].style;
    return STYLE_TEXT;
}

/* The bytes of a sequence at its beginning; 0: none is there. */
static size_t sequence(const char *text, enum style *style)
{
    size_t n;

    if (text[0] != '\033' || text[1] != '[')
        return 0;
    n = strspn(text + 2, "0123456789;");
    if (text[2 + n] == 'm')
        *style = style_of(text + 2, n);
    return 2 + n + (text[2 + n] != '\0');
}

void ansi_draw(struct canvas *c, struct box b, const char *text, int top)
{
    enum style style = STYLE_TEXT;
    int line = 0, x = 0;

    while (*text && line < top + b.h) {
        size_t n = sequence(text, &style);

        if (!n && *text == '\n') {
            line++;
            x = 0;
            n = 1;
        } else if (!n) {
            n = strcspn(text, "\n\033");
            n = n ? n : 1;
            if (line >= top)
                x += canvas_put_n(c, b.x + x, b.y + line - top, b.w - x, text, n, style);
        }
        text += n;
    }
}

/* field.c - see field.h. Marks that arrive after their character are composed with it, so that one key takes back one syllable. */
#include "screen/field.h"

#include <stdlib.h>
#include <string.h>

#include "iv/text.h"

void field_init(struct field *f, size_t max_bytes)
{
    *f = (struct field){.text = IV_BUF_INIT(max_bytes)};
}

void field_release(struct field *f)
{
    iv_buf_release(&f->text);
}

void field_clear(struct field *f)
{
    iv_buf_clear(&f->text);
    f->text.failed = false;
    f->at = 0;
    f->top = 0;
}

void field_set(struct field *f, const char *text)
{
    field_clear(f);
    iv_buf_add(&f->text, text, iv_utf8_cut(text, strlen(text), f->text.max - 1));
    f->text.failed = false;
    f->at = f->text.len;
}

bool field_is_empty(const struct field *f)
{
    return !f->text.len;
}

static const char *str(const struct field *f)
{
    return iv_buf_str(&f->text);
}

static void remove_range(struct field *f, size_t from, size_t to)
{
    if (from >= to || to > f->text.len)
        return;
    memmove(f->text.data + from, f->text.data + to, f->text.len - to + 1);
    f->text.len -= to - from;
    f->at = from;
}

/* What does not fit is not taken. */
static void insert(struct field *f, const char *bytes, size_t n)
{
    size_t tail = f->text.len - f->at;

    if (!n || f->text.len + n + 1 >= f->text.max)
        return;
    iv_buf_add(&f->text, bytes, n);
    if (f->text.failed) {
        f->text.failed = false;
        return;
    }
    memmove(f->text.data + f->at + n, f->text.data + f->at, tail);
    memcpy(f->text.data + f->at, bytes, n);
    f->at += n;
}

/* The glyph before the cursor in its composed form. */
static void compose(struct field *f)
{
    size_t start = glyph_before(str(f), f->at), len = f->at - start;
    char glyph[256], *composed;

    if (!f->at || len >= sizeof glyph)
        return;
    memcpy(glyph, str(f) + start, len);
    glyph[len] = '\0';
    composed = iv_text_nfc(glyph);
    if (composed && strcmp(composed, glyph)) {
        remove_range(f, start, f->at);
        insert(f, composed, strlen(composed));
    }
    free(composed);
}

static void type(struct field *f, uint32_t cp)
{
    char bytes[5] = "";
    size_t n = iv_utf8_put(cp, bytes);

    if (!n || !cp || !iv_utf8_valid(bytes, n))
        return;
    insert(f, bytes, n);
    if (cp >= 0x300 && !iv_text_width(bytes))
        compose(f);
}

static size_t after(const struct field *f)
{
    struct glyph g;

    return f->at + glyph_next(str(f) + f->at, &g);
}

static size_t word_left(const struct field *f)
{
    size_t at = f->at;

    while (at && str(f)[at - 1] == ' ')
        at--;
    while (at && str(f)[at - 1] != ' ' && str(f)[at - 1] != '\n')
        at--;
    return at;
}

static size_t word_right(const struct field *f)
{
    size_t at = f->at;

    while (at < f->text.len && str(f)[at] == ' ')
        at++;
    while (at < f->text.len && str(f)[at] != ' ' && str(f)[at] != '\n')
        at++;
    return at;
}

static bool press_control(struct field *f, uint32_t letter)
{
    switch (letter) {
    case 'A':
        f->at = 0;
        return true;
    case 'E':
        f->at = f->text.len;
        return true;
    case 'B':
        f->at = f->at ? glyph_before(str(f), f->at) : 0;
        return true;
    case 'F':
        f->at = after(f);
        return true;
    case 'U':
        remove_range(f, 0, f->at);
        return true;
    case 'K':
        remove_range(f, f->at, f->text.len);
        return true;
    case 'W':
        remove_range(f, word_left(f), f->at);
        return true;
    default:
        return false;
    }
}

bool field_press(struct field *f, const struct press *p)
{
    switch (p->kind) {
    case PRESS_TEXT:
        type(f, p->cp);
        return true;
    case PRESS_NEWLINE:
        insert(f, "\n", 1);
        return true;
    case PRESS_BACKSPACE:
        if (f->at)
            remove_range(f, glyph_before(str(f), f->at), f->at);
        return true;
    case PRESS_DELETE:
        remove_range(f, f->at, after(f));
        return true;
    case PRESS_LEFT:
        f->at = f->at ? glyph_before(str(f), f->at) : 0;
        return true;
    case PRESS_RIGHT:
        f->at = after(f);
        return true;
    case PRESS_WORD_LEFT:
        f->at = word_left(f);
        return true;
    case PRESS_WORD_RIGHT:
        f->at = word_right(f);
        return true;
    case PRESS_HOME:
        f->at = 0;
        return true;
    case PRESS_END:
        f->at = f->text.len;
        return true;
    case PRESS_CTRL:
        return press_control(f, p->cp);
    default:
        return false;
    }
}

/* -- drawing -- */

/* As it is shown; a secret as as many dots. The caller releases. *at: the cursor in it. */
static struct iv_buf shown(const struct field *f, size_t *at)
{
    struct iv_buf out = IV_BUF_INIT(f->text.max * 3 + 4);
    struct glyph g;
    size_t n;

    *at = f->at;
    if (!f->secret) {
        iv_buf_add(&out, str(f), f->text.len);
        return out;
    }
    for (size_t i = 0; (n = glyph_next(str(f) + i, &g)); i += n) {
        if (i == f->at)
            *at = out.len;
        iv_buf_adds(&out, "•");
    }
    if (f->at == f->text.len)
        *at = out.len;
    return out;
}

/* Which line the cursor is in, and in which column; the last column is kept for it. */
static int find_cursor(const char *text, size_t at, int width, int *column)
{
    size_t start = 0, next, len;
    int line = 0;

    for (;; start += next, line++) {
        len = glyph_wrap(text + start, width, &next);
        if (at < start + next || !text[start + next]) {
            size_t in = at > start + len ? len : at - start;

            *column = glyph_width(text + start, in);
            if (at > start + len) /* behind blanks at the line's end, or a newline */
                *column += (int)(at - start - len);
            if (text[start] && at == start + next && text[at - 1] == '\n') {
                *column = 0;
                return line + 1;
            }
            if (*column > width)
                *column = width;
            return line;
        }
    }
}

int field_lines(const struct field *f, int width)
{
    size_t at;
    struct iv_buf text = shown(f, &at);
    const char *s = iv_buf_str(&text);
    int lines = width > 1 ? canvas_lines(s, width - 1) : 1;

    if (text.len && s[text.len - 1] == '\n')
        lines++;
    iv_buf_release(&text);
    return lines ? lines : 1;
}

static void draw_lines(const char *text, struct canvas *c, struct box b, int top, enum style style)
{
    size_t next, len;

    for (int line = 0; *text && line < top + b.h; text += next, line++) {
        len = glyph_wrap(text, b.w - 1, &next);
        if (line >= top)
            canvas_put_n(c, b.x, b.y + line - top, b.w, text, len, style);
    }
}

void field_draw(struct field *f, struct canvas *c, struct box b, enum style style)
{
    size_t at;
    struct iv_buf text = shown(f, &at);
    int column, line;

    if (b.w < 2 || b.h < 1) {
        iv_buf_release(&text);
        return;
    }
    line = find_cursor(iv_buf_str(&text), at, b.w - 1, &column);
    if (line < f->top)
        f->top = line;
    if (line >= f->top + b.h)
        f->top = line - b.h + 1;
    canvas_fill(c, b, style);
    draw_lines(iv_buf_str(&text), c, b, f->top, style);
    c->cursor_x = b.x + column;
    c->cursor_y = b.y + line - f->top;
    iv_buf_release(&text);
}

/* canvas.c - see canvas.h. */
#include "screen/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"

enum iv_code canvas_resize(struct canvas *c, int w, int h, struct iv_error *err)
{
    struct cell *cells;

    w = w < 1 ? 1 : w > CANVAS_MAX_WIDTH ? CANVAS_MAX_WIDTH : w;
    h = h < 1 ? 1 : h > CANVAS_MAX_HEIGHT ? CANVAS_MAX_HEIGHT : h;
    cells = iv_alloc_array((size_t)w * (size_t)h, sizeof *cells);
    if (!cells)
        return iv_fail(err, IV_E_NOMEM, "screen of %d by %d: out of memory", w, h);
    free(c->cells);
    *c = (struct canvas){.w = w, .h = h, .cells = cells};
    canvas_clear(c);
    return IV_OK;
}

void canvas_release(struct canvas *c)
{
    free(c->cells);
    *c = (struct canvas){0};
}

static struct cell *cell_at(struct canvas *c, int x, int y)
{
    return &c->cells[(size_t)y * (size_t)c->w + (size_t)x];
}

static void blank(struct cell *cell, enum style style)
{
    *cell = (struct cell){.text = " ", .width = 1, .style = (unsigned char)style};
}

void canvas_clear(struct canvas *c)
{
    canvas_fill(c, (struct box){0, 0, c->w, c->h}, STYLE_TEXT);
    c->cursor_x = c->cursor_y = -1;
}

/* A wide glyph of which one half is drawn over leaves a blank. */
static void part(struct canvas *c, int x, int y)
{
    struct cell *cell = cell_at(c, x, y);

    if (!cell->width && x > 0)
        blank(cell_at(c, x - 1, y), (enum style)cell->style);
    if (cell->width == 2 && x + 1 < c->w)
        blank(cell_at(c, x + 1, y), (enum style)cell->style);
}

static void put_glyph(struct canvas *c, int x, int y, const struct glyph *g, enum style style)
{
    struct cell *cell = cell_at(c, x, y);

    part(c, x, y);
    if (g->width == 2)
        part(c, x + 1, y);
    memcpy(cell->text, g->text, sizeof cell->text);
    cell->width = (unsigned char)g->width;
    cell->style = (unsigned char)style;
    if (g->width == 2)
        cell[1] = (struct cell){.style = (unsigned char)style};
}

int canvas_put_n(struct canvas *c, int x, int y, int width, const char *text, size_t len,
                 enum style style)
{
    struct glyph g;
    int used = 0;
    size_t n;

    if (y < 0 || y >= c->h || x < 0)
        return 0;
    if (width > c->w - x)
        width = c->w - x;
    for (size_t i = 0; i < len && (n = glyph_next(text + i, &g)); i += n) {
        if (g.cp == '\n' || used + g.width > width)
            break;
        put_glyph(c, x + used, y, &g, style);
        used += g.width;
    }
    return used;
}

int canvas_put(struct canvas *c, int x, int y, int width, const char *text, enum style style)
{
    return canvas_put_n(c, x, y, width, text, strlen(text), style);
}

int canvas_put_cut(struct canvas *c, int x, int y, int width, const char *text, enum style style)
{
    size_t len = strcspn(text, "\n");
    int used;

    if (width > c->w - x)
        width = c->w - x;
    if (glyph_width(text, len) <= width)
        return canvas_put_n(c, x, y, width, text, len, style);
    if (width < 1)
        return 0;
    used = canvas_put_n(c, x, y, width - 1, text, len, style);
    return used + canvas_put(c, x + used, y, 1, "…", style);
}

void canvas_fill(struct canvas *c, struct box b, enum style style)
{
    for (int y = b.y < 0 ? 0 : b.y; y < b.y + b.h && y < c->h; y++)
        for (int x = b.x < 0 ? 0 : b.x; x < b.x + b.w && x < c->w; x++) {
            part(c, x, y);
            blank(cell_at(c, x, y), style);
        }
}

int canvas_wrap(struct canvas *c, struct box b, const char *text, enum style style)
{
    int line = 0;
    size_t next, len;

    if (b.w < 1)
        return 0;
    for (; *text && line < b.h; text += next, line++) {
        len = glyph_wrap(text, b.w, &next);
        canvas_put_n(c, b.x, b.y + line, b.w, text, len, style);
    }
    return line;
}

int canvas_lines(const char *text, int width)
{
    int lines = 0;
    size_t next;

    for (; width > 0 && *text; text += next, lines++)
        glyph_wrap(text, width, &next);
    return lines;
}

void canvas_meter(struct canvas *c, int x, int y, int width, double share, enum style style)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int filled;

    share = !(share > 0) ? 0 : share > 1 ? 1 : share;
    filled = (int)(share * width * 8 + 0.5);
    for (int i = 0; i < width; i++, filled -= 8)
        canvas_put(c, x + i, y, 1,
                   filled >= 8  ? "█"
                   : filled > 0 ? eighths[filled]
                                : "·",
                   filled > 0 ? style : STYLE_FAINT);
}

struct box canvas_frame(struct canvas *c, struct box b, const char *title)
{
    canvas_fill(c, b, STYLE_TEXT);
    for (int x = 1; x < b.w - 1; x++) {
        canvas_put(c, b.x + x, b.y, 1, "─", STYLE_FAINT);
        canvas_put(c, b.x + x, b.y + b.h - 1, 1, "─", STYLE_FAINT);
    }
    for (int y = 1; y < b.h - 1; y++) {
        canvas_put(c, b.x, b.y + y, 1, "│", STYLE_FAINT);
        canvas_put(c, b.x + b.w - 1, b.y + y, 1, "│", STYLE_FAINT);
    }
    canvas_put(c, b.x, b.y, 1, "╭", STYLE_FAINT);
    canvas_put(c, b.x + b.w - 1, b.y, 1, "╮", STYLE_FAINT);
    canvas_put(c, b.x, b.y + b.h - 1, 1, "╰", STYLE_FAINT);
    canvas_put(c, b.x + b.w - 1, b.y + b.h - 1, 1, "╯", STYLE_FAINT);
    if (b.w > 6)
        canvas_put_cut(c, b.x + 2, b.y, b.w - 4, title, STYLE_STRONG);
    return (struct box){b.x + 2, b.y + 1, b.w - 4, b.h - 2};
}

void canvas_row(const struct canvas *c, int y, struct iv_buf *out)
{
    size_t end = out->len;

    for (int x = 0; x < c->w; x++) {
        const struct cell *cell = &c->cells[(size_t)y * (size_t)c->w + (size_t)x];

        if (!cell->width)
            continue;
        iv_buf_adds(out, cell->text);
        if (strcmp(cell->text, " "))
            end = out->len;
    }
    if (!out->failed && out->len > end) {
        out->len = end;
        out->data[end] = '\0';
    }
}

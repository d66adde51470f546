/* transcript.c - see transcript.h. */
#include "screen/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "screen/tr.h"

#define NAMES_BESIDE 56 /* narrower than that, a name has a line of its own */

void transcript_release(struct transcript *t)
{
    free(t->lines);
    *t = (struct transcript){0};
}

static const char *name_of(enum iv_speaker who)
{
    return who == IV_CANDIDATE ? _("You") : _("Interviewer");
}

static int gutter(int width)
{
    int a, b;

    if (width < NAMES_BESIDE)
        return 0;
    a = glyph_width(name_of(IV_CANDIDATE), strlen(name_of(IV_CANDIDATE)));
    b = glyph_width(name_of(IV_INTERVIEWER), strlen(name_of(IV_INTERVIEWER)));
    return (a > b ? a : b) + 2;
}

static void add(struct transcript *t, struct transcript_line line)
{
    if (!iv_grow(&t->lines, &t->cap, t->n + 1, sizeof line))
        t->lines[t->n++] = line;
}

static void add_text(struct transcript *t, enum iv_speaker who, const char *text, enum style style)
{
    int width = t->width - gutter(t->width) - 1; /* one for the mark of where one is */
    struct transcript_line line = {.name = name_of(who),
                                   .style = style,
                                   .name_style =
                                       who == IV_CANDIDATE ? STYLE_CANDIDATE : STYLE_INTERVIEWER};
    size_t next;

    if (t->n)
        add(t, (struct transcript_line){.text = ""});
    if (!gutter(t->width)) {
        line.text = "";
        add(t, line);
        line.name = NULL;
    }
    for (; *text; text += next, line.name = NULL) {
        line.text = text;
        line.len = glyph_wrap(text, width < 1 ? 1 : width, &next);
        add(t, line);
    }
}

static void lay(struct transcript *t, const struct model *m, int width)
{
    if (t->width != width || t->generation != m->generation) {
        t->n = 0;
        t->width = width;
        t->generation = m->generation;
        for (size_t i = 0; i < m->n; i++)
            add_text(t, m->said[i].who, m->said[i].text, STYLE_TEXT);
        t->n_kept = t->n;
    }
    t->n = t->n_kept;
    if (m->reply.len)
        add_text(t, IV_INTERVIEWER, iv_buf_str(&m->reply), STYLE_TEXT);
    if (m->interim.len)
        add_text(t, IV_CANDIDATE, iv_buf_str(&m->interim), STYLE_INTERIM);
}

bool transcript_press(struct transcript *t, const struct press *p)
{
    int page = t->h > 1 ? t->h - 1 : 1, most = (int)t->n - t->h;

    switch (p->kind) {
    case PRESS_UP:
        t->back++;
        break;
    case PRESS_DOWN:
        t->back--;
        break;
    case PRESS_PAGE_UP:
        t->back += page;
        break;
    case PRESS_PAGE_DOWN:
        t->back -= page;
        break;
    default:
        return false;
    }
    if (t->back > most)
        t->back = most;
    if (t->back < 0)
        t->back = 0;
    return true;
}

void transcript_end(struct transcript *t)
{
    t->back = 0;
}

static void draw_line(const struct transcript_line *line, struct canvas *c, struct box b, int y)
{
    int x = gutter(b.w);

    if (line->name)
        canvas_put_cut(c, b.x, b.y + y, x ? x - 1 : b.w, line->name, line->name_style);
    canvas_put_n(c, b.x + x, b.y + y, b.w - x, line->text, line->len, line->style);
}

void transcript_draw(struct transcript *t, const struct model *m, struct canvas *c, struct box b)
{
    size_t before = t->n;
    struct list mark;
    int top;

    if (b.h < 1 || b.w < 2)
        return;
    lay(t, m, b.w);
    if (t->back && t->n > before) /* who reads back is not moved by what is said meanwhile */
        t->back += (int)(t->n - before);
    t->h = b.h;
    if (t->back > (int)t->n - b.h)
        t->back = (int)t->n > b.h ? (int)t->n - b.h : 0;
    top = (int)t->n - b.h - t->back;
    if (top < 0)
        top = 0;
    for (int y = 0; y < b.h && top + y < (int)t->n; y++)
        draw_line(&t->lines[top + y], c, b, y);
    mark = (struct list){.n = (int)t->n, .top = top, .h = b.h};
    list_mark(&mark, c, b);
}

/* list.c - see list.h. */
#include "screen/list.h"

static int clamp(int x, int low, int high)
{
    return x > high ? (high < low ? low : high) : x < low ? low : x;
}

static bool steps(const struct list *l, const struct press *p, int *by)
{
    int page = l->h > 1 ? l->h - 1 : 1;

    switch (p->kind) {
    case PRESS_UP:
        *by = -1;
        return true;
    case PRESS_DOWN:
        *by = 1;
        return true;
    case PRESS_PAGE_UP:
        *by = -page;
        return true;
    case PRESS_PAGE_DOWN:
        *by = page;
        return true;
    case PRESS_HOME:
        *by = -l->n;
        return true;
    case PRESS_END:
        *by = l->n;
        return true;
    default:
        return false;
    }
}

bool list_press(struct list *l, const struct press *p)
{
    int by;

    if (!steps(l, p, &by))
        return false;
    l->at = clamp(l->at + by, 0, l->n - 1);
    return true;
}

bool scroll_press(struct list *l, const struct press *p)
{
    int by;

    if (!steps(l, p, &by))
        return false;
    l->top = clamp(l->top + by, 0, l->n - l->h);
    return true;
}

void list_show(struct list *l, int h)
{
    l->h = h;
    l->at = clamp(l->at, 0, l->n - 1);
    if (l->at < l->top)
        l->top = l->at;
    if (l->at >= l->top + h)
        l->top = l->at - h + 1;
    l->top = clamp(l->top, 0, l->n - h);
}

void list_mark(const struct list *l, struct canvas *c, struct box b)
{
    int length, at;

    if (l->n <= b.h || b.h < 2)
        return;
    length = b.h * b.h / l->n;
    length = length < 1 ? 1 : length;
    at = (int)((long)l->top * (b.h - length) / (l->n - b.h));
    for (int y = 0; y < length; y++)
        canvas_put(c, b.x + b.w - 1, b.y + at + y, 1, "▐", STYLE_FAINT);
}

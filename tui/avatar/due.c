/* due.c - see due.h. */
#include "avatar/due.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define SIZE_MAX_PX 1024

static void copy_plane(uint8_t *to, const uint8_t *from, int stride, int width, int height)
{
    for (int y = 0; y < height; y++)
        memcpy(to + (size_t)y * (size_t)width, from + (ptrdiff_t)y * stride, (size_t)width);
}

static bool keep(struct due_picture *to, const struct iv_picture *p)
{
    size_t luma = (size_t)p->width * (size_t)p->height;

    if (!to->planes || to->picture.width != p->width || to->picture.height != p->height) {
        free(to->planes);
        to->planes = iv_alloc(luma + luma / 2);
        if (!to->planes)
            return false;
    }
    to->picture = (struct iv_picture){.width = p->width,
                                      .height = p->height,
                                      .y = to->planes,
                                      .u = to->planes + luma,
                                      .v = to->planes + luma + luma / 4,
                                      .stride_y = p->width,
                                      .stride_uv = p->width / 2};
    copy_plane(to->picture.y, p->y, p->stride_y, p->width, p->height);
    copy_plane(to->picture.u, p->u, p->stride_uv, p->width / 2, p->height / 2);
    copy_plane(to->picture.v, p->v, p->stride_uv, p->width / 2, p->height / 2);
    return true;
}

static void drop_first(struct due *d)
{
    d->first = (d->first + 1) % DUE_MAX;
    d->n--;
}

void due_put(struct due *d, const struct iv_picture *p, uint64_t at_ms)
{
    struct due_picture *to;

    if (p->width > SIZE_MAX_PX || p->height > SIZE_MAX_PX)
        return;
    if (d->n == DUE_MAX) {
        drop_first(d);
        d->dropped++;
    }
    to = &d->items[(d->first + d->n) % DUE_MAX];
    to->at_ms = at_ms;
    if (keep(to, p))
        d->n++;
}

const struct due_picture *due_take(struct due *d, uint64_t now_ms)
{
    const struct due_picture *taken;

    while (d->n > 1 && d->items[(d->first + 1) % DUE_MAX].at_ms <= now_ms) {
        drop_first(d);
        d->dropped++;
    }
    taken = &d->items[d->first];
    if (!d->n || taken->at_ms > now_ms)
        return NULL;
    drop_first(d);
    return taken;
}

int due_wait_ms(const struct due *d, uint64_t now_ms)
{
    uint64_t at = d->n ? d->items[d->first].at_ms : 0;

    if (!d->n)
        return -1;
    return at > now_ms ? (int)(at - now_ms) : 0;
}

void due_clear(struct due *d)
{
    d->n = 0;
}

void due_release(struct due *d)
{
    for (size_t i = 0; i < DUE_MAX; i++)
        free(d->items[i].planes);
    *d = (struct due){0};
}

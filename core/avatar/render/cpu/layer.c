/* layer.c - from painted surfaces to planes, and from planes to cells of a picture. */
#include "avatar/render/cpu/layer.h"

#include <stdlib.h>

#include "iv/alloc.h"

#define EDGE 656 /* 0.01 texels: steps are rounded down, a row may end a hair before its corner */
#define CACHE_LINE 64
#define SLACK 64 /* bytes: a vector may read past the last texel */

static size_t luma_bytes(const struct warp_layer *l)
{
    return (size_t)l->stride_ya * (size_t)l->height * 2 + SLACK;
}

static size_t chroma_bytes(const struct warp_layer *l)
{
    return (size_t)l->stride_uva * (size_t)l->height + SLACK;
}

size_t iv_warp_layer_bytes(const struct warp_layer *l)
{
    return luma_bytes(l) + chroma_bytes(l);
}

enum iv_code iv_warp_layer_init(struct warp_layer *l, int x, int y, int width, int height,
                                struct iv_error *err)
{
    *l =
        (struct warp_layer){.x = x, .y = y, .width = width, .height = height, .ops = iv_cell_ops()};
    /* lines a power of two apart would fall into the same few places of the processor's cache */
    l->stride_ya = 4 * width + SLACK;
    l->stride_uva = 4 * width + SLACK;
    l->ya = iv_alloc(luma_bytes(l));
    l->uva = iv_alloc(chroma_bytes(l));
    if (!l->ya || !l->uva)
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    for (ptrdiff_t i = 0; i + 4 <= (ptrdiff_t)l->stride_uva * height; i += 4)
        l->uva[i] = l->uva[i + 1] = 128; /* no colour */
    return IV_OK;
}

void iv_warp_layer_release(struct warp_layer *l)
{
    free(l->ya);
    free(l->uva);
    *l = (struct warp_layer){0};
}

/* -- conversion -- */
void iv_warp_layer_load(struct warp_layer *l, cairo_surface_t *argb, int x, int y)
{
    const uint32_t *px = (const uint32_t *)(void *)cairo_image_surface_get_data(argb);
    int stride = cairo_image_surface_get_stride(argb) / 4;
    int width = cairo_image_surface_get_width(argb) / 2;
    int height = cairo_image_surface_get_height(argb) / 2;

    for (int j = 0; j < 2 * height; j++)
        l->ops->load_luma(l->ya + (ptrdiff_t)(2 * (y - l->y) + j) * l->stride_ya + 4 * (x - l->x),
                          px + (ptrdiff_t)j * stride, 2 * width);
    for (int j = 0; j < height; j++)
        l->ops->load_chroma(l->uva + (ptrdiff_t)(y - l->y + j) * l->stride_uva + 4 * (x - l->x),
                            px + (ptrdiff_t)(2 * j) * stride, stride, width);
}

static void soften_line(uint8_t *at, int n, ptrdiff_t step)
{
    unsigned before = at[0];

    for (int i = 1; i + 1 < n; i++) {
        unsigned now = at[i * step];

        at[i * step] = (uint8_t)((before + 4 * now + at[(i + 1) * step] + 3) / 6);
        before = now;
    }
}

void iv_warp_layer_soften(struct warp_layer *l)
{
    for (int c = 0; c < 2; c++) {
        for (int y = 0; y < 2 * l->height; y++)
            soften_line(l->ya + (ptrdiff_t)y * l->stride_ya + c, 2 * l->width, 2);
        for (int x = 0; x < 2 * l->width; x++)
            soften_line(l->ya + 2 * x + c, 2 * l->height, l->stride_ya);
    }
}

static int clamped(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

bool iv_warp_layer_shows(const struct warp_layer *l, int x0, int y0, int x1, int y1)
{
    x0 = 2 * clamped(x0 - l->x, 0, l->width);
    y0 = 2 * clamped(y0 - l->y, 0, l->height);
    x1 = 2 * clamped(x1 - l->x, 0, l->width);
    y1 = 2 * clamped(y1 - l->y, 0, l->height);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            if (l->ya[(ptrdiff_t)y * l->stride_ya + 2 * x + 1])
                return true;
    return false;
}

/* -- bending -- */
/* Texel coordinates: the picture's luma samples lie at half a pixel and its chroma samples at one, and a plane's texels at
 * half a texel. Clamped so that the four neighbours exist. */
static int32_t texel(int32_t at, int origin, int unit, int texels)
{
    int32_t v = (at - origin * MESH_UNIT) * (unit / MESH_UNIT) + 32768;

    return clamped(v, EDGE, (texels - 2) * 65536);
}

static struct corner luma_corner(const struct warp_layer *l, struct mesh_point p)
{
    return (struct corner){texel(p.x, l->x, 2 * 65536, 2 * l->width),
                           texel(p.y, l->y, 2 * 65536, 2 * l->height)};
}

static struct corner chroma_corner(const struct warp_layer *l, struct mesh_point p)
{
    return (struct corner){texel(p.x, l->x, 65536, l->width), texel(p.y, l->y, 65536, l->height)};
}

static void prefetch_lines(const uint8_t *plane, int stride, ptrdiff_t at, int first, int lines)
{
    for (int y = first; y < lines; y++) {
        const uint8_t *p = plane + (ptrdiff_t)y * stride + at;

        __builtin_prefetch(p);
        __builtin_prefetch(p + CACHE_LINE);
    }
}

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

void iv_warp_layer_prefetch(const struct warp_layer *l, const struct mesh_cell *from)
{
    struct corner luma = luma_corner(l, from->nw), chroma = chroma_corner(l, from->nw);
    int y = luma.v >> 16, c = chroma.v >> 16;

    prefetch_lines(l->ya, l->stride_ya, (ptrdiff_t)(luma.u >> 16) * 2, y,
                   lesser(y + 2 * LAYER_CELL + 4, 2 * l->height));
    prefetch_lines(l->uva, l->stride_uva, (ptrdiff_t)(chroma.u >> 16) * 4, c,
                   lesser(c + LAYER_CELL + 2, l->height));
}

void iv_warp_layer_draw(const struct warp_layer *l, const struct mesh_cell *from, int x, int y,
                        struct iv_picture *out)
{
    const struct cell_walk luma = {luma_corner(l, from->nw), luma_corner(l, from->ne),
                                   luma_corner(l, from->sw), luma_corner(l, from->se)};
    const struct cell_walk chroma = {chroma_corner(l, from->nw), chroma_corner(l, from->ne),
                                     chroma_corner(l, from->sw), chroma_corner(l, from->se)};
    ptrdiff_t c = (ptrdiff_t)(y / 2) * out->stride_uv + x / 2;

    l->ops->luma(l->ya, l->stride_ya, &luma, out->y + (ptrdiff_t)y * out->stride_y + x,
                 out->stride_y);
    l->ops->chroma(l->uva, l->stride_uva, &chroma, out->u + c, out->v + c, out->stride_uv);
}

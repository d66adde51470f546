/* layer.c - bending the cached portrait: the inner loop of a frame. */
#include "avatar/render/cpu/layer.h"

#include <stdlib.h>
#include <string.h>

#include "avatar/render/cpu/cell.h"
#include "avatar/render/cpu/yuv.h"
#include "iv/alloc.h"

#define EDGE 0.01f /* texels: steps are rounded down, a row may end a hair before its corner */
#define FAR_PX 20 /* of 512: no point moves further */

/* -- conversion, once -- */
static void convert_luma(struct warp_layer *l, const uint32_t *px, int stride)
{
    int n = 2 * l->size;

    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            uint32_t p = px[(ptrdiff_t)y * stride + x];
            uint8_t *to = l->ya + ((ptrdiff_t)y * n + x) * 2;

            to[0] = (uint8_t)iv_luma(p);
            to[1] = (uint8_t)(p >> 24);
        }
}

/* One pixel is two texels wide: what is finer than that would glitter when the head moves. */
static void soften_line(uint8_t *at, int n, ptrdiff_t step)
{
    unsigned before = at[0];

    for (int i = 1; i + 1 < n; i++) {
        unsigned now = at[i * step];

        at[i * step] = (uint8_t)((before + 4 * now + at[(i + 1) * step] + 3) / 6);
        before = now;
    }
}

static void soften(struct warp_layer *l)
{
    int n = 2 * l->size;

    for (int i = 0; i < n; i++)
        for (int c = 0; c < 2; c++) {
            soften_line(l->ya + (ptrdiff_t)i * n * 2 + c, n, 2);
            soften_line(l->ya + (ptrdiff_t)i * 2 + c, n, (ptrdiff_t)n * 2);
        }
}

static void convert_chroma(struct warp_layer *l, const uint32_t *px, int stride)
{
    for (int y = 0; y < l->size; y++)
        for (int x = 0; x < l->size; x++) {
            const uint32_t *p = px + (ptrdiff_t)(2 * y) * stride + 2 * x;
            uint8_t *to = l->uva + ((ptrdiff_t)y * l->size + x) * 4;
            struct iv_sum4 s = {0};

            iv_sum4_add(&s, p[0]);
            iv_sum4_add(&s, p[1]);
            iv_sum4_add(&s, p[stride]);
            iv_sum4_add(&s, p[stride + 1]);
            to[0] = (uint8_t)(iv_chroma_u(&s) + 128 > 255 ? 255 : iv_chroma_u(&s) + 128);
            to[1] = (uint8_t)(iv_chroma_v(&s) + 128 > 255 ? 255 : iv_chroma_v(&s) + 128);
            to[2] = (uint8_t)(s.a / 4);
        }
}

/* May a cell of the picture show anything, once the portrait has moved as far as it can? */
static bool may_show(const struct warp_layer *l, int cx, int cy)
{
    int reach = FAR_PX * l->size / 512 + 2, n = 2 * l->size;
    int x0 = 2 * (cx * LAYER_CELL - reach), x1 = 2 * ((cx + 1) * LAYER_CELL + reach);
    int y0 = 2 * (cy * LAYER_CELL - reach), y1 = 2 * ((cy + 1) * LAYER_CELL + reach);

    for (int y = y0 < 0 ? 0 : y0; y < y1 && y < n; y++)
        for (int x = x0 < 0 ? 0 : x0; x < x1 && x < n; x++)
            if (l->ya[((ptrdiff_t)y * n + x) * 2 + 1])
                return true;
    return false;
}

enum iv_code iv_warp_layer_init(struct warp_layer *l, cairo_surface_t *argb, int size,
                                struct iv_error *err)
{
    const uint32_t *px = (const uint32_t *)(void *)cairo_image_surface_get_data(argb);
    int stride = cairo_image_surface_get_stride(argb) / 4, cells = size / LAYER_CELL;
    size_t n = (size_t)size;

    l->size = size;
    l->ops = iv_cell_ops();
    l->ya = iv_alloc(n * n * 8);
    l->uva = iv_alloc(n * n * 4);
    l->shown = iv_alloc((size_t)(cells * cells));
    if (!l->ya || !l->uva || !l->shown)
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    convert_luma(l, px, stride);
    soften(l);
    convert_chroma(l, px, stride);
    for (int i = 0; i < cells * cells; i++)
        l->shown[i] = may_show(l, i % cells, i / cells);
    return IV_OK;
}

void iv_warp_layer_release(struct warp_layer *l)
{
    free(l->ya);
    free(l->uva);
    free(l->shown);
    *l = (struct warp_layer){0};
}

/* Texel coordinates of the picture's grid point (x, y) in a plane with `scale` texels to a pixel; the picture's sample
 * centres lie half a sample inside. Clamped so that the four neighbours exist. */
static struct corner clamp_corner(struct face_point p, float scale, float sample, int limit)
{
    float max = (float)(limit - 2);
    float u = (p.x + sample * 0.5f) * scale - 0.5f, v = (p.y + sample * 0.5f) * scale - 0.5f;

    u = u > EDGE ? (u < max ? u : max) : EDGE; /* also for what is not a number */
    v = v > EDGE ? (v < max ? v : max) : EDGE;
    return (struct corner){(int32_t)(u * 65536.0f), (int32_t)(v * 65536.0f)};
}

static void draw_cell(const struct warp_layer *l, const struct face_point p[4], int x, int y,
                      struct iv_picture *out)
{
    struct cell_walk luma, chroma;
    struct corner *cl[] = {&luma.nw, &luma.ne, &luma.sw, &luma.se};
    struct corner *cc[] = {&chroma.nw, &chroma.ne, &chroma.sw, &chroma.se};
    ptrdiff_t c = (ptrdiff_t)(y / 2) * out->stride_uv + x / 2;

    for (int i = 0; i < 4; i++) {
        *cl[i] = clamp_corner(p[i], 2, 1, 2 * l->size);
        *cc[i] = clamp_corner(p[i], 1, 2, l->size);
    }
    l->ops->luma(l->ya, 4 * l->size, &luma, out->y + (ptrdiff_t)y * out->stride_y + x,
                 out->stride_y);
    l->ops->chroma(l->uva, 4 * l->size, &chroma, out->u + c, out->v + c, out->stride_uv);
}

/* -- whole picture -- */
static void grid_row(const struct warp_layer *l, const struct face_map *map, int cy,
                     struct face_point *row)
{
    float unit = RIG_CANVAS / (float)l->size;

    for (int cx = 0; cx <= l->size / LAYER_CELL; cx++) {
        struct face_point q = {(float)(cx * LAYER_CELL) * unit, (float)(cy * LAYER_CELL) * unit};

        q = iv_face_unmap(map, q);
        row[cx] = (struct face_point){q.x / unit, q.y / unit};
    }
}

void iv_warp_layer_draw(const struct warp_layer *l, const struct face_map *map,
                        struct iv_picture *out)
{
    struct face_point rows[2][1024 / LAYER_CELL + 1];
    int n = l->size / LAYER_CELL;

    grid_row(l, map, 0, rows[0]);
    for (int cy = 0; cy < n; cy++) {
        struct face_point *above = rows[cy & 1], *below = rows[(cy + 1) & 1];

        grid_row(l, map, cy + 1, below);
        for (int cx = 0; cx < n; cx++) {
            const struct face_point p[4] = {above[cx], above[cx + 1], below[cx], below[cx + 1]};

            if (l->shown[cy * n + cx])
                draw_cell(l, p, cx * LAYER_CELL, cy * LAYER_CELL, out);
        }
    }
}

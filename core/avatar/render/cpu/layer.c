/* layer.c - bending the cached portrait: the inner loop of a frame. */
#include "avatar/render/cpu/layer.h"

#include <stdlib.h>
#include <string.h>

#include "avatar/render/cpu/yuv.h"
#include "iv/alloc.h"

#define FAR_PX 20 /* of 512: no point moves further */

enum cell { CELL_EMPTY, CELL_MIXED, CELL_FULL };

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

/* What a cell of the picture may show once the portrait has moved as far as it can. */
static enum cell classify(const struct warp_layer *l, int cx, int cy)
{
    int reach = FAR_PX * l->size / 512 + 2, n = 2 * l->size;
    int x0 = 2 * (cx * LAYER_CELL - reach), x1 = 2 * ((cx + 1) * LAYER_CELL + reach);
    int y0 = 2 * (cy * LAYER_CELL - reach), y1 = 2 * ((cy + 1) * LAYER_CELL + reach);
    bool none = true, all = true;

    for (int y = y0 < 0 ? 0 : y0; y < y1 && y < n; y++)
        for (int x = x0 < 0 ? 0 : x0; x < x1 && x < n; x++) {
            uint8_t a = l->ya[((ptrdiff_t)y * n + x) * 2 + 1];

            none = none && a == 0;
            all = all && a == 255;
        }
    return none ? CELL_EMPTY : all ? CELL_FULL : CELL_MIXED;
}

enum iv_code iv_warp_layer_init(struct warp_layer *l, cairo_surface_t *argb, int size,
                                struct iv_error *err)
{
    const uint32_t *px = (const uint32_t *)(void *)cairo_image_surface_get_data(argb);
    int stride = cairo_image_surface_get_stride(argb) / 4, cells = size / LAYER_CELL;
    size_t n = (size_t)size;

    l->size = size;
    l->ya = iv_alloc(n * n * 8);
    l->uva = iv_alloc(n * n * 4);
    l->cells = iv_alloc((size_t)(cells * cells));
    if (!l->ya || !l->uva || !l->cells)
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    convert_luma(l, px, stride);
    convert_chroma(l, px, stride);
    for (int i = 0; i < cells * cells; i++)
        l->cells[i] = (uint8_t)classify(l, i % cells, i / cells);
    return IV_OK;
}

void iv_warp_layer_release(struct warp_layer *l)
{
    free(l->ya);
    free(l->uva);
    free(l->cells);
    *l = (struct warp_layer){0};
}

/* -- sampling: coordinates are 16.16 in texels -- */
struct texel {
    unsigned a, b, c; /* y a -, or u v a */
};

/* Two lanes of 8 bits in one 32-bit word: weights sum to 256, so no lane runs over. */
static inline uint32_t mix_lanes(uint32_t p, uint32_t q, uint32_t f)
{
    return (((p * (256 - f)) + (q * f)) >> 8) & 0x00ff00ffu;
}

static inline struct texel sample_ya(const uint8_t *base, int stride, int32_t u, int32_t v)
{
    const uint8_t *at = base + (ptrdiff_t)(v >> 16) * stride + (ptrdiff_t)(u >> 16) * 2;
    uint32_t fx = (uint32_t)u >> 8 & 255, fy = (uint32_t)v >> 8 & 255;
    uint32_t top, low, y, a;

    memcpy(&top, at, 4);
    memcpy(&low, at + stride, 4);
    y = mix_lanes(top & 0x00ff00ffu, low & 0x00ff00ffu, fy);
    a = mix_lanes(top >> 8 & 0x00ff00ffu, low >> 8 & 0x00ff00ffu, fy);
    return (struct texel){
        .a = ((y & 0xffff) * (256 - fx) + (y >> 16) * fx + 128) >> 8,
        .b = ((a & 0xffff) * (256 - fx) + (a >> 16) * fx + 128) >> 8,
    };
}

static inline struct texel sample_uva(const uint8_t *base, int stride, int32_t u, int32_t v)
{
    const uint8_t *at = base + (ptrdiff_t)(v >> 16) * stride + (ptrdiff_t)(u >> 16) * 4;
    uint32_t fx = (uint32_t)u >> 8 & 255, fy = (uint32_t)v >> 8 & 255;
    uint32_t p[2], q[2], ua, va;

    memcpy(p, at, 8);
    memcpy(q, at + stride, 8);
    ua = mix_lanes(mix_lanes(p[0] & 0x00ff00ffu, p[1] & 0x00ff00ffu, fx),
                   mix_lanes(q[0] & 0x00ff00ffu, q[1] & 0x00ff00ffu, fx), fy);
    va = mix_lanes(mix_lanes(p[0] >> 8 & 0x00ff00ffu, p[1] >> 8 & 0x00ff00ffu, fx),
                   mix_lanes(q[0] >> 8 & 0x00ff00ffu, q[1] >> 8 & 0x00ff00ffu, fx), fy);
    return (struct texel){ua & 255, va & 255, ua >> 16};
}

/* -- one cell -- */
struct corner {
    int32_t u, v;
};
struct cell_walk { /* corners of the cell in texels of a plane */
    struct corner nw, ne, sw, se;
    int n; /* samples on a side */
};

static int32_t at_row(int32_t from, int32_t to, int row, int n)
{
    return from + (int32_t)((int64_t)(to - from) * row / n);
}

/* Left end of a row and the step along it. */
static void row_of(const struct cell_walk *w, int row, struct corner *start, struct corner *step)
{
    start->u = at_row(w->nw.u, w->sw.u, row, w->n);
    start->v = at_row(w->nw.v, w->sw.v, row, w->n);
    step->u = (at_row(w->ne.u, w->se.u, row, w->n) - start->u) / w->n;
    step->v = (at_row(w->ne.v, w->se.v, row, w->n) - start->v) / w->n;
}

static void draw_luma(const struct warp_layer *l, const struct cell_walk *w, uint8_t *to,
                      int stride)
{
    for (int row = 0; row < w->n; row++, to += stride) {
        struct corner at, step;

        row_of(w, row, &at, &step);
        for (int i = 0; i < w->n; i++, at.u += step.u, at.v += step.v) {
            struct texel t = sample_ya(l->ya, 4 * l->size, at.u, at.v);
            unsigned v = t.a + (unsigned)iv_div255(to[i] * (int)(255 - t.b));

            to[i] = (uint8_t)(v > 255 ? 255 : v);
        }
    }
}

static void draw_chroma(const struct warp_layer *l, const struct cell_walk *w, uint8_t *to_u,
                        uint8_t *to_v, int stride)
{
    for (int row = 0; row < w->n; row++, to_u += stride, to_v += stride) {
        struct corner at, step;

        row_of(w, row, &at, &step);
        for (int i = 0; i < w->n; i++, at.u += step.u, at.v += step.v) {
            struct texel t = sample_uva(l->uva, 4 * l->size, at.u, at.v);
            int rest = 255 - (int)t.c;

            to_u[i] = (uint8_t)((int)t.a + (to_u[i] - 128) * rest / 255);
            to_v[i] = (uint8_t)((int)t.b + (to_v[i] - 128) * rest / 255);
        }
    }
}

/* Texel coordinates of the picture's grid point (x, y) in a plane with `scale` texels to a pixel; the picture's sample
 * centres lie half a sample inside. Clamped so that the four neighbours exist. */
static struct corner clamp_corner(struct face_point p, float scale, float sample, int limit)
{
    float max = (float)(limit - 2);
    float u = (p.x + sample * 0.5f) * scale - 0.5f, v = (p.y + sample * 0.5f) * scale - 0.5f;

    u = u < 0 ? 0 : u > max ? max : u;
    v = v < 0 ? 0 : v > max ? max : v;
    return (struct corner){(int32_t)(u * 65536.0f), (int32_t)(v * 65536.0f)};
}

static void draw_cell(const struct warp_layer *l, const struct face_point p[4], int x, int y,
                      struct iv_picture *out)
{
    struct cell_walk luma = {.n = LAYER_CELL}, chroma = {.n = LAYER_CELL / 2};
    struct corner *cl[] = {&luma.nw, &luma.ne, &luma.sw, &luma.se};
    struct corner *cc[] = {&chroma.nw, &chroma.ne, &chroma.sw, &chroma.se};
    ptrdiff_t c = (ptrdiff_t)(y / 2) * out->stride_uv + x / 2;

    for (int i = 0; i < 4; i++) {
        *cl[i] = clamp_corner(p[i], 2, 1, 2 * l->size);
        *cc[i] = clamp_corner(p[i], 1, 2, l->size);
    }
    draw_luma(l, &luma, out->y + (ptrdiff_t)y * out->stride_y + x, out->stride_y);
    draw_chroma(l, &chroma, out->u + c, out->v + c, out->stride_uv);
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

            if (l->cells[cy * n + cx] != CELL_EMPTY)
                draw_cell(l, p, cx * LAYER_CELL, cy * LAYER_CELL, out);
        }
    }
}

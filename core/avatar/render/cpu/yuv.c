/* yuv.c - ARGB to planes: whole pictures, and small patches laid over a picture.
 *
 * Full-range BT.601 in 16.16; chroma of a premultiplied colour is premultiplied too, so "over" works on it as on luma.
 */
#include "avatar/render/cpu/layer.h"
#include "avatar/render/cpu/yuv.h"

void iv_picture_from_argb(struct iv_picture *out, cairo_surface_t *argb)
{
    iv_picture_over(out, argb, 0, 0, out->width, out->height);
}

static uint8_t over(int top, int below, int alpha)
{
    int v = top + iv_div255(below * (255 - alpha));

    return (uint8_t)(v > 255 ? 255 : v);
}

static uint8_t over_chroma(int top, int below, int alpha)
{
    int v = top + iv_div255(below * (255 - alpha)) + 128 - iv_div255(128 * (255 - alpha));

    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void over_block(struct iv_picture *out, const uint32_t *px, int stride, int x, int y)
{
    uint8_t *py = out->y + (ptrdiff_t)y * out->stride_y + x;
    ptrdiff_t c = (ptrdiff_t)(y / 2) * out->stride_uv + x / 2;
    struct iv_sum4 s = {0};

    for (int j = 0; j < 2; j++)
        for (int i = 0; i < 2; i++) {
            uint32_t p = px[(ptrdiff_t)j * stride + i];
            uint8_t *to = py + (ptrdiff_t)j * out->stride_y + i;

            *to = over(iv_luma(p), *to, (int)(p >> 24));
            iv_sum4_add(&s, p);
        }
    if (!s.a)
        return;
    out->u[c] = over_chroma(iv_chroma_u(&s), out->u[c], s.a / 4);
    out->v[c] = over_chroma(iv_chroma_v(&s), out->v[c], s.a / 4);
}

void iv_picture_over(struct iv_picture *out, cairo_surface_t *argb, int x, int y, int width,
                     int height)
{
    const uint32_t *px = (const uint32_t *)(void *)cairo_image_surface_get_data(argb);
    int stride = cairo_image_surface_get_stride(argb) / 4;

    for (int j = 0; j + 1 < height; j += 2)
        for (int i = 0; i + 1 < width; i += 2) {
            const uint32_t *p = px + (ptrdiff_t)j * stride + i;

            if ((p[0] | p[1] | p[stride] | p[stride + 1]) >> 24)
                over_block(out, p, stride, x + i, y + j);
        }
}

/* yuv.c - a whole surface to planes. Full-range BT.601 in 16.16. */
#include "avatar/render/cpu/yuv.h"

#include "avatar/render/cpu/layer.h"

static uint8_t around_128(int v)
{
    return (uint8_t)(v > 127 ? 255 : v + 128);
}

static void take_block(struct iv_picture *out, const uint32_t *px, int stride, int x, int y)
{
    uint8_t *py = out->y + (ptrdiff_t)y * out->stride_y + x;
    ptrdiff_t c = (ptrdiff_t)(y / 2) * out->stride_uv + x / 2;
    struct iv_sum4 s = {0};

    for (int j = 0; j < 2; j++)
        for (int i = 0; i < 2; i++) {
            uint32_t p = px[(ptrdiff_t)j * stride + i];

            py[(ptrdiff_t)j * out->stride_y + i] = (uint8_t)iv_luma(p);
            iv_sum4_add(&s, p);
        }
    out->u[c] = around_128(iv_chroma_u(&s));
    out->v[c] = around_128(iv_chroma_v(&s));
}

void iv_picture_from_argb(struct iv_picture *out, cairo_surface_t *argb)
{
    const uint32_t *px = (const uint32_t *)(void *)cairo_image_surface_get_data(argb);
    int stride = cairo_image_surface_get_stride(argb) / 4;

    for (int y = 0; y + 1 < out->height; y += 2)
        for (int x = 0; x + 1 < out->width; x += 2)
            take_block(out, px + (ptrdiff_t)y * stride + x, stride, x, y);
}

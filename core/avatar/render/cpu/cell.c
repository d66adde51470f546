/* cell.c - bilinear sampling and "over", in plain C: the reference. */
#include "avatar/render/cpu/cell.h"

#include <stddef.h>
#include <string.h>

#include "avatar/render/cpu/yuv.h"

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

static uint8_t clamped(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void plain_luma(const uint8_t *ya, int stride, const struct cell_walk *w, uint8_t *to,
                       int to_stride)
{
    for (int row = 0; row < 1 << LUMA_BITS; row++, to += to_stride) {
        struct corner at, step;

        iv_cell_row(w, row, LUMA_BITS, &at, &step);
        for (int i = 0; i < 1 << LUMA_BITS; i++, at.u += step.u, at.v += step.v) {
            struct texel t = sample_ya(ya, stride, at.u, at.v);

            to[i] = clamped((int)t.a + iv_div255(to[i] * (int)(255 - t.b)));
        }
    }
}

/* Chroma rests at 128, so what shows through is scaled and the rest of 128 taken off again. */
static uint8_t over_chroma(unsigned top, uint8_t below, unsigned alpha)
{
    int rest = 255 - (int)alpha;

    return clamped((int)top + iv_div255(below * rest) - iv_div255(128 * rest));
}

static void plain_chroma(const uint8_t *uva, int stride, const struct cell_walk *w, uint8_t *to_u,
                         uint8_t *to_v, int to_stride)
{
    for (int row = 0; row < 1 << CHROMA_BITS; row++, to_u += to_stride, to_v += to_stride) {
        struct corner at, step;

        iv_cell_row(w, row, CHROMA_BITS, &at, &step);
        for (int i = 0; i < 1 << CHROMA_BITS; i++, at.u += step.u, at.v += step.v) {
            struct texel t = sample_uva(uva, stride, at.u, at.v);

            to_u[i] = over_chroma(t.a, to_u[i], t.c);
            to_v[i] = over_chroma(t.b, to_v[i], t.c);
        }
    }
}

static void load_luma(uint8_t *to, const uint32_t *px, int n)
{
    for (int i = 0; i < n; i++) {
        to[2 * i] = (uint8_t)iv_luma(px[i]);
        to[2 * i + 1] = (uint8_t)(px[i] >> 24);
    }
}

static uint8_t around_128(int v)
{
    return (uint8_t)(v + 128 > 255 ? 255 : v + 128);
}

static void load_chroma(uint8_t *to, const uint32_t *px, int stride, int n)
{
    for (int i = 0; i < n; i++, px += 2) {
        struct iv_sum4 s = {0};

        iv_sum4_add(&s, px[0]);
        iv_sum4_add(&s, px[1]);
        iv_sum4_add(&s, px[stride]);
        iv_sum4_add(&s, px[stride + 1]);
        to[4 * i] = around_128(iv_chroma_u(&s));
        to[4 * i + 1] = around_128(iv_chroma_v(&s));
        to[4 * i + 2] = (uint8_t)(s.a / 4);
        to[4 * i + 3] = 0;
    }
}

const struct iv_cell_ops iv_cell_plain = {"plain", plain_luma, plain_chroma, load_luma,
                                          load_chroma};

const struct iv_cell_ops *iv_cell_ops(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return &iv_cell_avx2;
#endif
    return &iv_cell_plain;
}

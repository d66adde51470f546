/* avatar/render/cpu/yuv.h - full-range BT.601 of premultiplied ARGB pixels, in 16.16. */
#ifndef IV_AVATAR_RENDER_CPU_YUV_H
#define IV_AVATAR_RENDER_CPU_YUV_H

#include <stdint.h>

struct iv_sum4 { /* of the four pixels that share one chroma sample */
    int r, g, b, a;
};

static inline int iv_div255(int v)
{
    return (v + 128 + ((v + 128) >> 8)) >> 8;
}

static inline void iv_sum4_add(struct iv_sum4 *s, uint32_t p)
{
    s->a += (int)(p >> 24);
    s->r += (int)(p >> 16 & 255);
    s->g += (int)(p >> 8 & 255);
    s->b += (int)(p & 255);
}

static inline int iv_luma(uint32_t p)
{
    return (19595 * (int)(p >> 16 & 255) + 38470 * (int)(p >> 8 & 255) + 7471 * (int)(p & 255) +
            32768) >>
           16;
}

/* Around 0, of the mean of four pixels. */
static inline int iv_chroma_u(const struct iv_sum4 *s)
{
    return (-11058 * s->r - 21710 * s->g + 32768 * s->b + 131072) >> 18;
}

static inline int iv_chroma_v(const struct iv_sum4 *s)
{
    return (32768 * s->r - 27439 * s->g - 5329 * s->b + 131072) >> 18;
}

#endif

/* avatar/render/cpu/cell.h - the inner loop of a frame: one cell of the picture from a bent layer.
 *
 * A cell is 16 by 16 luma and 8 by 8 chroma samples; within it the bending is linear, so a row is a start and a step.
 * Every back end computes the same integers: a test compares them bit by bit.
 *
 * Units:   coordinates are 16.16 in texels.
 */
#ifndef IV_AVATAR_RENDER_CPU_CELL_H
#define IV_AVATAR_RENDER_CPU_CELL_H

#include <stdint.h>

#define LAYER_CELL 16
#define LUMA_BITS 4 /* 1 << 4 samples on a side */
#define CHROMA_BITS 3

struct corner {
    int32_t u, v;
};
struct cell_walk {
    struct corner nw, ne, sw, se;
};

struct iv_cell_ops {
    const char *name;
    /* ya: luma and alpha, interleaved and premultiplied; `stride` bytes to a line. Lays the layer over `to`. */
    void (*luma)(const uint8_t *ya, int stride, const struct cell_walk *w, uint8_t *to,
                 int to_stride);
    /* uva: u, v, alpha and an unused byte; chroma premultiplied around 128. */
    void (*chroma)(const uint8_t *uva, int stride, const struct cell_walk *w, uint8_t *to_u,
                   uint8_t *to_v, int to_stride);
    /* A line of n painted pixels (ARGB, premultiplied) as such luma; two lines of 2 * n as such chroma. */
    void (*load_luma)(uint8_t *to, const uint32_t *px, int n);
    void (*load_chroma)(uint8_t *to, const uint32_t *px, int stride, int n);
};

extern const struct iv_cell_ops iv_cell_plain;
#if defined(__x86_64__)
extern const struct iv_cell_ops iv_cell_avx2; /* only where the processor has AVX2 */
#endif
const struct iv_cell_ops *iv_cell_ops(void); /* the fastest that runs here */

/* Left end of a row and the step along it. */
static inline void iv_cell_row(const struct cell_walk *w, int row, int bits, struct corner *start,
                               struct corner *step)
{
    int32_t u1 = w->ne.u + ((w->se.u - w->ne.u) >> bits) * row;
    int32_t v1 = w->ne.v + ((w->se.v - w->ne.v) >> bits) * row;

    start->u = w->nw.u + ((w->sw.u - w->nw.u) >> bits) * row;
    start->v = w->nw.v + ((w->sw.v - w->nw.v) >> bits) * row;
    step->u = (u1 - start->u) >> bits;
    step->v = (v1 - start->v) >> bits;
}

#endif

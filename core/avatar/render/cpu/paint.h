/* avatar/render/cpu/paint.h - a rig's layers painted with cairo: once per picture size, not per frame. */
#ifndef IV_AVATAR_RENDER_CPU_PAINT_H
#define IV_AVATAR_RENDER_CPU_PAINT_H

#include "avatar/render/cpu/cairo.h"
#include "avatar/rig.h"

/* A new surface of size by size pixels, ARGB32. */
enum iv_code iv_paint_layer(const struct rig_layer *l, int size, cairo_surface_t **out,
                            struct iv_error *err);

void iv_paint_path(cairo_t *cr, const struct rig_path *p);

/* Blur an A8 surface in place: three passes of a box come close to a Gaussian of this radius. */
void iv_blur_a8(uint8_t *px, int width, int height, int stride, int radius);

static inline void iv_paint_color(cairo_t *cr, struct rig_color c, float alpha)
{
    cairo_set_source_rgba(cr, (double)c.r, (double)c.g, (double)c.b, (double)(c.a * alpha));
}

#endif

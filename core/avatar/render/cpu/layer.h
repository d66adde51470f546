/* avatar/render/cpu/layer.h - the portrait as cached planes, and its bending into a picture.
 *
 * Pictures are YUV from the start: colour conversion is linear, so layers are converted once and blended as they are. The
 * figure is kept at twice the picture's size: four samples of it make one pixel sharp wherever it falls.
 *
 * Owns:    a layer owns its planes.
 * Units:   full-range BT.601 (JPEG). Luma and alpha are premultiplied; chroma is premultiplied around 128.
 */
#ifndef IV_AVATAR_RENDER_CPU_LAYER_H
#define IV_AVATAR_RENDER_CPU_LAYER_H

#include "avatar/face_map.h"
#include "avatar/render/cpu/cairo.h"
#include "avatar/render/cpu/cell.h"

struct warp_layer {
    int size; /* of the picture; luma planes are 2 * size square */
    uint8_t *ya; /* y, a */
    uint8_t *uva; /* u, v, a, 0 at `size` square */
    bool *shown; /* for each cell of the picture: may the figure reach it? */
    const struct iv_cell_ops *ops;
};

enum iv_code iv_warp_layer_init(struct warp_layer *l, cairo_surface_t *argb_twice, int size,
                                struct iv_error *err);
void iv_warp_layer_release(struct warp_layer *l);
void iv_warp_layer_draw(const struct warp_layer *l, const struct face_map *map,
                        struct iv_picture *out);

/* An opaque surface of the picture's size becomes the picture. */
void iv_picture_from_argb(struct iv_picture *out, cairo_surface_t *argb);
/* A small premultiplied surface over the picture; x, y even. */
void iv_picture_over(struct iv_picture *out, cairo_surface_t *argb, int x, int y, int width,
                     int height);

#endif

/* avatar/render/cpu/layer.h - painted parts of a face as cached planes, and their bending into a picture.
 *
 * Pictures are YUV from the start: colour conversion is linear, so layers are converted once and blended as they are. Luma
 * is kept at twice the picture's size: four samples of it make one pixel sharp wherever it falls.
 *
 * Why:     a layer is painted for the face at rest. The portrait never changes; an eye or the mouth is painted anew when its
 *          own shape does, not when the head moves.
 * Owns:    a layer owns its planes.
 * Units:   pixels of the resting picture; full-range BT.601 (JPEG). Luma and alpha are premultiplied; chroma is
 *          premultiplied around 128.
 */
#ifndef IV_AVATAR_RENDER_CPU_LAYER_H
#define IV_AVATAR_RENDER_CPU_LAYER_H

#include "avatar/render/cpu/cairo.h"
#include "avatar/render/cpu/cell.h"
#include "avatar/render/cpu/mesh.h"

struct warp_layer {
    int x, y, width, height; /* the part of the resting picture that it covers */
    int stride_ya, stride_uva; /* bytes */
    uint8_t *ya; /* y, a at 2 * width by 2 * height */
    uint8_t *uva; /* u, v, a, 0 at width by height */
    const struct iv_cell_ops *ops;
};

/* An empty layer. */
enum iv_code iv_warp_layer_init(struct warp_layer *l, int x, int y, int width, int height,
                                struct iv_error *err);
void iv_warp_layer_release(struct warp_layer *l);
size_t iv_warp_layer_bytes(const struct warp_layer *l);

/* Take over a surface of twice the picture's scale: its corner falls on (x, y) of the layer, and it lies inside. */
void iv_warp_layer_load(struct warp_layer *l, cairo_surface_t *argb_twice, int x, int y);
/* Take off what is finer than a pixel: it would glitter when the head moves. */
void iv_warp_layer_soften(struct warp_layer *l);

/* Does it show anything in this rectangle? */
bool iv_warp_layer_shows(const struct warp_layer *l, int x0, int y0, int x1, int y1);

/* This cell comes next: its texels lie in many lines, which no processor foresees. */
void iv_warp_layer_prefetch(const struct warp_layer *l, const struct mesh_cell *from);
/* Lay what is between these corners over the cell of the picture at (x, y). */
void iv_warp_layer_draw(const struct warp_layer *l, const struct mesh_cell *from, int x, int y,
                        struct iv_picture *out);

/* An opaque surface of the picture's size becomes the picture. */
void iv_picture_from_argb(struct iv_picture *out, cairo_surface_t *argb);

#endif

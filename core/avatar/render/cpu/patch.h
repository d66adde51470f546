/* avatar/render/cpu/patch.h - an eye or the mouth: a small layer over the portrait, painted when its shape changes.
 *
 * Why:     curves are dear and most frames of a calm face need none: the patch is bent with the portrait, and its shape is
 *          rounded to steps nobody sees, so that a slow smile paints it twice a second and not with every frame.
 * Owns:    a patch owns its surface and its layer; it borrows the rig.
 */
#ifndef IV_AVATAR_RENDER_CPU_PATCH_H
#define IV_AVATAR_RENDER_CPU_PATCH_H

#include "avatar/render/cpu/layer.h"

enum patch_kind { PATCH_EYE_LEFT, PATCH_EYE_RIGHT, PATCH_MOUTH, PATCH_KINDS };

struct patch {
    enum patch_kind kind;
    const struct iv_rig *rig;
    int size; /* of the picture */
    int x, y, width, height; /* what it may paint, in pixels of the resting picture */
    cairo_surface_t *surface;
    struct warp_layer
        layer; /* wider than that, so that a cell at its rim finds texels all around */
    struct iv_pose shape; /* what is painted */
    bool painted, changed;
};

enum iv_code iv_patch_init(struct patch *p, enum patch_kind kind, const struct iv_rig *rig,
                           int size, struct iv_error *err);
void iv_patch_release(struct patch *p);

/* What of a pose this part shows, in its steps; nothing else, so that equal shapes are equal bytes. */
struct iv_pose iv_patch_shape(enum patch_kind kind, const struct iv_pose *pose);
/* Take on the shape of this pose; says in `changed` whether it had to be painted. */
void iv_patch_pose(struct patch *p, const struct iv_pose *pose);
bool iv_patch_meets(const struct patch *p, const struct mesh_cell *c);

#endif

/* avatar/render/cpu/portrait.h - what of a face is painted once: the backdrop, and the portrait at rest.
 *
 * Why:     painting takes a fifth of a second, and every session with this face shows the same.
 * Threads: read-only once painted; [any].
 */
#ifndef IV_AVATAR_RENDER_CPU_PORTRAIT_H
#define IV_AVATAR_RENDER_CPU_PORTRAIT_H

#include "avatar/faces.h"
#include "avatar/render/cpu/layer.h"
#include "avatar/render/cpu/mesh.h"

struct portrait {
    struct iv_picture backdrop;
    struct warp_layer figure;
    bool shown[MESH_SIDE - 1][MESH_SIDE - 1]; /* may the portrait reach this cell? */
};

extern const struct face_maker iv_portrait_maker; /* paints a struct portrait; cairo is loaded */

/* Planes in one block; free p->y. */
enum iv_code iv_picture_init(struct iv_picture *p, int size, struct iv_error *err);
static inline size_t iv_picture_bytes(const struct iv_picture *p)
{
    return (size_t)p->width * (size_t)p->height * 3 / 2;
}

#endif

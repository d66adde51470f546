/* avatar/render/cpu/mesh.h - which part of the resting picture each cell of a picture shows.
 *
 * Why:     corners are rounded to a sixteenth of a pixel, which nobody sees move; so most cells of a calm face stay as they
 *          are from one frame to the next, and are not drawn again. A cell depends on its corners alone, never on what was
 *          drawn before.
 * Units:   cells; corners in MESH_UNIT to a pixel.
 */
#ifndef IV_AVATAR_RENDER_CPU_MESH_H
#define IV_AVATAR_RENDER_CPU_MESH_H

#include <stdbool.h>
#include <stdint.h>

#include "avatar/face_map.h"
#include "avatar/render/cpu/cell.h"

#define MESH_UNIT 16
#define MESH_SIDE (1024 / LAYER_CELL + 1) /* for the largest picture */

struct mesh_point {
    int32_t x, y;
};
struct mesh_cell {
    struct mesh_point nw, ne, sw, se;
};
struct mesh {
    int cells; /* on a side */
    bool drawn; /* is there a frame before this one? */
    struct face_map map; /* which bent it */
    struct mesh_point now[MESH_SIDE][MESH_SIDE], before[MESH_SIDE][MESH_SIDE];
};

/* The corners of the next frame; those of the last one are kept beside them. */
void iv_mesh_bend(struct mesh *m, const struct face_map *map);
struct mesh_cell iv_mesh_cell(const struct mesh *m, int cx, int cy);
bool iv_mesh_moved(const struct mesh *m, int cx, int cy);

#endif

/* mesh.c - the bent grid. */
#include "avatar/render/cpu/mesh.h"

#include <math.h>
#include <string.h>

/* Also for what is not a number. */
static int32_t rounded(float v, int32_t limit)
{
    float r = floorf(v * MESH_UNIT + 0.5f);

    return r > (float)-limit ? r < (float)limit ? (int32_t)r : limit : -limit;
}

void iv_mesh_bend(struct mesh *m, const struct face_map *map)
{
    int32_t limit = 2 * m->cells * LAYER_CELL * MESH_UNIT;
    float unit = RIG_CANVAS / (float)(m->cells * LAYER_CELL);

    memcpy(m->before, m->now, sizeof m->before);
    if (m->drawn && !memcmp(&m->map, map, sizeof *map))
        return;
    m->map = *map;
    for (int cy = 0; cy <= m->cells; cy++)
        for (int cx = 0; cx <= m->cells; cx++) {
            struct face_point q = {(float)(cx * LAYER_CELL) * unit,
                                   (float)(cy * LAYER_CELL) * unit};

            q = iv_face_unmap(map, q);
            m->now[cy][cx] =
                (struct mesh_point){rounded(q.x / unit, limit), rounded(q.y / unit, limit)};
        }
}

struct mesh_cell iv_mesh_cell(const struct mesh *m, int cx, int cy)
{
    return (struct mesh_cell){m->now[cy][cx], m->now[cy][cx + 1], m->now[cy + 1][cx],
                              m->now[cy + 1][cx + 1]};
}

bool iv_mesh_moved(const struct mesh *m, int cx, int cy)
{
    size_t two = 2 * sizeof(struct mesh_point);

    return !m->drawn || memcmp(&m->now[cy][cx], &m->before[cy][cx], two) ||
           memcmp(&m->now[cy + 1][cx], &m->before[cy + 1][cx], two);
}

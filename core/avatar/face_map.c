/* face_map.c - the bending of the portrait. */
#include "avatar/face_map.h"

#include <math.h>

#define UNMAP_STEPS 3 /* motion is small and smooth: three corrections leave under 0.05 units */

/* Middle of the brow on the left of the picture. */
static float brow_x(const struct rig_brows *b)
{
    const struct rig_segment *end = &b->line.s[b->line.n - 1];

    return (b->line.s[0].p[0] + end->p[end->op == 'C' ? 4 : 0]) * 0.5f;
}

void iv_face_map_init(struct face_map *f, const struct iv_rig *rig, const struct iv_pose *pose)
{
    const struct rig_motion *m = &rig->motion;

    *f = (struct face_map){
        .m = *m,
        .mouth_x = rig->mouth.x,
        .mouth_y = rig->mouth.y,
        .roll = pose->head_roll,
        .turn = pose->head_x * m->turn,
        .nod = pose->head_y * m->nod,
        .sway_x = pose->head_x * m->sway_x,
        .sway_y = pose->head_y * m->sway_y,
        .jaw = pose->jaw * m->jaw,
        .breath = pose->breath * m->breath,
        .brow_x = brow_x(&rig->brows),
        .brow_y = rig->brows.line.s[0].p[1],
        .brow_l = pose->brow_l * rig->brows.raise,
        .brow_r = pose->brow_r * rig->brows.raise,
    };
}

static float smooth(float from, float to, float x)
{
    float t = (x - from) / (to - from);

    if (t <= 0)
        return 0;
    if (t >= 1)
        return 1;
    return t * t * (3 - 2 * t);
}

/* 1 for the head, 0 for the shoulders */
static float head_share(const struct rig_motion *m, float y)
{
    return 1 - smooth(m->chin_y - 20, m->neck_y, y);
}

/* 1 at the tip of the nose, 0 at the outline of the face and beyond */
static float nearness(const struct rig_motion *m, float x, float y)
{
    float dx = (x - m->nose_x) / m->face_rx, dy = (y - m->nose_y) / m->face_ry;
    float d = 1 - dx * dx - dy * dy;

    return d > 0 ? d * d : 0;
}

/* The jaw takes the chin with it and leaves the neck; cheeks follow less. */
static float jaw_share(const struct face_map *f, float x, float y)
{
    float dx = (x - f->mouth_x) / (f->m.face_rx * 0.62f);
    float across = 1 / (1 + dx * dx * dx * dx);
    float down = smooth(f->mouth_y - 14, f->m.chin_y - 4, y);

    return across * down * (1 - smooth(f->m.chin_y + 8, f->m.chin_y + 74, y));
}

/* A brow takes the skin around it along: its own height most, the eye and the hairline not at all. */
static float brow_lift(const struct face_map *f, float x, float y)
{
    bool left = x < RIG_CANVAS * 0.5f;
    float dx = ((left ? x : RIG_CANVAS - x) - f->brow_x) / 46.0f;
    float dy = (y - f->brow_y) / (y < f->brow_y ? 48.0f : 24.0f);
    float d = 1 - dx * dx - dy * dy;

    return d > 0 ? d * d * (left ? f->brow_l : f->brow_r) : 0;
}

struct face_point iv_face_map(const struct face_map *f, struct face_point p)
{
    const struct rig_motion *m = &f->m;
    float share = head_share(m, p.y), near = nearness(m, p.x, p.y);
    float a = f->roll * share, s = a, c = 1 - a * a * 0.5f; /* |a| < 0.1: series are exact enough */
    float x = p.x - m->pivot_x, y = p.y - m->pivot_y;

    y += f->jaw * jaw_share(f, p.x, p.y) - brow_lift(f, p.x, p.y);
    return (struct face_point){
        m->pivot_x + c * x - s * y + share * f->sway_x + near * f->turn,
        m->pivot_y + s * x + c * y + share * f->sway_y + near * f->nod -
            f->breath * (1 - 0.55f * share),
    };
}

struct face_point iv_face_unmap(const struct face_map *f, struct face_point q)
{
    struct face_point p = q;

    for (int i = 0; i < UNMAP_STEPS; i++) {
        struct face_point r = iv_face_map(f, p);

        p.x -= r.x - q.x;
        p.y -= r.y - q.y;
    }
    return p;
}

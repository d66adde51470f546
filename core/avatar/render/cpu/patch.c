/* patch.c - the moving parts of a face as layers. */
#include "avatar/render/cpu/patch.h"

#include <math.h>
#include <string.h>

#include "avatar/render/cpu/feature.h"

#define MARGIN 24 /* pixels: a cell and what it may be stretched by */
#define TOLERANCE 0.4 /* of a curve, in half pixels: not to be seen */

/* Steps of a shape. A step moves no line by more than an eighth of a pixel of 512, but for the mouth that speaks. */
#define FINE 64.0f
#define COARSE 16.0f

struct area {
    float x, y, half_w, half_h; /* of the rig's canvas */
};

static struct area area_of(enum patch_kind kind, const struct iv_rig *rig)
{
    const struct rig_eyes *e = &rig->eyes;
    const struct rig_mouth *m = &rig->mouth;

    if (kind == PATCH_MOUTH)
        return (struct area){m->x, m->y + m->open * 0.35f, m->half_width * 1.5f,
                             m->open * 0.75f + m->lower + m->upper + 6};
    return (struct area){kind == PATCH_EYE_LEFT ? e->x : RIG_CANVAS - e->x,
                         e->y - (e->up + e->lid - e->down) * 0.5f, e->half_width * 1.4f,
                         (e->up + e->lid + e->down) * 0.8f + 4};
}

enum iv_code iv_patch_init(struct patch *p, enum patch_kind kind, const struct iv_rig *rig,
                           int size, struct iv_error *err)
{
    struct area a = area_of(kind, rig);
    float scale = (float)size / RIG_CANVAS;

    *p = (struct patch){.kind = kind, .rig = rig, .size = size};
    p->x = (int)floorf((a.x - a.half_w) * scale) - 2;
    p->y = (int)floorf((a.y - a.half_h) * scale) - 2;
    p->width = (int)ceilf(2 * a.half_w * scale) + 4;
    p->height = (int)ceilf(2 * a.half_h * scale) + 4;
    p->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 2 * p->width, 2 * p->height);
    if (cairo_surface_status(p->surface))
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    return iv_warp_layer_init(&p->layer, p->x - MARGIN, p->y - MARGIN, p->width + 2 * MARGIN,
                              p->height + 2 * MARGIN, err);
}

void iv_patch_release(struct patch *p)
{
    if (p->surface) /* else cairo may not be there to ask */
        cairo_surface_destroy(p->surface);
    iv_warp_layer_release(&p->layer);
    *p = (struct patch){0};
}

static float stepped(float v, float steps)
{
    return roundf(v * steps) / steps + 0.0f; /* no -0: it is another byte for the same shape */
}

struct iv_pose iv_patch_shape(enum patch_kind kind, const struct iv_pose *pose)
{
    struct iv_pose s = {0};

    if (kind == PATCH_MOUTH) {
        for (int i = 0; i < IV_VIS_COUNT; i++)
            s.mouth[i] = stepped(pose->mouth[i], FINE);
        s.smile = stepped(pose->smile, FINE);
        return s;
    }
    s.gaze_x = stepped(pose->gaze_x, FINE);
    s.gaze_y = stepped(pose->gaze_y, FINE);
    s.smile = stepped(pose->smile, COARSE);
    if (kind == PATCH_EYE_LEFT) {
        s.blink_l = stepped(pose->blink_l, FINE);
        s.brow_l = stepped(pose->brow_l, COARSE);
    } else {
        s.blink_r = stepped(pose->blink_r, FINE);
        s.brow_r = stepped(pose->brow_r, COARSE);
    }
    return s;
}

static void paint(const struct patch *p)
{
    double scale = 2 * p->size / (double)RIG_CANVAS;
    cairo_t *cr;

    memset(cairo_image_surface_get_data(p->surface), 0,
           (size_t)cairo_image_surface_get_stride(p->surface) * (size_t)p->height * 2);
    cairo_surface_mark_dirty(p->surface);
    cr = cairo_create(p->surface);
    cairo_set_tolerance(cr, TOLERANCE);
    cairo_translate(cr, -2 * p->x, -2 * p->y);
    cairo_scale(cr, scale, scale);
    if (p->kind == PATCH_MOUTH)
        iv_feature_mouth(cr, p->rig, &p->shape);
    else
        iv_feature_eye(cr, p->rig, &p->shape, p->kind == PATCH_EYE_LEFT ? -1 : 1);
    cairo_destroy(cr);
    cairo_surface_flush(p->surface);
}

void iv_patch_pose(struct patch *p, const struct iv_pose *pose)
{
    struct iv_pose shape = iv_patch_shape(p->kind, pose);

    p->changed = !p->painted || memcmp(&shape, &p->shape, sizeof shape) != 0;
    if (!p->changed)
        return;
    p->shape = shape;
    p->painted = true;
    paint(p);
    iv_warp_layer_load(&p->layer, p->surface, p->x, p->y);
}

static int32_t least(int32_t a, int32_t b, int32_t c, int32_t d)
{
    int32_t m = a < b ? a : b, n = c < d ? c : d;

    return m < n ? m : n;
}

bool iv_patch_meets(const struct patch *p, const struct mesh_cell *c)
{
    return least(c->nw.x, c->ne.x, c->sw.x, c->se.x) < (p->x + p->width) * MESH_UNIT &&
           least(c->nw.y, c->ne.y, c->sw.y, c->se.y) < (p->y + p->height) * MESH_UNIT &&
           -least(-c->nw.x, -c->ne.x, -c->sw.x, -c->se.x) > p->x * MESH_UNIT &&
           -least(-c->nw.y, -c->ne.y, -c->sw.y, -c->se.y) > p->y * MESH_UNIT;
}

/* cpu.c - the reference renderer: cached background, bent portrait, and three small patches drawn anew. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "avatar/face_map.h"
#include "avatar/render/cpu/feature.h"
#include "avatar/render/cpu/layer.h"
#include "avatar/render/cpu/paint.h"
#include "avatar/render/renderer.h"
#include "iv/alloc.h"
#include "iv_build.h"

IV_LAZY_DEFINE(iv_cairo, IV_CAIRO_SONAME, IV_CAIRO_PACKAGE, CAIRO_FUNCTIONS);

enum patch_kind { EYE_LEFT, EYE_RIGHT, MOUTH, PATCHES };

struct patch {
    struct face_point at; /* of the feature in the rig */
    float half_w, half_h; /* of what it may cover, in the rig */
    cairo_surface_t *surface;
    int width, height; /* even */
};

struct cpu {
    const struct iv_rig *rig;
    int size;
    struct iv_picture backdrop, picture;
    struct warp_layer figure;
    struct patch patches[PATCHES];
};

static int even_up(float v)
{
    return ((int)ceilf(v) + 1) & ~1;
}

static enum iv_code picture_init(struct iv_picture *p, int size, struct iv_error *err)
{
    size_t n = (size_t)size;

    p->y = iv_alloc(n * n * 3 / 2);
    if (!p->y)
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    p->width = p->height = p->stride_y = size;
    p->stride_uv = size / 2;
    p->u = p->y + n * n;
    p->v = p->u + n * n / 4;
    return IV_OK;
}

static void picture_copy(struct iv_picture *to, const struct iv_picture *from)
{
    memcpy(to->y, from->y, (size_t)from->width * (size_t)from->height * 3 / 2);
}

static enum iv_code patch_init(struct patch *p, int size, struct iv_error *err)
{
    float scale = (float)size / RIG_CANVAS;

    p->width = even_up(2 * p->half_w * scale) + 4;
    p->height = even_up(2 * p->half_h * scale) + 4;
    p->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, p->width, p->height);
    if (cairo_surface_status(p->surface))
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    return IV_OK;
}

static void place_patches(struct cpu *c)
{
    const struct rig_eyes *e = &c->rig->eyes;
    const struct rig_mouth *m = &c->rig->mouth;
    float eye_w = e->half_width * 1.4f, eye_h = (e->up + e->lid + e->down) * 0.8f + 4;

    c->patches[EYE_LEFT] = (struct patch){
        .at = {e->x, e->y - (e->up + e->lid - e->down) * 0.5f}, .half_w = eye_w, .half_h = eye_h};
    c->patches[EYE_RIGHT] = c->patches[EYE_LEFT];
    c->patches[EYE_RIGHT].at.x = RIG_CANVAS - e->x;
    c->patches[MOUTH] = (struct patch){.at = {m->x, m->y + m->open * 0.35f},
                                       .half_w = m->half_width * 1.5f,
                                       .half_h = m->open * 0.75f + m->lower + m->upper + 6};
}

static void paint_brows(cairo_surface_t *figure, const struct iv_rig *rig, int size)
{
    cairo_t *cr = cairo_create(figure);

    cairo_scale(cr, size / (double)RIG_CANVAS, size / (double)RIG_CANVAS);
    iv_feature_brows(cr, rig);
    cairo_destroy(cr);
    cairo_surface_flush(figure);
}

static enum iv_code cpu_open(void *st, const struct iv_rig *rig, int size, struct iv_error *err)
{
    struct cpu *c = st;
    cairo_surface_t *surface = NULL;
    enum iv_code rc;

    c->rig = rig;
    c->size = size;
    rc = iv_lazy_load(&iv_cairo, err);
    if (!rc)
        rc = picture_init(&c->backdrop, size, err);
    if (!rc)
        rc = picture_init(&c->picture, size, err);
    if (!rc)
        rc = iv_paint_layer(&rig->background, size, &surface, err);
    if (rc)
        return rc;
    iv_picture_from_argb(&c->backdrop, surface);
    cairo_surface_destroy(surface);
    rc = iv_paint_layer(&rig->figure, 2 * size, &surface, err);
    if (rc)
        return rc;
    paint_brows(surface, rig, 2 * size);
    rc = iv_warp_layer_init(&c->figure, surface, size, err);
    cairo_surface_destroy(surface);
    place_patches(c);
    for (int i = 0; i < PATCHES && !rc; i++)
        rc = patch_init(&c->patches[i], size, err);
    return rc;
}

static void draw_feature(cairo_t *cr, const struct cpu *c, const struct iv_pose *pose, int kind)
{
    if (kind == MOUTH)
        iv_feature_mouth(cr, c->rig, pose);
    else
        iv_feature_eye(cr, c->rig, pose, kind == EYE_LEFT ? -1 : 1);
}

/* Even, and so that the whole patch lies inside the picture. */
static int patch_origin(double centre, int length, int size)
{
    int at = (int)floor(centre - length * 0.5) & ~1;

    return at < 0 ? 0 : at + length > size ? size - length : at;
}

static void draw_patch(struct cpu *c, const struct face_map *map, const struct iv_pose *pose,
                       int kind)
{
    const struct patch *p = &c->patches[kind];
    double scale = c->size / (double)RIG_CANVAS, v[6];
    struct face_point at = iv_face_map(map, p->at);
    int x = patch_origin((double)at.x * scale, p->width, c->size);
    int y = patch_origin((double)at.y * scale, p->height, c->size);
    cairo_matrix_t m;
    cairo_t *cr;

    memset(cairo_image_surface_get_data(p->surface), 0,
           (size_t)cairo_image_surface_get_stride(p->surface) * (size_t)p->height);
    cairo_surface_mark_dirty(p->surface);
    cr = cairo_create(p->surface);
    cairo_set_tolerance(cr, 0.25); /* pixels: half the corners of the default, not to be seen */
    iv_face_map_linear(map, p->at, v);
    cairo_matrix_init(&m, v[0] * scale, v[2] * scale, v[1] * scale, v[3] * scale, v[4] * scale - x,
                      v[5] * scale - y);
    cairo_set_matrix(cr, &m);
    draw_feature(cr, c, pose, kind);
    cairo_destroy(cr);
    cairo_surface_flush(p->surface);
    iv_picture_over(&c->picture, p->surface, x, y, p->width, p->height);
}

static enum iv_code cpu_draw(void *st, const struct iv_pose *pose, const struct iv_picture **out,
                             struct iv_error *err)
{
    struct cpu *c = st;
    struct face_map map;

    (void)err;
    iv_face_map_init(&map, c->rig, pose);
    picture_copy(&c->picture, &c->backdrop);
    iv_warp_layer_draw(&c->figure, &map, &c->picture);
    for (int i = 0; i < PATCHES; i++)
        draw_patch(c, &map, pose, i);
    *out = &c->picture;
    return IV_OK;
}

static void cpu_close(void *st)
{
    struct cpu *c = st;

    for (int i = 0; i < PATCHES; i++)
        if (c->patches[i].surface) /* else cairo may not be there to ask */
            cairo_surface_destroy(c->patches[i].surface);
    iv_warp_layer_release(&c->figure);
    free(c->backdrop.y);
    free(c->picture.y);
}

const struct iv_renderer_ops iv_renderer_cpu = {
    .name = "cpu",
    .summary = "Draws on one core; the reference.",
    .state_size = sizeof(struct cpu),
    .open = cpu_open,
    .draw = cpu_draw,
    .close = cpu_close,
};

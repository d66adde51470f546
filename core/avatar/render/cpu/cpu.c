/* cpu.c - the reference renderer: a backdrop, the bent portrait over it, and over that the eyes and the mouth.
 *
 * A frame is drawn cell by cell, and only cells that are not what they were in the frame before.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "avatar/face_map.h"
#include "avatar/render/cpu/feature.h"
#include "avatar/render/cpu/layer.h"
#include "avatar/render/cpu/mesh.h"
#include "avatar/render/cpu/paint.h"
#include "avatar/render/cpu/patch.h"
#include "avatar/render/renderer.h"
#include "iv/alloc.h"
#include "iv_build.h"

IV_LAZY_DEFINE(iv_cairo, IV_CAIRO_SONAME, IV_CAIRO_PACKAGE, CAIRO_FUNCTIONS);

#define FAR_PX 20 /* of 512: no point of the portrait moves further */

struct cpu {
    const struct iv_rig *rig;
    int size;
    struct iv_picture backdrop, picture;
    struct warp_layer figure;
    bool shown[MESH_SIDE - 1][MESH_SIDE - 1]; /* may the portrait reach this cell? */
    struct patch patches[PATCH_KINDS];
    struct mesh mesh;
};

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

static enum iv_code open_backdrop(struct cpu *c, struct iv_error *err)
{
    cairo_surface_t *surface;
    enum iv_code rc = picture_init(&c->backdrop, c->size, err);

    if (!rc)
        rc = picture_init(&c->picture, c->size, err);
    if (!rc)
        rc = iv_paint_layer(&c->rig->background, c->size, &surface, err);
    if (rc)
        return rc;
    iv_picture_from_argb(&c->backdrop, surface);
    cairo_surface_destroy(surface);
    memcpy(c->picture.y, c->backdrop.y, (size_t)c->size * (size_t)c->size * 3 / 2);
    return IV_OK;
}

static void paint_brows(cairo_surface_t *figure, const struct iv_rig *rig, int size)
{
    cairo_t *cr = cairo_create(figure);

    cairo_scale(cr, size / (double)RIG_CANVAS, size / (double)RIG_CANVAS);
    iv_feature_brows(cr, rig);
    cairo_destroy(cr);
    cairo_surface_flush(figure);
}

static enum iv_code open_figure(struct cpu *c, struct iv_error *err)
{
    int reach = FAR_PX * c->size / 512 + 2;
    cairo_surface_t *surface = NULL;
    enum iv_code rc = iv_warp_layer_init(&c->figure, 0, 0, c->size, c->size, err);

    if (!rc)
        rc = iv_paint_layer(&c->rig->figure, 2 * c->size, &surface, err);
    if (rc)
        return rc;
    paint_brows(surface, c->rig, 2 * c->size);
    iv_warp_layer_load(&c->figure, surface, 0, 0);
    cairo_surface_destroy(surface);
    iv_warp_layer_soften(&c->figure);
    for (int cy = 0; cy < c->mesh.cells; cy++)
        for (int cx = 0; cx < c->mesh.cells; cx++) {
            int x = cx * LAYER_CELL, y = cy * LAYER_CELL;

            c->shown[cy][cx] = iv_warp_layer_shows(&c->figure, x - reach, y - reach,
                                                   x + LAYER_CELL + reach, y + LAYER_CELL + reach);
        }
    return IV_OK;
}

static enum iv_code cpu_open(void *st, const struct iv_rig *rig, int size, struct iv_error *err)
{
    struct cpu *c = st;
    enum iv_code rc = iv_lazy_load(&iv_cairo, err);

    c->rig = rig;
    c->size = size;
    c->mesh.cells = size / LAYER_CELL;
    if (!rc)
        rc = open_backdrop(c, err);
    if (!rc)
        rc = open_figure(c, err);
    for (unsigned i = 0; i < PATCH_KINDS && !rc; i++)
        rc = iv_patch_init(&c->patches[i], (enum patch_kind)i, rig, size, err);
    return rc;
}

static void copy_block(uint8_t *to, const uint8_t *from, int stride, int side)
{
    for (int y = 0; y < side; y++)
        memcpy(to + (ptrdiff_t)y * stride, from + (ptrdiff_t)y * stride, (size_t)side);
}

static void clear_cell(struct cpu *c, int x, int y)
{
    ptrdiff_t luma = (ptrdiff_t)y * c->picture.stride_y + x;
    ptrdiff_t chroma = (ptrdiff_t)(y / 2) * c->picture.stride_uv + x / 2;

    copy_block(c->picture.y + luma, c->backdrop.y + luma, c->size, LAYER_CELL);
    copy_block(c->picture.u + chroma, c->backdrop.u + chroma, c->size / 2, LAYER_CELL / 2);
    copy_block(c->picture.v + chroma, c->backdrop.v + chroma, c->size / 2, LAYER_CELL / 2);
}

static void prefetch_cell(const struct cpu *c, int cx, int cy)
{
    struct mesh_cell from;

    if (cx == c->mesh.cells || !c->shown[cy][cx] || !iv_mesh_moved(&c->mesh, cx, cy))
        return;
    from = iv_mesh_cell(&c->mesh, cx, cy);
    iv_warp_layer_prefetch(&c->figure, &from);
}

static void draw_cell(struct cpu *c, int cx, int cy)
{
    struct mesh_cell from = iv_mesh_cell(&c->mesh, cx, cy);
    const struct patch *over[PATCH_KINDS];
    bool stale = iv_mesh_moved(&c->mesh, cx, cy);
    int n = 0, x = cx * LAYER_CELL, y = cy * LAYER_CELL;

    for (int i = 0; i < PATCH_KINDS; i++)
        if (iv_patch_meets(&c->patches[i], &from)) {
            over[n++] = &c->patches[i];
            stale |= c->patches[i].changed;
        }
    if (!stale)
        return;
    prefetch_cell(c, cx + 1, cy);
    clear_cell(c, x, y);
    iv_warp_layer_draw(&c->figure, &from, x, y, &c->picture);
    for (int i = 0; i < n; i++)
        iv_warp_layer_draw(&over[i]->layer, &from, x, y, &c->picture);
}

/* A step of a value moves no point of a picture of 512 by more than this: motion stays smooth to the eye, and a calm face
 * stands still for some frames, which then cost next to nothing here and in the encoder. */
#define STEP_PX 0.25f
#define HEAD_RADIUS 200.0f /* from where the head rolls about to its crown */

static float stepped(float v, float reach)
{
    return reach > STEP_PX ? roundf(v * reach / STEP_PX) * STEP_PX / reach : v;
}

static struct iv_pose steady(const struct iv_rig *rig, const struct iv_pose *pose)
{
    const struct rig_motion *m = &rig->motion;
    struct iv_pose p = *pose;

    p.head_x = stepped(p.head_x, m->sway_x + m->turn);
    p.head_y = stepped(p.head_y, m->sway_y + m->nod);
    p.head_roll = stepped(p.head_roll, HEAD_RADIUS);
    p.jaw = stepped(p.jaw, m->jaw);
    p.breath = stepped(p.breath, m->breath);
    p.brow_l = stepped(p.brow_l, rig->brows.raise);
    p.brow_r = stepped(p.brow_r, rig->brows.raise);
    return p;
}

static enum iv_code cpu_draw(void *st, const struct iv_pose *pose, const struct iv_picture **out,
                             struct iv_error *err)
{
    struct cpu *c = st;
    struct iv_pose calm = steady(c->rig, pose);
    struct face_map map;

    (void)err;
    iv_face_map_init(&map, c->rig, &calm);
    iv_mesh_bend(&c->mesh, &map);
    for (int i = 0; i < PATCH_KINDS; i++)
        iv_patch_pose(&c->patches[i], pose);
    for (int cy = 0; cy < c->mesh.cells; cy++)
        for (int cx = 0; cx < c->mesh.cells; cx++)
            if (c->shown[cy][cx])
                draw_cell(c, cx, cy);
    c->mesh.drawn = true;
    *out = &c->picture;
    return IV_OK;
}

static void cpu_close(void *st)
{
    struct cpu *c = st;

    for (int i = 0; i < PATCH_KINDS; i++)
        iv_patch_release(&c->patches[i]);
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

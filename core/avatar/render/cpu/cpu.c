/* cpu.c - the reference renderer: a backdrop, the bent portrait over it, and over that the eyes and the mouth.
 *
 * A frame is drawn cell by cell, and only cells that are not what they were in the frame before.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "avatar/face_map.h"
#include "avatar/render/cpu/patch.h"
#include "avatar/render/cpu/portrait.h"
#include "avatar/render/renderer.h"
#include "iv_build.h"

IV_LAZY_DEFINE(iv_cairo, IV_CAIRO_SONAME, IV_CAIRO_PACKAGE, CAIRO_FUNCTIONS);

struct cpu {
    const struct iv_rig *rig;
    int size;
    iv_face *face;
    const struct portrait *portrait; /* the face's; shared */
    struct iv_picture picture;
    struct patch patches[PATCH_KINDS];
    struct mesh mesh;
};

static enum iv_code open_face(struct cpu *c, iv_faces *shared, struct iv_error *err)
{
    enum iv_code rc = iv_face_take(shared, &iv_portrait_maker, c->rig, c->size, &c->face, err);

    if (!rc)
        rc = iv_picture_init(&c->picture, c->size, err);
    if (rc)
        return rc;
    c->portrait = iv_face_painted(c->face);
    memcpy(c->picture.y, c->portrait->backdrop.y, iv_picture_bytes(&c->picture));
    return IV_OK;
}

static enum iv_code cpu_open(void *st, iv_faces *shared, const struct iv_rig *rig, int size,
                             struct iv_error *err)
{
    struct cpu *c = st;
    enum iv_code rc = iv_lazy_load(&iv_cairo, err);

    c->rig = rig;
    c->size = size;
    c->mesh.cells = size / LAYER_CELL;
    if (!rc)
        rc = open_face(c, shared, err);
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
    const struct iv_picture *from = &c->portrait->backdrop;
    ptrdiff_t luma = (ptrdiff_t)y * c->picture.stride_y + x;
    ptrdiff_t chroma = (ptrdiff_t)(y / 2) * c->picture.stride_uv + x / 2;

    copy_block(c->picture.y + luma, from->y + luma, c->size, LAYER_CELL);
    copy_block(c->picture.u + chroma, from->u + chroma, c->size / 2, LAYER_CELL / 2);
    copy_block(c->picture.v + chroma, from->v + chroma, c->size / 2, LAYER_CELL / 2);
}

static void prefetch_cell(const struct cpu *c, int cx, int cy)
{
    struct mesh_cell from;

    if (cx == c->mesh.cells || !c->portrait->shown[cy][cx] || !iv_mesh_moved(&c->mesh, cx, cy))
        return;
    from = iv_mesh_cell(&c->mesh, cx, cy);
    iv_warp_layer_prefetch(&c->portrait->figure, &from);
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
    iv_warp_layer_draw(&c->portrait->figure, &from, x, y, &c->picture);
    for (int i = 0; i < n; i++)
        iv_warp_layer_draw(&over[i]->layer, &from, x, y, &c->picture);
}

/* A step of a value moves no point of a picture of 512 by more than this: motion stays smooth to the eye, and a calm face
 * stands still for some frames, which then cost next to nothing here and in the encoder. */
#define STEP_PX 0.25f
#define HEAD_RADIUS 200.0f /* from where the head rolls about to its crown */

static float stepped(float v, float reach)
{
    return reach > STEP_PX ? roundf(v * reach / STEP_PX) * STEP_PX / reach + 0.0f : v; /* no -0 */
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

static void cpu_look(const void *st, const struct iv_pose *pose, struct iv_look *out)
{
    const struct cpu *c = st;
    struct iv_pose p = steady(c->rig, pose);

    *out = (struct iv_look){.portrait = {.jaw = p.jaw,
                                         .brow_l = p.brow_l,
                                         .brow_r = p.brow_r,
                                         .head_x = p.head_x,
                                         .head_y = p.head_y,
                                         .head_roll = p.head_roll,
                                         .breath = p.breath}};
    for (unsigned i = 0; i < PATCH_KINDS; i++)
        out->parts[i] = iv_patch_shape((enum patch_kind)i, pose);
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
            if (c->portrait->shown[cy][cx])
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
    free(c->picture.y);
    iv_face_drop(c->face);
}

const struct iv_renderer_ops iv_renderer_cpu = {
    .name = "cpu",
    .summary = "Draws on one core; the reference.",
    .state_size = sizeof(struct cpu),
    .open = cpu_open,
    .draw = cpu_draw,
    .look = cpu_look,
    .close = cpu_close,
};

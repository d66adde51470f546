/* portrait.c - from a rig to planes. */
#include "avatar/render/cpu/portrait.h"

#include <stdlib.h>

#include "avatar/render/cpu/feature.h"
#include "avatar/render/cpu/paint.h"
#include "iv/alloc.h"

#define FAR_PX 20 /* of 512: no point of the portrait moves further */

enum iv_code iv_picture_init(struct iv_picture *p, int size, struct iv_error *err)
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

static enum iv_code paint_backdrop(struct portrait *p, const struct iv_rig *rig, int size,
                                   struct iv_error *err)
{
    cairo_surface_t *surface;
    enum iv_code rc = iv_picture_init(&p->backdrop, size, err);

    if (!rc)
        rc = iv_paint_layer(&rig->background, size, &surface, err);
    if (rc)
        return rc;
    iv_picture_from_argb(&p->backdrop, surface);
    cairo_surface_destroy(surface);
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

static void find_shown(struct portrait *p, int size)
{
    int reach = FAR_PX * size / 512 + 2;

    for (int cy = 0; cy < size / LAYER_CELL; cy++)
        for (int cx = 0; cx < size / LAYER_CELL; cx++) {
            int x = cx * LAYER_CELL, y = cy * LAYER_CELL;

            p->shown[cy][cx] = iv_warp_layer_shows(&p->figure, x - reach, y - reach,
                                                   x + LAYER_CELL + reach, y + LAYER_CELL + reach);
        }
}

static enum iv_code paint_figure(struct portrait *p, const struct iv_rig *rig, int size,
                                 struct iv_error *err)
{
    cairo_surface_t *surface = NULL;
    enum iv_code rc = iv_warp_layer_init(&p->figure, 0, 0, size, size, err);

    if (!rc)
        rc = iv_paint_layer(&rig->figure, 2 * size, &surface, err);
    if (rc)
        return rc;
    paint_brows(surface, rig, 2 * size);
    iv_warp_layer_load(&p->figure, surface, 0, 0);
    cairo_surface_destroy(surface);
    iv_warp_layer_soften(&p->figure);
    find_shown(p, size);
    return IV_OK;
}

static void free_portrait(void *painted)
{
    struct portrait *p = painted;

    iv_warp_layer_release(&p->figure);
    free(p->backdrop.y);
    free(p);
}

static enum iv_code paint_portrait(const struct iv_rig *rig, int size, void **out, size_t *bytes,
                                   struct iv_error *err)
{
    struct portrait *p = iv_alloc(sizeof *p);
    enum iv_code rc;

    *out = NULL;
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "avatar: out of memory");
    rc = paint_backdrop(p, rig, size, err);
    if (!rc)
        rc = paint_figure(p, rig, size, err);
    if (rc) {
        free_portrait(p);
        return rc;
    }
    *bytes = sizeof *p + iv_picture_bytes(&p->backdrop) + iv_warp_layer_bytes(&p->figure);
    *out = p;
    return IV_OK;
}

const struct face_maker iv_portrait_maker = {paint_portrait, free_portrait};

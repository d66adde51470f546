/* paint.c - shapes of a rig: filled, stroked, blurred, clipped, mirrored, or combed as strands of hair. */
#include "avatar/render/cpu/paint.h"

#include <math.h>

void iv_paint_path(cairo_t *cr, const struct rig_path *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const float *v = p->s[i].p;

        switch (p->s[i].op) {
        case 'M':
            cairo_move_to(cr, (double)v[0], (double)v[1]);
            break;
        case 'L':
            cairo_line_to(cr, (double)v[0], (double)v[1]);
            break;
        case 'C':
            cairo_curve_to(cr, (double)v[0], (double)v[1], (double)v[2], (double)v[3], (double)v[4],
                           (double)v[5]);
            break;
        default:
            cairo_close_path(cr);
        }
    }
}

static void mirror(cairo_t *cr)
{
    cairo_translate(cr, (double)RIG_CANVAS, 0);
    cairo_scale(cr, -1, 1);
}

static void trace(cairo_t *cr, const struct rig_shape *s)
{
    iv_paint_path(cr, &s->path);
    if (!s->mirror)
        return;
    cairo_save(cr);
    mirror(cr);
    cairo_new_sub_path(cr);
    iv_paint_path(cr, &s->path);
    cairo_restore(cr);
}

static cairo_pattern_t *gradient(const struct rig_fill *f)
{
    double g0 = (double)f->g[0], g1 = (double)f->g[1], g2 = (double)f->g[2], g3 = (double)f->g[3];
    cairo_pattern_t *p;
    cairo_matrix_t m;

    if (f->kind == RIG_LINEAR)
        return cairo_pattern_create_linear(g0, g1, g2, g3);
    p = cairo_pattern_create_radial(0, 0, 0, 0, 0, 1);
    cairo_matrix_init_scale(&m, 1 / g2, 1 / g3); /* pattern space is a unit circle */
    cairo_matrix_translate(&m, -g0, -g1);
    cairo_pattern_set_matrix(p, &m);
    return p;
}

static void set_source(cairo_t *cr, const struct rig_shape *s)
{
    const struct rig_fill *f = &s->fill;
    cairo_pattern_t *p;

    if (f->kind == RIG_FLAT) {
        iv_paint_color(cr, f->stops[0].color, s->opacity);
        return;
    }
    p = gradient(f);
    for (size_t i = 0; i < f->n_stops; i++) {
        struct rig_color c = f->stops[i].color;

        cairo_pattern_add_color_stop_rgba(p, (double)f->stops[i].at, (double)c.r, (double)c.g,
                                          (double)c.b, (double)(c.a * s->opacity));
    }
    cairo_set_source(cr, p);
    cairo_pattern_destroy(p);
}

static void cover(cairo_t *cr, const struct rig_shape *s)
{
    trace(cr, s);
    if (s->stroke > 0) {
        cairo_set_line_width(cr, (double)s->stroke);
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
        cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
        cairo_stroke(cr);
    } else {
        cairo_fill(cr);
    }
}

struct box {
    int x, y, width, height;
};

/* What a shape and its blur may touch, in pixels; beyond the edge too, or the edge would look blurred. */
static struct box reach_of(cairo_t *cr, const struct rig_shape *s, int size, int radius)
{
    double grow = (double)s->stroke * 0.5, x0, y0, x1, y1, scale = size / (double)RIG_CANVAS;
    int far = 2 * radius + 4;
    struct box b;

    trace(cr, s);
    cairo_path_extents(cr, &x0, &y0, &x1, &y1);
    cairo_new_path(cr);
    b.x = (int)fmax(-far, floor((x0 - grow) * scale) - far);
    b.y = (int)fmax(-far, floor((y0 - grow) * scale) - far);
    b.width = (int)fmin(size + far, ceil((x1 + grow) * scale) + far) - b.x;
    b.height = (int)fmin(size + far, ceil((y1 + grow) * scale) + far) - b.y;
    return b;
}

/* Coverage is drawn on its own, blurred, and the fill goes through it. */
static void cover_soft(cairo_t *cr, const struct rig_shape *s, int size)
{
    double scale = size / (double)RIG_CANVAS;
    int radius = (int)lround((double)s->blur * scale);
    struct box b = reach_of(cr, s, size, radius);
    cairo_surface_t *mask;
    cairo_t *mc;

    if (b.width <= 0 || b.height <= 0)
        return;
    mask = cairo_image_surface_create(CAIRO_FORMAT_A8, b.width, b.height);
    mc = cairo_create(mask);
    cairo_translate(mc, -b.x, -b.y);
    cairo_scale(mc, scale, scale);
    cairo_set_source_rgba(mc, 0, 0, 0, 1);
    cover(mc, s);
    cairo_destroy(mc);
    cairo_surface_flush(mask);
    iv_blur_a8(cairo_image_surface_get_data(mask), b.width, b.height,
               cairo_image_surface_get_stride(mask), radius);
    cairo_surface_mark_dirty(mask);
    cairo_save(cr);
    cairo_scale(cr, 1 / scale, 1 / scale);
    cairo_mask_surface(cr, mask, b.x, b.y);
    cairo_restore(cr);
    cairo_surface_destroy(mask);
}

/* -- strands -- */
static float noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 16777216.0f;
}

/* One hair: a leaf along the curve between the guides, as wide as `width` in its middle and pointed at its end. */
static void trace_leaf(cairo_t *cr, const struct rig_shape *s, float at, const float off[4],
                       float width)
{
    const struct rig_path *a = &s->path, *b = &s->strands.to;
    double x[64][2] = {{0}};
    size_t n = 0;

    for (size_t i = 0; i < a->n && n + 3 < 64; i++) {
        size_t points = a->s[i].op == 'C' ? 3 : a->s[i].op == 'Z' ? 0 : 1;

        for (size_t k = 0; k < points; k++, n++) {
            float along = (float)i / (float)a->n;
            float u = a->s[i].p[2 * k], v = a->s[i].p[2 * k + 1];

            x[n][0] =
                (double)(u + (b->s[i].p[2 * k] - u) * at + off[0] + (off[2] - off[0]) * along);
            x[n][1] =
                (double)(v + (b->s[i].p[2 * k + 1] - v) * at + off[1] + (off[3] - off[1]) * along);
        }
    }
    cairo_move_to(cr, x[0][0], x[0][1]);
    for (size_t i = 1; i + 2 < n; i += 3)
        cairo_curve_to(cr, x[i][0], x[i][1], x[i + 1][0], x[i + 1][1], x[i + 2][0], x[i + 2][1]);
    for (size_t i = n - 1; i >= 3; i -= 3) { /* and back, a little beside it */
        double w = (double)width * (i + 1 == n ? 0.5 : 1.0), back = i == 3 ? 0 : (double)width;

        cairo_curve_to(cr, x[i - 1][0] + w, x[i - 1][1] + w * 0.4, x[i - 2][0] + back,
                       x[i - 2][1] + back * 0.4, x[i - 3][0] + back, x[i - 3][1] + back * 0.4);
    }
    cairo_close_path(cr);
}

static struct rig_color mixed(const struct rig_fill *f, float at)
{
    struct rig_color a = f->stops[0].color, b = f->stops[f->n_stops - 1].color;

    return (struct rig_color){a.r + (b.r - a.r) * at, a.g + (b.g - a.g) * at,
                              a.b + (b.b - a.b) * at, a.a + (b.a - a.a) * at};
}

static void comb(cairo_t *cr, const struct rig_shape *s)
{
    unsigned seed = (unsigned)s->strands.count * 7919u + (unsigned)s->name[0];

    for (int i = 0; i < s->strands.count; i++) {
        float at = ((float)i + noise(&seed)) / (float)s->strands.count;
        float off[4], width = s->strands.width * (0.4f + noise(&seed));

        for (int k = 0; k < 4; k++)
            off[k] = (noise(&seed) - 0.5f) * s->strands.jitter;
        iv_paint_color(cr, mixed(&s->fill, noise(&seed)), s->opacity);
        trace_leaf(cr, s, at, off, width);
        cairo_fill(cr);
    }
}

/* -- layer -- */
static const cairo_operator_t operators[] = {
    [RIG_OVER] = CAIRO_OPERATOR_OVER,
    [RIG_MULTIPLY] = CAIRO_OPERATOR_MULTIPLY,
    [RIG_SCREEN] = CAIRO_OPERATOR_SCREEN,
    [RIG_SOFT_LIGHT] = CAIRO_OPERATOR_SOFT_LIGHT,
};

static void paint_shape(cairo_t *cr, const struct rig_layer *l, const struct rig_shape *s, int size)
{
    cairo_save(cr);
    if (s->clip >= 0) {
        trace(cr, &l->shapes[s->clip]);
        cairo_clip(cr);
    }
    cairo_set_operator(cr, operators[s->op]);
    set_source(cr, s);
    if (s->strands.count) {
        comb(cr, s);
        if (s->mirror) {
            mirror(cr);
            comb(cr, s);
        }
    } else if (s->blur > 0) {
        cover_soft(cr, s, size);
    } else {
        cover(cr, s);
    }
    cairo_restore(cr);
}

enum iv_code iv_paint_layer(const struct rig_layer *l, int size, cairo_surface_t **out,
                            struct iv_error *err)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, size, size);
    cairo_t *cr = cairo_create(surface);
    double scale = size / (double)RIG_CANVAS;
    enum iv_code rc = IV_OK;

    cairo_scale(cr, scale, scale);
    for (size_t i = 0; i < l->n; i++)
        if (!l->shapes[i].hidden)
            paint_shape(cr, l, &l->shapes[i], size);
    if (cairo_status(cr))
        rc = iv_fail(err, IV_E_AVATAR_ERROR, "drawing the avatar: %s",
                     cairo_status_to_string(cairo_status(cr)));
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    if (rc)
        cairo_surface_destroy(surface);
    else
        *out = surface;
    return rc;
}

/* feature_brow.c - an eyebrow: a soft shape with hairs combed outwards. */
#include <math.h>

#include "avatar/render/cpu/feature.h"
#include "avatar/render/cpu/paint.h"

#define STEPS 20

struct spot {
    double x, y, nx, ny; /* on the middle line, and the normal upwards */
};

static struct spot on_curve(const struct rig_path *line, double t)
{
    size_t n = line->n > 1 ? line->n - 1 : 1;
    size_t i = (size_t)(t * (double)n);
    double u, v, x[4], y[4], dx, dy, len;

    i = i >= n ? n - 1 : i;
    u = t * (double)n - (double)i;
    v = 1 - u;
    for (int k = 0; k < 4; k++) {
        const struct rig_segment *s = &line->s[k ? i + 1 : i];
        int at = k ? 2 * (k - 1) : s->op == 'C' ? 4 : 0;

        x[k] = (double)s->p[at];
        y[k] = (double)s->p[at + 1];
    }
    dx = v * v * (x[1] - x[0]) + 2 * v * u * (x[2] - x[1]) + u * u * (x[3] - x[2]);
    dy = v * v * (y[1] - y[0]) + 2 * v * u * (y[2] - y[1]) + u * u * (y[3] - y[2]);
    len = sqrt(dx * dx + dy * dy) + 1e-6;
    return (struct spot){
        v * v * v * x[0] + 3 * v * v * u * x[1] + 3 * v * u * u * x[2] + u * u * u * x[3],
        v * v * v * y[0] + 3 * v * v * u * y[1] + 3 * v * u * u * y[2] + u * u * u * y[3],
        -dy / len, dx / len};
}

/* Blunt at the nose, full at a third, thin outside. */
static double thickness(double t)
{
    double rise = t < 0.25 ? 0.42 + 0.58 * sin(t / 0.25 * 1.5708) : 1;

    return rise * (1 - 0.86 * t * t);
}

static void trace_body(cairo_t *cr, const struct rig_brows *b, double grow)
{
    for (int i = 0; i <= 2 * STEPS + 1; i++) {
        double t = (double)(i <= STEPS ? i : 2 * STEPS + 1 - i) / STEPS;
        struct spot s = on_curve(&b->line, t);
        double h = (thickness(t) * (double)b->thick * 0.5 + grow) * (i <= STEPS ? 1 : -1);

        cairo_line_to(cr, s.x - s.nx * h, s.y - s.ny * h);
    }
    cairo_close_path(cr);
}

/* -0.5 .. 0.5, the same in every frame */
static double scatter(int i)
{
    unsigned x = (unsigned)i * 2654435761u;

    x = (x ^ (x >> 15)) * 2246822519u;
    return (double)((x ^ (x >> 13)) & 0xffff) / 65536.0 - 0.5;
}

static void trace_hairs(cairo_t *cr, const struct rig_brows *b)
{
    for (int i = 0; i < b->hairs; i++) {
        double t = ((double)i + 0.5) / b->hairs, h = thickness(t) * (double)b->thick;
        struct spot s = on_curve(&b->line, t * 0.97);
        double low = scatter(i) * 0.85 - 0.1, len = h * (0.8 + 0.5 * scatter(i + 31)) + 1.2;
        double lean = 0.35 + 1.1 * t, up = 1 - t * 0.8;
        double x = s.x + s.nx * h * low, y = s.y + s.ny * h * low;
        double ox = s.ny * lean + s.nx * up, oy = -s.nx * lean + s.ny * up;

        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + ox * len * 0.6, y + oy * len * 0.6);
    }
}

static void draw_brow(cairo_t *cr, const struct rig_brows *b)
{
    static const struct {
        double grow;
        float alpha;
    } passes[] = {{1.4, 0.1f}, {0.6, 0.2f}, {-0.2, 0.26f}, {-0.8, 0.3f}};

    for (size_t i = 0; i < IV_LEN(passes); i++) {
        trace_body(cr, b, passes[i].grow);
        iv_paint_color(cr, b->color, passes[i].alpha);
        cairo_fill(cr);
    }
    trace_hairs(cr, b);
    iv_paint_color(cr, b->color, 0.42f);
    cairo_set_line_width(cr, 0.65);
    cairo_stroke(cr);
}

void iv_feature_brows(cairo_t *cr, const struct iv_rig *rig)
{
    cairo_save(cr);
    draw_brow(cr, &rig->brows);
    cairo_translate(cr, (double)RIG_CANVAS, 0);
    cairo_scale(cr, -1, 1);
    draw_brow(cr, &rig->brows);
    cairo_restore(cr);
}

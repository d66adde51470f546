/* feature_eye.c - an eye: ball, iris, lids, lashes.
 *
 * Drawn around the middle of the line between the corners, outer corner at -half_width; the other eye is its mirror image.
 * A blink lowers the upper lid onto the lower one: the skin below is painted in the figure, so a shut eye is a lash line.
 */
#include <math.h>

#include "avatar/render/cpu/feature.h"
#include "avatar/render/cpu/paint.h"

#define TAU 6.283185307179586
#define LASHES 5

struct eye {
    const struct rig_eyes *e;
    double w, outer_y, inner_y;
    double up, down; /* lids now, off the line of the corners; down is positive */
    double blink;
    double ix, iy; /* iris */
};

/* A cubic whose control points lie at this depth reaches three quarters of it. */
static double control(double height)
{
    return height * 4 / 3;
}

static void trace_upper(cairo_t *cr, const struct eye *k, double lift)
{
    double c = control(k->up) - lift;

    cairo_curve_to(cr, -k->w * 0.62, k->outer_y * 0.5 + c, k->w * 0.38, c, k->w, k->inner_y);
}

static void trace_lower_back(cairo_t *cr, const struct eye *k)
{
    double c = control(k->down);

    cairo_curve_to(cr, k->w * 0.5, c * 0.85, -k->w * 0.5, c * 1.12, -k->w, k->outer_y);
}

static void trace_opening(cairo_t *cr, const struct eye *k)
{
    cairo_move_to(cr, -k->w, k->outer_y);
    trace_upper(cr, k, 0);
    trace_lower_back(cr, k);
    cairo_close_path(cr);
}

static void disc(cairo_t *cr, double x, double y, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, y, r, 0, TAU);
    cairo_close_path(cr);
}

static void stop(cairo_pattern_t *p, double at, struct rig_color c, float alpha)
{
    cairo_pattern_add_color_stop_rgba(p, at, (double)c.r, (double)c.g, (double)c.b,
                                      (double)(c.a * alpha));
}

static void fill_pattern(cairo_t *cr, cairo_pattern_t *p)
{
    cairo_set_source(cr, p);
    cairo_fill(cr);
    cairo_pattern_destroy(p);
}

static void draw_white(cairo_t *cr, const struct eye *k)
{
    cairo_pattern_t *p = cairo_pattern_create_radial(0, 1, k->w * 0.2, 0, 1, k->w * 1.08);

    stop(p, 0, k->e->white, 1);
    stop(p, 0.55, k->e->white, 1);
    stop(p, 1, k->e->white_shade, 1);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
    iv_paint_color(cr, k->e->pink, 0.75f); /* inner corner */
    disc(cr, k->w - 0.4, k->inner_y + 0.4, 3.1);
    cairo_fill(cr);
}

static void draw_iris(cairo_t *cr, const struct eye *k)
{
    double r = (double)k->e->iris;
    cairo_pattern_t *p = cairo_pattern_create_radial(k->ix, k->iy, 0, k->ix, k->iy, r);

    stop(p, 0, k->e->iris_dark, 1);
    stop(p, 0.45, k->e->iris_light, 1);
    stop(p, 0.78, k->e->iris_light, 1);
    stop(p, 0.93, k->e->iris_dark, 1);
    stop(p, 1, k->e->iris_dark, 0.65f);
    disc(cr, k->ix, k->iy, r);
    fill_pattern(cr, p);
    p = cairo_pattern_create_radial(k->ix, k->iy + r * 0.55, 0, k->ix, k->iy + r * 0.4, r * 0.75);
    cairo_pattern_add_color_stop_rgba(p, 0, 1, 0.86, 0.66, 0.3); /* light that went through */
    cairo_pattern_add_color_stop_rgba(p, 1, 1, 0.86, 0.66, 0);
    disc(cr, k->ix, k->iy, r * 0.93);
    fill_pattern(cr, p);
    iv_paint_color(cr, k->e->pupil_color, 1);
    disc(cr, k->ix, k->iy, (double)k->e->pupil);
    cairo_fill(cr);
}

/* The lid's shade on the ball. */
static void draw_shade(cairo_t *cr, const struct eye *k)
{
    cairo_pattern_t *p = cairo_pattern_create_linear(0, k->up - 0.5, 0, k->up + 9);

    stop(p, 0, k->e->lash_color, 0.62f);
    stop(p, 0.35, k->e->lash_color, 0.24f);
    stop(p, 1, k->e->lash_color, 0);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
    cairo_move_to(cr, -k->w, k->outer_y);
    trace_upper(cr, k, 0);
    iv_paint_color(cr, k->e->lash_color, 0.2f);
    cairo_set_line_width(cr, 4);
    cairo_stroke(cr);
}

/* The window's light in the eye does not turn with it. */
static void draw_glint(cairo_t *cr, const struct eye *k, int side)
{
    double r = (double)k->e->iris;
    double x = k->ix * 0.72 + (side < 0 ? -1 : 1) * r * 0.3, y = k->iy * 0.8 - r * 0.38;

    cairo_set_source_rgba(cr, 1, 1, 1, 0.94);
    disc(cr, x, y, r * 0.225);
    cairo_fill(cr);
    cairo_set_source_rgba(cr, 1, 1, 1, 0.35);
    disc(cr, k->ix - (x - k->ix) * 0.9, k->iy + r * 0.42, r * 0.12);
    cairo_fill(cr);
}

static void draw_ball(cairo_t *cr, const struct eye *k, int side)
{
    if (k->blink > 0.97)
        return;
    cairo_save(cr);
    trace_opening(cr, k);
    cairo_clip(cr);
    draw_white(cr, k);
    draw_iris(cr, k);
    draw_shade(cr, k);
    draw_glint(cr, k, side);
    cairo_restore(cr);
}

/* Skin of the lid between crease and lashes: a little darker than the face, more so when it is down. */
static void draw_lid(cairo_t *cr, const struct eye *k)
{
    double lift = (double)k->e->lid * 4 / 3, top = -(double)(k->e->up + k->e->lid);
    cairo_pattern_t *p = cairo_pattern_create_linear(0, top - 2, 0, k->up + 3);

    stop(p, 0, k->e->lid_color, 0);
    stop(p, 0.5, k->e->lid_color, 0.4f);
    stop(p, 1, k->e->lid_color, 0.66f);
    cairo_move_to(cr, -k->w, k->outer_y);
    trace_upper(cr, k, 0);
    cairo_curve_to(cr, k->w * 0.4, control(top) - lift * 0.2, -k->w * 0.7, control(top), -k->w - 1,
                   k->outer_y);
    cairo_close_path(cr);
    fill_pattern(cr, p);
}

static void draw_crease(cairo_t *cr, const struct eye *k)
{
    double open = 1 - k->blink * 0.45;
    double c = control(-(double)(k->e->up + k->e->lid)) * (0.72 + 0.28 * open);

    for (int i = 0; i < 2; i++) {
        cairo_move_to(cr, -k->w - 1.5, k->outer_y - 3.2);
        cairo_curve_to(cr, -k->w * 0.6, c + k->outer_y * 0.4, k->w * 0.42, c * 1.04, k->w * 0.93,
                       k->inner_y - 4.5);
        iv_paint_color(cr, k->e->crease, (i ? 0.5f : 0.2f) * (float)open);
        cairo_set_line_width(cr, i ? 0.9 : 2.6);
        cairo_stroke(cr);
    }
}

/* The lash line is a crescent: thin at the nose, thick outside, with a wing. */
static void draw_lash_line(cairo_t *cr, const struct eye *k)
{
    double t = (double)k->e->lash, wing = k->outer_y + t * (1.8 * k->blink - 1.1);

    cairo_move_to(cr, k->w, k->inner_y);
    cairo_curve_to(cr, k->w * 0.38, control(k->up) - 0.3, -k->w * 0.62,
                   k->outer_y * 0.5 + control(k->up), -k->w, k->outer_y);
    cairo_line_to(cr, -k->w - t * 1.7, wing);
    cairo_curve_to(cr, -k->w * 0.72, k->outer_y * 0.5 + control(k->up) - t * 1.5, k->w * 0.3,
                   control(k->up) - t * 1.25, k->w, k->inner_y - 0.4);
    cairo_close_path(cr);
    iv_paint_color(cr, k->e->lash_color, 0.93f);
    cairo_fill(cr);
}

/* A point of the upper lid at u = 0 outer .. 1 inner. */
static void on_upper(const struct eye *k, double u, double *x, double *y)
{
    double v = 1 - u, a = v * v * v, b = 3 * v * v * u, c = 3 * v * u * u, d = u * u * u;
    double cy = control(k->up);

    *x = -a * k->w - b * k->w * 0.62 + c * k->w * 0.38 + d * k->w;
    *y = a * k->outer_y + b * (k->outer_y * 0.5 + cy) + c * cy + d * k->inner_y;
}

/* A few at the outer corner; the others melt into the lash line. */
static void draw_lashes(cairo_t *cr, const struct eye *k)
{
    double up = 1 - 2.1 * k->blink; /* lashes of a shut eye point down */

    for (int i = 0; i < LASHES; i++) {
        double u = 0.02 + 0.075 * i, len = (3.2 - 0.35 * i) * (double)k->e->lash,
               out = 1 - 0.16 * i, x, y;

        on_upper(k, u, &x, &y);
        cairo_move_to(cr, x, y - 0.6);
        cairo_curve_to(cr, x - len * 0.3 * out, y - 0.8 * up, x - len * 0.65 * out,
                       y - len * 0.32 * up, x - len * 0.8 * out, y - len * 0.66 * up - 0.8);
    }
    iv_paint_color(cr, k->e->lash_color, 0.7f);
    cairo_set_line_width(cr, 0.75);
    cairo_stroke(cr);
}

static void draw_lower_lid(cairo_t *cr, const struct eye *k)
{
    cairo_move_to(cr, k->w, k->inner_y);
    trace_lower_back(cr, k);
    iv_paint_color(cr, k->e->pink, 0.5f);
    cairo_set_line_width(cr, 1.5);
    cairo_stroke(cr);
    cairo_move_to(cr, k->w * 0.35, control(k->down) * 0.66 + 1.1);
    cairo_curve_to(cr, k->w * 0.1, control(k->down) * 0.86 + 0.9, -k->w * 0.5,
                   control(k->down) * 1.08 + 0.9, -k->w, k->outer_y + 0.5);
    iv_paint_color(cr, k->e->lash_color, 0.38f);
    cairo_set_line_width(cr, 0.9);
    cairo_stroke(cr);
}

static struct eye posed(const struct rig_eyes *e, const struct iv_pose *pose, int side)
{
    double blink = (double)(side < 0 ? pose->blink_l : pose->blink_r);
    double up = (double)e->up * (1 - 0.14 * (double)pose->gaze_y) +
                0.9 * (double)(side < 0 ? pose->brow_l : pose->brow_r);
    double down = (double)e->down * (1 - 0.16 * (double)pose->smile * (1 - blink));
    double shut = down * 0.72;

    return (struct eye){
        .e = e,
        .w = (double)e->half_width,
        .outer_y = -(double)e->tilt * 0.5,
        .inner_y = (double)e->tilt * 0.5 + 0.6,
        .up = -up + (shut + up) * blink,
        .down = down + (shut - down) * blink * 0.6,
        .blink = blink,
        .ix = (double)(pose->gaze_x * e->travel_x) * -side,
        .iy = (double)(pose->gaze_y * e->travel_y) - 1.3,
    };
}

void iv_feature_eye(cairo_t *cr, const struct iv_rig *rig, const struct iv_pose *pose, int side)
{
    struct eye k = posed(&rig->eyes, pose, side);

    cairo_save(cr);
    cairo_translate(cr, (double)(side < 0 ? rig->eyes.x : RIG_CANVAS - rig->eyes.x),
                    (double)rig->eyes.y);
    cairo_scale(cr, -side, 1);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    draw_ball(cr, &k, side);
    draw_lid(cr, &k);
    draw_crease(cr, &k);
    draw_lower_lid(cr, &k);
    draw_lash_line(cr, &k);
    draw_lashes(cr, &k);
    cairo_restore(cr);
}

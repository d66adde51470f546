/* feature_mouth.c - lips, teeth, tongue and the dark behind them.
 *
 * The rig gives eight numbers for each viseme; their weighted mean is the mouth of this moment:
 *   open    height of the opening          width  distance of the corners
 *   upper   upper lip raised               lower  lower lip lowered
 *   round   corners in, lips full          press  lips thin and closed
 *   tongue  tip up, at 1 between the teeth tuck   lower lip behind the upper teeth
 * y = 0 is the line where the closed lips meet. The upper teeth belong to the skull and stay; the lower ones fall with the jaw.
 */
#include <math.h>

#include "avatar/render/cpu/feature.h"
#include "avatar/render/cpu/paint.h"

struct mouth {
    const struct rig_mouth *m;
    struct rig_mouth_shape s;
    double w, wi; /* half width of the lips and of the opening */
    double corner; /* y of the corners */
    double top, low; /* inner edges in the middle */
    double outer_top, outer_low;
    double bow, dip, smile;
    double oval; /* 0: corners are points, 1: the mouth is an oval */
};

static struct rig_mouth_shape blend(const struct rig_mouth *m, const float w[IV_VIS_COUNT])
{
    struct rig_mouth_shape s = {0};

    for (unsigned v = 0; v < IV_VIS_COUNT; v++) {
        const struct rig_mouth_shape *x = &m->shapes[v];

        s.open += w[v] * x->open;
        s.width += w[v] * x->width;
        s.upper += w[v] * x->upper;
        s.lower += w[v] * x->lower;
        s.round += w[v] * x->round;
        s.press += w[v] * x->press;
        s.tongue += w[v] * x->tongue;
        s.tuck += w[v] * x->tuck;
    }
    return s;
}

static struct mouth posed(const struct rig_mouth *m, const struct iv_pose *pose)
{
    struct mouth k = {.m = m, .s = blend(m, pose->mouth), .smile = (double)pose->smile};
    double open = (double)(k.s.open * m->open), round = (double)k.s.round;
    double thin = 1 - 0.5 * (double)k.s.press, full = 1 + 0.22 * round;

    k.w = (double)(m->half_width * k.s.width) * (1 + 0.1 * k.smile);
    k.wi = k.w * (0.9 - 0.12 * round);
    k.corner = 0.22 * open - 8.5 * k.smile * (1 - 0.6 * round);
    k.top = -0.26 * open - 3.2 * (double)k.s.upper + 0.5;
    k.low = fmax(k.top, 0.74 * open + 3.0 * (double)k.s.lower - 2.2 * (double)k.s.tuck + 0.5);
    k.outer_top = k.top - (double)m->upper * thin * full * (1 - 0.14 * (double)k.s.open);
    k.outer_low = k.low + (double)m->lower * thin * full * (1 - 0.16 * (double)k.s.open) *
                              (1 - 0.35 * (double)k.s.tuck);
    k.oval = fmin(1, fmax(round, 0.5 * (double)k.s.open));
    k.bow = (double)m->bow * (0.75 + 0.25 * k.w / (double)m->half_width);
    k.dip = (double)m->dip * (1 - 0.4 * round);
    return k;
}

/* -- outlines; all run from the left corner to the right one, or back -- */
static double toward(double from, double to, double share)
{
    return from + (to - from) * share;
}

/* The control point beside a corner: on the slope to the middle, or straight above it in an oval. */
static double beside_x(const struct mouth *k, double slope)
{
    return toward(slope, 0.99, k->oval);
}

static double beside_y(const struct mouth *k, double y, double slope)
{
    return toward(k->corner, y, toward(slope, 0.56, k->oval));
}

static void outer_top(cairo_t *cr, const struct mouth *k)
{
    double y = k->outer_top, x = k->w * beside_x(k, 0.72), by = beside_y(k, y, 0.34);

    cairo_curve_to(cr, -x, by, -k->bow * 2.1, y + 0.9 * (1 - k->oval), -k->bow, y);
    cairo_curve_to(cr, -k->bow * 0.55, y - 0.3, -k->bow * 0.4, y + k->dip, 0, y + k->dip);
    cairo_curve_to(cr, k->bow * 0.4, y + k->dip, k->bow * 0.55, y - 0.3, k->bow, y);
    cairo_curve_to(cr, k->bow * 2.1, y + 0.9 * (1 - k->oval), x, by, k->w, k->corner);
}

static void outer_low_back(cairo_t *cr, const struct mouth *k)
{
    double y = k->outer_low, x = k->w * beside_x(k, 0.8), by = beside_y(k, y, 0.55);

    cairo_curve_to(cr, x, by, k->w * 0.5, y, 0, y);
    cairo_curve_to(cr, -k->w * 0.5, y, -x, by, -k->w, k->corner);
}

/* The closed line is no straight one: the upper lip has a soft point in its middle.
 * way 1 runs to the right corner, -1 back to the left one: both halves are alike. */
static void inner_top(cairo_t *cr, const struct mouth *k, double way)
{
    double y = k->top, point = 1.3 * (1 - (double)k->s.open), w = way * k->wi, bow = way * k->bow;
    double x = w * beside_x(k, 0.7), by = beside_y(k, y, 0.72), flat = toward(0.42, 0.6, k->oval);

    cairo_curve_to(cr, -x, by, -w * flat, y - 0.4, -bow * 0.9, y - 0.2);
    cairo_curve_to(cr, -bow * 0.5, y, -bow * 0.3, y + point, 0, y + point);
    cairo_curve_to(cr, bow * 0.3, y + point, bow * 0.5, y, bow * 0.9, y - 0.2);
    cairo_curve_to(cr, w * flat, y - 0.4, x, by, w, k->corner);
}

static double low_middle(const struct mouth *k)
{
    return fmax(k->low, k->top + 1.3 * (1 - (double)k->s.open));
}

static void inner_low(cairo_t *cr, const struct mouth *k, double way)
{
    double y = low_middle(k), w = way * k->wi;
    double x = w * beside_x(k, 0.84), by = beside_y(k, y, 0.6);

    cairo_curve_to(cr, -x, by, -w * 0.5, y, 0, y);
    cairo_curve_to(cr, w * 0.5, y, x, by, w, k->corner);
}

static void trace_lips(cairo_t *cr, const struct mouth *k)
{
    cairo_move_to(cr, -k->w, k->corner);
    outer_top(cr, k);
    outer_low_back(cr, k);
    cairo_close_path(cr);
}

static void trace_opening(cairo_t *cr, const struct mouth *k)
{
    cairo_move_to(cr, -k->wi, k->corner);
    inner_top(cr, k, 1);
    inner_low(cr, k, -1);
    cairo_close_path(cr);
}

static void trace_upper_lip(cairo_t *cr, const struct mouth *k)
{
    cairo_move_to(cr, -k->w, k->corner);
    outer_top(cr, k);
    cairo_line_to(cr, k->wi, k->corner);
    inner_top(cr, k, -1);
    cairo_close_path(cr);
}

static void trace_lower_lip(cairo_t *cr, const struct mouth *k)
{
    cairo_move_to(cr, -k->wi, k->corner);
    inner_low(cr, k, 1);
    cairo_line_to(cr, k->w, k->corner);
    outer_low_back(cr, k);
    cairo_close_path(cr);
}

/* -- paint -- */
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

/* A soft spot: full in the middle, nothing at its rim. */
static void glow(cairo_t *cr, double x, double y, double rx, double ry, struct rig_color c,
                 float alpha)
{
    cairo_pattern_t *p = cairo_pattern_create_radial(0, 0, 0, 0, 0, 1);

    stop(p, 0, c, alpha);
    stop(p, 0.5, c, alpha * 0.45f);
    stop(p, 1, c, 0);
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, rx, ry);
    cairo_arc(cr, 0, 0, 1, 0, 6.2832);
    fill_pattern(cr, p);
    cairo_restore(cr);
}

static void draw_skin_shade(cairo_t *cr, const struct mouth *k)
{
    glow(cr, 0, k->outer_low + 4.5, k->w * 0.72, 7, k->m->shadow, 0.5f);
    glow(cr, -k->w - 1, k->corner, 6, 6.5, k->m->shadow, 0.45f);
    glow(cr, k->w + 1, k->corner, 6, 6.5, k->m->shadow, 0.45f);
}

static void draw_upper_teeth(cairo_t *cr, const struct mouth *k)
{
    double edge = 1.6 + 1.2 * (double)k->s.tuck, w = (double)k->m->half_width * 0.78;
    cairo_pattern_t *p = cairo_pattern_create_linear(-w, 0, w, 0);

    stop(p, 0, k->m->teeth_shade, 1);
    stop(p, 0.28, k->m->teeth, 1);
    stop(p, 0.72, k->m->teeth, 1);
    stop(p, 1, k->m->teeth_shade, 1);
    cairo_move_to(cr, -w, -14);
    cairo_line_to(cr, -w, edge - 3.4);
    cairo_curve_to(cr, -w * 0.6, edge - 0.6, -w * 0.3, edge, 0, edge);
    cairo_curve_to(cr, w * 0.3, edge, w * 0.6, edge - 0.6, w, edge - 3.4);
    cairo_line_to(cr, w, -14);
    fill_pattern(cr, p);
    iv_paint_color(cr, k->m->teeth_shade, 0.55f);
    for (int i = -3; i <= 3; i++) {
        double x = i * w * 0.2;

        cairo_move_to(cr, x, -8);
        cairo_line_to(cr, x * 0.99, edge - 0.5 - fabs(x) * 0.05);
    }
    cairo_set_line_width(cr, 0.5);
    cairo_stroke(cr);
}

static void draw_lower_teeth(cairo_t *cr, const struct mouth *k)
{
    double y = 3.2 + 0.74 * (double)(k->s.open * k->m->open), w = (double)k->m->half_width * 0.62;
    cairo_pattern_t *p = cairo_pattern_create_linear(0, y, 0, y + 7);

    stop(p, 0, k->m->teeth, 0.92f);
    stop(p, 1, k->m->teeth_shade, 1);
    cairo_move_to(cr, -w, y + 1.6);
    cairo_curve_to(cr, -w * 0.4, y, w * 0.4, y, w, y + 1.6);
    cairo_line_to(cr, w * 0.9, y + 14);
    cairo_line_to(cr, -w * 0.9, y + 14);
    fill_pattern(cr, p);
}

static void draw_tongue(cairo_t *cr, const struct mouth *k)
{
    double lift = (double)k->s.tongue, w = (double)k->m->half_width * (0.6 - 0.12 * lift);
    double y =
        k->low + 2.5 - (k->low + 1.5) * lift - 0.26 * (double)(k->s.open * k->m->open) * (1 - lift);
    cairo_pattern_t *p = cairo_pattern_create_linear(0, y - 2, 0, y + 13);

    stop(p, 0, k->m->tongue, 1);
    stop(p, 1, k->m->tongue_dark, 1);
    cairo_move_to(cr, -w, y + 16);
    cairo_curve_to(cr, -w * 1.05, y + 1, -w * 0.5, y - 0.6, 0, y + 0.4);
    cairo_curve_to(cr, w * 0.5, y - 0.6, w * 1.05, y + 1, w, y + 16);
    fill_pattern(cr, p);
    glow(cr, -w * 0.2, y + 3.4, w * 0.5, 2.6, k->m->shine, 0.28f);
}

static void draw_inside(cairo_t *cr, const struct mouth *k)
{
    cairo_pattern_t *p;
    double deep;

    trace_opening(cr, k);
    if (low_middle(k) - k->top < 1.5) { /* shut: only the line between the lips */
        iv_paint_color(cr, k->m->line, 0.9f);
        cairo_fill(cr);
        return;
    }
    cairo_save(cr);
    cairo_clip(cr);
    p = cairo_pattern_create_linear(0, k->top, 0, k->low);
    stop(p, 0, k->m->cavity_deep, 1);
    stop(p, 1, k->m->cavity, 1);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
    draw_lower_teeth(cr, k);
    if (k->s.tongue < 0.75f)
        draw_tongue(cr, k);
    draw_upper_teeth(cr, k);
    if (k->s.tongue >= 0.75f)
        draw_tongue(cr, k);
    deep = fmin(6.5, (k->low - k->top) * 0.5);
    p = cairo_pattern_create_linear(0, k->top, 0, k->top + deep); /* the lip's shade on the teeth */
    stop(p, 0, k->m->cavity_deep, 0.5f);
    stop(p, 1, k->m->cavity_deep, 0);
    cairo_set_source(cr, p);
    cairo_paint(cr);
    cairo_pattern_destroy(p);
    cairo_restore(cr);
}

/* Lips fade into the skin: a wide faint rim below, then the lip. */
static void draw_rim(cairo_t *cr, const struct mouth *k)
{
    static const double widths[] = {3.8, 1.6};

    for (size_t i = 0; i < IV_LEN(widths); i++) {
        trace_lips(cr, k);
        iv_paint_color(cr, k->m->lip, 0.22f);
        cairo_set_line_width(cr, widths[i]);
        cairo_stroke(cr);
    }
}

static void draw_lips(cairo_t *cr, const struct mouth *k)
{
    cairo_pattern_t *p = cairo_pattern_create_linear(0, k->outer_top, 0, k->top + 1);

    stop(p, 0, k->m->lip, 0.9f);
    stop(p, 1, k->m->lip_dark, 1);
    trace_upper_lip(cr, k);
    fill_pattern(cr, p);
    p = cairo_pattern_create_linear(0, low_middle(k), 0, k->outer_low);
    stop(p, 0, k->m->lip_dark, 0.95f);
    stop(p, 0.3, k->m->lip_light, 1);
    stop(p, 0.75, k->m->lip, 1);
    stop(p, 1, k->m->lip_dark, 0.8f);
    trace_lower_lip(cr, k);
    fill_pattern(cr, p);
}

static void draw_shine(cairo_t *cr, const struct mouth *k)
{
    double h = k->outer_low - low_middle(k);

    glow(cr, -k->w * 0.16, low_middle(k) + h * 0.42, k->w * 0.36, h * 0.26, k->m->shine, 0.5f);
    glow(cr, k->w * 0.26, low_middle(k) + h * 0.45, k->w * 0.16, h * 0.18, k->m->shine, 0.22f);
    glow(cr, -k->bow * 0.9, k->outer_top + 1.2, k->bow * 0.9, 1.6, k->m->shine, 0.3f);
}

static void draw_line(cairo_t *cr, const struct mouth *k)
{
    float closed = 1 - (float)fmin(1, (low_middle(k) - k->top - 1) / 8);

    cairo_move_to(cr, -k->w * 0.985, k->corner - 0.2);
    cairo_line_to(cr, -k->wi, k->corner);
    inner_top(cr, k, 1);
    cairo_line_to(cr, k->w * 0.985, k->corner - 0.2);
    iv_paint_color(cr, k->m->line, 0.35f + 0.5f * closed);
    cairo_set_line_width(cr, 0.7 + 0.7 * (double)closed);
    cairo_stroke(cr);
}

void iv_feature_mouth(cairo_t *cr, const struct iv_rig *rig, const struct iv_pose *pose)
{
    struct mouth k = posed(&rig->mouth, pose);

    cairo_save(cr);
    cairo_translate(cr, (double)rig->mouth.x, (double)rig->mouth.y);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    draw_skin_shade(cr, &k);
    draw_rim(cr, &k);
    draw_inside(cr, &k);
    draw_lips(cr, &k);
    draw_shine(cr, &k);
    draw_line(cr, &k);
    cairo_restore(cr);
}

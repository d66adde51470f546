/* rig_path.c - path data of a rig: SVG's M L C Q Z, absolute, and R for a smooth curve through points. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "avatar/rig.h"
#include "iv/alloc.h"

#define PATH_MAX_POINTS 256

struct point {
    float x, y;
};

struct parser {
    const char *at;
    struct rig_path *out;
    struct point now;
};

static void skip_blank(struct parser *p)
{
    while (isspace((unsigned char)*p->at) || *p->at == ',')
        p->at++;
}

static int add(struct parser *p, char op, const float v[6])
{
    struct rig_segment *s;

    if (iv_grow(&p->out->s, &p->out->cap, p->out->n + 1, sizeof *s))
        return -1;
    s = &p->out->s[p->out->n++];
    *s = (struct rig_segment){.op = op};
    if (v)
        memcpy(s->p, v, sizeof s->p);
    return 0;
}

static int add_curve(struct parser *p, struct point c1, struct point c2, struct point to)
{
    const float v[6] = {c1.x, c1.y, c2.x, c2.y, to.x, to.y};

    p->now = to;
    return add(p, 'C', v);
}

static int add_point(struct parser *p, char op, struct point to)
{
    const float v[6] = {to.x, to.y};

    p->now = to;
    return add(p, op, v);
}

/* Not strtof: a locale with a decimal comma would read "1.5" as 1. */
static bool read_number(struct parser *p, float *out)
{
    double value = 0, scale = 1;
    bool negative, digits = false;

    skip_blank(p);
    negative = *p->at == '-';
    p->at += negative;
    for (; isdigit((unsigned char)*p->at); p->at++, digits = true)
        value = value * 10 + (*p->at - '0');
    if (*p->at == '.')
        for (p->at++; isdigit((unsigned char)*p->at); p->at++, digits = true)
            value += (*p->at - '0') * (scale /= 10);
    *out = (float)(negative ? -value : value);
    return digits;
}

static size_t read_points(struct parser *p, struct point *out, size_t max)
{
    size_t n = 0;

    for (;;) {
        skip_blank(p);
        if (!isdigit((unsigned char)*p->at) && *p->at != '-' && *p->at != '.')
            return n;
        if (n == max || !read_number(p, &out[n].x) || !read_number(p, &out[n].y))
            return SIZE_MAX;
        n++;
    }
}

/* Through the current point and v[0..n): each control point lies a sixth of the way its neighbours lead. */
static int add_smooth(struct parser *p, const struct point *v, size_t n, bool closed)
{
    struct point q[PATH_MAX_POINTS + 1];
    size_t count = n + 1;

    q[0] = p->now;
    memcpy(q + 1, v, n * sizeof *v);
    for (size_t i = 0; i < (closed ? count : n); i++) {
        struct point a = q[i], b = q[(i + 1) % count];
        struct point before = i ? q[i - 1] : closed ? q[count - 1] : a;
        struct point after = closed ? q[(i + 2) % count] : i + 2 < count ? q[i + 2] : b;
        struct point c1 = {a.x + (b.x - before.x) / 6, a.y + (b.y - before.y) / 6};
        struct point c2 = {b.x - (after.x - a.x) / 6, b.y - (after.y - a.y) / 6};

        if (add_curve(p, c1, c2, b))
            return -1;
    }
    return 0;
}

static int add_quadratic(struct parser *p, struct point c, struct point to)
{
    struct point a = p->now;
    struct point c1 = {a.x + (c.x - a.x) * 2 / 3, a.y + (c.y - a.y) * 2 / 3};
    struct point c2 = {to.x + (c.x - to.x) * 2 / 3, to.y + (c.y - to.y) * 2 / 3};

    return add_curve(p, c1, c2, to);
}

/* Points each command takes at a time. */
static size_t arity(char op)
{
    return op == 'C' ? 3 : op == 'Q' ? 2 : op == 'Z' ? 0 : 1;
}

static bool next_closes(struct parser *p)
{
    skip_blank(p);
    return *p->at == 'Z';
}

static int apply(struct parser *p, char op, const struct point *v, size_t n)
{
    bool only_moved = p->out->n && p->out->s[p->out->n - 1].op == 'M';
    int rc = 0;

    if (op == 'R')
        return add_smooth(p, v, n, only_moved && next_closes(p));
    if (op == 'Z')
        return add(p, 'Z', NULL);
    for (size_t i = 0; i < n && !rc; i += arity(op)) {
        if (op == 'C')
            rc = add_curve(p, v[i], v[i + 1], v[i + 2]);
        else if (op == 'Q')
            rc = add_quadratic(p, v[i], v[i + 1]);
        else
            rc = add_point(p, op == 'M' && i == 0 ? 'M' : 'L', v[i]);
    }
    return rc;
}

enum iv_code iv_rig_path_parse(const char *text, struct rig_path *out, struct iv_error *err)
{
    struct parser p = {.at = text, .out = out};
    struct point v[PATH_MAX_POINTS];

    for (skip_blank(&p); *p.at; skip_blank(&p)) {
        long at = p.at - text;
        char op = *p.at++;
        size_t n;

        if (!strchr("MLCQRZ", op) || (!out->n && op != 'M'))
            return iv_fail(err, IV_E_DATA,
                           "path: '%c' at %ld: one of M L C Q R Z is allowed, M first", op, at);
        n = read_points(&p, v, PATH_MAX_POINTS);
        if (n == SIZE_MAX || (op != 'Z' && n == 0) || (arity(op) ? n % arity(op) : n))
            return iv_fail(err, IV_E_DATA, "path: wrong number of coordinates for '%c' at %ld", op,
                           at);
        if (apply(&p, op, v, n))
            return iv_fail(err, IV_E_NOMEM, "path: out of memory");
    }
    return out->n ? IV_OK : iv_fail(err, IV_E_DATA, "path: empty");
}

void iv_rig_path_release(struct rig_path *p)
{
    free(p->s);
    *p = (struct rig_path){0};
}

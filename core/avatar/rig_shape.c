/* rig_shape.c - colours, fills and shapes of a rig, checked as they are read. */
#include <stdlib.h>
#include <string.h>

#include "avatar/rig.h"
#include "iv/alloc.h"

#define MAX_STRANDS 4000

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* "#rrggbb" or "#rrggbbaa" */
static bool read_hex(const char *s, struct rig_color *out)
{
    float v[4] = {0, 0, 0, 1};
    size_t n = strlen(s);

    if (n != 7 && n != 9)
        return false;
    for (size_t i = 0; i < (n - 1) / 2; i++) {
        int hi = hex_digit(s[1 + 2 * i]), lo = hex_digit(s[2 + 2 * i]);

        if (hi < 0 || lo < 0)
            return false;
        v[i] = (float)(hi * 16 + lo) / 255.0f;
    }
    *out = (struct rig_color){v[0], v[1], v[2], v[3]};
    return true;
}

/* "#rrggbb", a name of the palette, and either with a share of opacity in percent: "skin/40" */
enum iv_code iv_rig_color_read(const iv_json *palette, const char *text, struct rig_color *out,
                               struct iv_error *err)
{
    const char *slash = strchr(text, '/');
    char name[48] = "";
    const char *hex;

    if (slash && (size_t)(slash - text) >= sizeof name)
        return iv_fail(err, IV_E_DATA, "colour '%s': the name is too long", text);
    strncpy(name, text, slash ? (size_t)(slash - text) : sizeof name - 1);
    hex = name[0] == '#' ? name : iv_json_get_str(palette, name, "");
    if (!read_hex(hex, out))
        return iv_fail(err, IV_E_DATA, "colour '%s': neither #rrggbb nor a name of the palette",
                       text);
    if (slash)
        out->a *= (float)strtol(slash + 1, NULL, 10) / 100.0f;
    return IV_OK;
}

static enum iv_code read_numbers(const iv_json *list, const char *what, float *out, size_t n,
                                 struct iv_error *err)
{
    if (iv_json_len(list) != n)
        return iv_fail(err, IV_E_DATA, "%s: %zu numbers are needed", what, n);
    for (const iv_json *v = iv_json_first(list); v; v = iv_json_next(v))
        *out++ = (float)iv_json_number(v, 0);
    return IV_OK;
}

static enum iv_code read_stops(const iv_json *palette, const iv_json *list, struct rig_fill *out,
                               struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (iv_json_len(list) < 2 || iv_json_len(list) > RIG_MAX_STOPS)
        return iv_fail(err, IV_E_DATA, "fill: 2 to %d stops are needed", RIG_MAX_STOPS);
    for (const iv_json *s = iv_json_first(list); s && !rc; s = iv_json_next(s)) {
        out->stops[out->n_stops].at = (float)iv_json_number(iv_json_at(s, 0), 0);
        rc = iv_rig_color_read(palette, iv_json_string(iv_json_at(s, 1), ""),
                               &out->stops[out->n_stops].color, err);
        out->n_stops++;
    }
    return rc;
}

static enum iv_code read_fill(const iv_json *palette, const iv_json *j, struct rig_fill *out,
                              struct iv_error *err)
{
    const iv_json *linear = iv_json_get(j, "linear"), *radial = iv_json_get(j, "radial");
    enum iv_code rc;

    if (iv_json_type(j) == IV_JSON_STRING) {
        out->n_stops = 1;
        return iv_rig_color_read(palette, iv_json_string(j, ""), &out->stops[0].color, err);
    }
    if (!linear == !radial)
        return iv_fail(err, IV_E_DATA, "fill: a colour, or one of 'linear' and 'radial' is needed");
    out->kind = linear ? RIG_LINEAR : RIG_RADIAL;
    rc = read_numbers(linear ? linear : radial, linear ? "linear" : "radial", out->g, 4, err);
    return rc ? rc : read_stops(palette, iv_json_get(j, "stops"), out, err);
}

static enum iv_code read_strands(const iv_json *j, struct rig_shape *s, struct iv_error *err)
{
    int64_t count = iv_json_get_int(j, "count", 0);
    enum iv_code rc;

    if (!j)
        return IV_OK;
    if (count < 1 || count > MAX_STRANDS)
        return iv_fail(err, IV_E_DATA, "strands: count is 1 to %d", MAX_STRANDS);
    s->strands.count = (int)count;
    s->strands.width = (float)iv_json_get_num(j, "width", 1);
    s->strands.jitter = (float)iv_json_get_num(j, "jitter", 1);
    rc = iv_rig_path_parse(iv_json_get_str(j, "to", ""), &s->strands.to, err);
    if (!rc && s->strands.to.n != s->path.n)
        rc = iv_fail(err, IV_E_DATA, "strands: 'to' needs as many points as 'path'");
    return rc;
}

static enum iv_code read_op(const char *name, enum rig_op *out, struct iv_error *err)
{
    static const char *const names[] = {"over", "multiply", "screen", "soft_light"};

    for (size_t i = 0; i < IV_LEN(names); i++)
        if (!strcmp(names[i], name)) {
            *out = (enum rig_op)i;
            return IV_OK;
        }
    return iv_fail(err, IV_E_DATA, "op '%s': over, multiply, screen or soft_light", name);
}

/* A clip is an earlier shape of the same layer, by name. */
static enum iv_code find_clip(const struct rig_layer *l, const char *name, int *out,
                              struct iv_error *err)
{
    *out = -1;
    if (!name)
        return IV_OK;
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->shapes[i].name, name)) {
            *out = (int)i;
            return IV_OK;
        }
    return iv_fail(err, IV_E_DATA, "clip '%s': no shape before this one has that name", name);
}

static enum iv_code read_shape(const iv_json *palette, const iv_json *j, const struct rig_layer *l,
                               struct rig_shape *s, struct iv_error *err)
{
    enum iv_code rc;

    strncpy(s->name, iv_json_get_str(j, "name", ""), sizeof s->name - 1);
    s->stroke = (float)iv_json_get_num(j, "stroke", 0);
    s->blur = (float)iv_json_get_num(j, "blur", 0);
    s->opacity = (float)iv_json_get_num(j, "opacity", 1);
    s->mirror = iv_json_get_bool(j, "mirror", false);
    s->hidden = iv_json_get_bool(j, "hidden", false);
    rc = iv_rig_path_parse(iv_json_get_str(j, "path", ""), &s->path, err);
    if (!rc && !s->hidden)
        rc = read_fill(palette, iv_json_get(j, "fill"), &s->fill, err);
    if (!rc)
        rc = read_strands(iv_json_get(j, "strands"), s, err);
    if (!rc)
        rc = read_op(iv_json_get_str(j, "op", "over"), &s->op, err);
    return rc ? rc : find_clip(l, iv_json_get_str(j, "clip", NULL), &s->clip, err);
}

enum iv_code iv_rig_layer_read(const iv_json *palette, const iv_json *list, struct rig_layer *out,
                               struct iv_error *err)
{
    size_t n = iv_json_len(list);
    struct iv_error why;
    enum iv_code rc;

    if (iv_json_type(list) != IV_JSON_ARRAY || !n)
        return iv_fail(err, IV_E_DATA, "a list of shapes is needed");
    out->shapes = iv_alloc_array(n, sizeof *out->shapes);
    if (!out->shapes)
        return iv_fail(err, IV_E_NOMEM, "out of memory");
    for (const iv_json *j = iv_json_first(list); j; j = iv_json_next(j)) {
        struct rig_shape *s = &out->shapes[out->n];

        rc = read_shape(palette, j, out, s, &why);
        out->n++;
        if (rc)
            return iv_fail(err, rc, "shape %zu '%s': %s", out->n, s->name, why.text);
    }
    return IV_OK;
}

void iv_rig_layer_release(struct rig_layer *l)
{
    for (size_t i = 0; i < l->n; i++) {
        iv_rig_path_release(&l->shapes[i].path);
        iv_rig_path_release(&l->shapes[i].strands.to);
    }
    free(l->shapes);
    *l = (struct rig_layer){0};
}

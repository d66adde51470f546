/* rig.c - an interviewer from a data file. */
#include "avatar/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/data.h"

#define RIG_MAX_BYTES (1u << 20)
#define RIG_PREFIX "avatars/"
#define RIG_SUFFIX ".json"

/* Where a number or a colour of the file goes. */
struct field {
    const char *name;
    size_t offset;
    float min, max;
};
#define N(type, member, min_, max_)                                                                \
    {                                                                                              \
#member, offsetof(struct type, member), min_, max_                                         \
    }
#define K(type, member)                                                                            \
    {                                                                                              \
#member, offsetof(struct type, member), 0, 0                                               \
    }

static const struct field eye_numbers[] = {
    N(rig_eyes, x, 0, 256),       N(rig_eyes, y, 0, 512),    N(rig_eyes, half_width, 4, 60),
    N(rig_eyes, up, 1, 40),       N(rig_eyes, down, 1, 40),  N(rig_eyes, tilt, -20, 20),
    N(rig_eyes, iris, 2, 40),     N(rig_eyes, pupil, 1, 30), N(rig_eyes, travel_x, 0, 30),
    N(rig_eyes, travel_y, 0, 30), N(rig_eyes, lash, 0, 8),   N(rig_eyes, lid, 0, 20),
};
static const struct field eye_colors[] = {
    K(rig_eyes, white),     K(rig_eyes, white_shade), K(rig_eyes, iris_light),
    K(rig_eyes, iris_dark), K(rig_eyes, pupil_color), K(rig_eyes, lash_color),
    K(rig_eyes, lid_color), K(rig_eyes, crease),      K(rig_eyes, pink),
};
static const struct field brow_numbers[] = {
    N(rig_brows, thick, 1, 30),
    N(rig_brows, raise, 0, 30),
};
static const struct field brow_colors[] = {K(rig_brows, color)};
static const struct field mouth_numbers[] = {
    N(rig_mouth, x, 0, 512),    N(rig_mouth, y, 0, 512),    N(rig_mouth, half_width, 8, 100),
    N(rig_mouth, upper, 1, 40), N(rig_mouth, lower, 1, 40), N(rig_mouth, bow, 1, 30),
    N(rig_mouth, dip, 0, 20),   N(rig_mouth, open, 4, 80),
};
static const struct field mouth_colors[] = {
    K(rig_mouth, lip_light),   K(rig_mouth, lip),         K(rig_mouth, lip_dark),
    K(rig_mouth, line),        K(rig_mouth, cavity),      K(rig_mouth, cavity_deep),
    K(rig_mouth, teeth),       K(rig_mouth, teeth_shade), K(rig_mouth, tongue),
    K(rig_mouth, tongue_dark), K(rig_mouth, shadow),      K(rig_mouth, shine),
};
static const struct field shape_numbers[] = {
    N(rig_mouth_shape, open, 0, 1),   N(rig_mouth_shape, width, 0.3f, 1.5f),
    N(rig_mouth_shape, upper, 0, 1),  N(rig_mouth_shape, lower, 0, 1),
    N(rig_mouth_shape, round, 0, 1),  N(rig_mouth_shape, press, 0, 1),
    N(rig_mouth_shape, tongue, 0, 1), N(rig_mouth_shape, tuck, 0, 1),
};
static const struct field motion_numbers[] = {
    N(rig_motion, pivot_x, 0, 512),  N(rig_motion, pivot_y, 0, 600),
    N(rig_motion, nose_x, 0, 512),   N(rig_motion, nose_y, 0, 512),
    N(rig_motion, face_rx, 10, 400), N(rig_motion, face_ry, 10, 400),
    N(rig_motion, chin_y, 0, 512),   N(rig_motion, neck_y, 0, 600),
    N(rig_motion, jaw, 0, 30),       N(rig_motion, sway_x, 0, 12),
    N(rig_motion, sway_y, 0, 12),    N(rig_motion, turn, 0, 14),
    N(rig_motion, nod, 0, 14),       N(rig_motion, breath, 0, 8),
};

static enum iv_code read_numbers(const iv_json *j, const struct field *f, size_t n, void *out,
                                 struct iv_error *err)
{
    for (; n; n--, f++) {
        const iv_json *v = iv_json_get(j, f->name);
        float x = (float)iv_json_number(v, 0);

        if (iv_json_type(v) != IV_JSON_NUMBER || x < f->min || x > f->max)
            return iv_fail(err, IV_E_DATA, "%s: a number from %g to %g is needed", f->name,
                           (double)f->min, (double)f->max);
        memcpy((char *)out + f->offset, &x, sizeof x);
    }
    return IV_OK;
}

static enum iv_code read_colors(const iv_json *palette, const iv_json *j, const struct field *f,
                                size_t n, void *out, struct iv_error *err)
{
    struct iv_error why;

    for (; n; n--, f++) {
        struct rig_color *c = (struct rig_color *)((char *)out + f->offset);

        if (iv_rig_color_read(palette, iv_json_get_str(j, f->name, ""), c, &why))
            return iv_fail(err, IV_E_DATA, "%s: %s", f->name, why.text);
    }
    return IV_OK;
}

static enum iv_code read_eyes(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                              struct iv_error *err)
{
    enum iv_code rc = read_numbers(j, eye_numbers, IV_LEN(eye_numbers), &r->eyes, err);

    return rc ? rc : read_colors(pal, j, eye_colors, IV_LEN(eye_colors), &r->eyes, err);
}

static enum iv_code read_brows(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                               struct iv_error *err)
{
    enum iv_code rc = read_numbers(j, brow_numbers, IV_LEN(brow_numbers), &r->brows, err);

    r->brows.hairs = (int)iv_json_get_int(j, "hairs", 0);
    if (!rc && (r->brows.hairs < 0 || r->brows.hairs > 200))
        rc = iv_fail(err, IV_E_DATA, "hairs: 0 to 200 are allowed");
    if (!rc)
        rc = read_colors(pal, j, brow_colors, IV_LEN(brow_colors), &r->brows, err);
    return rc ? rc : iv_rig_path_parse(iv_json_get_str(j, "line", ""), &r->brows.line, err);
}

static enum iv_code read_mouth(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                               struct iv_error *err)
{
    const iv_json *shapes = iv_json_get(j, "shapes");
    enum iv_code rc = read_numbers(j, mouth_numbers, IV_LEN(mouth_numbers), &r->mouth, err);
    struct iv_error why;

    if (!rc)
        rc = read_colors(pal, j, mouth_colors, IV_LEN(mouth_colors), &r->mouth, err);
    for (unsigned v = 0; v < IV_VIS_COUNT && !rc; v++) {
        const char *name = iv_viseme_name((enum iv_viseme)v);

        if (read_numbers(iv_json_get(shapes, name), shape_numbers, IV_LEN(shape_numbers),
                         &r->mouth.shapes[v], &why))
            rc = iv_fail(err, IV_E_DATA, "shapes: %s: %s", name, why.text);
    }
    return rc;
}

static enum iv_code read_motion(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                                struct iv_error *err)
{
    (void)pal;
    return read_numbers(j, motion_numbers, IV_LEN(motion_numbers), &r->motion, err);
}

static enum iv_code read_background(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                                    struct iv_error *err)
{
    return iv_rig_layer_read(pal, j, &r->background, err);
}

static enum iv_code read_figure(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                                struct iv_error *err)
{
    return iv_rig_layer_read(pal, j, &r->figure, err);
}

static const struct part {
    const char *name;
    enum iv_code (*read)(struct iv_rig *r, const iv_json *pal, const iv_json *j,
                         struct iv_error *err);
} parts[] = {
    {"background", read_background}, {"figure", read_figure}, {"eyes", read_eyes},
    {"brows", read_brows},           {"mouth", read_mouth},   {"motion", read_motion},
};

static enum iv_code read_parts(struct iv_rig *r, const iv_json *j, struct iv_error *err)
{
    struct iv_error why;

    strncpy(r->about, iv_json_get_str(j, "about", ""), sizeof r->about - 1);
    for (size_t i = 0; i < IV_LEN(parts); i++) {
        enum iv_code rc =
            parts[i].read(r, iv_json_get(j, "palette"), iv_json_get(j, parts[i].name), &why);

        if (rc)
            return iv_fail(err, rc, "%s: %s", parts[i].name, why.text);
    }
    return IV_OK;
}

static bool name_is_plain(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

    return n && !name[n] && n < sizeof((struct iv_rig *)0)->name;
}

static enum iv_code load_json(const iv_ctx *ctx, const char *name, struct iv_blob *blob,
                              iv_json **out, struct iv_error *err)
{
    char file[64];
    struct iv_error why;
    enum iv_code rc;

    if (!name_is_plain(name))
        return iv_fail(err, IV_E_AVATAR_NOT_LOADED, "avatar '%.40s': not a name of an avatar",
                       name);
    snprintf(file, sizeof file, RIG_PREFIX "%s" RIG_SUFFIX, name);
    rc = iv_data_load(ctx, file, blob, &why);
    if (!rc)
        rc = iv_json_parse(blob->bytes, blob->len, RIG_MAX_BYTES, out, &why);
    if (rc && rc != IV_E_NOMEM)
        rc = IV_E_AVATAR_NOT_LOADED;
    return rc ? iv_fail(err, rc, "avatar '%s': %s", name, why.text) : IV_OK;
}

enum iv_code iv_rig_load(const iv_ctx *ctx, const char *name, iv_rig **out, struct iv_error *err)
{
    struct iv_blob blob = {0};
    struct iv_error why;
    iv_json *j = NULL;
    iv_rig *r = NULL;
    enum iv_code rc;

    *out = NULL;
    rc = load_json(ctx, name, &blob, &j, err);
    if (rc)
        goto out;
    r = iv_alloc(sizeof *r);
    rc = r ? read_parts(r, j, &why) : iv_fail(&why, IV_E_NOMEM, "out of memory");
    if (rc) {
        rc = iv_fail(err, rc == IV_E_NOMEM ? rc : IV_E_AVATAR_NOT_LOADED, "avatar '%s': %s: %s",
                     name, blob.origin, why.text);
        goto out;
    }
    strncpy(r->name, name, sizeof r->name - 1);
    crypto_generichash(r->digest, sizeof r->digest, (const uint8_t *)blob.bytes, blob.len, NULL, 0);
    *out = r;
    r = NULL;
out:
    iv_rig_free(r);
    iv_json_free(j);
    iv_blob_release(&blob);
    return rc;
}

void iv_rig_free(iv_rig *r)
{
    if (!r)
        return;
    iv_rig_layer_release(&r->background);
    iv_rig_layer_release(&r->figure);
    iv_rig_path_release(&r->brows.line);
    free(r);
}

const char *iv_rig_name(const iv_rig *r)
{
    return r->name;
}

uint64_t iv_rig_seed(const iv_rig *r)
{
    uint64_t seed;

    memcpy(&seed, r->digest, sizeof seed);
    return seed;
}

struct each {
    const iv_ctx *ctx;
    void (*fn)(void *arg, const char *name, const char *about);
    void *arg;
};

static void visit(void *arg, const char *file)
{
    const struct each *e = arg;
    struct iv_blob blob = {0};
    iv_json *j = NULL;
    char name[32] = "";
    size_t n = strlen(file) - strlen(RIG_PREFIX);

    if (n <= strlen(RIG_SUFFIX) || n - strlen(RIG_SUFFIX) >= sizeof name)
        return;
    memcpy(name, file + strlen(RIG_PREFIX), n - strlen(RIG_SUFFIX));
    if (!load_json(e->ctx, name, &blob, &j, NULL))
        e->fn(e->arg, name, iv_json_get_str(j, "about", ""));
    iv_json_free(j);
    iv_blob_release(&blob);
}

void iv_rig_each(const iv_ctx *ctx, void (*fn)(void *arg, const char *name, const char *about),
                 void *arg)
{
    struct each e = {ctx, fn, arg};

    iv_data_each(RIG_PREFIX, visit, &e);
}

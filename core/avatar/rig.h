/* avatar/rig.h - a face as data: layers of shapes, and the parameters of eyes, brows, mouth and motion.
 *
 * Why:     an interviewer is a file of core/data/avatars/; a renderer knows how to paint shapes, not who is painted.
 * Owns:    a rig owns everything below it; read-only once loaded.
 * Units:   the canvas is 512 by 512, y down; colours 0..1, not premultiplied.
 */
#ifndef IV_AVATAR_RIG_H
#define IV_AVATAR_RIG_H

#include "iv/avatar.h"
#include "iv/json.h"

#define RIG_CANVAS 512.0f
#define RIG_MAX_STOPS 8
#define RIG_DIGEST 16

struct rig_color {
    float r, g, b, a;
};

/* Path data as in SVG, absolute: M L C Q Z, and R for a smooth curve through points (Catmull-Rom). */
struct rig_segment {
    char op; /* M L C Z: Q and R are turned into C */
    float p[6];
};
struct rig_path {
    struct rig_segment *s;
    size_t n, cap;
};

enum rig_fill_kind { RIG_FLAT, RIG_LINEAR, RIG_RADIAL };
struct rig_fill {
    enum rig_fill_kind kind;
    float g[4]; /* linear: x0 y0 x1 y1; radial: cx cy rx ry */
    struct {
        float at;
        struct rig_color color;
    } stops[RIG_MAX_STOPS];
    size_t n_stops;
};

enum rig_op { RIG_OVER, RIG_MULTIPLY, RIG_SCREEN, RIG_SOFT_LIGHT };

/* Hairs that run between two guide curves, each a thin tapered leaf. */
struct rig_strands {
    struct rig_path to;
    int count;
    float width, jitter;
};

struct rig_shape {
    char name[32];
    struct rig_path path;
    struct rig_fill fill;
    struct rig_strands strands; /* count 0: a plain shape */
    float stroke; /* width; 0 fills */
    float blur, opacity;
    enum rig_op op;
    int clip; /* index in the same layer, -1: none */
    bool mirror;
    bool hidden; /* only a clip for others */
};

struct rig_layer {
    struct rig_shape *shapes;
    size_t n;
};

struct rig_eyes {
    float x, y; /* of the eye on the left of the picture; the other one is its mirror image */
    float half_width;
    float up, down; /* how far the lids stand off the line of the corners */
    float tilt; /* outer corner above the inner one */
    float iris, pupil; /* radii */
    float travel_x, travel_y;
    float lash, lid; /* thickness of the lash line; height of the crease over it */
    struct rig_color white, white_shade, iris_light, iris_dark, pupil_color, lash_color, lid_color,
        crease, pink;
};

struct rig_brows {
    struct rig_path line; /* from the nose outwards, on the left of the picture */
    float thick, raise;
    int hairs;
    struct rig_color color;
};

/* Each 0..1 unless said; see feature_mouth.c */
struct rig_mouth_shape {
    float open, width, upper, lower, round, press, tongue, tuck;
};

struct rig_mouth {
    float x, y, half_width;
    float upper, lower, bow, dip; /* heights of the lips, half distance and depth of Cupid's bow */
    float open; /* height of the widest opening */
    struct rig_color lip_light, lip, lip_dark, line, cavity, cavity_deep, teeth, teeth_shade,
        tongue, tongue_dark, shadow, shine;
    struct rig_mouth_shape shapes[IV_VIS_COUNT];
};

struct rig_motion {
    float pivot_x, pivot_y; /* the head rolls about it */
    float nose_x, nose_y; /* nearest point of the face: moves most when the head turns */
    float face_rx, face_ry;
    float chin_y, neck_y; /* motion fades from the chin to the neck's foot */
    float jaw; /* how far the chin drops */
    float sway_x, sway_y, turn, nod, breath;
};

struct iv_rig {
    char name[32], about[96];
    uint8_t digest[RIG_DIGEST]; /* of its file: rigs with the same one are the same face */
    struct rig_layer background, figure;
    struct rig_eyes eyes;
    struct rig_brows brows;
    struct rig_mouth mouth;
    struct rig_motion motion;
};

/* -- rig_path.c -- */
enum iv_code iv_rig_path_parse(const char *text, struct rig_path *out, struct iv_error *err);
void iv_rig_path_release(struct rig_path *p);

/* -- rig_shape.c -- */
enum iv_code iv_rig_color_read(const iv_json *palette, const char *text, struct rig_color *out,
                               struct iv_error *err);
enum iv_code iv_rig_layer_read(const iv_json *palette, const iv_json *list, struct rig_layer *out,
                               struct iv_error *err);
void iv_rig_layer_release(struct rig_layer *l);

#endif

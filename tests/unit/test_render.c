/* test_render.c - rigs are checked, pictures are right, stable, smooth in time and good JPEG. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <cmocka.h>

#include "avatar/face_map.h"
#include "avatar/faces.h"
#include "avatar/render/cpu/layer.h"
#include "avatar/rig.h"
#include "iv/avatar.h"
#include "iv/buf.h"

#define SIZE 256
#define BLOCKS 16
#define GOLDEN_TOLERANCE 6 /* of 255: fonts do not matter here, but cairo's edges may change */

/* -- helpers -- */
static struct iv_pose rest_pose(void)
{
    struct iv_pose p = {.mouth = {[IV_VIS_REST] = 1}, .smile = 0.4f, .breath = 0.5f};

    return p;
}

struct face {
    iv_rig *rig;
    iv_renderer *renderer;
};

static struct face face_open(const char *name, int size)
{
    struct face f;
    struct iv_error err = {0};

    assert_int_equal(iv_rig_load(NULL, name, &f.rig, &err), IV_OK);
    assert_int_equal(iv_renderer_open(NULL, "auto", f.rig, size, &f.renderer, &err), IV_OK);
    return f;
}

static void face_close(struct face *f)
{
    iv_renderer_close(f->renderer);
    iv_rig_free(f->rig);
}

static const struct iv_picture *draw(struct face *f, const struct iv_pose *pose)
{
    const struct iv_picture *p = NULL;

    assert_int_equal(iv_renderer_draw(f->renderer, pose, &p, NULL), IV_OK);
    return p;
}

static size_t picture_bytes(int size)
{
    return (size_t)(size * size * 3 / 2);
}

static double difference(const uint8_t *a, const uint8_t *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += abs(a[i] - b[i]);
    return sum / (double)n;
}

/* Mean luma of a box given in the rig's units. */
static double mean_luma(const struct iv_picture *p, int x, int y, int w, int h)
{
    double sum = 0, n = 0;

    for (int j = y * p->height / 512; j < (y + h) * p->height / 512; j++)
        for (int i = x * p->width / 512; i < (x + w) * p->width / 512; i++, n++)
            sum += p->y[j * p->stride_y + i];
    return sum / n;
}

/* -- rigs -- */
static const struct path_row {
    const char *name, *text;
    size_t segments; /* 0: refused */
} paths[] = {
    {"path: lines and a curve", "M 0 0 L 1,2 3 4 C 1 2 3 4 5 6 Z", 5},
    {"path: a smooth open curve", "M 0 0 R 1 1 2 0 3 1", 4},
    {"path: a smooth closed curve", "M 0 0 R 1 1 2 0 Z", 5},
    {"path: a quadratic curve", "M 0 0 Q 1 -1.5 2 0", 2},
    {"path: empty", "", 0},
    {"path: no M first", "L 1 2", 0},
    {"path: odd coordinates", "M 1 2 3", 0},
    {"path: unknown command", "M 1 2 A 3 4", 0},
    {"path: half a curve", "M 0 0 C 1 2 3 4", 0},
    {"path: not a number", "M 0 x", 0},
};

static void path_is_read(void **state)
{
    const struct path_row *r = *state;
    struct rig_path p = {0};
    struct iv_error err = {0};
    enum iv_code rc = iv_rig_path_parse(r->text, &p, &err);

    assert_int_equal(rc, r->segments ? IV_OK : IV_E_DATA);
    if (r->segments)
        assert_int_equal(p.n, r->segments);
    iv_rig_path_release(&p);
}

static const struct layer_row {
    const char *name, *json, *says; /* NULL: accepted */
} layers[] = {
    {"shape: a palette colour", "[{'name':'a','path':'M 0 0 L 1 1','fill':'skin/50'}]", NULL},
    {"shape: no such colour", "[{'name':'a','path':'M 0 0','fill':'skinn'}]", "skinn"},
    {"shape: no fill", "[{'name':'a','path':'M 0 0'}]", "'linear' and 'radial'"},
    {"shape: bad path names the shape", "[{'name':'nose','path':'X','fill':'skin'}]", "'nose'"},
    {"shape: clip must come before", "[{'name':'a','path':'M 0 0','fill':'skin','clip':'b'}]",
     "clip 'b'"},
    {"shape: unknown op", "[{'name':'a','path':'M 0 0','fill':'skin','op':'xor'}]", "op 'xor'"},
    {"shape: one stop is no gradient",
     "[{'path':'M 0 0','fill':{'linear':[0,0,1,1],'stops':[[0,'skin']]}}]", "stops"},
    {"shape: strands need equal guides",
     "[{'path':'M 0 0 R 1 1 2 2','fill':'skin','strands':{'count':3,'to':'M 0 0 R 1 1'}}]",
     "as many"},
    {"layer: not a list", "{}", "list"},
};

static void layer_is_checked(void **state)
{
    const struct layer_row *r = *state;
    struct rig_layer l = {0};
    struct iv_error err = {0};
    iv_json *palette, *j;
    char text[256];
    enum iv_code rc;

    snprintf(text, sizeof text, "%s", r->json);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    assert_int_equal(iv_json_parse("{\"skin\":\"#f0c0a0\"}", 18, 100, &palette, &err), IV_OK);
    assert_int_equal(iv_json_parse(text, strlen(text), 1000, &j, &err), IV_OK);
    rc = iv_rig_layer_read(palette, j, &l, &err);
    assert_int_equal(rc, r->says ? IV_E_DATA : IV_OK);
    if (r->says)
        assert_non_null(strstr(err.text, r->says));
    iv_rig_layer_release(&l);
    iv_json_free(palette);
    iv_json_free(j);
}

static void unknown_avatar(void **state)
{
    static const char *const names[] = {"nobody", "../mina", "", "Mina"};
    struct iv_error err;
    iv_rig *rig = (void *)1;

    (void)state;
    for (size_t i = 0; i < IV_LEN(names); i++) {
        assert_int_equal(iv_rig_load(NULL, names[i], &rig, &err), IV_E_AVATAR_NOT_LOADED);
        assert_null(rig);
        assert_non_null(strstr(err.text, names[i]));
    }
}

static void count_and_draw(void *arg, const char *name, const char *about)
{
    struct face f = face_open(name, 64);
    struct iv_pose pose = rest_pose();

    assert_true(strlen(about) > 5);
    assert_string_equal(iv_rig_name(f.rig), name);
    assert_true(mean_luma(draw(&f, &pose), 200, 220, 112, 40) > 60); /* a lit cheek */
    face_close(&f);
    ++*(int *)arg;
}

static void every_avatar_draws(void **state)
{
    int n = 0;

    (void)state;
    iv_rig_each(NULL, count_and_draw, &n);
    assert_true(n >= 3);
}

/* -- renderer -- */
static void wrong_requests(void **state)
{
    static const struct {
        const char *backend;
        int size;
        enum iv_code code;
    } rows[] = {{"cuda", 256, IV_E_GPU},
                {"vulkan", 256, IV_E_USAGE},
                {"cpu", 100, IV_E_USAGE},
                {"cpu", 48, IV_E_USAGE},
                {"cpu", 2048, IV_E_USAGE}};
    iv_rig *rig;
    iv_renderer *r;

    (void)state;
    assert_int_equal(iv_rig_load(NULL, "mina", &rig, NULL), IV_OK);
    for (size_t i = 0; i < IV_LEN(rows); i++)
        assert_int_equal(iv_renderer_open(NULL, rows[i].backend, rig, rows[i].size, &r, NULL),
                         rows[i].code);
    assert_int_equal(iv_renderer_open(NULL, "auto", rig, 64, &r, NULL), IV_OK);
    assert_string_equal(iv_renderer_backend(r), "cpu");
    iv_renderer_close(r);
    iv_rig_free(rig);
}

static void equal_poses_give_equal_pictures(void **state)
{
    struct face a = face_open("mina", SIZE), b = face_open("mina", SIZE);
    struct iv_pose p = rest_pose(), q = rest_pose();

    (void)state;
    q.jaw = 1;
    q.head_x = 1;
    draw(&b, &q); /* what was drawn before leaves no trace */
    assert_memory_equal(draw(&a, &p)->y, draw(&b, &p)->y, picture_bytes(SIZE));
    face_close(&a);
    face_close(&b);
}

/* The extremes of every value must stay inside the picture; the sanitizers watch. */
static void wild_poses(void **state)
{
    static const int sizes[] = {64, 144, 512};

    (void)state;
    for (size_t s = 0; s < IV_LEN(sizes); s++) {
        struct face f = face_open("mina", sizes[s]);

        for (int i = 0; i < 32; i++) {
            float e = i & 1 ? 1 : -1, g = i & 2 ? 1 : -1, on = i & 4 ? 1 : 0, b = i & 8 ? 1 : 0;
            struct iv_pose p = {.jaw = on,
                                .blink_l = b,
                                .blink_r = on,
                                .gaze_x = e,
                                .gaze_y = g,
                                .brow_l = e,
                                .brow_r = g,
                                .head_x = g,
                                .head_y = e,
                                .head_roll = e * 0.1f,
                                .breath = b,
                                .smile = on};

            p.mouth[i % IV_VIS_COUNT] = 1;
            draw(&f, &p);
        }
        face_close(&f);
    }
}

static void features_show(void **state)
{
    struct face f = face_open("mina", SIZE);
    struct iv_pose open = rest_pose(), wide = rest_pose(), shut = rest_pose(), left = rest_pose();
    struct rig_mouth *m = &f.rig->mouth;
    struct rig_eyes *e = &f.rig->eyes;
    int mx = (int)m->x - 10, my = (int)m->y, ex = (int)e->x, ey = (int)e->y;
    double closed_lips, eye;

    (void)state;
    closed_lips = mean_luma(draw(&f, &open), mx, my + 6, 20, 8);
    eye = mean_luma(draw(&f, &open), ex - 8, ey - 5, 16, 10);
    wide.mouth[IV_VIS_REST] = 0;
    wide.mouth[IV_VIS_AA] = 1;
    wide.jaw = 1;
    assert_true(mean_luma(draw(&f, &wide), mx, my + 6, 20, 8) <
                closed_lips - 25); /* the dark inside */
    shut.blink_l = 1;
    assert_true(mean_luma(draw(&f, &shut), ex - 8, ey - 8, 16, 10) > eye + 30); /* a lid, no iris */
    left.gaze_x = -1;
    assert_true(mean_luma(draw(&f, &left), ex - 14, ey - 4, 8, 8) <
                mean_luma(draw(&f, &open), ex - 14, ey - 4, 8, 8) - 15);
    face_close(&f);
}

/* Two seconds of idling are never one picture, and no two neighbours differ by a jump. */
static void alive_but_smooth(void **state)
{
    struct face f = face_open("mina", SIZE);
    uint8_t *before = malloc(picture_bytes(SIZE)), *first = malloc(picture_bytes(SIZE));
    iv_animator *a;
    struct iv_pose pose;

    (void)state;
    assert_int_equal(iv_animator_new(11, &a, NULL), IV_OK);
    for (uint64_t t = 10000; t < 14000; t += 40) {
        const struct iv_picture *p;

        iv_animator_pose(a, t, &pose);
        p = draw(&f, &pose);
        if (t > 10000)
            assert_true(difference(before, p->y, SIZE * SIZE) < 3.0);
        if (t % 2000 == 0) {
            if (t > 10000)
                assert_true(difference(first, p->y, SIZE * SIZE) > 0.1);
            memcpy(first, p->y, SIZE * SIZE);
        }
        memcpy(before, p->y, SIZE * SIZE);
    }
    free(before);
    free(first);
    iv_animator_free(a);
    face_close(&f);
}

/* The face at rest as 16 x 16 grey values. IV_UPDATE_GOLDEN=1 writes them anew. */
static void looks_as_approved(void **state)
{
    struct face f = face_open("mina", SIZE);
    struct iv_pose pose = rest_pose();
    const struct iv_picture *p = draw(&f, &pose);
    const char *root = getenv("IV_TEST_SOURCE_DIR");
    char path[512];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/tests/golden/face_mina.txt", root ? root : ".");
    file = fopen(path, getenv("IV_UPDATE_GOLDEN") ? "w+" : "r");
    assert_non_null(file);
    for (int i = 0; i < BLOCKS * BLOCKS; i++) {
        double grey = mean_luma(p, i % BLOCKS * 32, i / BLOCKS * 32, 32, 32);
        double approved = grey;

        if (getenv("IV_UPDATE_GOLDEN"))
            fprintf(file, "%.0f%c", grey, i % BLOCKS == BLOCKS - 1 ? '\n' : ' ');
        else
            assert_int_equal(fscanf(file, "%lf", &approved), 1);
        assert_true(fabs(grey - approved) < GOLDEN_TOLERANCE);
    }
    fclose(file);
    face_close(&f);
}

static void map_and_back(void **state)
{
    struct iv_pose pose = {.jaw = 1,
                           .head_x = 0.8f,
                           .head_y = -0.7f,
                           .head_roll = 0.04f,
                           .breath = 1,
                           .brow_l = 1,
                           .brow_r = -1};
    struct face f = face_open("mina", 64);
    struct face_map map;

    (void)state;
    iv_face_map_init(&map, f.rig, &pose);
    for (float y = 20; y < 500; y += 11)
        for (float x = 20; x < 500; x += 13) {
            struct face_point p = iv_face_unmap(&map, (struct face_point){x, y});
            struct face_point q = iv_face_map(&map, p);

            assert_true(fabsf(q.x - x) < 0.3f && fabsf(q.y - y) < 0.3f);
        }
    face_close(&f);
}

/* A renderer that drew all frames and one that drew each seventh show the same. */
static void frames_need_no_history(void **state)
{
    struct face a = face_open("mina", SIZE), b = face_open("mina", SIZE);
    iv_animator *animator;
    struct iv_pose pose;

    (void)state;
    assert_int_equal(iv_animator_new(5, &animator, NULL), IV_OK);
    for (uint64_t t = 0; t < 280; t++) {
        const struct iv_picture *p;

        iv_animator_pose(animator, 5000 + t * 40, &pose);
        pose.jaw = (float)(t % 10) / 10.0f; /* a mouth that speaks, too */
        pose.mouth[IV_VIS_AA] = pose.jaw;
        pose.mouth[IV_VIS_REST] = 1.0f - pose.jaw;
        p = draw(&a, &pose);
        if (t % 7 == 0)
            assert_memory_equal(p->y, draw(&b, &pose)->y, picture_bytes(SIZE));
    }
    iv_animator_free(animator);
    face_close(&a);
    face_close(&b);
}

/* What nobody sees move is not moved, and what is seen stays within the steps of it. */
static void small_motion_is_rounded(void **state)
{
    struct face f = face_open("mina", 512);
    struct iv_pose rest = rest_pose(), near = rest_pose(), far = rest_pose();
    size_t n = picture_bytes(512);
    uint8_t *before = malloc(n);

    (void)state;
    near.head_x = 0.1f / (f.rig->motion.sway_x + f.rig->motion.turn); /* pixels */
    near.smile += 0.005f;
    far.head_x = 3 * near.head_x;
    memcpy(before, draw(&f, &rest)->y, n);
    assert_memory_equal(before, draw(&f, &near)->y, n);
    assert_true(difference(before, draw(&f, &far)->y, 512 * 512) > 0);
    assert_true(difference(before, draw(&f, &far)->y, 512 * 512) < 0.5);
    free(before);
    face_close(&f);
}

/* -- cells -- */
static void empty_layers_do_not_show(void **state)
{
    static uint8_t planes[16 * 16 * 3 / 2], before[sizeof planes];
    const struct iv_cell_ops *ops[] = {&iv_cell_plain, iv_cell_ops()};
    struct iv_picture p = {16, 16, planes, planes + 256, planes + 320, 16, 8};
    const int end = 16 * MESH_UNIT;
    const struct mesh_cell whole = {{0, 0}, {end, 3}, {5, end}, {end, end}};
    struct warp_layer l;

    (void)state;
    assert_int_equal(iv_warp_layer_init(&l, -8, -8, 40, 40, NULL), IV_OK);
    for (size_t i = 0; i < sizeof planes; i++)
        before[i] = planes[i] = (uint8_t)(i * 37);
    for (size_t i = 0; i < IV_LEN(ops); i++) {
        l.ops = ops[i];
        iv_warp_layer_draw(&l, &whole, 0, 0, &p);
        assert_memory_equal(planes, before, sizeof planes);
    }
    iv_warp_layer_release(&l);
}

/* The fast cells compute what the plain ones do: shrunk, as they mostly are, mirrored, and bent over several lines. */
static void cells_agree(void **state)
{
    enum { LINE = 512, LINES = 128 };
    static const struct {
        int32_t across, down; /* step of u along a row, and of v along it, in 16.16 */
    } steps[] = {{60000, 999},   {131072, 0},    {131072, 700},   {130000, -2500},
                 {139000, 9000}, {150000, 4000}, {131072, 30000}, {-90000, 500}};
    static uint8_t layer[LINE * LINES], a[2][256], b[2][256];
    const struct iv_cell_ops *fast = iv_cell_ops();
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < LINE * LINES; i++)
        layer[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    for (int i = 0; i < LINE * LINES; i += 2) /* luma is premultiplied: never above alpha */
        layer[i] = (uint8_t)(layer[i] * layer[i + 1] / 255);
    for (int round = 0; round < 400; round++) {
        int32_t dx = 16 * steps[round % 8].across, dy = 16 * steps[round % 8].down;
        int32_t u = round * 4321 + (dx < 0 ? -dx : 0), v = round * 2345 + (dy < 0 ? -dy : 0);
        int32_t lean = round * 77, tall = 60000 * 16 + round * 2000;
        struct cell_walk w = {
            {u, v}, {u + dx, v + dy}, {u + lean, v + tall}, {u + lean + dx, v + dy + tall}};

        for (int i = 0; i < 256; i++)
            a[0][i] = a[1][i] = b[0][i] = b[1][i] = (uint8_t)(i * 7 + round);
        iv_cell_plain.luma(layer, LINE, &w, a[0], 16);
        fast->luma(layer, LINE, &w, b[0], 16);
        assert_memory_equal(a, b, sizeof a);
        iv_cell_plain.chroma(layer, LINE, &w, a[0], a[1], 16);
        fast->chroma(layer, LINE, &w, b[0], b[1], 16);
        assert_memory_equal(a, b, sizeof a);
    }
}

/* Premultiplied, as cairo paints: no colour above its alpha. */
static uint32_t painted_pixel(uint32_t n)
{
    uint32_t x = n * 2654435761u, a = n % 5 ? x >> 24 : 255 * (n & 1);

    return a << 24 | (x & 255) * a / 255 << 16 | (x >> 8 & 255) * a / 255 << 8 |
           (x >> 16 & 255) * a / 255;
}

static void fast_loads_are_exact(void **state)
{
    enum { N = 77 };
    const struct iv_cell_ops *fast = iv_cell_ops();
    static uint32_t px[4 * N];
    static uint8_t a[4 * N + 64], b[4 * N + 64];

    (void)state;
    for (uint32_t round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < 4 * N; i++)
            px[i] = painted_pixel(round * 4 * N + i);
        for (int n = 0; n <= N; n += 11) {
            memset(a, 7, sizeof a);
            memset(b, 7, sizeof b);
            iv_cell_plain.load_luma(a, px, n);
            fast->load_luma(b, px, n);
            assert_memory_equal(a, b, sizeof a);
            iv_cell_plain.load_chroma(a, px, 2 * N, n);
            fast->load_chroma(b, px, 2 * N, n);
            assert_memory_equal(a, b, sizeof a);
        }
    }
}

/* Plain cells, so that the address sanitizer sees each texel that is read. */
static void edges_stay_inside(void **state)
{
    static uint8_t planes[64 * 64 * 3 / 2];
    struct iv_picture p = {64, 64, planes, planes + 4096, planes + 5120, 64, 32};
    struct face f = face_open("mina", 64); /* opens cairo too */
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 128, 128);
    struct mesh mesh = {.cells = 4};
    struct warp_layer l;

    (void)state;
    memset(cairo_image_surface_get_data(s), 255, 128 * 128 * 4);
    assert_int_equal(iv_warp_layer_init(&l, 0, 0, 64, 64, NULL), IV_OK);
    iv_warp_layer_load(&l, s, 0, 0);
    l.ops = &iv_cell_plain;
    for (int i = -200; i < 200; i++) { /* the edges fall on the layer's, almost level, or far off */
        struct iv_pose pose = {.head_y = (i & 1 ? 2.0f : (float)i) / f.rig->motion.sway_y,
                               .head_x = i & 2 ? (float)i : 0,
                               .head_roll = (float)i * 1e-6f};
        struct face_map map;

        iv_face_map_init(&map, f.rig, &pose);
        iv_mesh_bend(&mesh, &map);
        for (int c = 0; c < 16; c++) {
            struct mesh_cell from = iv_mesh_cell(&mesh, c % 4, c / 4);

            iv_warp_layer_draw(&l, &from, c % 4 * LAYER_CELL, c / 4 * LAYER_CELL, &p);
        }
    }
    iv_warp_layer_release(&l);
    cairo_surface_destroy(s);
    face_close(&f);
}

/* -- JPEG -- */
static void jpeg_decodes(void **state)
{
    struct face f = face_open("mina", SIZE);
    struct iv_pose pose = rest_pose();
    const struct iv_picture *p = draw(&f, &pose);
    uint8_t *planes = malloc(picture_bytes(SIZE));
    tjhandle tj = tjInitDecompress();
    const uint8_t *bytes;
    iv_jpeg *j;
    size_t len;
    int w, h, sampling, space;

    (void)state;
    assert_int_equal(iv_jpeg_new(85, &j, NULL), IV_OK);
    assert_int_equal(iv_jpeg_encode(j, p, &bytes, &len, NULL), IV_OK);
    assert_int_equal(tjDecompressHeader3(tj, bytes, len, &w, &h, &sampling, &space), 0);
    assert_int_equal(w, SIZE);
    assert_int_equal(h, SIZE);
    assert_int_equal(sampling, TJSAMP_420);
    assert_int_equal(tjDecompressToYUV2(tj, bytes, len, planes, SIZE, 1, SIZE, 0), 0);
    assert_true(difference(planes, p->y, SIZE * SIZE) < 2.0);
    tjDestroy(tj);
    free(planes);
    iv_jpeg_free(j);
    face_close(&f);
}

/* One JPEG for one picture, whatever was encoded before it; and what it decodes to is that picture. */
static void jpeg_forgets_the_picture_before(void **state)
{
    struct face f = face_open("mina", SIZE);
    uint8_t *planes = malloc(picture_bytes(SIZE));
    tjhandle tj = tjInitDecompress();
    const uint8_t *a, *b;
    iv_jpeg *used, *fresh;
    size_t n, m;

    (void)state;
    assert_int_equal(iv_jpeg_new(80, &used, NULL), IV_OK);
    for (int i = 0; i < 12; i++) {
        struct iv_pose pose = rest_pose();
        const struct iv_picture *p;

        pose.mouth[IV_VIS_REST] = i % 3 == 0;
        pose.mouth[IV_VIS_AA] = i % 3 != 0;
        pose.jaw = (float)(i % 3) / 3.0f;
        pose.head_x = (float)(i / 4) / 4.0f; /* stands still for four pictures */
        p = draw(&f, &pose);
        assert_int_equal(iv_jpeg_new(80, &fresh, NULL), IV_OK);
        assert_int_equal(iv_jpeg_encode(used, p, &a, &n, NULL), IV_OK);
        assert_int_equal(iv_jpeg_encode(fresh, p, &b, &m, NULL), IV_OK);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
        assert_int_equal(tjDecompressToYUV2(tj, a, n, planes, SIZE, 1, SIZE, 0), 0);
        assert_true(difference(planes, p->y, SIZE * SIZE) < 2.0);
        iv_jpeg_free(fresh);
    }
    tjDestroy(tj);
    free(planes);
    iv_jpeg_free(used);
    face_close(&f);
}

/* Sides that are no multiple of a block, lines with gaps between them, more strips than restart markers. */
static void jpeg_of_any_size(void **state)
{
    enum { W = 50, H = 202, STRIDE = 64 };
    static uint8_t y[STRIDE * H], u[STRIDE * H], v[STRIDE * H], out[W * H * 2];
    struct iv_picture p = {W, H, y, u, v, STRIDE, STRIDE / 2};
    tjhandle tj = tjInitDecompress();
    const uint8_t *bytes;
    iv_jpeg *j;
    size_t len;

    (void)state;
    for (int row = 0; row < H; row++)
        for (int x = 0; x < STRIDE; x++)
            y[row * STRIDE + x] = (uint8_t)(x < W ? row + x / 4 : 255 * (row & 1));
    memset(u, 100, sizeof u);
    memset(v, 140, sizeof v);
    assert_int_equal(iv_jpeg_new(90, &j, NULL), IV_OK);
    assert_int_equal(iv_jpeg_encode(j, &p, &bytes, &len, NULL), IV_OK);
    assert_int_equal(tjDecompressToYUV2(tj, bytes, len, out, W, 1, H, 0), 0);
    for (int row = 0; row < H; row++)
        assert_true(difference(out + row * W, y + row * STRIDE, W) < 4.0);
    assert_in_range(out[W * H + 60], 98, 102);
    tjDestroy(tj);
    iv_jpeg_free(j);
}

static void jpeg_quality_is_checked(void **state)
{
    iv_jpeg *j = (void *)1;

    (void)state;
    assert_int_equal(iv_jpeg_new(0, &j, NULL), IV_E_USAGE);
    assert_null(j);
}

/* -- what renderers share -- */
static iv_ctx *context(void)
{
    iv_ctx *ctx;

    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), IV_OK);
    return ctx;
}

static iv_renderer *shared_renderer(iv_ctx *ctx, const iv_rig *rig, int size)
{
    iv_renderer *r;

    assert_int_equal(iv_renderer_open(ctx, "cpu", rig, size, &r, NULL), IV_OK);
    return r;
}

static void renderers_share_a_face(void **state)
{
    struct face alone = face_open("mina", SIZE), other = face_open("daniel", 64);
    const struct iv_picture *p;
    struct iv_pose pose = rest_pose();
    struct iv_face_stats stats;
    iv_ctx *ctx = context();
    iv_renderer *r[4];
    iv_rig *again;

    (void)state;
    assert_int_equal(iv_rig_load(NULL, "mina", &again, NULL), IV_OK);
    r[0] = shared_renderer(ctx, alone.rig, SIZE);
    r[1] = shared_renderer(ctx, again, SIZE); /* another rig object, the same face */
    r[2] = shared_renderer(ctx, alone.rig, 64);
    r[3] = shared_renderer(ctx, other.rig, 64);
    iv_face_stats(ctx, &stats);
    assert_int_equal(stats.faces_painted, 3);
    assert_int_equal(stats.faces_shared, 1);
    iv_ctx_free(ctx); /* renderers may outlive it */
    iv_renderer_close(r[0]);
    for (int i = 0; i < 3; i++) {
        pose.jaw = (float)i / 2.0f;
        assert_int_equal(iv_renderer_draw(r[1], &pose, &p, NULL), IV_OK);
        assert_memory_equal(p->y, draw(&alone, &pose)->y, picture_bytes(SIZE));
    }
    for (int i = 1; i < 4; i++)
        iv_renderer_close(r[i]);
    iv_rig_free(again);
    face_close(&alone);
    face_close(&other);
}

static void unused_faces_are_few(void **state)
{
    struct iv_face_stats stats;
    iv_ctx *ctx = context();
    iv_renderer *used;
    iv_rig *rig;

    (void)state;
    assert_int_equal(iv_rig_load(NULL, "mina", &rig, NULL), IV_OK);
    used = shared_renderer(ctx, rig, 64);
    for (int size = 400; size <= 640; size += 48)
        iv_renderer_close(shared_renderer(ctx, rig, size));
    iv_face_stats(ctx, &stats);
    assert_in_range(stats.faces, 3, 5);
    assert_in_range(stats.face_bytes, FACES_IDLE_BYTES / 2, FACES_IDLE_BYTES + 200000);
    iv_renderer_close(shared_renderer(ctx, rig, 64)); /* one in use never goes */
    iv_renderer_close(shared_renderer(ctx, rig, 640)); /* nor does the last one */
    iv_face_stats(ctx, &stats);
    assert_int_equal(stats.faces_shared, 2);
    iv_renderer_close(used);
    iv_rig_free(rig);
    iv_ctx_free(ctx);
}

enum { THREADS = 6, SHOTS = 40 };
struct shooting {
    iv_ctx *ctx;
    uint64_t sums[SHOTS];
    bool is_ok;
    pthread_t thread;
};

static uint64_t sum_of(const uint8_t *bytes, size_t len)
{
    uint64_t h = 1469598103934665603u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h;
}

static void *shoot(void *arg)
{
    struct shooting *s = arg;
    iv_renderer *r = NULL;
    iv_jpeg *j = NULL;
    iv_rig *rig = NULL;
    const uint8_t *bytes;
    enum iv_code rc;
    size_t len;

    s->is_ok = !iv_rig_load(NULL, "yuna", &rig, NULL) && !iv_jpeg_new(80, &j, NULL) &&
               !iv_renderer_open(s->ctx, "cpu", rig, 128, &r, NULL);
    for (int i = 0; i < SHOTS && s->is_ok; i++) {
        struct iv_pose pose = rest_pose();

        pose.head_x = (float)(i % 10) / 10.0f;
        do /* a processor will be free */
            rc = iv_renderer_jpeg(r, &pose, j, &bytes, &len, NULL);
        while (rc == IV_E_BUSY);
        s->is_ok = !rc;
        if (s->is_ok)
            s->sums[i] = sum_of(bytes, len);
    }
    iv_renderer_close(r);
    iv_jpeg_free(j);
    iv_rig_free(rig);
    return NULL;
}

static void threads_share_a_face(void **state)
{
    struct shooting all[THREADS] = {0}, alone = {0};
    struct iv_face_stats stats;
    iv_ctx *ctx = context();

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        all[i].ctx = ctx;
        assert_int_equal(pthread_create(&all[i].thread, NULL, shoot, &all[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(all[i].thread, NULL);
    shoot(&alone);
    assert_true(alone.is_ok);
    for (int i = 0; i < THREADS; i++) {
        assert_true(all[i].is_ok);
        assert_memory_equal(all[i].sums, alone.sums, sizeof alone.sums);
    }
    iv_face_stats(ctx, &stats);
    assert_int_equal(stats.faces_painted, 1);
    assert_int_equal(stats.faces_shared, THREADS - 1);
    assert_int_equal(stats.frame_hits + stats.frame_misses + stats.frame_repeats, THREADS * SHOTS);
    assert_in_range(stats.frame_hits, SHOTS / 2, THREADS * SHOTS);
    iv_ctx_free(ctx);
}

static void shared_frames_are_those_drawn(void **state)
{
    struct face alone = face_open("mina", SIZE);
    iv_ctx *ctx = context();
    iv_renderer *r = shared_renderer(ctx, alone.rig, SIZE);
    const struct iv_picture *p;
    struct iv_face_stats stats;
    iv_jpeg *j, *bare, *fine;
    const uint8_t *a, *b;
    size_t n, m;

    (void)state;
    assert_int_equal(iv_jpeg_new(80, &j, NULL), IV_OK);
    assert_int_equal(iv_jpeg_new(80, &bare, NULL), IV_OK);
    assert_int_equal(iv_jpeg_new(95, &fine, NULL), IV_OK);
    for (int i = 0; i < 30; i++) { /* ten looks three times: drawn, drawn and kept, found */
        struct iv_pose pose = rest_pose();

        pose.mouth[IV_VIS_REST] = 1.0f - (float)(i % 10) / 10.0f;
        pose.mouth[IV_VIS_AA] = (float)(i % 10) / 10.0f;
        p = draw(&alone, &pose);
        assert_int_equal(iv_jpeg_encode(bare, p, &b, &m, NULL), IV_OK);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(iv_renderer_jpeg(r, &pose, j, &a, &n, NULL), IV_OK);
            assert_int_equal(n, m);
            assert_memory_equal(a, b, n);
        }
    }
    iv_face_stats(ctx, &stats);
    assert_int_equal(stats.frame_misses, 20);
    assert_int_equal(stats.frame_hits, 10);
    assert_int_equal(stats.frame_repeats, 30);
    assert_int_equal(stats.frames, 10);
    assert_int_equal(iv_jpeg_encode(j, p, &a, &n, NULL), IV_OK); /* not a repeat any more */
    assert_int_equal(iv_renderer_jpeg(r, &(struct iv_pose){.jaw = 1}, fine, &a, &n, NULL), IV_OK);
    assert_int_equal(iv_renderer_jpeg(r, &(struct iv_pose){.jaw = 1}, j, &b, &m, NULL), IV_OK);
    assert_true(n > m); /* another quality is another frame */
    iv_jpeg_free(fine);
    iv_jpeg_free(bare);
    iv_renderer_close(r);
    iv_ctx_free(ctx);
    iv_jpeg_free(j); /* what it gave last may outlive the cache */
    face_close(&alone);
}

static void frames_stay_below_their_ceiling(void **state)
{
    enum { LEN = 1000, FRAMES = 50, ROOM = 20 };
    struct frame_cache *c = iv_frame_cache_new(ROOM * (LEN + sizeof(struct frame)));
    uint8_t bytes[LEN] = {0};
    struct iv_face_stats stats;
    struct frame *first;

    (void)state;
    for (uint64_t i = 0; i < FRAMES; i++) {
        struct frame_key key = {{i * 4096, (i + 1) * 0x100000001u}}; /* all in one bucket */

        bytes[0] = (uint8_t)i;
        assert_null(iv_frame_cache_get(c, &key));
        iv_frame_cache_put(c, &key, bytes, LEN);
        assert_null(iv_frame_cache_get(c, &key)); /* asked for once: not kept */
        iv_frame_cache_put(c, &key, bytes, LEN);
        iv_frame_cache_put(c, &key, bytes, LEN);
        first = iv_frame_cache_get(
            c, &(struct frame_key){{0, 0x100000001}}); /* used all the time: stays */
        assert_non_null(first);
        assert_int_equal(first->bytes[0], 0);
        iv_frame_unref(first);
    }
    iv_frame_cache_stats(c, &stats);
    assert_int_equal(stats.frames, ROOM);
    assert_int_equal(stats.frame_bytes, ROOM * (LEN + sizeof(struct frame)));
    assert_null(iv_frame_cache_get(c, &(struct frame_key){{4096, 0x200000002}}));
    first = iv_frame_cache_get(c, &(struct frame_key){{0, 0x100000001}});
    iv_frame_cache_free(c);
    assert_int_equal(first->len, LEN); /* who holds one keeps it */
    iv_frame_unref(first);
}

int main(void)
{
    enum { OTHERS = 21 };
    struct CMUnitTest t[OTHERS + IV_LEN(paths) + IV_LEN(layers)] = {
        cmocka_unit_test(unknown_avatar),
        cmocka_unit_test(every_avatar_draws),
        cmocka_unit_test(wrong_requests),
        cmocka_unit_test(equal_poses_give_equal_pictures),
        cmocka_unit_test(wild_poses),
        cmocka_unit_test(features_show),
        cmocka_unit_test(alive_but_smooth),
        cmocka_unit_test(looks_as_approved),
        cmocka_unit_test(map_and_back),
        cmocka_unit_test(frames_need_no_history),
        cmocka_unit_test(small_motion_is_rounded),
        cmocka_unit_test(empty_layers_do_not_show),
        cmocka_unit_test(cells_agree),
        cmocka_unit_test(fast_loads_are_exact),
        cmocka_unit_test(edges_stay_inside),
        cmocka_unit_test(jpeg_decodes),
        cmocka_unit_test(jpeg_forgets_the_picture_before),
        cmocka_unit_test(jpeg_of_any_size),
        cmocka_unit_test(jpeg_quality_is_checked),
        cmocka_unit_test(renderers_share_a_face),
        cmocka_unit_test(unused_faces_are_few),
        cmocka_unit_test(threads_share_a_face),
        cmocka_unit_test(shared_frames_are_those_drawn),
        cmocka_unit_test(frames_stay_below_their_ceiling),
    };
    size_t n = OTHERS;

    for (size_t i = 0; i < IV_LEN(paths); i++)
        t[n++] = (struct CMUnitTest){.name = paths[i].name,
                                     .test_func = path_is_read,
                                     .initial_state = (void *)(uintptr_t)&paths[i]};
    for (size_t i = 0; i < IV_LEN(layers); i++)
        t[n++] = (struct CMUnitTest){.name = layers[i].name,
                                     .test_func = layer_is_checked,
                                     .initial_state = (void *)(uintptr_t)&layers[i]};
    return cmocka_run_group_tests_name("render", t, NULL, NULL);
}

/* bench_render.c - what a frame costs: drawing, JPEG beside libjpeg-turbo alone, H.264; medians in milliseconds. Then what
 * sessions save that share a face.
 *
 * usage: bench_render [avatar [size [frames]]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "iv/avatar.h"

#define MAX_FRAMES 2000
#define QUALITY 80
#define RATE_HZ 24000
#define SESSIONS 100
#define GAP_MS 7000

static const char *const words[] = {"t", "E", "l", "m", "i", "a", "b", "aU", "t", "j", "u:", "_:"};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *what, double *ms, int n)
{
    qsort(ms, (size_t)n, sizeof *ms, ascending);
    printf("%-28s %7.3f ms a frame (p95 %.3f)\n", what, ms[n / 2], ms[n * 95 / 100]);
}

static void die(const struct iv_error *err)
{
    fprintf(stderr, "bench_render: %s\n", err->text);
    exit(1);
}

static void talk(iv_animator *a, uint64_t until_ms)
{
    struct iv_phoneme ph[IV_LEN(words)];
    iv_viseme_track *t = NULL;
    struct iv_error err;

    for (size_t i = 0; i < IV_LEN(words); i++) {
        ph[i] = (struct iv_phoneme){.start_ms = (uint32_t)i * 90, .end_ms = (uint32_t)(i + 1) * 90};
        snprintf(ph[i].symbol, sizeof ph[i].symbol, "%s", words[i]);
    }
    for (uint64_t at = 200; at < until_ms; at += 90 * IV_LEN(words)) {
        if (iv_viseme_build(ph, IV_LEN(words), IV_PHONES_ESPEAK, 90 * IV_LEN(words), &t, &err) ||
            iv_animator_speak(a, t, at, &err))
            die(&err);
        iv_viseme_free(t);
    }
}

struct run {
    iv_animator *animator;
    iv_renderer *renderer;
    iv_jpeg *jpeg;
    iv_recorder *recorder;
    tjhandle bare;
    double pose[MAX_FRAMES], draw[MAX_FRAMES], encode[MAX_FRAMES], alone[MAX_FRAMES],
        h264[MAX_FRAMES], idle[MAX_FRAMES];
    size_t jpeg_bytes;
};

static double bare_jpeg(struct run *r, const struct iv_picture *p)
{
    const unsigned char *planes[3] = {p->y, p->u, p->v};
    const int strides[3] = {p->stride_y, p->stride_uv, p->stride_uv};
    unsigned char *out = NULL;
    unsigned long size = 0;
    double start = now_ms();

    tjCompressFromYUVPlanes(r->bare, planes, p->width, strides, p->height, TJSAMP_420, &out, &size,
                            QUALITY, 0);
    start = now_ms() - start;
    tjFree(out);
    return start;
}

static void frame(struct run *r, int n)
{
    const struct iv_picture *p = NULL;
    struct iv_pose pose;
    const uint8_t *bytes;
    struct iv_error err;
    double t[5];
    size_t len = 0;

    t[0] = now_ms();
    iv_animator_pose(r->animator, (uint64_t)n * 1000 / IV_FRAME_FPS, &pose);
    t[1] = now_ms();
    if (iv_renderer_draw(r->renderer, &pose, &p, &err))
        die(&err);
    t[2] = now_ms();
    if (iv_jpeg_encode(r->jpeg, p, &bytes, &len, &err))
        die(&err);
    t[3] = now_ms();
    if (r->recorder && iv_recorder_frame(r->recorder, p, (uint64_t)n, &err))
        die(&err);
    t[4] = now_ms();
    r->pose[n] = t[1] - t[0];
    r->draw[n] = t[2] - t[1];
    r->encode[n] = t[3] - t[2];
    r->h264[n] = t[4] - t[3];
    r->alone[n] = bare_jpeg(r, p);
    r->jpeg_bytes += len;
}

/* A face that listens is most of an interview. */
static void listen(struct run *r, int n)
{
    const struct iv_picture *p;
    iv_animator *a = NULL;
    struct iv_pose pose;
    struct iv_error err;

    if (iv_animator_new(2, &a, &err))
        die(&err);
    for (int i = 0; i < n; i++) {
        double start;

        iv_animator_pose(a, (uint64_t)i * 1000 / IV_FRAME_FPS, &pose);
        start = now_ms();
        if (iv_renderer_draw(r->renderer, &pose, &p, &err))
            die(&err);
        r->idle[i] = now_ms() - start;
    }
    iv_animator_free(a);
}

/* -- many sessions -- */
struct crowd {
    iv_ctx *ctx;
    const iv_rig *rig;
    int size;
    iv_renderer *renderers[SESSIONS];
    iv_animator *animators[SESSIONS];
    iv_jpeg *jpegs[SESSIONS];
};

static size_t resident_kib(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (!f || fscanf(f, "%*u %lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void gather(struct crowd *c, bool shared, uint64_t seeds)
{
    struct iv_error err;

    for (uint64_t i = 0; i < SESSIONS; i++)
        if (iv_renderer_open(shared ? c->ctx : NULL, "auto", c->rig, c->size, &c->renderers[i],
                             &err) ||
            iv_animator_new(i % seeds, &c->animators[i], &err) ||
            iv_jpeg_new(QUALITY, &c->jpegs[i], &err))
            die(&err);
}

static void part(struct crowd *c)
{
    for (size_t i = 0; i < SESSIONS; i++) {
        iv_renderer_close(c->renderers[i]);
        iv_animator_free(c->animators[i]);
        iv_jpeg_free(c->jpegs[i]);
    }
}

/* Opening a face: painted, and found painted. */
static void open_twice(const iv_rig *rig, int size)
{
    iv_renderer *a, *b;
    struct iv_error err;
    double t[3];
    iv_ctx *ctx;

    if (iv_ctx_new(NULL, NULL, NULL, &ctx, &err))
        die(&err);
    t[0] = now_ms();
    if (iv_renderer_open(ctx, "auto", rig, size, &a, &err))
        die(&err);
    t[1] = now_ms();
    if (iv_renderer_open(ctx, "auto", rig, size, &b, &err))
        die(&err);
    t[2] = now_ms();
    printf("%-28s %7.1f ms\n%-28s %7.1f ms\n", "open first", t[1] - t[0], "open second",
           t[2] - t[1]);
    iv_renderer_close(a);
    iv_renderer_close(b);
    iv_ctx_free(ctx);
}

/* Sessions that began GAP_MS apart, in turn, as a server pumps them. Frames a second of one core. */
static double watch(struct crowd *c, bool drawn_only, int frames)
{
    double start = now_ms();
    const struct iv_picture *p;
    const uint8_t *bytes;
    struct iv_pose pose;
    struct iv_error err;
    size_t len;

    for (int n = 0; n < frames; n++)
        for (uint64_t i = 0; i < SESSIONS; i++) {
            uint64_t at = (uint64_t)n * 1000 / IV_FRAME_FPS + (SESSIONS - i) * GAP_MS;

            iv_animator_pose(c->animators[i], at, &pose);
            if (drawn_only
                    ? iv_renderer_draw(c->renderers[i], &pose, &p, &err) ||
                          iv_jpeg_encode(c->jpegs[i], p, &bytes, &len, &err)
                    : iv_renderer_jpeg(c->renderers[i], &pose, c->jpegs[i], &bytes, &len, &err))
                die(&err);
        }
    return frames * SESSIONS / (now_ms() - start) * 1e3;
}

static void share(const iv_rig *rig, int size, int frames)
{
    static const struct {
        const char *name;
        uint64_t seeds;
        bool drawn_only;
    } rows[] = {
        {"no cache", 1, true},
        {"cache, each moves its own way", SESSIONS, false},
        {"cache, all move alike", 1, false}, /* as conversations do */
    };
    struct iv_face_stats warm, stats;
    struct iv_error err;

    for (size_t i = 0; i < IV_LEN(rows); i++) {
        struct crowd c = {.rig = rig, .size = size};
        size_t before = resident_kib();
        double per_s;

        if (iv_ctx_new(NULL, NULL, NULL, &c.ctx, &err))
            die(&err);
        gather(&c, true, rows[i].seeds);
        if (!i)
            printf("%d renderers: %.2f MiB each\n", SESSIONS,
                   (double)(resident_kib() - before) / 1024 / SESSIONS);
        watch(&c, rows[i].drawn_only, frames);
        iv_face_stats(c.ctx, &warm);
        per_s = watch(&c, rows[i].drawn_only, frames);
        iv_face_stats(c.ctx, &stats);
        printf("%d idle, %-30s %7.0f frames a second; %.0f %% repeats, %.0f %% hits, %.1f MiB\n",
               SESSIONS, rows[i].name, per_s,
               (double)(stats.frame_repeats - warm.frame_repeats) * 100 / frames / SESSIONS,
               (double)(stats.frame_hits - warm.frame_hits) * 100 / frames / SESSIONS,
               (double)stats.frame_bytes / (1 << 20));
        part(&c);
        iv_ctx_free(c.ctx);
    }
}

int main(int argc, char **argv)
{
    static struct run r;
    const char *name = argc > 1 ? argv[1] : "mina";
    int size = argc > 2 ? (int)strtol(argv[2], NULL, 10) : IV_FRAME_SIZE;
    int n = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 300;
    char path[] = "/tmp/bench_render_XXXXXX";
    struct iv_error err;
    iv_rig *rig;
    double start;

    n = n < 20 ? 20 : n > MAX_FRAMES ? MAX_FRAMES : n;
    if (iv_rig_load(NULL, name, &rig, &err) || iv_animator_new(1, &r.animator, &err))
        die(&err);
    start = now_ms();
    if (iv_renderer_open(NULL, "auto", rig, size, &r.renderer, &err) ||
        iv_jpeg_new(QUALITY, &r.jpeg, &err))
        die(&err);
    start = now_ms() - start;
    close(mkstemp(path));
    if (iv_recorder_open(path, size, IV_FRAME_FPS, RATE_HZ, &r.recorder, &err))
        fprintf(stderr, "bench_render: %s\n", err.text);
    r.bare = tjInitCompress();
    talk(r.animator, (uint64_t)n * 1000 / IV_FRAME_FPS);
    for (int i = 0; i < n; i++)
        frame(&r, i);
    listen(&r, n);
    printf("%s, %d x %d, %d frames, renderer %s; opened in %.0f ms\n", name, size, size, n,
           iv_renderer_backend(r.renderer), start);
    report("pose", r.pose, n);
    report("draw, speaking", r.draw, n);
    report("draw, listening", r.idle, n);
    report("jpeg", r.encode, n);
    report("jpeg, libjpeg-turbo alone", r.alone, n);
    if (r.recorder)
        report("h264", r.h264, n);
    printf("%-28s %7zu bytes a frame\n", "jpeg", r.jpeg_bytes / (size_t)n);
    open_twice(rig, size);
    share(rig, size, n);
    iv_recorder_close(r.recorder, NULL);
    unlink(path);
    iv_jpeg_free(r.jpeg);
    iv_renderer_close(r.renderer);
    iv_animator_free(r.animator);
    iv_rig_free(rig);
    tjDestroy(r.bare);
    return 0;
}

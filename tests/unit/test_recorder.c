/* test_recorder.c - an MP4 that a player shows rightly, read back with libavformat. */
#include "iv_build.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "iv/avatar.h"
#include "iv/buf.h"

#define SIZE 128
#define RATE_HZ 24000

static char dir[] = "/tmp/iv_recorder_XXXXXX";
static const char *in_dir(const char *name)
{
    static char path[2][128];
    static int turn;

    turn ^= 1;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

#if IV_HAVE_FFMPEG
#include <libavformat/avformat.h>

static uint8_t planes[SIZE * SIZE * 3 / 2];
static const struct iv_picture picture = {
    SIZE, SIZE, planes, planes + SIZE *SIZE, planes + SIZE *SIZE * 5 / 4, SIZE, SIZE / 2};

static void paint(int n)
{
    for (int i = 0; i < SIZE * SIZE; i++)
        planes[i] = (uint8_t)((i * 7 + n * 3 + (i / SIZE) * 5) & 255);
    memset(planes + SIZE * SIZE, 128, sizeof planes - SIZE * SIZE);
}

static void record(const char *path, int frames, int skip, size_t samples)
{
    int16_t *pcm = calloc(samples + 1, sizeof *pcm);
    iv_recorder *r;

    for (size_t i = 0; i < samples; i++)
        pcm[i] = (int16_t)((i * 37 % 200) * 100 - 10000);
    assert_int_equal(iv_recorder_open(path, SIZE, 25, RATE_HZ, &r, NULL), IV_OK);
    for (int n = 0; n < frames; n += skip) {
        paint(n);
        assert_int_equal(iv_recorder_frame(r, &picture, (uint64_t)n, NULL), IV_OK);
    }
    assert_int_equal(iv_recorder_audio(r, pcm, samples, NULL), IV_OK);
    assert_int_equal(iv_recorder_close(r, NULL), IV_OK);
    free(pcm);
}

static double seconds(const AVStream *s)
{
    return (double)s->duration * av_q2d(s->time_base);
}

static const struct row {
    const char *name;
    int frames, skip;
    size_t samples;
    double seconds;
} rows[] = {
    {"both tracks as long as the clock", 50, 1, 2 * RATE_HZ, 2.0},
    {"short audio is padded with silence", 50, 1, RATE_HZ / 2, 2.0},
    {"short video holds its last picture", 10, 1, 2 * RATE_HZ, 2.0},
    {"dropped frames leave no gap in time", 50, 4, 2 * RATE_HZ, 2.0},
    {"one picture, no sound", 1, 1, 0, 0.04},
};

static void tracks_are_equal(void **state)
{
    const struct row *r = *state;
    AVFormatContext *f = NULL;

    record(in_dir("a.mp4"), r->frames, r->skip, r->samples);
    assert_int_equal(avformat_open_input(&f, in_dir("a.mp4"), NULL, NULL), 0);
    assert_true(avformat_find_stream_info(f, NULL) >= 0);
    assert_int_equal(f->nb_streams, 2);
    assert_int_equal(f->streams[0]->codecpar->codec_id, AV_CODEC_ID_H264);
    assert_int_equal(f->streams[1]->codecpar->codec_id, AV_CODEC_ID_AAC);
    assert_int_equal(f->streams[1]->codecpar->sample_rate, RATE_HZ);
    assert_int_equal(f->streams[0]->codecpar->color_range, AVCOL_RANGE_JPEG);
    assert_int_equal(f->streams[0]->codecpar->color_space, AVCOL_SPC_SMPTE170M);
    assert_true(seconds(f->streams[0]) > r->seconds - 0.041);
    assert_true(seconds(f->streams[0]) < r->seconds + 0.041);
    assert_true(seconds(f->streams[1]) - seconds(f->streams[0]) < 0.041);
    assert_true(seconds(f->streams[0]) - seconds(f->streams[1]) < 0.041);
    avformat_close_input(&f);
    assert_int_equal(access(in_dir("a.mp4.part"), F_OK), -1);
}

static void equal_input_gives_equal_files(void **state)
{
    struct iv_buf a = IV_BUF_INIT(1 << 20), b = IV_BUF_INIT(1 << 20);

    (void)state;
    record(in_dir("one.mp4"), 20, 1, RATE_HZ);
    record(in_dir("two.mp4"), 20, 1, RATE_HZ);
    assert_int_equal(iv_buf_read_file(&a, in_dir("one.mp4"), NULL), IV_OK);
    assert_int_equal(iv_buf_read_file(&b, in_dir("two.mp4"), NULL), IV_OK);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_non_null(memmem(a.data, 200, "moov", 4)); /* the index stands in front */
    iv_buf_release(&a);
    iv_buf_release(&b);
}

static void missing_directory(void **state)
{
    iv_recorder *r = (void *)1;
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_recorder_open(in_dir("no/a.mp4"), SIZE, 25, RATE_HZ, &r, &err),
                     IV_E_CREATE);
    assert_null(r);
    assert_non_null(strstr(err.text, "no/a.mp4"));
}

static void frames_go_forward(void **state)
{
    iv_recorder *r;

    (void)state;
    assert_int_equal(iv_recorder_open(in_dir("b.mp4"), SIZE, 25, RATE_HZ, &r, NULL), IV_OK);
    assert_int_equal(iv_recorder_frame(r, &picture, 5, NULL), IV_OK);
    assert_int_equal(iv_recorder_frame(r, &picture, 5, NULL), IV_E_USAGE);
    assert_int_equal(iv_recorder_close(r, NULL), IV_OK);
}

/* A file that may not grow behaves as a full disk does. */
static void full_disk(void **state)
{
    struct rlimit old, tiny;
    enum iv_code rc = IV_OK;
    struct iv_error err;
    iv_recorder *r;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    tiny = old;
    tiny.rlim_cur = 20000;
    assert_int_equal(iv_recorder_open(in_dir("full.mp4"), SIZE, 25, RATE_HZ, &r, NULL), IV_OK);
    setrlimit(RLIMIT_FSIZE, &tiny);
    for (int n = 0; n < 100 && !rc; n++) {
        paint(n * 31);
        rc = iv_recorder_frame(r, &picture, (uint64_t)n, &err);
    }
    rc = iv_recorder_close(r, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(rc, IV_E_IO);
    assert_int_equal(access(in_dir("full.mp4"), F_OK), -1);
    assert_int_equal(access(in_dir("full.mp4.part"), F_OK), -1);
}
#else
static void says_what_is_missing(void **state)
{
    iv_recorder *r;
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_recorder_open(in_dir("a.mp4"), SIZE, 25, RATE_HZ, &r, &err),
                     IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "libavformat"));
}
#endif

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"a.mp4", "b.mp4", "one.mp4", "two.mp4"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(names); i++)
        unlink(in_dir(names[i]));
    return rmdir(dir);
}

int main(void)
{
#if IV_HAVE_FFMPEG
    struct CMUnitTest t[IV_LEN(rows) + 4] = {
        cmocka_unit_test(equal_input_gives_equal_files),
        cmocka_unit_test(missing_directory),
        cmocka_unit_test(frames_go_forward),
        cmocka_unit_test(full_disk),
    };

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[4 + i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = tracks_are_equal,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
#else
    const struct CMUnitTest t[] = {cmocka_unit_test(says_what_is_missing)};
#endif
    return cmocka_run_group_tests_name("recorder", t, make_dir, remove_dir);
}

/* test_devices.c - microphones and speakers of ALSA that are files and pipes, the ring between callback and program, the window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audio/host.h"
#include "audio/mic.h"
#include "audio/player.h"
#include "audio/ring.h"
#include "audio/sound_level.h"
#include "avatar/window.h"
#include "iv/audio.h"
#include "iv_build.h"

/* -- ring -- */

static void ring_keeps_order(void **state)
{
    struct ring *r = calloc(1, sizeof *r);
    int16_t in[700], out[500];
    int16_t next_in = 0, next_out = 0;

    (void)state;
    r->tenth = 1600;
    for (int round = 0; round < 4000; round++) {
        size_t n;

        for (size_t i = 0; i < 400; i++)
            in[i] = next_in++;
        ring_hear(r, in, 400, 1, false);
        n = ring_get(r, out, 500);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(out[i], next_out++);
    }
    assert_int_equal(atomic_load(&r->gaps), 0);
    free(r);
}

static void ring_counts_what_it_loses(void **state)
{
    struct ring *r = calloc(1, sizeof *r);
    int16_t block[1024] = {0};

    (void)state;
    r->tenth = 1600;
    for (size_t n = 0; n < RING_SAMPLES / 1024 + 2; n++)
        ring_hear(r, block, 1024, 1, false);
    assert_int_equal(ring_queued(r), RING_SAMPLES);
    assert_int_equal(atomic_load(&r->lost), 2048);
    assert_int_equal(atomic_load(&r->gaps), 2);
    ring_hear(r, block, 0, 1, true);
    assert_int_equal(atomic_load(&r->gaps), 3);
    free(r);
}

static void ring_mixes_and_measures(void **state)
{
    struct ring *r = calloc(1, sizeof *r);
    int16_t in[16000], out[2000];

    (void)state;
    r->tenth = 2000;
    for (size_t i = 0; i < 2000; i++)
        for (size_t c = 0; c < 8; c++)
            in[i * 8 + c] = (int16_t)(c % 2 ? 8000 : 24000);
    ring_hear(r, in, 2000, 8, false);
    assert_int_equal(ring_get(r, out, 2000), 2000);
    assert_int_equal(out[0], 16000);
    assert_in_range(atomic_load(&r->level), 31990, 32010); /* half of full scale */
    free(r);
}

static void ring_says_silence_and_flushes(void **state)
{
    struct ring *r = calloc(1, sizeof *r);
    int16_t in[100], out[200];

    (void)state;
    memset(in, 1, sizeof in);
    assert_int_equal(ring_put(r, in, 100), 100);
    ring_say(r, out, 40);
    assert_int_equal(out[39], 0x101);
    atomic_store(&r->flush_to, atomic_load(&r->written));
    ring_put(r, in, 10);
    ring_say(r, out, 200);
    assert_int_equal(out[9], 0x101);
    assert_int_equal(out[10], 0);
    assert_int_equal(ring_queued(r), 0);
    assert_int_equal(atomic_load(&r->read), 110);
    free(r);
}

static void a_sample_goes_to_every_channel(void **state)
{
    int16_t out[12] = {1, 2, 3}, stereo[6] = {1, 2, 3};
    const int16_t four[12] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}, two[6] = {1, 1, 2, 2, 3, 3};

    (void)state;
    ring_spread(stereo, 3, 1);
    assert_int_equal(stereo[1], 2);
    ring_spread(stereo, 3, 2);
    assert_memory_equal(stereo, two, sizeof two);
    ring_spread(out, 3, 4);
    assert_memory_equal(out, four, sizeof four);
}

static void wave(int16_t *out, size_t n, double hz, double level)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)(level * 32767 * sin(2 * M_PI * hz * (double)i / 16000));
}

static void levels_are_measured(void **state)
{
    int16_t s[1600], top[4] = {INT16_MAX, INT16_MIN, INT16_MAX, 5};
    struct sound_level l = {0}, loud = {0};

    (void)state;
    assert_true(sound_level_db(&l) == -96 && sound_level_peak_db(&l) == -96);
    wave(s, 1600, 400, 0.5);
    sound_level_add(&l, s, 800);
    sound_level_add(&l, s + 800, 800);
    assert_true(fabs(sound_level_db(&l) + 9.03) < 0.05);
    assert_true(fabs(sound_level_peak_db(&l) + 6.02) < 0.05);
    assert_int_equal(l.clipped, 0);
    sound_level_add(&loud, top, 4);
    assert_int_equal(loud.clipped, 3);
    assert_true(sound_level_share(-96) == 0 && sound_level_share(-30) == 0.5);
    assert_true(sound_level_share(3) == 1);
}

static void a_tone_is_known_from_other_sounds(void **state)
{
    int16_t s[320], other[320];

    (void)state;
    wave(s, 320, 1000, 0.1);
    assert_true(sound_is_tone(s, 320, 1000, 16000));
    assert_false(sound_is_tone(s, 320, 900, 16000));
    wave(s, 320, 1000, 0.0005); /* too soft to say */
    assert_false(sound_is_tone(s, 320, 1000, 16000));
    wave(s, 320, 1000, 0.1);
    wave(other, 320, 300, 0.2);
    for (size_t i = 0; i < 320; i++)
        s[i] = (int16_t)(s[i] + other[i]); /* a louder voice over it */
    assert_false(sound_is_tone(s, 320, 1000, 16000));
    memset(s, 0, sizeof s);
    assert_false(sound_is_tone(s, 320, 1000, 16000));
}

/* Both ends at full speed. */
static void *write_ring(void *arg)
{
    struct ring *r = arg;
    int16_t block[333];
    uint16_t next = 0;

    for (int n = 0; n < 3000; n++) {
        for (size_t i = 0; i < 333; i++)
            block[i] = (int16_t)next++;
        for (size_t done = 0; done < 333;)
            done += ring_put(r, block + done, 333 - done);
    }
    return NULL;
}

static void ring_between_threads(void **state)
{
    struct ring *r = calloc(1, sizeof *r);
    int16_t out[512];
    uint16_t next = 0;
    pthread_t writer;

    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, write_ring, r), 0);
    for (size_t seen = 0; seen < 3000u * 333;) {
        size_t n = ring_get(r, out, 512);

        for (size_t i = 0; i < n; i++)
            assert_int_equal((uint16_t)out[i], next++);
        seen += n;
    }
    pthread_join(writer, NULL);
    free(r);
}

#if IV_HAVE_PORTAUDIO

static char folder[] = "/tmp/iv-devices-XXXXXX";

static void rest(int ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

/* -- devices: the default microphone is a pipe that a thread feeds at real time, as a device would -- */

struct feeder {
    _Atomic int blocks; /* of 20 ms each that it gives before it falls silent; -1: all */
    _Atomic int stop;
    pthread_t thread;
};

static int pipe_fd = -1; /* open all the time: who opens a pipe without a writer waits */

static void *feed(void *arg)
{
    struct feeder *f = arg;
    int16_t block[640];
    double t = 0;
    int given = 0;

    while (!atomic_load(&f->stop)) {
        for (size_t i = 0; i < 320; i++, t++)
            block[2 * i] = block[2 * i + 1] = (int16_t)(8000 * sin(2 * M_PI * 440 * t / 16000));
        if (atomic_load(&f->blocks) < 0 || given < atomic_load(&f->blocks))
            (void)!write(pipe_fd, block, 640);
        given++;
        rest(20);
    }
    return NULL;
}

static void start_feeder(struct feeder *f, int blocks)
{
    atomic_store(&f->blocks, blocks);
    atomic_store(&f->stop, 0);
    assert_int_equal(pthread_create(&f->thread, NULL, feed, f), 0);
}

static void stop_feeder(struct feeder *f)
{
    atomic_store(&f->stop, 1);
    pthread_join(f->thread, NULL);
}

static void see(void *arg, const char *name, bool is_default)
{
    (void)name;
    *(int *)arg += is_default;
}

static void mic_is_listed(void **state)
{
    const char *backend;
    int defaults = 0;

    (void)state;
    assert_int_equal(mic_check(NULL), IV_OK);
    assert_true(mic_devices(see, &defaults, &backend) >= 1);
    assert_string_equal(backend, "portaudio");
    assert_int_equal(defaults, 1);
}

static void mic_that_is_not_there(void **state)
{
    struct iv_error err;
    struct mic *m;

    (void)state;
    assert_int_equal(mic_open("no such thing", &m, &err), IV_E_UNAVAILABLE);
    assert_null(m);
    assert_non_null(strstr(err.text, "no such thing"));
    assert_int_equal(mic_open("none", &m, &err), IV_E_UNAVAILABLE);
}

/* Reads until it fails or `want` samples are there or `ms` passed. */
static enum iv_code read_for(struct mic *m, size_t want, int ms, size_t *got, double *loudest,
                             struct iv_error *err)
{
    int16_t samples[1600];
    uint64_t until = host_now_ms() + (uint64_t)ms;
    enum iv_code rc = IV_OK;

    *got = 0;
    while (!rc && *got < want && host_now_ms() < until) {
        size_t n;

        rc = mic_read(m, samples, 1600, &n, err);
        *got += n;
        if (mic_level(m) > *loudest)
            *loudest = mic_level(m);
        rest(10);
    }
    return rc;
}

static void mic_hears(void **state)
{
    struct feeder f;
    struct iv_error err = {0};
    struct mic *m;
    double loudest = 0;
    size_t got;

    (void)state;
    start_feeder(&f, -1);
    assert_int_equal(mic_open("default", &m, &err), IV_OK);
    assert_int_equal(mic_rate(m), 16000);
    assert_int_equal(read_for(m, 16000, 15000, &got, &loudest, &err), IV_OK);
    assert_true(got >= 16000);
    assert_true(loudest > 0.15 && loudest < 0.20); /* 8000 / 32768 / sqrt(2) */
    mic_close(m);
    stop_feeder(&f);
}

static void player_counts_samples(void **state)
{
    static int16_t sound[12000];
    struct iv_error err = {0};
    struct player *p;
    int stop = 0;

    (void)state;
    assert_int_equal(player_open("default", 24000, &p, &err), IV_OK);
    assert_int_equal(player_play(p, sound, 12000, &err), IV_OK);
    assert_int_equal(player_drain(p, &stop, &err), IV_OK);
    assert_int_equal(player_position(p), 12000);
    player_close(p);
}

/* The last of the devices' tests: what hangs here hangs until the program ends. */
static void mic_that_falls_silent(void **state)
{
    struct feeder f;
    struct iv_error err = {0};
    struct mic *m;
    double loudest = 0;
    uint64_t before;
    size_t got;

    (void)state;
    start_feeder(&f, 100);
    assert_int_equal(mic_open("default", &m, &err), IV_OK);
    before = host_now_ms();
    assert_int_equal(read_for(m, 1u << 30, 20000, &got, &loudest, &err), IV_E_UNAVAILABLE);
    assert_true(got > 0);
    assert_non_null(strstr(err.text, "unplugged"));
    assert_true(host_now_ms() - before < 12000);
    before = host_now_ms();
    mic_close(m); /* its thread is stuck in the device */
    assert_true(host_now_ms() - before < 6000);
    stop_feeder(&f);
}

static int make_devices(void **state)
{
    char path[64], text[600];
    FILE *out;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mic", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    pipe_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    assert_true(pipe_fd >= 0);
    snprintf(path, sizeof path, "%s/asound.conf", folder);
    snprintf(text, sizeof text,
             "pcm.!default { type asym\n"
             " capture.pcm { type file file /dev/null infile %s/mic format raw slave.pcm nulls }\n"
             " playback.pcm { type plug slave { pcm sink rate 24000 } } }\n"
             "pcm.nulls { type null }\n"
             "pcm.sink { type file file %s/speaker.raw format raw slave.pcm nulls }\n"
             "ctl.!default { type null }\n",
             folder, folder);
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    setenv("ALSA_CONFIG_PATH", path, 1);
    return 0;
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_keeps_order),
        cmocka_unit_test(ring_counts_what_it_loses),
        cmocka_unit_test(ring_mixes_and_measures),
        cmocka_unit_test(ring_says_silence_and_flushes),
        cmocka_unit_test(a_sample_goes_to_every_channel),
        cmocka_unit_test(levels_are_measured),
        cmocka_unit_test(a_tone_is_known_from_other_sounds),
        cmocka_unit_test(ring_between_threads),
#if IV_HAVE_PORTAUDIO
        cmocka_unit_test(mic_hears),
        cmocka_unit_test(mic_is_listed),
        cmocka_unit_test(mic_that_is_not_there),
        cmocka_unit_test(player_counts_samples),
        cmocka_unit_test(mic_that_falls_silent),
#endif
    };

#if IV_HAVE_PORTAUDIO
    return cmocka_run_group_tests_name("devices", tests, make_devices, NULL);
#else
    return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
#endif
}

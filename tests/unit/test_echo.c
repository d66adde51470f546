/* test_echo.c - the interviewer's voice through a simulated room into the microphone: what is left of it, and of the user's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/audio.h"
#include "iv/echo.h"
#include "iv_build.h"
#include "turn/vad.h"
#include "unit/echo_room.h"

#if IV_HAVE_SPEEXDSP

#define RATE ROOM_RATE
#define BLOCK 320

static struct iv_pcm interviewer, user;

static void say(const char *voice, const char *text, struct iv_pcm *out)
{
    char path[] = "/tmp/iv-echo-XXXXXX", command[600];
    struct iv_error err = {0};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command, "flite -voice %s -t '%s' -o %s", voice, text, path);
    assert_int_equal(system(command), 0);
    assert_int_equal(iv_audio_load(path, RATE, 0, out, NULL, &err), IV_OK);
    unlink(path);
}

static int load_voices(void **state)
{
    (void)state;
    say("rms",
        "Welcome. I have three questions prepared for the next ten minutes. If one is unclear, "
        "just "
        "ask me to repeat it. Here is my first question. Tell me about a time when you had to work "
        "with somebody who did not share your view, and what came of it in the end.",
        &interviewer);
    say("slt", "I suggested that we send the raw numbers first, and he agreed with me.", &user);
    return 0;
}

static int drop_voices(void **state)
{
    (void)state;
    iv_pcm_release(&interviewer);
    iv_pcm_release(&user);
    return 0;
}

struct run {
    double before, after, onsets;
    struct iv_echo_level level;
};

static void voice_at(void *arg, bool speaking, uint32_t at_ms)
{
    struct run *r = arg;

    if (speaking && at_ms >= 3000)
        r->onsets++;
}

/* Only the interviewer speaks; energies from the third second on. */
static void run_alone(double delay_ms, double ppm, int seconds, struct run *out)
{
    static struct room room;
    int16_t far[BLOCK], near[BLOCK], clean[BLOCK];
    struct iv_error err = {0};
    struct iv_vad vad;
    iv_echo *e;
    uint32_t seed = 1;

    memset(out, 0, sizeof *out);
    room_make(&room, &interviewer, delay_ms, ppm);
    iv_vad_init(&vad, RATE, 600);
    assert_int_equal(iv_echo_new(NULL, &e, &err), IV_OK);
    for (uint64_t n = 0; n < (uint64_t)seconds * RATE; n += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++) {
            seed = seed * 1664525u + 1013904223u;
            far[i] = interviewer.samples[(n + i) % interviewer.len];
            near[i] = (int16_t)(room_hears(&room, n + i) + (seed >> 24) / 8.0 - 16);
        }
        iv_echo_played(e, far, BLOCK);
        iv_echo_clean(e, near, clean, BLOCK);
        iv_vad_push(&vad, clean, BLOCK, voice_at, out);
        for (size_t i = 0; i < BLOCK && n >= 3 * RATE; i++) {
            out->before += (double)near[i] * near[i];
            out->after += (double)clean[i] * clean[i];
        }
    }
    iv_echo_level(e, &out->level);
    iv_echo_free(e);
}

static void echo_is_gone(void **state)
{
    static const struct {
        double delay_ms, ppm;
    } rows[] = {{20, 0}, {20, 100}, {90, -100}, {200, 100}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run r;
        double erle;

        run_alone(rows[i].delay_ms, rows[i].ppm, 20, &r);
        erle = 10 * log10(r.before / (r.after + 1));
        print_message("delay %g ms, %g ppm: %.1f dB less, found %.2f ms, %.0f ppm, meter %.1f dB, "
                      "%g onsets\n",
                      rows[i].delay_ms, rows[i].ppm, erle, r.level.delay_ms, r.level.drift_ppm,
                      r.level.erle_db, r.onsets);
        assert_true(r.level.locked);
        assert_true(erle >= 20);
        assert_true(r.onsets == 0);
    }
}

/* The user speaks into the interviewer's voice; for a second canceller a hiss is played that nobody hears, so that what the two give
 * differs by what is left of the echo. */
static double left_of_echo(double delay_ms, double ppm)
{
    static struct room room;
    int16_t far[BLOCK], hiss[BLOCK], near[BLOCK], alone[BLOCK], both[BLOCK], clean[BLOCK];
    uint32_t seed = 1;
    uint64_t from = 6 * RATE;
    double echo = 0, left = 0;
    iv_echo *e, *quiet;

    room_make(&room, &interviewer, delay_ms, ppm);
    assert_int_equal(iv_echo_new(NULL, &e, NULL), IV_OK);
    assert_int_equal(iv_echo_new(NULL, &quiet, NULL), IV_OK);
    for (uint64_t n = 0; n < from + user.len; n += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++) {
            double heard = room_hears(&room, n + i);

            seed = seed * 1664525u + 1013904223u;
            hiss[i] = seed >> 31 ? 45 : -45;
            far[i] = interviewer.samples[(n + i) % interviewer.len];
            alone[i] = n + i >= from && n + i - from < user.len
                           ? (int16_t)(0.4 * user.samples[n + i - from])
                           : 0;
            near[i] = (int16_t)(heard + alone[i]);
            echo += n >= from ? heard * heard : 0;
        }
        iv_echo_played(e, far, BLOCK);
        iv_echo_played(quiet, hiss, BLOCK);
        iv_echo_clean(e, near, both, BLOCK);
        iv_echo_clean(quiet, alone, clean, BLOCK);
        for (size_t i = 0; i < BLOCK && n >= from; i++)
            left += ((double)both[i] - clean[i]) * ((double)both[i] - clean[i]);
    }
    iv_echo_free(e);
    iv_echo_free(quiet);
    return 10 * log10(echo / left);
}

static void echo_is_gone_under_a_voice(void **state)
{
    static const struct {
        double delay_ms, ppm;
    } rows[] = {{20, 0}, {90, 100}, {200, -100}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double less = left_of_echo(rows[i].delay_ms, rows[i].ppm);

        print_message("two voices, delay %g ms, %g ppm: %.1f dB less of the echo\n",
                      rows[i].delay_ms, rows[i].ppm, less);
        assert_true(less >= 8);
    }
}

/* A headset: nothing of the loudspeaker gets to the microphone, whose silence is digital. The user interrupts, as that leads a filter
 * astray, then the interviewer speaks alone: nobody is heard who did not speak. */
static void a_headset_hears_no_ghosts(void **state)
{
    static const struct {
        int until_s;
        bool interviewer, user;
    } parts[] = {{6, true, false},  {12, false, true}, {15, false, false},
                 {30, true, false}, {34, true, true},  {60, true, false}};
    int16_t far[BLOCK], near[BLOCK], clean[BLOCK];
    struct iv_error err = {0};
    struct run r = {0};
    struct iv_vad vad;
    iv_echo *e;
    uint64_t part = 0;

    (void)state;
    iv_vad_init(&vad, RATE, 600);
    assert_int_equal(iv_echo_new(NULL, &e, &err), IV_OK);
    for (uint64_t n = 0; n < 60ull * RATE; n += BLOCK) {
        part += (int)(n / RATE) >= parts[part].until_s;
        for (size_t i = 0; i < BLOCK; i++) {
            far[i] = parts[part].interviewer ? interviewer.samples[(n + i) % interviewer.len] : 0;
            near[i] = parts[part].user ? user.samples[(n + i) % user.len] : 0;
        }
        iv_echo_played(e, far, BLOCK);
        iv_echo_clean(e, near, clean, BLOCK);
        iv_vad_push(&vad, clean, BLOCK, voice_at, &r);
    }
    assert_true(r.onsets == 2); /* the user's own */
    iv_echo_free(e);
}

/* The level of the same soft voice, the third round of it; returns the gain that is said. */
static int soft_voice(bool gain, double level, double *out_db)
{
    const struct iv_echo_options options = {.gain = gain};
    struct iv_error err = {0};
    struct iv_echo_level said;
    int16_t soft[BLOCK], *clean = calloc(user.len, sizeof *clean);
    iv_echo *e;

    assert_int_equal(iv_echo_new(&options, &e, &err), IV_OK);
    for (int round = 0; round < 3; round++)
        for (size_t n = 0; n + BLOCK <= user.len; n += BLOCK) {
            for (size_t i = 0; i < BLOCK; i++)
                soft[i] = (int16_t)(user.samples[n + i] * level);
            iv_echo_clean(e, soft, clean + n, BLOCK);
        }
    iv_echo_level(e, &said);
    *out_db = iv_audio_level_db(clean, user.len / BLOCK * BLOCK);
    iv_echo_free(e);
    free(clean);
    return said.gain_db;
}

static void a_soft_voice_is_made_louder(void **state)
{
    double plain, louder, loud;
    int gain_db;

    (void)state;
    assert_int_equal(soft_voice(false, 0.03, &plain), 0);
    gain_db = soft_voice(true, 0.03, &louder);
    print_message("soft voice: %.1f dB, with gain %.1f dB; %d dB are said\n", plain, louder,
                  gain_db);
    assert_true(louder > plain + 8);
    assert_in_range(gain_db, 8, 20);
    soft_voice(true, 1, &loud); /* one that is loud comes out as loud as the soft one, not louder */
    print_message("loud voice: with gain %.1f dB\n", loud);
    assert_true(fabs(loud - louder) < 6);
}

static void without_playback_nothing_changes(void **state)
{
    struct iv_error err = {0};
    int16_t *clean = calloc(user.len, sizeof *clean);
    double in = 0, out = 0;
    iv_echo *e;

    (void)state;
    assert_int_equal(iv_echo_new(NULL, &e, &err), IV_OK);
    iv_echo_clean(e, user.samples, clean, user.len);
    for (size_t i = 0; i < user.len; i++) {
        in += (double)user.samples[i] * user.samples[i];
        out += (double)clean[i] * clean[i];
    }
    assert_true(fabs(10 * log10(out / in)) < 1);
    iv_echo_free(e);
    free(clean);
}
#else
static void left_out(void **state)
{
    struct iv_error err = {0};
    iv_echo *e;

    (void)state;
    assert_int_equal(iv_echo_new(NULL, &e, &err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "libspeexdsp-dev"));
}
#endif

int main(void)
{
#if IV_HAVE_SPEEXDSP
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_playback_nothing_changes),
        cmocka_unit_test(a_soft_voice_is_made_louder),
        cmocka_unit_test(a_headset_hears_no_ghosts),
        cmocka_unit_test(echo_is_gone),
        cmocka_unit_test(echo_is_gone_under_a_voice),
    };

    return cmocka_run_group_tests_name("echo", tests, load_voices, drop_voices);
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(left_out)};

    return cmocka_run_group_tests_name("echo", tests, NULL, NULL);
#endif
}

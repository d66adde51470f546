/* test_vad.c - what is taken for speech, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "turn/vad.h"
#include "iv/error.h"

#define RATE 16000u
#define MS (RATE / 1000)
#define SECONDS 12u

static int16_t sound[SECONDS * RATE];
static uint32_t seed;

static double noise(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (double)(int32_t)seed / 2147483648.0;
}

static void add_noise(uint32_t from_ms, uint32_t to_ms, double peak)
{
    for (uint32_t i = from_ms * MS; i < to_ms * MS; i++)
        sound[i] = (int16_t)(sound[i] + peak * noise());
}

/* Buzz of 120 Hz with its overtones in syllables of 220 ms and gaps of 80 ms: what speech is to a detector. */
static void add_voice(uint32_t from_ms, uint32_t to_ms, double peak)
{
    for (uint32_t i = from_ms * MS; i < to_ms * MS; i++) {
        double t = (double)i / RATE, x = 0;
        uint32_t in = (i / MS - from_ms) % 300;

        for (int h = 1; h < 12; h++)
            x += sin(6.283185 * 120 * h * t) / h;
        if (in < 220)
            sound[i] = (int16_t)(sound[i] + peak * x / 2);
    }
}

struct events {
    unsigned starts, ends;
    uint32_t first_start, last_end;
};

static void note(void *arg, bool speaking, uint32_t at_ms)
{
    struct events *e = arg;

    if (speaking && !e->starts++)
        e->first_start = at_ms;
    if (!speaking) {
        e->ends++;
        e->last_end = at_ms;
    }
}

static struct events hear(uint32_t ms, size_t chunk)
{
    struct events e = {0};
    struct iv_vad v;

    iv_vad_init(&v, RATE, 600);
    for (size_t at = 0; at < ms * MS; at += chunk)
        iv_vad_push(&v, sound + at, ms * MS - at < chunk ? ms * MS - at : chunk, note, &e);
    iv_vad_end(&v, note, &e);
    return e;
}

struct row {
    const char *name;
    double noise, voice;
    struct {
        uint32_t from, to;
    } said[3];
    unsigned utterances;
};

static const struct row rows[] = {
    {"digital silence is no speech", 0, 0, {{0, 0}}, 0},
    {"quiet hiss is no speech", 60, 0, {{0, 0}}, 0},
    {"loud hiss is no speech", 6000, 0, {{0, 0}}, 0},
    {"one sentence is one utterance", 30, 8000, {{1000, 3000}}, 1},
    {"speech from the first sample is heard", 30, 8000, {{0, 2000}}, 1},
    {"a pause of 400 ms does not end it", 30, 8000, {{1000, 2120}, {2520, 4000}}, 1},
    {"a pause of a second does", 30, 8000, {{1000, 2120}, {3120, 5000}}, 2},
    {"a quiet voice is heard", 20, 400, {{1000, 3000}}, 1},
    {"a voice 20 dB above noise is heard", 800, 8000, {{2000, 5000}}, 1},
    {"a voice 6 dB above hiss is heard, for its low sounds", 3000, 8000, {{2000, 5000}}, 1},
    {"a click is no speech", 30, 20000, {{1000, 1030}}, 0},
    {"three sentences are three utterances",
     30,
     8000,
     {{500, 2000}, {3000, 5000}, {6000, 8000}},
     3},
};

static void make_sound(const struct row *r)
{
    memset(sound, 0, sizeof sound);
    seed = 1;
    add_noise(0, SECONDS * 1000, r->noise);
    for (size_t i = 0; i < IV_LEN(r->said); i++)
        add_voice(r->said[i].from, r->said[i].to, r->voice);
}

static void segments(void **state)
{
    const struct row *r = *state;
    struct events e;

    make_sound(r);
    e = hear(10000, 160);
    assert_int_equal(e.starts, r->utterances);
    assert_int_equal(e.ends, r->utterances);
    if (!r->utterances)
        return;
    assert_in_range(e.first_start + 30, r->said[0].from, r->said[0].from + 120);
    for (size_t i = IV_LEN(r->said); i--;)
        if (r->said[i].to) {
            assert_in_range(e.last_end, r->said[i].to - 120, r->said[i].to + 60);
            break;
        }
}

static void cutting_does_not_matter(void **state)
{
    static const size_t chunks[] = {1, 7, 159, 161, 4000, 160000};
    struct events whole, cut;

    (void)state;
    make_sound(&rows[IV_LEN(rows) - 1]);
    whole = hear(10000, 160);
    for (size_t i = 0; i < IV_LEN(chunks); i++) {
        cut = hear(10000, chunks[i]);
        assert_memory_equal(&cut, &whole, sizeof cut);
    }
}

static void end_of_stream_ends_speech(void **state)
{
    struct events e;

    (void)state;
    make_sound(&rows[3]);
    e = hear(2000, 160);
    assert_int_equal(e.starts, 1);
    assert_int_equal(e.ends, 1);
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + 2];

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = segments, .initial_state = (void *)&rows[i]};
    t[IV_LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(cutting_does_not_matter);
    t[IV_LEN(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(end_of_stream_ends_speech);
    return cmocka_run_group_tests_name("vad", t, NULL, NULL);
}

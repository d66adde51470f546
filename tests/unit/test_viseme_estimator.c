/* test_viseme_estimator.c - the mouth from the sound alone: how often it is right, how late, and that cutting does not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "viseme/map.h"
#include "viseme_speech.h"

static iv_ctx *ctx;

struct rows {
    struct iv_phoneme row[MAX_ROWS];
    size_t n;
};

static void keep(void *arg, const struct iv_phoneme *ph, size_t n)
{
    struct rows *r = arg;

    for (size_t i = 0; i < n && r->n < MAX_ROWS; i++)
        r->row[r->n++] = ph[i];
}

static void estimate(const struct iv_pcm *pcm, struct rows *out)
{
    iv_viseme_estimator *e;

    out->n = 0;
    assert_int_equal(iv_viseme_estimator_new(keep, out, &e, NULL), IV_OK);
    iv_viseme_estimator_push(e, pcm->samples, pcm->len);
    iv_viseme_estimator_end(e);
    iv_viseme_estimator_free(e);
}

/* least: what the weights in the tree reach is 2 to 3 points over it; it is what may not be lost. */
static const struct row {
    const char *name;
    struct speech_voice voice[2];
    double least, least_spoken;
} rows[] = {
    {"Korean, espeak voices never heard",
     {{IV_LANG_KO, "espeak", "ko+f2"}, {IV_LANG_KO, "espeak", "ko+m3"}},
     86,
     86},
    {"English, espeak voices never heard",
     {{IV_LANG_EN, "espeak", "en-us+f2"}, {IV_LANG_EN, "espeak", "en-gb+m3"}},
     78,
     78},
    {"Japanese, espeak voices never heard",
     {{IV_LANG_JA, "espeak", "ja+f2"}, {IV_LANG_JA, "espeak", "ja+m3"}},
     87,
     87},
    {"English, a recorded speaker never heard", {{IV_LANG_EN, "flite", "slt"}}, 65, 64},
};

static void measure(const struct row *r, struct agreement *a)
{
    static struct rows got;
    static struct mouths truth, guess;

    for (size_t v = 0; v < IV_LEN(r->voice) && r->voice[v].engine; v++)
        for (size_t i = 0; i < IV_LEN(speech_texts[0]); i++) {
            struct iv_speech s;

            if (!speech_of(ctx, &r->voice[v], speech_texts[r->voice[v].lang][i], &s))
                return;
            estimate(&s.pcm, &got);
            assert_true(mouths_of(s.phonemes, s.n_phonemes, s.set, iv_pcm_ms(&s.pcm), &truth));
            assert_true(mouths_of(got.row, got.n, IV_PHONES_VISEME, iv_pcm_ms(&s.pcm), &guess));
            agree(a, &truth, &guess, &s.pcm);
            iv_speech_release(&s);
        }
}

static void is_right_often(void **state)
{
    const struct row *r = *state;
    struct agreement a = {0};
    double all, spoken;

    measure(r, &a);
    if (!a.frames)
        skip();
    all = percent(a.right, a.frames);
    spoken = percent(a.spoken_right, a.spoken);
    print_message("%s: %zu frames: %.1f %% right, %.1f %% while speaking (commonest mouth %.1f, by "
                  "loudness %.1f), %d ms late\n",
                  r->name, a.frames, all, spoken, commonest(&a), by_loudness(&a), lag_ms(&a));
    for (int m = 0; m < IV_MOUTH_COUNT; m++)
        print_message("    %-9s %5zu frames, %5.1f %% found, %5.1f %% of those said are right\n",
                      iv_mouth_name(m), a.truth[m], percent(a.hit[m], a.truth[m]),
                      percent(a.hit[m], a.said[m]));
    assert_true(all >= r->least);
    assert_true(spoken >= r->least_spoken);
    assert_true(all > commonest(&a) + 10);
    assert_true(all > by_loudness(&a) + 10);
    assert_in_range(lag_ms(&a) + FRAME_MS, 0, 2 * FRAME_MS);
}

/* Noise, then tones that move, then silence: something for every part of the estimator. */
static void make_sound(int16_t *s, size_t n)
{
    uint32_t seed = 1;

    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        s[i] = i < n / 3       ? (int16_t)((int)(seed >> 20) - 2048)
               : i < 2 * n / 3 ? (int16_t)((i * (100 + i / 500)) % 12000) - 6000
                               : 0;
    }
}

static void cut_into(const int16_t *s, size_t n, size_t piece, struct rows *out)
{
    iv_viseme_estimator *e;

    out->n = 0;
    assert_int_equal(iv_viseme_estimator_new(keep, out, &e, NULL), IV_OK);
    for (size_t at = 0; at < n; at += piece)
        iv_viseme_estimator_push(e, s + at, n - at < piece ? n - at : piece);
    iv_viseme_estimator_end(e);
    iv_viseme_estimator_free(e);
}

static void cutting_does_not_matter(void **state)
{
    static const size_t pieces[] = {1, 7, 239, 240, 241, 4800, 48000};
    static int16_t sound[3 * IV_VISEME_RATE_HZ + 17];
    static struct rows whole, got;

    (void)state;
    make_sound(sound, IV_LEN(sound));
    cut_into(sound, IV_LEN(sound), IV_LEN(sound), &whole);
    for (size_t i = 0; i < IV_LEN(pieces); i++) {
        cut_into(sound, IV_LEN(sound), pieces[i], &got);
        assert_int_equal(got.n, whole.n);
        assert_memory_equal(got.row, whole.row, whole.n * sizeof *whole.row);
    }
}

static void an_utterance_leaves_nothing_behind(void **state)
{
    static int16_t sound[IV_VISEME_RATE_HZ];
    static struct rows r;
    iv_viseme_estimator *e;
    size_t n;

    (void)state;
    make_sound(sound, IV_LEN(sound));
    r.n = 0;
    assert_int_equal(iv_viseme_estimator_new(keep, &r, &e, NULL), IV_OK);
    iv_viseme_estimator_push(e, sound, IV_LEN(sound));
    iv_viseme_estimator_end(e);
    n = r.n;
    iv_viseme_estimator_push(e, sound, IV_LEN(sound));
    iv_viseme_estimator_end(e);
    iv_viseme_estimator_end(e); /* an empty one gives nothing */
    assert_int_equal(r.n, 2 * n);
    assert_memory_equal(r.row, r.row + n, n * sizeof *r.row);
    iv_viseme_estimator_free(e);
}

/* Every length from nothing to three windows: rows follow each other from 0 to the last whole millisecond. */
static void rows_have_no_gaps(void **state)
{
    static int16_t sound[1500];
    static struct rows r;

    (void)state;
    make_sound(sound, IV_LEN(sound));
    for (size_t n = 0; n <= IV_LEN(sound); n += 11) {
        uint32_t at = 0;

        cut_into(sound, n, 100, &r);
        for (size_t i = 0; i < r.n; i++) {
            assert_int_equal(r.row[i].start_ms, at);
            assert_in_range(r.row[i].end_ms - at, 1, IV_VISEME_ROW_MS);
            at = r.row[i].end_ms;
        }
        assert_int_equal(at, n * 1000 / IV_VISEME_RATE_HZ);
    }
}

static void rows_come_in_time(void **state)
{
    static int16_t sound[2 * IV_VISEME_RATE_HZ];
    static struct rows r;
    iv_viseme_estimator *e;

    (void)state;
    make_sound(sound, IV_LEN(sound));
    r.n = 0;
    assert_int_equal(iv_viseme_estimator_new(keep, &r, &e, NULL), IV_OK);
    for (size_t at = 0, ms = 0; at < IV_LEN(sound); at += 24, ms++) {
        iv_viseme_estimator_push(e, sound + at, 24);
        assert_true((r.n ? r.row[r.n - 1].end_ms : 0) + IV_VISEME_LOOKAHEAD_MS + IV_VISEME_ROW_MS +
                        HOP_MS >=
                    ms);
    }
    iv_viseme_estimator_free(e);
}

static void what_comes_later_changes_nothing(void **state)
{
    static int16_t sound[2 * IV_VISEME_RATE_HZ];
    static struct rows whole, part;
    size_t cut = IV_VISEME_RATE_HZ;

    (void)state;
    make_sound(sound, IV_LEN(sound));
    cut_into(sound, IV_LEN(sound), 1000, &whole);
    memset(sound + cut, 0x3c, (IV_LEN(sound) - cut) * sizeof *sound);
    cut_into(sound, IV_LEN(sound), 1000, &part);
    for (size_t i = 0; whole.row[i].end_ms + IV_VISEME_LOOKAHEAD_MS <= 1000; i++)
        assert_memory_equal(&whole.row[i], &part.row[i], sizeof whole.row[i]);
}

static void silence_rests(void **state)
{
    static int16_t sound[IV_VISEME_RATE_HZ];
    static struct rows r;

    (void)state;
    memset(sound, 0, sizeof sound);
    cut_into(sound, IV_LEN(sound), 480, &r);
    assert_true(r.n > 0);
    for (size_t i = 0; i < r.n; i++)
        assert_string_equal(r.row[i].symbol, "sil");
}

static void full_scale_does_no_harm(void **state)
{
    static int16_t sound[IV_VISEME_RATE_HZ];
    static struct rows r;
    enum iv_viseme shape;

    (void)state;
    for (size_t i = 0; i < IV_LEN(sound); i++)
        sound[i] = i / 60 % 2 ? INT16_MAX : INT16_MIN;
    cut_into(sound, IV_LEN(sound), 480, &r);
    for (size_t i = 0; i < r.n; i++)
        assert_true(iv_viseme_by_name(r.row[i].symbol, &shape));
}

static int16_t scaled(int16_t x, double gain)
{
    double y = x * gain;

    return (int16_t)(y > INT16_MAX ? INT16_MAX : y < INT16_MIN ? INT16_MIN : y);
}

/* A voice 12 dB quieter moves the same mouth: nine hops in ten at least. */
static void loudness_hardly_matters(void **state)
{
    static const struct speech_voice voice = {IV_LANG_EN, "espeak", "en-us+f2"};
    static struct rows loud, quiet;
    static struct mouths a, b;
    struct iv_speech s;
    size_t same = 0;

    (void)state;
    if (!speech_of(ctx, &voice, speech_texts[IV_LANG_EN][0], &s))
        skip();
    estimate(&s.pcm, &loud);
    for (size_t i = 0; i < s.pcm.len; i++)
        s.pcm.samples[i] = scaled(s.pcm.samples[i], 0.25);
    estimate(&s.pcm, &quiet);
    assert_true(mouths_of(loud.row, loud.n, IV_PHONES_VISEME, iv_pcm_ms(&s.pcm), &a));
    assert_true(mouths_of(quiet.row, quiet.n, IV_PHONES_VISEME, iv_pcm_ms(&s.pcm), &b));
    for (size_t i = 0; i < a.n; i++)
        same += a.at[i] == b.at[i];
    assert_true(same * 10 >= a.n * 9);
    iv_speech_release(&s);
}

static int open_ctx(void **state)
{
    (void)state;
    return (int)iv_ctx_new(NULL, NULL, NULL, &ctx, NULL);
}

static int close_ctx(void **state)
{
    (void)state;
    iv_ctx_free(ctx);
    return 0;
}

int main(int argc, char **argv)
{
    struct CMUnitTest t[IV_LEN(rows) + 8] = {
        cmocka_unit_test(cutting_does_not_matter),
        cmocka_unit_test(an_utterance_leaves_nothing_behind),
        cmocka_unit_test(rows_have_no_gaps),
        cmocka_unit_test(rows_come_in_time),
        cmocka_unit_test(what_comes_later_changes_nothing),
        cmocka_unit_test(silence_rests),
        cmocka_unit_test(full_scale_does_no_harm),
        cmocka_unit_test(loudness_hardly_matters),
    };

    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i + 8] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = is_right_often,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("viseme estimator", t, open_ctx, close_ctx);
}

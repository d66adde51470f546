/* test_animator.c - the face keeps time, closes its mouth where it must, and is never still. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "iv/avatar.h"

#define FRAME_MS 40
#define MINUTE_MS 60000

static iv_animator *animator(uint64_t seed)
{
    iv_animator *a;

    assert_int_equal(iv_animator_new(seed, &a, NULL), IV_OK);
    return a;
}

static void speak(iv_animator *a, const struct iv_phoneme *ph, size_t n, uint32_t total_ms,
                  uint64_t at_ms)
{
    iv_viseme_track *t;

    assert_int_equal(iv_viseme_build(ph, n, IV_PHONES_ESPEAK, total_ms, &t, NULL), IV_OK);
    assert_int_equal(iv_animator_speak(a, t, at_ms, NULL), IV_OK);
    iv_viseme_free(t);
}

static struct iv_pose pose_at(iv_animator *a, uint64_t ms)
{
    struct iv_pose p;

    iv_animator_pose(a, ms, &p);
    return p;
}

/* "a CONSONANT a", a tenth of a second each. */
static void speak_between(iv_animator *a, const char *consonant, uint32_t ms)
{
    struct iv_phoneme ph[] = {{0, 150, "a"}, {150, 150 + ms, ""}, {150 + ms, 300 + ms, "a"}};

    strncpy(ph[1].symbol, consonant, sizeof ph[1].symbol - 1);
    speak(a, ph, 3, 300 + ms, 1000);
}

/* -- closures: whatever the phase of the frames, one of them shows the closed mouth -- */
static const struct row {
    const char *name, *consonant;
    uint32_t ms;
    enum iv_viseme shape;
} closures[] = {
    {"p closes the lips", "p", 80, IV_VIS_PP},
    {"a short b closes the lips", "b", 35, IV_VIS_PP},
    {"m closes the lips", "m", 60, IV_VIS_PP},
    {"f brings the lip to the teeth", "f", 80, IV_VIS_FF},
};

static void closure_is_reached(void **state)
{
    const struct row *r = *state;
    iv_animator *a = animator(1);

    speak_between(a, r->consonant, r->ms);
    for (uint64_t phase = 0; phase < FRAME_MS; phase += 5) {
        float best = 0;

        for (uint64_t t = 1000 + phase; t < 1500; t += FRAME_MS)
            best = fmaxf(best, pose_at(a, t).mouth[r->shape]);
        assert_true(best > 0.97f);
    }
    iv_animator_free(a);
}

static void vowels_open_between(void **state)
{
    iv_animator *a = animator(1);

    (void)state;
    speak_between(a, "p", 80);
    assert_true(pose_at(a, 1060).mouth[IV_VIS_AA] > 0.8f);
    assert_true(pose_at(a, 1060).jaw > 0.5f);
    assert_true(pose_at(a, 1320).mouth[IV_VIS_AA] > 0.8f);
    iv_animator_free(a);
}

static void rounding_starts_in_the_consonant(void **state)
{
    static const struct iv_phoneme soup[] = {{0, 120, "s"}, {120, 300, "u:"}};
    static const struct iv_phoneme see[] = {{0, 120, "s"}, {120, 300, "i:"}};
    iv_animator *a = animator(1), *b = animator(1);

    (void)state;
    speak(a, soup, 2, 300, 1000);
    speak(b, see, 2, 300, 1000);
    assert_true(pose_at(a, 1080).mouth[IV_VIS_OU] > 0.25f);
    assert_true(pose_at(b, 1080).mouth[IV_VIS_OU] < 0.01f);
    iv_animator_free(a);
    iv_animator_free(b);
}

static void mouth_opens_before_the_sound(void **state)
{
    static const struct iv_phoneme ph[] = {{0, 200, "a"}};
    iv_animator *a = animator(1);

    (void)state;
    speak(a, ph, 1, 200, 1000);
    assert_true(pose_at(a, 700).mouth[IV_VIS_REST] > 0.99f);
    assert_true(pose_at(a, 960).mouth[IV_VIS_AA] > 0.3f);
    iv_animator_free(a);
}

static void cut_shuts_the_mouth(void **state)
{
    static const struct iv_phoneme ph[] = {{0, 2000, "a"}};
    iv_animator *a = animator(1);

    (void)state;
    speak(a, ph, 1, 2000, 1000);
    assert_true(pose_at(a, 1500).mouth[IV_VIS_AA] > 0.8f);
    iv_animator_cut(a, 1500);
    assert_true(pose_at(a, 1580).mouth[IV_VIS_REST] > 0.99f);
    assert_true(pose_at(a, 2500).mouth[IV_VIS_REST] > 0.99f);
    assert_true(pose_at(a, 2500).jaw < 0.02f);
    iv_animator_free(a);
}

static void speech_after_a_cut_is_spoken(void **state)
{
    static const struct iv_phoneme ph[] = {{0, 2000, "a"}};
    iv_animator *a = animator(1);

    (void)state;
    speak(a, ph, 1, 2000, 1000);
    iv_animator_cut(a, 1500);
    speak(a, ph, 1, 2000, 2000);
    assert_true(pose_at(a, 1800).mouth[IV_VIS_REST] > 0.9f);
    assert_true(pose_at(a, 2500).mouth[IV_VIS_AA] > 0.8f);
    iv_animator_free(a);
}

static void later_tracks_win(void **state)
{
    static const struct iv_phoneme a_[] = {{0, 2000, "a"}}, u_[] = {{0, 500, "u:"}};
    iv_animator *a = animator(1);

    (void)state;
    speak(a, a_, 1, 2000, 1000);
    speak(a, u_, 1, 500, 1500);
    assert_true(pose_at(a, 1750).mouth[IV_VIS_OU] > 0.9f);
    assert_true(pose_at(a, 2800).mouth[IV_VIS_REST] > 0.9f);
    iv_animator_free(a);
}

static void weights_sum_to_one(void **state)
{
    iv_animator *a = animator(7);

    (void)state;
    speak_between(a, "f", 50);
    for (uint64_t t = 500; t < 2500; t += 7) {
        struct iv_pose p = pose_at(a, t);
        float sum = 0;

        for (int v = 0; v < IV_VIS_COUNT; v++) {
            assert_true(p.mouth[v] >= 0);
            sum += p.mouth[v];
        }
        assert_true(fabsf(sum - 1) < 1e-4f);
    }
    iv_animator_free(a);
}

static void equal_seeds_give_equal_poses(void **state)
{
    iv_animator *a = animator(42), *b = animator(42), *c = animator(43);
    int differ = 0;

    (void)state;
    pose_at(b, 9000); /* what was asked before does not matter */
    for (uint64_t t = 10000; t < 20000; t += FRAME_MS) {
        struct iv_pose p = pose_at(a, t), q = pose_at(b, t), r = pose_at(c, t);

        assert_memory_equal(&p, &q, sizeof p);
        differ += memcmp(&p, &r, sizeof p) != 0;
    }
    assert_true(differ > 200);
    iv_animator_free(a);
    iv_animator_free(b);
    iv_animator_free(c);
}

/* Sessions share the frames of a face that listens: they must be the same to the last bit. */
static void listening_comes_round(void **state)
{
    iv_animator *a = animator(42), *b = animator(42);

    (void)state;
    iv_animator_mood(b, IV_MOOD_SPEAKING, 4000);
    iv_animator_mood(b, IV_MOOD_LISTENING, 9000);
    for (uint64_t t = 0; t < 64000; t += FRAME_MS) {
        struct iv_pose p = pose_at(a, t), q = pose_at(b, t + 5 * 64000);

        assert_memory_equal(&p, &q, sizeof p);
    }
    iv_animator_free(a);
    iv_animator_free(b);
}

static void blinks_are_human(void **state)
{
    iv_animator *a = animator(3);
    int blinks = 0;
    uint64_t last = 0, longest = 0;

    (void)state;
    for (uint64_t t = 10; t < 5 * MINUTE_MS; t += 10)
        if (pose_at(a, t).blink_l > 0.95f && pose_at(a, t - 10).blink_l <= 0.95f) {
            if (last && t - last > longest)
                longest = t - last;
            last = t;
            blinks++;
        }
    assert_in_range(blinks, 5 * 11, 5 * 26); /* a minute */
    assert_in_range(longest, 3000, 7000);
    iv_animator_free(a);
}

static void looks_at_the_viewer(void **state)
{
    iv_animator *a = animator(5);
    int at_viewer = 0, away = 0, n = 0;

    (void)state;
    iv_animator_mood(a, IV_MOOD_THINKING, MINUTE_MS);
    for (uint64_t t = 0; t < MINUTE_MS; t += FRAME_MS, n++)
        at_viewer += fabsf(pose_at(a, t).gaze_x) < 0.12f;
    for (uint64_t t = MINUTE_MS + 1000; t < MINUTE_MS + 4000; t += FRAME_MS)
        away += pose_at(a, t).gaze_y < -0.2f;
    assert_true(at_viewer > n * 3 / 4);
    assert_true(away > 70);
    iv_animator_free(a);
}

/* No part of the pose but lids, eyes and lips jumps between two frames; and none stands still for two seconds. */
static bool same_head(const struct iv_pose *p, const struct iv_pose *q)
{
    return p->head_x == q->head_x && p->head_y == q->head_y && p->head_roll == q->head_roll &&
           p->breath == q->breath;
}

/* Frames in pairs, which cost half; but where the head is quick, as in a nod, each frame has its own. */
static void calm_heads_move_every_other_frame(void **state)
{
    iv_animator *a = animator(3);
    int pairs = 0, alike = 0;

    (void)state;
    for (uint64_t t = 0; t < MINUTE_MS; t += 2 * FRAME_MS, pairs++) {
        struct iv_pose first = pose_at(a, t), second = pose_at(a, t + FRAME_MS);

        alike += same_head(&first, &second);
    }
    assert_in_range(alike, pairs * 8 / 10, pairs - 5);
    iv_animator_free(a);
}

static void alive_but_smooth(void **state)
{
    static const enum iv_mood moods[] = {IV_MOOD_LISTENING, IV_MOOD_THINKING, IV_MOOD_SPEAKING};
    iv_animator *a = animator(9);
    struct iv_pose before = pose_at(a, 0), old = before;

    (void)state;
    for (uint64_t t = FRAME_MS; t < 2 * MINUTE_MS; t += FRAME_MS) {
        struct iv_pose p;

        if (t % 5000 == 0)
            iv_animator_mood(a, moods[t / 5000 % 3], t);
        p = pose_at(a, t);
        assert_true(fabsf(p.head_x - before.head_x) < 0.08f);
        assert_true(fabsf(p.head_y - before.head_y) < 0.2f);
        assert_true(fabsf(p.head_roll - before.head_roll) < 0.01f);
        assert_true(fabsf(p.brow_l - before.brow_l) < 0.1f);
        assert_true(fabsf(p.smile - before.smile) < 0.1f);
        assert_true(fabsf(p.breath - before.breath) < 0.05f);
        if (t % 2000 == 0) {
            assert_true(fabsf(p.head_x - old.head_x) + fabsf(p.head_y - old.head_y) > 0.001f);
            old = p;
        }
        before = p;
    }
    iv_animator_free(a);
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(closures) + 11] = {
        cmocka_unit_test(vowels_open_between),
        cmocka_unit_test(rounding_starts_in_the_consonant),
        cmocka_unit_test(mouth_opens_before_the_sound),
        cmocka_unit_test(cut_shuts_the_mouth),
        cmocka_unit_test(speech_after_a_cut_is_spoken),
        cmocka_unit_test(later_tracks_win),
        cmocka_unit_test(weights_sum_to_one),
        cmocka_unit_test(equal_seeds_give_equal_poses),
        cmocka_unit_test(listening_comes_round),
        cmocka_unit_test(blinks_are_human),
        cmocka_unit_test(looks_at_the_viewer),
        cmocka_unit_test(calm_heads_move_every_other_frame),
        cmocka_unit_test(alive_but_smooth),
    };

    for (size_t i = 0; i < IV_LEN(closures); i++)
        t[11 + i] = (struct CMUnitTest){.name = closures[i].name,
                                        .test_func = closure_is_reached,
                                        .initial_state = (void *)(uintptr_t)&closures[i]};
    return cmocka_run_group_tests_name("animator", t, NULL, NULL);
}

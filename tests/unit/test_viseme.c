/* test_viseme.c - symbols of three phone sets become the right mouth shapes in the right order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "iv/viseme.h"

#define PHONE_MS 100
#define MAX_PHONES 16

static const struct row {
    const char *name;
    enum iv_phone_set set;
    const char *phones, *shapes;
} rows[] = {
    {"no phonemes rest the mouth", IV_PHONES_ESPEAK, "", "sil"},
    {"bilabials close the lips", IV_PHONES_ESPEAK, "p b m", "PP PP PP"},
    {"espeak English word", IV_PHONES_ESPEAK, "h @ l oU", "kk E nn oh ou"},
    {"digit vowels are vowels, digit marks are not", IV_PHONES_ESPEAK, "0 @2 I2 3:", "aa E ih RR"},
    {"espeak marks are stripped", IV_PHONES_ESPEAK, "tS; a# i: u-", "CH aa ih ih"},
    {"espeak Japanese affricates", IV_PHONES_ESPEAK, "t_s\\ i d_z\\ i r`", "CH ih CH ih RR"},
    {"a palatal release is no pause", IV_PHONES_ESPEAK, "k _j a", "kk ih aa"},
    {"pauses and language switches rest", IV_PHONES_ESPEAK, "_: _ (en) _!", "sil sil sil sil"},
    {"Open JTalk phones", IV_PHONES_JTALK, "k o N n i ch i w a", "kk oh kk nn ih CH ih ou aa"},
    {"Open JTalk contracted sounds", IV_PHONES_JTALK, "ky o cl sh U pau", "kk ih oh DD CH ou sil"},
    {"IPA diphthong splits", IV_PHONES_IPA, "oʊ aɪ", "oh ou aa ih"},
    {"IPA affricate and marks", IV_PHONES_IPA, "tʃ ɜː ˈiː", "CH RR ih"},
    {"shapes under their own names", IV_PHONES_VISEME, "sil PP aa E ou kk", "sil PP aa E ou kk"},
    {"pieces of one shape are joined", IV_PHONES_VISEME, "aa aa aa PP PP oh", "aa PP oh"},
    {"an unknown letter takes its class", IV_PHONES_JTALK, "P", "PP"},
    {"an unknown sign is a slack tongue", IV_PHONES_JTALK, "%", "DD"},
};

static size_t split(const char *text, struct iv_phoneme *ph)
{
    char copy[128], *save = NULL;
    size_t n = 0;

    snprintf(copy, sizeof copy, "%s", text);
    for (char *s = strtok_r(copy, " ", &save); s; s = strtok_r(NULL, " ", &save), n++) {
        ph[n] = (struct iv_phoneme){.start_ms = n * PHONE_MS, .end_ms = (n + 1) * PHONE_MS};
        snprintf(ph[n].symbol, sizeof ph[n].symbol, "%s", s);
    }
    return n;
}

static void shapes_are(void **state)
{
    const struct row *r = *state;
    struct iv_phoneme ph[MAX_PHONES];
    size_t n = split(r->phones, ph);
    iv_viseme_track *t;
    struct iv_error err;
    char got[128] = "";

    assert_int_equal(iv_viseme_build(ph, n, r->set, n ? n * PHONE_MS : 500, &t, &err), IV_OK);
    for (size_t i = 0; i < iv_viseme_count(t); i++) {
        if (i)
            strcat(got, " ");
        strcat(got, iv_viseme_name(iv_viseme_keys(t)[i].shape));
    }
    assert_string_equal(got, r->shapes);
    iv_viseme_free(t);
}

static void no_gaps(void **state)
{
    static const struct iv_phoneme ph[] = {{50, 120, "a"}, {200, 320, "oU"}, {300, 900, "m"}};
    const struct iv_viseme_key *k;
    iv_viseme_track *t;
    uint32_t at = 0;

    (void)state;
    assert_int_equal(iv_viseme_build(ph, 3, IV_PHONES_ESPEAK, 600, &t, NULL), IV_OK);
    k = iv_viseme_keys(t);
    for (size_t i = 0; i < iv_viseme_count(t); i++) {
        assert_int_equal(k[i].start_ms, at);
        assert_true(k[i].end_ms > k[i].start_ms);
        at = k[i].end_ms;
    }
    assert_int_equal(at, 600);
    iv_viseme_free(t);
}

static void time_never_goes_back(void **state)
{
    static const struct iv_phoneme ph[] = {{100, 200, "a"}, {50, 120, "b"}};
    iv_viseme_track *t = (void *)1;
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_viseme_build(ph, 2, IV_PHONES_IPA, 600, &t, &err), IV_E_USAGE);
    assert_null(t);
    assert_non_null(strstr(err.text, "phoneme 1"));
}

static void short_vowels_weigh_less(void **state)
{
    static const struct iv_phoneme ph[] = {{0, 30, "a"}, {30, 60, "p"}, {60, 300, "a"}};
    iv_viseme_track *t;

    (void)state;
    assert_int_equal(iv_viseme_build(ph, 3, IV_PHONES_ESPEAK, 300, &t, NULL), IV_OK);
    assert_true(iv_viseme_keys(t)[0].weight < 0.8f);
    assert_true(iv_viseme_keys(t)[1].weight == 1.0f);
    assert_true(iv_viseme_keys(t)[2].weight == 1.0f);
    iv_viseme_free(t);
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + 3] = {
        cmocka_unit_test(no_gaps),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(short_vowels_weigh_less),
    };

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = shapes_are,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("viseme", t, NULL, NULL);
}

/* Delivery: syllables, morae, fillers, pauses, and the user's own baseline. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "interview/delivery.h"
#include "interview/score_judge.h"

struct count_row {
    const char *name, *text;
    double expected;
};

static const struct count_row syllables_en[] = {
    {"a vowel group is a syllable", "interview", 3},
    {"a final e is silent", "cache", 1},
    {"the e of table is heard", "table", 2},
    {"one syllable at least", "nth", 1},
    {"be keeps its e", "be", 1},
};
static const struct count_row syllables_ko[] = {
    {"Hangul letters are syllables", "안녕하세요", 5},
    {"signs and blanks are none", "네, 네.", 2},
    {"digits are read", "3초", 2},
};
static const struct count_row morae_ja[] = {
    {"each kana is a mora", "さくら", 3},
    {"a small ya joins the one before", "きゃく", 2},
    {"katakana too", "チェック", 3},
    {"the long vowel counts", "コーヒー", 4},
    {"n and double consonants count", "きって、ほん", 5},
    {"a kanji counts its mean", "山", 1.9},
};
static const struct count_row fillers_en[] = {
    {"um and uh", "Um, I think, uh, it is fast.", 2},
    {"like between commas", "It was, like, fast. I like it.", 1},
    {"no filler inside a word", "The umbrella and the hummus.", 0},
    {"you know as one", "It is, you know, a cache.", 1},
};
static const struct count_row fillers_ko[] = {
    {"음 and 어 alone", "음, 그러니까 어 해시 테이블은 빠릅니다.", 2},
    {"no filler inside a word", "어제 음식을 먹었습니다.", 0},
    {"그 before a comma", "그, 저는 서버를 맡았습니다. 그 서버는 느렸습니다.", 1},
};
static const struct count_row fillers_ja[] = {
    {"えーと anywhere", "えーと、それはですね、えっと、速いです。", 2},
    {"あの before a comma only", "あの、私は担当です。あの店です。", 1},
    {"the longest wins", "えーっと、はい。", 1},
};

static void count_en(void **state)
{
    const struct count_row *r = *state;

    assert_int_equal(iv_syllables_en(r->text, strlen(r->text)), (int)r->expected);
}

static void count_ko(void **state)
{
    const struct count_row *r = *state;

    assert_int_equal(iv_syllables_ko(r->text), (int)r->expected);
}

static void count_ja(void **state)
{
    const struct count_row *r = *state;

    assert_true(fabs(iv_morae_ja(r->text) - r->expected) < 1e-9);
}

static void check_fillers(const struct count_row *r, enum iv_lang lang)
{
    iv_json *speech = NULL;

    assert_int_equal(iv_score_table(NULL, "speech", lang, &speech, NULL), IV_OK);
    assert_int_equal(iv_count_fillers(r->text, lang, speech, NULL, NULL), (int)r->expected);
    iv_json_free(speech);
}

static void count_fillers_en(void **state)
{
    check_fillers(*state, IV_LANG_EN);
}
static void count_fillers_ko(void **state)
{
    check_fillers(*state, IV_LANG_KO);
}
static void count_fillers_ja(void **state)
{
    check_fillers(*state, IV_LANG_JA);
}

static iv_json *deliver(const struct iv_turn *turns, size_t n, const iv_json *const *earlier,
                        size_t n_earlier)
{
    struct iv_delivery_input in = {.turns = turns,
                                   .n_turns = n,
                                   .lang = IV_LANG_EN,
                                   .earlier = earlier,
                                   .n_earlier = n_earlier};
    iv_json *speech = NULL, *out = NULL;

    assert_int_equal(iv_score_table(NULL, "speech", IV_LANG_EN, &speech, NULL), IV_OK);
    in.speech = speech;
    assert_int_equal(iv_delivery(&in, &out, NULL), IV_OK);
    iv_json_free(speech);
    return out;
}

static double measure(const iv_json *d, const char *name)
{
    return iv_json_get_num(iv_json_get(d, "measures"), name, NAN);
}

static struct iv_turn spoken[2] = {
    {.number = 0,
     .speaker = IV_INTERVIEWER,
     .text = (char *)"Why?",
     .start_ms = 0,
     .end_ms = 2000,
     .source = "builtin"},
    {.number = 1,
     .speaker = IV_CANDIDATE,
     .kind = IV_TURN_ANSWER,
     .text = (char *)"it is fast because",
     .start_ms = 3000,
     .end_ms = 5000,
     .source = "speech",
     .words_json = (char *)"[[\"it\",0,300,0.9],[\"is\",350,600,0.9],[\"fast\",1100,1400,0.9],["
                           "\"because\",1500,2000,0.9]]"},
};

static void words_give_speed_and_pauses(void **state)
{
    iv_json *d = deliver(spoken, 2, NULL, 0);

    (void)state;
    assert_true(fabs(measure(d, "words_per_s") - 2.0) < 1e-9);
    assert_true(fabs(measure(d, "pause_total_ms") - 500) < 1e-9);
    assert_true(fabs(measure(d, "pause_longest_ms") - 500) < 1e-9);
    assert_true(fabs(measure(d, "mean_run_words") - 2) < 1e-9);
    assert_true(fabs(measure(d, "first_word_ms") - 1000) < 1e-9);
    assert_true(fabs(measure(d, "talk_share") - 0.5) < 1e-9);
    iv_json_free(d);
}

static void typed_answer_has_no_speed(void **state)
{
    struct iv_turn typed = {.speaker = IV_CANDIDATE,
                            .text = (char *)"it is fast",
                            .start_ms = 100,
                            .end_ms = 9000,
                            .source = "typed"};
    iv_json *d = deliver(&typed, 1, NULL, 0);

    (void)state;
    assert_true(isnan(measure(d, "words_per_s")));
    assert_true(isnan(measure(d, "pause_total_ms")));
    assert_true(isnan(measure(d, "talk_share")));
    assert_true(fabs(measure(d, "answer_units") - 3) < 1e-9);
    iv_json_free(d);
}

static void without_word_times_the_duration_serves(void **state)
{
    struct iv_turn turn = spoken[1];
    iv_json *d;

    (void)state;
    turn.words_json = NULL;
    d = deliver(&turn, 1, NULL, 0);
    assert_true(fabs(measure(d, "words_per_s") - 2.0) < 1e-9);
    assert_true(isnan(measure(d, "pauses_per_min")));
    iv_json_free(d);
}

static void broken_word_list_is_ignored(void **state)
{
    static const char *const bad[] = {
        "[", "[1,2]", "[[\"a\",-5,1]]", "[[\"a\",5,1]]", "[[\"a\",1e300,2e300]]", "{}"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(bad); i++) {
        struct iv_turn turn = spoken[1];
        iv_json *d;

        turn.words_json = (char *)(uintptr_t)bad[i];
        d = deliver(&turn, 1, NULL, 0);
        assert_true(fabs(measure(d, "words_per_s") - 2.0) < 1e-9);
        iv_json_free(d);
    }
}

static void first_session_has_no_baseline(void **state)
{
    iv_json *d = deliver(spoken, 2, NULL, 0);

    (void)state;
    assert_int_equal(iv_json_type(iv_json_get(d, "baseline")), IV_JSON_NULL);
    iv_json_free(d);
}

static iv_json *earlier_report(const char *lang, double rate)
{
    iv_json *r = iv_json_object(), *d = iv_json_object(), *m = iv_json_object();

    iv_json_set_num(m, "words_per_s", rate);
    iv_json_set_str(d, "language", lang);
    iv_json_set(d, "measures", m);
    iv_json_set(r, "delivery", d);
    return r;
}

static void baseline_is_the_users_own_in_the_language(void **state)
{
    const iv_json *earlier[3] = {earlier_report("en", 1), earlier_report("en", 2),
                                 earlier_report("ko", 9)};
    iv_json *d = deliver(spoken, 2, earlier, 3);
    const iv_json *b = iv_json_at(iv_json_get(iv_json_get(d, "baseline"), "measures"), 0);

    (void)state;
    assert_string_equal(iv_json_get_str(b, "name", ""), "words_per_s");
    assert_int_equal(iv_json_get_int(b, "sessions", 0), 2);
    assert_true(fabs(iv_json_get_num(b, "mean", 0) - 1.5) < 1e-9);
    assert_true(fabs(iv_json_get_num(b, "sd", 0) - 0.71) < 1e-9);
    assert_true(fabs(iv_json_get_num(b, "difference", 0) - 0.5) < 1e-9);
    for (size_t i = 0; i < 3; i++)
        iv_json_free((iv_json *)(uintptr_t)earlier[i]);
    iv_json_free(d);
}

#define ROWS(table, test)                                                                          \
    for (size_t i = 0; i < IV_LEN(table); i++)                                                     \
        tests[n++] = (struct CMUnitTest)                                                           \
        {                                                                                          \
            .name = table[i].name, .test_func = test,                                              \
            .initial_state = (void *)(uintptr_t)&table[i]                                          \
        }
#define PLAIN(f)                                                                                   \
    tests[n++] = (struct CMUnitTest)                                                               \
    {                                                                                              \
        .name = #f, .test_func = f                                                                 \
    }

int main(void)
{
    struct CMUnitTest tests[64];
    size_t n = 0;

    ROWS(syllables_en, count_en);
    ROWS(syllables_ko, count_ko);
    ROWS(morae_ja, count_ja);
    ROWS(fillers_en, count_fillers_en);
    ROWS(fillers_ko, count_fillers_ko);
    ROWS(fillers_ja, count_fillers_ja);
    PLAIN(words_give_speed_and_pauses);
    PLAIN(typed_answer_has_no_speed);
    PLAIN(without_word_times_the_duration_serves);
    PLAIN(broken_word_list_is_ignored);
    PLAIN(first_session_has_no_baseline);
    PLAIN(baseline_is_the_users_own_in_the_language);
    return _cmocka_run_group_tests("delivery", tests, n, NULL, NULL);
}

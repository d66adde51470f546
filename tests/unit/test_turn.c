/* test_turn.c - how texts end, how voices fall, and how long a silence is waited for. */
#include "table.h"

#include <math.h>
#include <string.h>

#include "iv/error.h"
#include "turn/listener.h"

#define KO IV_LANG_KO
#define EN IV_LANG_EN
#define JA IV_LANG_JA
#define UNKNOWN IV_ENDING_UNKNOWN
#define OPEN IV_ENDING_OPEN
#define FILLER IV_ENDING_FILLER
#define FINISHED IV_ENDING_FINISHED

static const struct ending_row {
    const char *name;
    enum iv_lang lang;
    const char *text;
    enum iv_ending ending;
} endings[] = {
    {"nothing says nothing", EN, "", UNKNOWN},
    {"marks alone say nothing", EN, " ... ", UNKNOWN},
    {"en: a conjunction is open", EN, "I added an index and", OPEN},
    {"en: a conjunction is open before a full stop", EN, "I added an index because.", OPEN},
    {"en: capitals do not matter", EN, "AND", OPEN},
    {"en: a word that ends like one is none", EN, "I worked with a band", UNKNOWN},
    {"en: a weak word is open", EN, "that is what we worked on", OPEN},
    {"en: not before a full stop", EN, "That is what we worked on.", FINISHED},
    {"en: a comma is open", EN, "In the first year,", OPEN},
    {"en: dots are open", EN, "In the first year...", OPEN},
    {"en: a filler holds", EN, "We moved it to, um", FILLER},
    {"en: a filler of two words holds", EN, "It was, you know,", FILLER},
    {"en: a full stop finishes", EN, "It took three weeks.", FINISHED},
    {"ko: a polite end finishes", KO, "제가 그 일을 맡았습니다", FINISHED},
    {"ko: so does the spoken one", KO, "그래서 다시 만들었어요.", FINISHED},
    {"ko: a connective is open", KO, "처음에는 잘 몰랐는데", OPEN},
    {"ko: open before a full stop", KO, "시간이 없었으니까.", OPEN},
    {"ko: the connective is longer than the end in it", KO, "잘 모르겠는데요", OPEN},
    {"ko: a particle is open", KO, "저희 팀에서", OPEN},
    {"ko: -다가 is no end", KO, "그 일을 하다가", OPEN},
    {"ko: a filler holds", KO, "그때 음", FILLER},
    {"ko: a word that ends like a filler is none", KO, "그 내용은 마음", UNKNOWN},
    {"ja: desu finishes", JA, "チームで三人です", FINISHED},
    {"ja: past finishes", JA, "それを直しました。", FINISHED},
    {"ja: desu ga is open", JA, "最初は難しかったのですが", OPEN},
    {"ja: node is open", JA, "時間がなかったので、", OPEN},
    {"ja: te is open", JA, "まず計画を立てて", OPEN},
    {"ja: kara is open", JA, "忙しかったですから", OPEN},
    {"ja: a filler holds", JA, "そのとき、えーと", FILLER},
    {"ja: a filler holds before a full stop", JA, "あのー。", FILLER},
    {"broken bytes say nothing", KO, "\xff\xfe\x80", UNKNOWN},
};

static void text_ends(void **state)
{
    const struct ending_row *r = *state;

    assert_int_equal(iv_ending_of(r->lang, r->text), r->ending);
}

static const struct listening_row {
    const char *name;
    enum iv_lang lang;
    const char *text;
    bool is_listening;
} listening[] = {
    {"nothing is no back-channel", EN, "", false},
    {"yeah", EN, "Yeah.", true},
    {"yeah, okay", EN, "yeah, okay", true},
    {"yeah but", EN, "yeah but", false},
    {"uh-huh", EN, "Uh-huh.", true},
    {"mm, right, I see", EN, "Mm, right. I see.", true},
    {"right at the end of a sentence", EN, "that is not right", false},
    {"ne", KO, "네", true},
    {"a ne", KO, "아 네", true},
    {"a ne in one piece", KO, "아네", true},
    {"geureokunyo", KO, "네, 그렇군요.", true},
    {"a question is none", KO, "뭐라고요?", false},
    {"ne ne", KO, "네, 네.", true},
    {"a sentence that begins with ne", KO, "네 그런데요 질문이 있습니다", false},
    {"a word that ends with ne", KO, "동네", false},
    {"hai", JA, "はい。", true},
    {"hai un", JA, "はい、うん", true},
    {"ee naruhodo in one piece", JA, "ええなるほど", true},
    {"un un", JA, "うんうん。", true},
    {"a word that ends with hai", JA, "心配はい", false},
    {"a sentence after hai", JA, "はい、それは違います", false},
};

static void is_backchannel(void **state)
{
    const struct listening_row *r = *state;

    assert_int_equal(iv_ending_is_backchannel(r->lang, r->text), r->is_listening);
}

static void texts_of_any_length(void **state)
{
    static char text[70000];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    memcpy(text + sizeof text - 5, " and", 4);
    assert_int_equal(iv_ending_of(EN, text), OPEN);
    memset(text, '.', sizeof text - 1);
    assert_int_equal(iv_ending_of(EN, text), UNKNOWN);
}

/* -- pitch -- */

static void buzz(int16_t *x, size_t n, double f0, double *phase)
{
    for (size_t i = 0; i < n; i++) {
        double s = 0;

        for (int h = 1; h < 12; h++)
            s += sin(*phase * h) / h;
        x[i] = (int16_t)(5000 * s);
        *phase += 6.283185307 * f0 / PITCH_RATE_HZ;
    }
}

static void pitch_of_a_voice(void **state)
{
    int16_t x[PITCH_SAMPLES];
    double phase = 0.3;

    (void)state;
    for (double f0 = 75; f0 < 390; f0 *= 1.07) {
        buzz(x, PITCH_SAMPLES, f0, &phase);
        assert_true(fabs(iv_pitch(x) / f0 - 1) < 0.02);
    }
}

static void noise_has_no_pitch(void **state)
{
    int16_t x[PITCH_SAMPLES];
    uint32_t seed = 1;
    int tones = 0;

    (void)state;
    memset(x, 0, sizeof x);
    assert_true(iv_pitch(x) == 0);
    for (int k = 0; k < 100; k++) {
        for (size_t i = 0; i < PITCH_SAMPLES; i++)
            x[i] = (int16_t)((seed = seed * 1664525u + 1013904223u) >> 16);
        tones += iv_pitch(x) > 0;
    }
    assert_true(tones < 5);
}

/* -- the decision -- */

static void voice(struct iv_eot *e, uint32_t ms, double from_hz, double to_hz)
{
    for (uint32_t i = 0; i < ms; i += IV_EOT_FRAME_MS) {
        struct iv_eot_frame f = {.is_voice = true,
                                 .f0_hz = (float)(from_hz + (to_hz - from_hz) * i / ms)};

        assert_int_equal(iv_eot_push(e, &f), IV_EOT_SPEAKING);
    }
}

static void silence(struct iv_eot *e, uint32_t ms)
{
    struct iv_eot_frame f = {0};

    for (uint32_t i = 0; i < ms; i += IV_EOT_FRAME_MS)
        iv_eot_push(e, &f);
}

/* Silence until the end is declared. */
static uint32_t wait_ms(struct iv_eot *e)
{
    struct iv_eot_frame f = {0};
    uint32_t ms = IV_EOT_FRAME_MS;

    while (iv_eot_push(e, &f) != IV_EOT_END && ms < 20000)
        ms += IV_EOT_FRAME_MS;
    return ms;
}

/* Half a second of level voice before the phrase, so that there is a mean. */
static uint32_t wait_after(const char *text, double from_hz, double to_hz, double patience)
{
    struct iv_eot e;

    iv_eot_init(&e, EN, patience);
    voice(&e, 1500, 120, 120);
    voice(&e, 300, from_hz, to_hz);
    if (text)
        iv_eot_text(&e, text);
    return wait_ms(&e);
}

static void words_order_the_waits(void **state)
{
    uint32_t finished = wait_after("It works.", 120, 120, 1),
             unknown = wait_after(NULL, 120, 120, 1),
             open = wait_after("It works and", 120, 120, 1),
             filler = wait_after("It works um", 120, 120, 1);

    (void)state;
    assert_true(finished < unknown && unknown < open && open <= filler);
    assert_true(finished >= 250 && filler <= 8000);
}

static void a_fall_is_answered_sooner(void **state)
{
    (void)state;
    assert_true(wait_after("It works.", 115, 85, 1) < wait_after("It works.", 120, 120, 1));
    assert_true(wait_after("It works.", 120, 120, 1) < wait_after("It works.", 125, 155, 1));
    assert_true(wait_after(NULL, 115, 85, 1) < wait_after(NULL, 125, 155, 1));
}

static void patience_stretches(void **state)
{
    (void)state;
    assert_true(wait_after("It works.", 120, 120, 1.6) > wait_after("It works.", 120, 120, 1));
    assert_true(wait_after("It works.", 120, 120, 0.7) < wait_after("It works.", 120, 120, 1));
}

static void an_endpoint_shortens_unless_the_clause_is_open(void **state)
{
    static const char *const texts[] = {"It works.", "It works and"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(texts); i++) {
        struct iv_eot e;
        uint32_t before;

        iv_eot_init(&e, EN, 1);
        voice(&e, 1000, 120, 120);
        iv_eot_text(&e, texts[i]);
        before = iv_eot_limit_ms(&e);
        iv_eot_endpoint(&e, IV_STT_UTTERANCE_END);
        if (i)
            assert_int_equal(iv_eot_limit_ms(&e), before);
        else
            assert_true(iv_eot_limit_ms(&e) < before);
    }
}

static void old_words_do_not_end_a_new_breath(void **state)
{
    struct iv_eot e;
    uint32_t known;

    (void)state;
    iv_eot_init(&e, EN, 1);
    voice(&e, 1000, 120, 120);
    iv_eot_text(&e, "It works.");
    silence(&e, 400);
    known = iv_eot_limit_ms(&e);
    voice(&e, 500, 120, 120);
    assert_true(iv_eot_limit_ms(&e) > known * 5 / 4);
    iv_eot_text(&e, "It works. It is fast.");
    assert_true(iv_eot_limit_ms(&e) <= known);
}

static void words_that_come_late_end_the_wait(void **state)
{
    struct iv_eot e;

    (void)state;
    iv_eot_init(&e, EN, 1);
    voice(&e, 1000, 120, 120);
    iv_eot_text(&e, "It works because");
    silence(&e, 2500);
    iv_eot_text(&e, "It works because it is small.");
    assert_int_equal(wait_ms(&e), IV_EOT_FRAME_MS);
}

static void long_pauses_are_learnt(void **state)
{
    struct iv_eot slow, quick;

    (void)state;
    iv_eot_init(&slow, EN, 1);
    iv_eot_init(&quick, EN, 1);
    for (int i = 0; i < 12; i++) {
        voice(&slow, 600, 120, 120);
        silence(&slow, 1800);
        voice(&quick, 600, 120, 120);
        silence(&quick, 250);
    }
    assert_true(iv_eot_limit_ms(&slow) > iv_eot_limit_ms(&quick) * 3 / 2);
    iv_eot_begin(&slow); /* another answer, the same speaker */
    iv_eot_begin(&quick);
    assert_true(iv_eot_limit_ms(&slow) > iv_eot_limit_ms(&quick) * 3 / 2);
}

static void a_question_for_a_story_waits_while_little_was_said(void **state)
{
    struct iv_eot e;
    uint32_t little;

    (void)state;
    iv_eot_init(&e, EN, 1);
    e.wants_story = true;
    voice(&e, 1000, 120, 120);
    iv_eot_text(&e, "It works.");
    little = iv_eot_limit_ms(&e);
    voice(&e, 4000, 120, 120);
    iv_eot_text(&e, "It works. It works.");
    assert_true(iv_eot_limit_ms(&e) < little);
}

static void silence_before_an_answer_ends_nothing(void **state)
{
    struct iv_eot e;

    (void)state;
    iv_eot_init(&e, EN, 1);
    assert_true(wait_ms(&e) >= 20000);
}

static void an_end_is_probable_before_it_is_one(void **state)
{
    struct iv_eot e;
    struct iv_eot_frame f = {0};
    enum iv_eot_verdict v, before = IV_EOT_WAITING;
    bool was_probable = false;

    (void)state;
    iv_eot_init(&e, EN, 1);
    voice(&e, 1000, 120, 120);
    while ((v = iv_eot_push(&e, &f)) != IV_EOT_END) {
        assert_true(v >= before || !was_probable);
        was_probable |= v == IV_EOT_PROBABLE;
        before = v;
    }
    assert_true(was_probable);
}

/* -- the whole of it, on sound -- */

struct heard {
    unsigned began, ended;
};

static void count(void *arg, enum iv_listener_event event)
{
    struct heard *h = arg;

    if (event == IV_LISTENER_BEGAN)
        h->began++;
    else
        h->ended++;
}

static struct heard listen(size_t chunk, uint32_t pause_ms)
{
    static int16_t sound[PITCH_RATE_HZ * 16];
    struct iv_listener l;
    struct heard h = {0};
    double phase = 0;
    uint32_t ms = PITCH_RATE_HZ / 1000;
    size_t n = IV_LEN(sound);

    memset(sound, 0, sizeof sound);
    buzz(sound + 500 * ms, 1500 * ms, 120, &phase);
    buzz(sound + (2000 + pause_ms) * ms, 1500 * ms, 120, &phase);
    iv_listener_init(&l, EN, 1);
    for (size_t at = 0; at < n; at += chunk)
        iv_listener_push(&l, sound + at, n - at < chunk ? n - at : chunk, count, &h);
    return h;
}

static void sound_begins_and_ends_answers(void **state)
{
    static const size_t chunks[] = {1, 159, 160, 1600, 100000};

    (void)state;
    for (size_t i = 0; i < IV_LEN(chunks); i++) {
        struct heard one = listen(chunks[i], 500), two = listen(chunks[i], 4500);

        assert_int_equal(one.began, 1);
        assert_int_equal(one.ended, 1);
        assert_int_equal(two.began, 2);
        assert_int_equal(two.ended, 2);
    }
}

int main(void)
{
    TABLE_ROWS(text_ends, endings);
    TABLE_ROWS(is_backchannel, listening);
    TABLE_TEST(texts_of_any_length);
    TABLE_TEST(pitch_of_a_voice);
    TABLE_TEST(noise_has_no_pitch);
    TABLE_TEST(words_order_the_waits);
    TABLE_TEST(a_fall_is_answered_sooner);
    TABLE_TEST(patience_stretches);
    TABLE_TEST(an_endpoint_shortens_unless_the_clause_is_open);
    TABLE_TEST(old_words_do_not_end_a_new_breath);
    TABLE_TEST(words_that_come_late_end_the_wait);
    TABLE_TEST(long_pauses_are_learnt);
    TABLE_TEST(a_question_for_a_story_waits_while_little_was_said);
    TABLE_TEST(silence_before_an_answer_ends_nothing);
    TABLE_TEST(an_end_is_probable_before_it_is_one);
    TABLE_TEST(sound_begins_and_ends_answers);
    return table_run("turn");
}

/* test_viseme_timed.c - characters and words with times become mouth shapes: the right ones, in order, better than by ear alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "iv_build.h"
#include "provider/korean_sound.h"
#include "viseme_speech.h"

#if IV_HAVE_ESPEAK
#include <espeak-ng/speak_lib.h>
#endif

#define MAX_WORDS 64
#define SPEAKABLE_BYTES 2048

/* -- shapes of letters -- */

static const struct row {
    const char *name, *text, *shapes;
} rows[] = {
    {"English letters", "map", "PP aa PP"},
    {"English digraphs", "Sheep", "CH ih PP"},
    {"a silent e lengthens", "make", "PP E ih kk"},
    {"a word with rules of its own", "the", "TH E"},
    {"a glide", "five", "FF aa ih FF"},
    {"Hangul syllables as jamo", "밤", "PP aa PP"},
    {"a Hangul glide", "와", "ou aa"},
    {"hiragana", "まめ", "PP aa PP E"},
    {"katakana as hiragana", "ショパン", "CH oh PP aa nn"},
    {"a long vowel lasts", "さー", "SS aa"},
    {"kanji are half open", "日", "E"},
    {"marks are not spoken", "«Map!»", "PP aa PP"},
    {"nothing spoken gives nothing", "?! …", ""},
};

static void join(const struct iv_phoneme *ph, size_t n, char *out, size_t bytes)
{
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(out);

        snprintf(out + len, bytes - len, "%s%s", i ? " " : "", ph[i].symbol);
    }
}

static void letters_have_shapes(void **state)
{
    const struct row *r = *state;
    const struct iv_timed_text word = {r->text, 100, 700};
    struct iv_phoneme *ph;
    struct iv_error err = {0};
    char got[128];
    size_t n;

    assert_int_equal(iv_viseme_from_words(&word, 1, NULL, 0, &ph, &n, &err), IV_OK);
    join(ph, n, got, sizeof got);
    assert_string_equal(got, r->shapes);
    if (n) {
        assert_int_equal(ph[0].start_ms, 100);
        assert_int_equal(ph[n - 1].end_ms, 700);
    }
    free(ph);
}

static void characters_keep_their_times(void **state)
{
    static const struct iv_timed_text chars[] = {
        {"s", 0, 40},    {"h", 40, 100},   {"i", 100, 220},
        {" ", 220, 420}, {"밤", 420, 660}, {"!", 660, 700},
    };
    static const struct iv_phoneme want[] = {
        {0, 100, "CH"}, {100, 220, "ih"}, {420, 492, "PP"}, {492, 588, "aa"}, {588, 660, "PP"}};
    struct iv_phoneme *ph;
    size_t n;

    (void)state;
    assert_int_equal(iv_viseme_from_chars(chars, IV_LEN(chars), NULL, 0, &ph, &n, NULL), IV_OK);
    assert_int_equal(n, IV_LEN(want));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(ph[i].symbol, want[i].symbol);
        assert_int_equal(ph[i].start_ms, want[i].start_ms);
        assert_int_equal(ph[i].end_ms, want[i].end_ms);
    }
    free(ph);
}

static void short_gaps_are_closed(void **state)
{
    static const struct iv_timed_text words[] = {
        {"ma", 0, 300}, {"pa", 350, 600}, {"ma", 800, 900}};
    struct iv_phoneme *ph;
    size_t n;

    (void)state;
    assert_int_equal(iv_viseme_from_words(words, 3, NULL, 0, &ph, &n, NULL), IV_OK);
    assert_int_equal(n, 6);
    assert_int_equal(ph[1].end_ms, 350);
    assert_int_equal(ph[3].end_ms, 600);
    free(ph);
}

static void refused(const struct iv_timed_text *t, size_t n, enum iv_code code, const char *why)
{
    struct iv_phoneme *ph = (void *)1;
    struct iv_error err;
    size_t got = 1;

    assert_int_equal(iv_viseme_from_words(t, n, NULL, 0, &ph, &got, &err), code);
    assert_null(ph);
    assert_int_equal(got, 0);
    assert_non_null(strstr(err.text, why));
}

static void hostile_input_is_named(void **state)
{
    static char longest[IV_TIMED_MAX_BYTES + 2];
    const struct iv_timed_text back[] = {{"a", 100, 200}, {"b", 50, 80}};
    const struct iv_timed_text bad = {"a\xff", 0, 10}, null = {NULL, 0, 10},
                               far = {"a", 0, UINT32_MAX};
    struct iv_timed_text large = {longest, 0, 10};

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    refused(back, 2, IV_E_USAGE, "piece 1");
    refused(&bad, 1, IV_E_USAGE, "piece 0");
    refused(&null, 1, IV_E_USAGE, "piece 0");
    refused(&far, 1, IV_E_TOO_LARGE, "4294967295");
    refused(&large, 1, IV_E_TOO_LARGE, "piece 0");
    refused(back, IV_TIMED_MAX_PIECES + 1, IV_E_TOO_LARGE, "pieces");
}

static uint32_t chance(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

/* Any pieces, times that overlap or end before they begin, with and without sound: rows ascend, never overlap, and build a track. */
static void whatever_comes_rows_ascend(void **state)
{
    static const char *const pool[] = {"a",    "e",    "Through", "밤",    "값", "を", "ッ",
                                       "漢字", "2026", " ",       "!",     "",   "ー", "q",
                                       "e$^(", "x",    "🙂",    "naïve", "t",  "h"};
    static int16_t sound[IV_VISEME_RATE_HZ * 2];
    struct iv_timed_text t[40];
    uint32_t seed = 7;

    (void)state;
    for (size_t i = 0; i < IV_LEN(sound); i++)
        sound[i] = (int16_t)((int)chance(&seed, 20000) - 10000);
    for (int round = 0; round < 300; round++) {
        size_t n = chance(&seed, IV_LEN(t)), got,
               heard = round % 3 ? chance(&seed, IV_LEN(sound)) : 0;
        uint32_t at = 0, last = 0;
        struct iv_phoneme *ph;
        iv_viseme_track *track;

        for (size_t i = 0; i < n; i++, at += chance(&seed, 120))
            t[i] = (struct iv_timed_text){pool[chance(&seed, IV_LEN(pool))], at,
                                          at + chance(&seed, 300) - (at > 50 ? 50 : 0)};
        assert_int_equal((round % 2 ? iv_viseme_from_chars : iv_viseme_from_words)(
                             t, n, heard ? sound : NULL, heard, &ph, &got, NULL),
                         IV_OK);
        for (size_t i = 0; i < got; i++) {
            assert_true(ph[i].start_ms >= last && ph[i].end_ms > ph[i].start_ms);
            last = ph[i].end_ms;
        }
        assert_int_equal(iv_viseme_build(ph, got, IV_PHONES_VISEME, last + 100, &track, NULL),
                         IV_OK);
        iv_viseme_free(track);
        free(ph);
    }
}

#if IV_HAVE_ESPEAK

/* -- against speech whose phonemes and words are known -- */

/* Words as a service shows them, and as espeak-ng must be given them where that differs. */
static const char *const japanese[] = {
    "昨日/きのう の 夕方/ゆうがた 古い/ふるい 友達/ともだち と 川沿い/かわぞい を ゆっくり "
    "歩きました/あるきました",
    "青い/あおい 傘/かさ を さした 子供/こども が バス で お母さん/おかあさん を "
    "待っています/まっています",
    "春/はる に なったら 庭/にわ に 小さな/ちいさな 花/はな を 植える/うえる つもり です",
    "父/ちち は/わ 毎朝/まいあさ コーヒー を 飲みながら/のみながら 新聞/しんぶん を 読んで/よんで "
    "いました",
    "冬/ふゆ の 海/うみ は/わ 寒い/さむい けれど 波/なみ の 音/おと が 聞こえます/きこえます",
    "姉/あね が 作った/つくった カレー は/わ 本当/ほんとう に おいしい です",
};

/* Other sentences than those of viseme_speech.h: the rules of English spelling were written with these unknown. */
static const char *const english[] = {
    "Please describe a difficult customer and explain how you dealt with the complaint.",
    "Our engineers measured the temperature of each battery twice before lunch.",
    "She bought fresh bread, cheese and tomatoes at the market near the station.",
    "Nobody noticed that the window had been left open during the storm.",
    "He usually leaves his office around six and takes the underground home.",
    "Which of these projects taught you the most about working under pressure?",
    "A quiet voice behind the curtain asked whether the doctor had arrived.",
    "They promised to finish the bridge within eighteen months.",
};

struct speech {
    struct iv_pcm pcm;
    iv_resampler *resampler;
    struct iv_phoneme ph[MAX_ROWS];
    size_t n_ph;
    struct {
        uint32_t at_ms, position;
    } event[MAX_WORDS];
    size_t n_events;
};

static struct speech *speaking;

static int on_block(short *samples, int n, espeak_EVENT *e)
{
    struct speech *s = speaking;

    for (; e->type != espeakEVENT_LIST_TERMINATED; e++)
        if (e->type == espeakEVENT_WORD && e->text_position > 0 && s->n_events < MAX_WORDS) {
            s->event[s->n_events].at_ms = (uint32_t)e->audio_position;
            s->event[s->n_events++].position = (uint32_t)e->text_position - 1;
        } else if (e->type == espeakEVENT_PHONEME && s->n_ph < MAX_ROWS) {
            struct iv_phoneme *p = &s->ph[s->n_ph++];

            *p = (struct iv_phoneme){.start_ms = (uint32_t)e->audio_position};
            p->end_ms = p->start_ms + 1000;
            if (s->n_ph > 1)
                p[-1].end_ms = p->start_ms;
            memcpy(p->symbol, e->id.string, sizeof e->id.string);
        }
    if (samples && n > 0)
        iv_resampler_push(s->resampler, samples, (size_t)n, &s->pcm, NULL);
    return 0;
}

/* 240 English words a minute are espeak's own; slower as in core/provider/tts_espeak.c. */
static bool speak(const char *voice, int words_a_minute, const char *text, struct speech *s)
{
    static int hz;
    bool ok;

    if (!hz)
        hz = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 100, NULL,
                               espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_DONT_EXIT);
    *s = (struct speech){.pcm.rate_hz = IV_TTS_RATE_HZ};
    if (hz <= 0 || espeak_SetVoiceByName(voice) ||
        iv_resampler_new((uint32_t)hz, IV_TTS_RATE_HZ, &s->resampler, NULL))
        return false;
    speaking = s;
    espeak_SetSynthCallback(on_block);
    espeak_SetParameter(espeakRATE, words_a_minute, 0);
    ok = !espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, NULL);
    iv_resampler_push(s->resampler, NULL, 0, &s->pcm, NULL);
    iv_resampler_free(s->resampler);
    return ok && s->pcm.len && s->n_events;
}

struct text {
    char spoken[SPEAKABLE_BYTES], shown[SPEAKABLE_BYTES];
    struct iv_timed_text word[MAX_WORDS];
    uint32_t position[MAX_WORDS]; /* in characters of what is spoken */
    size_t n;
};

/* "shown/spoken shown ..." */
static void split(const char *pairs, struct text *t)
{
    char copy[SPEAKABLE_BYTES], *save = NULL, *at = t->shown;
    size_t len = 0;

    *t = (struct text){.n = 0};
    snprintf(copy, sizeof copy, "%s", pairs);
    for (char *w = strtok_r(copy, " ", &save); w && t->n < MAX_WORDS;
         w = strtok_r(NULL, " ", &save), t->n++) {
        char *slash = strchr(w, '/');

        if (slash)
            *slash = '\0';
        t->position[t->n] = (uint32_t)iv_utf8_chars(t->spoken) + (t->n ? 1 : 0);
        len += (size_t)snprintf(t->spoken + len, sizeof t->spoken - len, "%s%s", t->n ? " " : "",
                                slash ? slash + 1 : w);
        t->word[t->n].text = at;
        at += snprintf(at, sizeof t->shown - (size_t)(at - t->shown), "%s", w) + 1;
    }
}

/* Korean is spoken as it sounds; its words are as many. */
static void split_korean(const char *text, struct text *t)
{
    char *sound = iv_korean_sound(text);
    struct text said;

    split(sound, &said);
    split(text, t);
    assert_int_equal(said.n, t->n);
    memcpy(t->spoken, said.spoken, sizeof t->spoken);
    memcpy(t->position, said.position, sizeof t->position);
    free(sound);
}

/* When a word begins; espeak-ng tells it once for words that it runs together, the time between is shared by their lengths. */
static void time_words(struct text *t, const struct speech *s)
{
    uint32_t end = (uint32_t)iv_pcm_ms(&s->pcm);

    for (size_t i = t->n; i--;) {
        size_t e = 0, from = i;
        uint32_t start, pause = end;

        while (e + 1 < s->n_events && s->event[e + 1].position <= t->position[i])
            e++;
        start = s->event[e].at_ms;
        for (size_t p = s->n_ph; p--;)
            if (s->ph[p].symbol[0] == '_' && s->ph[p].start_ms > start && s->ph[p].start_ms < pause)
                pause = s->ph[p].start_ms;
        while (from && t->position[from] > s->event[e].position)
            from--;
        t->word[i].start_ms = from == i
                                  ? start
                                  : start + (pause - start) * (t->position[i] - t->position[from]) /
                                                (t->position[i] - t->position[from] +
                                                 (uint32_t)iv_utf8_chars(t->word[i].text) + 1);
        t->word[i].end_ms = pause;
        end = t->word[i].start_ms;
    }
}

struct three {
    struct agreement ear, letters, both;
};

static void keep(void *arg, const struct iv_phoneme *ph, size_t n)
{
    struct speech *to = arg;

    for (size_t i = 0; i < n && to->n_ph < MAX_ROWS; i++)
        to->ph[to->n_ph++] = ph[i];
}

static void by_words(const struct text *t, const struct iv_pcm *pcm, bool with_sound,
                     struct mouths *out)
{
    struct iv_phoneme *ph;
    size_t n;

    assert_int_equal(iv_viseme_from_words(t->word, t->n, with_sound ? pcm->samples : NULL,
                                          with_sound ? pcm->len : 0, &ph, &n, NULL),
                     IV_OK);
    assert_true(mouths_of(ph, n, IV_PHONES_VISEME, iv_pcm_ms(pcm), out));
    free(ph);
}

static void compare(const struct text *t, struct speech *s, struct three *a)
{
    static struct mouths truth, guess;
    static struct speech rows;
    iv_viseme_estimator *e;

    assert_true(mouths_of(s->ph, s->n_ph, IV_PHONES_ESPEAK, iv_pcm_ms(&s->pcm), &truth));
    rows.n_ph = 0;
    assert_int_equal(iv_viseme_estimator_new(keep, &rows, &e, NULL), IV_OK);
    iv_viseme_estimator_push(e, s->pcm.samples, s->pcm.len);
    iv_viseme_estimator_end(e);
    iv_viseme_estimator_free(e);
    assert_true(mouths_of(rows.ph, rows.n_ph, IV_PHONES_VISEME, iv_pcm_ms(&s->pcm), &guess));
    agree(&a->ear, &truth, &guess, &s->pcm);
    by_words(t, &s->pcm, false, &guess);
    agree(&a->letters, &truth, &guess, &s->pcm);
    by_words(t, &s->pcm, true, &guess);
    agree(&a->both, &truth, &guess, &s->pcm);
}

static bool measure(const char *voice, enum iv_lang lang, size_t i, struct three *a)
{
    static struct speech s;
    static struct text t;
    static const int rate[IV_LANG_COUNT] = {
        [IV_LANG_KO] = 166, [IV_LANG_EN] = 126, [IV_LANG_JA] = 158};
    bool ok;

    if (lang == IV_LANG_KO)
        split_korean(speech_texts[lang][i], &t);
    else
        split(lang == IV_LANG_JA ? japanese[i] : english[i], &t);
    ok = speak(voice, rate[lang], t.spoken, &s);
    if (ok) {
        time_words(&t, &s);
        compare(&t, &s, a);
    }
    iv_pcm_release(&s.pcm);
    return ok;
}

static const struct language {
    const char *name;
    enum iv_lang lang;
    const char *voice[2];
    size_t n_texts;
    double least; /* of both together: 2 to 3 points under what they reach */
} languages[] = {
    {"Korean words", IV_LANG_KO, {"ko+f2", "ko+m3"}, 8, 88},
    {"English words", IV_LANG_EN, {"gmw/en-US+f2", "gmw/en+m3"}, 8, 84},
    {"Japanese words", IV_LANG_JA, {"ja+f2", "ja+m3"}, 6, 89},
};

static void words_help_the_ear(void **state)
{
    const struct language *l = *state;
    struct three a = {0};
    double ear, letters, both;

    for (size_t v = 0; v < 2; v++)
        for (size_t i = 0; i < l->n_texts; i++)
            if (!measure(l->voice[v], l->lang, i, &a))
                skip();
    ear = percent(a.ear.right, a.ear.frames);
    letters = percent(a.letters.right, a.letters.frames);
    both = percent(a.both.right, a.both.frames);
    print_message(
        "%s: %zu frames: by ear %.1f %%, letters %.1f %%, both %.1f %% right, %d ms late\n",
        l->name, a.ear.frames, ear, letters, both, lag_ms(&a.both));
    assert_true(both >= l->least);
    assert_true(both > ear);
    assert_true(both > letters);
    assert_true(letters > commonest(&a.letters));
    assert_in_range(lag_ms(&a.both) + FRAME_MS, 0, 2 * FRAME_MS);
}

#define N_LANGUAGES IV_LEN(languages)
#else
#define N_LANGUAGES 0
#endif

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + 4 + N_LANGUAGES] = {
        cmocka_unit_test(characters_keep_their_times),
        cmocka_unit_test(short_gaps_are_closed),
        cmocka_unit_test(hostile_input_is_named),
        cmocka_unit_test(whatever_comes_rows_ascend),
    };

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i + 4] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = letters_have_shapes,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
#if IV_HAVE_ESPEAK
    for (size_t i = 0; i < N_LANGUAGES; i++)
        t[i + 4 + IV_LEN(rows)] =
            (struct CMUnitTest){.name = languages[i].name,
                                .test_func = words_help_the_ear,
                                .initial_state = (void *)(uintptr_t)&languages[i]};
#endif
    return cmocka_run_group_tests_name("viseme timed text", t, NULL, NULL);
}

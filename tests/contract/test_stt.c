/* test_stt.c - what every recogniser promises; the suite runs on each one there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/wer.h"
#include "iv/audio.h"
#include "iv/config.h"
#include "iv/stt.h"
#include "provider/stt_text.h"

#define ECHO "echo:the cache was full|so i made it larger"

struct setup {
    struct iv_config *config;
    iv_ctx *ctx;
};

/* What a sink heard, and whether the calls came in order. */
struct heard {
    char text[2000];
    unsigned finals, interims, dones, starts, ends, after_done, misordered;
    uint32_t last_end_ms, first_word_ms, last_word_ms;
    enum iv_code code;
    char why[200];
    float confidence;
};

static char dir[] = "/tmp/iv-stt-XXXXXX";
static struct iv_pcm
    spoken; /* two sentences with a second of silence around each; empty without flite */

static const char sentence[] = "we decided to rewrite the code in smaller steps";

static void on_speech(void *arg, bool speaking, uint32_t at_ms)
{
    struct heard *h = arg;

    (void)at_ms;
    h->after_done += h->dones;
    h->misordered += speaking ? h->starts != h->ends : h->starts != h->ends + 1;
    h->starts += speaking;
    h->ends += !speaking;
}

static void check_words(struct heard *h, const struct iv_stt_result *r)
{
    uint32_t before = r->start_ms;

    h->misordered += !r->n_words || r->words[0].start_ms != r->start_ms ||
                     r->words[r->n_words - 1].end_ms != r->end_ms || r->start_ms < h->last_end_ms;
    for (size_t i = 0; i < r->n_words; i++) {
        h->misordered += r->words[i].start_ms < before || r->words[i].end_ms < r->words[i].start_ms;
        h->misordered += !(r->words[i].confidence >= 0 && r->words[i].confidence <= 1);
        before = r->words[i].end_ms;
    }
}

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct heard *h = arg;
    size_t len = strlen(h->text);

    h->after_done += h->dones;
    if (!r->is_final) {
        h->interims++;
        return;
    }
    check_words(h, r);
    if (!h->finals++)
        h->first_word_ms = r->start_ms;
    h->last_end_ms = h->last_word_ms = r->end_ms;
    h->confidence = r->confidence;
    snprintf(h->text + len, sizeof h->text - len, "%s%s", len ? " " : "", r->text);
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct heard *h = arg;

    h->dones++;
    h->code = code;
    snprintf(h->why, sizeof h->why, "%s", text);
}

static enum iv_code open_one(iv_ctx *ctx, const char *engine, enum iv_lang lang, struct heard *h,
                             iv_stt **out, struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = engine, .lang = lang, .interim = true};
    struct iv_stt_sink sink = {
        .on_speech = on_speech, .on_result = on_result, .on_done = on_done, .arg = h};

    *h = (struct heard){0};
    return iv_stt_open(ctx, &choice, &sink, out, err);
}

static void hear(iv_ctx *ctx, const char *engine, const struct iv_pcm *pcm, size_t chunk,
                 struct heard *h)
{
    struct iv_error err = {0};
    iv_stt *s;

    assert_int_equal(open_one(ctx, engine, IV_LANG_EN, h, &s, &err), IV_OK);
    for (size_t at = 0; at < pcm->len; at += chunk)
        assert_int_equal(
            iv_stt_feed(s, pcm->samples + at, pcm->len - at < chunk ? pcm->len - at : chunk, &err),
            IV_OK);
    assert_int_equal(iv_stt_finish(s, &err), IV_OK);
    assert_int_equal(h->dones, 1);
    iv_stt_close(s);
    assert_int_equal(h->dones, 1);
    assert_int_equal(h->after_done, 0);
    assert_int_equal(h->misordered, 0);
    assert_int_equal(h->starts, h->ends);
}

static int open_ctx(void **state)
{
    static struct setup s;
    struct iv_error err;

    if (iv_config_new(&s.config, &err) || iv_ctx_new(s.config, NULL, NULL, &s.ctx, &err))
        return -1;
    *state = &s;
    return 0;
}

static int close_ctx(void **state)
{
    struct setup *s = *state;

    iv_ctx_free(s->ctx);
    iv_config_free(s->config);
    return 0;
}

static void need_flite(void)
{
    if (!spoken.len) {
        print_message("skipped: needs flite (package flite) for speech\n");
        skip();
    }
}

static bool has_engine(struct setup *s, const char *engine)
{
    struct iv_stt_info info[8];
    size_t n = iv_stt_engines(s->ctx, info, 8);

    if (!strncmp(engine, "echo", 4))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(info[i].name, engine) && info[i].available[IV_LANG_EN])
            return true;
    print_message("skipped: %s is not available here\n", engine);
    return false;
}

/* -- the suite -- */

static void calls_come_in_order(struct setup *s, const char *engine)
{
    struct heard h;

    hear(s->ctx, engine, &spoken, 1600, &h);
    assert_int_equal(h.code, IV_OK);
    assert_int_equal(h.finals, 2);
    assert_true(h.interims >= 2);
    assert_int_equal(h.starts, 2);
    assert_in_range(h.first_word_ms, 800, 1300);
    assert_in_range(h.last_word_ms, iv_pcm_ms(&spoken) - 1500, iv_pcm_ms(&spoken) - 700);
    assert_true(h.confidence > 0);
    assert_true(h.text[0] >= 'A' && h.text[0] <= 'Z');
    assert_int_equal(h.text[strlen(h.text) - 1], '.');
}

static void cutting_does_not_matter(struct setup *s, const char *engine)
{
    static const size_t chunks[] = {1, 333, 2048, 16000};
    struct heard first, h;

    hear(s->ctx, engine, &spoken, 1600, &first);
    for (size_t i = 0; i < IV_LEN(chunks); i++) {
        hear(s->ctx, engine, &spoken, chunks[i], &h);
        assert_string_equal(h.text, first.text);
        assert_int_equal(h.last_word_ms, first.last_word_ms);
    }
}

static void silence_is_no_speech(struct setup *s, const char *engine)
{
    struct iv_pcm silence = {.rate_hz = IV_STT_RATE_HZ};
    struct heard h;

    silence.len = 3 * IV_STT_RATE_HZ;
    silence.samples = calloc(silence.len, sizeof *silence.samples);
    hear(s->ctx, engine, &silence, 1600, &h);
    assert_int_equal(h.code, IV_E_STT_NO_SPEECH);
    assert_int_equal(h.finals + h.interims + h.starts, 0);
    silence.len = 0;
    hear(s->ctx, engine, &silence, 1600, &h);
    assert_int_equal(h.code, IV_E_STT_NO_SPEECH);
    silence.len = 100;
    hear(s->ctx, engine, &silence, 1600, &h);
    assert_int_equal(h.code, IV_E_STT_NO_SPEECH);
    iv_pcm_release(&silence);
}

static void hiss_is_no_speech(struct setup *s, const char *engine)
{
    struct iv_pcm hiss = {.rate_hz = IV_STT_RATE_HZ};
    struct heard h;
    uint32_t x = 1;

    hiss.len = 4 * IV_STT_RATE_HZ;
    hiss.samples = calloc(hiss.len, sizeof *hiss.samples);
    for (size_t i = 0; i < hiss.len; i++) {
        x = x * 1664525u + 1013904223u;
        hiss.samples[i] = (int16_t)((int32_t)x / 65536 / 20);
    }
    hear(s->ctx, engine, &hiss, 1600, &h);
    assert_int_equal(h.code, IV_E_STT_NO_SPEECH);
    iv_pcm_release(&hiss);
}

static void pool_has_an_end(struct setup *s, const char *engine)
{
    struct iv_error err = {0};
    struct heard h[3];
    iv_stt *a, *b, *c;

    assert_int_equal(open_one(s->ctx, engine, IV_LANG_EN, &h[0], &a, &err), IV_OK);
    assert_int_equal(open_one(s->ctx, engine, IV_LANG_EN, &h[1], &b, &err), IV_OK);
    assert_int_equal(open_one(s->ctx, engine, IV_LANG_EN, &h[2], &c, &err), IV_E_BUSY);
    assert_null(c);
    assert_non_null(strstr(err.text, "stt.pool"));
    iv_stt_close(a);
    assert_int_equal(open_one(s->ctx, engine, IV_LANG_EN, &h[2], &c, &err), IV_OK);
    iv_stt_close(b);
    iv_stt_close(c);
    assert_int_equal(h[0].dones + h[1].dones + h[2].dones, 0);
}

static void given_up_leaves_nothing(struct setup *s, const char *engine)
{
    struct heard first, h;
    struct iv_error err = {0};
    iv_stt *stt;

    hear(s->ctx, engine, &spoken, 1600, &first);
    assert_int_equal(open_one(s->ctx, engine, IV_LANG_EN, &h, &stt, &err), IV_OK);
    assert_int_equal(iv_stt_feed(stt, spoken.samples, 2 * IV_STT_RATE_HZ, &err), IV_OK);
    iv_stt_close(stt);
    assert_int_equal(h.dones, 0);
    hear(s->ctx, engine, &spoken, 1600, &h);
    assert_string_equal(h.text, first.text);
}

static void finals_are_joined(struct setup *s, const char *engine)
{
    struct iv_stt_choice choice = {.engine = engine, .lang = IV_LANG_EN};
    struct iv_error err = {0};
    struct iv_transcript t;
    struct heard h;

    hear(s->ctx, engine, &spoken, 1600, &h);
    assert_int_equal(iv_stt_transcribe(s->ctx, &choice, &spoken, &t, &err), IV_OK);
    assert_string_equal(t.text, h.text);
    assert_true(t.n_words > 4 && t.confidence > 0 && t.confidence <= 1);
    assert_int_equal(t.start_ms, h.first_word_ms);
    assert_int_equal(t.end_ms, h.last_word_ms);
    iv_transcript_release(&t);
}

static const struct row {
    const char *name, *engine;
    void (*run)(struct setup *s, const char *engine);
    bool speech;
} rows[] = {
#define BOTH(about, fn, speech)                                                                    \
    {"echo: " about, ECHO, fn, speech},                                                            \
    {                                                                                              \
        "pocketsphinx: " about, "pocketsphinx", fn, speech                                         \
    }
    BOTH("calls come in order, done once", calls_come_in_order, true),
    BOTH("chunks of any size give the same", cutting_does_not_matter, true),
    BOTH("silence is no speech", silence_is_no_speech, false),
    BOTH("hiss is no speech", hiss_is_no_speech, false),
    BOTH("the pool has an end", pool_has_an_end, false),
    BOTH("a stream given up leaves nothing to the next", given_up_leaves_nothing, true),
    BOTH("the finals of a recording are joined", finals_are_joined, true),
#undef BOTH
};

static const struct row *row_now;

static void suite(void **state)
{
    if (!has_engine(*state, row_now->engine))
        skip();
    if (row_now->speech)
        need_flite();
    row_now->run(*state, row_now->engine);
}

/* -- choosing, faults, texts -- */

static void korean_says_what_to_do(void **state)
{
    struct setup *s = *state;
    struct iv_error err = {0};
    struct heard h;
    iv_stt *stt;

    assert_int_equal(open_one(s->ctx, "auto", IV_LANG_KO, &h, &stt, &err), IV_E_STT_ERROR);
    assert_null(stt);
    assert_string_equal(
        err.text, "no speech recogniser for Korean: Debian has none; set DEEPGRAM_API_KEY, or "
                  "stt.openai.base_url to a whisper server; answers can be typed");
    assert_int_equal(open_one(s->ctx, "pocketsphinx", IV_LANG_JA, &h, &stt, &err), IV_E_STT_ERROR);
    assert_non_null(strstr(err.text, "Japanese"));
}

static void unknown_names_are_told(void **state)
{
    struct setup *s = *state;
    struct iv_error err = {0};
    struct heard h;
    iv_stt *stt;

    assert_int_equal(open_one(s->ctx, "whisper", IV_LANG_EN, &h, &stt, &err), IV_E_USAGE);
    assert_non_null(strstr(err.text, "'whisper'"));
}

static void lists_fall_through(void **state)
{
    struct setup *s = *state;
    struct iv_error err = {0};
    struct heard h;
    iv_stt *stt;

    assert_int_equal(open_one(s->ctx, "pocketsphinx,echo:hi, there", IV_LANG_KO, &h, &stt, &err),
                     IV_OK);
    assert_string_equal(iv_stt_engine(stt), "echo");
    iv_stt_close(stt);
}

static void auto_is_never_the_double(void **state)
{
    struct setup *s = *state;
    struct iv_stt_info info[8];
    size_t n = iv_stt_engines(s->ctx, info, 8);

    for (size_t i = 0; i < n; i++) {
        assert_string_not_equal(info[i].name, "echo");
        assert_false(info[i].available[IV_LANG_KO]);
        assert_true(info[i].why_not[0]);
    }
}

static void a_broken_one_says_so_once(void **state)
{
    struct setup *s = *state;
    struct iv_error err = {0};
    int16_t zeros[4096] = {0};
    struct heard h;
    iv_stt *stt;

    assert_int_equal(open_one(s->ctx, "echo:!broken", IV_LANG_EN, &h, &stt, &err), IV_OK);
    iv_stt_feed(stt, zeros, 4096, &err);
    assert_int_equal(iv_stt_finish(stt, &err), IV_OK);
    iv_stt_close(stt);
    assert_int_equal(h.dones, 1);
    assert_int_equal(h.code, IV_E_STT_ERROR);
    assert_string_equal(h.why, "stt echo: broken, as asked");
}

static void a_late_one_times_out_once(void **state)
{
    struct setup *s = *state;
    struct iv_error err = {0};
    int16_t zeros[4096] = {0};
    struct heard h;
    iv_stt *stt;

    assert_int_equal(iv_config_set(s->config, "stt.timeout", "1000", IV_FROM_FLAG, "test", &err),
                     IV_OK);
    assert_int_equal(open_one(s->ctx, "echo:!late", IV_LANG_EN, &h, &stt, &err), IV_OK);
    assert_int_equal(iv_stt_feed(stt, zeros, 4096, &err), IV_OK);
    assert_int_equal(iv_stt_finish(stt, &err), IV_OK);
    iv_stt_close(stt);
    assert_int_equal(h.dones, 1);
    assert_int_equal(h.code, IV_E_STT_TIMEOUT);
    assert_int_equal(iv_config_set(s->config, "stt.timeout", "30000", IV_FROM_FLAG, "test", &err),
                     IV_OK);
}

struct feeder {
    iv_ctx *ctx;
    struct heard heard;
};

static void *feed_in_thread(void *arg)
{
    struct feeder *f = arg;

    hear(f->ctx, ECHO, &spoken, 800, &f->heard);
    return NULL;
}

static void two_at_once(void **state)
{
    struct setup *s = *state;
    struct feeder f[2] = {{.ctx = s->ctx}, {.ctx = s->ctx}};
    pthread_t t[2];

    need_flite();
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&t[i], NULL, feed_in_thread, &f[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    assert_string_equal(f[0].heard.text, "The cache was full. So I made it larger.");
    assert_string_equal(f[1].heard.text, f[0].heard.text);
}

static void wrong_rate_is_refused(void **state)
{
    struct setup *s = *state;
    struct iv_stt_choice choice = {.engine = "echo", .lang = IV_LANG_EN};
    struct iv_pcm pcm = {.rate_hz = 8000};
    struct iv_transcript t;
    struct iv_error err;

    assert_int_equal(iv_stt_transcribe(s->ctx, &choice, &pcm, &t, &err), IV_E_STT_INVALID_AUDIO);
}

static const struct text_row {
    const char *raw, *final, *interim;
    float confidence;
} texts[] = {
    {"<s> i think i'm done </s>", "I think I'm done.", "I think I'm done", 0.5f},
    {"what is a(2) hash", "What is a hash?", "What is a hash", 0.5f},
    {"what i did was this", "What I did was this.", "What I did was this", 0.5f},
    {"did you see it", "Did you see it?", "Did you see it", 0.5f},
    {"when i was there", "When I was there.", "When I was there", 0.5f},
    {"++UH++ [NOISE] <sil> yes", "Uh yes.", "Uh yes", 0.5f},
    {"shit happens", "S*** happens.", "S*** happens", 0.5f},
    {"shit happens", "Shit happens.", "S*** happens", 0.95f},
    {"<sil> [SPEECH]", "", "", 0.5f},
    {"", "", "", 0.5f},
};

static void text_reads_well(void **state)
{
    struct setup *s = *state;
    struct stt_filter filter;
    struct iv_error err = {0};

    assert_int_equal(iv_stt_filter_load(s->ctx, IV_LANG_EN, &filter, &err), IV_OK);
    for (size_t i = 0; i < IV_LEN(texts); i++) {
        struct iv_word words[16];
        char raw[100], *rest = NULL;
        struct stt_phrase p;
        size_t n = 0;

        snprintf(raw, sizeof raw, "%s", texts[i].raw);
        for (char *w = strtok_r(raw, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
            words[n++] = (struct iv_word){.text = w, .confidence = texts[i].confidence};
        assert_int_equal(iv_stt_phrase_make(words, n, true, &filter, &p, &err), IV_OK);
        assert_string_equal(iv_buf_str(&p.text), texts[i].final);
        iv_stt_phrase_release(&p);
        assert_int_equal(iv_stt_phrase_make(words, n, false, &filter, &p, &err), IV_OK);
        assert_string_equal(iv_buf_str(&p.text), texts[i].interim);
        iv_stt_phrase_release(&p);
    }
    iv_stt_filter_release(&filter);
}

/* -- speech that is understood -- */

static bool speak(const char *text, const char *path)
{
    char command[600];

    snprintf(command, sizeof command, "flite -voice rms -t '%s' -o '%s' 2>/dev/null", text, path);
    return !system(command);
}

static size_t errors_at(struct setup *s, const char *text, uint32_t rate_hz, size_t *n)
{
    struct iv_stt_choice choice = {.engine = "pocketsphinx", .lang = IV_LANG_EN};
    struct iv_pcm pcm = {0}, again = {0};
    struct iv_error err = {0};
    struct iv_transcript t;
    iv_audio_writer *w = NULL;
    char path[100];
    size_t errors;

    snprintf(path, sizeof path, "%s/speech.wav", dir);
    assert_true(speak(text, path));
    assert_int_equal(iv_audio_load(path, rate_hz, 0, &pcm, NULL, &err), IV_OK);
    assert_int_equal(iv_audio_writer_open(path, IV_AUDIO_WAV, rate_hz, &w, &err), IV_OK);
    assert_int_equal(iv_audio_writer_put(w, pcm.samples, pcm.len, &err), IV_OK);
    assert_int_equal(iv_audio_writer_close(w, &err), IV_OK);
    assert_int_equal(iv_audio_load(path, IV_STT_RATE_HZ, 0, &again, NULL, &err), IV_OK);
    assert_int_equal(iv_stt_transcribe(s->ctx, &choice, &again, &t, &err), IV_OK);
    errors = wer_errors(text, t.text, n);
    print_message("%5u Hz: %s (%.2f)\n", rate_hz, t.text, (double)t.confidence);
    iv_transcript_release(&t);
    iv_pcm_release(&pcm);
    iv_pcm_release(&again);
    unlink(path);
    return errors;
}

static void speech_is_understood(void **state)
{
    static const char *const said[] = {sentence, "i learned to listen before i answer a question",
                                       "my team had to finish the project in three weeks"};
    size_t words = 0, errors = 0, n;

    if (!has_engine(*state, "pocketsphinx"))
        skip();
    need_flite();
    for (size_t i = 0; i < IV_LEN(said); i++) {
        errors += errors_at(*state, said[i], 16000, &n);
        words += n;
    }
    print_message("%zu errors in %zu words\n", errors, words);
    assert_true(errors * 5 <= words);
}

static void other_rates_are_understood(void **state)
{
    size_t n;

    if (!has_engine(*state, "pocketsphinx"))
        skip();
    need_flite();
    assert_true(errors_at(*state, sentence, 48000, &n) * 5 <= n);
    assert_true(errors_at(*state, sentence, 8000, &n) * 2 <=
                n); /* half of the consonants lie above 4 kHz */
}

static void add_silence(struct iv_pcm *p)
{
    static const int16_t zeros[IV_STT_RATE_HZ];
    struct iv_error err;

    assert_int_equal(iv_pcm_append(p, zeros, IV_STT_RATE_HZ, &err), IV_OK);
}

static int make_speech(void **state)
{
    struct iv_pcm one = {0};
    struct iv_error err;
    char path[100];

    if (open_ctx(state) || !mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/one.wav", dir);
    if (!speak(sentence, path) || iv_audio_load(path, IV_STT_RATE_HZ, 0, &one, NULL, &err))
        return 0;
    spoken.rate_hz = IV_STT_RATE_HZ;
    add_silence(&spoken);
    iv_pcm_append(&spoken, one.samples, one.len, &err);
    add_silence(&spoken);
    iv_pcm_append(&spoken, one.samples, one.len, &err);
    add_silence(&spoken);
    iv_pcm_release(&one);
    unlink(path);
    return 0;
}

static int drop_speech(void **state)
{
    iv_pcm_release(&spoken);
    rmdir(dir);
    return close_ctx(state);
}

static int choose_row(void **state)
{
    static size_t next;

    (void)state;
    row_now = &rows[next++];
    return 0;
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(korean_says_what_to_do),
        cmocka_unit_test(unknown_names_are_told),
        cmocka_unit_test(lists_fall_through),
        cmocka_unit_test(auto_is_never_the_double),
        cmocka_unit_test(a_broken_one_says_so_once),
        cmocka_unit_test(a_late_one_times_out_once),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(wrong_rate_is_refused),
        cmocka_unit_test(text_reads_well),
        cmocka_unit_test(speech_is_understood),
        cmocka_unit_test(other_rates_are_understood),
    };
    struct CMUnitTest t[IV_LEN(rows) + IV_LEN(others)];

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i] =
            (struct CMUnitTest){.name = rows[i].name, .test_func = suite, .setup_func = choose_row};
    memcpy(t + IV_LEN(rows), others, sizeof others);
    return cmocka_run_group_tests_name("stt", t, make_speech, drop_speech);
}

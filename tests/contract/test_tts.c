/* test_tts.c - what every voice back end promises; one run for each that is here, with each language it speaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "iv/config.h"
#include "iv/tts.h"
#include "provider/tts.h"
#include "provider/tts_helper.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CANCEL_LIMIT_MS 250 /* instrumented, a helper alone starts in 50 ms */
#else
#define CANCEL_LIMIT_MS 50
#endif
#define LONG_TEXT_COPIES 40

static char cache_dir[] = "/tmp/iv-tts-XXXXXX";
static iv_ctx *ctx;

static const char *const sentence[IV_LANG_COUNT] = {
    [IV_LANG_KO] = "안녕하세요. 자기소개를 부탁드립니다.",
    [IV_LANG_EN] = "Good morning. Please tell me about yourself.",
    [IV_LANG_JA] = "こんにちは。自己紹介をお願いします。",
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* -- a sink that watches the order of calls -- */

struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t samples, n_phonemes, n_done, after_done;
    uint32_t last_ms;
    bool went_back;
    enum iv_code code;
    char text[200];
    double done_ms;
    void (*at_first)(struct watch *w); /* on the voice's thread */
};

static void on_audio(void *arg, const int16_t *samples, size_t n)
{
    struct watch *w = arg;
    bool is_first;

    (void)samples;
    pthread_mutex_lock(&w->lock);
    is_first = !w->samples;
    w->samples += n;
    w->after_done += w->n_done;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (is_first && w->at_first)
        w->at_first(w);
}

static void on_phonemes(void *arg, const struct iv_phoneme *ph, size_t n, enum iv_phone_set set)
{
    struct watch *w = arg;

    (void)set;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < n; i++) {
        w->went_back |= ph[i].start_ms < w->last_ms || ph[i].end_ms <= ph[i].start_ms;
        w->last_ms = ph[i].end_ms;
    }
    w->n_phonemes += n;
    w->after_done += w->n_done;
    pthread_mutex_unlock(&w->lock);
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct watch *w = arg;

    pthread_mutex_lock(&w->lock);
    w->n_done++;
    w->code = code;
    snprintf(w->text, sizeof w->text, "%s", text);
    w->done_ms = now_ms();
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void watch_init(struct watch *w)
{
    *w = (struct watch){.n_done = 0};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
}

static void wait_done(struct watch *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->n_done)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static void wait_sound(struct watch *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->samples && !w->n_done)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static enum iv_code begin(iv_tts *t, const char *text, struct watch *w)
{
    struct iv_tts_sink sink = {
        .on_audio = on_audio, .on_phonemes = on_phonemes, .on_done = on_done, .arg = w};

    return iv_tts_start(t, text, &sink, NULL);
}

/* -- the suite: each test once for every pair of back end and language -- */

struct pair {
    const struct iv_tts_ops *ops;
    enum iv_lang lang;
};

static iv_tts *open_voice(const struct pair *p, const char *voice)
{
    struct iv_tts_choice choice = {.engine = p->ops->name, .lang = p->lang, .voice = voice};
    struct iv_error err = {0};
    iv_tts *t;
    char why[300];

    if (p->ops
            ->begin) /* services have a suite of their own, against fakes: nothing here goes out */
        skip();
    if (!p->ops->available(ctx, p->lang, "", why, sizeof why)) {
        print_message("not here: %s %s: %s\n", p->ops->name, iv_lang_code(p->lang), why);
        skip();
    }
    if (iv_tts_open(ctx, &choice, &t, &err))
        fail_msg("%s", err.text);
    return t;
}

/* Equal texts would come from the cache. */
static const char *fresh_text(enum iv_lang lang, int copies)
{
    static char text[IV_TTS_MAX_TEXT_BYTES];
    static unsigned n;
    size_t len = (size_t)snprintf(text, sizeof text, "%u. ", n++);

    while (copies-- && len + strlen(sentence[lang]) + 2 < sizeof text)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s ", sentence[lang]);
    return text;
}

static void calls_come_in_order(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct watch w;

    watch_init(&w);
    assert_int_equal(begin(t, fresh_text(p->lang, 1), &w), IV_OK);
    wait_done(&w);
    iv_tts_close(t);
    assert_int_equal(w.code, IV_OK);
    assert_int_equal(w.n_done, 1);
    assert_int_equal(w.after_done, 0);
    assert_true(w.samples > IV_TTS_RATE_HZ / 2);
    assert_true(w.n_phonemes > 10);
    assert_false(w.went_back);
    assert_true(w.last_ms <= w.samples * 1000 / IV_TTS_RATE_HZ);
}

static void phonemes_stand_within_the_sound(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct iv_speech s;
    uint32_t at = 0;

    assert_int_equal(iv_tts_render(t, fresh_text(p->lang, 1), &s, NULL), IV_OK);
    assert_int_equal(s.pcm.rate_hz, IV_TTS_RATE_HZ);
    for (size_t i = 0; i < s.n_phonemes; i++) {
        assert_true(s.phonemes[i].start_ms >= at);
        assert_true(s.phonemes[i].end_ms > s.phonemes[i].start_ms);
        at = s.phonemes[i].end_ms;
    }
    assert_true(at <= iv_pcm_ms(&s.pcm) + 1);
    assert_true(at + 500 > iv_pcm_ms(&s.pcm));
    assert_true(iv_audio_level_db(s.pcm.samples, s.pcm.len) > -40);
    iv_speech_release(&s);
    iv_tts_close(t);
}

static void cancel_is_quick(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct watch w;
    double asked;

    watch_init(&w);
    assert_int_equal(begin(t, fresh_text(p->lang, LONG_TEXT_COPIES), &w), IV_OK);
    wait_sound(&w);
    asked = now_ms();
    iv_tts_cancel(t);
    wait_done(&w);
    iv_tts_close(t);
    assert_int_equal(w.n_done, 1);
    assert_true(w.code == IV_E_CANCELLED || w.code == IV_OK);
    assert_true(w.done_ms - asked < CANCEL_LIMIT_MS);
}

static void cancel_before_the_first_sound(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct watch w;
    double asked;

    watch_init(&w);
    assert_int_equal(begin(t, fresh_text(p->lang, LONG_TEXT_COPIES), &w), IV_OK);
    asked = now_ms();
    iv_tts_cancel(t);
    wait_done(&w);
    iv_tts_close(t);
    assert_int_equal(w.n_done, 1);
    assert_int_equal(w.code, IV_E_CANCELLED);
    assert_true(w.done_ms - asked < CANCEL_LIMIT_MS);
}

static void a_voice_speaks_again_after_cancel(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct watch w, again;

    watch_init(&w);
    watch_init(&again);
    assert_int_equal(begin(t, fresh_text(p->lang, LONG_TEXT_COPIES), &w), IV_OK);
    iv_tts_cancel(t);
    wait_done(&w);
    assert_int_equal(begin(t, fresh_text(p->lang, 1), &again), IV_OK);
    wait_done(&again);
    iv_tts_close(t);
    assert_int_equal(again.code, IV_OK);
    assert_true(again.samples > 0);
}

static void closing_ends_what_is_spoken(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct watch w;
    double before;

    watch_init(&w);
    assert_int_equal(begin(t, fresh_text(p->lang, LONG_TEXT_COPIES), &w), IV_OK);
    before = now_ms();
    iv_tts_close(t);
    assert_true(now_ms() - before < 2 * CANCEL_LIMIT_MS);
    assert_int_equal(w.n_done, 1);
}

static void bad_texts_are_refused(void **state)
{
    static const char *const bad[] = {"", "  \n ", "...!?", "\xff\xfe", "ab\xc3", "😀"};
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    char *huge = malloc(IV_TTS_MAX_TEXT_BYTES + 2);
    struct watch w;

    watch_init(&w);
    for (size_t i = 0; i < IV_LEN(bad); i++)
        assert_int_equal(begin(t, bad[i], &w), IV_E_TTS_INVALID_TEXT);
    memset(huge, 'a', IV_TTS_MAX_TEXT_BYTES + 1);
    huge[IV_TTS_MAX_TEXT_BYTES + 1] = '\0';
    assert_int_equal(begin(t, huge, &w), IV_E_TTS_INVALID_TEXT);
    assert_int_equal(w.n_done, 0);
    iv_tts_close(t);
    free(huge);
}

static void markup_is_only_text(void **state)
{
    const struct pair *p = *state;
    iv_tts *t = open_voice(p, NULL);
    struct iv_speech s;

    assert_int_equal(
        iv_tts_render(t, "<speak><break time=\"60s\"/>[[h@l'oU]] %s%n \\audio=x one", &s, NULL),
        IV_OK);
    assert_true(iv_pcm_ms(&s.pcm) < 30000);
    iv_speech_release(&s);
    iv_tts_close(t);
}

static void unknown_voice_is_named(void **state)
{
    const struct pair *p = *state;
    struct iv_tts_choice choice = {.engine = p->ops->name, .lang = p->lang, .voice = "nobody"};
    struct iv_error err = {0};
    iv_tts *t = open_voice(p, NULL);

    iv_tts_close(t);
    assert_int_equal(iv_tts_open(ctx, &choice, &t, &err), IV_E_NOT_FOUND);
    assert_null(t);
    assert_non_null(strstr(err.text, "nobody"));
}

static void rate_changes_length(void **state)
{
    const struct pair *p = *state;
    uint64_t length_ms[2];
    const double rates[2] = {0.7, 1.5};

    iv_tts_close(open_voice(p, NULL));
    if (p->ops == &iv_tts_tone)
        skip();
    for (int i = 0; i < 2; i++) {
        struct iv_tts_choice choice = {.engine = p->ops->name, .lang = p->lang, .rate = rates[i]};
        struct iv_speech s;
        iv_tts *t;

        assert_int_equal(iv_tts_open(ctx, &choice, &t, NULL), IV_OK);
        assert_int_equal(iv_tts_render(t, sentence[p->lang], &s, NULL), IV_OK);
        length_ms[i] = iv_pcm_ms(&s.pcm);
        iv_speech_release(&s);
        iv_tts_close(t);
    }
    assert_true(length_ms[0] > length_ms[1] * 14 / 10);
}

/* -- many at once, repeatable -- */

static void equal_requests_sound_equal(void **state)
{
    const struct pair *p = *state;
    const char *text = fresh_text(p->lang, 1);
    struct iv_speech first, second;
    iv_tts *t = open_voice(p, NULL);

    assert_int_equal(iv_tts_render(t, text, &first, NULL), IV_OK);
    iv_tts_close(t);
    t = open_voice(p, NULL);
    assert_int_equal(iv_tts_render(t, text, &second, NULL), IV_OK);
    assert_int_equal(first.pcm.len, second.pcm.len);
    assert_memory_equal(first.pcm.samples, second.pcm.samples, first.pcm.len * sizeof(int16_t));
    assert_int_equal(first.n_phonemes, second.n_phonemes);
    assert_int_equal(second.from_cache, p->ops != &iv_tts_tone);
    iv_speech_release(&first);
    iv_speech_release(&second);
    iv_tts_close(t);
}

#define CROWD 8

struct speaker {
    const struct pair *p;
    char text[200];
    enum iv_code code;
    pthread_t thread;
};

static void *speak_alone(void *arg)
{
    struct speaker *s = arg;
    struct iv_tts_choice choice = {.engine = s->p->ops->name, .lang = s->p->lang};
    struct iv_speech speech = {0};
    iv_tts *t;

    s->code = iv_tts_open(ctx, &choice, &t, NULL);
    for (int i = 0; !s->code && i < 3; i++) {
        s->code = iv_tts_render(t, s->text, &speech, NULL);
        iv_speech_release(&speech);
    }
    iv_tts_close(t);
    return NULL;
}

static void many_voices_at_once(void **state)
{
    const struct pair *p = *state;
    struct speaker s[CROWD];

    iv_tts_close(open_voice(p, NULL));
    for (int i = 0; i < CROWD; i++) {
        s[i].p = p;
        snprintf(s[i].text, sizeof s[i].text, "%d %s", i, sentence[p->lang]);
        pthread_create(&s[i].thread, NULL, speak_alone, &s[i]);
    }
    for (int i = 0; i < CROWD; i++) {
        pthread_join(s[i].thread, NULL);
        assert_int_equal(s[i].code, IV_OK);
    }
}

/* -- helper processes -- */

/* Calls fn for each child of this process; returns how many. */
static int each_child(void (*fn)(pid_t pid))
{
    int n = 0;
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *e;

    while ((e = readdir(tasks))) {
        char path[300];
        FILE *f;
        int pid;

        snprintf(path, sizeof path, "/proc/self/task/%s/children", e->d_name);
        f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
        while (f && fscanf(f, "%d", &pid) == 1) {
            n++;
            if (fn)
                fn(pid);
        }
        if (f)
            fclose(f);
    }
    closedir(tasks);
    return n;
}

static void kill_hard(pid_t pid)
{
    kill(pid, SIGKILL);
}

static void kill_helpers(struct watch *w)
{
    (void)w;
    each_child(kill_hard);
}

static iv_tts *open_espeak(void)
{
    struct iv_tts_choice choice = {.engine = "espeak", .lang = IV_LANG_EN};
    iv_tts *t;

    if (iv_tts_open(ctx, &choice, &t, NULL))
        skip();
    return t;
}

static void helper_killed_while_idle_is_replaced(void **state)
{
    iv_tts *t = open_espeak();
    struct iv_speech s;

    (void)state;
    each_child(kill_hard);
    assert_int_equal(iv_tts_render(t, fresh_text(IV_LANG_EN, 1), &s, NULL), IV_OK);
    iv_speech_release(&s);
    iv_tts_close(t);
}

static void helper_killed_while_speaking_is_an_error(void **state)
{
    iv_tts *t = open_espeak();
    struct watch w, again;

    (void)state;
    watch_init(&w);
    watch_init(&again);
    w.at_first = kill_helpers;
    assert_int_equal(begin(t, fresh_text(IV_LANG_EN, 100), &w), IV_OK);
    wait_done(&w);
    assert_int_equal(w.code, IV_E_TTS_ERROR);
    assert_non_null(strstr(w.text, "helper"));
    assert_int_equal(w.n_done, 1);
    assert_int_equal(begin(t, fresh_text(IV_LANG_EN, 1), &again), IV_OK);
    wait_done(&again);
    assert_int_equal(again.code, IV_OK);
    iv_tts_close(t);
}

static void nothing_is_left_behind(void **state)
{
    iv_ctx *own;
    struct iv_tts_choice choice = {.engine = "espeak", .lang = IV_LANG_EN};
    iv_tts *t;
    int before = each_child(NULL);

    (void)state;
    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &own, NULL), IV_OK);
    if (iv_tts_open(own, &choice, &t, NULL)) {
        iv_ctx_free(own);
        skip();
    }
    assert_true(each_child(NULL) > before);
    iv_tts_close(t);
    iv_ctx_free(own);
    assert_int_equal(each_child(NULL), before);
}

/* -- faults of the double, choices -- */

static const struct fault_row {
    const char *name, *voice;
    enum iv_code code;
} faults[] = {
    {"a late voice is waited for", "late", IV_OK},
    {"a silent voice is a timeout", "never", IV_E_TTS_TIMEOUT},
    {"a short voice is heard", "short", IV_OK},
    {"a broken voice is an error", "broken", IV_E_TTS_ERROR},
};

static void fault_is_told(void **state)
{
    const struct fault_row *r = *state;
    struct iv_tts_choice choice = {.engine = "tone", .lang = IV_LANG_EN, .voice = r->voice};
    struct iv_config *config;
    struct iv_speech s;
    iv_ctx *own;
    iv_tts *t;

    assert_int_equal(iv_config_new(&config, NULL), IV_OK);
    config->tts_timeout_ms = 500;
    assert_int_equal(iv_ctx_new(config, NULL, NULL, &own, NULL), IV_OK);
    assert_int_equal(iv_tts_open(own, &choice, &t, NULL), IV_OK);
    assert_int_equal(iv_tts_render(t, "one two three", &s, NULL), r->code);
    iv_speech_release(&s);
    iv_tts_close(t);
    iv_ctx_free(own);
    iv_config_free(config);
}

static void auto_never_picks_the_double(void **state)
{
    struct iv_tts_choice choice = {.engine = "auto", .lang = IV_LANG_EN};
    iv_tts *t;

    (void)state;
    if (!iv_tts_open(ctx, &choice, &t, NULL))
        assert_string_not_equal(iv_tts_engine(t), "tone");
    iv_tts_close(t);
}

static void engines_are_tried_in_order(void **state)
{
    struct iv_tts_choice choice = {.engine = "jtalk, tone", .lang = IV_LANG_EN};
    struct iv_error err = {0};
    iv_tts *t;

    (void)state;
    assert_int_equal(iv_tts_open(ctx, &choice, &t, &err), IV_OK);
    assert_string_equal(iv_tts_engine(t), "tone");
    iv_tts_close(t);
    choice.engine = "nothing";
    assert_int_equal(iv_tts_open(ctx, &choice, &t, &err), IV_E_USAGE);
    assert_non_null(strstr(err.text, "nothing"));
    choice = (struct iv_tts_choice){.engine = "tone", .rate = 3};
    assert_int_equal(iv_tts_open(ctx, &choice, &t, &err), IV_E_USAGE);
}

static void count_voice(void *arg, const char *voice, const char *about)
{
    assert_non_null(voice);
    assert_non_null(about);
    ++*(size_t *)arg;
}

static void voices_are_listed(void **state)
{
    size_t n = 0;

    (void)state;
    iv_tts_close(open_espeak());
    assert_int_equal(iv_tts_voices(ctx, "espeak", IV_LANG_EN, count_voice, &n, NULL), IV_OK);
    assert_true(n > 20);
    assert_int_equal(iv_tts_voices(ctx, "nothing", IV_LANG_EN, count_voice, &n, NULL),
                     IV_E_NOT_FOUND);
}

static const struct {
    const char *what;
    CMUnitTestFunction fn;
} promises[] = {
    {"calls come in order, the end once", calls_come_in_order},
    {"phonemes stand within the sound", phonemes_stand_within_the_sound},
    {"cancelled within 50 ms", cancel_is_quick},
    {"cancelled before the first sound", cancel_before_the_first_sound},
    {"speaks again after a cancel", a_voice_speaks_again_after_cancel},
    {"closing ends what is spoken", closing_ends_what_is_spoken},
    {"bad texts are refused", bad_texts_are_refused},
    {"markup is only text", markup_is_only_text},
    {"an unknown voice is named", unknown_voice_is_named},
    {"the rate changes the length", rate_changes_length},
    {"equal requests sound equal", equal_requests_sound_equal},
    {"many voices at once", many_voices_at_once},
};

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(cache_dir))
        return -1;
    setenv("XDG_CACHE_HOME", cache_dir, 1);
    return iv_ctx_new(NULL, NULL, NULL, &ctx, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[100];

    (void)state;
    iv_ctx_free(ctx);
    snprintf(command, sizeof command, "rm -rf %s", cache_dir);
    return system(command);
}

#define MAX_PAIRS 24

int main(int argc, char **argv)
{
    static struct CMUnitTest t[MAX_PAIRS * IV_LEN(promises) + IV_LEN(faults) + 7];
    static struct pair pairs[MAX_PAIRS];
    static char names[IV_LEN(t)][100];
    size_t n = 0, n_pairs = 0;

    if (argc > 1 && !strcmp(argv[1], TTS_HELPER_ARG))
        return iv_tts_helper_main(argc, argv);
    for (size_t i = 0; iv_tts_list[i]; i++)
        for (int lang = 0; lang < IV_LANG_COUNT; lang++) {
            struct pair *p = &pairs[n_pairs++];

            *p = (struct pair){iv_tts_list[i], (enum iv_lang)lang};
            if (!p->ops->speaks[lang] || (p->ops == &iv_tts_tone && lang != IV_LANG_EN))
                continue;
            for (size_t k = 0; k < IV_LEN(promises); k++, n++) {
                snprintf(names[n], sizeof names[n], "%s %s: %s", p->ops->name,
                         iv_lang_code(p->lang), promises[k].what);
                t[n] = (struct CMUnitTest){
                    .name = names[n], .test_func = promises[k].fn, .initial_state = p};
            }
        }
    for (size_t i = 0; i < IV_LEN(faults); i++)
        t[n++] = (struct CMUnitTest){.name = faults[i].name,
                                     .test_func = fault_is_told,
                                     .initial_state = (void *)(uintptr_t)&faults[i]};
    t[n++] = (struct CMUnitTest)cmocka_unit_test(helper_killed_while_idle_is_replaced);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(helper_killed_while_speaking_is_an_error);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(nothing_is_left_behind);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(auto_never_picks_the_double);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(engines_are_tried_in_order);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(voices_are_listed);
    return _cmocka_run_group_tests("tts", t, n, set_up, tear_down);
}

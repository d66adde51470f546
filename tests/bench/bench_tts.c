/* bench_tts.c - how fast a voice is: median time to the first sound and speed, fresh and from the cache, by language. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/tts.h"

#define RUNS 21

static const char *const texts[IV_LANG_COUNT] = {
    [IV_LANG_KO] =
        "최근에 맡았던 프로젝트에서 가장 어려웠던 문제와, 그것을 어떻게 해결했는지 말씀해 주세요.",
    [IV_LANG_EN] = "Tell me about the hardest problem in your last project, and how you solved it "
                   "step by step.",
    [IV_LANG_JA] =
        "最近のプロジェクトで一番難しかった問題と、それをどのように解決したかを教えてください。",
};

struct timing {
    struct timespec start;
    double first_ms, done_ms;
    size_t samples;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static double ms_since(const struct timespec *t)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - t->tv_sec) * 1e3 + (double)(now.tv_nsec - t->tv_nsec) / 1e6;
}

static void on_audio(void *arg, const int16_t *samples, size_t n)
{
    struct timing *t = arg;

    (void)samples;
    if (!t->samples)
        t->first_ms = ms_since(&t->start);
    t->samples += n;
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct timing *t = arg;

    if (code)
        printf("failed: %s\n", text);
    t->done_ms = ms_since(&t->start);
    pthread_mutex_lock(&t->lock);
    t->is_done = true;
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
}

static void speak(iv_tts *voice, const char *text, struct timing *t)
{
    struct iv_tts_sink sink = {.on_audio = on_audio, .on_done = on_done, .arg = t};

    *t = (struct timing){.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    clock_gettime(CLOCK_MONOTONIC, &t->start);
    if (iv_tts_start(voice, text, &sink, NULL))
        return;
    pthread_mutex_lock(&t->lock);
    while (!t->is_done)
        pthread_cond_wait(&t->done, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void sort_runs(double *x)
{
    qsort(x, RUNS, sizeof *x, by_size);
}

static void measure(iv_tts *voice, enum iv_lang lang, bool cached)
{
    double first_ms[RUNS], speed[RUNS];
    struct timing t;
    char text[600];

    srand((unsigned)time(NULL)); /* an equal text would come from the cache of an earlier run */
    for (int i = 0; i < RUNS; i++) {
        snprintf(text, sizeof text, "%d. %s", cached ? 0 : rand() % 1000000, texts[lang]);
        speak(voice, text, &t);
        if (!t.samples)
            return;
        first_ms[i] = t.first_ms;
        speed[i] = (double)t.samples * 1000 / IV_TTS_RATE_HZ / t.done_ms;
    }
    sort_runs(first_ms);
    sort_runs(speed);
    printf("%-7s %s %-6s first sound %6.2f ms (worst %6.2f)   %6.0f x real time\n",
           iv_tts_engine(voice), iv_lang_code(lang), cached ? "cached" : "fresh",
           first_ms[RUNS / 2], first_ms[RUNS - 1], speed[RUNS / 2]);
}

int main(int argc, char **argv)
{
    struct timespec start;
    iv_ctx *ctx;
    struct iv_error err;

    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    if (iv_ctx_new(NULL, NULL, NULL, &ctx, &err))
        return 1;
    for (int lang = 0; lang < IV_LANG_COUNT; lang++) {
        struct iv_tts_choice choice = {.engine = argc > 1 ? argv[1] : NULL,
                                       .lang = (enum iv_lang)lang};
        iv_tts *voice;

        clock_gettime(CLOCK_MONOTONIC, &start);
        if (iv_tts_open(ctx, &choice, &voice, &err)) {
            printf("%s: %s\n", iv_lang_code((enum iv_lang)lang), err.text);
            continue;
        }
        printf("%-7s %s open   %.1f ms\n", iv_tts_engine(voice), iv_lang_code((enum iv_lang)lang),
               ms_since(&start));
        measure(voice, (enum iv_lang)lang, false);
        measure(voice, (enum iv_lang)lang, true);
        iv_tts_close(voice);
    }
    iv_ctx_free(ctx);
    return 0;
}

/* bench_viseme.c - what the mouth from the sound costs; and, for core/viseme/train.py, what it sees.
 *
 * bench_viseme                 the share of one core that a real-time stream takes
 * bench_viseme features OUT    reads lines "tts ENGINE VOICE LANG RATE TEXT" or "file WAV LABELS" (fields parted by tabs, LABELS a
 *                              file of "start_ms end_ms ipa") and writes for each utterance: int32 frames, then for each frame
 *                              float bands[20], int32 shape, int32 is_speech
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/tts.h"
#include "viseme/spectrum.h"

#define SECONDS 60
#define RUNS 11
#define MAX_PHONES 4096

static enum iv_viseme shape_at(const iv_viseme_track *t, size_t *i, uint32_t ms)
{
    const struct iv_viseme_key *k = iv_viseme_keys(t);

    while (*i + 1 < iv_viseme_count(t) && k[*i].end_ms <= ms)
        ++*i;
    return iv_viseme_count(t) ? k[*i].shape : IV_VIS_REST;
}

static int write_utterance(const struct iv_pcm *pcm, const struct iv_phoneme *ph, size_t n,
                           enum iv_phone_set set, FILE *out)
{
    int32_t frames = (int32_t)(pcm->len / SPECTRUM_HOP) - 1, fact[2];
    struct spectrum *s = malloc(sizeof *s);
    struct spectrum_frame f;
    iv_viseme_track *track;
    struct iv_error err;
    size_t at = 0, used, key = 0;

    if (!s || iv_viseme_build(ph, n, set, (uint32_t)iv_pcm_ms(pcm), &track, &err)) {
        fprintf(stderr, "bench_viseme: %s\n", s ? err.text : "out of memory");
        free(s);
        return 1;
    }
    iv_spectrum_init(s);
    fwrite(&frames, sizeof frames, 1, out);
    for (int32_t i = 0; i < frames; at += used)
        if (iv_spectrum_push(s, pcm->samples + at, pcm->len - at, &used, &f)) {
            fact[0] = (int32_t)shape_at(track, &key, (uint32_t)i * 10 + 5);
            fact[1] = f.is_speech;
            fwrite(f.band, sizeof f.band, 1, out);
            fwrite(fact, sizeof fact, 1, out);
            i++;
        }
    iv_viseme_free(track);
    free(s);
    return 0;
}

static int from_tts(iv_ctx *ctx, char **field, FILE *out)
{
    struct iv_tts_choice choice = {
        .engine = field[1], .voice = field[2], .rate = strtod(field[4], NULL)};
    struct iv_speech speech = {0};
    struct iv_error err = {0};
    iv_tts *t = NULL;
    int status = 1;

    if (!iv_lang_parse(field[3], &choice.lang) || iv_tts_open(ctx, &choice, &t, &err) ||
        iv_tts_render(t, field[5], &speech, &err))
        fprintf(stderr, "bench_viseme: %s %s: %s\n", field[1], field[2], err.text);
    else
        status = write_utterance(&speech.pcm, speech.phonemes, speech.n_phonemes, speech.set, out);
    iv_speech_release(&speech);
    iv_tts_close(t);
    return status;
}

static int from_file(char **field, FILE *out)
{
    struct iv_phoneme *ph = calloc(MAX_PHONES, sizeof *ph);
    FILE *labels = fopen(field[2], "r");
    struct iv_pcm pcm = {0};
    struct iv_error err = {0};
    size_t n = 0;
    int status = 1;

    while (ph && labels && n < MAX_PHONES &&
           fscanf(labels, "%u %u %11s", &ph[n].start_ms, &ph[n].end_ms, ph[n].symbol) == 3)
        n++;
    if (!n || iv_audio_load(field[1], SPECTRUM_RATE_HZ, 0, &pcm, NULL, &err))
        fprintf(stderr, "bench_viseme: %s: %s\n", field[1], n ? err.text : "no labels");
    else
        status = write_utterance(&pcm, ph, n, IV_PHONES_IPA, out);
    if (labels)
        fclose(labels);
    iv_pcm_release(&pcm);
    free(ph);
    return status;
}

static int features(const char *path)
{
    FILE *out = fopen(path, "wb");
    char line[10000], *field[7], *save;
    iv_ctx *ctx = NULL;
    int failed = !out || iv_ctx_new(NULL, NULL, NULL, &ctx, NULL);

    while (!failed && fgets(line, sizeof line, stdin)) {
        size_t n = 0;

        line[strcspn(line, "\n")] = '\0';
        for (char *f = strtok_r(line, "\t", &save); f && n < 7; f = strtok_r(NULL, "\t", &save))
            field[n++] = f;
        if (n == 6 && !strcmp(field[0], "tts"))
            failed = from_tts(ctx, field, out);
        else if (n == 3 && !strcmp(field[0], "file"))
            failed = from_file(field, out);
    }
    iv_ctx_free(ctx);
    if (out && fclose(out))
        failed = 1;
    return failed;
}

static void ignore(void *arg, const struct iv_phoneme *rows, size_t n)
{
    (void)rows;
    *(size_t *)arg += n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Processor seconds for SECONDS of sound like speech: hum and noise that come and go, in pieces of 40 ms. */
static double run_once(iv_viseme_estimator *e, const int16_t *sound, size_t n)
{
    clock_t start = clock();

    for (size_t at = 0; at < n; at += 960)
        iv_viseme_estimator_push(e, sound + at, 960);
    iv_viseme_estimator_end(e);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static int cost(void)
{
    size_t n = (size_t)SECONDS * IV_VISEME_RATE_HZ, rows = 0;
    int16_t *sound = malloc(n * sizeof *sound);
    iv_viseme_estimator *e = NULL;
    struct iv_error err = {0};
    double s[RUNS];
    clock_t start = clock();
    uint32_t seed = 1;

    if (!sound || iv_viseme_estimator_new(ignore, &rows, &e, &err)) {
        fprintf(stderr, "bench_viseme: %s\n", err.text);
        free(sound);
        return 1;
    }
    printf("mouth from sound: opened in %.2f ms\n",
           (double)(clock() - start) * 1000 / CLOCKS_PER_SEC);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        sound[i] =
            (int16_t)(((int)(i % 120) * 60 - 3600 + (int)(seed >> 22)) * (int)(i / 2400 % 4) / 3);
    }
    for (int i = 0; i < RUNS; i++)
        s[i] = run_once(e, sound, n);
    qsort(s, RUNS, sizeof *s, by_size);
    printf("mouth from sound: %.3f %% of a core for a real-time stream (worst of %d runs %.3f), "
           "aim <= 0.5 %%: %s\n",
           s[RUNS / 2] * 100 / SECONDS, RUNS, s[RUNS - 1] * 100 / SECONDS,
           s[RUNS / 2] * 100 / SECONDS <= 0.5 ? "met" : "MISSED");
    iv_viseme_estimator_free(e);
    free(sound);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    if (argc == 3 && !strcmp(argv[1], "features"))
        return features(argv[2]);
    return cost();
}

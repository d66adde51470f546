/* bench_stt.c - word error rate and speed beside pocketsphinx_continuous, on the recordings of package pocketsphinx-testdata.
 *
 * usage: bench_stt [directory of the recordings]     exits 1 when ours makes more errors or is slower than real time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "contract/wer.h"
#include "iv/audio.h"
#include "iv/config.h"
#include "iv/stt.h"

struct sum {
    size_t words, ours, theirs;
    double seconds, our_cpu, their_cpu;
};

static double cpu_seconds(int who)
{
    struct rusage u;

    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void listen_to_theirs(const char *path, char *out, size_t out_bytes)
{
    char command[1200];
    size_t len = 0;
    FILE *f;

    snprintf(command, sizeof command, "pocketsphinx_continuous -infile '%s' 2>/dev/null", path);
    f = popen(command, "r");
    if (f) {
        len = fread(out, 1, out_bytes - 1, f);
        pclose(f);
    }
    out[len] = '\0';
}

static void compare(iv_ctx *ctx, const char *path, const char *name, const char *reference,
                    struct sum *sum)
{
    struct iv_stt_choice choice = {.engine = "pocketsphinx", .lang = IV_LANG_EN};
    struct iv_transcript heard;
    struct iv_pcm pcm = {0};
    struct iv_error err = {0};
    char theirs[8192];
    size_t n, our_errors, their_errors;
    double cpu;

    if (iv_audio_load(path, IV_STT_RATE_HZ, 0, &pcm, NULL, &err)) {
        fprintf(stderr, "bench_stt: %s\n", err.text);
        exit(2);
    }
    cpu = cpu_seconds(RUSAGE_SELF);
    if (iv_stt_transcribe(ctx, &choice, &pcm, &heard, &err) && err.code != IV_E_STT_NO_SPEECH) {
        fprintf(stderr, "bench_stt: %s\n", err.text);
        exit(2);
    }
    sum->our_cpu += cpu_seconds(RUSAGE_SELF) - cpu;
    cpu = cpu_seconds(RUSAGE_CHILDREN);
    listen_to_theirs(path, theirs, sizeof theirs);
    sum->their_cpu += cpu_seconds(RUSAGE_CHILDREN) - cpu;
    our_errors = wer_errors(reference, heard.text ? heard.text : "", &n);
    their_errors = wer_errors(reference, theirs, &n);
    sum->words += n;
    sum->ours += our_errors;
    sum->theirs += their_errors;
    sum->seconds += (double)iv_pcm_ms(&pcm) / 1000;
    printf("%-48.48s %5zu %6zu %6zu   %.2f\n", name, n, our_errors, their_errors,
           (double)heard.confidence);
    iv_transcript_release(&heard);
    iv_pcm_release(&pcm);
}

static void run_folder(iv_ctx *ctx, const char *dir, const char *folder, const char *list,
                       struct sum *sum)
{
    char path[1024], line[1024], name[256], text[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/%s", dir, folder, list);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "<s> %1000[^<]</s> (%250[^)])", text, name) != 2)
            continue;
        snprintf(path, sizeof path, "%s/%s/%s.wav", dir, folder, name);
        compare(ctx, path, name, text, sum);
    }
    if (f)
        fclose(f);
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : "/usr/share/pocketsphinx/test/data";
    struct iv_config *config = NULL;
    struct sum sum = {0};
    struct iv_error err;
    iv_ctx *ctx = NULL;

    if (iv_config_new(&config, &err) || iv_ctx_new(config, NULL, NULL, &ctx, &err)) {
        fprintf(stderr, "bench_stt: %s\n", err.text);
        return 2;
    }
    printf("%-48s %5s %6s %6s   %s\n", "recording", "words", "ours", "theirs", "confidence");
    run_folder(ctx, dir, "librivox", "transcription", &sum);
    run_folder(ctx, dir, "cards", "cards.transcription", &sum);
    iv_ctx_free(ctx);
    iv_config_free(config);
    if (!sum.words || !sum.seconds) {
        fprintf(stderr, "bench_stt: no recordings in %s (package pocketsphinx-testdata)\n", dir);
        return 77;
    }
    printf("\n%-28s %10s %24s\n", "", "ours", "pocketsphinx_continuous");
    printf("%-28s %8.1f %% %22.1f %%\n", "word error rate",
           100.0 * (double)sum.ours / (double)sum.words,
           100.0 * (double)sum.theirs / (double)sum.words);
    printf("%-28s %9.1fx %23.1fx\n", "real time on one core", sum.seconds / sum.our_cpu,
           sum.seconds / sum.their_cpu);
    return sum.ours > sum.theirs || sum.our_cpu > sum.seconds;
}

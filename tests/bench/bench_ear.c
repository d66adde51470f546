/* bench_ear.c - what cleaning the microphone costs the recogniser: word error rates of two voices that read six sentences, as they
 * are, soft, and over the interviewer's voice from a loudspeaker in a simulated room (delay, drift of the devices, 6 dB softer).
 *
 * usage: bench_ear     exits 1 when the gain or the canceller costs more than 5 points, 77 without flite, speexdsp or PocketSphinx
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/wer.h"
#include "iv/audio.h"
#include "iv/config.h"
#include "iv/echo.h"
#include "iv/stt.h"
#include "unit/echo_room.h"

#define BLOCK 320u
#define SETTLES (6u * ROOM_RATE) /* the interviewer alone, before somebody talks into it */
#define LATE 256u /* samples by which what is cleaned comes later */
#define AFTER (ROOM_RATE / 2)
#define SOFT 0.1 /* 20 dB */
#define MOST_POINTS 5.0

static const char *const voices[] = {"slt", "awb"};
static const char *const texts[] = {
    "i worked with a small team on a new system for the bank",
    "we had a problem with the data and i told my manager about it the same day",
    "the most important thing is to listen to the people who use the product",
    "after three months the number of errors was less than half of what it was before",
    "i would like to learn more about how you work with other companies",
    "she asked me to write the report again and i finished it before the end of the week",
};
#define HEARD_MAX (SETTLES + 12u * ROOM_RATE)
#define SPOKEN (IV_LEN(voices) * IV_LEN(texts))

struct bench {
    iv_ctx *ctx;
    struct iv_pcm interviewer, spoken[SPOKEN];
    double echo[HEARD_MAX]; /* of the interviewer, at the microphone, in the way measured now */
};

static void give_up(const char *why, int status)
{
    fprintf(stderr, "bench_ear: %s\n", why);
    exit(status);
}

static void say(const char *voice, const char *text, struct iv_pcm *out)
{
    char path[] = "/tmp/iv-ear-XXXXXX", command[600];
    struct iv_error err = {0};
    int fd = mkstemp(path);

    if (fd < 0)
        give_up("no temporary file", 2);
    close(fd);
    snprintf(command, sizeof command, "flite -voice %s -t '%s' -o %s", voice, text, path);
    if (system(command))
        give_up("flite does not speak", 77);
    if (iv_audio_load(path, ROOM_RATE, 0, out, NULL, &err))
        give_up(err.text, 2);
    unlink(path);
}

static size_t errors_of(const struct bench *b, const struct iv_pcm *heard, const char *text,
                        size_t *words)
{
    struct iv_stt_choice choice = {.engine = "pocketsphinx", .lang = IV_LANG_EN};
    struct iv_transcript t;
    struct iv_error err = {0};
    enum iv_code rc = iv_stt_transcribe(b->ctx, &choice, heard, &t, &err);
    size_t errors, n;

    if (rc && rc != IV_E_STT_NO_SPEECH)
        give_up(err.text, rc == IV_E_UNAVAILABLE ? 77 : 2);
    errors = wer_errors(text, t.text ? t.text : "", &n);
    if (getenv("BENCH_EAR_SHOW"))
        printf("    %s\n", t.text ? t.text : "");
    *words += n;
    iv_transcript_release(&t);
    return errors;
}

struct way {
    const char *name;
    double level; /* of the candidate */
    bool cleans, gains, room; /* the canceller and the gain are on; the interviewer is heard */
    double delay_ms, ppm;
    double
        points; /* at most so much worse than the row before that has no points; 0: it is measured only */
};

/* Everything that is heard, cleaned; the sentence begins after SETTLES where there is a room. */
static void hear(const struct bench *b, const struct way *w, const struct iv_pcm *said,
                 struct iv_pcm *out)
{
    const struct iv_echo_options options = {.gain = w->gains};
    struct iv_error err = {0};
    int16_t far[BLOCK] = {0}, near[BLOCK];
    uint64_t from = w->room ? SETTLES : 0, late = w->cleans ? LATE : 0;
    iv_echo *e = NULL;

    if (w->cleans && iv_echo_new(&options, &e, &err))
        give_up(err.text, 77);
    for (uint64_t n = 0; n < from + said->len + late + AFTER; n += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++) {
            bool speaks = n + i >= from && n + i - from < said->len;
            double sum = speaks ? w->level * said->samples[n + i - from] : 0;

            if (w->room) {
                sum += n + i < HEARD_MAX ? b->echo[n + i] : 0;
                far[i] = b->interviewer.samples[(n + i) % b->interviewer.len];
            }
            near[i] = (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
        }
        if (e) {
            iv_echo_played(e, far, BLOCK);
            iv_echo_clean(e, near, near, BLOCK);
        }
        if (n >= from && iv_pcm_append(out, near, BLOCK, &err))
            give_up(err.text, 2);
    }
    iv_echo_free(e);
}

static void make_echo(struct bench *b, const struct way *w)
{
    static struct room room;

    room_make(&room, &b->interviewer, w->delay_ms, w->ppm);
    for (size_t n = 0; n < HEARD_MAX; n++)
        b->echo[n] = room_hears(&room, n);
}

static double measure(struct bench *b, const struct way *w)
{
    size_t errors = 0, words = 0;

    if (w->room)
        make_echo(b, w);
    for (size_t i = 0; i < SPOKEN; i++) {
        struct iv_pcm heard = {.rate_hz = ROOM_RATE};

        hear(b, w, &b->spoken[i], &heard);
        errors += errors_of(b, &heard, texts[i % IV_LEN(texts)], &words);
        iv_pcm_release(&heard);
    }
    return 100.0 * (double)errors / (double)words;
}

static int run(struct bench *b)
{
    static const struct way ways[] = {
        {"as it is spoken", 1, .cleans = false},
        {"through the canceller, nobody else speaks", 1, .cleans = true, .points = MOST_POINTS},
        {"with the gain", 1, .cleans = true, .gains = true, .points = MOST_POINTS},
        {"20 dB softer", SOFT, .cleans = false},
        {"20 dB softer, with the gain", SOFT, .cleans = true, .gains = true, .points = MOST_POINTS},
        {"over the interviewer, raw", 1, .room = true, .delay_ms = 90, .ppm = 100},
        {"cleaned, 90 ms, no drift", 1, .cleans = true, .room = true, .delay_ms = 90},
        {"cleaned, 20 ms, 100 ppm", 1, .cleans = true, .room = true, .delay_ms = 20, .ppm = 100},
        {"cleaned, 90 ms, -100 ppm", 1, .cleans = true, .room = true, .delay_ms = 90, .ppm = -100},
        {"cleaned, 200 ms, 100 ppm", 1, .cleans = true, .room = true, .delay_ms = 200, .ppm = 100},
        {"the same, with the gain", 1, .cleans = true, .gains = true, .room = true, .delay_ms = 200,
         .ppm = 100},
    };
    double clean = 0;
    int missed = 0;

    for (size_t i = 0; i < IV_LEN(ways); i++) {
        double rate = measure(b, &ways[i]);

        if (!i)
            clean = rate;
        printf("%-44s %6.1f %%  %+5.1f points\n", ways[i].name, rate, rate - clean);
        fflush(stdout);
        missed += ways[i].points > 0 && rate > clean + ways[i].points;
    }
    return missed ? 1 : 0;
}

int main(void)
{
    static struct bench b;
    struct iv_config *config = NULL;
    struct iv_error err;
    int status;

    if (iv_config_new(&config, &err) || iv_ctx_new(config, NULL, NULL, &b.ctx, &err))
        give_up(err.text, 2);
    say("rms",
        "Welcome. I have three questions prepared for the next ten minutes. If one is unclear, "
        "just ask me to repeat it. Here is my first question. Tell me about a time when you had "
        "to work with somebody who did not share your view, and what came of it in the end.",
        &b.interviewer);
    for (size_t i = 0; i < SPOKEN; i++)
        say(voices[i / IV_LEN(texts)], texts[i % IV_LEN(texts)], &b.spoken[i]);
    status = run(&b);
    for (size_t i = 0; i < SPOKEN; i++)
        iv_pcm_release(&b.spoken[i]);
    iv_pcm_release(&b.interviewer);
    iv_ctx_free(b.ctx);
    iv_config_free(config);
    return status;
}

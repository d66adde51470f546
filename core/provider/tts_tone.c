/* tts_tone.c - the ideal voice for tests: a beep for each character, at once, with exact times.
 *
 * Its voices are faults: "late" keeps silent for 300 ms first, "never" for ever, "slow" takes the time that the
 * sound lasts, "short" ends after half of it, "broken" fails there.
 */
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "iv/alloc.h"
#include "provider/tts.h"

#define BEEP_MS 60
#define BEEP_SAMPLES (IV_TTS_RATE_HZ / 1000 * BEEP_MS)
#define LATE_MS 300

enum fault { PLAIN, LATE, NEVER, SLOW, SHORT, BROKEN };
static const char *const faults[] = {"plain", "late", "never", "slow", "short", "broken"};

struct tone {
    enum fault fault;
};

static bool tone_available(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                           size_t why_bytes)
{
    (void)ctx;
    (void)lang;
    (void)voice;
    (void)why;
    (void)why_bytes;
    return true;
}

static enum iv_code tone_open(void *st, const struct tts_env *env, struct iv_error *err)
{
    struct tone *t = st;

    for (size_t i = 0; i < IV_LEN(faults); i++)
        if (!strcmp(env->voice, faults[i]) || (!env->voice[0] && i == PLAIN)) {
            t->fault = (enum fault)i;
            return IV_OK;
        }
    return iv_fail(err, IV_E_NOT_FOUND, "tts tone: voice '%s': there is no such voice", env->voice);
}

static void beep(uint32_t character, double rate, int16_t out[BEEP_SAMPLES])
{
    double hz = 200 + character % 400;

    for (size_t i = 0; i < BEEP_SAMPLES; i++) {
        double fade = sin(M_PI * (double)i / BEEP_SAMPLES);

        out[i] = (int16_t)(8000 * fade * sin(2 * M_PI * hz * rate * (double)i / IV_TTS_RATE_HZ));
    }
}

/* False when cancelled meanwhile. */
static bool wait_ms(const struct tts_job *job, int64_t ms)
{
    struct pollfd p = {.fd = job->cancel_fd, .events = POLLIN};

    return poll(&p, 1, (int)ms) <= 0;
}

static enum iv_code wait_first(const struct tone *t, const struct tts_job *job,
                               struct iv_error *err)
{
    int64_t ms = t->fault == NEVER ? INT32_MAX : t->fault == LATE ? LATE_MS : 0;
    bool in_time = ms <= job->timeout_ms;

    if (!wait_ms(job, in_time ? ms : job->timeout_ms))
        return iv_fail(err, IV_E_CANCELLED, "cancelled");
    if (!in_time)
        return iv_fail(err, IV_E_TTS_TIMEOUT, "tts tone: no sound in %lld ms",
                       (long long)job->timeout_ms);
    return IV_OK;
}

static enum iv_code tone_speak(void *st, const struct tts_job *job, struct iv_error *err)
{
    const struct tone *t = st;
    size_t n = iv_utf8_chars(job->text), end = t->fault >= SHORT ? (n + 1) / 2 : n;
    const char *p = job->text;
    int16_t sound[BEEP_SAMPLES];
    enum iv_code rc = wait_first(t, job, err);

    for (size_t i = 0; !rc && i < end; i++) {
        struct iv_phoneme ph = {.start_ms = (uint32_t)i * BEEP_MS,
                                .end_ms = (uint32_t)(i + 1) * BEEP_MS,
                                .symbol = {i % 2 ? 'p' : 'a'}};

        if (!wait_ms(job, t->fault == SLOW ? BEEP_MS : 0))
            return iv_fail(err, IV_E_CANCELLED, "cancelled");
        beep(iv_utf8_next(&p), job->rate, sound);
        job->phonemes(job->arg, &ph, 1);
        job->audio(job->arg, sound, BEEP_SAMPLES);
    }
    if (!rc && t->fault == BROKEN)
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts tone: broken, as asked");
    return rc;
}

static void tone_close(void *st)
{
    (void)st;
}

static const char *tone_voice(const void *st)
{
    return faults[((const struct tone *)st)->fault];
}

static void tone_identity(const void *st, char *out, size_t out_bytes)
{
    (void)st;
    snprintf(out, out_bytes, "1");
}

static enum iv_code tone_voices(iv_ctx *ctx, enum iv_lang lang,
                                void (*fn)(void *arg, const char *voice, const char *about),
                                void *arg, struct iv_error *err)
{
    (void)ctx;
    (void)lang;
    (void)err;
    for (size_t i = 0; i < IV_LEN(faults); i++)
        fn(arg, faults[i], "for tests");
    return IV_OK;
}

const struct iv_tts_ops iv_tts_tone = {
    .name = "tone",
    .summary = "beeps, for tests",
    .flags = TTS_STREAMS | TTS_FOR_TESTS,
    .speaks = {true, true, true},
    .phones = IV_PHONES_ESPEAK,
    .state_size = sizeof(struct tone),
    .available = tone_available,
    .open = tone_open,
    .speak = tone_speak,
    .close = tone_close,
    .voice = tone_voice,
    .identity = tone_identity,
    .voices = tone_voices,
};

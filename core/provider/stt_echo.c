/* stt_echo.c - the ideal recogniser for tests: hears what it is told to hear, whenever somebody speaks.
 *
 * Engine "echo:first text|second text": the texts in turn, one for each stretch of speech, words spread over its length.
 * Faults: "echo:!broken" fails on the first block, "echo:!late" never ends until it is cancelled.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "provider/stt.h"
#include "turn/vad.h"

#define WORDS_MAX 64

struct echo {
    struct stt_out out;
    struct iv_vad vad;
    uint32_t hang_ms, start_ms, last_interim;
    unsigned turn;
    char arg[STT_ARG_BYTES];
    atomic_bool cancelled;
};

static bool echo_available(iv_ctx *ctx, enum iv_lang lang, char *why, size_t why_bytes)
{
    (void)ctx, (void)lang, (void)why, (void)why_bytes;
    return true;
}

static enum iv_code echo_open(void *st, const struct stt_env *env, struct iv_error *err)
{
    struct echo *e = st;

    (void)err;
    snprintf(e->arg, sizeof e->arg, "%s", env->arg[0] ? env->arg : "hello");
    e->hang_ms = env->hang_ms;
    return IV_OK;
}

static enum iv_code echo_start(void *st, const struct stt_out *out, struct iv_error *err)
{
    struct echo *e = st;

    (void)err;
    e->out = *out;
    e->turn = 0;
    atomic_store(&e->cancelled, false);
    iv_vad_init(&e->vad, IV_STT_RATE_HZ, e->hang_ms);
    return IV_OK;
}

/* The text of this turn, as a copy that can be cut. */
static void text_of_turn(const struct echo *e, char text[STT_ARG_BYTES])
{
    const char *at = e->arg;
    unsigned texts = 1, wanted;

    for (const char *c = e->arg; *c; c++)
        texts += *c == '|';
    wanted = e->turn % texts;
    while (wanted--)
        at += strcspn(at, "|") + 1;
    snprintf(text, STT_ARG_BYTES, "%.*s", (int)strcspn(at, "|"), at);
}

/* Tells the words that lie before `end_ms` when the whole stretch takes `length_ms`. */
static void tell(struct echo *e, uint32_t end_ms, bool is_final)
{
    struct iv_word words[WORDS_MAX];
    char text[STT_ARG_BYTES], *rest = NULL;
    size_t n = 0;

    text_of_turn(e, text);
    for (char *w = strtok_r(text, " ", &rest); w && n < WORDS_MAX; w = strtok_r(NULL, " ", &rest))
        words[n++] = (struct iv_word){.text = w, .confidence = 1};
    for (size_t i = 0; i < n; i++) {
        uint32_t length = end_ms - e->start_ms;

        words[i].start_ms = e->start_ms + (uint32_t)(length * i / n);
        words[i].end_ms = e->start_ms + (uint32_t)(length * (i + 1) / n);
    }
    e->out.words(e->out.arg, words, is_final ? n : n / 2, is_final);
}

static void on_voice(void *arg, bool speaking, uint32_t at_ms)
{
    struct echo *e = arg;

    if (speaking) {
        e->start_ms = at_ms;
    } else {
        tell(e, at_ms, true);
        e->turn++;
    }
}

static enum iv_code echo_process(void *st, const int16_t *samples, size_t n, struct iv_error *err)
{
    struct echo *e = st;

    if (!strcmp(e->arg, "!broken"))
        return iv_fail(err, IV_E_STT_ERROR, "stt echo: broken, as asked");
    iv_vad_push(&e->vad, samples, n, on_voice, e);
    if (e->vad.speaking && e->out.interim)
        tell(e, e->vad.frames * VAD_FRAME_MS, false);
    return IV_OK;
}

static enum iv_code echo_finish(void *st, struct iv_error *err)
{
    struct echo *e = st;
    const struct timespec nap = {.tv_nsec = 5000000};

    (void)err;
    while (!strcmp(e->arg, "!late") && !atomic_load(&e->cancelled))
        nanosleep(&nap, NULL);
    iv_vad_end(&e->vad, on_voice, e);
    return IV_OK;
}

static void echo_cancel(void *st)
{
    struct echo *e = st;

    atomic_store(&e->cancelled, true);
}

static void echo_close(void *st)
{
    (void)st;
}

const struct iv_stt_ops iv_stt_echo = {
    .name = "echo",
    .summary = "hears what it is told to hear; for tests",
    .flags = STT_FOR_TESTS,
    .langs = 1u << IV_LANG_KO | 1u << IV_LANG_EN | 1u << IV_LANG_JA,
    .state_size = sizeof(struct echo),
    .available = echo_available,
    .open = echo_open,
    .start = echo_start,
    .process = echo_process,
    .finish = echo_finish,
    .cancel = echo_cancel,
    .close = echo_close,
};

/* tts_espeak.c - espeak-ng behind helper processes.
 *
 * espeak-ng reads letters well and language badly: Korean syllables one by one, kanji as the words "Chinese letter".
 * So Korean gets its sound changes (iv_korean_sound.c) and Japanese its kana (kana.c) before the text goes out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv_build.h"
#include "provider/kana.h"
#include "provider/korean_sound.h"
#include "provider/phone_queue.h"
#include "provider/tts_helper.h"
#include "provider/word_list.h"

#if IV_HAVE_ESPEAK

#define CANCEL_ANSWER_MS 20
#define CHECK_TIMEOUT_MS 5000

struct espeak {
    iv_ctx *ctx;
    enum iv_lang lang;
    char voice[TTS_VOICE_BYTES];
    char version[32];
    struct word_list words; /* of the language's data file: ko sounds, ja readings */
};

/* f2 of the female variants: 23 % word errors of PocketSphinx on eight interview questions (f1 41, f3 44, f5 21 but twice
 * the energy above 5 kHz; the others 48 to 93), median pitch 197 Hz. */
static const char default_voices[IV_LANG_COUNT][TTS_VOICE_BYTES] = {
    [IV_LANG_KO] = "ko+f2", [IV_LANG_EN] = "en-us+f2", [IV_LANG_JA] = "ja+f2"};

/* espeak-ng's own speed is 240 English words a minute, too fast for a question; these give 170, and 5.3 Korean
 * syllables and 7 Japanese morae a second: the middle of careful speech. */
static const double own_rate[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 0.95, [IV_LANG_EN] = 0.72, [IV_LANG_JA] = 0.90};

/* One utterance on its way. */
struct stream {
    const struct tts_job *job;
    struct tts_packet *packet;
    tts_helper *helper;
    iv_resampler *resampler;
    struct phone_queue phones;
    struct iv_pcm pcm;
    uint64_t samples_in; /* at the helper's rate */
    bool fresh, sounded;
};

static enum iv_code make_request(struct tts_packet *p, enum tts_helper_kind kind, enum iv_lang lang,
                                 const char *voice, const char *text, double rate,
                                 size_t *body_bytes, struct iv_error *err)
{
    struct tts_speak *s = &p->body.speak;
    size_t n = strlen(text) + 1;

    if (n > TTS_HELPER_MAX_TEXT_BYTES)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "tts espeak: text of %zu bytes once spelt out",
                       n);
    p->kind = kind;
    p->reserved = 0;
    memset(s, 0, sizeof *s);
    s->rate = rate;
    snprintf(s->lang, sizeof s->lang, "%s", iv_lang_code(lang));
    snprintf(s->voice, sizeof s->voice, "%s", voice);
    memcpy(s->text, text, n);
    *body_bytes = sizeof *s + n;
    return IV_OK;
}

static enum iv_code code_of(const struct tts_done *d, struct iv_error *err)
{
    if (!d->code)
        return IV_OK;
    return iv_fail(err, (enum iv_code)d->code, "%.*s", (int)sizeof d->text, d->text);
}

/* Something that is answered without sound. */
struct question {
    enum tts_helper_kind kind;
    enum iv_lang lang;
    const char *voice;
    void (*fn)(void *arg, const char *voice, const char *about); /* for each TTS_VOICE */
    void *arg;
    char version[32]; /* out */
};

static enum iv_code read_answer(tts_helper *h, const struct question *q, struct tts_packet *p,
                                bool *answered, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    size_t n;

    while (!rc && !*answered) {
        rc = iv_tts_helper_receive(h, -1, CHECK_TIMEOUT_MS, p, &n, err);
        if (rc)
            return rc;
        *answered = p->kind == TTS_DONE;
        if (*answered)
            rc = code_of(&p->body.done, err);
        else if (p->kind == TTS_VOICE && q->fn)
            q->fn(q->arg, p->body.voice.name, p->body.voice.about);
    }
    return rc;
}

static enum iv_code ask_once(iv_ctx *ctx, struct question *q, bool fresh, struct tts_packet *p,
                             bool *answered, struct iv_error *err)
{
    tts_helper *h;
    size_t n;
    enum iv_code rc = iv_tts_helper_take(ctx, fresh, -1, CHECK_TIMEOUT_MS, &h, err);

    if (rc)
        return rc;
    snprintf(q->version, sizeof q->version, "%s", iv_tts_helper_facts(h)->version);
    rc = make_request(p, q->kind, q->lang, q->voice, "", 1.0, &n, err);
    if (!rc)
        rc = iv_tts_helper_send(h, p, n, err);
    if (!rc)
        rc = read_answer(h, q, p, answered, err);
    iv_tts_helper_give(h, *answered);
    return rc;
}

static enum iv_code ask(iv_ctx *ctx, struct question *q, struct iv_error *err)
{
    struct tts_packet *p = iv_alloc(sizeof *p);
    bool answered = false;
    enum iv_code rc;

    if (!p)
        return iv_fail(err, IV_E_NOMEM, "tts espeak: out of memory");
    rc = ask_once(ctx, q, false, p, &answered, err);
    if (rc == IV_E_TTS_ERROR && !answered)
        rc = ask_once(ctx, q, true, p, &answered, err);
    free(p);
    return rc;
}

static bool espeak_available(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                             size_t why_bytes)
{
    struct question q = {.kind = TTS_CHECK, .lang = lang, .voice = ""};
    struct iv_error err = {0};

    (void)voice; /* open() tells what is wrong with it */
    if (ask(ctx, &q, &err))
        snprintf(why, why_bytes, "%s", err.text);
    else if (lang == IV_LANG_JA && !iv_kana_converter())
        snprintf(why, why_bytes, "%s", KANA_HOW_TO_INSTALL);
    else
        return true;
    return false;
}

static enum iv_code espeak_open(void *st, const struct tts_env *env, struct iv_error *err)
{
    struct espeak *e = st;
    struct question q = {.kind = TTS_CHECK, .lang = env->lang, .voice = e->voice};
    enum iv_code rc;

    e->ctx = env->ctx;
    e->lang = env->lang;
    if (strlen(env->voice) >= sizeof e->voice)
        return iv_fail(err, IV_E_NOT_FOUND, "tts espeak: voice '%.80s...': there is no such voice",
                       env->voice);
    snprintf(e->voice, sizeof e->voice, "%s",
             env->voice[0] ? env->voice : default_voices[env->lang]);
    rc = ask(e->ctx, &q, err);
    snprintf(e->version, sizeof e->version, "%s", q.version);
    if (!rc && e->lang == IV_LANG_KO)
        rc = iv_word_list_of(e->ctx, "pronunciation/ko.json", "sounds", &e->words, err);
    else if (!rc && e->lang == IV_LANG_JA)
        rc = iv_word_list_of(e->ctx, "pronunciation/ja.json", "readings", &e->words, err);
    return rc;
}

static const char *espeak_voice(const void *st)
{
    return ((const struct espeak *)st)->voice;
}

static void espeak_identity(const void *st, char *out, size_t out_bytes)
{
    const struct espeak *e = st;
    int n = snprintf(out, out_bytes, "%.3f ", own_rate[e->lang]);

    out += n;
    out_bytes -= (size_t)n;
    if (e->lang == IV_LANG_JA)
        snprintf(out, out_bytes, "%s kana%d %s", e->version, KANA_VERSION,
                 iv_kana_converter() ? iv_kana_converter() : "none");
    else if (e->lang == IV_LANG_KO)
        snprintf(out, out_bytes, "%s sound%d", e->version, KOREAN_SOUND_VERSION);
    else
        snprintf(out, out_bytes, "%s", e->version);
}

static char *korean(const struct word_list *sounds, const char *text)
{
    char *listed = iv_word_list_apply(sounds, text);
    char *said = listed ? iv_korean_sound(listed) : NULL;

    free(listed);
    return said;
}

static enum iv_code prepare(const struct espeak *e, const struct tts_job *job, char **out,
                            struct iv_error *err)
{
    if (e->lang == IV_LANG_JA)
        return iv_kana_of(&e->words, job->text, job->cancel_fd, job->timeout_ms, out, err);
    *out = e->lang == IV_LANG_KO ? korean(&e->words, job->text) : iv_strdup(job->text);
    return *out ? IV_OK : iv_fail(err, IV_E_NOMEM, "tts espeak: out of memory");
}

static uint32_t ms_in(const struct stream *s)
{
    return (uint32_t)(s->samples_in * 1000 / iv_tts_helper_facts(s->helper)->rate_hz);
}

static enum iv_code take_audio(struct stream *s, size_t body_bytes, struct iv_error *err)
{
    size_t n = body_bytes / sizeof(int16_t);
    enum iv_code rc;

    s->samples_in += n;
    s->pcm.len = 0;
    rc = iv_resampler_push(s->resampler, s->packet->body.samples, n, &s->pcm, err);
    if (rc || !s->pcm.len)
        return rc;
    s->sounded = true;
    iv_phone_queue_give(&s->phones, ms_in(s), false, s->job->phonemes, s->job->arg);
    s->job->audio(s->job->arg, s->pcm.samples, s->pcm.len);
    return IV_OK;
}

static enum iv_code take_phones(struct stream *s, size_t body_bytes, struct iv_error *err)
{
    struct tts_phone *p = s->packet->body.phones;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; !rc && i < body_bytes / sizeof *p; i++) {
        p[i].symbol[sizeof p[i].symbol - 1] = '\0';
        rc = iv_phone_queue_add(&s->phones, p[i].start_ms, p[i].symbol, err);
    }
    return rc;
}

static enum iv_code take_end(struct stream *s, struct iv_error *err)
{
    enum iv_code rc = code_of(&s->packet->body.done, err);

    if (rc)
        return rc;
    s->pcm.len = 0;
    rc = iv_resampler_push(s->resampler, NULL, 0, &s->pcm, err);
    if (rc)
        return rc;
    iv_phone_queue_give(&s->phones, ms_in(s), true, s->job->phonemes, s->job->arg);
    if (s->pcm.len)
        s->job->audio(s->job->arg, s->pcm.samples, s->pcm.len);
    return IV_OK;
}

/* Reads until TTS_DONE; *is_idle says whether it came, that is whether the helper can be used again. */
static enum iv_code take_all(struct stream *s, bool *is_idle, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    size_t n;

    while (!rc && !*is_idle) {
        rc = iv_tts_helper_receive(s->helper, s->job->cancel_fd, s->job->timeout_ms, s->packet, &n,
                                   err);
        if (rc)
            return rc;
        if (s->packet->kind == TTS_AUDIO)
            rc = take_audio(s, n, err);
        else if (s->packet->kind == TTS_PHONES)
            rc = take_phones(s, n, err);
        else if (s->packet->kind == TTS_DONE) {
            *is_idle = true;
            rc = take_end(s, err);
        }
    }
    return rc;
}

/* The helper looks at its socket between two blocks, far sooner than this; else it is ended. */
static bool stop_helper(struct stream *s)
{
    enum iv_code rc;
    size_t n;

    s->packet->kind = TTS_CANCEL;
    rc = iv_tts_helper_send(s->helper, s->packet, 0, NULL);
    while (!rc) {
        rc = iv_tts_helper_receive(s->helper, -1, CANCEL_ANSWER_MS, s->packet, &n, NULL);
        if (!rc && s->packet->kind == TTS_DONE)
            return true;
    }
    return false;
}

static enum iv_code speak_once(struct espeak *e, struct stream *s, const char *text,
                               struct iv_error *err)
{
    bool is_idle = false;
    size_t n;
    enum iv_code rc;

    rc = make_request(s->packet, TTS_SPEAK, e->lang, e->voice, text,
                      s->job->rate * own_rate[e->lang], &n, err);
    if (!rc)
        rc = iv_tts_helper_take(e->ctx, s->fresh, s->job->cancel_fd, s->job->timeout_ms, &s->helper,
                                err);
    if (rc)
        return rc;
    rc = iv_resampler_new(iv_tts_helper_facts(s->helper)->rate_hz, IV_TTS_RATE_HZ, &s->resampler,
                          err);
    if (!rc)
        rc = iv_tts_helper_send(s->helper, s->packet, n, err);
    if (!rc)
        rc = take_all(s, &is_idle, err);
    if (rc == IV_E_CANCELLED && !is_idle)
        is_idle = stop_helper(s);
    iv_tts_helper_give(s->helper, is_idle);
    s->helper = NULL;
    return rc;
}

static void release_stream(struct stream *s)
{
    iv_resampler_free(s->resampler);
    iv_phone_queue_release(&s->phones);
    iv_pcm_release(&s->pcm);
    free(s->packet);
}

static enum iv_code speak_with(struct espeak *e, const struct tts_job *job, const char *text,
                               bool fresh, bool *sounded, struct iv_error *err)
{
    struct stream s = {.job = job, .fresh = fresh, .packet = iv_alloc(sizeof *s.packet)};
    enum iv_code rc = s.packet ? speak_once(e, &s, text, err)
                               : iv_fail(err, IV_E_NOMEM, "tts espeak: out of memory");

    *sounded = s.sounded;
    release_stream(&s);
    return rc;
}

/* A helper that died before the first sound (an earlier text may have hurt it) gets a successor, once. */
static enum iv_code espeak_speak(void *st, const struct tts_job *job, struct iv_error *err)
{
    struct espeak *e = st;
    char *text = NULL;
    bool sounded = false;
    enum iv_code rc = prepare(e, job, &text, err);

    if (!rc) {
        rc = speak_with(e, job, text, false, &sounded, err);
        if (rc == IV_E_TTS_ERROR && !sounded)
            rc = speak_with(e, job, text, true, &sounded, err);
    }
    free(text);
    return rc;
}

static void espeak_close(void *st)
{
    iv_word_list_release(&((struct espeak *)st)->words);
}

static enum iv_code espeak_voices(iv_ctx *ctx, enum iv_lang lang,
                                  void (*fn)(void *arg, const char *voice, const char *about),
                                  void *arg, struct iv_error *err)
{
    struct question q = {.kind = TTS_LIST, .lang = lang, .voice = "", .fn = fn, .arg = arg};

    return ask(ctx, &q, err);
}

const struct iv_tts_ops iv_tts_espeak = {
    .name = "espeak",
    .summary = "espeak-ng: Korean, English, Japanese; small, instant, sounds synthetic",
    .flags = TTS_STREAMS,
    .speaks = {true, true, true},
    .phones = IV_PHONES_ESPEAK,
    .state_size = sizeof(struct espeak),
    .available = espeak_available,
    .open = espeak_open,
    .speak = espeak_speak,
    .close = espeak_close,
    .voice = espeak_voice,
    .identity = espeak_identity,
    .voices = espeak_voices,
};

#endif

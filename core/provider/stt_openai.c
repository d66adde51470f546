/* stt_openai.c - transcription by OpenAI and everything that speaks like it: whisper.cpp's server, speaches, Ollama.
 *
 * These services take whole recordings. Our own voice activity cuts what is heard into utterances; each is sent while the next is
 * heard, so that it feels streamed. Where interim results are wanted an utterance that goes on is looked at now and then; the
 * looks grow further apart with its length, so that all of them together send at most three times as much sound. Silence is never
 * sent: these models make words of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "iv/usage.h"
#include "provider/stt_openai.h"
#include "provider/stt_wav.h"

#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define PRE_ROLL_MS 300u /* so that no first syllable is lost */
#define MIN_MS 100u
#define MAX_MS 30000u /* a speaker who never pauses is cut there */
#define MAX_WAITING 16
#define TIMEOUT_MS 30000
#define INTERIM_MS 2000

/* -- opening -- */

static const char *base_of(const struct iv_config *c, const char **key_name)
{
    bool own = c && c->stt_openai_base_url[0];

    *key_name = own ? "stt.openai.api_key" : "openai.api_key";
    return own ? c->stt_openai_base_url : c ? c->openai_base_url : "https://api.openai.com/v1";
}

static bool is_official(const char *base)
{
    return strstr(base, "://api.openai.com") != NULL;
}

/* whisper-server's own path may be named in full. */
static const char *path_of(const char *base)
{
    size_t len = strlen(base), own = strlen("/inference");

    return len > own && !strcmp(base + len - own, "/inference") ? "" : "/audio/transcriptions";
}

static bool openai_available(iv_ctx *ctx, enum iv_lang lang, char *why, size_t why_bytes)
{
    const char *key_name, *base = base_of(iv_ctx_config(ctx), &key_name);

    (void)lang;
    if (!is_official(base) || iv_secret_is_set(ctx, key_name))
        return true;
    snprintf(why, why_bytes, "%s is not set (OPENAI_API_KEY), nor stt.openai.base_url", key_name);
    return false;
}

static enum iv_code openai_open(void *st, const struct stt_env *env, struct iv_error *err)
{
    struct ears *e = st;
    const struct iv_config *c = iv_ctx_config(env->ctx);
    const char *key_name, *base = base_of(c, &key_name);
    enum iv_code rc;

    pthread_mutex_init(&e->lock, NULL);
    e->last = &e->first;
    e->ctx = env->ctx;
    e->lang = env->lang;
    e->hang_ms = env->hang_ms;
    e->timeout_ms = c ? c->stt_timeout_ms : TIMEOUT_MS;
    e->interim_ms = c ? (uint32_t)c->stt_openai_interim_ms : INTERIM_MS;
    snprintf(e->model, sizeof e->model, "%s", c ? c->stt_openai_model : "gpt-4o-mini-transcribe");
    if (snprintf(e->url, sizeof e->url, "%s%s", base, path_of(base)) >= (int)sizeof e->url)
        return iv_fail(err, IV_E_CONFIG, "stt.openai.base_url: longer than %zu bytes",
                       sizeof e->url);
    rc = iv_net_of(env->ctx, &e->net, err);
    return rc ? rc : iv_secret_get(env->ctx, key_name, &e->key, err);
}

/* -- caller -- */

static enum iv_code openai_begin(void *st, const struct stt_link *link, bool interim,
                                 struct iv_error *err)
{
    struct ears *e = st;

    (void)err;
    e->link = *link;
    if (!interim)
        e->interim_ms = 0;
    iv_vad_init(&e->vad, IV_STT_RATE_HZ, e->hang_ms);
    return IV_OK;
}

/* What was heard from a sample on, as a file. */
static enum iv_code queue_sound(struct ears *e, uint64_t from, size_t n, bool is_interim,
                                struct iv_error *err)
{
    const int16_t *samples = iv_stt_kept_samples(&e->heard) + (from - e->heard.from);
    struct segment *s = iv_alloc(sizeof *s);

    if (s)
        s->wav = iv_stt_wav(samples, n, IV_STT_RATE_HZ, &s->len);
    if (!s || !s->wav) {
        free(s);
        return iv_fail(err, IV_E_NOMEM, "stt openai: out of memory");
    }
    s->start_ms = (uint32_t)(from / SAMPLES_PER_MS);
    s->end_ms = (uint32_t)((from + n) / SAMPLES_PER_MS);
    s->is_interim = is_interim;
    return iv_stt_openai_queue(e, s, err);
}

/* The utterance's sound up to a sample; *from is where it begins. */
static size_t utterance_until(const struct ears *e, uint64_t until, uint64_t *from)
{
    uint64_t end = e->heard.from + iv_stt_kept_len(&e->heard);

    *from = e->speech_from > e->heard.from ? e->speech_from : e->heard.from;
    if (until > end)
        until = end;
    return until > *from ? (size_t)(until - *from) : 0;
}

static enum iv_code cut_segment(struct ears *e, uint64_t until, struct iv_error *err)
{
    uint64_t from;
    size_t n = utterance_until(e, until, &from);
    enum iv_code rc = IV_OK;

    if (n >= (size_t)MIN_MS * SAMPLES_PER_MS)
        rc = queue_sound(e, from, n, false, err);
    iv_stt_kept_drop(&e->heard, until);
    return rc;
}

/* -- looks at an utterance that goes on -- */

static bool may_look(struct ears *e)
{
    bool may;

    pthread_mutex_lock(&e->lock);
    may = !e->is_looking && !e->n_waiting;
    pthread_mutex_unlock(&e->lock);
    return may;
}

/* It is paid for like any other sound; a limit that is reached ends the looks only. */
static bool pay_look(struct ears *e, size_t n)
{
    struct iv_amounts a = {.calls = 1, .audio_ms = (int64_t)(n / SAMPLES_PER_MS)};
    struct iv_usage_ticket ticket;

    if (iv_usage_reserve(e->ctx, "stt.openai", "", &a, IV_E_STT_ERROR, &ticket, NULL))
        return false;
    iv_usage_settle(e->ctx, &ticket, &a);
    return true;
}

static void plan_look(struct ears *e, uint64_t length)
{
    uint64_t gap = (uint64_t)e->interim_ms * SAMPLES_PER_MS;

    e->look_at = e->speech_from + length + (gap > length / 2 ? gap : length / 2);
}

static enum iv_code look(struct ears *e, struct iv_error *err)
{
    uint64_t from;
    size_t n;

    if (!e->interim_ms || !e->speaking || e->fed < e->look_at || !may_look(e))
        return IV_OK;
    n = utterance_until(e, e->fed, &from);
    plan_look(e, n);
    if (!pay_look(e, n)) {
        e->interim_ms = 0;
        return IV_OK;
    }
    return queue_sound(e, from, n, true, err);
}

/* -- feeding -- */

struct voice {
    struct ears *e;
    enum iv_code rc;
    struct iv_error *err;
};

static void on_voice(void *arg, bool speaking, uint32_t at_ms)
{
    struct voice *v = arg;
    uint64_t at = (uint64_t)at_ms * SAMPLES_PER_MS, roll = (uint64_t)PRE_ROLL_MS * SAMPLES_PER_MS;

    v->e->speaking = speaking;
    if (speaking) {
        v->e->speech_from = at > roll ? at - roll : 0;
        plan_look(v->e, 0);
    } else if (!v->rc) {
        v->rc = cut_segment(v->e, at + roll, v->err);
    }
}

static enum iv_code openai_feed(void *st, const int16_t *samples, size_t n, struct iv_error *err)
{
    struct ears *e = st;
    struct voice v = {e, IV_OK, err};
    const uint64_t quiet = (uint64_t)2 * PRE_ROLL_MS * SAMPLES_PER_MS;
    bool is_behind;

    pthread_mutex_lock(&e->lock);
    is_behind = e->n_waiting >= MAX_WAITING;
    pthread_mutex_unlock(&e->lock);
    if (is_behind)
        return iv_fail(err, IV_E_BUSY, "stt openai: it is behind");
    v.rc = iv_stt_kept_add(&e->heard, samples, n, err);
    if (v.rc)
        return v.rc;
    e->fed += n;
    iv_vad_push(&e->vad, samples, n, on_voice, &v);
    if (!v.rc && e->speaking && e->fed - e->speech_from > (uint64_t)MAX_MS * SAMPLES_PER_MS) {
        v.rc = cut_segment(e, e->fed, err);
        e->speech_from = e->fed;
        plan_look(e, 0);
    }
    if (!e->speaking && e->fed > quiet)
        iv_stt_kept_drop(&e->heard, e->fed - quiet);
    return v.rc ? v.rc : look(e, err);
}

static enum iv_code openai_end(void *st, struct iv_error *err)
{
    struct ears *e = st;
    struct voice v = {e, IV_OK, err};

    iv_vad_end(&e->vad, on_voice, &v);
    pthread_mutex_lock(&e->lock);
    e->ended = true;
    pthread_mutex_unlock(&e->lock);
    return v.rc ? v.rc : iv_net_post(e->net, iv_stt_openai_send_next, e, err);
}

static void on_stop(void *arg)
{
    iv_stt_openai_finish(arg, IV_E_CANCELLED, "cancelled");
}

static void openai_stop(void *st)
{
    struct ears *e = st;
    struct iv_error ignored;

    iv_net_post(e->net, on_stop, e, &ignored);
}

static void openai_warm(void *st)
{
    const struct ears *e = st;

    iv_net_warm(e->net, e->url);
}

/* On the net thread: after what was posted before. */
static void shut(void *arg)
{
    struct ears *e = arg;

    e->is_over = true;
    iv_net_call_release(e->call);
    e->call = NULL;
}

static void openai_close(void *st)
{
    struct ears *e = st;

    if (e->net)
        iv_net_run(e->net, shut, e);
    iv_stt_openai_free_segment(e->sent);
    while (e->first) {
        struct segment *s = e->first;

        e->first = s->next;
        iv_stt_openai_free_segment(s);
    }
    iv_openai_transcript_release(&e->answer);
    iv_stt_kept_release(&e->heard);
    iv_secret_free(e->key);
    pthread_mutex_destroy(&e->lock);
}

const struct iv_stt_ops iv_stt_openai = {
    .name = "openai",
    .summary = "OpenAI and servers that speak like it (whisper.cpp, speaches): by the utterance",
    .langs = 1u << IV_LANG_KO | 1u << IV_LANG_EN | 1u << IV_LANG_JA,
    .state_size = sizeof(struct ears),
    .available = openai_available,
    .open = openai_open,
    .begin = openai_begin,
    .feed = openai_feed,
    .end = openai_end,
    .stop = openai_stop,
    .warm = openai_warm,
    .close = openai_close,
};

/* tts_openai.c - voices of OpenAI and of every server that speaks its /audio/speech: speaches, Kokoro-FastAPI and others.
 *
 * One request for each clause, headerless PCM as it is made. There are no times in it: the mouth follows the sound.
 * Local servers answer in a voice's own rate unless `sample_rate` asks otherwise; OpenAI knows no such field.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/json.h"
#include "iv/secret.h"
#include "net/net.h"
#include "provider/openai_error.h"
#include "provider/tts.h"
#include "provider/tts_pcm.h"
#include "provider/tts_wav.h"

#define MAX_CHARACTERS 4096
#define MAX_SOUND_BYTES (64u << 20) /* 22 minutes */
#define CONNECT_MS 5000
#define GAP_MS 10000
#define URL_BYTES 600

static const char *const voice_names[] = {"alloy", "ash",   "ballad", "coral", "echo",
                                          "fable", "onyx",  "nova",   "sage",  "shimmer",
                                          "verse", "marin", "cedar"};

struct speech {
    iv_ctx *ctx;
    iv_net *net;
    char url[URL_BYTES], voice[TTS_VOICE_BYTES], model[64], instructions[400];
    bool is_openais; /* OpenAI's own server */
    char *key; /* NULL: none is needed */
    struct tts_job job;
    char *body;
    net_call *call;
    struct tts_pcm pcm;
    struct tts_wav wav; /* where the server sends one all the same */
    char trouble[480]; /* why a 2xx answer made no sense */
};

/* Its own place and key, else those of openai.* */
static const char *base_of(const struct iv_config *c, const char **key_name)
{
    bool own = c && c->tts_openai_base_url[0];

    *key_name = own ? "tts.openai.api_key" : "openai.api_key";
    return own ? c->tts_openai_base_url : c ? c->openai_base_url : "https://api.openai.com/v1";
}

static bool is_official(const char *base)
{
    return strstr(base, "://api.openai.com") != NULL;
}

static bool openai_available(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                             size_t why_bytes)
{
    const char *key_name, *base = base_of(iv_ctx_config(ctx), &key_name);

    (void)lang, (void)voice;
    if (!is_official(base) || iv_secret_is_set(ctx, key_name))
        return true;
    snprintf(why, why_bytes, "%s is not set (OPENAI_API_KEY), nor tts.openai.base_url", key_name);
    return false;
}

static enum iv_code openai_open(void *st, const struct tts_env *env, struct iv_error *err)
{
    struct speech *s = st;
    const struct iv_config *c = iv_ctx_config(env->ctx);
    const char *key_name, *base = base_of(c, &key_name);
    enum iv_code rc;

    s->ctx = env->ctx;
    s->is_openais = is_official(base);
    snprintf(s->voice, sizeof s->voice, "%s",
             env->voice[0] ? env->voice
             : c           ? c->tts_openai_voice
                           : "marin");
    snprintf(s->model, sizeof s->model, "%s", c ? c->tts_openai_model : "gpt-4o-mini-tts");
    snprintf(s->instructions, sizeof s->instructions, "%s", c ? c->tts_openai_instructions : "");
    if (snprintf(s->url, sizeof s->url, "%s/audio/speech", base) >= (int)sizeof s->url)
        return iv_fail(err, IV_E_CONFIG, "tts.openai.base_url: longer than %d bytes", URL_BYTES);
    rc = iv_net_of(env->ctx, &s->net, err);
    return rc ? rc : iv_secret_get(env->ctx, key_name, &s->key, err);
}

/* -- an answer -- */

static bool is_no_sound(const char *type)
{
    return !strncmp(type, "application/json", 16) || !strncmp(type, "text/", 5) ||
           !strncmp(type, "audio/mpeg", 10);
}

/* What was taken for the head of a WAV and is none. */
static enum iv_code take_start(struct speech *s, struct iv_error *err)
{
    size_t n = s->wav.n_part;

    s->wav.n_part = 0;
    return iv_tts_pcm_bytes(&s->pcm, s->wav.part, n, err);
}

static enum iv_code take_rate(struct speech *s, struct iv_error *err)
{
    uint32_t rate_hz = s->wav.state == TTS_WAV_DATA ? s->wav.rate_hz : IV_TTS_RATE_HZ;

    if (rate_hz == s->pcm.rate_hz)
        return IV_OK;
    iv_tts_pcm_release(&s->pcm);
    return iv_tts_pcm_init(&s->pcm, rate_hz, s->job.audio, s->job.arg, err);
}

static enum iv_code take(struct speech *s, const uint8_t *data, size_t len, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    size_t n;

    while (len && !rc) {
        rc = iv_tts_wav_eat(&s->wav, &data, &len, &n, err);
        if (!rc && s->wav.state == TTS_WAV_RAW)
            rc = take_start(s, err);
        if (!rc && n)
            rc = take_rate(s, err);
        if (!rc)
            rc = iv_tts_pcm_bytes(&s->pcm, data, n, err);
        data += n;
        len -= n;
    }
    return rc;
}

static bool on_data(void *arg, const char *data, size_t len, const char *content_type)
{
    struct speech *s = arg;
    struct iv_error err;

    if (is_no_sound(content_type)) {
        snprintf(s->trouble, sizeof s->trouble, "sent %.40s where PCM was asked for", content_type);
        return false;
    }
    if (!take(s, (const uint8_t *)data, len, &err))
        return true;
    snprintf(s->trouble, sizeof s->trouble, "sent what is no sound: %.200s", err.text);
    return false;
}

/* Also: forget half a sample before another try. */
static bool is_delivered(void *arg)
{
    struct speech *s = arg;

    s->pcm.has_odd = false;
    s->wav = (struct tts_wav){0};
    s->trouble[0] = '\0';
    return s->pcm.n_in > 0;
}

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    const struct speech *s = arg;

    if (o->failure != NET_OK)
        iv_openai_judge(OPENAI_TTS, "tts openai", o, NULL, NULL, v);
    if (o->failure == NET_PROTOCOL && s->trouble[0]) {
        *v = (struct net_verdict){.code = IV_E_TTS_ERROR, .class = NET_RETRY_ONCE};
        snprintf(v->text, sizeof v->text, "tts openai: the server %.200s", s->trouble);
    }
    if (o->failure == NET_OK && !s->pcm.n_in)
        *v = (struct net_verdict){.code = IV_E_TTS_ERROR,
                                  .class = NET_RETRY_ONCE,
                                  .text = "tts openai: the answer holds no sound"};
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct speech *s = arg;
    struct iv_error err = {0};
    enum iv_code rc = o->failure == NET_CANCELLED ? iv_fail(&err, IV_E_CANCELLED, "cancelled")
                                                  : iv_fail(&err, v->code, "%s", v->text);

    if (!rc)
        rc = iv_tts_pcm_end(&s->pcm, &err);
    s->job.done(s->job.arg, rc, err.text);
}

/* -- a request -- */

static char *make_body(const struct speech *s, const struct tts_job *job)
{
    iv_json *j = iv_json_object();
    struct iv_buf b = IV_BUF_INIT(IV_TTS_MAX_TEXT_BYTES * 2);

    iv_json_set_str(j, "model", s->model);
    iv_json_set_str(j, "input", job->text);
    iv_json_set_str(j, "voice", s->voice);
    iv_json_set_str(j, "response_format", "pcm");
    if (job->rate != 1)
        iv_json_set_num(j, "speed", job->rate);
    if (s->instructions[0])
        iv_json_set_str(j, "instructions", s->instructions);
    if (!s->is_openais)
        iv_json_set_int(j, "sample_rate", IV_TTS_RATE_HZ);
    if (iv_json_print(j, IV_JSON_COMPACT, &b, NULL))
        iv_buf_release(&b);
    iv_json_free(j);
    return iv_buf_take(&b);
}

static enum iv_code call(struct speech *s, struct iv_error *err)
{
    char bearer[600] = "";
    struct net_header headers[2] = {{"Content-Type", "application/json"}};
    struct net_request r = {.service = "tts.openai",
                            .method = "POST",
                            .url = s->url,
                            .headers = headers,
                            .n_headers = 1,
                            .body = s->body,
                            .body_len = strlen(s->body),
                            .timeouts = {.connect_ms = CONNECT_MS,
                                         .first_byte_ms = s->job.timeout_ms,
                                         .gap_ms = GAP_MS},
                            .max_body = MAX_SOUND_BYTES,
                            .on_data = on_data,
                            .is_delivered = is_delivered,
                            .judge = judge,
                            .on_done = on_done,
                            .arg = s};
    enum iv_code rc;

    if (s->key) {
        if (snprintf(bearer, sizeof bearer, "Bearer %s", s->key) >= (int)sizeof bearer)
            return iv_fail(err, IV_E_CONFIG, "openai.api_key: it is too long to be a key");
        headers[r.n_headers++] = (struct net_header){"Authorization", bearer};
    }
    rc = iv_net_call(s->net, &r, &s->call, err);
    explicit_bzero(bearer, sizeof bearer);
    return rc;
}

static enum iv_code openai_begin(void *st, const struct tts_job *job, struct iv_error *err)
{
    struct speech *s = st;
    size_t characters = iv_utf8_chars(job->text);
    enum iv_code rc;

    if (characters > MAX_CHARACTERS)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT,
                       "text of %zu characters: tts openai speaks at most %d at once", characters,
                       MAX_CHARACTERS);
    iv_net_call_release(s->call);
    s->call = NULL;
    s->job = *job;
    s->trouble[0] = '\0';
    s->wav = (struct tts_wav){0};
    free(s->body);
    s->body = make_body(s, job);
    if (!s->body)
        return iv_fail(err, IV_E_NOMEM, "tts openai: out of memory");
    iv_tts_pcm_release(&s->pcm);
    rc = iv_tts_pcm_init(&s->pcm, IV_TTS_RATE_HZ, job->audio, job->arg, err);
    return rc ? rc : call(s, err);
}

static void openai_stop(void *st)
{
    iv_net_call_cancel(((struct speech *)st)->call);
}

static void openai_warm(void *st)
{
    const struct speech *s = st;

    iv_net_warm(s->net, s->url);
}

static void openai_close(void *st)
{
    struct speech *s = st;

    iv_net_call_release(s->call);
    iv_tts_pcm_release(&s->pcm);
    iv_secret_free(s->key);
    free(s->body);
}

static const char *openai_voice(const void *st)
{
    return ((const struct speech *)st)->voice;
}

static const char *openai_model(const void *st)
{
    return ((const struct speech *)st)->model;
}

static void openai_identity(const void *st, char *out, size_t out_bytes)
{
    const struct speech *s = st;

    snprintf(out, out_bytes, "%s %s %s", s->url, s->model, s->instructions);
}

static enum iv_code openai_voices(iv_ctx *ctx, enum iv_lang lang,
                                  void (*fn)(void *arg, const char *voice, const char *about),
                                  void *arg, struct iv_error *err)
{
    (void)ctx, (void)lang, (void)err;
    for (size_t i = 0; i < IV_LEN(voice_names); i++)
        fn(arg, voice_names[i], "speaks every language; local servers have voices of their own");
    return IV_OK;
}

const struct iv_tts_ops iv_tts_openai = {
    .name = "openai",
    .summary =
        "OpenAI and servers that speak like it (speaches, Kokoro): natural, needs the network",
    .flags = TTS_STREAMS | TTS_READS_NUMBERS | TTS_NO_TIMES | TTS_ONLY_ASKED,
    .speaks = {true, true, true},
    .phones = IV_PHONES_VISEME,
    .state_size = sizeof(struct speech),
    .available = openai_available,
    .open = openai_open,
    .begin = openai_begin,
    .stop = openai_stop,
    .warm = openai_warm,
    .close = openai_close,
    .voice = openai_voice,
    .model = openai_model,
    .identity = openai_identity,
    .voices = openai_voices,
};

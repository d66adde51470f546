/* tts_elevenlabs.c - voices of ElevenLabs: a request for each clause, or a WebSocket that takes text while it is written.
 *
 * Both give characters with their times, from which the mouth is laid; the plain stream gives none, and the mouth follows the sound.
 * The socket is opened when a reply begins, so that its handshakes are over when the first words come.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "provider/fetch.h"
#include "provider/tts_eleven.h"

#define MAX_SOUND_BYTES (96u << 20) /* base64 of 20 minutes */
#define MIN_SPEED 0.7
#define MAX_SPEED 1.2
#define V3_CHARACTERS 5000 /* the others take more than we ever send */

static const char *const mode_names[] = {"auto", "stream", "timestamps", "socket"};

/* -- opening -- */

static bool eleven_available(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                             size_t why_bytes)
{
    (void)lang, (void)voice;
    if (iv_secret_is_set(ctx, "elevenlabs.api_key"))
        return true;
    snprintf(why, why_bytes, "elevenlabs.api_key is not set (ELEVENLABS_API_KEY)");
    return false;
}

/* It becomes a part of the URL. */
static bool is_id(const char *id)
{
    size_t n = 0;

    while (isalnum((unsigned char)id[n]) || id[n] == '_' || id[n] == '-')
        n++;
    return n > 0 && n < TTS_VOICE_BYTES && !id[n];
}

static enum eleven_mode mode_of(const char *name)
{
    for (size_t i = 0; i < IV_LEN(mode_names); i++)
        if (!strcmp(name, mode_names[i]))
            return (enum eleven_mode)i;
    return ELEVEN_AUTO;
}

static enum iv_code read_settings(struct eleven *e, const struct iv_config *c, const char *voice,
                                  struct iv_error *err)
{
    const char *id = voice[0] ? voice : c->elevenlabs_voice;

    if (!is_id(id))
        return iv_fail(err, IV_E_NOT_FOUND,
                       "tts elevenlabs: voice '%s': an id of letters and digits is expected", id);
    if (!is_id(c->elevenlabs_model))
        return iv_fail(err, IV_E_CONFIG,
                       "elevenlabs.model '%s': letters, digits, '_' and '-' are expected",
                       c->elevenlabs_model);
    snprintf(e->voice, sizeof e->voice, "%s", id);
    snprintf(e->model, sizeof e->model, "%s", c->elevenlabs_model);
    e->mode = mode_of(c->elevenlabs_mode);
    if (!strcmp(e->model, "eleven_v3") && (e->mode == ELEVEN_AUTO || e->mode == ELEVEN_SOCKET))
        e->mode = ELEVEN_TIMESTAMPS; /* it has no WebSocket */
    if (snprintf(e->base, sizeof e->base, "%s", c->elevenlabs_base_url) >= (int)sizeof e->base)
        return iv_fail(err, IV_E_CONFIG, "elevenlabs.base_url: it is too long");
    return IV_OK;
}

static enum iv_code eleven_open(void *st, const struct tts_env *env, struct iv_error *err)
{
    struct eleven *e = st;
    const struct iv_config *c = iv_ctx_config(env->ctx);
    struct iv_config *defaults = NULL;
    enum iv_code rc = c ? IV_OK : iv_config_new(&defaults, err);

    e->ctx = env->ctx;
    e->lang = env->lang;
    e->line = (struct iv_buf)IV_BUF_INIT(ELEVENLABS_MAX_PIECE);
    if (!rc)
        rc = read_settings(e, c ? c : defaults, env->voice, err);
    iv_config_free(defaults);
    if (!rc)
        rc = iv_secret_get(env->ctx, "elevenlabs.api_key", &e->key, err);
    if (!rc && !e->key)
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts elevenlabs: elevenlabs.api_key is not set");
    return rc ? rc : iv_net_of(env->ctx, &e->net, err);
}

/* -- HTTP -- */

static bool take_lines(struct eleven *e, const char *data, size_t len)
{
    bool is_final;

    while (len) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;

        iv_buf_add(&e->line, data, n);
        if (iv_buf_check(&e->line, "tts elevenlabs: a line", &e->trouble)) {
            if (e->trouble.code == IV_E_TOO_LARGE) /* of what it sent, not of what it was given */
                e->trouble.code = IV_E_TTS_ERROR;
            return false;
        }
        if (!end)
            return true;
        if (!iv_text_is_blank(iv_buf_str(&e->line)) &&
            iv_eleven_take(e, iv_buf_str(&e->line), e->line.len, false, &is_final, &e->trouble))
            return false;
        iv_buf_clear(&e->line);
        data += n + 1;
        len -= n + 1;
    }
    return true;
}

static bool on_data(void *arg, const char *data, size_t len, const char *content_type)
{
    struct eleven *e = arg;

    (void)content_type; /* always audio/mpeg, whatever it is */
    return e->ear ? !iv_tts_pcm_bytes(&e->pcm, data, len, &e->trouble) : take_lines(e, data, len);
}

/* Also: forget what is incomplete before another try. */
static bool is_delivered(void *arg)
{
    struct eleven *e = arg;

    iv_buf_clear(&e->line);
    e->pcm.has_odd = false;
    e->trouble.code = IV_OK;
    return e->pcm.n_in > 0;
}

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    struct eleven *e = arg;
    bool is_final;

    if (o->failure == NET_OK && e->line.len && !e->trouble.code)
        iv_eleven_take(e, iv_buf_str(&e->line), e->line.len, false, &is_final, &e->trouble);
    if (e->trouble.code) {
        *v = (struct net_verdict){.code = e->trouble.code,
                                  .class = e->trouble.code == IV_E_TTS_ERROR ? NET_RETRY_ONCE
                                                                             : NET_FAIL};
        snprintf(v->text, sizeof v->text, "%.230s", e->trouble.text);
    } else if (o->failure != NET_OK) {
        iv_elevenlabs_judge(o, e->pcm.n_in > 0, v);
    } else if (!e->pcm.n_in) {
        *v = (struct net_verdict){.code = IV_E_TTS_ERROR,
                                  .class = NET_RETRY_ONCE,
                                  .text = "tts elevenlabs: the answer holds no sound"};
    }
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    if (o->failure == NET_CANCELLED)
        iv_eleven_finish(arg, IV_E_CANCELLED, "cancelled");
    else
        iv_eleven_finish(arg, v->code, v->text);
}

void iv_eleven_add_rate(const struct eleven *e, iv_json *j)
{
    double rate = e->job.rate;
    iv_json *settings;

    if (rate == 1)
        return;
    settings = iv_json_object();
    iv_json_set_num(settings, "speed",
                    rate < MIN_SPEED   ? MIN_SPEED
                    : rate > MAX_SPEED ? MAX_SPEED
                                       : rate);
    iv_json_set(j, "voice_settings", settings);
}

static void warn_of_rate(struct eleven *e)
{
    double rate = e->job.rate;

    if (e->has_warned || (rate >= MIN_SPEED && rate <= MAX_SPEED))
        return;
    e->has_warned = true;
    iv_log(iv_ctx_log(e->ctx), IV_LOG_WARN,
           "tts elevenlabs: rate %g: the service speaks %g to %g times as fast; it is kept within",
           rate, MIN_SPEED, MAX_SPEED);
}

bool iv_eleven_takes_language(const struct eleven *e)
{
    return strcmp(e->model, "eleven_multilingual_v2") && strcmp(e->model, "eleven_flash_v2");
}

char *iv_eleven_json(iv_json *j)
{
    struct iv_buf b = IV_BUF_INIT(IV_TTS_MAX_TEXT_BYTES * 4);

    if (iv_json_print(j, IV_JSON_COMPACT, &b, NULL))
        iv_buf_release(&b);
    iv_json_free(j);
    return iv_buf_take(&b);
}

static char *make_body(const struct eleven *e, const struct tts_job *job)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "text", job->text);
    iv_json_set_str(j, "model_id", e->model);
    if (iv_eleven_takes_language(e))
        iv_json_set_str(j, "language_code", iv_lang_code(e->lang));
    iv_eleven_add_rate(e, j);
    return iv_eleven_json(j);
}

static enum iv_code call(struct eleven *e, struct iv_error *err)
{
    char url[ELEVEN_URL_BYTES];
    struct net_header headers[] = {{"Content-Type", "application/json"}, {"xi-api-key", e->key}};
    struct net_request r = {.service = "tts.elevenlabs",
                            .method = "POST",
                            .url = url,
                            .headers = headers,
                            .n_headers = IV_LEN(headers),
                            .body = e->body,
                            .body_len = strlen(e->body),
                            .timeouts = {.connect_ms = ELEVEN_CONNECT_MS,
                                         .first_byte_ms = e->job.timeout_ms,
                                         .gap_ms = ELEVEN_GAP_MS},
                            .max_body = MAX_SOUND_BYTES,
                            .on_data = on_data,
                            .is_delivered = is_delivered,
                            .judge = judge,
                            .on_done = on_done,
                            .arg = e};

    snprintf(url, sizeof url, "%s/v1/text-to-speech/%s/stream%s?output_format=pcm_24000", e->base,
             e->voice, e->mode == ELEVEN_STREAM ? "" : "/with-timestamps");
    iv_net_call_release(e->call);
    e->call = NULL;
    return iv_net_call(e->net, &r, &e->call, err);
}

static enum iv_code begin_call(struct eleven *e, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    free(e->body);
    e->body = make_body(e, &e->job);
    if (!e->body)
        return iv_fail(err, IV_E_NOMEM, "tts elevenlabs: out of memory");
    if (e->mode == ELEVEN_STREAM)
        rc = iv_viseme_estimator_new(e->job.phonemes, e->job.arg, &e->ear, err);
    return rc ? rc : call(e, err);
}

/* -- a job -- */

static bool uses_socket(const struct eleven *e, const struct tts_job *job)
{
    return e->mode == ELEVEN_SOCKET || (e->mode == ELEVEN_AUTO && job->is_open);
}

static enum iv_code eleven_begin(void *st, const struct tts_job *job, struct iv_error *err)
{
    struct eleven *e = st;
    size_t characters = iv_utf8_chars(job->text);
    enum iv_code rc;

    if (!strcmp(e->model, "eleven_v3") && characters > V3_CHARACTERS)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT,
                       "text of %zu characters: eleven_v3 speaks at most %d at once", characters,
                       V3_CHARACTERS);
    rc = iv_eleven_begin_job(e, job, err);
    warn_of_rate(e);
    if (!rc)
        rc = uses_socket(e, job) ? iv_eleven_socket_begin(e, err) : begin_call(e, err);
    if (rc)
        e->is_busy = false;
    e->job.text = NULL;
    return rc;
}

static void eleven_stop(void *st)
{
    struct eleven *e = st;

    if (e->s.is_used)
        iv_eleven_finish(e, IV_E_CANCELLED, "cancelled");
    else
        iv_net_call_cancel(e->call);
}

static bool eleven_takes_pieces(const void *st)
{
    const struct eleven *e = st;

    return e->mode == ELEVEN_AUTO || e->mode == ELEVEN_SOCKET;
}

static enum iv_code eleven_append(void *st, const char *text, struct iv_error *err)
{
    return iv_eleven_socket_append(st, text, err);
}

static void eleven_warm(void *st)
{
    struct eleven *e = st;

    if (e->mode == ELEVEN_STREAM || e->mode == ELEVEN_TIMESTAMPS)
        iv_net_warm(e->net, e->base);
    else
        iv_eleven_socket_warm(e);
}

static void eleven_close(void *st)
{
    struct eleven *e = st;

    iv_net_call_release(e->call);
    iv_eleven_socket_release(e);
    iv_viseme_estimator_free(e->ear);
    iv_tts_pcm_release(&e->pcm);
    iv_pcm_release(&e->sound);
    iv_buf_release(&e->line);
    iv_secret_free(e->key);
    free(e->body);
}

static const char *eleven_voice(const void *st)
{
    return ((const struct eleven *)st)->voice;
}

static const char *eleven_model(const void *st)
{
    return ((const struct eleven *)st)->model;
}

static void eleven_identity(const void *st, char *out, size_t out_bytes)
{
    const struct eleven *e = st;

    snprintf(out, out_bytes, "%s %s %s", e->base, e->model, mode_names[e->mode]);
}

/* -- its voices -- */

static void tell_voices(const iv_json *answer,
                        void (*fn)(void *arg, const char *voice, const char *about), void *arg)
{
    for (const iv_json *v = iv_json_first(iv_json_get(answer, "voices")); v; v = iv_json_next(v)) {
        const char *gender = iv_json_get_str(iv_json_get(v, "labels"), "gender", "");
        char about[160];

        snprintf(about, sizeof about, "%.100s%s%.40s", iv_json_get_str(v, "name", ""),
                 gender[0] ? ", " : "", gender);
        fn(arg, iv_json_get_str(v, "voice_id", ""), about);
    }
}

static enum iv_code eleven_voices(iv_ctx *ctx, enum iv_lang lang,
                                  void (*fn)(void *arg, const char *voice, const char *about),
                                  void *arg, struct iv_error *err)
{
    struct eleven e = {0};
    struct tts_env env = {ctx, lang, ""};
    char url[ELEVEN_URL_BYTES];
    struct net_header key = {"xi-api-key", NULL};
    struct iv_buf body = IV_BUF_INIT(4u << 20);
    iv_json *answer = NULL;
    enum iv_code rc = eleven_open(&e, &env, err);

    key.value = e.key;
    snprintf(url, sizeof url, "%s/v1/voices", e.base);
    if (!rc)
        rc = iv_fetch(e.net, "tts.elevenlabs", url, &key, 1, IV_E_TTS_ERROR, &body, err);
    if (!rc && iv_json_parse(iv_buf_str(&body), body.len, body.max, &answer, NULL))
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts elevenlabs: the list of voices is not JSON");
    if (!rc)
        tell_voices(answer, fn, arg);
    iv_json_free(answer);
    iv_buf_release(&body);
    eleven_close(&e);
    return rc;
}

const struct iv_tts_ops iv_tts_elevenlabs = {
    .name = "elevenlabs",
    .summary = "ElevenLabs: natural voices in every language, with times; needs a key",
    .flags = TTS_STREAMS | TTS_READS_NUMBERS,
    .speaks = {true, true, true},
    .phones = IV_PHONES_VISEME,
    .state_size = sizeof(struct eleven),
    .available = eleven_available,
    .open = eleven_open,
    .begin = eleven_begin,
    .stop = eleven_stop,
    .takes_pieces = eleven_takes_pieces,
    .append = eleven_append,
    .warm = eleven_warm,
    .close = eleven_close,
    .voice = eleven_voice,
    .model = eleven_model,
    .identity = eleven_identity,
    .voices = eleven_voices,
};

/* tts_elevenlabs.c - voices of ElevenLabs: a request for each clause, or a WebSocket that takes text while it is written.
 *
 * Both give characters with their times, from which the mouth is laid; the plain stream gives none, and the mouth follows the sound.
 * The socket is opened when a reply begins, so that its handshakes are over when the first words come.
 */
#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/json.h"
#include "iv/secret.h"
#include "provider/elevenlabs.h"
#include "provider/fetch.h"
#include "provider/tts.h"
#include "provider/tts_pcm.h"

#define MAX_SOUND_BYTES (96u << 20) /* base64 of 20 minutes */
#define CONNECT_MS 5000
#define GAP_MS 10000
#define SOCKET_QUEUE (64u << 10)
#define SOCKET_IDLE_S 60
#define URL_BYTES 700
#define MIN_SPEED 0.7
#define MAX_SPEED 1.2
#define V3_CHARACTERS 5000 /* the others take more than we ever send */

enum mode { MODE_AUTO, MODE_STREAM, MODE_TIMESTAMPS, MODE_SOCKET };
static const char *const mode_names[] = {"auto", "stream", "timestamps", "socket"};

struct eleven {
    iv_ctx *ctx;
    iv_net *net;
    enum iv_lang lang;
    enum mode mode;
    char base[300], voice[TTS_VOICE_BYTES], model[64];
    char *key;

    struct tts_job job;
    bool is_busy; /* {net thread} a job is under way */
    char *body;
    net_call *call;
    struct iv_buf line; /* of the HTTP answer, not complete yet */
    struct tts_pcm pcm;
    struct iv_pcm sound; /* of this job, for the mouth */
    uint32_t last_char_ms;
    bool has_mouth;
    iv_viseme_estimator *ear; /* of the plain stream */
    struct iv_error trouble; /* what the answer got wrong; code IV_OK: nothing */

    net_ws *socket;
    atomic_bool is_socket_fresh; /* opened ahead, nothing was sent */
    bool in_socket; /* the job's text goes there */
    net_timer *stopper, *silence;
};

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
static bool is_voice_id(const char *id)
{
    size_t n = 0;

    while (isalnum((unsigned char)id[n]) || id[n] == '_' || id[n] == '-')
        n++;
    return n > 0 && !id[n];
}

static enum mode mode_of(const char *name)
{
    for (size_t i = 0; i < IV_LEN(mode_names); i++)
        if (!strcmp(name, mode_names[i]))
            return (enum mode)i;
    return MODE_AUTO;
}

static enum iv_code read_settings(struct eleven *e, const struct iv_config *c, const char *voice,
                                  struct iv_error *err)
{
    const char *id = voice[0] ? voice : c->elevenlabs_voice;

    if (!is_voice_id(id))
        return iv_fail(err, IV_E_NOT_FOUND,
                       "tts elevenlabs: voice '%s': an id of letters and digits is expected", id);
    snprintf(e->voice, sizeof e->voice, "%s", id);
    snprintf(e->model, sizeof e->model, "%s", c->elevenlabs_model);
    e->mode = mode_of(c->elevenlabs_mode);
    if (!strcmp(e->model, "eleven_v3") && (e->mode == MODE_AUTO || e->mode == MODE_SOCKET))
        e->mode = MODE_TIMESTAMPS; /* it has no WebSocket */
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

/* -- sound and mouth; the net thread -- */

static void on_sound(void *arg, const int16_t *samples, size_t n)
{
    struct eleven *e = arg;

    iv_pcm_append(&e->sound, samples, n, NULL);
    e->job.audio(e->job.arg, samples, n);
    if (e->ear)
        iv_viseme_estimator_push(e->ear, samples, n);
}

static void give_rows(struct eleven *e, struct iv_phoneme *rows, size_t n, uint32_t offset_ms)
{
    for (size_t i = 0; i < n; i++) {
        rows[i].start_ms += offset_ms;
        rows[i].end_ms += offset_ms;
    }
    e->has_mouth |= n > 0;
    e->job.phonemes(e->job.arg, rows, n);
}

/* Times run over the utterance; some answers restart them with each piece. begun_ms: where the piece's sound begins. */
static void lay_mouth(struct eleven *e, struct elevenlabs_piece *p, uint32_t begun_ms,
                      bool are_relative)
{
    uint32_t first = p->n_chars ? p->chars[0].start_ms : 0;
    bool restarts = are_relative || (begun_ms && first + 20 < e->last_char_ms);
    uint32_t offset = restarts ? begun_ms : first, taken = restarts ? 0 : first;
    size_t skip = (size_t)offset * (IV_TTS_RATE_HZ / 1000), n_rows = 0;
    struct iv_phoneme *rows = NULL;
    struct iv_error why;

    if (!p->n_chars || skip > e->sound.len)
        return;
    for (size_t i = 0; i < p->n_chars; i++) {
        p->chars[i].start_ms -= taken < p->chars[i].start_ms ? taken : p->chars[i].start_ms;
        p->chars[i].end_ms -= taken < p->chars[i].end_ms ? taken : p->chars[i].end_ms;
    }
    if (iv_viseme_from_chars(p->chars, p->n_chars, e->sound.samples + skip, e->sound.len - skip,
                             &rows, &n_rows, &why))
        iv_log(iv_ctx_log(e->ctx), IV_LOG_DEBUG, "tts elevenlabs: %s", why.text);
    e->last_char_ms = offset + p->chars[p->n_chars - 1].end_ms;
    give_rows(e, rows, n_rows, offset);
    free(rows);
}

static enum iv_code take_piece(struct eleven *e, const char *text, size_t len, bool are_relative,
                               bool *is_final, struct iv_error *err)
{
    uint32_t begun_ms = (uint32_t)iv_pcm_ms(&e->sound);
    struct elevenlabs_piece p;
    enum iv_code rc = iv_elevenlabs_read(text, len, &p, err);

    *is_final = false;
    if (rc)
        return rc;
    if (p.error[0])
        rc = iv_fail(err, iv_elevenlabs_frame_code(p.error), "tts elevenlabs: %.60s: %.160s",
                     p.error, p.message);
    if (!rc)
        rc = iv_tts_pcm_bytes(&e->pcm, iv_buf_str(&p.sound), p.sound.len, err);
    if (!rc)
        lay_mouth(e, &p, begun_ms, are_relative);
    *is_final = p.is_final;
    iv_elevenlabs_release(&p);
    return rc;
}

/* Nothing told when the mouth moves: the sound does. */
static void lay_from_sound(struct eleven *e)
{
    struct iv_error why;

    if (e->ear || e->has_mouth || !e->sound.len ||
        iv_viseme_estimator_new(e->job.phonemes, e->job.arg, &e->ear, &why))
        return;
    iv_viseme_estimator_push(e->ear, e->sound.samples, e->sound.len);
}

static void finish(struct eleven *e, enum iv_code code, const char *text)
{
    if (!e->is_busy)
        return;
    e->is_busy = false;
    if (!code)
        lay_from_sound(e);
    if (e->ear)
        iv_viseme_estimator_end(e->ear);
    iv_viseme_estimator_free(e->ear);
    e->ear = NULL;
    e->job.done(e->job.arg, code, text);
}

static enum iv_code begin_job(struct eleven *e, const struct tts_job *job, struct iv_error *err)
{
    e->job = *job;
    e->is_busy = true;
    e->sound.len = 0;
    e->sound.rate_hz = IV_TTS_RATE_HZ;
    e->last_char_ms = 0;
    e->has_mouth = false;
    e->trouble.code = IV_OK;
    iv_buf_clear(&e->line);
    iv_tts_pcm_release(&e->pcm);
    return iv_tts_pcm_init(&e->pcm, IV_TTS_RATE_HZ, on_sound, e, err);
}

/* -- HTTP -- */

static bool take_lines(struct eleven *e, const char *data, size_t len)
{
    bool is_final;

    while (len) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;

        iv_buf_add(&e->line, data, n);
        if (iv_buf_check(&e->line, "tts elevenlabs: a line", &e->trouble))
            return false;
        if (!end)
            return true;
        if (!iv_text_is_blank(iv_buf_str(&e->line)) &&
            take_piece(e, iv_buf_str(&e->line), e->line.len, false, &is_final, &e->trouble))
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
    return e->pcm.n_in > 0;
}

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    struct eleven *e = arg;
    bool is_final;

    if (o->failure == NET_OK && e->line.len && !e->trouble.code)
        take_piece(e, iv_buf_str(&e->line), e->line.len, false, &is_final, &e->trouble);
    if (e->trouble.code) {
        *v = (struct net_verdict){.code = e->trouble.code, .class = NET_FAIL};
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
        finish(arg, IV_E_CANCELLED, "cancelled");
    else
        finish(arg, v->code, v->text);
}

static void add_voice_settings(iv_json *j, double rate)
{
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

static bool takes_language(const struct eleven *e)
{
    return strcmp(e->model, "eleven_multilingual_v2") && strcmp(e->model, "eleven_flash_v2");
}

static char *json_text(iv_json *j)
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
    if (takes_language(e))
        iv_json_set_str(j, "language_code", iv_lang_code(e->lang));
    add_voice_settings(j, job->rate);
    return json_text(j);
}

static enum iv_code call(struct eleven *e, struct iv_error *err)
{
    char url[URL_BYTES];
    struct net_header headers[] = {{"Content-Type", "application/json"}, {"xi-api-key", e->key}};
    struct net_request r = {.service = "tts.elevenlabs",
                            .method = "POST",
                            .url = url,
                            .headers = headers,
                            .n_headers = IV_LEN(headers),
                            .body = e->body,
                            .body_len = strlen(e->body),
                            .timeouts = {.connect_ms = CONNECT_MS,
                                         .first_byte_ms = e->job.timeout_ms,
                                         .gap_ms = GAP_MS},
                            .max_body = MAX_SOUND_BYTES,
                            .on_data = on_data,
                            .is_delivered = is_delivered,
                            .judge = judge,
                            .on_done = on_done,
                            .arg = e};

    snprintf(url, sizeof url, "%s/v1/text-to-speech/%s/stream%s?output_format=pcm_24000", e->base,
             e->voice, e->mode == MODE_STREAM ? "" : "/with-timestamps");
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
    if (e->mode == MODE_STREAM)
        rc = iv_viseme_estimator_new(e->job.phonemes, e->job.arg, &e->ear, err);
    return rc ? rc : call(e, err);
}

/* -- the WebSocket -- */

static void on_open(void *arg)
{
    (void)arg;
}

static void on_silence(void *arg)
{
    struct eleven *e = arg;

    if (!e->pcm.n_in)
        finish(e, IV_E_TTS_TIMEOUT, "tts elevenlabs: no sound came");
}

static void on_message(void *arg, const char *data, size_t len, bool is_text)
{
    struct eleven *e = arg;
    bool is_final = false;
    struct iv_error err;

    if (!is_text || !e->is_busy)
        return;
    if (take_piece(e, data, len, true, &is_final, &err))
        finish(e, err.code, err.text);
    else if (is_final)
        finish(e, e->pcm.n_in ? IV_OK : IV_E_TTS_ERROR, "tts elevenlabs: no sound came");
}

static void on_close(void *arg, const struct net_outcome *o)
{
    struct eleven *e = arg;
    struct net_verdict v;

    atomic_store(&e->is_socket_fresh, false);
    if (!e->is_busy || !e->in_socket)
        return;
    iv_elevenlabs_judge(o, e->pcm.n_in > 0, &v);
    finish(e, v.code, v.text);
}

static enum iv_code open_socket(struct eleven *e, struct iv_error *err)
{
    char url[URL_BYTES];
    struct net_header key = {"xi-api-key", e->key};
    struct net_ws_request r = {.service = "tts.elevenlabs",
                               .url = url,
                               .headers = &key,
                               .n_headers = 1,
                               .handshake_ms = CONNECT_MS,
                               .max_message = ELEVENLABS_MAX_PIECE,
                               .max_queued = SOCKET_QUEUE,
                               .on_open = on_open,
                               .on_message = on_message,
                               .on_close = on_close,
                               .arg = e};
    bool is_secure = !strncmp(e->base, "https://", 8);
    const char *host = strstr(e->base, "://");
    enum iv_code rc;

    snprintf(url, sizeof url,
             "%s%s/v1/text-to-speech/%s/stream-input?model_id=%s&output_format=pcm_24000"
             "&sync_alignment=true&inactivity_timeout=%d%s%s",
             is_secure ? "wss" : "ws", host ? host : "://", e->voice, e->model, SOCKET_IDLE_S,
             takes_language(e) ? "&language_code=" : "",
             takes_language(e) ? iv_lang_code(e->lang) : "");
    iv_net_ws_release(e->socket);
    e->socket = NULL;
    rc = iv_net_ws_open(e->net, &r, &e->socket, err);
    atomic_store(&e->is_socket_fresh, !rc);
    return rc;
}

static enum iv_code send_json(struct eleven *e, iv_json *j, struct iv_error *err)
{
    char *text = json_text(j);
    enum iv_code rc = text ? iv_net_ws_send(e->socket, text, strlen(text), true, err)
                           : iv_fail(err, IV_E_NOMEM, "tts elevenlabs: out of memory");

    free(text);
    return rc;
}

/* The first message must be one blank; it carries the settings. */
static enum iv_code send_start(struct eleven *e, struct iv_error *err)
{
    iv_json *j = iv_json_object(), *generation = iv_json_object(), *schedule = iv_json_array();

    for (int step = 50; step <= 200; step += 50)
        iv_json_append(schedule, iv_json_int(step));
    iv_json_set_str(j, "text", " ");
    add_voice_settings(j, e->job.rate);
    iv_json_set(generation, "chunk_length_schedule", schedule);
    iv_json_set(j, "generation_config", generation);
    return send_json(e, j, err);
}

/* What comes here is whole sentences: each is made at once. An empty text ends the stream. */
static enum iv_code send_text(struct eleven *e, const char *text, struct iv_error *err)
{
    iv_json *j = iv_json_object();
    char *padded = NULL;

    if (text && asprintf(&padded, "%s ", text) < 0)
        padded = NULL;
    iv_json_set_str(j, "text", padded ? padded : "");
    if (padded)
        iv_json_set_bool(j, "flush", true);
    free(padded);
    return send_json(e, j, err);
}

static enum iv_code begin_socket(struct eleven *e, struct iv_error *err)
{
    enum iv_code rc;

    e->in_socket = true;
    iv_net_timer_release(e->silence);
    e->silence = iv_net_after(e->net, e->job.timeout_ms, on_silence, e);
    rc = atomic_load(&e->is_socket_fresh) ? IV_OK : open_socket(e, err);
    if (rc)
        return rc;
    atomic_store(&e->is_socket_fresh, false);
    rc = send_start(e, err);
    if (!rc)
        rc = send_text(e, e->job.text, err);
    if (!rc && !e->job.is_open)
        rc = send_text(e, NULL, err);
    return rc == IV_E_STATE ? IV_OK : rc; /* closed already: on_close tells */
}

static bool eleven_takes_pieces(const void *st)
{
    const struct eleven *e = st;

    return e->mode == MODE_AUTO || e->mode == MODE_SOCKET;
}

static enum iv_code eleven_append(void *st, const char *text, struct iv_error *err)
{
    return send_text(st, text, err);
}

/* -- a job -- */

static bool uses_socket(const struct eleven *e, const struct tts_job *job)
{
    return e->mode == MODE_SOCKET || (e->mode == MODE_AUTO && job->is_open);
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
    iv_net_timer_release(e->stopper);
    e->stopper = NULL;
    rc = begin_job(e, job, err);
    e->in_socket = false;
    if (!rc)
        rc = uses_socket(e, job) ? begin_socket(e, err) : begin_call(e, err);
    if (rc)
        e->is_busy = false;
    e->job.text = NULL;
    return rc;
}

static void on_stop(void *arg)
{
    finish(arg, IV_E_CANCELLED, "cancelled");
}

static void eleven_stop(void *st)
{
    struct eleven *e = st;

    if (!e->in_socket) {
        iv_net_call_cancel(e->call);
        return;
    }
    iv_net_ws_close(e->socket, 1000);
    if (!e->stopper)
        e->stopper = iv_net_after(e->net, 0, on_stop, e);
}

static void eleven_warm(void *st)
{
    struct eleven *e = st;
    struct iv_error ignored;

    if (e->mode == MODE_STREAM || e->mode == MODE_TIMESTAMPS)
        iv_net_warm(e->net, e->base);
    else if (!atomic_load(&e->is_socket_fresh))
        open_socket(e, &ignored);
}

static void eleven_close(void *st)
{
    struct eleven *e = st;

    iv_net_call_release(e->call);
    iv_net_ws_release(e->socket);
    iv_net_timer_release(e->stopper);
    iv_net_timer_release(e->silence);
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

static void eleven_identity(const void *st, char *out, size_t out_bytes)
{
    const struct eleven *e = st;

    snprintf(out, out_bytes, "%s %s", e->base, e->model);
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
    char url[URL_BYTES];
    struct net_header key = {"xi-api-key", NULL};
    struct iv_buf body = IV_BUF_INIT(4u << 20);
    iv_json *answer = NULL;
    enum iv_code rc = eleven_open(&e, &env, err);

    key.value = e.key;
    snprintf(url, sizeof url, "%s/v1/voices", e.base);
    if (!rc)
        rc = iv_fetch(e.net, "tts.elevenlabs", url, &key, 1, IV_E_TTS_ERROR, &body, err);
    if (!rc)
        rc = iv_json_parse(iv_buf_str(&body), body.len, body.max, &answer, err);
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
    .identity = eleven_identity,
    .voices = eleven_voices,
};

/* tts_edge.c - the voices of the Edge browser: no key, no contract, natural; they may be refused any day.
 *
 * One WebSocket for each piece of 4096 bytes. A clock that is wrong is set right once, by the Date of the refusal. MP3 is all that the
 * service gives; words come with their times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/mp3.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/json.h"
#include "provider/edge.h"
#include "provider/fetch.h"
#include "provider/tts.h"
#include "provider/tts_retry.h"

#define PATH "/consumer/speech/synthesize/readaloud"
#define ORIGIN "chrome-extension://jdiccldimpdaibmpdkjnbmckianbfold"
#define HANDSHAKE_MS 5000
#define GAP_MS 10000
#define MAX_MESSAGE (1u << 20)
#define MAX_QUEUED (32u << 10)
#define MESSAGE_MAX (16u << 10)
#define TEXTS_MAX (256u << 10)
#define URL_BYTES 800

static const struct {
    enum iv_lang lang;
    const char *name, *about;
} known_voices[] = {
    {IV_LANG_KO, "ko-KR-SunHiNeural", "female"},
    {IV_LANG_KO, "ko-KR-InJoonNeural", "male"},
    {IV_LANG_KO, "ko-KR-HyunsuMultilingualNeural", "male"},
    {IV_LANG_JA, "ja-JP-NanamiNeural", "female"},
    {IV_LANG_JA, "ja-JP-KeitaNeural", "male"},
    {IV_LANG_EN, "en-US-EmmaMultilingualNeural", "female"},
    {IV_LANG_EN, "en-US-GuyNeural", "male"},
};

struct edge {
    iv_ctx *ctx;
    iv_net *net;
    char base[300], version[40], voice[TTS_VOICE_BYTES];
    int64_t skew_ms; /* of our clock, told by a refusal */

    struct tts_job job;
    bool is_busy; /* a job is under way */
    char *text;
    size_t at, piece; /* of text: begin and length of the present piece */
    int tries;
    bool is_repaired;
    net_ws *socket;
    net_timer *silence, *again;
    iv_mp3 *decoder;
    struct iv_pcm sound; /* of the present piece */
    uint64_t piece_from; /* samples before it */
    struct edge_word *words;
    size_t n_words;
    struct iv_buf texts;
};

static enum iv_code open_piece(struct edge *e, struct iv_error *err);

/* -- opening -- */

static bool edge_available(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                           size_t why_bytes)
{
    (void)ctx, (void)lang, (void)voice;
    if (!iv_mp3_is_there())
        snprintf(why, why_bytes, "it speaks MP3 only, and this build has no libmpg123");
    return iv_mp3_is_there();
}

static const char *default_voice(enum iv_lang lang)
{
    size_t i = 0;

    while (known_voices[i].lang != lang)
        i++;
    return known_voices[i].name;
}

/* It becomes a part of the SSML. */
static bool is_voice(const char *name)
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] ==
               '\0' &&
           strchr(name, '-');
}

static enum iv_code edge_open(void *st, const struct tts_env *env, struct iv_error *err)
{
    struct edge *e = st;
    const struct iv_config *c = iv_ctx_config(env->ctx);
    const char *voice = env->voice[0] ? env->voice : default_voice(env->lang);

    e->ctx = env->ctx;
    e->texts = (struct iv_buf)IV_BUF_INIT(TEXTS_MAX);
    e->sound.rate_hz = IV_TTS_RATE_HZ;
    snprintf(e->base, sizeof e->base, "%s",
             c ? c->edge_base_url : "https://speech.platform.bing.com");
    snprintf(e->version, sizeof e->version, "%s", c ? c->edge_version : "143.0.3650.75");
    if (!is_voice(voice))
        return iv_fail(err, IV_E_NOT_FOUND, "tts edge: voice '%s': a name such as %s is expected",
                       voice, default_voice(env->lang));
    snprintf(e->voice, sizeof e->voice, "%s", voice);
    e->words = iv_alloc_array(EDGE_MAX_WORDS, sizeof *e->words);
    if (!e->words)
        return iv_fail(err, IV_E_NOMEM, "tts edge: out of memory");
    return iv_net_of(env->ctx, &e->net, err);
}

/* -- headers and addresses -- */

struct edge_headers {
    char agent[200], cookie[48];
    struct net_header list[7];
    size_t n;
};

static void make_headers(const struct edge *e, struct edge_headers *h)
{
    int major = (int)strcspn(e->version, ".");
    char id[EDGE_ID_BYTES];

    iv_edge_id(id, true);
    snprintf(h->cookie, sizeof h->cookie, "muid=%s;", id);
    snprintf(h->agent, sizeof h->agent,
             "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
             "Chrome/%.*s.0.0.0 Safari/537.36 Edg/%.*s.0.0.0",
             major, e->version, major, e->version);
    h->list[0] = (struct net_header){"User-Agent", h->agent};
    h->list[1] = (struct net_header){"Accept-Language", "en-US,en;q=0.9"};
    h->list[2] = (struct net_header){"Pragma", "no-cache"};
    h->list[3] = (struct net_header){"Cache-Control", "no-cache"};
    h->list[4] = (struct net_header){"Cookie", h->cookie};
    h->list[5] = (struct net_header){"Origin", ORIGIN};
    h->n = 6;
}

static int64_t now_ms(const struct edge *e)
{
    return iv_wall_ms(iv_ctx_clock(e->ctx)) + e->skew_ms;
}

static void make_url(const struct edge *e, bool is_list, char out[URL_BYTES])
{
    char gec[EDGE_GEC_BYTES], id[EDGE_ID_BYTES];
    const char *host = strstr(e->base, "://");
    bool is_secure = !strncmp(e->base, "https://", 8);

    iv_edge_gec(now_ms(e) / 1000, gec);
    iv_edge_id(id, false);
    if (is_list)
        snprintf(out, URL_BYTES,
                 "%s" PATH "/voices/list?trustedclienttoken=" EDGE_TOKEN
                 "&Sec-MS-GEC=%s&Sec-MS-GEC-Version=1-%s",
                 e->base, gec, e->version);
    else
        snprintf(out, URL_BYTES,
                 "%s%s" PATH "/edge/v1?TrustedClientToken=" EDGE_TOKEN
                 "&ConnectionId=%s&Sec-MS-GEC=%s&Sec-MS-GEC-Version=1-%s",
                 is_secure ? "wss" : "ws", host ? host : "://", id, gec, e->version);
}

/* -- the end of things -- */

static void end_try(struct edge *e)
{
    iv_net_timer_release(e->silence);
    iv_net_timer_release(e->again);
    e->silence = e->again = NULL;
}

static void finish(struct edge *e, enum iv_code code, const char *text)
{
    if (!e->is_busy)
        return;
    e->is_busy = false;
    end_try(e);
    if (e->socket)
        iv_net_ws_close(e->socket, 1000);
    e->job.done(e->job.arg, code, text);
}

static void reopen(void *arg)
{
    struct edge *e = arg;
    struct iv_error err = {0};

    if (open_piece(e, &err))
        finish(e, err.code, err.text);
}

/* The piece once more, where it brought nothing yet and may be tried again. */
static void fail(struct edge *e, const struct net_verdict *v, int64_t told_ms)
{
    int64_t ms = e->sound.len ? -1 : iv_tts_retry_ms(e->ctx, v->class, e->tries, told_ms);

    end_try(e);
    iv_net_ws_release(e->socket); /* without a word of its end */
    e->socket = NULL;
    e->again = ms < 0 ? NULL : iv_net_after(e->net, ms, reopen, e);
    if (!e->again)
        finish(e, v->code, v->text);
}

/* -- the mouth -- */

static void give_rows(struct edge *e, struct iv_phoneme *rows, size_t n)
{
    uint32_t before_ms = (uint32_t)(e->piece_from * 1000 / IV_TTS_RATE_HZ);

    for (size_t i = 0; i < n; i++) {
        rows[i].start_ms += before_ms;
        rows[i].end_ms += before_ms;
    }
    e->job.phonemes(e->job.arg, rows, n);
}

static void heard(void *arg, const struct iv_phoneme *rows, size_t n)
{
    struct iv_phoneme one;

    for (size_t i = 0; i < n; i++) {
        one = rows[i];
        give_rows(arg, &one, 1);
    }
}

/* No times, or such as make no sense: the mouth follows the sound. */
static void lay_from_sound(struct edge *e)
{
    iv_viseme_estimator *ear;
    struct iv_error why;

    if (iv_viseme_estimator_new(heard, e, &ear, &why))
        return;
    iv_viseme_estimator_push(ear, e->sound.samples, e->sound.len);
    iv_viseme_estimator_end(ear);
    iv_viseme_estimator_free(ear);
}

static void lay_mouth(struct edge *e)
{
    struct iv_timed_text *timed = iv_alloc_array(e->n_words, sizeof *timed);
    struct iv_phoneme *rows = NULL;
    struct iv_error why;
    size_t n = 0;

    for (size_t i = 0; timed && i < e->n_words; i++)
        timed[i] = (struct iv_timed_text){e->texts.data + e->words[i].text, e->words[i].start_ms,
                                          e->words[i].end_ms};
    if (timed && e->n_words &&
        iv_viseme_from_words(timed, e->n_words, e->sound.samples, e->sound.len, &rows, &n, &why))
        iv_log(iv_ctx_log(e->ctx), IV_LOG_DEBUG, "tts edge: %s", why.text);
    if (n)
        give_rows(e, rows, n);
    else
        lay_from_sound(e);
    free(rows);
    free(timed);
}

static void end_piece(struct edge *e)
{
    static const struct net_verdict nothing = {
        IV_E_TTS_ERROR, NET_RETRY_ONCE,
        "tts edge: the service spoke nothing: no such voice, or it refuses this client"};
    struct iv_error err = {0};

    if (!e->sound.len) {
        iv_net_report(e->net, "tts.edge", false);
        fail(e, &nothing, -1);
        return;
    }
    lay_mouth(e);
    e->piece_from += e->sound.len;
    e->at += e->piece;
    e->tries = 0;
    if (!e->text[e->at])
        finish(e, IV_OK, "");
    else if (open_piece(e, &err))
        finish(e, err.code, err.text);
}

/* -- messages -- */

static void on_sound(void *arg, const int16_t *samples, size_t n)
{
    struct edge *e = arg;

    iv_pcm_append(&e->sound, samples, n, NULL);
    e->job.audio(e->job.arg, samples, n);
}

static void on_silence(void *arg)
{
    struct edge *e = arg;
    struct net_outcome o = {.failure = e->sound.len ? NET_GAP_TIMEOUT : NET_FIRST_TIMEOUT,
                            .text = "no sound came in time"};
    struct net_verdict v;

    iv_net_report(e->net, "tts.edge", false);
    iv_edge_judge(&o, e->sound.len, &v);
    fail(e, &v, -1);
}

static void watch(struct edge *e, int64_t ms)
{
    iv_net_timer_release(e->silence);
    e->silence = iv_net_after(e->net, ms, on_silence, e);
}

/* Times that make no sense are no reason not to speak. */
static void take_words(struct edge *e, const char *body, size_t len)
{
    struct iv_error why;

    if (iv_edge_words(body, len, e->words, &e->n_words, EDGE_MAX_WORDS, &e->texts, &why))
        iv_log(iv_ctx_log(e->ctx), IV_LOG_DEBUG, "%s", why.text);
    if (e->texts.failed)
        e->n_words = 0;
}

static enum iv_code take_sound(struct edge *e, const char *data, size_t len, struct iv_error *err)
{
    const char *sound = NULL;
    size_t n = 0;
    enum iv_code rc = iv_edge_sound_frame(data, len, &sound, &n, err);

    if (!rc && n)
        rc = iv_mp3_push(e->decoder, sound, n, err);
    return rc == IV_E_DATA ? iv_fail(err, IV_E_TTS_ERROR, "tts edge: %s", err->text) : rc;
}

static void on_message(void *arg, const char *data, size_t len, bool is_text)
{
    struct edge *e = arg;
    const char *body;
    size_t body_len, before = e->sound.len;
    enum edge_path path = is_text ? iv_edge_text_frame(data, len, &body, &body_len) : EDGE_OTHER;
    struct iv_error err = {0};

    if (!e->is_busy)
        return;
    if (!is_text && take_sound(e, data, len, &err)) {
        finish(e, err.code, err.text);
        return;
    }
    if (path == EDGE_TURN_END) {
        end_piece(e);
        return;
    }
    if (path == EDGE_METADATA)
        take_words(e, body, body_len);
    if (e->sound.len > before)
        watch(e, GAP_MS);
}

static bool repair_clock(struct edge *e, const struct net_outcome *o)
{
    if (o->status != 403 || o->date_ms < 0 || e->is_repaired)
        return false;
    e->is_repaired = true;
    e->skew_ms = o->date_ms - iv_wall_ms(iv_ctx_clock(e->ctx));
    e->tries--; /* this one does not count */
    return true;
}

static void on_close(void *arg, const struct net_outcome *o)
{
    struct edge *e = arg;
    struct net_verdict v;

    if (!e->is_busy)
        return;
    if (repair_clock(e, o)) {
        reopen(e);
        return;
    }
    iv_edge_judge(o, e->sound.len, &v);
    fail(e, &v, o->retry_after_ms);
}

/* -- a piece -- */

static enum iv_code send_messages(struct edge *e, struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(MESSAGE_MAX);
    char id[EDGE_ID_BYTES];
    enum iv_code rc;

    iv_edge_id(id, false);
    iv_edge_config_message(now_ms(e), &b);
    rc = iv_net_ws_send(e->socket, iv_buf_str(&b), b.len, true, err);
    iv_buf_clear(&b);
    iv_edge_ssml_message(now_ms(e), id, e->voice, e->job.rate, e->text + e->at, e->piece, &b);
    if (!rc)
        rc = iv_buf_check(&b, "tts edge: text", err);
    if (!rc)
        rc = iv_net_ws_send(e->socket, iv_buf_str(&b), b.len, true, err);
    iv_buf_release(&b);
    return rc;
}

static enum iv_code open_piece(struct edge *e, struct iv_error *err)
{
    char url[URL_BYTES];
    struct edge_headers h;
    struct net_ws_request r = {.service = "tts.edge",
                               .url = url,
                               .headers = h.list,
                               .handshake_ms = HANDSHAKE_MS,
                               .max_message = MAX_MESSAGE,
                               .max_queued = MAX_QUEUED,
                               .on_message = on_message,
                               .on_close = on_close,
                               .arg = e};
    enum iv_code rc;

    e->piece = iv_edge_piece(e->text + e->at);
    e->sound.len = 0;
    e->n_words = 0;
    iv_buf_clear(&e->texts);
    iv_mp3_free(e->decoder);
    e->decoder = NULL;
    e->tries++;
    make_headers(e, &h);
    r.n_headers = h.n;
    make_url(e, false, url);
    end_try(e);
    iv_net_ws_release(e->socket);
    e->socket = NULL;
    rc = iv_mp3_new(IV_TTS_RATE_HZ, on_sound, e, &e->decoder, err);
    if (!rc)
        rc = iv_net_ws_open(e->net, &r, &e->socket, err);
    if (rc)
        return rc;
    watch(e, e->job.timeout_ms);
    return send_messages(e, err);
}

static enum iv_code edge_begin(void *st, const struct tts_job *job, struct iv_error *err)
{
    struct edge *e = st;
    enum iv_code rc;

    free(e->text);
    e->text = iv_strdup(job->text);
    if (!e->text)
        return iv_fail(err, IV_E_NOMEM, "tts edge: out of memory");
    e->job = *job;
    e->job.text = NULL;
    e->at = 0;
    e->tries = 0;
    e->is_repaired = false;
    e->piece_from = 0;
    e->is_busy = true;
    rc = open_piece(e, err);
    if (rc) {
        e->is_busy = false;
        end_try(e);
    }
    return rc;
}

static void edge_stop(void *st)
{
    finish(st, IV_E_CANCELLED, "cancelled");
}

static void edge_warm(void *st)
{
    (void)st; /* a connection is used for one piece only */
}

static void edge_close(void *st)
{
    struct edge *e = st;

    iv_net_ws_release(e->socket);
    end_try(e);
    iv_mp3_free(e->decoder);
    iv_pcm_release(&e->sound);
    iv_buf_release(&e->texts);
    free(e->words);
    free(e->text);
}

static const char *edge_voice(const void *st)
{
    return ((const struct edge *)st)->voice;
}

static void edge_identity(const void *st, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "%s", ((const struct edge *)st)->base);
}

/* -- its voices -- */

static void tell_voices(const iv_json *list, enum iv_lang lang,
                        void (*fn)(void *arg, const char *voice, const char *about), void *arg)
{
    for (const iv_json *v = iv_json_first(list); v; v = iv_json_next(v))
        if (!strncmp(iv_json_get_str(v, "Locale", ""), iv_lang_code(lang), 2))
            fn(arg, iv_json_get_str(v, "ShortName", ""), iv_json_get_str(v, "Gender", ""));
}

/* A clock that is wrong is set right once, as for speech. */
static enum iv_code fetch_list(struct edge *e, struct iv_buf *body, struct iv_error *err)
{
    struct edge_headers h;
    char url[URL_BYTES];
    int64_t date_ms = -1;
    enum iv_code rc = IV_OK;

    for (int i = 0; i < 2; i++) {
        make_headers(e, &h);
        make_url(e, true, url);
        rc = iv_fetch_dated(e->net, "tts.edge", url, h.list, h.n, IV_E_TTS_ERROR, body, &date_ms,
                            err);
        if (!rc || date_ms < 0)
            break;
        e->skew_ms = date_ms - iv_wall_ms(iv_ctx_clock(e->ctx));
    }
    return rc;
}

static enum iv_code edge_voices(iv_ctx *ctx, enum iv_lang lang,
                                void (*fn)(void *arg, const char *voice, const char *about),
                                void *arg, struct iv_error *err)
{
    struct edge e = {0};
    struct tts_env env = {ctx, lang, ""};
    struct iv_buf body = IV_BUF_INIT(4u << 20);
    iv_json *list = NULL;
    enum iv_code rc = edge_open(&e, &env, err);

    if (!rc)
        rc = fetch_list(&e, &body, err);
    if (!rc && iv_json_parse(iv_buf_str(&body), body.len, body.max, &list, NULL))
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts edge: the list of voices is not JSON");
    if (!rc)
        tell_voices(list, lang, fn, arg);
    iv_json_free(list);
    iv_buf_release(&body);
    edge_close(&e);
    return rc;
}

const struct iv_tts_ops iv_tts_edge = {
    .name = "edge",
    .summary =
        "the Edge browser's voices: natural, no key; an undocumented service that may refuse",
    .flags = TTS_STREAMS | TTS_READS_NUMBERS | TTS_ONLY_ASKED,
    .speaks = {true, true, true},
    .phones = IV_PHONES_VISEME,
    .state_size = sizeof(struct edge),
    .available = edge_available,
    .open = edge_open,
    .begin = edge_begin,
    .stop = edge_stop,
    .warm = edge_warm,
    .close = edge_close,
    .voice = edge_voice,
    .identity = edge_identity,
    .voices = edge_voices,
};

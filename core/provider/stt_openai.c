/* stt_openai.c - transcription by OpenAI and by every server that speaks its /audio/transcriptions: whisper.cpp, speaches, vLLM.
 *
 * They take files. Our own voice activity cuts what is heard into utterances; each is sent while the next is heard, one at a time,
 * so that results come in order and it feels streamed. Silence is never sent: these models make words of it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/json.h"
#include "iv/secret.h"
#include "provider/openai_error.h"
#include "provider/stt.h"
#include "provider/stt_wav.h"
#include "turn/vad.h"

#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define PRE_ROLL_MS 300u /* so that no first syllable is lost */
#define MIN_MS 100u
#define MAX_MS 30000u /* a speaker who never pauses is cut there */
#define MAX_WAITING 16
#define CONNECT_MS 5000
#define MAX_ANSWER (4u << 20)
#define NO_SPEECH 0.6
#define URL_BYTES 600

struct segment {
    struct segment *next;
    char *wav;
    size_t len;
    uint32_t start_ms, end_ms;
};

struct ears {
    iv_ctx *ctx;
    iv_net *net;
    enum iv_lang lang;
    uint32_t hang_ms;
    char url[URL_BYTES], model[64];
    char *key;
    struct stt_link link;

    struct iv_vad vad; /* caller's */
    struct iv_pcm heard; /* caller's: from `heard_from` on */
    uint64_t heard_from, fed;
    bool speaking;
    uint64_t speech_from; /* sample where the utterance begins */

    pthread_mutex_t lock;
    bool has_lock;
    struct segment *first, **last; /* {lock} to be sent */
    size_t n_waiting; /* {lock} */
    bool ended; /* {lock} */

    bool is_over; /* {net} */
    struct segment *sent; /* {net} being transcribed */
    net_call *call;
};

static void send_next(void *arg);

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
    e->has_lock = true;
    e->last = &e->first;
    e->ctx = env->ctx;
    e->lang = env->lang;
    e->hang_ms = env->hang_ms;
    e->heard.rate_hz = IV_STT_RATE_HZ;
    snprintf(e->model, sizeof e->model, "%s", c ? c->stt_openai_model : "gpt-4o-mini-transcribe");
    if (snprintf(e->url, sizeof e->url, "%s%s", base, path_of(base)) >= (int)sizeof e->url)
        return iv_fail(err, IV_E_CONFIG, "stt.openai.base_url: longer than %d bytes", URL_BYTES);
    rc = iv_net_of(env->ctx, &e->net, err);
    return rc ? rc : iv_secret_get(env->ctx, key_name, &e->key, err);
}

/* -- answers; net thread -- */

static void free_segment(struct segment *s)
{
    if (s)
        free(s->wav);
    free(s);
}

static void finish(struct ears *e, enum iv_code code, const char *text)
{
    if (e->is_over)
        return;
    e->is_over = true;
    e->link.done(e->link.arg, code, text);
}

/* verbose_json says how sure it is that nothing was said at all. */
static bool is_silence(const iv_json *answer)
{
    double least = 1;
    size_t n = 0;

    for (const iv_json *s = iv_json_first(iv_json_get(answer, "segments")); s;
         s = iv_json_next(s), n++) {
        double p = iv_json_get_num(s, "no_speech_prob", 0);

        least = p < least ? p : least;
    }
    return n && least > NO_SPEECH;
}

static size_t read_words(const iv_json *list, uint32_t by_ms, struct iv_word *out, size_t max)
{
    size_t n = 0;

    for (const iv_json *w = iv_json_first(list); w && n < max; w = iv_json_next(w)) {
        double start = iv_json_get_num(w, "start", 0), end = iv_json_get_num(w, "end", 0);

        out[n++] = (struct iv_word){
            .text = (char *)(uintptr_t)iv_json_get_str(w, "word", ""),
            .start_ms = by_ms + (start > 0 && start < 1e6 ? (uint32_t)(start * 1000) : 0),
            .end_ms = by_ms + (end > 0 && end < 1e6 ? (uint32_t)(end * 1000) : 0),
            .confidence = (float)iv_json_get_num(w, "probability", 1)};
    }
    return n;
}

static void tell(struct ears *e, const iv_json *answer)
{
    const iv_json *words = iv_json_get(answer, "words");
    char *text = iv_text_clean(iv_json_get_str(answer, "text", ""));
    struct iv_word *w = iv_alloc_array(iv_json_len(words) + 1, sizeof *w);
    struct iv_stt_result r = {.text = text,
                              .confidence = 1,
                              .start_ms = e->sent->start_ms,
                              .end_ms = e->sent->end_ms,
                              .words = w,
                              .is_final = true};

    if (text && w && text[0] && !is_silence(answer)) {
        r.n_words = read_words(words, r.start_ms, w, iv_json_len(words));
        e->link.result(e->link.arg, &r);
        if (e->link.endpoint)
            e->link.endpoint(e->link.arg, IV_STT_SPEECH_FINAL, r.end_ms);
    }
    free(text);
    free(w);
}

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    (void)arg;
    if (o->failure != NET_OK)
        iv_openai_judge(OPENAI_STT, "stt openai", o, NULL, NULL, v);
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct ears *e = arg;
    iv_json *answer = NULL;
    struct iv_error err;

    if (o->failure == NET_CANCELLED) {
        finish(e, IV_E_CANCELLED, "cancelled");
    } else if (v->code) {
        finish(e, v->code, v->text);
    } else if (iv_json_parse(o->body, o->body_len, MAX_ANSWER, &answer, &err)) {
        finish(e, IV_E_STT_ERROR, "stt openai: the answer is not JSON");
    } else {
        tell(e, answer);
        iv_json_free(answer);
        free_segment(e->sent);
        e->sent = NULL;
        send_next(e);
    }
}

/* -- requests; net thread -- */

/* The newer models of OpenAI know plain JSON only; whisper, wherever it runs, tells times and how sure it is. */
static const char *format_of(const struct ears *e)
{
    return !strncmp(e->model, "gpt-", 4) ? "json" : "verbose_json";
}

static enum iv_code call(struct ears *e, struct iv_error *err)
{
    const char *format = format_of(e), *lang = iv_lang_code(e->lang);
    struct net_part parts[] = {
        {"file", "audio.wav", "audio/wav", e->sent->wav, e->sent->len},
        {"model", NULL, NULL, e->model, strlen(e->model)},
        {"language", NULL, NULL, lang, strlen(lang)},
        {"response_format", NULL, NULL, format, strlen(format)},
        {"timestamp_granularities[]", NULL, NULL, "word", 4},
    };
    char bearer[600];
    struct net_header header = {"Authorization", bearer};
    struct net_request r = {
        .service = "stt.openai",
        .method = "POST",
        .url = e->url,
        .headers = &header,
        .n_headers = e->key != NULL,
        .parts = parts,
        .n_parts = IV_LEN(parts) - !strcmp(format, "json"),
        .timeouts = {.connect_ms = CONNECT_MS,
                     .total_ms = 30000 + (int64_t)(e->sent->end_ms - e->sent->start_ms) / 2},
        .max_body = MAX_ANSWER,
        .judge = judge,
        .on_done = on_done,
        .arg = e};
    enum iv_code rc;

    snprintf(bearer, sizeof bearer, "Bearer %.580s", e->key ? e->key : "");
    iv_net_call_release(e->call);
    e->call = NULL;
    rc = iv_net_call(e->net, &r, &e->call, err);
    explicit_bzero(bearer, sizeof bearer);
    return rc;
}

static void send_next(void *arg)
{
    struct ears *e = arg;
    struct iv_error err = {0};
    bool ended;

    if (e->is_over || e->sent)
        return;
    pthread_mutex_lock(&e->lock);
    e->sent = e->first;
    if (e->sent) {
        e->first = e->sent->next;
        e->n_waiting--;
    }
    if (!e->first)
        e->last = &e->first;
    ended = e->ended;
    pthread_mutex_unlock(&e->lock);
    if (e->sent && call(e, &err))
        finish(e, err.code, err.text);
    else if (!e->sent && ended)
        finish(e, IV_OK, "");
}

/* -- caller -- */

static enum iv_code openai_begin(void *st, const struct stt_link *link, bool interim,
                                 struct iv_error *err)
{
    struct ears *e = st;

    (void)interim,
        (void)err; /* a request for each half-sentence would cost as much as the answer */
    e->link = *link;
    iv_vad_init(&e->vad, IV_STT_RATE_HZ, e->hang_ms);
    return IV_OK;
}

static enum iv_code queue_segment(struct ears *e, const int16_t *samples, size_t n, uint64_t from,
                                  struct iv_error *err)
{
    struct segment *s = iv_alloc(sizeof *s);

    if (s)
        s->wav = iv_stt_wav(samples, n, IV_STT_RATE_HZ, &s->len);
    if (!s || !s->wav) {
        free(s);
        return iv_fail(err, IV_E_NOMEM, "stt openai: out of memory");
    }
    s->start_ms = (uint32_t)(from / SAMPLES_PER_MS);
    s->end_ms = (uint32_t)((from + n) / SAMPLES_PER_MS);
    pthread_mutex_lock(&e->lock);
    *e->last = s;
    e->last = &s->next;
    e->n_waiting++;
    pthread_mutex_unlock(&e->lock);
    return iv_net_post(e->net, send_next, e, err);
}

/* What was heard before `sample` is not needed any more. */
static void forget_until(struct ears *e, uint64_t sample)
{
    size_t n = sample > e->heard_from ? (size_t)(sample - e->heard_from) : 0;

    if (n > e->heard.len)
        n = e->heard.len;
    memmove(e->heard.samples, e->heard.samples + n, (e->heard.len - n) * sizeof(int16_t));
    e->heard.len -= n;
    e->heard_from += n;
}

static enum iv_code cut_segment(struct ears *e, uint64_t until, struct iv_error *err)
{
    uint64_t from = e->speech_from > e->heard_from ? e->speech_from : e->heard_from;
    size_t skip = (size_t)(from - e->heard_from), n = until > from ? (size_t)(until - from) : 0;
    enum iv_code rc = IV_OK;

    if (n > e->heard.len - skip)
        n = e->heard.len - skip;
    if (n >= (size_t)MIN_MS * SAMPLES_PER_MS)
        rc = queue_segment(e, e->heard.samples + skip, n, from, err);
    forget_until(e, until);
    return rc;
}

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
    if (speaking)
        v->e->speech_from = at > roll ? at - roll : 0;
    else if (!v->rc)
        v->rc = cut_segment(v->e, at + roll, v->err);
}

static enum iv_code openai_feed(void *st, const int16_t *samples, size_t n, struct iv_error *err)
{
    struct ears *e = st;
    struct voice v = {e, IV_OK, err};
    bool is_behind;

    pthread_mutex_lock(&e->lock);
    is_behind = e->n_waiting >= MAX_WAITING;
    pthread_mutex_unlock(&e->lock);
    if (is_behind)
        return iv_fail(err, IV_E_BUSY, "stt openai: it is behind");
    v.rc = iv_pcm_append(&e->heard, samples, n, err);
    if (v.rc)
        return v.rc;
    e->fed += n;
    iv_vad_push(&e->vad, samples, n, on_voice, &v);
    if (!v.rc && e->speaking && e->fed - e->speech_from > (uint64_t)MAX_MS * SAMPLES_PER_MS) {
        v.rc = cut_segment(e, e->fed, err);
        e->speech_from = e->fed;
    }
    if (!e->speaking && e->fed > (uint64_t)2 * PRE_ROLL_MS * SAMPLES_PER_MS)
        forget_until(e, e->fed - (uint64_t)2 * PRE_ROLL_MS * SAMPLES_PER_MS);
    return v.rc;
}

static enum iv_code openai_end(void *st, struct iv_error *err)
{
    struct ears *e = st;
    struct voice v = {e, IV_OK, err};

    iv_vad_end(&e->vad, on_voice, &v);
    pthread_mutex_lock(&e->lock);
    e->ended = true;
    pthread_mutex_unlock(&e->lock);
    return v.rc ? v.rc : iv_net_post(e->net, send_next, e, err);
}

static void on_stop(void *arg)
{
    finish(arg, IV_E_CANCELLED, "cancelled");
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
    free_segment(e->sent);
    while (e->first) {
        struct segment *s = e->first;

        e->first = s->next;
        free_segment(s);
    }
    iv_pcm_release(&e->heard);
    iv_secret_free(e->key);
    if (e->has_lock)
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

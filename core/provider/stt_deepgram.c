/* stt_deepgram.c - Deepgram: live over one WebSocket, recordings by one POST.
 *
 * Samples since the last final are kept and sent again when the connection is lost; times count from the first sample of a
 * connection, so each has an offset. Everything but feeding happens on the net thread.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "provider/deepgram.h"
#include "provider/stt.h"
#include "provider/stt_wav.h"

#define KEPT_S 60u /* most that is sent again */
#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define PIECE_SAMPLES 1600u /* 100 ms */
#define MAX_QUEUED (IV_STT_RATE_HZ * 2u * (KEPT_S + 5)) /* bytes: a whole re-send fits */
#define BUSY_QUEUED (IV_STT_RATE_HZ * 2u * 5) /* a feeder is that far ahead: it waits */
#define HANDSHAKE_MS 5000
#define KEEPALIVE_MS 4000
#define END_MS 8000 /* for the last words */
#define MAX_TRIES 5 /* connections in a row that brought no result */
#define MAX_NONSENSE 3
#define MAX_ANSWER (64u << 20)

static const int64_t waits_ms[] = {250, 1000, 3000};

struct deepgram {
    iv_ctx *ctx;
    iv_net *net;
    enum iv_lang lang;
    uint32_t hang_ms;
    char base[300], model[64];
    char *key;
    struct stt_link link;
    bool interim;

    pthread_mutex_t lock;
    bool has_lock;
    net_ws *socket; /* {lock} NULL: none is open */
    struct iv_pcm kept; /* {lock} not final yet */
    uint64_t kept_from, fed; /* {lock} samples from the first one */
    bool ended, sleeps; /* {lock} the service gave up for want of sound: wakes with the next */
    bool has_sent; /* {lock} sound since the last keep-alive */

    bool is_over; /* {net} done was told */
    uint64_t offset; /* {net} first sample of this connection */
    int tries, nonsense; /* {net} in a row */
    bool is_pending; /* {net} words since the last endpoint */
    bool has_metadata; /* {net} */
    struct net_verdict last; /* {net} why the connection was lost */
    net_timer *keepalive, *again, *limit, *stopper;
    net_call *call; /* of a recording */
    char *file;
};

static void connect_again(void *arg);

/* -- opening -- */

static bool deepgram_available(iv_ctx *ctx, enum iv_lang lang, char *why, size_t why_bytes)
{
    (void)lang;
    if (iv_secret_is_set(ctx, "deepgram.api_key"))
        return true;
    snprintf(why, why_bytes, "deepgram.api_key is not set (DEEPGRAM_API_KEY)");
    return false;
}

static enum iv_code deepgram_open(void *st, const struct stt_env *env, struct iv_error *err)
{
    struct deepgram *d = st;
    const struct iv_config *c = iv_ctx_config(env->ctx);
    enum iv_code rc;

    pthread_mutex_init(&d->lock, NULL);
    d->has_lock = true;
    d->ctx = env->ctx;
    d->lang = env->lang;
    d->hang_ms = env->hang_ms;
    d->kept.rate_hz = IV_STT_RATE_HZ;
    snprintf(d->base, sizeof d->base, "%s", c ? c->deepgram_base_url : "https://api.deepgram.com");
    snprintf(d->model, sizeof d->model, "%s", c ? c->deepgram_model : "nova-3");
    rc = iv_net_of(env->ctx, &d->net, err);
    if (!rc)
        rc = iv_secret_get(env->ctx, "deepgram.api_key", &d->key, err);
    if (!rc && !d->key)
        rc = iv_fail(err, IV_E_STT_ERROR, "stt deepgram: deepgram.api_key is not set");
    return rc;
}

/* -- the end; net thread -- */

static void finish(struct deepgram *d, enum iv_code code, const char *text)
{
    if (d->is_over)
        return;
    d->is_over = true;
    d->link.done(d->link.arg, code, text);
}

static bool has_ended(struct deepgram *d)
{
    bool ended;

    pthread_mutex_lock(&d->lock);
    ended = d->ended;
    pthread_mutex_unlock(&d->lock);
    return ended;
}

/* -- what it says; net thread -- */

static void drop_until(struct deepgram *d, uint64_t sample)
{
    size_t n;

    pthread_mutex_lock(&d->lock);
    n = sample > d->kept_from ? (size_t)(sample - d->kept_from) : 0;
    if (n > d->kept.len)
        n = d->kept.len;
    if (n)
        memmove(d->kept.samples, d->kept.samples + n, (d->kept.len - n) * sizeof(int16_t));
    d->kept.len -= n;
    d->kept_from += n;
    pthread_mutex_unlock(&d->lock);
}

static void tell_endpoint(struct deepgram *d, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    if (!d->is_pending)
        return;
    d->is_pending = false;
    if (d->link.endpoint)
        d->link.endpoint(d->link.arg, kind, at_ms);
}

static void tell_results(struct deepgram *d, struct deepgram_message *m)
{
    uint32_t by_ms = (uint32_t)(d->offset / SAMPLES_PER_MS);
    struct iv_stt_result r = {.text = m->text,
                              .confidence = m->is_final ? m->confidence : 0,
                              .start_ms = by_ms + m->start_ms,
                              .end_ms = by_ms + m->end_ms,
                              .words = m->words,
                              .n_words = m->n_words,
                              .is_final = m->is_final};

    d->tries = 0;
    for (size_t i = 0; i < m->n_words; i++) {
        m->words[i].start_ms += by_ms;
        m->words[i].end_ms += by_ms;
    }
    if (m->is_final)
        drop_until(d, (uint64_t)r.end_ms * SAMPLES_PER_MS);
    if (m->text[0] && (m->is_final || d->interim))
        d->link.result(d->link.arg, &r);
    d->is_pending |= m->is_final && m->text[0];
    if (m->speech_final)
        tell_endpoint(d, IV_STT_SPEECH_FINAL, r.end_ms);
}

static void take(struct deepgram *d, struct deepgram_message *m)
{
    switch (m->kind) {
    case DEEPGRAM_RESULTS:
        tell_results(d, m);
        break;
    case DEEPGRAM_UTTERANCE_END:
        tell_endpoint(d, IV_STT_UTTERANCE_END, (uint32_t)(d->offset / SAMPLES_PER_MS) + m->end_ms);
        break;
    case DEEPGRAM_METADATA:
        d->has_metadata = true;
        if (has_ended(d))
            finish(d, IV_OK, "");
        break;
    case DEEPGRAM_ERROR:
        iv_log(iv_ctx_log(d->ctx), IV_LOG_INFO, "stt deepgram: %s", m->note);
        break;
    default:
        break;
    }
}

static void lose(struct deepgram *d, const struct net_verdict *v);

static void on_message(void *arg, const char *data, size_t len, bool is_text)
{
    struct deepgram *d = arg;
    struct deepgram_message m;
    struct net_verdict v = {.code = IV_E_STT_ERROR, .class = NET_RETRY};
    struct iv_error err;

    if (d->is_over || !is_text)
        return;
    if (iv_deepgram_read(data, len, &m, &err)) {
        snprintf(v.text, sizeof v.text, "%.200s", err.text);
        if (++d->nonsense >= MAX_NONSENSE)
            lose(d, &v);
        return;
    }
    d->nonsense = 0;
    take(d, &m);
    iv_deepgram_release(&m);
}

/* -- the connection; net thread but for begin -- */

static void forget_socket(struct deepgram *d)
{
    net_ws *socket;

    pthread_mutex_lock(&d->lock);
    socket = d->socket;
    d->socket = NULL;
    pthread_mutex_unlock(&d->lock);
    iv_net_ws_release(socket);
}

/* The connection is gone: again after a while, with the next sound, or not at all. */
static void lose(struct deepgram *d, const struct net_verdict *v)
{
    size_t wait = (size_t)d->tries < IV_LEN(waits_ms) ? (size_t)d->tries : IV_LEN(waits_ms) - 1;
    bool is_idle = v->class == NET_WAIT && v->code == IV_E_STT_TIMEOUT;

    d->last = *v;
    forget_socket(d);
    if (v->class == NET_FAIL || ++d->tries > MAX_TRIES) {
        finish(d, v->code, v->text);
        return;
    }
    if (is_idle && !has_ended(d)) {
        if (d->tries > 2) { /* twice without a sound between */
            finish(d, v->code, v->text);
            return;
        }
        pthread_mutex_lock(&d->lock);
        d->sleeps = !d->kept.len;
        is_idle = d->sleeps;
        pthread_mutex_unlock(&d->lock);
        if (is_idle)
            return;
    }
    iv_net_timer_release(d->again);
    d->again = iv_net_after(d->net, waits_ms[wait], connect_again, d);
}

static void on_close(void *arg, const struct net_outcome *o)
{
    struct deepgram *d = arg;
    struct net_verdict v;

    if (d->is_over)
        return;
    if (has_ended(d) && (d->has_metadata || o->failure == NET_OK ||
                         (o->failure == NET_CLOSED && o->close_code == 1000))) {
        finish(d, IV_OK, "");
        return;
    }
    iv_deepgram_judge(o, &v);
    lose(d, &v);
}

static void stream_url(const struct deepgram *d, char *url, size_t url_bytes)
{
    bool is_secure = !strncmp(d->base, "https://", 8);
    const char *host = strstr(d->base, "://");

    snprintf(url, url_bytes,
             "%s%s/v1/listen?model=%s&language=%s&encoding=linear16&sample_rate=%u&channels=1"
             "&interim_results=true&endpointing=%u&utterance_end_ms=1000&vad_events=true"
             "&smart_format=true&punctuate=true",
             is_secure ? "wss" : "ws", host ? host : "://", d->model, iv_lang_code(d->lang),
             IV_STT_RATE_HZ, d->hang_ms < 300 ? d->hang_ms : 300u);
}

/* {lock} held. Whole pieces, so that a frame is never empty. */
static enum iv_code send_samples(struct deepgram *d, const int16_t *samples, size_t n,
                                 struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (size_t at = 0; at < n && !rc; at += PIECE_SAMPLES) {
        size_t piece = n - at < PIECE_SAMPLES ? n - at : PIECE_SAMPLES;

        rc = iv_net_ws_send(d->socket, samples + at, piece * sizeof *samples, false, err);
    }
    d->has_sent = n > 0 || d->has_sent;
    return rc;
}

/* {lock} held. */
static enum iv_code send_word(struct deepgram *d, const char *type, struct iv_error *err)
{
    char text[48];
    int len = snprintf(text, sizeof text, "{\"type\":\"%s\"}", type);

    return iv_net_ws_send(d->socket, text, (size_t)len, true, err);
}

static enum iv_code connect_socket(struct deepgram *d, struct iv_error *err)
{
    char url[600], token[600];
    struct net_header header = {"Authorization", token};
    struct net_ws_request r = {.service = "stt.deepgram",
                               .url = url,
                               .headers = &header,
                               .n_headers = 1,
                               .handshake_ms = HANDSHAKE_MS,
                               .max_message = DEEPGRAM_MAX_MESSAGE,
                               .max_queued = MAX_QUEUED,
                               .on_message = on_message,
                               .on_close = on_close,
                               .arg = d};
    enum iv_code rc;

    stream_url(d, url, sizeof url);
    if (snprintf(token, sizeof token, "Token %s", d->key) >= (int)sizeof token)
        return iv_fail(err, IV_E_CONFIG, "deepgram.api_key: it is too long to be a key");
    pthread_mutex_lock(&d->lock); /* nothing is fed between what is sent again and what follows */
    d->offset = d->kept_from;
    d->sleeps = false;
    d->has_metadata = false;
    rc = iv_net_ws_open(d->net, &r, &d->socket, err);
    if (rc)
        d->socket = NULL;
    if (!rc)
        rc = send_samples(d, d->kept.samples, d->kept.len, err);
    if (!rc && d->ended)
        rc = send_word(d, "CloseStream", err);
    pthread_mutex_unlock(&d->lock);
    explicit_bzero(token, sizeof token);
    return rc == IV_E_STATE ? IV_OK : rc; /* closed already: on_close tells */
}

static void connect_again(void *arg)
{
    struct deepgram *d = arg;
    struct iv_error err = {0};

    if (!d->is_over && connect_socket(d, &err))
        finish(d, err.code, err.text);
}

static void keep_alive(void *arg)
{
    struct deepgram *d = arg;
    struct iv_error ignored;

    if (d->is_over)
        return;
    pthread_mutex_lock(&d->lock);
    if (d->socket && !d->has_sent && !d->ended)
        send_word(d, "KeepAlive", &ignored);
    d->has_sent = false;
    pthread_mutex_unlock(&d->lock);
    iv_net_timer_release(d->keepalive);
    d->keepalive = iv_net_after(d->net, KEEPALIVE_MS, keep_alive, d);
}

static void start(void *arg)
{
    connect_again(arg);
    keep_alive(arg);
}

static enum iv_code deepgram_begin(void *st, const struct stt_link *link, bool interim,
                                   struct iv_error *err)
{
    struct deepgram *d = st;

    d->link = *link;
    d->interim = interim;
    d->is_over = false;
    /* A recording comes by POST: the stream is opened by the first sound. */
    (void)err;
    return IV_OK;
}

/* -- caller -- */

static enum iv_code open_with_sound(struct deepgram *d, struct iv_error *err)
{
    d->again = iv_net_after(d->net, 0, start, d);
    return d->again ? IV_OK : iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
}

static void wake(void *arg)
{
    connect_again(arg);
}

static enum iv_code deepgram_feed(void *st, const int16_t *samples, size_t n, struct iv_error *err)
{
    struct deepgram *d = st;
    const size_t most = (size_t)KEPT_S * IV_STT_RATE_HZ;
    bool is_first, wakes;
    enum iv_code rc;

    pthread_mutex_lock(&d->lock);
    if (d->socket && iv_net_ws_queued(d->socket) > BUSY_QUEUED) {
        pthread_mutex_unlock(&d->lock);
        return iv_fail(err, IV_E_BUSY, "stt deepgram: it is behind");
    }
    is_first = !d->fed;
    rc = iv_pcm_append(&d->kept, samples, n, err);
    d->fed += rc ? 0 : n;
    if (d->kept.len > most) { /* the oldest cannot be sent again any more */
        size_t drop = d->kept.len - most;

        memmove(d->kept.samples, d->kept.samples + drop, most * sizeof *samples);
        d->kept.len = most;
        d->kept_from += drop;
    }
    if (!rc && d->socket && send_samples(d, samples, n, err) == IV_E_NOMEM)
        rc = IV_E_NOMEM;
    wakes = d->sleeps;
    d->sleeps = false;
    pthread_mutex_unlock(&d->lock);
    if (!rc && is_first)
        rc = open_with_sound(d, err);
    if (!rc && wakes) {
        iv_net_timer_release(d->stopper);
        d->stopper = iv_net_after(d->net, 0, wake, d);
    }
    return rc;
}

static void on_limit(void *arg)
{
    struct deepgram *d = arg;

    finish(d, d->last.code ? d->last.code : IV_E_STT_TIMEOUT,
           d->last.code ? d->last.text : "stt deepgram: the last words did not come");
}

static void on_nothing(void *arg)
{
    finish(arg, IV_OK, "");
}

static enum iv_code deepgram_end(void *st, struct iv_error *err)
{
    struct deepgram *d = st;
    struct iv_error ignored;
    bool is_empty;

    pthread_mutex_lock(&d->lock);
    d->ended = true;
    is_empty = !d->fed && !d->call;
    if (d->socket)
        send_word(d, "CloseStream", &ignored);
    pthread_mutex_unlock(&d->lock);
    if (d->call)
        return IV_OK;
    d->limit = iv_net_after(d->net, is_empty ? 0 : END_MS, is_empty ? on_nothing : on_limit, d);
    return d->limit ? IV_OK : iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
}

/* -- a recording -- */

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    (void)arg;
    if (o->failure != NET_OK)
        iv_deepgram_judge(o, v);
}

static void on_answer(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct deepgram *d = arg;
    struct deepgram_message m;
    struct iv_error err;

    if (o->failure == NET_CANCELLED) {
        finish(d, IV_E_CANCELLED, "cancelled");
    } else if (v->code) {
        finish(d, v->code, v->text);
    } else if (iv_deepgram_read_recording(o->body, o->body_len, &m, &err)) {
        finish(d, err.code, err.text);
    } else {
        tell_results(d, &m);
        iv_deepgram_release(&m);
        finish(d, IV_OK, "");
    }
}

static enum iv_code deepgram_recorded(void *st, const int16_t *samples, size_t n,
                                      struct iv_error *err)
{
    struct deepgram *d = st;
    char url[600], token[600];
    struct net_header headers[] = {{"Authorization", token}, {"Content-Type", "audio/wav"}};
    struct net_request r = {.service = "stt.deepgram",
                            .method = "POST",
                            .url = url,
                            .headers = headers,
                            .n_headers = IV_LEN(headers),
                            .timeouts = {.connect_ms = HANDSHAKE_MS,
                                         .total_ms = 30000 + (int64_t)(n / (SAMPLES_PER_MS * 2))},
                            .max_body = MAX_ANSWER,
                            .judge = judge,
                            .on_done = on_answer,
                            .arg = d};
    enum iv_code rc;

    if (n < IV_STT_RATE_HZ / 10)
        return iv_fail(err, IV_E_STT_INVALID_AUDIO,
                       "audio of %zu ms: at least 100 ms can be transcribed", n / SAMPLES_PER_MS);
    d->file = iv_stt_wav(samples, n, IV_STT_RATE_HZ, &r.body_len);
    if (!d->file)
        return iv_fail(err, IV_E_NOMEM, "stt deepgram: out of memory");
    r.body = d->file;
    snprintf(url, sizeof url, "%s/v1/listen?model=%s&language=%s&smart_format=true&punctuate=true",
             d->base, d->model, iv_lang_code(d->lang));
    snprintf(token, sizeof token, "Token %.580s", d->key);
    rc = iv_net_call(d->net, &r, &d->call, err);
    explicit_bzero(token, sizeof token);
    return rc;
}

static void on_stop(void *arg)
{
    struct deepgram *d = arg;

    forget_socket(d);
    finish(d, IV_E_CANCELLED, "cancelled");
}

static void deepgram_stop(void *st)
{
    struct deepgram *d = st;

    if (d->call)
        iv_net_call_cancel(d->call);
    iv_net_timer_release(d->stopper);
    d->stopper = iv_net_after(d->net, 0, on_stop, d);
}

static void deepgram_warm(void *st)
{
    const struct deepgram *d = st;

    iv_net_warm(d->net, d->base);
}

/* On the net thread, where nothing else of it can run meanwhile. */
static void shut(void *arg)
{
    struct deepgram *d = arg;

    d->is_over = true;
    forget_socket(d);
    iv_net_timer_release(d->again);
    iv_net_timer_release(d->keepalive);
    iv_net_timer_release(d->limit);
    iv_net_timer_release(d->stopper);
    iv_net_call_release(d->call);
}

static void deepgram_close(void *st)
{
    struct deepgram *d = st;

    if (d->net)
        iv_net_run(d->net, shut, d);
    iv_pcm_release(&d->kept);
    iv_secret_free(d->key);
    free(d->file);
    if (d->has_lock)
        pthread_mutex_destroy(&d->lock);
}

const struct iv_stt_ops iv_stt_deepgram = {
    .name = "deepgram",
    .summary = "Deepgram: live, in Korean, English and Japanese; needs a key",
    .langs = 1u << IV_LANG_KO | 1u << IV_LANG_EN | 1u << IV_LANG_JA,
    .state_size = sizeof(struct deepgram),
    .available = deepgram_available,
    .open = deepgram_open,
    .begin = deepgram_begin,
    .feed = deepgram_feed,
    .end = deepgram_end,
    .recorded = deepgram_recorded,
    .stop = deepgram_stop,
    .warm = deepgram_warm,
    .close = deepgram_close,
};

/* deepgram_live.c - a stream of sound to Deepgram, over as many connections as it takes.
 *
 * Samples since the last final are kept and sent again when a connection is lost, so that no word is; a final takes its samples
 * away, so that no word comes twice. Times count from the first sample of a connection, hence the offset. A beat each second sends
 * KeepAlive where no sound flows, and notices a service that says nothing more. While somebody speaks, a lost connection is opened
 * again at most five times a minute, a first one tried at most three times; once they have ended they wait, and five seconds without a word are the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "provider/stt_deepgram.h"

#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define PIECE_SAMPLES 1600u /* 100 ms */
#define AHEAD_BYTES (IV_STT_RATE_HZ * 2u * 5) /* how far the caller may be before the network */
#define SLACK_BYTES (STT_FEED_SAMPLES * 2u + 4096)
#define BEAT_MS 1000
#define KEEPALIVE_BEATS 4
#define STALL_BEATS 8 /* with interim results something comes each second */
#define END_BEATS 5 /* the same, when somebody waits for the last words */
#define RETRIES 2 /* of a first connection that nobody takes */
#define MUTE_MOST 3
#define NONSENSE_MOST 3
#define WAIT_MOST_MS 10000 /* asked to wait longer: it fails */
#define MINUTE_US 60000000

static const int64_t waits_ms[] = {250, 1000, 3000};

static void connect_again(void *arg);

/* -- what is kept -- */

/* {lock} held. */
static enum iv_code keep(struct deepgram *d, const int16_t *samples, size_t n, struct iv_error *err)
{
    struct deepgram_live *l = &d->live;
    enum iv_code rc = iv_stt_kept_add(&l->kept, samples, n, err);

    if (rc)
        return rc;
    l->fed += n;
    if (iv_stt_kept_len(&l->kept) <= l->kept_most)
        return IV_OK;
    iv_stt_kept_drop(&l->kept, l->fed - l->kept_most);
    if (!l->has_dropped)
        iv_log(iv_ctx_log(d->ctx), IV_LOG_WARN,
               "stt deepgram: no result for %zu s; what is older cannot be sent again (stt.kept)",
               l->kept_most / IV_STT_RATE_HZ);
    l->has_dropped = true;
    return IV_OK;
}

struct whereabouts {
    bool ended, has_socket, is_all_final;
};

static struct whereabouts look(struct deepgram_live *l)
{
    struct whereabouts w;

    pthread_mutex_lock(&l->lock);
    w = (struct whereabouts){l->ended, l->socket != NULL, !iv_stt_kept_len(&l->kept)};
    pthread_mutex_unlock(&l->lock);
    return w;
}

/* -- what it says; net thread -- */

static void tell_endpoint(struct deepgram *d, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    if (!d->live.is_pending)
        return;
    d->live.is_pending = false;
    if (d->link.endpoint)
        d->link.endpoint(d->link.arg, kind, at_ms);
}

void iv_deepgram_tell(struct deepgram *d, struct deepgram_message *m)
{
    struct deepgram_live *l = &d->live;
    uint32_t by_ms = (uint32_t)(l->offset / SAMPLES_PER_MS);
    struct iv_stt_result r = {.text = m->text,
                              .confidence = m->is_final ? m->confidence : 0,
                              .start_ms = by_ms + m->start_ms,
                              .end_ms = by_ms + m->end_ms,
                              .words = m->words,
                              .n_words = m->n_words,
                              .is_final = m->is_final};

    l->tries = 0;
    for (size_t i = 0; i < m->n_words; i++) {
        m->words[i].start_ms += by_ms;
        m->words[i].end_ms += by_ms;
    }
    if (m->is_final) {
        pthread_mutex_lock(&l->lock);
        iv_stt_kept_drop(&l->kept, (uint64_t)r.end_ms * SAMPLES_PER_MS);
        pthread_mutex_unlock(&l->lock);
    }
    if (m->text[0] && (m->is_final || d->interim))
        d->link.result(d->link.arg, &r);
    l->is_pending |= m->is_final && m->text[0];
    if (m->speech_final)
        tell_endpoint(d, IV_STT_SPEECH_FINAL, r.end_ms);
}

static void take(struct deepgram *d, struct deepgram_message *m)
{
    uint32_t by_ms = (uint32_t)(d->live.offset / SAMPLES_PER_MS);

    switch (m->kind) {
    case DEEPGRAM_RESULTS:
        iv_deepgram_tell(d, m);
        break;
    case DEEPGRAM_UTTERANCE_END:
        tell_endpoint(d, IV_STT_UTTERANCE_END, by_ms + m->end_ms);
        break;
    case DEEPGRAM_METADATA: /* the answer to CloseStream */
        if (look(&d->live).ended)
            iv_deepgram_finish(d, IV_OK, "");
        break;
    case DEEPGRAM_ERROR:
        iv_log(iv_ctx_log(d->ctx), IV_LOG_INFO, "stt deepgram: %s", m->note);
        break;
    default:
        break;
    }
}

static void lose(struct deepgram *d, const struct net_verdict *v, int64_t wait_ms);

static void lose_faulty(struct deepgram *d, enum iv_code code, const char *text)
{
    struct net_verdict v = {.code = code, .class = NET_RETRY};

    snprintf(v.text, sizeof v.text, "%s", text);
    iv_net_report(d->net, DEEPGRAM_SERVICE, false);
    lose(d, &v, 0);
}

static void on_message(void *arg, const char *data, size_t len, bool is_text)
{
    struct deepgram *d = arg;
    struct deepgram_live *l = &d->live;
    struct deepgram_message m;
    struct iv_error err;

    if (d->is_over || !is_text)
        return;
    if (iv_deepgram_read(data, len, &m, &err)) {
        if (++l->nonsense >= NONSENSE_MOST)
            lose_faulty(d, err.code, err.text);
        return;
    }
    l->nonsense = l->mute = l->silent_beats = 0;
    l->has_spoken = true;
    l->last.code = IV_OK;
    pthread_mutex_lock(&l->lock);
    l->is_unanswered = false;
    pthread_mutex_unlock(&l->lock);
    take(d, &m);
    iv_deepgram_release(&m);
}

/* -- a connection is lost; net thread -- */

static void forget_socket(struct deepgram_live *l)
{
    net_ws *socket;

    pthread_mutex_lock(&l->lock);
    socket = l->socket;
    l->socket = NULL;
    pthread_mutex_unlock(&l->lock);
    iv_net_ws_release(socket);
}

/* All is final and nobody speaks: there is nothing to connect for until there is sound again. */
static bool sleep_until_sound(struct deepgram_live *l)
{
    bool sleeps;

    pthread_mutex_lock(&l->lock);
    sleeps = l->sleeps = !iv_stt_kept_len(&l->kept) && !l->ended;
    pthread_mutex_unlock(&l->lock);
    return sleeps;
}

static bool may_reconnect(struct deepgram *d)
{
    struct deepgram_live *l = &d->live;
    int64_t now = iv_mono_us(iv_ctx_clock(d->ctx));
    int64_t *oldest = &l->opened_us[l->n_opened % DEEPGRAM_RECONNECTS];

    if (l->n_opened >= DEEPGRAM_RECONNECTS && now - *oldest < MINUTE_US)
        return false;
    *oldest = now;
    l->n_opened++;
    return true;
}

/* Again after a while, with the next sound, or not at all. */
static void lose(struct deepgram *d, const struct net_verdict *v, int64_t wait_ms)
{
    struct deepgram_live *l = &d->live;
    size_t step = (size_t)l->tries++;
    struct whereabouts w;
    bool is_idle = v->class == NET_WAIT && v->code == IV_E_STT_TIMEOUT;

    l->last = *v;
    l->nonsense = 0;
    forget_socket(l);
    w = look(l);
    if (w.ended && w.is_all_final) {
        iv_deepgram_finish(d, IV_OK, "");
        return;
    }
    if (is_idle && sleep_until_sound(l))
        return;
    if (v->class == NET_FAIL || wait_ms > WAIT_MOST_MS || !may_reconnect(d)) {
        iv_deepgram_finish(d, v->code, v->text);
        return;
    }
    if (!w.ended)
        l->silent_beats = 0;
    if (wait_ms < waits_ms[step < IV_LEN(waits_ms) ? step : IV_LEN(waits_ms) - 1])
        wait_ms = waits_ms[step < IV_LEN(waits_ms) ? step : IV_LEN(waits_ms) - 1];
    iv_net_timer_release(l->again);
    l->again = iv_net_after(d->net, wait_ms, connect_again, d);
    if (!l->again)
        iv_deepgram_finish(d, IV_E_NOMEM, "stt deepgram: out of memory");
}

/* In which form a project without credit is told after the upgrade is not known. */
static void suspect_credit(struct net_verdict *v)
{
    size_t len = strlen(v->text);

    v->class = NET_FAIL;
    snprintf(v->text + len, sizeof v->text - len, ", %d times at once; is there credit left?",
             MUTE_MOST);
}

static void on_open(void *arg)
{
    ((struct deepgram *)arg)->live.was_open = true;
}

static void on_close(void *arg, const struct net_outcome *o)
{
    struct deepgram *d = arg;
    struct deepgram_live *l = &d->live;
    struct net_verdict v;

    if (d->is_over)
        return;
    if (look(l).ended && o->failure == NET_CLOSED && o->close_code == 1000) {
        iv_deepgram_finish(d, IV_OK, "");
        return;
    }
    iv_deepgram_judge(o, &v);
    if (o->failure == NET_CLOSED && !l->has_spoken && v.class == NET_RETRY &&
        ++l->mute >= MUTE_MOST)
        suspect_credit(&v);
    if (!l->was_open && l->tries >= RETRIES)
        v.class = NET_FAIL;
    lose(d, &v, o->retry_after_ms);
}

/* -- a connection is opened; net thread -- */

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

/* {lock} held. In pieces that are never empty: an empty frame would close the stream. */
static enum iv_code send_samples(struct deepgram_live *l, const int16_t *samples, size_t n,
                                 struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (size_t at = 0; at < n && !rc; at += PIECE_SAMPLES) {
        size_t piece = n - at < PIECE_SAMPLES ? n - at : PIECE_SAMPLES;

        rc = iv_net_ws_send(l->socket, samples + at, piece * sizeof *samples, false, err);
        l->quiet_beats = 0;
        l->is_unanswered = true;
    }
    return rc;
}

/* {lock} held. */
static enum iv_code send_word(struct deepgram_live *l, const char *type, struct iv_error *err)
{
    char text[48];
    int len = snprintf(text, sizeof text, "{\"type\":\"%s\"}", type);

    l->quiet_beats = 0;
    return iv_net_ws_send(l->socket, text, (size_t)len, true, err);
}

/* {lock} held, so that nothing is fed between what is sent again and what follows. */
static enum iv_code open_socket(struct deepgram *d, const struct net_ws_request *r,
                                struct iv_error *err)
{
    struct deepgram_live *l = &d->live;
    enum iv_code rc;

    l->offset = l->kept.from;
    l->sleeps = l->has_spoken = l->is_unanswered = false;
    l->busy_bytes = AHEAD_BYTES + iv_stt_kept_len(&l->kept) * sizeof(int16_t);
    rc = iv_net_ws_open(d->net, r, &l->socket, err);
    if (rc)
        l->socket = NULL;
    if (!rc)
        rc = send_samples(l, iv_stt_kept_samples(&l->kept), iv_stt_kept_len(&l->kept), err);
    if (!rc && l->ended)
        rc = send_word(l, "CloseStream", err);
    return rc == IV_E_STATE && l->socket ? IV_OK : rc; /* closed already: on_close tells */
}

static enum iv_code connect_socket(struct deepgram *d, struct iv_error *err)
{
    char url[600], token[600];
    struct net_header header = {"Authorization", token};
    struct net_ws_request r = {.service = DEEPGRAM_SERVICE,
                               .url = url,
                               .headers = &header,
                               .n_headers = 1,
                               .handshake_ms = DEEPGRAM_HANDSHAKE_MS,
                               .max_message = DEEPGRAM_MAX_MESSAGE,
                               .max_queued =
                                   d->live.kept_most * sizeof(int16_t) + AHEAD_BYTES + SLACK_BYTES,
                               .on_open = on_open,
                               .on_message = on_message,
                               .on_close = on_close,
                               .arg = d};
    enum iv_code rc = iv_deepgram_token(d, token, sizeof token, err);

    if (rc)
        return rc;
    stream_url(d, url, sizeof url);
    pthread_mutex_lock(&d->live.lock);
    rc = open_socket(d, &r, err);
    pthread_mutex_unlock(&d->live.lock);
    explicit_bzero(token, sizeof token);
    return rc;
}

static void connect_again(void *arg)
{
    struct deepgram *d = arg;
    struct iv_error err = {0};

    if (!d->is_over && !look(&d->live).has_socket && connect_socket(d, &err))
        iv_deepgram_finish(d, err.code, err.text);
}

/* -- the beat; net thread -- */

/* Who waits for the last words has waited long enough; who still speaks does not mind another connection. */
static void stall(struct deepgram *d, bool ended)
{
    const struct net_verdict *last = &d->live.last;
    char text[96];

    snprintf(text, sizeof text, "stt deepgram: it said nothing for %d ms",
             (ended ? END_BEATS : STALL_BEATS) * BEAT_MS);
    if (!ended) {
        lose_faulty(d, IV_E_STT_TIMEOUT, text);
    } else if (last->code) {
        iv_deepgram_finish(d, last->code, last->text);
    } else {
        iv_net_report(d->net, DEEPGRAM_SERVICE, false);
        iv_deepgram_finish(d, IV_E_STT_TIMEOUT, text);
    }
}

static void beat(void *arg)
{
    struct deepgram *d = arg;
    struct deepgram_live *l = &d->live;
    struct iv_error ignored;
    bool ended, waits, moves;
    size_t queued;

    if (d->is_over)
        return;
    pthread_mutex_lock(&l->lock);
    ended = l->ended;
    if (l->socket && !ended && ++l->quiet_beats >= KEEPALIVE_BEATS)
        send_word(l, "KeepAlive", &ignored);
    waits = ended || (l->socket && l->is_unanswered);
    queued = l->socket ? iv_net_ws_queued(l->socket) : 0;
    pthread_mutex_unlock(&l->lock);
    moves = queued < l->queued && !(ended && l->last.code); /* what is sent again is no news */
    l->silent_beats = !waits || moves ? 0 : l->silent_beats + 1;
    l->queued = queued;
    if (l->silent_beats >= (ended ? END_BEATS : STALL_BEATS))
        stall(d, ended);
    iv_net_timer_release(l->beat);
    l->beat = d->is_over ? NULL : iv_net_after(d->net, BEAT_MS, beat, d);
}

static void start(void *arg)
{
    connect_again(arg);
    beat(arg);
}

/* Nothing was said, or all of it is final and the connection gone. */
static void on_end(void *arg)
{
    struct deepgram *d = arg;
    struct whereabouts w = look(&d->live);

    d->live.silent_beats = 0;
    if (w.is_all_final && !w.has_socket)
        iv_deepgram_finish(d, IV_OK, "");
}

/* -- caller -- */

void iv_deepgram_live_init(struct deepgram *d, size_t kept_s)
{
    pthread_mutex_init(&d->live.lock, NULL);
    d->live.kept_most = kept_s * IV_STT_RATE_HZ;
}

/* {lock} held. Without a connection what is kept may grow to its limit, and nothing is lost. */
static bool is_behind(const struct deepgram_live *l, size_t n)
{
    return l->socket ? iv_net_ws_queued(l->socket) > l->busy_bytes
                     : l->fed && iv_stt_kept_len(&l->kept) + n > l->kept_most;
}

enum iv_code iv_deepgram_live_feed(struct deepgram *d, const int16_t *samples, size_t n,
                                   struct iv_error *err)
{
    struct deepgram_live *l = &d->live;
    bool is_first, wakes = false;
    enum iv_code rc;

    if (!n)
        return IV_OK;
    pthread_mutex_lock(&l->lock);
    is_first = !l->fed;
    if (is_behind(l, n))
        rc = iv_fail(err, IV_E_BUSY, "stt deepgram: it is behind");
    else
        rc = keep(d, samples, n, err);
    if (!rc) {
        wakes = l->sleeps;
        l->sleeps = false;
    }
    if (!rc && l->socket && send_samples(l, samples, n, err) == IV_E_NOMEM)
        rc = IV_E_NOMEM; /* a connection that is gone is on_close's: the sound is kept */
    pthread_mutex_unlock(&l->lock);
    if (!rc && is_first)
        rc = iv_net_post(d->net, start, d, err);
    else if (!rc && wakes)
        rc = iv_net_post(d->net, connect_again, d, err);
    return rc;
}

enum iv_code iv_deepgram_live_end(struct deepgram *d, struct iv_error *err)
{
    struct deepgram_live *l = &d->live;
    struct iv_error ignored;

    pthread_mutex_lock(&l->lock);
    l->ended = true;
    if (l->socket)
        send_word(l, "CloseStream", &ignored);
    pthread_mutex_unlock(&l->lock);
    return iv_net_post(d->net, on_end, d, err);
}

void iv_deepgram_live_shut(struct deepgram *d)
{
    forget_socket(&d->live);
    iv_net_timer_release(d->live.again);
    iv_net_timer_release(d->live.beat);
    d->live.again = d->live.beat = NULL;
}

void iv_deepgram_live_release(struct deepgram *d)
{
    iv_stt_kept_release(&d->live.kept);
    pthread_mutex_destroy(&d->live.lock);
}

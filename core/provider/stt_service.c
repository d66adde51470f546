/* stt_service.c - see the header. After a failure a feeder thread carries what is kept, and what still comes, to the next recogniser. */
#include "provider/stt_service.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/usage.h"
#include "turn/vad.h"

#define KEPT_S 60u
#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define AHEAD_SAMPLES (2u * IV_STT_RATE_HZ) /* how far the caller may be before the feeder */
#define FEED_SAMPLES 3200u
#define BUSY_WAIT_MS 10
#define PAID_MS 10000 /* sound is paid for in pieces of that length */

struct stt_service {
    iv_ctx *ctx;
    const struct iv_stt_ops *ops;
    void *st;
    struct iv_stt_sink sink;
    enum iv_lang lang;
    bool interim;
    char names[STT_ARG_BYTES]; /* who may listen instead */
    int64_t timeout_ms;
    struct iv_vad vad; /* caller's */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct iv_pcm kept; /* {lock} heard and not yet final */
    uint64_t kept_from, fed; /* {lock} samples from the first one */
    bool ended, closing; /* {lock} */
    bool has_begun, is_over; /* {lock} the service's own stream */
    struct iv_error failure; /* {lock} of the service */
    bool has_feeder; /* {lock} */
    pthread_t feeder;
    iv_stt *next; /* {lock} once it is open */
    uint64_t next_from; /* feeder's: where its stream begins */

    struct iv_usage_ticket ticket; /* caller's */
    bool has_ticket; /* caller's */
    uint64_t paid_from, paid_until; /* caller's: samples of the ticket */

    pthread_mutex_t sink_lock; /* held while the sink is called */
    bool told_any, is_done; /* {sink_lock} */
    char last_interim[2048]; /* {sink_lock} */
    pthread_cond_t done; /* with sink_lock */
};

/* -- telling -- */

static void tell_voice(void *arg, bool speaking, uint32_t at_ms)
{
    struct stt_service *s = arg;

    pthread_mutex_lock(&s->sink_lock);
    if (!s->is_done && s->sink.on_speech)
        s->sink.on_speech(s->sink.arg, speaking, at_ms);
    pthread_mutex_unlock(&s->sink_lock);
}

/* {sink_lock} held. Services repeat themselves. */
static bool is_news(struct stt_service *s, const struct iv_stt_result *r)
{
    if (!r->is_final && !strncmp(r->text, s->last_interim, sizeof s->last_interim - 1))
        return false;
    snprintf(s->last_interim, sizeof s->last_interim, "%s", r->is_final ? "" : r->text);
    return r->text[0] && (r->is_final || s->interim);
}

static void tell_result(struct stt_service *s, const struct iv_stt_result *r)
{
    pthread_mutex_lock(&s->sink_lock);
    s->told_any |= r->is_final && r->text[0];
    if (!s->is_done && s->sink.on_result && is_news(s, r))
        s->sink.on_result(s->sink.arg, r);
    pthread_mutex_unlock(&s->sink_lock);
}

static void tell_endpoint(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    struct stt_service *s = arg;

    pthread_mutex_lock(&s->sink_lock);
    if (!s->is_done && s->sink.on_endpoint)
        s->sink.on_endpoint(s->sink.arg, kind, at_ms);
    pthread_mutex_unlock(&s->sink_lock);
}

static void tell_done(struct stt_service *s, enum iv_code code, const char *text)
{
    pthread_mutex_lock(&s->sink_lock);
    if (!code && !s->told_any) {
        code = IV_E_STT_NO_SPEECH;
        text = "nothing was said";
    }
    if (!s->is_done && s->sink.on_done)
        s->sink.on_done(s->sink.arg, code, text);
    s->is_done = true;
    pthread_cond_broadcast(&s->done);
    pthread_mutex_unlock(&s->sink_lock);
}

/* -- what is kept -- */

/* {lock} held. */
static void drop_until(struct stt_service *s, uint64_t sample)
{
    size_t n = sample > s->kept_from ? (size_t)(sample - s->kept_from) : 0;

    if (n > s->kept.len)
        n = s->kept.len;
    memmove(s->kept.samples, s->kept.samples + n, (s->kept.len - n) * sizeof(int16_t));
    s->kept.len -= n;
    s->kept_from += n;
}

/* {lock} held. */
static enum iv_code keep(struct stt_service *s, const int16_t *samples, size_t n,
                         struct iv_error *err)
{
    const size_t most = KEPT_S * IV_STT_RATE_HZ;
    enum iv_code rc = iv_pcm_append(&s->kept, samples, n, err);

    if (rc)
        return rc;
    s->fed += n;
    if (s->kept.len > most)
        drop_until(s, s->fed - most);
    return IV_OK;
}

/* -- the next recogniser -- */

static struct iv_word *moved_words(const struct iv_stt_result *r, uint32_t by_ms)
{
    struct iv_word *w = iv_realloc_array(NULL, r->n_words ? r->n_words : 1, sizeof *w);

    for (size_t i = 0; w && i < r->n_words; i++) {
        w[i] = r->words[i];
        w[i].start_ms += by_ms;
        w[i].end_ms += by_ms;
    }
    return w;
}

/* Its times count from where its stream began. */
static void next_result(void *arg, const struct iv_stt_result *r)
{
    struct stt_service *s = arg;
    uint32_t by_ms = (uint32_t)(s->next_from / SAMPLES_PER_MS);
    struct iv_stt_result moved = *r;
    struct iv_word *words = moved_words(r, by_ms);

    moved.start_ms += by_ms;
    moved.end_ms += by_ms;
    moved.words = words;
    moved.n_words = words ? r->n_words : 0;
    tell_result(s, &moved);
    free(words);
}

static void next_done(void *arg, enum iv_code code, const char *text)
{
    tell_done(arg, code == IV_E_STT_NO_SPEECH ? IV_OK : code, text);
}

static enum iv_code open_next(struct stt_service *s, struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = s->names, .lang = s->lang, .interim = s->interim};
    struct iv_stt_sink sink = {.on_result = next_result, .on_done = next_done, .arg = s};
    iv_stt *next;
    enum iv_code rc;

    pthread_mutex_lock(&s->lock);
    s->next_from = s->kept_from;
    pthread_mutex_unlock(&s->lock);
    rc = iv_stt_open(s->ctx, &choice, &sink, &next, err);
    if (rc)
        return rc;
    iv_log(iv_ctx_log(s->ctx), IV_LOG_WARN, "%s; %s listens instead", s->failure.text,
           iv_stt_engine(next));
    pthread_mutex_lock(&s->lock);
    s->next = next;
    pthread_mutex_unlock(&s->lock);
    return IV_OK;
}

/* The next piece; 0 when there is no more. */
static size_t take_piece(struct stt_service *s, int16_t out[FEED_SAMPLES])
{
    size_t n;

    pthread_mutex_lock(&s->lock);
    while (!s->kept.len && !s->ended && !s->closing)
        pthread_cond_wait(&s->changed, &s->lock);
    n = s->closing ? 0 : s->kept.len < FEED_SAMPLES ? s->kept.len : FEED_SAMPLES;
    if (n)
        memcpy(out, s->kept.samples, n * sizeof *out);
    drop_until(s, s->kept_from + n);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void *feed_next(void *arg)
{
    struct stt_service *s = arg;
    int16_t piece[FEED_SAMPLES];
    struct iv_error err = {0};
    enum iv_code rc = open_next(s, &err);
    size_t n;

    if (rc) { /* nobody else can: what went wrong first is told */
        tell_done(s, s->failure.code, s->failure.text);
        return NULL;
    }
    while (!rc && (n = take_piece(s, piece)) > 0)
        rc = iv_stt_feed(s->next, piece, n, &err);
    pthread_mutex_lock(&s->lock);
    n = s->closing;
    pthread_mutex_unlock(&s->lock);
    if (rc)
        tell_done(s, rc, err.text);
    else if (!n)
        iv_stt_finish(s->next, &err);
    return NULL;
}

/* -- the service -- */

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct stt_service *s = arg;

    if (r->is_final) {
        pthread_mutex_lock(&s->lock);
        drop_until(s, (uint64_t)r->end_ms * SAMPLES_PER_MS);
        pthread_mutex_unlock(&s->lock);
    }
    tell_result(s, r);
}

static bool another_may_listen(const struct stt_service *s, enum iv_code code)
{
    return code && s->names[0] && code != IV_E_STT_INVALID_AUDIO && code != IV_E_STT_NO_SPEECH &&
           code != IV_E_CANCELLED;
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct stt_service *s = arg;
    bool is_handed_on = false;

    pthread_mutex_lock(&s->lock);
    if (s->is_over) { /* it was given up before */
        pthread_mutex_unlock(&s->lock);
        return;
    }
    s->is_over = true;
    iv_fail(&s->failure, code, "%s", text);
    if (!s->closing && another_may_listen(s, code))
        is_handed_on = s->has_feeder = !pthread_create(&s->feeder, NULL, feed_next, s);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (!is_handed_on)
        tell_done(s, code, text);
}

static void init_locks(struct stt_service *s)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_cond_init(&s->done, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->sink_lock, NULL);
}

static enum iv_code begin(struct stt_service *s, const struct stt_env *env, struct iv_error *err)
{
    struct stt_link link = {
        .result = on_result, .endpoint = tell_endpoint, .done = on_done, .arg = s};
    enum iv_code rc;

    s->st = iv_alloc(s->ops->state_size);
    if (!s->st)
        return iv_fail(err, IV_E_NOMEM, "stt %s: out of memory", s->ops->name);
    rc = s->ops->open(s->st, env, err);
    if (!rc)
        rc = s->ops->begin(s->st, &link, s->interim, err);
    s->has_begun = !rc;
    return rc;
}

enum iv_code iv_stt_service_open(const struct iv_stt_ops *ops, const struct stt_env *env,
                                 const char *names, bool interim, const struct iv_stt_sink *sink,
                                 int64_t timeout_ms, struct stt_service **out, struct iv_error *err)
{
    struct stt_service *s = iv_alloc(sizeof *s);
    struct iv_error why = {0};
    enum iv_code rc;

    *out = NULL;
    if (!s)
        return iv_fail(err, IV_E_NOMEM, "stt: out of memory");
    s->ctx = env->ctx;
    s->ops = ops;
    s->sink = *sink;
    s->lang = env->lang;
    s->interim = interim;
    s->timeout_ms = timeout_ms;
    s->kept.rate_hz = IV_STT_RATE_HZ;
    snprintf(s->names, sizeof s->names, "%s", names);
    iv_vad_init(&s->vad, IV_STT_RATE_HZ, env->hang_ms);
    init_locks(s);
    rc = begin(s, env, &why);
    if (rc && another_may_listen(s, rc)) {
        on_done(s, rc, why.text);
        rc = IV_OK;
    }
    if (rc) {
        iv_stt_service_close(s);
        return iv_fail(err, rc, "%s", why.text);
    }
    *out = s;
    return IV_OK;
}

/* -- caller -- */

static struct timespec in_ms(int64_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static void wait_changed(struct stt_service *s, int64_t ms)
{
    struct timespec until = in_ms(ms);

    pthread_cond_timedwait(&s->changed, &s->lock, &until);
}

/* -- what it costs -- */

static void settle(struct stt_service *s, uint64_t until)
{
    struct iv_amounts used = {.calls = 1,
                              .audio_ms = (int64_t)((until - s->paid_from) / SAMPLES_PER_MS)};

    if (s->has_ticket)
        iv_usage_settle(s->ctx, &s->ticket, until > s->paid_from ? &used : NULL);
    s->has_ticket = false;
}

/* Before the samples up to `until` are sent. */
static enum iv_code pay(struct stt_service *s, uint64_t until, struct iv_error *err)
{
    struct iv_amounts want = {.calls = 1, .audio_ms = PAID_MS};
    char service[48];
    enum iv_code rc;

    if (until <= s->paid_until)
        return IV_OK;
    settle(s, s->paid_until);
    while (s->paid_until < until)
        s->paid_until += (uint64_t)PAID_MS * SAMPLES_PER_MS;
    want.audio_ms = (int64_t)((s->paid_until - s->fed) / SAMPLES_PER_MS);
    snprintf(service, sizeof service, "stt.%s", s->ops->name);
    rc = iv_usage_reserve(s->ctx, service, "", &want, IV_E_STT_ERROR, &s->ticket, err);
    s->has_ticket = !rc;
    s->paid_from = s->fed;
    return rc;
}

/* It cannot go on, seen from here: as if it had failed, so that another one may listen. */
static void give_up(struct stt_service *s, const struct iv_error *why)
{
    s->ops->stop(s->st);
    on_done(s, why->code, why->text);
}

/* To the service, waiting while it takes no more. {lock} held on entry and return. */
static enum iv_code give(struct stt_service *s, const int16_t *samples, size_t n,
                         struct iv_error *err)
{
    int64_t waited_ms = 0;
    struct iv_error why;
    enum iv_code rc = IV_E_BUSY;

    while (!s->is_over && rc == IV_E_BUSY && waited_ms < s->timeout_ms) {
        pthread_mutex_unlock(&s->lock);
        rc = s->ops->feed(s->st, samples, n, err);
        pthread_mutex_lock(&s->lock);
        if (rc == IV_E_BUSY)
            wait_changed(s, BUSY_WAIT_MS);
        waited_ms += BUSY_WAIT_MS;
    }
    if (!s->is_over && rc == IV_E_BUSY) {
        pthread_mutex_unlock(&s->lock);
        iv_fail(&why, IV_E_STT_TIMEOUT, "stt %s: it took no sound for %" PRId64 " ms", s->ops->name,
                s->timeout_ms);
        give_up(s, &why);
        pthread_mutex_lock(&s->lock);
        rc = IV_OK;
    }
    return s->is_over ? IV_OK : rc; /* the failure comes by on_done */
}

static bool is_given_up(struct stt_service *s)
{
    bool is_over;

    pthread_mutex_lock(&s->lock);
    is_over = s->is_over;
    pthread_mutex_unlock(&s->lock);
    return is_over;
}

enum iv_code iv_stt_service_feed(struct stt_service *s, const int16_t *samples, size_t n,
                                 struct iv_error *err)
{
    enum iv_code rc;

    struct iv_error why;

    iv_vad_push(&s->vad, samples, n, tell_voice, s);
    if (!is_given_up(s) && pay(s, s->fed + n, &why))
        give_up(s, &why);
    pthread_mutex_lock(&s->lock);
    if (s->ended)
        rc = iv_fail(err, IV_E_USAGE, "stt: samples after the end");
    else if (s->is_over && !s->has_feeder)
        rc =
            iv_fail(err, s->failure.code ? s->failure.code : IV_E_STT_ERROR, "%s", s->failure.text);
    else
        rc = keep(s, samples, n, err);
    if (!rc && !s->is_over)
        rc = give(s, samples, n, err);
    while (!rc && s->has_feeder && s->kept.len > AHEAD_SAMPLES && s->next)
        wait_changed(s, BUSY_WAIT_MS);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

enum iv_code iv_stt_service_recorded(struct stt_service *s, const int16_t *samples, size_t n,
                                     struct iv_error *err)
{
    enum iv_code rc;

    if (!s->ops->recorded)
        return iv_fail(err, IV_E_STATE, "stt %s: takes streams only", s->ops->name);
    struct iv_error why;

    iv_vad_push(&s->vad, samples, n, tell_voice, s);
    if (!is_given_up(s) && pay(s, n, &why))
        give_up(s, &why);
    pthread_mutex_lock(&s->lock);
    rc = keep(s, samples, n, err);
    if (!rc && !s->is_over) {
        pthread_mutex_unlock(&s->lock);
        rc = s->ops->recorded(s->st, samples, n, err);
        pthread_mutex_lock(&s->lock);
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

enum iv_code iv_stt_service_end(struct stt_service *s, struct iv_error *err)
{
    bool asks;

    iv_vad_end(&s->vad, tell_voice, s);
    pthread_mutex_lock(&s->lock);
    asks = !s->ended && !s->is_over;
    s->ended = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return asks ? s->ops->end(s->st, err) : IV_OK;
}

enum iv_code iv_stt_service_finish(struct stt_service *s, struct iv_error *err)
{
    struct timespec until = in_ms(s->timeout_ms);
    enum iv_code rc = iv_stt_service_end(s, err);
    bool in_time;
    char text[96];

    if (rc)
        return rc;
    pthread_mutex_lock(&s->sink_lock);
    while (!s->is_done && pthread_cond_timedwait(&s->done, &s->sink_lock, &until) != ETIMEDOUT)
        ;
    in_time = s->is_done;
    pthread_mutex_unlock(&s->sink_lock);
    if (in_time)
        return IV_OK;
    snprintf(text, sizeof text, "the last words did not come within %lld ms",
             (long long)s->timeout_ms);
    tell_done(s, IV_E_STT_TIMEOUT, text);
    return IV_OK;
}

void iv_stt_service_close(struct stt_service *s)
{
    bool must_stop;

    if (!s)
        return;
    pthread_mutex_lock(&s->sink_lock);
    s->is_done = true;
    pthread_mutex_unlock(&s->sink_lock);
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    must_stop = s->has_begun && !s->is_over;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (must_stop)
        s->ops->stop(s->st);
    if (s->st)
        s->ops->close(s->st);
    free(s->st);
    settle(s, s->fed);
    if (s->has_feeder)
        pthread_join(s->feeder, NULL);
    iv_stt_close(s->next);
    iv_pcm_release(&s->kept);
    pthread_cond_destroy(&s->changed);
    pthread_cond_destroy(&s->done);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->sink_lock);
    free(s);
}

const char *iv_stt_service_engine(struct stt_service *s)
{
    iv_stt *next;

    pthread_mutex_lock(&s->lock);
    next = s->next;
    pthread_mutex_unlock(&s->lock);
    return next ? iv_stt_engine(next) : s->ops->name;
}

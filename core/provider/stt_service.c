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
#include "iv/config.h"
#include "provider/stt_kept.h"
#include "provider/stt_paid.h"
#include "turn/vad.h"

#define KEPT_S 60
#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)
#define AHEAD_SAMPLES (2u * IV_STT_RATE_HZ) /* how far the caller may be before the feeder */
#define BUSY_WAIT_MS 10

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
    struct stt_kept kept; /* {lock} heard and not yet final */
    size_t kept_most; /* {lock} samples */
    uint64_t fed; /* {lock} samples */
    uint64_t voice_until; /* {lock} sample where the voice ended; UINT64_MAX: it goes on */
    bool ended, closing; /* {lock} */
    bool has_begun, is_over; /* {lock} the service's own stream */
    struct iv_error failure; /* {lock} of the service */
    bool has_feeder; /* {lock} */
    pthread_t feeder;
    iv_stt *next; /* {lock} once it is open */
    uint64_t next_from; /* feeder's: where its stream begins */

    struct stt_paid paid; /* caller's */
    uint64_t sent; /* caller's: samples that the service took */

    pthread_mutex_t sink_lock; /* held while the sink is called */
    bool told_any, is_done; /* {sink_lock} */
    char last_interim[2048]; /* {sink_lock} */
    pthread_cond_t done; /* with sink_lock */
};

/* -- telling -- */

static void tell_voice(void *arg, bool speaking, uint32_t at_ms)
{
    struct stt_service *s = arg;

    pthread_mutex_lock(&s->lock);
    s->voice_until = speaking ? UINT64_MAX : (uint64_t)at_ms * SAMPLES_PER_MS;
    pthread_mutex_unlock(&s->lock);
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
static enum iv_code keep(struct stt_service *s, const int16_t *samples, size_t n,
                         struct iv_error *err)
{
    enum iv_code rc = iv_stt_kept_add(&s->kept, samples, n, err);

    if (rc)
        return rc;
    s->fed += n;
    if (iv_stt_kept_len(&s->kept) > s->kept_most)
        iv_stt_kept_drop(&s->kept, s->fed - s->kept_most);
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

static void next_endpoint(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    struct stt_service *s = arg;

    tell_endpoint(s, kind, at_ms + (uint32_t)(s->next_from / SAMPLES_PER_MS));
}

static void next_done(void *arg, enum iv_code code, const char *text)
{
    tell_done(arg, code == IV_E_STT_NO_SPEECH ? IV_OK : code, text);
}

static enum iv_code open_next(struct stt_service *s, struct iv_error *err)
{
    struct iv_stt_choice choice = {.engine = s->names, .lang = s->lang, .interim = s->interim};
    struct iv_stt_sink sink = {
        .on_result = next_result, .on_done = next_done, .arg = s, .on_endpoint = next_endpoint};
    iv_stt *next;
    enum iv_code rc;

    pthread_mutex_lock(&s->lock);
    s->next_from = s->kept.from;
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
static size_t take_piece(struct stt_service *s, int16_t out[STT_FEED_SAMPLES])
{
    size_t n;

    pthread_mutex_lock(&s->lock);
    while (!iv_stt_kept_len(&s->kept) && !s->ended && !s->closing)
        pthread_cond_wait(&s->changed, &s->lock);
    n = s->closing ? 0 : iv_stt_kept_len(&s->kept);
    n = n < STT_FEED_SAMPLES ? n : STT_FEED_SAMPLES;
    if (n)
        memcpy(out, iv_stt_kept_samples(&s->kept), n * sizeof *out);
    iv_stt_kept_drop(&s->kept, s->kept.from + n);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void *feed_next(void *arg)
{
    struct stt_service *s = arg;
    int16_t piece[STT_FEED_SAMPLES];
    struct iv_error err = {0};
    enum iv_code rc = open_next(s, &err);
    size_t n;

    if (rc) { /* nobody else can: what went wrong first is told */
        tell_done(s, s->failure.code, s->failure.text);
        return NULL;
    }
    while (!rc && (n = take_piece(s, piece)) > 0)
        rc = iv_stt_feed(s->next, piece, n, &err);
    if (!rc) /* where it was closed meanwhile, nobody hears what follows */
        rc = iv_stt_end(s->next, &err);
    if (rc)
        tell_done(s, rc, err.text);
    return NULL;
}

/* -- the service -- */

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct stt_service *s = arg;

    if (r->is_final) {
        pthread_mutex_lock(&s->lock);
        iv_stt_kept_drop(&s->kept, (uint64_t)r->end_ms * SAMPLES_PER_MS);
        pthread_mutex_unlock(&s->lock);
    }
    tell_result(s, r);
}

static bool another_may_listen(const struct stt_service *s, enum iv_code code)
{
    return code && s->names[0] && code != IV_E_STT_INVALID_AUDIO && code != IV_E_STT_NO_SPEECH &&
           code != IV_E_CANCELLED;
}

static bool has_told(struct stt_service *s)
{
    bool told;

    pthread_mutex_lock(&s->sink_lock);
    told = s->told_any;
    pthread_mutex_unlock(&s->sink_lock);
    return told;
}

/* {lock} held. It was lost after the last word: nothing is missing. */
static bool is_whole(const struct stt_service *s, enum iv_code code)
{
    return (code == IV_E_STT_ERROR || code == IV_E_STT_TIMEOUT || code == IV_E_UNAVAILABLE) &&
           s->ended && s->voice_until <= s->kept.from;
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct stt_service *s = arg;
    bool is_handed_on = false, told = has_told(s);

    pthread_mutex_lock(&s->lock);
    if (s->is_over) { /* it was given up before */
        pthread_mutex_unlock(&s->lock);
        return;
    }
    s->is_over = true;
    if (told && is_whole(s, code)) {
        iv_log(iv_ctx_log(s->ctx), IV_LOG_INFO, "%s; all was heard", text);
        code = IV_OK;
        text = "";
    }
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
    const struct iv_config *c = iv_ctx_config(env->ctx);
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
    s->kept_most = (size_t)(c ? c->stt_kept_s : KEPT_S) * IV_STT_RATE_HZ;
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

/* It cannot go on, seen from here: as if it had failed, so that another one may listen. */
static void give_up(struct stt_service *s, const struct iv_error *why)
{
    on_done(s, why->code, why->text); /* before it can say itself that it was stopped */
    s->ops->stop(s->st);
}

/* A piece to the service, waiting while it takes no more. {lock} held on entry and return. */
static enum iv_code give_piece(struct stt_service *s, const int16_t *samples, size_t n,
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
    s->sent += rc ? 0 : n;
    if (!s->is_over && rc == IV_E_BUSY) {
        pthread_mutex_unlock(&s->lock);
        iv_fail(&why, IV_E_STT_TIMEOUT, "stt %s: it took no sound for %" PRId64 " ms", s->ops->name,
                s->timeout_ms);
        give_up(s, &why);
        pthread_mutex_lock(&s->lock);
    }
    return s->is_over ? IV_OK : rc; /* the failure comes by on_done */
}

/* {lock} held. */
static enum iv_code give(struct stt_service *s, const int16_t *samples, size_t n,
                         struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (size_t at = 0; at < n && !rc && !s->is_over; at += STT_FEED_SAMPLES) {
        size_t piece = n - at < STT_FEED_SAMPLES ? n - at : STT_FEED_SAMPLES;

        rc = give_piece(s, samples + at, piece, err);
    }
    return rc;
}

static bool is_over(struct stt_service *s)
{
    bool is;

    pthread_mutex_lock(&s->lock);
    is = s->is_over;
    pthread_mutex_unlock(&s->lock);
    return is;
}

/* Before `n` more samples are sent: what they cost is reserved, or the service is given up. */
static void pay(struct stt_service *s, size_t n)
{
    struct iv_error why;

    if (!is_over(s) && iv_stt_pay(&s->paid, s->ctx, s->ops->name, s->sent, s->sent + n, &why))
        give_up(s, &why);
}

enum iv_code iv_stt_service_feed(struct stt_service *s, const int16_t *samples, size_t n,
                                 struct iv_error *err)
{
    enum iv_code rc;

    iv_vad_push(&s->vad, samples, n, tell_voice, s);
    pay(s, n);
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
    while (!rc && s->has_feeder && iv_stt_kept_len(&s->kept) > AHEAD_SAMPLES && s->next)
        wait_changed(s, BUSY_WAIT_MS);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

enum iv_code iv_stt_service_recorded(struct stt_service *s, const int16_t *samples, size_t n,
                                     struct iv_error *err)
{
    struct iv_error why = {0};
    enum iv_code rc;

    if (!s->ops->recorded)
        return iv_fail(err, IV_E_STATE, "stt %s: takes streams only", s->ops->name);
    iv_vad_push(&s->vad, samples, n, tell_voice, s);
    pay(s, n);
    pthread_mutex_lock(&s->lock);
    s->kept_most = n; /* the next one hears all of it */
    rc = keep(s, samples, n, err);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (rc || is_over(s))
        return rc;
    if (s->ops->recorded(s->st, samples, n, &why))
        give_up(s, &why);
    else
        s->sent += n;
    return IV_OK;
}

enum iv_code iv_stt_service_end(struct stt_service *s, struct iv_error *err)
{
    struct iv_error why;
    bool asks;

    (void)err;
    iv_vad_end(&s->vad, tell_voice, s);
    pthread_mutex_lock(&s->lock);
    asks = !s->ended && !s->is_over;
    s->ended = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (asks && s->ops->end(s->st, &why))
        give_up(s, &why);
    return IV_OK;
}

static bool wait_done(struct stt_service *s)
{
    struct timespec until = in_ms(s->timeout_ms);
    bool is_done;

    pthread_mutex_lock(&s->sink_lock);
    while (!s->is_done && pthread_cond_timedwait(&s->done, &s->sink_lock, &until) != ETIMEDOUT)
        ;
    is_done = s->is_done;
    pthread_mutex_unlock(&s->sink_lock);
    return is_done;
}

enum iv_code iv_stt_service_finish(struct stt_service *s, struct iv_error *err)
{
    struct iv_error late;
    enum iv_code rc = iv_stt_service_end(s, err);

    if (rc || wait_done(s))
        return rc;
    iv_fail(&late, IV_E_STT_TIMEOUT, "stt %s: the last words did not come within %" PRId64 " ms",
            iv_stt_service_engine(s), s->timeout_ms);
    if (!is_over(s)) { /* the next one has its own time */
        give_up(s, &late);
        if (wait_done(s))
            return IV_OK;
    }
    tell_done(s, late.code, late.text);
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
    iv_stt_settle(&s->paid, s->ctx, s->sent);
    if (s->has_feeder)
        pthread_join(s->feeder, NULL);
    iv_stt_close(s->next);
    iv_stt_kept_release(&s->kept);
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

/* stt.c - one stream of samples to words: the queue, the worker thread, what is told and when.
 *
 * feed() puts samples into a ring of two seconds and waits when it is full, so a file is read no faster than it is understood.
 * The worker takes blocks of a fixed size, asks the voice activity detector, and gives them to the back end. An utterance in
 * which the detector heard no voice is dropped: recognisers make words of a slamming door.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/stt.h"
#include "provider/stt.h"
#include "provider/stt_service.h"
#include "provider/stt_text.h"
#include "turn/vad.h"

#define QUEUE_SAMPLES (2u * IV_STT_RATE_HZ)

struct iv_stt {
    iv_ctx *ctx;
    struct stt_service *service; /* all of it, when the recogniser is a service; else: */
    struct stt_decoder *decoder;
    struct iv_stt_sink sink;
    struct stt_filter filter;
    struct iv_vad vad; /* worker's */
    bool voiced; /* worker's: a voice since the last final */
    bool told_any; /* worker's: a final with words */
    char last_interim[4096]; /* worker's */
    int64_t timeout_ms;

    pthread_t worker;
    bool has_worker;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int16_t queue[QUEUE_SAMPLES]; /* {lock} */
    size_t first, queued; /* {lock} */
    bool ended, closing, worker_done; /* {lock} */
    bool has_failed; /* {lock} */
    struct iv_error failure; /* {lock} */

    pthread_mutex_t sink_lock; /* held while the sink is called */
    bool is_done; /* {sink_lock} on_done has been called: nothing follows it */
};

struct limits {
    size_t pool;
    int64_t timeout_ms;
    uint32_t hang_ms;
};

static enum iv_code read_limits(const iv_ctx *ctx, struct limits *l, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    struct iv_config *defaults = NULL;
    enum iv_code rc = c ? IV_OK : iv_config_new(&defaults, err);

    if (rc)
        return rc;
    c = c ? c : defaults;
    *l = (struct limits){.pool = (size_t)c->stt_pool,
                         .timeout_ms = c->stt_timeout_ms,
                         .hang_ms = (uint32_t)c->vad_hang_ms};
    iv_config_free(defaults);
    return IV_OK;
}

/* -- worker: telling -- */

static void tell_voice(void *arg, bool speaking, uint32_t at_ms)
{
    iv_stt *s = arg;

    s->voiced |= speaking;
    pthread_mutex_lock(&s->sink_lock);
    if (!s->is_done && s->sink.on_speech)
        s->sink.on_speech(s->sink.arg, speaking, at_ms);
    pthread_mutex_unlock(&s->sink_lock);
}

static void tell_result(iv_stt *s, const struct stt_phrase *p, bool is_final)
{
    struct iv_stt_result r = {.text = iv_buf_str(&p->text),
                              .confidence = p->confidence,
                              .start_ms = p->words[0].start_ms,
                              .end_ms = p->words[p->n - 1].end_ms,
                              .words = p->words,
                              .n_words = p->n,
                              .is_final = is_final};

    pthread_mutex_lock(&s->sink_lock);
    if (!s->is_done && s->sink.on_result)
        s->sink.on_result(s->sink.arg, &r);
    pthread_mutex_unlock(&s->sink_lock);
}

static void tell_done(iv_stt *s, enum iv_code code, const char *text)
{
    pthread_mutex_lock(&s->sink_lock);
    if (!s->is_done && s->sink.on_done)
        s->sink.on_done(s->sink.arg, code, text);
    s->is_done = true;
    pthread_mutex_unlock(&s->sink_lock);
}

static void fail_stream(iv_stt *s, const struct iv_error *err)
{
    pthread_mutex_lock(&s->lock);
    if (!s->has_failed)
        s->failure = *err;
    s->has_failed = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static bool is_news(iv_stt *s, const char *text)
{
    if (!strncmp(text, s->last_interim, sizeof s->last_interim - 1))
        return false;
    snprintf(s->last_interim, sizeof s->last_interim, "%s", text);
    return true;
}

static void take_words(void *arg, const struct iv_word *words, size_t n, bool is_final)
{
    iv_stt *s = arg;
    struct stt_phrase p;
    struct iv_error err;
    bool wanted = s->voiced;

    if (is_final) {
        s->voiced = s->vad.speaking;
        s->last_interim[0] = '\0';
    }
    if (!wanted)
        return;
    if (iv_stt_phrase_make(words, n, is_final, &s->filter, &p, &err)) {
        fail_stream(s, &err);
        return;
    }
    if (p.n && (is_final || is_news(s, iv_buf_str(&p.text)))) {
        s->told_any |= is_final;
        tell_result(s, &p, is_final);
    }
    iv_stt_phrase_release(&p);
}

/* -- worker: listening -- */

/* A whole block, or what is left at the end; false when there is no more. */
static bool take_block(iv_stt *s, int16_t block[STT_BLOCK], size_t *n)
{
    pthread_mutex_lock(&s->lock);
    while (s->queued < STT_BLOCK && !s->ended && !s->closing)
        pthread_cond_wait(&s->changed, &s->lock);
    *n = s->closing ? 0 : s->queued < STT_BLOCK ? s->queued : STT_BLOCK;
    for (size_t i = 0; i < *n; i++)
        block[i] = s->queue[(s->first + i) % QUEUE_SAMPLES];
    s->first = (s->first + *n) % QUEUE_SAMPLES;
    s->queued -= *n;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return *n > 0;
}

static bool is_closing(iv_stt *s)
{
    bool closing;

    pthread_mutex_lock(&s->lock);
    closing = s->closing;
    pthread_mutex_unlock(&s->lock);
    return closing;
}

static enum iv_code listen(iv_stt *s, struct iv_error *err)
{
    const struct iv_stt_ops *ops = s->decoder->ops;
    int16_t block[STT_BLOCK];
    enum iv_code rc = IV_OK;
    size_t n;

    while (!rc && take_block(s, block, &n)) {
        iv_vad_push(&s->vad, block, n, tell_voice, s);
        rc = ops->process(s->decoder->state, block, n, err);
    }
    if (!rc && !is_closing(s))
        rc = ops->finish(s->decoder->state, err);
    iv_vad_end(&s->vad, tell_voice, s);
    return rc;
}

static void *work(void *arg)
{
    iv_stt *s = arg;
    struct iv_error err = {0};
    enum iv_code rc = listen(s, &err);
    bool asked;

    if (rc)
        fail_stream(s, &err);
    pthread_mutex_lock(&s->lock);
    while (!s->ended && !s->closing)
        pthread_cond_wait(&s->changed, &s->lock);
    asked = s->ended;
    rc = s->has_failed ? s->failure.code : s->told_any ? IV_OK : IV_E_STT_NO_SPEECH;
    pthread_mutex_unlock(&s->lock);
    if (asked)
        tell_done(s, rc, s->has_failed ? s->failure.text : rc ? "nothing was said" : "");
    pthread_mutex_lock(&s->lock);
    s->worker_done = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* -- caller -- */

static enum iv_code take_decoder(iv_stt *s, const struct iv_stt_ops *ops, const struct stt_env *env,
                                 size_t pool, bool interim, struct iv_error *err)
{
    struct stt_out words = {.words = take_words, .arg = s, .interim = interim};
    enum iv_code rc = iv_stt_filter_load(s->ctx, env->lang, &s->filter, err);

    iv_vad_init(&s->vad, IV_STT_RATE_HZ, env->hang_ms);
    if (!rc)
        rc = iv_stt_pool_take(ops, env, pool, &s->decoder, err);
    if (!rc)
        rc = s->decoder->ops->start(s->decoder->state, &words, err);
    if (!rc && pthread_create(&s->worker, NULL, work, s))
        rc = iv_fail(err, IV_E_NOMEM, "stt: no thread can be started");
    else
        s->has_worker = !rc;
    return rc;
}

static enum iv_code open_chosen(iv_stt *s, const struct iv_stt_choice *choice, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(s->ctx);
    const char *engine = choice->engine ? choice->engine : c ? c->stt_engine : "auto";
    const struct iv_stt_ops *ops;
    char arg[STT_ARG_BYTES], rest[STT_ARG_BYTES];
    struct limits limits;
    struct stt_env env;
    enum iv_code rc = read_limits(s->ctx, &limits, err);

    if (!rc)
        rc = iv_stt_choose(s->ctx, engine, choice->lang, &ops, arg, rest, err);
    if (rc)
        return rc;
    s->timeout_ms = limits.timeout_ms;
    env = (struct stt_env){
        .ctx = s->ctx, .lang = choice->lang, .hang_ms = limits.hang_ms, .arg = arg};
    if (ops->begin)
        return iv_stt_service_open(ops, &env, rest, choice->interim, &s->sink, limits.timeout_ms,
                                   &s->service, err);
    return take_decoder(s, ops, &env, limits.pool, choice->interim, err);
}

static void init_locks(iv_stt *s)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->sink_lock, NULL);
}

enum iv_code iv_stt_open(iv_ctx *ctx, const struct iv_stt_choice *choice,
                         const struct iv_stt_sink *sink, iv_stt **out, struct iv_error *err)
{
    iv_stt *s = iv_alloc(sizeof *s);
    enum iv_code rc;

    *out = NULL;
    if (!s)
        return iv_fail(err, IV_E_NOMEM, "stt: out of memory");
    s->ctx = ctx;
    s->sink = *sink;
    init_locks(s);
    rc = open_chosen(s, choice, err);
    if (rc)
        iv_stt_close(s);
    else
        *out = s;
    return rc;
}

enum iv_code iv_stt_feed(iv_stt *s, const int16_t *samples, size_t n, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (s->service)
        return iv_stt_service_feed(s->service, samples, n, err);
    pthread_mutex_lock(&s->lock);
    if (s->ended)
        rc = iv_fail(err, IV_E_USAGE, "stt: samples after the end");
    while (n && !rc) {
        while (s->queued == QUEUE_SAMPLES && !s->has_failed)
            pthread_cond_wait(&s->changed, &s->lock);
        for (; n && s->queued < QUEUE_SAMPLES; n--)
            s->queue[(s->first + s->queued++) % QUEUE_SAMPLES] = *samples++;
        if (s->has_failed)
            rc = iv_fail(err, s->failure.code, "%s", s->failure.text);
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

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

enum iv_code iv_stt_end(iv_stt *s, struct iv_error *err)
{
    if (s->service)
        return iv_stt_service_end(s->service, err);
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return IV_OK;
}

enum iv_code iv_stt_finish(iv_stt *s, struct iv_error *err)
{
    struct timespec until = in_ms(s->timeout_ms);
    bool in_time;
    char text[96];

    if (s->service)
        return iv_stt_service_finish(s->service, err);
    iv_stt_end(s, err);
    pthread_mutex_lock(&s->lock);
    while (!s->worker_done && pthread_cond_timedwait(&s->changed, &s->lock, &until) != ETIMEDOUT)
        ;
    in_time = s->worker_done;
    pthread_mutex_unlock(&s->lock);
    if (in_time)
        return IV_OK;
    snprintf(text, sizeof text, "the last words did not come within %lld ms",
             (long long)s->timeout_ms);
    tell_done(s, IV_E_STT_TIMEOUT, text);
    return IV_OK;
}

void iv_stt_close(iv_stt *s)
{
    if (!s)
        return;
    if (s->has_worker) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->lock);
        s->decoder->ops->cancel(s->decoder->state);
        pthread_join(s->worker, NULL);
    }
    iv_stt_service_close(s->service);
    iv_stt_pool_give(s->ctx, s->decoder);
    iv_stt_filter_release(&s->filter);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->sink_lock);
    free(s);
}

enum iv_code iv_stt_recorded(iv_stt *s, const int16_t *samples, size_t n, struct iv_error *err)
{
    return s->service ? iv_stt_service_recorded(s->service, samples, n, err)
                      : iv_fail(err, IV_E_STATE, "stt %s: takes streams only", iv_stt_engine(s));
}

const char *iv_stt_engine(const iv_stt *s)
{
    return s->service ? iv_stt_service_engine(s->service) : s->decoder->ops->name;
}

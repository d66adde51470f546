/* tts_service.c - an utterance spoken by a service, on the net thread.
 *
 * The voice's owner only gives orders (begin, append, stop, warm); they are carried out in order on the net thread, where the
 * service's answers come too. So a back end never meets two of its functions at once, and an order that comes too late finds an
 * utterance that is over and does nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "provider/tts_voice.h"

struct order {
    iv_tts *t;
    void (*run)(iv_tts *t, const char *text);
    uint64_t utterance;
    bool is_for_any; /* utterance, also for none */
    char *text; /* NULL: none */
};

static bool is_due(const struct order *o)
{
    bool is;

    pthread_mutex_lock(&o->t->lock);
    is = o->is_for_any || (o->t->is_busy && o->t->utterance == o->utterance);
    pthread_mutex_unlock(&o->t->lock);
    return is;
}

static void one_order_less(iv_tts *t)
{
    pthread_mutex_lock(&t->lock);
    t->orders--;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static void carry_out(void *arg)
{
    struct order *o = arg;
    iv_tts *t = o->t;

    if (is_due(o))
        o->run(t, o->text);
    free(o->text);
    free(o);
    one_order_less(t); /* the last touch: whoever closes the voice waits for it */
}

static struct order *new_order(iv_tts *t, void (*run)(iv_tts *, const char *), const char *text)
{
    struct order *o = iv_alloc(sizeof *o);

    if (!o)
        return NULL;
    *o = (struct order){.t = t, .run = run, .text = text ? iv_strdup(text) : NULL};
    if (!text || o->text)
        return o;
    free(o);
    return NULL;
}

static enum iv_code give(iv_tts *t, struct order *o, struct iv_error *err)
{
    iv_net *net;
    enum iv_code rc =
        o ? iv_net_of(t->ctx, &net, err) : iv_fail(err, IV_E_NOMEM, "tts: out of memory");

    if (rc) {
        if (o)
            free(o->text);
        free(o);
        return rc;
    }
    pthread_mutex_lock(&t->lock);
    o->utterance = t->utterance;
    t->orders++;
    pthread_mutex_unlock(&t->lock);
    rc = iv_net_post(net, carry_out, o, err);
    if (rc) {
        free(o->text);
        free(o);
        one_order_less(t);
    }
    return rc;
}

/* -- begin -- */

static struct tts_link *link_of(iv_tts *t)
{
    return &t->links[t->d.link];
}

static void service_done(void *arg, enum iv_code code, const char *text)
{
    iv_tts *t = arg;

    t->d.is_served = false;
    iv_tts_finish_attempt(t, code, text, false);
}

static void stop(iv_tts *t)
{
    if (t->d.is_waiting) {
        t->d.is_waiting = false;
        iv_tts_finish_attempt(t, IV_E_CANCELLED, "cancelled", false);
    } else if (t->d.is_served) {
        link_of(t)->ops->stop(link_of(t)->st);
    }
}

/* -- a service that is late -- */

static void watch(iv_tts *t, int64_t in_ms);

/* How long a listener who began at the first sound, or at the start while there is none, waits by now. */
static int64_t waits_ms(const iv_tts *t)
{
    int64_t since_ms = (iv_mono_us(iv_ctx_clock(t->ctx)) - t->d.since_us) / 1000;

    return since_ms - (int64_t)iv_pcm_ms(&t->d.kept.pcm);
}

/* Before the first sound another voice could still speak; after it a listener hears silence in mid-sentence. */
static void on_late(void *arg)
{
    iv_tts *t = arg;
    bool is_heard = t->d.kept.pcm.len;
    int64_t limit_ms = is_heard ? t->timeout_ms : t->d.first_ms;

    if (!t->d.is_served || (is_heard && t->d.is_open))
        return;
    if (waits_ms(t) < limit_ms) {
        watch(t, limit_ms - waits_ms(t));
        return;
    }
    iv_fail(&t->d.why, IV_E_TTS_TIMEOUT,
            is_heard ? "tts %s: its sound is %" PRId64 " ms behind"
                     : "tts %s: no sound in %" PRId64 " ms",
            link_of(t)->ops->name, limit_ms);
    stop(t);
}

static void watch(iv_tts *t, int64_t in_ms)
{
    iv_net *net;

    iv_net_timer_release(t->d.late);
    t->d.late = iv_net_of(t->ctx, &net, NULL) ? NULL : iv_net_after(net, in_ms, on_late, t);
}

/* Tries and their waits included: whoever listens does not care how often it was tried. */
static void begin_to_watch(iv_tts *t)
{
    size_t other;

    t->d.first_ms = t->timeout_ms;
    if (iv_tts_next_link(t, true, &other) && t->switch_ms < t->timeout_ms)
        t->d.first_ms = t->switch_ms;
    t->d.since_us = iv_mono_us(iv_ctx_clock(t->ctx));
    watch(t, t->d.first_ms);
}

static enum iv_code reserve(iv_tts *t, size_t characters, struct iv_error *err)
{
    const struct tts_link *link = link_of(t);
    struct iv_amounts want = {.characters = (int64_t)characters, .calls = 1};
    char service[48];
    enum iv_code rc;

    if (t->d.has_ticket)
        iv_usage_settle(t->ctx, &t->d.ticket, NULL);
    snprintf(service, sizeof service, "tts.%s", link->ops->name);
    rc = iv_usage_reserve(t->ctx, service, link->ops->model ? link->ops->model(link->st) : "",
                          &want, IV_E_TTS_QUOTA, &t->d.ticket, err);
    t->d.has_ticket = !rc;
    return rc;
}

static enum iv_code begin_job(iv_tts *t, struct iv_error *err)
{
    struct tts_link *link = link_of(t);
    struct tts_job job = {.text = t->text,
                          .is_open = t->d.is_open,
                          .rate = t->rate,
                          .timeout_ms = t->timeout_ms,
                          .cancel_fd = t->cancel_fd,
                          .audio = iv_tts_deliver_audio,
                          .phonemes = iv_tts_deliver_phonemes,
                          .done = service_done,
                          .arg = t};
    iv_net *net;
    enum iv_code rc = iv_net_of(t->ctx, &net, err);

    if (!rc)
        rc = reserve(t, t->d.characters, err);
    if (!rc && link->ops->flags & TTS_NO_TIMES)
        rc = iv_viseme_estimator_new(iv_tts_deliver_phonemes, t, &t->d.ear, err);
    if (!rc)
        rc = link->ops->begin(link->st, &job, err);
    if (rc)
        return rc;
    t->d.is_served = t->d.was_asked = true;
    if (!t->d.is_open || iv_speak_has_words(t->text))
        begin_to_watch(t);
    return IV_OK;
}

/* -- another voice makes the same: a plan's lines beforehand, while the interview asks for one of them -- */

/* From the cache, or by the service. */
static void speak_or_ask(iv_tts *t)
{
    struct iv_error err = {0};

    if (iv_tts_is_cached(t)) {
        iv_tts_deliver_kept(t);
        iv_tts_finish_attempt(t, IV_OK, "", true);
    } else if (begin_job(t, &err)) {
        iv_tts_finish_attempt(t, err.code, err.text, false);
    }
}

static void on_ready(void *arg)
{
    iv_tts *t = arg;

    t->d.is_waiting = false;
    iv_net_timer_release(t->d.late);
    t->d.late = NULL;
    speak_or_ask(t);
}

/* A listener asks for itself rather than wait for one that may be stuck. */
static void on_tired(void *arg)
{
    iv_tts *t = arg;

    if (!t->d.is_waiting)
        return;
    iv_tts_unclaim(t);
    on_ready(t);
}

static void wait_for_other(iv_tts *t)
{
    int64_t most_ms =
        t->d.has_sink && t->switch_ms < t->timeout_ms ? t->switch_ms / 2 : t->timeout_ms;
    iv_net *net;

    t->d.is_waiting = true;
    iv_net_timer_release(t->d.late);
    t->d.late = iv_net_of(t->ctx, &net, NULL) ? NULL : iv_net_after(net, most_ms, on_tired, t);
}

static void begin(iv_tts *t, const char *text)
{
    struct iv_error err = {0};
    enum iv_code rc;

    (void)text;
    if (atomic_load(&t->cancelled)) {
        iv_tts_finish_attempt(t, IV_E_CANCELLED, "cancelled", false);
        return;
    }
    rc = iv_tts_prepare(t, &err);
    if (rc)
        iv_tts_finish_attempt(t, rc, err.text, false);
    else if (iv_tts_claim(t, on_ready))
        speak_or_ask(t);
    else
        wait_for_other(t);
}

enum iv_code iv_tts_service_begin(iv_tts *t, struct iv_error *err)
{
    return give(t, new_order(t, begin, NULL), err);
}

/* -- the rest of its life -- */

/* Text that may not be paid any more is not said; what was said before is heard to its end. */
static void append(iv_tts *t, const char *text)
{
    size_t characters = t->d.characters + (text ? iv_utf8_chars(text) : 0);
    enum iv_code rc = IV_OK;

    if (!t->d.is_served || t->d.why.code)
        return;
    if (text)
        rc = reserve(t, characters, &t->d.why);
    if (rc)
        text = NULL;
    else
        t->d.characters = characters;
    if (link_of(t)->ops->append(link_of(t)->st, text, &t->d.why))
        stop(t);
}

enum iv_code iv_tts_service_append(iv_tts *t, const char *text, struct iv_error *err)
{
    return give(t, new_order(t, append, text), err);
}

static void stop_order(iv_tts *t, const char *text)
{
    (void)text;
    stop(t);
}

/* Without memory for the order nothing is heard any more all the same, and the service's limits end it. */
void iv_tts_service_stop(iv_tts *t)
{
    (void)give(t, new_order(t, stop_order, NULL), NULL);
}

static void warm(iv_tts *t, const char *text)
{
    const struct tts_link *link = &t->links[0];

    (void)text;
    link->ops->warm(link->st);
}

void iv_tts_service_warm(iv_tts *t)
{
    struct order *o = new_order(t, warm, NULL);

    if (o)
        o->is_for_any = true;
    (void)give(t, o, NULL);
}

/* What a service was sent is paid, whether or not all of it was heard; what it refused is not. */
static bool is_paid(const struct tts_delivery *d, enum iv_code code)
{
    return d->kept.pcm.len || (d->was_asked && code == IV_E_CANCELLED);
}

void iv_tts_service_end(iv_tts *t, enum iv_code code)
{
    struct tts_delivery *d = &t->d;
    struct iv_amounts used = {.characters = (int64_t)d->characters, .calls = 1};

    iv_net_timer_release(d->late);
    d->late = NULL;
    if (d->ear)
        iv_viseme_estimator_end(d->ear);
    iv_viseme_estimator_free(d->ear);
    d->ear = NULL;
    if (d->has_ticket)
        iv_usage_settle(t->ctx, &d->ticket, is_paid(d, code) ? &used : NULL);
    d->has_ticket = d->was_asked = false;
}

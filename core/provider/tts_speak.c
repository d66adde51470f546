/* tts_speak.c - one utterance: what is the same whatever makes the sound.
 *
 *     text -> checked -> speakable.c (numbers, terms as words) -> cache? -> back end -> sink, and the cache for the next time
 *
 * A back end that computes blocks while it speaks, on a thread that lives as long as the utterance (starting one costs 30 us); one
 * that waits for a service has none, its pieces come on the net thread. One that fails before its first sound is followed by the
 * next of the list; it then rests for a while, so that the interview does not stumble over it at every clause. After the first
 * sound nothing is said a second time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/secret.h"
#include "provider/tts_voice.h"

#define WHOLE_AT_LEAST_MS 5000

static enum iv_code attempt(iv_tts *t, size_t link, struct iv_error *err);

/* -- cancelling -- */

void iv_tts_cancel(iv_tts *t)
{
    uint64_t one = 1;
    bool is_service;

    atomic_store(&t->cancelled, true);
    if (t->cancel_fd >= 0)
        (void)!write(t->cancel_fd, &one, sizeof one);
    pthread_mutex_lock(&t->lock);
    is_service = t->is_busy && t->links[atomic_load(&t->used)].ops->begin;
    pthread_mutex_unlock(&t->lock);
    if (is_service)
        iv_tts_service_stop(t);
}

static void forget_cancel(iv_tts *t)
{
    uint64_t count;

    atomic_store(&t->cancelled, false);
    (void)!read(t->cancel_fd, &count, sizeof count);
}

/* -- whose turn it is -- */

static int64_t now_us(const iv_tts *t)
{
    return iv_mono_us(iv_ctx_clock(t->ctx));
}

/* The first that was not tried and does not rest; with none, where resting ones will do, the first that was not tried. */
bool iv_tts_next_link(iv_tts *t, bool awake, size_t *out)
{
    int64_t now = now_us(t);
    size_t resting = t->n_links, chosen = t->n_links;

    pthread_mutex_lock(&t->lock);
    for (size_t i = t->n_links; i-- > 0;) {
        if (t->d.tried & 1u << i)
            continue;
        if (t->links[i].rests_until_us <= now)
            chosen = i;
        else
            resting = i;
    }
    pthread_mutex_unlock(&t->lock);
    *out = chosen < t->n_links || awake ? chosen : resting;
    return *out < t->n_links;
}

static void rest(iv_tts *t, size_t link)
{
    pthread_mutex_lock(&t->lock);
    t->links[link].rests_until_us = now_us(t) + t->rest_ms * 1000;
    pthread_mutex_unlock(&t->lock);
}

/* The engine says the same again: it must not come back in pieces at once, whatever the setting of rests. */
static void take_no_pieces(iv_tts *t)
{
    int64_t ms = t->rest_ms > WHOLE_AT_LEAST_MS ? t->rest_ms : WHOLE_AT_LEAST_MS;

    pthread_mutex_lock(&t->lock);
    t->whole_until_us = now_us(t) + ms * 1000;
    pthread_mutex_unlock(&t->lock);
}

/* -- the end of an attempt -- */

/* The end, whoever comes to it; nothing of the utterance is touched afterwards. */
static void conclude(iv_tts *t, const struct iv_error *err, bool was_cached)
{
    if (t->d.has_sink)
        t->d.sink.on_done(t->d.sink.arg, err->code, err->code ? err->text : "");
    if (!err->code)
        iv_tts_keep(t, was_cached);
    iv_tts_unclaim(t);
    pthread_mutex_lock(&t->lock);
    t->error = *err;
    t->is_busy = false;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static bool is_for_the_next(const iv_tts *t, enum iv_code code)
{
    return code && code != IV_E_CANCELLED && code != IV_E_NOMEM && !t->d.kept.pcm.len &&
           !t->d.is_open;
}

static void set_error(iv_tts *t, enum iv_code code, const char *text, struct iv_error *err)
{
    iv_fail(err, code, "%s", text);
    if (atomic_load(&t->cancelled))
        iv_fail(err, IV_E_CANCELLED, "cancelled");
    else if (t->d.why.code)
        *err = t->d.why;
    else if (!code && !t->d.kept.pcm.len)
        iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    iv_secret_redact(t->ctx, err->text); /* services repeat what they were sent */
}

void iv_tts_finish_attempt(iv_tts *t, enum iv_code code, const char *text, bool was_cached)
{
    struct iv_error err;
    size_t next;

    iv_tts_service_end(t, code);
    set_error(t, code, text, &err);
    if (err.code && err.code != IV_E_CANCELLED && err.code != IV_E_TTS_INVALID_TEXT)
        rest(t, t->d.link);
    if (err.code && err.code != IV_E_CANCELLED && t->d.is_open)
        take_no_pieces(t);
    while (is_for_the_next(t, err.code) && iv_tts_next_link(t, false, &next)) {
        iv_log(iv_ctx_log(t->ctx), IV_LOG_WARN, "%s; %s speaks instead", err.text,
               t->links[next].ops->name);
        iv_tts_unclaim(t);
        if (!attempt(t, next, &err))
            return;
    }
    conclude(t, &err, was_cached);
}

/* -- a back end that blocks -- */

static enum iv_code speak_part(iv_tts *t, const char *text, struct iv_error *err)
{
    struct tts_link *link = &t->links[t->d.link];
    struct tts_job job = {.text = text,
                          .rate = t->rate,
                          .timeout_ms = t->timeout_ms,
                          .cancel_fd = t->cancel_fd,
                          .audio = iv_tts_deliver_audio,
                          .phonemes = iv_tts_deliver_phonemes,
                          .arg = t};

    if (atomic_load(&t->cancelled))
        return iv_fail(err, IV_E_CANCELLED, "cancelled");
    t->d.offset_ms = (uint32_t)iv_pcm_ms(&t->d.kept.pcm);
    return link->ops->speak(link->st, &job, err);
}

static enum iv_code speak_sentences(iv_tts *t, struct iv_error *err)
{
    const char *text = t->text;
    enum iv_code rc = IV_OK;

    while (!rc && *text) {
        size_t len = iv_speak_sentence_len(text);
        char *one = iv_strndup(text, len);

        if (!one)
            return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
        if (!iv_text_is_blank(one))
            rc = speak_part(t, one, err);
        free(one);
        text += len;
    }
    return rc;
}

/* On the voice's thread. */
static void speak(iv_tts *t)
{
    struct iv_error err = {0};
    bool cached = iv_tts_is_cached(t);
    enum iv_code rc = IV_OK;

    if (cached)
        iv_tts_deliver_kept(t);
    else if (t->links[t->d.link].ops->flags & TTS_STREAMS)
        rc = speak_part(t, t->text, &err);
    else
        rc = speak_sentences(t, &err);
    iv_tts_finish_attempt(t, rc, err.text, cached);
}

/* -- an attempt -- */

enum iv_code iv_tts_prepare(iv_tts *t, struct iv_error *err)
{
    const struct iv_tts_ops *ops = t->links[t->d.link].ops;

    iv_speech_release(&t->d.kept);
    t->d.kept = (struct iv_speech){.pcm.rate_hz = IV_TTS_RATE_HZ, .set = ops->phones};
    t->d.offset_ms = 0;
    t->d.why.code = IV_OK;
    t->d.characters = iv_utf8_chars(t->written);
    free(t->text);
    t->text = iv_speak_words(t->words, t->written, ops->flags & TTS_READS_NUMBERS);
    if (!t->text)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    if (!iv_speak_has_words(t->text) && !t->d.is_open)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    return IV_OK;
}

/* Opening may take its time (a helper starts, a key is asked for): not on the net thread. */
static void open_and_speak(iv_tts *t)
{
    struct iv_error err = {0};
    enum iv_code rc = iv_tts_link_open(t, t->d.link, &err);
    bool is_service = t->links[t->d.link].ops->begin;

    if (!rc)
        atomic_store(&t->used, t->d.link);
    if (!rc && is_service)
        rc = iv_tts_service_begin(t, &err);
    else if (!rc)
        rc = iv_tts_prepare(t, &err);
    if (rc)
        iv_tts_finish_attempt(t, rc, err.text, false);
    else if (!is_service)
        speak(t);
}

static void *voice_thread(void *arg)
{
    open_and_speak(arg);
    return NULL;
}

static void join_thread(iv_tts *t)
{
    bool has_thread;

    pthread_mutex_lock(&t->lock);
    has_thread = t->has_thread;
    t->has_thread = false;
    pthread_mutex_unlock(&t->lock);
    if (has_thread)
        pthread_join(t->thread, NULL);
}

static enum iv_code start_thread(iv_tts *t, struct iv_error *err)
{
    int why;

    join_thread(t);
    pthread_mutex_lock(&t->lock);
    why = pthread_create(&t->thread, NULL, voice_thread, t);
    t->has_thread = !why;
    pthread_mutex_unlock(&t->lock);
    return why ? iv_fail(err, IV_E_NOMEM, "tts: cannot start a thread: %s", strerror(why)) : IV_OK;
}

static bool is_on_thread(iv_tts *t)
{
    bool is_it;

    pthread_mutex_lock(&t->lock);
    is_it = t->has_thread && pthread_equal(t->thread, pthread_self());
    pthread_mutex_unlock(&t->lock);
    return is_it;
}

/* Not IV_OK: it could not even begin. */
static enum iv_code attempt(iv_tts *t, size_t link, struct iv_error *err)
{
    t->d.link = link;
    t->d.tried |= 1u << link;
    if (t->links[link].st && t->links[link].ops->begin) {
        atomic_store(&t->used, link);
        return iv_tts_service_begin(t, err);
    }
    if (!is_on_thread(t))
        return start_thread(t, err);
    open_and_speak(t);
    return IV_OK;
}

/* -- speaking -- */

static enum iv_code check_text(const char *text, struct iv_error *err)
{
    size_t len = strlen(text);

    if (len > IV_TTS_MAX_TEXT_BYTES)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT,
                       "text of %zu bytes: at most %d can be spoken at once", len,
                       IV_TTS_MAX_TEXT_BYTES);
    if (!iv_utf8_valid(text, len))
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: not valid UTF-8");
    return IV_OK;
}

void iv_tts_settle(iv_tts *t)
{
    pthread_mutex_lock(&t->lock);
    while (t->is_busy || t->orders)
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
    join_thread(t);
}

static enum iv_code start(iv_tts *t, const char *text, const struct iv_tts_sink *sink, bool is_open,
                          struct iv_error *err)
{
    enum iv_code rc = check_text(text, err);
    size_t link;

    iv_tts_settle(t);
    forget_cancel(t);
    t->takes_more = false;
    if (rc)
        return rc;
    if (!is_open && !iv_speak_has_words(text))
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    free(t->written);
    t->written = iv_strdup(text);
    if (!t->written)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    iv_speech_release(&t->d.kept);
    t->d = (struct tts_delivery){.has_sink = sink != NULL, .is_open = is_open};
    if (sink)
        t->d.sink = *sink;
    pthread_mutex_lock(&t->lock);
    t->is_busy = true;
    t->utterance++;
    pthread_mutex_unlock(&t->lock);
    iv_tts_next_link(t, false, &link); /* there is one: nothing was tried */
    rc = attempt(t, link, err);
    t->takes_more = is_open && !rc;
    if (rc) {
        pthread_mutex_lock(&t->lock);
        t->is_busy = false;
        pthread_mutex_unlock(&t->lock);
    }
    return rc;
}

enum iv_code iv_tts_start(iv_tts *t, const char *text, const struct iv_tts_sink *sink,
                          struct iv_error *err)
{
    return start(t, text, sink, false, err);
}

/* The link that would be chosen for the next utterance. */
static const struct tts_link *first_choice(iv_tts *t, bool *takes_whole)
{
    int64_t now = now_us(t);
    size_t chosen = 0;

    pthread_mutex_lock(&t->lock);
    for (size_t i = t->n_links; i-- > 0;)
        if (t->links[i].rests_until_us <= now)
            chosen = i;
    *takes_whole = t->whole_until_us > now || t->links[chosen].rests_until_us > now;
    pthread_mutex_unlock(&t->lock);
    return &t->links[chosen];
}

bool iv_tts_takes_pieces(const iv_tts *t)
{
    bool takes_whole;
    const struct tts_link *link = first_choice((iv_tts *)t, &takes_whole);

    return link->ops->append && !takes_whole && link->st &&
           (!link->ops->takes_pieces || link->ops->takes_pieces(link->st));
}

enum iv_code iv_tts_start_open(iv_tts *t, const char *text, const struct iv_tts_sink *sink,
                               struct iv_error *err)
{
    if (!iv_tts_takes_pieces(t))
        return iv_fail(err, IV_E_STATE, "tts %s: it does not take text in pieces",
                       iv_tts_engine(t));
    return start(t, text, sink, true, err);
}

/* What comes too late, after a failure, is dropped: on_done has told. */
enum iv_code iv_tts_append(iv_tts *t, const char *text, struct iv_error *err)
{
    const struct iv_tts_ops *ops = t->links[atomic_load(&t->used)].ops;
    enum iv_code rc = text ? check_text(text, err) : IV_OK;
    char *speakable = NULL;

    if (rc || !t->takes_more)
        return rc ? rc : iv_fail(err, IV_E_STATE, "tts: the utterance is complete");
    if (text) {
        speakable = iv_speak_words(t->words, text, ops->flags & TTS_READS_NUMBERS);
        if (!speakable)
            return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    }
    t->takes_more = text != NULL;
    rc = iv_tts_service_append(t, speakable, err);
    free(speakable);
    return rc;
}

void iv_tts_warm(iv_tts *t)
{
    const struct tts_link *link = &t->links[0];
    bool takes_whole;

    if (link == first_choice(t, &takes_whole) && link->st && link->ops->warm)
        iv_tts_service_warm(t);
}

enum iv_code iv_tts_render(iv_tts *t, const char *text, struct iv_speech *out, struct iv_error *err)
{
    enum iv_code rc = start(t, text, NULL, false, err);

    *out = (struct iv_speech){0};
    if (rc)
        return rc;
    iv_tts_settle(t);
    if (t->error.code)
        return iv_fail(err, t->error.code, "%s", t->error.text);
    if (t->d.incomplete)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory for the sound");
    *out = t->d.kept;
    t->d.kept = (struct iv_speech){0};
    return IV_OK;
}

void iv_speech_release(struct iv_speech *s)
{
    iv_pcm_release(&s->pcm);
    free(s->phonemes);
    *s = (struct iv_speech){0};
}

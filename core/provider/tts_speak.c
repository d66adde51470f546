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
#include "net/net.h"
#include "provider/speech_cache.h"
#include "provider/tts_voice.h"

#define CACHED_CHUNK 2400

static void attempt(iv_tts *t, size_t from);

/* -- cancelling -- */

void iv_tts_cancel(iv_tts *t)
{
    uint64_t one = 1;
    const struct tts_link *link;

    atomic_store(&t->cancelled, true);
    if (t->cancel_fd >= 0)
        (void)!write(t->cancel_fd, &one, sizeof one);
    pthread_mutex_lock(&t->lock);
    link = &t->links[atomic_load(&t->used)];
    if (t->is_busy && link->ops->begin && link->st)
        link->ops->stop(link->st);
    pthread_mutex_unlock(&t->lock);
}

static void forget_cancel(iv_tts *t)
{
    uint64_t count;

    atomic_store(&t->cancelled, false);
    (void)!read(t->cancel_fd, &count, sizeof count);
}

/* -- delivering -- */

static void deliver_audio(void *arg, const int16_t *samples, size_t n)
{
    iv_tts *t = arg;

    if (!n || atomic_load(&t->cancelled))
        return;
    if (iv_pcm_append(&t->d.kept.pcm, samples, n, NULL))
        t->d.incomplete = true;
    if (t->d.has_sink)
        t->d.sink.on_audio(t->d.sink.arg, samples, n);
    if (t->d.ear)
        iv_viseme_estimator_push(t->d.ear, samples, n);
}

static struct iv_phoneme *keep_phonemes(struct tts_delivery *d, const struct iv_phoneme *ph,
                                        size_t n)
{
    struct iv_phoneme *grown =
        iv_realloc_array(d->kept.phonemes, d->kept.n_phonemes + n, sizeof *grown);

    if (!grown) {
        d->incomplete = true;
        return NULL;
    }
    d->kept.phonemes = grown;
    grown += d->kept.n_phonemes;
    for (size_t i = 0; i < n; i++) {
        grown[i] = ph[i];
        grown[i].start_ms += d->offset_ms;
        grown[i].end_ms += d->offset_ms;
    }
    d->kept.n_phonemes += n;
    return grown;
}

static void deliver_phonemes(void *arg, const struct iv_phoneme *ph, size_t n)
{
    iv_tts *t = arg;
    struct iv_phoneme *moved;

    if (!n || atomic_load(&t->cancelled))
        return;
    moved = keep_phonemes(&t->d, ph, n);
    if (moved && t->d.has_sink && t->d.sink.on_phonemes)
        t->d.sink.on_phonemes(t->d.sink.arg, moved, n, t->links[t->d.link].ops->phones);
}

static void deliver_kept(iv_tts *t)
{
    const struct iv_speech *s = &t->d.kept;
    const struct iv_tts_sink *sink = &t->d.sink;

    if (!t->d.has_sink)
        return;
    if (s->n_phonemes && sink->on_phonemes)
        sink->on_phonemes(sink->arg, s->phonemes, s->n_phonemes, s->set);
    for (size_t at = 0; at < s->pcm.len && !atomic_load(&t->cancelled); at += CACHED_CHUNK) {
        size_t n = s->pcm.len - at;

        sink->on_audio(sink->arg, s->pcm.samples + at, n < CACHED_CHUNK ? n : CACHED_CHUNK);
    }
}

/* -- the cache -- */

static struct speech_key key_of(const iv_tts *t)
{
    const struct tts_link *link = &t->links[t->d.link];
    char identity[256] = "", rate[32];
    const char *parts[] = {
        "speech 1", link->ops->name, identity, link->ops->voice(link->st), iv_lang_code(t->lang),
        rate,       t->text,         NULL};

    link->ops->identity(link->st, identity, sizeof identity);
    snprintf(rate, sizeof rate, "%.4f", t->rate);
    return iv_speech_key_of(parts);
}

static speech_cache *cache_of(const iv_tts *t)
{
    bool is_kept = !(t->links[t->d.link].ops->flags & TTS_FOR_TESTS) && !t->d.is_open;

    return is_kept ? iv_speech_cache_of(t->ctx) : NULL;
}

static bool is_cached(iv_tts *t)
{
    speech_cache *cache = cache_of(t);
    struct speech_key key;

    if (!cache)
        return false;
    key = key_of(t);
    return iv_speech_cache_get(cache, &key, &t->d.kept);
}

static void keep(iv_tts *t, bool was_cached)
{
    speech_cache *cache = cache_of(t);
    struct speech_key key;

    if (!cache)
        return;
    key = key_of(t);
    iv_speech_cache_note(cache, &key, was_cached || t->d.incomplete ? NULL : &t->d.kept, was_cached,
                         t->characters);
}

/* -- the end of an attempt -- */

/* The end, whoever comes to it; nothing of the utterance is touched afterwards. */
static void conclude(iv_tts *t, enum iv_code code, const char *text, bool was_cached)
{
    if (t->d.has_sink)
        t->d.sink.on_done(t->d.sink.arg, code, code ? text : "");
    if (!code)
        keep(t, was_cached);
    pthread_mutex_lock(&t->lock);
    iv_fail(&t->error, code, "%s", code ? text : "");
    t->is_busy = false;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static bool is_for_the_next(const iv_tts *t, enum iv_code code)
{
    return code && code != IV_E_CANCELLED && code != IV_E_NOMEM && !t->d.kept.pcm.len &&
           !t->d.is_open && t->d.link + 1 < t->n_links;
}

static void rest(iv_tts *t, size_t link)
{
    pthread_mutex_lock(&t->lock);
    t->links[link].rests_until_us = iv_mono_us(&iv_clock_system) + t->rest_ms * 1000;
    pthread_mutex_unlock(&t->lock);
}

static void end_service(iv_tts *t)
{
    struct tts_delivery *d = &t->d;
    struct iv_amounts used = {.characters = (int64_t)t->characters, .calls = 1};

    iv_net_timer_release(d->late);
    d->late = NULL;
    if (d->ear)
        iv_viseme_estimator_end(d->ear);
    iv_viseme_estimator_free(d->ear);
    d->ear = NULL;
    if (d->has_ticket) /* what a service was sent is paid, whether or not all of it was heard */
        iv_usage_settle(t->ctx, &d->ticket, d->kept.pcm.len ? &used : NULL);
    d->has_ticket = false;
}

static void finish_attempt(iv_tts *t, enum iv_code code, const char *text, bool was_cached)
{
    struct iv_error err;

    end_service(t);
    if (atomic_load(&t->cancelled))
        code = iv_fail(&err, IV_E_CANCELLED, "cancelled");
    else if (t->d.is_late && code == IV_E_CANCELLED)
        code = iv_fail(&err, IV_E_TTS_TIMEOUT, "tts %s: no sound in %lld ms",
                       t->links[t->d.link].ops->name, (long long)t->switch_ms);
    else if (!code && !t->d.kept.pcm.len)
        code = iv_fail(&err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    else
        iv_fail(&err, code, "%s", text);
    if (code && code != IV_E_CANCELLED && code != IV_E_TTS_INVALID_TEXT)
        rest(t, t->d.link);
    if (is_for_the_next(t, code)) {
        iv_log(iv_ctx_log(t->ctx), IV_LOG_WARN, "%s; %s speaks instead", err.text,
               t->links[t->d.link + 1].ops->name);
        attempt(t, t->d.link + 1);
        return;
    }
    conclude(t, code, err.text, was_cached);
}

/* -- a back end that blocks -- */

static enum iv_code speak_part(iv_tts *t, const char *text, struct iv_error *err)
{
    struct tts_link *link = &t->links[t->d.link];
    struct tts_job job = {.text = text,
                          .rate = t->rate,
                          .timeout_ms = t->timeout_ms,
                          .cancel_fd = t->cancel_fd,
                          .audio = deliver_audio,
                          .phonemes = deliver_phonemes,
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
    bool cached = is_cached(t);
    enum iv_code rc = IV_OK;

    if (cached)
        deliver_kept(t);
    else if (t->links[t->d.link].ops->flags & TTS_STREAMS)
        rc = speak_part(t, t->text, &err);
    else
        rc = speak_sentences(t, &err);
    finish_attempt(t, rc, err.text, cached);
}

static void *voice_thread(void *arg)
{
    speak(arg);
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

static enum iv_code begin_blocking(iv_tts *t, struct iv_error *err)
{
    if (!is_on_thread(t))
        return start_thread(t, err);
    speak(t);
    return IV_OK;
}

/* -- a back end that waits for a service -- */

static void service_done(void *arg, enum iv_code code, const char *text)
{
    finish_attempt(arg, code, text, false);
}

static void play_cached(void *arg)
{
    iv_tts *t = arg;
    char service[48];

    snprintf(service, sizeof service, "tts.%s", t->links[t->d.link].ops->name);
    iv_usage_saved(t->ctx, service, "", 1, (int64_t)t->characters);
    deliver_kept(arg);
    finish_attempt(arg, IV_OK, "", true);
}

/* Another voice could have spoken by now. */
static void on_late(void *arg)
{
    iv_tts *t = arg;

    if (t->d.kept.pcm.len)
        return;
    t->d.is_late = true;
    t->links[t->d.link].ops->stop(t->links[t->d.link].st);
}

static enum iv_code reserve(iv_tts *t, struct iv_error *err)
{
    struct iv_amounts want = {.characters = (int64_t)t->characters, .calls = 1};
    char service[48];
    enum iv_code rc;

    snprintf(service, sizeof service, "tts.%s", t->links[t->d.link].ops->name);
    rc = iv_usage_reserve(t->ctx, service, "", &want, IV_E_TTS_QUOTA, &t->d.ticket, err);
    t->d.has_ticket = !rc;
    return rc;
}

static enum iv_code begin_service(iv_tts *t, struct iv_error *err)
{
    struct tts_link *link = &t->links[t->d.link];
    bool may_switch = t->d.link + 1 < t->n_links && !t->d.is_open;
    struct tts_job job = {.text = t->text,
                          .is_open = t->d.is_open,
                          .rate = t->rate,
                          .timeout_ms = t->timeout_ms,
                          .cancel_fd = t->cancel_fd,
                          .audio = deliver_audio,
                          .phonemes = deliver_phonemes,
                          .done = service_done,
                          .arg = t};
    iv_net *net;
    enum iv_code rc = iv_net_of(t->ctx, &net, err);

    if (!rc && is_cached(t))
        return iv_net_post(net, play_cached, t, err);
    if (!rc)
        rc = reserve(t, err);
    if (!rc && link->ops->flags & TTS_NO_TIMES)
        rc = iv_viseme_estimator_new(deliver_phonemes, t, &t->d.ear, err);
    if (rc)
        return rc;
    if (may_switch)
        t->d.late = iv_net_after(net, t->switch_ms, on_late, t);
    pthread_mutex_lock(&t->lock); /* against a cancel at the same moment */
    rc = link->ops->begin(link->st, &job, err);
    pthread_mutex_unlock(&t->lock);
    if (!rc && atomic_load(&t->cancelled)) /* between two back ends */
        link->ops->stop(link->st);
    return rc;
}

/* -- speaking -- */

/* The first from `from` on that does not rest; `from` itself when all do. */
static size_t choose(iv_tts *t, size_t from)
{
    int64_t now = iv_mono_us(&iv_clock_system);
    size_t chosen = from;

    pthread_mutex_lock(&t->lock);
    for (size_t i = t->n_links; i-- > from;)
        if (t->links[i].rests_until_us <= now)
            chosen = i;
    pthread_mutex_unlock(&t->lock);
    return chosen;
}

static enum iv_code prepare(iv_tts *t, size_t link, struct iv_error *err)
{
    bool reads_numbers = t->links[link].ops->flags & TTS_READS_NUMBERS;
    enum iv_code rc = iv_tts_link_open(t, link, err);

    if (rc)
        return rc;
    t->d.link = link;
    atomic_store(&t->used, link);
    iv_speech_release(&t->d.kept);
    t->d.kept =
        (struct iv_speech){.pcm.rate_hz = IV_TTS_RATE_HZ, .set = t->links[link].ops->phones};
    t->d.offset_ms = 0;
    t->d.is_late = false;
    free(t->text);
    t->text = iv_speak_words(t->words, t->written, reads_numbers);
    if (!t->text)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    if (!iv_speak_has_words(t->text) && !t->d.is_open)
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    return IV_OK;
}

static void attempt(iv_tts *t, size_t from)
{
    struct iv_error err = {0};
    size_t link = choose(t, from);
    enum iv_code rc = prepare(t, link, &err);

    if (!rc)
        rc = t->links[link].ops->begin ? begin_service(t, &err) : begin_blocking(t, &err);
    if (rc) {
        t->d.link = link;
        finish_attempt(t, rc, err.text, false);
    }
}

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
    while (t->is_busy)
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
    join_thread(t);
}

static enum iv_code start(iv_tts *t, const char *text, const struct iv_tts_sink *sink, bool is_open,
                          struct iv_error *err)
{
    enum iv_code rc = check_text(text, err);

    iv_tts_settle(t);
    forget_cancel(t);
    if (rc)
        return rc;
    if (!is_open && !iv_speak_has_words(text))
        return iv_fail(err, IV_E_TTS_INVALID_TEXT, "text: nothing in it can be spoken");
    free(t->written);
    t->written = iv_strdup(text);
    if (!t->written)
        return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
    t->characters = iv_utf8_chars(text);
    iv_speech_release(&t->d.kept);
    t->d = (struct tts_delivery){.has_sink = sink != NULL, .is_open = is_open};
    if (sink)
        t->d.sink = *sink;
    pthread_mutex_lock(&t->lock);
    t->is_busy = true;
    pthread_mutex_unlock(&t->lock);
    attempt(t, 0);
    return IV_OK;
}

enum iv_code iv_tts_start(iv_tts *t, const char *text, const struct iv_tts_sink *sink,
                          struct iv_error *err)
{
    return start(t, text, sink, false, err);
}

bool iv_tts_takes_pieces(const iv_tts *t)
{
    const struct tts_link *link = &t->links[choose((iv_tts *)t, 0)];

    return link->ops->append && link->st &&
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

enum iv_code iv_tts_append(iv_tts *t, const char *text, struct iv_error *err)
{
    struct tts_link *link = &t->links[t->d.link];
    enum iv_code rc = text ? check_text(text, err) : IV_OK;
    char *speakable = NULL;

    if (rc || !t->d.is_open)
        return rc ? rc : iv_fail(err, IV_E_STATE, "tts: the utterance is complete");
    if (text) {
        speakable = iv_speak_words(t->words, text, link->ops->flags & TTS_READS_NUMBERS);
        if (!speakable)
            return iv_fail(err, IV_E_NOMEM, "tts: out of memory");
        t->characters += iv_utf8_chars(text);
    }
    rc = link->ops->append(link->st, speakable, err);
    free(speakable);
    return rc;
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

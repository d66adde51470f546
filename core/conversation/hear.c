/* hear.c - the candidate's voice: from samples as they come to an answer, or to an interruption.
 *
 * A voice begins: what came shortly before and all that follows goes to a recogniser of its own. An answer ends when the detector
 * of core/turn says so, by the sound and by what is understood meanwhile: the recogniser finishes, and what it understood is the answer. While it finishes, samples wait for the next utterance.
 * The recogniser speaks on its own thread into a queue that the pump empties.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "turn/listener.h"

#define PER_MS (IV_STT_RATE_HZ / 1000)
#define BEFORE_SAMPLES                                                                             \
    (IV_STT_RATE_HZ / 2) /* the first sounds are softer than what begins a voice */
#define WAITING_MAX (IV_STT_RATE_HZ * 30) /* samples that come while a recogniser finishes */
#define SILENT_LINE_US 1000000 /* no samples for so long end a voice as silence does */
#define TEXT_MAX (32u << 10)

/* What the recogniser's thread hands over. {everything: lock} */
struct heard {
    struct news *news;
    pthread_mutex_t lock;
    struct iv_buf text; /* finals, joined */
    struct iv_buf interim; /* what may follow */
    bool has_interim, has_text, has_endpoint[2], is_done; /* for the client; for the detector */
    struct iv_word *words;
    size_t n_words, cap_words;
    double confidence; /* sum over finals, each by its length */
    size_t weight;
    enum iv_code code;
    char why[240];
};

struct ear {
    struct iv_listener listener;
    iv_resampler *resampler;
    uint32_t rate_hz; /* of what comes */
    struct iv_pcm in; /* at IV_STT_RATE_HZ, not looked at yet */
    int16_t before[BEFORE_SAMPLES]; /* the latest samples outside an utterance */
    size_t n_before;
    iv_stt *stt; /* NULL: nobody speaks */
    bool is_ending, was_asked; /* the recogniser finishes; because the client said so */
    bool voice_began, voice_ended; /* as the detector said of the samples pushed last */
    uint64_t began_ms, ended_ms; /* presentation times of the voice's first sample and its last */
    int64_t last_us; /* when samples came last, on the system's clock */
    struct heard heard;
};

/* -- on the recogniser's thread -- */

static void keep_words(struct heard *h, const struct iv_stt_result *r)
{
    if (iv_grow(&h->words, &h->cap_words, h->n_words + r->n_words, sizeof *h->words))
        return; /* the text stands without its times */
    for (size_t i = 0; i < r->n_words; i++) {
        struct iv_word w = r->words[i];

        w.text = iv_strdup(w.text);
        if (w.text)
            h->words[h->n_words++] = w;
    }
}

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct heard *h = arg;
    size_t len = strlen(r->text);

    pthread_mutex_lock(&h->lock);
    iv_buf_clear(&h->interim);
    h->has_text = true;
    if (r->is_final) {
        if (h->text.len && len)
            iv_buf_addc(&h->text, ' ');
        iv_buf_adds(&h->text, r->text);
        h->confidence += (double)r->confidence * (double)len;
        h->weight += len;
        keep_words(h, r);
    } else {
        iv_buf_adds(&h->interim, r->text);
        h->has_interim = true;
    }
    pthread_mutex_unlock(&h->lock);
    iv_news_tell(h->news);
}

static void on_endpoint(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    struct heard *h = arg;

    (void)at_ms;
    pthread_mutex_lock(&h->lock);
    h->has_endpoint[kind] = true;
    pthread_mutex_unlock(&h->lock);
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct heard *h = arg;

    pthread_mutex_lock(&h->lock);
    h->is_done = true;
    h->code = code;
    snprintf(h->why, sizeof h->why, "%s", text ? text : "");
    pthread_mutex_unlock(&h->lock);
    iv_news_tell(h->news);
}

/* -- life -- */

static void forget_heard(struct heard *h)
{
    iv_buf_clear(&h->text);
    iv_buf_clear(&h->interim);
    for (size_t i = 0; i < h->n_words; i++)
        free(h->words[i].text);
    h->n_words = h->weight = 0;
    h->confidence = 0;
    h->has_interim = h->has_text = h->is_done = false;
    memset(h->has_endpoint, 0, sizeof h->has_endpoint);
    h->code = IV_OK;
}

static double patience(const struct iv_config *config)
{
    static const struct {
        const char *name;
        double factor;
    } rows[] = {{"quick", 0.7}, {"patient", 1.6}};

    for (size_t i = 0; config && i < IV_LEN(rows); i++)
        if (!strcmp(config->turn_patience, rows[i].name))
            return rows[i].factor;
    return 1;
}

static enum iv_code make_ear(struct iv_conversation *c, struct iv_error *err)
{
    const struct iv_config *config = iv_ctx_config(c->ctx);
    struct ear *e;

    if (c->ear)
        return IV_OK;
    e = iv_alloc(sizeof *e);
    if (!e)
        return iv_fail(err, IV_E_NOMEM, "speech: out of memory");
    iv_listener_init(&e->listener, c->session.spec.lang, patience(config));
    pthread_mutex_init(&e->heard.lock, NULL);
    e->heard.news = &c->news;
    e->heard.text = (struct iv_buf)IV_BUF_INIT(TEXT_MAX);
    e->heard.interim = (struct iv_buf)IV_BUF_INIT(TEXT_MAX);
    e->in.rate_hz = IV_STT_RATE_HZ;
    c->ear = e;
    return IV_OK;
}

static void end_utterance(struct ear *e)
{
    iv_stt_close(e->stt);
    iv_listener_reset(&e->listener);
    e->stt = NULL;
    e->is_ending = e->was_asked = false;
    forget_heard(&e->heard);
}

void iv_ear_forget(struct iv_conversation *c)
{
    struct ear *e = c->ear;

    if (!e)
        return;
    end_utterance(e);
    e->in.len = e->n_before = 0;
}

void iv_ear_close(struct iv_conversation *c)
{
    struct ear *e = c->ear;

    if (!e)
        return;
    end_utterance(e);
    free(e->heard.words);
    iv_buf_release(&e->heard.text);
    iv_buf_release(&e->heard.interim);
    pthread_mutex_destroy(&e->heard.lock);
    iv_resampler_free(e->resampler);
    iv_pcm_release(&e->in);
    free(e);
    c->ear = NULL;
}

/* -- samples -- */

static enum iv_code take_in(struct ear *e, const int16_t *samples, size_t n, uint32_t rate_hz,
                            struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (rate_hz == IV_STT_RATE_HZ)
        return iv_pcm_append(&e->in, samples, n, err);
    if (rate_hz != e->rate_hz || !e->resampler) {
        iv_resampler_free(e->resampler);
        e->resampler = NULL;
        rc = iv_resampler_new(rate_hz, IV_STT_RATE_HZ, &e->resampler, err);
        e->rate_hz = rate_hz;
    }
    return rc ? rc : iv_resampler_push(e->resampler, samples, n, &e->in, err);
}

static void keep_before(struct ear *e, const int16_t *samples, size_t n)
{
    size_t kept;

    if (n > BEFORE_SAMPLES) {
        samples += n - BEFORE_SAMPLES;
        n = BEFORE_SAMPLES;
    }
    kept = e->n_before + n > BEFORE_SAMPLES ? BEFORE_SAMPLES - n : e->n_before;
    memmove(e->before, e->before + e->n_before - kept, kept * sizeof e->before[0]);
    memcpy(e->before + kept, samples, n * sizeof e->before[0]);
    e->n_before = kept + n;
}

static void on_voice(void *arg, enum iv_listener_event event)
{
    struct ear *e = arg;

    if (event == IV_LISTENER_BEGAN)
        e->voice_began = true;
    else
        e->voice_ended = true;
}

/* The interviewer falls silent as soon as the candidate has a voice. */
static enum iv_code begin_utterance(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    struct iv_stt_choice choice = {.lang = c->session.spec.lang, .interim = true};
    struct iv_stt_sink sink = {
        .on_result = on_result, .on_done = on_done, .arg = &e->heard, .on_endpoint = on_endpoint};
    uint64_t now = iv_engine_now_ms(c), before = e->n_before / PER_MS;
    enum iv_code rc = IV_OK;

    e->began_ms = now > before ? now - before : 0;
    e->listener.eot.wants_story = c->reply.kind == IV_TURN_QUESTION;
    if (c->phase == IV_PHASE_SPEAKING)
        rc = iv_engine_interrupt(c, err);
    if (!rc)
        rc = iv_stt_open(c->ctx, &choice, &sink, &e->stt, err);
    if (!rc)
        rc = iv_stt_feed(e->stt, e->before, e->n_before, err);
    e->n_before = 0;
    if (rc)
        end_utterance(e);
    return rc;
}

static enum iv_code end_voice(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    uint64_t now = iv_engine_now_ms(c), silent = iv_eot_silent_ms(&e->listener.eot);
    enum iv_code rc = iv_stt_end(e->stt, err);

    e->ended_ms = now > silent ? now - silent : now;
    e->is_ending = true;
    if (rc)
        end_utterance(e);
    return rc;
}

/* All that is understood so far, into an empty buffer. {h->lock} */
static void join_heard(const struct heard *h, struct iv_buf *text)
{
    iv_buf_adds(text, iv_buf_str(&h->text));
    if (h->text.len && h->interim.len)
        iv_buf_addc(text, ' ');
    iv_buf_adds(text, iv_buf_str(&h->interim));
}

static void tell_detector(struct ear *e)
{
    struct heard *h = &e->heard;
    struct iv_buf text = IV_BUF_INIT(2 * TEXT_MAX);
    bool has_endpoint[2], is_new;

    pthread_mutex_lock(&h->lock);
    is_new = h->has_text;
    if (is_new)
        join_heard(h, &text);
    memcpy(has_endpoint, h->has_endpoint, sizeof has_endpoint);
    memset(h->has_endpoint, 0, sizeof h->has_endpoint);
    h->has_text = false;
    pthread_mutex_unlock(&h->lock);
    if (is_new)
        iv_eot_text(&e->listener.eot, iv_buf_str(&text));
    for (int i = 0; i < 2; i++)
        if (has_endpoint[i])
            iv_eot_endpoint(&e->listener.eot, (enum iv_stt_endpoint)i);
    iv_buf_release(&text);
}

/* One tenth of a second at most, so that a large chunk may hold several utterances. */
static enum iv_code listen_to(struct iv_conversation *c, const int16_t *samples, size_t n,
                              struct iv_error *err)
{
    struct ear *e = c->ear;
    enum iv_code rc = IV_OK;

    e->voice_began = e->voice_ended = false;
    tell_detector(e);
    iv_listener_push(&e->listener, samples, n, on_voice, e);
    if (e->stt)
        rc = iv_stt_feed(e->stt, samples, n, err);
    else
        keep_before(e, samples, n);
    if (!rc && !e->stt && e->voice_began)
        rc = begin_utterance(c, err);
    if (!rc && e->stt && e->voice_ended)
        rc = end_voice(c, err);
    if (rc)
        end_utterance(e);
    return rc;
}

static enum iv_code listen(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    size_t at = 0;
    enum iv_code rc = IV_OK;

    while (!rc && !e->is_ending && at < e->in.len) {
        size_t n = e->in.len - at < IV_STT_RATE_HZ / 10 ? e->in.len - at : IV_STT_RATE_HZ / 10;

        rc = listen_to(c, e->in.samples + at, n, err);
        at += n;
    }
    if (at) { /* before the first samples there is no memory either */
        memmove(e->in.samples, e->in.samples + at, (e->in.len - at) * sizeof(int16_t));
        e->in.len -= at;
    }
    if (e->in.len > WAITING_MAX) {
        e->in.len = 0;
        rc = iv_fail(err, IV_E_STT_TIMEOUT, "speech: the recogniser is 30 s behind");
    }
    return rc;
}

enum iv_code iv_engine_hear(struct iv_conversation *c, const int16_t *samples, size_t n,
                            uint32_t rate_hz, struct iv_error *err)
{
    enum iv_code rc = make_ear(c, err);

    if (rc)
        return rc;
    rc = take_in(c->ear, samples, n, rate_hz, err);
    if (!rc)
        rc = listen(c, err);
    c->ear->last_us = iv_mono_us(c->clock); /* opening a recogniser may have taken a second */
    return rc;
}

enum iv_code iv_engine_hear_end(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;

    if (!e || !e->stt)
        return iv_fail(err, IV_E_STT_NO_SPEECH, "speech: nothing was heard");
    e->was_asked = true;
    return e->is_ending ? IV_OK : end_voice(c, err);
}

/* -- what was understood -- */

static void tell_interim(struct iv_conversation *c)
{
    struct heard *h = &c->ear->heard;
    struct iv_buf text = IV_BUF_INIT(2 * TEXT_MAX);
    struct iv_msg m = {.type = IV_MSG_stt_interim};
    bool has;

    pthread_mutex_lock(&h->lock);
    has = h->has_interim && h->interim.len;
    h->has_interim = false;
    join_heard(h, &text);
    pthread_mutex_unlock(&h->lock);
    m.stt_interim.transcript = iv_buf_str(&text);
    if (has)
        iv_engine_emit(c, &m);
    iv_buf_release(&text);
}

/* The recogniser is done: nobody else has `heard` any more. */
static enum iv_code give_answer(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    struct heard *h = &e->heard;
    struct iv_answer a = {.text = iv_buf_str(&h->text),
                          .confidence = h->weight ? (float)(h->confidence / (double)h->weight) : 0,
                          .spoken_ms = e->ended_ms > e->began_ms ? e->ended_ms - e->began_ms : 1,
                          .words = h->words,
                          .n_words = h->n_words,
                          .source = "speech"};

    if (h->code == IV_E_STT_NO_SPEECH || (!h->code && iv_text_is_blank(a.text)))
        return e->was_asked ? iv_fail(err, IV_E_STT_NO_SPEECH, "speech: nothing was understood")
                            : IV_OK;
    if (h->code)
        return iv_fail(err, h->code, "%s", h->why);
    return iv_engine_answer(c, &a, err);
}

static enum iv_code finish_utterance(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    enum iv_code rc;

    iv_stt_close(e->stt);
    e->stt = NULL;
    rc = give_answer(c, err);
    end_utterance(e);
    return rc;
}

static void complain(struct iv_conversation *c, const struct iv_error *why)
{
    struct iv_msg m = {.type = IV_MSG_error,
                       .error = {.code = iv_code_info(why->code)->slug, .message = why->text}};

    iv_log(iv_ctx_log(c->ctx), IV_LOG_WARN, "%s", why->text);
    iv_engine_emit(c, &m);
}

void iv_ear_pump(struct iv_conversation *c)
{
    struct ear *e = c->ear;
    struct iv_error why;
    bool is_done;

    if (!e || !e->stt)
        return;
    if (!e->is_ending && iv_mono_us(c->clock) > e->last_us + SILENT_LINE_US && end_voice(c, &why))
        complain(c, &why);
    tell_interim(c);
    pthread_mutex_lock(&e->heard.lock);
    is_done = e->heard.is_done;
    pthread_mutex_unlock(&e->heard.lock);
    if (!is_done)
        return;
    if (finish_utterance(c, &why))
        complain(c, &why);
    if (e->in.len && listen(c, &why))
        complain(c, &why);
}

/* hear.c - the candidate's voice: from samples as they come to an answer, or to an interruption.
 *
 * A voice begins: what came shortly before and all that follows goes to a recogniser of its own. An answer ends when the detector
 * of core/turn says so, by the sound and by what is understood meanwhile: the recogniser finishes, and what it understood is the answer. While it finishes, samples wait for the next utterance.
 * A voice over the interviewer's hushes it at once (cut.c) and is in doubt until it lasts (setting turn.backchannel): then it takes the
 * word. When it ends before, what the recogniser understood decides; guesses at so short a sound are worth little, so that it finishes first.
 * Words take the word too, and since more of them may follow another recogniser goes on where it was; all else was no interruption.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "conversation/heard.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "turn/listener.h"

#define PER_MS (IV_STT_RATE_HZ / 1000)
#define BEFORE_SAMPLES                                                                             \
    (IV_STT_RATE_HZ / 2) /* the first sounds are softer than what begins a voice */
#define WAITING_MAX (IV_STT_RATE_HZ * 30) /* samples that come while a recogniser finishes */
#define SILENT_LINE_US 1000000 /* no samples for so long end a voice as silence does */
#define SETTLED_MS 400 /* of silence after a short voice: that was all of it */
#define WAITS_MS 700 /* a pause so long within an answer is seen */
#define SURE 0.6 /* of what so short a voice said */
#define BACKCHANNEL_MS 700

struct ear {
    struct iv_listener listener;
    iv_resampler *resampler;
    uint32_t rate_hz; /* of what comes */
    struct iv_pcm in; /* at IV_STT_RATE_HZ, not looked at yet */
    int16_t before[BEFORE_SAMPLES]; /* the latest samples outside an utterance */
    size_t n_before;
    iv_stt *stt; /* NULL: nobody speaks */
    bool is_ending, was_asked; /* the recogniser finishes; because the client said so */
    bool has_word; /* the candidate has the word until iv_engine_hear_end() */
    bool voice_began, voice_ended; /* as the detector said of the samples pushed last */
    bool is_backchannel; /* all that was understood so far */
    bool waits; /* as the owner was told */
    uint64_t fed; /* samples, to all recognisers of this utterance */
    uint32_t doubt_ms; /* a voice that lasts so long over the interviewer's takes the word */
    uint64_t began_ms, ended_ms; /* presentation times of the voice's first sample and its last */
    int64_t last_us; /* when samples came last, on the system's clock */
    struct heard heard;
};

/* -- life -- */

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
    iv_heard_init(&e->heard, &c->news);
    e->doubt_ms = config ? (uint32_t)config->turn_backchannel_ms : BACKCHANNEL_MS;
    e->in.rate_hz = IV_STT_RATE_HZ;
    c->ear = e;
    return IV_OK;
}

static void end_utterance(struct ear *e)
{
    iv_stt_close(e->stt);
    iv_listener_reset(&e->listener);
    e->stt = NULL;
    e->is_ending = e->was_asked = e->has_word = e->is_backchannel = false;
    e->fed = 0;
    iv_heard_forget(&e->heard);
}

static void tell_waiting(struct iv_conversation *c)
{
    struct ear *e = c->ear;
    bool waits = e->stt && !e->is_ending && !e->has_word && !c->reply.is_hushed &&
                 iv_eot_silent_ms(&e->listener.eot) >= WAITS_MS;

    if (waits == e->waits)
        return;
    e->waits = waits;
    if (c->sink.waits)
        c->sink.waits(c->sink.arg, waits);
}

void iv_ear_forget(struct iv_conversation *c)
{
    struct ear *e = c->ear;

    if (!e)
        return;
    end_utterance(e);
    iv_guess_drop(c);
    e->in.len = e->n_before = 0;
    tell_waiting(c);
}

void iv_ear_close(struct iv_conversation *c)
{
    struct ear *e = c->ear;

    if (!e)
        return;
    end_utterance(e);
    iv_heard_release(&e->heard);
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

static enum iv_code feed(struct ear *e, const int16_t *samples, size_t n, struct iv_error *err)
{
    e->fed += n;
    return iv_stt_feed(e->stt, samples, n, err);
}

static enum iv_code open_recogniser(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    struct iv_stt_choice choice = {.lang = c->session.spec.lang, .interim = true};
    struct iv_stt_sink sink = iv_heard_sink(&e->heard);

    return iv_stt_open(c->ctx, &choice, &sink, &e->stt, err);
}

/* The interviewer falls silent as soon as the candidate has a voice. One that nobody can understand takes the word at once. */
static enum iv_code begin_utterance(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    uint64_t now = iv_engine_now_ms(c), before = e->n_before / PER_MS;
    enum iv_code rc = IV_OK;
    struct iv_error why;

    e->began_ms = now > before ? now - before : 0;
    e->listener.eot.wants_story = c->reply.kind == IV_TURN_QUESTION;
    if (e->doubt_ms && !e->has_word)
        iv_engine_hush(c);
    else if (c->phase == IV_PHASE_SPEAKING)
        rc = iv_engine_interrupt(c, err);
    if (!rc)
        rc = open_recogniser(c, err);
    if (!rc)
        rc = feed(e, e->before, e->n_before, err);
    e->n_before = 0;
    if (rc)
        end_utterance(e);
    if (rc && c->reply.is_hushed)
        iv_engine_interrupt(c, &why);
    return rc;
}

static enum iv_code end_voice(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    uint64_t now = iv_engine_now_ms(c),
             silent = e->has_word ? 0 : iv_eot_silent_ms(&e->listener.eot);
    enum iv_code rc = iv_stt_end(e->stt, err);

    e->ended_ms = now > silent ? now - silent : now;
    e->is_ending = true;
    e->has_word = false;
    if (rc)
        end_utterance(e);
    return rc;
}

static void tell_detector(struct iv_conversation *c)
{
    struct ear *e = c->ear;
    struct iv_buf text = IV_BUF_INIT(2 * HEARD_MAX);
    bool has_endpoint[2];

    if (iv_heard_take(&e->heard, &text, has_endpoint)) {
        iv_eot_text(&e->listener.eot, iv_buf_str(&text));
        e->is_backchannel = iv_ending_is_backchannel(c->session.spec.lang, iv_buf_str(&text));
    }
    for (int i = 0; i < 2; i++)
        if (has_endpoint[i])
            iv_eot_endpoint(&e->listener.eot, (enum iv_stt_endpoint)i);
    iv_buf_release(&text);
}

/* Was that an interruption? What is understood as a listener's sounds may be some of them in a row. */
static enum iv_code settle_doubt(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    const struct iv_eot *eot = &e->listener.eot;
    uint32_t voice_ms = eot->voice_frames * IV_EOT_FRAME_MS;

    if (voice_ms >= e->doubt_ms * (e->is_backchannel ? 2 : 1))
        return iv_engine_interrupt(c, err);
    return iv_eot_silent_ms(eot) >= SETTLED_MS ? end_voice(c, err) : IV_OK;
}

/* What the answer may be, while its end is likely but not sure. */
static void guess(struct iv_conversation *c)
{
    struct ear *e = c->ear;
    const struct iv_eot *eot = &e->listener.eot;
    uint64_t spoken_ms = iv_engine_now_ms(c) - e->began_ms - iv_eot_silent_ms(eot);
    struct iv_buf text = IV_BUF_INIT(2 * HEARD_MAX);

    if (!eot->silent_frames) {
        iv_guess_drop(c); /* it goes on */
    } else if (e->listener.verdict == IV_EOT_PROBABLE && eot->ending != IV_ENDING_OPEN &&
               eot->ending != IV_ENDING_FILLER) {
        iv_heard_text(&e->heard, &text);
        iv_guess_make(c, iv_buf_str(&text), spoken_ms);
    }
    iv_buf_release(&text);
}

/* Is it over, was it meant for the interviewer, what may it be? */
static enum iv_code judge(struct iv_conversation *c, struct iv_error *err)
{
    if (c->ear->voice_ended)
        return end_voice(c, err);
    if (c->reply.is_hushed)
        return settle_doubt(c, err);
    guess(c);
    return IV_OK;
}

/* One tenth of a second at most, so that a large chunk may hold several utterances. */
static enum iv_code listen_to(struct iv_conversation *c, const int16_t *samples, size_t n,
                              struct iv_error *err)
{
    struct ear *e = c->ear;
    enum iv_code rc = IV_OK;

    e->voice_began = e->voice_ended = false;
    tell_detector(c);
    iv_listener_push(&e->listener, samples, n, on_voice, e);
    if (e->stt)
        rc = feed(e, samples, n, err);
    else
        keep_before(e, samples, n);
    if (!rc && !e->stt && e->voice_began)
        rc = begin_utterance(c, err);
    if (!rc && e->stt && !e->has_word)
        rc = judge(c, err);
    if (rc)
        end_utterance(e);
    return rc;
}

bool iv_ear_is_idle(const struct iv_conversation *c)
{
    const struct ear *e = c->ear;

    return e && !e->stt && !e->listener.vad.speaking &&
           iv_mono_us(c->clock) <= e->last_us + SILENT_LINE_US;
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
    if (!c->ear->stt)
        iv_engine_go_on(c, -1);
    tell_waiting(c);
    return rc;
}

/* No detector decides: the word is taken at once and kept through every silence. */
enum iv_code iv_engine_hear_begin(struct iv_conversation *c, struct iv_error *err)
{
    enum iv_code rc = make_ear(c, err);
    struct ear *e = c->ear;

    if (rc)
        return rc;
    if (e->is_ending)
        return iv_fail(err, IV_E_BUSY, "speech: what was said before is still being understood");
    e->has_word = true;
    e->last_us = iv_mono_us(c->clock);
    if (!e->stt)
        rc = begin_utterance(c, err);
    else if (c->phase == IV_PHASE_SPEAKING || c->reply.is_hushed)
        rc = iv_engine_interrupt(c, err);
    e->has_word = !rc && e->stt;
    e->last_us = iv_mono_us(c->clock); /* opening a recogniser may have taken a second */
    tell_waiting(c);
    return rc;
}

bool iv_ear_has_word(const struct iv_conversation *c)
{
    return c->ear && c->ear->has_word;
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
    struct iv_buf text = IV_BUF_INIT(2 * HEARD_MAX);
    struct iv_msg m = {.type = IV_MSG_stt_interim};

    if (!c->reply.is_hushed && iv_heard_take_interim(&c->ear->heard, &text)) {
        m.stt_interim.transcript = iv_buf_str(&text);
        iv_engine_emit(c, &m);
    }
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

    if (iv_text_is_blank(a.text) && (!h->code || h->code == IV_E_STT_NO_SPEECH))
        return e->was_asked ? iv_fail(err, IV_E_STT_NO_SPEECH, "speech: nothing was understood")
                            : IV_OK;
    if (h->code && h->code != IV_E_STT_NO_SPEECH) /* of the last recogniser, perhaps of several */
        return iv_fail(err, h->code, "%s", h->why);
    return iv_engine_answer(c, &a, err);
}

/* The recogniser is done. Did it understand words that are meant for the interviewer? */
static bool wants_the_word(const struct iv_conversation *c)
{
    const struct heard *h = &c->ear->heard;
    const char *text = iv_buf_str(&h->text);

    return !h->code && h->weight && h->confidence >= SURE * (double)h->weight &&
           !iv_text_is_blank(text) && !iv_ending_is_backchannel(c->session.spec.lang, text);
}

/* A short voice over the interviewer's was no answer: an interruption, after which more may come, or nothing. */
static enum iv_code finish_doubt(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    bool wants = wants_the_word(c);
    enum iv_code rc = e->heard.code == IV_E_STT_NO_SPEECH ? IV_OK : e->heard.code;

    if (rc)
        iv_fail(err, rc, "%s", e->heard.why);
    if (!wants) {
        end_utterance(e);
        iv_engine_go_on(c, -1);
        return rc;
    }
    rc = iv_engine_interrupt(c, err);
    e->is_ending = false;
    iv_heard_go_on(&e->heard, (uint32_t)(e->fed / PER_MS));
    if (!rc)
        rc = open_recogniser(c, err);
    if (rc)
        end_utterance(e);
    return rc;
}

static enum iv_code finish_utterance(struct iv_conversation *c, struct iv_error *err)
{
    struct ear *e = c->ear;
    enum iv_code rc;

    iv_stt_close(e->stt);
    e->stt = NULL;
    if (c->reply.is_hushed && !e->was_asked)
        return finish_doubt(c, err);
    rc = give_answer(c, err);
    end_utterance(e);
    iv_engine_go_on(c, -1);
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

    if (!e || !e->stt)
        return;
    if (!e->is_ending && iv_mono_us(c->clock) > e->last_us + SILENT_LINE_US && end_voice(c, &why))
        complain(c, &why);
    tell_interim(c);
    if (!iv_heard_is_done(&e->heard))
        return;
    if (finish_utterance(c, &why))
        complain(c, &why);
    if (e->in.len && listen(c, &why))
        complain(c, &why);
    tell_waiting(c);
}

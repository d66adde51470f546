/* stt_openai_ask.c - utterances transcribed by a service of OpenAI's kind, one after the other, so that results come in order.
 *
 * A look at an utterance that still goes on is worth less than any final: it is not tried again, fails without a word, and gives way
 * as soon as a whole utterance waits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "iv/alloc.h"
#include "provider/openai_error.h"
#include "provider/stt_openai.h"

#define CONNECT_MS 5000
#define LOOK_MS 10000 /* longest wait for an interim result */

void iv_stt_openai_free_segment(struct segment *s)
{
    if (s)
        free(s->wav);
    free(s);
}

void iv_stt_openai_finish(struct ears *e, enum iv_code code, const char *text)
{
    if (e->is_over)
        return;
    e->is_over = true;
    e->link.done(e->link.arg, code, text);
}

/* -- answers -- */

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    struct ears *e = arg;
    struct iv_error err;

    if (o->failure != NET_OK) {
        iv_openai_judge(OPENAI_STT, "stt openai", o, NULL, NULL, v);
    } else {
        iv_openai_transcript_release(&e->answer);
        if (iv_openai_transcript_read(o->body, o->body_len, e->sent->start_ms, e->sent->end_ms,
                                      &e->answer, &err)) {
            *v = (struct net_verdict){.code = err.code, .class = NET_RETRY_ONCE};
            snprintf(v->text, sizeof v->text, "%.200s", err.text);
        }
    }
    if (v->code && e->sent->is_interim)
        v->class = NET_FAIL;
}

static void tell(struct ears *e)
{
    const struct segment *s = e->sent;
    struct iv_stt_result r = {.text = e->answer.text,
                              .confidence = s->is_interim ? 0 : e->answer.confidence,
                              .start_ms = s->start_ms,
                              .end_ms = s->end_ms,
                              .words = e->answer.words,
                              .n_words = e->answer.n_words,
                              .is_final = !s->is_interim};

    if (!r.text || (!r.text[0] && s->is_interim))
        return;
    e->link.result(e->link.arg, &r); /* also a final without a word: that far it has heard */
    if (r.is_final && r.text[0] && e->link.endpoint)
        e->link.endpoint(e->link.arg, IV_STT_SPEECH_FINAL, r.end_ms);
}

static void look_is_over(struct ears *e)
{
    pthread_mutex_lock(&e->lock);
    e->is_looking = false;
    pthread_mutex_unlock(&e->lock);
}

/* What was sent needs no answer any more. */
static void forget_sent(struct ears *e)
{
    if (e->sent && e->sent->is_interim)
        look_is_over(e);
    iv_stt_openai_free_segment(e->sent);
    e->sent = NULL;
    iv_openai_transcript_release(&e->answer);
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct ears *e = arg;

    if (o->failure == NET_CANCELLED) {
        iv_stt_openai_finish(e, IV_E_CANCELLED, "cancelled");
    } else if (v->code && !e->sent->is_interim) {
        iv_stt_openai_finish(e, v->code, v->text);
    } else {
        if (v->code)
            iv_log(iv_ctx_log(e->ctx), IV_LOG_DEBUG, "%s; an interim result less", v->text);
        else
            tell(e);
        forget_sent(e);
        iv_stt_openai_send_next(e);
    }
}

/* -- requests -- */

/* OpenAI's newer models and most that are no Whisper know plain JSON only; Whisper, wherever it runs, tells times and how sure it is. */
static bool is_whisper(const struct ears *e)
{
    size_t len = strlen(e->url), own = strlen("/inference");

    return strcasestr(e->model, "whisper") ||
           (len > own && !strcmp(e->url + len - own, "/inference"));
}

static enum iv_code call(struct ears *e, struct iv_error *err)
{
    const char *format = is_whisper(e) ? "verbose_json" : "json", *lang = iv_lang_code(e->lang);
    const int64_t total_ms =
        e->sent->is_interim ? LOOK_MS
                            : e->timeout_ms + (int64_t)(e->sent->end_ms - e->sent->start_ms) / 2;
    struct net_part parts[] = {
        {"file", "audio.wav", "audio/wav", e->sent->wav, e->sent->len},
        {"model", NULL, NULL, e->model, strlen(e->model)},
        {"language", NULL, NULL, lang, strlen(lang)},
        {"response_format", NULL, NULL, format, strlen(format)},
        {"timestamp_granularities[]", NULL, NULL, "word", 4},
        {"timestamp_granularities[]", NULL, NULL, "segment", 7},
    };
    char bearer[600];
    struct net_header header = {"Authorization", bearer};
    struct net_request r = {
        .service = "stt.openai",
        .method = "POST",
        .url = e->url,
        .headers = &header,
        .n_headers = e->key != NULL,
        .parts = parts,
        .n_parts = is_whisper(e) ? IV_LEN(parts) : IV_LEN(parts) - 2,
        .timeouts = {.connect_ms = CONNECT_MS, .total_ms = total_ms, .budget_ms = total_ms},
        .max_body = OPENAI_MAX_TRANSCRIPT,
        .judge = judge,
        .on_done = on_done,
        .arg = e};
    enum iv_code rc;

    if (snprintf(bearer, sizeof bearer, "Bearer %s", e->key ? e->key : "") >= (int)sizeof bearer)
        rc = iv_fail(err, IV_E_CONFIG, "stt.openai.api_key: it is too long to be a key");
    else
        rc = iv_net_call(e->net, &r, &e->call, err);
    explicit_bzero(bearer, sizeof bearer);
    return rc;
}

/* {lock} held. Whole utterances first: a look that one has overtaken is not needed. */
static struct segment *take_segment(struct ears *e)
{
    struct segment *s;

    while ((s = e->first)) {
        e->first = s->next;
        e->n_waiting--;
        if (!s->is_interim || !e->first)
            break;
        e->is_looking = false;
        iv_stt_openai_free_segment(s);
    }
    if (!e->first)
        e->last = &e->first;
    return s;
}

static void yield_to_final(struct ears *e)
{
    bool waits;

    pthread_mutex_lock(&e->lock);
    waits = e->first || e->ended;
    pthread_mutex_unlock(&e->lock);
    if (!e->sent || !e->sent->is_interim || !waits)
        return;
    iv_net_call_release(e->call);
    e->call = NULL;
    forget_sent(e);
}

void iv_stt_openai_send_next(void *arg)
{
    struct ears *e = arg;
    struct iv_error err = {0};
    bool ended;

    if (e->is_over)
        return;
    yield_to_final(e);
    if (e->sent)
        return;
    pthread_mutex_lock(&e->lock);
    e->sent = take_segment(e);
    ended = e->ended;
    pthread_mutex_unlock(&e->lock);
    iv_net_call_release(e->call);
    e->call = NULL;
    if (e->sent && call(e, &err))
        iv_stt_openai_finish(e, err.code, err.text);
    else if (!e->sent && ended)
        iv_stt_openai_finish(e, IV_OK, "");
}

enum iv_code iv_stt_openai_queue(struct ears *e, struct segment *s, struct iv_error *err)
{
    pthread_mutex_lock(&e->lock);
    *e->last = s;
    e->last = &s->next;
    e->n_waiting++;
    e->is_looking |= s->is_interim;
    pthread_mutex_unlock(&e->lock);
    return iv_net_post(e->net, iv_stt_openai_send_next, e, err);
}

/* words.c - a language model's words for what the interviewer decided: through the guard into the reply.
 *
 * The move is in the store before the model is asked, with the interviewer's own words. Whatever the model does, they are there: all
 * of them when it says nothing in time, the question when it stops half-way. Pieces that went into the reply are inputs of the event
 * stream, so that a replay needs no model.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/config.h"

#define QUEUE_MAX_BYTES (256u << 10)
#define PATIENCE_DEFAULT_MS 5000
#define PATIENCES                                                                                  \
    4 /* the whole reply comes within so many, or what is missing is said without it */

/* -- the model's thread -- */

static void on_text(void *arg, const char *text, size_t len)
{
    struct words_queue *q = arg;

    pthread_mutex_lock(&q->lock);
    iv_buf_add(&q->text, text, len);
    q->heard_us = iv_mono_us(&iv_clock_system);
    pthread_cond_broadcast(&q->changed);
    iv_news_tell(q->news);
    pthread_mutex_unlock(&q->lock);
}

static void on_done(void *arg, enum iv_code code, const char *text,
                    const struct iv_llm_usage *usage)
{
    struct words_queue *q = arg;

    (void)usage;
    pthread_mutex_lock(&q->lock);
    q->code = code;
    snprintf(q->why, sizeof q->why, "%s", text);
    q->is_running = false;
    pthread_cond_broadcast(&q->changed);
    iv_news_tell(q->news); /* inside the lock: who sees the end may drop all of it */
    pthread_mutex_unlock(&q->lock);
}

/* -- opening -- */

static enum iv_code load_papers(const struct iv_conversation *c, iv_json *docs[2],
                                struct iv_papers *papers, struct iv_error *err)
{
    static const char *const names[2] = {"resume", "job"};
    const char *texts[2] = {NULL, NULL};

    for (size_t i = 0; i < 2; i++) {
        enum iv_code rc = iv_load_doc(c->store, c->session.id, names[i], &docs[i], err);

        if (rc && rc != IV_E_NOT_FOUND)
            return rc;
        texts[i] = rc ? NULL : iv_json_get_str(docs[i], "text", NULL);
    }
    *papers = (struct iv_papers){.resume = texts[0], .job = texts[1]};
    return IV_OK;
}

enum iv_code iv_words_open(struct iv_conversation *c, struct iv_error *err)
{
    const struct iv_config *config = iv_ctx_config(c->ctx);
    struct words_queue *q = &c->wording.queue;
    iv_json *docs[2] = {NULL, NULL};
    struct iv_papers papers;
    enum iv_code rc;

    q->news = &c->news;
    q->text = (struct iv_buf)IV_BUF_INIT(QUEUE_MAX_BYTES);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    if (!c->opt.llm)
        return IV_OK;
    c->wording.patience_us = 1000 * (config ? config->llm_patience_ms : PATIENCE_DEFAULT_MS);
    rc = load_papers(c, docs, &papers, err);
    if (!rc)
        rc = iv_wording_new(c->ctx, &c->session.spec, &papers, &c->wording.rules, err);
    iv_json_free(docs[0]);
    iv_json_free(docs[1]);
    return rc;
}

void iv_words_close(struct iv_conversation *c)
{
    struct words_queue *q = &c->wording.queue;

    iv_words_stop(c);
    iv_wording_free(c->wording.rules);
    iv_buf_release(&q->text);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}

/* -- into the reply -- */

static void grow_reply(struct reply *r, const char *text)
{
    size_t len = strlen(text);
    char *grown = iv_realloc_array(r->text, r->len + len + 1, 1);

    if (!grown)
        return;
    memcpy(grown + r->len, text, len + 1);
    r->text = grown;
    r->len += len;
}

static void note_words(struct iv_conversation *c, const char *text, bool done, const char *source)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "in", "words");
    iv_json_set_str(j, "text", text);
    iv_json_set_bool(j, "done", done);
    iv_json_set_str(j, "source", source);
    iv_engine_note(c, j);
}

void iv_words_add(struct iv_conversation *c, const char *text, bool done, const char *source)
{
    struct reply *r = &c->reply;

    if (!r->text || !r->is_open || (!text[0] && !done))
        return;
    note_words(c, text, done, source);
    grow_reply(r, text);
    r->is_open = !done;
    snprintf(r->source, sizeof r->source, "%s", source);
}

/* The listener is told why other words than the model's are heard. */
static void tell_failure(struct iv_conversation *c, enum iv_code code, const char *why)
{
    struct iv_msg m = {.type = IV_MSG_error,
                       .error = {.code = iv_code_info(code)->slug,
                                 .message = why,
                                 .details = "the built-in interviewer goes on",
                                 .has_details = true}};

    iv_log(iv_ctx_log(c->ctx), IV_LOG_WARN, "%s; the built-in interviewer goes on", why);
    iv_engine_emit(c, &m);
}

/* No more is wanted of the model: waits until nothing of it can come. */
static void hush(struct iv_conversation *c)
{
    struct words_queue *q = &c->wording.queue;
    bool runs;

    pthread_mutex_lock(&q->lock);
    runs = q->is_running;
    pthread_mutex_unlock(&q->lock);
    if (runs) {
        iv_llm_cancel(c->opt.llm, c->wording.call);
        iv_llm_warm(c->opt.llm); /* the connection is lost with the rest of the reply */
    }
    pthread_mutex_lock(&q->lock);
    while (q->is_running)
        pthread_cond_wait(&q->changed, &q->lock);
    iv_buf_clear(&q->text);
    pthread_mutex_unlock(&q->lock);
}

static void finish_words(struct iv_conversation *c)
{
    struct wording *w = &c->wording;
    const char *say;
    enum iv_guard_stop stop;
    bool is_models;

    hush(c);
    stop = iv_guard_finish(w->guard, &say);
    is_models = iv_guard_has_model_words(w->guard);
    if (stop != IV_GUARD_GOOD)
        iv_log(iv_ctx_log(c->ctx), IV_LOG_INFO, "the model's reply was stopped: %s",
               iv_guard_stop_name(stop));
    iv_words_add(c, say, true, is_models ? iv_llm_engine(c->opt.llm) : "fallback");
    iv_guard_free(w->guard);
    w->guard = NULL;
}

void iv_words_stop(struct iv_conversation *c)
{
    struct wording *w = &c->wording;

    if (w->guard)
        hush(c);
    iv_guard_free(w->guard);
    w->guard = NULL;
    c->reply.is_open = false;
}

/* -- asking -- */

static enum iv_code ask_model(struct iv_conversation *c, const struct iv_wording_now *now,
                              struct iv_error *err)
{
    struct wording *w = &c->wording;
    struct iv_llm_sink sink = {.on_text = on_text, .on_done = on_done, .arg = &w->queue};
    struct iv_wording_request request = {0};
    enum iv_code rc = iv_guard_new(w->rules, now, &w->guard, err);

    if (!rc)
        rc = iv_wording_request(w->rules, now, &request, err);
    if (!rc) {
        w->begun_us = w->queue.heard_us = iv_mono_us(&iv_clock_system);
        w->queue.code = IV_OK;
        w->queue.is_running = true;
        rc = iv_llm_start(c->opt.llm, &request.llm, &sink, &w->call, err);
        if (rc)
            w->queue.is_running = false;
    }
    iv_wording_request_release(&request);
    return rc;
}

static enum iv_code ask(struct iv_conversation *c, struct iv_error *err)
{
    const struct reply *r = &c->reply;
    struct iv_move move;
    struct iv_wording_now now = {
        .move = &move, .remaining_ms = iv_session_remaining_ms(&c->session, iv_wall_ms(c->clock))};
    struct iv_turn *turns = NULL;
    enum iv_code rc = iv_interviewer_current(c->interviewer, &move, err);

    if (!rc)
        rc = iv_store_turns(c->store, c->session.id, &turns, &now.n_turns, err);
    if (!rc) {
        move.text = r->planned;
        now.turns = turns;
        now.question = iv_interviewer_question(c->interviewer, r->question_id);
        rc = ask_model(c, &now, err);
    }
    iv_turns_free(turns, now.n_turns);
    return rc;
}

void iv_words_begin(struct iv_conversation *c)
{
    struct reply *r = &c->reply;
    enum recorded recorded = c->recorded ? c->recorded(c->recorded_arg) : RECORDED_OWN;
    struct iv_error why;

    if (recorded != RECORDED_LOST &&
        (!r->wants_words || (!c->wording.rules && recorded != RECORDED_WORDS)))
        return;
    r->planned = r->text;
    r->text = iv_strdup("");
    r->len = 0;
    r->is_open = true;
    if (!r->text) { /* without memory for other words the planned ones do */
        r->text = r->planned;
        r->len = strlen(r->text);
        r->planned = NULL;
        r->is_open = false;
        return;
    }
    if (recorded != RECORDED_OWN)
        return; /* they come as inputs, or never */
    note_words(c, "", false,
               "model"); /* a replay knows then that words follow, even if none came */
    if (!ask(c, &why))
        return;
    tell_failure(c, why.code, why.text);
    iv_guard_free(c->wording.guard);
    c->wording.guard = NULL;
    iv_words_add(c, r->planned, true, "fallback");
}

/* -- taking -- */

/* It never comes to an end. */
static bool is_endless(const struct wording *w)
{
    return iv_mono_us(&iv_clock_system) - w->begun_us >= PATIENCES * w->patience_us;
}

/* {q->lock} held. Nothing was heard for too long; what waits in the queue was heard. */
static bool is_late(const struct wording *w)
{
    return is_endless(w) || (!w->queue.text.len &&
                             iv_mono_us(&iv_clock_system) - w->queue.heard_us >= w->patience_us);
}

static void tell_late(struct iv_conversation *c)
{
    const struct wording *w = &c->wording;
    bool endless = is_endless(w);
    char why[160];

    snprintf(why, sizeof why, "llm %s: %s in %lld ms", iv_llm_engine(c->opt.llm),
             endless ? "no end" : "nothing came",
             (long long)(w->patience_us / 1000 * (endless ? PATIENCES : 1)));
    tell_failure(c, IV_E_LLM_TIMEOUT, why);
}

static void wait_for_more(struct words_queue *q)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&q->changed, &q->lock, &until);
}

/* True while more is to be expected. */
static bool take_piece(struct iv_conversation *c, bool wait)
{
    struct wording *w = &c->wording;
    struct words_queue *q = &w->queue;
    enum iv_guard_stop stop = IV_GUARD_GOOD;
    struct iv_buf piece = IV_BUF_INIT(QUEUE_MAX_BYTES);
    bool runs, late;
    const char *say;

    pthread_mutex_lock(&q->lock);
    while (wait && q->is_running && !q->text.len && !is_late(w))
        wait_for_more(q);
    runs = q->is_running;
    late = runs && is_late(w);
    iv_buf_add(&piece, iv_buf_str(&q->text), q->text.len);
    iv_buf_clear(&q->text);
    pthread_mutex_unlock(&q->lock);
    if (piece.len) {
        stop = iv_guard_feed(w->guard, iv_buf_str(&piece), piece.len, &say);
        iv_words_add(c, say, false, iv_llm_engine(c->opt.llm));
    }
    iv_buf_release(&piece);
    if (late)
        tell_late(c);
    else if (!runs && q->code)
        tell_failure(c, q->code, q->why);
    if (stop == IV_GUARD_GOOD && runs && !late)
        return true;
    finish_words(c);
    return false;
}

void iv_words_take(struct iv_conversation *c, bool wait)
{
    if (!c->wording.guard)
        return;
    while (take_piece(c, wait) && wait)
        ;
}

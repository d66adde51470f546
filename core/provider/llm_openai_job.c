/* llm_openai_job.c - one request to a server of OpenAI's kind.
 *
 * The net room repeats a call that met a passing fault. What it cannot know is done here: a stream that ends well for HTTP and
 * badly for us, a model that is still being loaded, a parameter that the server does not know, a prompt too long for the model.
 * Each of these begins a new call, after a wait where that helps; none follows once text was told.
 */
#include "provider/llm_openai.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define NAME OPENAI_LLM_NAME
#define BODY_MAX_BYTES (4u << 20)
#define STREAM_MAX_BYTES (64u << 20) /* chunks wrap each word in 300 bytes */
#define LOADING_WAIT_MS 1000
#define LOADING_MAX_MS 120000
#define LOOK_MS 50 /* how often a wait looks whether it was stopped */
#define FIXES_MAX 4

static int64_t now_ms(const struct openai *o)
{
    return iv_mono_us(iv_ctx_clock(o->ctx)) / 1000;
}

/* -- one request: net thread from here, but for start and stop -- */

static void take_text(void *arg, const char *text, size_t len)
{
    struct chat *c = arg;

    c->job.text(c->job.arg, text, len);
}

static void end(struct chat *c, enum iv_code code, const char *text)
{
    struct iv_llm_usage u = {.tokens_in = c->stream.tokens_in, .tokens_out = c->stream.tokens_out};

    snprintf(u.request_id, sizeof u.request_id, "%s", c->request_id);
    c->job.done(c->job.arg, code, text, &u);
}

/* What was told cannot be taken back, so nothing may begin again. */
static bool is_told(const struct chat *c)
{
    return c->stream.told && !c->stream.schema;
}

static bool on_data(void *arg, const char *data, size_t len, const char *content_type)
{
    struct chat *c = arg;

    return iv_chat_feed(&c->stream, data, len, content_type);
}

static bool is_delivered(void *arg)
{
    struct chat *c = arg;

    if (is_told(c))
        return true;
    iv_chat_reset(&c->stream);
    return false;
}

/* How a stream that HTTP calls good has ended. */
static const struct {
    enum iv_code code;
    enum net_class class;
    const char *text;
} ends[] = {
    [CHAT_WHOLE] = {IV_OK, NET_IGNORE, ""},
    [CHAT_CUT] = {IV_E_LLM_ERROR, NET_RETRY, NAME ": the reply was cut"},
    [CHAT_ERROR] = {IV_E_LLM_ERROR, NET_FAIL, ""}, /* judged by what it says */
    [CHAT_NONSENSE] = {IV_E_LLM_INVALID_RESPONSE, NET_RETRY_ONCE,
                       NAME ": the answer is no chat completion"},
    [CHAT_EMPTY] = {IV_E_LLM_INVALID_RESPONSE, NET_RETRY_ONCE, NAME ": the reply is empty"},
    [CHAT_REFUSED] = {IV_E_LLM_INVALID_RESPONSE, NET_RETRY_ONCE,
                      NAME ": the model refused to answer"},
    [CHAT_UNFIT] = {IV_E_LLM_INVALID_RESPONSE, NET_FIX,
                    NAME ": the answer does not fit the schema"},
    [CHAT_TOO_SHORT] = {IV_E_LLM_INVALID_RESPONSE, NET_FIX,
                        NAME ": the answer did not fit into llm.max_tokens"},
};

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    struct chat *c = arg;
    /* a connection lost behind the last event lost nothing */
    bool is_good = o->failure == NET_OK || (c->stream.has_done && o->status / 100 == 2);

    c->said = (struct openai_error){0};
    c->how = is_good ? iv_chat_finish(&c->stream) : CHAT_CUT;
    if (!is_good || c->how == CHAT_ERROR) {
        iv_openai_judge(OPENAI_LLM, NAME, o, c->stream.has_error ? &c->stream.said : NULL, &c->said,
                        v);
        if (c->said.fix == OPENAI_FIX_LOADING) /* it is there: no reason to leave it alone */
            iv_net_report(c->o->net, OPENAI_LLM_SERVICE, true);
        return;
    }
    v->code = ends[c->how].code;
    v->class = ends[c->how].class;
    snprintf(v->text, sizeof v->text, "%s", ends[c->how].text);
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v);

static enum iv_code open_call(struct chat *c, const struct iv_buf *body, struct iv_error *err)
{
    struct openai *o = c->o;
    int64_t left = c->job.request->budget_ms - (now_ms(o) - c->begun_ms);
    struct net_header headers[] = {{"Content-Type", "application/json"},
                                   {"Accept", "text/event-stream"},
                                   {"Authorization", o->bearer}};
    struct net_request r = {.service = OPENAI_LLM_SERVICE,
                            .method = "POST",
                            .url = o->url,
                            .headers = headers,
                            .n_headers = o->bearer ? 3 : 2,
                            .body = body->data,
                            .body_len = body->len,
                            .max_body = STREAM_MAX_BYTES,
                            .on_data = on_data,
                            .is_delivered = is_delivered,
                            .judge = judge,
                            .on_done = on_done,
                            .arg = c};
    net_call *old;
    enum iv_code rc = IV_OK;

    r.timeouts = (struct net_timeouts){.connect_ms = OPENAI_CONNECT_MS,
                                       .first_byte_ms = o->first_ms,
                                       .gap_ms = o->gap_ms,
                                       .total_ms = left > 1 ? left : 1,
                                       .budget_ms = left > 1 ? left : 1};
    pthread_mutex_lock(&c->lock);
    old = c->call;
    c->call = NULL;
    if (c->is_stopped)
        rc = iv_fail(err, IV_E_CANCELLED, NAME ": cancelled");
    else
        rc = iv_net_call(o->net, &r, &c->call, err);
    pthread_mutex_unlock(&c->lock);
    iv_net_call_release(old);
    return rc;
}

static enum iv_code begin(struct chat *c, struct iv_error *err)
{
    struct iv_buf body = IV_BUF_INIT(BODY_MAX_BYTES);
    enum iv_code rc = iv_chat_body(&c->copy.r, c->o->model, c->without, &body, err);

    iv_chat_reset(&c->stream);
    if (!rc)
        rc = open_call(c, &body, err);
    iv_buf_release(&body);
    return rc;
}

/* What kept a call from beginning (offline, host not allowed, breaker open), in words that LLM's callers know. */
static enum iv_code as_llm(enum iv_code rc)
{
    return !rc || rc == IV_E_NOMEM || rc == IV_E_CANCELLED || rc == IV_E_USAGE ? rc
                                                                               : IV_E_LLM_ERROR;
}

static void begin_again(struct chat *c)
{
    struct iv_error err = {0};
    enum iv_code rc = begin(c, &err);

    if (rc)
        end(c, as_llm(rc), err.text);
}

/* -- waiting before another call -- */

static void on_timer(void *arg);

static void set_timer(struct chat *c)
{
    int64_t left = c->due_ms - now_ms(c->o);
    net_timer *old = c->timer;

    c->timer = iv_net_after(c->o->net, left < 0 ? 0 : left < LOOK_MS ? left : LOOK_MS, on_timer, c);
    iv_net_timer_release(old);
    if (!c->timer)
        end(c, IV_E_NOMEM, NAME ": out of memory");
}

static void on_timer(void *arg)
{
    struct chat *c = arg;
    bool stopped;

    pthread_mutex_lock(&c->lock);
    stopped = c->is_stopped;
    pthread_mutex_unlock(&c->lock);
    if (stopped)
        end(c, IV_E_CANCELLED, NAME ": cancelled");
    else if (now_ms(c->o) < c->due_ms)
        set_timer(c);
    else
        begin_again(c);
}

static void begin_later(struct chat *c, int64_t ms)
{
    c->due_ms = now_ms(c->o) + ms;
    set_timer(c);
}

/* -- what a refusal or a bad end asks for -- */

static bool fix_context(struct chat *c)
{
    int64_t all;
    size_t before = c->copy.r.n_messages;

    if (c->shorter++)
        return false;
    all = iv_llm_fit(&c->copy, INT64_MAX);
    iv_llm_fit(&c->copy, all / 2);
    return c->copy.r.n_messages < before;
}

static bool fix_param(struct chat *c)
{
    unsigned bit = c->fixes++ < FIXES_MAX ? iv_chat_fix(c->said.param, c->without) : 0;

    if (!bit)
        return false;
    c->without ^= bit;
    atomic_store(&c->o->without, c->without);
    return true;
}

static bool fix_loading(struct chat *c)
{
    int64_t now = now_ms(c->o);

    if (c->loading_since_ms < 0)
        c->loading_since_ms = now;
    if (now - c->loading_since_ms >= LOADING_MAX_MS)
        return false;
    c->begun_ms = now; /* the server's start is not the reply's time */
    begin_later(c, LOADING_WAIT_MS);
    return true;
}

/* JSON that did not fit is asked for once more, with more room where it was cut. */
static bool fix_answer(struct chat *c)
{
    if (c->how == CHAT_TOO_SHORT)
        c->copy.r.max_tokens *= 2;
    return !c->answers++;
}

static bool is_fixed(struct chat *c)
{
    if (c->how == CHAT_UNFIT || c->how == CHAT_TOO_SHORT)
        return fix_answer(c);
    return c->said.fix == OPENAI_FIX_CONTEXT ? fix_context(c)
                                             : c->said.fix == OPENAI_FIX_PARAM && fix_param(c);
}

/* true when another call follows. */
static bool try_fix(struct chat *c)
{
    if (c->said.fix == OPENAI_FIX_LOADING)
        return fix_loading(c);
    if (!is_fixed(c))
        return false;
    begin_again(c);
    return true;
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct chat *c = arg;

    snprintf(c->request_id, sizeof c->request_id, "%s", o->request_id);
    c->refusal = *v; /* the call's own goes with the call */
    if (o->failure == NET_CANCELLED)
        end(c, IV_E_CANCELLED, NAME ": cancelled");
    else if (!v->code || is_told(c) || v->class != NET_FIX || !try_fix(c))
        end(c, c->refusal.code, c->refusal.text);
}

/* -- from outside -- */

enum iv_code iv_openai_chat_start(void *st, void *job_st, const struct llm_job *job,
                                  struct iv_error *err)
{
    struct chat *c = job_st;
    enum iv_code rc;

    c->o = st;
    c->job = *job;
    c->loading_since_ms = -1;
    c->without = atomic_load(&c->o->without);
    pthread_mutex_init(&c->lock, NULL);
    rc = iv_llm_copy(job->request, &c->copy, err);
    iv_chat_init(&c->stream, c->copy.r.schema, take_text, c);
    c->job.request = &c->copy.r;
    c->begun_ms = now_ms(c->o);
    if (!rc)
        rc = as_llm(begin(c, err));
    if (rc && err)
        err->code = rc;
    return rc;
}

void iv_openai_chat_stop(void *st, void *job_st)
{
    struct chat *c = job_st;

    (void)st;
    pthread_mutex_lock(&c->lock);
    c->is_stopped = true;
    if (c->call)
        iv_net_call_cancel(c->call);
    pthread_mutex_unlock(&c->lock);
}

void iv_openai_chat_release(void *st, void *job_st)
{
    struct chat *c = job_st;

    (void)st;
    iv_net_timer_release(c->timer);
    iv_net_call_release(c->call);
    iv_chat_release(&c->stream);
    iv_llm_copy_release(&c->copy);
    pthread_mutex_destroy(&c->lock);
}

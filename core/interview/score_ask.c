/* score_ask.c - asks a language model for its judgement, several times at once, within one limit of time.
 *
 * The replies are kept as they came. Nothing is judged here, so that what is kept can be judged again.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interview/score_model.h"
#include "iv/config.h"

#define REPLY_BYTES (64u << 10)

struct asking;

struct run {
    struct asking *all;
    struct iv_buf text;
    struct iv_error failure;
    bool is_started, is_done; /* is_done: {all->lock} */
    uint64_t id;
};

struct asking {
    struct run runs[IV_RUNS_MAX];
    size_t n;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* [net thread] */
static void keep_text(void *arg, const char *text, size_t len)
{
    struct run *r = arg;

    iv_buf_add(&r->text, text, len);
}

/* [net thread] */
static void keep_done(void *arg, enum iv_code code, const char *text,
                      const struct iv_llm_usage *usage)
{
    struct run *r = arg;

    (void)usage;
    pthread_mutex_lock(&r->all->lock);
    iv_fail(&r->failure, code, "%s", text);
    r->is_done = true;
    pthread_cond_signal(&r->all->changed);
    pthread_mutex_unlock(&r->all->lock);
}

static bool all_done(const struct asking *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->runs[i].is_started && !a->runs[i].is_done)
            return false;
    return true;
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* What has not ended by then is cancelled; its on_done follows before close returns. */
static void wait_all(struct asking *a, iv_llm *m, const struct timespec *until)
{
    int timed = 0;

    pthread_mutex_lock(&a->lock);
    while (!all_done(a) && timed != ETIMEDOUT)
        timed = pthread_cond_timedwait(&a->changed, &a->lock, until);
    pthread_mutex_unlock(&a->lock);
    for (size_t i = 0; i < a->n && timed == ETIMEDOUT; i++)
        if (a->runs[i].is_started)
            iv_llm_cancel(m, a->runs[i].id);
}

static void start_all(struct asking *a, iv_llm *m, struct iv_llm_request *r, int64_t seed)
{
    const struct iv_llm_sink sink = {.on_text = keep_text, .on_done = keep_done};

    for (size_t i = 0; i < a->n; i++) {
        struct run *run = &a->runs[i];
        struct iv_llm_sink own = sink;

        run->all = a;
        run->text = (struct iv_buf)IV_BUF_INIT(REPLY_BYTES);
        own.arg = run;
        r->seed = seed + (int64_t)i;
        run->is_started = !iv_llm_start(m, r, &own, &run->id, &run->failure);
    }
}

static void set_failure(iv_json *list, int64_t run, const struct iv_error *e)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "run", run);
    iv_json_set_str(j, "code", iv_code_info(e->code)->slug);
    iv_json_set_str(j, "text", e->text);
    iv_json_append(list, j);
}

static void keep_replies(struct asking *a, int64_t limit_ms, iv_json *judgement)
{
    iv_json *replies = iv_json_array(), *failures = iv_json_array();

    for (size_t i = 0; i < a->n; i++) {
        struct run *r = &a->runs[i];

        if (r->failure.code == IV_E_CANCELLED)
            iv_fail(&r->failure, IV_E_LLM_TIMEOUT, "no judgement within %lld ms",
                    (long long)limit_ms);
        else if (!r->failure.code)
            (void)iv_buf_check(&r->text, "judgement", &r->failure);
        if (!r->failure.code && !iv_utf8_valid(iv_buf_str(&r->text), r->text.len))
            iv_fail(&r->failure, IV_E_LLM_INVALID_RESPONSE, "the judgement is not UTF-8");
        iv_json_append(replies,
                       r->failure.code ? iv_json_null() : iv_json_str(iv_buf_str(&r->text)));
        if (r->failure.code)
            set_failure(failures, (int64_t)i + 1, &r->failure);
        iv_buf_release(&r->text);
    }
    iv_json_set(judgement, "replies", replies);
    iv_json_set(judgement, "failures", failures);
}

static void ask_all(iv_llm *m, struct iv_llm_request *r, const struct iv_config *config,
                    int64_t seed, iv_json *judgement)
{
    struct asking a = {.n = (size_t)config->score_runs};
    struct timespec until = after_ms(config->score_timeout_ms);
    pthread_condattr_t attr;

    pthread_mutex_init(&a.lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&a.changed, &attr);
    pthread_condattr_destroy(&attr);
    r->budget_ms = config->score_timeout_ms;
    start_all(&a, m, r, seed);
    wait_all(&a, m, &until);
    iv_llm_close(m); /* after this nobody touches the runs */
    keep_replies(&a, config->score_timeout_ms, judgement);
    pthread_cond_destroy(&a.changed);
    pthread_mutex_destroy(&a.lock);
}

static void set_none(iv_json *judgement, const struct iv_error *e)
{
    iv_json *failures = iv_json_array();

    set_failure(failures, 0, e);
    iv_json_set(judgement, "replies", iv_json_array());
    iv_json_set(judgement, "failures", failures);
}

/* Takes m. */
static enum iv_code ask(const struct iv_card *c, const struct iv_config *config, iv_llm *m,
                        iv_json *judgement, struct iv_error *err)
{
    struct iv_model_request r = {0};
    struct iv_error own = {0};
    iv_json *prompts = NULL;
    char digest[65];
    enum iv_code rc;

    err = err ? err : &own;
    rc = iv_model_prompts(c->ctx, c->lang, &prompts, digest, err);

    if (!rc)
        rc = iv_model_request_make(c, prompts, &r, err);
    if (!rc) {
        iv_json_set_str(judgement, "engine", iv_llm_engine(m));
        iv_json_set_str(judgement, "model", iv_llm_model(m));
        iv_json_set_str(judgement, "prompt_version", iv_model_text(prompts, "version"));
        iv_json_set_str(judgement, "prompt_digest", digest);
        iv_json_set_str(judgement, "rubric_digest", c->rubric.digest);
        iv_json_set_int(judgement, "runs", config->score_runs);
        iv_json_set_int(judgement, "orders_left_out", (int64_t)r.orders_left_out);
        ask_all(m, &r.llm, config, (int64_t)(c->in->session->spec.seed >> 33), judgement);
    } else {
        iv_llm_close(m);
    }
    if (rc == IV_E_TOO_LARGE) { /* the built-in scorer has no such limit */
        set_none(judgement, err);
        rc = IV_OK;
    }
    iv_model_request_release(&r);
    iv_json_free(prompts);
    return rc;
}

static bool has_work(const struct iv_card *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].competency && iv_model_judges(c, c->items[i].competency))
            return true;
    return false;
}

enum iv_code iv_score_ask(iv_ctx *ctx, const struct iv_score_input *in, iv_json **judgement,
                          struct iv_error *err)
{
    const struct iv_config *config = ctx ? iv_ctx_config(ctx) : NULL;
    struct iv_error why = {0};
    struct iv_card c;
    iv_llm *m = NULL;
    enum iv_code rc;

    *judgement = NULL;
    if (!config || !strcmp(config->score_engine, "builtin"))
        return IV_OK;
    rc = iv_card_open(&c, ctx, in, err);
    if (rc || !has_work(&c))
        goto out;
    if (iv_llm_open(ctx, &(struct iv_llm_choice){0}, &m, &why) || !m) {
        if (!strcmp(config->score_engine, "auto") && !why.code)
            goto out; /* none is configured */
        if (!why.code)
            iv_fail(&why, IV_E_LLM_ERROR, "no language model is configured");
        *judgement = iv_json_object();
        set_none(*judgement, &why);
        goto out;
    }
    *judgement = iv_json_object();
    rc = ask(&c, config, m, *judgement, err);
out:
    iv_card_close(&c);
    if (rc) {
        iv_json_free(*judgement);
        *judgement = NULL;
    }
    return rc;
}

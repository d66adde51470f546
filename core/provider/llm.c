/* llm.c - one request to a language model: limits before it, fallbacks until the first word, usage after it.
 *
 * A job lives from start until its on_done has returned. The lock guards the list and which back end has the job now; no back
 * end calls done from within start, stop or release, so they may be called with it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/text.h"
#include "iv/usage.h"
#include "provider/llm_open.h"

#define MODEL_BYTES 128
#define LEAST_BUDGET_MS 500 /* with less than this another service is not begun */

struct link {
    const struct iv_llm_ops *ops;
    void *st; /* NULL: could not be opened */
};

struct job {
    struct iv_llm *m;
    struct job *next; /* {m->lock} */
    uint64_t id;
    struct llm_copy copy;
    struct iv_llm_sink sink;
    size_t link; /* {m->lock} */
    void *st; /* {m->lock} of the link; NULL: none has it */
    bool is_cancelled; /* {m->lock} */
    bool is_broken; /* net thread: what came is no text; nothing more is told */
    char carry[4]; /* net thread: a character that has not come whole */
    size_t n_carry;
    size_t told; /* bytes */
    int64_t told_tokens, tokens_in, started_us, first_us, budget_ms;
    struct iv_usage_ticket ticket;
    bool has_ticket;
};

struct iv_llm {
    iv_ctx *ctx;
    struct link links[LLM_MAX_LINKS];
    size_t n_links;
    char model[MODEL_BYTES];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *jobs; /* {lock} */
    uint64_t last_id; /* {lock} */
};

static int64_t now_us(const struct iv_llm *m)
{
    return iv_mono_us(iv_ctx_clock(m->ctx));
}

/* -- settings -- */

struct limits {
    int64_t max_tokens, context_tokens, budget_ms;
    double temperature;
};

static enum iv_code read_limits(iv_ctx *ctx, struct limits *l, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    struct iv_config *defaults = NULL;
    enum iv_code rc = c ? IV_OK : iv_config_new(&defaults, err);

    if (rc)
        return rc;
    c = c ? c : defaults;
    *l = (struct limits){c->llm_max_tokens, c->llm_context_tokens, c->llm_timeout_ms,
                         c->llm_temperature};
    if (!l->context_tokens)
        l->context_tokens =
            c->llm_base_url[0] || !strstr(c->openai_base_url, "//api.openai.com") ? 3500 : 16000;
    iv_config_free(defaults);
    return IV_OK;
}

static enum iv_code fill(struct job *j, struct iv_error *err)
{
    struct iv_llm_request *r = &j->copy.r;
    struct limits l;
    enum iv_code rc = read_limits(j->m->ctx, &l, err);
    int64_t room;

    if (rc)
        return rc;
    r->max_tokens = r->max_tokens > 0 ? r->max_tokens : (int)l.max_tokens;
    r->temperature = r->temperature >= 0 ? r->temperature : l.temperature;
    r->budget_ms = r->budget_ms > 0 ? r->budget_ms : l.budget_ms;
    j->budget_ms = r->budget_ms;
    room = l.context_tokens - r->max_tokens;
    j->tokens_in = iv_llm_fit(&j->copy, room > 0 ? room : l.context_tokens / 2);
    return IV_OK;
}

/* -- usage -- */

static const char *service_of(const struct job *j, char out[48])
{
    snprintf(out, 48, "llm.%s", j->m->links[j->link].ops->name);
    return out;
}

static const char *model_of(const struct iv_llm *m, size_t link)
{
    const struct link *l = &m->links[link];

    return l->ops->model ? l->ops->model(l->st) : m->model;
}

static enum iv_code reserve(struct job *j, struct iv_error *err)
{
    struct iv_amounts estimate = {
        .tokens_in = j->tokens_in, .tokens_out = j->copy.r.max_tokens, .calls = 1};
    char service[48];
    enum iv_code rc;

    if (j->m->links[j->link].ops->flags & LLM_FOR_TESTS)
        return IV_OK;
    rc = iv_usage_reserve(j->m->ctx, service_of(j, service), model_of(j->m, j->link), &estimate,
                          IV_E_LLM_ERROR, &j->ticket, err);
    j->has_ticket = !rc;
    return rc;
}

static void settle(struct job *j, const struct iv_llm_usage *u)
{
    struct iv_amounts actual = {.tokens_in = u->tokens_in, .tokens_out = u->tokens_out, .calls = 1};

    if (j->has_ticket)
        iv_usage_settle(j->m->ctx, &j->ticket, u->tokens_in || u->tokens_out ? &actual : NULL);
    j->has_ticket = false;
}

/* What the service said, else an estimate of what came; a call that gave nothing took nothing. */
static struct iv_llm_usage usage_of(const struct job *j, const struct iv_llm_usage *said)
{
    struct iv_llm_usage u = said ? *said : (struct iv_llm_usage){0};

    if (!u.tokens_in && !u.tokens_out && j->told) {
        u.tokens_in = j->tokens_in;
        u.tokens_out = j->told_tokens;
        u.is_estimate = true;
    }
    u.first_token_ms = j->told ? (j->first_us - j->started_us) / 1000 : -1;
    return u;
}

/* -- text -- */

static void stop_now(struct job *j)
{
    pthread_mutex_lock(&j->m->lock);
    if (j->st)
        j->m->links[j->link].ops->stop(j->m->links[j->link].st, j->st);
    pthread_mutex_unlock(&j->m->lock);
}

static void tell(struct job *j, const char *text, size_t len)
{
    bool is_cancelled;

    if (j->told + len > IV_LLM_MAX_REPLY_BYTES || !iv_utf8_valid(text, len)) {
        j->is_broken = true;
        stop_now(j);
        return;
    }
    pthread_mutex_lock(&j->m->lock);
    is_cancelled = j->is_cancelled;
    pthread_mutex_unlock(&j->m->lock);
    if (is_cancelled)
        return;
    if (!j->told)
        j->first_us = now_us(j->m);
    j->told += len;
    j->told_tokens += iv_llm_estimate(text, len);
    if (j->sink.on_text)
        j->sink.on_text(j->sink.arg, text, len);
}

/* Bytes that a character beginning with `c` takes; 0: none begins so. */
static size_t char_bytes(unsigned char c)
{
    return c < 0x80                ? 1
           : c >= 0xc2 && c < 0xe0 ? 2
           : (c & 0xf0) == 0xe0    ? 3
           : c >= 0xf0 && c < 0xf5 ? 4
                                   : 0;
}

/* Completes the character that was cut; returns how many bytes of text it took. */
static size_t complete_carry(struct job *j, const char *text, size_t len)
{
    size_t used = 0, want = char_bytes((unsigned char)j->carry[0]);

    while (j->n_carry < want && used < len)
        j->carry[j->n_carry++] = text[used++];
    if (j->n_carry == want) {
        j->n_carry = 0;
        tell(j, j->carry, want);
    }
    return used;
}

/* Bytes at the end that begin a character and do not finish it. */
static size_t cut_at_end(const char *text, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)text[len - back];

        if ((c & 0xc0) != 0x80)
            return char_bytes(c) > back ? back : 0;
    }
    return 0;
}

static void take_text(void *arg, const char *text, size_t len)
{
    struct job *j = arg;
    size_t used;

    if (j->is_broken || !len)
        return;
    used = j->n_carry ? complete_carry(j, text, len) : 0;
    text += used;
    len -= used;
    if (j->is_broken || !len)
        return;
    j->n_carry = cut_at_end(text, len);
    memcpy(j->carry, text + len - j->n_carry, j->n_carry);
    if (len > j->n_carry)
        tell(j, text, len - j->n_carry);
}

/* -- life of a job -- */

static void take_done(void *arg, enum iv_code code, const char *text,
                      const struct iv_llm_usage *usage);

/* The link's state of the job is given back. {m->lock} */
static void leave_link(struct job *j)
{
    struct link *l = &j->m->links[j->link];

    if (j->st)
        l->ops->release(l->st, j->st);
    free(j->st);
    j->st = NULL;
}

/* {m->lock} */
static enum iv_code start_link(struct job *j, struct iv_error *err)
{
    struct link *l = &j->m->links[j->link];
    struct llm_job front = {.request = &j->copy.r, .text = take_text, .done = take_done, .arg = j};
    enum iv_code rc = reserve(j, err);

    if (rc)
        return rc;
    j->st = iv_alloc(l->ops->job_size);
    rc = j->st ? l->ops->start(l->st, j->st, &front, err)
               : iv_fail(err, IV_E_NOMEM, "llm %s: out of memory", l->ops->name);
    if (rc) {
        leave_link(j);
        settle(j, &(struct iv_llm_usage){0});
    }
    return rc;
}

/* The first from `from` on that begins. {m->lock} */
static enum iv_code start_any(struct job *j, size_t from, struct iv_error *err)
{
    enum iv_code rc = iv_fail(err, IV_E_LLM_ERROR, "llm: there is no other service");

    for (size_t i = from; i < j->m->n_links; i++) {
        j->link = i;
        rc = start_link(j, err);
        if (!rc)
            return IV_OK;
        iv_log(iv_ctx_log(j->m->ctx), IV_LOG_INFO, "%s", err ? err->text : "llm: not begun");
    }
    return rc;
}

static void free_job(struct job *j)
{
    iv_llm_copy_release(&j->copy);
    free(j);
}

static void unlist(struct job *j)
{
    struct iv_llm *m = j->m;

    pthread_mutex_lock(&m->lock);
    for (struct job **at = &m->jobs; *at; at = &(*at)->next)
        if (*at == j) {
            *at = j->next;
            break;
        }
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/* Nothing was heard yet, so another service may say it all. */
static bool fall_back(struct job *j, enum iv_code code)
{
    struct iv_llm *m = j->m;
    int64_t left;
    bool is_begun = false;

    pthread_mutex_lock(&m->lock);
    left = j->budget_ms - (now_us(m) - j->started_us) / 1000;
    if (code && code != IV_E_CANCELLED && !j->told && !j->is_cancelled &&
        j->link + 1 < m->n_links && left >= LEAST_BUDGET_MS) {
        leave_link(j);
        j->copy.r.budget_ms = left;
        j->is_broken = false;
        j->n_carry = 0;
        is_begun = !start_any(j, j->link + 1, NULL);
    }
    pthread_mutex_unlock(&m->lock);
    return is_begun;
}

static void take_done(void *arg, enum iv_code code, const char *text,
                      const struct iv_llm_usage *usage)
{
    struct job *j = arg;
    struct iv_llm *m = j->m;
    struct iv_llm_usage u;
    char why[sizeof((struct iv_error *)0)->text];

    if (j->is_broken || (!code && j->n_carry)) {
        code = IV_E_LLM_INVALID_RESPONSE;
        text = j->told > IV_LLM_MAX_REPLY_BYTES / 2 ? "llm: the reply has no end"
                                                    : "llm: the reply is not UTF-8";
    }
    snprintf(why, sizeof why, "%s", text ? text : ""); /* it may be the back end's own */
    u = usage_of(j, usage);
    settle(j, &u);
    if (fall_back(j, code))
        return;
    pthread_mutex_lock(&m->lock);
    leave_link(j);
    code = j->is_cancelled ? IV_E_CANCELLED : code;
    pthread_mutex_unlock(&m->lock);
    if (j->sink.on_done)
        j->sink.on_done(j->sink.arg, code, code == IV_E_CANCELLED ? "cancelled" : why, &u);
    unlist(j);
    free_job(j);
}

enum iv_code iv_llm_start(iv_llm *m, const struct iv_llm_request *r, const struct iv_llm_sink *sink,
                          uint64_t *id, struct iv_error *err)
{
    struct job *j = iv_alloc(sizeof *j);
    struct iv_error own = {0};
    enum iv_code rc;

    if (!j)
        return iv_fail(err, IV_E_NOMEM, "llm: out of memory");
    j->m = m;
    j->sink = *sink;
    j->started_us = now_us(m);
    rc = iv_llm_copy(r, &j->copy, err);
    if (!rc)
        rc = fill(j, err);
    if (rc) {
        free_job(j);
        return rc;
    }
    pthread_mutex_lock(&m->lock);
    j->id = ++m->last_id;
    if (id)
        *id = j->id;
    rc = start_any(j, 0, &own);
    if (!rc) {
        j->next = m->jobs;
        m->jobs = j;
    }
    pthread_mutex_unlock(&m->lock);
    if (rc) {
        free_job(j);
        return iv_fail(err, rc, "%s", own.text);
    }
    return IV_OK;
}

/* {m->lock} */
static void cancel_job(struct job *j)
{
    j->is_cancelled = true;
    if (j->st)
        j->m->links[j->link].ops->stop(j->m->links[j->link].st, j->st);
}

void iv_llm_cancel(iv_llm *m, uint64_t id)
{
    pthread_mutex_lock(&m->lock);
    for (struct job *j = m->jobs; j; j = j->next)
        if (j->id == id)
            cancel_job(j);
    pthread_mutex_unlock(&m->lock);
}

/* -- life -- */

static enum iv_code open_links(iv_llm *m, const struct llm_choice *c, struct iv_error *err)
{
    struct llm_env env = {.ctx = m->ctx, .model = m->model, .arg = c->arg};
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < c->n; i++) {
        struct link *l = &m->links[m->n_links];

        l->ops = c->ops[i];
        l->st = iv_alloc(l->ops->state_size);
        if (!l->st)
            return iv_fail(err, IV_E_NOMEM, "llm: out of memory");
        rc = l->ops->open(l->st, &env, err);
        if (!rc) {
            m->n_links++;
            continue;
        }
        l->ops->close(l->st);
        free(l->st);
        *l = (struct link){0};
    }
    return m->n_links ? IV_OK : rc;
}

static enum iv_code make(iv_ctx *ctx, const struct llm_choice *c, const char *model, iv_llm **out,
                         struct iv_error *err)
{
    iv_llm *m = iv_alloc(sizeof *m);
    enum iv_code rc;

    if (!m)
        return iv_fail(err, IV_E_NOMEM, "llm: out of memory");
    m->ctx = ctx;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    snprintf(m->model, sizeof m->model, "%s", model);
    rc = open_links(m, c, err);
    if (rc)
        iv_llm_close(m);
    else
        *out = m;
    return rc;
}

enum iv_code iv_llm_open(iv_ctx *ctx, const struct iv_llm_choice *choice, iv_llm **out,
                         struct iv_error *err)
{
    const struct iv_config *config = iv_ctx_config(ctx);
    struct iv_config *defaults = NULL;
    struct llm_choice c;
    enum iv_code rc = config ? IV_OK : iv_config_new(&defaults, err);
    const char *engine, *model;

    *out = NULL;
    if (rc)
        return rc;
    config = config ? config : defaults;
    engine = choice && choice->engine ? choice->engine : config->llm_engine;
    model = choice && choice->model ? choice->model : config->llm_model;
    if (strlen(model) >= MODEL_BYTES)
        rc = iv_fail(err, IV_E_USAGE, "llm.model: a name of %zu bytes: at most %d are allowed",
                     strlen(model), MODEL_BYTES - 1);
    if (!rc)
        rc = iv_llm_choose(ctx, engine, &c, err);
    if (!rc && c.n)
        rc = make(ctx, &c, model, out, err);
    iv_config_free(defaults);
    return rc;
}

void iv_llm_close(iv_llm *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    for (struct job *j = m->jobs; j; j = j->next)
        cancel_job(j);
    while (m->jobs)
        pthread_cond_wait(&m->changed, &m->lock);
    pthread_mutex_unlock(&m->lock);
    for (size_t i = 0; i < m->n_links; i++) {
        m->links[i].ops->close(m->links[i].st);
        free(m->links[i].st);
    }
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

const char *iv_llm_engine(const iv_llm *m)
{
    return m->links[0].ops->name;
}

const char *iv_llm_model(const iv_llm *m)
{
    return model_of(m, 0);
}

void iv_llm_warm(iv_llm *m)
{
    if (m && m->links[0].ops->warm)
        m->links[0].ops->warm(m->links[0].st);
}

/* llm_openai.c - OpenAI's chat completions, and the many servers that speak like it: settings, keys, the list of models. */
#include "provider/llm_openai.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"

#define NAME OPENAI_LLM_NAME
#define PUBLIC_HOST "//api.openai.com"
#define FIRST_PUBLIC_MS 10000
#define FIRST_LOCAL_MS 60000
#define MODELS_MAX_BYTES (1u << 20)

/* -- settings -- */

static const char *base_of(const struct iv_config *c)
{
    return c->llm_base_url[0] ? c->llm_base_url : c->openai_base_url;
}

static enum iv_code with_config(iv_ctx *ctx, const struct iv_config **c, struct iv_config **own,
                                struct iv_error *err)
{
    *own = NULL;
    *c = iv_ctx_config(ctx);
    if (*c)
        return IV_OK;
    if (iv_config_new(own, err))
        return IV_E_NOMEM;
    *c = *own;
    return IV_OK;
}

static bool openai_available(iv_ctx *ctx, char *why, size_t why_bytes)
{
    const struct iv_config *c;
    struct iv_config *own;
    bool there = false;

    if (!iv_net_is_possible(ctx, why, why_bytes))
        return false;
    if (!with_config(ctx, &c, &own, NULL))
        there = !strstr(base_of(c), PUBLIC_HOST) ||
                iv_secret_is_set(ctx, c->llm_base_url[0] ? "llm.api_key" : "openai.api_key");
    iv_config_free(own);
    if (!there)
        snprintf(why, why_bytes,
                 "openai: no key: set OPENAI_API_KEY (openai.api_key), or llm.base_url to a server "
                 "of your own");
    return there;
}

static enum iv_code read_key(struct openai *o, const struct iv_config *c, struct iv_error *err)
{
    char *key = NULL;
    size_t size;
    enum iv_code rc =
        iv_secret_get(o->ctx, c->llm_base_url[0] ? "llm.api_key" : "openai.api_key", &key, err);

    if (rc || !key)
        return rc;
    size = strlen(key) + sizeof "Bearer ";
    o->bearer = iv_alloc(size);
    if (o->bearer)
        snprintf(o->bearer, size, "Bearer %s", key);
    iv_secret_free(key);
    return o->bearer ? IV_OK : iv_fail(err, IV_E_NOMEM, NAME ": out of memory");
}

/* OpenAI knows everything; others mostly want the older name and know nothing of padding. */
static unsigned first_guess(const struct openai *o, const struct iv_config *c)
{
    unsigned without = o->is_public ? 0 : CHAT_NO_OBFUSCATION;

    if (!strcmp(c->llm_openai_max_tokens_name, "max_tokens") ||
        (!strcmp(c->llm_openai_max_tokens_name, "auto") && !o->is_public))
        without |= CHAT_OLD_MAX_TOKENS;
    return without;
}

static enum iv_code read_settings(struct openai *o, const char *model, struct iv_error *err)
{
    const struct iv_config *c;
    struct iv_config *own;
    enum iv_code rc = with_config(o->ctx, &c, &own, err);
    size_t len;

    if (rc)
        return rc;
    len = strlen(base_of(c));
    while (len && base_of(c)[len - 1] == '/')
        len--;
    if (len >= sizeof o->base)
        rc = iv_fail(err, IV_E_CONFIG, NAME ": base URL of %zu bytes: at most %zu are allowed", len,
                     sizeof o->base - 1);
    snprintf(o->base, sizeof o->base, "%.*s", (int)(rc ? 0 : len), base_of(c));
    snprintf(o->url, sizeof o->url, "%s/chat/completions", o->base);
    snprintf(o->model, sizeof o->model, "%s", model);
    o->is_public = strstr(o->base, PUBLIC_HOST) != NULL;
    o->first_ms = c->llm_first_token_ms;
    if (!o->first_ms)
        o->first_ms = o->is_public ? FIRST_PUBLIC_MS : FIRST_LOCAL_MS;
    o->gap_ms = c->llm_gap_ms;
    atomic_init(&o->without, first_guess(o, c));
    if (!rc)
        rc = read_key(o, c, err);
    iv_config_free(own);
    return rc;
}

static enum iv_code openai_open(void *st, const struct llm_env *env, struct iv_error *err)
{
    struct openai *o = st;
    enum iv_code rc;

    o->ctx = env->ctx;
    rc = read_settings(o, env->model, err);
    return rc ? rc : iv_net_of(o->ctx, &o->net, err);
}

static void openai_close(void *st)
{
    struct openai *o = st;

    iv_secret_free(o->bearer);
    o->bearer = NULL;
}

static const char *openai_model(const void *st)
{
    return ((const struct openai *)st)->model;
}

static void openai_warm(void *st)
{
    struct openai *o = st;

    iv_net_warm(o->net, o->base);
}

/* -- models -- */

struct lookup {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
    struct iv_buf body;
    struct iv_error failure;
};

static void judge_lookup(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    (void)arg;
    if (o->failure == NET_OK)
        *v = (struct net_verdict){.code = IV_OK, .class = NET_IGNORE};
    else
        iv_openai_judge(OPENAI_LLM, NAME, o, NULL, NULL, v);
}

static void end_lookup(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct lookup *l = arg;

    pthread_mutex_lock(&l->lock);
    iv_fail(&l->failure, o->failure == NET_OK ? IV_OK : v->code, "%s", v->text);
    if (o->failure == NET_OK)
        iv_buf_add(&l->body, o->body, o->body_len);
    l->is_done = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static enum iv_code look_up(struct openai *o, struct lookup *l, struct iv_error *err)
{
    char url[sizeof o->url];
    struct net_header header = {"Authorization", o->bearer};
    struct net_request r = {
        .service = OPENAI_LLM_SERVICE,
        .method = "GET",
        .url = url,
        .headers = &header,
        .n_headers = o->bearer ? 1 : 0,
        .timeouts = {OPENAI_CONNECT_MS, FIRST_PUBLIC_MS, FIRST_PUBLIC_MS, 30000, 30000},
        .max_body = MODELS_MAX_BYTES,
        .judge = judge_lookup,
        .on_done = end_lookup,
        .arg = l};
    net_call *call = NULL;
    enum iv_code rc;

    snprintf(url, sizeof url, "%s/models", o->base);
    rc = iv_net_call(o->net, &r, &call, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&l->lock);
    while (!l->is_done)
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
    iv_net_call_release(call);
    if (l->failure.code)
        return iv_fail(err, l->failure.code, "%s", l->failure.text);
    return iv_buf_check(&l->body, "list of models", err);
}

static enum iv_code tell_models(const struct iv_buf *body,
                                void (*fn)(void *arg, const char *model, const char *about),
                                void *arg, struct iv_error *err)
{
    const iv_json *list;
    iv_json *j = NULL;

    if (iv_json_parse(iv_buf_str(body), body->len, body->max, &j, NULL) ||
        iv_json_type(iv_json_get(j, "data")) != IV_JSON_ARRAY) {
        iv_json_free(j);
        return iv_fail(err, IV_E_LLM_INVALID_RESPONSE, NAME ": the answer is no list of models");
    }
    list = iv_json_get(j, "data");
    for (const iv_json *m = iv_json_first(list); m; m = iv_json_next(m))
        if (iv_json_get_str(m, "id", "")[0])
            fn(arg, iv_json_get_str(m, "id", ""), iv_json_get_str(m, "owned_by", ""));
    iv_json_free(j);
    return IV_OK;
}

static enum iv_code openai_models(iv_ctx *ctx,
                                  void (*fn)(void *arg, const char *model, const char *about),
                                  void *arg, struct iv_error *err)
{
    struct openai o = {0};
    struct llm_env env = {.ctx = ctx, .model = "", .arg = ""};
    struct lookup l = {.body = IV_BUF_INIT(MODELS_MAX_BYTES)};
    enum iv_code rc;

    pthread_mutex_init(&l.lock, NULL);
    pthread_cond_init(&l.changed, NULL);
    rc = openai_open(&o, &env, err);
    if (!rc)
        rc = look_up(&o, &l, err);
    if (!rc)
        rc = tell_models(&l.body, fn, arg, err);
    openai_close(&o);
    iv_buf_release(&l.body);
    pthread_cond_destroy(&l.changed);
    pthread_mutex_destroy(&l.lock);
    return rc;
}

const struct iv_llm_ops iv_llm_openai = {
    .name = "openai",
    .summary = "OpenAI, or a server that speaks like it: llama-server, Ollama, vLLM",
    .state_size = sizeof(struct openai),
    .job_size = sizeof(struct chat),
    .available = openai_available,
    .open = openai_open,
    .start = iv_openai_chat_start,
    .stop = iv_openai_chat_stop,
    .release = iv_openai_chat_release,
    .warm = openai_warm,
    .close = openai_close,
    .model = openai_model,
    .models = openai_models,
};

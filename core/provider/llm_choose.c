/* llm_choose.c - the language models there are, and which ones a list of names means. */
#include <stdio.h>
#include <string.h>

#include "provider/llm_open.h"

const struct iv_llm_ops *const iv_llm_list[] = {
    &iv_llm_openai,
    &iv_llm_script,
    NULL,
};

static bool is_name(const char *at, size_t len, const char *name)
{
    return strlen(name) == len && !strncmp(at, name, len);
}

static const struct iv_llm_ops *find(const char *name, size_t len)
{
    for (const struct iv_llm_ops *const *o = iv_llm_list; *o; o++)
        if (is_name(name, len, (*o)->name))
            return *o;
    return NULL;
}

static enum iv_code add(struct llm_choice *c, const struct iv_llm_ops *ops, struct iv_error *err)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->ops[i] == ops)
            return IV_OK;
    if (c->n == LLM_MAX_LINKS)
        return iv_fail(err, IV_E_USAGE, "llm.engine: more than %d names", LLM_MAX_LINKS);
    c->ops[c->n++] = ops;
    return IV_OK;
}

static enum iv_code add_named(iv_ctx *ctx, struct llm_choice *c, const char *name, size_t len,
                              struct iv_error *err)
{
    const struct iv_llm_ops *ops = find(name, len);

    if (!ops)
        return iv_fail(err, IV_E_USAGE,
                       "llm.engine: no language model service is called '%.*s'; there are: auto, "
                       "openai, none",
                       (int)len, name);
    if (name[len] == ':')
        snprintf(c->arg, sizeof c->arg, "%s", name + len + 1);
    if (!ops->available(ctx, c->why, sizeof c->why))
        return IV_OK;
    return add(c, ops, err);
}

static enum iv_code add_auto(iv_ctx *ctx, struct llm_choice *c, struct iv_error *err)
{
    enum iv_code rc = IV_OK;
    char why[sizeof c->why];

    for (const struct iv_llm_ops *const *o = iv_llm_list; *o && !rc; o++)
        if (!((*o)->flags & LLM_FOR_TESTS) && (*o)->available(ctx, why, sizeof why))
            rc = add(c, *o, err);
    c->may_be_none = true;
    return rc;
}

enum iv_code iv_llm_choose(iv_ctx *ctx, const char *engine, struct llm_choice *out,
                           struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    *out = (struct llm_choice){0};
    while (*engine && !rc) {
        size_t len = strcspn(engine, ",:");

        if (is_name(engine, len, "none") || is_name(engine, len, "builtin")) {
            out->may_be_none = true;
            break; /* nothing comes after the interviewer who always can */
        }
        if (is_name(engine, len, "auto"))
            rc = add_auto(ctx, out, err);
        else if (len)
            rc = add_named(ctx, out, engine, len, err);
        if (engine[len] == ':')
            break; /* its text may hold commas */
        engine += len;
        engine += *engine == ',';
    }
    if (!rc && !out->n && !out->may_be_none)
        rc = iv_fail(err, IV_E_LLM_ERROR, "no language model: %s",
                     out->why[0] ? out->why : "setting llm.engine names none");
    return rc;
}

size_t iv_llm_engines(iv_ctx *ctx, struct iv_llm_info *out, size_t max)
{
    size_t n = 0;

    for (const struct iv_llm_ops *const *o = iv_llm_list; *o && n < max; o++) {
        struct iv_llm_info *i = &out[n];

        if ((*o)->flags & LLM_FOR_TESTS)
            continue;
        *i = (struct iv_llm_info){.name = (*o)->name, .summary = (*o)->summary};
        i->available = (*o)->available(ctx, i->why_not, sizeof i->why_not);
        n++;
    }
    return n;
}

enum iv_code iv_llm_models(iv_ctx *ctx, const char *engine,
                           void (*fn)(void *arg, const char *model, const char *about), void *arg,
                           struct iv_error *err)
{
    const struct iv_llm_ops *ops = engine ? find(engine, strlen(engine)) : iv_llm_list[0];

    if (!ops || !ops->models)
        return iv_fail(err, IV_E_USAGE, "no language model service '%s' lists its models",
                       engine ? engine : "");
    return ops->models(ctx, fn, arg, err);
}

/* stt_pool.c - decoders that stay warm between two streams, never more than the setting allows. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "provider/stt.h"

#define POOL_PLACES 64 /* most that stt.pool may say */

struct pool {
    pthread_mutex_t lock;
    struct stt_decoder places[POOL_PLACES]; /* {lock}; `state` of a busy one is its taker's */
};

static void *make_pool(iv_ctx *ctx)
{
    struct pool *p = iv_alloc(sizeof *p);

    (void)ctx;
    if (p)
        pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void close_state(const struct iv_stt_ops *ops, void *state)
{
    if (state)
        ops->close(state);
    free(state);
}

static void drop_pool(void *state)
{
    struct pool *p = state;

    for (size_t i = 0; i < POOL_PLACES; i++)
        if (p->places[i].ops)
            close_state(p->places[i].ops, p->places[i].state);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct pool *pool_of(iv_ctx *ctx)
{
    return iv_ctx_slot(ctx, IV_SLOT_STT_POOL, make_pool, drop_pool);
}

static bool fits(const struct stt_decoder *d, const struct iv_stt_ops *ops,
                 const struct stt_env *env)
{
    return d->ops == ops && d->lang == env->lang && d->hang_ms == env->hang_ms &&
           !strcmp(d->arg, env->arg);
}

/* A warm one that fits, else an empty place, else an idle one of another kind: its place is reused. {lock} */
static struct stt_decoder *find_place(struct pool *p, const struct iv_stt_ops *ops,
                                      const struct stt_env *env, size_t max)
{
    struct stt_decoder *empty = NULL, *idle = NULL;

    for (size_t i = 0; i < max && i < POOL_PLACES; i++) {
        struct stt_decoder *d = &p->places[i];

        if (!d->ops)
            empty = empty ? empty : d;
        else if (!d->busy && fits(d, ops, env))
            return d;
        else if (!d->busy)
            idle = d;
    }
    return empty ? empty : idle;
}

static enum iv_code open_state(const struct iv_stt_ops *ops, const struct stt_env *env, void **out,
                               struct iv_error *err)
{
    enum iv_code rc;

    *out = iv_alloc(ops->state_size);
    if (!*out)
        return iv_fail(err, IV_E_NOMEM, "stt %s: out of memory", ops->name);
    rc = ops->open(*out, env, err);
    if (rc) {
        close_state(ops, *out);
        *out = NULL;
    }
    return rc;
}

/* The place is ours (busy): the slow opening happens outside the lock. */
static enum iv_code refill(struct pool *p, struct stt_decoder *d, const struct stt_decoder *old,
                           const struct iv_stt_ops *ops, const struct stt_env *env,
                           struct iv_error *err)
{
    void *state = NULL;
    enum iv_code rc;

    if (old->ops)
        close_state(old->ops, old->state);
    rc = open_state(ops, env, &state, err);
    pthread_mutex_lock(&p->lock);
    d->state = state;
    if (rc)
        *d = (struct stt_decoder){0};
    pthread_mutex_unlock(&p->lock);
    return rc;
}

enum iv_code iv_stt_pool_take(const struct iv_stt_ops *ops, const struct stt_env *env, size_t max,
                              struct stt_decoder **out, struct iv_error *err)
{
    struct pool *p = pool_of(env->ctx);
    struct stt_decoder *d, old = {0};
    bool warm = false;
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "stt: out of memory");
    pthread_mutex_lock(&p->lock);
    d = find_place(p, ops, env, max);
    if (d) {
        warm = fits(d, ops, env);
        old = *d;
        if (!warm) {
            *d = (struct stt_decoder){.ops = ops, .lang = env->lang, .hang_ms = env->hang_ms};
            strncpy(d->arg, env->arg, sizeof d->arg - 1);
        }
        d->busy = true;
    }
    pthread_mutex_unlock(&p->lock);
    if (!d)
        return iv_fail(err, IV_E_BUSY, "all %zu recognisers are taken (setting stt.pool)", max);
    if (!warm)
        rc = refill(p, d, &old, ops, env, err);
    if (!rc)
        *out = d;
    return rc;
}

void iv_stt_pool_give(iv_ctx *ctx, struct stt_decoder *d)
{
    struct pool *p = pool_of(ctx);

    if (!d)
        return;
    pthread_mutex_lock(&p->lock);
    d->busy = false;
    pthread_mutex_unlock(&p->lock);
}

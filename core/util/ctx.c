/* ctx.c - what everything shares. */
#include "iv/ctx.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/secret.h"
#include "util/hidden.h"

struct iv_ctx {
    const struct iv_config *config;
    const struct iv_log *given; /* NULL: silent */
    struct iv_log log; /* the same without secrets: what everybody gets */
    iv_hidden *hidden;
    const struct iv_clock *clock;
    pthread_mutex_t lock;
    struct {
        void *state; /* {lock} */
        void (*drop)(void *state); /* {lock} */
    } slots[IV_SLOT_COUNT];
};

/* The one place that every line passes on its way out. */
static void write_line(void *arg, enum iv_log_level level, const char *line)
{
    const iv_ctx *ctx = arg;
    char *shown = iv_strdup(line);

    if (shown)
        iv_secret_redact(ctx, shown);
    ctx->given->write(ctx->given->arg, level, shown ? shown : "(out of memory)");
    free(shown);
}

enum iv_code iv_ctx_new(const struct iv_config *config, const struct iv_log *log,
                        const struct iv_clock *clock, iv_ctx **out, struct iv_error *err)
{
    *out = NULL;
    if (sodium_init() < 0)
        return iv_fail(err, IV_E_INTERNAL, "libsodium cannot be initialised");
    *out = iv_alloc(sizeof **out);
    if (*out)
        (*out)->hidden = iv_hidden_new();
    if (!*out || !(*out)->hidden) {
        free(*out);
        *out = NULL;
        return iv_fail(err, IV_E_NOMEM, "context: out of memory");
    }
    (*out)->config = config;
    (*out)->given = log && log->write ? log : NULL;
    if ((*out)->given)
        (*out)->log = (struct iv_log){write_line, *out, log->level};
    (*out)->clock = clock ? clock : &iv_clock_system;
    pthread_mutex_init(&(*out)->lock, NULL);
    return IV_OK;
}

void iv_ctx_free(iv_ctx *ctx)
{
    if (!ctx)
        return;
    for (int i = IV_SLOT_COUNT - 1; i >= 0; i--)
        if (ctx->slots[i].state)
            ctx->slots[i].drop(ctx->slots[i].state);
    iv_hidden_free(ctx->hidden);
    pthread_mutex_destroy(&ctx->lock);
    free(ctx);
}

iv_hidden *iv_ctx_hidden(const iv_ctx *ctx)
{
    return ctx->hidden;
}

void *iv_ctx_slot(iv_ctx *ctx, enum iv_ctx_slot slot, void *(*make)(iv_ctx *ctx),
                  void (*drop)(void *state))
{
    void *state;

    pthread_mutex_lock(&ctx->lock);
    if (!ctx->slots[slot].state) {
        ctx->slots[slot].state = make(ctx);
        ctx->slots[slot].drop = drop;
    }
    state = ctx->slots[slot].state;
    pthread_mutex_unlock(&ctx->lock);
    return state;
}

const struct iv_config *iv_ctx_config(const iv_ctx *ctx)
{
    return ctx->config;
}

const struct iv_log *iv_ctx_log(const iv_ctx *ctx)
{
    return &ctx->log;
}

const struct iv_clock *iv_ctx_clock(const iv_ctx *ctx)
{
    return ctx->clock;
}

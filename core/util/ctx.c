/* ctx.c - what everything shares. */
#include "iv/ctx.h"

#include <stdlib.h>

#include <sodium.h>

#include "iv/alloc.h"

struct iv_ctx {
    const struct iv_config *config;
    const struct iv_log *log;
    const struct iv_clock *clock;
};

enum iv_code iv_ctx_new(const struct iv_config *config, const struct iv_log *log,
                        const struct iv_clock *clock, iv_ctx **out, struct iv_error *err)
{
    *out = NULL;
    if (sodium_init() < 0)
        return iv_fail(err, IV_E_INTERNAL, "libsodium cannot be initialised");
    *out = iv_alloc(sizeof **out);
    if (!*out)
        return iv_fail(err, IV_E_NOMEM, "context: out of memory");
    **out = (struct iv_ctx){config, log, clock ? clock : &iv_clock_system};
    return IV_OK;
}

void iv_ctx_free(iv_ctx *ctx) { free(ctx); }

const struct iv_config *iv_ctx_config(const iv_ctx *ctx) { return ctx->config; }

const struct iv_log *iv_ctx_log(const iv_ctx *ctx) { return ctx->log; }

const struct iv_clock *iv_ctx_clock(const iv_ctx *ctx) { return ctx->clock; }

/* stands in until keys and usage are built */
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/secret.h"
#include "iv/usage.h"

#define WEAK __attribute__((weak))

static const char *value_of(iv_ctx *ctx, const char *key)
{
    const struct iv_setting *s = iv_setting_find(key);
    const struct iv_config *c = iv_ctx_config(ctx);

    return s && c ? *(char *const *)((const char *)c + s->offset) : "";
}

WEAK enum iv_code iv_secret_get(iv_ctx *ctx, const char *key, char **out, struct iv_error *err)
{
    (void)err;
    *out = value_of(ctx, key)[0] ? iv_strdup(value_of(ctx, key)) : NULL;
    return IV_OK;
}

WEAK void iv_secret_free(char *secret)
{
    free(secret);
}

WEAK bool iv_secret_is_set(iv_ctx *ctx, const char *key)
{
    return value_of(ctx, key)[0];
}

WEAK enum iv_code iv_usage_reserve(iv_ctx *ctx, const char *service, const char *model,
                                   const struct iv_amounts *estimate, enum iv_code refusal,
                                   struct iv_usage_ticket *out, struct iv_error *err)
{
    (void)ctx, (void)service, (void)model, (void)estimate, (void)refusal, (void)err;
    memset(out, 0, sizeof *out);
    return IV_OK;
}

WEAK void iv_usage_settle(iv_ctx *ctx, const struct iv_usage_ticket *t,
                          const struct iv_amounts *actual)
{
    (void)ctx, (void)t, (void)actual;
}

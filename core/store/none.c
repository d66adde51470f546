/* stands in until usage is built */
#include <string.h>

#include "iv/usage.h"

#define WEAK __attribute__((weak))

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

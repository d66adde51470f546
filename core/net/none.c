/* stands in until the room is built */
#include "net/net.h"
__attribute__((weak)) enum iv_code iv_net_of(iv_ctx *ctx, iv_net **out, struct iv_error *err)
{
    (void)ctx;
    *out = NULL;
    return iv_fail(err, IV_E_UNAVAILABLE, "net: not in this build");
}
__attribute__((weak)) enum iv_code iv_net_post(iv_net *net, void (*fn)(void *arg), void *arg,
                                               struct iv_error *err)
{
    (void)net, (void)fn, (void)arg;
    return iv_fail(err, IV_E_UNAVAILABLE, "net: not in this build");
}

/* health.c - see iv/health.h. */
#include "iv/health.h"

#include <stdio.h>

#include "iv/alloc.h"
#include "net/net.h"

#define SERVICES_MAX 32

static void *make_none(iv_ctx *ctx)
{
    (void)ctx;
    return NULL;
}

static void drop_none(void *state)
{
    (void)state;
}

size_t iv_health_list(iv_ctx *ctx, struct iv_health *out, size_t max)
{
    static const char *const states[] = {
        [NET_CLOSED_STATE] = "closed", [NET_HALF_OPEN] = "half-open", [NET_OPEN] = "open"};
    iv_net *net = iv_ctx_slot(ctx, IV_SLOT_NET, make_none, drop_none);
    struct net_health rows[SERVICES_MAX];
    size_t n = net ? iv_net_health(net, rows, max < SERVICES_MAX ? max : SERVICES_MAX) : 0;

    for (size_t i = 0; i < n; i++) {
        out[i] = (struct iv_health){.state = states[rows[i].state],
                                    .calls = rows[i].calls,
                                    .faults = rows[i].faults,
                                    .retries = rows[i].retries,
                                    .last_ms = rows[i].last_ms};
        snprintf(out[i].service, sizeof out[i].service, "%s", rows[i].service);
        snprintf(out[i].last_fault, sizeof out[i].last_fault, "%s", rows[i].last_fault);
    }
    return n;
}

/* tts_retry.c - see the header. */
#include "provider/tts_retry.h"

#include <sodium.h>

#include "iv/config.h"
#include "net/policy.h"

#define DEFAULT_RETRIES 2
#define DEFAULT_WAIT_MS 10000
#define CHANCES 1000

int64_t iv_tts_retry_ms(iv_ctx *ctx, enum net_class class, int tries, int64_t told_ms)
{
    const struct iv_config *c = iv_ctx_config(ctx);
    const struct net_policy p = {c ? (int)c->net_retries : DEFAULT_RETRIES,
                                 c ? c->net_wait_ms : DEFAULT_WAIT_MS};
    const struct net_attempt a = {.class = class, .tries = tries, .told_ms = told_ms};

    return iv_policy_delay(&p, &a, randombytes_uniform(CHANCES) / (double)CHANCES);
}

bool iv_tts_is_timeout(enum net_failure f)
{
    return f == NET_CONNECT_TIMEOUT || f == NET_FIRST_TIMEOUT || f == NET_GAP_TIMEOUT ||
           f == NET_TOTAL_TIMEOUT;
}

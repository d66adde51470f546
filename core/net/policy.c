/* policy.c - retry classes, waits, and the budget of retries. */
#include "net/policy.h"

#define BASE_MS 500
#define CAP_MS 8000
#define RESERVE 10.0 /* retries at hand after a quiet time ... */
#define RESERVE_PER_S 1.0 /* ... and how fast they come back */
#define TOKENS_MAX 100.0

/* 0.5 s, 1 s, 2 s ... times 0.75..1.0, so that clients that failed together do not come back together. */
static int64_t backoff(int tries, double chance)
{
    int64_t ms = BASE_MS;

    for (int i = 1; i < tries && ms < CAP_MS; i++)
        ms *= 2;
    if (ms > CAP_MS)
        ms = CAP_MS;
    return (int64_t)((double)ms * (0.75 + 0.25 * chance));
}

static int allowed(const struct net_policy *p, enum net_class class)
{
    if (class == NET_RETRY || class == NET_WAIT)
        return p->retries;
    return class == NET_RETRY_ONCE && p->retries > 0;
}

int64_t iv_policy_delay(const struct net_policy *p, const struct net_attempt *a, double chance)
{
    int64_t ms = backoff(a->tries, chance);

    if (a->tries > allowed(p, a->class))
        return -1;
    if (a->class == NET_WAIT && a->told_ms >= 0) {
        ms = a->told_ms;
        if (!a->budget_ms && ms > p->wait_ms)
            return -1;
    }
    if (a->budget_ms && ms >= a->budget_ms - a->spent_ms)
        return -1;
    return ms;
}

void iv_budget_init(struct net_budget *b, double share, int64_t now_us)
{
    *b = (struct net_budget){.share = share, .tokens = RESERVE, .at_us = now_us};
}

static void refill(struct net_budget *b, int64_t now_us)
{
    double more = (double)(now_us - b->at_us) / 1e6 * RESERVE_PER_S;

    b->at_us = now_us;
    if (b->tokens < RESERVE)
        b->tokens = b->tokens + more < RESERVE ? b->tokens + more : RESERVE;
}

void iv_budget_call(struct net_budget *b, int64_t now_us)
{
    refill(b, now_us);
    if (b->tokens + b->share <= TOKENS_MAX)
        b->tokens += b->share;
}

bool iv_budget_take(struct net_budget *b, int64_t now_us)
{
    refill(b, now_us);
    if (b->tokens < 1)
        return false;
    b->tokens -= 1;
    return true;
}

/* breaker.c - when a failing service is left alone, and when it is tried again. */
#include "net/breaker.h"

enum net_state iv_breaker_state(const struct net_breaker *b, int64_t now_us)
{
    if (b->state == NET_OPEN && now_us - b->opened_us >= b->pause_us)
        return NET_HALF_OPEN;
    return b->state;
}

bool iv_breaker_admit(struct net_breaker *b, int64_t now_us, bool *is_probe)
{
    *is_probe = false;
    b->state = iv_breaker_state(b, now_us);
    if (b->state == NET_CLOSED_STATE)
        return true;
    if (b->state == NET_OPEN || b->has_probe)
        return false;
    b->has_probe = *is_probe = true;
    return true;
}

void iv_breaker_good(struct net_breaker *b)
{
    b->faults = 0;
    b->has_probe = false;
    b->state = NET_CLOSED_STATE;
}

void iv_breaker_fault(struct net_breaker *b, int64_t now_us)
{
    b->faults++;
    if (!b->limit || (b->state == NET_CLOSED_STATE && b->faults < b->limit))
        return;
    if (b->state == NET_OPEN) /* one that began before: the pause counts from the first */
        return;
    b->has_probe = false;
    b->state = NET_OPEN;
    b->opened_us = now_us;
}

void iv_breaker_unused(struct net_breaker *b)
{
    b->has_probe = false;
}

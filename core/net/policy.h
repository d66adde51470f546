/* net/policy.h - whether and when a failed call is tried again.
 *
 * Why:     the retry classes of the contract "errors" in one place, testable without a socket.
 * Threads: none of its own; the owner locks.
 * Units:   milliseconds; the budget in microseconds of any clock that does not go back.
 */
#ifndef IV_NET_POLICY_H
#define IV_NET_POLICY_H

#include <stdint.h>

#include "net/net.h"

struct net_policy {
    int retries;
    int64_t wait_ms; /* longest wait that a service may ask for, where there is no budget */
};
struct net_attempt {
    enum net_class class;
    int tries; /* made so far */
    int64_t told_ms; /* retry_after_ms; -1: none */
    int64_t spent_ms, budget_ms; /* since the first try; 0: no limit */
};

/* Milliseconds until the next try, -1: there is none. chance: 0..1. */
int64_t iv_policy_delay(const struct net_policy *p, const struct net_attempt *a, double chance);

/* Retries are at most a share of the calls, with a reserve for a program that calls seldom (Finagle's RetryBudget): when a service is
 * down for everyone, retries must not multiply the load. */
struct net_budget {
    double share; /* retries earned by a call */
    double tokens;
    int64_t at_us;
};
void iv_budget_init(struct net_budget *b, double share, int64_t now_us);
void iv_budget_call(struct net_budget *b, int64_t now_us);
bool iv_budget_take(struct net_budget *b, int64_t now_us);

#endif

/* net/breaker.h - closed, open, half-open (Nygard, Release It!).
 *
 * Why:     a service that is down is not asked again and again, so that the turn falls back at once.
 * Threads: none of its own; the owner locks.
 * Units:   microseconds of any clock that does not go back.
 */
#ifndef IV_NET_BREAKER_H
#define IV_NET_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

struct net_breaker {
    int limit; /* faults in a row that open it; 0: never */
    int64_t pause_us;
    int faults; /* in a row */
    enum net_state state;
    int64_t opened_us;
    bool has_probe; /* half-open: one call is under way */
};

/* May a call begin? Half-open only one may at a time: *is_probe. */
bool iv_breaker_admit(struct net_breaker *b, int64_t now_us, bool *is_probe);
void iv_breaker_good(struct net_breaker *b);
void iv_breaker_fault(struct net_breaker *b, int64_t now_us);
void iv_breaker_unused(struct net_breaker *b); /* the probe ended without a result */
enum net_state iv_breaker_state(const struct net_breaker *b, int64_t now_us);

#endif

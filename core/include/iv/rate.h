/* iv/rate.h - so many in a window, exactly.
 *
 * Why:     a bucket that refills lets twice its size through within one window; here each pass is remembered until its window is over,
 *          so that no window, wherever it begins, holds more than the limit.
 * Owns:    the limiter owns its memory; names are hashed, not kept. At most max_bytes: who has been idle for a window makes room; when
 *          nobody has, newcomers share one allowance.
 * Threads: [any]; one lock inside. Pure: time is an argument and must not go back (it is taken as standing still).
 * Units:   microseconds of the monotonic clock; seconds in figures for headers.
 */
#ifndef IV_RATE_H
#define IV_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

typedef struct iv_rate iv_rate;

#define IV_RATE_LIMIT_MAX 100000

/* limit 1 to IV_RATE_LIMIT_MAX. IV_E_USAGE, IV_E_NOMEM. */
enum iv_code iv_rate_new(unsigned limit, int64_t window_us, size_t max_bytes, iv_rate **out,
                         struct iv_error *err);
void iv_rate_free(iv_rate *r);

struct iv_rate_state {
    unsigned limit, remaining; /* RateLimit-Policy q, RateLimit r */
    unsigned window_s;
    unsigned reset_s; /* until the next one comes free; 0 while nothing is used */
    bool passed;
};
/* Takes one when there is one. Refusals cost nothing and are not counted. */
struct iv_rate_state iv_rate_take(iv_rate *r, const char *name, int64_t now_us);
/* Only looks. passed: whether a take would pass. */
struct iv_rate_state iv_rate_look(iv_rate *r, const char *name, int64_t now_us);
/* Forgets what this name has used. */
void iv_rate_clear(iv_rate *r, const char *name);
size_t iv_rate_bytes(iv_rate *r);

/* An address as a name: IPv4 whole, IPv6 by its first 64 bits, since one client has all of those. */
#define IV_ADDRESS_BYTES 48
void iv_rate_address(const char *ip, char out[IV_ADDRESS_BYTES]);

#endif

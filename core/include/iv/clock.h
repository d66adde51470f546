/* iv/clock.h - time comes from outside.
 *
 * Why:     tests and replays run at any speed and give the same result.
 * Owns:    a clock is borrowed by whoever is given it and must outlive them.
 * Threads: [any]; a manual clock is moved by one thread and read by any.
 * Units:   wall_ms: milliseconds since 1970 UTC, for display and storage only. mono_us: microseconds of a clock that
 *          never goes back (CLOCK_BOOTTIME), for every limit and measurement.
 */
#ifndef IV_CLOCK_H
#define IV_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct iv_clock {
    int64_t (*wall_ms)(void *arg);
    int64_t (*mono_us)(void *arg);
    void *arg;
};

extern const struct iv_clock iv_clock_system;

struct iv_manual_clock {
    struct iv_clock clock;
    _Atomic int64_t now_us; /* mono_us = now_us, wall_ms = epoch_ms + now_us / 1000 */
    int64_t epoch_ms;
};
void iv_manual_clock_init(struct iv_manual_clock *m, int64_t epoch_ms);
void iv_manual_clock_advance(struct iv_manual_clock *m, int64_t us);

static inline int64_t iv_wall_ms(const struct iv_clock *c)
{
    return c->wall_ms(c->arg);
}
static inline int64_t iv_mono_us(const struct iv_clock *c)
{
    return c->mono_us(c->arg);
}

/* RFC 3339 in UTC: "2024-01-01T12:00:00Z", with ".123" when `with_ms`. Parse returns -1 for anything else. */
#define IV_TIME_BYTES 32
void iv_time_format(int64_t wall_ms, int with_ms, char out[IV_TIME_BYTES]);
int64_t iv_time_parse(const char *text);

#endif

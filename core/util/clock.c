/* clock.c - the system's clocks, one for tests, and RFC 3339. */
#include "iv/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_wall(void *arg)
{
    (void)arg;
    return read_us(CLOCK_REALTIME) / 1000;
}

static int64_t system_mono(void *arg)
{
    (void)arg;
    return read_us(CLOCK_BOOTTIME);
}

const struct iv_clock iv_clock_system = {system_wall, system_mono, NULL};

static int64_t manual_wall(void *arg)
{
    const struct iv_manual_clock *m = arg;

    return m->epoch_ms + m->now_us / 1000;
}

static int64_t manual_mono(void *arg)
{
    const struct iv_manual_clock *m = arg;

    return m->now_us;
}

void iv_manual_clock_init(struct iv_manual_clock *m, int64_t epoch_ms)
{
    *m = (struct iv_manual_clock){.clock = {manual_wall, manual_mono, m}, .epoch_ms = epoch_ms};
}

void iv_manual_clock_advance(struct iv_manual_clock *m, int64_t us)
{
    m->now_us += us;
}

/* strftime takes as long as all else of a session's object. */
static char *put(char *out, int n, int digits, char after)
{
    for (int i = digits; i-- > 0; n /= 10)
        out[i] = (char)('0' + n % 10);
    out[digits] = after;
    return out + digits + 1;
}

void iv_time_format(int64_t wall_ms, int with_ms, char out[IV_TIME_BYTES])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm t;

    gmtime_r(&seconds, &t);
    out = put(out, t.tm_year + 1900, 4, '-');
    out = put(out, t.tm_mon + 1, 2, '-');
    out = put(out, t.tm_mday, 2, 'T');
    out = put(out, t.tm_hour, 2, ':');
    out = put(out, t.tm_min, 2, ':');
    out = put(out, t.tm_sec, 2, with_ms ? '.' : 'Z');
    if (with_ms)
        out = put(out, (int)(wall_ms % 1000), 3, 'Z');
    *out = '\0';
}

int64_t iv_time_parse(const char *text)
{
    struct tm t = {0};
    int ms = 0, n = 0;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);

    if (!rest)
        return -1;
    if (*rest == '.' && sscanf(rest, ".%3d%n", &ms, &n) == 1 && n == 4)
        rest += 4;
    if (rest[0] != 'Z' || rest[1])
        return -1;
    return (int64_t)timegm(&t) * 1000 + ms;
}

/* usage_limit.c - see the header. */
#include "store/usage_limit.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"

#define LIMIT_MAX 1e12

static const char *const unit_names[] = {"characters", "minutes", "tokens", "calls"};

const char *iv_usage_unit_name(enum usage_unit unit)
{
    return unit_names[unit];
}

int64_t iv_usage_units(const struct iv_amounts *a, enum usage_unit unit)
{
    switch (unit) {
    case USAGE_CHARACTERS:
        return a->characters;
    case USAGE_MINUTES:
        return a->audio_ms;
    case USAGE_TOKENS:
        return a->tokens_in + a->tokens_out;
    default:
        return a->calls;
    }
}

double iv_usage_shown(int64_t units, enum usage_unit unit)
{
    return unit == USAGE_MINUTES ? (double)units / 60000 : (double)units;
}

/* "NAME = NUMBER UNIT/PERIOD" */
static bool read_limit(const char *part, struct usage_limit *out)
{
    char service[48], unit[16], period[8];
    double max;
    int used = 0;
    size_t u = 0;

    if (sscanf(part, " %47[a-z0-9._-] = %lf %15[a-z] / %7[a-z] %n", service, &max, unit, period,
               &used) != 4 ||
        part[used] || !(max >= 0 && max <= LIMIT_MAX))
        return false;
    while (u < IV_LEN(unit_names) && strcmp(unit_names[u], unit))
        u++;
    if (u == IV_LEN(unit_names) || (strcmp(period, "day") && strcmp(period, "month")))
        return false;
    *out = (struct usage_limit){.unit = (enum usage_unit)u, .is_month = period[0] == 'm'};
    memcpy(out->service, service, sizeof service);
    out->max = (int64_t)(u == USAGE_MINUTES ? max * 60000 : max);
    return true;
}

enum iv_code iv_usage_limits_parse(const char *text, struct usage_limit **out, size_t *n,
                                   struct iv_error *err)
{
    char *copy = iv_strdup(text), *rest = copy, *part;
    size_t cap = 0;
    enum iv_code rc = copy ? IV_OK : iv_fail(err, IV_E_NOMEM, "usage.limits: out of memory");

    *out = NULL;
    *n = 0;
    while (!rc && (part = strsep(&rest, ","))) {
        if (!part[strspn(part, " \t")])
            continue;
        if (iv_grow(out, &cap, *n + 1, sizeof **out))
            rc = iv_fail(err, IV_E_NOMEM, "usage.limits: out of memory");
        else if (!read_limit(part, &(*out)[*n]))
            rc =
                iv_fail(err, IV_E_CONFIG,
                        "usage.limits \"%.80s\": must be like tts.elevenlabs=20000 characters/day; "
                        "units: characters, minutes, tokens, calls; day or month",
                        part + strspn(part, " \t"));
        else
            ++*n;
    }
    free(copy);
    if (rc) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return rc;
}

/* -- days -- */

/* Seconds east of UTC. */
static bool read_offset(const char *zone, int *seconds)
{
    char sign;
    int hours, minutes, used = 0;

    *seconds = 0;
    if (!strcmp(zone, "UTC"))
        return true;
    if (sscanf(zone, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || zone[used] ||
        !strchr("+-", sign) || !isdigit((unsigned char)zone[1]) || hours > 14 || minutes < 0 ||
        minutes > 59)
        return false;
    *seconds = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

enum iv_code iv_usage_zone_check(const char *zone, struct iv_error *err)
{
    int seconds;

    if (zone[0] && !read_offset(zone, &seconds))
        return iv_fail(err, IV_E_CONFIG,
                       "usage.time_zone \"%s\": must be empty, UTC, or a distance such as +09:00",
                       zone);
    return IV_OK;
}

/* Noon of a day is never skipped or doubled by a change of the clocks. mktime() reads the zone anew each time; the C library
 * guards that, but with a lock that the thread sanitizer does not see. */
static void local_day(time_t at, int days_back, struct tm *t)
{
    static pthread_mutex_t zone = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&zone);
    localtime_r(&at, t);
    t->tm_mday -= days_back;
    t->tm_hour = 12;
    t->tm_min = t->tm_sec = 0;
    t->tm_isdst = -1;
    mktime(t);
    pthread_mutex_unlock(&zone);
}

int iv_usage_day(const char *zone, int64_t wall_ms, int days_back)
{
    time_t at = (time_t)(wall_ms / 1000);
    struct tm t;
    int seconds = 0;

    if (zone[0]) {
        read_offset(zone, &seconds);
        at += seconds - (time_t)days_back * 86400;
        gmtime_r(&at, &t);
    } else {
        local_day(at, days_back, &t);
    }
    return (t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 + t.tm_mday;
}

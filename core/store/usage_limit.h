/* store/usage_limit.h - limits of single services (setting usage.limits), and days.
 *
 * Errors:  IV_E_CONFIG naming the part that is wrong and the form.
 */
#ifndef IV_STORE_USAGE_LIMIT_H
#define IV_STORE_USAGE_LIMIT_H

#include "iv/usage.h"

enum usage_unit { USAGE_CHARACTERS, USAGE_MINUTES, USAGE_TOKENS, USAGE_CALLS };
struct usage_limit {
    char service[48];
    enum usage_unit unit;
    bool is_month;
    int64_t max; /* of minutes: milliseconds */
};

/* "tts.elevenlabs=20000 characters/day, ..."; the caller frees *out. */
enum iv_code iv_usage_limits_parse(const char *text, struct usage_limit **out, size_t *n,
                                   struct iv_error *err);
const char *iv_usage_unit_name(enum usage_unit unit);
int64_t iv_usage_units(const struct iv_amounts *a, enum usage_unit unit); /* of minutes: ms */

double iv_usage_shown(int64_t units, enum usage_unit unit); /* minutes as such */

/* "", "UTC", "+09:00". */
enum iv_code iv_usage_zone_check(const char *zone, struct iv_error *err);
/* 20261123; offset_days back in that calendar. */
int iv_usage_day(const char *zone, int64_t wall_ms, int days_back);

#endif

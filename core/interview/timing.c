/* timing.c - how long talking takes. */
#include "interview/timing.h"

int64_t iv_time_to_say(enum iv_lang lang, const char *text)
{
    static const int ms_per_char[IV_LANG_COUNT] = {
        [IV_LANG_KO] = 160, [IV_LANG_EN] = 70, [IV_LANG_JA] = 140};

    return (int64_t)iv_utf8_chars(text) * ms_per_char[lang];
}

int64_t iv_time_of_question(const struct iv_question *q, int pace)
{
    return TIME_LEAD_MS + iv_time_to_say(q->lang, q->ask) + (int64_t)q->seconds * 10 * pace;
}

int64_t iv_time_least(const struct iv_question *q, int pace)
{
    int64_t short_ms = (int64_t)q->seconds * 10 * pace * 4 / 5;

    return TIME_LEAD_MS + iv_time_to_say(q->lang, q->ask) +
           (short_ms > TIME_LEAST_ANSWER_MS ? short_ms : TIME_LEAST_ANSWER_MS);
}

int64_t iv_time_of_probes(int probes)
{
    static const int64_t ms[] = {0, 25000, 45000, 55000, 60000};

    return ms[probes < 0 ? 0 : probes > 4 ? 4 : probes];
}

/* mic.c - this build hears nothing: it says so wherever a microphone is asked for. */
#include "mic.h"

enum iv_code mic_check(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "this build has no microphone input: answers are typed, or taken from "
                   "recordings with --answers DIR");
}

enum iv_code mic_open(const char *device, struct mic **out, struct iv_error *err)
{
    (void)device;
    *out = NULL;
    return mic_check(err);
}

uint32_t mic_rate(const struct mic *m)
{
    (void)m;
    return 0;
}

enum iv_code mic_read(struct mic *m, int16_t *samples, size_t max, size_t *n, struct iv_error *err)
{
    (void)m;
    (void)samples;
    (void)max;
    *n = 0;
    return mic_check(err);
}

double mic_level(const struct mic *m)
{
    (void)m;
    return 0;
}

void mic_close(struct mic *m)
{
    (void)m;
}

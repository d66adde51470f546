/* sound_level.c - see sound_level.h. */
#include "audio/sound_level.h"

#include <math.h>

#define FLOOR_DB (-96.0)
#define METER_DB 60.0 /* below that nothing is said */
#define TONE_FLOOR_DB (-60.0)
#define TONE_SHARE 0.5 /* of the energy */

void sound_level_add(struct sound_level *l, const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double s = fabs(samples[i] / 32768.0);

        l->peak = s > l->peak ? s : l->peak;
        l->sum += s * s;
        l->clipped += samples[i] == INT16_MAX || samples[i] == INT16_MIN;
    }
    l->samples += n;
}

static double db_of(double amplitude)
{
    double db = amplitude > 0 ? 20 * log10(amplitude) : FLOOR_DB;

    return db < FLOOR_DB ? FLOOR_DB : db;
}

double sound_level_db(const struct sound_level *l)
{
    return l->samples ? db_of(sqrt(l->sum / (double)l->samples)) : FLOOR_DB;
}

double sound_level_peak_db(const struct sound_level *l)
{
    return db_of(l->peak);
}

double sound_level_share(double db)
{
    double share = 1 + db / METER_DB;

    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* Goertzel's filter: the energy of one frequency, set against all of it. */
bool sound_is_tone(const int16_t *samples, size_t n, unsigned hz, unsigned rate_hz)
{
    struct sound_level l = {0};
    double c = 2 * cos(2 * M_PI * hz / rate_hz), a = 0, b = 0, power;

    sound_level_add(&l, samples, n);
    if (sound_level_db(&l) < TONE_FLOOR_DB)
        return false;
    for (size_t i = 0; i < n; i++) {
        double next = samples[i] / 32768.0 + c * a - b;

        b = a;
        a = next;
    }
    power = a * a + b * b - c * a * b;
    return 2 * power / ((double)n * l.sum) > TONE_SHARE;
}

/* pitch.c - F0 by YIN (de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 111, 2002).
 *
 * A periodic sound differs least from itself one period later. The difference at each distance is divided by its mean over all shorter ones,
 * so that the first deep dip is the period and not a multiple of it; a parabola through the dip finds it between samples.
 * Half the rate is enough for 70 to 400 Hz and costs a quarter.
 */
#include "turn/pitch.h"

#include <stddef.h>

#define HALF (PITCH_SAMPLES / 2)
#define HALF_RATE (PITCH_RATE_HZ / 2)
#define LAG_MIN (HALF_RATE / 400)
#define LAG_MAX (HALF_RATE / 70)
#define WINDOW (HALF - LAG_MAX - 2)

static const float deep_enough = 0.2f;

static void differences(const float *x, float d[LAG_MAX + 2])
{
    float sum = 0;

    d[0] = 1;
    for (size_t lag = 1; lag < LAG_MAX + 2; lag++) {
        float diff = 0;

        for (size_t i = 0; i < WINDOW; i++) {
            float a = x[i] - x[i + lag];

            diff += a * a;
        }
        sum += diff;
        d[lag] = sum > 0 ? diff * (float)lag / sum : 1;
    }
}

static float between(const float *d, size_t lag)
{
    float before = d[lag - 1], after = d[lag + 1], bend = before + after - 2 * d[lag];

    return bend > 0 ? (float)lag + 0.5f * (before - after) / bend : (float)lag;
}

float iv_pitch(const int16_t samples[PITCH_SAMPLES])
{
    float x[HALF], d[LAG_MAX + 2];

    for (size_t i = 0; i < HALF; i++)
        x[i] = (float)samples[2 * i] + (float)samples[2 * i + 1];
    differences(x, d);
    for (size_t lag = LAG_MIN; lag <= LAG_MAX; lag++) {
        if (d[lag] >= deep_enough)
            continue;
        while (lag < LAG_MAX && d[lag + 1] < d[lag])
            lag++;
        return (float)HALF_RATE / between(d, lag);
    }
    return 0;
}

/* echo_delay.c - cross-correlation of both sides' differences; a loop of second order follows its peak. */
#include "audio/echo_delay.h"

#include <math.h>

#define AT(i) ((i) & (DELAY_KEPT - 1))
#define PEAK_OVER_REST 6.0 /* of the correlation's own spread */
#define LOUD_ENOUGH 200.0f /* mean square of the differences at the far end */
#define SAME 24.0 /* samples between two looks that agree */

static uint32_t window_of(const struct echo_delay *d)
{
    return d->n < DELAY_WINDOW ? d->n : DELAY_WINDOW;
}

static void correlate(const struct echo_delay *d, float *out)
{
    uint32_t n = window_of(d), from = d->n - n;

    for (uint32_t lag = 0; lag < DELAY_MAX_LAG; lag++) {
        float sum = 0;

        for (uint32_t i = 0; i < n; i++)
            sum += d->near[AT(from + i)] * d->far[AT(from + i - lag)];
        out[lag] = sum;
    }
}

/* Between the steps: the top of a parabola through three. */
static double between(const float *c, uint32_t at)
{
    double a, b, e, bend;

    if (!at || at + 1 >= DELAY_MAX_LAG)
        return at;
    a = fabs((double)c[at - 1]);
    b = fabs((double)c[at]);
    e = fabs((double)c[at + 1]);
    bend = a - 2 * b + e;
    return bend < 0 ? at + 0.5 * (a - e) / bend : at;
}

static bool find_peak(const struct echo_delay *d, double *delay)
{
    static _Thread_local float c[DELAY_MAX_LAG];
    double sum = 0;
    uint32_t best = 0;

    correlate(d, c);
    for (uint32_t i = 0; i < DELAY_MAX_LAG; i++) {
        sum += (double)c[i] * (double)c[i];
        if (fabsf(c[i]) > fabsf(c[best]))
            best = i;
    }
    *delay = DELAY_STEP * between(c, best);
    return fabs((double)c[best]) > PEAK_OVER_REST * sqrt(sum / DELAY_MAX_LAG);
}

/* Near the lock it is steered; far from it, three looks that agree move it. */
static void follow(struct echo_delay *d, double found)
{
    double off = found - d->delay, samples = (double)DELAY_EVERY * DELAY_STEP;

    if (d->locked && fabs(off) < SAME) {
        d->delay += 0.2 * off;
        d->drift += 0.008 * off / samples;
        d->drift = fmax(-5e-4, fmin(5e-4, d->drift));
        d->agreed = 0;
        return;
    }
    d->agreed = fabs(found - d->candidate) < SAME ? d->agreed + 1 : 1;
    d->candidate = found;
    if (d->agreed < (d->locked ? 4u : 2u))
        return;
    d->delay = found;
    d->locked = true;
    d->agreed = 0;
}

static void look(struct echo_delay *d)
{
    uint32_t n = window_of(d);
    float energy = 0;
    double found;

    for (uint32_t i = 0; i < n; i++) {
        float x = d->far[AT(d->n - n + i)];

        energy += x * x;
    }
    if (energy / (float)n > LOUD_ENOUGH && find_peak(d, &found))
        follow(d, found);
}

void iv_echo_delay_push(struct echo_delay *d, int16_t far, int16_t near)
{
    d->far_sum += far;
    d->near_sum += near;
    if (d->locked)
        d->delay += d->drift;
    if (++d->part < DELAY_STEP)
        return;
    d->far[AT(d->n)] = (d->far_sum - d->far_last) / DELAY_STEP;
    d->near[AT(d->n)] = (d->near_sum - d->near_last) / DELAY_STEP;
    d->far_last = d->far_sum;
    d->near_last = d->near_sum;
    d->far_sum = d->near_sum = 0;
    d->part = 0;
    d->n++;
    if (d->n - d->last_look >= DELAY_EVERY && d->n >= DELAY_FIRST) {
        d->last_look = d->n;
        look(d);
    }
}

/* mouth_motion.c - how mouth shapes melt into each other.
 *
 * A mouth does not step from sound to sound: it is on its way to the next vowel while it still makes the consonant. Each
 * sound is given a dominance, a bell over time (after Cohen and Massaro, 1993): it rises some 100 ms before the sound,
 * holds around its middle and falls afterwards. The shape at any moment is the mean of all shapes, weighted by dominance.
 * Rounded vowels reach far, so that "s" in "soup" is already round; d, n, k barely shape the lips and let vowels through.
 *
 * Two sounds are not negotiable: without closed lips there is no p, b, m, and f, v need the lip at the teeth. They are laid
 * over the mean and held for at least one frame, so that no frame rate misses them.
 */
#include <math.h>

#include "avatar/animator.h"

#define REACH_MS 420.0 /* no dominance matters further away */
#define CUT_MS 70.0 /* barge-in: the mouth is shut after this */
#define CLOSURE_HOLD_MS 46.0 /* longer than a frame at 25 fps */
#define CLOSURE_RAMP_MS 58.0
#define REST_FLOOR 0.015f /* far from any sound the mouth rests */
#define JAW_TAP_MS 28.0 /* the jaw is heavier than the lips: mean of three moments */

struct dominance {
    float peak;
    float before_ms, after_ms; /* width of the bell on each side */
};

static const struct dominance dominances[IV_VIS_COUNT] = {
    [IV_VIS_REST] = {0.9f, 55, 70}, [IV_VIS_PP] = {0.5f, 40, 40},   [IV_VIS_FF] = {0.5f, 40, 40},
    [IV_VIS_TH] = {1.1f, 50, 45},   [IV_VIS_DD] = {0.45f, 45, 40},  [IV_VIS_KK] = {0.3f, 45, 45},
    [IV_VIS_CH] = {1.0f, 75, 55},   [IV_VIS_SS] = {0.75f, 50, 45},  [IV_VIS_NN] = {0.45f, 45, 45},
    [IV_VIS_RR] = {0.6f, 60, 55},   [IV_VIS_AA] = {1.0f, 85, 75},   [IV_VIS_E] = {0.9f, 80, 70},
    [IV_VIS_IH] = {0.9f, 80, 70},   [IV_VIS_OH] = {1.15f, 115, 90}, [IV_VIS_OU] = {1.25f, 125, 95},
};

static const float jaw_of[IV_VIS_COUNT] = {
    [IV_VIS_REST] = 0.0f, [IV_VIS_PP] = 0.02f, [IV_VIS_FF] = 0.08f, [IV_VIS_TH] = 0.22f,
    [IV_VIS_DD] = 0.2f,   [IV_VIS_KK] = 0.3f,  [IV_VIS_CH] = 0.18f, [IV_VIS_SS] = 0.1f,
    [IV_VIS_NN] = 0.24f,  [IV_VIS_RR] = 0.25f, [IV_VIS_AA] = 1.0f,  [IV_VIS_E] = 0.58f,
    [IV_VIS_IH] = 0.34f,  [IV_VIS_OH] = 0.68f, [IV_VIS_OU] = 0.36f,
};

static bool closes(enum iv_viseme v)
{
    return v == IV_VIS_PP || v == IV_VIS_FF;
}

/* Negative before the span, positive after it, 0 inside. */
static double outside(double t, double start, double end)
{
    return t < start ? t - start : t > end ? t - end : 0.0;
}

static float dominance_of(const struct mouth_key *k, double t)
{
    const struct dominance *d = &dominances[k->shape];
    double len = (double)(k->end_ms - k->start_ms);
    double off = outside(t, (double)k->start_ms + len * 0.25, (double)k->end_ms - len * 0.3);
    double x = off / (off < 0 ? d->before_ms : d->after_ms);

    return d->peak * (float)exp(-x * x);
}

static float voiced(const struct mouth_key *k, double t)
{
    return k->cut_ms == UINT64_MAX ? 1.0f : 1.0f - ramp((t - (double)k->cut_ms) / CUT_MS);
}

static float closure_of(const struct mouth_key *k, double t)
{
    double start = (double)k->start_ms, end = (double)k->end_ms;
    double more = CLOSURE_HOLD_MS - (end - start);
    double off;

    if (more > 0) {
        start -= more * 0.5;
        end += more * 0.5;
    }
    off = fabs(outside(t, start, end));
    return 1.0f - ramp(off / CLOSURE_RAMP_MS);
}

static void lay_closure(float out[IV_VIS_COUNT], enum iv_viseme shape, float c)
{
    for (unsigned v = 0; v < IV_VIS_COUNT; v++)
        out[v] *= 1.0f - c;
    out[shape] += c;
}

static void add_key(const struct mouth_key *k, double t, float sum[IV_VIS_COUNT])
{
    float d = dominance_of(k, t);
    float reached = k->weight * voiced(k, t);

    sum[k->shape] += d * reached;
    sum[IV_VIS_REST] += d * (1.0f - reached);
}

void iv_mouth_weights(const struct iv_animator *a, double t, float out[IV_VIS_COUNT])
{
    float sum[IV_VIS_COUNT] = {[IV_VIS_REST] = REST_FLOOR};
    float total = 0;

    for (size_t i = 0; i < a->n_keys; i++)
        if (fabs(outside(t, (double)a->keys[i].start_ms, (double)a->keys[i].end_ms)) < REACH_MS)
            add_key(&a->keys[i], t, sum);
    for (unsigned v = 0; v < IV_VIS_COUNT; v++)
        total += sum[v];
    for (unsigned v = 0; v < IV_VIS_COUNT; v++)
        out[v] = sum[v] / total;
    for (size_t i = 0; i < a->n_keys; i++)
        if (closes(a->keys[i].shape))
            lay_closure(out, a->keys[i].shape, closure_of(&a->keys[i], t) * voiced(&a->keys[i], t));
}

static float jaw_now(const struct iv_animator *a, double t)
{
    float w[IV_VIS_COUNT], jaw = 0;

    iv_mouth_weights(a, t, w);
    for (unsigned v = 0; v < IV_VIS_COUNT; v++)
        jaw += w[v] * jaw_of[v];
    return jaw;
}

float iv_mouth_jaw(const struct iv_animator *a, double t)
{
    return 0.25f * jaw_now(a, t - JAW_TAP_MS) + 0.5f * jaw_now(a, t) +
           0.25f * jaw_now(a, t + JAW_TAP_MS);
}

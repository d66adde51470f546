/* idle.c - what keeps a face alive besides speech: blinks, gaze, head, brows, breath, smile.
 *
 * Chance comes from hashing (seed, stream, number): event n of a stream lies in the n-th period of that stream at a random
 * place, so events can be found at any time without a history and never bunch up.
 *
 * All of it comes round after LOOP_MS, bit by bit: a face that listens then has some thousand looks, which sessions share once
 * they are drawn. Speech (its nods, brows and blinks) does not come round.
 */
#include <math.h>

#include "avatar/animator.h"

#define TAU 6.283185307179586

enum stream {
    BLINK = 1,
    BLINK_TWICE,
    BLINK_SPEECH,
    GAZE_WHEN,
    GAZE_FAR,
    GAZE_X,
    GAZE_Y,
    THINK_SIDE,
    NOD,
    STRESS,
    BROW,
    SWAY
};

#define LOOP_MS 64000.0 /* whole frames at any usual rate; longer than anybody remembers a nod */
#define BLINK_PERIOD_MS (LOOP_MS / 17) /* gaps of 1.7 to 5.8 s */
#define BLINK_CLOSE_MS 65.0
#define BLINK_HOLD_MS 25.0
#define BLINK_OPEN_MS 115.0
#define BLINK_AGAIN_MS 280.0
#define BLINK_APART_MS 900.0
#define PAUSE_MS 250
#define GAZE_PERIOD_MS (LOOP_MS / 38)
#define SACCADE_MS 55.0
#define THINK_PERIOD_MS (LOOP_MS / 25)
#define HEAD_FOLLOWS_MS 700.0
#define NOD_PERIOD_MS (LOOP_MS / 12)
#define NOD_MS 1150.0
#define STRESS_MIN_MS 95 /* a vowel as long as this may carry a nod */
#define STRESS_WIDTH_MS 150.0
#define MOOD_EASE_MS 450.0

/* splitmix64 of the three numbers, as 0..1 */
static float chance(const struct iv_animator *a, enum stream s, uint64_t n)
{
    uint64_t x = a->seed + n * 0x9e3779b97f4a7c15u + (uint64_t)s * 0xd1342543de82ef95u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (float)((x ^ (x >> 31)) >> 40) / 16777216.0f;
}

/* The same moment in the second lap: there is a lap before it to look back into. */
static double in_lap(double t)
{
    return LOOP_MS + t - floor(t / LOOP_MS) * LOOP_MS;
}

/* chance() of an event, the same in each lap */
static float draw(const struct iv_animator *a, enum stream s, uint64_t n, double period)
{
    return chance(a, s, n % (uint64_t)lround(LOOP_MS / period));
}

static double event_ms(const struct iv_animator *a, enum stream s, uint64_t n, double period)
{
    return ((double)n + 0.55 * (double)draw(a, s, n, period)) * period;
}

/* Number of the last event at or before t, a time in_lap(). */
static uint64_t event_before(const struct iv_animator *a, enum stream s, double t, double period)
{
    uint64_t n = (uint64_t)(t / period);

    return event_ms(a, s, n, period) > t ? n - 1 : n;
}

struct idle_mood iv_idle_mood_at(const struct iv_animator *a, double t)
{
    float w[3] = {[IV_MOOD_LISTENING] = 1.0f};

    for (size_t i = 0; i < a->n_moods; i++) {
        float k = ramp((t - (double)a->moods[i].from_ms) / MOOD_EASE_MS);

        for (unsigned m = 0; m < 3; m++)
            w[m] = w[m] * (1.0f - k) + (m == a->moods[i].mood ? k : 0.0f);
    }
    return (struct idle_mood){w[IV_MOOD_LISTENING], w[IV_MOOD_THINKING], w[IV_MOOD_SPEAKING]};
}

/* Lids fall fast and rise slowly. */
static float blink_curve(double since_ms)
{
    if (since_ms < 0)
        return 0.0f;
    if (since_ms < BLINK_CLOSE_MS)
        return ramp(since_ms / BLINK_CLOSE_MS);
    return 1.0f - ramp((since_ms - BLINK_CLOSE_MS - BLINK_HOLD_MS) / BLINK_OPEN_MS);
}

static float blink_by_chance(const struct iv_animator *a, double t)
{
    uint64_t n = event_before(a, BLINK, t, BLINK_PERIOD_MS);
    double since = t - event_ms(a, BLINK, n, BLINK_PERIOD_MS);
    float once = blink_curve(since);
    float again = draw(a, BLINK_TWICE, n, BLINK_PERIOD_MS) < 0.14f
                      ? blink_curve(since - BLINK_AGAIN_MS)
                      : 0.0f;

    return fmaxf(once, again);
}

static bool silent(const struct mouth_key *k)
{
    return k->shape == IV_VIS_REST;
}

/* Length of the silence that ends where key i begins; a track's edge counts as a long one. */
static uint64_t silence_before(const struct iv_animator *a, size_t i)
{
    uint64_t ms = 0;

    while (i > 0 && silent(&a->keys[i - 1])) {
        i--;
        ms += a->keys[i].end_ms - a->keys[i].start_ms;
    }
    return i ? ms : PAUSE_MS;
}

/* Lids need a while between two blinks. */
static bool blinks_around(const struct iv_animator *a, double t)
{
    uint64_t n = event_before(a, BLINK, t, BLINK_PERIOD_MS);

    return t - event_ms(a, BLINK, n, BLINK_PERIOD_MS) < BLINK_APART_MS ||
           event_ms(a, BLINK, n + 1, BLINK_PERIOD_MS) - t < BLINK_APART_MS;
}

/* People blink where a phrase begins. */
static float blink_by_speech(const struct iv_animator *a, double t)
{
    float b = 0.0f;

    for (size_t i = 0; i < a->n_keys; i++) {
        const struct mouth_key *k = &a->keys[i];
        double at = (double)k->start_ms - 40.0;

        if (fabs(t - at) < BLINK_APART_MS && !silent(k) && silence_before(a, i) >= PAUSE_MS &&
            chance(a, BLINK_SPEECH, k->start_ms) < 0.5f && !blinks_around(a, in_lap(at)))
            b = fmaxf(b, blink_curve(t - at));
    }
    return b;
}

struct point {
    float x, y;
};

/* Where fixation n rests: mostly on the viewer, with the tremor that makes eyes look alive. */
static struct point fixation(const struct iv_animator *a, uint64_t n, const struct idle_mood *m)
{
    float far_share = 0.12f + 0.2f * m->speaking;
    float reach = draw(a, GAZE_FAR, n, GAZE_PERIOD_MS) < far_share ? 0.42f : 0.07f;
    struct point p = {(2.0f * draw(a, GAZE_X, n, GAZE_PERIOD_MS) - 1.0f) * reach,
                      (2.0f * draw(a, GAZE_Y, n, GAZE_PERIOD_MS) - 1.0f) * reach * 0.5f};

    return p;
}

static struct point away(const struct iv_animator *a, uint64_t n)
{
    struct point p = {draw(a, THINK_SIDE, n, THINK_PERIOD_MS) < 0.7f ? -0.5f : 0.4f,
                      -0.28f - 0.2f * draw(a, THINK_SIDE, n + 77, THINK_PERIOD_MS)};

    return p;
}

static struct point between(struct point p, struct point q, float k)
{
    return (struct point){p.x + (q.x - p.x) * k, p.y + (q.y - p.y) * k};
}

/* The side a thinker looks to; the eyes jump there and the head follows slowly. */
static struct point thinking_at(const struct iv_animator *a, double t, double ease_ms)
{
    uint64_t n = event_before(a, THINK_SIDE, t, THINK_PERIOD_MS);
    float k = ramp((t - event_ms(a, THINK_SIDE, n, THINK_PERIOD_MS)) / ease_ms);

    return between(away(a, n - 1), away(a, n), k);
}

static struct point gaze_at(const struct iv_animator *a, double t, const struct idle_mood *m)
{
    uint64_t n = event_before(a, GAZE_WHEN, t, GAZE_PERIOD_MS);
    float k = ramp((t - event_ms(a, GAZE_WHEN, n, GAZE_PERIOD_MS)) / SACCADE_MS);
    struct point here = between(fixation(a, n - 1, m), fixation(a, n, m), k);

    return between(here, thinking_at(a, t, SACCADE_MS), ramp((m->thinking - 0.3) / 0.4));
}

void iv_idle_eyes(const struct iv_animator *a, double t, const struct idle_mood *m,
                  struct iv_pose *out)
{
    struct point g = gaze_at(a, in_lap(t), m);
    float b = fmaxf(blink_by_chance(a, in_lap(t)), blink_by_speech(a, t));

    out->gaze_x = g.x;
    out->gaze_y = g.y;
    out->blink_l = b;
    out->blink_r = b;
}

/* A wave of its own length and phase for each part of the head: so many to a lap. */
static float wave(const struct iv_animator *a, unsigned n, double t, int waves)
{
    return (float)sin(TAU * (t * waves / LOOP_MS + (double)chance(a, SWAY, n)));
}

static float bell(double off_ms, double width_ms)
{
    double x = off_ms / width_ms;

    return (float)exp(-x * x);
}

/* Small nods and brows on long vowels: where an English stress is, and where Korean and Japanese phrases lean. */
static void stress_at(const struct iv_animator *a, double t, float *nod, float *brow)
{
    for (size_t i = 0; i < a->n_keys; i++) {
        const struct mouth_key *k = &a->keys[i];
        double off = t - (double)(k->start_ms + k->end_ms) * 0.5;

        if (k->shape < IV_VIS_AA || k->end_ms - k->start_ms < STRESS_MIN_MS || fabs(off) > 600.0)
            continue;
        if (chance(a, STRESS, k->start_ms) < 0.4f)
            *nod += bell(off, STRESS_WIDTH_MS);
        if (chance(a, BROW, k->start_ms) < 0.16f)
            *brow += bell(off, STRESS_WIDTH_MS * 1.5);
    }
    *nod = fminf(*nod, 1.0f);
    *brow = fminf(*brow, 1.0f);
}

/* A listener's nod: down, up, and half of it again. */
static float listener_nod(const struct iv_animator *a, double t)
{
    uint64_t n = event_before(a, NOD, t, NOD_PERIOD_MS);
    double x = (t - event_ms(a, NOD, n, NOD_PERIOD_MS)) / NOD_MS;

    if (x > 1.0 || chance(a, NOD, 1000003 + n % (uint64_t)lround(LOOP_MS / NOD_PERIOD_MS)) < 0.25f)
        return 0.0f;
    return (float)(sin(x * TAU * 0.5) * sin(x * TAU) * (1.0 - 0.4 * x));
}

void iv_idle_head(const struct iv_animator *a, double t, const struct idle_mood *m,
                  struct iv_pose *out)
{
    float nod = 0, brow = 0, calm = 1.0f - 0.3f * m->listening;

    stress_at(a, t, &nod, &brow);
    t = in_lap(t);
    out->head_x = calm * (0.3f * wave(a, 0, t, 9) + 0.16f * wave(a, 1, t, 16)) +
                  m->speaking * 0.16f * wave(a, 2, t, 28) +
                  m->thinking * 0.24f * thinking_at(a, t, HEAD_FOLLOWS_MS).x;
    out->head_y = calm * (0.18f * wave(a, 3, t, 11) + 0.08f * wave(a, 4, t, 19)) + 0.5f * nod +
                  0.75f * m->listening * listener_nod(a, t) - 0.2f * m->thinking;
    out->head_roll = calm * (0.012f * wave(a, 5, t, 7) + 0.006f * wave(a, 6, t, 13)) +
                     0.016f * m->thinking + 0.012f * m->listening * wave(a, 7, t, 3);
    brow = 0.55f * brow + 0.12f * m->listening * (0.5f + 0.5f * wave(a, 8, t, 6));
    out->brow_l = brow + 0.22f * m->thinking + 0.04f * wave(a, 9, t, 11);
    out->brow_r = brow + 0.06f * m->thinking + 0.04f * wave(a, 9, t, 11);
    out->breath = 0.5f + 0.5f * wave(a, 10, t, 15);
    out->smile = 0.1f + 0.36f * m->listening + 0.14f * m->speaking + 0.08f * wave(a, 11, t, 5);
}

/* avatar/animator.h - the parts of a pose; each is a pure function of seed, time and what was laid on the clock.
 *
 * Why:     nothing here integrates from frame to frame, so any frame rate, a dropped frame or a replay gives the same face.
 * Units:   milliseconds on the presentation clock.
 */
#ifndef IV_AVATAR_ANIMATOR_H
#define IV_AVATAR_ANIMATOR_H

#include "iv/avatar.h"

#define MOODS_KEPT 8

struct mouth_key {
    uint64_t start_ms, end_ms;
    uint64_t cut_ms; /* silent from here on; UINT64_MAX: never */
    enum iv_viseme shape;
    float weight;
};

struct mood_change {
    uint64_t from_ms;
    enum iv_mood mood;
};

struct iv_animator {
    uint64_t seed;
    struct mouth_key *keys; /* in order of time */
    size_t n_keys, cap_keys;
    struct mood_change moods[MOODS_KEPT]; /* in order of time */
    size_t n_moods;
};

/* -- mouth_motion.c -- */
void iv_mouth_weights(const struct iv_animator *a, double at_ms, float out[IV_VIS_COUNT]);
float iv_mouth_jaw(const struct iv_animator *a, double at_ms);

/* -- idle.c -- */
struct idle_mood {
    float listening, thinking, speaking; /* sum 1 */
};
struct idle_mood iv_idle_mood_at(const struct iv_animator *a, double at_ms);
void iv_idle_eyes(const struct iv_animator *a, double at_ms, const struct idle_mood *m,
                  struct iv_pose *out);
void iv_idle_head(const struct iv_animator *a, double at_ms, const struct idle_mood *m,
                  struct iv_pose *out);

/* -- curves shared by both -- */
static inline float ramp(double t) /* 0 before 0, 1 after 1, smooth between */
{
    if (t <= 0)
        return 0.0f;
    if (t >= 1)
        return 1.0f;
    return (float)(t * t * (3.0 - 2.0 * t));
}

#endif

/* echo_room.h - a room with a loudspeaker in it, which says one voice again and again, and a microphone that hears it 6 dB softer. */
#ifndef IV_TESTS_ECHO_ROOM_H
#define IV_TESTS_ECHO_ROOM_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "iv/audio.h"

#define ROOM_RATE 16000
#define ROOM_TAPS 1600 /* 100 ms of reverberation */

static inline double room_loop_at(const struct iv_pcm *p, double at)
{
    double whole = floor(at), x = at - whole;
    size_t i;

    if (at < 0)
        return 0;
    i = (size_t)whole % p->len;
    return p->samples[i] * (1 - x) + p->samples[(i + 1) % p->len] * x;
}

struct room {
    const struct iv_pcm *voice; /* borrowed; said again and again */
    double delay, drift, gain;
    float echo[ROOM_TAPS];
    double past[ROOM_TAPS];
};

/* Direct sound and a tail that falls by 60 dB in 250 ms, of energy 1 together. */
static inline void room_make(struct room *r, const struct iv_pcm *voice, double delay_ms,
                             double ppm)
{
    uint32_t seed = 12345;
    double energy = 0;

    memset(r, 0, sizeof *r);
    r->voice = voice;
    r->delay = delay_ms * ROOM_RATE / 1000;
    r->drift = ppm * 1e-6;
    for (int i = 0; i < ROOM_TAPS; i++) {
        seed = seed * 1664525u + 1013904223u;
        r->echo[i] =
            (float)((seed >> 8) / 8388608.0 - 1) * 0.06f * expf(-6.9f * i / (0.25f * ROOM_RATE));
    }
    r->echo[0] = 1;
    for (int i = 0; i < ROOM_TAPS; i++)
        energy += r->echo[i] * r->echo[i];
    r->gain = 0.5 / sqrt(energy); /* -6 dB */
}

/* Sample n of what the microphone hears. In order, from 0. */
static inline double room_hears(struct room *r, uint64_t n)
{
    double sum = 0;

    r->past[n % ROOM_TAPS] = room_loop_at(r->voice, (double)n * (1 + r->drift) - r->delay);
    for (size_t i = 0; i < ROOM_TAPS && i <= n; i++)
        sum += r->past[(n - i) % ROOM_TAPS] * r->echo[i];
    return sum * r->gain;
}

#endif

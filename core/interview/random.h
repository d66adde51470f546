/* interview/random.h - the same numbers from the same seed on every machine: splitmix64 (Steele, Lea, Flood 2014).
 *
 * Why:     a seed names an interview; the C library's generator differs between systems.
 */
#ifndef IV_INTERVIEW_RANDOM_H
#define IV_INTERVIEW_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 to n - 1; n is far below 2^32, so the bias is of no weight. */
static inline size_t random_below(uint64_t *state, size_t n)
{
    return (size_t)((random_next(state) >> 32) * n >> 32);
}

/* Fisher and Yates. */
#define RANDOM_SHUFFLE(state, array, n)                                                            \
    for (size_t i_ = (n); i_ > 1; i_--) {                                                          \
        size_t k_ = random_below((state), i_);                                                     \
        __typeof__(*(array)) keep_ = (array)[i_ - 1];                                              \
        (array)[i_ - 1] = (array)[k_];                                                             \
        (array)[k_] = keep_;                                                                       \
    }

#endif

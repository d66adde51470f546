/* audio/echo_delay.h - how much later the microphone hears what was played, and how fast that changes.
 *
 * Why:     the adaptive filter is short; it has to look at the right place, also after half an hour of clocks that run apart.
 * Owns:    a plain struct; nothing to free.
 * Threads: one owner.
 * Units:   samples at IV_STT_RATE_HZ.
 * Errors:  none.
 */
#ifndef IV_AUDIO_ECHO_DELAY_H
#define IV_AUDIO_ECHO_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DELAY_STEP 4u /* it works at a fourth of the rate */
#define DELAY_MAX_LAG 1600u /* 400 ms of those */
#define DELAY_WINDOW 6000u /* 1.5 s */
#define DELAY_KEPT 8192u /* power of two, at least window + lag */
#define DELAY_FIRST 2000u /* the first look, after 500 ms */
#define DELAY_EVERY 500u /* a look each 125 ms */

struct echo_delay {
    float far[DELAY_KEPT], near[DELAY_KEPT];
    uint32_t n, last_look;
    float far_sum, near_sum, far_last, near_last;
    unsigned part;
    bool locked;
    unsigned agreed; /* looks in a row that found about the same */
    double candidate;
    double delay, drift; /* now, in samples; samples per sample */
};

/* One sample of each side, of the same time. */
void iv_echo_delay_push(struct echo_delay *d, int16_t far, int16_t near);

#endif

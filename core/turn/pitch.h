/* pitch.h - the fundamental frequency of a voice.
 *
 * Why:     a voice that falls has usually finished.
 * Threads: [any]; no state.
 * Units:   mono PCM at PITCH_RATE_HZ; Hz.
 * Errors:  none; 0 where there is no tone.
 */
#ifndef IV_TURN_PITCH_H
#define IV_TURN_PITCH_H

#include <stdint.h>

#define PITCH_RATE_HZ 16000u
#define PITCH_SAMPLES 640u /* what one estimate looks at: 40 ms */

float iv_pitch(const int16_t samples[PITCH_SAMPLES]);

#endif

/* iv/echo.h - takes the interviewer's own voice out of what the microphone hears.
 *
 * Why:     without a headset the loudspeaker is heard by the microphone, and the interviewer would interrupt himself.
 * Owns:    its filters and the last two seconds of both sides: about 400 KiB.
 * Threads: one owner at a time.
 * Units:   mono samples of IV_STT_RATE_HZ for both sides, counted from 0 each.
 * Errors:  IV_E_UNAVAILABLE in a build without speexdsp and where that library is missing; IV_E_NOMEM.
 *
 * What was played is a timeline without holes (silence is played too). How much later the microphone hears it (0 to 400 ms), and
 * that the two clocks run apart, is found out by itself.
 */
#ifndef IV_ECHO_H
#define IV_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

typedef struct iv_echo iv_echo;

struct iv_echo_options {
    bool denoise; /* steady noise is made quieter */
    bool gain; /* quiet voices are made louder, by 20 dB at most */
};

/* options NULL: neither. */
enum iv_code iv_echo_new(const struct iv_echo_options *options, iv_echo **out,
                         struct iv_error *err);
/* What the loudspeaker was given, in order. It may come 50 ms later than the microphone's samples of the same count, if the way is as
 * long. */
void iv_echo_played(iv_echo *e, const int16_t *samples, size_t n);
/* What the microphone gave; writes n cleaned samples, delayed by 32 ms. in and out may be the same. */
void iv_echo_clean(iv_echo *e, const int16_t *in, int16_t *out, size_t n);
void iv_echo_free(iv_echo *e); /* NULL is fine */

struct iv_echo_level {
    bool locked; /* the way from loudspeaker to microphone was found */
    double delay_ms, drift_ppm; /* of that way; 0 while not locked */
    double
        erle_db; /* echo return loss: how much quieter it is after than before, over the last second in which only the
                     * loudspeaker was heard */
    int gain_db; /* by which voices are made louder now */
};
void iv_echo_level(const iv_echo *e, struct iv_echo_level *out);

#endif

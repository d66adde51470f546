/* echo_kept.h - the last filter that was good, for the time in which two speak.
 *
 * Why:     speexdsp's filter goes on learning while a second voice is heard, and within a block or two it leaves more of the
 *          interviewer's than the room put in. What it had learned before is kept here and stands still.
 *          (Two-path filters: K. Ochiai, T. Araseki, T. Ogihara, "Echo canceler with two echo path models", IEEE Trans. Comm. 25, 1977.)
 * Threads: one owner.
 * Units:   mono samples at IV_STT_RATE_HZ, in blocks of ECHO_BLOCK.
 */
#ifndef IV_AUDIO_ECHO_KEPT_H
#define IV_AUDIO_ECHO_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "audio/speexdsp.h"

#define ECHO_BLOCK 256
#define ECHO_TAIL 2048 /* 128 ms of room */

struct echo_kept {
    bool is_there, is_tried;
    float taps[ECHO_TAIL]; /* the last one is for the present sample */
    float next[ECHO_TAIL]; /* takes their place when it has done well for a while */
    float near[ECHO_BLOCK], hum[2]; /* the present block without hum, and that filter's memory */
    float far[ECHO_TAIL + ECHO_BLOCK]; /* what was played, the present block last */
    double
        left; /* of the energy by the learning filter: a running mean of the time in which the loudspeaker is heard */
    int since; /* blocks since a filter was taken */
};

void iv_echo_kept_forget(struct echo_kept *k); /* another way was found */
/* A block of what was played, and what the microphone gave with it. */
void iv_echo_kept_push(struct echo_kept *k, const int16_t far[ECHO_BLOCK],
                       const int16_t near[ECHO_BLOCK],
                       int16_t before[ECHO_BLOCK]); /* without hum, as speexdsp's filter gets it */
/* What the kept filter leaves of it; false: there is none yet. */
bool iv_echo_kept_clean(const struct echo_kept *k, int16_t out[ECHO_BLOCK]);
/* left: the share of the energy that the learning filter left of this block, in which the loudspeaker was heard. Its filter is
 * taken where it has done well for a while. */
void iv_echo_kept_learn(struct echo_kept *k, SpeexEchoState *filter, double left);

#endif

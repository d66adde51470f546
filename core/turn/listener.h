/* listener.h - a candidate's sound in; where an answer begins and where it has ended, out.
 *
 * Why:     voice activity, pitch and the detector want the same frames; the ear and the bench want the same detector.
 * Owns:    a plain struct; nothing to free.
 * Threads: one owner at a time.
 * Units:   mono PCM at PITCH_RATE_HZ.
 * Errors:  none.
 */
#ifndef IV_TURN_LISTENER_H
#define IV_TURN_LISTENER_H

#include "iv/turn.h"
#include "turn/pitch.h"
#include "turn/vad.h"

#define LISTENER_FRAME (PITCH_RATE_HZ * IV_EOT_FRAME_MS / 1000)

struct iv_listener {
    struct iv_vad vad;
    struct iv_eot eot;
    int16_t window[PITCH_SAMPLES]; /* the latest ones; the frame that fills is the last of them */
    uint32_t fill;
    bool is_in_answer;
    enum iv_eot_verdict verdict; /* of the latest frame */
};

enum iv_listener_event { IV_LISTENER_BEGAN, IV_LISTENER_ENDED };

void iv_listener_init(struct iv_listener *l, enum iv_lang lang, double patience);
/* Between answers; what is known of the room and the speaker stays. */
void iv_listener_reset(struct iv_listener *l);
/* `fn` hears of beginnings and ends in order. After an end nothing of the old answer is left. */
void iv_listener_push(struct iv_listener *l, const int16_t *samples, size_t n,
                      void (*fn)(void *arg, enum iv_listener_event event), void *arg);

#endif

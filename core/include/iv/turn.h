/* iv/turn.h - whether a candidate who fell silent has finished, or thinks.
 *
 * Why:     silence alone must be long to cut nobody off, and is then long after every answer. What was said, how the voice fell and
 *          how long this speaker's pauses are let most answers be taken sooner and most thoughts be waited for.
 * Owns:    a plain struct of fixed size; nothing to free. Texts are borrowed for the call.
 * Threads: one owner at a time.
 * Units:   the clock is the frames themselves: one for each IV_EOT_FRAME_MS of sound. F0 in Hz, levels in dB below full scale.
 * Errors:  none: text that is not understood, or not UTF-8, says nothing.
 */
#ifndef IV_TURN_H
#define IV_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "iv/stt.h"
#include "iv/text.h"

#define IV_EOT_FRAME_MS 10u
#define IV_EOT_TONES 40u /* voiced frames that the end of a phrase is judged by */

/* How a text ends. */
enum iv_ending {
    IV_ENDING_UNKNOWN,
    IV_ENDING_OPEN, /* a clause that wants another one */
    IV_ENDING_FILLER, /* the speaker holds the floor */
    IV_ENDING_FINISHED,
    IV_ENDING_COUNT
};
enum iv_ending iv_ending_of(enum iv_lang lang, const char *text);
/* Nothing but sounds by which a listener says that he listens. False for an empty text. */
bool iv_ending_is_backchannel(enum iv_lang lang, const char *text);

/* What voice activity and pitch say of one frame. */
struct iv_eot_frame {
    bool is_voice;
    float f0_hz; /* 0: no tone */
};

enum iv_eot_verdict {
    IV_EOT_SPEAKING,
    IV_EOT_WAITING,
    IV_EOT_PROBABLE, /* half of the wait is over */
    IV_EOT_END
};

struct iv_eot {
    enum iv_lang lang;
    double patience; /* 1: an interview's */
    bool wants_story; /* the question asks for a long answer; the owner's to set */

    /* this answer */
    uint32_t frames, voice_frames, silent_frames, burst_frames;
    enum iv_ending ending;
    uint32_t text_at, burst_at; /* frames: when the text last changed, when the voice last began */
    uint32_t text_hash;
    bool has_endpoint[2];
    double endness; /* of the melody; of the present pause */
    bool is_judged;

    /* melody: semitones, newest last; tone_at says where in the answer's voice */
    float tone[IV_EOT_TONES];
    uint32_t tone_at[IV_EOT_TONES], n_tones;
    double mean_tone;
    float latest_f0_hz; /* of the latest voiced frame; 0: no tone */
    uint32_t tones_heard;

    /* this speaker's pauses within answers: log of ms */
    double pause_mean, pause_var;
    uint32_t n_pauses;
};

/* patience stretches every wait. */
void iv_eot_init(struct iv_eot *e, enum iv_lang lang, double patience);
/* Another answer of the same speaker. */
void iv_eot_begin(struct iv_eot *e);
enum iv_eot_verdict iv_eot_push(struct iv_eot *e, const struct iv_eot_frame *f);
/* All that the recogniser understood of this answer so far, guesses too. */
void iv_eot_text(struct iv_eot *e, const char *text);
void iv_eot_endpoint(struct iv_eot *e, enum iv_stt_endpoint kind);
uint32_t iv_eot_silent_ms(const struct iv_eot *e);
/* The silence that ends the answer as things stand. */
uint32_t iv_eot_limit_ms(const struct iv_eot *e);

#endif

/* sound_check.h - does one hear the loudspeaker, and does the microphone hear?
 *
 * Why:     before an interview, and when nothing is heard in one. A tone is played and listened for, then three seconds of the
 *          microphone are measured, then they are played back.
 * Owns:    both devices while it lasts.
 * Threads: one owner; nothing waits: call sound_check_go() every 50 ms or so.
 * Units:   dB below full scale; samples at IV_STT_RATE_HZ.
 * Errors:  those of mic.h. A loudspeaker that fails is part of the result: what the microphone does is measured all the same.
 */
#ifndef IV_TUI_SOUND_CHECK_H
#define IV_TUI_SOUND_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "iv/error.h"

enum check_step { CHECK_TONE, CHECK_RECORD, CHECK_PLAY, CHECK_DONE };
/* Of the microphone. */
enum check_verdict { CHECK_SILENT, CHECK_SOFT, CHECK_GOOD, CHECK_LOUD };

struct check_result {
    char mic[128], mic_backend[16], speaker[128];
    uint32_t rate_hz; /* the microphone's own */
    double seconds, level_db, peak_db;
    uint64_t clipped;
    uint32_t gaps; /* in the sound: the machine was too slow */
    enum check_verdict verdict;
    bool has_speaker; /* false: none was wanted, or `why` */
    bool tone_heard; /* by the microphone: with headphones it is not */
    bool played; /* the recording, to its end */
    struct iv_error why; /* code IV_OK: nothing is wrong with the loudspeaker */
};

struct sound_check;

/* speaker "none": no tone, nothing is played back. */
enum iv_code sound_check_open(const char *mic, const char *speaker, struct sound_check **out,
                              struct iv_error *err);
/* What is due now. */
enum iv_code sound_check_go(struct sound_check *c, struct iv_error *err);
enum check_step sound_check_step(const struct sound_check *c);
/* Of the last tenth of a second that the microphone heard. */
double sound_check_level_db(const struct sound_check *c);
/* Whole from CHECK_DONE on. */
const struct check_result *sound_check_result(const struct sound_check *c);
void sound_check_close(struct sound_check *c); /* NULL is fine */

#endif

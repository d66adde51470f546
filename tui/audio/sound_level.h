/* sound_level.h - how loud a run of samples is, for meters and tests of devices.
 *
 * Why:     a person who sets up a microphone asks three things: is it on, is it loud enough, does it overload.
 * Owns:    nothing.
 * Threads: one owner.
 * Units:   dB below full scale; -96 for silence.
 * Errors:  none.
 */
#ifndef IV_TUI_SOUND_LEVEL_H
#define IV_TUI_SOUND_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sound_level {
    double sum; /* of squares, 1: full scale */
    double peak; /* 0..1 */
    uint64_t samples, clipped; /* clipped: as loud as a number can be */
};

void sound_level_add(struct sound_level *l, const int16_t *samples, size_t n);
double sound_level_db(const struct sound_level *l);
double sound_level_peak_db(const struct sound_level *l);
/* Where a meter that begins at the softest voice stands: 0..1. */
double sound_level_share(double db);

/* Is this block, of 20 ms at rate_hz, the tone of so many Hz and little else? A whole number of waves must fit in. */
bool sound_is_tone(const int16_t *samples, size_t n, unsigned hz, unsigned rate_hz);

#endif

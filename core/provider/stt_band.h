/* stt_band.h - telephone sound made fit for a model that expects more.
 *
 * Why:     what was once sampled at 8 kHz has nothing above 4 kHz, and a model of wideband speech makes nonsense of nothing.
 * Owns:    a plain struct; nothing to free.
 * Threads: one owner at a time.
 * Units:   samples at IV_STT_RATE_HZ.
 */
#ifndef IV_PROVIDER_STT_BAND_H
#define IV_PROVIDER_STT_BAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STT_BAND_TAPS 63u

struct stt_band {
    float kernel[STT_BAND_TAPS]; /* passes what lies above 5 kHz */
    float past[STT_BAND_TAPS]; /* the latest samples, the newest first */
    bool is_wide; /* something was there once: nothing is added any more */
    uint32_t seed;
};

void iv_stt_band_init(struct stt_band *b);
/* Adds faint noise in place as long as the upper band has been empty. The same samples give the same noise. */
void iv_stt_band_fill(struct stt_band *b, int16_t *samples, size_t n);

#endif

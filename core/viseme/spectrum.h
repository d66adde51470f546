/* viseme/spectrum.h - sound into 20 numbers every 10 ms, streaming.
 *
 * Why:     the estimator wants the outline of the spectrum: where the formants are, not how loud or how dark the voice is.
 * Owns:    everything is inside the struct; nothing is allocated.
 * Threads: one owner.
 * Units:   bands in units of 12 dB relative to the running loudness; frame i is centred on (10 i + 5) ms.
 */
#ifndef IV_VISEME_SPECTRUM_H
#define IV_VISEME_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPECTRUM_RATE_HZ 24000
#define SPECTRUM_HOP 240
#define SPECTRUM_WINDOW 480
#define SPECTRUM_FFT 512
#define SPECTRUM_BANDS 20

struct spectrum {
    float window[SPECTRUM_WINDOW];
    float cosine[SPECTRUM_FFT / 2], sine[SPECTRUM_FFT / 2];
    uint16_t reversed[SPECTRUM_FFT / 2];
    uint16_t
        edge[SPECTRUM_BANDS +
             2]; /* bins where a band's triangle begins, peaks at the next, ends at the one after */
    float samples[SPECTRUM_WINDOW];
    size_t filled;
    float loud_db;
};

struct spectrum_frame {
    float band[SPECTRUM_BANDS];
    bool is_speech; /* loud enough to tell something about the voice */
};

void iv_spectrum_init(struct spectrum *s);
void iv_spectrum_restart(struct spectrum *s); /* another utterance */
/* Takes up to n samples, *used tells how many; true when *out is a new frame. */
bool iv_spectrum_push(struct spectrum *s, const int16_t *samples, size_t n, size_t *used,
                      struct spectrum_frame *out);

#endif

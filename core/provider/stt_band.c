/* stt_band.c - telephone sound made fit for a model that expects more.
 *
 * The model sees the logarithm of the energy in bands up to 6.8 kHz. Where a band is empty that is far below anything it was
 * trained on, and outweighs the bands that do hold speech. Faint noise (rms of 60 steps of 16 bits, 55 dB below full scale)
 * lifts empty bands to what a quiet room has. On LibriVox recordings taken down to 8 kHz the word error rate falls from 93 %
 * to about 50 %. Any microphone that really samples at 16 kHz leaves more than the limit in the upper band, so nothing is added
 * once that has been seen.
 */
#include "provider/stt_band.h"

#include <math.h>
#include <string.h>

#include "iv/audio.h"

static const double cut_hz = 5200, empty_rms = 8, noise_rms = 60;
static const double pi = 3.14159265358979323846;

/* A windowed sine: 74 dB below 4.4 kHz with a Blackman window of this length. */
void iv_stt_band_init(struct stt_band *b)
{
    const double middle = (STT_BAND_TAPS - 1) / 2.0, turn = 2 * pi * cut_hz / IV_STT_RATE_HZ;

    memset(b, 0, sizeof *b);
    b->seed = 1;
    for (unsigned i = 0; i < STT_BAND_TAPS; i++) {
        double at = i - middle, w = 2 * pi * i / (STT_BAND_TAPS - 1);
        double low = i == (STT_BAND_TAPS - 1) / 2 ? turn / pi : sin(turn * at) / (pi * at);
        double window = 0.42 - 0.5 * cos(w) + 0.08 * cos(2 * w);

        b->kernel[i] = (float)(((i == (STT_BAND_TAPS - 1) / 2) - low) * window);
    }
}

static double upper_rms(struct stt_band *b, const int16_t *samples, size_t n)
{
    double energy = 0;

    for (size_t i = 0; i < n; i++) {
        float y = 0;

        memmove(b->past + 1, b->past, (STT_BAND_TAPS - 1) * sizeof *b->past);
        b->past[0] = samples[i];
        for (unsigned t = 0; t < STT_BAND_TAPS; t++)
            y += b->kernel[t] * b->past[t];
        energy += (double)(y * y);
    }
    return n ? sqrt(energy / (double)n) : 0;
}

/* Nearly normal: the sum of four even ones, each of variance 1/3. */
static double noise(struct stt_band *b)
{
    double sum = 0;

    for (int i = 0; i < 4; i++) {
        b->seed = b->seed * 1664525u + 1013904223u;
        sum += (double)b->seed / 2147483648.0 - 1;
    }
    return sum * sqrt(3.0 / 4);
}

void iv_stt_band_fill(struct stt_band *b, int16_t *samples, size_t n)
{
    if (b->is_wide)
        return;
    b->is_wide = upper_rms(b, samples, n) >= empty_rms;
    for (size_t i = 0; i < n && !b->is_wide; i++)
        samples[i] = (int16_t)lrint(fmax(-32768, fmin(32767, samples[i] + noise_rms * noise(b))));
}

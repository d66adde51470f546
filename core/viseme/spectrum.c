/* spectrum.c - a short-time mel spectrum.
 *
 * A vowel is told by the two or three frequencies where the mouth resonates (formants), whatever the pitch. Bands as wide as hearing
 * resolves (the mel scale) smear the pitch and keep those resonances. The level of each band is taken in decibels and relative to
 * the loudest of the last seconds, so that a quiet voice gives the numbers of a loud one.
 */
#include "viseme/spectrum.h"

#include <math.h>
#include <string.h>

#define HALF (SPECTRUM_FFT / 2)
#define LOWEST_HZ 100.0f
#define HIGHEST_HZ 8000.0f
#define PI 3.14159265358979f
#define UNIT_DB 12.0f
#define FLOOR_DB (-60.0f) /* under the loudness: nothing is heard there */
#define START_DB (-35.0f) /* loudness supposed before anything was heard; full scale is 0 */
#define SPEECH_DB 20.0f
#define PAUSE_DB 30.0f
#define RISE 0.5f
#define FALL_DB 0.02f /* a frame: 2 dB a second */

static float mel(float hz)
{
    return 1127.0f * logf(1.0f + hz / 700.0f);
}

static float hz_of(float mel_value)
{
    return 700.0f * (expf(mel_value / 1127.0f) - 1.0f);
}

static void place_bands(struct spectrum *s)
{
    float low = mel(LOWEST_HZ), step = (mel(HIGHEST_HZ) - low) / (SPECTRUM_BANDS + 1);

    for (int i = 0; i < SPECTRUM_BANDS + 2; i++) {
        s->edge[i] =
            (uint16_t)lrintf(hz_of(low + step * (float)i) * SPECTRUM_FFT / SPECTRUM_RATE_HZ);
        if (i && s->edge[i] <= s->edge[i - 1])
            s->edge[i] = (uint16_t)(s->edge[i - 1] + 1);
    }
}

void iv_spectrum_init(struct spectrum *s)
{
    for (unsigned i = 0; i < SPECTRUM_WINDOW; i++)
        s->window[i] =
            (0.5f - 0.5f * cosf(2.0f * PI * ((float)i + 0.5f) / SPECTRUM_WINDOW)) / 32768.0f;
    for (unsigned i = 0; i < HALF; i++) {
        unsigned r = 0;

        for (unsigned bit = 1, top = HALF >> 1; bit < HALF; bit <<= 1, top >>= 1)
            r |= i & bit ? top : 0;
        s->reversed[i] = (uint16_t)r;
        s->cosine[i] = cosf(2.0f * PI * (float)i / SPECTRUM_FFT);
        s->sine[i] = sinf(2.0f * PI * (float)i / SPECTRUM_FFT);
    }
    place_bands(s);
    iv_spectrum_restart(s);
}

void iv_spectrum_restart(struct spectrum *s)
{
    memset(s->samples, 0, sizeof s->samples);
    s->filled = (SPECTRUM_WINDOW - SPECTRUM_HOP) / 2; /* the first frame is centred on 5 ms */
    s->loud_db = START_DB;
}

/* Even samples as real, odd ones as imaginary parts: half the size, untangled in power(). */
static void load(const struct spectrum *s, float re[HALF], float im[HALF])
{
    for (unsigned i = 0; i < HALF; i++) {
        bool is_padding = 2 * i >= SPECTRUM_WINDOW;
        unsigned to = s->reversed[i];

        re[to] = is_padding ? 0 : s->samples[2 * i] * s->window[2 * i];
        im[to] = is_padding ? 0 : s->samples[2 * i + 1] * s->window[2 * i + 1];
    }
}

static void transform(const struct spectrum *s, float re[HALF], float im[HALF])
{
    for (unsigned size = 1; size < HALF; size *= 2)
        for (unsigned base = 0; base < HALF; base += 2 * size)
            for (unsigned k = 0; k < size; k++) {
                unsigned a = base + k, b = a + size, turn = k * (HALF / size);
                float c = s->cosine[turn], d = -s->sine[turn];
                float x = re[b] * c - im[b] * d, y = re[b] * d + im[b] * c;

                re[b] = re[a] - x;
                im[b] = im[a] - y;
                re[a] += x;
                im[a] += y;
            }
}

static void power(const struct spectrum *s, float out[HALF])
{
    float re[HALF], im[HALF];

    load(s, re, im);
    transform(s, re, im);
    out[0] = (re[0] + im[0]) * (re[0] + im[0]);
    for (unsigned k = 1; k < HALF; k++) {
        float er = 0.5f * (re[k] + re[HALF - k]), ei = 0.5f * (im[k] - im[HALF - k]);
        float dr = 0.5f * (im[k] + im[HALF - k]), di = -0.5f * (re[k] - re[HALF - k]);
        float x = er + dr * s->cosine[k] + di * s->sine[k];
        float y = ei + di * s->cosine[k] - dr * s->sine[k];

        out[k] = x * x + y * y;
    }
}

static float band_power(const struct spectrum *s, const float p[HALF], unsigned band)
{
    unsigned from = s->edge[band], peak = s->edge[band + 1], to = s->edge[band + 2];
    float sum = 0;

    for (unsigned k = from + 1; k < peak; k++)
        sum += p[k] * (float)(k - from) / (float)(peak - from);
    for (unsigned k = peak; k < to; k++)
        sum += p[k] * (float)(to - k) / (float)(to - peak);
    return sum;
}

/* Full scale near 0 dB: a sine of amplitude 1 gives (window sum / 2)^2 = 120^2. */
static float decibels(float power_sum)
{
    return 10.0f * log10f(power_sum / 14400.0f + 1e-10f);
}

static void follow_loudness(struct spectrum *s, float db)
{
    if (db > s->loud_db)
        s->loud_db += RISE * (db - s->loud_db);
    else if (db > s->loud_db - PAUSE_DB)
        s->loud_db -= FALL_DB;
}

static void make_frame(struct spectrum *s, struct spectrum_frame *out)
{
    float p[HALF], total = 0, db;

    power(s, p);
    for (unsigned b = 0; b < SPECTRUM_BANDS; b++) {
        out->band[b] = band_power(s, p, b);
        total += out->band[b];
    }
    db = decibels(total);
    follow_loudness(s, db);
    out->is_speech = db > s->loud_db - SPEECH_DB;
    for (unsigned b = 0; b < SPECTRUM_BANDS; b++) {
        float level = decibels(out->band[b]) - s->loud_db;

        out->band[b] = (level > FLOOR_DB ? level : FLOOR_DB) / UNIT_DB;
    }
}

bool iv_spectrum_push(struct spectrum *s, const int16_t *samples, size_t n, size_t *used,
                      struct spectrum_frame *out)
{
    size_t room = SPECTRUM_WINDOW - s->filled;

    *used = n < room ? n : room;
    for (size_t i = 0; i < *used; i++)
        s->samples[s->filled + i] = samples[i];
    s->filled += *used;
    if (s->filled < SPECTRUM_WINDOW)
        return false;
    make_frame(s, out);
    memmove(s->samples, s->samples + SPECTRUM_HOP,
            (SPECTRUM_WINDOW - SPECTRUM_HOP) * sizeof *s->samples);
    s->filled = SPECTRUM_WINDOW - SPECTRUM_HOP;
    return true;
}

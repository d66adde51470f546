/* vad.c - voice activity by level above the noise, confirmed by voicing.
 *
 * Sound is looked at in frames of 10 ms. A frame is loud when it stands out of the noise floor, and voiced when its samples resemble their
 * neighbours: vocal cords make low tones, hiss and most clicks do not. It is also loud when two of five parts of the spectrum stand out of
 * floors of their own: a soft voice hardly lifts the whole of a loud hiss, but those parts of it where its tones are. The floor is the
 * quietest moment of the last three seconds: speech has gaps between syllables, a fan has none, so steady noise of any level lifts the
 * floor and is not taken for speech. Speech starts with enough loud frames in a short run, some of them voiced; it is dated back to the
 * first loud one. It ends after `hang_ms` without a loud frame, and staying needs less level than starting (hysteresis). The bands' thresholds
 * are from the tuning part of tests/bench/bench_turn in noise.
 */
#include "turn/vad.h"

#include <math.h>
#include <string.h>

enum { LOUD = 1, VOICED = 2 };

static const double start_above_db = 9, stay_above_db = 6, quietest_speech_db = -58;
static const double first_floor_db =
    -45; /* a recording cut tight begins with speech: the floor is not there yet */
static const double silence_db = -96;
static const unsigned onset_loud = 7, onset_voiced = 3;
static const double voiced_likeness = 0.4;
static const double band_hz[VAD_BANDS] = {250, 500, 1000, 1800, 3000};
static const double band_q = 1.4;
static const double band_start_db = 12, band_stay_db = 9; /* mean of the two that stand out most */

static void tune(struct iv_vad_band *b, double hz, uint32_t rate_hz)
{
    double w = 2 * 3.14159265358979 * hz / rate_hz, alpha = sin(w) / (2 * band_q);

    b->b0 = alpha / (1 + alpha);
    b->a1 = -2 * cos(w) / (1 + alpha);
    b->a2 = (1 - alpha) / (1 + alpha);
    b->smooth_db = first_floor_db;
}

void iv_vad_init(struct iv_vad *v, uint32_t rate_hz, uint32_t hang_ms)
{
    memset(v, 0, sizeof *v);
    v->rate_hz = rate_hz;
    v->hang_ms = hang_ms;
    v->frame_len = rate_hz * VAD_FRAME_MS / 1000;
    if (v->frame_len > VAD_FRAME_MAX)
        v->frame_len = VAD_FRAME_MAX;
    v->smooth_db = first_floor_db;
    for (unsigned i = 0; i < VAD_FLOOR_BUCKETS; i++)
        v->bucket_db[i] = 0;
    for (unsigned i = 0; i < VAD_BANDS; i++)
        tune(&v->band[i], band_hz[i], rate_hz);
}

/* Level without the constant part, and how much a sample resembles the one before. */
static double measure(const int16_t *x, uint32_t n, double *likeness)
{
    double mean = 0, energy = 1e-9, lag = 0, before;

    for (uint32_t i = 0; i < n; i++)
        mean += x[i];
    mean /= n;
    before = x[0] - mean;
    energy += before * before;
    for (uint32_t i = 1; i < n; i++) {
        double now = x[i] - mean;

        energy += now * now;
        lag += now * before;
        before = now;
    }
    *likeness = lag / energy;
    return fmax(silence_db, 10 * log10(energy / n / (32768.0 * 32768.0)));
}

static void track_floor(uint32_t frames, double db, double *smooth_db,
                        double bucket_db[VAD_FLOOR_BUCKETS])
{
    double *bucket = &bucket_db[frames / VAD_BUCKET_FRAMES % VAD_FLOOR_BUCKETS];

    *smooth_db = frames ? *smooth_db + 0.3 * (db - *smooth_db) : db;
    if (frames % VAD_BUCKET_FRAMES == 0 || *smooth_db < *bucket)
        *bucket = *smooth_db;
}

static double floor_of(uint32_t frames, const double bucket_db[VAD_FLOOR_BUCKETS])
{
    double db = 0;

    for (unsigned i = 0; i < VAD_FLOOR_BUCKETS; i++)
        db = fmin(db, bucket_db[i]);
    if (frames < 50)
        db = fmin(db, first_floor_db);
    return db;
}

double iv_vad_floor_db(const struct iv_vad *v)
{
    return floor_of(v->frames, v->bucket_db);
}

static double level_in(struct iv_vad_band *b, const int16_t *x, uint32_t n)
{
    double energy = 1e-9;

    for (uint32_t i = 0; i < n; i++) {
        double y = b->b0 * (x[i] - b->x2) - b->a1 * b->y1 - b->a2 * b->y2;

        b->x2 = b->x1, b->x1 = x[i];
        b->y2 = b->y1, b->y1 = y;
        energy += y * y;
    }
    return fmax(silence_db, 10 * log10(energy / n / (32768.0 * 32768.0)));
}

/* How far the two parts of the spectrum that stand out most do so: a voice is in some of them, noise mostly in others. */
static double spectral_db(struct iv_vad *v)
{
    double first = 0, second = 0;

    for (unsigned i = 0; i < VAD_BANDS; i++) {
        struct iv_vad_band *b = &v->band[i];
        double above;

        track_floor(v->frames, level_in(b, v->frame, v->frame_len), &b->smooth_db, b->bucket_db);
        above = b->smooth_db - floor_of(v->frames, b->bucket_db);
        if (above > first)
            second = first, first = above;
        else if (above > second)
            second = above;
    }
    return (first + second) / 2;
}

bool iv_vad_was_loud(const struct iv_vad *v, uint32_t back)
{
    return back && back <= v->frames && back <= VAD_ONSET_FRAMES &&
           v->onset[(v->frames - back) % VAD_ONSET_FRAMES] & LOUD;
}

static uint8_t judge(struct iv_vad *v)
{
    double likeness, db = measure(v->frame, v->frame_len, &likeness);
    double above = v->speaking ? stay_above_db : start_above_db;
    double spectral = spectral_db(v);

    track_floor(v->frames, db, &v->smooth_db, v->bucket_db);
    if (db < quietest_speech_db || (db < iv_vad_floor_db(v) + above &&
                                    spectral < (v->speaking ? band_stay_db : band_start_db)))
        return 0;
    return likeness > voiced_likeness ? LOUD | VOICED : LOUD;
}

/* Frame at which speech started, when the latest run of frames says that it did. */
static bool starts(const struct iv_vad *v, uint32_t *first)
{
    unsigned loud = 0, voiced = 0;

    for (uint32_t back = 0; back < VAD_ONSET_FRAMES && back <= v->frames; back++) {
        uint8_t f = v->onset[(v->frames - back) % VAD_ONSET_FRAMES];

        loud += (f & LOUD) != 0;
        voiced += (f & VOICED) != 0;
        if (f & LOUD)
            *first = v->frames - back;
    }
    return loud >= onset_loud && voiced >= onset_voiced;
}

static void take_frame(struct iv_vad *v, void (*fn)(void *arg, bool speaking, uint32_t at_ms),
                       void *arg)
{
    uint8_t f = judge(v);
    uint32_t first = v->frames;

    v->onset[v->frames % VAD_ONSET_FRAMES] = f;
    if (!v->speaking && starts(v, &first)) {
        v->speaking = true;
        v->last_voice = v->frames + 1;
        fn(arg, true, first * VAD_FRAME_MS);
    } else if (v->speaking && f) {
        v->last_voice = v->frames + 1;
    } else if (v->speaking && (v->frames + 1 - v->last_voice) * VAD_FRAME_MS >= v->hang_ms) {
        v->speaking = false;
        fn(arg, false, v->last_voice * VAD_FRAME_MS);
    }
    v->frames++;
}

void iv_vad_push(struct iv_vad *v, const int16_t *samples, size_t n,
                 void (*fn)(void *arg, bool speaking, uint32_t at_ms), void *arg)
{
    while (n) {
        size_t take = v->frame_len - v->frame_fill;

        if (take > n)
            take = n;
        memcpy(v->frame + v->frame_fill, samples, take * sizeof *samples);
        v->frame_fill += (uint32_t)take;
        samples += take;
        n -= take;
        if (v->frame_fill == v->frame_len) {
            take_frame(v, fn, arg);
            v->frame_fill = 0;
        }
    }
}

void iv_vad_end(struct iv_vad *v, void (*fn)(void *arg, bool speaking, uint32_t at_ms), void *arg)
{
    if (v->speaking)
        fn(arg, false, v->last_voice * VAD_FRAME_MS);
    v->speaking = false;
}

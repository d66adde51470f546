/* vad.h - voice activity: when somebody starts and stops speaking.
 *
 * Why:     the turn engine and the recognisers want the same answer to "is that speech?", on any microphone.
 * Owns:    a plain struct; nothing to free.
 * Threads: one owner at a time.
 * Units:   mono PCM; milliseconds from the first sample pushed.
 * Errors:  none.
 */
#ifndef IV_TURN_VAD_H
#define IV_TURN_VAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VAD_FRAME_MS 10u
#define VAD_FRAME_MAX 480u /* samples of a frame at 48 kHz */
#define VAD_FLOOR_BUCKETS 30u /* of VAD_BUCKET_FRAMES each: three seconds */
#define VAD_BUCKET_FRAMES 10u
#define VAD_ONSET_FRAMES 15u

#define VAD_BANDS 5u

/* One part of the spectrum: a resonator, and the level and floor of what it lets through. */
struct iv_vad_band {
    double b0, a1, a2; /* the resonator's; b1 is 0 and b2 is -b0 */
    double x1, x2, y1, y2;
    double smooth_db, bucket_db[VAD_FLOOR_BUCKETS];
};

struct iv_vad {
    uint32_t rate_hz, hang_ms;
    int16_t frame[VAD_FRAME_MAX];
    uint32_t frame_len, frame_fill;
    uint32_t frames; /* whole frames seen */
    double bucket_db[VAD_FLOOR_BUCKETS]; /* quietest smoothed frame of each 100 ms */
    double smooth_db;
    struct iv_vad_band band[VAD_BANDS];
    uint8_t onset[VAD_ONSET_FRAMES]; /* the latest frames: 0, LOUD, LOUD | VOICED */
    bool speaking;
    uint32_t last_voice; /* frame after the last loud one */
};

/* rate_hz up to 48,000. */
void iv_vad_init(struct iv_vad *v, uint32_t rate_hz, uint32_t hang_ms);
/* `fn` hears of each start (at its first loud frame) and each end (after its last) in order. */
void iv_vad_push(struct iv_vad *v, const int16_t *samples, size_t n,
                 void (*fn)(void *arg, bool speaking, uint32_t at_ms), void *arg);
/* No more samples: ends speech that goes on. */
void iv_vad_end(struct iv_vad *v, void (*fn)(void *arg, bool speaking, uint32_t at_ms), void *arg);
/* Whether the `back`th latest whole frame (1: the last one) stood out of the noise. */
bool iv_vad_was_loud(const struct iv_vad *v, uint32_t back);
/* The noise it measured, in dB below full scale. */
double iv_vad_floor_db(const struct iv_vad *v);

#endif

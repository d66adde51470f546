/* ring.h - samples between a device's callback and the program.
 *
 * Why:     a callback that waits for a lock or for memory is heard as a crack; what it may do is in ring.c and nothing else is
 *          (tests/check/callback looks at what that file calls).
 * Owns:    itself; one block, made before the device starts.
 * Threads: one writer and one reader. ring_hear(), ring_say() and ring_spread() are for callbacks, and there ring_put() may be the writer, the others for the owner.
 * Units:   mono samples at the device's rate; positions only grow.
 * Errors:  none.
 */
#ifndef IV_TUI_RING_H
#define IV_TUI_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SAMPLES (1u << 18) /* 10 s at 24 kHz, 5 s at 48 kHz; a power of two */

struct ring {
    _Atomic uint64_t written, read;
    _Atomic uint64_t flush_to; /* the reader goes on from here */
    _Atomic uint64_t lost; /* samples for which there was no room */
    _Atomic uint32_t gaps; /* times at which something was missing */
    _Atomic uint32_t level; /* of the last tenth of a second, in 1/65536 of full scale */
    uint64_t energy; /* {writer} of the tenth that is being measured */
    uint32_t counted, tenth;
    int16_t samples[RING_SAMPLES];
};

/* -- callbacks -- */

/* What a microphone gave: `frames` of `channels` each, mixed down. `missing`: the device lost some before these. */
void ring_hear(struct ring *r, const int16_t *in, size_t frames, unsigned channels, bool missing);
/* Fills all of out, with silence where nothing is queued. */
void ring_say(struct ring *r, int16_t *out, size_t n);
/* The n samples at the beginning of out, to each of so many channels. */
void ring_spread(int16_t *out, size_t n, unsigned channels);

/* -- owner -- */

/* As many as there is room for. */
size_t ring_put(struct ring *r, const int16_t *in, size_t n);
/* At most max; how many there were. */
size_t ring_get(struct ring *r, int16_t *out, size_t max);
size_t ring_queued(const struct ring *r);

#endif

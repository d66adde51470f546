/* ring.c - one writer, one reader, two positions; nothing here waits, allocates or calls out. */
#include "ring.h"

#define AT(i) ((i) & (RING_SAMPLES - 1))

static uint32_t square_root(uint64_t x)
{
    uint64_t root = 0;

    for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= x)
            root |= bit;
    return (uint32_t)root;
}

static void measure(struct ring *r, int16_t sample)
{
    r->energy += (uint64_t)((int32_t)sample * sample);
    if (++r->counted < r->tenth)
        return;
    atomic_store_explicit(&r->level, 2 * square_root(r->energy / r->counted), memory_order_relaxed);
    r->energy = 0;
    r->counted = 0;
}

static int16_t mix(const int16_t *frame, unsigned channels)
{
    int32_t sum = 0;

    for (unsigned c = 0; c < channels; c++)
        sum += frame[c];
    return (int16_t)(sum / (int32_t)channels);
}

void ring_hear(struct ring *r, const int16_t *in, size_t frames, unsigned channels, bool missing)
{
    uint64_t end = atomic_load_explicit(&r->written, memory_order_relaxed);
    uint64_t at = atomic_load_explicit(&r->read, memory_order_acquire);
    size_t room = RING_SAMPLES - (size_t)(end - at), take = frames < room ? frames : room;

    for (size_t i = 0; i < take; i++) {
        int16_t sample = in ? mix(in + i * channels, channels) : 0;

        r->samples[AT(end + i)] = sample;
        measure(r, sample);
    }
    atomic_store_explicit(&r->written, end + take, memory_order_release);
    if (take < frames)
        atomic_fetch_add_explicit(&r->lost, frames - take, memory_order_relaxed);
    if (missing || take < frames)
        atomic_fetch_add_explicit(&r->gaps, 1, memory_order_relaxed);
}

void ring_say(struct ring *r, int16_t *out, size_t n)
{
    uint64_t at = atomic_load_explicit(&r->read, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&r->written, memory_order_acquire);
    uint64_t flush = atomic_load_explicit(&r->flush_to, memory_order_acquire);

    if (flush > end) /* it was asked for after `written` was read */
        flush = end;
    if (flush > at)
        at = flush;
    for (size_t i = 0; i < n; i++)
        out[i] = at < end ? r->samples[AT(at++)] : 0;
    atomic_store_explicit(&r->read, at, memory_order_release);
}

void ring_spread(int16_t *out, size_t n, unsigned channels)
{
    while (channels > 1 && n--)
        for (unsigned c = channels; c--;)
            out[n * channels + c] = out[n];
}

size_t ring_put(struct ring *r, const int16_t *in, size_t n)
{
    uint64_t end = atomic_load_explicit(&r->written, memory_order_relaxed);
    uint64_t at = atomic_load_explicit(&r->read, memory_order_acquire);
    size_t room = RING_SAMPLES - (size_t)(end - at), take = n < room ? n : room;

    for (size_t i = 0; i < take; i++)
        r->samples[AT(end + i)] = in[i];
    atomic_store_explicit(&r->written, end + take, memory_order_release);
    return take;
}

size_t ring_get(struct ring *r, int16_t *out, size_t max)
{
    uint64_t at = atomic_load_explicit(&r->read, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&r->written, memory_order_acquire);
    size_t take = (size_t)(end - at) < max ? (size_t)(end - at) : max;

    for (size_t i = 0; i < take; i++)
        out[i] = r->samples[AT(at + i)];
    atomic_store_explicit(&r->read, at + take, memory_order_release);
    return take;
}

size_t ring_queued(const struct ring *r)
{
    uint64_t at = atomic_load(&r->read), end = atomic_load(&r->written);

    return end > at ? (size_t)(end - at) : 0;
}

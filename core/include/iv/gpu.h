/* iv/gpu.h - the machine's graphics processors, as its driver tells about them.
 *
 * Why:     /health and /api/stats say what is there and how busy it is; nothing here draws.
 * Threads: [any]; asked of the driver at most once in two seconds, whoever asks.
 * Units:   MiB; percent; microseconds of the monotonic clock.
 * Errors:  none: without a driver, or when it fails, nothing is there.
 */
#ifndef IV_GPU_H
#define IV_GPU_H

#include <stdbool.h>
#include <stdint.h>

struct iv_gpu_facts {
    unsigned n; /* 0: none */
    int64_t used_mb, total_mb; /* of all together */
    unsigned busy_percent; /* of the busiest */
};

/* Zeroed where there is none. now_us: iv_mono_us(). */
void iv_gpu_facts(int64_t now_us, struct iv_gpu_facts *out);

#endif

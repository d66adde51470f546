/* iv/health.h - how the services that were called in this process do.
 *
 * Threads: [any]. Never waits, and opens nothing.
 * Units:   milliseconds of wall time.
 */
#ifndef IV_HEALTH_H
#define IV_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include "iv/ctx.h"

struct iv_health {
    char service[48]; /* "llm.openai" */
    const char *
        state; /* of its breaker: "closed" (calls go through), "half-open", "open" (left alone for a while) */
    uint64_t calls, faults, retries;
    int64_t last_ms; /* of the last call; 0: none */
    char last_fault[200];
};

/* Returns how many; 0 where nothing was called yet. */
size_t iv_health_list(iv_ctx *ctx, struct iv_health *out, size_t max);

#endif

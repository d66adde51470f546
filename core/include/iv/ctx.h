/* iv/ctx.h - what everything shares: settings, log, clock, data files.
 *
 * Why:     no state outside it, so two contexts in one process work (tests do it).
 * Owns:    the context borrows config, log and clock; they outlive it.
 * Threads: read-only after creation but for the slots, which have a lock; [any].
 */
#ifndef IV_CTX_H
#define IV_CTX_H

#include "iv/clock.h"
#include "iv/error.h"
#include "iv/log.h"

struct iv_config;

typedef struct iv_ctx iv_ctx;

/* log and clock may be NULL: silent, system clock. config may be NULL: every default. */
enum iv_code iv_ctx_new(const struct iv_config *config, const struct iv_log *log,
                        const struct iv_clock *clock, iv_ctx **out, struct iv_error *err);
void iv_ctx_free(iv_ctx *ctx);

const struct iv_config *iv_ctx_config(const iv_ctx *ctx);
const struct iv_log *iv_ctx_log(const iv_ctx *ctx);
const struct iv_clock *iv_ctx_clock(const iv_ctx *ctx);

/* What a module keeps for all its users (a pool, a cache): made on the first call, dropped with the context, last slot first.
 * NULL when `make` gave NULL; the next call tries again. `make` must not ask for a slot itself. */
enum iv_ctx_slot {
    IV_SLOT_SECRETS,
    IV_SLOT_USAGE,
    IV_SLOT_NET,
    IV_SLOT_ROOMS,
    IV_SLOT_TTS_HELPERS,
    IV_SLOT_SPEECH_CACHE,
    IV_SLOT_STT_POOL,
    IV_SLOT_FACES,
    IV_SLOT_COUNT
};
void *iv_ctx_slot(iv_ctx *ctx, enum iv_ctx_slot slot, void *(*make)(iv_ctx *ctx),
                  void (*drop)(void *state));

#endif

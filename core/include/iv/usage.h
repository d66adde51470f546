/* iv/usage.h - what each service was asked for, what it costs, and the limits on that.
 *
 * Why:     services are paid by character, second or token; a limit must hold before a call is sent, not after the bill.
 * How:     a call reserves its estimate, then settles what it really took. Totals by day and month stand in memory and are written
 *          behind to usage.db beside the store; processes add up there.
 * Owns:    nothing of the caller's.
 * Threads: [any]. reserve and settle do not touch the disk.
 * Units:   characters, milliseconds of audio, tokens, calls; money in micro-units of the price table's currency. Days are the local
 *          calendar's (setting usage.time_zone "" = the machine's).
 * Errors:  reserve: `refusal` (IV_E_TTS_QUOTA, IV_E_LLM_ERROR, IV_E_STT_ERROR ...) when a hard limit would be passed; the text names the
 *          limit, its setting and what is used.
 */
#ifndef IV_USAGE_H
#define IV_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/ctx.h"
#include "iv/json.h"

struct iv_amounts {
    int64_t characters, audio_ms, tokens_in, tokens_out, calls, calls_saved;
};
struct iv_usage_ticket {
    char service[48], model[64];
    struct iv_amounts reserved;
    int64_t reserved_cost;
};

/* service: "tts.elevenlabs". Nothing is limited for services without a price (local ones). */
enum iv_code iv_usage_reserve(iv_ctx *ctx, const char *service, const char *model,
                              const struct iv_amounts *estimate, enum iv_code refusal,
                              struct iv_usage_ticket *out, struct iv_error *err);
/* actual NULL: the call took nothing. Once for each ticket. */
void iv_usage_settle(iv_ctx *ctx, const struct iv_usage_ticket *t, const struct iv_amounts *actual);
void iv_usage_saved(iv_ctx *ctx, const char *service, const char *model, int64_t calls,
                    int64_t characters); /* by the cache */
/* Limits, time zone and price table as the first call would find them: IV_E_CONFIG, IV_E_DATA. */
enum iv_code iv_usage_check(iv_ctx *ctx, struct iv_error *err);
/* Write what is not on disk yet. */
enum iv_code iv_usage_flush(iv_ctx *ctx, struct iv_error *err);
/* period: today, week, month, all; service NULL: every one.
 * {"period","currency","services":[{"service","model","calls","calls_saved","characters","audio_seconds","tokens_in","tokens_out","cost"}],
 *  "cost","limits":{...}} */
enum iv_code iv_usage_report(iv_ctx *ctx, const char *period, const char *service, iv_json **out,
                             struct iv_error *err);

#endif

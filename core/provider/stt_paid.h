/* stt_paid.h - what a stream to a recogniser costs: reserved in pieces before the sound is sent, settled by what was sent.
 *
 * Threads: the stream's caller.
 * Units:   samples from the first one.
 */
#ifndef IV_PROVIDER_STT_PAID_H
#define IV_PROVIDER_STT_PAID_H

#include "iv/usage.h"

struct stt_paid { /* zeroed: nothing yet */
    struct iv_usage_ticket ticket;
    bool has_ticket;
    uint64_t from, until; /* of the ticket */
};

/* Before samples `sent` to `until` go out to the service `name`; IV_E_STT_ERROR over a limit. */
enum iv_code iv_stt_pay(struct stt_paid *p, iv_ctx *ctx, const char *name, uint64_t sent,
                        uint64_t until, struct iv_error *err);
void iv_stt_settle(struct stt_paid *p, iv_ctx *ctx, uint64_t sent);

#endif

/* stt_paid.c - see the header. */
#include "provider/stt_paid.h"

#include <stdio.h>

#include "iv/audio.h"

#define PIECE_MS 10000u
#define SAMPLES_PER_MS (IV_STT_RATE_HZ / 1000)

void iv_stt_settle(struct stt_paid *p, iv_ctx *ctx, uint64_t sent)
{
    uint64_t n = sent > p->from ? sent - p->from : 0;
    struct iv_amounts used = {.calls = 1, .audio_ms = (int64_t)(n / SAMPLES_PER_MS)};

    if (p->has_ticket)
        iv_usage_settle(ctx, &p->ticket, n ? &used : NULL);
    p->has_ticket = false;
}

enum iv_code iv_stt_pay(struct stt_paid *p, iv_ctx *ctx, const char *name, uint64_t sent,
                        uint64_t until, struct iv_error *err)
{
    struct iv_amounts want = {.calls = 1};
    char service[48];
    enum iv_code rc;

    if (until <= p->until)
        return IV_OK;
    iv_stt_settle(p, ctx, sent);
    while (p->until < until)
        p->until += (uint64_t)PIECE_MS * SAMPLES_PER_MS;
    p->from = sent;
    want.audio_ms = (int64_t)((p->until - sent) / SAMPLES_PER_MS);
    snprintf(service, sizeof service, "stt.%s", name);
    rc = iv_usage_reserve(ctx, service, "", &want, IV_E_STT_ERROR, &p->ticket, err);
    p->has_ticket = !rc;
    return rc;
}

/* unattended.c - an interview without a person: answers come from a source, time from a clock that can be turned. */
#include "conversation/engine.h"

/* Step the clock on, or wait for it. */
static void let_pass(iv_conversation *c, struct iv_manual_clock *manual, int ms)
{
    if (manual)
        iv_manual_clock_advance(manual, (int64_t)ms * 1000);
    else
        iv_conversation_wait(c, ms);
}

/* Pump until `until_ms` of the presentation clock. */
static void pass_until(iv_conversation *c, struct iv_manual_clock *manual, uint64_t until_ms)
{
    while (c->phase == IV_PHASE_LISTENING && iv_engine_now_ms(c) < until_ms) {
        int wait = iv_conversation_pump(c);
        uint64_t left = until_ms - iv_engine_now_ms(c);

        if (iv_engine_now_ms(c) >= until_ms)
            break;
        let_pass(c, manual, (uint64_t)wait < left ? wait : (int)left);
    }
}

static enum iv_code give_answer(iv_conversation *c, struct iv_manual_clock *manual,
                                const struct iv_answer_source *source, struct iv_error *err)
{
    const struct iv_answer *a = NULL;
    enum iv_code rc = source->next(source->arg, &c->session, &a, err);

    if (rc)
        return rc;
    if (!a)
        return iv_conversation_end(c, err);
    pass_until(c, manual, iv_engine_now_ms(c) + a->spoken_ms);
    if (c->phase != IV_PHASE_LISTENING)
        return IV_OK; /* time ran out over this answer */
    return iv_conversation_answer(c, a, err);
}

enum iv_code iv_conversation_run(iv_conversation *c, struct iv_manual_clock *manual,
                                 const struct iv_answer_source *source, struct iv_error *err)
{
    enum iv_code rc = c->phase == IV_PHASE_IDLE ? iv_conversation_start(c, err) : IV_OK;

    while (!rc && c->phase != IV_PHASE_ENDED) {
        int wait = iv_conversation_pump(c);

        if (c->phase == IV_PHASE_LISTENING && c->is_said)
            rc = iv_engine_finish(c, err); /* the pump could not; here somebody waits for why */
        else if (c->phase == IV_PHASE_LISTENING && !c->reply.text)
            rc = give_answer(c, manual, source, err);
        else if (c->phase != IV_PHASE_ENDED)
            let_pass(c, manual, wait);
    }
    return rc;
}

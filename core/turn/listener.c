/* listener.c - frames for the detector: loud ones by voice activity, tones by pitch. */
#include "turn/listener.h"

#include <string.h>

#define PAUSE_MS 200u /* a voice that was silent for so long has to begin again: a click does not */
#define COMING 3u /* loud frames of the latest five: somebody may just go on */

void iv_listener_init(struct iv_listener *l, enum iv_lang lang, double patience)
{
    memset(l, 0, sizeof *l);
    iv_vad_init(&l->vad, PITCH_RATE_HZ, PAUSE_MS);
    iv_eot_init(&l->eot, lang, patience);
}

void iv_listener_reset(struct iv_listener *l)
{
    l->is_in_answer = false;
    l->verdict = IV_EOT_WAITING;
    iv_eot_begin(&l->eot);
}

static void on_voice(void *arg, bool speaking, uint32_t at_ms)
{
    bool *began = arg;

    (void)at_ms;
    if (speaking)
        *began = true;
}

static bool is_coming(const struct iv_vad *v)
{
    unsigned loud = 0;

    for (uint32_t back = 1; back <= 5 && back <= v->frames; back++)
        loud += iv_vad_was_loud(v, back);
    return loud >= COMING;
}

static void take_frame(struct iv_listener *l, void (*fn)(void *arg, enum iv_listener_event event),
                       void *arg)
{
    struct iv_eot_frame f = {0};
    bool began = false;

    iv_vad_push(&l->vad, l->window + PITCH_SAMPLES - LISTENER_FRAME, LISTENER_FRAME, on_voice,
                &began);
    if (began && !l->is_in_answer) {
        l->is_in_answer = true;
        fn(arg, IV_LISTENER_BEGAN);
    }
    if (!l->is_in_answer)
        return;
    f.is_voice = l->vad.speaking && iv_vad_was_loud(&l->vad, 1);
    f.f0_hz = f.is_voice ? iv_pitch(l->window) : 0;
    l->verdict = iv_eot_push(&l->eot, &f);
    if (l->verdict != IV_EOT_END || is_coming(&l->vad))
        return;
    l->is_in_answer = false;
    fn(arg, IV_LISTENER_ENDED);
}

void iv_listener_push(struct iv_listener *l, const int16_t *samples, size_t n,
                      void (*fn)(void *arg, enum iv_listener_event event), void *arg)
{
    int16_t *frame = l->window + PITCH_SAMPLES - LISTENER_FRAME;

    while (n) {
        size_t take = LISTENER_FRAME - l->fill;

        if (take > n)
            take = n;
        memcpy(frame + l->fill, samples, take * sizeof *samples);
        l->fill += (uint32_t)take;
        samples += take;
        n -= take;
        if (l->fill < LISTENER_FRAME)
            return;
        take_frame(l, fn, arg);
        memmove(l->window, l->window + LISTENER_FRAME,
                (PITCH_SAMPLES - LISTENER_FRAME) * sizeof *samples);
        l->fill = 0;
    }
}

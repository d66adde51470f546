/* echo.c - speexdsp's adaptive filter and suppressor behind iv/echo.h, fed from where echo_delay.c says. */
#include "iv/echo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/audio.h"
#include "iv_build.h"

#if IV_HAVE_SPEEXDSP
#include "audio/echo_delay.h"
#include "audio/echo_kept.h"
#include "audio/speexdsp.h"

#define BLOCK ECHO_BLOCK
#define AHEAD 64 /* samples that the filter begins before the direct way */
#define LOST 0.1 /* 10 dB: what a learning filter leaves that a second voice leads astray */
#define NEARLY 1.2 /* of two energies: less than 1 dB */
#define FAR_HEARD 1e3 /* mean square: -60 dB */
#define HANGS 16 /* blocks, a quarter of a second: the room's tail */
#define GATE_BELOW 0.25 /* of the energy: 6 dB */
#define GATE_GAIN 0.03
#define TWO_SPEAK 0.3 /* what a learning filter leaves then */
#define SOFT_GAIN 0.2 /* of the gate, then */
#define LOOK_BACK 1600 /* 100 ms */
#define FAR_KEPT 32768u /* two seconds; a power of two */
#define AT(i) ((i) & (FAR_KEPT - 1))

struct iv_echo {
    SpeexEchoState *filter;
    SpeexPreprocessState *finish;
    struct echo_delay delay;
    struct echo_kept kept;
    int16_t far[FAR_KEPT], heard[FAR_KEPT];
    uint64_t far_n, near_n;
    int16_t near[BLOCK], clean[BLOCK];
    size_t fill;
    bool gains;
    double gain; /* of the gate, at the end of the block before */
    int far_blocks; /* how long the loudspeaker is still heard after its last loud block */
    double used; /* the delay that the block before was made with */
    double before,
        after; /* energies, a second's running mean, while only the loudspeaker is heard */
};

static void configure(SpeexPreprocessState *p, const struct iv_echo_options *o)
{
    int on = 1, off = 0, suppress = -45, suppress_active = -12, target = 4000, most = 20;

    speex_preprocess_ctl(p, SPEEX_PREPROCESS_SET_DENOISE, o->denoise ? &on : &off);
    speex_preprocess_ctl(p, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, &suppress);
    speex_preprocess_ctl(p, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE, &suppress_active);
    speex_preprocess_ctl(p, SPEEX_PREPROCESS_SET_AGC, o->gain ? &on : &off);
    speex_preprocess_ctl(p, SPEEX_PREPROCESS_SET_AGC_TARGET, &target);
    speex_preprocess_ctl(p, SPEEX_PREPROCESS_SET_AGC_MAX_GAIN, &most);
}

enum iv_code iv_echo_new(const struct iv_echo_options *options, iv_echo **out, struct iv_error *err)
{
    static const struct iv_echo_options neither;
    int rate = (int)IV_STT_RATE_HZ;
    iv_echo *e;
    enum iv_code rc = iv_lazy_load(&iv_speexdsp, err);

    *out = NULL;
    if (rc)
        return rc;
    e = iv_alloc(sizeof *e);
    if (!e)
        return iv_fail(err, IV_E_NOMEM, "echo: out of memory");
    memset(e, 0, sizeof *e);
    e->filter = speex_echo_state_init(BLOCK, ECHO_TAIL);
    e->finish = speex_preprocess_state_init(BLOCK, rate);
    if (!e->filter || !e->finish) {
        iv_echo_free(e);
        return iv_fail(err, IV_E_NOMEM, "echo: out of memory");
    }
    e->gain = 1;
    iv_echo_kept_forget(&e->kept);
    speex_echo_ctl(e->filter, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    speex_preprocess_ctl(e->finish, SPEEX_PREPROCESS_SET_ECHO_STATE, e->filter);
    e->gains = options && options->gain;
    configure(e->finish, options ? options : &neither);
    *out = e;
    return IV_OK;
}

void iv_echo_played(iv_echo *e, const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        e->far[AT(e->far_n + i)] = samples[i];
    e->far_n += n;
}

static int16_t far_at(const iv_echo *e, int64_t at)
{
    return at < 0 || (uint64_t)at >= e->far_n || (uint64_t)at + FAR_KEPT < e->far_n
               ? 0
               : e->far[AT((uint64_t)at)];
}

/* Between samples: the cubic through four. */
static int16_t far_between(const iv_echo *e, double at)
{
    int64_t i = (int64_t)floor(at);
    double x = at - (double)i, a = far_at(e, i - 1), b = far_at(e, i), c = far_at(e, i + 1),
           d = far_at(e, i + 2);
    double y = b + x * (c - a / 3 - b / 2 - d / 6 +
                        x * ((a + c) / 2 - b + x * ((d - a) / 6 + (b - c) / 2)));

    return (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : lrint(y));
}

static double energy_of(const int16_t *samples)
{
    double sum = 0;

    for (size_t i = 0; i < BLOCK; i++)
        sum += (double)samples[i] * samples[i];
    return sum / BLOCK;
}

static void count(iv_echo *e, const int16_t *far)
{
    if (energy_of(far) < 1e4) /* -50 dB */
        return;
    e->before += (energy_of(e->near) - e->before) * BLOCK / IV_STT_RATE_HZ;
    e->after += (energy_of(e->clean) - e->after) * BLOCK / IV_STT_RATE_HZ;
}

/* What is left when nobody but the loudspeaker is heard goes under the noise, so that it wakes no detector. `near` with a voice
 * of its own keeps most of its energy through the filter, and passes; between two of its sounds the gate does not quite close. */
static void gate(iv_echo *e, double left)
{
    double from = e->gain, to;

    to = e->delay.locked && e->far_blocks && left < GATE_BELOW
             ? e->kept.left < TWO_SPEAK ? GATE_GAIN : SOFT_GAIN
             : 1;
    if (to > from)
        from = to; /* the first sound of a word is not faded in */
    for (size_t i = 0; i < BLOCK; i++)
        e->clean[i] = (int16_t)(e->clean[i] * (from + (to - from) * (double)i / BLOCK));
    e->gain = to;
}

/* The delay is looked for a little in the past: what was played may come a little later than what was heard. */
static void look_back(iv_echo *e, uint64_t at, int16_t near)
{
    int64_t then = (int64_t)at - LOOK_BACK;

    e->heard[AT(at)] = near;
    if (then >= 0)
        iv_echo_delay_push(&e->delay, far_at(e, then), e->heard[AT((uint64_t)then)]);
}

/* With a second voice the filter that learns leaves more of the echo than it should; the kept one stands still. It is taken unless it
 * leaves clearly more: then the room has changed. */
static bool kept_is_better(const iv_echo *e, int16_t *kept)
{
    return e->kept.left > LOST && iv_echo_kept_clean(&e->kept, kept) &&
           energy_of(kept) < NEARLY * energy_of(e->clean);
}

/* A filter that learns only ever takes something away. Where it adds, it was led astray, and a silent microphone (a headset's, most of
 * all) would be heard to speak: then what came in is better than what came out. While nothing plays, all of it is. */
static void filter_block(iv_echo *e, const int16_t *far)
{
    int16_t before[BLOCK], kept[BLOCK];
    double in;

    speex_echo_cancellation(e->filter, e->near, far, e->clean);
    iv_echo_kept_push(&e->kept, far, e->near, before);
    in = energy_of(before) + 1;
    if (energy_of(far) > FAR_HEARD)
        iv_echo_kept_learn(&e->kept, e->filter, energy_of(e->clean) / in);
    if (!e->far_blocks)
        memcpy(e->clean, e->near, sizeof e->clean);
    else if (kept_is_better(e, kept))
        memcpy(e->clean, kept, sizeof kept);
    else if (energy_of(e->clean) > in)
        memcpy(e->clean, before, sizeof before);
}

static void clean_block(iv_echo *e)
{
    int16_t far[BLOCK];
    double from = e->used, to, left;

    for (size_t i = 0; i < BLOCK; i++)
        look_back(e, e->near_n + i, e->near[i]);
    to = e->delay.delay;
    if (fabs(to - from) > BLOCK / 4.0) { /* another way was found: no sliding there */
        from = to;
        speex_echo_state_reset(e->filter);
        iv_echo_kept_forget(&e->kept);
    }
    for (size_t i = 0; i < BLOCK; i++)
        far[i] = far_between(e, (double)(e->near_n + i) - (from + (to - from) * (double)i / BLOCK) +
                                    (e->delay.locked ? AHEAD : 0));
    e->used = to;
    e->near_n += BLOCK;
    e->far_blocks = energy_of(far) > FAR_HEARD ? HANGS : e->far_blocks - (e->far_blocks > 0);
    filter_block(e, far);
    left = energy_of(e->clean) / (energy_of(e->near) + 1);
    speex_preprocess_run(e->finish, e->clean);
    gate(e, left);
    count(e, far);
}

void iv_echo_clean(iv_echo *e, const int16_t *in, int16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t ready = e->clean[e->fill];

        e->near[e->fill++] = in[i];
        out[i] = ready;
        if (e->fill == BLOCK) {
            clean_block(e);
            e->fill = 0;
        }
    }
}

void iv_echo_free(iv_echo *e)
{
    if (!e)
        return;
    if (e->finish)
        speex_preprocess_state_destroy(e->finish);
    if (e->filter)
        speex_echo_state_destroy(e->filter);
    free(e);
}

void iv_echo_level(const iv_echo *e, struct iv_echo_level *out)
{
    *out = (struct iv_echo_level){.locked = e->delay.locked};
    if (out->locked) {
        out->delay_ms = e->delay.delay * 1000 / IV_STT_RATE_HZ;
        out->drift_ppm = e->delay.drift * 1e6;
    }
    if (e->before > 1)
        out->erle_db = 10 * log10(e->before / (e->after + 0.1));
    if (e->gains)
        speex_preprocess_ctl(e->finish, SPEEX_PREPROCESS_GET_AGC_GAIN, &out->gain_db);
}

#else

enum iv_code iv_echo_new(const struct iv_echo_options *options, iv_echo **out, struct iv_error *err)
{
    (void)options;
    *out = NULL;
    return iv_fail(err, IV_E_UNAVAILABLE,
                   "echo cancellation was left out of this build (package libspeexdsp-dev)");
}

void iv_echo_played(iv_echo *e, const int16_t *samples, size_t n)
{
    (void)e;
    (void)samples;
    (void)n;
}

void iv_echo_clean(iv_echo *e, const int16_t *in, int16_t *out, size_t n)
{
    (void)e;
    memmove(out, in, n * sizeof *out);
}

void iv_echo_free(iv_echo *e)
{
    (void)e;
}

void iv_echo_level(const iv_echo *e, struct iv_echo_level *out)
{
    (void)e;
    *out = (struct iv_echo_level){0};
}
#endif

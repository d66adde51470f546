/* ear.c - what was played and what was heard, brought side by side. */
#include "audio/ear.h"

#include <math.h>
#include <stdlib.h>

#include "iv/alloc.h"
#include "iv/audio.h"
#include "iv/echo.h"

#define BLOCK 1024u
#define BACK (60u * IV_STT_RATE_HZ / 1000) /* the microphone's side is so much later than it was */

struct ear {
    struct mic *mic;
    iv_echo *echo; /* NULL: the samples stay as they are */
    bool cancels;
    iv_resampler *resampler; /* of what was played; NULL before the first player */
    struct iv_pcm played;
    const struct player *player; /* whose sound is in there */
    uint64_t far, near; /* samples given to the canceller */
};

enum iv_code ear_open(const char *device, bool cancel, bool gain, struct ear **out,
                      struct iv_error *err)
{
    const struct iv_echo_options options = {.gain = gain};
    struct ear *e = iv_alloc(sizeof *e);
    enum iv_code rc;

    *out = NULL;
    if (!e)
        return iv_fail(err, IV_E_NOMEM, "microphone: out of memory");
    *e = (struct ear){.played.rate_hz = IV_STT_RATE_HZ};
    rc = mic_open(device, &e->mic, err);
    if (!rc && (cancel || gain))
        iv_echo_new(&options, &e->echo, NULL); /* without one nothing is cancelled */
    e->cancels = cancel && e->echo;
    if (rc)
        ear_close(e);
    else
        *out = e;
    return rc;
}

/* Another player begins its own timeline, at its device's rate: what it played before is of no use. */
static enum iv_code meet(struct ear *e, struct player *p, struct iv_error *err)
{
    int16_t block[BLOCK];

    while (p && player_heard(p, block, BLOCK))
        ;
    e->player = p;
    iv_resampler_free(e->resampler);
    e->resampler = NULL;
    return p ? iv_resampler_new(player_device_rate(p), IV_STT_RATE_HZ, &e->resampler, err) : IV_OK;
}

static void give(struct ear *e, const int16_t *samples, size_t n)
{
    iv_echo_played(e->echo, samples, n);
    e->far += n;
}

static enum iv_code take_played(struct ear *e, struct player *p, struct iv_error *err)
{
    int16_t block[BLOCK];
    size_t n;
    enum iv_code rc = IV_OK;

    if (p != e->player)
        rc = meet(e, p, err);
    while (p && !rc && (n = player_heard(p, block, BLOCK))) {
        e->played.len = 0;
        rc = iv_resampler_push(e->resampler, block, n, &e->played, err);
        give(e, e->played.samples, e->played.len);
    }
    return rc;
}

/* Where less was played than heard (no player, or one that came later) it was silence. */
static void fill_up(struct ear *e, size_t n)
{
    static const int16_t silence[BLOCK];

    while (e->far + BACK < e->near + n) {
        uint64_t missing = e->near + n - e->far - BACK;

        give(e, silence, missing < BLOCK ? (size_t)missing : BLOCK);
    }
}

/* The devices hand out blocks when it suits them; behind a little silence the played side is there in time. */
static void step_back(struct ear *e)
{
    int16_t silence[BACK] = {0};

    iv_echo_clean(e->echo, silence, silence, BACK);
    e->near += BACK;
}

enum iv_code ear_read(struct ear *e, struct player *p, int16_t *samples, size_t max, size_t *n,
                      struct iv_error *err)
{
    enum iv_code rc;

    *n = 0;
    rc = e->cancels ? take_played(e, p, err) : IV_OK;
    if (!rc)
        rc = mic_read(e->mic, samples, max, n, err);
    if (rc || !e->echo || !*n)
        return rc;
    if (!e->near)
        step_back(e);
    fill_up(e, *n);
    iv_echo_clean(e->echo, samples, samples, *n);
    e->near += *n;
    return IV_OK;
}

const struct mic *ear_mic(const struct ear *e)
{
    return e->mic;
}

bool ear_cancels(const struct ear *e)
{
    return e->cancels;
}

int ear_gain_db(const struct ear *e)
{
    struct iv_echo_level level = {0};

    if (e->echo)
        iv_echo_level(e->echo, &level);
    return level.gain_db;
}

double ear_level(const struct ear *e)
{
    double level = mic_level(e->mic) * pow(10, ear_gain_db(e) / 20.0);

    return level < 1 ? level : 1;
}

void ear_close(struct ear *e)
{
    if (!e)
        return;
    mic_close(e->mic);
    iv_echo_free(e->echo);
    iv_resampler_free(e->resampler);
    iv_pcm_release(&e->played);
    free(e);
}

/* sound_check.c - see sound_check.h. */
#include "audio/sound_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/host.h"
#include "audio/mic.h"
#include "audio/player.h"
#include "audio/sound_level.h"
#include "iv/alloc.h"
#include "iv/audio.h"

#define RATE IV_STT_RATE_HZ
#define RECORD_MAX (3 * RATE) /* samples */
#define TONE_HZ 1000
#define TONE_N (RATE * 6 / 10)
#define TONE_LEVEL 0.25
#define FADE (RATE / 50) /* no click at either end */
#define BLOCK (RATE / 50)
#define BLOCKS_HEARD 10 /* a fifth of a second of it is no accident */
#define TONE_MS                                                                                    \
    3000 /* from the first sample out to the last in, at most: wireless ones take half a second */
#define CALM_MS 200 /* after its end the tone is not in the recording */
#define TAIL_N (RATE / 10) /* silence behind what is played: the resampler's rest comes out */
#define SILENT_DB (-80.0) /* no room is that quiet: it is off */
#define SOFT_DB (-40.0) /* a peak below that is no voice near by */

struct sound_check {
    enum check_step step;
    struct mic *mic;
    struct player *player; /* NULL: none, or it failed */
    uint64_t since_ms; /* of the step; in CHECK_PLAY of the moment at which the queue was empty */
    uint64_t calm_ms; /* since when the tone is over; 0: it is not */
    int16_t block[BLOCK];
    size_t in_block;
    unsigned tones;
    struct sound_level now, whole;
    double level_db;
    int16_t recorded[RECORD_MAX + TAIL_N];
    size_t n;
    struct check_result result;
};

static void lose_speaker(struct sound_check *c)
{
    player_close(c->player);
    c->player = NULL;
    c->result.has_speaker = false;
}

static void begin_tone(struct sound_check *c)
{
    int16_t tone[TONE_N + TAIL_N] = {0};

    for (size_t i = 0; i < TONE_N; i++) {
        size_t edge = i < TONE_N - i ? i : TONE_N - i;
        double gain = TONE_LEVEL * (edge < FADE ? (double)edge / FADE : 1);

        tone[i] = (int16_t)(gain * 32767 * sin(2 * M_PI * TONE_HZ * (double)i / RATE));
    }
    if (player_play(c->player, tone, IV_LEN(tone), &c->result.why))
        lose_speaker(c);
}

static void open_speaker(struct sound_check *c, const char *speaker)
{
    struct check_result *r = &c->result;

    if (!strcmp(speaker, "none"))
        return;
    snprintf(r->speaker, sizeof r->speaker, "%s", speaker);
    if (player_open(speaker, RATE, &c->player, &r->why))
        return;
    r->has_speaker = true;
    snprintf(r->speaker, sizeof r->speaker, "%s", player_name(c->player));
    begin_tone(c);
}

enum iv_code sound_check_open(const char *mic, const char *speaker, struct sound_check **out,
                              struct iv_error *err)
{
    struct sound_check *c = iv_alloc(sizeof *c);
    enum iv_code rc;

    *out = NULL;
    if (!c)
        return iv_fail(err, IV_E_NOMEM, "sound: out of memory");
    *c = (struct sound_check){.level_db = sound_level_db(&c->now)};
    rc = mic_open(mic, &c->mic, err);
    if (rc) {
        sound_check_close(c);
        return rc;
    }
    snprintf(c->result.mic, sizeof c->result.mic, "%s", mic_name(c->mic));
    snprintf(c->result.mic_backend, sizeof c->result.mic_backend, "%s", mic_backend(c->mic));
    c->result.rate_hz = mic_device_rate(c->mic);
    open_speaker(c, speaker);
    c->since_ms = host_now_ms();
    *out = c;
    return IV_OK;
}

/* -- what the microphone heard -- */

static void hear_tone(struct sound_check *c, const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c->block[c->in_block++] = samples[i];
        if (c->in_block < BLOCK)
            continue;
        c->in_block = 0;
        if (sound_is_tone(c->block, BLOCK, TONE_HZ, RATE)) {
            c->tones++;
            c->calm_ms = 0;
        } else if (!c->calm_ms) {
            c->calm_ms = host_now_ms();
        }
    }
    c->result.tone_heard = c->tones >= BLOCKS_HEARD;
}

static void keep(struct sound_check *c, const int16_t *samples, size_t n)
{
    if (n > RECORD_MAX - c->n)
        n = RECORD_MAX - c->n;
    memcpy(c->recorded + c->n, samples, n * sizeof *samples);
    c->n += n;
    sound_level_add(&c->whole, samples, n);
}

static void measure(struct sound_check *c, const int16_t *samples, size_t n)
{
    sound_level_add(&c->now, samples, n);
    if (c->now.samples < RATE / 10)
        return;
    c->level_db = sound_level_db(&c->now);
    c->now = (struct sound_level){0};
}

static enum iv_code hear(struct sound_check *c, struct iv_error *err)
{
    int16_t samples[RATE / 10];
    size_t n = 1;
    enum iv_code rc = IV_OK;

    while (!rc && n) {
        rc = mic_read(c->mic, samples, IV_LEN(samples), &n, err);
        measure(c, samples, n);
        if (c->step == CHECK_TONE)
            hear_tone(c, samples, n);
        else if (c->step == CHECK_RECORD)
            keep(c, samples, n);
    }
    return rc;
}

/* -- steps -- */

static enum check_verdict judge(const struct sound_level *l)
{
    if (sound_level_peak_db(l) < SILENT_DB)
        return CHECK_SILENT;
    if (l->clipped > l->samples / 1000)
        return CHECK_LOUD;
    return sound_level_peak_db(l) < SOFT_DB ? CHECK_SOFT : CHECK_GOOD;
}

static void go_to(struct sound_check *c, enum check_step step)
{
    c->step = step;
    c->since_ms = host_now_ms();
}

static void end_tone(struct sound_check *c)
{
    uint64_t now = host_now_ms();
    bool over = c->result.tone_heard && c->calm_ms && now - c->calm_ms >= CALM_MS;

    if (!c->player || over || now - c->since_ms >= TONE_MS)
        go_to(c, CHECK_RECORD);
}

static void end_recording(struct sound_check *c)
{
    struct check_result *r = &c->result;

    if (c->n < RECORD_MAX)
        return;
    r->seconds = (double)c->n / RATE;
    r->level_db = sound_level_db(&c->whole);
    r->peak_db = sound_level_peak_db(&c->whole);
    r->clipped = c->whole.clipped;
    r->gaps = mic_gaps(c->mic);
    r->verdict = judge(&c->whole);
    go_to(c, CHECK_PLAY);
    if (c->player && player_play(c->player, c->recorded, IV_LEN(c->recorded), &r->why))
        lose_speaker(c);
}

static void end_playing(struct sound_check *c)
{
    uint64_t now = host_now_ms();

    if (!c->player) {
        go_to(c, CHECK_DONE);
    } else if (player_play(c->player, NULL, 0, &c->result.why)) { /* the watchdog */
        lose_speaker(c);
    } else if (player_queued(c->player)) {
        c->since_ms = now;
    } else if (now - c->since_ms >= player_latency_ms(c->player)) {
        c->result.played = true;
        go_to(c, CHECK_DONE);
    }
}

enum iv_code sound_check_go(struct sound_check *c, struct iv_error *err)
{
    static void (*const steps[])(struct sound_check *) = {
        [CHECK_TONE] = end_tone, [CHECK_RECORD] = end_recording, [CHECK_PLAY] = end_playing};
    enum iv_code rc = c->step < CHECK_DONE ? hear(c, err) : IV_OK;

    if (!rc && c->step < CHECK_DONE)
        steps[c->step](c);
    return rc;
}

enum check_step sound_check_step(const struct sound_check *c)
{
    return c->step;
}

double sound_check_level_db(const struct sound_check *c)
{
    return c->level_db;
}

const struct check_result *sound_check_result(const struct sound_check *c)
{
    return &c->result;
}

void sound_check_close(struct sound_check *c)
{
    if (!c)
        return;
    player_close(c->player);
    mic_close(c->mic);
    free(c);
}

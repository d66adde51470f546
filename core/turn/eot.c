/* eot.c - the decision: how long a silence must be, given what came before it.
 *
 * A wait in milliseconds for each way in which the text may end, times factors: how final the melody was (a voice falls towards the end
 * of what it has to say and stays up before a comma), how long this speaker's pauses within answers are, how much was said of what the
 * question asks for, what the recogniser thinks, and the patience that the user set. Pauses are about log-normal, so that mean and variance of
 * their logarithms give the one that only few exceed (Campione and Verónis 2002). The figures come from tests/turn by tests/bench/bench_turn.
 */
#include "iv/turn.h"

#include <math.h>
#include <string.h>

/* In English only the recogniser's full stop tells a finished sentence, and it likes to set one: less is staked on it. */
static const double wait_ms[IV_LANG_COUNT][IV_ENDING_COUNT] = {
    [IV_LANG_KO] = {[IV_ENDING_UNKNOWN] = 2000,
                    [IV_ENDING_OPEN] = 4000,
                    [IV_ENDING_FILLER] = 4500,
                    [IV_ENDING_FINISHED] = 1300},
    [IV_LANG_EN] = {[IV_ENDING_UNKNOWN] = 2600,
                    [IV_ENDING_OPEN] = 4000,
                    [IV_ENDING_FILLER] = 4500,
                    [IV_ENDING_FINISHED] = 1900},
    [IV_LANG_JA] = {[IV_ENDING_UNKNOWN] = 2000,
                    [IV_ENDING_OPEN] = 4000,
                    [IV_ENDING_FILLER] = 4500,
                    [IV_ENDING_FINISHED] = 1300},
};
static const double shortest_ms = 250, longest_ms = 8000;
/* Exponent for a melody that is wholly final, or wholly open. In Japanese each word may fall: that is its accent. */
static const double melody_weight[IV_LANG_COUNT] = {
    [IV_LANG_KO] = 0.35,
    [IV_LANG_EN] = 0.5,
    [IV_LANG_JA] = 0.05,
};
static const double fall_st = 3; /* below the speaker's mean: wholly final */
static const double slope_st_s = 20;
static const double story_ms = 3000, story_factor = 1.25; /* hardly begun */
static const double endpoint_factor[] = {
    [IV_STT_SPEECH_FINAL] = 0.85, [IV_STT_UTTERANCE_END] = 0.6};
/* Before anything is known of the speaker; worth that many pauses. */
static const double prior_pause = 6.55 /* log 700 ms */, prior_var = 0.36, prior_weight = 8;
static const double quantile_z = 1.645; /* 95 % */
static const uint32_t pause_from = 20, judge_after = 8; /* frames */
static const uint32_t text_lag = 25; /* frames: words of the last breath cannot come sooner */

void iv_eot_init(struct iv_eot *e, enum iv_lang lang, double patience)
{
    memset(e, 0, sizeof *e);
    e->lang = lang;
    e->patience = patience;
    e->pause_mean = prior_pause;
    e->pause_var = prior_var;
}

void iv_eot_begin(struct iv_eot *e)
{
    struct iv_eot was = *e;

    memset(e, 0, sizeof *e);
    e->lang = was.lang;
    e->patience = was.patience;
    e->pause_mean = was.pause_mean;
    e->pause_var = was.pause_var;
    e->n_pauses = was.n_pauses;
    e->mean_tone = was.mean_tone;
    e->tones_heard = was.tones_heard;
}

/* -- the speaker -- */

/* Running mean and variance; old pauses fade so that a speaker may change. */
static void learn_pause(struct iv_eot *e, double ms)
{
    double weight = prior_weight + (double)e->n_pauses, off = log(ms) - e->pause_mean;

    e->pause_mean += off / (weight + 1);
    e->pause_var += (off * off - e->pause_var) / (weight + 1);
    if (e->n_pauses < 40)
        e->n_pauses++;
}

static double speaker_factor(const struct iv_eot *e)
{
    double usual = prior_pause + quantile_z * sqrt(prior_var);
    double own = e->pause_mean + quantile_z * sqrt(e->pause_var);

    return fmin(1.5, fmax(0.75, exp(own - usual)));
}

/* -- melody -- */

static void hear_tone(struct iv_eot *e, float f0_hz)
{
    double st = 12 * log2((double)f0_hz / 100), weight;

    /* an octave off is the estimator's mistake, not the speaker's */
    if (e->tones_heard > 20 && fabs(st - e->mean_tone) > 10)
        return;
    if (e->n_tones == IV_EOT_TONES) {
        memmove(e->tone, e->tone + 1, sizeof e->tone - sizeof e->tone[0]);
        memmove(e->tone_at, e->tone_at + 1, sizeof e->tone_at - sizeof e->tone_at[0]);
        e->n_tones--;
    }
    e->tone[e->n_tones] = (float)st;
    e->tone_at[e->n_tones++] = e->frames;
    if (e->tones_heard < 400)
        e->tones_heard++;
    weight = 1.0 / e->tones_heard;
    e->mean_tone += weight * (st - e->mean_tone);
}

/* -1: the voice stays up; 1: it falls and ends low. Of the last third of a second of voice. */
static double melody(const struct iv_eot *e)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, slope = 0, last = 0, d;
    uint32_t voice_end = e->frames - e->silent_frames, tail = 0;

    for (uint32_t i = e->n_tones; i-- > 0 && e->tone_at[i] + 35 >= voice_end;) {
        double at = (double)e->tone_at[i] - voice_end, st = e->tone[i] - e->mean_tone;

        n++, x += at, y += st, xx += at * at, xy += at * st;
        if (tail < 8)
            tail++, last += st;
    }
    if (n < 6)
        return 0;
    d = n * xx - x * x;
    if (d > 0)
        slope = (n * xy - x * y) / d * (1000 / IV_EOT_FRAME_MS);
    last /= tail;
    return fmin(1, fmax(-1, -0.7 * last / fall_st - 0.3 * slope / slope_st_s));
}

/* -- frames -- */

static void hear_voice(struct iv_eot *e, const struct iv_eot_frame *f)
{
    if (e->silent_frames >= pause_from || !e->voice_frames) {
        if (e->voice_frames)
            learn_pause(e, e->silent_frames * (double)IV_EOT_FRAME_MS);
        e->burst_at = e->frames;
        e->burst_frames = 0;
        memset(e->has_endpoint, 0, sizeof e->has_endpoint);
    }
    e->silent_frames = 0;
    e->is_judged = false;
    e->voice_frames++;
    e->burst_frames++;
    e->latest_f0_hz = f->f0_hz;
    if (f->f0_hz > 0)
        hear_tone(e, f->f0_hz);
}

enum iv_eot_verdict iv_eot_push(struct iv_eot *e, const struct iv_eot_frame *f)
{
    uint32_t limit;

    e->frames++;
    if (f->is_voice) {
        hear_voice(e, f);
        return IV_EOT_SPEAKING;
    }
    if (!e->voice_frames)
        return IV_EOT_WAITING;
    e->silent_frames++;
    if (!e->is_judged && e->silent_frames >= judge_after) {
        e->endness = melody(e);
        e->is_judged = true;
    }
    limit = iv_eot_limit_ms(e);
    if (iv_eot_silent_ms(e) >= limit)
        return IV_EOT_END;
    return iv_eot_silent_ms(e) * 2 >= limit ? IV_EOT_PROBABLE : IV_EOT_WAITING;
}

/* -- words -- */

static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;

    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

void iv_eot_text(struct iv_eot *e, const char *text)
{
    uint32_t h = hash(text);

    if (h == e->text_hash)
        return;
    e->text_hash = h;
    e->text_at = e->frames;
    e->ending = iv_ending_of(e->lang, text);
}

void iv_eot_endpoint(struct iv_eot *e, enum iv_stt_endpoint kind)
{
    e->has_endpoint[kind] = true;
}

/* Words that came before the last breath's own could come say nothing about its end. */
static enum iv_ending present_ending(const struct iv_eot *e)
{
    if (e->text_at < e->burst_at + (e->burst_at ? text_lag : 0))
        return IV_ENDING_UNKNOWN;
    return e->ending;
}

/* -- the limit -- */

uint32_t iv_eot_silent_ms(const struct iv_eot *e)
{
    return e->silent_frames * IV_EOT_FRAME_MS;
}

uint32_t iv_eot_limit_ms(const struct iv_eot *e)
{
    enum iv_ending ending = present_ending(e);
    double ms = wait_ms[e->lang][ending] * e->patience * speaker_factor(e);

    ms *= exp(-melody_weight[e->lang] * e->endness);
    if (e->wants_story && e->voice_frames * IV_EOT_FRAME_MS < story_ms)
        ms *= story_factor;
    if (ending != IV_ENDING_OPEN && ending != IV_ENDING_FILLER)
        for (unsigned i = 0; i < 2; i++)
            if (e->has_endpoint[i])
                ms *= endpoint_factor[i];
    return (uint32_t)fmin(longest_ms, fmax(shortest_ms, ms));
}

/* sound_row.c - see sound_row.h. */
#include "screen/sound_row.h"

#include <stdio.h>
#include <string.h>

#include "iv/audio.h"
#include "screen/tr.h"

#define OPEN_US 400000
#define TICK_MS 50
#define CELLS 12
#define FLOOR_DB (-96.0)

static void stop_looking(struct sound_row *s)
{
    mic_close(s->mic);
    s->mic = NULL;
    s->device[0] = '\0';
    s->level_db = FLOOR_DB;
}

void sound_row_look(struct sound_row *s, const char *device, int64_t now_us)
{
    if (!device || !strcmp(device, "none") || s->check)
        device = "";
    if (!strcmp(device, s->device))
        return;
    stop_looking(s);
    snprintf(s->device, sizeof s->device, "%s", device);
    s->open_us = now_us + OPEN_US;
}

void sound_row_test(struct sound_row *s, const char *mic, const char *speaker)
{
    struct iv_error err;

    if (s->check)
        return;
    stop_looking(s);
    s->is_bad = sound_check_open(strcmp(mic, "none") ? mic : "default", speaker, &s->check, &err);
    snprintf(s->text, sizeof s->text, "%s", s->is_bad ? err.text : _("A tone is played."));
}

/* -- what the test says -- */

static const char *about_mic(const struct check_result *r)
{
    static const char *const words[] = {
        [CHECK_SILENT] = N_("The microphone gives silence only; is it muted?"),
        [CHECK_SOFT] = N_("The microphone is very soft."),
        [CHECK_GOOD] = N_("The microphone is good."),
        [CHECK_LOUD] = N_("The microphone is too loud: it overloads."),
    };

    return _(words[r->verdict]);
}

static const char *about_speaker(const struct check_result *r)
{
    if (r->why.code)
        return r->why.text;
    if (!r->has_speaker)
        return "";
    return r->tone_heard ? _("It hears the loudspeaker.")
                         : _("It does not hear the loudspeaker, as with headphones.");
}

static void conclude(struct sound_row *s)
{
    const struct check_result *r = sound_check_result(s->check);

    snprintf(s->text, sizeof s->text, "%s %s", about_mic(r), about_speaker(r));
    s->is_bad = r->verdict != CHECK_GOOD || r->why.code;
    sound_check_close(s->check);
    s->check = NULL;
    s->level_db = FLOOR_DB;
}

static void go_on_testing(struct sound_row *s, bool *changed)
{
    static const char *const steps[] = {
        [CHECK_TONE] = N_("A tone is played."),
        [CHECK_RECORD] = N_("Say something: three seconds."),
        [CHECK_PLAY] = N_("That was you."),
    };
    enum check_step before = sound_check_step(s->check), now;
    struct iv_error err;

    if (sound_check_go(s->check, &err)) {
        snprintf(s->text, sizeof s->text, "%s", err.text);
        s->is_bad = *changed = true;
        sound_check_close(s->check);
        s->check = NULL;
        return;
    }
    s->level_db = sound_check_level_db(s->check);
    now = sound_check_step(s->check);
    if (now == before)
        return;
    *changed = true;
    if (now == CHECK_DONE)
        conclude(s);
    else
        snprintf(s->text, sizeof s->text, "%s", _(steps[now]));
}

/* -- looking -- */

static void fail_looking(struct sound_row *s, const struct iv_error *err, bool *changed)
{
    snprintf(s->text, sizeof s->text, "%s", err->text);
    s->is_bad = *changed = true;
    mic_close(s->mic);
    s->mic = NULL;
    s->open_us = INT64_MAX; /* until another is chosen */
}

static void look(struct sound_row *s, bool *changed)
{
    int16_t samples[IV_STT_RATE_HZ / 10];
    struct iv_error err;
    enum iv_code rc = IV_OK;
    size_t n = 1;

    while (!rc && n) {
        rc = mic_read(s->mic, samples, IV_LEN(samples), &n, &err);
        sound_level_add(&s->now, samples, n);
        if (s->now.samples < IV_LEN(samples))
            continue;
        s->level_db = sound_level_db(&s->now);
        s->now = (struct sound_level){0};
    }
    if (rc)
        fail_looking(s, &err, changed);
}

static void begin_looking(struct sound_row *s, bool *changed)
{
    struct iv_error err;

    s->now = (struct sound_level){0};
    s->level_db = FLOOR_DB;
    *changed = true;
    if (mic_open(s->device, &s->mic, &err))
        fail_looking(s, &err, changed);
}

int sound_row_tick(struct sound_row *s, int64_t now_us, bool *changed)
{
    int cells;

    if (s->check)
        go_on_testing(s, changed);
    else if (s->mic)
        look(s, changed);
    else if (s->device[0] && now_us >= s->open_us)
        begin_looking(s, changed);
    cells = (int)(sound_level_share(s->level_db) * CELLS * 8);
    if (cells != s->shown)
        *changed = true;
    s->shown = cells;
    return s->check || s->mic || (s->device[0] && s->open_us < INT64_MAX) ? TICK_MS : -1;
}

bool sound_row_hears(const struct sound_row *s)
{
    return s->mic || s->check;
}

void sound_row_draw(const struct sound_row *s, struct canvas *c, struct box b)
{
    double share = sound_level_share(s->level_db);

    if (sound_row_hears(s) && b.w >= 4)
        canvas_meter(c, b.x, b.y, b.w < CELLS ? b.w : CELLS, share,
                     share > 0.95 ? STYLE_BAD : STYLE_GOOD);
}

const char *sound_row_text(const struct sound_row *s)
{
    return s->text[0] ? s->text : NULL;
}

void sound_row_forget(struct sound_row *s)
{
    if (!s->check)
        s->text[0] = '\0';
}

void sound_row_release(struct sound_row *s)
{
    sound_check_close(s->check);
    mic_close(s->mic);
}

/* stage.c - see stage.h. */
#include "stage.h"

#include <stdlib.h>
#include <string.h>

#include "audio/ear.h"
#include "audio/player.h"
#include "avatar/term_face.h"
#include "avatar/window.h"
#include "iv/alloc.h"
#include "iv/audio.h"

#define N_(text) text
#define FACE_PX 512
#define FACE_POLL_MS 20 /* a window that is moved or closed is noticed so soon */
#define MIC_POLL_MS 20

struct stage {
    struct stage_host host;
    iv_conversation *c; /* NULL: not joined yet */
    bool films, pushes;
    struct player *player;
    struct ear *mic;
    struct window *window;
    struct term_face *face;
    bool moved; /* the face */
    uint64_t
        handed_end; /* one past the last sample that the speaker was given, by the presentation clock */
};

enum iv_code stage_open(const struct stage_host *host, struct stage **out, struct iv_error *err)
{
    *out = iv_alloc(sizeof **out);
    if (!*out)
        return iv_fail(err, IV_E_NOMEM, "interview: out of memory");
    **out = (struct stage){.host = *host, .pushes = !strcmp(host->config->audio_talk, "push")};
    return IV_OK;
}

static void notice(const struct stage *s, const char *text)
{
    s->host.notice(s->host.arg, text);
}

enum iv_code stage_speak(struct stage *s, const char *speaker, struct iv_error *err)
{
    return strcmp(speaker, "none") ? player_open(speaker, IV_TTS_RATE_HZ, &s->player, err) : IV_OK;
}

enum iv_code stage_hear(struct stage *s, const char *device, bool on, struct iv_error *err)
{
    const struct iv_config *config = s->host.config;
    enum iv_code rc;

    if (on)
        return s->mic ? IV_OK
                      : ear_open(device, config->audio_echo, config->audio_gain, &s->mic, err);
    ear_close(s->mic);
    s->mic = NULL;
    rc = iv_conversation_hear_end(s->c, err);
    return rc == IV_E_STT_NO_SPEECH ? IV_OK : rc;
}

/* Of a device that was there before the interview. */
static void forget_heard(struct stage *s)
{
    int16_t samples[4800];
    size_t n = 1;

    while (s->mic && n && !ear_read(s->mic, s->player, samples, IV_LEN(samples), &n, NULL))
        ;
}

void stage_join(struct stage *s, iv_conversation *c, bool films)
{
    s->c = c;
    s->films = films;
    forget_heard(s);
}

static void hide(struct stage *s)
{
    window_close(s->window);
    s->window = NULL;
    term_face_close(s->face);
    s->face = NULL;
}

static enum iv_code open_face(struct stage *s, enum stage_face where, struct iv_error *err)
{
    if (where == FACE_WINDOW)
        return window_open(s->host.translate(N_("The interviewer")), FACE_PX, &s->window, err);
    return term_face_open(s->host.config->avatar_pixels, s->host.colour, &s->face, err);
}

enum iv_code stage_show(struct stage *s, enum stage_face where, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (where == stage_shows(s))
        return IV_OK;
    hide(s);
    if (where)
        rc = open_face(s, where, err);
    if (!rc && (where || !s->films))
        rc = iv_conversation_watch(s->c, where, err);
    if (rc)
        hide(s);
    return rc;
}

/* -- sink -- */

void stage_audio(struct stage *s, const int16_t *samples, size_t n, uint64_t at_sample)
{
    s->handed_end = at_sample + n;
    if (s->player && player_play(s->player, samples, n, NULL)) {
        notice(s, s->host.translate(N_("the speaker stopped; the interview goes on as text")));
        player_close(s->player);
        s->player = NULL;
    }
}

void stage_cut(struct stage *s)
{
    if (s->player)
        player_flush(s->player);
}

void stage_frame(struct stage *s, const struct iv_picture *p, uint64_t at_ms)
{
    if (s->window)
        window_show_at(s->window, p, at_ms);
    if (s->face)
        term_face_show_at(s->face, p, at_ms);
}

/* -- run -- */

/* What the microphone heard goes to the engine. A device that stops is a notice, and so is an utterance that is lost. */
static void listen(struct stage *s)
{
    int16_t samples[4800];
    struct iv_error err;
    enum iv_code rc = IV_OK;
    size_t n;

    while (s->mic && !rc) {
        rc = ear_read(s->mic, s->player, samples, IV_LEN(samples), &n, &err);
        if (rc) {
            ear_close(s->mic);
            s->mic = NULL;
        } else if (!n) {
            break;
        } else if (!stage_pushes(s) || stage_is_pushed(s)) {
            rc = iv_conversation_hear(s->c, samples, n, mic_rate(ear_mic(s->mic)), &err);
        }
    }
    if (rc && rc != IV_E_STATE) /* paused: what is said meanwhile is nobody's business */
        notice(s, err.text);
}

/* What is audible now, by the presentation clock: pictures wait for their sound, which queue and device still hold. */
static uint64_t heard_ms(const struct stage *s)
{
    uint64_t now = iv_conversation_now_ms(s->c), queued = s->player ? player_queued(s->player) : 0;
    uint64_t heard =
        queued < s->handed_end ? (s->handed_end - queued) / (IV_TTS_RATE_HZ / 1000) : 0;

    if (!queued)
        return now;
    heard = heard > player_latency_ms(s->player) ? heard - player_latency_ms(s->player) : 0;
    return heard < now ? heard : now;
}

static int sooner(int wait, int next)
{
    return next >= 0 && next < wait ? next : wait;
}

static int show_face(struct stage *s, int wait)
{
    int next;

    if (s->face) {
        s->moved |= term_face_pump(s->face, heard_ms(s), &next);
        return sooner(wait, next);
    }
    if (!s->window)
        return wait;
    if (window_pump_at(s->window, heard_ms(s), &next))
        return sooner(sooner(wait, next), FACE_POLL_MS);
    stage_show(s, FACE_NONE, NULL);
    return wait;
}

void stage_by_key(struct stage *s, bool pushes)
{
    s->pushes = pushes;
}

bool stage_pushes(const struct stage *s)
{
    return s->pushes;
}

bool stage_is_pushed(const struct stage *s)
{
    return s->mic && iv_conversation_has_word(s->c);
}

enum iv_code stage_push(struct stage *s, bool down, struct iv_error *err)
{
    listen(s); /* what waits was said before */
    if (!s->mic || stage_is_pushed(s) == down)
        return IV_OK;
    return down ? iv_conversation_hear_begin(s->c, err) : iv_conversation_hear_end(s->c, err);
}

int stage_pump(struct stage *s)
{
    int wait;

    listen(s);
    wait = iv_conversation_pump(s->c);
    return show_face(s, s->mic && wait > MIC_POLL_MS ? MIC_POLL_MS : wait);
}

/* -- facts -- */

struct player *stage_player(struct stage *s)
{
    return s->player;
}

bool stage_hears(const struct stage *s)
{
    return s->mic != NULL;
}

enum stage_face stage_shows(const struct stage *s)
{
    return s->window ? FACE_WINDOW : s->face ? FACE_TERM : FACE_NONE;
}

struct term_face *stage_term_face(const struct stage *s)
{
    return s->face;
}

bool stage_face_moved(struct stage *s)
{
    bool moved = s->moved;

    s->moved = false;
    return moved;
}

double stage_mic_level(const struct stage *s)
{
    return s->mic ? ear_level(s->mic) : -1;
}

int stage_gain_db(const struct stage *s)
{
    return s->mic ? ear_gain_db(s->mic) : 0;
}

const char *stage_mic_name(const struct stage *s)
{
    return s->mic ? mic_name(ear_mic(s->mic)) : "";
}

void stage_drain(struct stage *s, const volatile int *stop)
{
    if (s->player)
        player_drain(s->player, stop, NULL);
}

void stage_close(struct stage *s)
{
    if (!s)
        return;
    player_close(s->player);
    ear_close(s->mic);
    hide(s);
    free(s);
}

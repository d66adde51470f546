/* talk.c - see talk.h. */
#include "screen/talk.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "audio/player.h"
#include "iv/alloc.h"
#include "screen/tr.h"

#define SILENCE_MS                                                                                 \
    45000 /* nothing said or typed for so long: the interviewer says that there is time */
#define LEVELS 32 /* pieces of 100 ms: more than are ever handed out ahead */
#define FULL_SCALE 9000.0 /* a loud voice's mean */

struct talk {
    const struct tui_host *host;
    struct model *model;
    char id[IV_ID_BYTES];
    iv_conversation *c;
    iv_tts *voice; /* NULL: it only writes */
    iv_llm *words; /* NULL: the built-in ones */
    iv_prewarm *prewarm;
    struct stage *stage;
    int wake_fd;
    uint64_t alive_ms;
    struct {
        uint64_t at_sample;
        size_t n;
        double level;
    } levels[LEVELS];
    size_t next_level;
    uint64_t first_sample; /* of the reply, by the player's count; 0: not waited for */
    enum iv_code tape_rc;
    struct iv_error tape_err;
    bool tape_on;
};

static int64_t now_us(const struct talk *t)
{
    return iv_mono_us(iv_ctx_clock(t->host->ctx));
}

/* -- sink -- */

static void on_message(void *arg, const struct iv_msg *m)
{
    struct talk *t = arg;

    model_message(t->model, m, now_us(t));
}

static void note_level(struct talk *t, const int16_t *samples, size_t n, uint64_t at_sample)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += abs(samples[i]);
    t->levels[t->next_level].at_sample = at_sample;
    t->levels[t->next_level].n = n;
    t->levels[t->next_level].level = n ? sqrt(sum / (double)n / FULL_SCALE) : 0;
    t->next_level = (t->next_level + 1) % LEVELS;
}

static void note_sound(struct talk *t)
{
    const struct turn_times *times =
        t->model->n_times ? &t->model->times[t->model->n_times - 1] : NULL;
    struct player *player = stage_player(t->stage);

    if (!times || times->us[STAMP_SOUND])
        return;
    model_stamp(t->model, STAMP_SOUND, now_us(t));
    if (player)
        t->first_sample = player_position(player) + player_queued(player) + 1;
}

static void on_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct talk *t = arg;

    note_level(t, samples, n, at_sample);
    note_sound(t);
    if (t->tape_on && t->host->tape_audio)
        t->host->tape_audio(t->host->arg, samples, n, at_sample);
    stage_audio(t->stage, samples, n, at_sample);
}

static void on_cut(void *arg, uint64_t at_sample)
{
    struct talk *t = arg;

    (void)at_sample;
    stage_cut(t->stage);
    memset(t->levels, 0, sizeof t->levels);
}

static bool films(const struct talk *t)
{
    return t->tape_on && t->host->tape_frame;
}

static void on_frame(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms)
{
    struct talk *t = arg;

    if (films(t))
        t->host->tape_frame(t->host->arg, p, number, at_ms);
    stage_frame(t->stage, p, at_ms);
}

static void on_waits(void *arg, bool waits)
{
    ((struct talk *)arg)->model->waits = waits;
}

static void on_wake(void *arg)
{
    uint64_t one = 1;

    (void)!write(((struct talk *)arg)->wake_fd, &one, sizeof one);
}

static void on_notice(void *arg, const char *text)
{
    struct talk *t = arg;

    model_notice(t->model, now_us(t), "%s", text);
}

/* -- open -- */

static enum iv_code open_stage(struct talk *t, const char *speaker, struct iv_error *err)
{
    struct stage_host host = {.config = t->host->config,
                              .translate = tr,
                              .colour =
                                  t->host->colour && strcmp(t->host->config->screen_colors, "mono"),
                              .arg = t,
                              .notice = on_notice};
    enum iv_code rc = stage_open(&host, &t->stage, err);

    if (!rc && stage_speak(t->stage, speaker, err))
        model_notice(t->model, now_us(t), _("no sound: %s"), err->text);
    return rc;
}

static void open_voice(struct talk *t, const struct iv_session *s)
{
    const struct iv_config *c = t->host->config;
    struct iv_tts_choice choice = {.engine = c->tts_engine,
                                   .voice = s->spec.voice[0] ? s->spec.voice : c->tts_voice,
                                   .lang = s->spec.lang,
                                   .rate = c->tts_rate};
    struct iv_error err;

    if (iv_tts_open(t->host->ctx, &choice, &t->voice, &err)) {
        model_notice(t->model, now_us(t), _("no voice: %s"), err.text);
        return;
    }
    if (c->cache_prewarm && c->cache_enabled)
        iv_prewarm_start(t->host->ctx, t->host->store, t->id, &choice, &t->prewarm, NULL);
}

/* Said, because answers leave the machine then. */
static void open_words(struct talk *t)
{
    struct iv_error err;

    if (iv_llm_open(t->host->ctx, NULL, &t->words, &err)) {
        model_notice(t->model, now_us(t), _("no language model, the built-in interviewer asks: %s"),
                     err.text);
    } else if (t->words) {
        model_notice(t->model, now_us(t), _("the interviewer's words: %s, %s"),
                     iv_llm_engine(t->words), iv_llm_model(t->words));
        iv_llm_warm(t->words);
    }
}

static enum iv_code open_conversation(struct talk *t, struct iv_error *err)
{
    struct iv_conversation_options opt = {.voice = iv_voice_of(t->voice),
                                          .llm = t->words,
                                          .avatar = films(t),
                                          .record_events = t->host->config->session_record};
    struct iv_conversation_sink sink = {.arg = t,
                                        .message = on_message,
                                        .audio = on_audio,
                                        .cut = on_cut,
                                        .waits = on_waits,
                                        .frame = on_frame,
                                        .wake = on_wake};

    return iv_conversation_open(t->host->ctx, t->host->store, t->id, &opt, &sink, &t->c, err);
}

static enum iv_code open_parts(struct talk *t, const char *speaker, struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(t->host->store, t->id, &s, err);

    t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!rc && t->wake_fd < 0)
        rc = iv_fail(err, IV_E_NOMEM, "eventfd: %s", strerror(errno));
    if (!rc && t->host->tape_open) {
        rc = t->host->tape_open(t->host->arg, t->id, err);
        t->tape_on = !rc;
    }
    if (!rc)
        rc = open_stage(t, speaker, err);
    if (rc)
        return rc;
    if (stage_player(t->stage) || t->tape_on)
        open_voice(t, &s);
    open_words(t);
    rc = open_conversation(t, err);
    if (!rc)
        stage_join(t->stage, t->c, films(t));
    return rc;
}

static enum iv_code load_turns(struct talk *t, struct iv_error *err)
{
    struct iv_turn *turns = NULL;
    size_t n = 0;
    enum iv_code rc = iv_store_turns(t->host->store, t->id, &turns, &n, err);

    if (!rc)
        rc = model_turns(t->model, turns, n, err);
    iv_turns_free(turns, n);
    return rc;
}

enum iv_code talk_open(const struct tui_host *host, const char *session_id, const char *speaker,
                       struct model *model, struct talk **out, struct iv_error *err)
{
    struct talk *t = iv_alloc(sizeof *t);
    enum iv_code rc;

    *out = NULL;
    if (!t)
        return iv_fail(err, IV_E_NOMEM, "interview: out of memory");
    *t = (struct talk){.host = host, .model = model, .wake_fd = -1};
    snprintf(t->id, sizeof t->id, "%s", session_id);
    rc = open_parts(t, speaker, err);
    if (!rc)
        rc = load_turns(t, err);
    if (rc)
        talk_close(t, false, NULL);
    else
        *out = t;
    return rc;
}

static void close_all(struct talk *t)
{
    iv_conversation_close(t->c);
    iv_prewarm_end(t->prewarm, false);
    iv_tts_close(t->voice);
    iv_llm_close(t->words);
    stage_close(t->stage);
    if (t->wake_fd >= 0)
        close(t->wake_fd);
    free(t);
}

enum iv_code talk_close(struct talk *t, bool whole, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (!t)
        return IV_OK;
    if (t->stage && whole)
        stage_drain(t->stage, t->host->interrupted);
    if (t->tape_on)
        rc = t->host->tape_close(t->host->arg, t->c ? iv_conversation_now_ms(t->c) : 0, whole, err);
    close_all(t);
    return rc;
}

/* -- run -- */

static void refresh(struct talk *t)
{
    struct iv_asked asked;
    struct iv_error err;

    t->model->is_stale = false;
    if (load_turns(t, &err))
        model_notice(t->model, now_us(t), "%s", err.text);
    if (!iv_conversation_asked(t->c, &asked, NULL)) {
        model_asked(t->model, asked.text);
        t->model->question = asked.number;
        t->model->questions = asked.of;
    }
}

enum iv_code talk_start(struct talk *t, struct iv_error *err)
{
    enum iv_code rc = iv_conversation_start(t->c, err);

    if (!rc)
        refresh(t);
    talk_alive(t);
    return rc;
}

static void remind(struct talk *t)
{
    struct iv_error err;

    if (iv_conversation_phase(t->c) != IV_PHASE_LISTENING) {
        t->alive_ms = iv_conversation_now_ms(t->c);
    } else if (iv_conversation_now_ms(t->c) - t->alive_ms > SILENCE_MS) {
        if (iv_conversation_silence(t->c, &err))
            model_notice(t->model, now_us(t), "%s", err.text);
        t->alive_ms = iv_conversation_now_ms(t->c);
    }
}

static void note_heard(struct talk *t)
{
    struct player *player = stage_player(t->stage);

    if (t->first_sample && player && player_position(player) >= t->first_sample) {
        model_stamp(t->model, STAMP_HEARD, now_us(t));
        t->first_sample = 0;
    }
}

int talk_pump(struct talk *t)
{
    uint64_t count;
    int wait;

    (void)!read(t->wake_fd, &count, sizeof count);
    wait = stage_pump(t->stage);
    if (t->model->interim.len)
        talk_alive(t);
    note_heard(t);
    remind(t);
    if (t->model->is_stale)
        refresh(t);
    return wait;
}

int talk_fd(const struct talk *t)
{
    return t->wake_fd;
}

void talk_alive(struct talk *t)
{
    t->alive_ms = iv_conversation_now_ms(t->c);
    iv_conversation_alive(t->c);
}

enum iv_code talk_answer(struct talk *t, const char *text, struct iv_error *err)
{
    struct iv_answer a = {.text = text, .confidence = 1, .source = "typed"};
    enum iv_code rc;

    model_answering(t->model, now_us(t));
    rc = iv_conversation_answer(t->c, &a, err);
    if (rc)
        model_not_answered(t->model);
    else
        refresh(t);
    talk_alive(t);
    return rc;
}

enum iv_code talk_move(struct talk *t, enum talk_move move, struct iv_error *err)
{
    static enum iv_code (*const moves[])(iv_conversation *, struct iv_error *) = {
        [TALK_REPEAT] = iv_conversation_repeat,       [TALK_SKIP] = iv_conversation_skip,
        [TALK_PAUSE] = iv_conversation_pause,         [TALK_RESUME] = iv_conversation_resume,
        [TALK_INTERRUPT] = iv_conversation_interrupt, [TALK_END] = iv_conversation_end};
    enum iv_code rc = moves[move](t->c, err);

    talk_alive(t);
    if (!rc && t->model->is_stale)
        refresh(t);
    return rc;
}

enum iv_code talk_hear(struct talk *t, const char *device, bool on, struct iv_error *err)
{
    return stage_hear(t->stage, device, on, err);
}

enum iv_code talk_said(struct talk *t, struct iv_error *err)
{
    enum iv_code rc = iv_conversation_hear_end(t->c, err);

    return rc == IV_E_STT_NO_SPEECH ? IV_OK : rc;
}

void talk_by_key(struct talk *t, bool pushes)
{
    stage_by_key(t->stage, pushes);
}

bool talk_pushes(const struct talk *t)
{
    return stage_pushes(t->stage);
}

bool talk_is_pushed(const struct talk *t)
{
    return stage_is_pushed(t->stage);
}

enum iv_code talk_push(struct talk *t, bool down, struct iv_error *err)
{
    return stage_push(t->stage, down, err);
}

bool talk_hears(const struct talk *t)
{
    return stage_hears(t->stage);
}

enum iv_code talk_show(struct talk *t, enum stage_face where, struct iv_error *err)
{
    return stage_show(t->stage, where, err);
}

enum stage_face talk_shows(const struct talk *t)
{
    return stage_shows(t->stage);
}

struct term_face *talk_term_face(const struct talk *t)
{
    return stage_term_face(t->stage);
}

bool talk_face_moved(struct talk *t)
{
    return stage_face_moved(t->stage);
}

/* -- facts -- */

const struct iv_session *talk_session(const struct talk *t)
{
    return iv_conversation_session(t->c);
}

int64_t talk_remaining_ms(const struct talk *t)
{
    return iv_session_remaining_ms(talk_session(t), iv_wall_ms(iv_ctx_clock(t->host->ctx)));
}

static double voice_level(const struct talk *t)
{
    uint64_t now = iv_conversation_now_ms(t->c) * (IV_TTS_RATE_HZ / 1000);

    for (size_t i = 0; i < LEVELS; i++)
        if (t->levels[i].n && t->levels[i].at_sample <= now &&
            now < t->levels[i].at_sample + t->levels[i].n)
            return t->levels[i].level;
    return 0;
}

double talk_level(const struct talk *t)
{
    if (t->model->phase == IV_PHASE_SPEAKING && t->voice)
        return voice_level(t);
    if (stage_hears(t->stage))
        return stage_mic_level(t->stage);
    return t->voice ? 0 : -1;
}

int talk_gain_db(const struct talk *t)
{
    return t->model->phase == IV_PHASE_SPEAKING && t->voice ? 0 : stage_gain_db(t->stage);
}

const struct iv_question *talk_question(struct talk *t)
{
    struct iv_asked asked;

    return iv_conversation_asked(t->c, &asked, NULL) ? NULL : asked.question;
}

const char *talk_voice_name(const struct talk *t)
{
    return t->voice ? iv_tts_engine(t->voice) : "";
}

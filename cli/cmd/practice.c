/* practice.c - an interview: typed by a person, or held by itself with answers from files. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/player.h"
#include "practice/practice.h"
#include "iv/alloc.h"

static const struct cli_option options[] = {
    {.name = "type",
     .kind = CLI_STR,
     .arg = "TYPE",
     .help = N_("technical, behavioral or general.")},
    {.name = "language", .kind = CLI_STR, .arg = "LANG", .help = N_("ko, en or ja.")},
    {.name = "difficulty", .kind = CLI_STR, .arg = "LEVEL", .help = N_("easy, medium or hard.")},
    {.name = "duration",
     .kind = CLI_INT,
     .arg = "MINUTES",
     .min = -1e9,
     .max = 1e9,
     .help = N_("Length, 5 to 120 minutes.")},
    {.name = "role",
     .kind = CLI_STR,
     .arg = "TITLE",
     .help = N_("Job title; narrows technical questions.")},
    {.name = "persona",
     .kind = CLI_STR,
     .arg = "NAME",
     .help = N_("The interviewer's manner: neutral, warm or strict.")},
    {.name = "voice",
     .kind = CLI_STR,
     .arg = "NAME",
     .complete = "voice",
     .setting = "tts.voice",
     .help = N_("The interviewer's voice.")},
    {.name = "speaker",
     .kind = CLI_STR,
     .arg = "DEVICE",
     .setting = "audio.speaker",
     .help = N_("Playback device by name, or none.")},
    {.name = "questions",
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Ask from this question file or imported set.")},
    {.name = "answers",
     .kind = CLI_STR,
     .arg = "FILE|-|DIR",
     .complete = "file",
     .help = N_(
         "Take the answers from lines of text or from recordings, as fast as the machine allows.")},
    {.name = "record",
     .kind = CLI_STR,
     .arg = "DIR",
     .complete = "dir",
     .help = N_("Write SESSION.mp4, .wav, .txt and .json there.")},
    {.name = "seed",
     .kind = CLI_STR,
     .arg = "N",
     .help = N_("The same seed plans the same interview.")},
    {.name = "user", .kind = CLI_STR, .arg = "ID", .help = N_("Whose session it is.")},
    {.name = "plain", .kind = CLI_FLAG, .help = N_("Lines of text on standard input and output.")},
    {.name = NULL},
};

struct practice {
    struct cli *cli;
    struct screen screen;
    struct iv_manual_clock clock; /* of an unattended run */
    iv_ctx *ctx; /* on that clock; else the program's own */
    char id[IV_ID_BYTES];
    enum iv_lang lang;
    char voice_name[64];
    iv_tts *voice;
    struct player *player;
    struct answers *answers;
    struct tape *tape;
    iv_conversation *c;
    enum iv_code tape_rc; /* the first failure of the recording */
    struct iv_error tape_err;
};

/* -- sink -- */

static void on_message(void *arg, const struct iv_msg *m)
{
    screen_message(&((struct practice *)arg)->screen, m);
}

static void on_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct practice *p = arg;

    if (p->tape && !p->tape_rc)
        p->tape_rc = tape_sound(p->tape, samples, n, IV_TTS_RATE_HZ, at_sample, &p->tape_err);
    if (p->player && player_play(p->player, samples, n, NULL)) {
        cli_say(p->cli, "%s", _("the speaker stopped; the interview goes on as text"));
        player_close(p->player);
        p->player = NULL;
    }
}

static void on_cut(void *arg, uint64_t at_sample)
{
    struct practice *p = arg;

    (void)at_sample;
    if (p->player)
        player_flush(p->player);
}

static void on_frame(void *arg, const struct iv_picture *picture, uint64_t number, uint64_t at_ms)
{
    struct practice *p = arg;

    (void)number;
    if (p->tape && !p->tape_rc)
        p->tape_rc = tape_frame(p->tape, picture, at_ms, &p->tape_err);
}

/* -- voice -- */

static enum iv_code voice_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                struct iv_error *err)
{
    return iv_tts_start(((struct practice *)arg)->voice, text, sink, err);
}

static void voice_cancel(void *arg)
{
    iv_tts_cancel(((struct practice *)arg)->voice);
}

/* Without a voice or a speaker the interview is text: said once, not an error. */
static void open_sound(struct practice *p, bool unattended)
{
    struct iv_error err;

    if (!unattended &&
        player_open(p->cli->config->audio_speaker, IV_TTS_RATE_HZ, &p->player, &err)) {
        if (strcmp(p->cli->config->audio_speaker, "none"))
            cli_say(p->cli, _("no sound: %s"), err.text);
        if (!p->tape)
            return;
    }
    if (open_voice(p->cli, p->lang, p->voice_name, &p->voice, &err))
        cli_say(p->cli, _("no voice: %s"), err.text);
}

/* -- answers of an unattended run -- */

static enum iv_code next_answer(void *arg, const struct iv_session *s, const struct iv_answer **out,
                                struct iv_error *err)
{
    struct practice *p = arg;
    const struct iv_pcm *pcm;
    uint64_t now = iv_conversation_now_ms(p->c) * (IV_TTS_RATE_HZ / 1000);
    enum iv_code rc;

    (void)s;
    if (cli_interrupted) {
        rc = iv_conversation_pause(p->c, err);
        cli_say(p->cli, _("saved; interviewctl practice %s goes on"), p->id);
        return rc ? rc : iv_fail(err, IV_E_CANCELLED, "%s", "");
    }
    rc = answers_next(p->answers, out, err);
    if (rc || !*out)
        return rc;
    pcm = answers_pcm(p->answers);
    if (p->tape && pcm->len && !p->tape_rc)
        p->tape_rc = tape_sound(p->tape, pcm->samples, pcm->len, pcm->rate_hz, now, &p->tape_err);
    screen_answer(&p->screen, (*out)->text);
    return IV_OK;
}

/* -- session -- */

/* A clock that is turned by hand starts now, or where a session that is taken up again stood. */
static enum iv_code start_clock(struct practice *p, struct iv_error *err)
{
    struct iv_turn *turns = NULL;
    size_t n = 0;
    int64_t epoch = iv_wall_ms(&iv_clock_system);
    enum iv_code rc =
        p->cli->n_args ? iv_store_turns(p->cli->store, p->cli->args[0], &turns, &n, err) : IV_OK;

    if (!rc && n && turns[n - 1].wall_ms > epoch)
        epoch = turns[n - 1].wall_ms;
    iv_turns_free(turns, n);
    iv_manual_clock_init(&p->clock, epoch);
    return rc ? rc : iv_ctx_new(p->cli->config, &p->cli->log, &p->clock.clock, &p->ctx, err);
}

static enum iv_code take_up(struct practice *p, const char *id, struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(p->cli->store, id, &s, err);

    if (!rc) {
        snprintf(p->id, sizeof p->id, "%s", s.id);
        p->lang = s.spec.lang;
        snprintf(p->voice_name, sizeof p->voice_name, "%s", s.spec.voice);
    }
    return rc;
}

static enum iv_code create(struct practice *p, struct iv_error *err)
{
    struct iv_session_spec spec;
    iv_json *made = NULL;
    enum iv_code rc = cli_session_spec(p->cli, &spec, err);

    if (!rc)
        rc = iv_op_create(p->ctx, p->cli->store, &spec, &made, err);
    if (!rc) {
        snprintf(p->id, sizeof p->id, "%s", iv_json_get_str(made, "session_id", ""));
        p->lang = spec.lang;
        snprintf(p->voice_name, sizeof p->voice_name, "%s", spec.voice);
    }
    iv_json_free(made);
    return rc;
}

/* The newest session of this user that was left open with something said. */
static bool find_left(struct practice *p, char id[IV_ID_BYTES])
{
    struct iv_session_filter f = {
        .user_id = cli_user_id(p->cli), .status = IV_SESSION_PAUSED, .limit = 1};
    struct iv_session *rows = NULL;
    size_t n = 0;
    int64_t total;
    bool found = !iv_store_session_list(p->cli->store, &f, &rows, &n, &total, NULL) && n;

    if (found)
        snprintf(id, IV_ID_BYTES, "%s", rows[0].id);
    free(rows);
    return found;
}

static enum iv_code choose_session(struct practice *p, bool unattended, struct iv_error *err)
{
    char left[IV_ID_BYTES];

    if (p->cli->n_args)
        return take_up(p, p->cli->args[0], err);
    if (!unattended && !p->cli->yes && find_left(p, left) &&
        cli_confirm(p->cli, _("An interview was left unfinished. Go on with it?")))
        return take_up(p, left, err);
    return create(p, err);
}

static enum iv_code open_conversation(struct practice *p, bool unattended, struct iv_error *err)
{
    struct iv_conversation_options opt = {.avatar = p->tape && tape_film_path(p->tape),
                                          .record_events = p->cli->config->session_record,
                                          .unattended = unattended};
    struct iv_conversation_sink sink = {p, on_message, on_audio, on_cut,
                                        opt.avatar ? on_frame : NULL};

    if (p->voice)
        opt.voice = (struct iv_voice){p, voice_start, voice_cancel, NULL};
    return iv_conversation_open(p->ctx, p->cli->store, p->id, &opt, &sink, &p->c, err);
}

static enum iv_code hold(struct practice *p, bool unattended, struct iv_error *err)
{
    struct iv_answer_source source = {p, next_answer};
    enum iv_code rc = unattended ? iv_conversation_run(p->c, &p->clock, &source, err)
                                 : live_run(p->cli, p->c, &p->screen, err);

    if (p->player)
        player_drain(p->player, &cli_interrupted, NULL);
    if (!rc && p->tape_rc) {
        *err = p->tape_err;
        rc = p->tape_rc;
    }
    return rc;
}

/* -- result -- */

static enum iv_code print_text_report(struct practice *p, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(16u << 20);
    iv_json *report = NULL;
    enum iv_code rc = iv_op_report(p->ctx, p->cli->store, p->id, NULL, &report, err);

    if (!rc)
        rc = iv_report_render(report, IV_REPORT_TEXT, cli_terminal_width(), p->cli->colour_out,
                              &text, err);
    if (!rc) {
        printf("\n");
        rc = cli_print_text(p->cli, iv_buf_str(&text), text.len, err);
    }
    iv_json_free(report);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code print_object(struct practice *p, struct iv_error *err)
{
    iv_json *result = iv_json_dup(iv_conversation_result(p->c));
    iv_json *summary = iv_json_dup(iv_json_get(result, "summary"));
    enum iv_code rc;

    if (p->tape) {
        iv_json_set_str(summary, "transcript_url", tape_text_path(p->tape));
        iv_json_set_str(summary, "video_url", tape_film_path(p->tape));
    }
    iv_json_set(result, "summary", summary);
    rc = cli_print_object(p->cli, result, NULL, "session_id", err);
    iv_json_free(result);
    return rc;
}

static enum iv_code print_result(struct practice *p, struct iv_error *err)
{
    return p->cli->format == CLI_TABLE ? print_text_report(p, err) : print_object(p, err);
}

static enum iv_code open_all(struct practice *p, bool unattended, struct iv_error *err)
{
    const char *dir = cli_opt(p->cli, "record");
    enum iv_code rc = unattended ? start_clock(p, err) : IV_OK;

    if (!unattended)
        p->ctx = p->cli->ctx;
    if (!rc)
        rc = choose_session(p, unattended, err);
    if (!rc && unattended)
        rc = answers_open(p->cli, cli_opt(p->cli, "answers"), p->lang, &p->answers, err);
    if (!rc && dir)
        rc = tape_open(p->cli, dir, p->id, &p->tape, err);
    if (rc)
        return rc;
    open_sound(p, unattended);
    p->screen = (struct screen){.cli = p->cli,
                                .quiet = p->cli->format != CLI_TABLE,
                                .lang = p->lang,
                                .reply = IV_BUF_INIT(1u << 20)};
    return open_conversation(p, unattended, err);
}

static void close_all(struct practice *p)
{
    iv_conversation_close(p->c);
    iv_tts_close(p->voice);
    player_close(p->player);
    answers_close(p->answers);
    tape_drop(p->tape);
    screen_release(&p->screen);
    if (p->ctx != p->cli->ctx)
        iv_ctx_free(p->ctx);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct practice p = {.cli = cli};
    bool unattended = cli_opt(cli, "answers") != NULL;
    enum iv_code rc = open_all(&p, unattended, err);

    if (!rc)
        rc = hold(&p, unattended, err);
    if (!rc)
        rc = print_result(&p, err);
    if (!rc && p.tape) {
        struct tape *tape = p.tape;

        p.tape = NULL;
        rc = tape_close(tape, iv_conversation_now_ms(p.c), err);
    }
    close_all(&p);
    return rc;
}

const struct cli_command cli_cmd_practice = {
    .name = "practice",
    .args = "[SESSION]",
    .max_args = 1,
    .summary =
        N_("Take an interview: it asks, you answer, it follows up, and a scorecard ends it."),
    .details = N_("Questions are spoken where there is a speaker, and shown. An answer is one "
                  "line; lines that begin with a slash "
                  "are wishes: /repeat, /skip, /pause, /resume, /end. Ctrl-C saves and stops; "
                  "practice SESSION goes on. "
                  "With --answers nobody is needed: typed answers take as long as they would take "
                  "to say, recordings as long "
                  "as they are, and the session's clock runs as fast as the machine allows, ahead "
                  "of the one on the wall."),
    .options = options,
    .needs = CLI_NEEDS_STORE,
    .complete = "session",
    .examples = "  interviewctl practice --type behavioral --language en\n"
                "  interviewctl practice --plain --answers answers.txt --language en --type "
                "behavioral --record out/ --json | jq .feedback\n",
    .run = run,
};

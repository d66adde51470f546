/* practice.c - an interview: typed by a person, or held by itself with answers from files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cmd/full_screen.h"
#include "practice/practice.h"
#include "iv/alloc.h"
#include "stage.h"

static const struct cli_option options[] = {
    {.name = "resume",
     .kind = CLI_STR,
     .arg = "FILE|SESSION",
     .complete = "file",
     .help = N_("Your CV, as text: questions about what it names come first. With the id of a "
                "session: go on with it.")},
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
    {.name = "speaker",
     .kind = CLI_STR,
     .arg = "DEVICE|none",
     .setting = "audio.speaker",
     .help = N_("Playback device by name or a part of it; none is silent.")},
    {.name = "mic",
     .kind = CLI_STR,
     .arg = "DEVICE|none",
     .setting = "audio.mic",
     .help = N_("Microphone by name or a part of it; default is the system's, none means typed "
                "answers.")},
    {.name = "avatar",
     .kind = CLI_CHOICE,
     .arg = "WHERE",
     .choices = "window term none",
     .setting = "avatar.show",
     .help = N_("Where the face is shown; --record films it.")},
    {.name = "real-time",
     .kind = CLI_FLAG,
     .help = N_("With --answers: on the clock on the wall, not as fast as it goes.")},
    {.name = "plain", .kind = CLI_FLAG, .help = N_("Lines of text on standard input and output.")},
    {.name = NULL},
};

struct practice {
    struct cli *cli;
    struct screen screen;
    struct iv_manual_clock clock; /* of an unattended run */
    iv_ctx *ctx; /* on that clock; else the program's own */
    struct begun session;
    iv_tts *voice;
    iv_prewarm *prewarm; /* NULL: not asked for */
    iv_llm *model; /* finds the interviewer's words; NULL: the built-in ones */
    int wake_fd; /* readable when a provider delivered */
    struct stage *stage; /* NULL: unattended */
    struct answers *answers;
    struct tape *tape;
    iv_conversation *c;
    char notice[480]; /* the last one */
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
    if (p->stage)
        stage_audio(p->stage, samples, n, at_sample);
}

static void on_cut(void *arg, uint64_t at_sample)
{
    struct practice *p = arg;

    (void)at_sample;
    if (p->stage)
        stage_cut(p->stage);
}

static void on_frame(void *arg, const struct iv_picture *picture, uint64_t number, uint64_t at_ms)
{
    struct practice *p = arg;

    (void)number;
    if (p->tape && !p->tape_rc)
        p->tape_rc = tape_frame(p->tape, picture, at_ms, &p->tape_err);
    if (p->stage)
        stage_frame(p->stage, picture, at_ms);
}

/* The same again tells nobody anything. */
static void on_notice(void *arg, const char *text)
{
    struct practice *p = arg;

    if (strcmp(p->notice, text))
        cli_say(p->cli, "%s", text);
    snprintf(p->notice, sizeof p->notice, "%s", text);
}

static void on_wake(void *arg)
{
    uint64_t one = 1;

    (void)!write(((struct practice *)arg)->wake_fd, &one, sizeof one);
}

/* -- voice and words -- */

/* Without a speaker the interview is text: said once, not an error unless that speaker was asked for. */
static enum iv_code open_speaker(struct practice *p, struct iv_error *err)
{
    enum iv_code rc = stage_speak(p->stage, p->cli->config->audio_speaker, err);

    if (!rc || cli_opt(p->cli, "speaker"))
        return rc;
    cli_say(p->cli, _("no sound: %s"), err->text);
    return IV_OK;
}

/* A script that gives lines is listened to only where it says so itself. */
static bool is_wanted(const struct practice *p, const char *option, const char *value)
{
    return strcmp(value, "none") && (cli_opt(p->cli, option) || cli_is_terminal(STDIN_FILENO));
}

static enum iv_code open_mic(struct practice *p, struct iv_error *err)
{
    const char *mic = p->cli->config->audio_mic;
    enum iv_code rc;

    if (!is_wanted(p, "mic", mic))
        return IV_OK;
    rc = stage_hear(p->stage, mic, true, err);
    if (!rc)
        cli_say(p->cli, _("listening to %s; lines that are typed are answers too"),
                stage_mic_name(p->stage));
    if (!rc || cli_opt(p->cli, "mic"))
        return rc;
    cli_say(p->cli, "%s", err->text);
    return IV_OK;
}

/* What was asked for in so many words is there, or no session is begun. */
static enum iv_code open_stage(struct practice *p, struct iv_error *err)
{
    struct stage_host host = {
        .config = p->cli->config, .translate = cli_tr, .arg = p, .notice = on_notice};
    enum iv_code rc = stage_open(&host, &p->stage, err);

    if (!rc)
        rc = open_speaker(p, err);
    return rc ? rc : open_mic(p, err);
}

/* With the conversation, which draws it. */
static enum iv_code open_face(struct practice *p, struct iv_error *err)
{
    enum iv_code rc;

    stage_join(p->stage, p->c, p->tape && tape_film_path(p->tape));
    if (strcmp(p->cli->config->avatar_show, "window") ||
        !is_wanted(p, "avatar", p->cli->config->avatar_show))
        return IV_OK;
    rc = stage_show(p->stage, FACE_WINDOW, err);
    if (!rc || cli_opt(p->cli, "avatar"))
        return rc;
    cli_say(p->cli, "%s", err->text);
    return IV_OK;
}

static void open_own_voice(struct practice *p)
{
    struct iv_error err;

    if (open_voice(p->cli, p->session.lang, p->session.voice, &p->voice, &err))
        cli_say(p->cli, _("no voice: %s"), err.text);
}

static void start_prewarm(struct practice *p)
{
    const struct iv_config *c = p->cli->config;
    struct iv_tts_choice voice = {.engine = c->tts_engine,
                                  .voice = p->session.voice[0] ? p->session.voice : c->tts_voice,
                                  .lang = p->session.lang,
                                  .rate = c->tts_rate};
    struct iv_error err;

    if (c->cache_prewarm && c->cache_enabled && p->voice &&
        iv_prewarm_start(p->ctx, p->cli->store, p->session.id, &voice, &p->prewarm, &err))
        cli_say(p->cli, "%s", err.text);
}

/* Said once, because answers leave the machine then. */
static void open_words(struct practice *p)
{
    struct iv_error err;

    if (iv_llm_open(p->ctx, NULL, &p->model, &err))
        cli_say(p->cli, _("no language model, the built-in interviewer asks: %s"), err.text);
    else if (p->model)
        cli_say(p->cli, _("the interviewer's words: %s, %s"), iv_llm_engine(p->model),
                iv_llm_model(p->model));
    if (p->model)
        iv_llm_warm(p->model);
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
        cli_say(p->cli, _("saved; interviewctl practice %s goes on"), p->session.id);
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
    const char *again = begin_named(p->cli);
    struct iv_turn *turns = NULL;
    size_t n = 0;
    int64_t epoch = iv_wall_ms(&iv_clock_system);
    enum iv_code rc = again ? iv_store_turns(p->cli->store, again, &turns, &n, err) : IV_OK;

    if (!rc && n && turns[n - 1].wall_ms > epoch)
        epoch = turns[n - 1].wall_ms;
    iv_turns_free(turns, n);
    iv_manual_clock_init(&p->clock, epoch);
    return rc ? rc : iv_ctx_new(p->cli->config, &p->cli->log, &p->clock.clock, &p->ctx, err);
}

static enum iv_code open_conversation(struct practice *p, bool unattended, struct iv_error *err)
{
    struct iv_conversation_options opt = {.voice = iv_voice_of(p->voice),
                                          .avatar = p->tape && tape_film_path(p->tape),
                                          .record_events = p->cli->config->session_record,
                                          .llm = p->model,
                                          .unattended = unattended && p->ctx != p->cli->ctx};
    struct iv_conversation_sink sink = {.arg = p,
                                        .message = on_message,
                                        .audio = on_audio,
                                        .cut = on_cut,
                                        .frame = on_frame,
                                        .wake = on_wake};

    return iv_conversation_open(p->ctx, p->cli->store, p->session.id, &opt, &sink, &p->c, err);
}

static enum iv_code hold(struct practice *p, bool unattended, struct iv_error *err)
{
    struct iv_answer_source source = {p, next_answer};
    struct iv_manual_clock *clock = p->ctx != p->cli->ctx ? &p->clock : NULL;
    enum iv_code rc = unattended ? iv_conversation_run(p->c, clock, &source, err)
                                 : live_run(p->cli, p->c, &p->screen, p->wake_fd, p->stage, err);

    if (p->stage)
        stage_drain(p->stage, &cli_interrupted);
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
    enum iv_code rc = iv_op_report(p->ctx, p->cli->store, p->session.id, NULL, &report, err);

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

/* A session that is taken up waits for an answer to what was said last, perhaps days ago. */
static enum iv_code show_waiting(struct practice *p, struct iv_error *err)
{
    struct iv_turn *turns = NULL;
    size_t n = 0;
    enum iv_code rc = iv_store_turns(p->cli->store, p->session.id, &turns, &n, err);

    if (!rc && n && turns[n - 1].speaker == IV_INTERVIEWER)
        screen_again(&p->screen, turns[n - 1].text);
    iv_turns_free(turns, n);
    return rc;
}

static enum iv_code open_all(struct practice *p, bool unattended, struct iv_error *err)
{
    const char *dir = cli_opt(p->cli, "record");
    enum iv_code rc = begin_check_lines(p->cli, unattended, err);

    if (!rc)
        rc = begin_check(p->cli, unattended, err);
    if (!rc && !unattended)
        rc = open_stage(p, err);
    p->ctx = p->cli->ctx;
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!rc && p->wake_fd < 0)
        rc = iv_fail(err, IV_E_NOMEM, "eventfd: %s", strerror(errno));
    if (!rc && unattended && !cli_opt(p->cli, "real-time"))
        rc = start_clock(p, err);
    if (!rc)
        rc = begin_session(p->cli, p->ctx, unattended, &p->session, err);
    if (!rc && unattended)
        rc = answers_open(p->cli, cli_opt(p->cli, "answers"), p->session.lang, &p->answers, err);
    if (!rc && dir)
        rc = tape_open(p->cli, dir, p->session.id, &p->tape, err);
    if (rc)
        return rc;
    if (unattended || p->tape || stage_player(p->stage))
        open_own_voice(p);
    start_prewarm(p);
    open_words(p);
    p->screen = (struct screen){.cli = p->cli,
                                .quiet = p->cli->format != CLI_TABLE,
                                .lang = p->session.lang,
                                .reply = IV_BUF_INIT(1u << 20)};
    rc = open_conversation(p, unattended, err);
    if (!rc && !unattended)
        rc = open_face(p, err);
    return rc || unattended ? rc : show_waiting(p, err);
}

static void close_all(struct practice *p)
{
    iv_conversation_close(p->c);
    iv_prewarm_end(p->prewarm, false);
    iv_tts_close(p->voice);
    iv_llm_close(p->model);
    stage_close(p->stage);
    answers_close(p->answers);
    tape_drop(p->tape);
    screen_release(&p->screen);
    if (p->ctx != p->cli->ctx)
        iv_ctx_free(p->ctx);
    close(p->wake_fd);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct practice p = {.cli = cli, .wake_fd = -1};
    bool unattended = cli_opt(cli, "answers") != NULL;
    enum iv_code rc;

    if (cli->dry_run)
        return begin_try_out(cli, unattended, err);
    if (full_screen_wanted(cli))
        return full_screen_run(cli, err);
    rc = open_all(&p, unattended, err);

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
    .details =
        N_("On a terminal the interview takes the whole screen; F1 shows its keys, --yes goes "
           "to the first question at once, and --plain stays with lines of text. "
           "Questions are spoken where there is a speaker, and shown. An answer is what a "
           "microphone hears, or one line; lines that begin with a slash "
           "are wishes: /repeat, /skip, /pause, /resume, /end. Ctrl-C saves and stops; "
           "practice SESSION goes on. "
           "With --answers nobody is needed: typed answers take as long as they would take "
           "to say, recordings as long "
           "as they are, and the session's clock runs as fast as the machine allows, ahead "
           "of the one on the wall."),
    .shared = cli_session_options,
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_LOCAL | CLI_CHANGES,
    .complete = "session",
    .examples = "  interviewctl practice --type behavioral --language en\n"
                "  interviewctl practice --plain --answers answers.txt --language en --type "
                "behavioral --record out/ --json | jq .feedback\n",
    .run = run,
};

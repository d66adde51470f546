/* full_screen.c - see full_screen.h. */
#include "cmd/full_screen.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_file.h"
#include "iv/alloc.h"
#include "practice/practice.h"
#include "iv_build.h"
#include "tui.h"

struct full_screen {
    struct cli *cli;
    struct tape *tape;
    enum iv_code tape_rc; /* the first failure of the recording */
    struct iv_error tape_err;
};

bool full_screen_wanted(struct cli *cli)
{
    struct iv_error err;

    if (cli_flag(cli, "plain") || cli_opt(cli, "answers") || cli->no_input || cli->format_given ||
        !cli_is_terminal(STDIN_FILENO) || !cli_is_terminal(STDOUT_FILENO))
        return false;
    if (!tui_check(&err))
        return true;
    cli_say(cli, "%s", err.text);
    return false;
}

static enum iv_code create(void *arg, const struct iv_session_spec *spec, char id[IV_ID_BYTES],
                           struct iv_error *err)
{
    struct cli *cli = ((struct full_screen *)arg)->cli;
    struct cli_papers papers = {.n = 0};
    iv_json *made = NULL;
    enum iv_code rc = cli_read_papers(cli, &papers, err);

    if (!rc)
        rc = iv_op_create_with(cli->ctx, cli->store, spec, papers.items, papers.n, &made, err);
    if (!rc)
        snprintf(id, IV_ID_BYTES, "%s", iv_json_get_str(made, "session_id", ""));
    iv_json_free(made);
    cli_papers_release(&papers);
    return rc;
}

static enum iv_code set(void *arg, const char *key, const char *value, struct iv_error *err)
{
    struct cli *cli = ((struct full_screen *)arg)->cli;
    char *path = NULL;
    enum iv_code rc = iv_config_set(cli->config, key, value, IV_FROM_USER, NULL, err);

    if (!rc)
        rc = user_config_path(true, &path, err);
    if (!rc)
        rc = iv_config_file_edit(path, key, value, err);
    free(path);
    return rc;
}

/* -- --record -- */

static enum iv_code open_tape(void *arg, const char *session_id, struct iv_error *err)
{
    struct full_screen *f = arg;

    f->tape_rc = IV_OK;
    return tape_open(f->cli, cli_opt(f->cli, "record"), session_id, &f->tape, err);
}

static void on_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct full_screen *f = arg;

    if (!f->tape_rc)
        f->tape_rc = tape_sound(f->tape, samples, n, IV_TTS_RATE_HZ, at_sample, &f->tape_err);
}

static void on_frame(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms)
{
    struct full_screen *f = arg;

    (void)number;
    if (!f->tape_rc)
        f->tape_rc = tape_frame(f->tape, p, at_ms, &f->tape_err);
}

static enum iv_code close_tape(void *arg, uint64_t end_ms, bool whole, struct iv_error *err)
{
    struct full_screen *f = arg;
    struct tape *tape = f->tape;

    f->tape = NULL;
    if (whole && !f->tape_rc)
        return tape_close(tape, end_ms, err);
    tape_drop(tape);
    if (f->tape_rc)
        *err = f->tape_err;
    return f->tape_rc;
}

static enum iv_code fill_host(struct cli *cli, struct full_screen *f, struct tui_host *host,
                              struct iv_error *err)
{
    bool records = cli_opt(cli, "record") != NULL;

    *host = (struct tui_host){.ctx = cli->ctx,
                              .store = cli->store,
                              .config = cli->config,
                              .translate = cli_tr,
                              .interrupted = &cli_interrupted,
                              .session_id = begin_named(cli),
                              .at_once = cli->yes,
                              .colour = cli->colour_out,
                              .arg = f,
                              .create = create,
                              .set = set,
                              .tape_open = records ? open_tape : NULL,
                              .tape_audio = records ? on_audio : NULL,
                              .tape_frame = records && IV_HAVE_FFMPEG ? on_frame : NULL,
                              .tape_close = records ? close_tape : NULL};
    return cli_session_spec(cli, &host->spec, err);
}

/* What stays on the ordinary screen of what happened. */
static void say_last(struct cli *cli, const char *id, enum iv_code rc)
{
    struct iv_session s;

    if (!id[0] || iv_store_session_get(cli->store, id, &s, NULL))
        return;
    if (rc == IV_E_CANCELLED || !iv_session_is_over(&s))
        cli_say(cli, _("saved; interviewctl practice %s goes on"), id);
    else
        cli_say(cli, _("interviewctl report %s shows the report again"), id);
}

enum iv_code full_screen_run(struct cli *cli, struct iv_error *err)
{
    struct full_screen f = {.cli = cli};
    struct tui_host host;
    char last[IV_ID_BYTES] = "";
    enum iv_code rc = begin_check(cli, false, err);

    if (!rc)
        rc = fill_host(cli, &f, &host, err);
    if (rc)
        return rc;
    rc = tui_run(&host, last, err);
    tape_drop(f.tape);
    say_last(cli, last, rc);
    return rc;
}

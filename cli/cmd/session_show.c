/* session_show.c */
#include <string.h>

#include "common.h"

static const struct cli_option options[] = {
    {.name = "transcript",
     .kind = CLI_CHOICE,
     .arg = "FORM",
     .choices = "text json srt vtt md",
     .help = N_("Print what was said instead.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},
    {"user_id", N_("USER"), false},
    {"interview_type", N_("TYPE"), false},
    {"language", N_("LANGUAGE"), false},
    {"difficulty", N_("DIFFICULTY"), false},
    {"status", N_("STATUS"), false},
    {"created_at", N_("CREATED"), false},
    {"started_at", N_("STARTED"), false},
    {"expires_at", N_("EXPIRES"), false},
    {"duration_seconds", N_("SECONDS"), false},
    {"message_count", N_("TURNS"), false},
    {"metadata.questions_asked", N_("QUESTIONS"), false},
    {"metadata.responses_received", N_("ANSWERS"), false},
    {NULL, NULL, false},
};

static enum iv_code show_transcript(struct cli *cli, const char *form, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    enum iv_code rc = iv_desk_transcript_as(cli->desk, cli->args[0], form, &text, err);

    if (!rc) {
        cli_start_pager(cli);
        rc = cli_print_text(cli, iv_buf_str(&text), text.len, err);
    }
    iv_buf_release(&text);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *form = cli_opt(cli, "transcript");

    if (!form)
        return run_session_op(cli, iv_desk_get, columns, err);
    if (strcmp(form, "json"))
        return show_transcript(cli, form, err);
    cli->format = CLI_JSON;
    return run_session_op(cli, iv_desk_transcript, columns, err);
}

const struct cli_command cli_cmd_session_show = {
    .name = "session show",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Show an interview: its state, times and counts, or what was said."),
    .options = options,
    .needs = CLI_NEEDS_STORE,
    .complete = "session",
    .run = run,
};

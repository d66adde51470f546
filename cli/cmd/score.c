/* score.c - a scorecard for a transcript from elsewhere. */
#include <string.h>

#include "common.h"

static const struct cli_option options[] = {
    {.name = "as",
     .kind = CLI_CHOICE,
     .arg = "FORM",
     .choices = "text json md html",
     .help = N_("How it is written.")},
    {.name = "type",
     .kind = CLI_STR,
     .arg = "TYPE",
     .help = N_("technical, behavioral or general, where the file does not say.")},
    {.name = "language",
     .kind = CLI_STR,
     .arg = "LANG",
     .help = N_("ko, en or ja, where the file does not say.")},
    {.name = "rubric",
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Judge by this rubric.")},
    {.name = NULL},
};

static enum iv_code print_report(struct cli *cli, const iv_json *report, struct iv_error *err)
{
    const char *form = cli_opt(cli, "as");
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    enum iv_code rc;

    if ((form && !strcmp(form, "json")) || (!form && cli->format == CLI_JSON))
        return cli_print_json(cli, report, true, err);
    rc = iv_report_render(report,
                          form && !strcmp(form, "md")     ? IV_REPORT_MD
                          : form && !strcmp(form, "html") ? IV_REPORT_HTML
                                                          : IV_REPORT_TEXT,
                          cli_terminal_width(), cli->colour_out, &text, err);
    if (!rc)
        rc = cli_print_text(cli, iv_buf_str(&text), text.len, err);
    iv_buf_release(&text);
    return rc;
}

/* Flags say what a plain transcript cannot. */
static enum iv_code defaults(struct cli *cli, struct iv_session *s, struct iv_error *err)
{
    enum iv_code rc = cli_language(cli, &s->spec.lang, err);

    if (!rc)
        rc = iv_type_parse(cli_opt(cli, "type") ? cli_opt(cli, "type") : cli->config->session_type,
                           &s->spec.type, err);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(0);
    struct iv_session session = {0};
    struct iv_turn *turns = NULL;
    struct iv_score_input in = {.session = &session, .rubric_path = cli_opt(cli, "rubric")};
    iv_json *report = NULL, *judgement = NULL;
    enum iv_code rc = cli_read_text(cli, cli->args[0], 16u << 20, &text, err);

    iv_session_spec_init(&session.spec);
    if (!rc)
        rc = defaults(cli, &session, err);
    if (!rc)
        rc = iv_transcript_parse(iv_buf_str(&text), text.len, &session, &turns, &in.n_turns, err);
    in.turns = turns;
    if (!rc)
        rc = iv_score_ask(cli->ctx, &in, &judgement, err);
    in.judgement = judgement;
    if (!rc)
        rc = iv_score(cli->ctx, &in, &report, err);
    if (!rc)
        rc = print_report(cli, report, err);
    iv_json_free(report);
    iv_json_free(judgement);
    iv_turns_free(turns, in.n_turns);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_score = {
    .name = "score",
    .args = "FILE|-",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Score a transcript from elsewhere: the JSON of session export, or lines of "
                  "text that name their speaker."),
    .details = N_("A line of text is \"interviewer: ...\" or \"candidate: ...\"."),
    .options = options,
    .complete = "file",
    .needs = CLI_NEEDS_PIPE_OR_ARG,
    .run = run,
};

/* verify.c - does a report still say what was said? */
#include "common.h"

static enum iv_code read_report(struct cli *cli, const char *path, iv_json **out,
                                struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(0);
    enum iv_code rc = cli_read_text(cli, path, 64u << 20, &text, err);

    *out = NULL;
    if (!rc && iv_json_parse(iv_buf_str(&text), text.len, text.max, out, err))
        rc = IV_E_DATA;
    iv_buf_release(&text);
    return rc;
}

/* Where the store holds the session, the stored transcript is the judge; else the one inside the report. */
static enum iv_code verify_against_store(struct cli *cli, const iv_json *report,
                                         struct iv_error *err)
{
    const char *id = iv_json_get_str(report, "session_id", "");
    struct iv_turn *turns = NULL;
    struct iv_session s;
    size_t n = 0;
    enum iv_code rc;

    if (!iv_session_id_valid(id) || cli_open_store(cli, err) ||
        iv_store_session_get(cli->store, id, &s, err) ||
        iv_store_turns(cli->store, id, &turns, &n, err))
        return iv_report_verify(report, NULL, 0, err);
    rc = iv_report_verify(report, turns, n, err);
    iv_turns_free(turns, n);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *report = NULL;
    enum iv_code rc = read_report(cli, cli->args[0], &report, err);

    if (!rc)
        rc = verify_against_store(cli, report, err);
    if (!rc)
        cli_say(cli, "%s", _("every quote stands in the transcript and every total adds up"));
    iv_json_free(report);
    return rc;
}

const struct cli_command cli_cmd_verify = {
    .name = "verify",
    .args = "REPORT.json|-",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Check a report: quotes against the transcript, totals against their parts; exit "
                  "status 1 if one fails."),
    .complete = "file",
    .needs = CLI_NEEDS_PIPE_OR_ARG,
    .run = run,
};

/* report.c - scorecards: one, several, compared, or over time. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "iv/alloc.h"

static const struct cli_option options[] = {
    {.name = "as",
     .kind = CLI_CHOICE,
     .arg = "FORM",
     .choices = "text json md html",
     .help = N_("How it is written.")},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Where to write; standard output without it.")},
    {.name = "rubric",
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Judge by this rubric.")},
    {.name = "min-score",
     .kind = CLI_REAL,
     .arg = "N",
     .min = 0,
     .max = 10,
     .help = N_("Exit status 1 when the overall score is below N.")},
    {.name = "compare",
     .kind = CLI_STR,
     .arg = "SESSION",
     .complete = "session",
     .help = N_("Beside another session.")},
    {.name = "progress",
     .kind = CLI_FLAG,
     .help = N_("Scores over the sessions that are named, in their order.")},
    {.name = NULL},
};

static enum iv_code render(struct cli *cli, const iv_json *report, const char *form,
                           struct iv_buf *out, struct iv_error *err)
{
    if (!strcmp(form, "json")) {
        enum iv_code rc = iv_json_print(report, IV_JSON_PRETTY, out, err);

        iv_buf_addc(out, '\n');
        return rc;
    }
    return iv_report_render(report,
                            !strcmp(form, "md")     ? IV_REPORT_MD
                            : !strcmp(form, "html") ? IV_REPORT_HTML
                                                    : IV_REPORT_TEXT,
                            cli_terminal_width(), cli->colour_out, out, err);
}

static enum iv_code compare(struct cli *cli, const iv_json *report, const char *other,
                            struct iv_buf *out, struct iv_error *err)
{
    iv_json *b = NULL;
    enum iv_code rc = iv_desk_report(cli->desk, other, cli_opt(cli, "rubric"), &b, err);

    if (!rc)
        rc = iv_report_compare(report, b, out, err);
    iv_json_free(b);
    return rc;
}

static enum iv_code write_all(struct cli *cli, iv_json *const *reports, size_t n,
                              struct iv_buf *out, struct iv_error *err)
{
    const char *form = cli_opt(cli, "as"), *other = cli_opt(cli, "compare");
    enum iv_code rc = IV_OK;

    if (!form)
        form = cli->format == CLI_JSON ? "json" : "text";
    if (cli_flag(cli, "progress"))
        return iv_report_progress((const iv_json *const *)reports, n, out, err);
    for (size_t i = 0; i < n && !rc; i++) {
        if (i)
            iv_buf_addc(out, '\n');
        rc = other ? compare(cli, reports[i], other, out, err)
                   : render(cli, reports[i], form, out, err);
    }
    return rc;
}

/* No score is not a low score, but it does not reach the mark either. */
static enum iv_code check_minimum(struct cli *cli, iv_json *const *reports, size_t n,
                                  struct iv_error *err)
{
    double minimum = cli_opt_real(cli, "min-score", -1);

    for (size_t i = 0; i < n && minimum >= 0; i++) {
        const iv_json *score = iv_json_get(iv_report_feedback(reports[i]), "overall_score");

        if (iv_json_number(score, -1) < minimum)
            return iv_fail(err, IV_E_NO, "session %s: overall score %s%.1f is below %g",
                           cli->args[i], iv_json_type(score) == IV_JSON_NUMBER ? "" : "missing: ",
                           iv_json_number(score, 0), minimum);
    }
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output");
    struct iv_buf text = IV_BUF_INIT(256u << 20);
    size_t n = (size_t)cli->n_args;
    iv_json **reports = iv_alloc_array(n, sizeof *reports);
    enum iv_code rc = reports ? IV_OK : iv_fail(err, IV_E_NOMEM, "reports: out of memory");

    for (size_t i = 0; i < n && !rc; i++)
        rc = iv_desk_report(cli->desk, cli->args[i], cli_opt(cli, "rubric"), &reports[i], err);
    if (!rc)
        rc = write_all(cli, reports, n, &text, err);
    if (!rc && !path)
        cli_start_pager(cli);
    if (!rc)
        rc = cli_write_output(cli, path ? path : "-", iv_buf_str(&text), text.len, err);
    if (!rc)
        rc = check_minimum(cli, reports, n, err);
    for (size_t i = 0; reports && i < n; i++)
        iv_json_free(reports[i]);
    free(reports);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_report = {
    .name = "report",
    .args = "SESSION...",
    .min_args = 1,
    .max_args = -1,
    .summary = N_("Show the scorecard: levels with anchors, quotes, arithmetic, delivery."),
    .options = options,
    .needs = CLI_NEEDS_STORE,
    .complete = "session",
    .examples = "  interviewctl report \"$(cat sid)\" --as html -o report.html\n"
                "  interviewctl report \"$(cat sid)\" --min-score 7 || echo \"practise more\"\n",
    .run = run,
};

/* session_export.c */
#include "common.h"

static const struct cli_option options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Where to write it; standard output without it.")},
    {.name = NULL},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output");
    struct iv_buf text = IV_BUF_INIT(256u << 20);
    iv_json *out = NULL;
    enum iv_code rc = iv_desk_export(cli->desk, cli->args[0], &out, err);

    if (!rc)
        rc = iv_json_print(out, IV_JSON_PRETTY, &text, err);
    iv_buf_addc(&text, '\n');
    if (!rc)
        rc = cli_write_output(cli, path ? path : "-", iv_buf_str(&text), text.len, err);
    iv_json_free(out);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_session_export = {
    .name = "session export",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Write a whole interview (turns, events, report) as one JSON file."),
    .options = options,
    .needs = CLI_NEEDS_STORE,
    .complete = "session",
    .run = run,
};

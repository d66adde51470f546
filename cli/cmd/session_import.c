/* session_import.c */
#include "common.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(0);
    iv_json *file = NULL, *out = NULL;
    enum iv_code rc = cli_read_text(cli, cli->args[0], 64u << 20, &text, err);

    if (!rc && iv_json_parse(iv_buf_str(&text), text.len, text.max, &file, err))
        rc = IV_E_DATA;
    if (!rc)
        rc = iv_desk_import(cli->desk, file, &out, err);
    if (!rc)
        rc = cli_print_object(cli, out, session_columns, "session_id", err);
    iv_json_free(file);
    iv_json_free(out);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_session_import = {
    .name = "session import",
    .args = "FILE|-",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Take in an interview that session export wrote."),
    .needs = CLI_NEEDS_STORE | CLI_CHANGES | CLI_NEEDS_PIPE_OR_ARG,
    .complete = "file",
    .run = run,
};

/* session_create.c */
#include "common.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_session_spec spec;
    iv_json *out = NULL;
    enum iv_code rc = cli_session_spec(cli, &spec, err);

    if (!rc)
        rc = iv_op_create(cli->ctx, cli->store, &spec, &out, err);
    if (!rc)
        rc = cli_print_object(cli, out, session_columns, "session_id", err);
    iv_json_free(out);
    return rc;
}

const struct cli_command cli_cmd_session_create = {
    .name = "session create",
    .args = "",
    .summary = N_("Open an interview that ask and answer, or practice, then hold."),
    .options = cli_session_options,
    .needs = CLI_NEEDS_STORE,
    .examples = "  interviewctl session create --type technical --language en --format id > sid\n",
    .run = run,
};

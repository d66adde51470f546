/* session_delete.c */
#include "common.h"

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},
    {"deleted", N_("DELETED"), false},
    {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_desk_session(cli->desk, cli->args[0], &s, err);

    if (rc)
        return rc;
    if (!cli_confirm(cli, _("Delete this interview, its transcript and its report for ever?")))
        return iv_fail(err, IV_E_USAGE,
                       "session delete: not confirmed; --yes says so without asking");
    return run_session_op(cli, iv_desk_delete, columns, err);
}

const struct cli_command cli_cmd_session_delete = {
    .name = "session delete",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Remove an interview and everything that belongs to it."),
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .complete = "session",
    .run = run,
};

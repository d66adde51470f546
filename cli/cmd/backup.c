/* backup.c */
#include "cli.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc = iv_store_backup(cli->store, cli->args[0], err);

    if (!rc)
        cli_say(cli, _("the store is copied to %s"), cli->args[0]);
    return rc;
}

const struct cli_command cli_cmd_backup = {
    .name = "backup",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Write a consistent copy of the store."),
    .needs = CLI_NEEDS_STORE,
    .complete = "file",
    .run = run,
};

/* restore.c - the copy is checked before anything is replaced. */
#include <stdlib.h>

#include "cli.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc;

    if (!cli_confirm(cli, _("Replace the store, with every interview in it, by this copy?")))
        return iv_fail(err, IV_E_USAGE, "restore: not confirmed; --yes says so without asking");
    rc = cli_store_path(cli, &path, err);
    if (!rc)
        rc = iv_store_restore(cli->ctx, cli->args[0], path, err);
    if (!rc)
        cli_say(cli, _("the store is restored from %s"), cli->args[0]);
    free(path);
    return rc;
}

const struct cli_command cli_cmd_restore = {
    .name = "restore",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Replace the store by a copy that backup wrote."),
    .complete = "file",
    .run = run,
};

/* config_unset.c */
#include <stdlib.h>

#include "cli.h"
#include "config_file.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc;

    if (!iv_setting_find(cli->args[0]))
        return iv_fail(err, IV_E_NOT_FOUND, "unknown setting \"%s\"", cli->args[0]);
    rc = user_config_path(true, &path, err);
    if (!rc)
        rc = iv_config_file_edit(path, cli->args[0], NULL, err);
    free(path);
    return rc;
}

const struct cli_command cli_cmd_config_unset = {
    .name = "config unset",
    .args = "KEY",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Remove a setting from the user's configuration file."),
    .complete = "setting",
    .needs = CLI_MENDS_CONFIG,
    .run = run,
};

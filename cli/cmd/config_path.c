/* config_path.c */
#include <stdlib.h>

#include "cli.h"
#include "config_file.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc = user_config_path(false, &path, err);

    if (!rc)
        rc = cli_print_line(cli, path, err);
    free(path);
    return rc;
}

const struct cli_command cli_cmd_config_path = {
    .name = "config path",
    .args = "",
    .summary = N_("Print where the user's configuration file is."),
    .needs = CLI_MENDS_CONFIG,
    .run = run,
};

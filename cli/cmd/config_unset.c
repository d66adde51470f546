/* config_unset.c */
#include <stdlib.h>

#include "cli.h"
#include "config_file.h"

static enum iv_code show(struct cli *cli, const char *path, struct iv_error *err)
{
    const struct cli_fact facts[] = {
        {"key", N_("SETTING"), cli->args[0]}, {"file", N_("FILE"), path}, {NULL, NULL, NULL}};

    return cli_print_facts(cli, facts, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc;

    if (!iv_setting_find(cli->args[0]))
        return iv_fail(err, IV_E_NOT_FOUND, "unknown setting \"%s\"", cli->args[0]);
    rc = user_config_path(!cli->dry_run, &path, err);
    if (!rc)
        rc = cli->dry_run ? show(cli, path, err)
                          : iv_config_file_edit(path, cli->args[0], NULL, err);
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
    .needs = CLI_MENDS_CONFIG | CLI_CHANGES,
    .run = run,
};

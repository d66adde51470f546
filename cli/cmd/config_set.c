/* config_set.c - the value is checked before the file is touched. */
#include <stdlib.h>

#include "cli.h"
#include "config_file.h"

static enum iv_code show(struct cli *cli, const struct iv_setting *s, const char *path,
                         struct iv_error *err)
{
    const struct cli_fact facts[] = {{"key", N_("SETTING"), s->key},
                                     {"value", N_("VALUE"), cli->args[1]},
                                     {"file", N_("FILE"), path},
                                     {NULL, NULL, NULL}};

    return cli_print_facts(cli, facts, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const struct iv_setting *s = iv_setting_find(cli->args[0]);
    char *path = NULL;
    enum iv_code rc =
        iv_config_set(cli->config, cli->args[0], cli->args[1], IV_FROM_USER, NULL, err);

    if (rc)
        return rc == IV_E_CONFIG ? IV_E_USAGE : rc;
    if (s->kind == IV_SET_SECRET)
        return iv_fail(err, IV_E_USAGE, "%s: secrets are never taken from a command line", s->key);
    rc = user_config_path(!cli->dry_run, &path, err);
    if (!rc)
        rc = cli->dry_run ? show(cli, s, path, err)
                          : iv_config_file_edit(path, cli->args[0], cli->args[1], err);
    free(path);
    return rc;
}

const struct cli_command cli_cmd_config_set = {
    .name = "config set",
    .args = "KEY VALUE",
    .min_args = 2,
    .max_args = 2,
    .summary = N_("Write a setting into the user's configuration file."),
    .complete = "setting",
    .needs = CLI_MENDS_CONFIG | CLI_CHANGES,
    .run = run,
};

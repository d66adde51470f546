/* profile_use.c */
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "profile.h"

/* "none" is no name: the store of this machine again. */
static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    bool is_none = !strcmp(cli->args[0], "none");
    const struct cli_fact facts[] = {{"profile", N_("PROFILE"), cli->args[0]}, {NULL, NULL, NULL}};
    char *path = NULL, *file = NULL;
    enum iv_code rc = is_none ? IV_OK : profile_path(cli, false, &path, err);

    if (!rc)
        rc = user_config_path(!cli->dry_run, &file, err);
    if (!rc && !cli->dry_run)
        rc = iv_config_file_edit(file, "profile", is_none ? NULL : cli->args[0], err);
    if (!rc)
        rc = cli_print_facts(cli, facts, err);
    free(path);
    free(file);
    return rc;
}

const struct cli_command cli_cmd_profile_use = {
    .name = "profile use",
    .args = "NAME|none",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Work with this server from now on, or with the store of this machine again."),
    .needs = CLI_CHANGES | CLI_MENDS_CONFIG,
    .run = run,
};

/* profile_remove.c */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_file.h"
#include "profile.h"

/* One that is in use is used no longer, so that no command stumbles over it. */
static enum iv_code stop_using(const char *name, struct cli *cli, struct iv_error *err)
{
    char *file = NULL;
    enum iv_code rc = IV_OK;

    if (strcmp(cli->config->profile, name))
        return IV_OK;
    rc = user_config_path(true, &file, err);
    if (!rc)
        rc = iv_config_file_edit(file, "profile", NULL, err);
    free(file);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const struct cli_fact facts[] = {{"profile", N_("PROFILE"), cli->args[0]}, {NULL, NULL, NULL}};
    char *path = NULL;
    enum iv_code rc = profile_path(cli, false, &path, err);

    if (!rc && !cli->dry_run)
        rc = stop_using(cli->args[0], cli, err);
    if (!rc && !cli->dry_run && unlink(path))
        rc = iv_fail(err, IV_E_IO, "%s: cannot remove: %s", path, strerror(errno));
    if (!rc)
        rc = cli_print_facts(cli, facts, err);
    free(path);
    return rc;
}

const struct cli_command cli_cmd_profile_remove = {
    .name = "profile remove",
    .args = "NAME",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Forget a server's name."),
    .needs = CLI_CHANGES | CLI_MENDS_CONFIG,
    .run = run,
};

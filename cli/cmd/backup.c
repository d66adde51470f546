/* backup.c */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "iv/alloc.h"

/* A file is made beside the path and takes its name: the folder must take files. */
static enum iv_code show(struct cli *cli, const char *path, struct iv_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? iv_strndup(path, (size_t)(slash - path) + 1) : iv_strdup(".");
    const struct cli_fact facts[] = {{"file", N_("FILE"), path}, {NULL, NULL, NULL}};
    enum iv_code rc = folder ? IV_OK : iv_fail(err, IV_E_NOMEM, "path: out of memory");

    if (!rc)
        rc = not_the_store(cli, path, err);
    if (!rc && access(folder, W_OK | X_OK))
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path, strerror(errno));
    if (!rc)
        rc = cli_print_facts(cli, facts, err);
    free(folder);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc;

    if (cli->dry_run)
        return show(cli, cli->args[0], err);
    rc = iv_store_backup(cli->store, cli->args[0], err);
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
    .needs = CLI_NEEDS_STORE | CLI_LOCAL | CLI_CHANGES,
    .complete = "file",
    .run = run,
};

/* restore.c - the copy is checked before anything is replaced. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

/* The copy is restored beside nothing of the user's, so that all its checks are made, and counted. */
static enum iv_code try_restore(struct cli *cli, const char *folder, int64_t *sessions,
                                struct iv_error *err)
{
    struct iv_store_stats stats = {0};
    iv_store *copy = NULL;
    char file[4096];
    enum iv_code rc;

    snprintf(file, sizeof file, "%s/store.db", folder);
    rc = iv_store_restore(cli->ctx, cli->args[0], file, err);
    if (!rc)
        rc = iv_store_open(cli->ctx, "sqlite", file, &copy, err);
    if (!rc)
        rc = iv_store_stats(copy, NULL, 0, 0, &stats, err);
    *sessions = stats.total;
    iv_store_close(copy);
    return rc;
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm",
                                        "store.db.lock"};
    char file[4096];

    for (size_t i = 0; i < IV_LEN(names); i++) {
        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        unlink(file);
    }
    rmdir(folder);
}

static enum iv_code show(struct cli *cli, const char *path, struct iv_error *err)
{
    const char *temp = getenv("TMPDIR");
    char folder[4000], count[24];
    const struct cli_fact facts[] = {{"file", N_("FILE"), cli->args[0]},
                                     {"sessions", N_("SESSIONS"), count},
                                     {"store", N_("STORE"), path},
                                     {NULL, NULL, NULL}};
    int64_t sessions = 0;
    enum iv_code rc = not_the_store(cli, cli->args[0], err);

    if (rc)
        return rc;
    snprintf(folder, sizeof folder, "%s/interviewctl-XXXXXX", temp && temp[0] ? temp : "/tmp");
    if (!mkdtemp(folder))
        return iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", folder, strerror(errno));
    rc = try_restore(cli, folder, &sessions, err);
    remove_folder(folder);
    snprintf(count, sizeof count, "%lld", (long long)sessions);
    return rc ? rc : cli_print_facts(cli, facts, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc;

    if (!cli_confirm(cli, _("Replace the store, with every interview in it, by this copy?")))
        return iv_fail(err, IV_E_USAGE, "restore: not confirmed; --yes says so without asking");
    if (strcmp(cli->config->store_backend, "sqlite") != 0)
        return iv_fail(err, IV_E_USAGE, "restore: only a store in a file can be replaced, not %s",
                       cli->config->store_backend);
    rc = cli_store_path(cli, !cli->dry_run, &path, err);
    if (!rc)
        rc = cli->dry_run ? show(cli, path, err)
                          : iv_store_restore(cli->ctx, cli->args[0], path, err);
    if (!rc && !cli->dry_run)
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
    .needs = CLI_CHANGES,
    .complete = "file",
    .run = run,
};

/* sessions.c - where the sessions of a run are: the store of this machine, or a server. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum iv_code cli_store_path(struct cli *cli, bool make, char **out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    char *dir = NULL;
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (!strcmp(cli->config->store_backend, "redis")) {
        iv_buf_adds(&path, ""); /* it is where redis.url says */
    } else if (cli->config->store_path[0]) {
        iv_buf_adds(&path, cli->config->store_path);
    } else {
        rc = iv_config_dir(IV_DIR_DATA, make, &dir, err);
        if (!rc)
            iv_buf_addf(&path, "%s/store.db", dir);
    }
    if (!rc)
        rc = iv_buf_check(&path, "store path", err);
    if (!rc)
        *out = iv_buf_take(&path);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

enum iv_code cli_open_store(struct cli *cli, struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc = cli->store ? IV_OK : cli_store_path(cli, true, &path, err);

    if (!rc && !cli->store)
        rc = iv_store_open(cli->ctx, cli->config->store_backend, path, &cli->store, err);
    free(path);
    return rc;
}

static bool is_remote(const struct cli *cli)
{
    return cli->config->server[0];
}

bool cli_open_owner(struct cli *cli, iv_desk **out)
{
    char *path = NULL;
    bool is_open =
        !(cli->command->needs & CLI_LOCAL) && !strcmp(cli->config->store_backend, "sqlite") &&
        !cli_store_path(cli, false, &path, NULL) && !iv_desk_open_owner(cli->ctx, path, out, NULL);

    free(path);
    return is_open;
}

enum iv_code cli_open_desk(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc;

    if (is_remote(cli))
        return iv_desk_open_server(cli->ctx, cli->config->server, &cli->desk, err);
    if (cli_open_owner(cli, &cli->desk)) /* asked first: a lock is waited for */
        return IV_OK;
    rc = cli_open_store(cli, err);
    return rc ? rc : iv_desk_open_store(cli->ctx, cli->store, &cli->desk, err);
}

enum iv_code cli_open_sessions(struct cli *cli, struct iv_error *err)
{
    if (!(cli->command->needs & CLI_NEEDS_STORE))
        return IV_OK;
    if (is_remote(cli) && cli->command->needs & CLI_LOCAL)
        return iv_fail(err, IV_E_USAGE,
                       "%s: works on this machine's own sessions, not on those of %s (--server '' "
                       "turns to them)",
                       cli->command->name, cli->config->server);
    return cli->dry_run ? cli_open_copy(cli, err) : cli_open_desk(cli, err);
}

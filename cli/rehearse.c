/* rehearse.c - --dry-run: the command runs as ever, on a copy in memory.
 *
 * Every check is made and the result is the one that would come; nothing of it is kept. What time alone changes (a session that
 * has expired) is noticed by any look at the store, here too.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "iv/store_keys.h"

#define PAGE 100

/* The session that the first argument names, whole. */
static enum iv_code copy_session(struct cli *cli, iv_desk *from, const char *id,
                                 struct iv_error *err)
{
    iv_json *whole = NULL, *made = NULL;
    enum iv_code rc = iv_desk_export(from, id, &whole, err);

    if (!rc)
        rc = iv_op_import(cli->ctx, cli->store, whole, &made, err);
    iv_json_free(whole);
    iv_json_free(made);
    return rc;
}

/* The rows of all: a new session is counted with them, and its id must be new. */
static enum iv_code copy_rows(struct cli *cli, iv_store *from, struct iv_error *err)
{
    char last[IV_ID_BYTES] = "";
    size_t n = PAGE;
    enum iv_code rc = IV_OK;

    while (!rc && n == PAGE) {
        struct iv_session_filter f = {
            .status = -1, .limit = PAGE, .before_id = last[0] ? last : NULL};
        struct iv_session *rows = NULL;
        int64_t total;

        rc = iv_store_session_list(from, &f, &rows, &n, &total, err);
        for (size_t i = 0; i < n && !rc; i++)
            rc = iv_store_session_new(cli->store, &rows[i], 1 << 30, err);
        if (!rc && n)
            memcpy(last, rows[n - 1].id, sizeof last);
        free(rows);
    }
    return rc;
}

/* Their hashes go along; the pepper does not, for no secret that a dry run makes is shown. */
static enum iv_code copy_keys(struct cli *cli, iv_store *from, struct iv_error *err)
{
    struct iv_key *rows = NULL;
    size_t n = 0;
    enum iv_code rc = iv_store_key_list(from, &rows, &n, err);

    for (size_t i = 0; i < n && !rc; i++)
        rc = iv_store_key_new(cli->store, &rows[i], SIZE_MAX, err);
    free(rows);
    return rc;
}

static bool names_a_session(const struct cli *cli)
{
    return cli->n_args && cli->command->complete && !strcmp(cli->command->complete, "session");
}

static enum iv_code copy_from_store(struct cli *cli, struct iv_error *err)
{
    iv_store *real = NULL;
    iv_desk *desk = NULL;
    char *path = NULL;
    enum iv_code rc = cli_store_path(cli, false, &path, err);

    if (!rc && !access(path, F_OK))
        rc = iv_store_open(cli->ctx, cli->config->store_backend, path, &real, err);
    if (!rc && real)
        rc = iv_desk_open_store(cli->ctx, real, &desk, err);
    if (!rc && real)
        rc = names_a_session(cli) ? copy_session(cli, desk, cli->args[0], err)
                                  : copy_rows(cli, real, err);
    if (!rc && real)
        rc = copy_keys(cli, real, err);
    iv_desk_close(desk);
    iv_store_close(real);
    free(path);
    return rc;
}

/* The server alone knows how many sessions its users have open: that is not checked here. */
static enum iv_code copy_from_desk(struct cli *cli, iv_desk *desk, struct iv_error *err)
{
    return names_a_session(cli) ? copy_session(cli, desk, cli->args[0], err) : IV_OK;
}

static enum iv_code copy_from_server(struct cli *cli, struct iv_error *err)
{
    iv_desk *desk = NULL;
    enum iv_code rc = iv_desk_open_server(cli->ctx, cli->config->server, &desk, err);

    if (!rc)
        rc = copy_from_desk(cli, desk, err);
    iv_desk_close(desk);
    return rc;
}

static enum iv_code copy_from_here(struct cli *cli, struct iv_error *err)
{
    iv_desk *desk = NULL;
    enum iv_code rc =
        cli_open_owner(cli, &desk) ? copy_from_desk(cli, desk, err) : copy_from_store(cli, err);

    iv_desk_close(desk);
    return rc;
}

enum iv_code cli_open_copy(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc = iv_store_open(cli->ctx, "memory", "", &cli->store, err);

    if (!rc)
        rc = cli->config->server[0] ? copy_from_server(cli, err) : copy_from_here(cli, err);
    return rc ? rc : iv_desk_open_store(cli->ctx, cli->store, &cli->desk, err);
}

enum iv_code cli_mark_dry_run(struct cli *cli, struct iv_error *err)
{
    const char *text = _("dry run: nothing was changed");

    if (cli->format == CLI_TABLE)
        return cli_print_line(cli, text, err);
    if (cli->fields || (cli->format != CLI_JSON && cli->format != CLI_NDJSON))
        cli_say(cli, "%s", text); /* the object itself says it elsewhere */
    return IV_OK;
}

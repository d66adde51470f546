/* rehearse.c - --dry-run: the command runs as ever, on a copy in memory.
 *
 * Every check is made and the result is the one that would come; nothing of it is kept. What time alone changes (a session that
 * has expired) is noticed by any look at the store, here too.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define PAGE 100

/* The session that the first argument names, whole. */
static enum iv_code copy_session(struct cli *cli, iv_store *from, const char *id,
                                 struct iv_error *err)
{
    iv_json *whole = NULL, *made = NULL;
    enum iv_code rc = iv_op_export(cli->ctx, from, id, &whole, err);

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

static bool names_a_session(const struct cli *cli)
{
    return cli->n_args && cli->command->complete && !strcmp(cli->command->complete, "session");
}

enum iv_code cli_open_copy(struct cli *cli, struct iv_error *err)
{
    iv_store *real = NULL;
    char *path = NULL;
    enum iv_code rc = cli_store_path(cli, false, &path, err);

    if (!rc)
        rc = iv_store_open(cli->ctx, "memory", "", &cli->store, err);
    if (!rc && !access(path, F_OK))
        rc = iv_store_open(cli->ctx, cli->config->store_backend, path, &real, err);
    if (!rc && real)
        rc = names_a_session(cli) ? copy_session(cli, real, cli->args[0], err)
                                  : copy_rows(cli, real, err);
    iv_store_close(real);
    free(path);
    return rc;
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

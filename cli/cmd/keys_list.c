/* keys_list.c */
#include <stdlib.h>

#include "keys_common.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *list = iv_json_array();
    struct iv_key *rows = NULL;
    iv_keys *keys = NULL;
    size_t n = 0;
    enum iv_code rc = iv_keys_open(cli->ctx, cli->store, &keys, err);

    if (!rc)
        rc = iv_keys_list(keys, &rows, &n, err);
    for (size_t i = 0; i < n; i++)
        iv_json_append(list, iv_key_json(&rows[i], NULL));
    if (!rc)
        rc = cli_print_rows(cli, list, list, key_columns, "id", err);
    free(rows);
    iv_json_free(list);
    iv_keys_close(keys);
    return rc;
}

const struct cli_command cli_cmd_keys_list = {
    .name = "keys list",
    .args = "",
    .summary = N_("List API keys, oldest first; never their secrets."),
    .needs = CLI_NEEDS_STORE | CLI_LOCAL,
    .run = run,
};

/* keys_revoke.c */
#include "keys_common.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_key key;
    iv_keys *keys = NULL;
    enum iv_code rc = iv_keys_open(cli->ctx, cli->store, &keys, err);

    if (!rc)
        rc = iv_keys_revoke(keys, cli->args[0], &key, err);
    if (!rc)
        rc = show_key(cli, &key, NULL, err);
    iv_keys_close(keys);
    return rc;
}

const struct cli_command cli_cmd_keys_revoke = {
    .name = "keys revoke",
    .args = "KEY",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("End an API key, at once and for ever."),
    .needs = CLI_NEEDS_STORE | CLI_LOCAL | CLI_CHANGES,
    .complete = "key",
    .run = run,
};

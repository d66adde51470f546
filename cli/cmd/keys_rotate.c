/* keys_rotate.c */
#include <sodium.h>

#include "keys_common.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char secret[IV_KEY_SECRET_BYTES], until[IV_TIME_BYTES];
    struct iv_key key = {0};
    iv_keys *keys = NULL;
    enum iv_code rc = iv_keys_open(cli->ctx, cli->store, &keys, err);

    if (!rc)
        rc = iv_keys_rotate(keys, cli->args[0], &key, secret, err);
    if (!rc)
        rc = show_key(cli, &key, secret, err);
    if (!rc && key.former_until_ms) {
        iv_time_format(key.former_until_ms, 0, until);
        cli_say(cli, _("the former one is good until %s"), until);
    }
    sodium_memzero(secret, sizeof secret);
    iv_keys_close(keys);
    return rc;
}

const struct cli_command cli_cmd_keys_rotate = {
    .name = "keys rotate",
    .args = "KEY",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Give an API key a new secret and print it, this once."),
    .details = N_("The former one is good for the time of keys.grace; one older than that no "
                  "longer."),
    .needs = CLI_NEEDS_STORE | CLI_LOCAL | CLI_CHANGES,
    .complete = "key",
    .run = run,
};

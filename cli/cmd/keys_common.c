/* keys_common.c */
#include "keys_common.h"

const struct cli_column key_columns[] = {
    {"id", N_("KEY"), false},
    {"name", N_("NAME"), false},
    {"prefix", N_("BEGINS WITH"), false},
    {"user_id", N_("USER"), false},
    {"scopes", N_("MAY"), false},
    {"created_at", N_("CREATED"), false},
    {"last_used_at", N_("LAST USED"), false},
    {"expires_at", N_("EXPIRES"), false},
    {"revoked", N_("REVOKED"), false},
    {NULL, NULL, false},
};

enum iv_code show_key(struct cli *cli, const struct iv_key *key, const char *secret,
                      struct iv_error *err)
{
    iv_json *object;
    enum iv_code rc;

    if (cli->dry_run)
        secret = NULL;
    if (secret && cli->format == CLI_TABLE && !cli->fields)
        return cli_print_line(cli, secret, err);
    object = iv_key_json(key, secret);
    rc = cli_print_object(cli, object, key_columns, "id", err);
    iv_json_free(object);
    return rc;
}

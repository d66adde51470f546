/* keys_create.c */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "keys_common.h"

#define HOUR_MS 3600000ll

static const struct cli_option options[] = {
    {.name = "name",
     .kind = CLI_STR,
     .arg = "NAME",
     .help = N_("What the key is for; shown in lists.")},
    {.name = "user-id",
     .kind = CLI_STR,
     .arg = "ID",
     .help = N_("The key sees this user's interviews only; everybody's without it.")},
    {.name = "scope",
     .kind = CLI_LIST,
     .arg = "SCOPE",
     .choices = "read write admin",
     .help = N_("read, write or admin, more than once; read and write without it.")},
    {.name = "expires",
     .kind = CLI_STR,
     .arg = "TIME",
     .help = N_("When it ends: 2030-01-31T00:00:00Z, or after 12h, 30d or 8w; never without it.")},
    {.name = NULL},
};

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 'h':
        return HOUR_MS;
    case 'd':
        return 24 * HOUR_MS;
    case 'w':
        return 7 * 24 * HOUR_MS;
    default:
        return 0;
    }
}

/* A time, or a distance from now. */
static enum iv_code read_expiry(const char *text, int64_t now_ms, int64_t *out,
                                struct iv_error *err)
{
    size_t n = strspn(text, "0123456789");

    *out = iv_time_parse(text);
    if (*out < 0 && n && n <= 5 && unit_ms(text[n]) && !text[n + 1])
        *out = now_ms + strtol(text, NULL, 10) * unit_ms(text[n]);
    if (*out > now_ms)
        return IV_OK;
    return iv_fail(err, IV_E_USAGE,
                   "--expires \"%.60s\": must be a time to come, such as 2030-01-31T00:00:00Z, or "
                   "a distance, such as 12h, 30d or 8w",
                   text);
}

static enum iv_code read_spec(struct cli *cli, struct iv_key_spec *spec, struct iv_error *err)
{
    const char *expires = cli_opt(cli, "expires"), *const * scopes;
    size_t n = cli_opt_list(cli, "scope", &scopes);

    *spec = (struct iv_key_spec){.name = cli_opt(cli, "name"), .user_id = cli_opt(cli, "user-id")};
    if (!spec->name)
        return iv_fail(err, IV_E_USAGE, "keys create: --name is missing");
    for (size_t i = 0; i < n; i++) {
        unsigned scope = iv_scope_parse(scopes[i]);

        if (!scope)
            return iv_fail(err, IV_E_USAGE, "--scope \"%.60s\": must be one of read, write, admin",
                           scopes[i]);
        spec->scopes |= scope;
    }
    if (!expires)
        return IV_OK;
    return read_expiry(expires, iv_wall_ms(iv_ctx_clock(cli->ctx)), &spec->expires_ms, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key_spec spec;
    struct iv_key key;
    iv_keys *keys = NULL;
    enum iv_code rc = read_spec(cli, &spec, err);

    if (!rc)
        rc = iv_keys_open(cli->ctx, cli->store, &keys, err);
    if (!rc)
        rc = iv_keys_create(keys, &spec, &key, secret, err);
    if (!rc)
        rc = show_key(cli, &key, secret, err);
    sodium_memzero(secret, sizeof secret);
    iv_keys_close(keys);
    return rc;
}

const struct cli_command cli_cmd_keys_create = {
    .name = "keys create",
    .args = "",
    .summary = N_("Make an API key for the server and print it, this once."),
    .details = N_("Only a hash of the key is kept, under a secret in a file beside the store "
                  "(keys.pepper_file): a backup of the store alone opens nothing, and whoever "
                  "moves the store takes that file along."),
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_LOCAL | CLI_CHANGES,
    .examples = "  interviewctl keys create --name web > key\n"
                "  interviewctl keys create --name reports --scope read --expires 30d --json\n",
    .run = run,
};

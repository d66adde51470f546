/* config_validate.c - settings were read before the command ran: reaching it means that each is good by itself. What hangs together
 * (limits of services, the price table) is looked at here. */
#include "cli.h"
#include "iv/usage.h"

static enum iv_code check_together(const struct iv_config *c, struct iv_error *err)
{
    iv_ctx *ctx = NULL;
    enum iv_code rc = iv_ctx_new(c, NULL, NULL, &ctx, err);

    if (!rc)
        rc = iv_usage_check(ctx, err);
    iv_ctx_free(ctx);
    return rc == IV_E_DATA ? IV_E_CONFIG : rc;
}

static enum iv_code check_file(const char *path, struct iv_error *err)
{
    struct iv_config *c = NULL;
    enum iv_code rc = iv_config_new(&c, err);

    if (!rc)
        rc = iv_config_load_file(c, path, IV_FROM_USER, err);
    if (!rc)
        rc = check_together(c, err);
    iv_config_free(c);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc =
        cli->n_args ? check_file(cli->args[0], err) : check_together(cli->config, err);

    if (!rc)
        cli_say(cli, "%s", _("the configuration is good"));
    return rc;
}

const struct cli_command cli_cmd_config_validate = {
    .name = "config validate",
    .args = "[FILE]",
    .max_args = 1,
    .summary = N_("Check every setting, or those of a file; exit status 78 names what is wrong."),
    .complete = "file",
    .run = run,
};

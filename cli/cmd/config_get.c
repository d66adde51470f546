/* config_get.c */
#include "cli.h"

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const struct iv_setting *s = iv_setting_find(cli->args[0]);
    struct iv_buf text = IV_BUF_INIT(64u << 10);
    enum iv_code rc;

    if (!s)
        return iv_fail(err, IV_E_NOT_FOUND, "unknown setting \"%s\"", cli->args[0]);
    rc = iv_config_text(cli->config, s, &text, err);
    if (!rc)
        rc = cli_print_line(cli, iv_buf_str(&text), err);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_config_get = {
    .name = "config get",
    .args = "KEY",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Print the value of a setting."),
    .complete = "setting",
    .run = run,
};

/* config_list.c */
#include <stdlib.h>

#include "cli.h"

static const struct cli_option options[] = {
    {.name = "show-origin", .kind = CLI_FLAG, .help = N_("Say where each value comes from.")},
    {.name = NULL},
};

static const struct cli_column plain[] = {
    {"key", N_("KEY"), false},
    {"value", N_("VALUE"), false},
    {NULL, NULL, false},
};
static const struct cli_column with_origin[] = {
    {"key", N_("KEY"), false},     {"value", N_("VALUE"), false}, {"origin", N_("ORIGIN"), false},
    {"place", N_("PLACE"), false}, {NULL, NULL, false},
};

static iv_json *setting_json(const struct cli *cli, const struct iv_setting *s)
{
    struct iv_buf text = IV_BUF_INIT(64u << 10);
    iv_json *j = iv_json_object();
    const char *place = NULL;

    iv_config_text(cli->config, s, &text, NULL);
    iv_json_set_str(j, "key", s->key);
    iv_json_set_str(j, "value", iv_buf_str(&text));
    iv_json_set_str(j, "origin", iv_origin_name(iv_config_origin(cli->config, s, &place)));
    iv_json_set_str(j, "place", place);
    iv_buf_release(&text);
    return j;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *list = iv_json_array();
    enum iv_code rc;

    for (size_t i = 0; i < iv_setting_count(); i++)
        iv_json_append(list, setting_json(cli, iv_setting_at(i)));
    rc = cli_print_rows(cli, list, list, cli_flag(cli, "show-origin") ? with_origin : plain, "key",
                        err);
    iv_json_free(list);
    return rc;
}

const struct cli_command cli_cmd_config_list = {
    .name = "config list",
    .args = "",
    .summary = N_("List every setting with its value."),
    .options = options,
    .run = run,
};

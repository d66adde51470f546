/* avatar_list.c */
#include "cli.h"
#include "iv/avatar.h"

static const struct cli_column columns[] = {
    {"name", N_("NAME"), false},
    {"about", N_("ABOUT"), false},
    {NULL, NULL, false},
};

static void add(void *arg, const char *name, const char *about)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "name", name);
    iv_json_set_str(j, "about", about);
    iv_json_append(arg, j);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *list = iv_json_array();
    enum iv_code rc;

    iv_rig_each(cli->ctx, add, list);
    rc = cli_print_rows(cli, list, list, columns, "name", err);
    iv_json_free(list);
    return rc;
}

const struct cli_command cli_cmd_avatar_list = {
    .name = "avatar list",
    .args = "",
    .summary = N_("List the interviewers' faces."),
    .run = run,
};

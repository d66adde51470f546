/* providers_models.c */
#include "cli.h"
#include "iv/llm.h"

static const struct cli_option options[] = {
    {.name = "engine",
     .kind = CLI_STR,
     .arg = "NAME",
     .help = N_("The language model service; the first one without it.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"model", N_("MODEL"), false},
    {"about", N_("ABOUT"), false},
    {NULL, NULL, false},
};

static void add(void *arg, const char *model, const char *about)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "model", model);
    iv_json_set_str(j, "about", about);
    iv_json_append(arg, j);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *rows = iv_json_array();
    enum iv_code rc = iv_llm_models(cli->ctx, cli_opt(cli, "engine"), add, rows, err);

    if (!rc)
        rc = cli_print_rows(cli, rows, rows, columns, "model", err);
    iv_json_free(rows);
    return rc;
}

const struct cli_command cli_cmd_providers_models = {
    .name = "providers models",
    .args = "",
    .summary = N_("List the models of the language model service."),
    .options = options,
    .run = run,
};

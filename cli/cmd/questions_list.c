/* questions_list.c */
#include "questions_common.h"

static const struct cli_column columns[] = {
    {"id", N_("ID"), false},
    {"competency", N_("COMPETENCY"), false},
    {"seconds", N_("SECONDS"), true},
    {"ask", N_("QUESTION"), false},
    {NULL, NULL, false},
};

static enum iv_code add_bank(void *arg, const struct iv_bank *b, struct iv_error *err)
{
    (void)err;
    for (size_t i = 0; i < b->n; i++)
        iv_json_append(arg, iv_question_json(&b->questions[i]));
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *list = iv_json_array();
    enum iv_code rc = each_bank(cli, add_bank, list, err);

    if (!rc)
        cli_start_pager(cli);
    if (!rc)
        rc = cli_print_rows(cli, list, list, columns, "id", err);
    iv_json_free(list);
    return rc;
}

const struct cli_command cli_cmd_questions_list = {
    .name = "questions list",
    .args = "",
    .summary = N_("List the questions of the banks."),
    .options = questions_options,
    .examples = "  interviewctl questions list --type technical --language ko --difficulty hard\n",
    .run = run,
};

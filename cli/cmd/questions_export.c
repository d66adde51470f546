/* questions_export.c */
#include "questions_common.h"

static enum iv_code add_bank(void *arg, const struct iv_bank *b, struct iv_error *err)
{
    struct iv_buf *out = arg;

    if (out->len)
        iv_buf_adds(out, "---\n");
    return iv_bank_write(b, out, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    const char *path = cli_opt(cli, "output");
    enum iv_code rc;

    if (!cli_opt(cli, "set") &&
        !(cli_opt(cli, "type") && cli_opt(cli, "language") && cli_opt(cli, "difficulty")))
        return iv_fail(err, IV_E_USAGE,
                       "questions export: one bank: --type, --language and --difficulty, or --set");
    rc = each_bank(cli, add_bank, &text, err);
    if (!rc)
        rc = cli_write_output(cli, path ? path : "-", iv_buf_str(&text), text.len, err);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_questions_export = {
    .name = "questions export",
    .args = "",
    .summary = N_("Write a bank as YAML, to be edited and imported under another name."),
    .options = questions_options,
    .examples = "  interviewctl questions export --type technical --language en --difficulty easy "
                "-o mine.yaml\n"
                "  interviewctl practice --questions mine.yaml\n",
    .run = run,
};

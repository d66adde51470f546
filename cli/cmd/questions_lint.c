/* questions_lint.c - exit status 65 and file:line for each problem. */
#include "questions_common.h"

#include <stdlib.h>
#include <string.h>

#define BANK_MAX_BYTES (8u << 20)

static void print_problem(void *arg, const char *problem)
{
    (void)arg;
    printf("%s\n", problem);
}

static size_t lint_bytes(struct cli *cli, const char *bytes, size_t len, const char *name)
{
    return iv_bank_lint(cli->ctx, bytes, len, name, print_problem, NULL);
}

static enum iv_code lint_file(struct cli *cli, const char *path, size_t *problems,
                              struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(BANK_MAX_BYTES);
    bool from_stdin = !strcmp(path, "-");
    enum iv_code rc = from_stdin ? iv_buf_read_fd(&text, 0, "standard input", err)
                                 : iv_buf_read_file(&text, path, err);

    if (!rc)
        *problems += lint_bytes(cli, iv_buf_str(&text), text.len, from_stdin ? "-" : path);
    iv_buf_release(&text);
    return rc;
}

struct shipped {
    struct cli *cli;
    size_t problems;
    enum iv_code rc;
    struct iv_error *err;
};

static void lint_shipped(void *arg, const char *name)
{
    struct shipped *s = arg;
    struct iv_blob blob;

    if (s->rc)
        return;
    s->rc = iv_data_load(s->cli->ctx, name, &blob, s->err);
    if (s->rc)
        return;
    s->problems += lint_bytes(s->cli, blob.bytes, blob.len, blob.origin);
    iv_blob_release(&blob);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct shipped s = {.cli = cli, .err = err};

    if (!cli->n_args)
        iv_data_each("questions/", lint_shipped, &s);
    for (int i = 0; i < cli->n_args && !s.rc; i++)
        s.rc = lint_file(cli, cli->args[i], &s.problems, err);
    if (!s.rc && s.problems)
        s.rc = iv_fail(err, IV_E_DATA, "%zu problem%s", s.problems, s.problems == 1 ? "" : "s");
    return s.rc;
}

const struct cli_command cli_cmd_questions_lint = {
    .name = "questions lint",
    .args = "[FILE|-]...",
    .max_args = -1,
    .summary = N_("Check question files (the shipped ones without a FILE): form, coverage, "
                  "forbidden topics."),
    .complete = "file",
    .run = run,
};

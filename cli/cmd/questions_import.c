/* questions_import.c - a checked file becomes a named set in the user's data folder. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <errno.h>

#include "questions_common.h"

static const struct cli_option options[] = {
    {.name = "name",
     .kind = CLI_STR,
     .arg = "NAME",
     .help = N_("The set's name: letters, digits, - and _.")},
    {.name = NULL},
};

static bool good_name(const char *name)
{
    return name[0] && strlen(name) <= 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               strlen(name);
}

static void say_problem(void *arg, const char *problem)
{
    cli_say(arg, "%s", problem);
}

static enum iv_code show(struct cli *cli, const char *name, const char *path, struct iv_error *err)
{
    const struct cli_fact facts[] = {
        {"name", N_("NAME"), name}, {"file", N_("FILE"), path}, {NULL, NULL, NULL}};

    return cli_print_facts(cli, facts, err);
}

static enum iv_code keep(struct cli *cli, const struct iv_buf *text, const char *name,
                         struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    char *dir = NULL;
    enum iv_code rc = iv_config_dir(IV_DIR_DATA, !cli->dry_run, &dir, err);

    if (!rc) {
        iv_buf_addf(&path, "%s/questions", dir);
        if (!cli->dry_run && mkdir(iv_buf_str(&path), 0700) && errno != EEXIST)
            rc = iv_fail(err, IV_E_CREATE, "%s: %s", iv_buf_str(&path), strerror(errno));
        iv_buf_addf(&path, "/%s.yaml", name);
    }
    if (!rc)
        rc = cli->dry_run ? show(cli, name, iv_buf_str(&path), err)
                          : iv_buf_write_file(text, iv_buf_str(&path), 0600, err);
    if (!rc && !cli->dry_run)
        cli_say(cli, _("imported; interviewctl practice --questions %s asks from it"), name);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(0);
    const char *name = cli_opt(cli, "name");
    size_t problems;
    enum iv_code rc;

    if (!name || !good_name(name))
        return iv_fail(err, IV_E_USAGE, "questions import: --name \"%s\": letters, digits, - and _",
                       name ? name : "");
    rc = cli_read_text(cli, cli->args[0], 8u << 20, &text, err);
    if (!rc) {
        problems =
            iv_bank_lint(cli->ctx, iv_buf_str(&text), text.len, cli->args[0], say_problem, cli);
        if (problems)
            rc = iv_fail(err, IV_E_DATA, "%s: %zu problem%s; nothing was imported", cli->args[0],
                         problems, problems == 1 ? "" : "s");
    }
    if (!rc)
        rc = keep(cli, &text, name, err);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_questions_import = {
    .name = "questions import",
    .args = "FILE|-",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Check a question file and keep it as a named set."),
    .options = options,
    .needs = CLI_CHANGES,
    .complete = "file",
    .run = run,
};

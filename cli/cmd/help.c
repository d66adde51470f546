/* help.c - a command, or a topic. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void environment(void)
{
    char name[96];

    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);

        iv_setting_env_name(s, name);
        printf("%s%s%s\n    %s\n", name, s->env ? ", " : "", s->env ? s->env : "", _(s->help));
    }
    for (const struct cli_variable *v = cli_environment; v->names; v++)
        printf("%s\n    %s\n", v->names, _(v->what));
}

static void formats(void)
{
    printf("%s\n",
           _("table   for people\n"
             "json    one object, indented; keys are those of the API and are only ever added\n"
             "ndjson  one object a line, written at once\n"
             "tsv     a line of names, then values between tabs\n"
             "csv     the same by RFC 4180\n"
             "id      the id alone, one a line"));
}

static void exit_codes(void)
{
    for (int c = 0; c < IV_CODE_COUNT; c++) {
        const struct iv_code_info *i = iv_code_info((enum iv_code)c);

        printf("%3d  %-24s %s\n", i->exit_status, i->slug, _(i->meaning));
    }
}

static void files(void)
{
    static const struct {
        enum iv_dir dir;
        const char *what;
    } rows[] = {
        {IV_DIR_CONFIG, N_("interviewctl.conf: settings")},
        {IV_DIR_DATA, N_("store.db: sessions; questions/: imported sets")},
        {IV_DIR_CACHE, N_("speech that was synthesised")},
    };

    for (size_t i = 0; i < IV_LEN(rows); i++) {
        char *path = NULL;

        if (!iv_config_dir(rows[i].dir, false, &path, NULL))
            printf("%s\n    %s\n", path, _(rows[i].what));
        free(path);
    }
}

static void providers(void)
{
    printf(
        "%s\n",
        _("Nothing has to be set up: the interviewer, the voices (espeak-ng, Open JTalk), the "
          "recogniser\n"
          "for English (PocketSphinx) and the face run on this machine.\n"
          "interviewctl providers list shows what there is; interviewctl doctor what is missing."));
}

static const struct {
    const char *name;
    void (*print)(void);
} topics[] = {
    {"environment", environment}, {"formats", formats},
    {"exit-codes", exit_codes},   {"files", files},
    {"providers", providers},
};

static enum iv_code print_topic_list(void)
{
    cli_print_overview(stdout);
    printf("\n%s", _("Topics:"));
    for (size_t i = 0; i < IV_LEN(topics); i++)
        printf(" %s", topics[i].name);
    printf("\n");
    cli_print_letters(stdout);
    return IV_OK;
}

static enum iv_code unknown(const char *name, struct iv_error *err)
{
    const char *near = cli_nearest_command(name);

    return iv_fail(err, IV_E_USAGE, "help \"%s\": neither a command nor a topic%s%s%s", name,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const struct cli_command *k;
    char name[96];

    cli_start_pager(cli);
    if (!cli->n_args)
        return print_topic_list();
    for (size_t i = 0; i < IV_LEN(topics); i++)
        if (!strcmp(topics[i].name, cli->args[0])) {
            topics[i].print();
            return IV_OK;
        }
    snprintf(name, sizeof name, "%s%s%s", cli->args[0], cli->n_args > 1 ? " " : "",
             cli->n_args > 1 ? cli->args[1] : "");
    k = cli_find_command(name);
    if (k)
        cli_print_help(stdout, k);
    else if (cli_is_group(name))
        cli_print_group(stdout, name);
    else
        return unknown(name, err);
    return IV_OK;
}

const struct cli_command cli_cmd_help = {
    .name = "help",
    .args = "[COMMAND|TOPIC]",
    .max_args = 2,
    .summary = N_(
        "Show help on a command or a topic: environment, formats, exit-codes, files, providers."),
    .complete = "command",
    .needs = CLI_MENDS_CONFIG,
    .run = run,
};

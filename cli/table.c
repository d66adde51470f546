/* table.c - the list of commands. */
#include <string.h>

#include "cli.h"

#define C(symbol) extern const struct cli_command cli_cmd_##symbol;
#include "commands.def"
#undef C

const struct cli_command *const cli_commands[] = {
#define C(symbol) &cli_cmd_##symbol,
#include "commands.def"
#undef C
};

const size_t cli_command_count = IV_LEN(cli_commands);

const struct cli_command *cli_find_command(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (!strcmp(cli_commands[i]->name, name))
            return cli_commands[i];
    return NULL;
}

bool cli_is_group(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < cli_command_count; i++)
        if (!strncmp(cli_commands[i]->name, name, n) && cli_commands[i]->name[n] == ' ')
            return true;
    return false;
}

static const struct cli_option dry_run[] = {
    {.name = "dry-run",
     .letter = 'n',
     .kind = CLI_FLAG,
     .help = N_("Check everything, show what would come of it, and change nothing.")},
    {.name = NULL},
};

void cli_each_option(const struct cli_command *k,
                     void (*fn)(void *arg, const struct cli_option *option), void *arg)
{
    const struct cli_option *const tables[] = {k->shared, k->options,
                                               k->needs & CLI_CHANGES ? dry_run : NULL};

    for (size_t i = 0; i < IV_LEN(tables); i++)
        for (const struct cli_option *o = tables[i]; o && o->name; o++)
            fn(arg, o);
}

bool cli_has_options(const struct cli_command *k)
{
    return k->shared || k->options || k->needs & CLI_CHANGES;
}

const struct cli_variable cli_environment[] = {
    {"INTERVIEWCTL_PAGER, PAGER",
     N_("Shows long output on a terminal; less where neither is set. Empty or cat: no pager.")},
    {"VISUAL, EDITOR", N_("The editor of config edit; vi where neither is set.")},
    {"NO_COLOR, CLICOLOR, CLICOLOR_FORCE",
     N_("Colour: NO_COLOR wins over --color, that over the others.")},
    {"LC_ALL, LC_MESSAGES, LANG, LANGUAGE",
     N_("Language of messages and, where nothing says otherwise, of the interview.")},
    {"XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME",
     N_("Folders of the files that interviewctl help files lists.")},
    {"TMPDIR", N_("Where restore --dry-run tries a copy; /tmp without it.")},
    {NULL, NULL},
};

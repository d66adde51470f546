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

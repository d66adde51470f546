/* help.c - help from the tables. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "iv/text.h"

const char *cli_nearest_command(const char *word)
{
    const char *best = NULL;
    size_t best_distance = 4;

    for (size_t i = 0; i < cli_command_count; i++) {
        size_t d = iv_text_distance(word, cli_commands[i]->name);

        if (d < best_distance) {
            best_distance = d;
            best = cli_commands[i]->name;
        }
    }
    return best;
}

static void print_row(FILE *out, const char *left, const char *right)
{
    int width = iv_text_width(left);

    fprintf(out, "  %s", left);
    if (width > 24)
        fprintf(out, "\n%28s", "");
    else
        fprintf(out, "%*s", 26 - width, "");
    fprintf(out, "%s\n", right);
}

static void print_commands(FILE *out, const char *group)
{
    size_t n = group ? strlen(group) : 0;

    for (size_t i = 0; i < cli_command_count; i++)
        if (!group ||
            (!strncmp(cli_commands[i]->name, group, n) && cli_commands[i]->name[n] == ' '))
            print_row(out, cli_commands[i]->name, _(cli_commands[i]->summary));
}

void cli_print_overview(FILE *out)
{
    fprintf(out, "%s\n\n",
            _("interviewctl - practise job interviews with an interviewer who speaks"));
    fprintf(out, "%s\n  interviewctl practice\n\n", _("Begin here:"));
    fprintf(out, "%s\n", _("Commands:"));
    print_commands(out, NULL);
    fprintf(out, "\n%s\n",
            _("interviewctl COMMAND --help shows a command; interviewctl help lists topics."));
}

void cli_print_group(FILE *out, const char *group)
{
    fprintf(out, "%s interviewctl %s COMMAND\n\n%s\n", _("Usage:"), group, _("Commands:"));
    print_commands(out, group);
}

static void print_options(FILE *out, const struct cli_option *o)
{
    char left[96];

    for (; o && o->name; o++) {
        snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        print_row(out, left, _(o->help));
        if (o->choices)
            fprintf(out, "%28s%s\n", "", o->choices);
    }
}

void cli_print_help(FILE *out, const struct cli_command *k)
{
    fprintf(out, "%s interviewctl %s%s%s%s\n\n%s\n", _("Usage:"), k->name,
            k->options ? " [OPTION]..." : "", k->args[0] ? " " : "", k->args, _(k->summary));
    if (k->details)
        fprintf(out, "\n%s\n", _(k->details));
    if (k->options) {
        fprintf(out, "\n%s\n", _("Options:"));
        print_options(out, k->options);
    }
    fprintf(out, "\n%s\n", _("For every command:"));
    print_options(out, cli_global_options);
    if (k->examples)
        fprintf(out, "\n%s\n%s", _("Examples:"), k->examples);
}

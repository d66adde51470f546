/* help.c - help from the tables. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "iv/text.h"

/* Whole names and groups: "sesion" is nearer to session than to version. */
const char *cli_nearest_command(const char *word)
{
    static char best[64];
    size_t best_distance = 3;

    for (size_t i = 0; i < cli_command_count; i++) {
        const char *name = cli_commands[i]->name;

        for (size_t len = strcspn(name, " "); len; len = name[len] ? strlen(name) : 0) {
            char head[64];
            size_t d;

            snprintf(head, sizeof head, "%.*s", (int)len, name);
            d = iv_text_distance(word, head);
            if (d < best_distance && d < len) {
                best_distance = d;
                memcpy(best, head, sizeof best);
            }
        }
    }
    return best_distance < 3 ? best : NULL;
}

static void print_row(FILE *out, const char *left, const char *right)
{
    int width = iv_text_width(left);

    fprintf(out, "  %s", left);
    if (width > 24)
        fprintf(out, "\n%28s", "");
    else
        fprintf(out, "%*s", 26 - width, "");
    cli_print_folded(out, right, 28, 28);
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
    fputc('\n', out);
    cli_print_folded(
        out, _("interviewctl COMMAND --help shows a command; interviewctl help lists topics."), 0,
        0);
}

void cli_print_group(FILE *out, const char *group)
{
    fprintf(out, "%s interviewctl %s COMMAND\n\n%s\n", _("Usage:"), group, _("Commands:"));
    print_commands(out, group);
}

static void print_option(void *arg, const struct cli_option *o)
{
    FILE *out = arg;
    char left[96];

    snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->arg ? " " : "",
             o->arg ? o->arg : "");
    print_row(out, left, _(o->help));
    if (o->kind == CLI_CHOICE)
        fprintf(out, "%28s%s\n", "", o->choices);
}

static void note_letter(void *arg, const struct cli_option *o)
{
    if (o->letter)
        ((const struct cli_option **)arg)[(unsigned char)o->letter] = o;
}

void cli_print_letters(FILE *out)
{
    const struct cli_option *letters[UCHAR_MAX + 1] = {NULL};

    for (const struct cli_option *o = cli_global_options; o->name; o++)
        note_letter(letters, o);
    for (size_t i = 0; i < cli_command_count; i++)
        cli_each_option(cli_commands[i], note_letter, letters);
    fprintf(out, "%s", _("Short forms:"));
    for (size_t i = 0; i < IV_LEN(letters); i++)
        if (letters[i])
            fprintf(out, " -%c --%s", letters[i]->letter, letters[i]->name);
    fputc('\n', out);
}

void cli_print_help(FILE *out, const struct cli_command *k)
{
    fprintf(out, "%s interviewctl %s%s%s%s\n\n", _("Usage:"), k->name,
            cli_has_options(k) ? " [OPTION]..." : "", k->args[0] ? " " : "", k->args);
    cli_print_folded(out, _(k->summary), 0, 0);
    if (k->details) {
        fputc('\n', out);
        cli_print_folded(out, _(k->details), 0, 0);
    }
    if (cli_has_options(k))
        fprintf(out, "\n%s\n", _("Options:"));
    cli_each_option(k, print_option, out);
    fprintf(out, "\n%s\n", _("For every command:"));
    for (const struct cli_option *o = cli_global_options; o->name; o++)
        print_option(out, o);
    if (k->examples)
        fprintf(out, "\n%s\n%s", _("Examples:"), k->examples);
}

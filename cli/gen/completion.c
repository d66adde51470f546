/* completion.c - completions for bash, zsh and fish. Ids and names are completed live by `interviewctl completion --words KIND`. */
#include <string.h>

#include "gen.h"

static void put_options(FILE *out, const struct cli_option *o)
{
    for (; o && o->name; o++)
        fprintf(out, " --%s", o->name);
}

static void put_choices(FILE *out, const struct cli_option *o, const char *command)
{
    for (; o && o->name; o++) {
        if (o->choices)
            fprintf(out, "        \"%s --%s\") words=\"%s\" ;;\n", command, o->name, o->choices);
        else if (o->complete && !strcmp(o->complete, "file"))
            fprintf(out, "        \"%s --%s\") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n",
                    command, o->name);
        else if (o->complete)
            fprintf(
                out,
                "        \"%s --%s\") words=$(interviewctl completion --words %s 2>/dev/null) ;;\n",
                command, o->name, o->complete);
    }
}

static void put_groups(FILE *out)
{
    const char *last = "";
    size_t last_len = 0;

    for (size_t i = 0; i < cli_command_count; i++) {
        const char *name = cli_commands[i]->name;
        size_t len = strcspn(name, " ");

        if (len == last_len && !strncmp(name, last, len))
            continue;
        fprintf(out, " %.*s", (int)len, name);
        last = name;
        last_len = len;
    }
}

static void put_subcommands(FILE *out, const char *group, size_t n)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (!strncmp(cli_commands[i]->name, group, n) && cli_commands[i]->name[n] == ' ')
            fprintf(out, " %s", cli_commands[i]->name + n + 1);
}

/* Calls fn once for each group. */
static void each_group(FILE *out, void (*fn)(FILE *out, const char *group, size_t len))
{
    const char *last = "";

    for (size_t i = 0; i < cli_command_count; i++) {
        const char *space = strchr(cli_commands[i]->name, ' ');
        size_t len = space ? (size_t)(space - cli_commands[i]->name) : 0;

        if (!space || (!strncmp(last, cli_commands[i]->name, len) && last[len] == ' '))
            continue;
        last = cli_commands[i]->name;
        fn(out, last, len);
    }
}

static void bash_group(FILE *out, const char *group, size_t len)
{
    fprintf(out, "        %.*s) words=\"", (int)len, group);
    put_subcommands(out, group, len);
    fputs("\" ;;\n", out);
}

void gen_bash(FILE *out)
{
    fputs("# bash completion for interviewctl; made from the program's tables.\n"
          "_interviewctl()\n{\n    local cur prev command words i\n    COMPREPLY=()\n"
          "    cur=${COMP_WORDS[COMP_CWORD]}\n    prev=${COMP_WORDS[COMP_CWORD-1]}\n    "
          "command=${COMP_WORDS[1]}\n"
          "    case $command in\n        ",
          out);
    for (size_t i = 0, first = 1; i < cli_command_count; i++) {
        const char *space = strchr(cli_commands[i]->name, ' ');
        size_t len = space ? (size_t)(space - cli_commands[i]->name) : 0;

        if (!space || (i && !strncmp(cli_commands[i - 1]->name, cli_commands[i]->name, len + 1)))
            continue;
        fprintf(out, "%s%.*s", first ? "" : "|", (int)len, cli_commands[i]->name);
        first = 0;
    }
    fputs(") [ \"$COMP_CWORD\" -gt 2 ] && command=\"$command ${COMP_WORDS[2]}\" ;;\n    esac\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"",
          out);
    put_groups(out);
    fputs("\" -- \"$cur\"))\n        return\n    fi\n    case \"$command $prev\" in\n", out);
    for (size_t i = 0; i < cli_command_count; i++)
        put_choices(out, cli_commands[i]->options, cli_commands[i]->name);
    fputs("    esac\n    if [ -n \"$words\" ]; then\n        COMPREPLY=($(compgen -W \"$words\" -- "
          "\"$cur\"))\n        return\n    fi\n"
          "    case $command in\n",
          out);
    each_group(out, bash_group);
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *k = cli_commands[i];

        fprintf(out, "        \"%s\")\n            case $cur in -*) words=\"", k->name);
        put_options(out, k->options);
        put_options(out, cli_global_options);
        fputs("\" ;;", out);
        if (k->complete && !strcmp(k->complete, "file"))
            fputs(" *) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;", out);
        else if (k->complete)
            fprintf(out, " *) words=$(interviewctl completion --words %s 2>/dev/null) ;;",
                    k->complete);
        fputs(" esac ;;\n", out);
    }
    fputs("    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F "
          "_interviewctl interviewctl\n",
          out);
}

static void zsh_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void zsh_options(FILE *out, const struct cli_option *o)
{
    for (; o && o->name; o++) {
        fprintf(out, "            '--%s[", o->name);
        zsh_quoted(out, o->help);
        fputs("]", out);
        if (o->choices)
            fprintf(out, ":%s:(%s)", o->name, o->choices);
        else if (o->complete && !strcmp(o->complete, "file"))
            fprintf(out, ":%s:_files", o->name);
        else if (o->complete)
            fprintf(out, ":%s:{_interviewctl_words %s}", o->name, o->complete);
        else if (o->arg)
            fprintf(out, ":%s: ", o->name);
        fputs("' \\\n", out);
    }
}

static void zsh_arguments(FILE *out, const struct cli_command *k)
{
    fprintf(out, "        \"%s\")\n            _arguments \\\n", k->name);
    zsh_options(out, k->options);
    zsh_options(out, cli_global_options);
    if (!k->complete)
        fputs("            '*: : ' ;;\n", out);
    else if (!strcmp(k->complete, "file"))
        fputs("            '*:file:_files' ;;\n", out);
    else
        fprintf(out, "            '*:%s:{_interviewctl_words %s}' ;;\n", k->complete, k->complete);
}

static void zsh_group(FILE *out, const char *group, size_t len)
{
    fprintf(out, "        %.*s) compadd --", (int)len, group);
    put_subcommands(out, group, len);
    fputs(" ;;\n", out);
}

void gen_zsh(FILE *out)
{
    fputs("#compdef interviewctl\n# zsh completion for interviewctl; made from the program's "
          "tables.\n"
          "_interviewctl_words() { compadd -- ${(f)\"$(interviewctl completion --words $1 "
          "2>/dev/null)\"} }\n"
          "_interviewctl() {\n    local command=$words[2]\n    if (( CURRENT == 2 )); then\n       "
          " compadd --",
          out);
    put_groups(out);
    fputs("\n        return\n    fi\n    if (( CURRENT == 3 )); then\n        case $command in\n",
          out);
    each_group(out, zsh_group);
    fputs("        esac\n    fi\n    [[ -n $words[3] && $words[3] != -* ]] && case \"$command "
          "$words[3]\" in\n        ",
          out);
    for (size_t i = 0, first = 1; i < cli_command_count; i++)
        if (strchr(cli_commands[i]->name, ' ')) {
            fprintf(out, "%s\"%s\"", first ? "" : "|", cli_commands[i]->name);
            first = 0;
        }
    fputs(") command=\"$command $words[3]\" ;;\n    esac\n    case $command in\n", out);
    for (size_t i = 0; i < cli_command_count; i++)
        zsh_arguments(out, cli_commands[i]);
    fputs("    esac\n}\n_interviewctl \"$@\"\n", out);
}

static void fish_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void fish_condition(FILE *out, const struct cli_command *k)
{
    const char *space = strchr(k->name, ' ');

    if (space)
        fprintf(out,
                "complete -c interviewctl -n '__fish_seen_subcommand_from %.*s; and "
                "__fish_seen_subcommand_from %s'",
                (int)(space - k->name), k->name, space + 1);
    else
        fprintf(out, "complete -c interviewctl -n '__fish_seen_subcommand_from %s'", k->name);
}

static void fish_value(FILE *out, const char *choices, const char *complete)
{
    if (choices)
        fprintf(out, " -x -a '%s'", choices);
    else if (complete && !strcmp(complete, "file"))
        fputs(" -r -F", out);
    else if (complete)
        fprintf(out, " -x -a '(interviewctl completion --words %s 2>/dev/null)'", complete);
    else
        fputs(" -x", out);
}

static void fish_options(FILE *out, const struct cli_command *k)
{
    for (const struct cli_option *o = k->options; o && o->name; o++) {
        fish_condition(out, k);
        fprintf(out, " -l %s", o->name);
        if (o->letter)
            fprintf(out, " -s %c", o->letter);
        if (o->kind != CLI_FLAG)
            fish_value(out, o->choices, o->complete);
        fputs(" -d '", out);
        fish_quoted(out, o->help);
        fputs("'\n", out);
    }
    if (k->complete) {
        fish_condition(out, k);
        fish_value(out, NULL, k->complete);
        fputc('\n', out);
    }
}

void gen_fish(FILE *out)
{
    fputs("# fish completion for interviewctl; made from the program's tables.\ncomplete -c "
          "interviewctl -f\n",
          out);
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *k = cli_commands[i];
        const char *space = strchr(k->name, ' ');

        if (space)
            fprintf(out,
                    "complete -c interviewctl -n '__fish_use_subcommand' -a %.*s\n"
                    "complete -c interviewctl -n '__fish_seen_subcommand_from %.*s' -a %s -d '",
                    (int)(space - k->name), k->name, (int)(space - k->name), k->name, space + 1);
        else
            fprintf(out, "complete -c interviewctl -n '__fish_use_subcommand' -a %s -d '", k->name);
        fish_quoted(out, k->summary);
        fputs("'\n", out);
        fish_options(out, k);
    }
    for (const struct cli_option *o = cli_global_options; o->name; o++) {
        fprintf(out, "complete -c interviewctl -l %s", o->name);
        if (o->kind != CLI_FLAG)
            fish_value(out, o->choices, o->complete);
        fputs(" -d '", out);
        fish_quoted(out, o->help);
        fputs("'\n", out);
    }
}

/* completion.c - completions for bash, zsh and fish. Ids and names are completed live by `interviewctl completion --words KIND`. */
#include <string.h>

#include "gen.h"

static bool is_kind(const char *complete, const char *kind)
{
    return complete && !strcmp(complete, kind);
}

static void put_name(void *arg, const struct cli_option *o)
{
    fprintf(arg, " --%s", o->name);
}

static void each_global(void (*fn)(void *arg, const struct cli_option *o), void *arg)
{
    for (const struct cli_option *o = cli_global_options; o->name; o++)
        fn(arg, o);
}

/* -- bash -- */

struct bash_rows {
    FILE *out;
    const char *command; /* NULL: of every one */
};

/* What the word after this option is completed with. */
static void bash_value(void *arg, const struct cli_option *o)
{
    const struct bash_rows *r = arg;
    char pattern[96];

    if (o->kind == CLI_FLAG)
        return;
    if (r->command)
        snprintf(pattern, sizeof pattern, "\"%s --%s\"", r->command, o->name);
    else
        snprintf(pattern, sizeof pattern, "*\" --%s\"", o->name);
    fprintf(r->out, "        %s", pattern);
    if (o->letter && r->command)
        fprintf(r->out, "|\"%s -%c\"", r->command, o->letter);
    else if (o->letter)
        fprintf(r->out, "|*\" -%c\"", o->letter);
    if (o->choices)
        fprintf(r->out, ") words=\"%s\" ;;\n", o->choices);
    else if (is_kind(o->complete, "file"))
        fputs(") _interviewctl_files -f; return ;;\n", r->out);
    else if (is_kind(o->complete, "dir"))
        fputs(") _interviewctl_files -d; return ;;\n", r->out);
    else if (o->complete)
        fprintf(r->out, ") words=$(interviewctl completion --words %s 2>/dev/null) ;;\n",
                o->complete);
    else
        fputs(") return ;;\n", r->out);
}

/* Global options whose value is no command. */
static void bash_skip(void *arg, const struct cli_option *o)
{
    if (o->kind == CLI_FLAG)
        return;
    fprintf(arg, "--%s|", o->name);
    if (o->letter)
        fprintf(arg, "-%c|", o->letter);
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

static void bash_find_command(FILE *out)
{
    fputs("    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n        ",
          out);
    each_global(bash_skip, out);
    fputs("-) ((i++)) ;;\n        -*|=) ;;\n        *) command=$command${command:+ "
          "}${COMP_WORDS[i]}\n"
          "            case $command in ",
          out);
    for (size_t i = 0, first = 1; i < cli_command_count; i++) {
        const char *space = strchr(cli_commands[i]->name, ' ');
        size_t len = space ? (size_t)(space - cli_commands[i]->name) : 0;

        if (!space || (i && !strncmp(cli_commands[i - 1]->name, cli_commands[i]->name, len + 1)))
            continue;
        fprintf(out, "%s%.*s", first ? "" : "|", (int)len, cli_commands[i]->name);
        first = 0;
    }
    fputs(") ;; *) break ;; esac ;;\n        esac\n    done\n", out);
}

static void bash_command(FILE *out, const struct cli_command *k)
{
    fprintf(out, "        \"%s\")\n            case $cur in -*) words=\"", k->name);
    cli_each_option(k, put_name, out);
    each_global(put_name, out);
    fputs("\" ;;", out);
    if (is_kind(k->complete, "file"))
        fputs(" *) _interviewctl_files -f; return ;;", out);
    else if (k->complete)
        fprintf(out, " *) words=$(interviewctl completion --words %s 2>/dev/null) ;;", k->complete);
    fputs(" esac ;;\n", out);
}

void gen_bash(FILE *out)
{
    struct bash_rows rows = {out, NULL};

    fputs("# bash completion for interviewctl; made from the program's tables.\n"
          "_interviewctl_files()\n{\n    local IFS=$'\\n'\n    compopt -o filenames 2>/dev/null\n"
          "    COMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n}\n"
          "_interviewctl()\n{\n    local cur prev command='' words='' i\n    COMPREPLY=()\n"
          "    cur=${COMP_WORDS[COMP_CWORD]}\n    prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    if [ \"$cur\" = = ]; then\n        cur=''\n"
          "    elif [ \"$prev\" = = ]; then\n        prev=${COMP_WORDS[COMP_CWORD-2]}\n    fi\n",
          out);
    bash_find_command(out);
    fputs("    case \"$command $prev\" in\n", out);
    for (size_t i = 0; i < cli_command_count; i++) {
        rows.command = cli_commands[i]->name;
        cli_each_option(cli_commands[i], bash_value, &rows);
    }
    rows.command = NULL;
    each_global(bash_value, &rows);
    fputs("    esac\n    if [ -n \"$words\" ]; then\n        COMPREPLY=($(compgen -W \"$words\" -- "
          "\"$cur\"))\n        return\n    fi\n    case $command in\n        '') case $cur in -*) "
          "words=\"",
          out);
    each_global(put_name, out);
    fputs("\" ;; *) words=\"", out);
    put_groups(out);
    fputs("\" ;; esac ;;\n", out);
    each_group(out, bash_group);
    for (size_t i = 0; i < cli_command_count; i++)
        bash_command(out, cli_commands[i]);
    fputs("    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F "
          "_interviewctl interviewctl\n",
          out);
}

/* -- zsh -- */

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

static void zsh_option(void *arg, const struct cli_option *o)
{
    FILE *out = arg;

    if (o->letter)
        fprintf(out, "            '(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
                o->kind == CLI_FLAG ? "" : "+", o->name, o->kind == CLI_FLAG ? "" : "=");
    else
        fprintf(out, "            '%s--%s%s[", o->kind == CLI_LIST ? "*" : "", o->name,
                o->kind == CLI_FLAG ? "" : "=");
    zsh_quoted(out, o->help);
    fputs("]", out);
    if (o->choices)
        fprintf(out, ":%s:(%s)", o->name, o->choices);
    else if (is_kind(o->complete, "file"))
        fprintf(out, ":%s:_files", o->name);
    else if (is_kind(o->complete, "dir"))
        fprintf(out, ":%s:_files -/", o->name);
    else if (o->complete)
        fprintf(out, ":%s:{_interviewctl_words %s}", o->name, o->complete);
    else if (o->arg)
        fprintf(out, ":%s: ", o->name);
    fputs("' \\\n", out);
}

static void zsh_arguments(FILE *out, const struct cli_command *k)
{
    fprintf(out, "        \"%s\")\n            _arguments -s \\\n", k->name);
    cli_each_option(k, zsh_option, out);
    each_global(zsh_option, out);
    if (!k->complete)
        fputs("            '*: : ' ;;\n", out);
    else if (is_kind(k->complete, "file"))
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
          "_interviewctl() {\n    while [[ $words[2] == -* ]] && (( CURRENT > 2 )); do "
          "words[2]=(); (( CURRENT-- )); done\n    local command=$words[2]\n    if (( CURRENT == 2 "
          ")); then\n       "
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
    else if (is_kind(complete, "file"))
        fputs(" -r -F", out);
    else if (is_kind(complete, "dir"))
        fputs(" -x -a '(__fish_complete_directories)'", out);
    else if (complete)
        fprintf(out, " -x -a '(interviewctl completion --words %s 2>/dev/null)'", complete);
    else
        fputs(" -x", out);
}

static void fish_option(FILE *out, const struct cli_option *o)
{
    fprintf(out, " -l %s", o->name);
    if (o->letter)
        fprintf(out, " -s %c", o->letter);
    if (o->kind != CLI_FLAG)
        fish_value(out, o->choices, o->complete);
    fputs(" -d '", out);
    fish_quoted(out, o->help);
    fputs("'\n", out);
}

struct fish_rows {
    FILE *out;
    const struct cli_command *command; /* NULL: every one */
};

static void fish_row(void *arg, const struct cli_option *o)
{
    const struct fish_rows *r = arg;

    if (r->command)
        fish_condition(r->out, r->command);
    else
        fputs("complete -c interviewctl", r->out);
    fish_option(r->out, o);
}

static void fish_options(FILE *out, const struct cli_command *k)
{
    struct fish_rows rows = {out, k};

    cli_each_option(k, fish_row, &rows);
    if (!k->complete)
        return;
    fish_condition(out, k);
    if (is_kind(k->complete, "file"))
        fputs(" -F\n", out);
    else
        fprintf(out, " -a '(interviewctl completion --words %s 2>/dev/null)'\n", k->complete);
}

/* The command's own word, as long as the group has none after it. */
static void fish_word(FILE *out, const struct cli_command *k)
{
    const char *space = strchr(k->name, ' ');
    int len = space ? (int)(space - k->name) : 0;

    if (!space) {
        fprintf(out, "complete -c interviewctl -n '__fish_use_subcommand' -a %s -d '", k->name);
        return;
    }
    fprintf(out,
            "complete -c interviewctl -n '__fish_use_subcommand' -a %.*s\n"
            "complete -c interviewctl -n '__fish_seen_subcommand_from %.*s; and not "
            "__fish_seen_subcommand_from",
            len, k->name, len, k->name);
    put_subcommands(out, k->name, (size_t)len);
    fprintf(out, "' -a %s -d '", space + 1);
}

void gen_fish(FILE *out)
{
    struct fish_rows rows = {out, NULL};

    fputs("# fish completion for interviewctl; made from the program's tables.\ncomplete -c "
          "interviewctl -f\n",
          out);
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *k = cli_commands[i];

        fish_word(out, k);
        fish_quoted(out, k->summary);
        fputs("'\n", out);
        fish_options(out, k);
    }
    each_global(fish_row, &rows);
}

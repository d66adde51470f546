/* man.c - manual pages in mdoc. */
#include <ctype.h>
#include <string.h>

#include "gen.h"
#include "iv/error.h"
#include "iv/event.h"

#define DATE "November 23, 2026"

/* mdoc reads a leading dot or quote as a request, a backslash as an escape, and two-letter words of a macro line as macros. */
static void put(FILE *out, const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
        start = *text == '\n';
    }
}

#define LINE_BYTES 78

/* Prose: a sentence ends a line, as mdoc wants, and none is long. A word that begins with a dot is no request. */
static void put_prose(FILE *out, const char *text)
{
    size_t at = 0;

    while (*text) {
        size_t n = strcspn(text, " \n");
        bool ends = n && text[n - 1] == '.' && text[n] && isupper((unsigned char)text[n + 1]);

        if (at && at + 1 + n > LINE_BYTES) {
            fputc('\n', out);
            at = 0;
        }
        if (at)
            fputc(' ', out);
        fprintf(out, "%s", at || !strchr(".'", *text) ? "" : "\\&");
        for (size_t i = 0; i < n; i++)
            fputs(text[i] == '\\' ? "\\e" : (char[2]){text[i], '\0'}, out);
        at = ends ? 0 : at + 1 + n;
        if (ends)
            fputc('\n', out);
        text += n + (text[n] != '\0');
    }
    fputc('\n', out);
}

/* "ko en ja" as "ko, en, ja"; an empty first choice is left out. */
static void put_words(FILE *out, const char *words)
{
    for (words += strspn(words, " "); *words; words++)
        fputs(*words == ' ' ? ", " : (char[2]){*words, '\0'}, out);
}

static void head(FILE *out, const char *title, const char *section, const char *name,
                 const char *about)
{
    fprintf(out, ".\\\" Made from the program's tables; see cli/gen/man.c.\n.Dd %s\n.Dt ", DATE);
    for (const char *p = title; *p; p++)
        fputc(toupper((unsigned char)*p), out);
    fprintf(out, " %s\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
    for (const char *p = about; *p; p++)
        if (!(*p == '.' && !p[1]))
            fputc(*p == '\\' ? '/' : p == about ? tolower((unsigned char)*p) : *p, out);
    fputc('\n', out);
}

static void put_option(void *arg, const struct cli_option *o)
{
    FILE *out = arg;

    fputs(".It ", out);
    if (o->letter)
        fprintf(out, "Fl %c , ", o->letter);
    fprintf(out, "Fl \\-%s", o->name);
    if (o->arg)
        fprintf(out, " Ar %s", o->arg);
    fputc('\n', out);
    put_prose(out, o->help);
    if (o->kind == CLI_CHOICE) {
        fputs("One of ", out);
        put_words(out, o->choices);
        fputs(".\n", out);
    }
}

static void put_exit_statuses(FILE *out)
{
    static const struct {
        int status;
        const char *meaning;
    } rows[] = {
        {0, "Done."},
        {1, "It ran, and the answer is no."},
        {64, "The command line is wrong."},
        {65, "The input data is wrong."},
        {66, "There is no such input or id."},
        {69, "A server, provider or device is not available."},
        {70, "A fault of this program."},
        {71, "Out of memory or descriptors."},
        {73, "An output cannot be created."},
        {74, "Reading or writing failed: a full disk, a broken pipe."},
        {75, "Try again later: a limit was reached."},
        {76, "A server spoke nonsense."},
        {77, "It is not allowed."},
        {78, "The configuration is wrong."},
        {124, "The time of --timeout is over."},
        {130, "Interrupted (SIGINT)."},
        {143, "Ended by SIGTERM."},
    };

    fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n", out);
    for (size_t i = 0; i < IV_LEN(rows); i++)
        fprintf(out, ".It %d\n%s\n", rows[i].status, rows[i].meaning);
    fputs(".El\n", out);
}

static void page_name(const struct cli_command *k, char *out, size_t size)
{
    snprintf(out, size, "interviewctl-%s", k->name);
    for (; *out; out++)
        if (*out == ' ')
            *out = '-';
}

static void put_synopsis(FILE *out, const struct cli_command *k)
{
    char words[128];
    char *rest = words, *word;

    fprintf(out, ".Sh SYNOPSIS\n.Nm interviewctl\n.Cm %s\n", k->name);
    if (cli_has_options(k))
        fputs(".Op Ar option ...\n", out);
    snprintf(words, sizeof words, "%s", k->args);
    while ((word = strsep(&rest, " ")))
        if (*word)
            fprintf(out, ".Ar %s\n", word);
}

static void put_examples(FILE *out, const char *examples)
{
    if (!examples)
        return;
    fputs(".Sh EXAMPLES\n.Bd -literal\n", out);
    put(out, examples);
    fputs(".Ed\n", out);
}

void gen_man_command(FILE *out, const struct cli_command *k)
{
    char name[64];

    page_name(k, name, sizeof name);
    head(out, name, "1", name, k->summary);
    put_synopsis(out, k);
    fputs(".Sh DESCRIPTION\n", out);
    put_prose(out, k->summary);
    if (k->details) {
        fputs(".Pp\n", out);
        put_prose(out, k->details);
    }
    if (cli_has_options(k)) {
        fputs(".Pp\nThe options are:\n.Bl -tag -width Ds\n", out);
        cli_each_option(k, put_option, out);
        fputs(".El\n", out);
    }
    fputs(".Pp\nOptions that every command takes, exit statuses and files are in\n.Xr interviewctl "
          "1 .\n",
          out);
    put_examples(out, k->examples);
    fputs(".Sh SEE ALSO\n.Xr interviewctl 1 ,\n.Xr interviewctl.conf 5\n", out);
}

static void put_environment(FILE *out)
{
    fputs(".Sh ENVIRONMENT\nEvery setting has a variable; they are in\n.Xr interviewctl.conf 5 .\n"
          "Beside them:\n.Bl -tag -width Ds\n",
          out);
    for (const struct cli_variable *v = cli_environment; v->names; v++) {
        fputs(".It", out);
        for (const char *p = v->names; *p; p += strspn(p, ", ")) {
            size_t n = strcspn(p, ",");

            fprintf(out, "%s Ev %.*s", p == v->names ? "" : " ,", (int)n, p);
            p += n;
        }
        fputc('\n', out);
        put_prose(out, v->what);
    }
    fputs(".El\n", out);
}

static void put_files(FILE *out)
{
    fputs(".Sh FILES\n.Bl -tag -width Ds -compact\n"
          ".It Pa ~/.config/interviewctl/interviewctl.conf\nSettings.\n"
          ".It Pa ~/.local/share/interviewctl/store.db\nInterviews: what was said, the reports.\n"
          ".It Pa ~/.local/share/interviewctl/questions/\nImported question sets.\n"
          ".It Pa ~/.cache/interviewctl/\nSpeech that was synthesised.\n.El\n",
          out);
}

void gen_man_main(FILE *out)
{
    char name[64];

    head(out, "interviewctl", "1", "interviewctl",
         "practise job interviews with an interviewer who speaks");
    fputs(".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Op Ar argument ...\n.Sh "
          "DESCRIPTION\n.Nm\n"
          "holds a job interview in English, Korean or Japanese: it asks, listens,\n"
          "follows up and shows a "
          "scorecard whose every score names its evidence.\n"
          "It needs no network, no key and no GPU.\n.Pp\nThe commands are:\n.Bl -tag -width Ds\n",
          out);
    for (size_t i = 0; i < cli_command_count; i++) {
        page_name(cli_commands[i], name, sizeof name);
        fprintf(out, ".It Xr %s 1\n", name);
        put_prose(out, cli_commands[i]->summary);
    }
    fputs(".El\n.Pp\nEvery command takes:\n", out);
    fputs(".Bl -tag -width Ds\n", out);
    for (const struct cli_option *o = cli_global_options; o->name; o++)
        put_option(out, o);
    fputs(".El\n", out);
    put_environment(out);
    put_files(out);
    put_exit_statuses(out);
    fputs(".Sh DIAGNOSTICS\nErrors are one line on standard error,\n"
          ".Dl interviewctl: error[CODE]: text\nand with\n.Fl \\-json\nan object.\nThe codes are:\n"
          ".Bl -tag -width Ds\n",
          out);
    for (int c = 1; c < IV_CODE_COUNT; c++)
        fprintf(out, ".It Er %s\n%s\nExit status %d.\n", iv_code_info((enum iv_code)c)->slug,
                iv_code_info((enum iv_code)c)->meaning, iv_code_info((enum iv_code)c)->exit_status);
    fputs(".El\n.Sh SEE ALSO\n.Xr interviewctl-events 5 ,\n.Xr interviewctl.conf 5\n", out);
}

void gen_man_conf(FILE *out)
{
    static const char *const kinds[] = {"Text",    "A whole number", "A number", "True or false",
                                        "One of ", "A secret",       "A path"};
    char env[96];

    head(out, "interviewctl.conf", "5", "interviewctl.conf", "settings of interviewctl");
    fputs(".Sh DESCRIPTION\nThe file holds lines\n.Dl key = value\nbelow lines\n.Dl [section]\n"
          "so that setting\n.Ql tts.engine\nis\n.Ql engine\nin section\n.Ql tts .\n"
          "A flag wins over the environment, the environment over\n.Pa .env\nin the working "
          "folder, that over the\n"
          "user's file, that over the system's, and that over the default.\n.Pp\nThe settings "
          "are:\n.Bl -tag -width Ds\n",
          out);
    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);

        iv_setting_env_name(s, env);
        fprintf(out, ".It Va %s\n", s->key);
        put_prose(out, s->help);
        fputs(kinds[s->kind], out);
        if (s->choices)
            put_words(out, s->choices);
        if (s->kind == IV_SET_INT || s->kind == IV_SET_REAL)
            fprintf(out, " from %g to %g", s->min, s->max);
        if (s->unit)
            fprintf(out, " in %s", s->unit);
        fprintf(out, "; default %s%s%s.\nEnvironment:\n.Ev %s", s->dflt[0] ? "\"" : "empty",
                s->dflt, s->dflt[0] ? "\"" : "", env);
        if (s->env)
            fprintf(out, " ,\n.Ev %s", s->env);
        fputs("\n", out);
    }
    fputs(".El\n.Sh FILES\n.Bl -tag -width Ds -compact\n.It Pa "
          "~/.config/interviewctl/interviewctl.conf\nThe user's.\n"
          ".It Pa /etc/interviewctl/interviewctl.conf\nThe system's.\n.El\n.Sh SEE ALSO\n.Xr "
          "interviewctl 1\n",
          out);
}

static void put_field(void *arg, const char *name, const char *kind, bool optional)
{
    fprintf(arg, ".It Va %s\n%s%s\n", name, kind, optional ? ", optional" : "");
}

void gen_man_events(FILE *out)
{
    head(out, "interviewctl-events", "5", "interviewctl-events", "messages of an interview");
    fputs(".Sh DESCRIPTION\nAn interview is a stream of JSON objects, one a line\nwhere they are "
          "written to a pipe.\n"
          "Each has a\n.Va type\nand a\n.Va timestamp .\n",
          out);
    for (int from = 0; from < 2; from++) {
        fprintf(out, ".Sh %s\n", from ? "FROM THE CLIENT" : "TO THE CLIENT");
        for (unsigned t = 0; t < IV_MSG_COUNT; t++) {
            if (iv_msg_from_client((enum iv_msg_type)t) != (from == 1))
                continue;
            fprintf(out, ".Ss %s\n", iv_msg_name((enum iv_msg_type)t));
            put_prose(out, iv_msg_meaning((enum iv_msg_type)t));
            fputs(".Bl -tag -width session_ids -compact\n.It Va type\nstring\n", out);
            iv_msg_fields((enum iv_msg_type)t, put_field, out);
            fputs(".El\n", out);
        }
    }
    fputs(".Sh SEE ALSO\n.Xr interviewctl 1\n", out);
}

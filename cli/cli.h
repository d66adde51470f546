/* cli.h - what every command is given: parsed options, settings, store, output.
 *
 * Why:     commands are rows (commands.def) and one file each (cmd/); parsing, help, manual pages and completions follow from them.
 * Owns:    struct cli owns everything below it until cli_release().
 * Threads: [main].
 * Errors:  a command returns a code and fills err; main.c prints it and turns it into the exit status. IV_E_NO is exit status 1
 *          and prints err.text only when it is not empty.
 */
#ifndef IV_CLI_H
#define IV_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "iv/config.h"
#include "iv/ctx.h"
#include "iv/json.h"
#include "iv/desk.h"
#include "iv/store.h"

/* Marks a text for translation; cli_tr() translates it where it is shown. */
#define N_(text) text
#define _(text) cli_tr(text)
const char *cli_tr(const char *text) __attribute__((format_arg(1))); /* i18n.c; [main] */

enum cli_opt_kind { CLI_FLAG, CLI_STR, CLI_INT, CLI_REAL, CLI_CHOICE, CLI_LIST };
/* CLI_LIST: may be given more than once; cli_opt_list(). */

struct cli_option {
    const char *name; /* without dashes; NULL closes a table */
    char letter; /* 0: none */
    enum cli_opt_kind kind;
    const char *arg; /* what help calls its value */
    const char *help; /* one sentence, marked with N_() */
    const char *
        choices; /* words separated by spaces: of CLI_CHOICE all that is taken, else for completion */
    double min, max; /* for CLI_INT and CLI_REAL */
    const char *setting; /* the setting that this flag sets (IV_FROM_FLAG), or NULL */
    const char *
        complete; /* "file", "dir", "session", "voice", "avatar", "question", "setting", "command", "key" */
};

struct cli;

/* CLI_MENDS_CONFIG: runs with defaults where the configuration is wrong, so that it can be mended.
 * CLI_CHANGES: something is changed, so there is --dry-run. With CLI_NEEDS_STORE the command then runs as ever on a copy in memory
 * (rehearse.c); without, it looks at cli->dry_run itself.
 * CLI_LOCAL: works on the store of this machine only. */
enum cli_needs {
    CLI_NEEDS_STORE = 1,
    CLI_NEEDS_PIPE_OR_ARG = 2,
    CLI_MENDS_CONFIG = 4,
    CLI_CHANGES = 8,
    CLI_LOCAL = 16
};

struct cli_command {
    const char *name; /* "session list" */
    const char *args; /* "SESSION [TEXT|-]", for help */
    int min_args, max_args; /* max_args -1: any number */
    const char *summary; /* one line, marked with N_() */
    const char *details; /* paragraphs for help and the manual page, or NULL */
    const char *examples; /* lines "command\n    # what it does\n", or NULL */
    const struct cli_option *shared; /* options that it has in common with others, or NULL */
    const struct cli_option *options; /* its own, or NULL */
    unsigned needs;
    const char *complete; /* what its arguments are: as in struct cli_option */
    enum iv_code (*run)(struct cli *cli, struct iv_error *err);
};

/* The table (commands.def), in the order of help. */
extern const struct cli_command *const cli_commands[];
extern const size_t cli_command_count;
/* A group such as "session" is not a command itself; true when some command begins with it. */
bool cli_is_group(const char *name);
const struct cli_command *cli_find_command(const char *name);
extern const struct cli_option cli_global_options[];
/* Calls fn for each option of the command: shared ones, its own, --dry-run; the global ones are apart. */
void cli_each_option(const struct cli_command *k,
                     void (*fn)(void *arg, const struct cli_option *option), void *arg);
bool cli_has_options(const struct cli_command *k);

/* What the program reads from the environment beside its settings; names NULL closes. */
struct cli_variable {
    const char *names, *what;
};
extern const struct cli_variable cli_environment[];

enum cli_format { CLI_TABLE, CLI_JSON, CLI_NDJSON, CLI_TSV, CLI_CSV, CLI_ID };

struct cli {
    const struct cli_command *command;
    int n_args;
    char **args;
    enum cli_format format;
    bool format_given, quiet, yes, no_input, dry_run, colour_out, colour_err;
    const char *fields; /* --fields, or NULL */
    struct iv_config *config;
    struct iv_log log;
    iv_ctx *ctx;
    iv_store *store; /* opened when the command needs it; NULL where the sessions are a server's */
    iv_desk *desk; /* those of `store`, or of the server */
    struct cli_values *values; /* parsed options */
};

/* Parsed options: NULL, false or `otherwise` when not given. */
const char *cli_opt(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);
int64_t cli_opt_int(const struct cli *cli, const char *name, int64_t otherwise);
double cli_opt_real(const struct cli *cli, const char *name, double otherwise);
size_t cli_opt_list(const struct cli *cli, const char *name, const char *const **out);

/* Runs argv to the end and returns the exit status; tests call it too. */
int cli_main(int argc, char **argv);
void cli_release(struct cli *cli);

/* -- help (help.c) -- */
void cli_print_overview(FILE *out);
void cli_print_group(FILE *out, const char *group);
void cli_print_help(FILE *out, const struct cli_command *command);
/* Every letter and the option it is short for: the same in all commands. */
void cli_print_letters(FILE *out);
/* The command or topic nearest to a mistyped word, or NULL. */
const char *cli_nearest_command(const char *word);

/* -- output (output.c): data on stdout, IV_E_IO when it cannot be written -- */
struct cli_column {
    const char *key, *title;
    bool right;
}; /* key: JSON key, "a.b" for nested; NULL closes */
/* One object: pretty JSON with --json, one line with ndjson, the id key's value with --format id, else "title  value" lines of columns. */
enum iv_code cli_print_object(struct cli *cli, const iv_json *object,
                              const struct cli_column *columns, const char *id_key,
                              struct iv_error *err);
/* The same of a few names and values, for what a command with --dry-run would do; a NULL key closes. */
struct cli_fact {
    const char *key, *title, *value;
};
enum iv_code cli_print_facts(struct cli *cli, const struct cli_fact *facts, struct iv_error *err);
/* A listing: `whole` is printed for json; `rows` (its array) for the others. */
enum iv_code cli_print_rows(struct cli *cli, const iv_json *whole, const iv_json *rows,
                            const struct cli_column *columns, const char *id_key,
                            struct iv_error *err);
enum iv_code cli_print_text(struct cli *cli, const char *text, size_t len,
                            struct iv_error *err); /* as it is */
enum iv_code cli_print_json(struct cli *cli, const iv_json *j, bool pretty,
                            struct iv_error *err); /* and a newline, flushed */
enum iv_code cli_print_line(struct cli *cli, const char *text,
                            struct iv_error *err); /* and a newline, flushed */
enum iv_code cli_flush(struct cli *cli, struct iv_error *err);
/* Write to FILE or "-" as -o does: IV_E_CREATE, IV_E_IO. */
enum iv_code cli_write_output(struct cli *cli, const char *path, const char *bytes, size_t len,
                              struct iv_error *err);
/* A line on stderr for people: "interviewctl: text"; nothing with --quiet. */
void cli_say(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_hint(const struct cli *cli, const char *text);
void cli_print_error(const struct cli *cli, enum iv_code code, const struct iv_error *err);
/* Progress on stderr, only on a terminal; done >= total ends the line. */
void cli_progress(const struct cli *cli, const char *what, double done, double total);
/* A question on the terminal; without one, or with --no-input, false unless --yes. */
bool cli_confirm(const struct cli *cli, const char *question);

/* -- pager (pager.c): from here on standard output goes through it, where it is a terminal and the format is for people -- */
void cli_start_pager(const struct cli *cli);
/* Waits until the user has left it. */
void cli_finish_pager(void);

/* -- input -- */
/* One line of standard input, without its end; asked for on a terminal without being shown. secret_input.c */
enum iv_code cli_read_secret(struct cli *cli, const char *what, struct iv_buf *out,
                             struct iv_error *err);
/* A FILE, or stdin for "-" or NULL, whole, at most out->max bytes. A terminal as stdin prints help and fails with 64. */
enum iv_code cli_read_bytes(struct cli *cli, const char *path, struct iv_buf *out,
                            struct iv_error *err);
/* The same as text, UTF-8 checked, at most max_bytes. */
enum iv_code cli_read_text(struct cli *cli, const char *path, size_t max_bytes, struct iv_buf *out,
                           struct iv_error *err);

/* The text that the first argument is, or that comes through the pipe ("-", or no argument). `store` holds it; the caller releases. */
enum iv_code cli_text_argument(struct cli *cli, size_t max_bytes, struct iv_buf *store,
                               const char **text, struct iv_error *err);

/* -- what several commands share (session_args.c) -- */
extern const struct cli_option
    cli_session_options[]; /* --type --language --difficulty --duration --role ... */
/* --resume and --job, read: what iv_op_create_with() takes. Release it whatever the code was. */
struct cli_papers {
    struct iv_buf texts[2];
    struct iv_paper items[2];
    size_t n;
};
enum iv_code cli_read_papers(struct cli *cli, struct cli_papers *out, struct iv_error *err);
void cli_papers_release(struct cli_papers *p);
/* The spec from flags and settings; language from the locale when nothing says. */
enum iv_code cli_session_spec(struct cli *cli, struct iv_session_spec *out, struct iv_error *err);
/* --language or the setting or the locale; IV_E_USAGE with what is allowed. */
enum iv_code cli_language(struct cli *cli, enum iv_lang *out, struct iv_error *err);
/* Where the store's file is; with `make` its folder exists afterwards. The caller frees. */
enum iv_code cli_store_path(struct cli *cli, bool make, char **out, struct iv_error *err);
enum iv_code cli_open_store(struct cli *cli, struct iv_error *err);
/* Where a server of this user has the store, it is asked instead. False: none has, or the command needs the store itself. */
bool cli_open_owner(struct cli *cli, iv_desk **out);
/* What the command needs: cli->desk, of the server that --server or a setting names, or of the store. */
enum iv_code cli_open_desk(struct cli *cli, struct iv_error *err);
enum iv_code cli_open_sessions(struct cli *cli, struct iv_error *err);
/* For --dry-run (rehearse.c): cli->store is a copy in memory of what the command will look at; the user's own is not made, and not
 * changed. */
enum iv_code cli_open_copy(struct cli *cli, struct iv_error *err);
/* The last word of a dry run, after its data. */
enum iv_code cli_mark_dry_run(struct cli *cli, struct iv_error *err);
/* The login name or setting user.id. */
const char *cli_user_id(struct cli *cli);

/* -- the language of messages (locale.c) -- */
void cli_locale_start(void); /* before anything is measured or printed */
const char *cli_locale_name(
    void); /* LC_ALL, LC_MESSAGES or LANG; "C" when none says; it need not be installed */
bool cli_locale_is(
    const char *name,
    enum iv_lang *lang); /* "ko_KR.UTF-8" is ko; false for a language we do not speak */
enum iv_lang cli_locale_language(void);

/* -- the terminal's own state -- */
extern volatile int cli_interrupted; /* SIGINT count: once means save and stop */
bool cli_is_terminal(int fd);
int cli_terminal_width(void);
/* Text in lines no wider than that. Goes on from column `at`; further lines begin at `indent`. What has lines of its own keeps
 * them. A newline ends it. */
void cli_print_folded(FILE *out, const char *text, int at, int indent);

#endif

/* cli.c - one run of the program: settings, context, store, the command, its exit status. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv_build.h"
#include "values.h"

const struct cli_option cli_global_options[] = {
    {.name = "help", .letter = 'h', .kind = CLI_FLAG, .help = N_("Show this help.")},
    {.name = "format",
     .letter = 'f',
     .kind = CLI_CHOICE,
     .arg = "FORMAT",
     .choices = "table json ndjson tsv csv id",
     .help = N_("How data is written.")},
    {.name = "json", .kind = CLI_FLAG, .help = N_("Short for --format json; errors are JSON too.")},
    {.name = "fields",
     .kind = CLI_STR,
     .arg = "A,B",
     .help = N_("Only these fields, in this order.")},
    {.name = "quiet",
     .letter = 'q',
     .kind = CLI_FLAG,
     .help = N_("No messages, only data and errors.")},
    {.name = "yes", .kind = CLI_FLAG, .help = N_("Answer yes to every question.")},
    {.name = "no-input", .kind = CLI_FLAG, .help = N_("Never ask; fail instead.")},
    {.name = "color",
     .kind = CLI_CHOICE,
     .arg = "WHEN",
     .choices = "auto always never",
     .help = N_("Colour in the output.")},
    {.name = "store",
     .kind = CLI_STR,
     .arg = "FILE",
     .setting = "store.path",
     .complete = "file",
     .help = N_("The file that holds the sessions.")},
    {.name = "server",
     .kind = CLI_STR,
     .arg = "URL",
     .setting = "server",
     .help = N_("The server that holds the sessions, in place of the store of this machine.")},
    {.name = "api-key-file",
     .kind = CLI_STR,
     .arg = "FILE|-",
     .complete = "file",
     .help = N_("A private file with the key for the server, or - for a line of standard input.")},
    {.name = "timeout",
     .kind = CLI_REAL,
     .arg = "SECONDS",
     .min = 0.001,
     .max = 1e6,
     .help = N_("Stop with exit status 124 after this time.")},
    {.name = "offline",
     .kind = CLI_FLAG,
     .setting = "net.offline",
     .help = N_("Open no connection to other machines.")},
    {.name = "log-level",
     .kind = CLI_CHOICE,
     .arg = "LEVEL",
     .choices = "error warn info debug",
     .setting = "log.level",
     .help = N_("How much is written on standard error.")},
    {.name = NULL},
};

volatile int cli_interrupted;

bool cli_is_terminal(int fd)
{
    return isatty(fd) == 1;
}

/* Of standard output, or behind a pager of standard error. */
int cli_terminal_width(void)
{
    struct winsize w;

    if ((!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !ioctl(STDERR_FILENO, TIOCGWINSZ, &w)) &&
        w.ws_col >= 20)
        return w.ws_col;
    return 80;
}

static volatile sig_atomic_t last_signal = SIGINT; /* 130 or 143 in the end */

static void on_interrupt(int signal_number)
{
    last_signal = signal_number;
    if (cli_interrupted++)
        _exit(128 + signal_number);
}

static void on_timeout(int signal_number)
{
    static const char text[] = "interviewctl: error[TIMED_OUT]: the time allowed is over\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

    (void)signal_number;
    (void)ignored;
    _exit(124);
}

/* Broken pipes are errors of write(); the core file of a process that heard an interview is nobody's business. */
static void prepare_process(void)
{
    int fd;

    struct rlimit none = {0, 0};
    struct sigaction interrupt = {.sa_handler = on_interrupt}; /* no SA_RESTART: reads return */

    do /* a descriptor closed by the caller must not become the store's */
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* write() says EFBIG instead */
    signal(SIGALRM, on_timeout);
    setrlimit(RLIMIT_CORE, &none);
}

static void start_timeout(double seconds)
{
    struct itimerval t = {
        .it_value = {.tv_sec = (time_t)seconds,
                     .tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)}};

    if (seconds > 0)
        setitimer(ITIMER_REAL, &t, NULL);
}

static void write_log(void *arg, enum iv_log_level level, const char *line)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    (void)arg;
    fprintf(stderr, "interviewctl: %s: %s\n", names[level], line);
}

/* NO_COLOR > --color > CLICOLOR_FORCE > CLICOLOR */
static bool wants_colour(const struct cli *cli, int fd)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"),
               *may = getenv("CLICOLOR");
    const char *flag = cli_opt(cli, "color");

    if (no && no[0])
        return false;
    if (flag && strcmp(flag, "auto"))
        return !strcmp(flag, "always");
    if (force && force[0] && strcmp(force, "0"))
        return true;
    if (may && !strcmp(may, "0"))
        return false;
    return cli_is_terminal(fd);
}

static void take_output_options(struct cli *cli)
{
    static const char *const formats[] = {"table", "json", "ndjson", "tsv", "csv", "id"};
    const char *format = cli_opt(cli, "format");

    for (unsigned i = 0; format && i < IV_LEN(formats); i++)
        if (!strcmp(format, formats[i]))
            cli->format = (enum cli_format)i;
    if (cli_flag(cli, "json"))
        cli->format = CLI_JSON;
    cli->format_given = format || cli_flag(cli, "json");
    cli->fields = cli_opt(cli, "fields");
    cli->quiet = cli_flag(cli, "quiet");
    cli->yes = cli_flag(cli, "yes");
    cli->no_input = cli_flag(cli, "no-input");
    cli->dry_run = cli_flag(cli, "dry-run");
    cli->colour_out = wants_colour(cli, STDOUT_FILENO);
    cli->colour_err = wants_colour(cli, STDERR_FILENO);
}

static enum iv_code load_files(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc = iv_config_new(&cli->config, err);

    if (!rc)
        rc = iv_config_load(cli->config, NULL, err);
    if (rc != IV_E_CONFIG || !(cli->command->needs & CLI_MENDS_CONFIG))
        return rc;
    iv_config_free(cli->config);
    return iv_config_new(&cli->config, err);
}

/* A key is never an argument; as "-" it comes through the pipe. */
static enum iv_code take_key_file(struct cli *cli, struct iv_error *err)
{
    const char *path = cli_opt(cli, "api-key-file");
    struct iv_buf key = IV_BUF_INIT(4096);
    enum iv_code rc;

    if (!path)
        return IV_OK;
    if (strcmp(path, "-"))
        return iv_config_set(cli->config, "server.api_key_file", path, IV_FROM_FLAG,
                             "--api-key-file", err);
    rc = cli_read_secret(cli, _("API key"), &key, err);
    if (!rc)
        rc = iv_config_set(cli->config, "server.api_key", iv_buf_str(&key), IV_FROM_FLAG,
                           "--api-key-file", err);
    iv_buf_release(&key);
    return rc;
}

/* serve --redis: everybody on the machine can read a command line. */
static enum iv_code take_redis(struct cli *cli, struct iv_error *err)
{
    const char *url = cli_opt(cli, "redis");

    if (!url)
        return IV_OK;
    if (strchr(url, '@'))
        return iv_fail(err, IV_E_USAGE,
                       "--redis: a password must not stand on a command line; put the URL into "
                       "REDIS_URL");
    return iv_config_set(cli->config, "store.backend", "redis", IV_FROM_FLAG, "--redis", err);
}

static enum iv_code load_settings(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc = load_files(cli, err);
    char place[64];

    for (size_t i = 0; !rc && i < cli->values->n; i++) {
        const struct cli_value *v = &cli->values->items[i];

        if (!v->option->setting)
            continue;
        snprintf(place, sizeof place, "--%s", v->option->name);
        rc =
            iv_config_set(cli->config, v->option->setting,
                          v->option->kind == CLI_FLAG ? "true" : v->text, IV_FROM_FLAG, place, err);
        if (rc == IV_E_CONFIG)
            rc = IV_E_USAGE; /* a flag is the caller's words, not the configuration */
    }
    if (!rc)
        rc = take_redis(cli, err);
    return rc ? rc : take_key_file(cli, err);
}

static enum iv_code open_context(struct cli *cli, struct iv_error *err)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};

    for (unsigned i = 0; i < IV_LEN(levels); i++)
        if (!strcmp(cli->config->log_level, levels[i]))
            cli->log.level = (enum iv_log_level)i;
    if (cli->quiet)
        cli->log.level = IV_LOG_ERROR;
    cli->log.write = write_log;
    return iv_ctx_new(cli->config, &cli->log, NULL, &cli->ctx, err);
}

const char *cli_user_id(struct cli *cli)
{
    const struct passwd *pw;

    if (cli->config->user_id[0])
        return cli->config->user_id;
    pw = getpwuid(getuid());
    return pw && pw->pw_name[0] ? pw->pw_name : "me";
}

void cli_release(struct cli *cli)
{
    iv_desk_close(cli->desk);
    iv_store_close(cli->store);
    iv_ctx_free(cli->ctx);
    iv_config_free(cli->config);
    cli_values_free(cli->values);
}

static bool shows_help(struct cli *cli)
{
    if (!cli->command || cli_flag(cli, "help"))
        cli_start_pager(cli);
    if (cli->command && cli_flag(cli, "help"))
        cli_print_help(stdout, cli->command);
    else if (!cli->command && cli->n_args)
        cli_print_group(stdout, cli->args[0]);
    else if (!cli->command)
        cli_print_overview(stdout);
    else
        return false;
    return true;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    enum iv_code rc = load_settings(cli, err);

    if (!rc)
        rc = open_context(cli, err);
    if (!rc)
        rc = cli_open_sessions(cli, err);
    if (!rc)
        rc = cli->command->run(cli, err);
    if (!rc && cli->dry_run)
        rc = cli_mark_dry_run(cli, err);
    if (!rc)
        rc = cli_flush(cli, err);
    return rc;
}

int cli_main(int argc, char **argv)
{
    struct cli cli = {0};
    struct iv_error err = {0};
    enum iv_code rc;

    cli_locale_start();
    prepare_process();
    if (argc == 2 && !strcmp(argv[1], "--version")) /* where everybody looks first */
        argv[1] = "version";
    rc = cli_parse(&cli, argc, argv, &err);
    if (cli.values)
        take_output_options(&cli);
    if (!rc && cli_flag(&cli, "timeout"))
        start_timeout(cli_opt_real(&cli, "timeout", 0));
    if (!rc && !shows_help(&cli))
        rc = run(&cli, &err);
    else if (!rc)
        rc =
            fflush(stdout) ? iv_fail(&err, IV_E_IO, "standard output: %s", strerror(errno)) : IV_OK;
    cli_finish_pager();
    if (rc)
        cli_print_error(&cli, rc, &err);
    cli_release(&cli);
    if (rc == IV_E_CANCELLED)
        return 128 + last_signal;
    return iv_code_info(rc)->exit_status;
}

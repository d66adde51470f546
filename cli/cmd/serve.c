/* serve.c - the server, until it is told to stop. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "server.h"

static const struct cli_option options[] = {
    {.name = "listen",
     .kind = CLI_STR,
     .arg = "ADDR:PORT",
     .setting = "serve.listen",
     .help = N_("Where to listen: ADDRESS:PORT or unix:PATH; port 0 takes a free one.")},
    {.name = "tls-cert",
     .kind = CLI_STR,
     .arg = "FILE",
     .setting = "serve.tls_cert",
     .complete = "file",
     .help = N_("Certificate chain (PEM).")},
    {.name = "tls-key",
     .kind = CLI_STR,
     .arg = "FILE",
     .setting = "serve.tls_key",
     .complete = "file",
     .help = N_("Private key of the certificate (PEM).")},
    {.name = "cors",
     .kind = CLI_STR,
     .arg = "ORIGINS",
     .setting = "serve.cors",
     .help = N_("Origins that browsers may call from.")},
    {.name = "redis",
     .kind = CLI_STR,
     .arg = "URL",
     .setting = "redis.url",
     .help = N_("Keep sessions in this Redis, which several servers may share. A URL with a "
                "password belongs into REDIS_URL or the configuration.")},
    {.name = "workers",
     .kind = CLI_STR,
     .arg = "N",
     .setting = "serve.workers",
     .help = N_("Threads for requests that read or write the store.")},
    {.name = "idle-exit",
     .kind = CLI_STR,
     .arg = "TIME",
     .help = N_("End when nobody came for so long, such as 90s, 30m or 2h.")},
    {.name = "check", .kind = CLI_FLAG, .help = N_("Check settings, store and port, and end.")},
    {.name = NULL},
};

static void on_signal(int number)
{
    if (number == SIGHUP)
        iv_serve_reload();
    else
        iv_serve_stop();
}

static void take_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction act = {.sa_handler = on_signal};

    for (size_t i = 0; i < IV_LEN(numbers); i++)
        sigaction(numbers[i], &act, NULL);
}

/* "90s", "30m", "2h", "90" */
static enum iv_code take_idle_exit(struct cli *cli, struct iv_error *err)
{
    const char *text = cli_opt(cli, "idle-exit");
    char unit = 's', rest, seconds[32];
    long long n;
    int got;

    if (!text)
        return IV_OK;
    got = sscanf(text, "%lld%c%c", &n, &unit, &rest);
    if (got < 1 || got > 2 || n < 0 || n > 604800 || !strchr("smh", unit))
        return iv_fail(err, IV_E_USAGE, "--idle-exit \"%s\": must be such as 90s, 30m or 2h", text);
    snprintf(seconds, sizeof seconds, "%lld", n * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1));
    return iv_config_set(cli->config, "serve.idle_exit", seconds, IV_FROM_FLAG, "--idle-exit", err);
}

static void say_ready(void *arg, const char *url)
{
    struct cli *cli = arg;

    if (cli->format == CLI_TABLE)
        printf("%s\n", url);
    else
        printf("{\"url\":\"%s\"}\n", url);
    fflush(stdout);
    cli_say(cli, _("ready: %s  (Ctrl-C ends it)"), url);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_serve_options o = {.ctx = cli->ctx,
                                 .store = cli->store,
                                 .check_only = cli_flag(cli, "check"),
                                 .ready = say_ready,
                                 .arg = cli};
    struct iv_buf local = IV_BUF_INIT(4096);
    char *store = NULL;
    enum iv_code rc = take_idle_exit(cli, err);

    if (!rc && !strcmp(cli->config->store_backend, "sqlite"))
        rc = cli_store_path(cli, false, &store, err);
    if (rc)
        return rc;
    iv_buf_addf(&local, "%s" IV_OWNER_SOCKET, store ? store : "");
    o.local = store ? iv_buf_str(&local) : NULL;
    take_signals();
    rc = iv_serve(&o, err);
    if (!rc && o.check_only)
        cli_say(cli, "%s", _("the server could start"));
    iv_buf_release(&local);
    free(store);
    return rc;
}

const struct cli_command cli_cmd_serve = {
    .name = "serve",
    .args = "",
    .summary = N_("Run the server: the REST and WebSocket API over this machine's sessions."),
    .details = N_("Clients show a key of keys create. The address is printed when the port is "
                  "open. SIGTERM and Ctrl-C "
                  "end it: open interviews are paused and go on when it is back. SIGHUP reads the "
                  "certificate again. Commands of the same user ask a running server by the socket "
                  "beside its store, without a key."),
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_LOCAL,
    .examples = "  interviewctl keys create --name web >key && interviewctl serve --listen :8000\n"
                "  interviewctl --server http://localhost:8000 --api-key-file key session list\n",
    .run = run,
};

/* stats.c */
#include "common.h"

static const struct cli_option options[] = {
    {.name = "period", .kind = CLI_STR, .arg = "PERIOD", .help = N_("today, week, month or all.")},
    {.name = "user", .kind = CLI_STR, .arg = "ID", .help = N_("Only this user's sessions.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"period", N_("PERIOD"), false},
    {"total_sessions", N_("SESSIONS"), false},
    {"active_sessions", N_("ACTIVE"), false},
    {"completed_sessions", N_("COMPLETED"), false},
    {"terminated_sessions", N_("TERMINATED"), false},
    {"expired_sessions", N_("EXPIRED"), false},
    {"average_duration_seconds", N_("AVERAGE SECONDS"), false},
    {"average_latency_ms", N_("AVERAGE LATENCY MS"), false},
    {"total_messages", N_("TURNS"), false},
    {"cache_hit_rate", N_("SPEECH CACHE HITS"), false},
    {"usage.cost", N_("SERVICES COST"), false},
    {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *period = cli_opt(cli, "period");
    iv_json *out = NULL;
    enum iv_code rc =
        iv_desk_stats(cli->desk, period ? period : "all", cli_opt(cli, "user"), &out, err);

    if (!rc)
        rc = cli_print_object(cli, out, columns, "period", err);
    iv_json_free(out);
    return rc;
}

const struct cli_command cli_cmd_stats = {
    .name = "stats",
    .args = "",
    .summary = N_("Count interviews and show averages."),
    .options = options,
    .needs = CLI_NEEDS_STORE,
    .run = run,
};

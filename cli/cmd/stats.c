/* stats.c */
#include "common.h"
#include "iv/usage.h"

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

static void add_cache(struct cli *cli, iv_json *out)
{
    struct iv_tts_stats s;

    if (iv_tts_cache_stats(cli->ctx, &s, NULL) || !s.requests)
        iv_json_set_null(out, "cache_hit_rate");
    else
        iv_json_set_num(out, "cache_hit_rate", (double)(s.cache_hits * 1000 / s.requests) / 1000);
}

/* {"currency","cost","services":[...]} of the same period. */
static void add_usage(struct cli *cli, const char *period, iv_json *out)
{
    struct iv_error why;
    iv_json *usage = NULL;

    if (iv_usage_report(cli->ctx, period, NULL, &usage, &why)) {
        iv_log(iv_ctx_log(cli->ctx), IV_LOG_WARN, "%s", why.text);
        iv_json_set_null(out, "usage");
        return;
    }
    iv_json_remove(usage, "period");
    iv_json_remove(usage, "limits");
    iv_json_set(out, "usage", usage);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *period = cli_opt(cli, "period");
    iv_json *out = NULL;
    enum iv_code rc =
        iv_desk_stats(cli->desk, period ? period : "all", cli_opt(cli, "user"), &out, err);

    if (!rc) {
        add_cache(cli, out);
        add_usage(cli, period ? period : "all", out);
        rc = cli_print_object(cli, out, columns, "period", err);
    }
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

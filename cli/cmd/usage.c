/* usage.c - what services were asked for, what it cost, and how far the limits are. */
#include <string.h>

#include "cli.h"
#include "iv/usage.h"

static const struct cli_option options[] = {
    {.name = "period",
     .kind = CLI_STR,
     .arg = "PERIOD",
     .choices = "today week month all",
     .help = N_("today, week (seven days), month (of the calendar) or all.")},
    {.name = "provider",
     .kind = CLI_STR,
     .arg = "NAME",
     .help = N_("Only this provider, such as openai, or one service of it, such as llm.openai.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"service", N_("SERVICE"), false},
    {"model", N_("MODEL"), false},
    {"calls", N_("CALLS"), true},
    {"calls_saved", N_("FROM CACHE"), true},
    {"characters", N_("CHARACTERS"), true},
    {"audio_seconds", N_("SECONDS"), true},
    {"tokens_in", N_("TOKENS IN"), true},
    {"tokens_out", N_("TOKENS OUT"), true},
    {"cost", N_("COST"), true},
    {NULL, NULL, false},
};

static bool is_of(const char *service, const char *provider)
{
    const char *dot = strchr(service, '.');

    return !provider || !strcmp(service, provider) || (dot && !strcmp(dot + 1, provider));
}

/* Keeps the rows of one provider, and adds up what they cost. */
static void filter(iv_json *report, const char *provider)
{
    iv_json *kept = iv_json_array();
    const iv_json *rows = iv_json_get(report, "services");
    double cost = 0;

    for (const iv_json *r = iv_json_first(rows); r; r = iv_json_next(r))
        if (is_of(iv_json_get_str(r, "service", ""), provider)) {
            cost += iv_json_get_num(r, "cost", 0);
            iv_json_append(kept, iv_json_dup(r));
        }
    iv_json_set(report, "services", kept);
    iv_json_set_num(report, "cost", cost);
}

static void say_limits(struct cli *cli, const iv_json *report)
{
    const iv_json *limits = iv_json_get(report, "limits");
    const char *currency = iv_json_get_str(report, "currency", "");
    double day = iv_json_get_num(limits, "day_limit", 0),
           month = iv_json_get_num(limits, "month_limit", 0);
    const iv_json *rows = iv_json_get(limits, "services");

    cli_say(cli, _("%.4f %s in all"), iv_json_get_num(report, "cost", 0), currency);
    if (day > 0)
        cli_say(cli, _("today %.4f of %.2f %s (usage.day_limit)"),
                iv_json_get_num(limits, "day_cost", 0), day, currency);
    if (month > 0)
        cli_say(cli, _("this month %.4f of %.2f %s (usage.month_limit)"),
                iv_json_get_num(limits, "month_cost", 0), month, currency);
    for (const iv_json *r = iv_json_first(rows); r; r = iv_json_next(r))
        cli_say(cli, "%s: %.10g / %.10g %s/%s (usage.limits)", iv_json_get_str(r, "service", ""),
                iv_json_get_num(r, "used", 0), iv_json_get_num(r, "limit", 0),
                iv_json_get_str(r, "unit", ""), iv_json_get_str(r, "period", ""));
}

/* Its own file keeps it: the store need not be opened, which a server may hold. */
static enum iv_code take_report(struct cli *cli, const char *period, iv_json **out,
                                struct iv_error *err)
{
    enum iv_code rc;

    if (!cli->config->server[0])
        return iv_usage_report(cli->ctx, period, NULL, out, err);
    rc = iv_desk_open_server(cli->ctx, cli->config->server, &cli->desk, err);
    return rc ? rc : iv_desk_usage(cli->desk, period, out, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *period = cli_opt(cli, "period");
    iv_json *report = NULL;
    enum iv_code rc = take_report(cli, period ? period : "month", &report, err);

    if (!rc) {
        filter(report, cli_opt(cli, "provider"));
        rc = cli_print_rows(cli, report, iv_json_get(report, "services"), columns, "service", err);
    }
    if (!rc && cli->format == CLI_TABLE)
        say_limits(cli, report);
    iv_json_free(report);
    return rc;
}

const struct cli_command cli_cmd_usage = {
    .name = "usage",
    .args = "",
    .summary = N_("Show what services were asked for and about what it cost."),
    .details = N_("Costs are worked out from the price table (prices.yaml; a copy in the folder of "
                  "setting data.dir goes first). Limits are settings: usage.day_limit, "
                  "usage.month_limit and usage.limits; a call that would pass one is not sent."),
    .options = options,
    .run = run,
};

/* providers_test.c - one small real call to each back end that is there. */
#include <string.h>

#include "iv/health.h"
#include "providers_common.h"

static const struct cli_column columns[] = {
    {"kind", N_("KIND"), false},
    {"name", N_("NAME"), false},
    {"result", N_("RESULT"), false},
    {"milliseconds", N_("MS"), true},
    {"detail", N_("DETAIL"), false},
    {"mend", N_("TO MEND"), false},
    {NULL, NULL, false},
};

struct trials {
    struct cli *cli;
    iv_json *rows;
    int tried, failed;
};

/* "openai", "llm", "llm.openai" */
static bool is_asked_for(const struct cli *cli, const struct provider *p)
{
    char both[64];

    snprintf(both, sizeof both, "%s.%s", p->kind, p->name);
    for (int i = 0; i < cli->n_args; i++)
        if (!strcmp(cli->args[i], p->name) || !strcmp(cli->args[i], p->kind) ||
            !strcmp(cli->args[i], both))
            return true;
    return !cli->n_args;
}

static void add_health(struct cli *cli, iv_json *j, const struct provider *p)
{
    struct iv_health rows[32];
    size_t n = iv_health_list(cli->ctx, rows, IV_LEN(rows));
    char service[64];

    snprintf(service, sizeof service, "%s.%s", p->kind, p->name);
    iv_json_set_null(j, "breaker");
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].service, service)) {
            iv_json_set_str(j, "breaker", rows[i].state);
            iv_json_set_int(j, "calls", (int64_t)rows[i].calls);
            iv_json_set_int(j, "retries", (int64_t)rows[i].retries);
        }
}

static enum iv_code try_one(void *arg, const struct provider *p, struct iv_error *err)
{
    struct trials *t = arg;
    struct trial trial;
    iv_json *j;

    if (!strcmp(p->kind, "interviewer") || !is_asked_for(t->cli, p) ||
        (!provider_is_there(p) && !t->cli->n_args))
        return IV_OK;
    if (cli_interrupted)
        return iv_fail(err, IV_E_CANCELLED, "interrupted");
    try_provider(t->cli, p, &trial);
    t->tried++;
    t->failed += !trial.is_good;
    j = iv_json_object();
    iv_json_set_str(j, "kind", p->kind);
    iv_json_set_str(j, "name", p->name);
    iv_json_set_str(j, "result", trial.is_good ? "ok" : "failed");
    iv_json_set_num(j, "milliseconds", trial.ms);
    iv_json_set_str(j, "detail", trial.detail);
    iv_json_set_str(j, "mend", trial.mend[0] ? _(trial.mend) : "");
    add_health(t->cli, j, p);
    iv_json_append(t->rows, j);
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct trials t = {.cli = cli, .rows = iv_json_array()};
    enum iv_code rc = iv_config_set(cli->config, "cache.enabled", "false", IV_FROM_FLAG, NULL, err);

    if (!rc)
        rc = each_provider(cli, try_one, &t, err);
    if (!rc && !t.tried)
        rc = iv_fail(err, IV_E_NOT_FOUND, "no back end has the name \"%s\"",
                     cli->n_args ? cli->args[0] : "");
    if (!rc)
        rc = cli_print_rows(cli, t.rows, t.rows, columns, "name", err);
    if (!rc && t.failed)
        rc = iv_fail(err, IV_E_NO, "%d of %d do not work; TO MEND says what helps", t.failed,
                     t.tried);
    iv_json_free(t.rows);
    return rc;
}

const struct cli_command cli_cmd_providers_test = {
    .name = "providers test",
    .args = "[NAME]...",
    .max_args = -1,
    .summary = N_("Make one small real call to each back end that is set up; exit status 1 when "
                  "one does not work."),
    .details = N_("A voice says one word, a recogniser hears a second of silence, a language model "
                  "is asked for one word, and at Daily a room that is not there is looked up. "
                  "Services count and charge these calls like any other."),
    .examples = "  interviewctl providers test\n  interviewctl providers test llm elevenlabs\n",
    .run = run,
};

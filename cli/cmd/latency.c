/* latency.c - how long the interviewer took to answer, stage by stage. */
#include "common.h"

static const struct cli_column columns[] = {
    {"stage", N_("STAGE"), false},  {"turns", N_("ANSWERS"), true}, {"p50_ms", N_("P50 MS"), true},
    {"p95_ms", N_("P95 MS"), true}, {"p99_ms", N_("P99 MS"), true}, {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *out = NULL;
    enum iv_code rc = iv_desk_latency(cli->desk, cli->args[0], &out, err);
    const char *dominant = iv_json_get_str(out, "dominant", "");

    if (!rc)
        rc = cli_print_rows(cli, out, iv_json_get(out, "stages"), columns, "stage", err);
    if (!rc && *dominant)
        cli_say(cli, _("most of it is: %s"), dominant);
    iv_json_free(out);
    return rc;
}

const struct cli_command cli_cmd_latency = {
    .name = "latency",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Show how long the interviewer took to answer, stage by stage."),
    .details = N_("end_of_turn: the last word to the answer taken, where its words have times. "
                  "reply: from there to the first words of the reply. voice: to the first audible "
                  "sound. mouth: to the first sound that moves the mouth. total: the first three. "
                  "The sound card's own delay comes on top."),
    .needs = CLI_NEEDS_STORE,
    .complete = "session",
    .run = run,
};

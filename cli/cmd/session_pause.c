/* session_pause.c */
#include "common.h"

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},
    {"status", N_("STATUS"), false},
    {"paused_at", N_("PAUSED"), false},
    {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    return run_session_op(cli, iv_desk_pause, columns, err);
}

const struct cli_command cli_cmd_session_pause = {
    .name = "session pause",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Stop an interview's clock."),
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .complete = "session",
    .run = run,
};

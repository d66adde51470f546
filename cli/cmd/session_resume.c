/* session_resume.c */
#include "common.h"

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},
    {"status", N_("STATUS"), false},
    {"resumed_at", N_("RESUMED"), false},
    {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    return run_session_op(cli, iv_desk_resume, columns, err);
}

const struct cli_command cli_cmd_session_resume = {
    .name = "session resume",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Let a paused interview go on."),
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .complete = "session",
    .run = run,
};

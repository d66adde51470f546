/* session_start.c */
#include "common.h"

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},
    {"status", N_("STATUS"), false},
    {"number", N_("QUESTION"), false},
    {"text", N_("TEXT"), false},
    {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    return run_session_op(cli, iv_desk_start, columns, err);
}

const struct cli_command cli_cmd_session_start = {
    .name = "session start",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Begin an interview: the greeting and the first question."),
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .complete = "session",
    .run = run,
};

/* session_end.c */
#include "common.h"

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},
    {"status", N_("STATUS"), false},
    {"summary.duration_seconds", N_("SECONDS"), false},
    {"summary.ai_questions", N_("QUESTIONS"), false},
    {"summary.user_responses", N_("ANSWERS"), false},
    {"feedback.overall_score", N_("SCORE"), false},
    {"feedback.comments", N_("COMMENTS"), false},
    {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    return run_session_op(cli, iv_desk_end, columns, err);
}

const struct cli_command cli_cmd_session_end = {
    .name = "session end",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("End an interview and show its summary and feedback."),
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .complete = "session",
    .run = run,
};

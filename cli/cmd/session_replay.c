/* session_replay.c */
#include "common.h"

static const struct cli_column columns[] = {
    {"session_id", N_("SESSION"), false},      {"same_transcript", N_("SAME TRANSCRIPT"), false},
    {"same_report", N_("SAME REPORT"), false}, {"turns", N_("TURNS"), false},
    {"differences", N_("DIFFERENCES"), false}, {NULL, NULL, false},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *out = NULL;
    bool same;
    enum iv_code rc = iv_desk_replay(cli->desk, cli->args[0], &out, err);

    if (!rc)
        rc = cli_print_object(cli, out, columns, "session_id", err);
    same = iv_json_get_bool(out, "same_transcript", false) &&
           iv_json_get_bool(out, "same_report", false);
    iv_json_free(out);
    if (!rc && !same)
        return iv_fail(err, IV_E_NO, "session %s: the replay differs from the recording",
                       cli->args[0]);
    return rc;
}

const struct cli_command cli_cmd_session_replay = {
    .name = "session replay",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary =
        N_("Run a recorded interview again, offline, and compare; exit status 1 if it differs."),
    .needs = CLI_NEEDS_STORE,
    .complete = "session",
    .run = run,
};

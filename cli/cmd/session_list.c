/* session_list.c */
#include <string.h>

#include "common.h"

static const struct cli_option options[] = {
    {.name = "user",
     .kind = CLI_STR,
     .arg = "ID",
     .help = N_("Only this user's; everybody's without it.")},
    {.name = "status",
     .kind = CLI_STR,
     .arg = "STATUS",
     .choices = "created active paused completed terminated expired all",
     .help = N_("created, active, paused, completed, terminated, expired or all.")},
    {.name = "limit",
     .kind = CLI_INT,
     .arg = "N",
     .min = 1,
     .max = 100,
     .help = N_("How many, 20 without it.")},
    {.name = "offset",
     .kind = CLI_INT,
     .arg = "N",
     .min = 0,
     .max = 1e9,
     .help = N_("Leave out this many of the newest.")},
    {.name = "before",
     .kind = CLI_STR,
     .arg = "SESSION",
     .complete = "session",
     .help = N_("Only those older than this session.")},
    {.name = NULL},
};

static enum iv_code read_filter(struct cli *cli, struct iv_session_filter *f, struct iv_error *err)
{
    const char *status = cli_opt(cli, "status");
    enum iv_session_status parsed;
    enum iv_code rc;

    *f = (struct iv_session_filter){.user_id = cli_opt(cli, "user"),
                                    .status = -1,
                                    .limit = (int)cli_opt_int(cli, "limit", 20),
                                    .offset = (int)cli_opt_int(cli, "offset", 0),
                                    .before_id = cli_opt(cli, "before")};
    if (!status || !strcmp(status, "all"))
        return IV_OK;
    rc = iv_status_parse(status, &parsed, err);
    f->status = (int)parsed;
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_session_filter f;
    iv_json *out = NULL;
    enum iv_code rc = read_filter(cli, &f, err);

    if (!rc)
        rc = iv_desk_list(cli->desk, &f, &out, err);
    if (!rc)
        rc = cli_print_rows(cli, out, iv_json_get(out, "sessions"), session_columns, "session_id",
                            err);
    iv_json_free(out);
    return rc;
}

const struct cli_command cli_cmd_session_list = {
    .name = "session list",
    .args = "",
    .summary = N_("List interviews, newest first."),
    .options = options,
    .needs = CLI_NEEDS_STORE,
    .examples = "  interviewctl session list --user me --json | jq -r '.sessions[].session_id'\n",
    .run = run,
};

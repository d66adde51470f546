/* session_create.c */
#include "common.h"

static const struct cli_option options[] = {
    {.name = "resume",
     .kind = CLI_STR,
     .arg = "FILE|-",
     .complete = "file",
     .help = N_("The candidate's CV, as text: questions about what it names come first.")},
    {.name = NULL},
};

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct cli_papers papers = {.n = 0};
    struct iv_session_spec spec;
    iv_json *out = NULL;
    enum iv_code rc = cli_session_spec(cli, &spec, err);

    if (!rc)
        rc = cli_read_papers(cli, &papers, err);
    if (!rc)
        rc = iv_desk_create(cli->desk, &spec, papers.items, papers.n, &out, err);
    if (!rc)
        rc = cli_print_object(cli, out, session_columns, "session_id", err);
    iv_json_free(out);
    cli_papers_release(&papers);
    return rc;
}

const struct cli_command cli_cmd_session_create = {
    .name = "session create",
    .args = "",
    .summary = N_("Open an interview that ask and answer, or practice, then hold."),
    .shared = cli_session_options,
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .examples = "  interviewctl session create --type technical --language en --format id > sid\n"
                "  interviewctl session create --type technical --resume cv.txt --job job.txt\n",
    .run = run,
};

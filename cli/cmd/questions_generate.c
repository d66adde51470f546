/* questions_generate.c - questions by a language model, checked like those of a person. */
#include "common.h"
#include "iv/generate.h"

static const struct cli_option options[] = {
    {.name = "type",
     .kind = CLI_STR,
     .arg = "TYPE",
     .choices = "technical behavioral general",
     .help = N_("technical, behavioral or general.")},
    {.name = "language",
     .kind = CLI_STR,
     .arg = "LANG",
     .choices = "ko en ja",
     .help = N_("ko, en or ja.")},
    {.name = "difficulty",
     .kind = CLI_STR,
     .arg = "LEVEL",
     .choices = "easy medium hard",
     .help = N_("easy, medium or hard.")},
    {.name = "role",
     .kind = CLI_STR,
     .arg = "TITLE",
     .help = N_("Job title that the questions are for.")},
    {.name = "job",
     .kind = CLI_STR,
     .arg = "FILE|-",
     .complete = "file",
     .help = N_("A job description, as text: subjects are taken from it.")},
    {.name = "count",
     .kind = CLI_INT,
     .arg = "N",
     .min = 1,
     .max = IV_GENERATE_MAX,
     .help = N_("How many questions; 5 when it does not say.")},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Where to write; standard output without it.")},
    {.name = NULL},
};

static void say(void *arg, const char *text)
{
    cli_say(arg, "%s", text);
}

static enum iv_code read_input(struct cli *cli, struct iv_generate_input *in, struct iv_buf *job,
                               struct iv_error *err)
{
    const char *type = cli_opt(cli, "type"), *difficulty = cli_opt(cli, "difficulty");
    const char *path = cli_opt(cli, "job"), *role = cli_opt(cli, "role");
    enum iv_code rc = iv_type_parse(type ? type : cli->config->session_type, &in->type, err);

    if (!rc)
        rc = iv_difficulty_parse(difficulty ? difficulty : cli->config->session_difficulty,
                                 &in->difficulty, err);
    if (!rc)
        rc = cli_language(cli, &in->lang, err);
    if (!rc && path)
        rc = cli_read_text(cli, path, IV_PAPER_MAX_BYTES, job, err);
    in->role = role ? role : cli->config->interview_role;
    in->job = path ? iv_buf_str(job) : NULL;
    in->count = (int)cli_opt_int(cli, "count", 5);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf job = IV_BUF_INIT(0), yaml = IV_BUF_INIT(8u << 20);
    const char *path = cli_opt(cli, "output");
    struct iv_generate_input in = {0};
    struct iv_bank bank = {0};
    enum iv_code rc = read_input(cli, &in, &job, err);

    if (!rc)
        rc = iv_questions_generate(cli->ctx, &in, &bank, say, cli, err);
    if (!rc)
        rc = iv_bank_write(&bank, &yaml, err);
    if (!rc)
        rc = cli_write_output(cli, path ? path : "-", iv_buf_str(&yaml), yaml.len, err);
    if (!rc)
        cli_say(cli, _("%zu of %d questions; read them before you use them"), bank.n, in.count);
    iv_bank_release(&bank);
    iv_buf_release(&yaml);
    iv_buf_release(&job);
    return rc;
}

const struct cli_command cli_cmd_questions_generate = {
    .name = "questions generate",
    .args = "",
    .summary = N_("Have a language model write questions; each is checked as questions lint does."),
    .details = N_("A question that is not good is asked for once more, then left out. Exit status "
                  "69 without a language model, 65 when no question was good."),
    .options = options,
    .examples = "  interviewctl questions generate --type technical --language en --role backend "
                "--job job.txt --count 5 -o mine.yaml\n"
                "  interviewctl practice --questions mine.yaml\n",
    .run = run,
};

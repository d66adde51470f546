/* ask.c - print (speak, write) the question that waits for an answer. */
#include <string.h>

#include "common.h"
#include "media.h"

static const struct cli_option options[] = {
    {.name = "speak", .kind = CLI_FLAG, .help = N_("Say it through the speakers too.")},
    {.name = "audio", .kind = CLI_FLAG, .help = N_("Write its sound to the file of --output.")},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("A sound file: wav, opus, mp3, or - for WAV on standard output.")},
    {.name = NULL},
};

static enum iv_code sound(struct cli *cli, const char *text, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output");
    struct iv_session s;
    enum iv_code rc;

    if (cli_flag(cli, "audio") && !path)
        return iv_fail(err, IV_E_USAGE, "ask: --audio needs --output FILE");
    if (!path && !cli_flag(cli, "speak"))
        return IV_OK;
    rc = iv_desk_session(cli->desk, cli->args[0], &s, err);
    if (!rc && path)
        rc = speak_to_file(cli, text, s.spec.lang, s.spec.voice, path, err);
    if (!rc && cli_flag(cli, "speak"))
        rc = speak_aloud(cli, text, s.spec.lang, s.spec.voice, err);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *path = cli_opt(cli, "output"), *text;
    iv_json *out = NULL;
    enum iv_code rc = iv_desk_ask(cli->desk, cli->args[0], &out, err);

    if (rc)
        return rc;
    text = iv_json_get_str(out, "text", "");
    if (cli->format != CLI_TABLE)
        rc = cli_print_object(cli, out, NULL, "question_id", err);
    else if (!path || strcmp(path, "-") || cli->dry_run)
        rc = cli_print_line(cli, text, err);
    if (!rc && !cli->dry_run)
        rc = sound(cli, text, err);
    iv_json_free(out);
    return rc;
}

const struct cli_command cli_cmd_ask = {
    .name = "ask",
    .args = "SESSION",
    .min_args = 1,
    .max_args = 1,
    .summary = N_("Print the question that waits for an answer; begins a created interview."),
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_CHANGES,
    .complete = "session",
    .examples = "  interviewctl ask \"$(cat sid)\" | tee /dev/tty | some-llm | interviewctl answer "
                "\"$(cat sid)\" - --json\n",
    .run = run,
};

/* answer.c - give an answer as text or as a recording; print what followed. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "iv/stt.h"
#include "media.h"

#define ANSWER_MAX_BYTES (64u << 10)

static const struct cli_option options[] = {
    {.name = "audio",
     .kind = CLI_STR,
     .arg = "FILE|-",
     .complete = "file",
     .help = N_("The answer is this recording.")},
    {.name = "engine",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "stt.engine",
     .help = N_("Speech recogniser.")},
    {.name = NULL},
};

static enum iv_code give(struct cli *cli, const struct iv_answer *a, struct iv_error *err)
{
    iv_json *out = NULL;
    enum iv_code rc = iv_desk_answer(cli->desk, cli->args[0], a, &out, err);

    if (rc)
        return rc;
    if (cli->format == CLI_TABLE)
        rc = cli_print_line(cli, iv_json_get_str(out, "reply", ""), err);
    else
        rc = cli_print_object(cli, out, NULL, "question_id", err);
    iv_json_free(out);
    return rc;
}

static enum iv_code from_audio(struct cli *cli, const char *path, struct iv_error *err)
{
    struct iv_transcript t = {0};
    struct iv_session s;
    struct iv_answer a = {.source = "speech"};
    enum iv_code rc = iv_desk_session(cli->desk, cli->args[0], &s, err);

    if (!rc)
        rc = transcribe_file(cli, path, s.spec.lang, &t, &a.spoken_ms, err);
    if (!rc) {
        a.text = t.text;
        a.confidence = t.confidence;
        a.words = t.words;
        a.n_words = t.n_words;
        cli_say(cli, "%s", t.text);
        rc = give(cli, &a, err);
    }
    iv_transcript_release(&t);
    return rc;
}

static enum iv_code from_text(struct cli *cli, const char *text, struct iv_error *err)
{
    struct iv_answer a = {.text = text, .confidence = 1, .source = "typed"};

    return give(cli, &a, err);
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(0);
    const char *audio = cli_opt(cli, "audio");
    enum iv_code rc;

    if (audio && cli->n_args > 1)
        return iv_fail(err, IV_E_USAGE, "answer: either a text or --audio");
    if (audio)
        return from_audio(cli, audio, err);
    if (cli->n_args > 1 && strcmp(cli->args[1], "-"))
        return from_text(cli, cli->args[1], err);
    rc = cli_read_text(cli, "-", ANSWER_MAX_BYTES, &text, err);
    if (!rc)
        rc = from_text(cli, iv_buf_str(&text), err);
    iv_buf_release(&text);
    return rc;
}

const struct cli_command cli_cmd_answer = {
    .name = "answer",
    .args = "SESSION [TEXT|-]",
    .min_args = 1,
    .max_args = 2,
    .summary = N_("Answer the question that waits; prints what the interviewer says next."),
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_CHANGES | CLI_NEEDS_PIPE_OR_ARG,
    .complete = "session",
    .examples =
        "  interviewctl answer \"$(cat sid)\" \"I would start with ...\"\n"
        "  interviewctl answer \"$(cat sid)\" --audio answer.wav --json | jq -r .next_question\n",
    .run = run,
};

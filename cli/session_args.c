/* session_args.c - what an interview is, from flags and settings. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"

const struct cli_option cli_session_options[] = {
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
    {.name = "duration",
     .kind = CLI_INT,
     .arg = "MINUTES",
     .min = 5,
     .max = 120,
     .help = N_("Length, 5 to 120 minutes.")},
    {.name = "role",
     .kind = CLI_STR,
     .arg = "TITLE",
     .help = N_("Job title; narrows technical questions.")},
    {.name = "persona",
     .kind = CLI_STR,
     .arg = "NAME",
     .choices = "neutral warm strict",
     .help = N_("The interviewer's manner: neutral, warm or strict.")},
    {.name = "voice",
     .kind = CLI_STR,
     .arg = "NAME",
     .setting = "tts.voice",
     .complete = "voice",
     .help = N_("The interviewer's voice.")},
    {.name = "questions",
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Ask from this question file or imported set.")},
    {.name = "job",
     .kind = CLI_STR,
     .arg = "FILE|-",
     .complete = "file",
     .help = N_("A job description, as text: questions about what it names come first.")},
    {.name = "seed",
     .kind = CLI_STR,
     .arg = "N",
     .help = N_("The same seed plans the same interview.")},
    {.name = "user", .kind = CLI_STR, .arg = "ID", .help = N_("Whose session it is.")},
    {.name = NULL},
};

enum iv_code cli_language(struct cli *cli, enum iv_lang *out, struct iv_error *err)
{
    const char *code = cli_opt(cli, "language");

    if (!code)
        code = cli->config->session_language;
    if (!code[0]) {
        *out = cli_locale_language();
        return IV_OK;
    }
    if (!iv_lang_parse(code, out))
        return iv_fail(err, IV_E_USAGE, "invalid language \"%s\": must be one of ko, en, ja", code);
    return IV_OK;
}

static enum iv_code copy(char *to, size_t size, const char *from, const char *name,
                         struct iv_error *err)
{
    if (!from)
        return IV_OK;
    if (strlen(from) >= size)
        return iv_fail(err, IV_E_USAGE, "--%s of %zu bytes: at most %zu are taken", name,
                       strlen(from), size - 1);
    memcpy(to, from, strlen(from) + 1);
    return IV_OK;
}

static enum iv_code take_seed(struct cli *cli, struct iv_session_spec *s, struct iv_error *err)
{
    const char *text = cli_opt(cli, "seed");
    char *end;

    s->has_seed = true;
    if (!text) {
        randombytes_buf(&s->seed, sizeof s->seed);
        s->seed &= (1ull << 53) - 1; /* JSON carries it exactly */
        return IV_OK;
    }
    s->seed = strtoull(text, &end, 10);
    if (!text[0] || text[0] == '-' || *end || s->seed >= 1ull << 53)
        return iv_fail(err, IV_E_USAGE, "--seed \"%s\": must be 0 to 9007199254740991", text);
    return IV_OK;
}

static const char *first(const char *flag, const char *setting)
{
    return flag ? flag : setting;
}

enum iv_code cli_session_spec(struct cli *cli, struct iv_session_spec *s, struct iv_error *err)
{
    const struct iv_config *c = cli->config;
    enum iv_code rc;

    iv_session_spec_init(s);
    s->duration_minutes = (int)cli_opt_int(cli, "duration", c->session_duration);
    s->record = c->session_record;
    rc = iv_type_parse(first(cli_opt(cli, "type"), c->session_type), &s->type, err);
    if (!rc)
        rc = iv_difficulty_parse(first(cli_opt(cli, "difficulty"), c->session_difficulty),
                                 &s->difficulty, err);
    if (!rc)
        rc = cli_language(cli, &s->lang, err);
    if (!rc)
        rc = copy(s->user_id, sizeof s->user_id, first(cli_opt(cli, "user"), cli_user_id(cli)),
                  "user", err);
    if (!rc)
        rc = copy(s->role, sizeof s->role, first(cli_opt(cli, "role"), c->interview_role), "role",
                  err);
    if (!rc)
        rc = copy(s->persona, sizeof s->persona,
                  first(cli_opt(cli, "persona"), c->interview_persona), "persona", err);
    if (!rc)
        rc = copy(s->voice, sizeof s->voice, first(cli_opt(cli, "voice"), c->tts_voice), "voice",
                  err);
    if (!rc)
        rc = copy(s->question_set, sizeof s->question_set, cli_opt(cli, "questions"), "questions",
                  err);
    if (!rc)
        rc = take_seed(cli, s, err);
    return rc ? rc : iv_session_spec_check(s, err);
}

/* -- papers -- */

/* More than is taken, so that a PDF is called one and not too large. */
#define PAPER_READ_MAX_BYTES (16u << 20)

static enum iv_code read_paper(struct cli *cli, struct cli_papers *p, const char *kind,
                               struct iv_error *err)
{
    const char *path = cli_opt(cli, kind);
    struct iv_buf *text = &p->texts[p->n];
    enum iv_code rc;

    if (!path)
        return IV_OK;
    *text = (struct iv_buf)IV_BUF_INIT(PAPER_READ_MAX_BYTES);
    rc = cli_read_bytes(cli, path, text, err);
    p->items[p->n++] = (struct iv_paper){.kind = kind,
                                         .name = strcmp(path, "-") ? path : "standard input",
                                         .text = iv_buf_str(text),
                                         .len = text->len};
    return rc;
}

enum iv_code cli_read_papers(struct cli *cli, struct cli_papers *out, struct iv_error *err)
{
    const char *resume = cli_opt(cli, "resume"), *job = cli_opt(cli, "job");
    enum iv_code rc;

    *out = (struct cli_papers){.n = 0};
    if (resume && job && !strcmp(resume, "-") && !strcmp(job, "-"))
        return iv_fail(err, IV_E_USAGE, "--resume and --job: only one can be standard input");
    rc = read_paper(cli, out, "resume", err);
    return rc ? rc : read_paper(cli, out, "job", err);
}

void cli_papers_release(struct cli_papers *p)
{
    for (size_t i = 0; i < IV_LEN(p->texts); i++)
        iv_buf_release(&p->texts[i]);
}

/* questions_common.c - see questions_common.h. */
#include "questions_common.h"

#include "iv/session.h"

const struct cli_option questions_options[] = {
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
    {.name = "set",
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("A question file, or the name of an imported set.")},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_STR,
     .arg = "FILE",
     .complete = "file",
     .help = N_("Where to write; standard output without it.")},
    {.name = NULL},
};

/* -1: every one. */
struct selection {
    int type, lang, difficulty;
};

static enum iv_code read_selection(struct cli *cli, struct selection *s, struct iv_error *err)
{
    const char *type = cli_opt(cli, "type"), *lang = cli_opt(cli, "language");
    const char *difficulty = cli_opt(cli, "difficulty");
    enum iv_session_type t = 0;
    enum iv_difficulty d = 0;
    enum iv_lang l = 0;
    enum iv_code rc = type ? iv_type_parse(type, &t, err) : IV_OK;

    if (!rc && difficulty)
        rc = iv_difficulty_parse(difficulty, &d, err);
    if (!rc && lang)
        rc = cli_language(cli, &l, err);
    *s = (struct selection){type ? (int)t : -1, lang ? (int)l : -1, difficulty ? (int)d : -1};
    return rc;
}

static enum iv_code one_bank(struct cli *cli, enum iv_lang l, enum iv_session_type t,
                             enum iv_difficulty d, const char *set,
                             enum iv_code (*fn)(void *, const struct iv_bank *, struct iv_error *),
                             void *arg, struct iv_error *err)
{
    struct iv_bank b = {0};
    enum iv_code rc = iv_bank_load(cli->ctx, l, t, d, set, &b, err);

    if (!rc)
        rc = fn(arg, &b, err);
    iv_bank_release(&b);
    return rc;
}

enum iv_code each_bank(struct cli *cli,
                       enum iv_code (*fn)(void *arg, const struct iv_bank *b, struct iv_error *err),
                       void *arg, struct iv_error *err)
{
    const char *set = cli_opt(cli, "set");
    struct selection s;
    enum iv_code rc = read_selection(cli, &s, err);

    if (!rc && set)
        return one_bank(cli, 0, 0, 0, set, fn, arg, err);
    for (int l = 0; l < IV_LANG_COUNT && !rc; l++)
        for (int t = 0; t < IV_TYPE_COUNT && !rc; t++)
            for (int d = 0; d < IV_DIFFICULTY_COUNT && !rc; d++)
                if ((s.lang < 0 || s.lang == l) && (s.type < 0 || s.type == t) &&
                    (s.difficulty < 0 || s.difficulty == d))
                    rc = one_bank(cli, (enum iv_lang)l, (enum iv_session_type)t,
                                  (enum iv_difficulty)d, NULL, fn, arg, err);
    return rc;
}

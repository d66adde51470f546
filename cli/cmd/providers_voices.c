/* providers_voices.c */
#include <string.h>

#include "cli.h"
#include "iv/tts.h"

#define ENGINES_MAX 32

static const struct cli_option options[] = {
    {.name = "language",
     .kind = CLI_STR,
     .arg = "LANG",
     .help = N_("ko, en or ja; all without it.")},
    {.name = "engine", .kind = CLI_STR, .arg = "NAME", .help = N_("Only this back end's.")},
    {.name = NULL},
};

static const struct cli_column columns[] = {
    {"engine", N_("ENGINE"), false},
    {"language", N_("LANGUAGE"), false},
    {"voice", N_("VOICE"), false},
    {"about", N_("ABOUT"), false},
    {NULL, NULL, false},
};

struct listing {
    iv_json *rows;
    const char *engine, *language;
};

static void add(void *arg, const char *voice, const char *about)
{
    struct listing *l = arg;
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "engine", l->engine);
    iv_json_set_str(j, "language", l->language);
    iv_json_set_str(j, "voice", voice);
    iv_json_set_str(j, "about", about);
    iv_json_append(l->rows, j);
}

static enum iv_code list_engine(struct cli *cli, const struct iv_tts_info *info, int wanted,
                                struct listing *l, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    l->engine = info->name;
    for (int lang = 0; lang < IV_LANG_COUNT && !rc; lang++) {
        l->language = iv_lang_code((enum iv_lang)lang);
        if (info->available[lang] && (wanted < 0 || wanted == lang))
            rc = iv_tts_voices(cli->ctx, info->name, (enum iv_lang)lang, add, l, err);
    }
    return rc;
}

static enum iv_code list(struct cli *cli, int wanted, struct listing *l, struct iv_error *err)
{
    const char *name = cli->n_args ? cli->args[0] : cli_opt(cli, "engine");
    struct iv_tts_info info[ENGINES_MAX];
    size_t n = iv_tts_engines(cli->ctx, info, ENGINES_MAX);
    enum iv_code rc = IV_OK;
    bool found = false;

    for (size_t i = 0; i < n && !rc; i++) {
        if (name && strcmp(info[i].name, name))
            continue;
        found = true;
        rc = list_engine(cli, &info[i], wanted, l, err);
    }
    if (!rc && !found)
        rc =
            iv_fail(err, IV_E_NOT_FOUND, "no voice back end has the name \"%s\"", name ? name : "");
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct listing l = {.rows = iv_json_array()};
    enum iv_lang lang = IV_LANG_EN;
    bool given = cli_opt(cli, "language") != NULL;
    enum iv_code rc = given ? cli_language(cli, &lang, err) : IV_OK;

    if (!rc)
        rc = list(cli, given ? (int)lang : -1, &l, err);
    if (!rc)
        rc = cli_print_rows(cli, l.rows, l.rows, columns, "voice", err);
    iv_json_free(l.rows);
    return rc;
}

const struct cli_command cli_cmd_providers_voices = {
    .name = "providers voices",
    .args = "[ENGINE]",
    .max_args = 1,
    .summary = N_("List the voices there are."),
    .options = options,
    .run = run,
};

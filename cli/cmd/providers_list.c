/* providers_list.c */
#include "cli.h"
#include "iv/stt.h"
#include "iv/tts.h"

#define PROVIDERS_MAX 32

static const struct cli_column columns[] = {
    {"kind", N_("KIND"), false},           {"name", N_("NAME"), false},
    {"languages", N_("LANGUAGES"), false}, {"about", N_("ABOUT"), false},
    {"why_not", N_("MISSING"), false},     {NULL, NULL, false},
};

static iv_json *row(const char *kind, const char *name, const char *about, const bool *available,
                    const char *why_not)
{
    struct iv_buf languages = IV_BUF_INIT(64);
    iv_json *j = iv_json_object();
    bool all = true;

    for (unsigned l = 0; l < IV_LANG_COUNT; l++) {
        if (available[l])
            iv_buf_addf(&languages, "%s%s", languages.len ? " " : "",
                        iv_lang_code((enum iv_lang)l));
        else
            all = false;
    }
    iv_json_set_str(j, "kind", kind);
    iv_json_set_str(j, "name", name);
    iv_json_set_str(j, "languages", iv_buf_str(&languages));
    iv_json_set_str(j, "about", about);
    iv_json_set_str(j, "why_not", all ? "" : why_not);
    iv_buf_release(&languages);
    return j;
}

static void add_voices(struct cli *cli, iv_json *list)
{
    struct iv_tts_info info[PROVIDERS_MAX];
    size_t n = iv_tts_engines(cli->ctx, info, PROVIDERS_MAX);

    for (size_t i = 0; i < n; i++)
        iv_json_append(
            list, row("tts", info[i].name, info[i].summary, info[i].available, info[i].why_not));
}

static void add_recognisers(struct cli *cli, iv_json *list)
{
    struct iv_stt_info info[PROVIDERS_MAX];
    size_t n = iv_stt_engines(cli->ctx, info, PROVIDERS_MAX);

    for (size_t i = 0; i < n; i++)
        iv_json_append(
            list, row("stt", info[i].name, info[i].summary, info[i].available, info[i].why_not));
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    static const bool every[IV_LANG_COUNT] = {true, true, true};
    iv_json *list = iv_json_array();
    enum iv_code rc;

    add_recognisers(cli, list);
    iv_json_append(
        list, row("interviewer", "builtin", "question banks and rules; needs no model", every, ""));
    add_voices(cli, list);
    rc = cli_print_rows(cli, list, list, columns, "name", err);
    iv_json_free(list);
    return rc;
}

const struct cli_command cli_cmd_providers_list = {
    .name = "providers list",
    .args = "",
    .summary = N_("List recognisers, interviewers and voices, and what each needs."),
    .run = run,
};

/* completion.c - completions, and the live words they ask for. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "gen/gen.h"
#include "iv/avatar.h"
#include "iv/bank.h"
#include "iv/data.h"
#include "iv/store_keys.h"
#include "iv/tts.h"

static const struct cli_option options[] = {
    {.name = "words",
     .kind = CLI_CHOICE,
     .arg = "KIND",
     .choices = "session voice avatar question setting command key",
     .help = N_("Print what there is of a kind, one a line; for the completions themselves.")},
    {.name = NULL},
};

static enum iv_code print_sessions(struct cli *cli, struct iv_error *err)
{
    struct iv_session_filter f = {.status = -1, .limit = 100};
    struct iv_session *rows = NULL;
    size_t n = 0;
    int64_t total;
    enum iv_code rc = cli_open_store(cli, err);

    if (!rc)
        rc = iv_store_session_list(cli->store, &f, &rows, &n, &total, err);
    for (size_t i = 0; i < n; i++)
        printf("%s\n", rows[i].id);
    free(rows);
    return rc;
}

static void print_voice(void *arg, const char *voice, const char *about)
{
    (void)arg;
    (void)about;
    printf("%s\n", voice);
}

static void print_voices(struct cli *cli)
{
    struct iv_tts_info info[32];
    size_t n = iv_tts_engines(cli->ctx, info, IV_LEN(info));

    for (size_t i = 0; i < n; i++)
        for (unsigned l = 0; l < IV_LANG_COUNT; l++)
            if (info[i].available[l])
                iv_tts_voices(cli->ctx, info[i].name, (enum iv_lang)l, print_voice, NULL, NULL);
}

static void print_bank(void *arg, const char *name)
{
    struct iv_bank b = {0};
    struct iv_blob blob;

    if (iv_data_load(arg, name, &blob, NULL))
        return;
    if (!iv_bank_parse(blob.bytes, blob.len, name, &b, NULL))
        for (size_t i = 0; i < b.n; i++)
            printf("%s\n", b.questions[i].id);
    iv_bank_release(&b);
    iv_blob_release(&blob);
}

/* First words, each once: what help takes. */
static void print_commands(void)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        const char *name = cli_commands[i]->name;
        size_t len = strcspn(name, " ");

        if (!i || strncmp(name, cli_commands[i - 1]->name, len) ||
            strcspn(cli_commands[i - 1]->name, " ") != len)
            printf("%.*s\n", (int)len, name);
    }
}

static enum iv_code print_keys(struct cli *cli, struct iv_error *err)
{
    struct iv_key *rows = NULL;
    size_t n = 0;
    enum iv_code rc = cli_open_store(cli, err);

    if (!rc)
        rc = iv_store_key_list(cli->store, &rows, &n, err);
    for (size_t i = 0; i < n; i++)
        if (!rows[i].revoked_ms)
            printf("%s\n", rows[i].id);
    free(rows);
    return rc;
}

static enum iv_code print_words(struct cli *cli, const char *kind, struct iv_error *err)
{
    if (!strcmp(kind, "session"))
        return print_sessions(cli, err);
    if (!strcmp(kind, "key"))
        return print_keys(cli, err);
    if (!strcmp(kind, "voice"))
        print_voices(cli);
    else if (!strcmp(kind, "avatar"))
        iv_rig_each(cli->ctx, print_voice, NULL);
    else if (!strcmp(kind, "question"))
        iv_data_each("questions/", print_bank, cli->ctx);
    else if (!strcmp(kind, "setting"))
        for (size_t i = 0; i < iv_setting_count(); i++)
            printf("%s\n", iv_setting_at(i)->key);
    else if (!strcmp(kind, "command"))
        print_commands();
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *kind = cli_opt(cli, "words"), *shell = cli->n_args ? cli->args[0] : NULL;

    if (kind)
        return print_words(cli, kind, err);
    if (!shell)
        return iv_fail(err, IV_E_USAGE, "completion: missing argument; one of bash, zsh, fish");
    if (!strcmp(shell, "bash"))
        gen_bash(stdout);
    else if (!strcmp(shell, "zsh"))
        gen_zsh(stdout);
    else if (!strcmp(shell, "fish"))
        gen_fish(stdout);
    else
        return iv_fail(err, IV_E_USAGE, "completion \"%s\": must be one of bash, zsh, fish", shell);
    return IV_OK;
}

const struct cli_command cli_cmd_completion = {
    .name = "completion",
    .args = "bash|zsh|fish",
    .max_args = 1,
    .summary = N_("Print the completions for a shell."),
    .options = options,
    .examples = "  source <(interviewctl completion bash)\n",
    .run = run,
};

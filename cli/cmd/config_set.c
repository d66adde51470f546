/* config_set.c - the value is checked before the file is touched. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "config_file.h"

#define VALUE_MAX_BYTES 4096u

static enum iv_code show(struct cli *cli, const struct iv_setting *s, const char *value,
                         const char *path, struct iv_error *err)
{
    const struct cli_fact facts[] = {{"key", N_("SETTING"), s->key},
                                     {"value", N_("VALUE"), value},
                                     {"file", N_("FILE"), path},
                                     {NULL, NULL, NULL}};

    return cli_print_facts(cli, facts, err);
}

/* A secret on a command line is in the shell's history and in everybody's list of processes. */
static enum iv_code read_value(struct cli *cli, const struct iv_setting *s, struct iv_buf *out,
                               struct iv_error *err)
{
    bool is_secret = s->kind == IV_SET_SECRET;
    enum iv_code rc;

    if (is_secret && cli->n_args > 1 && strcmp(cli->args[1], "-"))
        return iv_fail(err, IV_E_USAGE,
                       "%s: secrets are never taken from a command line: give it on standard input",
                       s->key);
    if (!is_secret && cli->n_args < 2)
        return iv_fail(err, IV_E_USAGE, "config set: missing argument: the value of %s", s->key);
    if (cli->n_args > 1 && (!is_secret || strcmp(cli->args[1], "-"))) {
        iv_buf_adds(out, cli->args[1]);
        return iv_buf_check(out, s->key, err);
    }
    rc = cli_read_secret(cli, s->key, out, err);
    if (!rc && !iv_buf_str(out)[0])
        rc = iv_fail(err, IV_E_DATA, "%s: standard input holds nothing", s->key);
    return rc;
}

static enum iv_code keep(struct cli *cli, const struct iv_setting *s, const char *value,
                         struct iv_error *err)
{
    char *path = NULL;
    enum iv_code rc = iv_config_set(cli->config, s->key, value, IV_FROM_USER, NULL, err);

    if (rc)
        return rc == IV_E_CONFIG ? IV_E_USAGE : rc;
    rc = user_config_path(!cli->dry_run, &path, err);
    if (!rc)
        rc = cli->dry_run ? show(cli, s, s->kind == IV_SET_SECRET ? "(set)" : value, path, err)
                          : iv_config_file_edit(path, s->key, value, err);
    free(path);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const struct iv_setting *s = iv_setting_find(cli->args[0]);
    struct iv_buf value = IV_BUF_INIT(VALUE_MAX_BYTES);
    enum iv_code rc;

    if (!s) /* says which one may be meant */
        return iv_config_set(cli->config, cli->args[0], "", IV_FROM_USER, NULL, err) ? IV_E_USAGE
                                                                                     : IV_OK;
    rc = read_value(cli, s, &value, err);
    if (!rc)
        rc = keep(cli, s, iv_buf_str(&value), err);
    if (value.data)
        sodium_memzero(value.data, value.cap);
    iv_buf_release(&value);
    return rc;
}

const struct cli_command cli_cmd_config_set = {
    .name = "config set",
    .args = "KEY [VALUE|-]",
    .min_args = 1,
    .max_args = 2,
    .summary = N_("Write a setting into the user's configuration file."),
    .details = N_("A secret is read from standard input, on a terminal without being shown; the "
                  "file is the user's alone."),
    .examples = "  interviewctl config set tts.engine elevenlabs,edge,espeak\n"
                "  pass show deepgram | interviewctl config set deepgram.api_key\n",
    .complete = "setting",
    .needs = CLI_MENDS_CONFIG | CLI_CHANGES,
    .run = run,
};

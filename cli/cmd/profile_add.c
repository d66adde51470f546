/* profile_add.c - a server by name; a key file is named in it, a key never stands in it. */
#include <stdlib.h>
#include <unistd.h>

#include "profile.h"

static enum iv_code write_profile(const char *path, const char *url, const char *key_file,
                                  struct iv_error *err)
{
    enum iv_code rc = iv_config_file_edit(path, "server", url, err);

    if (!rc)
        rc = iv_config_file_edit(path, "server.api_key_file", key_file, err);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    const char *url = cli->args[1], *key_file = cli_opt(cli, "api-key-file");
    char *path = NULL;
    enum iv_code rc = profile_path(cli, true, &path, err);
    iv_desk *tried = NULL;

    if (!rc) /* only a URL that could be asked */
        rc = iv_desk_open_server(cli->ctx, url, &tried, err);
    iv_desk_close(tried);
    if (rc == IV_E_CONFIG)
        rc = IV_E_USAGE;
    if (!rc && !cli->dry_run)
        rc = write_profile(path, url, key_file, err);
    if (!rc) {
        const struct cli_fact facts[] = {{"profile", N_("PROFILE"), cli->args[0]},
                                         {"server", N_("SERVER"), url},
                                         {"file", N_("FILE"), path},
                                         {NULL, NULL, NULL}};

        rc = cli_print_facts(cli, facts, err);
    }
    free(path);
    return rc;
}

const struct cli_command cli_cmd_profile_add = {
    .name = "profile add",
    .args = "NAME URL",
    .min_args = 2,
    .max_args = 2,
    .summary = N_("Give a server a name; an equal name is replaced."),
    .needs = CLI_CHANGES | CLI_MENDS_CONFIG,
    .examples = "  interviewctl profile add work https://interviews.example --api-key-file "
                "~/.config/interviewctl/work.key\n  interviewctl profile use work\n",
    .run = run,
};

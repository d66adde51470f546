/* profile_list.c */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

static const struct cli_column columns[] = {
    {"profile", N_("PROFILE"), false},
    {"server", N_("SERVER"), false},
    {"in_use", N_("IN USE"), false},
    {NULL, NULL, false},
};

/* The name in "NAME.conf", or false. */
static bool name_of(const struct dirent *e, char out[IV_PROFILE_NAME_MAX + 1])
{
    size_t len = strlen(e->d_name);

    if (len < 6 || len - 5 > IV_PROFILE_NAME_MAX || strcmp(e->d_name + len - 5, ".conf"))
        return false;
    memcpy(out, e->d_name, len - 5);
    out[len - 5] = '\0';
    return iv_profile_name_valid(out);
}

static enum iv_code row(struct cli *cli, const char *dir, const char *name, iv_json *list,
                        struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(8192);
    struct iv_config *c = NULL;
    iv_json *one = iv_json_object();
    enum iv_code rc = iv_config_new(&c, err);

    iv_buf_addf(&path, "%s/%s.conf", dir, name);
    if (!rc)
        rc = iv_config_load_file(c, iv_buf_str(&path), IV_FROM_USER, err);
    if (!rc) {
        iv_json_set_str(one, "profile", name);
        iv_json_set_str(one, "server", c->server);
        iv_json_set_bool(one, "in_use", !strcmp(cli->config->profile, name));
        iv_json_append(list, one);
        one = NULL;
    }
    iv_json_free(one);
    iv_config_free(c);
    iv_buf_release(&path);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    iv_json *list = iv_json_array();
    struct dirent **entries = NULL;
    char *dir = NULL, name[IV_PROFILE_NAME_MAX + 1];
    enum iv_code rc = profile_dir(false, &dir, err);
    int n = rc ? 0 : scandir(dir, &entries, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        if (!rc && name_of(entries[i], name))
            rc = row(cli, dir, name, list, err);
        free(entries[i]);
    }
    if (!rc)
        rc = cli_print_rows(cli, list, list, columns, "profile", err);
    free(entries);
    free(dir);
    iv_json_free(list);
    return rc;
}

const struct cli_command cli_cmd_profile_list = {
    .name = "profile list",
    .args = "",
    .summary = N_("List the servers that have a name."),
    .needs = CLI_MENDS_CONFIG,
    .run = run,
};

/* profile.c - see profile.h. */
#include "profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum iv_code profile_dir(bool make, char **out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    char *dir = NULL;
    enum iv_code rc = iv_config_dir(IV_DIR_CONFIG, make, &dir, err);

    *out = NULL;
    if (!rc) {
        iv_buf_addf(&path, "%s/profiles", dir);
        rc = iv_buf_check(&path, "profiles", err);
    }
    if (!rc && make && mkdir(path.data, 0700) && errno != EEXIST)
        rc = iv_fail(err, IV_E_CREATE, "%s: cannot create: %s", path.data, strerror(errno));
    if (!rc)
        *out = iv_buf_take(&path);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

enum iv_code profile_path(struct cli *cli, bool may_be_new, char **out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    const char *name = cli->args[0];
    char *dir = NULL;
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (!iv_profile_name_valid(name))
        rc = iv_fail(err, IV_E_USAGE, "profile \"%s\": letters, digits, - and _ only, at most %d",
                     name, IV_PROFILE_NAME_MAX);
    if (!rc)
        rc = profile_dir(may_be_new && !cli->dry_run, &dir, err);
    if (!rc) {
        iv_buf_addf(&path, "%s/%s.conf", dir, name);
        rc = iv_buf_check(&path, "profile", err);
    }
    if (!rc && !may_be_new && access(path.data, F_OK))
        rc = iv_fail(err, IV_E_NOT_FOUND, "profile \"%s\": there is none of this name", name);
    if (!rc)
        *out = iv_buf_take(&path);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

/* config_file.c - see config_file.h. */
#include "config_file.h"

#include <stdlib.h>

enum iv_code user_config_path(bool make, char **out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(4096);
    char *dir = NULL;
    enum iv_code rc = iv_config_dir(IV_DIR_CONFIG, make, &dir, err);

    *out = NULL;
    if (!rc) {
        iv_buf_addf(&path, "%s/interviewctl.conf", dir);
        rc = iv_buf_check(&path, "path", err);
    }
    if (!rc)
        *out = iv_buf_take(&path);
    iv_buf_release(&path);
    free(dir);
    return rc;
}

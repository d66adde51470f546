/* common.c - see common.h. */
#include "common.h"

#include <stdlib.h>
#include <sys/stat.h>

const struct cli_column session_columns[] = {
    {"session_id", N_("SESSION"), false},
    {"user_id", N_("USER"), false},
    {"interview_type", N_("TYPE"), false},
    {"language", N_("LANGUAGE"), false},
    {"difficulty", N_("DIFFICULTY"), false},
    {"status", N_("STATUS"), false},
    {"created_at", N_("CREATED"), false},
    {"duration_seconds", N_("SECONDS"), true},
    {NULL, NULL, false},
};

enum iv_code run_session_op(struct cli *cli, session_op op, const struct cli_column *columns,
                            struct iv_error *err)
{
    iv_json *out = NULL;
    enum iv_code rc = op(cli->desk, cli->args[0], &out, err);

    if (!rc)
        rc = cli_print_object(cli, out, columns, "session_id", err);
    iv_json_free(out);
    return rc;
}

enum iv_code not_the_store(struct cli *cli, const char *path, struct iv_error *err)
{
    struct stat a, b;
    char *store = NULL;
    enum iv_code rc = cli_store_path(cli, false, &store, err);

    if (!rc && !stat(path, &a) && !stat(store, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        rc = iv_fail(err, IV_E_USAGE, "%s: is the store itself", path);
    free(store);
    return rc;
}

/* keys_admin.c - the first administrator, and a new password for one. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "keys_common.h"

#define PASSWORD_MAX_BYTES 4096

static const struct cli_option options[] = {
    {.name = "username",
     .kind = CLI_STR,
     .arg = "NAME",
     .help = N_("Who logs in: letters, digits and . _ @ -")},
    {.name = "password-file",
     .kind = CLI_STR,
     .arg = "FILE|-",
     .complete = "file",
     .help = N_("The password, from a file that nobody else may read; asked for without it.")},
    {.name = NULL},
};

/* A pipe is read by us alone. */
static enum iv_code check_private(const char *path, struct iv_error *err)
{
    struct stat st;

    if (stat(path, &st))
        return iv_fail(err, errno == ENOENT ? IV_E_NOT_FOUND : IV_E_IO, "%s: %s", path,
                       strerror(errno));
    if (S_ISREG(st.st_mode) && (st.st_mode & 07 || (st.st_mode & 070 && st.st_gid != 0)))
        return iv_fail(err, IV_E_CONFIG, "%s: can be read by others (mode %04o): chmod 600 it",
                       path, (unsigned)st.st_mode & 07777);
    return IV_OK;
}

static enum iv_code read_password(struct cli *cli, struct iv_buf *out, struct iv_error *err)
{
    const char *path = cli_opt(cli, "password-file");
    enum iv_code rc;

    if (!path || !strcmp(path, "-"))
        return cli_read_secret(cli, _("Password"), out, err);
    rc = check_private(path, err);
    if (!rc)
        rc = iv_buf_read_file(out, path, err);
    while (!rc && out->len && strchr("\r\n", out->data[out->len - 1]))
        out->data[--out->len] = '\0';
    return rc;
}

static enum iv_code set(struct cli *cli, const char *name, const struct iv_buf *password,
                        struct iv_error *err)
{
    const struct cli_fact facts[] = {{"username", N_("ADMINISTRATOR"), name}, {NULL, NULL, NULL}};
    iv_keys *keys = NULL;
    enum iv_code rc = iv_keys_open(cli->ctx, cli->store, &keys, err);

    if (!rc && strlen(iv_buf_str(password)) != password->len)
        rc = iv_fail(err, IV_E_USAGE, "password: holds a NUL byte");
    if (!rc)
        rc = iv_keys_admin_set(keys, name, iv_buf_str(password), err);
    if (!rc)
        rc = cli_print_facts(cli, facts, err);
    iv_keys_close(keys);
    return rc;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_buf password = IV_BUF_INIT(PASSWORD_MAX_BYTES);
    const char *name = cli_opt(cli, "username");
    enum iv_code rc;

    if (!name)
        return iv_fail(err, IV_E_USAGE, "keys admin: --username is missing");
    rc = read_password(cli, &password, err);
    if (!rc)
        rc = set(cli, name, &password, err);
    if (password.data)
        sodium_memzero(password.data, password.cap);
    iv_buf_release(&password);
    return rc;
}

const struct cli_command cli_cmd_keys_admin = {
    .name = "keys admin",
    .args = "",
    .summary = N_("Make an administrator of the server, or give one a new password."),
    .details = N_("The password is read from standard input or a private file, on a terminal "
                  "without being shown; it is never an argument. A new one ends all logins of "
                  "that administrator."),
    .options = options,
    .needs = CLI_NEEDS_STORE | CLI_LOCAL | CLI_CHANGES,
    .examples = "  interviewctl keys admin --username root\n"
                "  pass show interviewctl | interviewctl keys admin --username root "
                "--password-file -\n",
    .run = run,
};

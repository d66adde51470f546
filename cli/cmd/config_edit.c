/* config_edit.c - the user's editor on the user's file; what it leaves is checked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "config_file.h"

/* $VISUAL or $EDITOR may hold options, so the shell splits it; the path is passed as an argument, never pasted. */
static enum iv_code run_editor(const char *path, struct iv_error *err)
{
    const char *editor = getenv("VISUAL");
    char command[512];
    int status;
    pid_t pid;

    if (!editor || !editor[0])
        editor = getenv("EDITOR");
    snprintf(command, sizeof command, "exec %s \"$1\"", editor && editor[0] ? editor : "vi");
    pid = fork();
    if (pid < 0)
        return iv_fail(err, IV_E_NOMEM, "cannot start an editor: %s", strerror(errno));
    if (!pid) {
        execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return iv_fail(err, IV_E_UNAVAILABLE, "the editor \"%s\" failed", editor ? editor : "vi");
    return IV_OK;
}

static enum iv_code run(struct cli *cli, struct iv_error *err)
{
    struct iv_config *fresh = NULL;
    char *path = NULL;
    enum iv_code rc = user_config_path(true, &path, err);

    (void)cli;
    if (!rc)
        rc = run_editor(path, err);
    if (!rc)
        rc = iv_config_new(&fresh, err);
    if (!rc)
        rc = iv_config_load_file(fresh, path, IV_FROM_USER, err);
    iv_config_free(fresh);
    free(path);
    return rc == IV_E_NOT_FOUND ? IV_OK : rc;
}

const struct cli_command cli_cmd_config_edit = {
    .name = "config edit",
    .args = "",
    .summary = N_("Open the user's configuration file in an editor and check it afterwards."),
    .needs = CLI_MENDS_CONFIG,
    .run = run,
};

/* pager.c - long output for people goes through their pager: INTERVIEWCTL_PAGER, PAGER, less -FRX. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

static pid_t pager;

static const char *pager_command(void)
{
    const char *own = getenv("INTERVIEWCTL_PAGER"), *common = getenv("PAGER");

    return own ? own : common ? common : "less";
}

/* In the child: the shell splits the user's command; without less there is always cat. */
static void become_pager(const char *command, const int ends[2])
{
    char line[1024];

    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    setenv("LESS", "FRX", 0);
    snprintf(line, sizeof line, "exec %s || exec cat", command);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

void cli_start_pager(const struct cli *cli)
{
    const char *command = pager_command();
    int ends[2];

    if (pager || !cli_is_terminal(STDOUT_FILENO) || cli->format != CLI_TABLE || !command[0] ||
        !strcmp(command, "cat") || pipe(ends))
        return;
    fflush(stdout);
    pager = fork();
    if (!pager)
        become_pager(command, ends);
    if (pager > 0)
        dup2(ends[1], STDOUT_FILENO);
    else
        pager = 0; /* no process to be had: as it is, without a pager */
    close(ends[0]);
    close(ends[1]);
}

void cli_finish_pager(void)
{
    if (!pager)
        return;
    fflush(stdout);
    close(STDOUT_FILENO);
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        ;
    pager = 0;
}

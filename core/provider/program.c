/* program.c - see program.h. */
#include "provider/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const folders[] = {"/usr/bin", "/usr/local/bin", "/bin"};

bool iv_program_exists(const char *name)
{
    char path[256];

    for (size_t i = 0; i < IV_LEN(folders); i++) {
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (!access(path, X_OK))
            return true;
    }
    return false;
}

struct run {
    pid_t pid;
    int fd; /* both its input and its output */
    const char *input;
    size_t left;
    struct timespec deadline;
};

static int64_t ms_left(const struct run *r)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (r->deadline.tv_sec - now.tv_sec) * 1000 + (r->deadline.tv_nsec - now.tv_nsec) / 1000000;
}

/* The child sees a socket as standard input and output: one descriptor to poll, and MSG_NOSIGNAL for ours. */
static int spawn(struct run *r, const char *const *argv, int fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    rc = posix_spawnp(&r->pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

static enum iv_code start(struct run *r, const char *const *argv, struct iv_error *err)
{
    int fd[2], rc;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
        return iv_fail(err, IV_E_NOMEM, "%s: socket pair: %s", argv[0], strerror(errno));
    rc = spawn(r, argv, fd[1]);
    close(fd[1]);
    r->fd = fd[0];
    if (rc) {
        close(fd[0]);
        return iv_fail(err, IV_E_TTS_ERROR, "%s: cannot be run: %s", argv[0], strerror(rc));
    }
    return IV_OK;
}

static enum iv_code await(struct run *r, int cancel_fd, const char *name, short *ready,
                          struct iv_error *err)
{
    struct pollfd fds[2] = {{.fd = cancel_fd, .events = POLLIN},
                            {.fd = r->fd, .events = (short)(POLLIN | (r->left ? POLLOUT : 0))}};
    int64_t ms = ms_left(r);
    int n = poll(fds, 2, ms > 0 ? (int)ms : 0);

    *ready = 0;
    if (n < 0 && errno == EINTR)
        return IV_OK;
    if (fds[0].revents)
        return iv_fail(err, IV_E_CANCELLED, "cancelled");
    if (n <= 0)
        return iv_fail(err, IV_E_TTS_TIMEOUT, "%s: no answer in time", name);
    *ready = fds[1].revents;
    return IV_OK;
}

static void feed(struct run *r)
{
    ssize_t n = send(r->fd, r->input, r->left, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n > 0) {
        r->input += n;
        r->left -= (size_t)n;
    } else if (errno != EAGAIN && errno != EINTR)
        r->left = 0; /* it wants no more */
    if (!r->left)
        shutdown(r->fd, SHUT_WR);
}

static enum iv_code talk(struct run *r, int cancel_fd, const char *name, struct iv_buf *out,
                         struct iv_error *err)
{
    char chunk[16384];
    short ready;
    enum iv_code rc;

    if (!r->left)
        shutdown(r->fd, SHUT_WR);
    for (;;) {
        rc = await(r, cancel_fd, name, &ready, err);
        if (rc)
            return rc;
        if (ready & POLLOUT && r->left)
            feed(r);
        if (ready & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = recv(r->fd, chunk, sizeof chunk, MSG_DONTWAIT);

            if (n < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            if (n <= 0)
                return IV_OK;
            iv_buf_add(out, chunk, (size_t)n);
            if (out->failed)
                return iv_buf_check(out, name, err);
        }
    }
}

static enum iv_code finish(struct run *r, enum iv_code rc, const char *name, struct iv_error *err)
{
    int status = 0;

    close(r->fd);
    if (rc)
        kill(r->pid, SIGKILL);
    while (waitpid(r->pid, &status, 0) < 0)
        if (errno != EINTR)
            return rc; /* whoever embeds us ignores SIGCHLD: the status is not known */
    if (rc || (WIFEXITED(status) && !WEXITSTATUS(status)))
        return rc;
    return iv_fail(err, IV_E_TTS_ERROR, "%s: ended with %s %d", name,
                   WIFSIGNALED(status) ? "signal" : "status",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

enum iv_code iv_program_run(const char *const *argv, const char *input, int cancel_fd,
                            int64_t timeout_ms, struct iv_buf *output, struct iv_error *err)
{
    struct run r = {.input = input, .left = strlen(input)};
    enum iv_code rc;

    clock_gettime(CLOCK_MONOTONIC, &r.deadline);
    r.deadline.tv_sec += timeout_ms / 1000;
    r.deadline.tv_nsec += timeout_ms % 1000 * 1000000;
    rc = start(&r, argv, err);
    if (rc)
        return rc;
    rc = talk(&r, cancel_fd, argv[0], output, err);
    return finish(&r, rc, argv[0], err);
}

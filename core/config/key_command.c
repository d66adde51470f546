/* key_command.c - see the header. */
#include "config/key_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "iv/alloc.h"

#define LIMIT_MS 10000
#define STEP_MS 5

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Our environment and INTERVIEWCTL_KEY; the caller frees the array alone. */
static char **environment_with(char *variable)
{
    size_t n = 0;
    char **env;

    while (environ[n])
        n++;
    env = iv_alloc_array(n + 2, sizeof *env);
    if (env) {
        memcpy(env, environ, n * sizeof *env);
        env[n] = variable;
    }
    return env;
}

/* A group of its own, so that all of it can be ended. What it says on standard error is not for a screen in use. */
static int spawn(const char *command, char **env, int out, pid_t *pid)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                        POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    rc = posix_spawn(pid, "/bin/sh", &files, &attr, (char *const *)(uintptr_t)argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* Until the end of its output; false: it takes too long, or writes too much. */
static bool read_all(int fd, int64_t end_ms, struct iv_buf *out)
{
    char chunk[1024];
    bool ok = false;

    while (!out->failed) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = end_ms - now_ms();
        ssize_t n;

        if (left <= 0)
            break;
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            iv_buf_add(out, chunk, (size_t)n);
        ok = n == 0;
        if (ok || (n < 0 && errno != EINTR))
            break;
    }
    sodium_memzero(chunk, sizeof chunk);
    return ok;
}

/* It may close its output and go on: the limit holds for its end too. */
static bool await(pid_t pid, int64_t end_ms, int *status)
{
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000};
    pid_t got;

    while ((got = waitpid(pid, status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        if (now_ms() >= end_ms)
            return false;
        nanosleep(&step, NULL);
    }
    return got == pid;
}

static enum iv_code outcome(bool in_time, int status, const char *key, struct iv_error *err)
{
    if (!in_time)
        return iv_fail(err, IV_E_CONFIG, "key_command for %s: no answer within %d s", key,
                       LIMIT_MS / 1000);
    if (WIFSIGNALED(status))
        return iv_fail(err, IV_E_CONFIG, "key_command for %s: ended by signal %d", key,
                       WTERMSIG(status));
    if (WEXITSTATUS(status) == 1)
        return iv_fail(err, IV_E_NOT_FOUND, "key_command has nothing for %s", key);
    if (WEXITSTATUS(status))
        return iv_fail(err, IV_E_CONFIG, "key_command for %s: exit status %d%s", key,
                       WEXITSTATUS(status),
                       WEXITSTATUS(status) == 127 ? ", there is no such program" : "");
    return IV_OK;
}

enum iv_code iv_key_command(const char *command, const char *key, struct iv_buf *out,
                            struct iv_error *err)
{
    char variable[128];
    int fd[2] = {-1, -1}, status = 0, spawned;
    int64_t end_ms = now_ms() + LIMIT_MS;
    bool in_time;
    char **env;
    pid_t pid;

    snprintf(variable, sizeof variable, "INTERVIEWCTL_KEY=%s", key);
    env = environment_with(variable);
    if (!env || pipe2(fd, O_CLOEXEC)) {
        free(env);
        return iv_fail(err, IV_E_NOMEM, "key_command: %s", env ? strerror(errno) : "out of memory");
    }
    spawned = spawn(command, env, fd[1], &pid);
    free(env);
    close(fd[1]);
    if (spawned) {
        close(fd[0]);
        return iv_fail(err, IV_E_CONFIG, "key_command: cannot be run: %s", strerror(spawned));
    }
    in_time = read_all(fd[0], end_ms, out) && await(pid, end_ms, &status);
    close(fd[0]);
    if (!in_time) {
        kill(-pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (out->failed)
            return iv_fail(err, IV_E_CONFIG, "key_command for %s: more than %zu bytes are no key",
                           key, out->max);
    }
    return outcome(in_time, status, key, err);
}

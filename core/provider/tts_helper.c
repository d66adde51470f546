/* tts_helper.c - the parent's side: start, pool, send, receive, end. */
#include "provider/tts_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "iv/alloc.h"

#define START_TIMEOUT_MS 5000
#define POOL_MAX 8
#define WAIT_STEP_MS 20

struct tts_helper {
    struct tts_helper *next;
    struct helper_pool *pool;
    pid_t pid;
    int fd;
    struct tts_ready facts;
};

struct helper_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    tts_helper *idle; /* {lock} last used first: the others' memory may be swapped out */
    int alive, most; /* {lock} */
};

static void *new_pool(iv_ctx *ctx)
{
    struct helper_pool *p = iv_alloc(sizeof *p);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    (void)ctx;
    if (!p)
        return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->most = cores < 2 ? 2 : cores > POOL_MAX ? POOL_MAX : (int)cores;
    return p;
}

/* Nothing it does needs a goodbye, so a killed helper loses nothing; waiting leaves no zombie. */
static void end_process(tts_helper *h)
{
    if (h->fd >= 0)
        close(h->fd);
    if (h->pid > 0) {
        kill(h->pid, SIGKILL);
        while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(h);
}

/* A program that links core but does not dispatch the argument would run itself again and again. */
static bool is_itself_a_helper(void)
{
    char line[256];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    const char *second;

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    line[n] = '\0';
    second = line + strlen(line) + 1;
    return second < line + n && !strcmp(second, TTS_HELPER_ARG);
}

static int spawn(pid_t *pid, int fd)
{
    char *const argv[] = {(char[]){"interviewctl"}, (char[]){TTS_HELPER_ARG}, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    for (int i = 0; i < 3; i++)
        posix_spawn_file_actions_addopen(&files, i, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, fd, TTS_HELPER_FD);
    rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* The child's end must not be TTS_HELPER_FD already: dup2 onto itself would keep close-on-exec. */
static int make_pair(int fd[2])
{
    int moved;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
        return -1;
    if (fd[1] > TTS_HELPER_FD)
        return 0;
    moved = fcntl(fd[1], F_DUPFD_CLOEXEC, TTS_HELPER_FD + 1);
    if (moved < 0) {
        close(fd[0]);
        close(fd[1]);
        return -1;
    }
    close(fd[1]);
    fd[1] = moved;
    return 0;
}

static enum iv_code start_process(tts_helper *h, struct iv_error *err)
{
    int fd[2], rc;

    h->fd = -1;
    if (is_itself_a_helper())
        return iv_fail(err, IV_E_TTS_ERROR, "tts helper: this program does not offer one");
    if (make_pair(fd))
        return iv_fail(err, IV_E_NOMEM, "tts helper: socket pair: %s", strerror(errno));
    rc = spawn(&h->pid, fd[1]);
    close(fd[1]);
    h->fd = fd[0];
    if (rc) {
        h->pid = 0;
        return iv_fail(err, IV_E_TTS_ERROR, "tts helper: cannot start: %s", strerror(rc));
    }
    return IV_OK;
}

static enum iv_code await_ready(tts_helper *h, int cancel_fd, struct iv_error *err)
{
    struct tts_packet *p = iv_alloc(sizeof *p);
    size_t n;
    enum iv_code rc;

    if (!p)
        return iv_fail(err, IV_E_NOMEM, "tts helper: out of memory");
    rc = iv_tts_helper_receive(h, cancel_fd, START_TIMEOUT_MS, p, &n, err);
    if (!rc && p->kind == TTS_DONE)
        rc = iv_fail(err, IV_E_TTS_ERROR, "%.*s", (int)sizeof p->body.done.text, p->body.done.text);
    else if (!rc && (p->kind != TTS_READY || n < sizeof h->facts))
        rc = iv_fail(err, IV_E_TTS_ERROR, "tts helper: this program does not offer one");
    if (!rc)
        h->facts = p->body.ready;
    free(p);
    return rc;
}

static enum iv_code new_helper(struct helper_pool *pool, int cancel_fd, tts_helper **out,
                               struct iv_error *err)
{
    tts_helper *h = iv_alloc(sizeof *h);
    enum iv_code rc;

    if (!h)
        return iv_fail(err, IV_E_NOMEM, "tts helper: out of memory");
    h->pool = pool;
    rc = start_process(h, err);
    if (!rc)
        rc = await_ready(h, cancel_fd, err);
    if (rc) {
        end_process(h);
        return rc;
    }
    *out = h;
    return IV_OK;
}

/* An idle helper says nothing: anything to read is its end. */
static bool has_ended(const tts_helper *h)
{
    struct pollfd p = {.fd = h->fd, .events = POLLIN};

    return poll(&p, 1, 0) != 0;
}

static bool is_cancelled(int cancel_fd)
{
    struct pollfd p = {.fd = cancel_fd, .events = POLLIN};

    return cancel_fd >= 0 && poll(&p, 1, 0) > 0;
}

static void wait_for_change(struct helper_pool *p)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_STEP_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&p->changed, &p->lock, &until);
}

/* An idle helper, or NULL with the right to start one (alive counts it already). */
static enum iv_code find_place(struct helper_pool *p, int cancel_fd, int64_t timeout_ms,
                               tts_helper **out, struct iv_error *err)
{
    *out = NULL;
    while (!p->idle && p->alive >= p->most) {
        if (is_cancelled(cancel_fd))
            return iv_fail(err, IV_E_CANCELLED, "cancelled");
        if (timeout_ms <= 0)
            return iv_fail(err, IV_E_TTS_TIMEOUT, "tts helper: all %d are busy", p->most);
        wait_for_change(p);
        timeout_ms -= WAIT_STEP_MS;
    }
    *out = p->idle;
    if (p->idle)
        p->idle = p->idle->next;
    else
        p->alive++;
    return IV_OK;
}

static void count_ended(struct helper_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->alive--;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void end_idle(struct helper_pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->idle) {
        tts_helper *h = p->idle;

        p->idle = h->next;
        p->alive--;
        end_process(h);
    }
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void drop_pool(void *state)
{
    struct helper_pool *p = state;

    end_idle(p);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

enum iv_code iv_tts_helper_take(iv_ctx *ctx, bool fresh, int cancel_fd, int64_t timeout_ms,
                                tts_helper **out, struct iv_error *err)
{
    struct helper_pool *p = iv_ctx_slot(ctx, IV_SLOT_TTS_HELPERS, new_pool, drop_pool);
    enum iv_code rc;

    *out = NULL;
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "tts helper: out of memory");
    if (fresh)
        end_idle(p);
    for (;;) {
        pthread_mutex_lock(&p->lock);
        rc = find_place(p, cancel_fd, timeout_ms, out, err);
        pthread_mutex_unlock(&p->lock);
        if (rc)
            return rc;
        if (!*out)
            break;
        if (!has_ended(*out))
            return IV_OK;
        end_process(*out);
        count_ended(p);
    }
    rc = new_helper(p, cancel_fd, out, err);
    if (rc)
        count_ended(p);
    return rc;
}

void iv_tts_helper_give(tts_helper *h, bool healthy)
{
    struct helper_pool *p = h->pool;

    if (!healthy) {
        end_process(h);
        count_ended(p);
        return;
    }
    pthread_mutex_lock(&p->lock);
    h->next = p->idle;
    p->idle = h;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

const struct tts_ready *iv_tts_helper_facts(const tts_helper *h)
{
    return &h->facts;
}

enum iv_code iv_tts_helper_send(tts_helper *h, const struct tts_packet *p, size_t body_bytes,
                                struct iv_error *err)
{
    ssize_t n;

    do
        n = send(h->fd, p, TTS_PACKET_HEAD + body_bytes, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return iv_fail(err, IV_E_TTS_ERROR, "tts helper: cannot be reached: %s", strerror(errno));
    return IV_OK;
}

enum iv_code iv_tts_helper_receive(tts_helper *h, int cancel_fd, int64_t timeout_ms,
                                   struct tts_packet *p, size_t *body_bytes, struct iv_error *err)
{
    struct pollfd fds[2] = {{.fd = cancel_fd, .events = POLLIN}, {.fd = h->fd, .events = POLLIN}};
    ssize_t n;
    int ready;

    do
        ready = poll(fds, 2, (int)timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (fds[0].revents)
        return iv_fail(err, IV_E_CANCELLED, "cancelled");
    if (ready <= 0)
        return iv_fail(err, IV_E_TTS_TIMEOUT, "tts helper: no answer in %lld ms",
                       (long long)timeout_ms);
    n = recv(h->fd, p, sizeof *p, 0);
    if (n < (ssize_t)TTS_PACKET_HEAD)
        return iv_fail(err, IV_E_TTS_ERROR, "tts helper: it ended unexpectedly");
    *body_bytes = (size_t)n - TTS_PACKET_HEAD;
    return IV_OK;
}

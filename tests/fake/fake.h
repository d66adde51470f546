/* tests/fake/fake.h - run tests/fake/server.py from a cmocka test.
 *
 * Why:     provider code runs unchanged; only its base URL points at this server.
 * Owns:    struct fake holds the child and its stdin; the child ends when that closes, so also when the test dies.
 * Threads: one thread per struct fake.
 * Units:   milliseconds; times in fake_stats() are CLOCK_MONOTONIC microseconds.
 * Errors:  functions return false or NULL and say why in f->error. Nothing here asserts.
 *
 *     struct fake f;
 *     assert_true(fake_start(&f, (const char *const[]){"--service", "all", "--fast", NULL}));
 *     assert_true(fake_play(&f, "openai.yaml", "stream"));
 *     ... the provider with base URL http://127.0.0.1:<f.http> or https://localhost:<f.https> and f.ca ...
 *     assert_string_equal(fake_problems(&f), "");
 *     assert_int_equal(fake_number(&f, "requests"), 1);
 *     assert_int_equal(fake_stop(&f), 0);
 */
#ifndef IV_TEST_FAKE_H
#define IV_TEST_FAKE_H

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define FAKE_READY_MS 20000 /* certificates are made at start; a loaded machine takes its time */
#define FAKE_REPLY_MAX (8 << 20) /* the log of some thousand requests */

struct fake {
    pid_t pid;
    int in; /* the child's stdin: open as long as it shall live */
    int http, https, https_expired, https_wrong_host, https_unknown_ca;
    int refused, unreachable; /* nobody listens; connecting hangs */
    int control, h2;
    char ca[256]; /* PEM file of the authority that signed the good certificate */
    char error[256]; /* why the last call failed */
    char *reply; /* the last answer of a control request; the next one replaces it */
    char text[2048]; /* what fake_problems() returned */
};

static inline bool fake_fail(struct fake *f, const char *what)
{
    snprintf(f->error, sizeof(f->error), "%s%s%s", what, errno ? ": " : "",
             errno ? strerror(errno) : "");
    return false;
}

/* One line of `fd` within the time limit; without the newline. */
static inline bool fake_line(int fd, char *line, size_t size, int limit_ms)
{
    struct timespec start, now;
    size_t n = 0;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int left;

        clock_gettime(CLOCK_MONOTONIC, &now);
        left = limit_ms -
               (int)((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000);
        if (left <= 0 || n + 1 >= size)
            return false;
        if (poll(&p, 1, left) < 0 && errno != EINTR)
            return false;
        if (!(p.revents & (POLLIN | POLLHUP)))
            continue;
        if (read(fd, line + n, 1) != 1)
            return false;
        if (line[n] == '\n')
            break;
        n++;
    }
    line[n] = '\0';
    return true;
}

static inline int fake_port(const cJSON *ready, const char *name)
{
    const cJSON *port = cJSON_GetObjectItemCaseSensitive(ready, name);

    return cJSON_IsNumber(port) ? (int)port->valuedouble : 0;
}

static inline bool fake_read_ready(struct fake *f, const char *line)
{
    cJSON *ready = cJSON_Parse(line);
    const cJSON *ca = cJSON_GetObjectItemCaseSensitive(ready, "ca");
    bool good;

    f->http = fake_port(ready, "http");
    f->https = fake_port(ready, "https");
    f->https_expired = fake_port(ready, "https_expired");
    f->https_wrong_host = fake_port(ready, "https_wrong_host");
    f->https_unknown_ca = fake_port(ready, "https_unknown_ca");
    f->refused = fake_port(ready, "refused");
    f->unreachable = fake_port(ready, "unreachable");
    f->control = fake_port(ready, "control");
    f->h2 = fake_port(ready, "h2");
    if (cJSON_IsString(ca))
        snprintf(f->ca, sizeof(f->ca), "%s", ca->valuestring);
    good = f->http && f->https && f->control && f->ca[0];
    cJSON_Delete(ready);
    return good;
}

static inline bool fake_spawn(struct fake *f, const char *const *args, int *out)
{
    const char *source = getenv("IV_TEST_SOURCE_DIR");
    char path[1024];
    const char *argv[32] = {"python3", path};
    int to[2] = {-1, -1}, from[2] = {-1, -1}, rc;
    posix_spawn_file_actions_t acts;

    for (size_t i = 0; args && args[i] && i + 3 < sizeof(argv) / sizeof(argv[0]); i++)
        argv[i + 2] = args[i];
    snprintf(path, sizeof(path), "%s/tests/fake/server.py", source ? source : ".");
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
        return fake_fail(f, "pipe");
    posix_spawn_file_actions_init(&acts);
    posix_spawn_file_actions_adddup2(&acts, to[0], 0);
    posix_spawn_file_actions_adddup2(&acts, from[1], 1);
    rc = posix_spawnp(&f->pid, "python3", &acts, NULL, (char *const *)(void *)argv, environ);
    posix_spawn_file_actions_destroy(&acts);
    close(to[0]);
    close(from[1]);
    f->in = to[1];
    *out = from[0];
    errno = rc;
    return rc == 0 || fake_fail(f, "python3");
}

/* Ends the server. Its exit status: 0, or 1 if an expectation was violated or never came; -1 without a server. */
static inline int fake_stop(struct fake *f)
{
    int status = -1;

    if (f->pid > 0) {
        close(f->in);
        while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR)
            ;
        status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    free(f->reply);
    memset(f, 0, sizeof(*f));
    f->in = -1;
    return status;
}

/* `args` are options of server.py and NULL; NULL for none. Returns when every port listens. */
static inline bool fake_start(struct fake *f, const char *const *args)
{
    char line[4096], why[sizeof(f->error)];
    int out = -1;
    bool good;

    memset(f, 0, sizeof(*f));
    f->in = -1;
    errno = 0;
    signal(SIGPIPE, SIG_IGN);
    if (!fake_spawn(f, args, &out))
        return false;
    good = fake_line(out, line, sizeof(line), FAKE_READY_MS) && fake_read_ready(f, line);
    close(out);
    if (good)
        return true;
    kill(f->pid, SIGTERM);
    fake_fail(f, "the fake server did not say that it is ready");
    memcpy(why, f->error, sizeof(why));
    fake_stop(f);
    memcpy(f->error, why, sizeof(why));
    return false;
}

static inline int fake_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
        return fd;
    close(fd);
    return -1;
}

static inline bool fake_write(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Everything until the end of the connection, ended by a NUL; NULL on failure or beyond FAKE_REPLY_MAX. */
static inline char *fake_read_all(int fd)
{
    size_t size = 64 << 10, len = 0;
    char *data = malloc(size);

    while (data) {
        ssize_t n;

        if (len + 1 == size) {
            char *more = size < FAKE_REPLY_MAX ? realloc(data, size *= 2) : NULL;

            if (!more)
                break;
            data = more;
        }
        n = recv(fd, data + len, size - len - 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        if (n == 0) {
            data[len] = '\0';
            return data;
        }
        len += (size_t)n;
    }
    free(data);
    return NULL;
}

/* One control request; the body of the answer, or NULL. Valid until the next call. */
static inline const char *fake_control(struct fake *f, const char *method, const char *path,
                                       const char *body)
{
    char head[512];
    char *answer = NULL, *rest;
    size_t len = body ? strlen(body) : 0;
    int fd = fake_connect(f->control);

    free(f->reply);
    f->reply = NULL;
    snprintf(
        head, sizeof(head),
        "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
        method, path, len);
    if (fd >= 0 && fake_write(fd, head, strlen(head)) && fake_write(fd, body ? body : "", len))
        answer = fake_read_all(fd);
    if (fd >= 0)
        close(fd);
    if (!answer) {
        fake_fail(f, "no answer from the fake server");
        return NULL;
    }
    errno = 0;
    rest = strstr(answer, "\r\n\r\n");
    f->reply = answer;
    if (!rest || strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        fake_fail(f, rest ? rest + 4 : answer);
        return NULL;
    }
    return rest + 4;
}

/* Replaces the scenario (YAML or JSON) and starts counting anew. */
static inline bool fake_post(struct fake *f, const char *scenario)
{
    return fake_control(f, "POST", "/__scenario", scenario) != NULL;
}

/* One named scenario of a file in tests/fake/scenario; `name` NULL plays the whole file. */
static inline bool fake_play(struct fake *f, const char *file, const char *name)
{
    char order[512];

    if (name)
        snprintf(order, sizeof(order), "{\"file\": \"%s\", \"only\": \"%s\"}", file, name);
    else
        snprintf(order, sizeof(order), "{\"file\": \"%s\"}", file);
    return fake_post(f, order);
}

/* A fault of scenario/faults.yaml on requests to `path`, `times` times; then the services answer as always. */
static inline bool fake_fault(struct fake *f, const char *kind, const char *path, int times)
{
    char order[512];

    snprintf(order, sizeof(order), "{\"kind\": \"%s\", \"path\": \"%s\", \"times\": %d}", kind,
             path, times);
    return fake_control(f, "POST", "/__fault", order) != NULL;
}

/* Anything else that POST understands: "/__chat", "/__transcripts", "/__config", "/__reset". */
static inline bool fake_steer(struct fake *f, const char *path, const char *body)
{
    return fake_control(f, "POST", path, body) != NULL;
}

/* GET /__stats as JSON; free with cJSON_Delete(). */
static inline cJSON *fake_stats(struct fake *f)
{
    const char *text = fake_control(f, "GET", "/__stats", NULL);

    return text ? cJSON_Parse(text) : NULL;
}

/* One number of the statistics ("requests", "tls_handshakes", "connections" ...), -1 if there is none. */
static inline long fake_number(struct fake *f, const char *name)
{
    cJSON *stats = fake_stats(f);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(stats, name);
    long number = cJSON_IsNumber(value) ? (long)value->valuedouble : -1;

    cJSON_Delete(stats);
    return number;
}

/* How many requests came for that path. */
static inline long fake_count(struct fake *f, const char *path)
{
    cJSON *stats = fake_stats(f);
    const cJSON *paths = cJSON_GetObjectItemCaseSensitive(stats, "by_path");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(paths, path);
    long number = cJSON_IsNumber(value) ? (long)value->valuedouble : 0;

    cJSON_Delete(stats);
    return number;
}

/* Violated expectations and exchanges that never came, one per line; "" if all is well. */
static inline const char *fake_problems(struct fake *f)
{
    static const char *const lists[] = {"problems", "unplayed"};
    cJSON *stats = fake_stats(f);
    const cJSON *line;
    size_t at = 0;

    f->text[0] = '\0';
    if (!stats)
        snprintf(f->text, sizeof(f->text), "%s", f->error);
    for (size_t i = 0; i < 2; i++)
        cJSON_ArrayForEach(line, cJSON_GetObjectItemCaseSensitive(stats, lists[i]))
        {
            if (at < sizeof(f->text) && cJSON_IsString(line))
                at += (size_t)snprintf(f->text + at, sizeof(f->text) - at, "%s%s\n",
                                       line->valuestring, i ? ": never asked for" : "");
        }
    cJSON_Delete(stats);
    return f->text;
}

#endif

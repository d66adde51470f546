/* bench_services.c - what this program adds to a service's own time: from the first byte of sound that a service sends to the sink's
 * first samples, against a server in this process that notes when it sent.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "iv/config.h"
#include "iv/tts.h"

#define RUNS 200
#define THINK_US 3000 /* of the service, before its first byte */
#define AIM_MS 2.0
#define SOUND_BYTES 4800

static _Atomic int64_t sent_us;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void sleep_us(long us)
{
    struct timespec t = {0, us * 1000};

    nanosleep(&t, NULL);
}

/* -- the service: one connection at a time, answers of a fixed shape -- */

struct service {
    int fd, port;
    bool has_lines; /* JSON lines with times, as ElevenLabs sends; else PCM */
    atomic_int connections;
    char part[SOUND_BYTES * 2];
    size_t part_len;
};

static bool read_request(int fd)
{
    static char b[16384];
    size_t n = 0;
    ssize_t got;

    while (n + 1 < sizeof b && (got = recv(fd, b + n, sizeof b - n - 1, 0)) > 0) {
        const char *head, *length;

        n += (size_t)got;
        b[n] = '\0';
        head = strstr(b, "\r\n\r\n");
        length = strcasestr(b, "content-length:");
        if (head && n >= (size_t)(head + 4 - b) + (length ? strtoul(length + 15, NULL, 10) : 0))
            return true;
    }
    return false;
}

static bool put(int fd, const char *data, size_t len)
{
    return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool put_chunk(int fd, const char *data, size_t len)
{
    char head[16];
    int n = snprintf(head, sizeof head, "%zx\r\n", len);

    return put(fd, head, (size_t)n) && put(fd, data, len) && put(fd, "\r\n", 2);
}

static void serve(struct service *s, int fd)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\nTransfer-Encoding: chunked\r\n\r\n";

    while (read_request(fd)) {
        if (!put(fd, head, sizeof head - 1))
            break;
        sleep_us(THINK_US);
        atomic_store(&sent_us, now_us());
        if (!put_chunk(fd, s->part, s->part_len) || !put_chunk(fd, s->part, s->part_len) ||
            !put(fd, "0\r\n\r\n", 5))
            break;
    }
    close(fd);
}

static void *run_service(void *arg)
{
    struct service *s = arg;
    int fd, yes = 1;

    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* as every service does */
        atomic_fetch_add(&s->connections, 1);
        serve(s, fd);
    }
    return NULL;
}

static void make_part(struct service *s)
{
    static const char line[] = "{\"audio_base64\":\"%s\",\"alignment\":{\"characters\":[\"a\"],"
                               "\"character_start_times_seconds\":[0],"
                               "\"character_end_times_seconds\":[0.1]}}\n";
    static char zeros[SOUND_BYTES / 3 * 4 + 1];

    memset(zeros, 'A', sizeof zeros - 1);
    if (s->has_lines)
        s->part_len = (size_t)snprintf(s->part, sizeof s->part, line, zeros);
    else
        s->part_len = SOUND_BYTES;
}

static bool start_service(struct service *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    pthread_t thread;

    make_part(s);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, len) || listen(s->fd, 8) ||
        getsockname(s->fd, (struct sockaddr *)&a, &len) ||
        pthread_create(&thread, NULL, run_service, s))
        return false;
    s->port = ntohs(a.sin_port);
    return !pthread_detach(thread);
}

/* -- the listener -- */

struct timing {
    int64_t first_us;
    atomic_bool is_done;
    enum iv_code code;
};

static void on_audio(void *arg, const int16_t *samples, size_t n)
{
    struct timing *t = arg;

    (void)samples, (void)n;
    if (!t->first_us)
        t->first_us = now_us();
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct timing *t = arg;

    t->code = code;
    if (code)
        fprintf(stderr, "failed: %s\n", text);
    atomic_store(&t->is_done, true);
}

static double speak(iv_tts *voice)
{
    struct timing t = {0};
    struct iv_tts_sink sink = {.on_audio = on_audio, .on_done = on_done, .arg = &t};

    if (iv_tts_start(voice, "Tell me about yourself.", &sink, NULL))
        return 1e9;
    while (!atomic_load(&t.is_done))
        sleep_us(100);
    return t.code ? 1e9 : (double)(t.first_us - atomic_load(&sent_us)) / 1000;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int measure(const char *engine, struct service *s)
{
    struct iv_config *c = NULL;
    struct iv_tts_choice choice = {.engine = engine, .lang = IV_LANG_EN};
    struct iv_error err = {0};
    double ms[RUNS];
    char url[64];
    iv_ctx *ctx = NULL;
    iv_tts *voice = NULL;
    int status = 1;

    if (!start_service(s))
        return 1;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", s->port);
    if (iv_config_new(&c, &err) ||
        iv_config_set(c, "elevenlabs.base_url", url, IV_FROM_FLAG, "bench", &err) ||
        iv_config_set(c, "elevenlabs.api_key", "bench", IV_FROM_FLAG, "bench", &err) ||
        iv_config_set(c, "elevenlabs.mode", "timestamps", IV_FROM_FLAG, "bench", &err) ||
        iv_config_set(c, "tts.openai.base_url", url, IV_FROM_FLAG, "bench", &err) ||
        iv_config_set(c, "cache.enabled", "false", IV_FROM_FLAG, "bench", &err) ||
        iv_ctx_new(c, NULL, NULL, &ctx, &err) || iv_tts_open(ctx, &choice, &voice, &err)) {
        fprintf(stderr, "%s: %s\n", engine, err.text);
        goto out;
    }
    for (int i = 0; i < RUNS; i++)
        ms[i] = speak(voice);
    qsort(ms, RUNS, sizeof *ms, by_size);
    printf("  %-12s %8.2f %8.2f %8.2f %12d   aim p95 <= %g ms: %s\n", engine, ms[RUNS / 2],
           ms[RUNS * 95 / 100], ms[RUNS - 1], atomic_load(&s->connections), AIM_MS,
           ms[RUNS * 95 / 100] <= AIM_MS ? "met" : "MISSED");
    status = 0;
out:
    iv_tts_close(voice);
    iv_ctx_free(ctx);
    iv_config_free(c);
    return status;
}

int main(void)
{
    static struct service pcm, lines = {.has_lines = true};
    int bad;

    printf("Voices of services: a service's first byte of sound to the sink, ms\n");
    printf("  %-12s %8s %8s %8s %12s\n", "engine", "median", "p95", "worst", "connections");
    bad = measure("openai", &pcm);
    bad |= measure("elevenlabs", &lines);
    return bad;
}

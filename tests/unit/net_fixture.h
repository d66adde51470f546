/* net_fixture.h - a fake server, a context that may speak to it, and a clock that tests move. */
#ifndef IV_TEST_NET_FIXTURE_H
#define IV_TEST_NET_FIXTURE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/fake.h"
#include "iv/config.h"
#include "iv/ctx.h"
#include "net/internal.h"

#define REAL_LIMIT_MS 20000

struct bench {
    struct fake *fake;
    struct iv_config *config;
    struct iv_log log;
    iv_ctx *ctx;
    iv_net *net;
    struct iv_manual_clock clock;
    pthread_mutex_t lock;
    char lines[1 << 16]; /* {lock} what was logged */
    size_t n_lines; /* {lock} */
};

static inline void keep_line(void *arg, enum iv_log_level level, const char *line)
{
    struct bench *b = arg;

    (void)level;
    pthread_mutex_lock(&b->lock);
    if (b->n_lines + strlen(line) + 2 < sizeof b->lines)
        b->n_lines +=
            (size_t)snprintf(b->lines + b->n_lines, sizeof b->lines - b->n_lines, "%s\n", line);
    pthread_mutex_unlock(&b->lock);
}

static inline void bench_set(struct bench *b, const char *key, const char *value)
{
    struct iv_error err;

    if (iv_config_set(b->config, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
}

/* Settings may follow; bench_start() makes the rest. */
static inline void bench_open(struct bench *b, struct fake *fake)
{
    struct iv_error err;

    memset(b, 0, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    b->fake = fake;
    b->log = (struct iv_log){keep_line, b, IV_LOG_DEBUG};
    iv_manual_clock_init(&b->clock, 1700000000000);
    iv_manual_clock_advance(&b->clock, 1000000);
    if (iv_config_new(&b->config, &err))
        fail_msg("%s", err.text);
    bench_set(b, "net.allow", "127.0.0.1, localhost, fake.invalid");
    if (fake) {
        bench_set(b, "net.ca_file", fake->ca);
        assert_true(fake_post(fake, "[]"));
    }
}

static inline void bench_start(struct bench *b, bool is_moved)
{
    struct iv_error err;

    if (iv_ctx_new(b->config, &b->log, NULL, &b->ctx, &err) ||
        iv_net_new(b->ctx, is_moved ? &b->clock.clock : &iv_clock_system, &b->net, &err))
        fail_msg("%s", err.text);
    iv_net_seed(b->net, 7);
}

static inline void bench_close(struct bench *b)
{
    iv_net_free(b->net);
    iv_ctx_free(b->ctx);
    iv_config_free(b->config);
    pthread_mutex_destroy(&b->lock);
    b->net = NULL;
}

static inline void advance(struct bench *b, int64_t ms)
{
    iv_manual_clock_advance(&b->clock, ms * 1000);
    iv_net_wake(b->net);
}

static inline void real_sleep(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&t, NULL);
}

static inline int64_t real_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until `expression` is true; fails after REAL_LIMIT_MS. */
#define wait_until(expression)                                                                     \
    do {                                                                                           \
        int64_t limit_ = real_ms() + REAL_LIMIT_MS;                                                \
        while (!(expression)) {                                                                    \
            if (real_ms() > limit_)                                                                \
                fail_msg("never: %s", #expression);                                                \
            real_sleep(1);                                                                         \
        }                                                                                          \
    } while (0)

static inline struct net_health health_of(struct bench *b, const char *service)
{
    struct net_health all[16];
    size_t n = iv_net_health(b->net, all, 16);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i].service, service))
            return all[i];
    return (struct net_health){0};
}

#endif

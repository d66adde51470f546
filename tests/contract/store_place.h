/* store_place.h - for the tests of every store: a place of its own for each, and each promise checked on every back end. */
#ifndef IV_TESTS_STORE_PLACE_H
#define IV_TESTS_STORE_PLACE_H

#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iv/store.h"

#define T0 1700000000000ll
#define MINUTE 60000ll

/* A store on a clock of its own, in a folder of its own. */
struct place {
    const char *backend;
    char dir[64], path[96];
    struct iv_manual_clock clock;
    iv_ctx *ctx;
    iv_store *store;
    pid_t redis; /* the server's, where there is one */
};

#define REDIS_TRIES 400 /* of 25 ms */

/* Whether there is a Redis to test with, in this build and on this machine. */
static inline bool has_redis(void)
{
    struct iv_error err = {0};
    iv_store *st = NULL;
    iv_ctx *ctx;
    enum iv_code rc;

    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), IV_OK);
    rc = iv_store_open(ctx, "redis", "unix:/nonexistent", &st, &err);
    iv_store_close(st);
    iv_ctx_free(ctx);
    return rc == IV_E_REDIS && !system("command -v redis-server >/dev/null");
}

/* A server of its own, that writes as strictly as the store demands. */
static inline void start_redis(struct place *p)
{
    const char *socket = p->path + strlen("unix:");

    snprintf(p->path, sizeof p->path, "unix:%s/redis.sock", p->dir);
    p->redis = fork();
    if (!p->redis) {
        prctl(PR_SET_PDEATHSIG,
              SIGKILL); /* a test that aborts leaves nobody who holds its output open */
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(126);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket, "--dir",
               p->dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
               (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < REDIS_TRIES && access(socket, F_OK); i++)
        usleep(25000);
}

static inline void stop_redis(struct place *p)
{
    char command[128];

    kill(p->redis, SIGKILL);
    waitpid(p->redis, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s' 2>/dev/null", p->dir);
    for (int i = 0; i < REDIS_TRIES && system(command); i++) /* a child that rewrites its log */
        usleep(25000);
}

static inline void open_store(struct place *p)
{
    struct iv_error err = {.text = ""};

    /* a server that starts reads its data first, and one that was not reached rests half a second */
    for (int i = 0; p->redis && i < REDIS_TRIES; i++) {
        if (iv_store_open(p->ctx, p->backend, p->path, &p->store, &err) != IV_E_REDIS)
            return;
        usleep(25000);
    }
    if (iv_store_open(p->ctx, p->backend, p->path, &p->store, &err))
        fail_msg("%s", err.text);
}

static inline void place_make(struct place *p, const char *backend)
{
    *p = (struct place){.backend = backend};
    snprintf(p->dir, sizeof p->dir, "/tmp/iv-store-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    if (!strcmp(backend, "sqlite"))
        snprintf(p->path, sizeof p->path, "%s/store.db", p->dir);
    if (!strcmp(backend, "redis"))
        start_redis(p);
    iv_manual_clock_init(&p->clock, T0);
    assert_int_equal(iv_ctx_new(NULL, NULL, &p->clock.clock, &p->ctx, NULL), IV_OK);
    open_store(p);
}

static inline void place_drop(struct place *p)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock", ".copy", ".copy.lock"};
    char name[160];

    iv_store_close(p->store);
    iv_ctx_free(p->ctx);
    if (p->redis) {
        stop_redis(p);
        return;
    }
    for (size_t i = 0; i < IV_LEN(endings); i++) {
        snprintf(name, sizeof name, "%s/store.db%s", p->dir, endings[i]);
        unlink(name);
    }
    rmdir(p->dir);
}

static inline struct iv_session session_of(const char *user, int64_t created_ms)
{
    struct iv_session_spec spec;
    struct iv_session s;

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "%s", user);
    iv_session_create(&s, &spec, created_ms);
    return s;
}

static inline struct iv_session add(struct place *p, const char *user, int64_t created_ms)
{
    struct iv_session s = session_of(user, created_ms);

    assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_OK);
    return s;
}

static inline struct iv_turn turn_of(int64_t number, const char *text)
{
    return (struct iv_turn){.number = number,
                            .speaker = number % 2 ? IV_CANDIDATE : IV_INTERVIEWER,
                            .kind = number % 2 ? IV_TURN_ANSWER : IV_TURN_QUESTION,
                            .question_id = "q1",
                            .text = (char *)(uintptr_t)text,
                            .start_ms = number * 1000,
                            .end_ms = number * 1000 + 900,
                            .wall_ms = T0 + number * 1000,
                            .confidence = 0.5f,
                            .source = "typed"};
}

static inline size_t count_turns(struct place *p, const char *id)
{
    struct iv_turn *rows;
    size_t n;

    assert_int_equal(iv_store_turns(p->store, id, &rows, &n, NULL), IV_OK);
    iv_turns_free(rows, n);
    return n;
}

/* -- every promise on every back end -- */

struct promise {
    const char *name;
    void (*check)(struct place *p);
    const void *row; /* of a table, where the promise has one */
};

struct promise_run {
    char name[96];
    const char *backend;
    const struct promise *promise;
};

static const void *promise_row; /* of the one that runs */

static inline void on_backend(void **state)
{
    const struct promise_run *r = *state;
    struct place p;

    place_make(&p, r->backend);
    promise_row = r->promise->row;
    r->promise->check(&p);
    place_drop(&p);
}

static inline void add_promises(const struct promise *promises, size_t n)
{
    static const char *const backends[] = {"memory", "sqlite", "redis"};
    static struct promise_run runs[TABLE_MAX];
    static size_t n_runs;

    for (size_t b = 0; b < IV_LEN(backends) - !has_redis(); b++)
        for (size_t i = 0; i < n; i++) {
            struct promise_run *r = &runs[n_runs++];

            assert_true(n_runs < TABLE_MAX);
            r->backend = backends[b];
            r->promise = &promises[i];
            snprintf(r->name, sizeof r->name, "%s: %s", backends[b], promises[i].name);
            table_add(r->name, on_backend, r);
        }
}

#endif

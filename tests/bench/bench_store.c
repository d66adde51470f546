/* bench_store.c - what the SQLite store takes: opening, reading, listing, writing alone and from 32 threads.
 *
 * bench_store [sessions ...]; 10000 and 200000 by default. The file lies below TMPDIR: let that be a disk, not memory.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "iv/store.h"

#define T0 1700000000000ll
#define USERS 500
#define THREADS 32
#define SAMPLES 2001

static struct iv_manual_clock still;
static iv_ctx *ctx;
static char dir[256], path[300];
static double samples_us[SAMPLES];

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(enum iv_code rc, const struct iv_error *err)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_store: %s\n", err->text);
    exit(1);
}

static iv_store *open_store(void)
{
    struct iv_error err;
    iv_store *st;

    must(iv_store_open(ctx, "sqlite", path, &st, &err), &err);
    return st;
}

static void name_session(long i, char id[IV_ID_BYTES])
{
    snprintf(id, IV_ID_BYTES, "sess_%012ld", i);
}

static void add(iv_store *st, long i)
{
    struct iv_session_spec spec;
    struct iv_session s;
    struct iv_error err;

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "user%ld", i % USERS);
    iv_session_create(&s, &spec, T0 + i);
    name_session(i, s.id);
    if (i % 100) /* most have ended */
        iv_session_end(&s, T0 + i, NULL);
    must(iv_store_session_new(st, &s, 1 << 30, &err), &err);
}

struct writer {
    iv_store *st;
    long first, n;
};

static void *write_some(void *arg)
{
    const struct writer *w = arg;

    for (long i = 0; i < w->n; i++)
        add(w->st, w->first + i * THREADS);
    return NULL;
}

/* Sessions a second. */
static double add_from_threads(iv_store *st, long first, long n)
{
    pthread_t threads[THREADS];
    struct writer w[THREADS];
    double start = now_us();

    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct writer){st, first + i, n / THREADS};
        pthread_create(&threads[i], NULL, write_some, &w[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return (double)(n / THREADS * THREADS) * 1e6 / (now_us() - start);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void tell(const char *what, int n)
{
    qsort(samples_us, (size_t)n, sizeof *samples_us, by_value);
    printf("  %-34s median %9.1f us   p99 %9.1f us\n", what, samples_us[n / 2],
           samples_us[n * 99 / 100]);
}

static void list(iv_store *st, long i)
{
    char user[32];
    struct iv_session_filter f = {.user_id = user, .status = -1, .limit = 20};
    struct iv_session *rows;
    struct iv_error err;
    int64_t total;
    size_t n;

    snprintf(user, sizeof user, "user%ld", i % USERS);
    must(iv_store_session_list(st, &f, &rows, &n, &total, &err), &err);
    free(rows);
}

static void list_all(iv_store *st, long i)
{
    struct iv_session_filter f = {.status = -1, .limit = 20};
    struct iv_session *rows;
    struct iv_error err;
    int64_t total;
    size_t n;

    (void)i;
    must(iv_store_session_list(st, &f, &rows, &n, &total, &err), &err);
    free(rows);
}

static void get(iv_store *st, long i)
{
    struct iv_session s;
    struct iv_error err;
    char id[IV_ID_BYTES];

    name_session(i, id);
    must(iv_store_session_get(st, id, &s, &err), &err);
}

/* A turn of each side, an event of each, and the state: what an answer costs. */
static void step(iv_store *st, long i)
{
    static int64_t number;
    static char state[2000];
    static char text[] =
        "An answer of ordinary length, as people give it when they are asked about "
        "the work they did last year and what came of it in the end.";
    const char *events[] = {"{\"in\":\"answer\",\"text\":\"...\"}", "{\"out\":\"turn\"}"};
    struct iv_turn t[2] = {{.number = number, .text = text, .source = "typed"},
                           {.number = number + 1, .text = text, .source = "builtin"}};
    struct iv_doc doc = {"state", state, sizeof state - 1};
    struct iv_session s;
    struct iv_error err;
    struct iv_step whole = {&s, t, 2, events, 2, &doc, 1};
    char id[IV_ID_BYTES];

    (void)i;
    memset(state, 'x', sizeof state - 1);
    name_session(0, id);
    must(iv_store_session_get(st, id, &s, &err), &err);
    must(iv_store_step(st, &whole, &err), &err);
    number += 2;
}

static void open_and_list(iv_store *none, long i)
{
    iv_store *st = open_store();

    (void)none;
    list(st, i);
    iv_store_close(st);
}

static void measure(const char *what, iv_store *st, void (*fn)(iv_store *, long), long sessions,
                    int n)
{
    for (int i = 0; i < n; i++) {
        double start = now_us();

        fn(st, (long)i * 7919 % sessions);
        samples_us[i] = now_us() - start;
    }
    tell(what, n);
}

/* -- a copy, and what it costs those who write meanwhile -- */

static atomic_bool copying;

static void *copy_on(void *arg)
{
    char copy[320];
    struct iv_error err;

    snprintf(copy, sizeof copy, "%s.copy", path);
    while (atomic_load(&copying))
        must(iv_store_backup(arg, copy, &err), &err);
    unlink(copy);
    return NULL;
}

static void copy_once(iv_store *st, long i)
{
    char copy[320];
    struct iv_error err;

    (void)i;
    snprintf(copy, sizeof copy, "%s.copy", path);
    must(iv_store_backup(st, copy, &err), &err);
    unlink(copy);
}

static long next_new;
static void add_next(iv_store *st, long i)
{
    (void)i;
    add(st, next_new++);
}

static void bench(long sessions)
{
    iv_store *st;
    pthread_t thread;
    long from = next_new, more;

    printf("%ld sessions\n", sessions);
    st = open_store();
    more = sessions > from ? (sessions - from) / THREADS * THREADS : 0;
    printf("  %-34s %9.0f /s\n", "session_new, 32 threads", add_from_threads(st, from, more));
    next_new = from + more;
    iv_store_close(st);
    measure("open, list 20, close", NULL, open_and_list, next_new, 101);
    st = open_store();
    measure("get", st, get, next_new, SAMPLES);
    measure("list 20 newest of a user", st, list, next_new, SAMPLES);
    measure("list 20 newest of all", st, list_all, next_new, 201);
    measure("session_new, one thread", st, add_next, next_new, SAMPLES);
    measure("step: 2 turns, 2 events, state", st, step, next_new, SAMPLES);
    measure("copy of the store", st, copy_once, next_new, 3);
    atomic_store(&copying, true);
    pthread_create(&thread, NULL, copy_on, st);
    measure("step while copies are made", st, step, next_new, 301);
    atomic_store(&copying, false);
    pthread_join(thread, NULL);
    iv_store_close(st);
}

static void remove_files(void)
{
    static const char *const endings[] = {"", "-wal", ".lock"};
    char name[320];

    for (size_t i = 0; i < IV_LEN(endings); i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
    rmdir(dir);
}

int main(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    struct iv_error err;

    snprintf(dir, sizeof dir, "%s/iv-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/store.db", dir);
    iv_manual_clock_init(&still, T0);
    must(iv_ctx_new(NULL, NULL, &still.clock, &ctx, &err), &err);
    if (argc < 2) {
        bench(10000);
        bench(200000);
    }
    for (int i = 1; i < argc; i++)
        bench(strtol(argv[i], NULL, 10));
    iv_ctx_free(ctx);
    remove_files();
    return 0;
}

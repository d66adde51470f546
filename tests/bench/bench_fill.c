/* bench_fill.c - a store with many sessions, as after years of use: bench_fill FILE N [WRITERS [open]].
 *
 * Writers at the same time share commits. Without `open` every session is over, with it they were made just now, one a millisecond.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/store.h"

#define WRITERS_MAX 256

static iv_store *store;
static int wanted;
static bool is_open;
static int64_t now_ms;
static atomic_int next;
static atomic_int failed;

/* However many sessions there are, nobody has more than some hundred. */
static int users(void)
{
    return wanted > 10000 ? wanted / 20 : 50;
}

static enum iv_code add(int i, struct iv_session_spec *spec, struct iv_error *err)
{
    int64_t created_ms = now_ms - (int64_t)(wanted - i) * (is_open ? 1 : 60000);
    struct iv_session s;
    enum iv_code rc = IV_OK;

    snprintf(spec->user_id, sizeof spec->user_id, "user%d", i % users());
    spec->type = (enum iv_session_type)(i % IV_TYPE_COUNT);
    spec->lang = (enum iv_lang)(i % IV_LANG_COUNT);
    spec->duration_minutes = 30;
    iv_session_create(&s, spec, created_ms);
    if (!is_open)
        rc = iv_session_start(&s, created_ms, err);
    if (!is_open && !rc)
        rc = iv_session_end(&s, created_ms + 1500000, err);
    s.message_count = is_open ? 0 : 22;
    return rc ? rc : iv_store_session_new(store, &s, wanted + 1, err);
}

static void *fill(void *arg)
{
    struct iv_session_spec spec;
    struct iv_error err = {0};
    enum iv_code rc = IV_OK;

    (void)arg;
    iv_session_spec_init(&spec);
    for (int i; !rc && !atomic_load(&failed) && (i = atomic_fetch_add(&next, 1)) < wanted;)
        rc = add(i, &spec, &err);
    if (rc && !atomic_exchange(&failed, 1))
        fprintf(stderr, "bench_fill: %s\n", err.text);
    return NULL;
}

static int fill_by(long writers)
{
    pthread_t threads[WRITERS_MAX];
    long n = 0;

    for (; n < writers && !pthread_create(&threads[n], NULL, fill, NULL); n++)
        ;
    for (long i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return n == writers && !atomic_load(&failed) ? 0 : 1;
}

int main(int argc, char **argv)
{
    iv_ctx *ctx = NULL;
    struct iv_error err = {0};
    long writers = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
    int status = 1;
    enum iv_code rc;

    if (argc < 3 || argc > 5 || writers < 1 || writers > WRITERS_MAX) {
        fprintf(stderr, "usage: bench_fill FILE N [WRITERS [open]]\n");
        return 64;
    }
    wanted = (int)strtol(argv[2], NULL, 10);
    is_open = argc > 4 && !strcmp(argv[4], "open");
    now_ms = iv_wall_ms(&iv_clock_system);
    rc = iv_ctx_new(NULL, NULL, NULL, &ctx, &err);
    if (!rc)
        rc = iv_store_open(ctx, "sqlite", argv[1], &store, &err);
    if (rc)
        fprintf(stderr, "bench_fill: %s\n", err.text);
    else
        status = fill_by(writers);
    iv_store_close(store);
    iv_ctx_free(ctx);
    return status;
}

/* bench_fill.c - a store with many sessions, as after years of use: bench_fill FILE N. */
#include <stdio.h>
#include <stdlib.h>

#include "iv/store.h"

static enum iv_code fill(iv_store *st, int n, struct iv_error *err)
{
    struct iv_session_spec spec;
    struct iv_session s;
    enum iv_code rc = IV_OK;

    iv_session_spec_init(&spec);
    for (int i = 0; i < n && !rc; i++) {
        int64_t created_ms = iv_wall_ms(&iv_clock_system) - (int64_t)(n - i) * 60000;

        snprintf(spec.user_id, sizeof spec.user_id, "user%d", i % 50);
        spec.type = (enum iv_session_type)(i % IV_TYPE_COUNT);
        spec.lang = (enum iv_lang)(i % IV_LANG_COUNT);
        spec.duration_minutes = 30;
        iv_session_create(&s, &spec, created_ms);
        rc = iv_session_start(&s, created_ms, err);
        if (!rc)
            rc = iv_session_end(&s, created_ms + 1500000, err);
        s.message_count = 22;
        if (!rc)
            rc = iv_store_session_new(st, &s, n + 1, err);
    }
    return rc;
}

int main(int argc, char **argv)
{
    iv_ctx *ctx = NULL;
    iv_store *st = NULL;
    struct iv_error err = {0};
    enum iv_code rc;

    if (argc != 3) {
        fprintf(stderr, "usage: bench_fill FILE N\n");
        return 64;
    }
    rc = iv_ctx_new(NULL, NULL, NULL, &ctx, &err);
    if (!rc)
        rc = iv_store_open(ctx, "sqlite", argv[1], &st, &err);
    if (!rc)
        rc = fill(st, (int)strtol(argv[2], NULL, 10), &err);
    iv_store_close(st);
    iv_ctx_free(ctx);
    if (rc)
        fprintf(stderr, "bench_fill: %s\n", err.text);
    return rc != IV_OK;
}

/* test_store_whole.c - a store as a whole: copies, threads, and what it says of itself. */
#include "store_place.h"

#include <pthread.h>

/* -- the whole -- */

static void store_tells_what_it_is(struct place *p)
{
    assert_string_equal(iv_store_backend(p->store), p->backend);
    assert_string_equal(iv_store_path(p->store), p->path);
    assert_int_equal(iv_store_check(p->store, NULL), IV_OK);
}

static void copy_is_whole(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;
    struct place copy = *p;
    char path[160];

    snprintf(path, sizeof path, "%s/store.db.copy", p->dir);
    if (!strcmp(p->backend, "memory")) {
        assert_int_equal(iv_store_backup(p->store, path, NULL), IV_E_STATE);
        return;
    }
    assert_int_equal(iv_store_backup(p->store, path, NULL), IV_OK);
    assert_int_equal(iv_store_open(p->ctx, "sqlite", path, &copy.store, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(copy.store, s.id, &got, NULL), IV_OK);
    iv_store_close(copy.store);
}

struct worker {
    struct place *p;
    struct iv_session s;
    int failures;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct iv_session got, *rows;
    struct iv_session_filter f = {.status = -1, .limit = 10};
    struct iv_store_stats stats;
    int64_t total;
    size_t n;

    for (int i = 0; i < 20; i++) {
        struct iv_turn t = turn_of(i, "text"), *turns = NULL;
        const char *event = "{}";
        struct iv_doc doc = {"state", "{}", 2};
        struct iv_step step = {&w->s, &t, 1, &event, 1, &doc, 1};
        struct iv_buf b = IV_BUF_INIT(100);

        w->failures += iv_store_step(w->p->store, &step, NULL) != IV_OK;
        w->failures += iv_store_session_get(w->p->store, w->s.id, &got, NULL) != IV_OK;
        w->failures += iv_store_session_list(w->p->store, &f, &rows, &n, &total, NULL) != IV_OK;
        free(rows);
        w->failures += iv_store_turns(w->p->store, w->s.id, &turns, &n, NULL) != IV_OK;
        w->failures += n != (size_t)i + 1;
        iv_turns_free(turns, n);
        w->failures += iv_store_doc_get(w->p->store, w->s.id, "state", &b, NULL) != IV_OK;
        iv_buf_release(&b);
        w->failures += iv_store_stats(w->p->store, NULL, 0, 0, &stats, NULL) != IV_OK;
    }
    return NULL;
}

static void threads_share_a_store(struct place *p)
{
    struct worker w[8];
    pthread_t threads[8];

    for (int i = 0; i < 8; i++) {
        w[i] = (struct worker){p, add(p, "u", T0 + i), 0};
        pthread_create(&threads[i], NULL, work, &w[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(w[i].failures, 0);
    }
    assert_int_equal(iv_store_check(p->store, NULL), IV_OK);
}

static void unknown_back_end_is_refused(void **state)
{
    struct iv_error err;
    iv_store *st;
    iv_ctx *ctx;

    (void)state;
    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &ctx, NULL), IV_OK);
    assert_int_equal(iv_store_open(ctx, "paper", "", &st, &err), IV_E_CONFIG);
    assert_null(st);
    assert_non_null(strstr(err.text, "\"paper\": must be one of sqlite, memory"));
    iv_store_close(NULL);
    iv_ctx_free(ctx);
}

static const struct promise promises[] = {
    {"a store tells what it is", store_tells_what_it_is, NULL},
    {"a copy is whole", copy_is_whole, NULL},
    {"eight threads share a store", threads_share_a_store, NULL},
};

int main(void)
{
    add_promises(promises, IV_LEN(promises));
    TABLE_TEST(unknown_back_end_is_refused);
    return table_run("store_whole");
}

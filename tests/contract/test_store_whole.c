/* test_store_whole.c - a store as a whole: copies, threads, and what it says of itself. */
#include "store_place.h"

#include <pthread.h>
#include <stdatomic.h>

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

/* -- a copy of a store that is at work -- */

#define PARTS 12

struct writer {
    struct place *p;
    struct iv_session s;
    int64_t taken; /* turns */
    atomic_bool stop;
};

static void *write_on(void *arg)
{
    struct writer *w = arg;

    while (!atomic_load(&w->stop)) {
        struct iv_turn t = turn_of(w->taken, "written while a copy is made");
        struct iv_step step = {.session = &w->s, .turns = &t, .n_turns = 1};

        if (iv_store_step(w->p->store, &step, NULL))
            break;
        w->taken++;
    }
    return NULL;
}

static size_t turns_in_copy(struct place *p, const char *path, const char *id)
{
    struct iv_turn *turns;
    struct iv_error err;
    iv_store *copy;
    size_t n;

    assert_int_equal(iv_store_open(p->ctx, "sqlite", path, &copy, NULL), IV_OK);
    if (iv_store_check(copy, &err))
        fail_msg("%s", err.text);
    assert_int_equal(iv_store_turns(copy, id, &turns, &n, NULL), IV_OK);
    iv_turns_free(turns, n);
    iv_store_close(copy);
    return n;
}

/* The copy has all that was there when it began, and nobody waits for the whole of it. */
static void writers_go_on_while_a_copy_is_made(struct place *p)
{
    struct writer w = {.p = p, .s = add(p, "u", T0)};
    char *large = malloc(1 << 20), path[160], name[16];
    int64_t before, after;
    pthread_t thread;
    size_t copied;

    if (!strcmp(p->backend, "memory")) {
        free(large);
        return; /* it has no copies */
    }
    memset(large, 'x', 1 << 20);
    for (int i = 0; i < PARTS; i++) {
        snprintf(name, sizeof name, "part%d", i);
        assert_int_equal(iv_store_doc_put(p->store, w.s.id, name, large, 1 << 20, NULL), IV_OK);
    }
    free(large);
    snprintf(path, sizeof path, "%s/store.db.copy", p->dir);
    pthread_create(&thread, NULL, write_on, &w);
    before = (int64_t)count_turns(p, w.s.id);
    assert_int_equal(iv_store_backup(p->store, path, NULL), IV_OK);
    after = (int64_t)count_turns(p, w.s.id);
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    copied = turns_in_copy(p, path, w.s.id);
    assert_in_range(copied, before, after);
    if (!p->redis) /* which copies a session whole, so that it fits together: others come between two */
        assert_true(after - before >= 5);
    assert_int_equal(count_turns(p, w.s.id), w.taken);
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
    assert_non_null(strstr(err.text, "\"paper\": must be one of sqlite, redis, memory"));
    iv_store_close(NULL);
    iv_ctx_free(ctx);
}

static const struct promise promises[] = {
    {"a store tells what it is", store_tells_what_it_is, NULL},
    {"a copy is whole", copy_is_whole, NULL},
    {"writers go on while a copy is made", writers_go_on_while_a_copy_is_made, NULL},
    {"eight threads share a store", threads_share_a_store, NULL},
};

int main(void)
{
    add_promises(promises, IV_LEN(promises));
    TABLE_TEST(unknown_back_end_is_refused);
    return table_run("store_whole");
}

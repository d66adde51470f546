/* test_sqlite_room.c - a disk without room, at every size. */
#include "sqlite_place.h"

#include <sys/resource.h>

/* -- no room -- */

static void limit_files(rlim_t bytes)
{
    struct rlimit l = {bytes, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &l);
}

static int fill_the_disk(void *arg)
{
    static char text[4000];
    struct iv_error err = {.code = IV_OK};
    struct iv_session s, got;
    iv_store *st;
    size_t n = 0;
    enum iv_code rc = IV_OK;

    memset(text, 'x', sizeof text - 1);
    CHECK(!try_open(arg, &st, NULL));
    s = new_session("u");
    CHECK(!iv_store_session_new(st, &s, 10, NULL));
    limit_files(400000);
    while (!rc && n < 1000) {
        struct iv_turn t = {.number = (int64_t)n, .text = text, .source = "typed"};
        struct iv_step step = {.session = &s, .turns = &t, .n_turns = 1};

        rc = iv_store_step(st, &step, &err);
        n += !rc;
    }
    CHECK(rc == IV_E_STORAGE);
    CHECK(err.code == IV_E_STORAGE && strstr(err.text, "nothing was changed"));
    CHECK(n > 10);
    CHECK(turns_of(st, s.id) == n); /* what was taken is there */
    CHECK(!iv_store_session_get(st, s.id, &got, NULL));
    CHECK(say(st, &s, (int64_t)n, text) == IV_E_STORAGE);
    limit_files(RLIM_INFINITY);
    CHECK(!say(st, &s, (int64_t)n, text)); /* room again: it goes on, with no new opening */
    CHECK(turns_of(st, s.id) == n + 1);
    CHECK(!iv_store_check(st, NULL));
    iv_store_close(st);
    return 0;
}

static void full_disk_is_told_and_passes(void **state)
{
    (void)state;
    assert_int_equal(in_child(fill_the_disk, (void *)(uintptr_t)at("full.db")), 0);
    assert_int_equal(in_child(read_it_all, (void *)(uintptr_t)at("full.db")), 0);
}

/* No room at n bytes, for many n: each time nothing of the step or all of it. */
static int fail_at_each_size(void *arg)
{
    struct iv_session s;
    iv_store *st;
    size_t n = 0;

    CHECK(!try_open(arg, &st, NULL));
    s = new_session("u");
    CHECK(!iv_store_session_new(st, &s, 10, NULL));
    for (rlim_t size = 0; size < 200000; size += 997) {
        enum iv_code rc;

        limit_files(size);
        rc = say(st, &s, (int64_t)n, "a turn on a disk that is nearly full");
        limit_files(RLIM_INFINITY);
        CHECK(!rc || rc == IV_E_STORAGE);
        n += !rc;
        CHECK(turns_of(st, s.id) == n);
    }
    CHECK(!iv_store_check(st, NULL));
    iv_store_close(st);
    return 0;
}

static void no_size_of_disk_breaks_a_step(void **state)
{
    (void)state;
    assert_int_equal(in_child(fail_at_each_size, (void *)(uintptr_t)at("sizes.db")), 0);
}

static int open_without_room(void *arg)
{
    struct iv_error err;
    iv_store *st;
    enum iv_code rc;

    for (rlim_t size = 0; size < 60000; size += 4096) {
        limit_files(size);
        rc = try_open(arg, &st, &err);
        if (!rc)
            iv_store_close(st);
        else
            CHECK(rc == IV_E_STORAGE);
    }
    limit_files(RLIM_INFINITY);
    CHECK(!try_open(arg, &st, &err));
    iv_store_close(st);
    return 0;
}

static void no_room_to_make_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(in_child(open_without_room, (void *)(uintptr_t)at("small.db")), 0);
}

int main(void)
{
    ADD(full_disk_is_told_and_passes);
    ADD(no_size_of_disk_breaks_a_step);
    ADD(no_room_to_make_it_is_told);
    return table_run("sqlite_room");
}

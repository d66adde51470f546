/* test_sqlite.c - what happens to the file: other programs, other owners, damage. */
#include "sqlite_place.h"

/* -- files that are none of ours -- */

static const struct strange strangers[] = {
    {"a text file is refused", make_text, "not a database", false},
    {"another program's file is refused", make_foreign, "of another program", false},
    {"another program's marked file is refused", make_foreign_marked, "of another program", false},
    {"a newer version's file is refused", make_newer, "newer version", false},
    {"half a file is found out", make_cut, "", true},
};

static void stranger(void **state)
{
    const struct strange *r = *state;
    static unsigned char before[1 << 20], after[1 << 20];
    struct iv_error err = {.text = ""};
    iv_store *st = NULL;
    enum iv_code rc;
    size_t n;

    r->make(at("s.db"));
    n = read_bytes(at("s.db"), before, sizeof before);
    rc = try_open(at("s.db"), &st, &err);
    if (r->opens_maybe && !rc)
        rc = iv_store_check(st, &err);
    assert_int_equal(rc, IV_E_DATA);
    assert_non_null(strstr(err.text, r->says));
    iv_store_close(st);
    if (!r->opens_maybe) { /* and it is as it was, but for the header's change counter */
        assert_int_equal(read_bytes(at("s.db"), after, sizeof after), n);
        if (r->make == make_text)
            assert_memory_equal(after, before, n);
    }
}

static void foreign_file_keeps_its_content(void **state)
{
    sqlite3 *db;
    iv_store *st;
    int64_t n = 0;

    (void)state;
    make_foreign(at("f.db"));
    assert_int_equal(try_open(at("f.db"), &st, NULL), IV_E_DATA);
    assert_int_equal(sqlite3_open(at("f.db"), &db), SQLITE_OK);
    assert_int_equal(iv_sqlite_int(db, "SELECT count(*) FROM songs", &n, NULL), IV_OK);
    assert_int_equal(n, 1);
    sqlite3_close(db);
}

/* -- who may read it, and who owns it -- */

static void only_the_user_may_read_it(void **state)
{
    mode_t old = umask(0);
    iv_store *st = open_at(at("s.db"));

    (void)state;
    add(st);
    assert_int_equal(mode_of(at("s.db")), 0600);
    assert_int_equal(mode_of(at("s.db-wal")), 0600);
    assert_int_equal(mode_of(at("s.db.lock")), 0600);
    assert_int_equal(iv_store_backup(st, at("copy.db"), NULL), IV_OK);
    assert_int_equal(mode_of(at("copy.db")), 0600);
    iv_store_close(st);
    umask(old);
}

static void folder_that_is_not_there_is_told(void **state)
{
    struct iv_error err;
    iv_store *st;

    (void)state;
    assert_int_equal(try_open(at("none/s.db"), &st, &err), IV_E_CREATE);
    assert_non_null(strstr(err.text, "none/s.db"));
}

/* A child that owns the file until it is killed; returns when it does. */
static pid_t owner_of(const char *path)
{
    int ready[2];
    char c;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (!pid) {
        iv_store *st;

        if (try_open(path, &st, NULL))
            _exit(1);
        if (write(ready[1], "x", 1) != 1)
            _exit(2);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

static void second_process_is_told_who_owns_it(void **state)
{
    pid_t owner = owner_of(at("s.db"));
    struct iv_error err;
    char who[32];
    iv_store *st;

    (void)state;
    assert_int_equal(try_open(at("s.db"), &st, &err), IV_E_BUSY);
    snprintf(who, sizeof who, "process %d", (int)owner);
    assert_non_null(strstr(err.text, who));
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    iv_store_close(open_at(at("s.db")));
}

static void released_in_time_is_no_error(void **state)
{
    pid_t owner = owner_of(at("s.db")), killer = fork();

    (void)state;
    if (!killer) {
        usleep(300000);
        kill(owner, SIGKILL);
        _exit(0);
    }
    iv_store_close(open_at(at("s.db")));
    waitpid(killer, NULL, 0);
    waitpid(owner, NULL, 0);
}

static void two_contexts_have_two_files(void **state)
{
    iv_ctx *other;
    iv_store *a = open_at(at("a.db")), *b;
    struct iv_session s = add(a), got;

    (void)state;
    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &other, NULL), IV_OK);
    assert_int_equal(iv_store_open(other, "sqlite", at("b.db"), &b, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(b, s.id, &got, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(say(a, &s, 0, "in a"), IV_OK);
    iv_store_close(b);
    assert_int_equal(turns_of(a, s.id), 1);
    iv_store_close(a);
    iv_ctx_free(other);
}

static void opening_again_finds_it_all(void **state)
{
    struct iv_session s = make_file(at("s.db"), 7), got;
    iv_store *st = open_at(at("s.db"));

    (void)state;
    assert_int_equal(turns_of(st, s.id), 7);
    assert_int_equal(iv_store_session_get(st, s.id, &got, NULL), IV_OK);
    assert_int_equal(iv_store_check(st, NULL), IV_OK);
    iv_store_close(st);
}

/* -- damage -- */

static void flipped_bytes_never_crash(void **state)
{
    static unsigned char whole[1 << 20], bad[1 << 20];
    uint32_t seed = 7;
    size_t n;
    int damaged = 0;

    (void)state;
    make_file(at("d.db"), 60);
    n = read_bytes(at("d.db"), whole, sizeof whole);
    for (int i = 0; i < 200; i++) {
        int rc;

        memcpy(bad, whole, n);
        for (int k = 0; k < 1 + i % 64; k++) {
            seed = seed * 1664525u + 1013904223u;
            bad[(seed >> 8) % n] ^= (unsigned char)(1u << (seed >> 29));
        }
        write_bytes(at("b.db"), bad, n);
        unlink(at("b.db-wal"));
        rc = in_child(read_it_all, (void *)(uintptr_t)at("b.db"));
        assert_in_range(rc, 0, 1); /* told or read; never a signal */
        damaged += rc;
    }
    assert_true(damaged > 50);
}

int main(void)
{
    for (size_t i = 0; i < IV_LEN(strangers); i++)
        add_test(strangers[i].name, stranger, &strangers[i]);
    ADD(foreign_file_keeps_its_content);
    ADD(only_the_user_may_read_it);
    ADD(folder_that_is_not_there_is_told);
    ADD(second_process_is_told_who_owns_it);
    ADD(released_in_time_is_no_error);
    ADD(two_contexts_have_two_files);
    ADD(opening_again_finds_it_all);
    ADD(flipped_bytes_never_crash);
    return table_run("sqlite");
}

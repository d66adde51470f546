/* test_sqlite.c - what happens to the file: other programs, damage, full disks, kill -9. */
#include "table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "iv/store.h"
#include "store/sqlite_schema.h"

#define T0 1700000000000ll

static char dir[64];
static struct iv_manual_clock fixed_clock;
static iv_ctx *ctx;

static const char *at(const char *name)
{
    static char paths[8][128];
    static int next;
    char *p = paths[next++ % 8];

    snprintf(p, sizeof paths[0], "%s/%s", dir, name);
    return p;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/iv-sqlite-XXXXXX");
    iv_manual_clock_init(&fixed_clock, T0);
    return !mkdtemp(dir) || iv_ctx_new(NULL, NULL, &fixed_clock.clock, &ctx, NULL);
}

static int tear_down(void **state)
{
    char command[96];

    (void)state;
    iv_ctx_free(ctx);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static enum iv_code try_open(const char *path, iv_store **st, struct iv_error *err)
{
    return iv_store_open(ctx, "sqlite", path, st, err);
}

static iv_store *open_at(const char *path)
{
    struct iv_error err = {.text = ""};
    iv_store *st;

    if (try_open(path, &st, &err))
        fail_msg("%s", err.text);
    return st;
}

static struct iv_session new_session(const char *user)
{
    struct iv_session_spec spec;
    struct iv_session s;

    iv_session_spec_init(&spec);
    strcpy(spec.user_id, user);
    iv_session_create(&s, &spec, T0);
    return s;
}

static struct iv_session add(iv_store *st)
{
    struct iv_session s = new_session("u");

    assert_int_equal(iv_store_session_new(st, &s, 1000000, NULL), IV_OK);
    return s;
}

static enum iv_code say(iv_store *st, const struct iv_session *s, int64_t number, const char *text)
{
    struct iv_turn t = {.number = number, .text = (char *)(uintptr_t)text, .source = "typed"};
    const char *event = "{\"in\":\"answer\"}";
    struct iv_doc doc = {"state", text, strlen(text)};
    struct iv_step step = {s, &t, 1, &event, 1, &doc, 1};

    return iv_store_step(st, &step, NULL);
}

static size_t turns_of(iv_store *st, const char *id)
{
    struct iv_turn *rows;
    size_t n;

    assert_int_equal(iv_store_turns(st, id, &rows, &n, NULL), IV_OK);
    iv_turns_free(rows, n);
    return n;
}

/* A store with one session of `turns` turns, closed again. */
static struct iv_session make_file(const char *path, int turns)
{
    iv_store *st = open_at(path);
    struct iv_session s = add(st);

    for (int i = 0; i < turns; i++)
        assert_int_equal(say(st, &s, i, "a turn that is long enough to fill some of a page"),
                         IV_OK);
    iv_store_close(st);
    return s;
}

static size_t read_bytes(const char *path, unsigned char *out, size_t max)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, max, f);
    fclose(f);
    return n;
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Runs fn in a child; its exit status, or -1 when a signal ended it. */
static int in_child(int (*fn)(void *arg), void *arg)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (!pid) { /* a crash is the child's end, not a failed assertion in it */
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        _exit(fn(arg));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* -- files that are none of ours -- */

static void sql(const char *path, const char *text)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void make_text(const char *path)
{
    write_bytes(path,
                "This is a letter, not a store. It is long enough to be read as one.\n"
                "This is a letter, not a store. It is long enough to be read as one.\n",
                136);
}
static void make_foreign(const char *path)
{
    sql(path, "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('x')");
}
static void make_foreign_marked(const char *path)
{
    sql(path, "PRAGMA application_id = 12345; CREATE TABLE songs (title TEXT)");
}
static void make_newer(const char *path)
{
    char text[64];

    make_file(path, 1);
    snprintf(text, sizeof text, "PRAGMA user_version = %d", iv_sqlite_schema_version() + 1);
    sql(path, text);
}
static void make_cut(const char *path)
{
    static unsigned char bytes[1 << 20];
    size_t n;

    make_file(path, 50);
    n = read_bytes(path, bytes, sizeof bytes);
    write_bytes(path, bytes, n / 2 + 100);
}

static const struct strange {
    const char *name;
    void (*make)(const char *path);
    const char *says;
    bool opens_maybe; /* damage that only a check finds */
} strangers[] = {
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

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

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

/* -- kill -9 -- */

static void kill_after(pid_t pid, unsigned us)
{
    usleep(us);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Whatever moment the first opening is killed at, the next one gets a whole store. */
static void killed_while_made(void **state)
{
    int64_t tables;
    sqlite3 *db;

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        pid_t pid = fork();

        if (!pid) {
            for (;;) { /* make it and throw it away, again and again */
                iv_store *st;

                if (!try_open(at("m.db"), &st, NULL))
                    iv_store_close(st);
                unlink(at("m.db-wal"));
                unlink(at("m.db"));
            }
        }
        kill_after(pid, 500 + i * 331);
        iv_store_close(open_at(at("m.db")));
        assert_int_equal(sqlite3_open(at("m.db"), &db), SQLITE_OK);
        assert_int_equal(iv_sqlite_int(db,
                                       "SELECT count(*) FROM sqlite_schema WHERE type = 'table'",
                                       &tables, NULL),
                         IV_OK);
        assert_true(tables >= 4);
        sqlite3_close(db);
        unlink(at("m.db-wal"));
        unlink(at("m.db"));
    }
}

/* Writes turns for ever and tells each number once it is acknowledged. */
static void write_on(const char *path, const char *id, int64_t next, int fd)
{
    struct iv_session s;
    iv_store *st;

    if (try_open(path, &st, NULL) || iv_store_session_get(st, id, &s, NULL))
        _exit(1);
    for (;; next++)
        if (say(st, &s, next, "what was acknowledged stays") ||
            write(fd, &next, sizeof next) != sizeof next)
            _exit(2);
}

static void acknowledged_turns_survive_kill(void **state)
{
    struct iv_session s = make_file(at("k.db"), 0);
    int64_t acknowledged = -1, n;

    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        int fds[2];
        iv_store *st;
        pid_t pid;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (!pid) {
            close(fds[0]);
            write_on(at("k.db"), s.id, acknowledged + 1, fds[1]);
        }
        close(fds[1]);
        kill_after(pid, 8000 + i * 1117 % 23000);
        while (read(fds[0], &n, sizeof n) == sizeof n) {
            assert_int_equal(n, acknowledged + 1);
            acknowledged = n;
        }
        close(fds[0]);
        st = open_at(at("k.db"));
        n = (int64_t)turns_of(st, s.id);
        assert_in_range(n, acknowledged + 1, acknowledged + 2); /* one may be written, not told */
        acknowledged = n - 1;
        assert_int_equal(iv_store_check(st, NULL), IV_OK);
        iv_store_close(st);
    }
    assert_true(acknowledged > 50);
}

/* -- damage -- */

static int hear_event(void *arg, int64_t seq, const char *json)
{
    (void)seq;
    *(size_t *)arg += strlen(json);
    return 0;
}

/* 0: nothing was wrong; 1: an error said so. */
static int read_it_all(void *arg)
{
    struct iv_session_filter f = {.status = -1, .limit = 100};
    struct iv_session *rows = NULL;
    struct iv_store_stats stats;
    struct iv_error err;
    struct iv_turn *turns;
    iv_store *st;
    int64_t total;
    size_t n = 0, n_turns, bytes = 0;
    int found = 0;

    if (try_open(arg, &st, &err))
        return err.code == IV_E_DATA || err.code == IV_E_STORAGE ? 1 : 3;
    found |= iv_store_check(st, &err) != IV_OK;
    found |= iv_store_session_list(st, &f, &rows, &n, &total, &err) != IV_OK;
    for (size_t i = 0; i < n; i++) {
        struct iv_buf b = IV_BUF_INIT(1 << 20);

        found |= iv_store_turns(st, rows[i].id, &turns, &n_turns, &err) != IV_OK;
        iv_turns_free(turns, n_turns);
        found |= iv_store_events(st, rows[i].id, 0, hear_event, &bytes, &err) != IV_OK;
        found |= iv_store_doc_get(st, rows[i].id, "state", &b, &err) != IV_OK;
        iv_buf_release(&b);
        if (say(st, &rows[i], (int64_t)n_turns, "more"))
            found = 1;
    }
    free(rows);
    found |= iv_store_stats(st, NULL, 0, 0, &stats, &err) != IV_OK;
    iv_store_close(st);
    return found;
}

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

/* -- no room -- */

static void limit_files(rlim_t bytes)
{
    struct rlimit l = {bytes, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &l);
}

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x))                                                                                  \
            return __LINE__ % 200 + 10;                                                            \
    } while (0)

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

/* -- copies -- */

static void copy_is_restored(void **state)
{
    struct iv_session s = make_file(at("s.db"), 5), later, got;
    iv_store *st = open_at(at("s.db"));

    (void)state;
    assert_int_equal(iv_store_backup(st, at("c.db"), NULL), IV_OK);
    later = add(st);
    assert_int_equal(say(st, &s, 5, "after the copy"), IV_OK);
    iv_store_close(st);
    assert_int_equal(iv_store_restore(ctx, at("c.db"), at("s.db"), NULL), IV_OK);
    st = open_at(at("s.db"));
    assert_int_equal(turns_of(st, s.id), 5);
    assert_int_equal(iv_store_session_get(st, later.id, &got, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_check(st, NULL), IV_OK);
    iv_store_close(st);
}

static void copy_is_restored_where_nothing_is(void **state)
{
    struct iv_session s = make_file(at("s.db"), 3);
    iv_store *st;

    (void)state;
    assert_int_equal(iv_store_restore(ctx, at("s.db"), at("new.db"), NULL), IV_OK);
    assert_int_equal(mode_of(at("new.db")), 0600);
    st = open_at(at("new.db"));
    assert_int_equal(turns_of(st, s.id), 3);
    iv_store_close(st);
}

static void damaged_store_is_replaced(void **state)
{
    struct iv_session s = make_file(at("s.db"), 3);
    iv_store *st = open_at(at("s.db"));

    (void)state;
    assert_int_equal(iv_store_backup(st, at("c.db"), NULL), IV_OK);
    iv_store_close(st);
    make_text(at("s.db"));
    assert_int_equal(try_open(at("s.db"), &st, NULL), IV_E_DATA);
    assert_int_equal(iv_store_restore(ctx, at("c.db"), at("s.db"), NULL), IV_OK);
    st = open_at(at("s.db"));
    assert_int_equal(turns_of(st, s.id), 3);
    iv_store_close(st);
}

static void damage_middle(const char *path)
{
    static unsigned char bytes[1 << 20];
    size_t n = (make_file(path, 60), read_bytes(path, bytes, sizeof bytes));

    for (size_t i = 4096; i < n; i += 512)
        memset(bytes + i, 0xff, 64);
    write_bytes(path, bytes, n);
}
static void make_empty(const char *path)
{
    write_bytes(path, "", 0);
}

static const struct strange bad_copies[] = {
    {"a text file is no copy", make_text, "", false},
    {"another program's file is no copy", make_foreign, "not a backup", false},
    {"an empty file is no copy", make_empty, "not a backup", false},
    {"a newer version's copy is refused", make_newer, "newer version", false},
    {"a cut copy is refused", make_cut, "", false},
    {"a damaged copy is refused", damage_middle, "", false},
};

static void bad_copy(void **state)
{
    const struct strange *r = *state;
    struct iv_session s = make_file(at("s.db"), 4);
    struct iv_error err = {.text = ""};
    iv_store *st;

    r->make(at("bad.db"));
    assert_int_equal(iv_store_restore(ctx, at("bad.db"), at("s.db"), &err), IV_E_DATA);
    assert_non_null(strstr(err.text, r->says));
    st = open_at(at("s.db")); /* and the store is as it was */
    assert_int_equal(turns_of(st, s.id), 4);
    iv_store_close(st);
}

static void missing_copy_is_told(void **state)
{
    struct iv_error err;

    (void)state;
    make_file(at("s.db"), 1);
    assert_int_equal(iv_store_restore(ctx, at("none.db"), at("s.db"), &err), IV_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "none.db"));
    assert_int_not_equal(access(at("none.db"), F_OK), 0); /* looking makes no file */
}

static void copy_into_no_folder_is_told(void **state)
{
    iv_store *st = open_at(at("s.db"));
    struct iv_error err;

    (void)state;
    assert_int_equal(iv_store_backup(st, at("none/c.db"), &err), IV_E_CREATE);
    add(st);
    iv_store_close(st);
}

/* The row is the state, so each test gets its folder here. */
struct own {
    CMUnitTestFunction fn;
    const void *row;
};
static struct own owns[TABLE_MAX];
static size_t n_owns;

static void with_folder(void **state)
{
    const struct own *o = *state;
    void *row = (void *)(uintptr_t)o->row;

    assert_int_equal(set_up(NULL), 0);
    o->fn(&row);
    assert_int_equal(tear_down(NULL), 0);
}

static void add_test(const char *name, CMUnitTestFunction fn, const void *row)
{
    owns[n_owns] = (struct own){fn, row};
    table_add(name, with_folder, &owns[n_owns++]);
}

#define ADD(fn) add_test(#fn, fn, NULL)

int main(void)
{
    for (size_t i = 0; i < IV_LEN(strangers); i++)
        add_test(strangers[i].name, stranger, &strangers[i]);
    for (size_t i = 0; i < IV_LEN(bad_copies); i++)
        add_test(bad_copies[i].name, bad_copy, &bad_copies[i]);
    ADD(foreign_file_keeps_its_content);
    ADD(only_the_user_may_read_it);
    ADD(folder_that_is_not_there_is_told);
    ADD(second_process_is_told_who_owns_it);
    ADD(released_in_time_is_no_error);
    ADD(two_contexts_have_two_files);
    ADD(opening_again_finds_it_all);
    ADD(killed_while_made);
    ADD(acknowledged_turns_survive_kill);
    ADD(flipped_bytes_never_crash);
    ADD(full_disk_is_told_and_passes);
    ADD(no_size_of_disk_breaks_a_step);
    ADD(no_room_to_make_it_is_told);
    ADD(copy_is_restored);
    ADD(copy_is_restored_where_nothing_is);
    ADD(damaged_store_is_replaced);
    ADD(missing_copy_is_told);
    ADD(copy_into_no_folder_is_told);
    return table_run("sqlite");
}

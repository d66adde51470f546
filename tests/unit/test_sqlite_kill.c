/* test_sqlite_kill.c - kill -9 while a store is made and while it is written to. */
#include "sqlite_place.h"

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
        if (i % 2 && read(fds[0], &n, sizeof n) == sizeof n) { /* every other one has written */
            assert_int_equal(n, acknowledged + 1);
            acknowledged = n;
        }
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
    assert_true(acknowledged >= 24);
}

int main(void)
{
    ADD(killed_while_made);
    ADD(acknowledged_turns_survive_kill);
    return table_run("sqlite_kill");
}

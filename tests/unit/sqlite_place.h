/* sqlite_place.h - for the tests of the SQLite file: a folder, stores in it, children that die, files that are none. */
#ifndef IV_TESTS_SQLITE_PLACE_H
#define IV_TESTS_SQLITE_PLACE_H

#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static inline const char *at(const char *name)
{
    static char paths[8][128];
    static int next;
    char *p = paths[next++ % 8];

    snprintf(p, sizeof paths[0], "%s/%s", dir, name);
    return p;
}

static inline int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/iv-sqlite-XXXXXX");
    iv_manual_clock_init(&fixed_clock, T0);
    return !mkdtemp(dir) || iv_ctx_new(NULL, NULL, &fixed_clock.clock, &ctx, NULL);
}

static inline int tear_down(void **state)
{
    char command[96];

    (void)state;
    iv_ctx_free(ctx);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static inline enum iv_code try_open(const char *path, iv_store **st, struct iv_error *err)
{
    return iv_store_open(ctx, "sqlite", path, st, err);
}

static inline iv_store *open_at(const char *path)
{
    struct iv_error err = {.text = ""};
    iv_store *st;

    if (try_open(path, &st, &err))
        fail_msg("%s", err.text);
    return st;
}

static inline struct iv_session new_session(const char *user)
{
    struct iv_session_spec spec;
    struct iv_session s;

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "%s", user);
    iv_session_create(&s, &spec, T0);
    return s;
}

static inline struct iv_session add(iv_store *st)
{
    struct iv_session s = new_session("u");

    assert_int_equal(iv_store_session_new(st, &s, 1000000, NULL), IV_OK);
    return s;
}

static inline enum iv_code say(iv_store *st, const struct iv_session *s, int64_t number,
                               const char *text)
{
    struct iv_turn t = {.number = number, .text = (char *)(uintptr_t)text, .source = "typed"};
    const char *event = "{\"in\":\"answer\"}";
    struct iv_doc doc = {"state", text, strlen(text)};
    struct iv_step step = {s, &t, 1, &event, 1, &doc, 1};

    return iv_store_step(st, &step, NULL);
}

static inline size_t turns_of(iv_store *st, const char *id)
{
    struct iv_turn *rows;
    size_t n;

    assert_int_equal(iv_store_turns(st, id, &rows, &n, NULL), IV_OK);
    iv_turns_free(rows, n);
    return n;
}

/* A store with one session of `turns` turns, closed again. */
static inline struct iv_session make_file(const char *path, int turns)
{
    iv_store *st = open_at(path);
    struct iv_session s = add(st);

    for (int i = 0; i < turns; i++)
        assert_int_equal(say(st, &s, i, "a turn that is long enough to fill some of a page"),
                         IV_OK);
    iv_store_close(st);
    return s;
}

static inline size_t read_bytes(const char *path, unsigned char *out, size_t max)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, max, f);
    fclose(f);
    return n;
}

static inline void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Runs fn in a child; its exit status, or -1 when a signal ended it. */
static inline int in_child(int (*fn)(void *arg), void *arg)
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

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x))                                                                                  \
            return __LINE__ % 200 + 10;                                                            \
    } while (0)

static inline mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static inline int hear_event(void *arg, int64_t seq, const char *json)
{
    (void)seq;
    *(size_t *)arg += strlen(json);
    return 0;
}

/* 0: nothing was wrong; 1: an error said so. */
static inline int read_it_all(void *arg)
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

/* -- files that are none of ours, or not whole -- */

static inline void sql(const char *path, const char *text)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static inline void make_text(const char *path)
{
    write_bytes(path,
                "This is a letter, not a store. It is long enough to be read as one.\n"
                "This is a letter, not a store. It is long enough to be read as one.\n",
                136);
}
static inline void make_foreign(const char *path)
{
    sql(path, "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('x')");
}
static inline void make_foreign_marked(const char *path)
{
    sql(path, "PRAGMA application_id = 12345; CREATE TABLE songs (title TEXT)");
}
static inline void make_newer(const char *path)
{
    char text[64];

    make_file(path, 1);
    snprintf(text, sizeof text, "PRAGMA user_version = %d", iv_sqlite_schema_version() + 1);
    sql(path, text);
}
static inline void make_cut(const char *path)
{
    static unsigned char bytes[1 << 20];
    size_t n;

    make_file(path, 50);
    n = read_bytes(path, bytes, sizeof bytes);
    write_bytes(path, bytes, n / 2 + 100);
}

struct strange {
    const char *name;
    void (*make)(const char *path);
    const char *says;
    bool opens_maybe; /* damage that only a check finds */
};

/* -- each test in a folder of its own -- */

/* The row is the state, so each test gets its folder here. */
struct own {
    CMUnitTestFunction fn;
    const void *row;
};
static struct own owns[TABLE_MAX];
static size_t n_owns;

static inline void with_folder(void **state)
{
    const struct own *o = *state;
    void *row = (void *)(uintptr_t)o->row;

    assert_int_equal(set_up(NULL), 0);
    o->fn(&row);
    assert_int_equal(tear_down(NULL), 0);
}

static inline void add_test(const char *name, CMUnitTestFunction fn, const void *row)
{
    owns[n_owns] = (struct own){fn, row};
    table_add(name, with_folder, &owns[n_owns++]);
}

#define ADD(fn) add_test(#fn, fn, NULL)

#endif

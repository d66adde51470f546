/* test_store_memory.c - each allocation fails once, in SQLite and in this program: a call says so, changes nothing, and the next one
 * goes on. Leaks show in the build with the address sanitizer.
 */
#include "sqlite_place.h"

#include "iv/alloc.h"
#include "sqlite_disk.h"

#define SAID                                                                                       \
    "what was said, long enough to need memory of its own while it is written and while it is "    \
    "read"

/* Longer than a page: reading it takes memory, too. */
static char large[20001];

/* -- SQLite's allocator, with a fault -- */

static sqlite3_mem_methods plain;
static long sqlite_calls, sqlite_fail_at;
static bool sqlite_fails_on;

static bool this_one_fails(void)
{
    sqlite_calls++;
    return sqlite_fail_at &&
           (sqlite_calls == sqlite_fail_at || (sqlite_fails_on && sqlite_calls > sqlite_fail_at));
}

static void *some_memory(int size)
{
    return this_one_fails() ? NULL : plain.xMalloc(size);
}

static void *more_memory(void *p, int size)
{
    return this_one_fails() ? NULL : plain.xRealloc(p, size);
}

static void use_faulty_allocator(void)
{
    sqlite3_mem_methods faulty;

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain), SQLITE_OK);
    faulty = plain;
    faulty.xMalloc = some_memory;
    faulty.xRealloc = more_memory;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty), SQLITE_OK);
}

/* -- whose allocations fail -- */

struct source {
    const char *name, *backend;
    bool is_sqlite, fails_on;
};

static void arm(const struct source *s, long n)
{
    sqlite_calls = 0;
    sqlite_fail_at = s->is_sqlite ? n : 0;
    sqlite_fails_on = s->fails_on;
#ifdef IV_TORTURE
    iv_alloc_fail_at(s->is_sqlite ? 0 : n);
#endif
}

static long calls_of(const struct source *s)
{
#ifdef IV_TORTURE
    if (!s->is_sqlite)
        return iv_alloc_calls();
#endif
    return s->is_sqlite ? sqlite_calls : 0;
}

/* -- a life in a store -- */

/* What was acknowledged. */
struct owed {
    struct iv_session s;
    bool is_there, is_wrong;
    int64_t turns;
    enum iv_session_status status;
};

/* Anything but lack of memory is no way to put it. */
static bool took(struct owed *o, enum iv_code rc)
{
    if (rc && rc != IV_E_NOMEM) {
        print_error("told %s\n", iv_code_info(rc)->slug);
        o->is_wrong = true;
    }
    return !rc;
}

static void read_all(iv_store *st, struct owed *o)
{
    struct iv_session_filter f = {.user_id = "u", .status = -1, .limit = 10};
    struct iv_buf b = IV_BUF_INIT(1 << 16);
    struct iv_store_stats stats;
    struct iv_session *rows, s;
    struct iv_turn *turns;
    size_t n, bytes = 0;
    int64_t total;

    if (took(o, iv_store_session_list(st, &f, &rows, &n, &total, NULL)))
        free(rows);
    took(o, iv_store_session_get(st, o->s.id, &s, NULL));
    if (took(o, iv_store_turns(st, o->s.id, &turns, &n, NULL)))
        o->is_wrong |= (int64_t)n != o->turns;
    iv_turns_free(turns, n);
    took(o, iv_store_events(st, o->s.id, 0, hear_event, &bytes, NULL));
    if (o->turns)
        took(o, iv_store_doc_get(st, o->s.id, "state", &b, NULL));
    iv_buf_release(&b);
    took(o, iv_store_stats(st, NULL, 0, 0, &stats, NULL));
    took(o, iv_store_check(st, NULL));
}

static void speak(iv_store *st, struct owed *o)
{
    struct iv_turn t[2] = {{.number = o->turns, .text = (char *)(uintptr_t)SAID, .source = "typed"},
                           {.number = o->turns + 1,
                            .text = large,
                            .words_json = (char *)(uintptr_t) "[]",
                            .source = "typed"}};
    const char *events[] = {"{\"in\":\"answer\"}"};
    struct iv_doc docs[] = {{"state", large, sizeof large - 1}, {"old", NULL, 0}};
    struct iv_step step = {&o->s, t, 2, events, 1, docs, 2};

    if (took(o, iv_store_step(st, &step, NULL)))
        o->turns += 2;
}

static void change(iv_store *st, struct owed *o, iv_session_rule *rule)
{
    struct iv_session s;

    if (!took(o, iv_store_change(st, o->s.id, rule, &s, NULL)))
        return;
    o->s = s;
    o->status = s.status;
}

static void be_born(iv_store *st, struct owed *o)
{
    struct iv_session s = new_session("u");
    struct iv_doc doc = {"old", SAID, sizeof SAID - 1};
    struct iv_step whole = {.session = &s, .docs = &doc, .n_docs = 1};

    if (!took(o, iv_store_session_new_with(st, &whole, 9, NULL)))
        return;
    o->s = s;
    o->is_there = true;
}

static void live(iv_store *st, struct owed *o)
{
    be_born(st, o);
    if (!o->is_there)
        return;
    speak(st, o);
    change(st, o, iv_session_start);
    if (o->status == IV_SESSION_ACTIVE)
        change(st, o, iv_session_pause);
    speak(st, o);
    read_all(st, o);
}

/* With memory again: exactly what was acknowledged. */
static bool is_as_owed(iv_store *st, struct owed *o)
{
    struct iv_session s;

    if (!o->is_there)
        return true;
    read_all(st, o);
    return !iv_store_session_get(st, o->s.id, &s, NULL) && s.status == o->status;
}

static enum iv_code open_it(const struct source *s, iv_store **st)
{
    return iv_store_open(ctx, s->backend, strcmp(s->backend, "sqlite") ? "" : at("s.db"), st, NULL);
}

static void each_allocation_fails(void **state)
{
    const struct source *s = *state;
    long n = 0;

#ifndef IV_TORTURE
    if (!s->is_sqlite)
        skip(); /* a build with -DIV_TORTURE=ON, as the sanitizers' is, does this */
#endif
    do {
        struct owed o = {.is_there = false};
        iv_store *st;
        bool opened;

        disk_wipe(1);
        n += s->fails_on ? 5 : 1;
        arm(s, n);
        opened = took(&o, open_it(s, &st));
        if (opened)
            live(st, &o);
        if (calls_of(s) < n)
            n = -n; /* there were no more */
        arm(s, 0);
        if (!opened) {
            assert_int_equal(open_it(s, &st), IV_OK);
            live(st, &o);
        }
        if (o.is_wrong || !is_as_owed(st, &o) || o.is_wrong)
            fail_msg("allocation %ld: not as it was told", labs(n));
        iv_store_close(st);
    } while (n > 0);
    print_message("%ld allocations\n", -n);
    assert_true(-n > 20);
}

static const struct source sources[] = {
    {"each of SQLite's allocations fails, once", "sqlite", true, false},
    {"each of SQLite's allocations fails, with all after it", "sqlite", true, true},
    {"each allocation of the SQLite back end fails, once", "sqlite", false, false},
    {"each allocation of the store in memory fails, once", "memory", false, false},
};

int main(void)
{
    memset(large, 'x', sizeof large - 1);
    use_faulty_allocator();
    disk_plug_in();
    for (size_t i = 0; i < IV_LEN(sources); i++)
        add_test(sources[i].name, each_allocation_fails, &sources[i]);
    return table_run("store_memory");
}

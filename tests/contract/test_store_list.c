/* test_store_list.c - lists and figures of every store. */
#include "store_place.h"

/* -- lists -- */

struct list_row {
    const char *name;
    struct iv_session_filter f;
    const char *expect; /* letters of the sessions, newest first */
    int64_t total;
};

/* a..e are made in this order; two of them in the same millisecond. */
static const struct list_row lists[] = {
    {"a list is newest first", {.status = -1, .limit = 100}, "edcba", 5},
    {"a limit cuts and the total stays", {.status = -1, .limit = 2}, "ed", 5},
    {"an offset passes over", {.status = -1, .limit = 2, .offset = 2}, "cb", 5},
    {"an offset beyond the end gives nothing", {.status = -1, .limit = 2, .offset = 9}, "", 5},
    {"one user's sessions", {.user_id = "u1", .status = -1, .limit = 100}, "eca", 3},
    {"an unknown user has none", {.user_id = "u", .status = -1, .limit = 100}, "", 0},
    {"those of a status", {.status = IV_SESSION_ACTIVE, .limit = 100}, "b", 1},
    {"those of a user and a status",
     {.user_id = "u1", .status = IV_SESSION_CREATED, .limit = 100},
     "eca",
     3},
    {"a status that none has", {.status = IV_SESSION_EXPIRED, .limit = 100}, "", 0},
    {"from a time on, it included",
     {.status = -1, .created_from_ms = T0 + 2000, .limit = 100},
     "edc",
     3},
    {"up to a time, it excluded",
     {.status = -1, .created_to_ms = T0 + 2000, .limit = 100},
     "ba",
     2},
    {"older than one", {.status = -1, .limit = 100, .before_id = "c"}, "ba", 5},
    {"older than one, among equals of time",
     {.status = -1, .limit = 100, .before_id = "d"},
     "cba",
     5},
    {"older than one and limited", {.status = -1, .limit = 1, .before_id = "d"}, "c", 5},
    {"older than one of one user",
     {.user_id = "u1", .status = -1, .limit = 100, .before_id = "d"},
     "ca",
     3},
    {"older than the oldest", {.status = -1, .limit = 100, .before_id = "a"}, "", 5},
};

static void fill(struct place *p, struct iv_session s[5])
{
    static const int64_t at[] = {0, 1000, 2000, 2000, 3000};

    for (int i = 0; i < 5; i++) {
        s[i] = session_of(i % 2 ? "u2" : "u1", T0 + at[i]);
        snprintf(s[i].id, sizeof s[i].id, "sess_%c00000000000", 'a' + i);
        if (i == 1)
            iv_session_start(&s[i], T0 + 1000, NULL);
        assert_int_equal(iv_store_session_new(p->store, &s[i], 1000, NULL), IV_OK);
    }
}

static void list_is_as_asked(struct place *p)
{
    const struct list_row *list_row = promise_row;
    struct iv_session_filter f = list_row->f;
    struct iv_session s[5], *rows;
    char got[8] = "";
    int64_t total;
    size_t n;

    fill(p, s);
    if (f.before_id)
        f.before_id = s[f.before_id[0] - 'a'].id;
    assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, NULL), IV_OK);
    for (size_t i = 0; i < n; i++)
        got[i] = rows[i].id[5];
    assert_string_equal(got, list_row->expect);
    assert_int_equal(total, list_row->total);
    free(rows);
}

static void wrong_limits_are_refused(struct place *p)
{
    static const struct {
        int limit, offset;
        const char *says;
    } bad[] = {{0, 0, "limit 0: must be 1 to 100"},
               {101, 0, "limit 101: must be 1 to 100"},
               {-1, 0, "limit -1"},
               {1, -1, "offset -1: must be 0 or more"}};
    struct iv_session *rows;
    struct iv_error err;
    int64_t total;
    size_t n;

    for (size_t i = 0; i < IV_LEN(bad); i++) {
        struct iv_session_filter f = {.status = -1, .limit = bad[i].limit, .offset = bad[i].offset};

        assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, &err), IV_E_USAGE);
        assert_non_null(strstr(err.text, bad[i].says));
    }
}

static void pages_by_key_cover_all_once(struct place *p)
{
    struct iv_session_filter f = {.status = -1, .limit = 7};
    char last[IV_ID_BYTES] = "", seen[101] = "";
    struct iv_session *rows;
    int64_t total;
    size_t n;

    for (int i = 0; i < 100; i++) {
        struct iv_session s = session_of("u", T0 + i / 3);

        snprintf(s.id, sizeof s.id, "sess_%012d", (i * 37) % 100);
        assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_OK);
    }
    do {
        assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, NULL), IV_OK);
        assert_int_equal(total, 100);
        for (size_t i = 0; i < n; i++) {
            long k = strtol(rows[i].id + 5, NULL, 10);

            assert_int_equal(seen[k]++, 0);
            memcpy(last, rows[i].id, sizeof last);
        }
        free(rows);
        f.before_id = last;
    } while (n);
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
}

/* -- figures -- */

static void figures_of_an_empty_store(struct place *p)
{
    struct iv_store_stats st;

    assert_int_equal(iv_store_stats(p->store, NULL, 0, 0, &st, NULL), IV_OK);
    assert_int_equal(st.total + st.open + st.active + st.completed + st.messages, 0);
    assert_true(st.average_duration_s == -1);
    assert_true(st.average_latency_ms == -1);
}

static void figures_are_counted(struct place *p)
{
    struct iv_session s;
    struct iv_store_stats st;

    p->clock.epoch_ms = T0 + 10;
    add(p, "u1", T0);
    for (int i = 0; i < 4; i++) {
        s = session_of(i ? "u1" : "u2", T0 + i);
        s.message_count = 10;
        iv_session_start(&s, T0 + i, NULL);
        if (i == 1)
            iv_session_complete(&s, T0 + i + 10 * MINUTE, NULL);
        if (i == 2)
            iv_session_end(&s, T0 + i + 20 * MINUTE, NULL);
        s.latency_ms_sum = 100 * i;
        s.latency_ms_n = i;
        assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_OK);
    }
    s = session_of("u1", T0); /* ended without having begun: no duration to average */
    iv_session_end(&s, T0, NULL);
    assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_OK);
    assert_int_equal(iv_store_stats(p->store, NULL, 0, 0, &st, NULL), IV_OK);
    assert_int_equal(st.total, 6);
    assert_int_equal(st.open, 3);
    assert_int_equal(st.active, 2);
    assert_int_equal(st.completed, 1);
    assert_int_equal(st.terminated, 2);
    assert_int_equal(st.messages, 40);
    assert_true(st.average_duration_s == 900);
    assert_true(st.average_latency_ms == 100);
    assert_int_equal(iv_store_stats(p->store, "u2", 0, 0, &st, NULL), IV_OK);
    assert_int_equal(st.total, 1);
    assert_int_equal(iv_store_stats(p->store, NULL, T0 + 2, 0, &st, NULL), IV_OK);
    assert_int_equal(st.total, 2);
    assert_int_equal(iv_store_stats(p->store, NULL, T0 + 1, T0 + 3, &st, NULL), IV_OK);
    assert_int_equal(st.total, 2);
    assert_int_equal(iv_store_stats(p->store, "nobody", 0, 0, &st, NULL), IV_OK);
    assert_int_equal(st.total, 0);
}

static const struct promise promises[] = {
    {"wrong limits are refused", wrong_limits_are_refused, NULL},
    {"pages by key cover all once", pages_by_key_cover_all_once, NULL},
    {"figures of an empty store", figures_of_an_empty_store, NULL},
    {"figures are counted", figures_are_counted, NULL},
};

int main(void)
{
    static struct promise list_promises[IV_LEN(lists)];

    for (size_t i = 0; i < IV_LEN(lists); i++)
        list_promises[i] = (struct promise){lists[i].name, list_is_as_asked, &lists[i]};
    add_promises(promises, IV_LEN(promises));
    add_promises(list_promises, IV_LEN(lists));
    return table_run("store_list");
}

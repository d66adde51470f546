/* test_store.c - what every store promises, on each back end that there is. */
#include "table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/store.h"

#define T0 1700000000000ll
#define MINUTE 60000ll

static const char *const backends[] = {"memory", "sqlite"};

/* A store on a clock of its own, in a folder of its own. */
struct place {
    const char *backend;
    char dir[64], path[96];
    struct iv_manual_clock clock;
    iv_ctx *ctx;
    iv_store *store;
};

static void open_store(struct place *p)
{
    struct iv_error err = {.text = ""};

    if (iv_store_open(p->ctx, p->backend, p->path, &p->store, &err))
        fail_msg("%s", err.text);
}

static void place_make(struct place *p, const char *backend)
{
    *p = (struct place){.backend = backend};
    strcpy(p->dir, "/tmp/iv-store-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    if (!strcmp(backend, "sqlite"))
        snprintf(p->path, sizeof p->path, "%s/store.db", p->dir);
    iv_manual_clock_init(&p->clock, T0);
    assert_int_equal(iv_ctx_new(NULL, NULL, &p->clock.clock, &p->ctx, NULL), IV_OK);
    open_store(p);
}

static void place_drop(struct place *p)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock", ".copy", ".copy.lock"};
    char name[160];

    iv_store_close(p->store);
    iv_ctx_free(p->ctx);
    for (size_t i = 0; i < IV_LEN(endings); i++) {
        snprintf(name, sizeof name, "%s/store.db%s", p->dir, endings[i]);
        unlink(name);
    }
    rmdir(p->dir);
}

static struct iv_session session_of(const char *user, int64_t created_ms)
{
    struct iv_session_spec spec;
    struct iv_session s;

    iv_session_spec_init(&spec);
    snprintf(spec.user_id, sizeof spec.user_id, "%s", user);
    iv_session_create(&s, &spec, created_ms);
    return s;
}

static struct iv_session add(struct place *p, const char *user, int64_t created_ms)
{
    struct iv_session s = session_of(user, created_ms);

    assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_OK);
    return s;
}

static struct iv_turn turn_of(int64_t number, const char *text)
{
    return (struct iv_turn){.number = number,
                            .speaker = number % 2 ? IV_CANDIDATE : IV_INTERVIEWER,
                            .kind = number % 2 ? IV_TURN_ANSWER : IV_TURN_QUESTION,
                            .question_id = "q1",
                            .text = (char *)(uintptr_t)text,
                            .start_ms = number * 1000,
                            .end_ms = number * 1000 + 900,
                            .wall_ms = T0 + number * 1000,
                            .confidence = 0.5f,
                            .source = "typed"};
}

/* -- sessions -- */

static void what_went_in_comes_out(struct place *p)
{
    struct iv_session s = session_of("한국 user", T0), got;

    s.spec.type = IV_TYPE_TECHNICAL;
    s.spec.lang = IV_LANG_JA;
    s.spec.difficulty = IV_HARD;
    s.spec.duration_minutes = 45;
    strcpy(s.spec.persona, "warm");
    strcpy(s.spec.voice, "voice-1");
    strcpy(s.spec.avatar, "mina");
    strcpy(s.spec.role, "바리스타");
    strcpy(s.spec.question_set, "/a/b.yaml");
    s.spec.seed = (1ull << 53) - 1;
    s.spec.has_seed = true;
    s.message_count = 3;
    s.questions_asked = 2;
    s.responses_received = 1;
    s.response_ms_sum = 1234;
    s.response_ms_n = 1;
    s.latency_ms_sum = 77;
    s.latency_ms_n = 2;
    s.active_ms = 99;
    assert_int_equal(iv_store_session_new(p->store, &s, 1, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_string_equal(got.id, s.id);
    assert_string_equal(got.spec.user_id, s.spec.user_id);
    assert_int_equal(got.spec.type, s.spec.type);
    assert_int_equal(got.spec.lang, s.spec.lang);
    assert_int_equal(got.spec.difficulty, s.spec.difficulty);
    assert_int_equal(got.spec.duration_minutes, 45);
    assert_string_equal(got.spec.persona, "warm");
    assert_string_equal(got.spec.voice, "voice-1");
    assert_string_equal(got.spec.avatar, "mina");
    assert_string_equal(got.spec.role, "바리스타");
    assert_string_equal(got.spec.question_set, "/a/b.yaml");
    assert_true(got.spec.seed == s.spec.seed && got.spec.has_seed && got.spec.record);
    assert_int_equal(got.status, IV_SESSION_CREATED);
    assert_int_equal(got.created_ms, T0);
    assert_int_equal(got.expires_ms, s.expires_ms);
    assert_int_equal(got.active_ms, 99);
    assert_int_equal(got.message_count, 3);
    assert_int_equal(got.questions_asked, 2);
    assert_int_equal(got.responses_received, 1);
    assert_int_equal(got.response_ms_sum, 1234);
    assert_int_equal(got.latency_ms_n, 2);
}

static void change_is_kept(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    iv_session_start(&s, T0, NULL);
    assert_int_equal(iv_store_session_put(p->store, &s, NULL), IV_OK);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_ACTIVE);
    assert_int_equal(got.started_ms, T0);
}

static void id_exists_once(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_error err;

    assert_int_equal(iv_store_session_new(p->store, &s, 1000, &err), IV_E_STATE);
    assert_non_null(strstr(err.text, s.id));
}

static int stop_at_once(void *arg, int64_t seq, const char *json)
{
    (void)seq;
    (void)json;
    ++*(int *)arg;
    return 1;
}

static void refuse_everything(struct place *p, const char *id)
{
    struct iv_session s = session_of("u", T0), got;
    struct iv_turn *rows, turn = turn_of(0, "hello");
    struct iv_buf b = IV_BUF_INIT(100);
    struct iv_step step = {.session = &s, .turns = &turn, .n_turns = 1};
    struct iv_session_filter f = {.status = -1, .limit = 10, .before_id = id};
    struct iv_session *list;
    int64_t total;
    size_t n;
    int calls = 0;

    strcpy(s.id, id);
    assert_int_equal(iv_store_session_get(p->store, id, &got, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_session_put(p->store, &s, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_session_delete(p->store, id, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_turns(p->store, id, &rows, &n, NULL), IV_E_SESSION_NOT_FOUND);
    assert_null(rows);
    assert_int_equal(iv_store_events(p->store, id, 0, stop_at_once, &calls, NULL),
                     IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_session_list(p->store, &f, &list, &n, &total, NULL),
                     IV_E_SESSION_NOT_FOUND);
    assert_null(list);
    if (id[0]) { /* "" is the store's own shelf */
        assert_int_equal(iv_store_doc_put(p->store, id, "plan", "x", 1, NULL),
                         IV_E_SESSION_NOT_FOUND);
        assert_int_not_equal(iv_store_doc_get(p->store, id, "plan", &b, NULL), IV_OK);
    }
    iv_buf_release(&b);
}

static void unknown_id_is_not_found(struct place *p)
{
    struct iv_error err;
    struct iv_session got;

    refuse_everything(p, "sess_000000000000");
    assert_int_equal(iv_store_session_get(p->store, "sess_000000000000", &got, &err),
                     IV_E_SESSION_NOT_FOUND);
    assert_non_null(strstr(err.text, "sess_000000000000"));
}

static void empty_id_is_not_found(struct place *p)
{
    refuse_everything(p, "");
}

static void delete_removes_everything(struct place *p)
{
    struct iv_session s = add(p, "u", T0), other = add(p, "u", T0 + 1);
    struct iv_turn turn = turn_of(0, "hello"), *rows;
    const char *event = "{\"a\":1}";
    struct iv_doc doc = {"plan", "{}", 2};
    struct iv_step step = {&s, &turn, 1, &event, 1, &doc, 1}, step2 = step;
    struct iv_buf b = IV_BUF_INIT(100);
    size_t n;
    int calls = 0;

    step2.session = &other;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(iv_store_step(p->store, &step2, NULL), IV_OK);
    assert_int_equal(iv_store_session_delete(p->store, s.id, NULL), IV_OK);
    refuse_everything(p, s.id);
    /* the same id again begins empty */
    assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_OK);
    assert_int_equal(iv_store_turns(p->store, s.id, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 0);
    iv_turns_free(rows, n);
    assert_int_equal(iv_store_events(p->store, s.id, 0, stop_at_once, &calls, NULL), IV_OK);
    assert_int_equal(calls, 0);
    assert_int_equal(iv_store_doc_get(p->store, s.id, "plan", &b, NULL), IV_E_NOT_FOUND);
    /* and the other one has all of its own */
    assert_int_equal(iv_store_turns(p->store, other.id, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 1);
    iv_turns_free(rows, n);
    assert_int_equal(iv_store_doc_get(p->store, other.id, "plan", &b, NULL), IV_OK);
    iv_buf_release(&b);
}

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

static const struct list_row *list_row;

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
            int k = atoi(rows[i].id + 5);

            assert_int_equal(seen[k]++, 0);
            strcpy(last, rows[i].id);
        }
        free(rows);
        f.before_id = last;
    } while (n);
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
}

/* -- the limit of open sessions -- */

struct creator {
    struct place *p;
    int i;
    enum iv_code rc;
};

static void *create_one(void *arg)
{
    struct creator *c = arg;
    struct iv_session s = session_of("crowd", T0);

    snprintf(s.id, sizeof s.id, "sess_%012d", c->i);
    c->rc = iv_store_session_new(c->p->store, &s, 5, NULL);
    return NULL;
}

static void hundred_at_once_get_five(struct place *p)
{
    pthread_t threads[100];
    struct creator c[100];
    struct iv_session_filter f = {.user_id = "crowd", .status = -1, .limit = 100};
    struct iv_session *rows;
    int64_t total;
    size_t n;
    int taken = 0;

    for (int i = 0; i < 100; i++) {
        c[i] = (struct creator){p, i, IV_OK};
        assert_int_equal(pthread_create(&threads[i], NULL, create_one, &c[i]), 0);
    }
    for (int i = 0; i < 100; i++) {
        pthread_join(threads[i], NULL);
        if (c[i].rc)
            assert_int_equal(c[i].rc, IV_E_SESSION_LIMIT);
        else
            taken++;
    }
    assert_int_equal(taken, 5);
    assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, NULL), IV_OK);
    assert_int_equal(total, 5);
    free(rows);
}

static void ended_sessions_make_room(struct place *p)
{
    struct iv_session a = session_of("u", T0), b = session_of("u", T0), c = session_of("u", T0);
    struct iv_error err;

    assert_int_equal(iv_store_session_new(p->store, &a, 1, NULL), IV_OK);
    assert_int_equal(iv_store_session_new(p->store, &b, 1, &err), IV_E_SESSION_LIMIT);
    assert_non_null(strstr(err.text, "\"u\" has 1 open sessions; at most 1"));
    iv_session_end(&a, T0, NULL);
    assert_int_equal(iv_store_session_put(p->store, &a, NULL), IV_OK);
    assert_int_equal(iv_store_session_new(p->store, &b, 1, NULL), IV_OK);
    /* time makes room as well */
    iv_manual_clock_advance(&p->clock, 31 * MINUTE * 1000);
    c.expires_ms += 31 * MINUTE;
    assert_int_equal(iv_store_session_new(p->store, &c, 1, NULL), IV_OK);
}

static void limit_is_each_users_own(struct place *p)
{
    struct iv_session a = session_of("u1", T0), b = session_of("u2", T0);

    assert_int_equal(iv_store_session_new(p->store, &a, 1, NULL), IV_OK);
    assert_int_equal(iv_store_session_new(p->store, &b, 1, NULL), IV_OK);
}

/* -- what time does -- */

static void reads_show_what_time_did(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got, *rows;
    struct iv_session_filter f = {.status = IV_SESSION_EXPIRED, .limit = 10};
    struct iv_store_stats stats;
    int64_t total;
    size_t n;

    iv_manual_clock_advance(&p->clock, 30 * MINUTE * 1000 - 1000);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_CREATED);
    iv_manual_clock_advance(&p->clock, 1000);
    assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, NULL), IV_OK);
    assert_int_equal(total, 1);
    assert_int_equal(rows[0].ended_ms, T0 + 30 * MINUTE);
    free(rows);
    assert_int_equal(iv_store_stats(p->store, NULL, 0, 0, &stats, NULL), IV_OK);
    assert_int_equal(stats.expired, 1);
    /* it is stored, not only shown */
    p->clock.now_us = 0;
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_EXPIRED);
}

static void active_session_completes_by_time(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    iv_session_start(&s, T0, NULL);
    assert_int_equal(iv_store_session_put(p->store, &s, NULL), IV_OK);
    iv_manual_clock_advance(&p->clock, 3600ll * 24 * 7 * 1000000);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_COMPLETED);
    assert_int_equal(got.active_ms, 30 * MINUTE);
    assert_int_equal(got.ended_ms, T0 + 30 * MINUTE);
}

static void paused_session_outlives_its_time(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    iv_session_start(&s, T0, NULL);
    iv_session_pause(&s, T0 + MINUTE, NULL);
    assert_int_equal(iv_store_session_put(p->store, &s, NULL), IV_OK);
    iv_manual_clock_advance(&p->clock, 3600ll * 20 * 1000000);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_PAUSED);
    iv_manual_clock_advance(&p->clock, 3600ll * 4 * 1000000);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_EXPIRED);
}

/* -- steps -- */

static size_t count_turns(struct place *p, const char *id)
{
    struct iv_turn *rows;
    size_t n;

    assert_int_equal(iv_store_turns(p->store, id, &rows, &n, NULL), IV_OK);
    iv_turns_free(rows, n);
    return n;
}

static void turns_come_back_whole(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_turn t[3] = {turn_of(0, "안녕하세요"), turn_of(1, "こんにちは"), turn_of(2, "")},
                   *rows;
    struct iv_step step = {.session = &s, .turns = t, .n_turns = 3};
    size_t n;

    t[1].words_json = (char *)(uintptr_t) "[[\"こんにちは\",0,900,0.5]]";
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(iv_store_turns(p->store, s.id, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rows[i].number, i);
        assert_int_equal(rows[i].speaker, t[i].speaker);
        assert_int_equal(rows[i].kind, t[i].kind);
        assert_string_equal(rows[i].question_id, "q1");
        assert_string_equal(rows[i].text, t[i].text);
        assert_int_equal(rows[i].start_ms, t[i].start_ms);
        assert_int_equal(rows[i].end_ms, t[i].end_ms);
        assert_int_equal(rows[i].wall_ms, t[i].wall_ms);
        assert_true(rows[i].confidence == t[i].confidence);
        assert_string_equal(rows[i].source, "typed");
    }
    assert_null(rows[0].words_json);
    assert_string_equal(rows[1].words_json, t[1].words_json);
    iv_turns_free(rows, n);
}

static void turn_numbers_have_no_gaps(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_turn t = turn_of(0, "a");
    struct iv_step step = {.session = &s, .turns = &t, .n_turns = 1};
    struct iv_error err;

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(iv_store_step(p->store, &step, &err), IV_E_STATE); /* 0 again */
    assert_non_null(strstr(err.text, "the next one is 1"));
    t.number = 2;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_STATE);
    t.number = -1;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_STATE);
    t.number = 1;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(count_turns(p, s.id), 2);
}

static int count_event(void *arg, int64_t seq, const char *json)
{
    (void)json;
    assert_int_equal(seq, (*(int64_t *)arg)++);
    return 0;
}

static void failed_step_leaves_nothing(struct place *p)
{
    struct iv_session s = add(p, "u", T0), changed, got;
    struct iv_turn first = turn_of(0, "kept"), t[3];
    const char *events[] = {"{\"a\":1}", "{\"a\":2}"};
    struct iv_doc doc = {"state", "old", 3}, fresh[] = {{"state", "new", 3}, {"more", "x", 1}};
    struct iv_step step = {&s, &first, 1, events, 1, &doc, 1};
    struct iv_buf b = IV_BUF_INIT(100);
    int64_t seq = 0;

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    changed = s;
    changed.message_count = 77;
    t[0] = turn_of(1, "never");
    t[1] = turn_of(7, "wrong number");
    t[2] = turn_of(2, "never");
    step = (struct iv_step){&changed, t, 3, events, 2, fresh, 2};
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_STATE);
    assert_int_equal(count_turns(p, s.id), 1);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.message_count, 0);
    assert_int_equal(iv_store_events(p->store, s.id, 0, count_event, &seq, NULL), IV_OK);
    assert_int_equal(seq, 1);
    assert_int_equal(iv_store_doc_get(p->store, s.id, "state", &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), "old");
    assert_int_equal(iv_store_doc_get(p->store, s.id, "more", &b, NULL), IV_E_NOT_FOUND);
    iv_buf_release(&b);
    /* and the numbers go on where they were */
    t[1] = turn_of(2, "now");
    t[2] = turn_of(3, "now");
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(count_turns(p, s.id), 4);
}

/* -- events -- */

struct from {
    int64_t first, n;
};

static int note_from(void *arg, int64_t seq, const char *json)
{
    struct from *f = arg;
    char expect[32];

    if (!f->n++)
        f->first = seq;
    snprintf(expect, sizeof expect, "{\"n\":%lld}", (long long)seq);
    assert_string_equal(json, expect);
    return 0;
}

static void events_keep_their_order(struct place *p)
{
    static const struct {
        int64_t from, first, n;
    } reads[] = {{0, 0, 30}, {29, 29, 1}, {30, -1, 0}, {12, 12, 18}, {-5, 0, 30}};
    struct iv_session s = add(p, "u", T0);
    char text[3][32];
    const char *events[3] = {text[0], text[1], text[2]};
    struct iv_step step = {.session = &s, .events = events, .n_events = 3};
    int calls = 0;

    for (int i = 0; i < 30; i += 3) {
        for (int k = 0; k < 3; k++)
            snprintf(text[k], sizeof text[k], "{\"n\":%d}", i + k);
        assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    }
    for (size_t i = 0; i < IV_LEN(reads); i++) {
        struct from f = {-1, 0};

        assert_int_equal(iv_store_events(p->store, s.id, reads[i].from, note_from, &f, NULL),
                         IV_OK);
        assert_int_equal(f.first, reads[i].first);
        assert_int_equal(f.n, reads[i].n);
    }
    assert_int_equal(iv_store_events(p->store, s.id, 0, stop_at_once, &calls, NULL), IV_OK);
    assert_int_equal(calls, 1);
}

/* -- documents -- */

static void assert_doc(struct place *p, const char *id, const char *name, const char *text)
{
    struct iv_buf b = IV_BUF_INIT(1000);

    assert_int_equal(iv_store_doc_get(p->store, id, name, &b, NULL), text ? IV_OK : IV_E_NOT_FOUND);
    if (text)
        assert_string_equal(iv_buf_str(&b), text);
    iv_buf_release(&b);
}

static void documents_are_put_and_replaced(struct place *p)
{
    struct iv_session s = add(p, "u", T0);

    assert_doc(p, s.id, "plan", NULL);
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "{}", 2, NULL), IV_OK);
    assert_doc(p, s.id, "plan", "{}");
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "면접", strlen("면접"), NULL), IV_OK);
    assert_int_equal(iv_store_doc_put(p->store, s.id, "report", "r", 1, NULL), IV_OK);
    assert_doc(p, s.id, "plan", "면접");
    assert_doc(p, s.id, "report", "r");
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "", 0, NULL), IV_OK);
    assert_doc(p, s.id, "plan", "");
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", NULL, 0, NULL), IV_OK);
    assert_doc(p, s.id, "plan", NULL);
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", NULL, 0, NULL), IV_OK);
    assert_doc(p, s.id, "report", "r");
}

static void store_has_documents_of_its_own(struct place *p)
{
    struct iv_session s = add(p, "u", T0);

    assert_int_equal(iv_store_doc_put(p->store, "", "note", "own", 3, NULL), IV_OK);
    assert_doc(p, "", "note", "own");
    assert_doc(p, s.id, "note", NULL);
}

static void steps_change_documents(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_doc docs[] = {{"a", "1", 1}, {"b", "2", 1}},
                  later[] = {{"a", NULL, 0}, {"c", "3", 1}};
    struct iv_step step = {.session = &s, .docs = docs, .n_docs = 2};

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    step.docs = later;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_doc(p, s.id, "a", NULL);
    assert_doc(p, s.id, "b", "2");
    assert_doc(p, s.id, "c", "3");
}

static void document_larger_than_the_buffer_is_told(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_buf b = IV_BUF_INIT(4);

    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "12345", 5, NULL), IV_OK);
    assert_int_equal(iv_store_doc_get(p->store, s.id, "plan", &b, NULL), IV_E_TOO_LARGE);
    iv_buf_release(&b);
}

/* -- text that is none -- */

#define BAD "\xc3\x28"

static void invalid_utf8_never_gets_in(struct place *p)
{
    struct iv_session good = add(p, "u", T0), s;
    struct iv_turn t = turn_of(0, "a");
    const char *event = "{\"a\":\"" BAD "\"}";
    struct iv_doc doc = {"state", BAD, 2}, named = {BAD, "x", 1};
    struct iv_step step = {.session = &good};
    char *const fields[] = {s.spec.user_id, s.spec.persona,      s.spec.voice, s.spec.avatar,
                            s.spec.role,    s.spec.question_set, s.id};

    for (size_t i = 0; i < IV_LEN(fields); i++) {
        s = session_of("u", T0);
        strcpy(fields[i], BAD);
        assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_E_USAGE);
    }
    s = good;
    strcpy(s.spec.voice, BAD);
    assert_int_equal(iv_store_session_put(p->store, &s, NULL), IV_E_USAGE);
    step = (struct iv_step){.session = &good, .turns = &t, .n_turns = 1};
    t.text = (char *)(uintptr_t)BAD;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    t = turn_of(0, "a");
    t.words_json = (char *)(uintptr_t) "[\"" BAD "\"]";
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    t = turn_of(0, "a");
    strcpy(t.question_id, BAD);
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    t = turn_of(0, "a");
    strcpy(t.source, BAD);
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    step = (struct iv_step){.session = &good, .events = &event, .n_events = 1};
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    step = (struct iv_step){.session = &good, .docs = &doc, .n_docs = 1};
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    step.docs = &named;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_doc_put(p->store, good.id, "state", BAD, 2, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_doc_put(p->store, good.id, BAD, "x", 1, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_doc_put(p->store, good.id, "state", "a\0b", 3, NULL), IV_E_USAGE);
    assert_int_equal(count_turns(p, good.id), 0);
}

static void random_bytes_never_get_in(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    uint32_t seed = 1;

    for (int i = 0; i < 10000; i++) {
        char bytes[12];
        enum iv_code rc;

        for (size_t k = 0; k < sizeof bytes; k++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[k] = (char)(seed >> 24);
        }
        rc = iv_utf8_valid(bytes, sizeof bytes) ? IV_OK : IV_E_USAGE;
        if (rc)
            assert_int_equal(iv_store_doc_put(p->store, s.id, "d", bytes, sizeof bytes, NULL), rc);
    }
    assert_doc(p, s.id, "d", NULL);
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

/* -- every promise on every back end -- */

static const struct promise {
    const char *name;
    void (*check)(struct place *p);
} promises[] = {
    {"what went in comes out", what_went_in_comes_out},
    {"a change is kept", change_is_kept},
    {"an id exists once", id_exists_once},
    {"an unknown id is not found, whatever is asked", unknown_id_is_not_found},
    {"an empty id is not found", empty_id_is_not_found},
    {"delete removes everything of one session", delete_removes_everything},
    {"wrong limits are refused", wrong_limits_are_refused},
    {"pages by key cover all once", pages_by_key_cover_all_once},
    {"a hundred at once get five sessions", hundred_at_once_get_five},
    {"ended sessions make room", ended_sessions_make_room},
    {"the limit is each user's own", limit_is_each_users_own},
    {"reads show what time did", reads_show_what_time_did},
    {"an active session completes by time", active_session_completes_by_time},
    {"a paused session outlives its time, not the day", paused_session_outlives_its_time},
    {"turns come back whole", turns_come_back_whole},
    {"turn numbers have no gaps", turn_numbers_have_no_gaps},
    {"a failed step leaves nothing", failed_step_leaves_nothing},
    {"events keep their order", events_keep_their_order},
    {"documents are put, replaced and deleted", documents_are_put_and_replaced},
    {"the store has documents of its own", store_has_documents_of_its_own},
    {"steps change documents", steps_change_documents},
    {"a document larger than the buffer is told", document_larger_than_the_buffer_is_told},
    {"invalid UTF-8 never gets in", invalid_utf8_never_gets_in},
    {"10000 random texts never get in", random_bytes_never_get_in},
    {"figures of an empty store", figures_of_an_empty_store},
    {"figures are counted", figures_are_counted},
    {"a store tells what it is", store_tells_what_it_is},
    {"a copy is whole", copy_is_whole},
    {"eight threads share a store", threads_share_a_store},
};

struct run {
    char name[96];
    const char *backend;
    void (*check)(struct place *p);
    const struct list_row *list;
};

static void on_backend(void **state)
{
    const struct run *r = *state;
    struct place p;

    place_make(&p, r->backend);
    list_row = r->list;
    r->check(&p);
    place_drop(&p);
}

int main(void)
{
    static struct run runs[IV_LEN(backends)][IV_LEN(promises) + IV_LEN(lists)];

    for (size_t b = 0; b < IV_LEN(backends); b++) {
        for (size_t i = 0; i < IV_LEN(runs[b]); i++) {
            struct run *r = &runs[b][i];
            size_t k = i - IV_LEN(promises);

            r->backend = backends[b];
            r->check = i < IV_LEN(promises) ? promises[i].check : list_is_as_asked;
            r->list = i < IV_LEN(promises) ? NULL : &lists[k];
            snprintf(r->name, sizeof r->name, "%s: %s", backends[b],
                     i < IV_LEN(promises) ? promises[i].name : lists[k].name);
            table_add(r->name, on_backend, r);
        }
    }
    TABLE_TEST(unknown_back_end_is_refused);
    return table_run("store");
}

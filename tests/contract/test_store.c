/* test_store.c - sessions of every store: kept, changed, limited, ended by time. */
#include "store_place.h"

#include <pthread.h>

/* -- sessions -- */

static void what_went_in_comes_out(struct place *p)
{
    struct iv_session s = session_of("한국 user", T0), got;

    s.spec.type = IV_TYPE_TECHNICAL;
    s.spec.lang = IV_LANG_JA;
    s.spec.difficulty = IV_HARD;
    s.spec.duration_minutes = 45;
    SET_TEXT(s.spec.persona, "warm");
    SET_TEXT(s.spec.voice, "voice-1");
    SET_TEXT(s.spec.avatar, "mina");
    SET_TEXT(s.spec.role, "바리스타");
    SET_TEXT(s.spec.question_set, "/a/b.yaml");
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

    SET_TEXT(s.id, id);
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

static const struct promise promises[] = {
    {"what went in comes out", what_went_in_comes_out, NULL},
    {"a change is kept", change_is_kept, NULL},
    {"an id exists once", id_exists_once, NULL},
    {"an unknown id is not found, whatever is asked", unknown_id_is_not_found, NULL},
    {"an empty id is not found", empty_id_is_not_found, NULL},
    {"delete removes everything of one session", delete_removes_everything, NULL},
    {"a hundred at once get five sessions", hundred_at_once_get_five, NULL},
    {"ended sessions make room", ended_sessions_make_room, NULL},
    {"the limit is each user's own", limit_is_each_users_own, NULL},
    {"reads show what time did", reads_show_what_time_did, NULL},
    {"an active session completes by time", active_session_completes_by_time, NULL},
    {"a paused session outlives its time, not the day", paused_session_outlives_its_time, NULL},
};

int main(void)
{
    add_promises(promises, IV_LEN(promises));
    return table_run("store");
}

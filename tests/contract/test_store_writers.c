/* test_store_writers.c - several writers of one session in every store: a change is one, a whole is one, who comes late is told. */
#include "store_place.h"

#include <pthread.h>

/* -- one change -- */

static void rule_changes_a_session(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    p->clock.epoch_ms = T0 + 5000;
    assert_int_equal(iv_store_change(p->store, s.id, iv_session_start, &s, NULL), IV_OK);
    assert_int_equal(s.status, IV_SESSION_ACTIVE);
    assert_int_equal(s.started_ms, T0 + 5000);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_ACTIVE);
    assert_int_equal(got.started_ms, T0 + 5000);
}

static void refused_rule_changes_nothing(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;
    struct iv_error err;

    assert_int_equal(iv_store_change(p->store, s.id, iv_session_pause, &got, &err), IV_E_STATE);
    assert_non_null(strstr(err.text, "it cannot be paused"));
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_CREATED);
    assert_int_equal(iv_store_change(p->store, "sess_none", iv_session_pause, &got, &err),
                     IV_E_SESSION_NOT_FOUND);
}

static void time_decides_before_the_rule(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    iv_manual_clock_advance(&p->clock, 31 * MINUTE * 1000);
    assert_int_equal(iv_store_change(p->store, s.id, iv_session_start, &got, NULL),
                     IV_E_SESSION_EXPIRED);
    assert_int_equal(iv_store_change(p->store, s.id, iv_session_end, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_EXPIRED);
    assert_int_equal(got.ended_ms, T0 + 30 * MINUTE);
}

#define CROWD 32

struct member {
    struct place *p;
    const char *id;
    iv_session_rule *rule;
    pthread_barrier_t *gate;
    enum iv_code rc;
};

static void *change_once(void *arg)
{
    struct member *m = arg;
    struct iv_session s;

    pthread_barrier_wait(m->gate);
    m->rc = iv_store_change(m->p->store, m->id, m->rule, &s, NULL);
    return NULL;
}

/* How many of a crowd succeed; the others are refused, not failed. */
static int crowd_changes(struct place *p, const char *id, iv_session_rule *rule,
                         enum iv_code refusal)
{
    struct member m[CROWD];
    pthread_t threads[CROWD];
    pthread_barrier_t gate;
    int done = 0;

    pthread_barrier_init(&gate, NULL, CROWD);
    for (int i = 0; i < CROWD; i++) {
        m[i] = (struct member){p, id, rule, &gate, IV_OK};
        assert_int_equal(pthread_create(&threads[i], NULL, change_once, &m[i]), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        pthread_join(threads[i], NULL);
        if (m[i].rc)
            assert_int_equal(m[i].rc, refusal);
        done += !m[i].rc;
    }
    pthread_barrier_destroy(&gate);
    return done;
}

static void one_of_a_crowd_succeeds(struct place *p)
{
    struct iv_session s = add(p, "u", T0), got;

    assert_int_equal(crowd_changes(p, s.id, iv_session_start, IV_E_SESSION_ALREADY_ACTIVE), 1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(crowd_changes(p, s.id, iv_session_pause, IV_E_STATE), 1);
        assert_int_equal(crowd_changes(p, s.id, iv_session_resume, IV_E_SESSION_ALREADY_ACTIVE), 1);
    }
    assert_int_equal(crowd_changes(p, s.id, iv_session_end, IV_E_STATE),
                     CROWD); /* again: the same */
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.status, IV_SESSION_TERMINATED);
}

/* -- who comes late -- */

/* What another did after the writer read the session, and the writer's own idea of it. */
static const struct late {
    const char *name;
    iv_session_rule *others[2]; /* after both saw it active */
    iv_session_rule *own;
    enum iv_code rc;
} late_rows[] = {
    {"an active one goes on", {NULL}, NULL, IV_OK},
    {"what another paused is not gone on with", {iv_session_pause}, NULL, IV_E_STATE},
    {"what another paused may be ended", {iv_session_pause}, iv_session_end, IV_OK},
    {"what another paused may be paused", {iv_session_pause}, iv_session_pause, IV_OK},
    {"what another ended is not gone on with", {iv_session_end}, NULL, IV_E_STATE},
    {"what another ended is not completed", {iv_session_end}, iv_session_complete, IV_E_STATE},
    {"what another ended is not ended at another time",
     {iv_session_end},
     iv_session_end,
     IV_E_STATE},
    {"what another paused and resumed is read again first",
     {iv_session_pause, iv_session_resume},
     NULL,
     IV_E_STATE},
    {"what another completed may be gone on with: time does that too",
     {iv_session_complete},
     NULL,
     IV_OK},
};

static void late_writer_is_told(struct place *p)
{
    const struct late *r = promise_row;
    struct iv_session s = add(p, "u", T0), mine, got;
    struct iv_turn turn = turn_of(0, "late");
    struct iv_step step = {.session = &mine, .turns = &turn, .n_turns = 1};

    assert_int_equal(iv_store_change(p->store, s.id, iv_session_start, &mine, NULL), IV_OK);
    for (int i = 0; i < 2 && r->others[i]; i++) {
        iv_manual_clock_advance(&p->clock, 1000000);
        assert_int_equal(iv_store_change(p->store, s.id, r->others[i], &s, NULL), IV_OK);
    }
    if (r->own)
        assert_int_equal(r->own(&mine, T0 + 7000, NULL), IV_OK);
    mine.message_count = 9;
    assert_int_equal(iv_store_step(p->store, &step, NULL), r->rc);
    assert_int_equal(iv_store_session_put(p->store, &mine, NULL), r->rc);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.message_count, r->rc ? 0 : 9);
    assert_int_equal(got.status, r->rc ? s.status : mine.status);
}

/* -- a whole -- */

static void whole_session_comes_at_once(struct place *p)
{
    struct iv_session s = session_of("u", T0), other = session_of("u", T0);
    struct iv_turn t[2] = {turn_of(0, "a"), turn_of(1, "b")}, *rows;
    const char *events[] = {"{}"};
    struct iv_doc doc = {"state", "{}", 2};
    struct iv_step whole = {&s, t, 2, events, 1, &doc, 1};
    struct iv_buf b = IV_BUF_INIT(100);
    size_t n;

    assert_int_equal(iv_store_session_new_with(p->store, &whole, 1, NULL), IV_OK);
    assert_int_equal(iv_store_turns(p->store, s.id, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 2);
    iv_turns_free(rows, n);
    assert_int_equal(iv_store_doc_get(p->store, s.id, "state", &b, NULL), IV_OK);
    assert_int_equal(iv_store_session_new_with(p->store, &whole, 9, NULL), IV_E_STATE);
    whole.session = &other;
    assert_int_equal(iv_store_session_new_with(p->store, &whole, 1, NULL), IV_E_SESSION_LIMIT);
    iv_buf_release(&b);
}

static void half_a_session_is_none(struct place *p)
{
    struct iv_session s = session_of("u", T0), got;
    struct iv_turn t[2] = {turn_of(0, "a"), turn_of(5, "a gap")};
    struct iv_doc doc = {"state", "{}", 2};
    struct iv_step whole = {.session = &s, .turns = t, .n_turns = 2, .docs = &doc, .n_docs = 1};
    struct iv_session_filter f = {.status = -1, .limit = 10};
    struct iv_session *rows;
    int64_t total;
    size_t n;

    assert_int_equal(iv_store_session_new_with(p->store, &whole, 1, NULL), IV_E_STATE);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_E_SESSION_NOT_FOUND);
    assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, NULL), IV_OK);
    assert_int_equal(total, 0);
    free(rows);
    t[1].number = 1;
    t[1].text = NULL;
    assert_int_equal(iv_store_session_new_with(p->store, &whole, 1, NULL), IV_E_USAGE);
    t[1].text = (char *)(uintptr_t) "now";
    assert_int_equal(iv_store_session_new_with(p->store, &whole, 1, NULL), IV_OK);
}

/* The total is counted once and kept: whatever comes, goes and fails, it is right. */
static void total_stays_right(struct place *p)
{
    struct iv_session_filter f = {.status = -1, .limit = 1};
    struct iv_session s[20], *rows;
    int64_t total;
    size_t n;
    int there = 0;

    for (int i = 0; i < 60; i++) {
        int k = i * 7 % 20;

        if (i % 3 == 2 && s[k].id[0]) {
            there -= iv_store_session_delete(p->store, s[k].id, NULL) == IV_OK;
            iv_store_session_delete(p->store, s[k].id, NULL);
        } else {
            s[k] = session_of("u", T0 + i);
            there += iv_store_session_new(p->store, &s[k], 1000, NULL) == IV_OK;
            assert_int_equal(iv_store_session_new(p->store, &s[k], 1000, NULL), IV_E_STATE);
        }
        assert_int_equal(iv_store_session_list(p->store, &f, &rows, &n, &total, NULL), IV_OK);
        assert_int_equal(total, there);
        free(rows);
    }
}

static const struct promise promises[] = {
    {"a rule changes a session", rule_changes_a_session, NULL},
    {"a rule that refuses changes nothing", refused_rule_changes_nothing, NULL},
    {"time decides before the rule", time_decides_before_the_rule, NULL},
    {"one of a crowd succeeds", one_of_a_crowd_succeeds, NULL},
    {"a whole session comes at once", whole_session_comes_at_once, NULL},
    {"half a session is none", half_a_session_is_none, NULL},
    {"the total stays right", total_stays_right, NULL},
};

int main(void)
{
    static struct promise late_promises[IV_LEN(late_rows)];

    add_promises(promises, IV_LEN(promises));
    for (size_t i = 0; i < IV_LEN(late_rows); i++)
        late_promises[i] = (struct promise){late_rows[i].name, late_writer_is_told, &late_rows[i]};
    add_promises(late_promises, IV_LEN(late_rows));
    return table_run("store_writers");
}

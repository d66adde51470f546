/* test_conversation_end.c - the end of an interview: kept later when the store fails between the last words and the result, and
 * heard of when another made it.
 */
#include "conversation_world.h"

#include <sqlite3.h>

/* The store's own connection: a trigger on it refuses results and nothing else. */
static sqlite3 *connection;

static int catch_connection(sqlite3 *db, const char **message,
                            const struct sqlite3_api_routines *api)
{
    (void)message;
    (void)api;
    connection = db;
    return SQLITE_OK;
}

static void results(bool are_kept)
{
    static const char refuse[] =
        "CREATE TEMP TRIGGER no_result BEFORE INSERT ON main.documents WHEN NEW.name = 'result' "
        "BEGIN SELECT RAISE(FAIL, 'no result is taken'); END";

    assert_int_equal(
        sqlite3_exec(connection, are_kept ? "DROP TRIGGER no_result" : refuse, NULL, NULL, NULL),
        SQLITE_OK);
}

static struct iv_session stored(struct world *w)
{
    struct iv_session s;
    struct iv_error err;

    must(iv_store_session_get(w->store, w->id, &s, &err), &err);
    return s;
}

static bool has_result(struct world *w)
{
    struct iv_buf b = IV_BUF_INIT(1 << 20);
    bool has = !iv_store_doc_get(w->store, w->id, "result", &b, NULL);

    iv_buf_release(&b);
    return has;
}

static bool is_closed(struct world *w)
{
    size_t n;
    struct iv_turn *t = turns_of(w, &n);
    bool is = n && t[n - 1].kind == IV_TURN_CLOSING;

    iv_turns_free(t, n);
    return is;
}

/* Every question is answered and the last words are said, but no result is taken. */
static void talk_to_the_end(struct world *w)
{
    struct iv_error err;

    results(false);
    begin_and_listen(w);
    for (int i = 0; i < 40 && !is_closed(w); i++) {
        pump_ms(w, 3000, 100);
        must(answer(w, good_answer, &err), &err);
        pump_until(w, IV_PHASE_LISTENING);
    }
    assert_true(is_closed(w));
    assert_false(has_result(w));
    assert_int_equal(stored(w).status, IV_SESSION_ACTIVE);
}

static void next_pump_keeps_it(struct world *w)
{
    struct iv_error err;

    talk_to_the_end(w);
    pump_ms(w, 1000, 100);
    assert_true(count_heard(w, IV_MSG_error, "STORAGE_ERROR") > 1);
    assert_int_equal(answer(w, good_answer, &err), IV_E_STATE);
    assert_non_null(strstr(err.text, "all is said"));
    assert_int_equal(iv_conversation_pause(w->c, &err), IV_E_STATE);
    results(true);
    pump_until(w, IV_PHASE_ENDED);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "completed"), 1);
    assert_int_equal(stored(w).status, IV_SESSION_COMPLETED);
    assert_true(has_result(w));
    check_turns(w);
}

static void next_opening_keeps_it(struct world *w)
{
    talk_to_the_end(w);
    iv_conversation_close(w->c);
    results(true);
    begin(w);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_ENDED);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "completed"), 1);
    assert_int_equal(stored(w).status, IV_SESSION_COMPLETED);
    assert_true(has_result(w));
    assert_true(is_closed(w)); /* once */
    check_turns(w);
}

static void asked_for_it_is_complete(struct world *w)
{
    struct iv_error err;

    talk_to_the_end(w);
    assert_int_equal(iv_conversation_end(w->c, &err), IV_E_STORAGE);
    results(true);
    must(iv_conversation_end(w->c, &err), &err);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "completed"), 1);
    assert_int_equal(stored(w).status, IV_SESSION_COMPLETED);
}

static void session_end_completes_it(struct world *w)
{
    struct iv_error err;
    iv_json *out;

    talk_to_the_end(w);
    iv_conversation_close(w->c);
    w->c = NULL;
    assert_int_equal(iv_op_end(w->ctx, w->store, w->id, &out, &err), IV_E_STORAGE);
    assert_null(out);
    results(true);
    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    assert_string_equal(iv_json_get_str(out, "status", ""), "completed");
    iv_json_free(out);
    assert_true(has_result(w));
}

static void run_tells_why_it_cannot_end(struct world *w)
{
    struct iv_answer_source source = {NULL, NULL};
    struct iv_error err = {.text = ""};

    talk_to_the_end(w);
    assert_int_equal(iv_conversation_run(w->c, &w->clock, &source, &err), IV_E_STORAGE);
    assert_non_null(strstr(err.text, "no result is taken"));
    results(true);
    must(iv_conversation_run(w->c, &w->clock, &source, &err), &err);
    assert_int_equal(stored(w).status, IV_SESSION_COMPLETED);
}

/* -- another ends or pauses what is being talked in -- */

static void end_elsewhere(struct world *w)
{
    struct iv_error err;
    iv_json *out;

    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_free(out);
}

static void assert_ended_elsewhere(struct world *w, int64_t ended_ms)
{
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "terminated"), 1);
    assert_int_equal(stored(w).status, IV_SESSION_TERMINATED);
    assert_int_equal(stored(w).ended_ms, ended_ms);
    assert_int_equal(iv_conversation_session(w->c)->ended_ms, ended_ms);
    assert_non_null(iv_conversation_result(w->c));
}

static void ended_by_another_while_it_speaks(struct world *w)
{
    int64_t ended_ms;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    end_elsewhere(w);
    ended_ms = stored(w).ended_ms;
    pump_until(w, IV_PHASE_ENDED);
    assert_ended_elsewhere(w, ended_ms);
}

static void ended_by_another_takes_no_answer(struct world *w)
{
    struct iv_error err;
    struct iv_turn *turns;
    int64_t ended_ms;
    size_t n;

    begin_and_listen(w);
    end_elsewhere(w);
    ended_ms = stored(w).ended_ms;
    pump_ms(w, 1000, 100);
    assert_int_equal(answer(w, good_answer, &err), IV_E_STATE);
    assert_non_null(strstr(err.text, "terminated"));
    turns = turns_of(w, &n);
    assert_int_equal(n, 1);
    iv_turns_free(turns, n);
    must(iv_conversation_end(w->c, &err), &err);
    assert_ended_elsewhere(w, ended_ms);
}

static void paused_by_another_stays_paused(struct world *w)
{
    struct iv_error err;
    iv_json *out;

    begin_and_listen(w);
    must(iv_op_pause(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_free(out);
    assert_int_equal(answer(w, good_answer, &err), IV_E_STATE);
    assert_non_null(strstr(err.text, "paused meanwhile"));
    assert_int_equal(stored(w).status, IV_SESSION_PAUSED);
    must(iv_conversation_end(w->c, &err), &err);
    assert_int_equal(stored(w).status, IV_SESSION_TERMINATED);
}

static const struct talk talks[] = {
    {"a result that could not be kept is kept by the next pump", next_pump_keeps_it, "sqlite", 5},
    {"or by the next opening", next_opening_keeps_it, "sqlite", 5},
    {"or by an end that is asked for, and is complete", asked_for_it_is_complete, "sqlite", 5},
    {"or by `session end`", session_end_completes_it, "sqlite", 5},
    {"a run tells why it cannot end", run_tells_why_it_cannot_end, "sqlite", 5},
    {"ended by another while it speaks", ended_by_another_while_it_speaks, "memory", 30},
    {"ended by another it takes no answer", ended_by_another_takes_no_answer, "sqlite", 30},
    {"paused by another it stays paused", paused_by_another_stays_paused, "memory", 30},
};

int main(void)
{
    sqlite3_auto_extension((void (*)(void))(uintptr_t)catch_connection);
    TABLE_ROWS(talk, talks);
    return table_run("conversation_end");
}

/* test_conversation.c - turns of a conversation: what is said, kept, cut, paused and ended. */
#include "conversation_world.h"

/* -- the tests -- */

static void greeting_and_question(struct world *w)
{
    struct iv_turn *t;
    size_t n;

    begin(w);
    assert_int_equal(w->heard[0].type, IV_MSG_session_started);
    assert_int_equal(count_heard(w, IV_MSG_llm_start, NULL), 1);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_THINKING);
    t = turns_of(w, &n);
    assert_int_equal(n, 0); /* nothing is said yet */
    iv_turns_free(t, n);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 1);
    assert_int_equal(t[0].speaker, IV_INTERVIEWER);
    assert_string_equal(t[0].text, w->heard[0].text);
    assert_non_null(strchr(t[0].text, '?'));
    assert_true(w->pieces > 10);
    iv_turns_free(t, n);
    check_replies(w);
}

static void answer_is_stored_before_it_is_told(struct world *w)
{
    struct iv_error err;

    begin_and_listen(w);
    pump_ms(w, 4000, 50);
    must(answer(w, good_answer, &err), &err);
    assert_int_equal(count_heard(w, IV_MSG_stt_final, good_answer), 1);
    assert_true(w->answer_was_stored);
}

static void typed_answer_needs_no_transcript(struct world *w)
{
    struct iv_answer a = {.text = good_answer, .confidence = 1, .source = "typed"};
    struct iv_error err;

    begin_and_listen(w);
    must(iv_conversation_answer(w->c, &a, &err), &err);
    assert_int_equal(count_heard(w, IV_MSG_stt_final, NULL), 0);
}

static void barge_in_keeps_what_was_said(struct world *w)
{
    struct iv_error err;
    struct iv_turn *t;
    size_t n, len;
    int pieces;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 2000, 20);
    must(iv_conversation_interrupt(w->c, &err), &err);
    assert_int_equal(w->cuts, 1);
    assert_true(w->cut_at == iv_conversation_now_ms(w->c) * 24);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 1);
    len = strlen(t[0].text);
    assert_true(len > 10 && len < strlen(w->heard[0].text));
    assert_int_equal(strncmp(t[0].text, w->heard[0].text, len), 0);
    assert_non_null(strchr(" .,?!", w->heard[0].text[len])); /* at a word */
    assert_in_range(len, 2000 / MS_PER_CHAR - 16, 2000 / MS_PER_CHAR + 1);
    iv_turns_free(t, n);
    pieces = w->pieces;
    pump_ms(w, 3000, 20);
    assert_int_equal(w->pieces, pieces); /* and nothing more is heard */
    check_replies(w);
}

static void answer_while_speaking_cuts_first(struct world *w)
{
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 2500, 20);
    must(answer(w, good_answer, &err), &err);
    assert_int_equal(w->cuts, 1);
    t = turns_of(w, &n);
    assert_int_equal(n, 2);
    assert_true(strlen(t[0].text) < strlen(w->heard[0].text));
    assert_int_equal(t[1].speaker, IV_CANDIDATE);
    assert_string_equal(t[1].text, good_answer);
    iv_turns_free(t, n);
    pump_until(w, IV_PHASE_LISTENING);
    check_replies(w);
    check_turns(w);
}

/* Few words into the greeting are no answer to a question that comes after it: it is asked then. Many words are one. */
static void words_before_the_question_are_no_answer(struct world *w)
{
    static const char hello[] = "Hello, nice to meet you too.";
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 1000, 20);
    must(iv_conversation_interrupt(w->c, &err), &err);
    must(answer(w, hello, &err), &err);
    assert_int_equal(iv_conversation_session(w->c)->responses_received, 0);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 3);
    assert_string_equal(t[1].text, hello);
    assert_string_equal(t[1].question_id, "");
    assert_int_equal(t[1].kind, IV_TURN_REMARK);
    assert_non_null(strchr(t[2].text, '?'));
    iv_turns_free(t, n);
    must(answer(w, "Yes, I did.", &err), &err); /* short, but after the question */
    assert_int_equal(iv_conversation_session(w->c)->responses_received, 1);
    pump_until(w, IV_PHASE_LISTENING);
    check_replies(w);
}

static void a_whole_answer_before_the_question_is_one(struct world *w)
{
    struct iv_error err;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 1000, 20);
    must(iv_conversation_interrupt(w->c, &err), &err);
    must(answer(w, good_answer, &err), &err);
    assert_int_equal(iv_conversation_session(w->c)->responses_received, 1);
}

static void pause_stops_the_clock(struct world *w)
{
    struct iv_error err;
    uint64_t at;
    int64_t expires;

    begin_and_listen(w);
    pump_ms(w, 1000, 50);
    at = iv_conversation_now_ms(w->c);
    expires = iv_conversation_session(w->c)->expires_ms;
    must(iv_conversation_pause(w->c, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_PAUSED);
    pump_ms(w, 10 * MINUTE, 1000);
    assert_true(iv_conversation_now_ms(w->c) == at);
    assert_int_equal(answer(w, good_answer, &err), IV_E_STATE);
    assert_int_equal(iv_conversation_pause(w->c, &err), IV_E_STATE);
    must(iv_conversation_resume(w->c, &err), &err);
    assert_int_equal(iv_conversation_session(w->c)->expires_ms, expires + 10 * MINUTE);
    assert_int_equal(iv_conversation_resume(w->c, &err), IV_E_STATE);
    pump_ms(w, 1000, 50);
    assert_true(iv_conversation_now_ms(w->c) == at + 1000);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    check_replies(w);
    check_turns(w);
}

static void pause_while_speaking_cuts(struct world *w)
{
    struct iv_error err;
    int pieces;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 1500, 20);
    must(iv_conversation_pause(w->c, &err), &err);
    assert_int_equal(w->cuts, 1);
    pieces = w->pieces;
    pump_ms(w, 5000, 100);
    assert_int_equal(w->pieces, pieces);
    must(iv_conversation_resume(w->c, &err), &err);
    must(iv_conversation_repeat(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    check_replies(w);
    check_turns(w);
}

static void end_tells_summary_and_feedback(struct world *w)
{
    struct iv_session s;
    struct iv_error err;

    begin_and_listen(w);
    pump_ms(w, 5000, 100);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    assert_null(iv_conversation_result(w->c));
    must(iv_conversation_end(w->c, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_ENDED);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "terminated"), 1);
    assert_true(w->heard[w->n_heard - 1].done);
    assert_non_null(iv_json_get(iv_conversation_result(w->c), "summary"));
    assert_non_null(iv_json_get(iv_conversation_result(w->c), "feedback"));
    must(iv_store_session_get(w->store, w->id, &s, &err), &err);
    assert_int_equal(s.status, IV_SESSION_TERMINATED);
    must(iv_conversation_end(w->c, &err), &err); /* again changes nothing */
    assert_int_equal(count_heard(w, IV_MSG_session_ended, NULL), 1);
    assert_int_equal(answer(w, good_answer, &err), IV_E_STATE);
}

static void time_up_closes_and_completes(struct world *w)
{
    struct iv_session s;
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    begin_and_listen(w);
    pump_ms(w, 4000, 100);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_ENDED); /* nobody says anything more */
    t = turns_of(w, &n);
    assert_int_equal(t[n - 1].kind, IV_TURN_CLOSING);
    assert_in_range(t[n - 1].start_ms, 5 * MINUTE, 5 * MINUTE + 1000);
    iv_turns_free(t, n);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "completed"), 1);
    must(iv_store_session_get(w->store, w->id, &s, &err), &err);
    assert_int_equal(s.status, IV_SESSION_COMPLETED);
    check_replies(w);
    check_turns(w);
}

static void skip_repeat_and_silence(struct world *w)
{
    struct iv_error err;

    begin_and_listen(w);
    must(iv_conversation_repeat(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_silence(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_skip(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    check_replies(w);
    check_turns(w);
}

static const struct refusal {
    const char *name, *text;
    size_t repeat;
    enum iv_code code;
} refusals[] = {
    {"an empty answer is refused", "", 1, IV_E_USAGE},
    {"a blank answer is refused", " \n\t ", 1, IV_E_USAGE},
    {"an answer over 64 KiB is refused", "aaaaaaaa", 8193, IV_E_TOO_LARGE},
    {"an answer of 64 KiB is taken", "aaaa aaa", 8192, IV_OK},
    {"an answer that is not UTF-8 is refused", "caf\xe9", 1, IV_E_DATA},
};

static void refused_answer(void **state)
{
    const struct refusal *r = *state;
    char *text = calloc(r->repeat * strlen(r->text) + 1, 1), *end = text;
    struct iv_error err = {.text = ""};
    struct iv_turn *turns;
    struct world w;
    size_t n;

    for (size_t i = 0; i < r->repeat; i++, end += strlen(r->text))
        memcpy(end, r->text, strlen(r->text));
    world_make(&w, "memory", 30);
    open_conversation(&w);
    assert_int_equal(answer(&w, good_answer, &err), IV_E_STATE); /* not started */
    must(iv_conversation_start(w.c, &err), &err);
    assert_int_equal(iv_conversation_start(w.c, &err), IV_E_STATE);
    pump_until(&w, IV_PHASE_LISTENING);
    assert_int_equal(answer(&w, text, &err), r->code);
    turns = turns_of(&w, &n);
    assert_int_equal(n, r->code ? 1 : 2);
    iv_turns_free(turns, n);
    world_drop(&w);
    free(text);
}

static const struct talk talks[] = {
    {"a greeting with a question is said and kept", greeting_and_question, "memory", 30},
    {"messages of a whole conversation keep their order", whole_conversation_keeps_order, "memory",
     30},
    {"an answer is in the store before it is told", answer_is_stored_before_it_is_told, "memory",
     30},
    {"a typed answer needs no transcript", typed_answer_needs_no_transcript, "memory", 30},
    {"a barge-in keeps what was said", barge_in_keeps_what_was_said, "memory", 30},
    {"words before the question are no answer", words_before_the_question_are_no_answer, "memory",
     30},
    {"a whole answer before the question is one", a_whole_answer_before_the_question_is_one,
     "memory", 30},
    {"an answer while speaking is a barge-in first", answer_while_speaking_cuts_first, "memory",
     30},
    {"a pause stops the clock", pause_stops_the_clock, "memory", 30},
    {"a pause while speaking cuts", pause_while_speaking_cuts, "memory", 30},
    {"an end tells summary and feedback", end_tells_summary_and_feedback, "memory", 30},
    {"time up closes and completes", time_up_closes_and_completes, "memory", 5},
    {"skip, repeat and silence are moves", skip_repeat_and_silence, "memory", 30},
};

int main(void)
{
    TABLE_ROWS(talk, talks);
    TABLE_ROWS(refused_answer, refusals);
    return table_run("conversation");
}

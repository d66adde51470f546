/* test_conversation_fault.c - a store, a process and a voice that fail. */
#include "conversation_world.h"

/* -- a store that fails -- */

static void refused_step_takes_nothing(struct world *w)
{
    struct iv_error err;
    struct iv_session before;
    struct iv_turn *t;
    enum iv_code rc;
    size_t n;

    begin_and_listen(w);
    pump_ms(w, 4000, 50);
    before = *iv_conversation_session(w->c);
    no_more_room(true);
    rc = answer(w, good_answer, &err);
    no_more_room(false);
    assert_int_equal(rc, IV_E_STORAGE);
    assert_int_equal(count_heard(w, IV_MSG_stt_final, NULL), 0);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    assert_int_equal(iv_conversation_session(w->c)->message_count, before.message_count);
    assert_int_equal(iv_conversation_session(w->c)->responses_received, before.responses_received);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 3);
    assert_string_equal(t[1].text, good_answer);
    iv_turns_free(t, n);
    assert_int_equal(inputs_named(w, "answer"), 1);
    check_replies(w);
}

static void said_words_wait_for_the_store(struct world *w)
{
    struct iv_turn *t;
    size_t n;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    no_more_room(true);
    pump_ms(w, 60000, 100); /* all of it is said, and cannot be kept */
    no_more_room(false);
    assert_true(count_heard(w, IV_MSG_error, "STORAGE_ERROR") > 0);
    assert_int_not_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 1);
    assert_string_equal(t[0].text, w->heard[0].text);
    assert_int_equal(iv_conversation_session(w->c)->message_count, 1);
    iv_turns_free(t, n);
}

static void refused_end_can_be_asked_again(struct world *w)
{
    struct iv_error err;
    struct iv_session s;
    enum iv_code rc;

    begin_and_listen(w);
    no_more_room(true);
    rc = iv_conversation_end(w->c, &err);
    no_more_room(false);
    assert_int_equal(rc, IV_E_STORAGE);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, NULL), 0);
    must(iv_conversation_end(w->c, &err), &err);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "terminated"), 1);
    must(iv_store_session_get(w->store, w->id, &s, &err), &err);
    assert_int_equal(s.status, IV_SESSION_TERMINATED);
}

static void refused_start_can_be_asked_again(struct world *w)
{
    struct iv_error err;
    enum iv_code rc;

    open_conversation(w);
    no_more_room(true);
    rc = iv_conversation_start(w->c, &err);
    no_more_room(false);
    assert_int_equal(rc, IV_E_STORAGE);
    assert_int_equal(w->n_heard, 0);
    pump_ms(w, 5000, 100);
    must(iv_conversation_start(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    assert_int_equal(inputs_named(w, "start"), 1);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
}

static void refused_cut_stays_cut(struct world *w)
{
    struct iv_error err;
    struct iv_turn *t;
    enum iv_code rc;
    size_t n;
    int pieces;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 2000, 20);
    no_more_room(true);
    rc = iv_conversation_interrupt(w->c, &err);
    no_more_room(false);
    assert_int_equal(rc, IV_E_STORAGE);
    pieces = w->pieces;
    pump_until(w, IV_PHASE_LISTENING);
    assert_int_equal(w->pieces, pieces);
    t = turns_of(w, &n);
    assert_int_equal(n, 1);
    assert_in_range(strlen(t[0].text), 10, 2000 / MS_PER_CHAR + 1);
    iv_turns_free(t, n);
    check_replies(w);
}

static void refused_pause_goes_on(struct world *w)
{
    struct iv_error err;
    enum iv_code rc;

    begin_and_listen(w);
    no_more_room(true);
    rc = iv_conversation_pause(w->c, &err);
    no_more_room(false);
    assert_int_equal(rc, IV_E_STORAGE);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    must(iv_conversation_pause(w->c, &err), &err);
    assert_int_equal(inputs_named(w, "pause"), 1);
}

/* -- a crash -- */

static void crash_while_speaking_says_it_again(struct world *w)
{
    struct iv_error err;
    struct iv_turn *t;
    char *greeting;
    size_t n;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 1000, 20);
    greeting = strdup(w->heard[0].text);
    iv_conversation_close(w->c); /* as far as the store knows, a crash */
    iv_manual_clock_advance(&w->clock, 30 * 1000000);
    begin(w);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 1);
    assert_string_equal(t[0].text, greeting);
    iv_turns_free(t, n);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    check_turns(w);
    free(greeting);
}

static void crash_after_an_answer_says_the_reply(struct world *w)
{
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    begin_and_listen(w);
    pump_ms(w, 4000, 50);
    must(answer(w, good_answer, &err), &err);
    iv_conversation_close(w->c);
    begin(w);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 3);
    assert_string_equal(t[1].text, good_answer);
    assert_int_equal(t[2].speaker, IV_INTERVIEWER);
    iv_turns_free(t, n);
    check_turns(w);
}

/* -- a voice that fails -- */

static void voiceless(struct world *w, enum fault fault, bool tells)
{
    struct iv_error err;
    struct iv_turn *t;
    size_t n;

    w->voice.fault = fault;
    begin_and_listen(w);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    t = turns_of(w, &n);
    assert_int_equal(n, 3);
    assert_string_equal(t[0].text, w->heard[0].text); /* the text is whole */
    iv_turns_free(t, n);
    assert_int_equal(count_heard(w, IV_MSG_error, "TTS_ERROR") > 0, tells);
    check_replies(w);
    check_turns(w);
    w->voice.fault = NONE; /* and it may come back */
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    assert_true(w->pieces > 0);
}

static void voice_that_does_not_start(struct world *w)
{
    voiceless(w, FAILS_TO_START, true);
}
static void voice_that_breaks(struct world *w)
{
    voiceless(w, FAILS_IN_THE_MIDDLE, true);
}
static void voice_without_sound(struct world *w)
{
    voiceless(w, NEVER_SOUNDS, false);
}

static void voice_on_its_own_thread(struct world *w)
{
    w->voice.threaded = true;
    whole_conversation_keeps_order(w);
}

/* A cut utterance ends late, when the next one is asked for already: nothing of it may be heard then. */
static void late_voice_does_not_leak(struct world *w)
{
    struct iv_error err;

    w->voice.threaded = true;
    w->voice.late_us = 20000;
    begin(w);
    for (int i = 0; i < 4; i++) {
        pump_until(w, IV_PHASE_SPEAKING);
        must(iv_conversation_interrupt(w->c, &err), &err);
        must(iv_conversation_repeat(w->c, &err), &err);
    }
    pump_until(w, IV_PHASE_LISTENING);
    assert_int_equal(count_heard(w, IV_MSG_error, NULL), 0);
    check_replies(w);
    check_turns(w);
}

static void closing_waits_for_the_voice(struct world *w)
{
    w->voice.threaded = true;
    w->voice.late_us = 20000;
    begin(w);
    iv_conversation_close(w->c);
    w->c = NULL;
}

static void no_voice_takes_no_time(struct world *w)
{
    struct iv_error err;

    w->opt.voice = (struct iv_voice){0};
    begin(w);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    must(answer(w, good_answer, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    assert_int_equal(w->pieces, 0);
    check_replies(w);
    check_turns(w);
}

static const struct talk talks[] = {
    {"a refused step takes nothing", refused_step_takes_nothing, "sqlite", 30},
    {"said words wait for the store", said_words_wait_for_the_store, "sqlite", 30},
    {"a refused end can be asked again", refused_end_can_be_asked_again, "sqlite", 30},
    {"a refused start can be asked again", refused_start_can_be_asked_again, "sqlite", 30},
    {"a cut that the store refused stays cut", refused_cut_stays_cut, "sqlite", 30},
    {"a refused pause goes on", refused_pause_goes_on, "sqlite", 30},
    {"after a crash while speaking it is said again", crash_while_speaking_says_it_again, "sqlite",
     30},
    {"after a crash behind an answer the reply is said", crash_after_an_answer_says_the_reply,
     "sqlite", 30},
    {"a voice that does not start costs its sound", voice_that_does_not_start, "memory", 30},
    {"a voice that breaks costs the rest of a clause", voice_that_breaks, "memory", 30},
    {"a voice without sound costs nothing else", voice_without_sound, "memory", 30},
    {"a voice on its own thread", voice_on_its_own_thread, "memory", 30},
    {"a late voice does not leak into the next reply", late_voice_does_not_leak, "memory", 30},
    {"closing waits for the voice", closing_waits_for_the_voice, "memory", 30},
    {"without a voice a reply takes no time", no_voice_takes_no_time, "memory", 30},
};

int main(void)
{
    TABLE_ROWS(talk, talks);
    return table_run("conversation_fault");
}

/* test_conversation_replay.c - the same at any speed, again from its recording, and without a person. */
#include "conversation_world.h"

/* -- the same at any speed, and again -- */

static void speed_does_not_matter(void **state)
{
    static const int64_t intervals[] = {7, 200, 33};
    struct iv_turn *first = NULL;
    size_t n_first = 0;

    (void)state;
    for (size_t i = 0; i < IV_LEN(intervals); i++) {
        struct world w;
        struct iv_turn *t;
        size_t n;

        world_make(&w, "memory", 30);
        run_script(&w, intervals[i]);
        t = turns_of(&w, &n);
        if (!i) {
            first = t;
            n_first = n;
        } else {
            assert_int_equal(n, n_first);
            for (size_t k = 0; k < n; k++) {
                assert_string_equal(t[k].text, first[k].text);
                assert_int_equal(t[k].start_ms, first[k].start_ms);
                assert_int_equal(t[k].end_ms, first[k].end_ms);
            }
            iv_turns_free(t, n);
        }
        world_drop(&w);
    }
    iv_turns_free(first, n_first);
}

static void replay_gives_the_same(struct world *w)
{
    run_script(w, 33);
    assert_replays(w);
}

static void replay_of_pauses_and_cuts(struct world *w)
{
    struct iv_error err;

    begin(w);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 1777, 13);
    must(iv_conversation_interrupt(w->c, &err), &err);
    pump_ms(w, 2345, 13);
    must(iv_conversation_pause(w->c, &err), &err);
    pump_ms(w, 61234, 500);
    must(iv_conversation_resume(w->c, &err), &err);
    pump_ms(w, 3210, 13);
    must(answer(w, "Hello to you, too.", &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_SPEAKING);
    pump_ms(w, 1111, 13);
    must(answer(w, "I do not know.", &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_skip(w->c, &err), &err);
    pump_until(w, IV_PHASE_LISTENING);
    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
}

static void replay_of_time_running_out(struct world *w)
{
    struct iv_error err;

    begin_and_listen(w);
    pump_ms(w, 4000, 100);
    must(answer(w, good_answer, &err), &err);
    pump_until(w, IV_PHASE_ENDED);
    assert_replays(w);
}

static void recording_without_inputs_is_told(struct world *w)
{
    struct iv_error err;
    iv_json *out;

    assert_int_equal(iv_op_replay(w->ctx, w->store, w->id, &out, &err), IV_E_DATA);
    assert_null(out);
}

/* -- unattended runs -- */

struct script {
    int n, given;
};

static enum iv_code next_answer(void *arg, const struct iv_session *s, const struct iv_answer **out,
                                struct iv_error *err)
{
    static const struct iv_answer a = {
        .text = good_answer, .confidence = 1, .spoken_ms = 9000, .source = "typed"};
    struct script *script = arg;

    (void)s;
    (void)err;
    *out = script->given++ < script->n ? &a : NULL;
    return IV_OK;
}

static void run_ends_with_its_answers(struct world *w)
{
    struct script script = {4, 0};
    struct iv_answer_source source = {&script, next_answer};
    struct iv_error err;

    w->opt.unattended = true;
    open_conversation(w);
    must(iv_conversation_run(w->c, &w->clock, &source, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_ENDED);
    assert_int_equal(iv_conversation_session(w->c)->responses_received, 4);
    check_replies(w);
    check_turns(w);
    assert_replays(w);
}

static void run_ends_with_its_time(struct world *w)
{
    struct script script = {1000, 0};
    struct iv_answer_source source = {&script, next_answer};
    struct iv_error err;

    w->opt.unattended = true;
    open_conversation(w);
    must(iv_conversation_run(w->c, &w->clock, &source, &err), &err);
    assert_int_equal(count_heard(w, IV_MSG_session_ended, "completed"), 1);
    check_turns(w);
    assert_replays(w);
}

/* -- frames -- */

static void frames_come_one_by_one(struct world *w)
{
    struct iv_error err;

    w->opt.avatar = true;
    w->opt.size = 128;
    begin(w);
    pump_ms(w, 2000, 25);
    must(iv_conversation_interrupt(w->c, &err), &err);
    pump_ms(w, 1000, 55);
    assert_int_equal(w->wrong_frames, 0);
    assert_in_range(w->frames, 74, 77);
}

static const struct talk talks[] = {
    {"a replay gives the same", replay_gives_the_same, "memory", 30},
    {"a replay of pauses and cuts gives the same", replay_of_pauses_and_cuts, "sqlite", 30},
    {"a replay of time running out gives the same", replay_of_time_running_out, "memory", 5},
    {"a session without a recording cannot be replayed", recording_without_inputs_is_told, "memory",
     30},
    {"a run ends with its answers", run_ends_with_its_answers, "memory", 30},
    {"a run ends with its time", run_ends_with_its_time, "memory", 5},
    {"frames come one by one, every 40 ms", frames_come_one_by_one, "memory", 30},
};

int main(void)
{
    TABLE_ROWS(talk, talks);
    TABLE_TEST(speed_does_not_matter);
    return table_run("conversation_replay");
}

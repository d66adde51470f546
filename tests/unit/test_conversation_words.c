/* test_conversation_words.c - a language model finds the words: in time, late, half, or not at all. */
#include "conversation_world.h"

#include "conversation/engine.h"
#include "iv/config.h"

#define PATIENCE_MS 250
#define SLACK_MS 2000 /* of a machine with other work */

/* -- a model that says what it is told -- */

static iv_llm *model; /* of the test that runs; world_drop knows none */

static void open_with(struct world *w, const char *script)
{
    char engine[600];
    struct iv_error err;

    snprintf(engine, sizeof engine, "script:%s", script);
    must(iv_llm_open(w->ctx, &(struct iv_llm_choice){.engine = engine, .model = "m"}, &model, &err),
         &err);
    w->opt.llm = model;
}

static void begin_with(struct world *w, const char *script)
{
    struct iv_error err;

    if (!model)
        open_with(w, script);
    open_conversation(w);
    w->c->wording.patience_us = PATIENCE_MS * 1000;
    must(iv_conversation_start(w->c, &err), &err);
}

static void close_all(struct world *w)
{
    iv_conversation_close(w->c);
    w->c = NULL;
    iv_llm_close(model);
    model = NULL;
    w->opt.llm = NULL;
}

static int64_t real_ms(void)
{
    return iv_mono_us(&iv_clock_system) / 1000;
}

/* As an owner does it: pump, sleep until there is news. Both clocks go on. */
static void live(struct world *w, enum iv_phase until)
{
    int64_t begun = real_ms(), was = begun, now;

    while (iv_conversation_phase(w->c) != until) {
        iv_conversation_pump(w->c);
        iv_conversation_wait(w->c, 5);
        now = real_ms();
        iv_manual_clock_advance(&w->clock, (now - was) * 1000);
        was = now;
        if (now - begun > 20000)
            fail_msg("the phase stays %d and never becomes %d", iv_conversation_phase(w->c), until);
    }
}

static void live_ms(struct world *w, int64_t ms)
{
    int64_t begun = real_ms(), was = begun, now = begun;

    while (now - begun < ms) {
        iv_conversation_pump(w->c);
        iv_conversation_wait(w->c, 5);
        now = real_ms();
        iv_manual_clock_advance(&w->clock, (now - was) * 1000);
        was = now;
    }
}

/* The words come in real time, the sound on the clock that is turned by hand. */
static void say_all(struct world *w)
{
    while (w->c->reply.text && w->c->reply.is_open)
        live_ms(w, 5);
    pump_until(w, IV_PHASE_LISTENING);
}

static void silent(struct world *w)
{
    w->opt.voice = (struct iv_voice){0};
}

static struct iv_turn *last_turn(struct world *w)
{
    static struct iv_turn last;
    size_t n;
    struct iv_turn *t = turns_of(w, &n);

    assert_true(n > 0);
    iv_turn_release(&last);
    last = t[n - 1];
    t[n - 1] = (struct iv_turn){0};
    iv_turns_free(t, n);
    return &last;
}

/* The built-in interviewer's own greeting for the same seed. */
static char *own_words(struct world *w)
{
    struct iv_move move;
    struct iv_error err;

    must(iv_interviewer_current(w->c->interviewer, &move, &err), &err);
    return strdup(move.text);
}

static void end_and_replay(struct world *w)
{
    struct iv_error err;

    must(iv_conversation_end(w->c, &err), &err);
    assert_replays(w);
    close_all(w);
}

/* -- what is said, and who said it -- */

struct said {
    const char *name, *script;
    const char *source; /* of the turn */
    const char *begins; /* its words; NULL: the interviewer's own, whole */
    const char *error; /* code of the message; NULL: none */
    int64_t limit_ms;
    bool speaks;
};

static const struct said said_rows[] = {
    {"a model's words are said", "Thank you for coming.", "script", "Thank you for coming. ", NULL,
     0, false},
    {"a model's words are heard", "Thank you for coming.", "script", "Thank you for coming. ", NULL,
     0, true},
    {"a model that says nothing", "", "fallback", NULL, NULL, 0, false},
    {"a model that never answers", "!hang", "fallback", NULL, "LLM_TIMEOUT", PATIENCE_MS, false},
    {"a model that never answers, heard", "!hang", "fallback", NULL, "LLM_TIMEOUT", PATIENCE_MS,
     true},
    {"a model that answers too late", "!wait=1500 Thank you for coming.", "fallback", NULL,
     "LLM_TIMEOUT", PATIENCE_MS, false},
    {"a model that stops half-way", "!hang Thank you for coming. And", "script",
     "Thank you for coming. ", "LLM_TIMEOUT", PATIENCE_MS, true},
    {"a model that drips for ever",
     "!gap=120 Well well well well well well well well well well "
     "well well well well well well well well well well well",
     "fallback", NULL, "LLM_TIMEOUT", 4 * PATIENCE_MS, false},
    {"a model that fails", "!error", "fallback", NULL, "LLM_ERROR", 0, true},
    {"a model that fails half-way", "!error Thank you for coming.", "script",
     "Thank you for coming. ", "LLM_ERROR", 0, true},
    {"a model that asks to wait", "!limit", "fallback", NULL, "LLM_RATE_LIMIT", 0, false},
    {"a model that says bytes", "!bytes", "fallback", NULL, "LLM_INVALID_RESPONSE", 0, false},
    {"a model in another language", "만나서 반갑습니다.", "fallback", NULL, NULL, 0, false},
    {"a model that promises a job", "You have got the job, congratulations.", "fallback", NULL,
     NULL, 0, false},
};

static void said_by(void **state)
{
    const struct said *r = *state;
    struct world w;
    const struct iv_turn *t;
    int64_t begun;
    char *own;

    model = NULL;
    world_make(&w, "memory", 30);
    if (!r->speaks)
        silent(&w);
    begun = real_ms();
    begin_with(&w, r->script);
    live(&w, r->speaks ? IV_PHASE_SPEAKING : IV_PHASE_LISTENING);
    assert_true(real_ms() - begun < r->limit_ms + SLACK_MS);
    own = own_words(&w);
    say_all(&w);
    t = last_turn(&w);
    assert_string_equal(t->source, r->source);
    if (r->begins)
        assert_int_equal(strncmp(t->text, r->begins, strlen(r->begins)), 0);
    else
        assert_string_equal(t->text, own);
    assert_non_null(strstr(t->text, "?")); /* whatever happened, something is asked */
    assert_int_equal(count_heard(&w, IV_MSG_error, r->error), r->error != NULL);
    assert_int_equal(count_heard(&w, IV_MSG_error, NULL), r->error != NULL);
    check_replies(&w);
    check_turns(&w);
    free(own);
    end_and_replay(&w);
    world_drop(&w);
}

/* -- while the words still come -- */

static void barge_in_between_pieces(struct world *w)
{
    struct iv_error err;

    begin_with(w,
               "!gap=60 Thank you for coming. It is good to have you here with us today. And now");
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 200);
    must(iv_conversation_interrupt(w->c, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    assert_true(strlen(last_turn(w)->text) < strlen("Thank you for coming. "));
    live_ms(w, 400); /* nothing of it comes later */
    assert_int_equal(count_heard(w, IV_MSG_turn, "speaking"), 1);
    check_replies(w);
    end_and_replay(w);
}

static void answer_before_the_first_word(struct world *w)
{
    struct iv_error err;

    begin_with(w, "!wait=200 Thank you for coming.|Thank you.");
    live_ms(w, 40);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_THINKING);
    must(answer(w, good_answer, &err), &err);
    live(w, IV_PHASE_SPEAKING);
    say_all(w);
    assert_int_equal(strncmp(last_turn(w)->text, "Thank you. ", 11), 0);
    check_replies(w);
    end_and_replay(w);
}

static void pause_before_the_first_word(struct world *w)
{
    struct iv_error err;

    begin_with(w, "!wait=200 Thank you for coming.");
    live_ms(w, 40);
    must(iv_conversation_pause(w->c, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_PAUSED);
    live_ms(w, 400);
    must(iv_conversation_resume(w->c, &err), &err);
    live(w, IV_PHASE_SPEAKING);
    say_all(w);
    assert_int_equal(strncmp(last_turn(w)->text, "Thank you for coming. ", 22), 0);
    check_replies(w);
    check_turns(w);
    end_and_replay(w);
}

static void pause_behind_the_first_word(struct world *w)
{
    struct iv_error err;

    begin_with(w,
               "!gap=60 Thank you for coming. It is good to have you here with us today. And now");
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 300);
    must(iv_conversation_pause(w->c, &err), &err);
    must(iv_conversation_resume(w->c, &err), &err);
    assert_int_equal(iv_conversation_phase(w->c), IV_PHASE_LISTENING);
    live_ms(w, 100);
    must(answer(w, good_answer, &err), &err);
    live(w, IV_PHASE_SPEAKING);
    say_all(w);
    check_replies(w);
    end_and_replay(w);
}

static void shown_words_stay(struct world *w)
{
    struct iv_error err;

    silent(w);
    begin_with(w,
               "!gap=60 Thank you for coming. It is good to have you here with us today. And now");
    live_ms(w, 500);
    must(iv_conversation_interrupt(w->c, &err), &err);
    assert_string_equal(last_turn(w)->text, "Thank you for coming.");
    check_replies(w);
    end_and_replay(w);
}

static void end_while_asked(struct world *w)
{
    struct iv_error err;
    int64_t begun;

    begin_with(w, "!hang");
    live_ms(w, 30);
    begun = real_ms();
    must(iv_conversation_end(w->c, &err), &err);
    assert_true(real_ms() - begun < PATIENCE_MS + SLACK_MS);
    assert_replays(w);
    close_all(w);
}

static void close_while_asked(struct world *w)
{
    begin_with(w, "!hang Thank you for coming. And");
    live_ms(w, 30);
    close_all(w);
}

static void late_words_stay_out(struct world *w)
{
    struct iv_error err;

    begin_with(w, "!wait=500 The zebra came.|Thank you.");
    live(w, IV_PHASE_SPEAKING);
    must(answer(w, good_answer, &err), &err);
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 600);
    say_all(w);
    assert_null(strstr(last_turn(w)->text, "zebra"));
    end_and_replay(w);
}

static void crash_between_words_and_turn(struct world *w)
{
    struct iv_error err;
    char *own;

    begin_with(w,
               "!gap=60 Thank you for coming. It is good to have you here with us today. And now");
    live(w, IV_PHASE_SPEAKING);
    own = own_words(w);
    live_ms(w, 100);
    iv_conversation_close(w->c);
    forget_heard(w); /* these listeners are gone */
    begin_with(w, "");
    say_all(w);
    assert_string_equal(last_turn(w)->text, own);
    assert_string_equal(last_turn(w)->source, "builtin");
    must(answer(w, good_answer, &err), &err);
    live(w, IV_PHASE_SPEAKING);
    say_all(w);
    check_turns(w);
    free(own);
    end_and_replay(w);
}

static void latency_counts_the_words(struct world *w)
{
    const struct iv_session *s;
    struct iv_error err;

    begin_with(w, "Thank you for coming.|!wait=150 Thank you.");
    live(w, IV_PHASE_SPEAKING);
    say_all(w);
    must(answer(w, good_answer, &err), &err);
    live(w, IV_PHASE_SPEAKING);
    s = iv_conversation_session(w->c);
    assert_int_equal(s->latency_ms_n, 1);
    assert_in_range(s->latency_ms_sum, 150, 150 + SLACK_MS);
    close_all(w);
}

/* -- a voice that takes text as it is written -- */

struct pieces {
    struct iv_tts_sink sink;
    char text[4096];
    int starts;
    bool fails;
};

static struct pieces pieces;

static bool pieces_taken(void *arg)
{
    (void)arg;
    return true;
}

static void sound_of(const char *text)
{
    static const int16_t sound[MS_PER_CHAR * 24] = {1000, -1000};

    strncat(pieces.text, text, sizeof pieces.text - strlen(pieces.text) - 1);
    for (; *text; text++)
        pieces.sink.on_audio(pieces.sink.arg, sound, IV_LEN(sound));
}

static enum iv_code pieces_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                 struct iv_error *err)
{
    (void)arg, (void)err;
    pieces.sink = *sink;
    pieces.starts++;
    pieces.text[0] = '\0';
    if (pieces.fails)
        sink->on_done(sink->arg, IV_E_TTS_ERROR, "the socket broke");
    else
        sound_of(text);
    return IV_OK;
}

static enum iv_code pieces_append(void *arg, const char *text, struct iv_error *err)
{
    (void)arg, (void)err;
    if (pieces.fails)
        return IV_OK;
    if (text)
        sound_of(text);
    else
        pieces.sink.on_done(pieces.sink.arg, IV_OK, "");
    return IV_OK;
}

static void pieces_cancel(void *arg)
{
    struct world *w = arg;

    if (pieces.sink.on_done && !pieces.fails && w->voice.starts == 0)
        pieces.sink.on_done(pieces.sink.arg, IV_E_CANCELLED, "cancelled");
}

static enum iv_code whole_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                struct iv_error *err)
{
    return voice_start(&((struct world *)arg)->voice, text, sink, err);
}

static void take_pieces(struct world *w, bool fails)
{
    pieces = (struct pieces){.fails = fails};
    w->opt.voice = (struct iv_voice){.arg = w,
                                     .start = whole_start,
                                     .cancel = pieces_cancel,
                                     .takes_pieces = pieces_taken,
                                     .start_open = pieces_start,
                                     .append = pieces_append};
}

static void pieces_are_one_utterance(struct world *w)
{
    take_pieces(w, false);
    begin_with(w, "!gap=20 Thank you for coming. It is good to have you here.");
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 600);
    say_all(w);
    assert_int_equal(pieces.starts, 1);
    assert_string_equal(pieces.text, last_turn(w)->text);
    check_replies(w);
    end_and_replay(w);
}

static void pieces_are_cut(struct world *w)
{
    struct iv_error err;

    take_pieces(w, false);
    begin_with(w,
               "!gap=60 Thank you for coming. It is good to have you here with us today. And now");
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 300);
    must(iv_conversation_interrupt(w->c, &err), &err);
    check_replies(w);
    live_ms(w, 50);
    end_and_replay(w);
}

static void broken_pieces_are_said_whole(struct world *w)
{
    take_pieces(w, true);
    begin_with(w, "!gap=20 Thank you for coming. It is good to have you here.");
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 600);
    assert_true(w->voice.starts > 0);
    say_all(w);
    assert_int_equal(count_heard(w, IV_MSG_error, NULL), 0); /* all of it was heard */
    end_and_replay(w);
}

/* -- sound that is still being made -- */

static void cut_of_half_a_clause(struct world *w)
{
    struct iv_error err;

    w->voice.threaded = true;
    begin_with(w, "Thank you for coming. It is good to have you here.");
    live(w, IV_PHASE_SPEAKING);
    live_ms(w, 30);
    must(iv_conversation_interrupt(w->c, &err), &err);
    live_ms(w, 50);
    end_and_replay(w);
}

/* -- by commands -- */

static void commands_print_what_was_said(void **state)
{
    struct iv_config *config = NULL;
    struct iv_session_spec spec = spec_of(30);
    struct iv_answer a = {.text = good_answer, .confidence = 1, .source = "typed"};
    struct world w = {0};
    iv_json *out = NULL;
    struct iv_error err;
    char *next;

    (void)state;
    iv_manual_clock_init(&w.clock, T0);
    must(iv_config_new(&config, &err), &err);
    must(iv_config_set(config, "llm.engine", "script:Thank you for coming. ", IV_FROM_FLAG, "",
                       &err),
         &err);
    must(iv_ctx_new(config, NULL, &w.clock.clock, &w.ctx, &err), &err);
    must(iv_store_open(w.ctx, "memory", "", &w.store, &err), &err);
    must(iv_op_create(w.ctx, w.store, &spec, &out, &err), &err);
    SET_TEXT(w.id, iv_json_get_str(out, "session_id", ""));
    iv_json_free(out);
    must(iv_op_ask(w.ctx, w.store, w.id, &out, &err), &err);
    assert_int_equal(strncmp(iv_json_get_str(out, "text", ""), "Thank you for coming. ", 22), 0);
    assert_string_equal(iv_json_get_str(out, "text", ""), last_turn(&w)->text);
    assert_non_null(strstr(iv_json_get_str(out, "question", ""), "?"));
    assert_null(strstr(iv_json_get_str(out, "question", ""), "Thank you"));
    iv_json_free(out);
    must(iv_op_answer(w.ctx, w.store, w.id, &a, &out, &err), &err);
    assert_string_equal(iv_json_get_str(out, "reply", ""), last_turn(&w)->text);
    next = strdup(iv_json_get_str(out, "next_question", ""));
    iv_json_free(out);
    must(iv_op_ask(w.ctx, w.store, w.id, &out, &err), &err); /* and again: the same */
    assert_string_equal(iv_json_get_str(out, "question", ""), next);
    iv_json_free(out);
    free(next);
    iv_store_close(w.store);
    iv_ctx_free(w.ctx);
    iv_config_free(config);
}

/* -- where a question begins -- */

static const struct cut {
    const char *name, *text, *question;
} cuts[] = {
    {"the question behind thanks", "Thank you. What did you do?", "What did you do?"},
    {"two questions stay together", "I see. What did you do? And why?",
     "What did you do? And why?"},
    {"a title is no end", "Fine. What did Dr. Kim say?", "What did Dr. Kim say?"},
    {"a wish is the last sentence", "I see. Tell me more about it.", "Tell me more about it."},
    {"one sentence", "What did you do?", "What did you do?"},
    {"Korean", "그렇군요. 무엇이 가장 어려웠나요?", "무엇이 가장 어려웠나요?"},
    {"Japanese", "なるほど。何が一番難しかったですか。", "何が一番難しかったですか。"},
    {"nothing", "", ""},
};

static void question_begins(void **state)
{
    const struct cut *r = *state;

    assert_string_equal(r->text + iv_clause_question(r->text), r->question);
}

static void talk_anew(void **state)
{
    model = NULL;
    talk(state);
}

static const struct talk talks[] = {
    {"a barge-in while words still come", barge_in_between_pieces, "memory", 30},
    {"an answer before the first word", answer_before_the_first_word, "memory", 30},
    {"a pause before the first word asks after it", pause_before_the_first_word, "sqlite", 30},
    {"a pause behind the first word cuts", pause_behind_the_first_word, "memory", 30},
    {"words that were shown stay", shown_words_stay, "memory", 30},
    {"an end while the model is asked", end_while_asked, "memory", 30},
    {"a close while the model is asked", close_while_asked, "memory", 30},
    {"words that come too late stay out", late_words_stay_out, "memory", 30},
    {"a crash between words and turn", crash_between_words_and_turn, "sqlite", 30},
    {"the latency counts the words", latency_counts_the_words, "memory", 30},
    {"pieces are one utterance", pieces_are_one_utterance, "memory", 30},
    {"pieces are cut", pieces_are_cut, "memory", 30},
    {"pieces that break are said whole", broken_pieces_are_said_whole, "memory", 30},
    {"a cut of half a clause", cut_of_half_a_clause, "memory", 30},
};

int main(void)
{
    TABLE_ROWS(said_by, said_rows);
    TABLE_ROWS(talk_anew, talks);
    TABLE_ROWS(question_begins, cuts);
    table_add("commands print what was said", commands_print_what_was_said, NULL);
    return table_run("conversation_words");
}

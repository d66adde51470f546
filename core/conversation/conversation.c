/* conversation.c - the turn engine's state machine and its entry points. */
#include "iv/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/config.h"

#define IDLE_WAIT_MS 200
#define ASIDE_BYTES 60 /* ten words, twenty syllables */
#define PROMPT_AFTER_S 12

static void run_clock(struct iv_conversation *c)
{
    c->resumed_us = iv_mono_us(c->clock);
    c->clock_runs = true;
}

static void stop_clock(struct iv_conversation *c)
{
    c->base_ms = (int64_t)iv_engine_now_ms(c);
    c->clock_runs = false;
}

/* An input, or one pump, happens at one instant: what it notes, keeps and says bears one time, so that a replay finds the same. */
static void begin_instant(struct iv_conversation *c)
{
    c->instant_ms = -1;
    c->instant_ms = (int64_t)iv_engine_now_ms(c);
}

static enum iv_code end_instant(struct iv_conversation *c, enum iv_code rc)
{
    c->instant_ms = -1;
    return rc;
}

static int64_t remaining(const struct iv_conversation *c)
{
    return iv_session_remaining_ms(&c->session, iv_wall_ms(c->clock));
}

static enum iv_code load(struct iv_conversation *c, const char *id, struct iv_error *err)
{
    struct iv_turn *turns = NULL;
    size_t n = 0;
    enum iv_code rc = iv_store_session_get(c->store, id, &c->session, err);

    if (!rc && iv_session_is_over(&c->session))
        rc = iv_fail(err,
                     c->session.status == IV_SESSION_EXPIRED ? IV_E_SESSION_EXPIRED : IV_E_STATE,
                     "session %s is %s", id, iv_status_name(c->session.status));
    if (!rc)
        rc = iv_store_turns(c->store, id, &turns, &n, err);
    c->next_turn = (int64_t)n;
    c->base_ms = iv_session_active_ms(&c->session, iv_wall_ms(c->clock));
    iv_turns_free(turns, n);
    if (!rc)
        rc = iv_engine_load_state(c, err);
    return rc;
}

enum iv_code iv_conversation_open(iv_ctx *ctx, iv_store *store, const char *session_id,
                                  const struct iv_conversation_options *options,
                                  const struct iv_conversation_sink *sink, iv_conversation **out,
                                  struct iv_error *err)
{
    struct iv_conversation *c = iv_alloc(sizeof *c);
    enum iv_code rc;

    *out = NULL;
    if (!c)
        return iv_fail(err, IV_E_NOMEM, "conversation: out of memory");
    c->ctx = ctx;
    c->store = store;
    c->clock = iv_ctx_clock(ctx);
    c->instant_ms = -1;
    c->opt = *options;
    c->sink = *sink;
    iv_news_init(&c->news, sink);
    iv_speech_queue_init(&c->queue, &c->news);
    rc = load(c, session_id, err);
    if (!rc)
        rc = iv_words_open(c, err);
    if (!rc && c->opt.avatar)
        rc = iv_face_open(c, err);
    if (rc)
        iv_conversation_close(c);
    else
        *out = c;
    return rc;
}

void iv_conversation_close(iv_conversation *c)
{
    if (!c)
        return;
    iv_ear_close(c);
    iv_words_close(c);
    iv_guess_drop(c);
    iv_engine_stop_voice(c);
    iv_engine_reply_release(&c->reply);
    iv_speech_queue_release(&c->queue);
    iv_news_release(&c->news);
    iv_face_close(c);
    iv_engine_events_release(c);
    iv_interviewer_free(c->interviewer);
    iv_json_free(c->committed);
    iv_json_free(c->result);
    free(c);
}

/* The store refused the step: the interviewer forgets what it decided. */
static void roll_back(struct iv_conversation *c, const struct iv_session *before)
{
    struct iv_error ignored;
    iv_interviewer *old = NULL;

    c->session = *before;
    iv_engine_reply_release(&c->reply);
    if (iv_engine_interviewer(c, c->committed, &old, &ignored))
        return;
    iv_interviewer_free(c->interviewer);
    c->interviewer = old;
}

/* A move is kept before anything is heard of it. */
static enum iv_code carry_out(struct iv_conversation *c, const struct iv_move *move,
                              const struct iv_turn *answer, const struct iv_session *before,
                              struct iv_error *err)
{
    enum iv_code rc = iv_engine_take_move(c, move, err);

    if (!rc)
        rc = iv_engine_save_state(c, answer, err);
    if (rc) {
        roll_back(c, before);
        return rc;
    }
    return IV_OK;
}

static iv_json *input(const char *name)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "in", name);
    return j;
}

static enum iv_code greet(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_session before = c->session;
    struct iv_move move;
    struct iv_msg m = {.type = IV_MSG_session_started};
    enum iv_code rc = iv_session_start(&c->session, iv_wall_ms(c->clock), err);

    if (rc)
        return rc;
    run_clock(c);
    iv_engine_note(c, input("start"));
    rc = iv_interviewer_greet(c->interviewer, remaining(c), &move, err);
    if (!rc)
        rc = carry_out(c, &move, NULL, &before, err);
    if (rc) { /* not begun: nothing of it stays */
        c->session = before;
        c->clock_runs = false;
        iv_engine_forget(c, 0);
        return rc;
    }
    m.session_started.session_id = c->session.id;
    m.session_started.message = c->reply.text;
    iv_engine_emit(c, &m);
    return iv_engine_begin_reply(c, err);
}

static enum iv_code resume_session(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_session s;
    enum iv_code rc = iv_store_change(c->store, c->session.id, iv_session_resume, &s, err);

    if (!rc)
        c->session = s;
    return rc;
}

static enum iv_code do_start(struct iv_conversation *c, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    if (c->phase != IV_PHASE_IDLE)
        return iv_fail(err, IV_E_STATE, "session %s runs already", c->session.id);
    if (c->session.status == IV_SESSION_CREATED)
        return greet(c, err);
    if (c->session.status == IV_SESSION_PAUSED) {
        rc = resume_session(c, err);
    }
    if (rc)
        return rc;
    run_clock(c);
    iv_conversation_alive(c);
    iv_engine_note(c, input("continue"));
    c->phase = IV_PHASE_LISTENING;
    if (c->is_said)
        return iv_engine_finish(c, err);
    if (c->reply.text)
        return iv_engine_begin_reply(c, err);
    iv_engine_turn_message(c);
    return IV_OK;
}

static bool is_running(const struct iv_conversation *c)
{
    return c->phase == IV_PHASE_LISTENING || c->phase == IV_PHASE_SPEAKING ||
           c->phase == IV_PHASE_THINKING;
}

static enum iv_code need_running(const struct iv_conversation *c, struct iv_error *err)
{
    if (is_running(c) && c->is_said)
        return iv_fail(err, IV_E_STATE, "session %s: all is said, its result is still to be kept",
                       c->session.id);
    if (is_running(c))
        return IV_OK;
    return iv_fail(err, IV_E_STATE, "session %s is %s", c->session.id,
                   c->phase == IV_PHASE_PAUSED ? "paused"
                   : c->phase == IV_PHASE_IDLE ? "not started"
                                               : iv_status_name(c->session.status));
}

static enum iv_code check_answer(const struct iv_answer *a, struct iv_error *err)
{
    size_t len = strlen(a->text);

    if (len > ANSWER_MAX_BYTES)
        return iv_fail(err, IV_E_TOO_LARGE, "answer of %zu bytes: at most %u are taken", len,
                       ANSWER_MAX_BYTES);
    if (!iv_utf8_valid(a->text, len))
        return iv_fail(err, IV_E_DATA, "answer: not valid UTF-8");
    if (iv_text_is_blank(a->text))
        return iv_fail(err, IV_E_USAGE, "answer: it is empty");
    return IV_OK;
}

/* [[text, start_ms, end_ms, confidence], ...] */
static iv_json *words_json(const struct iv_answer *a)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < a->n_words; i++) {
        iv_json *row = iv_json_array();

        iv_json_append(row, iv_json_str(a->words[i].text));
        iv_json_append(row, iv_json_int(a->words[i].start_ms));
        iv_json_append(row, iv_json_int(a->words[i].end_ms));
        iv_json_append(row, iv_json_num((double)a->words[i].confidence));
        iv_json_append(list, row);
    }
    return list;
}

static void note_answer(struct iv_conversation *c, const struct iv_answer *a)
{
    iv_json *j = input("answer");

    iv_json_set_str(j, "text", a->text);
    iv_json_set_num(j, "confidence", (double)a->confidence);
    iv_json_set_int(j, "spoken_ms", (int64_t)a->spoken_ms);
    iv_json_set_str(j, "source", a->source);
    if (a->n_words)
        iv_json_set(j, "words", words_json(a));
    iv_engine_note(c, j);
}

static enum iv_code make_turn(struct iv_conversation *c, const struct iv_answer *a,
                              const char *question_id, struct iv_turn *out, struct iv_error *err)
{
    uint64_t now = iv_engine_now_ms(c), start = now > a->spoken_ms ? now - a->spoken_ms : 0;
    iv_json *words = NULL;
    enum iv_code rc = IV_OK;

    if (start < c->listening_since_ms)
        start = c->listening_since_ms;
    *out = (struct iv_turn){.number = c->next_turn,
                            .speaker = IV_CANDIDATE,
                            .kind = IV_TURN_ANSWER,
                            .text = iv_text_clean(a->text),
                            .start_ms = (int64_t)start,
                            .end_ms = (int64_t)now,
                            .wall_ms = iv_wall_ms(c->clock),
                            .confidence = a->confidence};
    if (!out->text)
        return iv_fail(err, IV_E_NOMEM, "answer: out of memory");
    snprintf(out->question_id, sizeof out->question_id, "%s", question_id);
    snprintf(out->source, sizeof out->source, "%s", a->source);
    if (a->n_words) {
        words = words_json(a);
        rc = iv_json_text(words, &out->words_json, NULL, err);
        iv_json_free(words);
    }
    return rc;
}

static void count_answer(struct iv_conversation *c, const struct iv_turn *turn)
{
    c->session.message_count++;
    c->session.responses_received++;
    c->session.response_ms_sum += turn->start_ms - (int64_t)c->listening_since_ms;
    c->session.response_ms_n++;
    c->answer_end_ms = (uint64_t)turn->end_ms;
    c->wants_latency = true;
}

/* The question that the answer belongs to: asked before the move that answers it. */
static enum iv_code current_question(struct iv_conversation *c, char out[96], struct iv_error *err)
{
    struct iv_move move;
    enum iv_code rc = iv_interviewer_current(c->interviewer, &move, err);

    out[0] = '\0';
    if (!rc)
        snprintf(out, 96, "%s", move.question_id);
    return rc;
}

/* Who could read the question already may answer it before it is heard, but not in so few words. */
static bool is_aside(const struct iv_conversation *c, const struct iv_answer *a)
{
    return c->is_unasked && strlen(a->text) < ASIDE_BYTES;
}

/* "Hello" into the greeting, "one moment" into a bridge: said before there was a question, so the question is asked now. */
static enum iv_code take_aside(struct iv_conversation *c, const struct iv_answer *a,
                               struct iv_error *err)
{
    struct iv_session before = c->session;
    size_t noted = c->n_events;
    struct iv_turn turn = {0};
    struct iv_move move;
    enum iv_code rc = make_turn(c, a, "", &turn, err);

    turn.kind = IV_TURN_REMARK;
    if (!rc)
        rc = iv_interviewer_repeat(c->interviewer, &move, err);
    if (rc)
        goto out;
    note_answer(c, a);
    c->session.message_count++;
    rc = carry_out(c, &move, &turn, &before, err);
    if (rc)
        iv_engine_forget(c, noted);
out:
    iv_turn_release(&turn);
    return rc;
}

static enum iv_code take_answer(struct iv_conversation *c, const struct iv_answer *a,
                                struct iv_error *err)
{
    struct iv_session before = c->session;
    size_t noted = c->n_events;
    char question_id[96] = "";
    struct iv_turn turn = {0};
    struct iv_move move;
    enum iv_code rc = current_question(c, question_id, err);

    if (!rc)
        rc = make_turn(c, a, question_id, &turn, err);
    if (!rc)
        rc = iv_interviewer_answer(c->interviewer, turn.text, (int64_t)a->spoken_ms, remaining(c),
                                   &move, err);
    if (rc)
        goto out;
    note_answer(c, a);
    count_answer(c, &turn);
    rc = carry_out(c, &move, &turn, &before, err);
    if (rc) {
        c->wants_latency = false;
        iv_engine_forget(c, noted);
    } else {
        c->answered_turn = turn.number;
    }
out:
    iv_turn_release(&turn);
    return rc;
}

static enum iv_code do_answer(struct iv_conversation *c, const struct iv_answer *a,
                              struct iv_error *err)
{
    struct iv_msg m = {.type = IV_MSG_stt_final,
                       .stt_final = {.transcript = a->text,
                                     .confidence = (double)a->confidence,
                                     .is_final = true}};
    enum iv_code rc = need_running(c, err);
    bool is_spoken;

    if (!rc)
        rc = check_answer(a, err);
    if (!rc && c->reply.text)
        rc = iv_engine_cut_reply(c, err);
    if (!rc && c->phase == IV_PHASE_ENDED)
        return IV_OK; /* the closing words were cut: nothing is left to answer */
    is_spoken = !strcmp(a->source, "speech");
    if (!rc)
        rc = is_spoken && is_aside(c, a) ? take_aside(c, a, err) : take_answer(c, a, err);
    if (rc)
        return rc;
    if (is_spoken)
        iv_engine_emit(c, &m);
    return iv_engine_begin_reply(c, err);
}

static enum iv_code do_interrupt(struct iv_conversation *c, struct iv_error *err)
{
    size_t noted = c->n_events;
    enum iv_code rc = need_running(c, err);

    if (rc)
        return rc;
    iv_engine_note_cut(c);
    iv_engine_note(c, input("interrupt"));
    rc = iv_engine_cut_reply(c, err);
    if (rc)
        iv_engine_forget(c, noted);
    return rc;
}

enum iv_code iv_engine_answer(struct iv_conversation *c, const struct iv_answer *a,
                              struct iv_error *err)
{
    return do_answer(c, a, err);
}

enum iv_code iv_engine_interrupt(struct iv_conversation *c, struct iv_error *err)
{
    return do_interrupt(c, err);
}

/* While nobody listens what is said is lost. */
static enum iv_code do_hear(struct iv_conversation *c, const int16_t *samples, size_t n,
                            uint32_t rate_hz, struct iv_error *err)
{
    if (!is_running(c) || c->is_said || c->is_held)
        return IV_OK;
    return iv_engine_hear(c, samples, n, rate_hz, err);
}

static enum iv_code do_hear_begin(struct iv_conversation *c, struct iv_error *err)
{
    if (!is_running(c) || c->is_said || c->is_held)
        return iv_fail(err, IV_E_STATE, "speech: nobody listens now");
    return iv_engine_hear_begin(c, err);
}

typedef enum iv_code (*interviewer_move)(struct iv_conversation *c, struct iv_move *move,
                                         struct iv_error *err);

static enum iv_code ask_skip(struct iv_conversation *c, struct iv_move *m, struct iv_error *err)
{
    return iv_interviewer_skip(c->interviewer, remaining(c), m, err);
}

static enum iv_code ask_repeat(struct iv_conversation *c, struct iv_move *m, struct iv_error *err)
{
    return iv_interviewer_repeat(c->interviewer, m, err);
}

static enum iv_code ask_silence(struct iv_conversation *c, struct iv_move *m, struct iv_error *err)
{
    enum iv_code rc = iv_interviewer_silence(c->interviewer, m, err);

    c->is_prompted |= !rc;
    return rc;
}

static enum iv_code ask_time_up(struct iv_conversation *c, struct iv_move *m, struct iv_error *err)
{
    return iv_interviewer_time_up(c->interviewer, m, err);
}

/* A move that no answer caused. */
static enum iv_code move_on(struct iv_conversation *c, const char *name, interviewer_move ask,
                            struct iv_error *err)
{
    struct iv_session before;
    struct iv_move move;
    size_t noted;
    enum iv_code rc = need_running(c, err);

    if (!rc && c->reply.text)
        rc = iv_engine_cut_reply(c, err);
    if (rc || c->phase == IV_PHASE_ENDED)
        return rc;
    before = c->session;
    noted = c->n_events;
    if (name)
        iv_engine_note(c, input(name));
    rc = ask(c, &move, err);
    if (!rc)
        rc = carry_out(c, &move, NULL, &before, err);
    if (rc)
        iv_engine_forget(c, noted);
    return rc ? rc : iv_engine_begin_reply(c, err);
}

static enum iv_code do_skip(struct iv_conversation *c, struct iv_error *err)
{
    return move_on(c, "skip", ask_skip, err);
}

static enum iv_code do_repeat(struct iv_conversation *c, struct iv_error *err)
{
    return move_on(c, "repeat", ask_repeat, err);
}

static enum iv_code do_silence(struct iv_conversation *c, struct iv_error *err)
{
    enum iv_code rc;

    if (is_running(c) && c->is_prompted)
        return IV_OK;
    rc = move_on(c, "silence", ask_silence, err);
    c->is_prompted &= !rc;
    return rc;
}

/* What nobody heard yet is asked after the pause; of the rest what was said stands. */
static enum iv_code be_silent(struct iv_conversation *c, struct iv_error *err)
{
    if (!iv_engine_is_unheard(c))
        return iv_engine_cut_reply(c, err);
    iv_engine_hold_reply(c);
    return IV_OK;
}

static enum iv_code do_pause(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_session before;
    size_t noted;
    enum iv_code rc = need_running(c, err);

    if (!rc)
        rc = be_silent(c, err);
    if (rc || c->phase == IV_PHASE_ENDED)
        return rc;
    before = c->session;
    noted = c->n_events;
    iv_engine_note(c, input("pause"));
    stop_clock(c);
    rc = iv_session_pause(&c->session, iv_wall_ms(c->clock), err);
    if (!rc)
        rc = iv_engine_save_state(c, NULL, err);
    if (rc) {
        c->session = before;
        iv_engine_forget(c, noted);
        run_clock(c);
        if (c->reply.text)
            iv_engine_begin_reply(c, NULL);
        return rc;
    }
    c->phase = IV_PHASE_PAUSED;
    iv_ear_forget(c);
    iv_engine_turn_message(c);
    return IV_OK;
}

static enum iv_code do_resume(struct iv_conversation *c, struct iv_error *err)
{
    enum iv_code rc;

    if (c->phase != IV_PHASE_PAUSED)
        return iv_fail(err, IV_E_STATE, "session %s is not paused", c->session.id);
    rc = resume_session(c, err);
    if (rc)
        return rc;
    run_clock(c);
    iv_engine_note(c, input("resume"));
    c->phase = IV_PHASE_LISTENING;
    if (c->reply.text)
        return iv_engine_begin_reply(c, err);
    iv_engine_turn_message(c);
    return IV_OK;
}

static enum iv_code do_end(struct iv_conversation *c, struct iv_error *err)
{
    struct iv_session before;
    size_t noted;
    enum iv_code rc = IV_OK;

    if (c->phase == IV_PHASE_ENDED)
        return IV_OK;
    if (c->reply.text && c->phase != IV_PHASE_IDLE)
        rc = iv_engine_cut_reply(c, err);
    if (rc == IV_E_STATE) /* another ended it: no turn is taken any more */
        rc = IV_OK;
    if (rc || c->phase == IV_PHASE_ENDED)
        return rc;
    before = c->session;
    noted = c->n_events;
    iv_engine_note(c, input("end"));
    if (!c->is_said) /* said to the end, it is completed */
        rc = iv_session_end(&c->session, iv_wall_ms(c->clock), err);
    if (!rc)
        rc = iv_engine_finish(c, err);
    if (rc) {
        c->session = before;
        iv_engine_forget(c, noted);
    }
    return rc;
}

/* Time is up while the candidate has the word: say so and close; what the closing takes is not the candidate's time. */
static enum iv_code watch_time(struct iv_conversation *c, struct iv_error *err)
{
    if (c->phase != IV_PHASE_LISTENING || c->reply.text || remaining(c) > 0)
        return IV_OK;
    return move_on(c, NULL, ask_time_up, err);
}

/* A recording holds what came of this as an input. */
static enum iv_code watch_silence(struct iv_conversation *c, struct iv_error *err)
{
    const struct iv_config *config = iv_ctx_config(c->ctx);
    uint64_t patience_ms =
        config ? (uint64_t)config->turn_prompt_after_s * 1000 : PROMPT_AFTER_S * 1000;
    uint64_t since = c->alive_ms > c->listening_since_ms ? c->alive_ms : c->listening_since_ms;

    if (!iv_ear_is_idle(c))
        c->alive_ms = iv_engine_now_ms(c);
    else if (patience_ms && !c->opt.unattended && c->phase == IV_PHASE_LISTENING &&
             !c->reply.text && iv_engine_now_ms(c) >= since + patience_ms)
        return do_silence(c, err);
    return IV_OK;
}

static int next_wait(const struct iv_conversation *c)
{
    uint64_t now = iv_engine_now_ms(c), next = now + IDLE_WAIT_MS, end;
    int64_t left = remaining(c);

    if (c->reply.text && c->reply.is_open) {
        next = now + (c->reply.handed < c->reply.ready.len ? 10 : 50);
    } else if (c->reply.text && c->reply.is_hushed) {
        next = now + 20;
    } else if (c->reply.text && iv_engine_speaks(c)) {
        end = c->reply.end_sample / SAMPLES_PER_MS + 1;
        if (c->reply.clause_open || c->reply.handed < c->reply.ready.len)
            next = now + 10;
        else if (end < next)
            next = end;
    } else if (left > 0 && now + (uint64_t)left < next) {
        next = now + (uint64_t)left;
    }
    if (iv_face_next_ms(c) < next)
        next = iv_face_next_ms(c);
    return next > now ? (int)(next - now) : 1;
}

static int do_pump(struct iv_conversation *c)
{
    struct iv_error err;
    enum iv_code rc;

    if (!is_running(c) || c->is_held)
        return IDLE_WAIT_MS;
    rc = c->is_said ? iv_engine_finish(c, &err) : iv_engine_pump_reply(c, &err);
    if (!rc && c->phase != IV_PHASE_ENDED)
        rc = iv_face_pump(c, &err);
    if (!rc && is_running(c) && !c->is_said)
        iv_ear_pump(c);
    if (!rc && !c->is_said)
        rc = watch_time(c, &err);
    if (!rc && is_running(c) && !c->is_said)
        rc = watch_silence(c, &err);
    if (rc == IV_E_STATE && iv_engine_ended_by_another(c))
        rc = iv_engine_finish(c, &err);
    if (rc) {
        struct iv_msg m = {.type = IV_MSG_error,
                           .error = {.code = iv_code_info(rc)->slug, .message = err.text}};

        iv_engine_emit(c, &m);
        return IDLE_WAIT_MS;
    }
    return next_wait(c);
}

enum iv_code iv_conversation_start(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_start(c, err));
}

enum iv_code iv_conversation_interrupt(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_interrupt(c, err));
}

enum iv_code iv_conversation_skip(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_skip(c, err));
}

enum iv_code iv_conversation_repeat(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_repeat(c, err));
}

enum iv_code iv_conversation_silence(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_silence(c, err));
}

enum iv_code iv_conversation_pause(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_pause(c, err));
}

enum iv_code iv_conversation_resume(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_resume(c, err));
}

enum iv_code iv_conversation_end(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_end(c, err));
}

/* What was being said out loud meanwhile was for nobody. */
static enum iv_code take_typed(iv_conversation *c, const struct iv_answer *a, struct iv_error *err)
{
    enum iv_code rc = do_answer(c, a, err);

    if (!rc)
        iv_ear_forget(c);
    return rc;
}

enum iv_code iv_conversation_answer(iv_conversation *c, const struct iv_answer *a,
                                    struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, take_typed(c, a, err));
}

enum iv_code iv_conversation_hear(iv_conversation *c, const int16_t *samples, size_t n,
                                  uint32_t rate_hz, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_hear(c, samples, n, rate_hz, err));
}

enum iv_code iv_conversation_hear_begin(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, do_hear_begin(c, err));
}

bool iv_conversation_has_word(const iv_conversation *c)
{
    return iv_ear_has_word(c);
}

enum iv_code iv_conversation_hear_end(iv_conversation *c, struct iv_error *err)
{
    begin_instant(c);
    return end_instant(c, iv_engine_hear_end(c, err));
}

int iv_conversation_pump(iv_conversation *c)
{
    int wait;

    begin_instant(c);
    wait = do_pump(c);
    end_instant(c, IV_OK);
    return wait;
}

void iv_conversation_alive(iv_conversation *c)
{
    c->alive_ms = iv_engine_now_ms(c);
}

void iv_conversation_hold(iv_conversation *c, bool hold)
{
    if (hold && is_running(c) && !c->is_held) {
        stop_clock(c);
        c->is_held = true;
    } else if (!hold && c->is_held) {
        c->is_held = false;
        run_clock(c);
    }
}

enum iv_phase iv_conversation_phase(const iv_conversation *c)
{
    return c->phase;
}
uint64_t iv_conversation_now_ms(const iv_conversation *c)
{
    return iv_engine_now_ms(c);
}
const struct iv_session *iv_conversation_session(const iv_conversation *c)
{
    return &c->session;
}
const iv_json *iv_conversation_result(const iv_conversation *c)
{
    return c->result;
}

/* test_conversation.c - the turn engine: a clock turned by hand, a voice of the test, a store that can be made to fail. */
#include "table.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "iv/operations.h"

#define T0 1700000000000ll
#define MINUTE 60000ll
#define MS_PER_CHAR 40

static const char good_answer[] =
    "I led the migration of our billing service. First I measured the slow queries, then I added "
    "an index and a cache, and as a result the response time fell from 900 to 120 milliseconds.";

/* -- a voice: so many milliseconds of sound for each character, and faults -- */

enum fault { NONE, FAILS_TO_START, FAILS_IN_THE_MIDDLE, NEVER_SOUNDS };
struct voice {
    enum fault fault;
    bool threaded;
    unsigned late_us; /* how long a cancelled utterance takes to notice */
    pthread_t thread;
    bool has_thread;
    atomic_bool cancelled;
    char text[2048];
    struct iv_tts_sink sink;
    int starts, cancels;
};

static void deliver(struct voice *v)
{
    static const int16_t sound[MS_PER_CHAR * 24] = {1000, -1000};
    size_t chars = iv_utf8_chars(v->text);

    for (size_t i = 0; i < chars && v->fault != NEVER_SOUNDS; i++) {
        struct iv_phoneme ph = {(uint32_t)i * MS_PER_CHAR, (uint32_t)(i + 1) * MS_PER_CHAR, "a"};

        if (v->threaded && i % 8 == 7)
            usleep(200);
        if (v->cancelled) {
            usleep(v->late_us);
            v->sink.on_audio(v->sink.arg, sound, IV_LEN(sound)); /* one piece was under way */
            v->sink.on_done(v->sink.arg, IV_E_CANCELLED, "cancelled");
            return;
        }
        if (v->fault == FAILS_IN_THE_MIDDLE && i == chars / 2) {
            v->sink.on_done(v->sink.arg, IV_E_TTS_ERROR, "the voice broke");
            return;
        }
        v->sink.on_phonemes(v->sink.arg, &ph, 1, IV_PHONES_ESPEAK);
        v->sink.on_audio(v->sink.arg, sound, IV_LEN(sound));
    }
    v->sink.on_done(v->sink.arg, IV_OK, "");
}

static void *voice_thread(void *arg)
{
    deliver(arg);
    return NULL;
}

static void voice_join(struct voice *v)
{
    if (v->has_thread)
        pthread_join(v->thread, NULL);
    v->has_thread = false;
}

static enum iv_code voice_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                struct iv_error *err)
{
    struct voice *v = arg;

    v->starts++;
    if (v->fault == FAILS_TO_START)
        return iv_fail(err, IV_E_TTS_ERROR, "the voice does not start");
    voice_join(v); /* the one before must be done */
    snprintf(v->text, sizeof v->text, "%s", text);
    v->sink = *sink;
    v->cancelled = false;
    if (!v->threaded) {
        deliver(v);
        return IV_OK;
    }
    v->has_thread = !pthread_create(&v->thread, NULL, voice_thread, v);
    return IV_OK;
}

static void voice_cancel(void *arg)
{
    struct voice *v = arg;

    v->cancels++;
    v->cancelled = true;
}

/* -- the world of one test -- */

struct heard {
    enum iv_msg_type type;
    char *text; /* of llm_response, stt_final, session_started; state of turn; code of error */
    bool done;
    int64_t at_ms, n;
};
struct world {
    char dir[64], path[96];
    struct iv_manual_clock clock;
    iv_ctx *ctx;
    iv_store *store;
    char id[IV_ID_BYTES];
    struct voice voice;
    struct iv_conversation_options opt;
    iv_conversation *c;
    struct heard *heard;
    size_t n_heard, cap_heard;
    uint64_t audio_end; /* sample after the last piece */
    int pieces, overlaps, cuts, frames, wrong_frames;
    uint64_t cut_at, last_frame_ms;
    bool answer_was_stored;
};

static void on_message(void *arg, const struct iv_msg *m)
{
    struct world *w = arg;
    struct heard h = {.type = m->type};
    const char *text = NULL;

    if (w->n_heard == w->cap_heard) {
        w->cap_heard = w->cap_heard ? 2 * w->cap_heard : 256;
        w->heard = realloc(w->heard, w->cap_heard * sizeof *w->heard);
        assert_non_null(w->heard);
    }
    switch (m->type) {
    case IV_MSG_llm_response:
        text = m->llm_response.text;
        h.done = m->llm_response.done;
        break;
    case IV_MSG_session_started:
        text = m->session_started.message;
        break;
    case IV_MSG_turn:
        text = m->turn.state;
        break;
    case IV_MSG_error:
        text = m->error.code;
        break;
    case IV_MSG_session_ended:
        text = m->session_ended.status;
        h.done = m->session_ended.summary && m->session_ended.feedback;
        break;
    case IV_MSG_tts_audio:
        h.at_ms = m->tts_audio.at_ms;
        h.n = m->tts_audio.duration_ms;
        break;
    case IV_MSG_stt_final: {
        struct iv_turn *turns;
        size_t n;

        text = m->stt_final.transcript;
        if (!iv_store_turns(w->store, w->id, &turns, &n, NULL)) {
            w->answer_was_stored = n && !strcmp(turns[n - 1].text, text);
            iv_turns_free(turns, n);
        }
        break;
    }
    default:
        break;
    }
    h.text = text ? strdup(text) : NULL;
    w->heard[w->n_heard++] = h;
}

static void on_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct world *w = arg;

    (void)samples;
    w->pieces++;
    w->overlaps += at_sample < w->audio_end;
    w->audio_end = at_sample + n;
}

static void on_cut(void *arg, uint64_t at_sample)
{
    struct world *w = arg;

    w->cuts++;
    w->cut_at = at_sample;
    w->audio_end = at_sample;
}

static void on_frame(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms)
{
    struct world *w = arg;

    (void)p;
    w->wrong_frames += number != (uint64_t)w->frames;
    w->wrong_frames += w->frames && at_ms != w->last_frame_ms + 40;
    w->last_frame_ms = at_ms;
    w->frames++;
}

static void must(enum iv_code rc, const struct iv_error *err)
{
    if (rc)
        fail_msg("%s: %s", iv_code_info(rc)->slug, err->text);
}

static void open_conversation(struct world *w)
{
    struct iv_conversation_sink sink = {.arg = w,
                                        .message = on_message,
                                        .audio = on_audio,
                                        .cut = on_cut,
                                        .frame = w->opt.avatar ? on_frame : NULL};
    struct iv_error err;

    must(iv_conversation_open(w->ctx, w->store, w->id, &w->opt, &sink, &w->c, &err), &err);
}

static struct iv_session_spec spec_of(int minutes)
{
    struct iv_session_spec spec;

    iv_session_spec_init(&spec);
    strcpy(spec.user_id, "u1");
    spec.lang = IV_LANG_EN;
    spec.type = IV_TYPE_TECHNICAL;
    spec.duration_minutes = minutes;
    spec.seed = 42;
    spec.has_seed = true;
    return spec;
}

static void world_make(struct world *w, const char *backend, int minutes)
{
    struct iv_session_spec spec = spec_of(minutes);
    struct iv_error err;
    iv_json *made;

    *w = (struct world){0};
    strcpy(w->dir, "/tmp/iv-talk-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    if (!strcmp(backend, "sqlite"))
        snprintf(w->path, sizeof w->path, "%s/store.db", w->dir);
    iv_manual_clock_init(&w->clock, T0);
    must(iv_ctx_new(NULL, NULL, &w->clock.clock, &w->ctx, &err), &err);
    must(iv_store_open(w->ctx, backend, w->path, &w->store, &err), &err);
    must(iv_op_create(w->ctx, w->store, &spec, &made, &err), &err);
    strcpy(w->id, iv_json_get_str(made, "session_id", ""));
    iv_json_free(made);
    w->opt = (struct iv_conversation_options){
        .voice = {.arg = &w->voice, .start = voice_start, .cancel = voice_cancel},
        .record_events = true};
}

static void world_drop(struct world *w)
{
    char command[96];

    iv_conversation_close(w->c);
    voice_join(&w->voice);
    iv_store_close(w->store);
    iv_ctx_free(w->ctx);
    for (size_t i = 0; i < w->n_heard; i++)
        free(w->heard[i].text);
    free(w->heard);
    snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
    assert_int_equal(system(command), 0);
}

static void pump_ms(struct world *w, int64_t ms, int64_t step)
{
    while (ms > 0) {
        int64_t now = ms < step ? ms : step;

        iv_conversation_pump(w->c);
        iv_manual_clock_advance(&w->clock, now * 1000);
        ms -= now;
        if (w->voice.threaded)
            usleep(100);
    }
    iv_conversation_pump(w->c);
}

static void pump_until(struct world *w, enum iv_phase phase)
{
    for (int i = 0; i < 20000; i++) {
        iv_conversation_pump(w->c);
        if (iv_conversation_phase(w->c) == phase)
            return;
        iv_manual_clock_advance(&w->clock, 20000);
        if (w->voice.threaded)
            usleep(100);
    }
    fail_msg("the phase stays %d and never becomes %d", iv_conversation_phase(w->c), phase);
}

static void begin(struct world *w)
{
    struct iv_error err;

    open_conversation(w);
    must(iv_conversation_start(w->c, &err), &err);
}

static void begin_and_listen(struct world *w)
{
    begin(w);
    pump_until(w, IV_PHASE_LISTENING);
}

static enum iv_code answer(struct world *w, const char *text, struct iv_error *err)
{
    struct iv_answer a = {.text = text, .confidence = 0.9f, .spoken_ms = 3000, .source = "speech"};

    return iv_conversation_answer(w->c, &a, err);
}

static struct iv_turn *turns_of(struct world *w, size_t *n)
{
    struct iv_turn *rows;
    struct iv_error err;

    must(iv_store_turns(w->store, w->id, &rows, n, &err), &err);
    return rows;
}

static int count_heard(const struct world *w, enum iv_msg_type type, const char *text)
{
    int n = 0;

    for (size_t i = 0; i < w->n_heard; i++)
        n += w->heard[i].type == type && (!text || !strcmp(w->heard[i].text, text));
    return n;
}

static void no_more_room(bool full)
{
    struct rlimit l = {full ? 0 : RLIM_INFINITY, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &l);
}

/* -- what holds for every reply -- */

static void check_replies(const struct world *w)
{
    const char *so_far = "";
    bool open = false, done = true;
    int64_t audio_end = 0;

    for (size_t i = 0; i < w->n_heard; i++) {
        const struct heard *h = &w->heard[i];

        if (h->type == IV_MSG_llm_start) {
            assert_true(done); /* the reply before has told its end */
            open = true;
            done = false;
            so_far = "";
        } else if (h->type == IV_MSG_llm_response) {
            assert_true(open && !done);
            if (!h->done)
                assert_int_equal(strncmp(h->text, so_far, strlen(so_far)), 0);
            so_far = h->text;
            done = h->done;
        } else if (h->type == IV_MSG_tts_audio) {
            assert_true(open);
            assert_true(h->at_ms + 1 >= audio_end || w->cuts);
            audio_end = h->at_ms + h->n;
        }
    }
    assert_true(done);
    assert_int_equal(w->overlaps, 0);
}

static void check_turns(struct world *w)
{
    size_t n;
    struct iv_turn *t = turns_of(w, &n);

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t[i].number, i);
        assert_true(t[i].start_ms <= t[i].end_ms);
        assert_true(!i || t[i - 1].end_ms <= t[i].start_ms);
        assert_true(iv_utf8_valid(t[i].text, strlen(t[i].text)));
    }
    iv_turns_free(t, n);
}

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

static void whole_conversation_keeps_order(struct world *w)
{
    struct iv_error err;

    begin_and_listen(w);
    for (int i = 0; i < 6 && iv_conversation_phase(w->c) == IV_PHASE_LISTENING; i++) {
        pump_ms(w, 5000, 33);
        must(answer(w, good_answer, &err), &err);
        pump_until(w, IV_PHASE_LISTENING);
    }
    check_replies(w);
    check_turns(w);
    assert_int_equal(count_heard(w, IV_MSG_error, NULL), 0);
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

/* -- a store that fails -- */

static int64_t inputs_named(struct world *w, const char *name);
static void assert_replays(struct world *w);

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

/* -- the same at any speed, and again -- */

static void run_script(struct world *w, int64_t step)
{
    struct iv_error err;
    int64_t at = 0;

    w->opt.unattended = true;
    begin(w);
    for (int i = 0; i < 5; i++) {
        int64_t until = (i + 1) * 25000 + i * 777;

        pump_ms(w, until - at, step);
        at = until;
        if (i == 2)
            must(iv_conversation_interrupt(w->c, &err), &err);
        else
            must(answer(w, good_answer, &err), &err);
    }
    pump_ms(w, 25000, step);
    must(iv_conversation_end(w->c, &err), &err);
}

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

static void assert_replays(struct world *w)
{
    struct iv_error err;
    struct iv_buf b = IV_BUF_INIT(1 << 20);
    iv_json *out;

    must(iv_op_replay(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_print(out, IV_JSON_PRETTY, &b, NULL);
    if (!iv_json_get_bool(out, "same_transcript", false) ||
        !iv_json_get_bool(out, "same_report", false))
        fail_msg("%s", iv_buf_str(&b));
    iv_json_free(out);
    iv_buf_release(&b);
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

struct counting {
    const char *name;
    int64_t n;
};

static int count_input(void *arg, int64_t seq, const char *json)
{
    struct counting *k = arg;
    iv_json *j = NULL;

    (void)seq;
    if (!iv_json_parse(json, strlen(json), 1 << 20, &j, NULL))
        k->n += !strcmp(iv_json_get_str(j, "in", ""), k->name);
    iv_json_free(j);
    return 0;
}

static int64_t inputs_named(struct world *w, const char *name)
{
    struct counting k = {name, 0};

    assert_int_equal(iv_store_events(w->store, w->id, 0, count_input, &k, NULL), IV_OK);
    return k.n;
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

/* -- operations -- */

static void discard(iv_json *j)
{
    iv_json_free(j);
}

typedef enum iv_code operation(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                               struct iv_error *err);

static enum iv_code op_answer(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                              struct iv_error *err)
{
    struct iv_answer a = {.text = good_answer, .confidence = 1, .source = "typed"};

    return iv_op_answer(ctx, st, id, &a, out, err);
}

static enum iv_code op_report(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                              struct iv_error *err)
{
    return iv_op_report(ctx, st, id, NULL, out, err);
}

enum stage { CREATED, ACTIVE, PAUSED, ENDED, EXPIRED, UNKNOWN };
static const struct op {
    const char *name;
    operation *fn;
    enum iv_code codes[6]; /* by stage */
} ops[] = {
    {"get", iv_op_get, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"start",
     iv_op_start,
     {0, IV_E_SESSION_ALREADY_ACTIVE, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED,
      IV_E_SESSION_NOT_FOUND}},
    {"pause",
     iv_op_pause,
     {IV_E_STATE, 0, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_NOT_FOUND}},
    {"resume",
     iv_op_resume,
     {IV_E_STATE, IV_E_SESSION_ALREADY_ACTIVE, 0, IV_E_STATE, IV_E_SESSION_EXPIRED,
      IV_E_SESSION_NOT_FOUND}},
    {"ask",
     iv_op_ask,
     {0, 0, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_NOT_FOUND}},
    {"answer",
     op_answer,
     {0, 0, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_NOT_FOUND}},
    {"end", iv_op_end, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"report", op_report, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"transcript", iv_op_transcript, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"export", iv_op_export, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"delete", iv_op_delete, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
};

struct op_row {
    char name[64];
    const struct op *op;
    enum stage stage;
};

static void bring_to(struct world *w, enum stage stage)
{
    struct iv_error err;
    iv_json *out;

    if (stage == UNKNOWN)
        strcpy(w->id, "sess_000000000000");
    if (stage == EXPIRED)
        iv_manual_clock_advance(&w->clock, 31 * MINUTE * 1000);
    if (stage != ACTIVE && stage != PAUSED && stage != ENDED)
        return;
    must(iv_op_start(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    if (stage == PAUSED) {
        must(iv_op_pause(w->ctx, w->store, w->id, &out, &err), &err);
        discard(out);
    }
    if (stage == ENDED) {
        must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
        discard(out);
    }
}

static void op_in_stage(void **state)
{
    const struct op_row *r = *state;
    struct iv_error err = {.text = ""};
    struct world w;
    iv_json *out = NULL;

    world_make(&w, "memory", 30);
    bring_to(&w, r->stage);
    assert_int_equal(r->op->fn(w.ctx, w.store, w.id, &out, &err), r->op->codes[r->stage]);
    if (r->op->codes[r->stage]) {
        assert_null(out);
        assert_non_null(strstr(err.text, w.id));
    } else {
        assert_non_null(out);
    }
    discard(out);
    world_drop(&w);
}

static void ending_again_tells_the_same(struct world *w)
{
    struct iv_buf a = IV_BUF_INIT(1 << 20), b = IV_BUF_INIT(1 << 20);
    struct iv_error err;
    iv_json *out;

    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_print(out, IV_JSON_COMPACT, &a, NULL);
    assert_string_equal(iv_json_get_str(out, "status", ""), "terminated");
    discard(out);
    iv_manual_clock_advance(&w->clock, 3600ll * 1000000);
    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_print(out, IV_JSON_COMPACT, &b, NULL);
    discard(out);
    assert_string_equal(iv_buf_str(&a), iv_buf_str(&b));
    iv_buf_release(&a);
    iv_buf_release(&b);
}

static void nothing_said_has_no_score(struct world *w)
{
    struct iv_error err;
    const iv_json *feedback;
    iv_json *out;

    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    feedback = iv_json_get(out, "feedback");
    assert_int_equal(iv_json_type(iv_json_get(feedback, "overall_score")), IV_JSON_NULL);
    assert_true(strlen(iv_json_get_str(feedback, "comments", "")) > 5);
    discard(out);
}

static void ask_and_answer_by_commands(struct world *w)
{
    struct iv_error err;
    iv_json *out;
    char first[1024];

    must(iv_op_ask(w->ctx, w->store, w->id, &out, &err), &err);
    snprintf(first, sizeof first, "%s", iv_json_get_str(out, "question", ""));
    assert_true(strlen(first) > 5);
    discard(out);
    must(iv_op_ask(w->ctx, w->store, w->id, &out, &err), &err); /* asking again changes nothing */
    assert_string_equal(iv_json_get_str(out, "question", ""), first);
    discard(out);
    for (int i = 0; i < 3; i++) {
        must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
        assert_int_equal(iv_json_get_int(out, "turn", -1), 1 + 2 * i);
        assert_true(strlen(iv_json_get_str(out, "reply", "")) > 3);
        discard(out);
        iv_manual_clock_advance(&w->clock, 20 * 1000000);
    }
    check_turns(w);
    assert_replays(w);
}

static void wrong_requests_are_refused(struct world *w)
{
    struct iv_session_spec spec = spec_of(30);
    struct iv_answer empty = {.text = " ", .confidence = 1, .source = "typed"};
    struct iv_error err;
    iv_json *out;

    assert_int_equal(iv_op_stats(w->ctx, w->store, "year", NULL, &out, &err), IV_E_USAGE);
    assert_non_null(strstr(err.text, "\"year\": must be one of today, week, month, all"));
    assert_int_equal(iv_op_answer(w->ctx, w->store, w->id, &empty, &out, &err), IV_E_USAGE);
    spec.duration_minutes = 4;
    assert_int_equal(iv_op_create(w->ctx, w->store, &spec, &out, &err), IV_E_USAGE);
    spec.duration_minutes = 30;
    strcpy(spec.question_set, "/none/such.yaml");
    assert_int_equal(iv_op_create(w->ctx, w->store, &spec, &out, &err), IV_E_NOT_FOUND);
    spec.question_set[0] = '\0';
    for (int i = 0; i < 4; i++) {
        must(iv_op_create(w->ctx, w->store, &spec, &out, &err), &err);
        discard(out);
    }
    assert_int_equal(iv_op_create(w->ctx, w->store, &spec, &out, &err), IV_E_SESSION_LIMIT);
    assert_null(out);
}

static void forms_of_a_transcript(struct world *w)
{
    static const char *const forms[][2] = {
        {"text", "[0:00] Interviewer: "},
        {"md", "**Candidate** (0:00): I led"},
        {"srt", "1\n00:00:00,000 --> 00:00:02,000\nInterviewer: "},
        {"vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nInterviewer: "}};
    struct iv_error err;
    iv_json *out;

    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    for (size_t i = 0; i < IV_LEN(forms); i++) {
        struct iv_buf b = IV_BUF_INIT(1 << 20);

        must(iv_op_transcript_as(w->ctx, w->store, w->id, forms[i][0], &b, &err), &err);
        assert_non_null(strstr(iv_buf_str(&b), forms[i][1]));
        assert_non_null(strstr(iv_buf_str(&b), good_answer));
        iv_buf_release(&b);
    }
}

static void export_comes_back_equal(struct world *w)
{
    struct iv_buf a = IV_BUF_INIT(8 << 20), b = IV_BUF_INIT(8 << 20);
    struct iv_error err;
    iv_json *file, *out;

    run_script(w, 33);
    iv_conversation_close(w->c);
    w->c = NULL;
    must(iv_op_export(w->ctx, w->store, w->id, &file, &err), &err);
    iv_json_print(file, IV_JSON_COMPACT, &a, NULL);
    assert_int_equal(iv_op_import(w->ctx, w->store, file, &out, &err), IV_E_STATE);
    must(iv_op_delete(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_import(w->ctx, w->store, file, &out, &err), &err);
    discard(out);
    discard(file);
    must(iv_op_export(w->ctx, w->store, w->id, &file, &err), &err);
    iv_json_print(file, IV_JSON_COMPACT, &b, NULL);
    discard(file);
    assert_string_equal(iv_buf_str(&a), iv_buf_str(&b));
    assert_replays(w);
    iv_buf_release(&a);
    iv_buf_release(&b);
}

static void open_session_travels_too(struct world *w)
{
    struct iv_error err;
    iv_json *file, *out;

    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_export(w->ctx, w->store, w->id, &file, &err), &err);
    must(iv_op_delete(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_import(w->ctx, w->store, file, &out, &err), &err);
    discard(out);
    discard(file);
    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err); /* it goes on where it was */
    assert_int_equal(iv_json_get_int(out, "turn", -1), 3);
    discard(out);
    check_turns(w);
}

static const struct bad_file {
    const char *name, *key, *value; /* JSON put in place of a member of the file; NULL: removed */
} bad_files[] = {
    {"a file without its mark is no export", "interviewctl_export", NULL},
    {"a file of another version is refused", "interviewctl_export", "2"},
    {"a file without a session is refused", "session", NULL},
    {"a session that is a list is refused", "session", "[]"},
    {"a transcript with a gap is refused", "transcript",
     "[{\"turn\":1,\"speaker\":\"candidate\",\"kind\":\"answer\",\"text\":\"x\"}]"},
    {"a turn without text is refused", "transcript",
     "[{\"turn\":0,\"speaker\":\"candidate\",\"kind\":\"answer\"}]"},
    {"a turn of an unknown kind is refused", "transcript",
     "[{\"turn\":0,\"speaker\":\"candidate\",\"kind\":\"song\",\"text\":\"x\"}]"},
};

static void bad_file(void **state)
{
    const struct bad_file *r = *state;
    struct iv_session s;
    struct iv_error err;
    struct world w;
    iv_json *file, *out, *value = NULL;

    world_make(&w, "memory", 30);
    must(op_answer(w.ctx, w.store, w.id, &out, &err), &err);
    discard(out);
    must(iv_op_export(w.ctx, w.store, w.id, &file, &err), &err);
    must(iv_op_delete(w.ctx, w.store, w.id, &out, &err), &err);
    discard(out);
    if (r->value) {
        must(iv_json_parse(r->value, strlen(r->value), 4096, &value, &err), &err);
        iv_json_set(file, r->key, value);
    } else {
        iv_json_remove(file, r->key);
    }
    assert_int_equal(iv_op_import(w.ctx, w.store, file, &out, &err), IV_E_DATA);
    assert_null(out);
    assert_int_equal(iv_store_session_get(w.store, w.id, &s, NULL), IV_E_SESSION_NOT_FOUND);
    discard(file);
    world_drop(&w);
}

static const struct talk {
    const char *name;
    void (*check)(struct world *w);
    const char *backend;
    int minutes;
} talks[] = {
    {"a greeting with a question is said and kept", greeting_and_question, "memory", 30},
    {"messages of a whole conversation keep their order", whole_conversation_keeps_order, "memory",
     30},
    {"an answer is in the store before it is told", answer_is_stored_before_it_is_told, "memory",
     30},
    {"a typed answer needs no transcript", typed_answer_needs_no_transcript, "memory", 30},
    {"a barge-in keeps what was said", barge_in_keeps_what_was_said, "memory", 30},
    {"an answer while speaking is a barge-in first", answer_while_speaking_cuts_first, "memory",
     30},
    {"a pause stops the clock", pause_stops_the_clock, "memory", 30},
    {"a pause while speaking cuts", pause_while_speaking_cuts, "memory", 30},
    {"an end tells summary and feedback", end_tells_summary_and_feedback, "memory", 30},
    {"time up closes and completes", time_up_closes_and_completes, "memory", 5},
    {"skip, repeat and silence are moves", skip_repeat_and_silence, "memory", 30},
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
    {"a replay gives the same", replay_gives_the_same, "memory", 30},
    {"a replay of pauses and cuts gives the same", replay_of_pauses_and_cuts, "sqlite", 30},
    {"a replay of time running out gives the same", replay_of_time_running_out, "memory", 5},
    {"a session without a recording cannot be replayed", recording_without_inputs_is_told, "memory",
     30},
    {"a run ends with its answers", run_ends_with_its_answers, "memory", 30},
    {"a run ends with its time", run_ends_with_its_time, "memory", 5},
    {"frames come one by one, every 40 ms", frames_come_one_by_one, "memory", 30},
    {"ending again tells the same", ending_again_tells_the_same, "memory", 30},
    {"where nothing was said there is no score", nothing_said_has_no_score, "memory", 30},
    {"ask and answer by commands", ask_and_answer_by_commands, "memory", 30},
    {"wrong requests are refused", wrong_requests_are_refused, "memory", 30},
    {"a transcript has four forms", forms_of_a_transcript, "memory", 30},
    {"an export comes back equal", export_comes_back_equal, "sqlite", 30},
    {"an open session travels too", open_session_travels_too, "sqlite", 30},
};

static void talk(void **state)
{
    const struct talk *r = *state;
    struct world w;

    world_make(&w, r->backend, r->minutes);
    r->check(&w);
    world_drop(&w);
}

int main(void)
{
    static const char *const stages[] = {"created", "active",  "paused",
                                         "ended",   "expired", "unknown"};
    static struct op_row rows[IV_LEN(ops)][IV_LEN(stages)];

    TABLE_ROWS(talk, talks);
    TABLE_ROWS(refused_answer, refusals);
    TABLE_ROWS(bad_file, bad_files);
    TABLE_TEST(speed_does_not_matter);
    for (size_t i = 0; i < IV_LEN(ops); i++)
        for (size_t k = 0; k < IV_LEN(stages); k++) {
            struct op_row *r = &rows[i][k];

            *r = (struct op_row){.op = &ops[i], .stage = (enum stage)k};
            snprintf(r->name, sizeof r->name, "%s of a session that is %s", ops[i].name, stages[k]);
            table_add(r->name, op_in_stage, r);
        }
    return table_run("conversation");
}

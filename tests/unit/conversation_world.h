/* conversation_world.h - for the tests of the turn engine: a clock turned by hand, a voice of the test, a store that can be made to
 * fail. */
#ifndef IV_TESTS_CONVERSATION_WORLD_H
#define IV_TESTS_CONVERSATION_WORLD_H

#include "table.h"
#include "unit/conversation_voice.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "iv/config.h"
#include "iv/operations.h"

#define T0 1700000000000ll
#define MINUTE 60000ll

static const char good_answer[] =
    "I led the migration of our billing service. First I measured the slow queries, then I added "
    "an index and a cache, and as a result the response time fell from 900 to 120 milliseconds.";

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
    struct iv_config *config; /* NULL: none */
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

static inline void on_message(void *arg, const struct iv_msg *m)
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

static inline void on_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct world *w = arg;

    (void)samples;
    w->pieces++;
    w->overlaps += at_sample < w->audio_end;
    w->audio_end = at_sample + n;
}

static inline void on_cut(void *arg, uint64_t at_sample)
{
    struct world *w = arg;

    w->cuts++;
    w->cut_at = at_sample;
    w->audio_end = at_sample;
}

static inline void on_frame(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms)
{
    struct world *w = arg;

    (void)p;
    w->wrong_frames += number != (uint64_t)w->frames;
    w->wrong_frames += w->frames && at_ms != w->last_frame_ms + 40;
    w->last_frame_ms = at_ms;
    w->frames++;
}

static inline void must(enum iv_code rc, const struct iv_error *err)
{
    if (rc)
        fail_msg("%s: %s", iv_code_info(rc)->slug, err->text);
}

static inline void open_conversation(struct world *w)
{
    struct iv_conversation_sink sink = {.arg = w,
                                        .message = on_message,
                                        .audio = on_audio,
                                        .cut = on_cut,
                                        .frame = w->opt.avatar ? on_frame : NULL};
    struct iv_error err;

    must(iv_conversation_open(w->ctx, w->store, w->id, &w->opt, &sink, &w->c, &err), &err);
}

static inline struct iv_session_spec spec_of(int minutes)
{
    struct iv_session_spec spec;

    iv_session_spec_init(&spec);
    SET_TEXT(spec.user_id, "u1");
    spec.lang = IV_LANG_EN;
    spec.type = IV_TYPE_TECHNICAL;
    spec.duration_minutes = minutes;
    spec.seed = 42;
    spec.has_seed = true;
    return spec;
}

/* settings: keys and values in turn, ended by NULL; NULL for a program without a configuration. */
static inline void world_set(struct world *w, const char *const *settings)
{
    struct iv_error err;

    if (!settings)
        return;
    must(iv_config_new(&w->config, &err), &err);
    for (; *settings; settings += 2)
        must(iv_config_set(w->config, settings[0], settings[1], IV_FROM_FLAG, "test", &err), &err);
}

static inline void world_make_with(struct world *w, const char *backend, int minutes,
                                   const char *const *settings)
{
    struct iv_session_spec spec = spec_of(minutes);
    struct iv_error err;
    iv_json *made;

    *w = (struct world){0};
    SET_TEXT(w->dir, "/tmp/iv-talk-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    if (!strcmp(backend, "sqlite"))
        snprintf(w->path, sizeof w->path, "%s/store.db", w->dir);
    iv_manual_clock_init(&w->clock, T0);
    world_set(w, settings);
    must(iv_ctx_new(w->config, NULL, &w->clock.clock, &w->ctx, &err), &err);
    must(iv_store_open(w->ctx, backend, w->path, &w->store, &err), &err);
    must(iv_op_create(w->ctx, w->store, &spec, &made, &err), &err);
    SET_TEXT(w->id, iv_json_get_str(made, "session_id", ""));
    iv_json_free(made);
    w->opt = (struct iv_conversation_options){
        .voice = {.arg = &w->voice, .start = voice_start, .cancel = voice_cancel},
        .record_events = true};
}

static inline void world_make(struct world *w, const char *backend, int minutes)
{
    world_make_with(w, backend, minutes, NULL);
}

static inline void forget_heard(struct world *w)
{
    for (size_t i = 0; i < w->n_heard; i++)
        free(w->heard[i].text);
    w->n_heard = 0;
}

static inline void world_drop(struct world *w)
{
    char command[96];

    iv_conversation_close(w->c);
    voice_join(&w->voice);
    iv_store_close(w->store);
    iv_ctx_free(w->ctx);
    iv_config_free(w->config);
    forget_heard(w);
    free(w->heard);
    snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
    assert_int_equal(system(command), 0);
}

static inline void pump_ms(struct world *w, int64_t ms, int64_t step)
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

static inline void pump_until(struct world *w, enum iv_phase phase)
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

static inline void begin(struct world *w)
{
    struct iv_error err;

    open_conversation(w);
    must(iv_conversation_start(w->c, &err), &err);
}

static inline void begin_and_listen(struct world *w)
{
    begin(w);
    pump_until(w, IV_PHASE_LISTENING);
}

static inline enum iv_code answer(struct world *w, const char *text, struct iv_error *err)
{
    struct iv_answer a = {.text = text, .confidence = 0.9f, .spoken_ms = 3000, .source = "speech"};

    return iv_conversation_answer(w->c, &a, err);
}

static inline struct iv_turn *turns_of(struct world *w, size_t *n)
{
    struct iv_turn *rows;
    struct iv_error err;

    must(iv_store_turns(w->store, w->id, &rows, n, &err), &err);
    return rows;
}

static inline int count_heard(const struct world *w, enum iv_msg_type type, const char *text)
{
    int n = 0;

    for (size_t i = 0; i < w->n_heard; i++)
        n += w->heard[i].type == type && (!text || !strcmp(w->heard[i].text, text));
    return n;
}

static inline void no_more_room(bool full)
{
    struct rlimit l = {full ? 0 : RLIM_INFINITY, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &l);
}

/* -- what holds for every reply -- */

static inline void check_replies(const struct world *w)
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

static inline void check_turns(struct world *w)
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

static inline void whole_conversation_keeps_order(struct world *w)
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

static inline void run_script(struct world *w, int64_t step)
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

/* -- what is recorded -- */

struct counting {
    const char *name;
    int64_t n;
};

static inline int count_input(void *arg, int64_t seq, const char *json)
{
    struct counting *k = arg;
    iv_json *j = NULL;

    (void)seq;
    if (!iv_json_parse(json, strlen(json), 1 << 20, &j, NULL))
        k->n += !strcmp(iv_json_get_str(j, "in", ""), k->name);
    iv_json_free(j);
    return 0;
}

static inline int64_t inputs_named(struct world *w, const char *name)
{
    struct counting k = {name, 0};

    assert_int_equal(iv_store_events(w->store, w->id, 0, count_input, &k, NULL), IV_OK);
    return k.n;
}

static inline void assert_replays(struct world *w)
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

/* -- a conversation to each row -- */

struct talk {
    const char *name;
    void (*check)(struct world *w);
    const char *backend;
    int minutes;
};

static inline void talk(void **state)
{
    const struct talk *r = *state;
    struct world w;

    world_make(&w, r->backend, r->minutes);
    r->check(&w);
    world_drop(&w);
}

#endif

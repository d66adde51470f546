/* replay.c - run a recorded session again, offline, and see whether it comes out the same.
 *
 * The inputs of the event stream (answers, interruptions, pauses) are given to a new engine at the times at which they were
 * recorded, on a clock that is turned by hand, with a voice that is silent for as long as the recorded one spoke.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/operations.h"

struct replay {
    iv_ctx *ctx;
    iv_store *store; /* in memory */
    struct iv_manual_clock clock;
    const struct iv_session *original;
    iv_json *events;
    const iv_json *next_speech; /* a child of events */
    const iv_json *input; /* the one given last */
    int64_t laid_at;
    struct iv_tts_sink open; /* of a clause that takes pieces */
    iv_conversation *c;
    struct iv_word *words;
    size_t n_words;
};

/* -- the recorded voice -- */

static const iv_json *find_speech(const iv_json *event)
{
    while (event && strcmp(iv_json_get_str(event, "type", ""), "speech"))
        event = iv_json_next(event);
    return event;
}

/* These happen while a reply goes on. */
static bool is_hush(const char *input)
{
    return !strcmp(input, "hush") || !strcmp(input, "go_on");
}

static bool is_within_reply(const char *input)
{
    return !strcmp(input, "words") || is_hush(input);
}

/* The next one of the reply that is being said: before the input that ended it. */
static const iv_json *speech_of_reply(const iv_json *event)
{
    for (; event; event = iv_json_next(event)) {
        const char *name = iv_json_get_str(event, "in", NULL);

        if (!strcmp(iv_json_get_str(event, "type", ""), "speech"))
            return event;
        if (name && !is_within_reply(name))
            return NULL;
    }
    return NULL;
}

static void give_phonemes(const iv_json *speech, const struct iv_tts_sink *sink)
{
    const iv_json *list = iv_json_get(speech, "phonemes");
    size_t n = 0;
    struct iv_phoneme *ph = iv_alloc_array(iv_json_len(list), sizeof *ph);

    for (const iv_json *row = iv_json_first(list); ph && row; row = iv_json_next(row), n++) {
        snprintf(ph[n].symbol, sizeof ph[n].symbol, "%s", iv_json_string(iv_json_at(row, 0), ""));
        ph[n].start_ms = (uint32_t)iv_json_number(iv_json_at(row, 1), 0);
        ph[n].end_ms = (uint32_t)iv_json_number(iv_json_at(row, 2), 0);
    }
    if (ph)
        sink->on_phonemes(sink->arg, ph, n,
                          (enum iv_phone_set)iv_json_get_int(speech, "phone_set", 0));
    free(ph);
}

static void give_speech(struct replay *r, const iv_json *speech, const struct iv_tts_sink *sink)
{
    static const int16_t silence[2400];
    int64_t left;

    r->laid_at = iv_json_get_int(speech, "at_sample", -1);
    r->next_speech = iv_json_next(speech);
    for (left = iv_json_get_int(speech, "samples", 0); left > 0; left -= 2400)
        sink->on_audio(sink->arg, silence, left < 2400 ? (size_t)left : 2400);
    give_phonemes(speech, sink);
}

static enum iv_code replay_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                 struct iv_error *err)
{
    struct replay *r = arg;
    const iv_json *speech = speech_of_reply(r->next_speech);

    (void)err;
    r->laid_at = -1;
    if (speech && !strcmp(iv_json_get_str(speech, "text", ""), text))
        give_speech(r, speech, sink);
    sink->on_done(sink->arg, IV_OK, "");
    return IV_OK;
}

static bool replay_takes_pieces(void *arg)
{
    const struct replay *r = arg;
    const iv_json *speech = speech_of_reply(r->next_speech);

    return speech && iv_json_get_bool(speech, "in_pieces", false);
}

/* All of its sound comes with the first piece: where it is laid is recorded. */
static enum iv_code replay_start_open(void *arg, const char *text, const struct iv_tts_sink *sink,
                                      struct iv_error *err)
{
    struct replay *r = arg;
    const iv_json *speech = speech_of_reply(r->next_speech);

    (void)text, (void)err;
    r->laid_at = -1;
    if (speech)
        give_speech(r, speech, sink);
    r->open = *sink;
    return IV_OK;
}

static enum iv_code replay_append(void *arg, const char *text, struct iv_error *err)
{
    struct replay *r = arg;

    (void)err;
    if (!text) {
        r->open.on_done(r->open.arg, IV_OK, "");
        r->open = (struct iv_tts_sink){0};
    }
    return IV_OK;
}

static void replay_cancel(void *arg)
{
    struct replay *r = arg;

    if (r->open.on_done)
        r->open.on_done(r->open.arg, IV_E_CANCELLED, "cancelled");
    r->open = (struct iv_tts_sink){0};
}

static int64_t replay_at(void *arg)
{
    return ((struct replay *)arg)->laid_at;
}

/* -- the recorded inputs -- */

static bool is_new_input(const char *input)
{
    return input && !is_hush(input);
}

/* A reply is kept with its last words. Where these are missing and the session goes on from the store, it was never finished. */
static enum recorded recorded(void *arg)
{
    const struct replay *r = arg;
    const iv_json *e = r->input ? iv_json_next(r->input) : NULL;
    bool is_whole = false;

    for (; e && !is_new_input(iv_json_get_str(e, "in", NULL)); e = iv_json_next(e))
        is_whole |= !strcmp(iv_json_get_str(e, "type", ""), "llm_response") &&
                    iv_json_get_bool(e, "done", false);
    if (e && !strcmp(iv_json_get_str(e, "in", ""), "words"))
        return RECORDED_WORDS;
    return e && !is_whole && !strcmp(iv_json_get_str(e, "in", ""), "continue") ? RECORDED_LOST
                                                                               : RECORDED_OWN;
}

static enum iv_code give_words(struct replay *r, const iv_json *event)
{
    iv_words_add(r->c, iv_json_get_str(event, "text", ""), iv_json_get_bool(event, "done", true),
                 iv_json_get_str(event, "source", "builtin"));
    return IV_OK;
}

static enum iv_code open_again(struct replay *r, struct iv_error *err)
{
    struct iv_conversation_options opt = {.voice = {.arg = r,
                                                    .start = replay_start,
                                                    .cancel = replay_cancel,
                                                    .takes_pieces = replay_takes_pieces,
                                                    .start_open = replay_start_open,
                                                    .append = replay_append,
                                                    .recorded_at = replay_at},
                                          .unattended = true};
    struct iv_conversation_sink sink = {0};
    enum iv_code rc;

    if (!find_speech(iv_json_first(r->events)))
        opt.voice = (struct iv_voice){0};
    iv_conversation_close(r->c);
    rc = iv_conversation_open(r->ctx, r->store, r->original->id, &opt, &sink, &r->c, err);
    if (rc)
        return rc;
    r->c->recorded = recorded;
    r->c->recorded_arg = r;
    return iv_conversation_start(r->c, err);
}

static void pass_until(struct replay *r, int64_t at_ms)
{
    while (r->c && r->c->phase != IV_PHASE_ENDED && (int64_t)iv_engine_now_ms(r->c) < at_ms) {
        int wait = iv_conversation_pump(r->c);
        int64_t left = at_ms - (int64_t)iv_engine_now_ms(r->c);

        iv_manual_clock_advance(&r->clock, (wait < left ? wait : left) * 1000);
    }
    if (r->c)
        iv_conversation_pump(r->c);
}

static void read_words(struct replay *r, const iv_json *list)
{
    free(r->words);
    r->n_words = 0;
    r->words = iv_alloc_array(iv_json_len(list), sizeof *r->words);
    for (const iv_json *row = iv_json_first(list); r->words && row; row = iv_json_next(row))
        r->words[r->n_words++] =
            (struct iv_word){.text = (char *)(uintptr_t)iv_json_string(iv_json_at(row, 0), ""),
                             .start_ms = (uint32_t)iv_json_number(iv_json_at(row, 1), 0),
                             .end_ms = (uint32_t)iv_json_number(iv_json_at(row, 2), 0),
                             .confidence = (float)iv_json_number(iv_json_at(row, 3), 0)};
}

static enum iv_code give_answer(struct replay *r, const iv_json *event, struct iv_error *err)
{
    struct iv_answer a = {.text = iv_json_get_str(event, "text", ""),
                          .confidence = (float)iv_json_get_num(event, "confidence", 1),
                          .spoken_ms = (uint64_t)iv_json_get_int(event, "spoken_ms", 0),
                          .source = iv_json_get_str(event, "source", "typed")};

    read_words(r, iv_json_get(event, "words"));
    a.words = r->words;
    a.n_words = r->n_words;
    return iv_conversation_answer(r->c, &a, err);
}

static enum iv_code give_input(struct replay *r, const char *name, const iv_json *event,
                               struct iv_error *err)
{
    if (!strcmp(name, "answer"))
        return give_answer(r, event, err);
    if (!strcmp(name, "words"))
        return give_words(r, event);
    if (!strcmp(name, "hush"))
        return iv_engine_hush(r->c), IV_OK;
    if (!strcmp(name, "go_on"))
        return iv_engine_go_on(r->c, iv_json_get_int(event, "back", 0)), IV_OK;
    if (!strcmp(name, "interrupt"))
        return iv_conversation_interrupt(r->c, err);
    if (!strcmp(name, "skip"))
        return iv_conversation_skip(r->c, err);
    if (!strcmp(name, "repeat"))
        return iv_conversation_repeat(r->c, err);
    if (!strcmp(name, "silence"))
        return iv_conversation_silence(r->c, err);
    if (!strcmp(name, "pause"))
        return iv_conversation_pause(r->c, err);
    if (!strcmp(name, "resume"))
        return iv_conversation_resume(r->c, err);
    if (!strcmp(name, "end"))
        return iv_conversation_end(r->c, err);
    return IV_OK;
}

/* Time has come to this input; what was said before it is over. */
static void come_to(struct replay *r, const iv_json *event, const char *name)
{
    r->input = event;
    if (!is_within_reply(name))
        r->next_speech = iv_json_next(event);
}

static enum iv_code replay_event(struct replay *r, const iv_json *event, struct iv_error *err)
{
    const char *name = iv_json_get_str(event, "in", NULL);
    int64_t start;

    if (!name)
        return IV_OK;
    if (!strcmp(name, "start")) {
        come_to(r, event, name);
        start = r->original->started_ms - r->original->created_ms;
        iv_manual_clock_advance(&r->clock, start * 1000 - r->clock.now_us);
        return open_again(r, err);
    }
    if (!r->c)
        return iv_fail(err, IV_E_DATA, "session %s: its recording has no beginning",
                       r->original->id);
    pass_until(r, iv_json_get_int(event, "at_ms", 0));
    come_to(r, event, name);
    if (r->c->phase == IV_PHASE_ENDED)
        return IV_OK;
    return !strcmp(name, "continue") ? open_again(r, err) : give_input(r, name, event, err);
}

/* By its own time, or by another (`session end`), whose order is in the session alone. */
static enum iv_code come_to_the_end(struct replay *r, struct iv_error *err)
{
    const struct iv_session *s = r->original;

    if (s->status == IV_SESSION_COMPLETED) {
        pass_until(r, IV_SESSION_MAX_MINUTES * 60000);
        return IV_OK;
    }
    pass_until(r, iv_session_active_ms(s, s->ended_ms));
    return s->status == IV_SESSION_TERMINATED ? iv_conversation_end(r->c, err) : IV_OK;
}

static enum iv_code replay_all(struct replay *r, struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    for (const iv_json *e = iv_json_first(r->events); e && !rc; e = iv_json_next(e))
        rc = replay_event(r, e, err);
    if (!rc && r->c && iv_session_is_over(r->original))
        rc = come_to_the_end(r, err);
    return rc;
}

/* -- the comparison -- */

static void differs(iv_json *list, int64_t turn, const char *what, const char *was, const char *is)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "turn", turn);
    iv_json_set_str(j, "what", what);
    iv_json_set_str(j, "was", was);
    iv_json_set_str(j, "is", is);
    iv_json_append(list, j);
}

static void compare_times(iv_json *list, const struct iv_turn *a, const struct iv_turn *b)
{
    char was[48], is[48];

    snprintf(was, sizeof was, "%lld-%lld", (long long)a->start_ms, (long long)a->end_ms);
    snprintf(is, sizeof is, "%lld-%lld", (long long)b->start_ms, (long long)b->end_ms);
    if (strcmp(was, is))
        differs(list, a->number, "time_ms", was, is);
}

static void compare_turns(iv_json *list, const struct iv_turn *a, size_t n_a,
                          const struct iv_turn *b, size_t n_b)
{
    for (size_t i = 0; i < n_a || i < n_b; i++) {
        if (i >= n_a || i >= n_b) {
            differs(list, (int64_t)i, "turn", i < n_a ? a[i].text : NULL,
                    i < n_b ? b[i].text : NULL);
            continue;
        }
        if (strcmp(a[i].text, b[i].text))
            differs(list, (int64_t)i, "text", a[i].text, b[i].text);
        if (strcmp(a[i].question_id, b[i].question_id))
            differs(list, (int64_t)i, "question_id", a[i].question_id, b[i].question_id);
        compare_times(list, &a[i], &b[i]);
    }
}

static bool same_json(const iv_json *a, const iv_json *b)
{
    char *ta = NULL, *tb = NULL;
    bool same =
        !iv_json_text(a, &ta, NULL, NULL) && !iv_json_text(b, &tb, NULL, NULL) && !strcmp(ta, tb);

    free(ta);
    free(tb);
    return same;
}

/* The new report is made from the new turns with the original session's facts, the user's earlier sessions, and the judgement of a
 * language model that the old one keeps. */
static enum iv_code compare(struct replay *r, iv_ctx *ctx, iv_store *st, iv_json *out,
                            struct iv_error *err)
{
    struct iv_score_input in = {.session = r->original};
    struct iv_turn *was = NULL, *is = NULL;
    size_t n_was = 0, n_is = 0;
    iv_json *list = iv_json_array(), *old_report = NULL, *new_report = NULL;
    enum iv_code rc = iv_store_turns(st, r->original->id, &was, &n_was, err);

    if (!rc)
        rc = iv_store_turns(r->store, r->original->id, &is, &n_is, err);
    if (!rc)
        rc = iv_load_doc(st, r->original->id, "report", &old_report, err);
    in.turns = was;
    in.n_turns = n_was;
    if (rc == IV_E_NOT_FOUND)
        rc = iv_report_of(ctx, st, in, &old_report, err);
    in.turns = is;
    in.n_turns = n_is;
    in.judgement = iv_json_get(old_report, "judgement");
    if (!rc)
        rc = iv_report_of(ctx, st, in, &new_report, err);
    if (!rc) {
        compare_turns(list, was, n_was, is, n_is);
        iv_json_set_bool(out, "same_transcript", iv_json_len(list) == 0);
        iv_json_set_bool(out, "same_report", same_json(old_report, new_report));
        iv_json_set_int(out, "turns", (int64_t)n_is);
        iv_json_set(out, "differences", list);
        list = NULL;
    }
    iv_json_free(list);
    iv_json_free(old_report);
    iv_json_free(new_report);
    iv_turns_free(was, n_was);
    iv_turns_free(is, n_is);
    return rc;
}

static int collect(void *arg, int64_t seq, const char *text)
{
    iv_json *event = NULL;

    (void)seq;
    if (!iv_json_parse(text, strlen(text), 16u << 20, &event, NULL))
        iv_json_append(arg, event);
    return 0;
}

/* They were read when the interview was planned. */
static enum iv_code bring_papers(const struct replay *r, iv_store *st, struct iv_error *err)
{
    static const char *const names[] = {"resume", "job"};
    const char *id = r->original->id;
    enum iv_code rc = IV_OK;

    for (size_t i = 0; i < IV_LEN(names) && !rc; i++) {
        struct iv_buf text = IV_BUF_INIT(IV_PAPER_MAX_BYTES * 8);

        rc = iv_store_doc_get(st, id, names[i], &text, err);
        if (!rc)
            rc = iv_store_doc_put(r->store, id, names[i], iv_buf_str(&text), text.len, err);
        else if (rc == IV_E_NOT_FOUND)
            rc = IV_OK;
        iv_buf_release(&text);
    }
    return rc;
}

static enum iv_code prepare(struct replay *r, iv_ctx *ctx, iv_store *st, struct iv_error *err)
{
    struct iv_session fresh;
    enum iv_code rc = iv_store_events(st, r->original->id, 0, collect, r->events, err);

    if (!rc && !iv_json_len(r->events))
        rc = iv_fail(err, IV_E_DATA, "session %s has no recording", r->original->id);
    iv_manual_clock_init(&r->clock, r->original->created_ms);
    if (!rc)
        rc = iv_ctx_new(iv_ctx_config(ctx), iv_ctx_log(ctx), &r->clock.clock, &r->ctx, err);
    if (!rc)
        rc = iv_store_open(r->ctx, "memory", "", &r->store, err);
    if (rc)
        return rc;
    iv_session_create(&fresh, &r->original->spec, r->original->created_ms);
    memcpy(fresh.id, r->original->id, sizeof fresh.id);
    r->next_speech = iv_json_first(r->events);
    rc = iv_store_session_new(r->store, &fresh, 1, err);
    return rc ? rc : bring_papers(r, st, err);
}

enum iv_code iv_op_replay(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err)
{
    struct iv_session original;
    struct replay r = {.original = &original, .events = iv_json_array()};
    enum iv_code rc = iv_store_session_get(st, id, &original, err);

    *out = iv_json_object();
    iv_json_set_str(*out, "session_id", id);
    if (!rc)
        rc = prepare(&r, ctx, st, err);
    if (!rc)
        rc = replay_all(&r, err);
    if (!rc)
        rc = compare(&r, ctx, st, *out, err);
    if (rc) {
        iv_json_free(*out);
        *out = NULL;
    }
    iv_conversation_close(r.c);
    iv_store_close(r.store);
    iv_ctx_free(r.ctx);
    iv_json_free(r.events);
    free(r.words);
    return rc;
}

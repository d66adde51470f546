/* owner.c - a live session's own thread: opens the conversation, carries out what comes, pumps, waits for who is gone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/operations.h"
#include "ws/own.h"

#define STACK_BYTES (1u << 20)
#define SILENCE_MS 45000 /* nothing said for so long: the interviewer says that there is time */
#define LOUD_DB -40 /* somebody says something, whatever is understood of it */
#define FILM_BEHIND_MS 1000 /* sound of the candidate comes a little after its time */
#define LAST_WORDS_MS 10000 /* for the client to read what was sent when all is over */
#define SAMPLES_PER_MS (IV_TTS_RATE_HZ / 1000)

static int64_t mono_us(const struct owner *o)
{
    return iv_mono_us(o->live->all->clock);
}

static void complain(struct owner *o, const struct iv_error *err, const char *details)
{
    iv_log(iv_ctx_log(o->live->all->opt.ctx), IV_LOG_INFO, "session %s: %s", o->live->id,
           err->text);
    iv_live_error(o->live, err->code, err->text, details);
}

/* -- beginning -- */

static enum iv_code open_voice(struct owner *o, const struct iv_session_spec *spec,
                               struct iv_error *err)
{
    const struct iv_config *c = o->live->all->config;
    struct iv_tts_choice choice = {.engine = c->tts_engine,
                                   .voice = spec->voice[0] ? spec->voice : c->tts_voice,
                                   .lang = spec->lang,
                                   .rate = c->tts_rate};

    return iv_tts_open(o->live->all->opt.ctx, &choice, &o->voice, err);
}

/* What is missing costs that part, not the interview. */
static void open_parts(struct owner *o, const struct iv_session_spec *spec)
{
    struct iv_error err;

    if ((o->begun.audio || o->begun.avatar || o->begun.record) && open_voice(o, spec, &err))
        complain(o, &err, "the interview goes on without a voice");
    if (iv_llm_open(o->live->all->opt.ctx, NULL, &o->model, &err))
        complain(o, &err, "the built-in interviewer asks");
    if (o->begun.record && iv_live_film_open(o->live->id, o->begun.fps, &o->film, &err))
        complain(o, &err, "the interview goes on without a film");
    iv_llm_warm(o->model);
}

static bool is_of_the_face(enum iv_code rc)
{
    return rc == IV_E_AVATAR_ERROR || rc == IV_E_AVATAR_NOT_LOADED || rc == IV_E_AVATAR_GPU_OOM ||
           rc == IV_E_GPU;
}

static enum iv_code open_conversation(struct owner *o, struct iv_error *err)
{
    const iv_lives *all = o->live->all;
    struct iv_conversation_options opt = {.voice = iv_voice_of(o->voice),
                                          .llm = o->model,
                                          .avatar = o->begun.avatar || o->film,
                                          .fps = o->begun.fps,
                                          .record_events = all->config->session_record,
                                          .lead_ms = (int)all->config->live_lead_ms};
    struct iv_conversation_sink sink = iv_live_sink_of(o);
    enum iv_code rc =
        iv_conversation_open(all->opt.ctx, all->opt.store, o->live->id, &opt, &sink, &o->c, err);

    if (!is_of_the_face(rc))
        return rc;
    complain(o, err, "the interview goes on without a face");
    opt.avatar = o->begun.avatar = false;
    sink = iv_live_sink_of(o);
    return iv_conversation_open(all->opt.ctx, all->opt.store, o->live->id, &opt, &sink, &o->c, err);
}

/* For who goes on with an interview: what was said last stands for the greeting. */
static void say_started_again(struct owner *o)
{
    struct iv_turn *turns = NULL;
    size_t n = 0, i;
    struct iv_msg m = {.type = IV_MSG_session_started,
                       .timestamp_ms = iv_wall_ms(o->live->all->clock),
                       .session_started = {.session_id = o->live->id, .message = ""}};

    iv_store_turns(o->live->all->opt.store, o->live->id, &turns, &n, NULL);
    for (i = n; i && turns[i - 1].speaker != IV_INTERVIEWER;)
        i--;
    if (i)
        m.session_started.message = turns[i - 1].text;
    iv_live_push(o->live, iv_live_wire_message(&m));
    iv_turns_free(turns, n);
}

static enum iv_code begin(struct owner *o, struct iv_error *err)
{
    iv_live *l = o->live;
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(l->all->opt.store, l->id, &s, err);

    if (!rc && iv_session_is_over(&s))
        rc = iv_fail(err, s.status == IV_SESSION_EXPIRED ? IV_E_SESSION_EXPIRED : IV_E_STATE,
                     "session %s is %s", l->id, iv_status_name(s.status));
    if (rc)
        return rc;
    pthread_mutex_lock(&l->lock);
    o->begun = o->form = l->form;
    o->seen = l->comings;
    pthread_mutex_unlock(&l->lock);
    open_parts(o, &s.spec);
    rc = open_conversation(o, err);
    if (!rc && s.status != IV_SESSION_CREATED)
        say_started_again(o);
    return rc ? rc : iv_conversation_start(o->c, err);
}

/* -- what clients want -- */

/* Whole samples: a chunk may end in the middle of one. */
static size_t join_samples(struct owner *o, const struct item *i, int16_t *out)
{
    unsigned char *to = (unsigned char *)out;
    size_t len = 0;

    if (o->has_carry)
        to[len++] = o->carry;
    memcpy(to + len, i->bytes, i->len);
    len += i->len;
    o->has_carry = len % 2;
    if (o->has_carry)
        o->carry = to[len - 1];
    return len / 2;
}

static enum iv_code hear(struct owner *o, const struct item *i, struct iv_error *err)
{
    int16_t *samples = iv_alloc(i->len + 2);
    size_t n;
    enum iv_code rc = IV_OK;

    if (!samples)
        return iv_fail(err, IV_E_NOMEM, "audio_data: out of memory");
    n = join_samples(o, i, samples);
    iv_live_film_candidate(o->film, samples, n, i->rate_hz,
                           iv_conversation_now_ms(o->c) * SAMPLES_PER_MS);
    if (iv_audio_level_db(samples, n) > LOUD_DB)
        o->heard_ms = iv_conversation_now_ms(o->c);
    if (n)
        rc = iv_conversation_hear(o->c, samples, n, i->rate_hz, err);
    free(samples);
    return rc;
}

static enum iv_code answer(struct owner *o, const char *text, struct iv_error *err)
{
    struct iv_answer a = {.text = text, .confidence = 1, .source = "typed"};

    return iv_conversation_answer(o->c, &a, err);
}

static enum iv_code start_again(struct owner *o)
{
    pthread_mutex_lock(&o->live->lock);
    o->form = o->live->form;
    pthread_mutex_unlock(&o->live->lock);
    say_started_again(o);
    return IV_OK;
}

static enum iv_code carry_out(struct owner *o, const struct item *i, struct iv_error *err)
{
    switch (i->type) {
    case IV_MSG_start_session:
        return start_again(o);
    case IV_MSG_audio_data:
        return hear(o, i, err);
    case IV_MSG_user_text:
        return answer(o, (const char *)i->bytes, err);
    case IV_MSG_end_of_speech:
        return iv_conversation_hear_end(o->c, err);
    case IV_MSG_interrupt:
        return iv_conversation_interrupt(o->c, err);
    case IV_MSG_pause:
        return iv_conversation_pause(o->c, err);
    case IV_MSG_resume:
        return iv_conversation_resume(o->c, err);
    case IV_MSG_skip_question:
        return iv_conversation_skip(o->c, err);
    case IV_MSG_repeat_question:
        return iv_conversation_repeat(o->c, err);
    case IV_MSG_end_session:
        return iv_conversation_end(o->c, err);
    default:
        IV_BUG("a message that no client sends");
    }
}

/* -- what REST wants -- */

static iv_json *changed_json(const struct owner *o, const char *key, int64_t at_ms)
{
    const struct iv_session *s = iv_conversation_session(o->c);
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "session_id", s->id);
    iv_json_set_str(j, "status", iv_status_name(s->status));
    iv_json_set_time(j, key, at_ms);
    return j;
}

static enum iv_code grant(struct owner *o, enum iv_live_wish wish, iv_json **out,
                          struct iv_error *err)
{
    const struct iv_session *s = iv_conversation_session(o->c);
    enum iv_code rc;

    if (wish == IV_LIVE_RESUME && iv_conversation_phase(o->c) != IV_PHASE_PAUSED)
        return iv_fail(err, IV_E_SESSION_ALREADY_ACTIVE, "session %s is active already", s->id);
    if (wish == IV_LIVE_PAUSE)
        rc = iv_conversation_pause(o->c, err);
    else if (wish == IV_LIVE_RESUME)
        rc = iv_conversation_resume(o->c, err);
    else
        rc = iv_conversation_end(o->c, err);
    if (rc)
        return rc;
    if (wish == IV_LIVE_PAUSE)
        *out = changed_json(o, "paused_at", s->paused_ms);
    else if (wish == IV_LIVE_RESUME)
        *out = changed_json(o, "resumed_at", s->resumed_ms);
    else
        *out = iv_json_dup(iv_conversation_result(o->c));
    return *out ? IV_OK : iv_fail(err, IV_E_NOMEM, "session %s: out of memory", s->id);
}

/* Somebody waits: the answer is theirs. */
static void tell_asker(struct owner *o, struct ask *ask, enum iv_code rc, iv_json *out,
                       const struct iv_error *err)
{
    iv_live *l = o->live;

    pthread_mutex_lock(&l->lock);
    ask->rc = rc;
    ask->out = out;
    if (rc && ask->err)
        *ask->err = *err;
    ask->is_done = true;
    pthread_cond_broadcast(&l->answered);
    pthread_mutex_unlock(&l->lock);
}

/* To who answered by REST: once it is known what follows, or at once. While they wait the clock runs, whoever is there. */
static void tell_what_follows(struct owner *o, bool at_once)
{
    struct ask *ask = o->answered;
    iv_json *out = NULL;
    struct iv_error err;
    enum iv_code rc;

    if (!ask)
        return;
    rc = iv_op_answered(o->c, iv_buf_str(&o->said), at_once, &out, &err);
    if (!rc && !out)
        return;
    o->answered = NULL;
    iv_conversation_hold(o->c, o->is_held);
    tell_asker(o, ask, rc, out, &err);
}

static void answer_ask(struct owner *o, struct ask *ask)
{
    iv_json *out = NULL;
    struct iv_error err;
    enum iv_code rc;

    tell_what_follows(o, true);
    iv_conversation_hold(o->c, false);
    if (ask->wish == IV_LIVE_ANSWER) {
        rc = iv_conversation_answer(o->c, ask->answer, &err);
        if (!rc) {
            o->answered = ask;
            o->heard_ms = iv_conversation_now_ms(o->c);
            tell_what_follows(o, false);
            return;
        }
    } else {
        rc = grant(o, ask->wish, &out, &err);
    }
    iv_conversation_hold(o->c, o->is_held);
    tell_asker(o, ask, rc, out, &err);
}

/* -- rounds -- */

static void deadline_in(int ms, struct timespec *out)
{
    clock_gettime(CLOCK_MONOTONIC, out);
    out->tv_sec += ms / 1000;
    out->tv_nsec += (long)(ms % 1000) * 1000000;
    if (out->tv_nsec >= 1000000000) {
        out->tv_sec++;
        out->tv_nsec -= 1000000000;
    }
}

/* {l->lock held} */
static bool is_news(const struct owner *o)
{
    const iv_live *l = o->live;

    return l->first_item || l->is_woken || l->is_stopping || l->comings != o->seen;
}

/* All that came, oldest first; waits at most ms for something. */
static struct item *take_inbox(struct owner *o, int ms)
{
    iv_live *l = o->live;
    struct timespec until;
    struct item *first;
    int rc = 0;

    deadline_in(ms, &until);
    pthread_mutex_lock(&l->lock);
    while (!is_news(o) && !rc)
        rc = pthread_cond_timedwait(&l->changed, &l->lock, &until);
    first = l->first_item;
    l->first_item = l->last_item = NULL;
    l->inbox_bytes = l->inbox_items = 0;
    l->is_woken = false;
    pthread_mutex_unlock(&l->lock);
    return first;
}

static bool is_ended(const struct owner *o)
{
    return iv_conversation_phase(o->c) == IV_PHASE_ENDED;
}

static void empty_inbox(struct owner *o, int wait_ms)
{
    struct item *i = take_inbox(o, wait_ms), *next;
    struct iv_error err;

    for (; i; i = next) {
        next = i->next;
        if (i->ask) {
            answer_ask(o, i->ask);
        } else if (!is_ended(o)) {
            if (i->type != IV_MSG_audio_data)
                tell_what_follows(o, true); /* before what comes now */
            if (carry_out(o, i, &err))
                iv_live_error(o->live, err.code, err.text, NULL);
            if (i->type != IV_MSG_audio_data)
                o->heard_ms = iv_conversation_now_ms(o->c);
        }
        free(i);
    }
}

/* Who came, who went. */
static void look_who_is_there(struct owner *o)
{
    iv_live *l = o->live;
    bool is_new, is_there;

    pthread_mutex_lock(&l->lock);
    is_new = l->comings != o->seen;
    is_there = l->link != NULL;
    o->seen = l->comings;
    pthread_mutex_unlock(&l->lock);
    if (!is_new || is_ended(o))
        return;
    if (!is_there && !o->is_held) {
        o->is_held = true;
        o->gone_us = mono_us(o);
        iv_conversation_hold(o->c, !o->answered);
    } else if (is_there) {
        o->is_held = false;
        iv_conversation_hold(o->c, false);
        iv_live_sink_show_again(o);
    }
}

static int64_t grace_left_ms(const struct owner *o)
{
    int64_t gone_ms = (mono_us(o) - o->gone_us) / 1000;

    return o->live->all->config->live_grace_s * 1000 - gone_ms;
}

static void watch_silence(struct owner *o)
{
    uint64_t now = iv_conversation_now_ms(o->c);
    struct iv_error err;

    if (iv_conversation_phase(o->c) != IV_PHASE_LISTENING)
        o->heard_ms = now;
    if (now < o->heard_ms + SILENCE_MS)
        return;
    o->heard_ms = now;
    if (iv_conversation_silence(o->c, &err))
        complain(o, &err, NULL);
}

static int round_of(struct owner *o)
{
    uint64_t now = iv_conversation_now_ms(o->c);
    int64_t left;
    int wait;

    o->wall_zero_ms = iv_wall_ms(o->live->all->clock) - (int64_t)now;
    wait = iv_conversation_pump(o->c);
    tell_what_follows(o, false);
    if (o->is_held && !o->answered) {
        left = grace_left_ms(o);
        return left > 60000 ? 60000 : left > 1 ? (int)left : 1;
    }
    watch_silence(o);
    if (now > FILM_BEHIND_MS)
        iv_live_film_until(o->film, (now - FILM_BEHIND_MS) * SAMPLES_PER_MS);
    return wait;
}

static bool is_stopping(struct owner *o)
{
    bool is;

    pthread_mutex_lock(&o->live->lock);
    is = o->live->is_stopping;
    pthread_mutex_unlock(&o->live->lock);
    return is;
}

/* Until the interview is over, the server ends, or nobody came back. */
static void hold_interview(struct owner *o)
{
    while (!is_ended(o) && !is_stopping(o) && !(o->is_held && grace_left_ms(o) <= 0)) {
        int wait = round_of(o);

        if (is_ended(o))
            break;
        empty_inbox(o, wait);
        look_who_is_there(o);
    }
    tell_what_follows(o, true);
}

/* -- the end -- */

/* The client reads what it was sent last. */
static void wait_for_reader(struct owner *o)
{
    const struct timespec a_little = {.tv_nsec = 10000000};
    iv_live *l = o->live;
    bool waits = true;

    for (int ms = 0; waits && ms < LAST_WORDS_MS; ms += 10) {
        pthread_mutex_lock(&l->lock);
        iv_live_drain(l);
        waits = l->link && l->outbox.first && !l->is_stopping;
        pthread_mutex_unlock(&l->lock);
        if (waits)
            nanosleep(&a_little, NULL);
    }
}

/* From here on REST asks the store. */
static void retire(struct owner *o, enum owner_state state)
{
    iv_live *l = o->live;
    struct item *i;

    pthread_mutex_lock(&l->lock);
    l->state = state;
    l->is_settling = false;
    while ((i = l->first_item)) {
        l->first_item = i->next;
        if (i->ask)
            i->ask->is_lost = true;
        free(i);
    }
    l->last_item = NULL;
    l->inbox_bytes = l->inbox_items = 0;
    pthread_cond_broadcast(&l->answered);
    pthread_mutex_unlock(&l->lock);
}

/* Not cut: what was under way is said again, from its beginning, to who comes back. */
static void put_aside(struct owner *o)
{
    const struct iv_lives_options *opt = &o->live->all->opt;
    iv_json *out = NULL;
    struct iv_error err;

    iv_conversation_close(o->c);
    o->c = NULL;
    if (iv_op_pause(opt->ctx, opt->store, o->live->id, &out, &err) && err.code != IV_E_STATE)
        iv_log(iv_ctx_log(opt->ctx), IV_LOG_WARN, "session %s stays active: %s", o->live->id,
               err.text);
    iv_json_free(out);
}

static void release(struct owner *o)
{
    uint64_t end = o->c ? iv_conversation_now_ms(o->c) * SAMPLES_PER_MS : 0;

    iv_live_film_close(o->film, end, NULL);
    o->film = NULL;
    iv_conversation_close(o->c);
    iv_tts_close(o->voice);
    iv_llm_close(o->model);
    iv_live_sink_release(o);
}

static void fail_to_begin(struct owner *o, const struct iv_error *err)
{
    complain(o, err, NULL);
    retire(o, OWNER_NONE);
    if (!iv_code_info(err->code)->retry_helps) {
        wait_for_reader(o);
        iv_live_close_link(o->live, IV_CLOSE_INTERNAL, "the session cannot go on");
    }
}

static void finish(struct owner *o)
{
    bool ended = is_ended(o);

    if (!ended)
        put_aside(o);
    retire(o, ended ? OWNER_OVER : OWNER_NONE);
    if (ended) {
        wait_for_reader(o);
        iv_live_close_link(o->live, IV_CLOSE_NORMAL, "the interview is over");
    } else if (is_stopping(o)) {
        iv_live_close_link(o->live, IV_CLOSE_GOING_AWAY, "the server ends");
    } else { /* who came back in this very moment; else nobody is told */
        iv_live_error(o->live, IV_E_STATE, "the session is paused: start_session goes on with it",
                      NULL);
    }
}

static void *own(void *arg)
{
    iv_live *l = arg;
    struct owner o = {.live = l, .said = IV_BUF_INIT(1u << 20)};
    struct iv_error err;

    if (begin(&o, &err)) {
        fail_to_begin(&o, &err);
    } else {
        hold_interview(&o);
        finish(&o);
    }
    release(&o);
    iv_live_owner_done(l);
    return NULL;
}

bool iv_live_owner_start(iv_live *l)
{
    pthread_attr_t attr;
    pthread_t thread;
    int rc;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    l->state = OWNER_RUNS;
    rc = pthread_create(&thread, &attr, own, l);
    if (rc)
        l->state = OWNER_NONE;
    pthread_attr_destroy(&attr);
    return !rc;
}

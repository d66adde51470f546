/* sink.c - what the engine says, to the client and onto the film; what somebody who comes back has missed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "ws/own.h"

#define SAMPLES_PER_MS (IV_TTS_RATE_HZ / 1000)

static int64_t wall_ms(const struct owner *o)
{
    return iv_wall_ms(o->live->all->clock);
}

/* -- messages -- */

static void keep_said(struct owner *o, const char *text, bool is_whole)
{
    iv_buf_clear(&o->said);
    iv_buf_adds(&o->said, text);
    o->is_said = is_whole;
}

static void keep_turn(struct owner *o, const struct iv_msg_turn *t)
{
    snprintf(o->turn.state, sizeof o->turn.state, "%s", t->state);
    o->turn.question = t->question;
    o->turn.questions = t->questions;
    o->turn.remaining_seconds = t->remaining_seconds;
}

/* The film is whole before its address is told. */
static void say_ended(struct owner *o, const struct iv_msg *m)
{
    const struct iv_lives_options *opt = &o->live->all->opt;
    uint64_t end = iv_conversation_now_ms(o->c) * SAMPLES_PER_MS;
    iv_json *summary = iv_json_dup(m->session_ended.summary);
    struct iv_msg told = *m;
    struct iv_error err;

    if (iv_live_film_close(o->film, end, &err))
        iv_live_error(o->live, err.code, err.text, "the interview is kept without its film");
    o->film = NULL;
    if (opt->urls && summary)
        opt->urls(opt->arg, o->live->id, summary);
    told.session_ended.summary = summary;
    iv_live_push(o->live, iv_live_wire_message(&told));
    iv_json_free(summary);
    o->is_over = true;
}

static void on_message(void *arg, const struct iv_msg *m)
{
    struct owner *o = arg;

    switch (m->type) {
    case IV_MSG_tts_audio: /* on_audio has it */
        return;
    case IV_MSG_session_ended:
        say_ended(o, m);
        return;
    case IV_MSG_session_started:
        keep_said(o, m->session_started.message, false);
        break;
    case IV_MSG_llm_start:
        keep_said(o, "", false);
        break;
    case IV_MSG_llm_response:
        keep_said(o, m->llm_response.text, m->llm_response.done);
        break;
    case IV_MSG_turn:
        keep_turn(o, &m->turn);
        break;
    case IV_MSG_stt_interim:
    case IV_MSG_stt_final:
        o->heard_ms = iv_conversation_now_ms(o->c);
        break;
    default:
        break;
    }
    iv_live_push(o->live, iv_live_wire_message(m));
}

/* -- sound and pictures -- */

static void push_sound(struct owner *o, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct iv_live_wire_sound s = {
        .samples = samples, .n = n, .at_ms = at_sample / SAMPLES_PER_MS, .wall_ms = wall_ms(o)};

    if (o->form.audio)
        iv_live_push(o->live, iv_live_wire_sound(&s, o->form.binary));
}

static void forget_recent(struct owner *o, uint64_t before_sample)
{
    struct recent *r;

    while ((r = o->first_recent) && r->at_sample + r->n <= before_sample) {
        o->first_recent = r->next;
        free(r);
    }
    if (!o->first_recent)
        o->last_recent = NULL;
}

static void keep_recent(struct owner *o, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct recent *r = iv_alloc(sizeof *r + n * sizeof *samples);

    forget_recent(o, iv_conversation_now_ms(o->c) * SAMPLES_PER_MS);
    if (!r)
        return; /* somebody who comes back just now misses it */
    r->at_sample = at_sample;
    r->n = n;
    memcpy(r->samples, samples, n * sizeof *samples);
    if (o->last_recent)
        o->last_recent->next = r;
    else
        o->first_recent = r;
    o->last_recent = r;
}

static void on_audio(void *arg, const int16_t *samples, size_t n, uint64_t at_sample)
{
    struct owner *o = arg;

    iv_live_film_voice(o->film, samples, n, at_sample);
    keep_recent(o, samples, n, at_sample);
    push_sound(o, samples, n, at_sample);
}

static void on_cut(void *arg, uint64_t at_sample)
{
    struct owner *o = arg;

    iv_live_film_cut(o->film, at_sample);
    forget_recent(o, UINT64_MAX);
    pthread_mutex_lock(&o->live->lock);
    iv_live_outbox_cut(&o->live->outbox, 0);
    pthread_mutex_unlock(&o->live->lock);
}

static void on_jpeg(void *arg, const uint8_t *bytes, size_t len, uint64_t number, uint64_t at_ms)
{
    struct owner *o = arg;
    struct iv_live_wire_picture p = {.jpeg = bytes,
                                     .len = len,
                                     .size = IV_FRAME_SIZE,
                                     .number = number,
                                     .at_ms = at_ms,
                                     .shown_ms = o->wall_zero_ms + (int64_t)at_ms};

    if (o->form.avatar)
        iv_live_push(o->live, iv_live_wire_picture(&p, o->form.binary));
}

static void on_frame(void *arg, const struct iv_picture *p, uint64_t number, uint64_t at_ms)
{
    (void)number;
    iv_live_film_picture(((struct owner *)arg)->film, p, at_ms);
}

static void on_wake(void *arg)
{
    iv_live *l = ((struct owner *)arg)->live;

    pthread_mutex_lock(&l->lock);
    l->is_woken = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

struct iv_conversation_sink iv_live_sink_of(struct owner *o)
{
    return (struct iv_conversation_sink){.arg = o,
                                         .message = on_message,
                                         .audio = on_audio,
                                         .cut = on_cut,
                                         .frame = o->film ? on_frame : NULL,
                                         .jpeg = o->begun.avatar ? on_jpeg : NULL,
                                         .wake = on_wake};
}

/* -- somebody came back -- */

static void say_turn(struct owner *o)
{
    struct iv_msg m = {.type = IV_MSG_turn,
                       .timestamp_ms = wall_ms(o),
                       .turn = {.state = o->turn.state,
                                .question = o->turn.question,
                                .questions = o->turn.questions,
                                .remaining_seconds = o->turn.remaining_seconds}};

    if (o->turn.state[0])
        iv_live_push(o->live, iv_live_wire_message(&m));
}

void iv_live_sink_show_again(struct owner *o)
{
    uint64_t now_ms = iv_conversation_now_ms(o->c);
    struct iv_msg m = {.type = IV_MSG_llm_response,
                       .timestamp_ms = wall_ms(o),
                       .llm_response = {.text = iv_buf_str(&o->said), .done = o->is_said}};

    forget_recent(o, now_ms * SAMPLES_PER_MS);
    pthread_mutex_lock(&o->live->lock);
    iv_live_outbox_cut(&o->live->outbox, now_ms);
    o->live->is_settling = false;
    iv_live_drain(o->live);
    pthread_mutex_unlock(&o->live->lock);
    if (o->said.len)
        iv_live_push(o->live, iv_live_wire_message(&m));
    say_turn(o);
    for (struct recent *r = o->first_recent; r; r = r->next)
        push_sound(o, r->samples, r->n, r->at_sample);
}

void iv_live_sink_release(struct owner *o)
{
    forget_recent(o, UINT64_MAX);
    iv_buf_release(&o->said);
}

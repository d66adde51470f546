/* model.c - see model.h. */
#include "screen/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

#define TEXT_MAX_BYTES (1u << 20)
#define NOTICE_US 8000000

void model_init(struct model *m)
{
    *m = (struct model){.reply = IV_BUF_INIT(TEXT_MAX_BYTES),
                        .interim = IV_BUF_INIT(TEXT_MAX_BYTES),
                        .asked = IV_BUF_INIT(TEXT_MAX_BYTES)};
}

static void forget(struct model *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->said[i].text);
    m->n = 0;
    m->generation++;
}

void model_release(struct model *m)
{
    forget(m);
    free(m->said);
    iv_buf_release(&m->reply);
    iv_buf_release(&m->interim);
    iv_buf_release(&m->asked);
    *m = (struct model){0};
}

static void set(struct iv_buf *b, const char *text)
{
    b->failed = false;
    iv_buf_clear(b);
    iv_buf_adds(b, text);
}

static enum iv_phase phase_of(const char *state)
{
    static const struct {
        const char *name;
        enum iv_phase phase;
    } names[] = {{"listening", IV_PHASE_LISTENING},
                 {"thinking", IV_PHASE_THINKING},
                 {"speaking", IV_PHASE_SPEAKING},
                 {"paused", IV_PHASE_PAUSED},
                 {"ended", IV_PHASE_ENDED}};

    for (size_t i = 0; i < IV_LEN(names); i++)
        if (!strcmp(names[i].name, state))
            return names[i].phase;
    return IV_PHASE_IDLE;
}

static void take_turn(struct model *m, const struct iv_msg *msg)
{
    m->phase = phase_of(msg->turn.state);
    if (msg->turn.questions) {
        m->question = (int)msg->turn.question;
        m->questions = (int)msg->turn.questions;
    }
    if (msg->turn.hushed) /* it may go on */
        return;
    if (m->phase == IV_PHASE_LISTENING || m->phase == IV_PHASE_PAUSED ||
        m->phase == IV_PHASE_ENDED) { /* the reply is a turn now, as far as it was said */
        iv_buf_clear(&m->reply);
        m->is_stale = true;
    }
}

void model_answering(struct model *m, int64_t now_us)
{
    if (m->n_times == MODEL_TIMES)
        memmove(m->times, m->times + 1, --m->n_times * sizeof *m->times);
    m->times[m->n_times++] = (struct turn_times){.us = {[STAMP_ANSWER] = now_us}};
}

void model_not_answered(struct model *m)
{
    if (m->n_times)
        m->n_times--;
}

void model_message(struct model *m, const struct iv_msg *msg, int64_t now_us)
{
    switch (msg->type) {
    case IV_MSG_stt_interim:
        set(&m->interim, msg->stt_interim.transcript);
        break;
    case IV_MSG_stt_final:
        iv_buf_clear(&m->interim);
        model_answering(m, now_us);
        m->is_stale = true;
        break;
    case IV_MSG_llm_start:
        iv_buf_clear(&m->reply);
        break;
    case IV_MSG_llm_response:
        set(&m->reply, msg->llm_response.text);
        if (msg->llm_response.text[0])
            model_stamp(m, STAMP_WORDS, now_us);
        break;
    case IV_MSG_turn:
        take_turn(m, msg);
        break;
    case IV_MSG_error:
        model_notice(m, now_us, "%s: %s", msg->error.code, msg->error.message);
        break;
    case IV_MSG_session_ended:
        m->phase = IV_PHASE_ENDED;
        m->is_stale = true;
        break;
    default:
        break;
    }
}

void model_stamp(struct model *m, enum stamp stamp, int64_t now_us)
{
    struct turn_times *t = m->n_times ? &m->times[m->n_times - 1] : NULL;

    if (t && t->us[STAMP_ANSWER] && !t->us[stamp])
        t->us[stamp] = now_us;
}

static enum iv_code add(struct model *m, enum iv_speaker who, const char *text, int64_t at_ms)
{
    char *copy = iv_strdup(text);

    if (!copy || iv_grow(&m->said, &m->cap, m->n + 1, sizeof *m->said)) {
        free(copy);
        return IV_E_NOMEM;
    }
    m->said[m->n++] = (struct said){who, copy, at_ms};
    m->generation++;
    return IV_OK;
}

enum iv_code model_turns(struct model *m, const struct iv_turn *turns, size_t n,
                         struct iv_error *err)
{
    enum iv_code rc = IV_OK;

    forget(m);
    for (size_t i = 0; !rc && i < n; i++)
        rc = add(m, turns[i].speaker, turns[i].text, turns[i].start_ms);
    m->is_stale = false;
    return rc ? iv_fail(err, rc, "transcript: out of memory") : IV_OK;
}

void model_asked(struct model *m, const char *text)
{
    set(&m->asked, text);
}

void model_notice(struct model *m, int64_t now_us, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(m->notice, sizeof m->notice, fmt, ap);
    va_end(ap);
    m->notice[iv_utf8_cut(m->notice, strlen(m->notice), sizeof m->notice - 1)] = '\0';
    m->notice_until_us = now_us + NOTICE_US;
}

const char *model_notice_text(const struct model *m, int64_t now_us)
{
    return m->notice[0] && now_us < m->notice_until_us ? m->notice : NULL;
}

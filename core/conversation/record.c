/* record.c - what happened goes into the store: events, turns and state, one step at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"

uint64_t iv_engine_now_ms(const struct iv_conversation *c)
{
    int64_t ms = c->base_ms;

    if (c->instant_ms >= 0)
        return (uint64_t)c->instant_ms;
    if (c->clock_runs)
        ms += (iv_mono_us(c->clock) - c->resumed_us) / 1000;
    return ms > 0 ? (uint64_t)ms : 0;
}

enum iv_code iv_json_text(const iv_json *j, char **out, size_t *len, struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(64u << 20);
    enum iv_code rc = iv_json_print(j, IV_JSON_COMPACT, &b, err);

    *out = NULL;
    if (!rc) {
        if (len)
            *len = b.len;
        *out = iv_buf_take(&b);
    }
    iv_buf_release(&b);
    return rc;
}

/* An event that cannot be kept is a gap in the recording, not the end of the interview. */
void iv_engine_note(struct iv_conversation *c, iv_json *event)
{
    struct iv_error err;
    char *text = NULL;

    if (c->opt.record_events && event) {
        iv_json_set_int(event, "at_ms", (int64_t)iv_engine_now_ms(c));
        if (!iv_json_text(event, &text, NULL, &err) &&
            !iv_grow(&c->events, &c->cap_events, c->n_events + 1, sizeof *c->events)) {
            c->events[c->n_events++] = text;
            text = NULL;
        }
    }
    free(text);
    iv_json_free(event);
}

static bool is_media(enum iv_msg_type type)
{
    return type == IV_MSG_tts_audio || type == IV_MSG_avatar_frame;
}

void iv_engine_emit(struct iv_conversation *c, struct iv_msg *m)
{
    m->timestamp_ms = iv_wall_ms(c->clock);
    if (c->opt.record_events && !is_media(m->type))
        iv_engine_note(c, iv_msg_encode(m));
    if (c->sink.message)
        c->sink.message(c->sink.arg, m);
}

void iv_engine_forget(struct iv_conversation *c, size_t n)
{
    while (c->n_events > n)
        free(c->events[--c->n_events]);
}

void iv_engine_events_release(struct iv_conversation *c)
{
    iv_engine_forget(c, 0);
    free(c->events);
}

enum iv_code iv_engine_commit(struct iv_conversation *c, const struct iv_turn *turns,
                              size_t n_turns, const struct iv_doc *docs, size_t n_docs,
                              struct iv_error *err)
{
    struct iv_step step = {
        .session = &c->session,
        .turns = turns,
        .n_turns = n_turns,
        .events = (const char *const *)c->events,
        .n_events = c->n_events,
        .docs = docs,
        .n_docs = n_docs,
    };
    enum iv_code rc = iv_store_step(c->store, &step, err);

    if (!rc) {
        c->next_turn += (int64_t)n_turns;
        iv_engine_forget(c, 0);
    }
    return rc;
}

/* The move that is under way, so that after a crash it is said again. */
static iv_json *pending_json(const struct reply *r)
{
    iv_json *j;

    if (!r->text)
        return iv_json_null();
    j = iv_json_object();
    iv_json_set_str(j, "text", r->planned ? r->planned : r->text);
    iv_json_set_int(j, "kind", r->kind);
    iv_json_set_str(j, "question_id", r->question_id);
    iv_json_set_int(j, "number", r->number);
    iv_json_set_int(j, "of", r->of);
    iv_json_set_bool(j, "waits", r->waits);
    iv_json_set_bool(j, "ends", r->ends);
    return j;
}

static iv_json *state_json(const struct iv_conversation *c)
{
    iv_json *j = iv_json_object();

    iv_json_set(j, "interviewer", iv_interviewer_save(c->interviewer));
    iv_json_set(j, "pending", pending_json(&c->reply));
    iv_json_set_int(j, "listening_since_ms", (int64_t)c->listening_since_ms);
    iv_json_set_bool(j, "said", c->is_said);
    iv_json_set_bool(j, "unasked", c->is_unasked);
    iv_json_set_bool(j, "prompted", c->is_prompted);
    return j;
}

/* Session, one turn (or none) and the new state in one step. */
enum iv_code iv_engine_save_state(struct iv_conversation *c, const struct iv_turn *turn,
                                  struct iv_error *err)
{
    iv_json *state = state_json(c);
    struct iv_doc doc = {.name = "state"};
    char *text = NULL;
    enum iv_code rc = iv_json_text(state, &text, &doc.len, err);

    if (rc)
        goto out;
    doc.text = text;
    rc = iv_engine_commit(c, turn, turn ? 1 : 0, &doc, 1, err);
    if (rc)
        goto out;
    iv_json_free(c->committed);
    c->committed = state;
    state = NULL;
out:
    free(text);
    iv_json_free(state);
    return rc;
}

enum iv_code iv_load_doc(iv_store *st, const char *session_id, const char *name, iv_json **out,
                         struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(64u << 20);
    enum iv_code rc = iv_store_doc_get(st, session_id, name, &text, err);

    *out = NULL;
    if (!rc)
        rc = iv_json_parse(iv_buf_str(&text), text.len, text.max, out, err);
    iv_buf_release(&text);
    return rc;
}

static enum iv_code take_pending(struct iv_conversation *c, const iv_json *pending,
                                 struct iv_error *err)
{
    struct reply *r = &c->reply;

    if (iv_json_type(pending) != IV_JSON_OBJECT)
        return IV_OK;
    r->text = iv_strdup(iv_json_get_str(pending, "text", ""));
    if (!r->text)
        return iv_fail(err, IV_E_NOMEM, "state: out of memory");
    r->len = strlen(r->text);
    r->kind = (enum iv_turn_kind)iv_json_get_int(pending, "kind", IV_TURN_REMARK);
    snprintf(r->question_id, sizeof r->question_id, "%s",
             iv_json_get_str(pending, "question_id", ""));
    r->number = (int)iv_json_get_int(pending, "number", 0);
    r->of = (int)iv_json_get_int(pending, "of", 0);
    r->waits = iv_json_get_bool(pending, "waits", true);
    r->ends = iv_json_get_bool(pending, "ends", false);
    return IV_OK;
}

/* NULL where there is no such paper; the text belongs to *doc. */
static enum iv_code load_paper(const struct iv_conversation *c, const char *name, iv_json **doc,
                               const char **text, struct iv_error *err)
{
    enum iv_code rc = iv_load_doc(c->store, c->session.id, name, doc, err);

    *text = rc ? NULL : iv_json_get_str(*doc, "text", NULL);
    return rc == IV_E_NOT_FOUND ? IV_OK : rc;
}

enum iv_code iv_engine_interviewer(const struct iv_conversation *c, const iv_json *state,
                                   iv_interviewer **out, struct iv_error *err)
{
    const iv_json *kept = iv_json_get(state, "interviewer");
    iv_json *resume = NULL, *job = NULL;
    struct iv_papers papers;
    enum iv_code rc;

    *out = NULL;
    if (kept && iv_json_type(kept) != IV_JSON_NULL)
        return iv_interviewer_new(c->ctx, &c->session.spec, kept, out, err);
    rc = load_paper(c, "resume", &resume, &papers.resume, err);
    if (!rc)
        rc = load_paper(c, "job", &job, &papers.job, err);
    if (!rc)
        rc = iv_interviewer_new_for(c->ctx, &c->session.spec, &papers, out, err);
    iv_json_free(resume);
    iv_json_free(job);
    return rc;
}

/* A session that was never started has no state: its interview is planned now. */
enum iv_code iv_engine_load_state(struct iv_conversation *c, struct iv_error *err)
{
    iv_json *state = NULL;
    enum iv_code rc = iv_load_doc(c->store, c->session.id, "state", &state, err);

    if (rc == IV_E_NOT_FOUND)
        rc = IV_OK;
    if (!rc)
        rc = iv_engine_interviewer(c, state, &c->interviewer, err);
    if (!rc && state) {
        c->listening_since_ms = (uint64_t)iv_json_get_int(state, "listening_since_ms", 0);
        c->is_said = iv_json_get_bool(state, "said", false);
        c->is_unasked = iv_json_get_bool(state, "unasked", false);
        c->is_prompted = iv_json_get_bool(state, "prompted", false);
        rc = take_pending(c, iv_json_get(state, "pending"), err);
    }
    c->committed = state;
    return rc;
}

/* prewarm.c - the lines of a plan, spoken into the cache before the interview needs them. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"

struct iv_prewarm {
    iv_ctx *ctx;
    iv_interviewer *interviewer;
    iv_tts *voice;
    enum iv_lang lang;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopped;
    size_t clauses; /* the thread's */
};

/* A line's pieces are those that the engine will ask for. */
static bool speak_line(void *arg, const char *line)
{
    struct iv_prewarm *p = arg;
    size_t len = strlen(line), at = 0, n;

    while (at < len && !atomic_load(&p->is_stopped)) {
        struct iv_speech speech = {0};
        struct iv_error err;
        char *clause;

        n = iv_clause_next(line + at, len - at, p->lang, true);
        clause = iv_strndup(line + at, n);
        at += n;
        if (!clause)
            return false;
        if (!iv_text_is_blank(clause) && iv_tts_render(p->voice, clause, &speech, &err)) {
            if (!atomic_load(&p->is_stopped))
                iv_log(iv_ctx_log(p->ctx), IV_LOG_WARN, "prewarm: %s", err.text);
            atomic_store(&p->is_stopped, true); /* a voice that fails now is not asked 50 times */
        }
        p->clauses += speech.pcm.len > 0;
        iv_speech_release(&speech);
        free(clause);
    }
    return !atomic_load(&p->is_stopped);
}

static void *speak_lines(void *arg)
{
    struct iv_prewarm *p = arg;

    iv_interviewer_lines(p->interviewer, speak_line, p);
    return NULL;
}

static enum iv_code load_interviewer(struct iv_prewarm *p, iv_store *store, const char *id,
                                     struct iv_error *err)
{
    struct iv_conversation c = {.ctx = p->ctx, .store = store};
    iv_json *state = NULL;
    enum iv_code rc = iv_store_session_get(store, id, &c.session, err);

    if (!rc)
        rc = iv_load_doc(store, id, "state", &state, err);
    if (rc == IV_E_NOT_FOUND)
        rc = IV_OK;
    if (!rc)
        rc = iv_engine_interviewer(&c, state, &p->interviewer, err);
    p->lang = c.session.spec.lang;
    iv_json_free(state);
    return rc;
}

enum iv_code iv_prewarm_start(iv_ctx *ctx, iv_store *store, const char *session_id,
                              const struct iv_tts_choice *voice, iv_prewarm **out,
                              struct iv_error *err)
{
    struct iv_prewarm *p = iv_alloc(sizeof *p);
    enum iv_code rc;

    *out = NULL;
    if (!p)
        return iv_fail(err, IV_E_NOMEM, "prewarm: out of memory");
    p->ctx = ctx;
    rc = load_interviewer(p, store, session_id, err);
    if (!rc)
        rc = iv_tts_open(ctx, voice, &p->voice, err);
    if (!rc && pthread_create(&p->thread, NULL, speak_lines, p))
        rc = iv_fail(err, IV_E_NOMEM, "prewarm: no thread can be started");
    p->has_thread = !rc;
    if (rc)
        iv_prewarm_end(p, false);
    else
        *out = p;
    return rc;
}

size_t iv_prewarm_end(iv_prewarm *p, bool whole)
{
    size_t n;

    if (!p)
        return 0;
    if (!whole) {
        atomic_store(&p->is_stopped, true);
        if (p->voice)
            iv_tts_cancel(p->voice);
    }
    if (p->has_thread)
        pthread_join(p->thread, NULL);
    n = p->clauses;
    iv_tts_close(p->voice);
    iv_interviewer_free(p->interviewer);
    free(p);
    return n;
}

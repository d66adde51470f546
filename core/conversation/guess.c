/* guess.c - what the interviewer will probably say next, spoken before it is known that the answer is over.
 *
 * Half of the silence that ends an answer has passed: the interviewer is asked what it would say to what is understood so far, and the voice, which has
 * nothing else to do, begins with the first clause of its reply. When that very clause is asked for, its sound is there already; in any
 * other case it is thrown away. The interviewer itself, the transcript and the recording know nothing of it.
 */
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/config.h"

static bool is_allowed(const struct iv_conversation *c)
{
    const struct iv_config *config = iv_ctx_config(c->ctx);
    const char *who = config ? config->turn_speculate : "local";
    const struct iv_voice *v = &c->opt.voice;

    if (!v->start || !v->cancel || !strcmp(who, "off"))
        return false;
    return !strcmp(who, "all") || (v->is_local && v->is_local(v->arg));
}

/* Where a model finds the words nobody knows them yet; and to words before a question there is another reply. */
static bool is_foreseeable(const struct iv_conversation *c)
{
    return c->phase == IV_PHASE_LISTENING && !c->reply.text && !c->is_unasked &&
           !c->opt.unattended && !c->wording.rules;
}

/* NULL: there is none, or no memory for it. */
static char *first_clause(const struct iv_conversation *c, const char *answer, uint64_t spoken_ms)
{
    int64_t left = iv_session_remaining_ms(&c->session, iv_wall_ms(c->clock));
    char *text = NULL, *clause = NULL;
    struct iv_error ignored;

    if (!iv_interviewer_foresee(c->interviewer, answer, (int64_t)spoken_ms, left, &text, &ignored))
        clause = iv_strndup(text, iv_clause_next(text, strlen(text), c->session.spec.lang, true));
    free(text);
    return clause;
}

void iv_guess_make(struct iv_conversation *c, const char *answer, uint64_t spoken_ms)
{
    struct guess *g = &c->guess;
    struct iv_tts_sink sink = iv_speech_queue_sink(&c->queue);
    struct iv_error ignored;

    if (!is_foreseeable(c) || !is_allowed(c) || iv_text_is_blank(answer) ||
        (g->answer && !strcmp(g->answer, answer)))
        return;
    iv_guess_drop(c);
    g->answer = iv_strdup(answer);
    g->clause = g->answer ? first_clause(c, answer, spoken_ms) : NULL;
    if (!g->clause)
        return;
    iv_speech_queue_clear(&c->queue);
    if (iv_text_is_blank(g->clause) ||
        c->opt.voice.start(c->opt.voice.arg, g->clause, &sink, &ignored)) {
        free(g->clause);
        g->clause = NULL;
    }
}

static void forget(struct guess *g)
{
    free(g->clause);
    free(g->answer);
    *g = (struct guess){0};
}

bool iv_guess_take(struct iv_conversation *c, const char *clause)
{
    struct speech_queue *q = &c->queue;
    bool is_good = c->guess.clause && !strcmp(c->guess.clause, clause);

    pthread_mutex_lock(&q->lock);
    is_good = is_good && !q->code;
    pthread_mutex_unlock(&q->lock);
    if (is_good)
        forget(&c->guess);
    else
        iv_guess_drop(c);
    return is_good;
}

void iv_guess_drop(struct iv_conversation *c)
{
    if (c->guess.clause) {
        c->opt.voice.cancel(c->opt.voice.arg);
        iv_speech_queue_wait(&c->queue);
    }
    forget(&c->guess);
}

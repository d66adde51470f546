/* llm_script.c - the ideal language model for tests: says what it is told to say.
 *
 * Engine "script:first reply|second reply": the replies in turn, in pieces of PIECE bytes (also inside a character), each
 * request from a thread of its own. A reply may begin with words that are not said:
 *
 *     !wait=MS   nothing comes for so long        !gap=MS   so long between two pieces
 *     !error     fails after its text             !limit    fails with IV_E_LLM_RATE_LIMIT after its text
 *     !hang      never ends until it is stopped   !bytes    says a byte that is no text
 *
 * "{last}" in a reply is the text of the request's last message, "{system}" that of its first.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "provider/llm_open.h"

#define PIECE 7
#define REPLY_MAX_BYTES (IV_LLM_MAX_PROMPT_BYTES + LLM_ARG_BYTES)

struct script {
    char arg[LLM_ARG_BYTES], model[64];
    pthread_mutex_t lock;
    unsigned turn; /* {lock} */
};

struct play {
    struct llm_job job;
    struct iv_buf reply;
    long wait_ms, gap_ms;
    bool error, limit, hang, bytes;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopped; /* {lock} */
};

static bool script_available(iv_ctx *ctx, char *why, size_t why_bytes)
{
    (void)ctx, (void)why, (void)why_bytes;
    return true;
}

static enum iv_code script_open(void *st, const struct llm_env *env, struct iv_error *err)
{
    struct script *s = st;

    (void)err;
    snprintf(s->arg, sizeof s->arg, "%s", env->arg);
    snprintf(s->model, sizeof s->model, "%.60s", env->model);
    pthread_mutex_init(&s->lock, NULL);
    return IV_OK;
}

/* The reply of this turn; after the last one it begins anew. */
static void reply_of_turn(struct script *s, char out[LLM_ARG_BYTES])
{
    const char *at = s->arg;
    unsigned replies = 1, wanted;

    for (const char *c = s->arg; *c; c++)
        replies += *c == '|';
    pthread_mutex_lock(&s->lock);
    wanted = s->turn++ % replies;
    pthread_mutex_unlock(&s->lock);
    while (wanted--)
        at += strcspn(at, "|") + 1;
    snprintf(out, LLM_ARG_BYTES, "%.*s", (int)strcspn(at, "|"), at);
}

/* Takes the words with "!" off the front; returns where the text begins. */
static const char *read_faults(struct play *p, const char *at)
{
    while (*at == '!') {
        size_t len = strcspn(at, " ");

        if (!strncmp(at, "!wait=", 6))
            p->wait_ms = strtol(at + 6, NULL, 10);
        else if (!strncmp(at, "!gap=", 5))
            p->gap_ms = strtol(at + 5, NULL, 10);
        p->error |= len == 6 && !strncmp(at, "!error", 6);
        p->limit |= len == 6 && !strncmp(at, "!limit", 6);
        p->hang |= len == 5 && !strncmp(at, "!hang", 5);
        p->bytes |= len == 6 && !strncmp(at, "!bytes", 6);
        at += len;
        at += *at == ' ';
    }
    return at;
}

static void fill(struct iv_buf *out, const char *text, const struct iv_llm_request *r)
{
    while (*text) {
        if (!strncmp(text, "{last}", 6)) {
            iv_buf_adds(out, r->messages[r->n_messages - 1].text);
            text += 6;
        } else if (!strncmp(text, "{system}", 8)) {
            iv_buf_adds(out, r->messages[0].text);
            text += 8;
        } else {
            iv_buf_addc(out, *text++);
        }
    }
}

/* Waits so long, or for ever with ms < 0; false when it was stopped. */
static bool wait_ms(struct play *p, long ms)
{
    struct timespec until;
    bool stopped;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms < 0 ? 3600 : ms / 1000;
    until.tv_nsec += ms < 0 ? 0 : ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&p->lock);
    while (!p->is_stopped && ms &&
           pthread_cond_timedwait(&p->changed, &p->lock, &until) != ETIMEDOUT)
        ;
    stopped = p->is_stopped;
    pthread_mutex_unlock(&p->lock);
    return !stopped;
}

static bool speak(struct play *p)
{
    const char *text = iv_buf_str(&p->reply);

    for (size_t at = 0; at < p->reply.len; at += PIECE) {
        size_t n = p->reply.len - at < PIECE ? p->reply.len - at : PIECE;

        if (!wait_ms(p, at ? p->gap_ms : 0))
            return false;
        p->job.text(p->job.arg, text + at, n);
    }
    if (p->bytes)
        p->job.text(p->job.arg, "\xff", 1);
    return true;
}

static void *play(void *arg)
{
    struct play *p = arg;
    bool whole =
        wait_ms(p, p->wait_ms) && speak(p) && (!p->hang || wait_ms(p, -1)) && wait_ms(p, 0);
    enum iv_code code = !whole     ? IV_E_CANCELLED
                        : p->error ? IV_E_LLM_ERROR
                        : p->limit ? IV_E_LLM_RATE_LIMIT
                                   : IV_OK;

    p->job.done(p->job.arg, code, code ? "llm script: as it was told" : "", NULL);
    return NULL;
}

static enum iv_code script_start(void *st, void *job_st, const struct llm_job *job,
                                 struct iv_error *err)
{
    struct play *p = job_st;
    char reply[LLM_ARG_BYTES];
    pthread_condattr_t attr;

    p->job = *job;
    p->reply = (struct iv_buf)IV_BUF_INIT(REPLY_MAX_BYTES);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
    reply_of_turn(st, reply);
    fill(&p->reply, read_faults(p, reply), job->request);
    if (p->reply.failed || pthread_create(&p->thread, NULL, play, p))
        return iv_fail(err, IV_E_NOMEM, "llm script: out of memory");
    pthread_detach(p->thread);
    return IV_OK;
}

static void script_stop(void *st, void *job_st)
{
    struct play *p = job_st;

    (void)st;
    pthread_mutex_lock(&p->lock);
    p->is_stopped = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void script_release(void *st, void *job_st)
{
    struct play *p = job_st;

    (void)st;
    iv_buf_release(&p->reply);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
}

static void script_close(void *st)
{
    struct script *s = st;

    pthread_mutex_destroy(&s->lock);
}

static const char *script_model(const void *st)
{
    return ((const struct script *)st)->model;
}

const struct iv_llm_ops iv_llm_script = {
    .name = "script",
    .summary = "says what it is told to say; for tests",
    .flags = LLM_FOR_TESTS,
    .state_size = sizeof(struct script),
    .job_size = sizeof(struct play),
    .available = script_available,
    .open = script_open,
    .start = script_start,
    .stop = script_stop,
    .release = script_release,
    .close = script_close,
    .model = script_model,
};

/* llm_complete.c - a reply waited for as a whole. */
#include <pthread.h>
#include <stdlib.h>

#include "iv/alloc.h"
#include "iv/buf.h"
#include "iv/llm.h"

struct waiter {
    struct iv_buf text;
    struct iv_llm_usage usage;
    struct iv_error failure;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
};

static void keep_text(void *arg, const char *text, size_t len)
{
    struct waiter *w = arg;

    iv_buf_add(&w->text, text, len);
}

static void keep_done(void *arg, enum iv_code code, const char *text,
                      const struct iv_llm_usage *usage)
{
    struct waiter *w = arg;

    pthread_mutex_lock(&w->lock);
    w->usage = *usage;
    iv_fail(&w->failure, code, "%s", text);
    w->is_done = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

enum iv_code iv_llm_complete(iv_llm *m, const struct iv_llm_request *r, char **text,
                             struct iv_llm_usage *usage, struct iv_error *err)
{
    struct waiter w = {.text = IV_BUF_INIT(IV_LLM_MAX_REPLY_BYTES)};
    struct iv_llm_sink sink = {keep_text, keep_done, &w};
    enum iv_code rc;

    *text = NULL;
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.changed, NULL);
    rc = iv_llm_start(m, r, &sink, NULL, err);
    if (rc)
        goto out;
    pthread_mutex_lock(&w.lock);
    while (!w.is_done)
        pthread_cond_wait(&w.changed, &w.lock);
    pthread_mutex_unlock(&w.lock);
    rc = w.failure.code ? iv_fail(err, w.failure.code, "%s", w.failure.text)
                        : iv_buf_check(&w.text, "reply", err);
    if (usage)
        *usage = w.usage;
    if (!rc)
        *text = w.text.data ? iv_buf_take(&w.text) : iv_strdup("");
    if (!rc && !*text)
        rc = iv_fail(err, IV_E_NOMEM, "llm: out of memory");
out:
    pthread_cond_destroy(&w.changed);
    pthread_mutex_destroy(&w.lock);
    iv_buf_release(&w.text);
    return rc;
}

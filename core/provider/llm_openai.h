/* llm_openai.h - one server of OpenAI's kind as llm_openai.c set it up, and one request to it, llm_openai_job.c. */
#ifndef IV_PROVIDER_LLM_OPENAI_H
#define IV_PROVIDER_LLM_OPENAI_H

#include <pthread.h>
#include <stdatomic.h>

#include "provider/openai_chat.h"

#define OPENAI_LLM_NAME "llm openai"
#define OPENAI_LLM_SERVICE "llm.openai"
#define OPENAI_CONNECT_MS 5000

struct openai {
    iv_ctx *ctx;
    iv_net *net;
    char url[600], base[512], model[128], *bearer; /* "Bearer <key>", or NULL */
    bool is_public;
    int64_t first_ms, gap_ms;
    atomic_uint without; /* CHAT_...: learned from refusals */
};

struct chat {
    struct openai *o;
    struct llm_job job;
    struct llm_copy copy;
    struct chat_stream stream;
    struct openai_error said; /* of the last refusal */
    struct net_verdict refusal;
    char request_id[NET_ID_BYTES];
    unsigned without;
    int64_t begun_ms, loading_since_ms, due_ms; /* -1: not yet */
    unsigned fixes, shorter, answers;
    enum chat_end how; /* the last stream ended */
    net_timer *timer; /* net thread */
    pthread_mutex_t lock;
    net_call *call; /* {lock} */
    bool is_stopped; /* {lock} */
};

/* As struct iv_llm_ops says. */
enum iv_code iv_openai_chat_start(void *st, void *job_st, const struct llm_job *job,
                                  struct iv_error *err);
void iv_openai_chat_stop(void *st, void *job_st);
void iv_openai_chat_release(void *st, void *job_st);

#endif

/* llm.h - what a language model back end implements; core/provider only.
 *
 * Why:     a back end turns a request into bytes for a service and its answer into text; choosing, limits, usage, cutting the history and
 *          falling back to the next of the list are llm.c's, once for all.
 * Owns:    core owns the state block `st` (zeroed, state_size bytes), and one job block (job_size) for each request under way.
 * Threads: open, close, start: the owner; stop: [any]; the job's functions: the net thread.
 * Errors:  iv_code and text by the rows of the contract "errors".
 */
#ifndef IV_PROVIDER_LLM_H
#define IV_PROVIDER_LLM_H

#include "iv/llm.h"

enum { LLM_FOR_TESTS = 1 };

struct llm_env {
    iv_ctx *ctx;
    const char *model;
};

struct llm_job {
    const struct iv_llm_request
        *request; /* checked, inside the history's limit; valid during start only */
    void (*text)(void *arg, const char *text, size_t len);
    void (*done)(void *arg, enum iv_code code, const char *text, const struct iv_llm_usage *usage);
    void *arg;
};

struct iv_llm_ops {
    const char *name, *summary;
    unsigned flags;
    size_t state_size, job_size;
    bool (*available)(iv_ctx *ctx, char *why, size_t why_bytes);
    enum iv_code (*open)(void *st, const struct llm_env *env, struct iv_error *err);
    enum iv_code (*start)(void *st, void *job_st, const struct llm_job *job, struct iv_error *err);
    void (*stop)(void *st, void *job_st); /* done(IV_E_CANCELLED) follows */
    void (*release)(void *st, void *job_st); /* after this no function of the job runs */
    void (*warm)(void *st);
    void (*close)(void *st); /* also after a failed open */
    const char *(*model)(const void *st);
    enum iv_code (*models)(iv_ctx *ctx, void (*fn)(void *arg, const char *model, const char *about),
                           void *arg, struct iv_error *err);
};

/* In order of preference for "auto"; NULL ends it. */
extern const struct iv_llm_ops *const iv_llm_list[];
extern const struct iv_llm_ops iv_llm_openai;

#endif

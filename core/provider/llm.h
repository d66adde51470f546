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
    const char *arg; /* what stood behind "name:"; "" */
};

struct llm_job {
    const struct iv_llm_request
        *request; /* checked, inside the history's limit, every 0 filled; valid during start only */
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
    /* `done` is the last thing that touches job_st: within it, release may be called. stop and release never call it. */
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
extern const struct iv_llm_ops iv_llm_openai, iv_llm_script;

/* Tokens that a text will take, on the safe side: a quarter of its ASCII bytes, one for each other character. */
int64_t iv_llm_estimate(const char *text, size_t len);

/* llm_request.c: an own copy of a request. IV_E_USAGE: no message, an empty last one, too long, not UTF-8. */
struct llm_copy {
    struct iv_llm_request r;
    struct iv_llm_message *messages;
};
enum iv_code iv_llm_copy(const struct iv_llm_request *r, struct llm_copy *out,
                         struct iv_error *err);
void iv_llm_copy_release(struct llm_copy *c);
/* Leaves out the oldest messages after the system's until the rest fits; the last one always stays. Returns the tokens of the rest. */
int64_t iv_llm_fit(struct llm_copy *c, int64_t max_tokens);

#endif

/* iv/llm.h - a language model: messages in, text as it comes out.
 *
 * Why:     the turn engine wants words early and an end for certain; scoring wants JSON of a known shape. Any service, one interface.
 * Owns:    requests are copied by start.
 * Threads: open, start, close: the owner. cancel: [any]. Sink functions come on the net thread, in order: on_text any number of times,
 *          on_done exactly once, also after cancel. After close returns none runs any more.
 * Units:   tokens; milliseconds.
 * Errors:  IV_E_LLM_ERROR, _TIMEOUT, _RATE_LIMIT, _INVALID_RESPONSE; IV_E_CANCELLED; before anything is sent IV_E_USAGE (empty, too
 *          long, not UTF-8) and IV_E_LLM_ERROR when the spending limit is reached.
 */
#ifndef IV_LLM_H
#define IV_LLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/ctx.h"

#define IV_LLM_MAX_PROMPT_BYTES (256u << 10)
#define IV_LLM_MAX_REPLY_BYTES (256u << 10)

enum iv_llm_role { IV_LLM_SYSTEM, IV_LLM_USER, IV_LLM_ASSISTANT };
struct iv_llm_message {
    enum iv_llm_role role;
    const char *text;
};

struct iv_llm_request {
    const struct iv_llm_message *
        messages; /* the first may be the system's; when the history is too long the middle is dropped */
    size_t n_messages;
    int max_tokens; /* 0: setting */
    double temperature; /* negative: setting */
    int64_t seed; /* negative: none */
    const char *schema_name, *schema; /* JSON schema of the answer, or NULL: plain text */
    int64_t budget_ms; /* for all tries; 0: settings decide */
};

struct iv_llm_usage {
    int64_t tokens_in, tokens_out; /* estimated from the text when the service did not say */
    bool is_estimate;
    int64_t first_token_ms; /* from start; -1: none came */
    char request_id[80];
};

struct iv_llm_sink {
    void (*on_text)(void *arg, const char *text, size_t len); /* whole UTF-8 characters */
    void (*on_done)(void *arg, enum iv_code code, const char *text,
                    const struct iv_llm_usage *usage);
    void *arg;
};

struct iv_llm_choice {
    const char *engine; /* names by preference, with commas; "none"; NULL: setting llm.engine */
    const char *model; /* NULL: setting llm.model */
};

typedef struct iv_llm iv_llm;

/* *out NULL and IV_OK: the setting says none ("builtin"). */
enum iv_code iv_llm_open(iv_ctx *ctx, const struct iv_llm_choice *choice, iv_llm **out,
                         struct iv_error *err);
/* Several may run at once; *id names one for cancel. */
enum iv_code iv_llm_start(iv_llm *m, const struct iv_llm_request *r, const struct iv_llm_sink *sink,
                          uint64_t *id, struct iv_error *err);
void iv_llm_cancel(iv_llm *m, uint64_t id);
void iv_llm_close(iv_llm *m);
void iv_llm_warm(iv_llm *m); /* it will be asked soon: open the connection. NULL is fine */
const char *iv_llm_engine(const iv_llm *m);
const char *iv_llm_model(const iv_llm *m);

/* Waits for the whole answer; the caller frees *text. */
enum iv_code iv_llm_complete(iv_llm *m, const struct iv_llm_request *r, char **text,
                             struct iv_llm_usage *usage, struct iv_error *err);

struct iv_llm_info {
    const char *name, *summary;
    bool available;
    char why_not[300];
};
size_t iv_llm_engines(iv_ctx *ctx, struct iv_llm_info *out, size_t max);
enum iv_code iv_llm_models(iv_ctx *ctx, const char *engine,
                           void (*fn)(void *arg, const char *model, const char *about), void *arg,
                           struct iv_error *err);

#endif

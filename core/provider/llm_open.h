/* llm_open.h - which back ends a list of names means: llm_choose.c decides, llm.c opens them. */
#ifndef IV_PROVIDER_LLM_OPEN_H
#define IV_PROVIDER_LLM_OPEN_H

#include "provider/llm.h"

#define LLM_MAX_LINKS 4
#define LLM_ARG_BYTES 8192

struct llm_choice {
    const struct iv_llm_ops *ops[LLM_MAX_LINKS];
    size_t n;
    bool may_be_none; /* n == 0 is an answer, not an error */
    char arg[LLM_ARG_BYTES]; /* what stood behind "name:" of the last one; "" */
    char why[300]; /* why the last one that was left out cannot be used */
};
enum iv_code iv_llm_choose(iv_ctx *ctx, const char *engine, struct llm_choice *out,
                           struct iv_error *err);

#endif

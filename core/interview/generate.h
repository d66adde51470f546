/* interview/generate.h - parts of iv/generate.h. */
#ifndef IV_INTERVIEW_GENERATE_H
#define IV_INTERVIEW_GENERATE_H

#include "iv/generate.h"
#include "iv/llm.h"

#define GENERATE_WHY_BYTES 400

/* generate_read.c: a question from its JSON; what does not fit is cut away or left empty, for the lint to find. IV_E_NOMEM. */
enum iv_code iv_draft_read(const struct iv_generate_input *in, const iv_json *j,
                           struct iv_question *out, struct iv_error *err);

/* generate_check.c */
struct
    iv_known { /* questions that a new one must differ from: the shipped ones of the language, and those taken */
    char **asks;
    size_t n, cap;
};
enum iv_code iv_known_load(const iv_ctx *ctx, enum iv_lang lang, struct iv_known *out,
                           struct iv_error *err);
enum iv_code iv_known_add(struct iv_known *k, const char *ask, struct iv_error *err);
void iv_known_release(struct iv_known *k);
/* True when it may be asked; else why holds the first reason against it. */
bool iv_draft_is_good(const iv_ctx *ctx, const struct iv_question *q, const struct iv_known *known,
                      char why[GENERATE_WHY_BYTES]);

/* generate_prompt.c */
struct iv_draft_request {
    char *system, *task, *schema;
    struct iv_llm_message messages[2];
    struct iv_llm_request llm; /* points into this struct: it must not move */
};
/* reasons: why questions of the first attempt were thrown away, "" in the first. */
enum iv_code iv_draft_request_make(const iv_ctx *ctx, const struct iv_generate_input *in, int count,
                                   const struct iv_known *known, const char *reasons,
                                   struct iv_draft_request *out, struct iv_error *err);
void iv_draft_request_release(struct iv_draft_request *r);

#endif

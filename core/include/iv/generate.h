/* iv/generate.h - new questions from a language model, each checked like one that a person wrote.
 *
 * Why:     the shipped banks know no company and no job description; a model can write for them, but what it writes is only a draft.
 * How:     the reply has a fixed shape and becomes questions of the bank's schema. Words that could never help are taken out (they
 *          stand in the question, or twice, or can match nothing); then each question passes the lint of banks (form, competency,
 *          forbidden topics) and must ask what no other asks. What fails is asked for once more, then left out.
 * Owns:    the bank owns its questions.
 * Threads: [any]; waits for the model, at most llm.timeout for each request.
 * Errors:  IV_E_LLM_ERROR without a model; IV_E_DATA when nothing good came; what the model's service says when it fails.
 */
#ifndef IV_GENERATE_H
#define IV_GENERATE_H

#include "iv/bank.h"

#define IV_GENERATE_MAX 20

struct iv_generate_input {
    enum iv_lang lang;
    enum iv_session_type type;
    enum iv_difficulty difficulty;
    const char *role, *job; /* NULL: none */
    int count; /* 1 to IV_GENERATE_MAX */
};

/* `say` is told, in English, of each question that was not taken, with the reason. */
enum iv_code iv_questions_generate(iv_ctx *ctx, const struct iv_generate_input *in,
                                   struct iv_bank *out, void (*say)(void *arg, const char *text),
                                   void *arg, struct iv_error *err);

#endif

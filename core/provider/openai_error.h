/* openai_error.h - what a server of OpenAI's kind means when it refuses.
 *
 * Why:     OpenAI, llama-server, Ollama, vLLM, whisper-server, speaches and Kokoro-FastAPI write their errors in seven shapes, and the
 *          same words decide for language, transcription and speech; read and judged here once.
 * Owns:    plain values.
 * Threads: [any].
 * Errors:  none: what cannot be read leaves an empty message and is judged by its status.
 * Source:  shared provider contracts "openai" (sections 2 and 5) and "errors" (sections 2 to 4).
 */
#ifndef IV_PROVIDER_OPENAI_ERROR_H
#define IV_PROVIDER_OPENAI_ERROR_H

#include "iv/json.h"
#include "net/net.h"

enum openai_kind { OPENAI_LLM, OPENAI_STT, OPENAI_TTS, OPENAI_KINDS };

/* What NET_FIX asks the back end to change before its next call. */
enum openai_fix {
    OPENAI_FIX_NONE,
    OPENAI_FIX_CONTEXT, /* the prompt is too long for the model */
    OPENAI_FIX_LOADING, /* the model is being loaded: the same again in a second */
    OPENAI_FIX_PARAM /* the parameter named in `param` is not known there */
};

struct openai_error {
    char message
        [240]; /* one line, no control or direction characters, nothing that looks like a key */
    char code[64]; /* an integer as its digits */
    char type[64];
    char param[64]; /* the field that is at fault, where it is told */
    enum openai_fix fix; /* of the judge */
};

/* A body in any shape: {"error":{...}}, {"error":"..."}, {"detail":"..."}, {"detail":{...}}, {"detail":[{"msg"}]},
 * {"object":"error",...}, plain text. */
void iv_openai_error_read(const char *body, size_t len, struct openai_error *out);
/* The same from parsed JSON; false: it holds no error. */
bool iv_openai_error_from(const iv_json *body, struct openai_error *out);

/* The verdict on what happened. `name` begins the text ("llm openai"); `said` is what the body said: read from o->body when NULL, or
 * from a stream that failed under status 200. o->failure may be anything but NET_OK. `e` may be NULL. */
void iv_openai_judge(enum openai_kind kind, const char *name, const struct net_outcome *o,
                     const struct openai_error *said, struct openai_error *e,
                     struct net_verdict *v);

#endif

/* openai_chat.h - chat completions as bytes: the request's JSON, and the stream that answers.
 *
 * Why:     what servers of OpenAI's kind disagree about is in one place without a socket, so that every cut and oddity is a test.
 * Owns:    a stream owns its buffers; its functions and argument are borrowed until release.
 * Threads: one owner at a time.
 * Errors:  of building: IV_E_NOMEM, IV_E_TOO_LARGE. A stream ends in one of enum chat_end.
 * Source:  shared provider contract "openai", sections 1 and 5.
 */
#ifndef IV_PROVIDER_OPENAI_CHAT_H
#define IV_PROVIDER_OPENAI_CHAT_H

#include "provider/llm.h"
#include "provider/openai_error.h"
#include "provider/sse.h"

/* What a server has refused, or is known not to have. */
enum {
    CHAT_NO_TEMPERATURE = 1,
    CHAT_NO_SEED = 2,
    CHAT_NO_STREAM_OPTIONS = 4,
    CHAT_NO_OBFUSCATION = 8, /* the option that turns the padding off */
    CHAT_NO_SCHEMA = 16, /* json_object instead, the schema in words */
    CHAT_NO_FORMAT = 32, /* in words only */
    CHAT_OLD_MAX_TOKENS = 64 /* "max_tokens" instead of "max_completion_tokens" */
};
/* The bit to flip for a parameter that was refused; 0: nothing can be changed. */
unsigned iv_chat_fix(const char *param, unsigned without);

enum iv_code iv_chat_body(const struct iv_llm_request *r, const char *model, unsigned without,
                          struct iv_buf *out, struct iv_error *err);

enum chat_end {
    CHAT_WHOLE,
    CHAT_CUT, /* the body ended too early */
    CHAT_ERROR, /* an error came in place of text: `said` */
    CHAT_NONSENSE, /* not what the contract describes */
    CHAT_EMPTY, /* it ended well and said nothing */
    CHAT_REFUSED, /* a refusal, or the service's filter */
    CHAT_UNFIT, /* a schema was asked for: the text is no JSON, or lacks a key */
    CHAT_TOO_SHORT /* the same, because the limit of tokens cut it */
};

struct chat_stream {
    struct sse sse;
    struct iv_buf whole; /* of an answer that is no stream, or of JSON that was asked for */
    void (*text)(void *arg, const char *text, size_t len);
    void *arg;
    const char *schema; /* borrowed; not NULL: text is told at the end, when it fits */
    struct openai_error said;
    char finish[24];
    bool is_started, is_stream, has_done, has_error, is_nonsense, has_refusal;
    size_t told; /* bytes */
    int64_t tokens_in, tokens_out; /* 0: not said */
    int think; /* how much of "<think>" or "</think>" has come */
    enum { CHAT_THINK_MAYBE, CHAT_THINK_IN, CHAT_THINK_AFTER, CHAT_THINK_NOT } thinking;
};

void iv_chat_init(struct chat_stream *s, const char *schema,
                  void (*text)(void *arg, const char *text, size_t len), void *arg);
/* A piece of a 2xx body; false: it makes no sense to read on. */
bool iv_chat_feed(struct chat_stream *s, const char *data, size_t len, const char *content_type);
/* The body has ended. Tells the text of an answer that came whole or was held back. */
enum chat_end iv_chat_finish(struct chat_stream *s);
void iv_chat_reset(struct chat_stream *s); /* for another try */
void iv_chat_release(struct chat_stream *s);

#endif

/* openai_transcript.h - what a service of OpenAI's kind heard in one piece of sound.
 *
 * Why:     json, verbose_json of OpenAI, and that of whisper.cpp (words within segments) in one shape.
 * Owns:    a transcript owns its text and words.
 * Threads: [any].
 * Units:   milliseconds of the stream; words lie within the piece, in order.
 * Errors:  IV_E_STT_ERROR for what is no JSON object with a text.
 */
#ifndef IV_PROVIDER_OPENAI_TRANSCRIPT_H
#define IV_PROVIDER_OPENAI_TRANSCRIPT_H

#include "iv/stt.h"

#define OPENAI_MAX_TRANSCRIPT (4u << 20) /* bytes of an answer */
#define OPENAI_MAX_WORDS 8192

struct openai_transcript {
    char *text; /* "" where nothing was said, by its own judgement */
    float confidence; /* 1 where it does not say */
    struct iv_word *words;
    size_t n_words;
};
/* The piece lasted from from_ms to until_ms. *out is empty on failure. */
enum iv_code iv_openai_transcript_read(const char *body, size_t len, uint32_t from_ms,
                                       uint32_t until_ms, struct openai_transcript *out,
                                       struct iv_error *err);
void iv_openai_transcript_release(struct openai_transcript *t);

#endif

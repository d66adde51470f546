/* deepgram.h - what Deepgram says about a stream or a recording, and how it refuses.
 *
 * Why:     messages, answers and closes in one place, apart from any connection.
 * Owns:    a message owns its words and text.
 * Threads: [any].
 * Units:   milliseconds from the first sample sent on the connection.
 * Errors:  IV_E_STT_ERROR for what is no JSON object.
 * Source:  shared provider contract "deepgram".
 */
#ifndef IV_PROVIDER_DEEPGRAM_H
#define IV_PROVIDER_DEEPGRAM_H

#include "iv/buf.h"
#include "iv/stt.h"
#include "net/net.h"

#define DEEPGRAM_MAX_MESSAGE (1u << 20)
#define DEEPGRAM_MAX_WORDS 8192

enum deepgram_kind {
    DEEPGRAM_OTHER, /* also SpeechStarted: our own detector hears it sooner */
    DEEPGRAM_RESULTS,
    DEEPGRAM_UTTERANCE_END,
    DEEPGRAM_METADATA,
    DEEPGRAM_ERROR /* the stream goes on */
};
struct deepgram_message {
    enum deepgram_kind kind;
    bool is_final, speech_final;
    uint32_t start_ms, end_ms;
    float confidence;
    char *text; /* never NULL for results */
    struct iv_word *words;
    size_t n_words;
    char note[200]; /* of an error */
};
enum iv_code iv_deepgram_read(const char *data, size_t len, struct deepgram_message *out,
                              struct iv_error *err);
/* The answer to a recording: one result. */
enum iv_code iv_deepgram_read_recording(const char *data, size_t len, struct deepgram_message *out,
                                        struct iv_error *err);
void iv_deepgram_release(struct deepgram_message *m);

/* What a lost or refused connection means: NET_RETRY: again; NET_WAIT: when there is sound again; NET_FAIL: over. */
void iv_deepgram_judge(const struct net_outcome *o, struct net_verdict *v);

#endif

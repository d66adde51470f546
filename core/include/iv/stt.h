/* iv/stt.h - speech to text: one stream of samples in, interim and final text out.
 *
 * Why:     the turn engine and `transcribe` want the same words, times and confidence from any back end.
 * Owns:    a recogniser borrows a decoder from the context's bounded warm pool (setting stt.pool) and gives it back on close.
 * Threads: open, feed, finish, close: one thread. Sink functions arrive on the recogniser's worker thread, in order, between
 *          open and the end of close; on_done exactly once after finish, and nothing after it. Closing without finish is giving up:
 *          no on_done then. A sink function must not call back into its recogniser. Only on_done(IV_E_STT_TIMEOUT) comes on
 *          the caller's thread, from finish: the worker is stuck.
 * Units:   mono PCM at IV_STT_RATE_HZ; milliseconds from the first sample fed; confidence 0..1: of a word, its share
 *          (posterior) among everything the recogniser still thought possible there; of a result, the mean by length; 0 in
 *          interim results, which have none yet.
 * Errors:  IV_E_STT_ERROR for a language without a recogniser (the text names the ways to get one), IV_E_STT_NO_SPEECH through on_done
 *          when nothing was said, IV_E_BUSY when every decoder of the pool is taken.
 */
#ifndef IV_STT_H
#define IV_STT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/audio.h"
#include "iv/ctx.h"
#include "iv/text.h"

struct iv_word {
    char *text;
    uint32_t start_ms, end_ms;
    float confidence;
};

struct iv_stt_result {
    const char *text; /* made readable: casing, sentence ends; borrowed for the call */
    float confidence;
    uint32_t start_ms, end_ms;
    const struct iv_word *words;
    size_t n_words;
    bool is_final;
};

/* What a service thinks about the end of an utterance; one voice among others for the turn detector. */
enum iv_stt_endpoint { IV_STT_SPEECH_FINAL, IV_STT_UTTERANCE_END };

struct iv_stt_sink {
    void (*on_speech)(void *arg, bool speaking, uint32_t at_ms); /* voice activity; may be NULL */
    void (*on_result)(void *arg, const struct iv_stt_result *r);
    void (*on_done)(void *arg, enum iv_code code, const char *text);
    void *arg;
    void (*on_endpoint)(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms); /* may be NULL */
};

struct iv_stt_choice {
    const char
        *engine; /* names by preference, with commas; "auto"; NULL: what setting stt.engine says */
    enum iv_lang lang;
    bool interim;
};

typedef struct iv_stt iv_stt;

enum iv_code iv_stt_open(iv_ctx *ctx, const struct iv_stt_choice *choice,
                         const struct iv_stt_sink *sink, iv_stt **out, struct iv_error *err);
/* Waits while the recogniser is two seconds behind. The error of a failed recogniser, as soon as it is known. */
enum iv_code iv_stt_feed(iv_stt *s, const int16_t *samples, size_t n, struct iv_error *err);
/* The same as finish without waiting: on_done follows. */
enum iv_code iv_stt_end(iv_stt *s, struct iv_error *err);
/* No more samples: the last finals and on_done follow; returns when they have been delivered,
 * IV_OK whatever on_done said. */
enum iv_code iv_stt_finish(iv_stt *s, struct iv_error *err);
void iv_stt_close(iv_stt *s);
const char *iv_stt_engine(const iv_stt *s);

struct iv_stt_info {
    const char *name, *summary;
    bool available[IV_LANG_COUNT];
    char why_not[300];
};
size_t iv_stt_engines(iv_ctx *ctx, struct iv_stt_info *out, size_t max);

/* A whole recording at once; results joined. Free with iv_transcript_release(). */
struct iv_transcript {
    char *text;
    float confidence;
    struct iv_word *words;
    size_t n_words;
    uint32_t start_ms, end_ms;
};
enum iv_code iv_stt_transcribe(iv_ctx *ctx, const struct iv_stt_choice *choice,
                               const struct iv_pcm *pcm, struct iv_transcript *out,
                               struct iv_error *err);
void iv_transcript_release(struct iv_transcript *t);

#endif

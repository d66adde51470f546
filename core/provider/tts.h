/* tts.h - what a voice back end implements; core/provider only.
 *
 * Why:     a back end only turns one text into sound, on the thread it is called on. Threads, cancelling, checking of texts,
 *          numbers read as words, the cache, limits of spending and the order of the sink's calls are tts_*.c's, once for all.
 * Owns:    core owns the state block `st` (zeroed, state_size bytes); what a job points to lives for the call.
 * Threads: no two functions of one `st` overlap; different `st` may run at the same time. begin, stop, append and warm come on the
 *          net thread, where they must not block, and so do the functions of their job: such a back end needs no lock.
 * Units:   as iv/tts.h.
 * Errors:  iv_code and text; speak returns IV_E_CANCELLED soon (20 ms) after job->cancel_fd becomes readable.
 */
#ifndef IV_PROVIDER_TTS_H
#define IV_PROVIDER_TTS_H

#include "iv/tts.h"

#define TTS_VOICE_BYTES 64

enum {
    TTS_STREAMS =
        1, /* sound comes while the rest is still made; else core gives it one sentence at a time */
    TTS_READS_NUMBERS = 2, /* knows numbers and counters better than our tables do */
    TTS_FOR_TESTS = 4, /* never picked by "auto", not in lists */
    TTS_NO_TIMES = 16, /* tells nothing about its phonemes: the mouth follows the sound */
    TTS_ONLY_ASKED = 8, /* never picked by "auto": sends text to somebody without a key's consent */
};

struct tts_env {
    iv_ctx *ctx;
    enum iv_lang lang;
    const char *voice; /* "": the back end's default */
};

struct tts_job {
    const char *text; /* speakable, valid UTF-8, not blank */
    bool is_open; /* more text follows by append */
    double rate;
    int64_t
        timeout_ms; /* longest silence of a service before the first sound, and between sounds */
    int cancel_fd; /* speak only: readable once cancelled */
    void (*audio)(void *arg, const int16_t *samples, size_t n);
    void (*phonemes)(void *arg, const struct iv_phoneme *ph, size_t n);
    void *arg;
    /* begin only: the end, after which nothing follows; not from within begin. `text` says why not. */
    void (*done)(void *arg, enum iv_code code, const char *text);
};

struct iv_tts_ops {
    const char *name, *summary;
    unsigned flags;
    bool speaks[IV_LANG_COUNT]; /* at all; available() tells whether it can here and now */
    enum iv_phone_set phones;
    size_t state_size;
    /* Can it speak this language here, with this voice where one is asked for? `why` gets what to install when not. */
    bool (*available)(iv_ctx *ctx, enum iv_lang lang, const char *voice, char *why,
                      size_t why_bytes);
    enum iv_code (*open)(void *st, const struct tts_env *env, struct iv_error *err);
    enum iv_code (*speak)(void *st, const struct tts_job *job, struct iv_error *err);
    /* Instead of speak, for a back end that waits on a service: returns at once; `done` comes exactly once, also after stop. The
     * job itself is copied, its text not kept after the return. */
    enum iv_code (*begin)(void *st, const struct tts_job *job, struct iv_error *err);
    void (*stop)(void *st); /* `done` follows soon, or comes from within */
    /* With begin, where the service takes text as it is written: more of the present job's text; NULL text: that was all.
     * A job begun with `is_open` waits for it. NULL: core gives whole clauses. */
    bool (*takes_pieces)(const void *st); /* [any] NULL: as there is append */
    enum iv_code (*append)(void *st, const char *text, struct iv_error *err);
    void (*warm)(void *st); /* NULL or: open the connection, it will be needed soon */
    void (*close)(void *st); /* also after a failed open; waits until no function of a job runs */
    const char *(*voice)(const void *st); /* [any] */
    const char *(*model)(const void *st); /* [any] as the price table names it; NULL: it has none */
    /* Everything outside the text, the voice and the rate that changes the sound: versions, converters, files. */
    void (*identity)(const void *st, char *out, size_t out_bytes);
    enum iv_code (*voices)(iv_ctx *ctx, enum iv_lang lang,
                           void (*fn)(void *arg, const char *voice, const char *about), void *arg,
                           struct iv_error *err);
};

/* In order of preference for "auto"; NULL ends it. */
extern const struct iv_tts_ops *const iv_tts_list[];

extern const struct iv_tts_ops iv_tts_espeak, iv_tts_jtalk, iv_tts_tone;
extern const struct iv_tts_ops iv_tts_elevenlabs, iv_tts_openai, iv_tts_edge;

#endif

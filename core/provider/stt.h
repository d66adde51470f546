/* stt.h - what a recogniser back end implements; core/provider only.
 *
 * Why:     a back end only turns blocks of samples into raw words, on the thread it is called on. The queue, the worker thread,
 *          the pool of warm decoders, casing, masking and the order of the sink's calls are the other stt files', once for all.
 * Owns:    core owns the state block `st` (zeroed, state_size bytes). Words given to `out` are borrowed for the call.
 * Threads: open, start, process, finish and close of one `st` never overlap; cancel comes from any thread.
 * Units:   as iv/stt.h; every block but the last has STT_BLOCK samples, so results never depend on how a caller cuts.
 * Errors:  iv_code and text. A failed stream may be started again.
 */
#ifndef IV_PROVIDER_STT_H
#define IV_PROVIDER_STT_H

#include "iv/stt.h"

/* A whole recording at once instead of feed: IV_E_STATE where the recogniser takes streams only. */
enum iv_code iv_stt_recorded(iv_stt *s, const int16_t *samples, size_t n, struct iv_error *err);

#define STT_BLOCK 2048u /* samples; what pocketsphinx_continuous reads at a time */
#define STT_INTERIM_MS 200u
#define STT_FEED_SAMPLES 3200u /* most that a service is given at once */
#define STT_ARG_BYTES 256

enum {
    STT_FOR_TESTS = 1, /* never picked by "auto", not in lists */
    STT_ONLY_ASKED = 2, /* never picked by "auto" */
};

struct stt_env {
    iv_ctx *ctx;
    enum iv_lang lang;
    uint32_t hang_ms;
    const char *arg; /* what stood behind "name:"; "" */
};

/* Words in order as the recogniser names them, fillers included. n == 0 is an empty utterance. */
struct stt_out {
    void (*words)(void *arg, const struct iv_word *words, size_t n, bool is_final);
    void *arg;
    bool interim; /* whether unfinished utterances are wanted */
};

/* What a service says about a stream; on the net thread. Results are readable text already, words timed from the first sample fed. */
struct stt_link {
    void (*result)(void *arg, const struct iv_stt_result *r);
    void (*speech)(void *arg, bool speaking, uint32_t at_ms);
    void (*endpoint)(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms);
    void (*done)(void *arg, enum iv_code code,
                 const char *text); /* exactly once, also after stop */
    void *arg;
};

struct iv_stt_ops {
    const char *name, *summary;
    unsigned flags;
    unsigned langs; /* bit of each enum iv_lang it knows at all */
    size_t state_size;
    /* Is all there that it needs for one of its languages? `why` gets what to install when not. */
    bool (*available)(iv_ctx *ctx, enum iv_lang lang, char *why, size_t why_bytes);
    enum iv_code (*open)(void *st, const struct stt_env *env,
                         struct iv_error *err); /* slow: loads the model */
    enum iv_code (*start)(void *st, const struct stt_out *out,
                          struct iv_error *err); /* a new stream, nothing of the last one */
    enum iv_code (*process)(void *st, const int16_t *samples, size_t n, struct iv_error *err);
    enum iv_code (*finish)(void *st, struct iv_error *err);
    void (*cancel)(void *st); /* [any] process and finish return soon */
    /* Instead of start, process, finish, for a back end that waits on a service: no thread, no pool, none of them blocks.
     * begin, feed (1 to STT_FEED_SAMPLES; IV_E_BUSY: too much waits, nothing was taken), end, done; stop at any time. */
    enum iv_code (*begin)(void *st, const struct stt_link *link, bool interim,
                          struct iv_error *err);
    enum iv_code (*feed)(void *st, const int16_t *samples, size_t n, struct iv_error *err);
    enum iv_code (*end)(void *st, struct iv_error *err);
    /* NULL or: a whole recording at once, after begin and instead of feed. */
    enum iv_code (*recorded)(void *st, const int16_t *samples, size_t n, struct iv_error *err);
    void (*stop)(void *st); /* [any] */
    void (*warm)(void *st); /* NULL or: open the connection, it will be needed soon */
    void (*close)(void *st); /* also after a failed open */
};

/* In order of preference for "auto"; NULL ends it. */
extern const struct iv_stt_ops *const iv_stt_list[];
extern const struct iv_stt_ops iv_stt_deepgram, iv_stt_pocketsphinx, iv_stt_openai, iv_stt_echo;

/* Decoders stay warm in the context's pool: opening one costs 250-400 ms and about 90 MiB. */
struct stt_decoder {
    const struct iv_stt_ops *ops; /* NULL: an empty place */
    void *state;
    enum iv_lang lang;
    uint32_t hang_ms;
    char arg[STT_ARG_BYTES];
    bool busy;
};
/* IV_E_BUSY when `max` decoders are taken. */
enum iv_code iv_stt_pool_take(const struct iv_stt_ops *ops, const struct stt_env *env, size_t max,
                              struct stt_decoder **out, struct iv_error *err);
void iv_stt_pool_give(iv_ctx *ctx, struct stt_decoder *d);

/* The back end that `engine` (a list with commas, "auto" in it) means for a language; what follows "name:" goes to `arg`,
 * the names of those that may listen when it fails to `rest`. */
enum iv_code iv_stt_choose(iv_ctx *ctx, const char *engine, enum iv_lang lang,
                           const struct iv_stt_ops **out, char arg[STT_ARG_BYTES],
                           char rest[STT_ARG_BYTES], struct iv_error *err);

#endif

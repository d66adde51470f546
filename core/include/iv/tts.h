/* iv/tts.h - text to speech: one opened voice, whatever makes it.
 *
 * Why:     the turn engine asks for speech clause by clause and wants sound, timed phonemes and an end, from any back end.
 * Owns:    a voice owns its helper process or connection; text is borrowed for the length of the call.
 * Threads: open, start, close: one thread (the voice's owner). Sink functions arrive on the voice's own thread, in order:
 *          on_phonemes and on_audio any number of times, on_done exactly once. cancel: [any]. A sink function must not call
 *          start or close of its own voice.
 * Units:   mono PCM at IV_TTS_RATE_HZ; milliseconds from the first sample of the utterance. rate: 1.0 is the voice's own speed, 0.5 to 2.
 * Errors:  IV_E_TTS_INVALID_TEXT before anything is sent; IV_E_TTS_ERROR, IV_E_TTS_TIMEOUT; IV_E_CANCELLED after cancel.
 */
#ifndef IV_TTS_H
#define IV_TTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/audio.h"
#include "iv/ctx.h"
#include "iv/text.h"
#include "iv/viseme.h"

#define IV_TTS_MAX_TEXT_BYTES 8192

struct iv_tts_choice {
    const char *
        engine; /* names by preference, with commas; "auto": the best that is installed for the language; NULL: the setting */
    const char *voice; /* NULL or "": the setting, else the back end's default for the language */
    enum iv_lang lang;
    double rate; /* 0: the setting, else 1.0 */
};

struct iv_tts_sink {
    void (*on_audio)(void *arg, const int16_t *samples, size_t n);
    void (*on_phonemes)(void *arg, const struct iv_phoneme *ph, size_t n,
                        enum iv_phone_set set); /* may be NULL */
    void (*on_done)(void *arg, enum iv_code code, const char *text);
    void *arg;
    /* The spoken text has got to this byte of what was given to start and append; only from services that tell. May be NULL. */
    void (*on_mark)(void *arg, size_t byte, uint32_t at_ms);
};

typedef struct iv_tts iv_tts;

enum iv_code iv_tts_open(iv_ctx *ctx, const struct iv_tts_choice *choice, iv_tts **out,
                         struct iv_error *err);
/* Begin one utterance; the one before must be done. Answers from the speech cache when it can. */
enum iv_code iv_tts_start(iv_tts *t, const char *text, const struct iv_tts_sink *sink,
                          struct iv_error *err);
/* The same for text that is still being written: true when the voice takes it piece by piece. start_open, then append
 * any number of times, then append with NULL. Without it iv_clause_next() cuts clauses for iv_tts_start(). */
bool iv_tts_takes_pieces(const iv_tts *t);
enum iv_code iv_tts_start_open(iv_tts *t, const char *text, const struct iv_tts_sink *sink,
                               struct iv_error *err);
enum iv_code iv_tts_append(iv_tts *t, const char *text, struct iv_error *err);
void iv_tts_warm(iv_tts *t); /* it will speak soon: open connections, start helpers */
void iv_tts_cancel(iv_tts *t);
void iv_tts_close(iv_tts *t);
/* The back end in use: of the present or last utterance, after a failed one the next of the list ("elevenlabs,edge,espeak"). */
const char *iv_tts_engine(const iv_tts *t);
const char *iv_tts_voice(const iv_tts *t);
bool iv_tts_is_local(const iv_tts *t); /* nothing it says is ever sent to a service */

/* The whole utterance at once, for files and unattended runs. */
struct iv_speech {
    struct iv_pcm pcm;
    struct iv_phoneme *phonemes;
    size_t n_phonemes;
    enum iv_phone_set set;
    bool from_cache;
};
enum iv_code iv_tts_render(iv_tts *t, const char *text, struct iv_speech *out,
                           struct iv_error *err);
void iv_speech_release(struct iv_speech *s);

struct iv_tts_stats {
    uint64_t requests, cache_hits, characters;
    int64_t cache_bytes;
};
/* Counts since the cache was made (kept beside it on disk). */
enum iv_code iv_tts_cache_stats(iv_ctx *ctx, struct iv_tts_stats *out, struct iv_error *err);

/* What there is, for `providers list` and `doctor`. */
struct iv_tts_info {
    const char *name, *summary;
    bool available[IV_LANG_COUNT];
    char why_not[200]; /* when a language is missing: what to install */
};
size_t iv_tts_engines(iv_ctx *ctx, struct iv_tts_info *out, size_t max);
/* Voices of an engine for a language: calls fn for each name. */
enum iv_code iv_tts_voices(iv_ctx *ctx, const char *engine, enum iv_lang lang,
                           void (*fn)(void *arg, const char *voice, const char *about), void *arg,
                           struct iv_error *err);

/* Entry of the helper process: main() calls it when argv[1] is "__tts-helper". Returns its exit status. */
int iv_tts_helper_main(int argc, char **argv);

/* How a sentence is read aloud: numbers, units, abbreviations and code terms as words. Caller frees; NULL without memory. */
char *iv_speakable(const char *text, enum iv_lang lang);

#endif

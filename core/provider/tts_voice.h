/* tts_voice.h - an opened voice from inside: tts.c chooses back ends, tts_speak.c takes one utterance through them, tts_service.c
 * speaks through those that wait for a service, tts_deliver.c gives the sound on.
 */
#ifndef IV_PROVIDER_TTS_VOICE_H
#define IV_PROVIDER_TTS_VOICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "iv/usage.h"
#include "net/net.h"
#include "provider/speech_cache.h"
#include "provider/speakable.h"
#include "provider/tts.h"

#define TTS_MAX_LINKS 8

/* One back end of the list "elevenlabs,edge,espeak". */
struct tts_link {
    const struct iv_tts_ops *ops;
    void *st; /* NULL: not opened yet */
    char voice[TTS_VOICE_BYTES];
    int64_t rests_until_us; /* {lock} it failed: another one speaks until then */
};

/* The present utterance on its way to the sink and into `kept`. Whoever speaks it owns it: the net thread or the voice's own. */
struct tts_delivery {
    struct iv_tts_sink sink;
    bool has_sink; /* else only kept */
    struct iv_speech kept;
    uint32_t offset_ms; /* of the sentence in the utterance */
    bool incomplete; /* memory ran out: speak on, but do not cache */
    bool is_open; /* it began while its text was still being written */
    size_t link; /* who speaks it */
    unsigned tried; /* bit for each link that had its turn */
    size_t characters; /* given to `link` */
    bool is_served; /* a service has it */
    struct speech_claim claim; /* the same is asked of a service once at a time */
    bool is_waiting; /* another voice makes it */
    bool was_asked; /* a service got it, so that it may be paid */
    struct iv_error why; /* the reason for which it was stopped here; code IV_OK: none */
    net_timer *late; /* runs out when a service may have kept its listener waiting too long */
    int64_t
        since_us; /* system clock: the listener began to wait; from the first sound on, to hear */
    int64_t first_ms; /* longest wait for that sound */
    struct iv_usage_ticket ticket; /* of a service */
    bool has_ticket;
    iv_viseme_estimator *ear; /* of a voice that tells no times */
};

struct iv_tts {
    iv_ctx *ctx;
    struct tts_link links[TTS_MAX_LINKS];
    size_t n_links;
    enum iv_lang lang;
    double rate;
    int64_t timeout_ms, switch_ms, rest_ms;
    struct speak_table *words;
    atomic_size_t used; /* link of the present or last utterance; it is open */
    atomic_bool cancelled;
    int cancel_fd; /* readable while `cancelled`, for back ends that poll */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_busy; /* {lock} an utterance is under way */
    bool takes_more; /* the owner's: append may follow */
    uint64_t utterance; /* {lock} counts them */
    size_t orders; /* {lock} posted to the net thread and not done */
    int64_t whole_until_us; /* {lock} pieces failed: whole clauses until then */
    struct iv_error error; /* {lock} of the last one; code IV_OK: none */
    pthread_t thread;
    bool has_thread; /* {lock} to be joined */
    char *written, *text; /* of the present utterance, as given and speakable */
    struct tts_delivery d;
};

/* tts.c: opens the link if it is not. */
enum iv_code iv_tts_link_open(iv_tts *t, size_t i, struct iv_error *err);

/* tts_speak.c */
void iv_tts_settle(iv_tts *t); /* waits for the present utterance, and for what was ordered */
/* The link is open: make the text ready for it and forget what another one left. */
enum iv_code iv_tts_prepare(iv_tts *t, struct iv_error *err);
/* The present attempt is over, on the thread that made it: the next of the list, or the end. */
void iv_tts_finish_attempt(iv_tts *t, enum iv_code code, const char *text, bool was_cached);
/* Another link that could speak this utterance; `awake`: and does not rest. false: there is none. */
bool iv_tts_next_link(iv_tts *t, bool awake, size_t *out);

/* tts_service.c: orders for the net thread. */
enum iv_code iv_tts_service_begin(iv_tts *t, struct iv_error *err);
enum iv_code iv_tts_service_append(iv_tts *t, const char *text, struct iv_error *err);
void iv_tts_service_stop(iv_tts *t);
void iv_tts_service_warm(iv_tts *t);
/* What an attempt of a service leaves behind. */
void iv_tts_service_end(iv_tts *t, enum iv_code code);

/* tts_deliver.c: `arg` is the voice, on the thread that speaks. */
void iv_tts_deliver_audio(void *arg, const int16_t *samples, size_t n);
void iv_tts_deliver_phonemes(void *arg, const struct iv_phoneme *ph, size_t n);
void iv_tts_deliver_kept(iv_tts *t);
bool iv_tts_is_cached(iv_tts *t); /* and takes it from there */
void iv_tts_keep(iv_tts *t, bool was_cached);
/* false: another voice of this process makes it just now, and `ready` follows. */
bool iv_tts_claim(iv_tts *t, void (*ready)(void *arg));
void iv_tts_unclaim(iv_tts *t);

#endif

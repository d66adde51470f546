/* tts_voice.h - an opened voice from inside: tts.c chooses back ends, tts_speak.c takes one utterance through them. */
#ifndef IV_PROVIDER_TTS_VOICE_H
#define IV_PROVIDER_TTS_VOICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "iv/usage.h"
#include "net/net.h"
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

/* The present utterance on its way to the sink and into `kept`. */
struct tts_delivery {
    struct iv_tts_sink sink;
    bool has_sink; /* else only kept */
    struct iv_speech kept;
    uint32_t offset_ms; /* of the sentence in the utterance */
    bool incomplete; /* memory ran out: speak on, but do not cache */
    bool is_open; /* its text is still being written */
    size_t link; /* who speaks it */
    net_timer *late; /* runs out when a service gives no sound and another voice could */
    bool is_late;
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
    atomic_size_t used; /* link of the present or last utterance */
    atomic_bool cancelled;
    int cancel_fd; /* readable while `cancelled`, for back ends that poll */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_busy; /* {lock} an utterance is under way */
    struct iv_error error; /* {lock} of the last one; code IV_OK: none */
    pthread_t thread;
    bool has_thread; /* {lock} to be joined */
    char *written, *text; /* of the present utterance, as given and speakable */
    size_t characters;
    struct tts_delivery d;
};

/* tts.c: opens the link if it is not. */
enum iv_code iv_tts_link_open(iv_tts *t, size_t i, struct iv_error *err);
/* tts_speak.c */
void iv_tts_settle(iv_tts *t); /* waits for the present utterance */

#endif

/* conversation_voice.h - a voice for tests: so many milliseconds of sound for each character, and faults. */
#ifndef IV_TESTS_CONVERSATION_VOICE_H
#define IV_TESTS_CONVERSATION_VOICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/conversation.h"

#define MS_PER_CHAR 40

enum fault { NONE, FAILS_TO_START, FAILS_IN_THE_MIDDLE, NEVER_SOUNDS };
struct voice {
    enum fault fault;
    bool threaded;
    unsigned late_us; /* how long a cancelled utterance takes to notice */
    pthread_t thread;
    bool has_thread;
    atomic_bool cancelled;
    char text[2048];
    struct iv_tts_sink sink;
    int starts, cancels;
};

static inline void deliver(struct voice *v)
{
    static const int16_t sound[MS_PER_CHAR * 24] = {1000, -1000};
    size_t chars = iv_utf8_chars(v->text);

    for (size_t i = 0; i < chars && v->fault != NEVER_SOUNDS; i++) {
        struct iv_phoneme ph = {(uint32_t)i * MS_PER_CHAR, (uint32_t)(i + 1) * MS_PER_CHAR, "a"};

        if (v->threaded && i % 8 == 7)
            usleep(200);
        if (v->cancelled) {
            usleep(v->late_us);
            v->sink.on_audio(v->sink.arg, sound, IV_LEN(sound)); /* one piece was under way */
            v->sink.on_done(v->sink.arg, IV_E_CANCELLED, "cancelled");
            return;
        }
        if (v->fault == FAILS_IN_THE_MIDDLE && i == chars / 2) {
            v->sink.on_done(v->sink.arg, IV_E_TTS_ERROR, "the voice broke");
            return;
        }
        v->sink.on_phonemes(v->sink.arg, &ph, 1, IV_PHONES_ESPEAK);
        v->sink.on_audio(v->sink.arg, sound, IV_LEN(sound));
    }
    v->sink.on_done(v->sink.arg, IV_OK, "");
}

static inline void *voice_thread(void *arg)
{
    deliver(arg);
    return NULL;
}

static inline void voice_join(struct voice *v)
{
    if (v->has_thread)
        pthread_join(v->thread, NULL);
    v->has_thread = false;
}

static inline enum iv_code voice_start(void *arg, const char *text, const struct iv_tts_sink *sink,
                                       struct iv_error *err)
{
    struct voice *v = arg;

    v->starts++;
    if (v->fault == FAILS_TO_START)
        return iv_fail(err, IV_E_TTS_ERROR, "the voice does not start");
    voice_join(v); /* the one before must be done */
    snprintf(v->text, sizeof v->text, "%s", text);
    v->sink = *sink;
    v->cancelled = false;
    if (!v->threaded) {
        deliver(v);
        return IV_OK;
    }
    v->has_thread = !pthread_create(&v->thread, NULL, voice_thread, v);
    return IV_OK;
}

static inline void voice_cancel(void *arg)
{
    struct voice *v = arg;

    v->cancels++;
    v->cancelled = true;
}

#endif

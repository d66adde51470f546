/* tts_eleven.h - a voice of ElevenLabs from inside: tts_elevenlabs.c opens it and asks over HTTP, tts_eleven_socket.c by WebSocket,
 * tts_eleven_sound.c takes what comes either way.
 *
 * Threads: a job lives on the net thread.
 */
#ifndef IV_PROVIDER_TTS_ELEVEN_H
#define IV_PROVIDER_TTS_ELEVEN_H

#include "iv/json.h"
#include "provider/elevenlabs.h"
#include "provider/tts.h"
#include "provider/tts_pcm.h"

#define ELEVEN_CONNECT_MS 5000
#define ELEVEN_GAP_MS 10000
#define ELEVEN_URL_BYTES 700

enum eleven_mode { ELEVEN_AUTO, ELEVEN_STREAM, ELEVEN_TIMESTAMPS, ELEVEN_SOCKET };

/* The stream of one job, or one that is open for the next. */
struct eleven_socket {
    net_ws *ws;
    bool is_fresh; /* opened ahead, nothing was sent */
    bool is_used; /* by the present job */
    struct iv_buf said; /* the job's text, for another try */
    bool is_all_said;
    bool is_owed; /* text was sent, and no sound came since */
    int tries;
    net_timer *silence, *again;
};

struct eleven {
    iv_ctx *ctx;
    iv_net *net;
    enum iv_lang lang;
    enum eleven_mode mode;
    char base[300], voice[TTS_VOICE_BYTES], model[64];
    char *key;
    bool has_warned; /* of a rate that it cannot speak at */

    struct tts_job job;
    bool is_busy; /* a job is under way */
    char *body;
    net_call *call;
    struct iv_buf line; /* of the HTTP answer, not complete yet */
    struct tts_pcm pcm;
    struct iv_pcm sound; /* of this job, for the mouth */
    uint32_t last_char_ms, mouth_ms; /* how far the times and the mouth have got */
    bool has_mouth;
    iv_viseme_estimator *ear; /* of the plain stream */
    struct iv_error trouble; /* what the answer got wrong; code IV_OK: nothing */
    struct eleven_socket s;
};

/* tts_elevenlabs.c */
bool iv_eleven_takes_language(const struct eleven *e);
void iv_eleven_add_rate(const struct eleven *e, iv_json *j);
char *iv_eleven_json(iv_json *j); /* takes j; NULL without memory */

/* tts_eleven_sound.c */
enum iv_code iv_eleven_begin_job(struct eleven *e, const struct tts_job *job, struct iv_error *err);
/* A line or message. */
enum iv_code iv_eleven_take(struct eleven *e, const char *text, size_t len, bool are_relative,
                            bool *is_final, struct iv_error *err);
void iv_eleven_finish(struct eleven *e, enum iv_code code, const char *text);

/* tts_eleven_socket.c */
enum iv_code iv_eleven_socket_begin(struct eleven *e, struct iv_error *err);
enum iv_code iv_eleven_socket_append(struct eleven *e, const char *text, struct iv_error *err);
void iv_eleven_socket_warm(struct eleven *e);
void iv_eleven_socket_end(struct eleven *e); /* of a try, or of a job */
void iv_eleven_socket_release(struct eleven *e);

#endif

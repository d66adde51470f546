/* elevenlabs.h - what ElevenLabs says: sound with character times, and refusals.
 *
 * Why:     lines of HTTP and messages of the WebSocket hold the same things under other names; read once, apart from any connection.
 * Owns:    a piece owns its bytes and characters.
 * Threads: [any].
 * Errors:  IV_E_TTS_ERROR: not what the contract says.
 * Source:  shared provider contract "elevenlabs".
 */
#ifndef IV_PROVIDER_ELEVENLABS_H
#define IV_PROVIDER_ELEVENLABS_H

#include "iv/buf.h"
#include "iv/viseme.h"
#include "net/net.h"

#define ELEVENLABS_MAX_PIECE (8u << 20) /* bytes of one line or message */
#define ELEVENLABS_MAX_CHARS 8192

struct elevenlabs_piece {
    struct iv_buf sound; /* as the service codes it */
    struct iv_timed_text
        *chars; /* as spoken; relative times as they came; texts point into `words` */
    size_t n_chars;
    struct iv_buf words;
    bool is_final;
    char error[64], message[200]; /* of a failure frame; "" */
};

/* A line of with-timestamps, or a message of stream-input. Unknown fields are ignored, null is absent. */
enum iv_code iv_elevenlabs_read(const char *text, size_t len, struct elevenlabs_piece *out,
                                struct iv_error *err);
void iv_elevenlabs_release(struct elevenlabs_piece *p);

/* The verdict on a refusal or a broken connection; has_sound: some came already. */
void iv_elevenlabs_judge(const struct net_outcome *o, bool has_sound, struct net_verdict *v);
/* The same of a failure frame of the WebSocket. */
void iv_elevenlabs_judge_frame(const char *error, const char *message, struct net_verdict *v);

#endif

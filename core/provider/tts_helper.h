/* tts_helper.h - processes that run espeak-ng for us, and the messages between.
 *
 * Why:     espeak-ng is not thread-safe, cannot be initialised twice and may crash on a text; in a process of its own it harms
 *          nobody, and at 1,000 times real time a few processes serve every voice of a context.
 * Owns:    the context owns the pool; who takes a helper gives it back.
 * Threads: take and give: [any]; a taken helper belongs to its taker.
 * Errors:  IV_E_TTS_ERROR when a helper cannot be started or has ended, IV_E_TTS_TIMEOUT, IV_E_CANCELLED.
 *
 * The messages are packets of a SOCK_SEQPACKET pair: a kind, then the struct of that kind. Both sides are the same program,
 * so layouts agree.
 */
#ifndef IV_PROVIDER_TTS_HELPER_H
#define IV_PROVIDER_TTS_HELPER_H

#include "provider/tts.h"

#define TTS_HELPER_FD 3
#define TTS_HELPER_ARG "__tts-helper"
#define TTS_HELPER_MAX_TEXT_BYTES 49152
#define TTS_HELPER_MAX_BYTES 65536

enum tts_helper_kind {
    /* to the helper */
    TTS_SPEAK, /* struct tts_speak */
    TTS_CANCEL, /* nothing; answered by TTS_DONE when it speaks, else ignored */
    TTS_LIST, /* struct tts_speak with the language: TTS_VOICE for each voice, TTS_DONE */
    TTS_CHECK, /* struct tts_speak with the voice: TTS_DONE */
    /* from the helper */
    TTS_READY, /* struct tts_ready, once */
    TTS_AUDIO, /* samples */
    TTS_PHONES, /* struct tts_phone, any number */
    TTS_VOICE, /* struct tts_voice */
    TTS_DONE, /* struct tts_done */
};

struct tts_ready {
    uint32_t rate_hz;
    char version[32];
};
struct tts_speak {
    double rate;
    char lang[8], voice[TTS_VOICE_BYTES];
    char text[]; /* with its NUL */
};
struct tts_phone {
    uint32_t start_ms;
    char symbol[12];
};
struct tts_voice {
    char name[TTS_VOICE_BYTES], about[96];
};
struct tts_done {
    int32_t code;
    char text[240];
};

struct tts_packet {
    uint32_t kind;
    uint32_t reserved; /* keeps the body aligned for a double */
    union {
        struct tts_ready ready;
        struct tts_speak speak;
        struct tts_phone phones[TTS_HELPER_MAX_BYTES / sizeof(struct tts_phone)];
        struct tts_voice voice;
        struct tts_done done;
        int16_t samples[TTS_HELPER_MAX_BYTES / sizeof(int16_t)];
        char bytes[TTS_HELPER_MAX_BYTES];
    } body;
};
#define TTS_PACKET_HEAD offsetof(struct tts_packet, body)

typedef struct tts_helper tts_helper;

/* fresh: a newly started one; those that stand idle are ended, for what killed one may have killed all. */
enum iv_code iv_tts_helper_take(iv_ctx *ctx, bool fresh, int cancel_fd, int64_t timeout_ms,
                                tts_helper **out, struct iv_error *err);
/* healthy: it stands idle again; else it is ended. */
void iv_tts_helper_give(tts_helper *h, bool healthy);
const struct tts_ready *iv_tts_helper_facts(const tts_helper *h);

enum iv_code iv_tts_helper_send(tts_helper *h, const struct tts_packet *p, size_t body_bytes,
                                struct iv_error *err);
/* Waits for one packet; body_bytes gets the length after the head. cancel_fd -1: cannot be cancelled. */
enum iv_code iv_tts_helper_receive(tts_helper *h, int cancel_fd, int64_t timeout_ms,
                                   struct tts_packet *p, size_t *body_bytes, struct iv_error *err);

#endif

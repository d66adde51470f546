/* stt_openai.h - one recogniser of OpenAI's kind from inside: stt_openai.c cuts what is heard into utterances on the caller's thread,
 * stt_openai_ask.c has them transcribed on the net thread, one at a time and in order.
 */
#ifndef IV_PROVIDER_STT_OPENAI_H
#define IV_PROVIDER_STT_OPENAI_H

#include <pthread.h>

#include "net/net.h"
#include "provider/openai_transcript.h"
#include "provider/stt.h"
#include "provider/stt_kept.h"
#include "turn/vad.h"

struct segment {
    struct segment *next;
    char *wav;
    size_t len;
    uint32_t start_ms, end_ms;
    bool is_interim; /* of an utterance that goes on */
};

struct ears {
    iv_ctx *ctx;
    iv_net *net;
    enum iv_lang lang;
    uint32_t hang_ms;
    int64_t timeout_ms;
    uint32_t interim_ms; /* 0: no interim results */
    char url[600], model[64];
    char *key;
    struct stt_link link;

    struct iv_vad vad; /* caller's */
    struct stt_kept heard; /* caller's */
    uint64_t fed; /* caller's: samples */
    bool speaking; /* caller's */
    uint64_t speech_from; /* caller's: sample where the utterance begins */
    uint64_t look_at; /* caller's: sample at which it is looked at next */

    pthread_mutex_t lock;
    struct segment *first, **last; /* {lock} to be sent */
    size_t n_waiting; /* {lock} */
    bool is_looking; /* {lock} an interim one waits or is being transcribed */
    bool ended; /* {lock} */

    bool is_over; /* {net} */
    struct segment *sent; /* {net} being transcribed */
    struct openai_transcript answer; /* {net} */
    net_call *call; /* {net} */
};

/* The segment is taken. */
enum iv_code iv_stt_openai_queue(struct ears *e, struct segment *s, struct iv_error *err);
void iv_stt_openai_send_next(void *arg); /* {net} where nothing is being transcribed */
void iv_stt_openai_finish(struct ears *e, enum iv_code code, const char *text); /* {net} */
void iv_stt_openai_free_segment(struct segment *s);

#endif

/* stt_deepgram.h - one Deepgram recogniser from inside: stt_deepgram.c opens it and sends recordings, deepgram_live.c keeps a stream
 * of sound going over connections that may be lost.
 *
 * Threads: {net}: the net thread. Everything else: the recogniser's caller, before begin or as its name says.
 */
#ifndef IV_PROVIDER_STT_DEEPGRAM_H
#define IV_PROVIDER_STT_DEEPGRAM_H

#include <pthread.h>

#include "provider/deepgram.h"
#include "provider/stt.h"
#include "provider/stt_kept.h"

#define DEEPGRAM_SERVICE "stt.deepgram"
#define DEEPGRAM_HANDSHAKE_MS 5000
#define DEEPGRAM_RECONNECTS 5 /* at most, within a minute */

struct deepgram_live {
    pthread_mutex_t lock;
    net_ws *socket; /* {lock} NULL: none is open */
    struct stt_kept kept; /* {lock} heard and not final yet: sent again on the next connection */
    size_t kept_most; /* samples */
    uint64_t fed; /* {lock} samples */
    size_t busy_bytes; /* {lock} more than that in the queue: the caller waits */
    bool ended; /* {lock} */
    bool sleeps; /* {lock} closed for want of sound: the next sample wakes it */
    bool is_unanswered; /* {lock} something was sent and no message has come since */
    bool has_dropped; /* {lock} what is lost was told */
    int quiet_beats; /* {lock} since something was sent */

    uint64_t offset; /* {net} first sample of this connection: its times count from there */
    int64_t opened_us[DEEPGRAM_RECONNECTS]; /* {net} the latest reconnects, in turn */
    size_t n_opened; /* {net} */
    int tries; /* {net} lost connections since the last result */
    int mute; /* {net} connections in a row that were closed without a message */
    int nonsense; /* {net} messages in a row that are none */
    int silent_beats; /* {net} without a message, or the queue getting shorter */
    size_t queued; /* {net} at the last beat */
    bool was_open; /* {net} there was a connection once */
    bool has_spoken; /* {net} a message came on this connection */
    bool is_pending; /* {net} words since the last endpoint */
    struct net_verdict last; /* {net} why the connection was lost */
    net_timer *beat, *again; /* {net} */
};

struct deepgram {
    iv_ctx *ctx;
    iv_net *net;
    enum iv_lang lang;
    uint32_t hang_ms;
    int64_t timeout_ms;
    char base[300], model[64];
    char *key;
    struct stt_link link;
    bool interim;
    bool is_over; /* {net} done was told */
    struct deepgram_live live;
    net_call *call; /* of a recording */
    char *file;
};

void iv_deepgram_finish(struct deepgram *d, enum iv_code code, const char *text); /* {net} */
void iv_deepgram_tell(struct deepgram *d, struct deepgram_message *m); /* {net} results */
/* The Authorization header; IV_E_CONFIG where the key is too long to be one. Wipe it afterwards. */
enum iv_code iv_deepgram_token(const struct deepgram *d, char *out, size_t out_bytes,
                               struct iv_error *err);

void iv_deepgram_live_init(struct deepgram *d, size_t kept_s);
enum iv_code iv_deepgram_live_feed(struct deepgram *d, const int16_t *samples, size_t n,
                                   struct iv_error *err);
enum iv_code iv_deepgram_live_end(struct deepgram *d, struct iv_error *err);
void iv_deepgram_live_shut(struct deepgram *d); /* {net} */
void iv_deepgram_live_release(struct deepgram *d);

#endif

/* own.h - live sessions' own parts; see live.h for what they promise.
 *
 * lives.c  which sessions there are, connections, what REST asks     link.c   what a client sends: checks, budgets
 * owner.c  a session's own thread                                    sink.c   what the engine says, into the outbox
 * wire.c   bytes of messages, the outbox                             film.c   the recording
 *
 * Locks: lives.lock before live.lock; under live.lock only the transport is called.
 */
#ifndef IV_SERVER_WS_OWN_H
#define IV_SERVER_WS_OWN_H

#include <pthread.h>
#include <stdatomic.h>

#include "iv/config.h"
#include "ws/live.h"
#include "ws/wire.h"

#define BUCKETS 1024
#define INBOX_MAX_BYTES (2u << 20)
#define INBOX_MAX_ITEMS 2048

struct live_form {
    bool audio, avatar, record, binary;
    int fps;
};

/* What a client or REST wants of the owner. */
struct ask;
struct item {
    struct item *next;
    enum iv_msg_type type; /* of a client's message */
    struct ask *ask; /* of REST; NULL: a client's */
    uint32_t rate_hz; /* audio_data */
    size_t len;
    unsigned char bytes[]; /* text with its NUL, or sound */
};

struct ask {
    enum iv_live_wish wish;
    const struct iv_answer *answer; /* with IV_LIVE_ANSWER; of who asks */
    bool is_done, is_lost; /* {live->lock} lost: the session is live no more */
    enum iv_code rc;
    iv_json *out;
    struct iv_error *err;
};

enum owner_state { OWNER_NONE, OWNER_RUNS, OWNER_OVER };

typedef struct iv_live {
    struct iv_live *next; /* {lives->lock} in its bucket */
    iv_lives *all;
    char id[IV_ID_BYTES];
    unsigned refs; /* {lives->lock} links, the owner, those who ask */

    pthread_mutex_t lock;
    pthread_cond_t changed; /* for the owner */
    pthread_cond_t answered; /* for those who ask */
    iv_live_link *link; /* {lock} NULL: nobody is there */
    unsigned comings; /* {lock} counts connects and disconnects */
    enum owner_state state; /* {lock} */
    bool is_woken, is_stopping; /* {lock} */
    bool
        is_settling; /* {lock} somebody came back: nothing is sent until the owner has sorted what waits */
    struct live_form form; /* {lock} */
    struct outbox outbox; /* {lock} */
    struct item *first_item, *last_item; /* {lock} */
    size_t inbox_bytes, inbox_items; /* {lock} */
} iv_live;

struct budget {
    double level, max, per_s;
    int64_t at_us;
};

struct iv_live_link {
    iv_live *live;
    struct iv_live_transport to;
    struct budget control, sound; /* the connection's thread */
    int refused; /* messages over the budget, in a row */
};

struct iv_lives {
    struct iv_lives_options opt;
    struct iv_config *defaults; /* where the context has none */
    const struct iv_config *config;
    const struct iv_clock *clock;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    iv_live *buckets[BUCKETS]; /* {lock} */
    size_t owners; /* {lock} */
    bool is_stopping; /* {lock} */
    atomic_uint_fast64_t links, frames_sent, frames_dropped, audio_sent, too_slow, taken_over,
        returned, errors;
};

/* lives.c */
void iv_live_ref(iv_live *l);
void iv_live_unref(iv_live *l);
/* Sends what there is room for. {l->lock held} */
void iv_live_drain(iv_live *l);
/* Takes m (NULL: out of memory, nothing is sent). Closes the connection when its client is too far behind. */
void iv_live_push(iv_live *l, struct wire_out *m);
void iv_live_error(iv_live *l, enum iv_code code, const char *text, const char *details);
/* To the present link, after what waits. */
void iv_live_close_link(iv_live *l, int code, const char *reason);
void iv_live_owner_done(iv_live *l); /* the owner's last call */

/* owner.c: false when no thread can be started. {l->lock held} */
bool iv_live_owner_start(iv_live *l);

/* sink.c */
struct recent { /* sound that was handed out and is not over yet */
    struct recent *next;
    uint64_t at_sample;
    size_t n;
    int16_t samples[];
};
struct film;
struct owner {
    iv_live *live;
    struct live_form begun, form; /* as it was begun, as it is wanted now */
    iv_conversation *c;
    iv_tts *voice;
    iv_llm *model;
    struct film *film;
    struct recent *first_recent, *last_recent;
    struct iv_buf said; /* the reply so far */
    bool is_said; /* whole */
    bool is_over; /* session_ended was sent */
    struct {
        char state[16];
        int64_t question, questions, remaining_seconds;
    } turn;
    int64_t wall_zero_ms; /* wall time of presentation time 0, as the clock runs now */
    bool is_held;
    struct ask *answered; /* waits for what follows its answer; NULL: nobody does */
    unsigned seen; /* of live->comings */
    int64_t gone_us; /* since when nobody is there */
    uint64_t heard_ms; /* the candidate did something last, presentation time */
    bool has_carry; /* half a sample that waits for the other half */
    unsigned char carry;
};
struct iv_conversation_sink iv_live_sink_of(struct owner *o);
/* For somebody who comes back: what was not heard yet, the reply so far, whose turn it is. */
void iv_live_sink_show_again(struct owner *o);
void iv_live_sink_release(struct owner *o);

/* film.c: both sides' sound and the pictures into a file. A recording that fails ends, the interview does not. */
enum iv_code iv_live_film_open(const char *session_id, int fps, struct film **out,
                               struct iv_error *err);
void iv_live_film_picture(struct film *f, const struct iv_picture *p, uint64_t at_ms);
void iv_live_film_voice(struct film *f, const int16_t *samples, size_t n, uint64_t at_sample);
void iv_live_film_cut(struct film *f, uint64_t at_sample);
void iv_live_film_candidate(struct film *f, const int16_t *samples, size_t n, uint32_t rate_hz,
                            uint64_t at_sample);
void iv_live_film_until(struct film *f, uint64_t sample); /* nothing before it will come any more */
enum iv_code iv_live_film_close(struct film *f, uint64_t end_sample,
                                struct iv_error *err); /* frees */

#endif

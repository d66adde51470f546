/* live.h - live sessions: interviews that clients hold over connections.
 *
 * Why:     one conversation, one owner, whatever becomes of connections; a client that is slow, gone or hostile costs nobody else.
 * Owns:    iv_lives owns every live session and link; it borrows ctx and store. A transport is borrowed until its link is
 *          disconnected.
 * Threads: connect, receive, writable, disconnect: the connection's own thread, one at a time for a link. ask, is_held, stats: [any].
 *          Each session that was started has an owner thread, which alone touches its conversation: what blocks one (a disk, a
 *          judge, a recogniser that is behind) keeps no other waiting.
 * Units:   bytes; milliseconds on the presentation clock (at_ms) and of wall time.
 * Errors:  what a client does wrong becomes an `error` message on its connection; the codes of the contract for the rest.
 *
 * A connection is told `connected`. start_session begins or goes on with the interview. When the connection is lost the interview
 * stands still and waits for live.grace; who comes back finds it where it was: what was written but not taken, what was not yet
 * heard, the reply so far and whose turn it is are sent at once, in the form asked for before; start_session may ask for another
 * and is answered with session_started (message: what the interviewer said last). After live.grace the session is paused, and a
 * reply that was not heard to its end is said again from its beginning by the next start_session.
 * What the first start_session left out (avatar, record, and with them the voice) cannot be turned on by a later one.
 *
 * Close codes: 1000 the interview is over; 1001 the server ends, come back; 1008 too many messages; 1011 the session cannot go on;
 * 1013 the client reads too slowly, come back; 4001 another connection took the session over, do not come back.
 *
 * With binary true, tts_audio and avatar_frame are binary messages: a header of 24 bytes, little-endian, and then the sound (pcm16)
 * or the JPEG.
 *     0  u8   kind: 1 tts_audio, 2 avatar_frame, 3 audio_data (from the client)
 *     1  u8   format: 1 pcm16 little-endian, 2 JPEG
 *     2  u16  0
 *     4  u32  sample rate of sound in Hz; number of a frame
 *     8  u64  at_ms: presentation time
 *    16  u64  timestamp in milliseconds since 1970 UTC; of a frame its display time
 * A client may send its speech so too, whatever it asked for; of that header only kind, format and sample rate are read.
 *
 * The interviewer was cut short when `turn` says listening before the sound that was sent is over: a client then drops what it has.
 */
#ifndef IV_SERVER_WS_LIVE_H
#define IV_SERVER_WS_LIVE_H

#include "iv/ctx.h"
#include "iv/json.h"
#include "iv/store.h"

#define IV_LIVE_MAX_MESSAGE_BYTES (1u << 20) /* of sound; every other message: */
#define IV_LIVE_MAX_CONTROL_BYTES (64u << 10)

enum iv_live_close {
    IV_CLOSE_NORMAL = 1000,
    IV_CLOSE_GOING_AWAY = 1001,
    IV_CLOSE_POLICY = 1008,
    IV_CLOSE_INTERNAL = 1011,
    IV_CLOSE_TOO_SLOW = 1013,
    IV_CLOSE_TAKEN_OVER = 4001
};

/* How a link reaches its client. All three are called on [any] thread, return at once, and do not call back into this module from
 * within. After close nothing is sent, and disconnect is expected soon. */
struct iv_live_transport {
    void *arg;
    bool (*send)(void *arg, bool is_binary, const void *bytes,
                 size_t len); /* copies; false: gone */
    size_t (*queued)(void *arg); /* bytes taken and not yet written */
    void (*close)(void *arg, int code, const char *reason); /* after what was sent */
};

typedef struct iv_lives iv_lives;
typedef struct iv_live_link iv_live_link;

struct iv_lives_options {
    iv_ctx *ctx;
    iv_store *store;
    /* Puts transcript_url and video_url into a summary that is about to be sent. May be NULL. */
    void (*urls)(void *arg, const char *session_id, iv_json *summary);
    void *arg;
};
enum iv_code iv_lives_new(const struct iv_lives_options *options, iv_lives **out,
                          struct iv_error *err);
/* Every session is paused and every connection closed with 1001; waits until the owners are done. Connect fails from now on. */
void iv_lives_stop(iv_lives *all);
void iv_lives_free(iv_lives *all); /* every link is disconnected before; NULL is fine */

/* Sends `connected`. A link that held the session before is told and closed. IV_E_UNAVAILABLE while the server ends. That the
 * session exists and is open is for the caller to check (iv_store_session_get may block). */
enum iv_code iv_live_connect(iv_lives *all, const char *session_id,
                             const struct iv_live_transport *transport, iv_live_link **out,
                             struct iv_error *err);
void iv_live_receive(iv_live_link *link, bool is_binary, const void *bytes, size_t len);
void iv_live_writable(iv_live_link *link); /* some of what was queued has been written */
void iv_live_disconnect(iv_live_link *link); /* frees it; NULL is fine */

/* What REST does to a session that is live goes through its owner. IV_LIVE_ANSWER: iv_live_answer. */
enum iv_live_wish { IV_LIVE_PAUSE, IV_LIVE_RESUME, IV_LIVE_END, IV_LIVE_ANSWER };
/* False: it is not live; the store decides. Else waits for the owner: *rc and *out as iv_op_pause, _resume and _end. */
bool iv_live_ask(iv_lives *all, const char *session_id, enum iv_live_wish wish, enum iv_code *rc,
                 iv_json **out, struct iv_error *err);
/* The same for an answer, which is borrowed for the length of the call: *rc and *out as iv_op_answer, once the words of what follows
 * are found, or the last ones are said. Who is connected hears them. */
struct iv_answer;
bool iv_live_answer(iv_lives *all, const char *session_id, const struct iv_answer *answer,
                    enum iv_code *rc, iv_json **out, struct iv_error *err);
bool iv_live_is_held(iv_lives *all, const char *session_id); /* it has an owner */

struct iv_live_stats {
    uint64_t links, sessions; /* now */
    uint64_t frames_sent, frames_dropped; /* dropped: for readers that were slow */
    uint64_t audio_sent, too_slow, taken_over, returned, errors;
};
void iv_lives_stats(iv_lives *all, struct iv_live_stats *out);

/* Where the film of a session is. The caller frees; NULL without memory or a data directory. */
char *iv_live_film_path(const char *session_id);

#endif

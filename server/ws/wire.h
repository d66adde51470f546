/* wire.h - messages as the bytes that go over a connection, and what waits to be sent.
 *
 * Why:     a slow reader loses pictures first; memory for it is bounded; a picture is encoded without a tree of JSON.
 * Owns:    a wire_out is owned by whoever holds it, an outbox owns what was pushed.
 * Threads: one at a time.
 * Units:   bytes.
 * Errors:  NULL without memory.
 */
#ifndef IV_SERVER_WS_WIRE_H
#define IV_SERVER_WS_WIRE_H

#include "iv/conversation.h"

#define WIRE_HEADER_BYTES 24
enum wire_kind { WIRE_CONTROL, WIRE_AUDIO, WIRE_FRAME };

struct wire_out {
    struct wire_out *next;
    enum wire_kind kind;
    bool is_binary;
    uint64_t end_ms; /* of sound: when its last sample is over */
    size_t len;
    unsigned char bytes[];
};

struct iv_live_wire_sound {
    const int16_t *samples;
    size_t n;
    uint64_t at_ms;
    int64_t wall_ms;
};
struct iv_live_wire_picture {
    const uint8_t *jpeg;
    size_t len;
    int size;
    uint64_t number, at_ms;
    int64_t shown_ms; /* wall */
};
struct wire_out *iv_live_wire_message(const struct iv_msg *m);
struct wire_out *iv_live_wire_sound(const struct iv_live_wire_sound *s, bool binary);
struct wire_out *iv_live_wire_picture(const struct iv_live_wire_picture *p, bool binary);

/* Sound of a client in a binary message: IV_E_USAGE when the header is not that of the contract. */
enum iv_code iv_live_wire_read_sound(const unsigned char *bytes, size_t len, struct iv_bytes *pcm,
                                     int64_t *rate_hz, struct iv_error *err);

struct outbox {
    struct wire_out *first, *last;
    size_t bytes, max_bytes, frames;
};
/* Takes `m`; the number of frames that were dropped for it, of which it may be one. Frames wait behind nothing that is late. */
unsigned iv_live_outbox_push(struct outbox *o, struct wire_out *m);
bool iv_live_outbox_is_full(const struct outbox *o);
struct wire_out *iv_live_outbox_pop(struct outbox *o);
/* Drops sound that ends after `after_ms`, and frames. */
void iv_live_outbox_cut(struct outbox *o, uint64_t after_ms);
void iv_live_outbox_release(struct outbox *o);

#endif

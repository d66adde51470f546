/* iv/event.h - the messages of a session as values: encode, decode, check.
 *
 * Why:     terminal, server and recorder speak of the same things in the same words (iv/messages.def).
 * Owns:    a message borrows its strings and bytes for the length of the call it is passed to.
 * Threads: [any].
 * Errors:  iv_msg_decode: IV_E_USAGE naming type, field and what is allowed.
 */
#ifndef IV_EVENT_H
#define IV_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"
#include "iv/json.h"

struct iv_bytes {
    const void *data;
    size_t len;
};

enum iv_msg_type {
#define M(direction, type, name, fields, meaning) IV_MSG_##name,
#include "iv/messages.def"
#undef M
    IV_MSG_COUNT
};

#define IV_MSG_STR const char *
#define IV_MSG_INT int64_t
#define IV_MSG_NUM double
#define IV_MSG_BOOL bool
#define IV_MSG_TIME int64_t
#define IV_MSG_BYTES struct iv_bytes
#define IV_MSG_JSON const iv_json *

#define F(kind, field) IV_MSG_##kind field;
#define O(kind, field)                                                                             \
    IV_MSG_##kind field;                                                                           \
    bool has_##field;
#define M(direction, type, name, fields, meaning)                                                  \
    struct iv_msg_##name {                                                                         \
        char unused_;                                                                              \
        fields                                                                                     \
    };
#include "iv/messages.def"
#undef M
#undef F
#undef O

struct iv_msg {
    enum iv_msg_type type;
    int64_t timestamp_ms; /* wall; of a frame, its display time */
    union {
#define M(direction, type, name, fields, meaning) struct iv_msg_##name name;
#include "iv/messages.def"
#undef M
    };
};

const char *iv_msg_name(enum iv_msg_type type); /* "llm_response" */
const char *iv_msg_meaning(enum iv_msg_type type);
bool iv_msg_from_client(enum iv_msg_type type);

/* The JSON object of the contract. */
iv_json *iv_msg_encode(const struct iv_msg *m);
/* Decoded strings and trees borrow from `object`; decoded bytes are in `store`, which the caller releases. Unknown fields are ignored. */
enum iv_code iv_msg_decode(const iv_json *object, struct iv_msg *out, struct iv_buf *store,
                           struct iv_error *err);

/* The fields of a type, for documentation: calls fn for each. */
void iv_msg_fields(enum iv_msg_type type,
                   void (*fn)(void *arg, const char *name, const char *kind, bool optional),
                   void *arg);

#endif

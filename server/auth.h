/* auth.h - who is calling: from the key or token of a request to what it may do.
 *
 * Owns:    nothing of the caller's.
 * Threads: [any]; may read the store.
 * Errors:  IV_E_UNAUTHORIZED "Invalid API key", the same for every reason; IV_E_RATE_LIMIT.
 */
#ifndef IV_SERVER_AUTH_H
#define IV_SERVER_AUTH_H

#include <stdbool.h>

#include "iv/error.h"
#include "iv/keys.h"

struct iv_server;
struct iv_request;

/* LINK: a key, or the signature in a URL that this server made. */
enum iv_auth_class { IV_AUTH_NONE, IV_AUTH_KEY, IV_AUTH_LINK, IV_AUTH_ADMIN };

/* Fills q->who. `r` gets Retry-After of a stranger that shows too many wrong keys. */
struct iv_reply;
enum iv_code iv_auth_request(struct iv_server *s, struct iv_request *q, enum iv_auth_class wanted,
                             struct iv_reply *r, struct iv_error *err);
/* The same for the handshake of a WebSocket: a ticket, or a key in the URL or the header. */
enum iv_code iv_auth_socket(struct iv_server *s, struct iv_request *q, const char *session_id,
                            struct iv_reply *r, struct iv_error *err);
/* IV_E_FORBIDDEN when a key that is bound to a user touches another's. */
enum iv_code iv_auth_owner(const struct iv_principal *who, const char *user_id,
                           struct iv_error *err);

#endif

/* iv/keys.h - who may do what: API keys, administrators, tickets, signed addresses.
 *
 * Why:     the server, the command line and later nodes ask one place. A key identifies a client: `ivc_`, a letter for what it may do
 *          (r, w, a), 32 random bytes in base 62 and a check sum, so that a leaked one is found by a search and a mistyped one is
 *          refused without looking.
 * Keeps:   HMAC-SHA-256 of a key under a pepper that stands in a file outside the store; Argon2id of an administrator's password. The
 *          secret itself is given out once and kept nowhere.
 * Owns:    iv_keys borrows the context and the store, which outlive it. What holds a secret is the caller's to wipe.
 * Threads: [any]; locks inside. Hashing a password takes 20 MiB and tens of milliseconds: at most two at once.
 * Units:   wall_ms for instants that are shown; limits run on the monotonic clock.
 * Errors:  IV_E_UNAUTHORIZED "Invalid API key" for every key that is not good, whatever the reason; IV_E_RATE_LIMIT with the seconds
 *          to wait; IV_E_NOT_FOUND, IV_E_USAGE; IV_E_CONFIG for a pepper that is missing, too short or readable by others.
 */
#ifndef IV_KEYS_H
#define IV_KEYS_H

#include "iv/store_keys.h"

typedef struct iv_keys iv_keys;

enum iv_code iv_keys_open(iv_ctx *ctx, iv_store *st, iv_keys **out, struct iv_error *err);
void iv_keys_close(iv_keys *k); /* writes what is not yet written; NULL is fine */

/* -- keys -- */

#define IV_KEY_SECRET_BYTES 64
#define IV_KEYS_MAX 10000 /* that are not revoked */

struct iv_key_spec {
    const char *name; /* 1 to 100 characters */
    const char *user_id; /* "" or NULL: a service key */
    unsigned scopes; /* 0: read and write; write holds read */
    int64_t expires_ms; /* 0: never */
};
/* "read", "write", "admin"; 0 for another word. */
unsigned iv_scope_parse(const char *word);
enum iv_code iv_keys_create(iv_keys *k, const struct iv_key_spec *spec, struct iv_key *out,
                            char secret[IV_KEY_SECRET_BYTES], struct iv_error *err);
/* A new secret; the old one is good for the time of keys.grace, one older than that no longer. IV_E_STATE when revoked or expired. */
enum iv_code iv_keys_rotate(iv_keys *k, const char *id, struct iv_key *out,
                            char secret[IV_KEY_SECRET_BYTES], struct iv_error *err);
/* At once; who watches is told before it returns. Again is fine. */
enum iv_code iv_keys_revoke(iv_keys *k, const char *id, struct iv_key *out, struct iv_error *err);
/* Oldest first, with uses that are not yet written; the caller frees. */
enum iv_code iv_keys_list(iv_keys *k, struct iv_key **rows, size_t *n, struct iv_error *err);
/* The object of the contract: id, name, prefix, user_id, scopes, created_at, last_used_at, expires_at, revoked; never a hash.
 * secret (may be NULL) becomes api_key. NULL without memory. */
iv_json *iv_key_json(const struct iv_key *key, const char *secret);

struct iv_principal {
    char key_id[IV_ID_BYTES]; /* "" for an administrator who logged in */
    char user_id[IV_USER_ID_MAX * 4 + 1]; /* "": may act for every user */
    unsigned scopes;
    int64_t expires_ms; /* 0: never */
};
/* A use is noted in memory and written at most once a minute. IV_E_UNAUTHORIZED; another failure means that nobody can tell. */
enum iv_code iv_keys_verify(iv_keys *k, const char *secret, struct iv_principal *out,
                            struct iv_error *err);
/* Whether the key behind an open connection or a ticket is still good, by what has been revoked here; true for an administrator until
 * expires_ms. Never waits for the store: a service thread may ask at each message. */
bool iv_keys_still_good(iv_keys *k, const struct iv_principal *who);

/* fn is told of each key that is revoked, on the thread that revokes it; it must not call iv_keys. One watcher; NULL ends it, and
 * when that call returns fn is not running and will not be called again. */
typedef void iv_key_watch(void *arg, const char *key_id);
void iv_keys_watch(iv_keys *k, iv_key_watch *fn, void *arg);

/* -- administrators -- */

#define IV_TOKEN_BYTES 256

/* Makes one, or gives an existing one a new password, which ends his logins. IV_E_USAGE: a name that is not 1 to 64 of
 * [A-Za-z0-9._@-], a password of fewer than admin.password_min characters, or of more than 1024 bytes. */
enum iv_code iv_keys_admin_set(iv_keys *k, const char *name, const char *password,
                               struct iv_error *err);
struct iv_login {
    char token[IV_TOKEN_BYTES];
    int64_t expires_ms;
    int wait_s; /* after IV_E_RATE_LIMIT: when to try again */
};
/* `from`: the client's address, "" where there is none. An unknown name costs what a wrong password costs. The fourth failure in a row
 * and those after it are answered later and later (this call sleeps); the tenth in a quarter of an hour is the last that is looked at. */
enum iv_code iv_keys_login(iv_keys *k, const char *name, const char *password, const char *from,
                           struct iv_login *out, struct iv_error *err);
/* A token from a login: every scope, no key. */
enum iv_code iv_keys_token_verify(iv_keys *k, const char *token, struct iv_principal *out,
                                  struct iv_error *err);

/* -- tickets: a pass for one connection to one session, good once and for 30 s -- */

#define IV_TICKET_BYTES 64
#define IV_TICKET_MS 30000

/* IV_E_BUSY when too many are out. */
enum iv_code iv_keys_ticket_new(iv_keys *k, const struct iv_principal *who, const char *session_id,
                                char out[IV_TICKET_BYTES], int64_t *expires_ms,
                                struct iv_error *err);
/* Takes it, whether it was for this session or not. IV_E_UNAUTHORIZED. */
enum iv_code iv_keys_ticket_take(iv_keys *k, const char *ticket, const char *session_id,
                                 struct iv_principal *out, struct iv_error *err);

/* -- signed addresses: whoever has one may get what stands at its path, for a while -- */

#define IV_SIGNATURE_BYTES 128

/* "expires=...&signature=...", to be put behind "?". Good for url.minutes. */
enum iv_code iv_keys_sign(iv_keys *k, const char *path, char out[IV_SIGNATURE_BYTES],
                          struct iv_error *err);
/* The two values by themselves. */
struct iv_signature {
    char expires[24], mac[65];
};
enum iv_code iv_keys_sign_until(iv_keys *k, const char *path, int64_t wall_ms,
                                struct iv_signature *out, struct iv_error *err);
/* The two values as they came. IV_E_UNAUTHORIZED. */
enum iv_code iv_keys_signature_check(iv_keys *k, const char *path, const char *expires,
                                     const char *signature, struct iv_error *err);

#endif

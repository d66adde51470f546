/* iv/store_keys.h - what the store keeps of API keys and administrators: never a secret.
 *
 * Why:     iv/keys.h decides who may do what; this keeps its records, on every back end, under one contract suite.
 * Owns:    plain values, copied in and out; arrays are freed by the caller with free().
 * Threads: [any]; as iv/store.h.
 * Units:   wall_ms; 0 means never, not yet or none.
 * Errors:  IV_E_NOT_FOUND for an unknown id or name, else those of iv/store.h. A change returns when it is durable.
 */
#ifndef IV_STORE_KEYS_H
#define IV_STORE_KEYS_H

#include "iv/store.h"

#define IV_KEY_HASH_BYTES 32
#define IV_KEY_NAME_MAX 100 /* characters */
#define IV_KEY_PREFIX_BYTES 16
#define IV_ADMIN_NAME_MAX 64 /* characters, all of them ASCII */
#define IV_ADMIN_HASH_BYTES 128

enum iv_scope { IV_SCOPE_READ = 1, IV_SCOPE_WRITE = 2, IV_SCOPE_ADMIN = 4 };

struct iv_key {
    char id[IV_ID_BYTES];
    char name[IV_KEY_NAME_MAX * 4 + 1];
    char user_id[IV_USER_ID_MAX * 4 + 1]; /* whose sessions it sees; "": everybody's */
    char prefix[IV_KEY_PREFIX_BYTES]; /* the first characters of the secret, to tell keys apart */
    unsigned scopes; /* bits of enum iv_scope */
    unsigned char hash[IV_KEY_HASH_BYTES]; /* of the secret, under the pepper */
    unsigned char former[IV_KEY_HASH_BYTES]; /* of the one before the last rotation */
    int64_t former_until_ms; /* how long that one is still good; 0: there is none */
    int64_t created_ms, last_used_ms, expires_ms, revoked_ms;
};

/* Refused (IV_E_STATE) when there are max_live keys that are not revoked; counted in the same transaction. */
enum iv_code iv_store_key_new(iv_store *st, const struct iv_key *key, size_t max_live,
                              struct iv_error *err);
enum iv_code iv_store_key_get(iv_store *st, const char *id, struct iv_key *out,
                              struct iv_error *err);
/* By the hash of its secret or of its former one, whatever else is true of it. */
enum iv_code iv_store_key_find(iv_store *st, const unsigned char hash[IV_KEY_HASH_BYTES],
                               struct iv_key *out, struct iv_error *err);
/* Reads, lets the rule decide, writes: nobody else comes between. The rule depends on its arguments alone and may be asked again;
 * id and created_ms never change. A refusal is returned and changes nothing. *out: the key as it is then. */
typedef enum iv_code iv_key_rule(struct iv_key *key, const void *arg, struct iv_error *err);
enum iv_code iv_store_key_change(iv_store *st, const char *id, iv_key_rule *rule, const void *arg,
                                 struct iv_key *out, struct iv_error *err);
/* All of them, oldest first. */
enum iv_code iv_store_key_list(iv_store *st, struct iv_key **rows, size_t *n, struct iv_error *err);

/* When keys were last used, in one change. Never goes back; a key that is gone is passed over. */
struct iv_key_use {
    char id[IV_ID_BYTES];
    int64_t at_ms;
};
enum iv_code iv_store_keys_used(iv_store *st, const struct iv_key_use *uses, size_t n,
                                struct iv_error *err);

struct iv_admin {
    char name[IV_ADMIN_NAME_MAX + 1];
    char hash[IV_ADMIN_HASH_BYTES]; /* Argon2id, with its salt and cost, as text */
    int64_t created_ms, changed_ms;
};
enum iv_code iv_store_admin_get(iv_store *st, const char *name, struct iv_admin *out,
                                struct iv_error *err);
/* Makes or replaces; a replaced one keeps its created_ms. */
enum iv_code iv_store_admin_put(iv_store *st, const struct iv_admin *admin, struct iv_error *err);

#endif

/* inside.h - the parts of iv_keys. Shared by the files of this room only. */
#ifndef IV_AUTH_INSIDE_H
#define IV_AUTH_INSIDE_H

#include <pthread.h>

#include <sodium.h>

#include "iv/keys.h"
#include "iv/rate.h"

#define MAC_BYTES 32

/* What a MAC is for: one made for a purpose is worth nothing for another. */
enum mac_use { MAC_KEY, MAC_TOKEN, MAC_URL, MAC_USES };

struct pepper {
    pthread_mutex_t lock;
    bool is_there; /* {lock} */
    crypto_auth_hmacsha256_state begun[MAC_USES]; /* {lock}; each with its key; fixed once there */
};

/* Uses of keys that are not yet in the store. */
struct uses {
    pthread_mutex_t lock;
    struct iv_key_use *items; /* {lock} */
    size_t n, cap; /* {lock} */
    int64_t flushed_us; /* {lock} */
};

struct ticket {
    unsigned char hash[MAC_BYTES];
    int64_t until_us; /* 0: an empty place */
    char session_id[IV_ID_BYTES];
    struct iv_principal who;
};
#define TICKETS_MAX 4096
struct tickets {
    pthread_mutex_t lock;
    struct ticket *items; /* {lock} */
    size_t n, cap; /* {lock} */
};

/* Keys that were revoked since the start: the owner of a store is the only one that revokes, so nobody has to ask it again. */
struct revoked {
    pthread_mutex_t lock;
    char (*ids)[IV_ID_BYTES]; /* {lock} */
    size_t n, cap; /* {lock} */
    bool is_short; /* {lock} there was no memory for all of them: the store knows */
};

/* Who is at the door of the administrators. */
struct logins {
    pthread_mutex_t lock;
    pthread_cond_t is_free;
    int seated, hashing; /* {lock} */
    iv_rate *by_address, *by_name;
};

struct iv_keys {
    iv_ctx *ctx;
    iv_store *store;
    struct pepper pepper;
    struct uses uses;
    struct revoked revoked;
    struct tickets tickets;
    struct logins logins;
    pthread_mutex_t watch_lock; /* held while the watcher is told */
    iv_key_watch *watch; /* {watch_lock} */
    void *watch_arg; /* {watch_lock} */
};

/* "Invalid API key": the same words for every reason. */
enum iv_code iv_keys_refused(struct iv_error *err);
int64_t iv_keys_now_ms(const iv_keys *k);
int64_t iv_keys_now_us(const iv_keys *k);

/* pepper.c. HMAC-SHA-256 of the parts, each with its length. make: where there is no pepper yet and no key relies on one, it is made. */
struct mac_part {
    const void *bytes;
    size_t len;
};
enum iv_code iv_keys_mac(iv_keys *k, enum mac_use use, const struct mac_part *parts, size_t n,
                         bool make, unsigned char out[MAC_BYTES], struct iv_error *err);
void iv_pepper_release(struct pepper *p);

/* used.c */
void iv_keys_note_use(iv_keys *k, const char *id, int64_t at_ms);
void iv_keys_flush(iv_keys *k);
/* Later uses than the rows tell of. */
void iv_keys_add_uses(iv_keys *k, struct iv_key *rows, size_t n);

/* admin.c */
enum iv_code iv_logins_init(struct logins *l, struct iv_error *err);
void iv_logins_release(struct logins *l);

#endif

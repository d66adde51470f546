/* admin.c - administrators: passwords, logins, and the tokens that logins give.
 *
 * A password is the one secret here that a person made up, so it is the one that may be guessed. Guessing costs 19 MiB and two passes of
 * Argon2id each time, a few seconds after some failures, and ends after ten; and whoever guesses learns nothing from the time that an
 * answer took, for a name that nobody has is hashed like any other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "auth/inside.h"
#include "auth/key_text.h"
#include "iv/config.h"
#include "util/hidden.h"

#define PASSES 2
#define MEMORY_BYTES (19456u * 1024)
#define PASSWORD_MAX_BYTES 1024
#define DEFAULT_PASSWORD_MIN 15
#define DEFAULT_TOKEN_HOURS 12

#define HASHING_MAX 2
#define SEATS                                                                                      \
    4 /* beside the two at work, so many may wait or be held back; they are threads of somebody's */

#define WINDOW_US (15ll * 60 * 1000000)
#define PER_ADDRESS 10
#define PER_NAME 30
#define RATE_BYTES (1u << 20)
#define FREE_FAILURES 3
#define FIRST_DELAY_MS 50
#define LAST_DELAY_MS 1600

_Static_assert(IV_ADMIN_HASH_BYTES >= crypto_pwhash_STRBYTES, "a hash fits");

enum iv_code iv_logins_init(struct logins *l, struct iv_error *err)
{
    enum iv_code rc;

    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->is_free, NULL);
    rc = iv_rate_new(PER_ADDRESS, WINDOW_US, RATE_BYTES, &l->by_address, err);
    return rc ? rc : iv_rate_new(PER_NAME, WINDOW_US, RATE_BYTES, &l->by_name, err);
}

void iv_logins_release(struct logins *l)
{
    iv_rate_free(l->by_address);
    iv_rate_free(l->by_name);
    pthread_cond_destroy(&l->is_free);
    pthread_mutex_destroy(&l->lock);
}

/* -- who may hash -- */

static bool sit_down(struct logins *l)
{
    bool has_seat;

    pthread_mutex_lock(&l->lock);
    has_seat = l->seated < SEATS;
    l->seated += has_seat;
    pthread_mutex_unlock(&l->lock);
    return has_seat;
}

static void stand_up(struct logins *l)
{
    pthread_mutex_lock(&l->lock);
    l->seated--;
    pthread_mutex_unlock(&l->lock);
}

static void start_hashing(struct logins *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->hashing == HASHING_MAX)
        pthread_cond_wait(&l->is_free, &l->lock);
    l->hashing++;
    pthread_mutex_unlock(&l->lock);
}

static void stop_hashing(struct logins *l)
{
    pthread_mutex_lock(&l->lock);
    l->hashing--;
    pthread_cond_signal(&l->is_free);
    pthread_mutex_unlock(&l->lock);
}

static bool make_hash(struct logins *l, const char *password, char out[IV_ADMIN_HASH_BYTES])
{
    int failed;

    start_hashing(l);
    failed = crypto_pwhash_str_alg(out, password, strlen(password), PASSES, MEMORY_BYTES,
                                   crypto_pwhash_ALG_ARGON2ID13);
    stop_hashing(l);
    return !failed;
}

/* admin NULL: the same work, for nobody. */
static bool is_password(struct logins *l, const struct iv_admin *admin, const char *password)
{
    char scratch[IV_ADMIN_HASH_BYTES];
    int failed;

    if (!admin) {
        make_hash(l, password, scratch);
        return false;
    }
    start_hashing(l);
    failed = crypto_pwhash_str_verify(admin->hash, password, strlen(password));
    stop_hashing(l);
    return !failed;
}

/* -- making -- */

static bool is_name(const char *name)
{
    size_t len = strnlen(name, IV_ADMIN_NAME_MAX + 1);

    return len && len <= IV_ADMIN_NAME_MAX &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") ==
               len;
}

static bool has_controls(const char *text)
{
    while (*text && (unsigned char)*text >= ' ' && *text != 0x7f)
        text++;
    return *text;
}

static enum iv_code check_password(const iv_keys *k, const char *password, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(k->ctx);
    int64_t min = c ? c->admin_password_min : DEFAULT_PASSWORD_MIN;
    size_t len = strnlen(password, PASSWORD_MAX_BYTES + 1);

    if (len > PASSWORD_MAX_BYTES || !iv_utf8_valid(password, len) || has_controls(password))
        return iv_fail(err, IV_E_USAGE, "password: must be one line of UTF-8 of at most %d bytes",
                       PASSWORD_MAX_BYTES);
    if (iv_utf8_chars(password) < (size_t)min)
        return iv_fail(err, IV_E_USAGE, "password: must have at least %d characters", (int)min);
    return IV_OK;
}

enum iv_code iv_keys_admin_set(iv_keys *k, const char *name, const char *password,
                               struct iv_error *err)
{
    struct iv_admin admin = {.created_ms = iv_keys_now_ms(k)};
    enum iv_code rc = check_password(k, password, err);

    if (!is_name(name))
        return iv_fail(err, IV_E_USAGE,
                       "username \"%.60s\": must be 1 to %d of letters, digits and . _ @ -",
                       iv_utf8_valid(name, strlen(name)) ? name : "", IV_ADMIN_NAME_MAX);
    if (rc)
        return rc;
    memcpy(admin.name, name, strlen(name));
    admin.changed_ms = admin.created_ms;
    if (!make_hash(&k->logins, password, admin.hash))
        return iv_fail(err, IV_E_NOMEM, "password: no memory to hash it");
    rc = iv_store_admin_put(k->store, &admin, err);
    sodium_memzero(admin.hash, sizeof admin.hash);
    if (!rc)
        iv_log(iv_ctx_log(k->ctx), IV_LOG_INFO, "administrator %s: password set", name);
    return rc;
}

/* -- tokens: "ivt_", expiry and nonce and MAC in hex, name. They need no keeping: a new password changes what is signed. -- */

#define TOKEN_HEAD "ivt_"
#define EXPIRY_AT (sizeof TOKEN_HEAD - 1)
#define NONCE_AT (EXPIRY_AT + 16)
#define MAC_AT (NONCE_AT + 16)
#define NAME_AT (MAC_AT + 2 * MAC_BYTES)
_Static_assert(NAME_AT + IV_ADMIN_NAME_MAX < IV_TOKEN_BYTES, "a token fits");

static enum iv_code sign_token(iv_keys *k, const struct iv_admin *admin, const char *head,
                               bool make, char out[2 * MAC_BYTES + 1], struct iv_error *err)
{
    unsigned char mac[MAC_BYTES];
    const struct mac_part parts[] = {{head, MAC_AT},
                                     {admin->name, strlen(admin->name)},
                                     {&admin->changed_ms, sizeof admin->changed_ms},
                                     {admin->hash, strlen(admin->hash)}};
    enum iv_code rc = iv_keys_mac(k, MAC_TOKEN, parts, IV_LEN(parts), make, mac, err);

    if (!rc)
        sodium_bin2hex(out, 2 * MAC_BYTES + 1, mac, sizeof mac);
    sodium_memzero(mac, sizeof mac);
    return rc;
}

static enum iv_code make_token(iv_keys *k, const struct iv_admin *admin, struct iv_login *out,
                               struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(k->ctx);
    char head[MAC_AT + 1], mac[2 * MAC_BYTES + 1];
    uint64_t nonce;
    enum iv_code rc;

    randombytes_buf(&nonce, sizeof nonce);
    out->expires_ms =
        iv_keys_now_ms(k) + 3600000ll * (c ? c->admin_token_hours : DEFAULT_TOKEN_HOURS);
    snprintf(head, sizeof head, TOKEN_HEAD "%016llx%016llx", (unsigned long long)out->expires_ms,
             (unsigned long long)nonce);
    rc = sign_token(k, admin, head, true, mac, err);
    if (rc)
        return rc;
    snprintf(out->token, sizeof out->token, "%s%s%s", head, mac, admin->name);
    return iv_hidden_add(iv_ctx_hidden(k->ctx), out->token, err);
}

static bool read_expiry(const char *token, int64_t *out)
{
    char text[17] = "", *end;

    memcpy(text, token + EXPIRY_AT, 16);
    if (strspn(text, "0123456789abcdef") != 16 || text[0] > '7')
        return false;
    *out = (int64_t)strtoull(text, &end, 16);
    return true;
}

enum iv_code iv_keys_token_verify(iv_keys *k, const char *token, struct iv_principal *out,
                                  struct iv_error *err)
{
    char mac[2 * MAC_BYTES + 1];
    struct iv_admin admin;
    int64_t expires_ms = 0;
    enum iv_code rc;

    *out = (struct iv_principal){.expires_ms = 0};
    if (!token || strnlen(token, IV_TOKEN_BYTES) >= IV_TOKEN_BYTES || strlen(token) <= NAME_AT ||
        strncmp(token, TOKEN_HEAD, EXPIRY_AT) != 0 || !read_expiry(token, &expires_ms) ||
        !is_name(token + NAME_AT))
        return iv_keys_refused(err);
    rc = iv_store_admin_get(k->store, token + NAME_AT, &admin, err);
    if (!rc)
        rc = sign_token(k, &admin, token, false, mac, err);
    if (rc == IV_E_NOT_FOUND || (!rc && (sodium_memcmp(mac, token + MAC_AT, 2 * MAC_BYTES) != 0 ||
                                         expires_ms <= iv_keys_now_ms(k))))
        return iv_keys_refused(err);
    if (rc)
        return rc;
    out->scopes = IV_SCOPE_READ | IV_SCOPE_WRITE | IV_SCOPE_ADMIN;
    out->expires_ms = expires_ms;
    return IV_OK;
}

/* -- logging in -- */

static enum iv_code too_many(struct iv_login *out, unsigned wait_s, struct iv_error *err)
{
    out->wait_s = (int)wait_s;
    return iv_fail(err, IV_E_RATE_LIMIT, "too many logins failed; try again in %u s", wait_s);
}

static void hold_back(unsigned failures)
{
    unsigned ms = FIRST_DELAY_MS;
    struct timespec delay;

    if (failures <= FREE_FAILURES)
        return;
    for (unsigned i = FREE_FAILURES + 1; i < failures && ms < LAST_DELAY_MS; i++)
        ms *= 2;
    delay = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&delay, NULL);
}

/* Seated. */
static enum iv_code look_at(iv_keys *k, const char *name, const char *password, unsigned failures,
                            struct iv_login *out, struct iv_error *err)
{
    struct iv_admin admin;
    bool is_right;
    enum iv_code rc =
        is_name(name) ? iv_store_admin_get(k->store, name, &admin, err) : IV_E_NOT_FOUND;

    if (rc && rc != IV_E_NOT_FOUND)
        return rc;
    is_right = is_password(&k->logins, rc ? NULL : &admin, password);
    if (is_right)
        return make_token(k, &admin, out, err);
    hold_back(failures);
    return iv_fail(err, IV_E_UNAUTHORIZED, "Invalid username or password");
}

enum iv_code iv_keys_login(iv_keys *k, const char *name, const char *password, const char *from,
                           struct iv_login *out, struct iv_error *err)
{
    char address[IV_ADDRESS_BYTES];
    int64_t now_us = iv_keys_now_us(k);
    struct iv_rate_state here, there;
    enum iv_code rc;

    *out = (struct iv_login){.wait_s = 0};
    if (strnlen(password, PASSWORD_MAX_BYTES + 1) > PASSWORD_MAX_BYTES)
        return iv_fail(err, IV_E_UNAUTHORIZED, "Invalid username or password");
    if (!sit_down(&k->logins))
        return too_many(out, 1, err);
    /* Taken before the look, so that guesses made side by side count; given back by success. */
    iv_rate_address(from, address);
    here = iv_rate_take(k->logins.by_address, address, now_us);
    there = here.passed ? iv_rate_take(k->logins.by_name, name, now_us) : here;
    if (!here.passed || !there.passed)
        rc = too_many(out, here.passed ? there.reset_s : here.reset_s, err);
    else
        rc = look_at(k, name, password, here.limit - here.remaining, out, err);
    stand_up(&k->logins);
    if (!rc) {
        iv_rate_clear(k->logins.by_address, address);
        iv_rate_clear(k->logins.by_name, name);
    }
    iv_log(iv_ctx_log(k->ctx), rc ? IV_LOG_WARN : IV_LOG_INFO, "login from %s: %s",
           address[0] ? address : "here", rc ? iv_code_info(rc)->slug : "ok");
    return rc;
}

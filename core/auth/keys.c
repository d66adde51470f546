/* keys.c - API keys: made, changed, and asked for. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "auth/inside.h"
#include "auth/key_text.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "util/hidden.h"

_Static_assert(KEY_CHARS < IV_KEY_SECRET_BYTES, "a key fits");

#define PREFIX_CHARS (KEY_HEAD_CHARS + 4)
#define DEFAULT_GRACE_MINUTES 60

int64_t iv_keys_now_ms(const iv_keys *k)
{
    return iv_wall_ms(iv_ctx_clock(k->ctx));
}

int64_t iv_keys_now_us(const iv_keys *k)
{
    return iv_mono_us(iv_ctx_clock(k->ctx));
}

enum iv_code iv_keys_refused(struct iv_error *err)
{
    return iv_fail(err, IV_E_UNAUTHORIZED, "Invalid API key");
}

/* -- opening and closing -- */

enum iv_code iv_keys_open(iv_ctx *ctx, iv_store *st, iv_keys **out, struct iv_error *err)
{
    iv_keys *k = iv_alloc(sizeof *k);
    enum iv_code rc;

    *out = NULL;
    if (!k)
        return iv_fail(err, IV_E_NOMEM, "keys: out of memory");
    k->ctx = ctx;
    k->store = st;
    pthread_mutex_init(&k->pepper.lock, NULL);
    pthread_mutex_init(&k->uses.lock, NULL);
    pthread_mutex_init(&k->tickets.lock, NULL);
    pthread_mutex_init(&k->revoked.lock, NULL);
    pthread_mutex_init(&k->watch_lock, NULL);
    k->uses.flushed_us = iv_keys_now_us(k);
    rc = iv_logins_init(&k->logins, err);
    if (rc)
        iv_keys_close(k);
    else
        *out = k;
    return rc;
}

void iv_keys_close(iv_keys *k)
{
    if (!k)
        return;
    iv_keys_flush(k);
    iv_logins_release(&k->logins);
    iv_pepper_release(&k->pepper);
    free(k->uses.items);
    free(k->tickets.items);
    free(k->revoked.ids);
    pthread_mutex_destroy(&k->revoked.lock);
    pthread_mutex_destroy(&k->uses.lock);
    pthread_mutex_destroy(&k->tickets.lock);
    pthread_mutex_destroy(&k->watch_lock);
    free(k);
}

/* -- secrets -- */

static enum iv_code hash_secret(iv_keys *k, const char *secret, bool make,
                                unsigned char out[IV_KEY_HASH_BYTES], struct iv_error *err)
{
    const struct mac_part whole = {secret, strlen(secret)};

    return iv_keys_mac(k, MAC_KEY, &whole, 1, make, out, err);
}

/* A secret with its hash and prefix. It never reaches a log of this process. */
static enum iv_code make_secret(iv_keys *k, struct iv_key *key, char secret[IV_KEY_SECRET_BYTES],
                                struct iv_error *err)
{
    enum iv_code rc;

    iv_key_text_make(iv_key_letter(key->scopes), secret);
    memcpy(key->prefix, secret, PREFIX_CHARS);
    key->prefix[PREFIX_CHARS] = '\0';
    rc = hash_secret(k, secret, true, key->hash, err);
    return rc ? rc : iv_hidden_add(iv_ctx_hidden(k->ctx), secret, err);
}

/* -- making -- */

static enum iv_code copy_text(const char *from, const char *what, size_t min_chars,
                              size_t max_chars, char *out, size_t bytes, struct iv_error *err)
{
    size_t len = strlen(from), chars;

    if (len >= bytes || !iv_utf8_valid(from, len))
        chars = (size_t)-1;
    else
        chars = iv_utf8_chars(from);
    if (chars < min_chars || chars > max_chars)
        return iv_fail(err, IV_E_USAGE, "%s \"%.60s\": must be %zu to %zu characters of UTF-8",
                       what, len < bytes ? from : "", min_chars, max_chars);
    memcpy(out, from, len + 1);
    return IV_OK;
}

static enum iv_code read_scopes(const struct iv_key_spec *spec, struct iv_key *key,
                                struct iv_error *err)
{
    const unsigned all = IV_SCOPE_READ | IV_SCOPE_WRITE | IV_SCOPE_ADMIN;

    key->scopes = spec->scopes ? spec->scopes : IV_SCOPE_READ | IV_SCOPE_WRITE;
    if (key->scopes & ~all)
        return iv_fail(err, IV_E_USAGE, "scopes %u: must be of read, write, admin", spec->scopes);
    if (key->scopes & (IV_SCOPE_WRITE | IV_SCOPE_ADMIN))
        key->scopes |= IV_SCOPE_READ;
    if (key->scopes & IV_SCOPE_ADMIN && key->user_id[0])
        return iv_fail(err, IV_E_USAGE, "scope admin: not for a key bound to user \"%.60s\"",
                       key->user_id);
    return IV_OK;
}

static enum iv_code read_spec(const iv_keys *k, const struct iv_key_spec *spec, struct iv_key *key,
                              struct iv_error *err)
{
    enum iv_code rc;

    *key = (struct iv_key){.created_ms = iv_keys_now_ms(k), .expires_ms = spec->expires_ms};
    iv_id_new("key_", key->created_ms, key->id);
    rc = copy_text(spec->name ? spec->name : "", "name", 1, IV_KEY_NAME_MAX, key->name,
                   sizeof key->name, err);
    if (!rc && iv_text_is_blank(key->name))
        rc = iv_fail(err, IV_E_USAGE, "name \"%.60s\": must not be blank", key->name);
    if (!rc)
        rc = copy_text(spec->user_id ? spec->user_id : "", "user_id", 0, IV_USER_ID_MAX,
                       key->user_id, sizeof key->user_id, err);
    if (!rc)
        rc = read_scopes(spec, key, err);
    if (!rc && key->expires_ms && key->expires_ms <= key->created_ms)
        rc = iv_fail(err, IV_E_USAGE, "expires_at: must be later than now");
    return rc;
}

enum iv_code iv_keys_create(iv_keys *k, const struct iv_key_spec *spec, struct iv_key *out,
                            char secret[IV_KEY_SECRET_BYTES], struct iv_error *err)
{
    enum iv_code rc = read_spec(k, spec, out, err);

    secret[0] = '\0';
    if (!rc)
        rc = make_secret(k, out, secret, err);
    if (!rc)
        rc = iv_store_key_new(k->store, out, IV_KEYS_MAX, err);
    if (rc)
        sodium_memzero(secret, IV_KEY_SECRET_BYTES);
    else
        iv_log(iv_ctx_log(k->ctx), IV_LOG_INFO, "key %s: made", out->id);
    return rc;
}

/* -- changing -- */

struct rotation {
    int64_t now_ms, grace_ms;
    struct iv_key fresh; /* hash and prefix of the new secret */
};

static enum iv_code check_alive(const struct iv_key *key, int64_t now_ms, struct iv_error *err)
{
    if (key->revoked_ms)
        return iv_fail(err, IV_E_STATE, "key %s: is revoked", key->id);
    if (key->expires_ms && key->expires_ms <= now_ms)
        return iv_fail(err, IV_E_STATE, "key %s: has expired", key->id);
    return IV_OK;
}

static enum iv_code rotate(struct iv_key *key, const void *arg, struct iv_error *err)
{
    const struct rotation *r = arg;
    enum iv_code rc = check_alive(key, r->now_ms, err);

    if (rc)
        return rc;
    key->former_until_ms = r->grace_ms ? r->now_ms + r->grace_ms : 0;
    memcpy(key->former, key->hash, sizeof key->former);
    if (!r->grace_ms)
        memset(key->former, 0, sizeof key->former);
    memcpy(key->hash, r->fresh.hash, sizeof key->hash);
    memcpy(key->prefix, r->fresh.prefix, sizeof key->prefix);
    return IV_OK;
}

enum iv_code iv_keys_rotate(iv_keys *k, const char *id, struct iv_key *out,
                            char secret[IV_KEY_SECRET_BYTES], struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(k->ctx);
    struct rotation r = {.now_ms = iv_keys_now_ms(k),
                         .grace_ms = 60000ll * (c ? c->keys_grace_minutes : DEFAULT_GRACE_MINUTES)};
    enum iv_code rc = iv_store_key_get(k->store, id, &r.fresh, err);

    secret[0] = '\0';
    if (!rc)
        rc = check_alive(&r.fresh, r.now_ms, err);
    if (!rc)
        rc = make_secret(k, &r.fresh, secret, err);
    if (!rc)
        rc = iv_store_key_change(k->store, id, rotate, &r, out, err);
    if (rc)
        sodium_memzero(secret, IV_KEY_SECRET_BYTES);
    else
        iv_log(iv_ctx_log(k->ctx), IV_LOG_INFO, "key %s: rotated", out->id);
    return rc;
}

static enum iv_code revoke(struct iv_key *key, const void *arg, struct iv_error *err)
{
    (void)err;
    if (!key->revoked_ms)
        key->revoked_ms = *(const int64_t *)arg;
    return IV_OK;
}

static void remember_revoked(struct revoked *r, const char id[IV_ID_BYTES])
{
    pthread_mutex_lock(&r->lock);
    if (iv_grow(&r->ids, &r->cap, r->n + 1, sizeof *r->ids))
        r->is_short = true;
    else
        memcpy(r->ids[r->n++], id, IV_ID_BYTES);
    pthread_mutex_unlock(&r->lock);
}

enum iv_code iv_keys_revoke(iv_keys *k, const char *id, struct iv_key *out, struct iv_error *err)
{
    int64_t now_ms = iv_keys_now_ms(k);
    enum iv_code rc = iv_store_key_change(k->store, id, revoke, &now_ms, out, err);

    if (rc)
        return rc;
    remember_revoked(&k->revoked, out->id);
    pthread_mutex_lock(&k->watch_lock);
    if (k->watch)
        k->watch(k->watch_arg, out->id);
    pthread_mutex_unlock(&k->watch_lock);
    iv_log(iv_ctx_log(k->ctx), IV_LOG_INFO, "key %s: revoked", out->id);
    return IV_OK;
}

void iv_keys_watch(iv_keys *k, iv_key_watch *fn, void *arg)
{
    pthread_mutex_lock(&k->watch_lock);
    k->watch = fn;
    k->watch_arg = arg;
    pthread_mutex_unlock(&k->watch_lock);
}

enum iv_code iv_keys_list(iv_keys *k, struct iv_key **rows, size_t *n, struct iv_error *err)
{
    enum iv_code rc = iv_store_key_list(k->store, rows, n, err);

    if (!rc)
        iv_keys_add_uses(k, *rows, *n);
    return rc;
}

/* -- asking -- */

static bool matches(const struct iv_key *key, const unsigned char hash[IV_KEY_HASH_BYTES],
                    int64_t now_ms)
{
    bool is_current = !sodium_memcmp(key->hash, hash, IV_KEY_HASH_BYTES);
    bool is_former = !sodium_memcmp(key->former, hash, IV_KEY_HASH_BYTES);

    return is_current || (is_former && now_ms < key->former_until_ms);
}

enum iv_code iv_keys_verify(iv_keys *k, const char *secret, struct iv_principal *out,
                            struct iv_error *err)
{
    unsigned char hash[IV_KEY_HASH_BYTES];
    int64_t now_ms = iv_keys_now_ms(k);
    struct iv_key key;
    enum iv_code rc;

    *out = (struct iv_principal){.expires_ms = 0};
    if (!secret || !iv_key_text_is_well(secret))
        return iv_keys_refused(err);
    rc = hash_secret(k, secret, false, hash, err);
    if (!rc)
        rc = iv_store_key_find(k->store, hash, &key, err);
    if (rc == IV_E_NOT_FOUND ||
        (!rc && (!matches(&key, hash, now_ms) || check_alive(&key, now_ms, NULL))))
        return iv_keys_refused(err);
    if (rc)
        return rc;
    memcpy(out->key_id, key.id, sizeof out->key_id);
    memcpy(out->user_id, key.user_id, sizeof out->user_id);
    out->scopes = key.scopes;
    out->expires_ms = key.expires_ms;
    iv_keys_note_use(k, key.id, now_ms);
    return IV_OK;
}

static bool is_revoked(iv_keys *k, const char *id)
{
    struct revoked *r = &k->revoked;
    bool found = false, is_short;
    struct iv_key key;

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n && !found; i++)
        found = !strcmp(r->ids[i], id);
    is_short = r->is_short;
    pthread_mutex_unlock(&r->lock);
    return found || (is_short && (iv_store_key_get(k->store, id, &key, NULL) || key.revoked_ms));
}

bool iv_keys_still_good(iv_keys *k, const struct iv_principal *who)
{
    if (who->expires_ms && who->expires_ms <= iv_keys_now_ms(k))
        return false;
    return !who->key_id[0] || !is_revoked(k, who->key_id);
}

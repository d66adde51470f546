/* pepper.c - the secret beside the store, without which its hashes are worth nothing.
 *
 * It stands in a file of its own, so that whoever gets the store, or a backup, has no way to try keys. One is made when the first key
 * is; a second one never replaces a lost one silently, since every key made under the first would be dead.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "auth/inside.h"
#include "iv/config.h"
#include "iv/secret.h"

#define PEPPER_BYTES 32
#define PATH_BYTES 8192
#define SHORTEST 32 /* characters of a file that somebody else made */

static void derive(struct pepper *p, const char *text)
{
    static const char *const uses[MAC_USES] = {"api key", "login token", "signed url"};
    unsigned char key[MAC_BYTES];

    for (int i = 0; i < MAC_USES; i++) {
        crypto_auth_hmacsha256_state st;

        crypto_auth_hmacsha256_init(&st, (const unsigned char *)text, strlen(text));
        crypto_auth_hmacsha256_update(&st, (const unsigned char *)uses[i], strlen(uses[i]));
        crypto_auth_hmacsha256_final(&st, key);
        crypto_auth_hmacsha256_init(&p->begun[i], key, sizeof key);
    }
    sodium_memzero(key, sizeof key);
    p->is_there = true;
}

static void random_hex(char out[2 * PEPPER_BYTES + 1])
{
    unsigned char bytes[PEPPER_BYTES];

    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(out, 2 * PEPPER_BYTES + 1, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

/* Where it stands; "" for a store in memory, whose pepper lives as long. A store in Redis has none beside it: that of this user. */
static enum iv_code find_path(const iv_keys *k, struct iv_buf *out, struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(k->ctx);
    const char *store = iv_store_path(k->store);
    char *dir = NULL;
    enum iv_code rc = IV_OK;

    if (c && c->keys_pepper_file[0])
        iv_buf_adds(out, c->keys_pepper_file);
    else if (!strcmp(iv_store_backend(k->store), "redis"))
        rc = iv_config_dir(IV_DIR_DATA, true, &dir, err);
    else if (store[0])
        iv_buf_addf(out, "%s.pepper", store);
    if (dir)
        iv_buf_addf(out, "%s/redis.pepper", dir);
    free(dir);
    return rc ? rc : iv_buf_check(out, "keys.pepper_file", err);
}

static enum iv_code read_file(iv_keys *k, const char *path, struct iv_error *err)
{
    char *text = NULL;
    enum iv_code rc = iv_secret_read_file(k->ctx, "keys.pepper", path, &text, err);

    if (!rc && strlen(text) < SHORTEST)
        rc = iv_fail(err, IV_E_CONFIG, "keys.pepper_file: %s: must hold at least %d characters",
                     path, SHORTEST);
    if (!rc)
        derive(&k->pepper, text);
    iv_secret_free(text);
    return rc;
}

/* Keys in use that were made under a pepper that is not there. */
static enum iv_code check_nothing_is_lost(iv_keys *k, const char *path, struct iv_error *err)
{
    struct iv_key *rows = NULL;
    size_t n = 0, live = 0;
    enum iv_code rc = iv_store_key_list(k->store, &rows, &n, err);

    for (size_t i = 0; i < n; i++)
        live += !rows[i].revoked_ms;
    free(rows);
    if (!rc && live)
        rc = iv_fail(err, IV_E_CONFIG,
                     "%s: is missing, and %zu keys were made with it: put it back, or revoke them",
                     path, live);
    return rc;
}

static enum iv_code make_file(iv_keys *k, const char *path, struct iv_error *err)
{
    struct iv_buf text = IV_BUF_INIT(2 * PEPPER_BYTES + 2);
    char hex[2 * PEPPER_BYTES + 1];
    enum iv_code rc = check_nothing_is_lost(k, path, err);

    if (rc)
        return rc;
    random_hex(hex);
    iv_buf_addf(&text, "%s\n", hex);
    rc = iv_buf_check(&text, path, err);
    if (!rc)
        rc = iv_buf_write_file(&text, path, 0600, err);
    if (!rc)
        derive(&k->pepper, hex);
    if (text.data)
        sodium_memzero(text.data, text.cap);
    sodium_memzero(hex, sizeof hex);
    iv_buf_release(&text);
    return rc;
}

static void make_in_memory(struct pepper *p)
{
    char hex[2 * PEPPER_BYTES + 1];

    random_hex(hex);
    derive(p, hex);
    sodium_memzero(hex, sizeof hex);
}

/* {pepper.lock} */
static enum iv_code find(iv_keys *k, bool make, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(PATH_BYTES);
    enum iv_code rc = find_path(k, &path, err);

    if (!rc && path.len && !access(iv_buf_str(&path), F_OK))
        rc = read_file(k, iv_buf_str(&path), err);
    else if (!rc && !path.len) /* a store in memory leaves no files */
        make_in_memory(&k->pepper);
    else if (!rc)
        rc = make ? make_file(k, iv_buf_str(&path), err)
                  : check_nothing_is_lost(k, iv_buf_str(&path), err);
    iv_buf_release(&path);
    return rc;
}

enum iv_code iv_keys_mac(iv_keys *k, enum mac_use use, const struct mac_part *parts, size_t n,
                         bool make, unsigned char out[MAC_BYTES], struct iv_error *err)
{
    crypto_auth_hmacsha256_state st;
    enum iv_code rc = IV_OK;

    pthread_mutex_lock(&k->pepper.lock);
    if (!k->pepper.is_there)
        rc = find(k, make, err);
    if (!rc && !k->pepper.is_there) /* no key was ever made: nothing can be good */
        rc = iv_keys_refused(err);
    if (!rc)
        st = k->pepper.begun[use];
    pthread_mutex_unlock(&k->pepper.lock);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++) {
        const uint64_t len = parts[i].len;

        crypto_auth_hmacsha256_update(&st, (const unsigned char *)&len, sizeof len);
        crypto_auth_hmacsha256_update(&st, parts[i].bytes, parts[i].len);
    }
    crypto_auth_hmacsha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
    return IV_OK;
}

void iv_pepper_release(struct pepper *p)
{
    sodium_memzero(p->begun, sizeof p->begun);
    pthread_mutex_destroy(&p->lock);
}

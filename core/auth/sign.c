/* sign.c - addresses that carry their own permission. */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "auth/inside.h"
#include "iv/config.h"

#define DEFAULT_MINUTES 10
#define EXPIRY_CHARS_MAX 12 /* seconds since 1970 */

static enum iv_code signature_of(iv_keys *k, const char *path, const char *expires, bool make,
                                 char out[2 * MAC_BYTES + 1], struct iv_error *err)
{
    const struct mac_part parts[] = {{path, strlen(path)}, {expires, strlen(expires)}};
    unsigned char mac[MAC_BYTES];
    enum iv_code rc = iv_keys_mac(k, MAC_URL, parts, IV_LEN(parts), make, mac, err);

    if (!rc)
        sodium_bin2hex(out, 2 * MAC_BYTES + 1, mac, sizeof mac);
    return rc;
}

enum iv_code iv_keys_sign(iv_keys *k, const char *path, char out[IV_SIGNATURE_BYTES],
                          struct iv_error *err)
{
    const struct iv_config *c = iv_ctx_config(k->ctx);
    int64_t until_ms = iv_keys_now_ms(k) + 60000ll * (c ? c->url_minutes : DEFAULT_MINUTES);
    struct iv_signature s;
    enum iv_code rc = iv_keys_sign_until(k, path, until_ms, &s, err);

    if (rc)
        out[0] = '\0';
    else
        snprintf(out, IV_SIGNATURE_BYTES, "expires=%s&signature=%s", s.expires, s.mac);
    return rc;
}

enum iv_code iv_keys_sign_until(iv_keys *k, const char *path, int64_t wall_ms,
                                struct iv_signature *out, struct iv_error *err)
{
    _Static_assert(sizeof out->mac == 2 * MAC_BYTES + 1, "in hexadecimal");

    snprintf(out->expires, sizeof out->expires, "%lld", (long long)(wall_ms / 1000));
    return signature_of(k, path, out->expires, true, out->mac, err);
}

static bool read_expiry(const char *text, int64_t *out)
{
    size_t len = strnlen(text, EXPIRY_CHARS_MAX + 1);

    *out = 0;
    if (!len || len > EXPIRY_CHARS_MAX || strspn(text, "0123456789") != len)
        return false;
    for (; *text; text++)
        *out = *out * 10 + (*text - '0');
    return true;
}

enum iv_code iv_keys_signature_check(iv_keys *k, const char *path, const char *expires,
                                     const char *signature, struct iv_error *err)
{
    char mac[2 * MAC_BYTES + 1];
    int64_t at_s;
    enum iv_code rc;

    if (!expires || !signature || !read_expiry(expires, &at_s) ||
        strnlen(signature, sizeof mac) != sizeof mac - 1)
        return iv_keys_refused(err);
    rc = signature_of(k, path, expires, false, mac, err);
    if (rc)
        return rc;
    if (sodium_memcmp(mac, signature, sizeof mac - 1) != 0 || at_s <= iv_keys_now_ms(k) / 1000)
        return iv_keys_refused(err);
    return IV_OK;
}

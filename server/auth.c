/* auth.c - keys, tokens, signed URLs and tickets of requests, and how many requests a minute they are good for. */
#include "auth.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "own.h"
#include "route/route.h"

static int64_t now_us(const struct iv_server *s)
{
    return iv_mono_us(iv_ctx_clock(s->ctx));
}

/* RFC 9110 and draft-ietf-httpapi-ratelimit-headers: figures of a window that slides. */
static void tell_limit(struct iv_reply *r, const struct iv_rate_state *at)
{
    iv_reply_header(r, "RateLimit-Policy", "\"default\";q=%u;w=%u", at->limit, at->window_s);
    iv_reply_header(r, "RateLimit", "\"default\";r=%u;t=%u", at->remaining, at->reset_s);
}

static enum iv_code take(iv_rate *rate, const char *name, int64_t at_us, struct iv_reply *r,
                         struct iv_error *err)
{
    struct iv_rate_state state = iv_rate_take(rate, name, at_us);

    tell_limit(r, &state);
    if (state.passed)
        return IV_OK;
    r->retry_after_s = state.reset_s ? state.reset_s : 1;
    return iv_fail(err, IV_E_RATE_LIMIT, "Rate limit exceeded: %u requests in %u s", state.limit,
                   state.window_s);
}

/* A good key is limited by itself, everybody else by where they come from. A good one is good from there, too: nobody guesses 256 bits,
 * and behind one address there may be many clients. */
static enum iv_code stranger(struct iv_server *s, const struct iv_request *q, struct iv_reply *r,
                             enum iv_code why, struct iv_error *err)
{
    char address[IV_ADDRESS_BYTES];
    struct iv_error refused = *err;
    enum iv_code rc;

    iv_rate_address(q->address, address);
    rc = take(s->by_address, address, now_us(s), r, &refused);
    if (rc)
        *err = refused;
    return rc ? rc : why;
}

static enum iv_code with_key(struct iv_server *s, struct iv_request *q, const char *secret,
                             struct iv_reply *r, struct iv_error *err)
{
    enum iv_code rc;

    if (!secret)
        return stranger(s, q, r, iv_fail(err, IV_E_UNAUTHORIZED, "Invalid API key"), err);
    rc = iv_keys_verify(s->keys, secret, &q->who, err);
    if (rc == IV_E_UNAUTHORIZED)
        return stranger(s, q, r, rc, err);
    return rc ? rc : take(s->by_key, q->who.key_id, now_us(s), r, err);
}

static const char *bearer(const struct iv_request *q)
{
    return q->authorization && !strncasecmp(q->authorization, "Bearer ", 7) ? q->authorization + 7
                                                                            : NULL;
}

static enum iv_code with_token(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                               struct iv_error *err)
{
    const char *token = bearer(q);
    enum iv_code rc;

    if (!token && q->api_key)
        rc = iv_keys_verify(s->keys, q->api_key, &q->who, err);
    else
        rc = token ? iv_keys_token_verify(s->keys, token, &q->who, err)
                   : iv_fail(err, IV_E_UNAUTHORIZED, "log in first: POST /admin/login");
    if (rc == IV_E_UNAUTHORIZED)
        return stranger(s, q, r, rc, err);
    if (!rc && !(q->who.scopes & IV_SCOPE_ADMIN))
        return iv_fail(err, IV_E_FORBIDDEN, "this key is not an administrator's");
    return rc || !q->who.key_id[0] ? rc : take(s->by_key, q->who.key_id, now_us(s), r, err);
}

static bool is_signed(struct iv_server *s, const struct iv_request *q)
{
    const char *expires = iv_query(q, "expires"), *signature = iv_query(q, "signature");

    return expires && signature &&
           !iv_keys_signature_check(s->keys, q->path, expires, signature, NULL);
}

/* "EXPIRES.SIGNATURE" of the room's path: what stands behind # in a room's URL. It opens that session alone. */
static bool has_pass(struct iv_server *s, struct iv_request *q)
{
    char path[160], expires[32];
    const char *dot = q->room_pass ? strchr(q->room_pass, '.') : NULL;

    if (!dot || !q->params[0] || strncmp(q->route->path, "/api/sessions/{", 15) ||
        (size_t)(dot - q->room_pass) >= sizeof expires)
        return false;
    memcpy(expires, q->room_pass, (size_t)(dot - q->room_pass));
    expires[dot - q->room_pass] = '\0';
    snprintf(path, sizeof path, "/rooms/%.120s", q->params[0]);
    if (iv_keys_signature_check(s->keys, path, expires, dot + 1, NULL))
        return false;
    q->who = (struct iv_principal){.scopes = IV_SCOPE_READ | IV_SCOPE_WRITE};
    return q->by_pass = true;
}

static enum iv_code check_scope(const struct iv_request *q, struct iv_error *err)
{
    bool reads = q->method == IV_GET || q->method == IV_HEAD;

    if (q->who.scopes & (reads ? IV_SCOPE_READ | IV_SCOPE_WRITE : IV_SCOPE_WRITE))
        return IV_OK;
    return iv_fail(err, IV_E_FORBIDDEN, reads ? "this key may not read" : "this key may only read");
}

enum iv_code iv_auth_request(struct iv_server *s, struct iv_request *q, enum iv_auth_class wanted,
                             struct iv_reply *r, struct iv_error *err)
{
    enum iv_code rc;

    if (wanted == IV_AUTH_NONE)
        return IV_OK;
    if (q->is_own) {
        q->who = (struct iv_principal){.scopes = IV_SCOPE_READ | IV_SCOPE_WRITE | IV_SCOPE_ADMIN};
        return IV_OK;
    }
    if (wanted == IV_AUTH_ADMIN)
        return with_token(s, q, r, err);
    if (wanted == IV_AUTH_LINK && is_signed(s, q)) {
        q->who = (struct iv_principal){.scopes = IV_SCOPE_READ};
        return IV_OK;
    }
    if (has_pass(s, q))
        return take(s->by_key, q->params[0], now_us(s), r, err);
    rc = with_key(s, q, q->api_key, r, err);
    return rc ? rc : check_scope(q, err);
}

enum iv_code iv_auth_socket(struct iv_server *s, struct iv_request *q, const char *session_id,
                            struct iv_reply *r, struct iv_error *err)
{
    const char *ticket = iv_query(q, "ticket"), *key = iv_query(q, "api_key");
    enum iv_code rc;

    if (ticket) {
        rc = iv_keys_ticket_take(s->keys, ticket, session_id, &q->who, err);
        return rc == IV_E_UNAUTHORIZED ? stranger(s, q, r, rc, err) : rc;
    }
    rc = with_key(s, q, key ? key : q->api_key, r, err);
    if (!rc && !(q->who.scopes & IV_SCOPE_WRITE))
        rc = iv_fail(err, IV_E_FORBIDDEN, "this key may only read");
    return rc;
}

enum iv_code iv_auth_owner(const struct iv_principal *who, const char *user_id,
                           struct iv_error *err)
{
    if (!who->user_id[0] || !strcmp(who->user_id, user_id))
        return IV_OK;
    return iv_fail(err, IV_E_FORBIDDEN, "this key is bound to another user");
}

/* admin.c - /admin: logging in, and the keys that clients are given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "own.h"
#include "route/route.h"

iv_handler iv_route_admin_login, iv_route_admin_key_post, iv_route_admin_key_list,
    iv_route_admin_key_rotate, iv_route_admin_key_delete;

/* Waits on its worker after failures; iv_keys lets a few in at once and refuses the others. */
enum iv_code iv_route_admin_login(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                  struct iv_error *err)
{
    struct iv_login login;
    enum iv_code rc =
        iv_keys_login(s->keys, iv_json_get_str(q->json, "username", ""),
                      iv_json_get_str(q->json, "password", ""), q->address, &login, err);

    r->retry_after_s = login.wait_s;
    if (!rc) {
        r->json = iv_json_object();
        iv_json_set_str(r->json, "token", login.token);
        iv_json_set_time(r->json, "expires_at", login.expires_ms);
    }
    sodium_memzero(&login, sizeof login);
    return rc;
}

static enum iv_code read_scopes(const iv_json *list, unsigned *scopes, struct iv_reply *r,
                                struct iv_error *err)
{
    *scopes = 0;
    for (const iv_json *word = iv_json_first(list); word; word = iv_json_next(word)) {
        unsigned scope = iv_scope_parse(iv_json_string(word, ""));

        if (!scope) {
            snprintf(r->details, sizeof r->details, "scopes holds \"%.60s\"",
                     iv_json_string(word, "what is no text"));
            return iv_fail(err, IV_E_USAGE, "Invalid scopes. Must be of: read, write, admin");
        }
        *scopes |= scope;
    }
    if (list && !*scopes)
        return iv_fail(err, IV_E_USAGE, "Invalid scopes. Must be of: read, write, admin");
    return IV_OK;
}

static enum iv_code read_spec(const struct iv_request *q, struct iv_key_spec *spec,
                              struct iv_reply *r, struct iv_error *err)
{
    const char *expires = iv_json_get_str(q->json, "expires_at", NULL);

    if (expires && iv_time_parse(expires) < 0) {
        snprintf(r->details, sizeof r->details, "expires_at was \"%.60s\"", expires);
        return iv_fail(err, IV_E_USAGE, "Invalid expires_at. Must be as 2030-01-31T00:00:00Z");
    }
    *spec = (struct iv_key_spec){.name = iv_json_get_str(q->json, "name", ""),
                                 .user_id = iv_json_get_str(q->json, "user_id", ""),
                                 .expires_ms = expires ? iv_time_parse(expires) : 0};
    return read_scopes(iv_json_get(q->json, "scopes"), &spec->scopes, r, err);
}

enum iv_code iv_route_admin_key_post(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                     struct iv_error *err)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key_spec spec;
    struct iv_key key;
    enum iv_code rc = read_spec(q, &spec, r, err);

    if (!rc)
        rc = iv_keys_create(s->keys, &spec, &key, secret, err);
    if (!rc)
        r->json = iv_key_json(&key, secret);
    r->status = 201;
    sodium_memzero(secret, sizeof secret);
    return rc;
}

enum iv_code iv_route_admin_key_list(struct iv_server *s, struct iv_request *q, struct iv_reply *r,
                                     struct iv_error *err)
{
    struct iv_key *rows = NULL;
    size_t n = 0;
    enum iv_code rc = iv_keys_list(s->keys, &rows, &n, err);

    (void)q;
    if (!rc)
        r->json = iv_json_array();
    for (size_t i = 0; i < n; i++)
        iv_json_append(r->json, iv_key_json(&rows[i], NULL));
    free(rows);
    return rc;
}

enum iv_code iv_route_admin_key_rotate(struct iv_server *s, struct iv_request *q,
                                       struct iv_reply *r, struct iv_error *err)
{
    char secret[IV_KEY_SECRET_BYTES];
    struct iv_key key;
    enum iv_code rc = iv_keys_rotate(s->keys, q->params[0], &key, secret, err);

    if (!rc)
        r->json = iv_key_json(&key, secret);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

enum iv_code iv_route_admin_key_delete(struct iv_server *s, struct iv_request *q,
                                       struct iv_reply *r, struct iv_error *err)
{
    struct iv_key key;

    r->status = 204;
    return iv_keys_revoke(s->keys, q->params[0], &key, err);
}

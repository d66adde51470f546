/* key_json.c - a key as clients see it, and the names of scopes. */
#include <string.h>

#include "iv/keys.h"

static const struct {
    const char *name;
    unsigned bit;
} scopes[] = {{"read", IV_SCOPE_READ}, {"write", IV_SCOPE_WRITE}, {"admin", IV_SCOPE_ADMIN}};

unsigned iv_scope_parse(const char *word)
{
    for (size_t i = 0; i < IV_LEN(scopes); i++)
        if (!strcmp(word, scopes[i].name))
            return scopes[i].bit;
    return 0;
}

static iv_json *scopes_json(unsigned bits)
{
    iv_json *out = iv_json_array();

    for (size_t i = 0; i < IV_LEN(scopes); i++)
        if (bits & scopes[i].bit)
            iv_json_append(out, iv_json_str(scopes[i].name));
    return out;
}

static void set_time(iv_json *out, const char *name, int64_t wall_ms)
{
    iv_json_set_time(out, name, wall_ms ? wall_ms : -1);
}

iv_json *iv_key_json(const struct iv_key *key, const char *secret)
{
    iv_json *out = iv_json_object();

    iv_json_set_str(out, "id", key->id);
    iv_json_set_str(out, "name", key->name);
    if (secret)
        iv_json_set_str(out, "api_key", secret);
    iv_json_set_str(out, "prefix", key->prefix);
    iv_json_set(out, "user_id", iv_json_str(key->user_id[0] ? key->user_id : NULL));
    iv_json_set(out, "scopes", scopes_json(key->scopes));
    set_time(out, "created_at", key->created_ms);
    set_time(out, "last_used_at", key->last_used_ms);
    set_time(out, "expires_at", key->expires_ms);
    iv_json_set_bool(out, "revoked", key->revoked_ms != 0);
    if (key->former_until_ms)
        set_time(out, "former_valid_until", key->former_until_ms);
    return out;
}

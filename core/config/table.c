/* table.c - the rows of settings.def. */
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "iv/config.h"

static const struct iv_setting rows[] = {
#define S(kind_, field_, key_, default_, ...)                                                      \
    {.kind = IV_SET_##kind_,                                                                       \
     .key = key_,                                                                                  \
     .dflt = default_,                                                                             \
     .offset = offsetof(struct iv_config, field_),                                                 \
     __VA_ARGS__},
#include "iv/settings.def"
#undef S
};

size_t iv_setting_count(void)
{
    return IV_LEN(rows);
}

const struct iv_setting *iv_setting_at(size_t i)
{
    return i < IV_LEN(rows) ? &rows[i] : NULL;
}

const struct iv_setting *iv_setting_find(const char *key)
{
    for (size_t i = 0; i < IV_LEN(rows); i++)
        if (!strcmp(rows[i].key, key))
            return &rows[i];
    return NULL;
}

void iv_setting_env_name(const struct iv_setting *s, char out[96])
{
    size_t n = (size_t)snprintf(out, 96, "INTERVIEWCTL_%s", s->key);

    for (size_t i = 0; i < n && i < 95; i++)
        out[i] = out[i] == '.' ? '_' : (char)toupper((unsigned char)out[i]);
}

const char *iv_origin_name(enum iv_origin o)
{
    static const char *const names[] = {"default", "system file", "user file",
                                        ".env",    "environment", "flag"};

    return names[o];
}

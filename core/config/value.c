/* value.c - one setting's text becomes its value. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/text.h"

static void *slot(const struct iv_config *c, const struct iv_setting *s)
{
    return (char *)(uintptr_t)c + s->offset;
}

static bool is_text(const struct iv_setting *s)
{
    return s->kind != IV_SET_INT && s->kind != IV_SET_REAL && s->kind != IV_SET_BOOL;
}

/* The choice list is words separated by spaces; a leading space allows the empty word. */
static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);

    if (!n)
        return choices[0] == ' ';
    if (strchr(value, ' '))
        return false;
    for (const char *p = choices; (p = strstr(p, value)); p += n)
        if ((p == choices || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

static void drop_text(const struct iv_setting *s, char *text)
{
    if (text && s->kind == IV_SET_SECRET)
        sodium_memzero(text, strlen(text));
    free(text);
}

static enum iv_code set_text(struct iv_config *c, const struct iv_setting *s, const char *value,
                             struct iv_error *err)
{
    char **p = slot(c, s);
    char *copy;

    if (!iv_utf8_valid(value, strlen(value)))
        return iv_fail(err, IV_E_CONFIG, "%s: not valid UTF-8", s->key);
    if (s->kind == IV_SET_CHOICE && !is_choice(s->choices, value))
        return iv_fail(err, IV_E_CONFIG, "%s \"%s\": must be one of%s%s", s->key, value,
                       s->choices[0] == ' ' ? "" : " ", s->choices);
    copy = iv_strdup(value);
    if (!copy)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", s->key);
    drop_text(s, *p);
    *p = copy;
    return IV_OK;
}

static enum iv_code set_number(struct iv_config *c, const struct iv_setting *s, const char *value,
                               struct iv_error *err)
{
    char *end;
    double n;

    errno = 0;
    n = strtod(value, &end);
    if (errno || end == value || *end || isnan(n) || (s->kind == IV_SET_INT && n != floor(n)))
        return iv_fail(err, IV_E_CONFIG, "%s \"%s\": must be %s", s->key, value,
                       s->kind == IV_SET_INT ? "a whole number" : "a number");
    if (n < s->min || n > s->max)
        return iv_fail(err, IV_E_CONFIG, "%s %s: must be %g to %g%s%s", s->key, value, s->min,
                       s->max, s->unit ? " " : "", s->unit ? s->unit : "");
    if (s->kind == IV_SET_INT)
        *(int64_t *)slot(c, s) = (int64_t)n;
    else
        *(double *)slot(c, s) = n;
    return IV_OK;
}

static enum iv_code set_bool(struct iv_config *c, const struct iv_setting *s, const char *value,
                             struct iv_error *err)
{
    static const char *const words[2][4] = {{"false", "no", "off", "0"},
                                            {"true", "yes", "on", "1"}};

    for (int b = 0; b < 2; b++)
        for (size_t i = 0; i < 4; i++)
            if (!strcasecmp(value, words[b][i])) {
                *(bool *)slot(c, s) = b;
                return IV_OK;
            }
    return iv_fail(err, IV_E_CONFIG, "%s \"%s\": must be true or false", s->key, value);
}

static const char *nearest_key(const char *key)
{
    const char *best = NULL;
    size_t best_distance = 4;

    for (size_t i = 0; i < iv_setting_count(); i++) {
        size_t d = iv_text_distance(key, iv_setting_at(i)->key);

        if (d < best_distance) {
            best_distance = d;
            best = iv_setting_at(i)->key;
        }
    }
    return best;
}

static size_t index_of(const struct iv_setting *s)
{
    return (size_t)(s - iv_setting_at(0));
}

enum iv_code iv_config_set(struct iv_config *c, const char *key, const char *value,
                           enum iv_origin origin, const char *place, struct iv_error *err)
{
    const struct iv_setting *s = iv_setting_find(key);
    const char *near;
    char *copy;
    enum iv_code rc;

    if (!s) {
        near = nearest_key(key);
        return iv_fail(err, IV_E_CONFIG, "unknown setting \"%s\"%s%s%s", key,
                       near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    if (is_text(s))
        rc = set_text(c, s, value, err);
    else if (s->kind == IV_SET_BOOL)
        rc = set_bool(c, s, value, err);
    else
        rc = set_number(c, s, value, err);
    if (rc)
        return rc;
    copy = iv_strdup(place);
    if (place && !copy)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", key);
    free(c->places[index_of(s)]);
    c->places[index_of(s)] = copy;
    c->origins[index_of(s)] = (unsigned char)origin;
    return IV_OK;
}

enum iv_code iv_config_new(struct iv_config **out, struct iv_error *err)
{
    struct iv_config *c = iv_alloc(sizeof *c);
    enum iv_code rc = IV_OK;

    *out = NULL;
    if (c) {
        c->origins = iv_alloc_array(iv_setting_count(), sizeof *c->origins);
        c->places = iv_alloc_array(iv_setting_count(), sizeof *c->places);
    }
    if (!c || !c->origins || !c->places) {
        iv_config_free(c);
        return iv_fail(err, IV_E_NOMEM, "settings: out of memory");
    }
    for (size_t i = 0; i < iv_setting_count() && !rc; i++)
        rc = iv_config_set(c, iv_setting_at(i)->key, iv_setting_at(i)->dflt, IV_FROM_DEFAULT, NULL,
                           err);
    if (rc)
        iv_config_free(c);
    else
        *out = c;
    return rc;
}

void iv_config_free(struct iv_config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < iv_setting_count(); i++) {
        if (is_text(iv_setting_at(i)))
            drop_text(iv_setting_at(i), *(char **)slot(c, iv_setting_at(i)));
        if (c->places)
            free(c->places[i]);
    }
    free(c->origins);
    free(c->places);
    free(c);
}

enum iv_code iv_config_text(const struct iv_config *c, const struct iv_setting *s,
                            struct iv_buf *out, struct iv_error *err)
{
    const char *text;

    switch (s->kind) {
    case IV_SET_INT:
        iv_buf_addf(out, "%lld", (long long)*(int64_t *)slot(c, s));
        break;
    case IV_SET_REAL:
        iv_buf_addf(out, "%g", *(double *)slot(c, s));
        break;
    case IV_SET_BOOL:
        iv_buf_adds(out, *(bool *)slot(c, s) ? "true" : "false");
        break;
    default:
        text = *(char **)slot(c, s);
        iv_buf_adds(out, s->kind == IV_SET_SECRET && text[0] ? "(set)" : text);
    }
    return iv_buf_check(out, s->key, err);
}

enum iv_origin iv_config_origin(const struct iv_config *c, const struct iv_setting *s,
                                const char **place)
{
    if (place)
        *place = c->places[index_of(s)];
    return (enum iv_origin)c->origins[index_of(s)];
}

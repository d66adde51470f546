/* schema.c - bodies against the table of schemas. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route/route.h"

const struct iv_schema iv_schemas[] = {
#define SCHEMA(schema, text) {#schema, text},
#define F(...)
#include "route/schemas.def"
#undef SCHEMA
#undef F
};
const size_t iv_schema_count = IV_LEN(iv_schemas);

const struct iv_schema_field iv_schema_fields[] = {
#define SCHEMA(...)
#define F(owner, type, field, needed, lowest, highest, words, text)                                \
    {#owner, IV_FIELD_##type, #field, needed, lowest, highest, words, text},
#include "route/schemas.def"
#undef SCHEMA
#undef F
};
const size_t iv_schema_field_count = IV_LEN(iv_schema_fields);

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    const char *at = choices;

    while (len && (at = strstr(at, value))) {
        if ((at == choices || at[-1] == ' ') && (!at[len] || at[len] == ' '))
            return true;
        at += len;
    }
    return false;
}

static void list_choices(const char *choices, char out[160])
{
    size_t n = 0;

    for (; *choices && n < 156; choices++) {
        if (*choices == ' ')
            out[n++] = ',';
        out[n++] = *choices;
    }
    out[n] = '\0';
}

static bool is_kind(enum iv_field_kind kind, const iv_json *v)
{
    enum iv_json_type t = iv_json_type(v);

    switch (kind) {
    case IV_FIELD_STR:
    case IV_FIELD_TIME:
        return t == IV_JSON_STRING;
    case IV_FIELD_INT: {
        double n = iv_json_number(v, NAN);

        return t == IV_JSON_NUMBER && n == floor(n);
    }
    case IV_FIELD_NUM:
        return t == IV_JSON_NUMBER;
    case IV_FIELD_BOOL:
        return t == IV_JSON_BOOL;
    case IV_FIELD_OBJ:
        return t == IV_JSON_OBJECT;
    case IV_FIELD_ARR:
        return t == IV_JSON_ARRAY;
    }
    return false;
}

static const char *kind_name(enum iv_field_kind kind)
{
    static const char *const names[] = {"a string", "an integer", "a number", "true or false",
                                        "a time",   "an object",  "an array"};

    return names[kind];
}

/* What stood there, short and fit to be shown. */
static void say_value(const struct iv_schema_field *f, const iv_json *v, char details[240])
{
    struct iv_buf text = IV_BUF_INIT(1u << 20);
    size_t len;

    if (v && !strcmp(f->name, "password")) {
        snprintf(details, 240, "%s was not that", f->name);
        return;
    }
    if (v)
        (void)iv_json_print(v, IV_JSON_COMPACT, &text, NULL);
    len = iv_utf8_cut(iv_buf_str(&text), text.len, 120);
    snprintf(details, 240, v ? "%s was %.*s%s" : "%s is missing", f->name, (int)len,
             iv_buf_str(&text), len < text.len ? "..." : "");
    iv_buf_release(&text);
}

static double size_of(const struct iv_schema_field *f, const iv_json *v)
{
    if (f->kind == IV_FIELD_STR)
        return (double)iv_utf8_chars(iv_json_string(v, ""));
    return f->kind == IV_FIELD_ARR ? (double)iv_json_len(v) : iv_json_number(v, 0);
}

static enum iv_code check_range(const struct iv_schema_field *f, const iv_json *v,
                                struct iv_error *err)
{
    double size = size_of(f, v);
    const char *unit = f->kind == IV_FIELD_STR   ? " characters"
                       : f->kind == IV_FIELD_ARR ? " items"
                                                 : "";

    if ((f->min == 0 && f->max == 0) || (size >= f->min && size <= f->max))
        return IV_OK;
    if (f->min == 0)
        return iv_fail(err, IV_E_USAGE, "Invalid %s. Must be at most %.0f%s", f->name, f->max,
                       unit);
    return iv_fail(err, IV_E_USAGE, "Invalid %s. Must be %.0f to %.0f%s", f->name, f->min, f->max,
                   unit);
}

static enum iv_code check_field(const struct iv_schema_field *f, const iv_json *v,
                                struct iv_error *err)
{
    char words[160];

    if (iv_json_type(v) == IV_JSON_NULL)
        return f->is_needed ? iv_fail(err, IV_E_USAGE, "%s is required", f->name) : IV_OK;
    if (f->choices && f->kind == IV_FIELD_STR &&
        (!is_kind(f->kind, v) || !is_choice(f->choices, iv_json_string(v, "")))) {
        list_choices(f->choices, words);
        return iv_fail(err, IV_E_USAGE, "Invalid %s. Must be one of: %s", f->name, words);
    }
    if (!is_kind(f->kind, v))
        return iv_fail(err, IV_E_USAGE, "Invalid %s. Must be %s", f->name, kind_name(f->kind));
    return check_range(f, v, err);
}

enum iv_code iv_schema_check(const char *schema, const iv_json *body, char details[240],
                             struct iv_error *err)
{
    for (size_t i = 0; i < iv_schema_field_count; i++) {
        const struct iv_schema_field *f = &iv_schema_fields[i];
        const iv_json *v;
        enum iv_code rc;

        if (strcmp(f->schema, schema))
            continue;
        v = iv_json_get(body, f->name);
        rc = check_field(f, v, err);
        if (rc) {
            say_value(f, v, details);
            return rc;
        }
    }
    return IV_OK;
}

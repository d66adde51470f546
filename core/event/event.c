/* event.c - messages as values and as JSON, both from messages.def. */
#include "iv/event.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/clock.h"

enum kind { STR, INT, NUM, BOOL, TIME, BYTES, JSON };
enum direction { TO_CLIENT, FROM_CLIENT };

struct field {
    const char *name; /* NULL closes a list */
    enum kind kind;
    size_t offset, has_offset; /* has_offset 0: required */
};

static const char *const kind_names[] = {"string", "integer", "number", "boolean",
                                         "time",   "base64",  "object"};

static const struct {
    const char *type, *meaning;
    enum direction direction;
    size_t offset;
} types[IV_MSG_COUNT] = {
#define M(direction_, type_, name_, fields_, meaning_)                                             \
    [IV_MSG_##name_] = {type_, meaning_, direction_, offsetof(struct iv_msg, name_)},
#include "iv/messages.def"
#undef M
};

#define F(kind_, field_) {#field_, kind_, offsetof(THIS, field_), 0},
#define O(kind_, field_) {#field_, kind_, offsetof(THIS, field_), offsetof(THIS, has_##field_)},
#define M(direction_, type_, name_, fields_, meaning_)                                             \
    case IV_MSG_##name_: {                                                                         \
        typedef struct iv_msg_##name_ THIS;                                                        \
        static const struct field list[] = {fields_{NULL, STR, sizeof(THIS), 0}};                  \
        return list;                                                                               \
    }

static const struct field *fields_of(enum iv_msg_type type)
{
    switch (type) {
#include "iv/messages.def"
    default:
        IV_BUG("unknown message type");
    }
}
#undef F
#undef O
#undef M

const char *iv_msg_name(enum iv_msg_type type)
{
    return types[type].type;
}
const char *iv_msg_meaning(enum iv_msg_type type)
{
    return types[type].meaning;
}
bool iv_msg_from_client(enum iv_msg_type type)
{
    return types[type].direction == FROM_CLIENT;
}

void iv_msg_fields(enum iv_msg_type type,
                   void (*fn)(void *arg, const char *name, const char *kind, bool optional),
                   void *arg)
{
    for (const struct field *f = fields_of(type); f->name; f++)
        fn(arg, f->name, kind_names[f->kind], f->has_offset != 0);
}

static iv_json *encode_bytes(const struct iv_bytes *b)
{
    size_t cap = sodium_base64_ENCODED_LEN(b->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = iv_alloc(cap);
    iv_json *j = NULL;

    if (text) {
        sodium_bin2base64(text, cap, b->data, b->len, sodium_base64_VARIANT_ORIGINAL);
        j = iv_json_str(text);
    }
    free(text);
    return j;
}

static iv_json *encode_field(const struct field *f, const char *base)
{
    const void *p = base + f->offset;

    switch (f->kind) {
    case STR:
        return iv_json_str(*(const char *const *)p);
    case INT:
        return iv_json_int(*(const int64_t *)p);
    case NUM:
        return iv_json_num(*(const double *)p);
    case BOOL:
        return iv_json_bool(*(const bool *)p);
    case BYTES:
        return encode_bytes(p);
    case JSON:
        return *(const iv_json *const *)p ? iv_json_dup(*(const iv_json *const *)p)
                                          : iv_json_null();
    case TIME:
        break;
    }
    return iv_json_null();
}

iv_json *iv_msg_encode(const struct iv_msg *m)
{
    iv_json *j = iv_json_object();
    const char *base = (const char *)m + types[m->type].offset;
    char when[IV_TIME_BYTES];

    iv_json_set_str(j, "type", types[m->type].type);
    for (const struct field *f = fields_of(m->type); f->name; f++)
        if (!f->has_offset || *(const bool *)(base + f->has_offset))
            iv_json_set(j, f->name, encode_field(f, base));
    iv_time_format(m->timestamp_ms, 1, when);
    iv_json_set_str(j, "timestamp", when);
    return j;
}

static enum iv_code type_of(const iv_json *object, enum iv_msg_type *out, struct iv_error *err)
{
    const char *name = iv_json_get_str(object, "type", NULL);

    if (iv_json_type(object) != IV_JSON_OBJECT || !name)
        return iv_fail(err, IV_E_USAGE, "a message is an object with a string \"type\"");
    for (unsigned i = 0; i < IV_MSG_COUNT; i++)
        if (!strcmp(types[i].type, name)) {
            *out = (enum iv_msg_type)i;
            return IV_OK;
        }
    return iv_fail(err, IV_E_USAGE, "type \"%.40s\": no message has this name", name);
}

static enum iv_code decode_base64(const char *text, const char *name, struct iv_buf *store,
                                  struct iv_bytes *out, struct iv_error *err)
{
    size_t max = strlen(text) / 4 * 3 + 3, len = 0;
    unsigned char *bytes = iv_alloc(max);

    if (!bytes)
        return iv_fail(err, IV_E_NOMEM, "%s: out of memory", name);
    if (sodium_base642bin(bytes, max, text, strlen(text), NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL)) {
        free(bytes);
        return iv_fail(err, IV_E_USAGE, "%s: not valid base64", name);
    }
    iv_buf_clear(store);
    iv_buf_add(store, bytes, len);
    free(bytes);
    *out = (struct iv_bytes){iv_buf_str(store), store->len};
    return iv_buf_check(store, name, err);
}

static enum iv_code decode_field(const struct field *f, const iv_json *j, char *base,
                                 struct iv_buf *store, struct iv_error *err)
{
    static const enum iv_json_type wanted[] = {
        [STR] = IV_JSON_STRING,  [INT] = IV_JSON_NUMBER,  [NUM] = IV_JSON_NUMBER,
        [BOOL] = IV_JSON_BOOL,   [TIME] = IV_JSON_STRING, [BYTES] = IV_JSON_STRING,
        [JSON] = IV_JSON_OBJECT,
    };
    void *p = base + f->offset;
    double n;

    if (iv_json_type(j) != wanted[f->kind])
        return iv_fail(err, IV_E_USAGE, "%s: must be a %s", f->name, kind_names[f->kind]);
    n = iv_json_number(j, 0);
    switch (f->kind) {
    case STR:
        *(const char **)p = iv_json_string(j, "");
        return IV_OK;
    case INT:
        if (n != floor(n) || fabs(n) > 9007199254740992.0)
            return iv_fail(err, IV_E_USAGE, "%s: must be an integer", f->name);
        *(int64_t *)p = (int64_t)n;
        return IV_OK;
    case NUM:
        *(double *)p = n;
        return IV_OK;
    case BOOL:
        *(bool *)p = iv_json_bool_value(j);
        return IV_OK;
    case BYTES:
        return decode_base64(iv_json_string(j, ""), f->name, store, p, err);
    case TIME:
        *(int64_t *)p = iv_time_parse(iv_json_string(j, ""));
        return *(int64_t *)p < 0 ? iv_fail(err, IV_E_USAGE, "%s: must be an RFC 3339 time", f->name)
                                 : IV_OK;
    case JSON:
        *(const iv_json **)p = j;
    }
    return IV_OK;
}

enum iv_code iv_msg_decode(const iv_json *object, struct iv_msg *out, struct iv_buf *store,
                           struct iv_error *err)
{
    char *base;
    enum iv_code rc;

    *out = (struct iv_msg){0};
    rc = type_of(object, &out->type, err);
    if (rc)
        return rc;
    base = (char *)out + types[out->type].offset;
    for (const struct field *f = fields_of(out->type); f->name; f++) {
        const iv_json *j = iv_json_get(object, f->name);

        if (iv_json_type(j) == IV_JSON_NULL) {
            if (f->has_offset)
                continue;
            return iv_fail(err, IV_E_USAGE, "%s: %s is missing", types[out->type].type, f->name);
        }
        rc = decode_field(f, j, base, store, err);
        if (rc)
            return rc;
        if (f->has_offset)
            *(bool *)(base + f->has_offset) = true;
    }
    return IV_OK;
}

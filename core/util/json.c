/* json.c - the only door to cJSON. What comes in is checked first (json_check.c); iv_json is cJSON. */
#include "iv/json.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "iv/clock.h"
#include "iv/text.h"
#include "util/json_check.h"

#define EXACT_INT                                                                                  \
    9007199254740992.0 /* 2^53: the largest range in which a double holds every integer */

static cJSON *in(iv_json *j)
{
    return (cJSON *)j;
}
static const cJSON *cin(const iv_json *j)
{
    return (const cJSON *)j;
}
static iv_json *out_of(cJSON *j)
{
    return (iv_json *)j;
}

enum iv_code iv_json_parse(const char *text, size_t len, size_t max_bytes, iv_json **out,
                           struct iv_error *err)
{
    enum iv_code rc;
    cJSON *tree;

    *out = NULL;
    if (len > max_bytes)
        return iv_fail(err, IV_E_TOO_LARGE, "JSON of %zu bytes: at most %zu are taken", len,
                       max_bytes);
    rc = iv_json_check(text, len, err);
    if (rc)
        return rc;
    tree = cJSON_ParseWithLength(text, len);
    if (!tree)
        return iv_fail(err, IV_E_USAGE, "not valid JSON");
    *out = out_of(tree);
    return IV_OK;
}

void iv_json_free(iv_json *j)
{
    cJSON_Delete(in(j));
}

iv_json *iv_json_dup(const iv_json *j)
{
    return out_of(cJSON_Duplicate(cin(j), 1));
}

void iv_json_put_int(struct iv_buf *out, int64_t n)
{
    char text[24], *at = text + sizeof text;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (n < 0)
        *--at = '-';
    iv_buf_add(out, at, (size_t)(text + sizeof text - at));
}

static void print_number(double n, struct iv_buf *out)
{
    char text[40];

    if (fabs(n) < EXACT_INT && n == floor(n)) {
        iv_json_put_int(out, (int64_t)n);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, n);
        if (strtod(text, NULL) == n)
            break;
    }
    iv_buf_adds(out, text);
}

static void print_string(const char *s, struct iv_buf *out)
{
    iv_buf_addc(out, '"');
    for (const char *run = s;; s++) {
        unsigned char c = (unsigned char)*s;

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        iv_buf_add(out, run, (size_t)(s - run));
        run = s + 1;
        if (!c)
            break;
        if (c == '"' || c == '\\')
            iv_buf_addf(out, "\\%c", c);
        else if (c == '\n')
            iv_buf_adds(out, "\\n");
        else if (c == '\t')
            iv_buf_adds(out, "\\t");
        else
            iv_buf_addf(out, "\\u%04x", c);
    }
    iv_buf_addc(out, '"');
}

void iv_json_put_str(struct iv_buf *out, const char *s)
{
    if (s)
        print_string(s, out);
    else
        iv_buf_adds(out, "null");
}

void iv_json_put_time(struct iv_buf *out, int64_t wall_ms)
{
    char text[IV_TIME_BYTES];

    if (wall_ms >= 0)
        iv_time_format(wall_ms, wall_ms % 1000 != 0, text);
    iv_json_put_str(out, wall_ms < 0 ? NULL : text);
}

static void indent(int depth, struct iv_buf *out)
{
    iv_buf_addc(out, '\n');
    for (int i = 0; i < depth; i++)
        iv_buf_adds(out, "  ");
}

static void print_value(const cJSON *j, int depth, bool pretty, struct iv_buf *out);

static void print_children(const cJSON *j, int depth, bool pretty, struct iv_buf *out)
{
    bool object = cJSON_IsObject(j);

    iv_buf_addc(out, object ? '{' : '[');
    for (const cJSON *c = j->child; c; c = c->next) {
        if (pretty)
            indent(depth + 1, out);
        if (object) {
            print_string(c->string, out);
            iv_buf_adds(out, pretty ? ": " : ":");
        }
        print_value(c, depth + 1, pretty, out);
        if (c->next)
            iv_buf_addc(out, ',');
    }
    if (pretty && j->child)
        indent(depth, out);
    iv_buf_addc(out, object ? '}' : ']');
}

static void print_value(const cJSON *j, int depth, bool pretty, struct iv_buf *out)
{
    switch (j->type & 0xff) {
    case cJSON_False:
        iv_buf_adds(out, "false");
        break;
    case cJSON_True:
        iv_buf_adds(out, "true");
        break;
    case cJSON_Number:
        print_number(j->valuedouble, out);
        break;
    case cJSON_String:
        print_string(j->valuestring, out);
        break;
    case cJSON_Array:
    case cJSON_Object:
        print_children(j, depth, pretty, out);
        break;
    default:
        iv_buf_adds(out, "null");
    }
}

enum iv_code iv_json_print(const iv_json *j, enum iv_json_style style, struct iv_buf *out,
                           struct iv_error *err)
{
    if (!j)
        return iv_fail(err, IV_E_NOMEM, "JSON: out of memory");
    print_value(cin(j), 0, style == IV_JSON_PRETTY, out);
    return iv_buf_check(out, "JSON", err);
}

iv_json *iv_json_object(void)
{
    return out_of(cJSON_CreateObject());
}
iv_json *iv_json_array(void)
{
    return out_of(cJSON_CreateArray());
}
iv_json *iv_json_bool(bool b)
{
    return out_of(cJSON_CreateBool(b));
}
iv_json *iv_json_null(void)
{
    return out_of(cJSON_CreateNull());
}

iv_json *iv_json_str(const char *s)
{
    return s ? out_of(cJSON_CreateString(s)) : iv_json_null();
}

iv_json *iv_json_num(double n)
{
    return isfinite(n) ? out_of(cJSON_CreateNumber(n)) : iv_json_null();
}

iv_json *iv_json_int(int64_t n)
{
    return out_of(cJSON_CreateNumber((double)n));
}

void iv_json_set(iv_json *object, const char *key, iv_json *child)
{
    if (!object || !child) {
        iv_json_free(child);
        return;
    }
    if (cJSON_GetObjectItemCaseSensitive(in(object), key)
            ? !cJSON_ReplaceItemInObjectCaseSensitive(in(object), key, in(child))
            : !cJSON_AddItemToObject(in(object), key, in(child)))
        iv_json_free(child);
}

void iv_json_set_str(iv_json *o, const char *key, const char *s)
{
    iv_json_set(o, key, iv_json_str(s));
}
void iv_json_set_num(iv_json *o, const char *key, double n)
{
    iv_json_set(o, key, iv_json_num(n));
}
void iv_json_set_int(iv_json *o, const char *key, int64_t n)
{
    iv_json_set(o, key, iv_json_int(n));
}
void iv_json_set_bool(iv_json *o, const char *key, bool b)
{
    iv_json_set(o, key, iv_json_bool(b));
}
void iv_json_set_null(iv_json *o, const char *key)
{
    iv_json_set(o, key, iv_json_null());
}

void iv_json_set_time(iv_json *o, const char *key, int64_t wall_ms)
{
    char text[IV_TIME_BYTES];

    if (wall_ms < 0) {
        iv_json_set_null(o, key);
        return;
    }
    iv_time_format(wall_ms, wall_ms % 1000 != 0, text);
    iv_json_set_str(o, key, text);
}

void iv_json_append(iv_json *array, iv_json *child)
{
    if (!array || !child || !cJSON_AddItemToArray(in(array), in(child)))
        iv_json_free(child);
}

void iv_json_remove(iv_json *object, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive(in(object), key);
}

enum iv_json_type iv_json_type(const iv_json *j)
{
    switch (j ? cin(j)->type & 0xff : cJSON_NULL) {
    case cJSON_False:
    case cJSON_True:
        return IV_JSON_BOOL;
    case cJSON_Number:
        return IV_JSON_NUMBER;
    case cJSON_String:
        return IV_JSON_STRING;
    case cJSON_Array:
        return IV_JSON_ARRAY;
    case cJSON_Object:
        return IV_JSON_OBJECT;
    default:
        return IV_JSON_NULL;
    }
}

const iv_json *iv_json_get(const iv_json *object, const char *key)
{
    return (const iv_json *)cJSON_GetObjectItemCaseSensitive(cin(object), key);
}

size_t iv_json_len(const iv_json *j)
{
    return j ? (size_t)cJSON_GetArraySize(cin(j)) : 0;
}

const iv_json *iv_json_at(const iv_json *array, size_t i)
{
    return i <= INT_MAX ? (const iv_json *)cJSON_GetArrayItem(cin(array), (int)i) : NULL;
}

const iv_json *iv_json_first(const iv_json *parent)
{
    return parent ? (const iv_json *)cin(parent)->child : NULL;
}

const iv_json *iv_json_next(const iv_json *child)
{
    return child ? (const iv_json *)cin(child)->next : NULL;
}

const char *iv_json_key(const iv_json *child)
{
    return child ? cin(child)->string : NULL;
}
const char *iv_json_key_at(const iv_json *o, size_t i)
{
    return iv_json_key(iv_json_at(o, i));
}
const iv_json *iv_json_value_at(const iv_json *o, size_t i)
{
    return iv_json_at(o, i);
}

const char *iv_json_string(const iv_json *j, const char *otherwise)
{
    return iv_json_type(j) == IV_JSON_STRING ? cin(j)->valuestring : otherwise;
}

double iv_json_number(const iv_json *j, double otherwise)
{
    return iv_json_type(j) == IV_JSON_NUMBER ? cin(j)->valuedouble : otherwise;
}

const char *iv_json_get_str(const iv_json *o, const char *key, const char *otherwise)
{
    return iv_json_string(iv_json_get(o, key), otherwise);
}

double iv_json_get_num(const iv_json *o, const char *key, double otherwise)
{
    return iv_json_number(iv_json_get(o, key), otherwise);
}

int64_t iv_json_get_int(const iv_json *o, const char *key, int64_t otherwise)
{
    double n = iv_json_get_num(o, key, NAN);

    return fabs(n) <= EXACT_INT && n == floor(n) ? (int64_t)n : otherwise;
}

bool iv_json_get_bool(const iv_json *o, const char *key, bool otherwise)
{
    const iv_json *j = iv_json_get(o, key);

    return iv_json_type(j) == IV_JSON_BOOL ? cJSON_IsTrue(cin(j)) : otherwise;
}

static bool present(const iv_json *object, const char *key, const iv_json **value)
{
    *value = iv_json_get(object, key);
    return iv_json_type(*value) != IV_JSON_NULL;
}

enum iv_code iv_json_need_str(const iv_json *object, const char *key, size_t min_chars,
                              size_t max_chars, const char **out, bool *found, struct iv_error *err)
{
    const iv_json *j;
    size_t chars;

    *found = present(object, key, &j);
    if (!*found)
        return IV_OK;
    *out = iv_json_string(j, NULL);
    if (!*out)
        return iv_fail(err, IV_E_USAGE, "%s: must be a string", key);
    chars = iv_utf8_chars(*out);
    if (chars < min_chars || chars > max_chars)
        return iv_fail(err, IV_E_USAGE, "%s of %zu characters: must have %zu to %zu", key, chars,
                       min_chars, max_chars);
    return IV_OK;
}

enum iv_code iv_json_need_int(const iv_json *object, const char *key, int64_t min, int64_t max,
                              int64_t *out, bool *found, struct iv_error *err)
{
    const iv_json *j;
    double n;

    *found = present(object, key, &j);
    if (!*found)
        return IV_OK;
    n = iv_json_number(j, NAN);
    if (!(fabs(n) <= EXACT_INT) || n != floor(n))
        return iv_fail(err, IV_E_USAGE, "%s: must be an integer", key);
    if (n < (double)min || n > (double)max)
        return iv_fail(err, IV_E_USAGE, "%s %.0f: must be %lld to %lld", key, n, (long long)min,
                       (long long)max);
    *out = (int64_t)n;
    return IV_OK;
}

enum iv_code iv_json_need_bool(const iv_json *object, const char *key, bool *out, bool *found,
                               struct iv_error *err)
{
    const iv_json *j;

    *found = present(object, key, &j);
    if (!*found)
        return IV_OK;
    if (iv_json_type(j) != IV_JSON_BOOL)
        return iv_fail(err, IV_E_USAGE, "%s: must be true or false", key);
    *out = iv_json_get_bool(object, key, false);
    return IV_OK;
}

bool iv_json_bool_value(const iv_json *j)
{
    return j && cJSON_IsTrue(cin(j));
}

/* iv/json.h - JSON in and out, strict about what comes in.
 *
 * Why:     the parser below (cJSON) is lenient; everything a client sends is checked before it gets there.
 * Owns:    a tree owns its children; getters borrow. Adding moves the child into the parent.
 * Threads: one owner at a time.
 * Errors:  iv_json_parse: IV_E_TOO_LARGE over `max_bytes`, else IV_E_USAGE with the reason: invalid UTF-8, a BOM, raw control
 *          characters, \u0000, nesting over 32, duplicate keys, anything after the value.
 *          Builders are sticky: adding to NULL, or a NULL child, frees what was moved in; printing a NULL tree gives IV_E_NOMEM.
 */
#ifndef IV_JSON_H
#define IV_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/buf.h"
#include "iv/error.h"

typedef struct iv_json iv_json;

#define IV_JSON_MAX_DEPTH 32

enum iv_code iv_json_parse(const char *text, size_t len, size_t max_bytes, iv_json **out,
                           struct iv_error *err);
void iv_json_free(iv_json *j);
iv_json *iv_json_dup(const iv_json *j);

enum iv_json_style { IV_JSON_COMPACT, IV_JSON_PRETTY };
/* Appends; numbers that are whole print without a fraction, others with the fewest digits that read back equal. */
enum iv_code iv_json_print(const iv_json *j, enum iv_json_style style, struct iv_buf *out,
                           struct iv_error *err);

/* Text without a tree, for what is written by the thousand: the same text as that of a tree's value. Append. */
void iv_json_put_str(struct iv_buf *out, const char *s); /* NULL makes null */
void iv_json_put_int(struct iv_buf *out, int64_t n);
void iv_json_put_time(struct iv_buf *out, int64_t wall_ms); /* negative makes null */

iv_json *iv_json_object(void);
iv_json *iv_json_array(void);
iv_json *iv_json_str(const char *s); /* NULL makes null */
iv_json *iv_json_num(double n); /* not finite makes null */
iv_json *iv_json_int(int64_t n); /* |n| <= 2^53 */
iv_json *iv_json_bool(bool b);
iv_json *iv_json_null(void);

void iv_json_set(iv_json *object, const char *key, iv_json *child_take); /* replaces an equal key */
void iv_json_set_str(iv_json *object, const char *key, const char *s);
void iv_json_set_num(iv_json *object, const char *key, double n);
void iv_json_set_int(iv_json *object, const char *key, int64_t n);
void iv_json_set_bool(iv_json *object, const char *key, bool b);
void iv_json_set_null(iv_json *object, const char *key);
void iv_json_set_time(iv_json *object, const char *key, int64_t wall_ms); /* negative makes null */
void iv_json_append(iv_json *array, iv_json *child_take);
void iv_json_remove(iv_json *object, const char *key);

enum iv_json_type {
    IV_JSON_NULL,
    IV_JSON_BOOL,
    IV_JSON_NUMBER,
    IV_JSON_STRING,
    IV_JSON_ARRAY,
    IV_JSON_OBJECT
};
enum iv_json_type iv_json_type(const iv_json *j); /* NULL counts as null */
const iv_json *iv_json_get(const iv_json *object, const char *key); /* NULL when absent */
size_t iv_json_len(const iv_json *array_or_object);
const iv_json *iv_json_at(const iv_json *array, size_t i);
const char *iv_json_key_at(const iv_json *object, size_t i);
const iv_json *iv_json_value_at(const iv_json *object, size_t i);
/* First and next child of an array or object: O(1) a step. */
const iv_json *iv_json_first(const iv_json *parent);
const iv_json *iv_json_next(const iv_json *child);
const char *iv_json_key(const iv_json *child); /* its key in the object; NULL in an array */

/* Values with a fallback where the type is another or the key is absent. */
const char *iv_json_get_str(const iv_json *object, const char *key, const char *otherwise);
double iv_json_get_num(const iv_json *object, const char *key, double otherwise);
int64_t iv_json_get_int(const iv_json *object, const char *key, int64_t otherwise);
bool iv_json_get_bool(const iv_json *object, const char *key, bool otherwise);
const char *iv_json_string(const iv_json *j, const char *otherwise);
double iv_json_number(const iv_json *j, double otherwise);
bool iv_json_bool_value(const iv_json *j); /* false for anything but true */

/* Typed and strict: IV_E_USAGE names the field, its value and what is allowed. *found says whether the key was there and not null. */
enum iv_code iv_json_need_str(const iv_json *object, const char *key, size_t min_chars,
                              size_t max_chars, const char **out, bool *found,
                              struct iv_error *err);
enum iv_code iv_json_need_int(const iv_json *object, const char *key, int64_t min, int64_t max,
                              int64_t *out, bool *found, struct iv_error *err);
enum iv_code iv_json_need_bool(const iv_json *object, const char *key, bool *out, bool *found,
                               struct iv_error *err);

#endif

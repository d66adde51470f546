/* json_check.c - one pass over the text before cJSON sees it.
 *
 * cJSON takes invalid UTF-8, raw control characters, \u0000 (and cuts the string there), a BOM, duplicate keys,
 * numbers such as 01 and 1e999, and anything after the value. This walks the grammar of RFC 8259 and refuses them.
 * Keys of an object are kept as hashes: two equal keys, or a collision of a keyed 64-bit hash, are refused.
 */
#include "util/json_check.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "iv/alloc.h"
#include "iv/json.h"
#include "iv/text.h"

struct scan {
    const char *text;
    size_t at, len;
    struct iv_error *err;
    uint64_t *keys; /* of every open object, as a stack */
    size_t n_keys, cap_keys;
};

static enum iv_code refuse(const struct scan *s, const char *why)
{
    return iv_fail(s->err, IV_E_USAGE, "not valid JSON at byte %zu: %s", s->at, why);
}

static int peek(const struct scan *s)
{
    return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static void skip_blank(struct scan *s)
{
    while (s->at < s->len && strchr(" \t\r\n", s->text[s->at]) && s->text[s->at])
        s->at++;
}

/* \uXXXX: -1 when it is not four hex digits. */
static int hex4(const struct scan *s, size_t at)
{
    int n = 0;

    for (size_t i = at; i < at + 4; i++) {
        if (i >= s->len || !isxdigit((unsigned char)s->text[i]))
            return -1;
        n = n * 16 +
            (isdigit((unsigned char)s->text[i]) ? s->text[i] - '0' : (s->text[i] | 32) - 'a' + 10);
    }
    return n;
}

static enum iv_code check_unicode_escape(struct scan *s)
{
    int n = hex4(s, s->at + 1), low;

    if (n < 0)
        return refuse(s, "\\u needs four hex digits");
    if (n == 0)
        return refuse(s, "\\u0000 is not taken");
    s->at += 5;
    if (n < 0xd800 || n > 0xdfff)
        return IV_OK;
    low = n < 0xdc00 && peek(s) == '\\' && s->at + 1 < s->len && s->text[s->at + 1] == 'u'
              ? hex4(s, s->at + 2)
              : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return refuse(s, "half of a surrogate pair");
    s->at += 6;
    return IV_OK;
}

static enum iv_code check_string(struct scan *s)
{
    enum iv_code rc;
    int c;

    for (s->at++; (c = peek(s)) != '"';) {
        if (c < 0)
            return refuse(s, "a string has no end");
        if (c < 0x20)
            return refuse(s, "a raw control character in a string");
        if (c != '\\') {
            s->at++;
            continue;
        }
        s->at++;
        c = peek(s);
        if (c == 'u') {
            rc = check_unicode_escape(s);
            if (rc)
                return rc;
        } else if (c > 0 && strchr("\"\\/bfnrt", c)) {
            s->at++;
        } else {
            return refuse(s, "an unknown escape");
        }
    }
    s->at++;
    return IV_OK;
}

static bool digits(struct scan *s)
{
    size_t from = s->at;

    while (isdigit(peek(s)))
        s->at++;
    return s->at > from;
}

static enum iv_code check_number(struct scan *s)
{
    size_t from = s->at;
    char copy[64];

    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0')
        s->at++;
    else if (!digits(s))
        return refuse(s, "a value was expected");
    if (peek(s) == '.') {
        s->at++;
        if (!digits(s))
            return refuse(s, "digits were expected");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!digits(s))
            return refuse(s, "digits were expected");
    }
    if (s->at - from >= sizeof copy)
        return refuse(s, "a number with too many digits");
    memcpy(copy, s->text + from, s->at - from);
    copy[s->at - from] = '\0';
    if (!isfinite(strtod(copy, NULL)))
        return refuse(s, "a number too large");
    return IV_OK;
}

/* Escapes are compared as written after cJSON's own decoding rules: "a" and "\u0061" are one key. */
static uint64_t hash_key(const char *raw, size_t len)
{
    static const unsigned char zero_key[crypto_shorthash_KEYBYTES];
    uint64_t h = 0;
    unsigned char bytes[crypto_shorthash_BYTES];
    iv_json *decoded = NULL;
    const char *s = raw;
    size_t n = len;

    if (memchr(raw, '\\', len)) {
        struct iv_error ignored;
        char *array = iv_alloc(len + 5);

        if (array) {
            array[0] = '[';
            memcpy(array + 1, raw, len);
            array[len + 1] = ']';
            iv_json_parse(array, len + 2, len + 2, &decoded, &ignored);
            free(array);
        }
        s = iv_json_string(iv_json_at(decoded, 0), "");
        n = strlen(s);
    } else {
        s++;
        n -= 2;
    }
    crypto_shorthash(bytes, (const unsigned char *)s, n, zero_key);
    memcpy(&h, bytes, sizeof h);
    iv_json_free(decoded);
    return h;
}

static enum iv_code check_key(struct scan *s, size_t first_key)
{
    size_t from = s->at;
    enum iv_code rc;
    uint64_t h;

    if (peek(s) != '"')
        return refuse(s, "a key was expected");
    rc = check_string(s);
    if (rc)
        return rc;
    h = hash_key(s->text + from, s->at - from);
    for (size_t i = first_key; i < s->n_keys; i++)
        if (s->keys[i] == h)
            return refuse(s, "a key stands twice in an object");
    if (s->n_keys - first_key >= 4096)
        return refuse(s, "an object with too many keys");
    if (iv_grow(&s->keys, &s->cap_keys, s->n_keys + 1, sizeof *s->keys))
        return iv_fail(s->err, IV_E_NOMEM, "JSON: out of memory");
    s->keys[s->n_keys++] = h;
    skip_blank(s);
    if (peek(s) != ':')
        return refuse(s, "':' was expected");
    s->at++;
    return IV_OK;
}

static enum iv_code check_value(struct scan *s, int depth);

static enum iv_code check_items(struct scan *s, int depth, bool object)
{
    size_t first_key = s->n_keys;
    int close = object ? '}' : ']';
    enum iv_code rc;

    if (depth >= IV_JSON_MAX_DEPTH)
        return refuse(s, "nested too deep (32 levels are taken)");
    s->at++;
    skip_blank(s);
    if (peek(s) == close) {
        s->at++;
        return IV_OK;
    }
    for (;;) {
        skip_blank(s);
        rc = object ? check_key(s, first_key) : IV_OK;
        if (!rc)
            rc = check_value(s, depth + 1);
        if (rc)
            return rc;
        skip_blank(s);
        if (peek(s) == close)
            break;
        if (peek(s) != ',')
            return refuse(s, object ? "',' or '}' was expected" : "',' or ']' was expected");
        s->at++;
    }
    s->at++;
    s->n_keys = first_key;
    return IV_OK;
}

static enum iv_code check_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    if (s->len - s->at < n || memcmp(s->text + s->at, word, n))
        return refuse(s, "a value was expected");
    s->at += n;
    return IV_OK;
}

static enum iv_code check_value(struct scan *s, int depth)
{
    skip_blank(s);
    switch (peek(s)) {
    case '{':
        return check_items(s, depth, true);
    case '[':
        return check_items(s, depth, false);
    case '"':
        return check_string(s);
    case 't':
        return check_word(s, "true");
    case 'f':
        return check_word(s, "false");
    case 'n':
        return check_word(s, "null");
    default:
        return check_number(s);
    }
}

enum iv_code iv_json_check(const char *text, size_t len, struct iv_error *err)
{
    struct scan s = {.text = text, .len = len, .err = err};
    enum iv_code rc;

    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        return refuse(&s, "a byte order mark");
    if (!iv_utf8_valid(text, len))
        return iv_fail(err, IV_E_USAGE, "not valid JSON: not valid UTF-8");
    rc = check_value(&s, 0);
    if (!rc) {
        skip_blank(&s);
        if (s.at != len)
            rc = refuse(&s, "something follows the value");
    }
    free(s.keys);
    return rc;
}

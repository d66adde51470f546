/* text.c - UTF-8 through libunistring and utf8proc. */
#include "iv/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <unistr.h>
#include <uniwidth.h>
#include <utf8proc.h>

#include "iv/alloc.h"
#include "iv/buf.h"

static const char *const lang_codes[IV_LANG_COUNT] = {"ko", "en", "ja"};

const char *iv_lang_code(enum iv_lang lang)
{
    return lang_codes[lang];
}

bool iv_lang_parse(const char *code, enum iv_lang *out)
{
    for (unsigned i = 0; i < IV_LANG_COUNT; i++)
        if (!strcmp(code, lang_codes[i])) {
            *out = (enum iv_lang)i;
            return true;
        }
    return false;
}

bool iv_utf8_valid(const char *s, size_t len)
{
    return !memchr(s, '\0', len) && !u8_check((const uint8_t *)s, len);
}

size_t iv_utf8_chars(const char *s)
{
    return u8_mbsnlen((const uint8_t *)s, strlen(s));
}

size_t iv_utf8_cut(const char *s, size_t len, size_t max_bytes)
{
    size_t n = len < max_bytes ? len : max_bytes;

    while (n < len && n && ((unsigned char)s[n] & 0xc0) == 0x80)
        n--;
    return n;
}

uint32_t iv_utf8_next(const char **s)
{
    ucs4_t cp = 0;

    if (!**s)
        return 0;
    *s += u8_mbtouc(&cp, (const uint8_t *)*s, strnlen(*s, 4));
    return cp;
}

size_t iv_utf8_put(uint32_t cp, char out[4])
{
    int n = u8_uctomb((uint8_t *)out, cp, 4);

    return n > 0 ? (size_t)n : 0;
}

int iv_text_width(const char *s)
{
    return u8_strwidth((const uint8_t *)s, "UTF-8");
}

static char *map(const char *s, utf8proc_option_t options)
{
    utf8proc_uint8_t *mapped = NULL;

    if (utf8proc_map((const utf8proc_uint8_t *)s, 0, &mapped, UTF8PROC_NULLTERM | options) < 0)
        return NULL;
    return (char *)mapped;
}

char *iv_text_nfc(const char *s)
{
    return map(s, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

char *iv_text_nfkc_fold(const char *s)
{
    return map(s, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
}

static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x200e || cp == 0x200f || cp == 0x061c ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || cp == '\t' || cp == '\r' || cp == 0xa0 || cp == 0x3000;
}

/* Normalised last: what stood on both sides of a control character may belong together. */
char *iv_text_clean(const char *s)
{
    struct iv_buf b = IV_BUF_INIT(SIZE_MAX / 2);
    bool pending = false;
    char *clean;
    uint32_t cp;
    char bytes[4];

    if (!iv_utf8_valid(s, strlen(s)))
        return NULL;
    while ((cp = iv_utf8_next(&s))) {
        if (is_blank(cp)) {
            pending = b.len > 0;
            continue;
        }
        if (cp == '\n') {
            if (b.len && b.data[b.len - 1] != '\n')
                iv_buf_addc(&b, '\n');
            pending = false;
            continue;
        }
        if (is_control(cp))
            continue;
        if (pending && b.data[b.len - 1] != '\n')
            iv_buf_addc(&b, ' ');
        pending = false;
        iv_buf_add(&b, bytes, iv_utf8_put(cp, bytes));
    }
    if (b.len && b.data[b.len - 1] == '\n')
        b.data[--b.len] = '\0';
    clean = b.failed ? NULL : iv_text_nfc(iv_buf_str(&b));
    iv_buf_release(&b);
    return clean;
}

bool iv_text_is_blank(const char *s)
{
    uint32_t cp;

    while ((cp = iv_utf8_next(&s)))
        if (!is_blank(cp) && cp != '\n')
            return false;
    return true;
}

char *iv_text_visible(const char *s)
{
    struct iv_buf b = IV_BUF_INIT(SIZE_MAX / 2);
    size_t left = strlen(s);
    ucs4_t cp;

    while (left) {
        int n = u8_mbtoucr(&cp, (const uint8_t *)s, left);

        if (n <= 0) {
            iv_buf_addf(&b, "\\x%02x", (unsigned char)*s);
            n = 1;
        } else if (cp != '\t' && is_control(cp)) {
            iv_buf_addf(&b, cp < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)cp);
        } else {
            iv_buf_add(&b, s, (size_t)n);
        }
        s += n;
        left -= (size_t)n;
    }
    return iv_buf_take(&b);
}

size_t iv_text_distance(const char *a, const char *b)
{
    size_t row[64], n = strlen(b);

    if (n >= IV_LEN(row) || strlen(a) >= IV_LEN(row))
        return IV_LEN(row);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

/* 12 characters of base 36: eight that grow with time, four random; the store refuses an id that exists. */
void iv_id_new(const char *prefix, int64_t wall_ms, char out[IV_ID_BYTES])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    size_t n = strlen(prefix);
    uint64_t t = (uint64_t)wall_ms / 36; /* 36 ms a step: eight digits last beyond year 5000 */

    memcpy(out, prefix, n);
    for (int i = 7; i >= 0; i--, t /= 36)
        out[n + (size_t)i] = digits[t % 36];
    for (size_t i = 8; i < 12; i++)
        out[n + i] = digits[randombytes_uniform(36)];
    out[n + 12] = '\0';
}

bool iv_session_id_valid(const char *id)
{
    return !strncmp(id, "sess_", 5) && strlen(id) == 17 &&
           strspn(id + 5, "0123456789abcdefghijklmnopqrstuvwxyz") == 12;
}

/* key_text.c - see the header. */
#include "auth/key_text.h"

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "iv/store_keys.h"

#define RANDOM_BYTES 32

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

char iv_key_letter(unsigned scopes)
{
    if (scopes & IV_SCOPE_ADMIN)
        return 'a';
    return scopes & IV_SCOPE_WRITE ? 'w' : 'r';
}

/* Divides a number of many bytes, the highest first, by 62; the rest. */
static unsigned divide(unsigned char *bytes, size_t n)
{
    unsigned rest = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned value = rest << 8 | bytes[i];

        bytes[i] = (unsigned char)(value / 62);
        rest = value % 62;
    }
    return rest;
}

void iv_random_text(char out[KEY_RANDOM_CHARS + 1])
{
    unsigned char bytes[RANDOM_BYTES];

    randombytes_buf(bytes, sizeof bytes);
    for (int i = KEY_RANDOM_CHARS; i-- > 0;)
        out[i] = digits[divide(bytes, sizeof bytes)];
    out[KEY_RANDOM_CHARS] = '\0';
    sodium_memzero(bytes, sizeof bytes);
}

/* CRC-32 of ISO 3309, as in zip files: it finds slips of the hand, and is no secret. */
static uint32_t crc_of(const char *text, size_t len)
{
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void put_sum(const char *text, char out[KEY_SUM_CHARS])
{
    uint32_t crc = crc_of(text, KEY_HEAD_CHARS + KEY_RANDOM_CHARS);

    for (int i = KEY_SUM_CHARS; i-- > 0; crc /= 62)
        out[i] = digits[crc % 62];
}

void iv_key_text_make(char letter, char out[KEY_CHARS + 1])
{
    const char head[KEY_HEAD_CHARS] = {'i', 'v', 'c', '_', letter, '_'};

    memcpy(out, head, sizeof head);
    iv_random_text(out + KEY_HEAD_CHARS);
    put_sum(out, out + KEY_HEAD_CHARS + KEY_RANDOM_CHARS);
    out[KEY_CHARS] = '\0';
}

bool iv_key_text_is_well(const char *text)
{
    char sum[KEY_SUM_CHARS];

    if (strnlen(text, KEY_CHARS + 1) != KEY_CHARS || strncmp(text, "ivc_", 4) != 0 ||
        !memchr("rwa", text[4], 3) || text[5] != '_' ||
        strspn(text + KEY_HEAD_CHARS, digits) != KEY_RANDOM_CHARS + KEY_SUM_CHARS)
        return false;
    put_sum(text, sum);
    return !memcmp(sum, text + KEY_HEAD_CHARS + KEY_RANDOM_CHARS, KEY_SUM_CHARS);
}

/* delivery_count.c - syllables and morae (see delivery.h for the rules). */
#include <string.h>

#include "interview/delivery.h"

#define KANJI_MORAE 1.9
#define SIGN_MORAE 2.0 /* a digit or a Latin letter read aloud: に, エー, ダブリュー */

static bool is_vowel(char c)
{
    return c && strchr("aeiouy", c);
}

size_t iv_syllables_en(const char *word, size_t len)
{
    size_t n = 0, letters = 0, last = 0;
    char lower[64];

    for (size_t i = 0; i < len && letters < sizeof lower; i++) {
        char c = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] + ('a' - 'A')) : word[i];

        if (c >= 'a' && c <= 'z')
            lower[letters++] = c;
    }
    for (size_t i = 0; i < letters; i++)
        if (is_vowel(lower[i]) && (!i || !is_vowel(lower[i - 1]))) {
            n++;
            last = i;
        }
    /* "cache", "times": a final e is silent, but not in "table" or "be". */
    if (n > 1 && letters > 2 && last == letters - 1 && lower[last] == 'e' &&
        !(lower[last - 1] == 'l' && !is_vowel(lower[last - 2])))
        n--;
    return n ? n : len > 0;
}

size_t iv_syllables_ko(const char *text)
{
    size_t n = 0;
    uint32_t cp;

    while ((cp = iv_utf8_next(&text)))
        n += (cp >= 0xac00 && cp <= 0xd7a3) || (cp >= '0' && cp <= '9') ||
             (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
    return n;
}

static bool joins_mora(uint32_t cp)
{
    static const uint32_t small[] = {0x3041, 0x3043, 0x3045, 0x3047, 0x3049,
                                     0x3083, 0x3085, 0x3087, 0x308e};

    for (size_t i = 0; i < IV_LEN(small); i++)
        if (cp == small[i] || cp == small[i] + 0x60) /* katakana lie 0x60 after hiragana */
            return true;
    return false;
}

double iv_morae_ja(const char *text)
{
    double n = 0;
    uint32_t cp;

    while ((cp = iv_utf8_next(&text))) {
        if ((cp >= 0x3041 && cp <= 0x3096) || (cp >= 0x30a1 && cp <= 0x30fa) || cp == 0x30fc)
            n += joins_mora(cp) ? 0 : 1;
        else if ((cp >= 0x4e00 && cp <= 0x9fff) || cp == 0x3005)
            n += KANJI_MORAE;
        else if ((cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z'))
            n += SIGN_MORAE;
    }
    return n;
}

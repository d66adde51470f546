/* wer.h - word error rate: insertions, deletions and replacements by the words of the reference. */
#ifndef IV_TESTS_WER_H
#define IV_TESTS_WER_H

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define WER_WORDS 600

static size_t wer_split(const char *text, char words[WER_WORDS][32])
{
    size_t n = 0, len = 0;

    for (; *text && n < WER_WORDS; text++) {
        unsigned char c = (unsigned char)*text;

        if ((isalnum(c) || c == '\'') && len < 31) {
            words[n][len++] = (char)tolower(c);
        } else if (len) {
            words[n++][len] = '\0';
            len = 0;
        }
    }
    if (len && n < WER_WORDS)
        words[n++][len] = '\0';
    return n;
}

/* Errors; *n is the number of words of the reference. */
static inline size_t wer_errors(const char *reference, const char *heard, size_t *n)
{
    static char r[WER_WORDS][32], h[WER_WORDS][32];
    static size_t d[WER_WORDS + 1];
    size_t nr = wer_split(reference, r), nh = wer_split(heard, h);

    for (size_t j = 0; j <= nh; j++)
        d[j] = j;
    for (size_t i = 1; i <= nr; i++) {
        size_t diagonal = d[0];

        d[0] = i;
        for (size_t j = 1; j <= nh; j++) {
            size_t best = diagonal + (strcmp(r[i - 1], h[j - 1]) != 0);

            diagonal = d[j];
            best = d[j] + 1 < best ? d[j] + 1 : best;
            best = d[j - 1] + 1 < best ? d[j - 1] + 1 : best;
            d[j] = best;
        }
    }
    *n = nr;
    return d[nh];
}

#endif

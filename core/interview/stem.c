/* stem.c - the one place that knows the stemming library. */
#include "interview/stem.h"

#include <libstemmer.h>
#include <stdbool.h>
#include <string.h>

#define WORD_BYTES_MAX 64 /* longer ones are no English words */

iv_stemmer *iv_stemmer_new(void)
{
    return sb_stemmer_new("english", "UTF_8");
}

void iv_stemmer_free(iv_stemmer *s)
{
    sb_stemmer_delete(s);
}

/* The library takes "likely" for a form of "like", and "hardly" of "hard". */
static bool is_adverb(const char *word, size_t len)
{
    return len > 2 && !memcmp(word + len - 2, "ly", 2);
}

size_t iv_stem(iv_stemmer *s, const char *word, size_t len, char *out)
{
    bool has_forms = len <= WORD_BYTES_MAX && !is_adverb(word, len);
    const sb_symbol *stem =
        has_forms ? sb_stemmer_stem(s, (const sb_symbol *)word, (int)len) : NULL;
    int n = stem ? sb_stemmer_length(s) : 0;

    if (n > 0 && (size_t)n <= len) {
        memcpy(out, stem, (size_t)n);
        return (size_t)n;
    }
    memcpy(out, word, len);
    return len;
}

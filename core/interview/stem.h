/* interview/stem.h - English words without their endings: locks, locked and locking are one.
 *
 * Why:     people say the words of a point in every form; a pattern names one.
 * Source:  Snowball's English stemmer (snowballstem.org), as the library has it.
 * Owns:    iv_stemmer_new()'s result is released with iv_stemmer_free().
 * Threads: a stemmer has one user at a time.
 */
#ifndef IV_INTERVIEW_STEM_H
#define IV_INTERVIEW_STEM_H

#include <stddef.h>

typedef struct sb_stemmer iv_stemmer;

iv_stemmer *iv_stemmer_new(void); /* NULL: out of memory */
void iv_stemmer_free(iv_stemmer *s);
/* word: folded. Bytes written to out, never more than len; a word that cannot be stemmed is its own stem. */
size_t iv_stem(iv_stemmer *s, const char *word, size_t len, char *out);

#endif

/* viseme/spelling.h - the mouth shapes of written letters, by the rules of data/visemes/letters.json.
 *
 * Why:     a service that times characters or words says what was spoken; the letters say roughly how.
 * Owns:    a spelling owns its rules.
 * Threads: read-only once loaded: [any].
 * Errors:  IV_E_DATA names the file and the rule, IV_E_NOMEM.
 */
#ifndef IV_VISEME_SPELLING_H
#define IV_VISEME_SPELLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/viseme.h"

#define SPELLING_MAX_LETTERS                                                                       \
    192 /* of one word, Hangul counted as jamo; the rest of a longer one is not looked at */
#define SPELLING_MAX_UNITS (2 * SPELLING_MAX_LETTERS)
#define SPELLING_ANY IV_VIS_COUNT /* spoken, but the letter does not say how: kanji, digits */

typedef struct spelling spelling;

struct spelling_word {
    uint32_t letter[SPELLING_MAX_LETTERS];
    uint16_t source[SPELLING_MAX_LETTERS]; /* which piece of text it came from */
    size_t n;
};

struct spelling_unit {
    uint8_t shape; /* enum iv_viseme or SPELLING_ANY */
    uint16_t first, last; /* pieces of text it stands for */
};

enum iv_code iv_spelling_load(spelling **out, struct iv_error *err);
/* Appends a piece of valid UTF-8: folded, Hangul as jamo, katakana as hiragana; what is not a letter, mark or digit is left out.
 * Returns how many letters came. */
size_t iv_spelling_add(struct spelling_word *w, const char *text, uint16_t source);
/* Shapes in order; returns how many, at most SPELLING_MAX_UNITS. Silent letters belong to the unit before. */
size_t iv_spelling_read(const spelling *s, const struct spelling_word *w,
                        struct spelling_unit *out);
void iv_spelling_free(spelling *s); /* NULL is fine */

#endif

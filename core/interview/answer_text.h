/* interview/answer_text.h - an answer made ready for matching.
 *
 * Why:     sixty patterns look at one answer; what they all need is worked out once.
 * Owns:    the answer owns a copy of the original and every table.
 * Units:   a unit is what the windows of " & " count: a word (en), an eojeol (ko), a character (ja).
 */
#ifndef IV_INTERVIEW_ANSWER_TEXT_H
#define IV_INTERVIEW_ANSWER_TEXT_H

#include <stdint.h>

#include "interview/stem.h"
#include "iv/bank.h"

#define TOKEN_KEY_BYTES 8

/* English: a word. Its first eight bytes stand in `key`, which settles nearly every comparison. */
struct token {
    uint64_t key, stem_key;
    uint32_t at, len; /* in text */
    uint32_t stem_at, stem_len; /* in stems */
    uint32_t start, end; /* in the original */
};
/* Korean and Japanese: a character of the text without blanks. */
struct place {
    uint32_t start, end; /* in the original */
    uint32_t unit;
};

struct iv_answer_text {
    enum iv_lang lang;
    char *original;
    size_t original_len;
    char *text; /* folded; words one after another, no blanks */
    size_t text_len;
    struct token *tokens; /* en */
    size_t n_tokens;
    char *stems; /* en: of the tokens, one after another */
    iv_stemmer *stemmer; /* en: for the patterns' words */
    struct place *places; /* ko, ja */
    uint32_t *place_of; /* ko, ja: byte of text to place */
    size_t n_places;
    uint32_t *eojeol_at; /* ko: where each begins in text */
    size_t n_eojeol;
    size_t units; /* as a person counts them */
};

uint64_t iv_token_key(const char *bytes, size_t len);

#endif

/* speak_scan.h - the place where a text is being read.
 *
 * Why:     speakable.c reads words, speak_token.c numbers and addresses; both move one cursor and write one buffer.
 */
#ifndef IV_PROVIDER_SPEAK_SCAN_H
#define IV_PROVIDER_SPEAK_SCAN_H

#include "provider/speak_table.h"

struct scan {
    const struct speak_table *t;
    const char *start, *at;
    struct iv_buf out;
    bool keep_numbers;
};

/* Each takes what begins at s->at and says it, or returns false and moves nothing. */
bool iv_scan_number(struct scan *s);
bool iv_scan_address(struct scan *s);
bool iv_scan_formula(struct scan *s);
bool iv_scan_word(struct scan *s);

/* One word of letters, digits and underscores: identifiers are taken apart, abbreviations spelt. */
void iv_say_word(struct scan *s, const char *word, size_t len);
/* A single letter by its name. */
void iv_say_letter(struct scan *s, char letter);

#endif

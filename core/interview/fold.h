/* interview/fold.h - text made comparable, with the way back to the original.
 *
 * Why:     matching sees NFKC, case folded, punctuation as blanks; a report quotes the bytes that were really said.
 * Owns:    a folded text owns its characters.
 * Threads: one owner at a time.
 * Units:   start and end are byte offsets into the original.
 * Errors:  IV_E_NOMEM, IV_E_TOO_LARGE.
 */
#ifndef IV_INTERVIEW_FOLD_H
#define IV_INTERVIEW_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

struct fold_char {
    uint32_t
        cp; /* a letter, digit, kept sign, or ' ': never two blanks together, none at the ends */
    uint32_t start, end;
};
struct folded {
    struct fold_char *chars;
    size_t n, cap;
};

enum iv_code iv_fold_text(const char *text, struct folded *out, struct iv_error *err);
void iv_folded_release(struct folded *f);

#endif

/* interview/bank_parse.h - from a tree to a bank, with every problem reported.
 *
 * Why:     the reader and the lint go the same way; question i of the bank is entry i of the file's list.
 */
#ifndef IV_INTERVIEW_BANK_PARSE_H
#define IV_INTERVIEW_BANK_PARSE_H

#include "interview/problems.h"
#include "iv/bank.h"

#define BANK_ROLES                                                                                 \
    "backend frontend mobile data devops security embedded qa manager designer sales marketing "   \
    "support"
#define BANK_JURISDICTIONS "kr jp us eu"

/* Fills `out` as far as the tree allows; release it in any case. */
void iv_bank_read(const struct iv_yaml *root, struct iv_bank *out, struct problems *p);

#endif

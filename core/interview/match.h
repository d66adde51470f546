/* interview/match.h - what matching offers to its own room beyond iv/bank.h.
 *
 * Why:     the lint asks whether a pattern can match at all; cues are counted, not only found.
 * Threads: [any].
 */
#ifndef IV_INTERVIEW_MATCH_H
#define IV_INTERVIEW_MATCH_H

#include "iv/bank.h"

/* The reason why a pattern can never match, or NULL. */
const char *iv_pattern_problem(const char *pattern, enum iv_lang lang);
/* As the words of a point are compared: English words fit in any form. */
bool iv_pattern_find_any_form(const iv_answer_text *a, const char *pattern, struct iv_match *out);
/* Places where the pattern is found, none inside another; 0 or 1 for patterns with " & ". */
size_t iv_pattern_count(const iv_answer_text *a, const char *pattern);
size_t iv_patterns_count(const iv_answer_text *a, char *const *patterns, size_t n);
/* The first of them that is found. */
bool iv_patterns_find(const iv_answer_text *a, char *const *patterns, size_t n,
                      struct iv_match *out);

#endif

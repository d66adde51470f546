/* score_signs.h - the signs by which a sentence is told from a row of terms. */
#ifndef IV_INTERVIEW_SCORE_SIGNS_H
#define IV_INTERVIEW_SCORE_SIGNS_H

#include "interview/score_text.h"

/* `all`: units of the whole text; *n_units gets how many lie in s. */
bool iv_is_clause(const char *text, struct iv_span s, const struct iv_spans *all, enum iv_lang lang,
                  const iv_json *speech, size_t *n_units);
/* A short stretch between commas without any predicate. */
bool iv_is_bare_term(const char *text, struct iv_span s, const struct iv_spans *all,
                     enum iv_lang lang, const iv_json *speech);
/* The units of `all` in s; borrowed. */
void iv_units_in(const struct iv_spans *all, struct iv_span s, struct iv_spans *out);

#endif

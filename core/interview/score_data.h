/* score_data.h - the word lists and sentences that scoring reads, as JSON trees. */
#ifndef IV_INTERVIEW_SCORE_DATA_H
#define IV_INTERVIEW_SCORE_DATA_H

#include "iv/ctx.h"
#include "iv/json.h"
#include "iv/text.h"

/* Maps, lists and texts; every text becomes a string. IV_E_DATA with "name:line: what". */
enum iv_code iv_score_yaml(const char *bytes, size_t len, const char *name, iv_json **out,
                           struct iv_error *err);

/* core/data/<folder>/<lang>.yaml */
enum iv_code iv_score_table(const iv_ctx *ctx, const char *folder, enum iv_lang lang, iv_json **out,
                            struct iv_error *err);

/* Is `word` one of the strings of this array? */
bool iv_score_listed(const iv_json *array, const char *word, size_t len);
/* Does `word` end in one of them, with something before it? */
bool iv_score_ends(const iv_json *array, const char *word, size_t len);

#endif

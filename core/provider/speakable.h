/* speakable.h - a written sentence becomes the words of a spoken one.
 *
 * Why:     synthesisers read "O(n log n)", "2024년" or "C++" letter by letter or not at all.
 * Owns:    a table owns the rows of its data file (core/data/pronunciation/<lang>.json).
 * Threads: a table is read-only once loaded; [any].
 * Errors:  IV_E_DATA names the file.
 */
#ifndef IV_PROVIDER_SPEAKABLE_H
#define IV_PROVIDER_SPEAKABLE_H

#include "iv/ctx.h"
#include "iv/text.h"

struct speak_table;

/* ctx may be NULL: the shipped data. */
enum iv_code iv_speak_table_load(const iv_ctx *ctx, enum iv_lang lang, struct speak_table **out,
                                 struct iv_error *err);
void iv_speak_table_free(struct speak_table *t);

/* Caller frees; NULL without memory. keep_numbers leaves digits to a back end that reads them well. */
char *iv_speak_words(const struct speak_table *t, const char *text, bool keep_numbers);
/* Is there a letter or a digit in it? */
bool iv_speak_has_words(const char *text);
/* Bytes up to the end of the first sentence, blanks after it included. */
size_t iv_speak_sentence_len(const char *text);

#endif

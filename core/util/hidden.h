/* util/hidden.h - words that must never be shown, and how they are cut from a text.
 *
 * Why:     the log of a context and the errors of a front end pass here, so no other code has to think of it.
 * Owns:    a copy of each word, wiped at the end.
 * Threads: [any]; a lock inside.
 */
#ifndef IV_UTIL_HIDDEN_H
#define IV_UTIL_HIDDEN_H

#include "iv/ctx.h"

#define IV_HIDDEN_MIN_CHARS 6 /* shorter ones occur in every other word */

typedef struct iv_hidden iv_hidden;

iv_hidden *iv_hidden_new(void); /* NULL without memory */
void iv_hidden_free(iv_hidden *h);
/* Nothing happens when it is known already, or too short. IV_E_NOMEM. */
enum iv_code iv_hidden_add(iv_hidden *h, const char *word, struct iv_error *err);
void iv_hidden_cut(iv_hidden *h, char *text);
/* One word, also its beginning at the end of a text that was too long for its buffer. In place, never longer. */
void iv_hidden_cut_word(char *text, const char *word);

iv_hidden *iv_ctx_hidden(const iv_ctx *ctx); /* ctx.c */

#endif

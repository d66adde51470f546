/* word_list.h - rows "written": "spoken" of a data file, found at a place in a text; the longest wins.
 *
 * Why:     terms, units, counters, readings are all lists of this kind.
 * Owns:    the list owns its strings.
 * Threads: read-only once loaded; [any].
 * Errors:  IV_E_DATA naming the file and the key.
 */
#ifndef IV_PROVIDER_WORD_LIST_H
#define IV_PROVIDER_WORD_LIST_H

#include "iv/ctx.h"
#include "iv/json.h"

struct word_row {
    char *written, *spoken;
    size_t len; /* of `written` */
};

struct word_list {
    struct word_row *rows; /* by first byte, then longest first */
    size_t n;
    uint16_t first[257]; /* rows of byte b: first[b] .. first[b + 1] */
};

/* Of the object `key` of `file`; an absent key makes an empty list. */
enum iv_code iv_word_list_load(const iv_json *file, const char *key, const char *origin,
                               struct word_list *out, struct iv_error *err);
/* The same of a shipped data file by its name. */
enum iv_code iv_word_list_of(const iv_ctx *ctx, const char *name, const char *key,
                             struct word_list *out, struct iv_error *err);
void iv_word_list_release(struct word_list *l);

/* Row at `at`, a place in the text that begins at `start`. A row that begins or ends with an ASCII letter or digit must not
 * touch another one there: "C" is not found in "CD". */
const struct word_row *iv_word_list_find(const struct word_list *l, const char *start,
                                         const char *at);
/* The text with every row replaced; caller frees, NULL without memory. */
char *iv_word_list_apply(const struct word_list *l, const char *text);

#endif

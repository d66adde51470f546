/* iv/text.h - UTF-8: checking, normalising, measuring, cutting.
 *
 * Why:     Korean and Japanese are not bytes; libunistring and utf8proc know their rules, this puts them behind one door.
 * Threads: [any].
 */
#ifndef IV_TEXT_H
#define IV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv/error.h"

enum iv_lang { IV_LANG_KO, IV_LANG_EN, IV_LANG_JA, IV_LANG_COUNT };
const char *iv_lang_code(enum iv_lang lang); /* "ko" "en" "ja" */
bool iv_lang_parse(const char *code, enum iv_lang *out);

bool iv_utf8_valid(const char *s, size_t len); /* strict: no surrogates, no overlong, no NUL */
size_t iv_utf8_chars(const char *s); /* code points */
size_t iv_utf8_cut(const char *s, size_t len,
                   size_t max_bytes); /* largest prefix of whole code points */
/* Next code point; *s moves on. 0 at the end. The text must be valid. */
uint32_t iv_utf8_next(const char **s);
size_t iv_utf8_put(uint32_t cp, char out[4]);
int iv_text_width(const char *s); /* terminal cells */

/* NFC, control characters other than newline and tab removed, runs of blank folded, trimmed. Caller frees. */
char *iv_text_clean(const char *s);
char *iv_text_nfc(const char *s); /* caller frees */
char *iv_text_nfkc_fold(const char *s); /* NFKC, case-folded: for comparing. Caller frees */
bool iv_text_is_blank(const char *s);
/* For a terminal or a log: ESC, C0, C1, bidi controls become visible escapes. Caller frees. */
char *iv_text_visible(const char *s);

/* Levenshtein distance in bytes, capped: for "did you mean". */
size_t iv_text_distance(const char *a, const char *b);

/* Random and identifiers: prefix + 12 characters; the first 8 grow with time so that keys stay in order. */
#define IV_ID_BYTES 40
void iv_id_new(const char *prefix, int64_t wall_ms, char out[IV_ID_BYTES]);
bool iv_session_id_valid(const char *id); /* sess_ and 12 of [0-9a-z] */

#endif

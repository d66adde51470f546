/* score_text.h - an answer cut into units and sentences, and which of its sentences are real ones.
 *
 * Keywords in a row are not an answer. A sentence gives evidence only when it is built like one: English needs a verb and enough
 * function words, Korean a predicate and enough particles or endings, Japanese enough hiragana and a predicate; none may be a list
 * of commas. A sentence said twice counts once, and one that only repeats the question counts nothing.
 */
#ifndef IV_INTERVIEW_SCORE_TEXT_H
#define IV_INTERVIEW_SCORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "interview/score_data.h"
#include "iv/text.h"

/* Byte range of the text. */
struct iv_span {
    size_t start, end;
};
struct iv_spans {
    struct iv_span *items;
    size_t n, cap;
};
void iv_spans_release(struct iv_spans *s);

/* Units: words (en), eojeol (ko), letters (ja). */
enum iv_code iv_text_units(const char *text, enum iv_lang lang, struct iv_spans *out,
                           struct iv_error *err);
size_t iv_text_unit_count(const char *text, enum iv_lang lang);
enum iv_code iv_text_sentences(const char *text, struct iv_spans *out, struct iv_error *err);

/* What may not give evidence becomes blanks; byte offsets stay. `seen` (may be NULL) is text whose sentences were said before. */
struct iv_screened {
    char *text; /* owned */
    size_t n_sentences; /* real ones */
    size_t n_listed; /* sentences that are lists of keywords */
    size_t n_repeated; /* said before, or only the question again */
    size_t n_dismissed; /* wave the thing away */
    size_t units; /* units of the real sentences */
};
enum iv_code iv_text_screen(const char *text, enum iv_lang lang, const iv_json *speech,
                            const char *question, const char *seen, struct iv_screened *out,
                            struct iv_error *err);

/* Lower case for ASCII, other bytes as they are; at most cap - 1 bytes. Returns the length. */
size_t iv_text_lower(const char *text, struct iv_span s, char *out, size_t cap);

#endif

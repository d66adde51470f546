/* stt_text.h - from a recogniser's raw words to a line that people read.
 *
 * Why:     recognisers give lower case without sentence ends, with fillers, variants "a(2)" and misheard swear words.
 * Owns:    a phrase owns its words and text.
 * Threads: a filter is read-only once loaded; a phrase has one owner.
 * Errors:  IV_E_NOMEM; loading: as iv_data_load and iv_json_parse.
 */
#ifndef IV_PROVIDER_STT_TEXT_H
#define IV_PROVIDER_STT_TEXT_H

#include "iv/buf.h"
#include "iv/stt.h"

struct stt_filter {
    char **mask; /* sorted */
    size_t n;
    double sure; /* confidence from which a word is shown as it is */
};

struct stt_phrase {
    struct iv_word *words;
    size_t n;
    struct iv_buf text;
    float confidence; /* mean of the words', by their length */
};

/* A language without a file of words masks nothing. */
enum iv_code iv_stt_filter_load(const iv_ctx *ctx, enum iv_lang lang, struct stt_filter *out,
                                struct iv_error *err);
void iv_stt_filter_release(struct stt_filter *f);

/* Interim text has no sentence end, and masks whatever the confidence. `out` is empty on failure. */
enum iv_code iv_stt_phrase_make(const struct iv_word *raw, size_t n, bool is_final,
                                const struct stt_filter *filter, struct stt_phrase *out,
                                struct iv_error *err);
void iv_stt_phrase_release(struct stt_phrase *p);

#endif

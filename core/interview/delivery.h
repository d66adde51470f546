/* delivery.h - how the answers were spoken: figures only, compared with nothing but the user's own earlier sessions.
 *
 * A measure is null where it cannot be known: a typed answer has no speed and no pauses.
 *
 * words_per_s (en), syllables_per_s (en, ko), morae_per_s (ja): units over the time from the first to the last word of each answer.
 *   English syllables are estimated: groups of vowel letters, less a silent final e. Korean: Hangul syllables, plus one for each digit
 *   and Latin letter. Japanese: kana, of which small ones (ゃ ァ) join the one before; ー, ん and っ count; a kanji counts 1.9, the mean
 *   of its readings in running text; a digit 2, a Latin letter 2.
 * pauses: silences of 250 ms and more between words: count, total, longest; mean_run_words: words between two of them.
 * fillers_per_100: fillers for each hundred words, eojeol or morae.
 */
#ifndef IV_INTERVIEW_DELIVERY_H
#define IV_INTERVIEW_DELIVERY_H

#include "interview/score_data.h"
#include "iv/store.h"

struct iv_delivery_input {
    const struct iv_turn *turns;
    size_t n_turns;
    enum iv_lang lang;
    const iv_json *speech;
    const iv_json *const *earlier; /* the user's earlier reports */
    size_t n_earlier;
};

/* {language, answers, measures:{name: number|null}, fillers:[{word,count}], baseline: null | {sessions, measures:[{name,mean,sd,now,difference}]}} */
enum iv_code iv_delivery(const struct iv_delivery_input *in, iv_json **out, struct iv_error *err);

size_t iv_syllables_en(const char *word, size_t len);
size_t iv_syllables_ko(const char *text);
double iv_morae_ja(const char *text);

#endif

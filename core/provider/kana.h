/* kana.h - Japanese text as kana only, through a program that knows the readings.
 *
 * Why:     espeak-ng reads each kanji as the English words "Chinese letter".
 * Threads: [any].
 * Errors:  IV_E_TTS_ERROR naming the package when a text has kanji and no converter is installed.
 *
 * MeCab with the IPA dictionary (it knows that は is said "wa" and how long vowels are) is preferred to KAKASI.
 */
#ifndef IV_PROVIDER_KANA_H
#define IV_PROVIDER_KANA_H

#include "provider/word_list.h"

#define KANA_VERSION 1
#define KANA_HOW_TO_INSTALL                                                                        \
    "no program turns kanji into kana: install packages mecab and mecab-ipadic-utf8 (or kakasi)"

/* "mecab", "kakasi" or NULL. */
const char *iv_kana_converter(void);
/* readings: "readings" of pronunciation/ja.json; they go before the program. Caller frees *out. */
enum iv_code iv_kana_of(const struct word_list *readings, const char *text, int cancel_fd,
                        int64_t timeout_ms, char **out, struct iv_error *err);

#endif

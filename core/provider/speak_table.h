/* speak_table.h - the pronunciation data of one language, and how its numbers are said.
 *
 * Why:     speakable.c scans what is the same everywhere; each language says it in its own file speak_<lang>.c.
 * Threads: read-only once loaded; [any].
 */
#ifndef IV_PROVIDER_SPEAK_TABLE_H
#define IV_PROVIDER_SPEAK_TABLE_H

#include "iv/buf.h"
#include "provider/word_list.h"

#define SPEAK_MAX_DIGITS 15 /* longer ones are read digit by digit */

struct speak_lang;

struct speak_table {
    const struct speak_lang *lang;
    struct word_list terms; /* "C++": "C plus plus"; found wherever they stand alone */
    struct word_list letters; /* "A": "에이"; in en only what espeak-ng takes for a word */
    struct word_list symbols; /* "+": "plus", said between words and numbers */
    struct word_list units; /* "ms": "millisecond|milliseconds", after a number */
    struct word_list counters; /* "개": "native", "native20" (below 20); ja: "本": "ほん h" */
    struct word_list years; /* en: words before a number that is a year */
};

/* A run of digits, perhaps with a fraction. */
struct number {
    uint64_t value;
    char digits[64]; /* as written, without commas */
    char fraction[64]; /* "" when there is none */
    bool is_long, is_negative, is_grouped;
};

struct speak_lang {
    const char *point, *minus, *to, *by; /* 3.5, -3, 3-5, 1/2 */
    const char *digit[10]; /* one by one: fractions, codes */
    const char *letter_gap; /* between letters of an abbreviation */
    const char *plural; /* of an abbreviation: APIs */
    bool names_letters; /* a letter alone is named, too; "a" and "I" are English words */
    bool counts_twice; /* "3-5 개": the counter is said after both */
    /* The number and what it counts; *rest is behind the number and moves past a counter or unit that was said. before: the text
     * up to the number. */
    void (*counted)(const struct speak_table *t, const struct number *n, const char *before_start,
                    const char *before, const char **rest, struct iv_buf *out);
    void (*cardinal)(uint64_t n, struct iv_buf *out);
    void (*clock)(const struct speak_table *t, unsigned hour, unsigned minute, struct iv_buf *out);
    void (*date)(const struct speak_table *t, unsigned year, unsigned month, unsigned day,
                 struct iv_buf *out);
    void (*power)(const char *base, const char *exponent, struct iv_buf *out);
    const char *big_o; /* said for "O(" */
    const char *dot, *slash, *at; /* of an address */
    const char *version; /* said for "v" of v1.2 */
    bool by_is_first_below; /* 1/2 is "이분의 일" */
};

extern const struct speak_lang iv_speak_lang_en, iv_speak_lang_ko, iv_speak_lang_ja;

/* A number as digits, fraction and sign; no counter. */
void iv_speak_plain(const struct speak_lang *l, const struct number *n, struct iv_buf *out);
void iv_speak_digits(const struct speak_lang *l, const char *digits, struct iv_buf *out);
/* A unit after the number (one blank allowed): its words, and *rest behind it; NULL when there is none. many: the second of "one|many". */
bool iv_speak_unit(const struct speak_table *t, const char **rest, bool many, struct iv_buf *out);
/* A blank, unless there is one or nothing before. */
void iv_speak_gap(struct iv_buf *out);

#endif

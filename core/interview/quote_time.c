/* quote_time.c - see quote_time.h. */
#include "interview/quote_time.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "interview/transcript.h"

#define NEAR_LETTERS 40 /* how far numbers may shift the words against the text */

/* What is pronounced: characters but blanks and ASCII marks. */
static size_t letters(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        n += c < 0x80 ? isalnum(c) != 0 : (c & 0xc0) != 0x80;
    }
    return n;
}

static size_t word_letters(const iv_json *word)
{
    const char *text = iv_json_string(iv_json_at(word, 0), "");

    return letters(text, strlen(text));
}

static int64_t word_start(const iv_json *word)
{
    double ms = iv_json_number(iv_json_at(word, 1), 0);

    return ms > 0 && ms < 1e12 ? (int64_t)ms : 0;
}

static bool is_word_at(const char *text, const iv_json *word)
{
    const char *heard = iv_json_string(iv_json_at(word, 0), "");
    size_t len = strlen(heard);

    return len && !strncasecmp(text, heard, len) && !isalnum((unsigned char)text[len]);
}

/* The nearest word that reads as the text does there; without one, the word that covers the place. */
static const iv_json *word_at(const iv_json *words, const char *text, size_t at)
{
    const iv_json *covers = NULL, *same = NULL;
    size_t seen = 0, nearest = NEAR_LETTERS + 1;

    for (const iv_json *w = iv_json_first(words); w; w = iv_json_next(w)) {
        size_t far = seen > at ? seen - at : at - seen;

        if (seen <= at)
            covers = w;
        if (far < nearest && is_word_at(text, w)) {
            same = w;
            nearest = far;
        }
        seen += word_letters(w);
    }
    return same ? same : covers;
}

int64_t iv_quote_time(const struct iv_timed_turn *t, size_t offset)
{
    size_t all = letters(t->text, strlen(t->text)), heard = 0;
    const iv_json *first = iv_json_first(t->words), *word;
    int64_t ms;

    for (const iv_json *w = first; w; w = iv_json_next(w))
        heard += word_letters(w);
    if (!all || !heard)
        return t->start_ms;
    word = word_at(t->words, t->text + offset, letters(t->text, offset) * heard / all);
    ms = t->start_ms + word_start(word) - word_start(first);
    if (ms > t->end_ms)
        ms = t->end_ms;
    return ms < t->start_ms ? t->start_ms : ms;
}

iv_json *iv_turn_words(const struct iv_turn *t)
{
    iv_json *words = NULL;

    if (t->words_json)
        (void)iv_json_parse(t->words_json, strlen(t->words_json), IV_TRANSCRIPT_MAX_BYTES, &words,
                            NULL);
    return words;
}

int64_t iv_turn_time_at(const struct iv_turn *t, size_t offset)
{
    iv_json *words = iv_turn_words(t);
    struct iv_timed_turn timed = {t->text, words, t->start_ms, t->end_ms};
    int64_t ms = iv_quote_time(&timed, offset);

    iv_json_free(words);
    return ms;
}

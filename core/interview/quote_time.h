/* interview/quote_time.h - when in a session a quote was said.
 *
 * Why:     a quote that can be played back must say where it begins, and `verify` must find the same again.
 * Units:   active time of the session in ms; offsets in bytes of the turn's text.
 */
#ifndef IV_INTERVIEW_QUOTE_TIME_H
#define IV_INTERVIEW_QUOTE_TIME_H

#include "iv/json.h"
#include "iv/store.h"

struct iv_timed_turn {
    const char *text;
    const iv_json *
        words; /* [[text, start_ms, end_ms, ...], ...] as heard; NULL or empty where it was typed */
    int64_t start_ms, end_ms; /* the first word begins at start_ms */
};

/* The start of the word at offset: the readable text and the words heard are laid over each other by their letters, because a
 * recogniser's numbers and marks are made readable after its words were timed. Without words the start of the turn. */
int64_t iv_quote_time(const struct iv_timed_turn *t, size_t offset);
/* The same of a stored turn. */
int64_t iv_turn_time_at(const struct iv_turn *t, size_t offset);

/* A turn's words as JSON, NULL without any; caller frees. */
iv_json *iv_turn_words(const struct iv_turn *t);

#endif

/* heard.h - what the recogniser's thread hands over to the ear (hear.c).
 *
 * Why:     texts come in pieces, guesses are replaced, and an answer may be heard by several recognisers in turn.
 * Owns:    its texts and words.
 * Threads: the sink's functions [worker]; all others the owner's. What is read without a function: only after is_done.
 * Units:   milliseconds from the first sample of the utterance.
 * Errors:  none; without memory for words the text stands without its times.
 */
#ifndef IV_CONVERSATION_HEARD_H
#define IV_CONVERSATION_HEARD_H

#include <pthread.h>

#include "iv/buf.h"
#include "iv/stt.h"

#define HEARD_MAX (32u << 10) /* bytes of text */

struct news;

/* {everything: lock} */
struct heard {
    struct news *news;
    pthread_mutex_t lock;
    struct iv_buf text; /* finals, joined */
    struct iv_buf interim; /* what may follow */
    bool has_interim, has_text, has_endpoint[2], is_done; /* for the client; for the detector */
    uint32_t offset_ms; /* of the present recogniser's first sample */
    struct iv_word *words;
    size_t n_words, cap_words;
    double confidence; /* sum over finals, each by its length */
    size_t weight;
    enum iv_code code;
    char why[240];
};

void iv_heard_init(struct heard *h, struct news *news);
void iv_heard_release(struct heard *h);
void iv_heard_forget(struct heard *h);
struct iv_stt_sink iv_heard_sink(struct heard *h);
bool iv_heard_is_done(struct heard *h);
/* Another recogniser follows, whose first sample comes offset_ms after the utterance's; what was understood stays. */
void iv_heard_go_on(struct heard *h, uint32_t offset_ms);
/* All that is understood so far, into an empty buffer: true when it changed since. Endpoints are told once. */
bool iv_heard_take(struct heard *h, struct iv_buf *text, bool has_endpoint[2]);
/* The same whenever it is asked for. */
void iv_heard_text(struct heard *h, struct iv_buf *text);
/* The same for who shows guesses: true when there is a new one. */
bool iv_heard_take_interim(struct heard *h, struct iv_buf *text);

#endif

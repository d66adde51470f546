/* sse.h - server-sent events, cut anywhere on their way.
 *
 * Why:     language models, transcription and speech of OpenAI's kind all stream in this frame; one parser, fuzzed once.
 * How:     lines end in LF, CR or CRLF; ":" begins a comment; `data` lines of one event are joined by LF; an empty line ends the
 *          event; one that the body's end leaves open is dropped. A byte order mark at the very start is skipped.
 * Owns:    the parser owns its buffers; what the function is given is borrowed for the call.
 * Threads: one owner.
 * Units:   bytes.
 * Source:  HTML standard, "9.2.6 Interpreting an event stream".
 */
#ifndef IV_PROVIDER_SSE_H
#define IV_PROVIDER_SSE_H

#include "iv/buf.h"

enum sse_state { SSE_GOOD, SSE_TOO_LONG, SSE_NO_MEMORY, SSE_REFUSED };

struct sse {
    struct iv_buf line, data; /* at most `max` bytes each */
    char event[32]; /* name of the event under way; "" when it has none; longer names are cut */
    /* The data of a whole event, NUL-terminated; false: no more of this. Events without data are not told. */
    bool (*on_event)(void *arg, const char *event, const char *data, size_t len);
    void *arg;
    enum sse_state state;
    bool has_data, is_after_cr, is_past_start;
};

/* max: most that a line, and the data of an event, may hold. */
void iv_sse_init(struct sse *s, size_t max,
                 bool (*on_event)(void *arg, const char *event, const char *data, size_t len),
                 void *arg);
/* false when it cannot go on; `state` says why, and further bytes are ignored. */
bool iv_sse_feed(struct sse *s, const char *bytes, size_t len);
void iv_sse_reset(struct sse *s); /* for another body; keeps the memory */
void iv_sse_release(struct sse *s);

#endif

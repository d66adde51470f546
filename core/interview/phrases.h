/* interview/phrases.h - the interviewer's lines that are not questions.
 *
 * Why:     nothing is said twice in one interview; the order comes from the seed.
 * Owns:    the book owns its lines; what was said is a list of copies.
 * Errors:  IV_E_DATA with file and line.
 */
#ifndef IV_INTERVIEW_PHRASES_H
#define IV_INTERVIEW_PHRASES_H

#include "iv/bank.h"
#include "iv/buf.h"

enum moment {
    MOMENT_GREETING,
    MOMENT_GREETING_ROLE,
    MOMENT_FIRST_QUESTION,
    MOMENT_NEXT_QUESTION,
    MOMENT_ACK_FULL,
    MOMENT_ACK_PARTIAL,
    MOMENT_ACK_SHORT,
    MOMENT_ACK_UNKNOWN,
    MOMENT_ACK_STORY,
    MOMENT_PROBE_DONT_KNOW,
    MOMENT_PROBE_OFF_TOPIC,
    MOMENT_PROBE_TOO_SHORT,
    MOMENT_PROBE_NO_OWN_ACTION,
    MOMENT_PROBE_NO_RESULT,
    MOMENT_PROBE_NO_SPECIFICS,
    MOMENT_TIME_HALF,
    MOMENT_TIME_SHORT,
    MOMENT_LAST_QUESTION,
    MOMENT_WRAP_UP,
    MOMENT_CLOSING,
    MOMENT_CLOSING_TIME,
    MOMENT_SILENCE,
    MOMENT_REPEAT,
    MOMENT_SKIP,
    MOMENT_COUNT
};

struct phrases {
    enum iv_lang lang;
    struct {
        char **lines;
        size_t n;
    } moments[MOMENT_COUNT];
};
/* persona: "neutral" or one that the file does not have leaves every moment as it is. */
enum iv_code iv_phrases_load(const iv_ctx *ctx, enum iv_lang lang, const char *persona,
                             uint64_t seed, struct phrases *out, struct iv_error *err);
void iv_phrases_release(struct phrases *b);

/* Everything said so far, oldest first. */
struct said {
    char **lines;
    size_t n, cap;
};
bool iv_said_has(const struct said *s, const char *line);
bool iv_said_add(struct said *s, const char *line); /* false when memory ran out */
void iv_said_release(struct said *s);

/* A line not said yet, rather one that begins otherwise than `last` (may be NULL). NULL when all were said. */
const char *iv_phrase_fresh(const struct phrases *b, enum moment m, const struct said *s,
                            const char *last);
/* A fresh line, or the one whose last use is longest ago. */
const char *iv_phrase_any(const struct phrases *b, enum moment m, const struct said *s);

/* What may stand in a phrase. */
struct phrase_facts {
    int minutes;
    size_t count;
    const char *role, *type;
};
void iv_phrase_fill(const char *line, const struct phrase_facts *f, struct iv_buf *out);

#endif

/* interview/quoted.h - words of others inside a prompt: data that cannot become instructions, and sentences with blanks to fill.
 *
 * Why:     a résumé, a job description or an answer may be written to lead a model astray; nothing in it can close its mark.
 * Errors:  sticky in the buffer.
 */
#ifndef IV_INTERVIEW_QUOTED_H
#define IV_INTERVIEW_QUOTED_H

#include "iv/buf.h"

/* <mark attributes>, the text cut at max bytes, without controls and angle brackets, </mark>. attributes: "" or " name=\"value\"". */
void iv_quoted_add(struct iv_buf *out, const char *mark, const char *attributes, const char *text,
                   size_t max);

struct iv_slot {
    const char *name, *value;
};
/* "{name}" becomes its value; other braces stay. */
void iv_quoted_fill(struct iv_buf *out, const char *pattern, const struct iv_slot *slots, size_t n);

#endif

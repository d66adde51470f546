/* quoted.c - see quoted.h. */
#include "interview/quoted.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/text.h"

void iv_quoted_add(struct iv_buf *out, const char *mark, const char *attributes, const char *text,
                   size_t max)
{
    char *cut = iv_strndup(text, iv_utf8_cut(text, strlen(text), max));
    char *clean = cut ? iv_text_clean(cut) : NULL;

    if (!clean)
        out->failed = true;
    iv_buf_addf(out, "<%s%s>\n", mark, attributes);
    for (const char *p = clean ? clean : ""; *p; p++) {
        if (*p == '<')
            iv_buf_adds(out, "\xe2\x80\xb9");
        else if (*p == '>')
            iv_buf_adds(out, "\xe2\x80\xba");
        else
            iv_buf_addc(out, *p);
    }
    iv_buf_addf(out, "\n</%s>\n", mark);
    free(clean);
    free(cut);
}

void iv_quoted_fill(struct iv_buf *out, const char *pattern, const struct iv_slot *slots, size_t n)
{
    while (*pattern) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
        size_t i = 0, len = end ? (size_t)(end - pattern - 1) : 0;

        while (end && i < n &&
               (strlen(slots[i].name) != len || strncmp(slots[i].name, pattern + 1, len) != 0))
            i++;
        if (end && i < n) {
            iv_buf_adds(out, slots[i].value);
            pattern = end + 1;
        } else {
            iv_buf_addc(out, *pattern++);
        }
    }
}

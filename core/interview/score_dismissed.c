/* score_dismissed.c - "nobody needs a time-out there" names the point and waves it away: no evidence that it was understood. */
#include <stdlib.h>
#include <string.h>

#include "interview/score_judge.h"
#include "iv/alloc.h"

static enum iv_code blank_one(const struct iv_judge *j, struct iv_screened *s, struct iv_span at,
                              struct iv_error *err)
{
    char *sentence = iv_strndup(s->text + at.start, at.end - at.start);
    iv_answer_text *a = NULL;
    enum iv_code rc = sentence ? iv_answer_text_new(sentence, j->lang, &a, err)
                               : iv_fail(err, IV_E_NOMEM, "answer: out of memory");

    if (!rc && iv_find_any(a, iv_json_get(j->speech, "dismissals"), NULL)) {
        memset(s->text + at.start, ' ', at.end - at.start);
        s->n_dismissed++;
    }
    iv_answer_text_free(a);
    free(sentence);
    return rc;
}

enum iv_code iv_blank_dismissed(const struct iv_judge *j, struct iv_screened *s,
                                struct iv_error *err)
{
    struct iv_spans sentences = {0};
    enum iv_code rc = iv_text_sentences(s->text, &sentences, err);

    for (size_t i = 0; i < sentences.n && !rc; i++)
        rc = blank_one(j, s, sentences.items[i], err);
    iv_spans_release(&sentences);
    return rc;
}

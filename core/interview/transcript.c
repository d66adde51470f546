/* transcript.c - a transcript from elsewhere becomes turns. */
#include "interview/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

enum iv_code iv_turn_list_add(struct iv_turn_list *l, enum iv_speaker who, const char *text,
                              size_t len, struct iv_turn **out, struct iv_error *err)
{
    char *raw, *clean;
    struct iv_turn *t;

    *out = NULL;
    if (len > IV_TURN_MAX_BYTES)
        return iv_fail(err, IV_E_DATA, "transcript: turn %zu has %zu bytes, at most %u are taken",
                       l->n, len, IV_TURN_MAX_BYTES);
    if (l->n == IV_TRANSCRIPT_TURNS_MAX)
        return iv_fail(err, IV_E_DATA, "transcript: more than %d turns", IV_TRANSCRIPT_TURNS_MAX);
    raw = iv_strndup(text, len);
    clean = raw ? iv_text_clean(raw) : NULL;
    free(raw);
    if (!clean || iv_grow(&l->items, &l->cap, l->n + 1, sizeof *l->items)) {
        free(clean);
        return iv_fail(err, IV_E_NOMEM, "transcript: out of memory");
    }
    if (!*clean) {
        free(clean);
        return IV_OK;
    }
    t = &l->items[l->n];
    *t = (struct iv_turn){.number = (int64_t)l->n,
                          .speaker = who,
                          .kind = who == IV_CANDIDATE ? IV_TURN_ANSWER : IV_TURN_QUESTION,
                          .text = clean,
                          .confidence = -1};
    l->n++;
    *out = t;
    return IV_OK;
}

static bool looks_like_json(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    return i < len && (text[i] == '{' || text[i] == '[');
}

static bool has_answer(const struct iv_turn_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].speaker == IV_CANDIDATE)
            return true;
    return false;
}

enum iv_code iv_transcript_parse(const char *text, size_t len, struct iv_session *session,
                                 struct iv_turn **turns, size_t *n, struct iv_error *err)
{
    struct iv_turn_list l = {0};
    enum iv_code rc;

    *turns = NULL;
    *n = 0;
    if (len > IV_TRANSCRIPT_MAX_BYTES)
        return iv_fail(err, IV_E_TOO_LARGE, "transcript: %zu bytes, at most %u are taken", len,
                       IV_TRANSCRIPT_MAX_BYTES);
    if (!iv_utf8_valid(text, len))
        return iv_fail(err, IV_E_DATA, "transcript: not valid UTF-8");
    rc = looks_like_json(text, len) ? iv_transcript_json(text, len, session, &l, err)
                                    : iv_transcript_lines(text, len, &l, err);
    if (!rc && !has_answer(&l))
        rc = iv_fail(err, IV_E_DATA, "transcript: no line or turn of a candidate");
    if (rc) {
        iv_turns_free(l.items, l.n);
        return rc;
    }
    *turns = l.items;
    *n = l.n;
    return IV_OK;
}

/* score_comment.c - may a comment of a language model be shown? Blunt on purpose: without it the level and its quotes remain. */
#include "interview/guard.h"
#include "interview/score_model.h"

static const char *found_in(const iv_json *prompts, const iv_answer_text *a)
{
    if (iv_find_any(a, iv_json_get(iv_json_get(prompts, "scoring"), "person"), NULL))
        return "person";
    if (iv_find_any(a, iv_json_get(prompts, "role"), NULL))
        return iv_guard_stop_name(IV_GUARD_ROLE);
    if (iv_find_any(a, iv_json_get(prompts, "leaks"), NULL))
        return iv_guard_stop_name(IV_GUARD_LEAKS);
    return NULL;
}

const char *iv_comment_problem(const iv_json *prompts, const struct legal *legal, enum iv_lang lang,
                               const char *text, size_t max_chars)
{
    iv_answer_text *a = NULL;
    const char *why;

    if (iv_text_is_blank(text))
        return iv_guard_stop_name(IV_GUARD_EMPTY);
    if (iv_utf8_chars(text) > max_chars)
        return iv_guard_stop_name(IV_GUARD_TOO_LONG);
    if (iv_guard_has_markup(text))
        return iv_guard_stop_name(IV_GUARD_MARKUP);
    if (iv_guard_is_foreign(lang, text))
        return iv_guard_stop_name(IV_GUARD_LANGUAGE);
    if (iv_legal_touches(legal, text, lang, NULL, NULL))
        return iv_guard_stop_name(IV_GUARD_FORBIDDEN);
    if (iv_answer_text_new(text, lang, &a, NULL))
        return iv_guard_stop_name(IV_GUARD_BROKEN);
    why = found_in(prompts, a);
    iv_answer_text_free(a);
    return why;
}

/* spec_json.c - what an interview is asked to be, from the object that a client sends. */
#include <stdio.h>
#include <string.h>

#include "iv/operations.h"

static enum iv_code copy(const iv_json *body, const char *key, char *to, size_t size,
                         struct iv_error *err)
{
    const char *value = NULL;
    bool found;
    enum iv_code rc = iv_json_need_str(body, key, 0, size - 1, &value, &found, err);

    if (rc || !found)
        return rc;
    if (strlen(value) >= size)
        return iv_fail(err, IV_E_USAGE, "Invalid %s. Must be at most %zu bytes", key, size - 1);
    snprintf(to, size, "%s", value);
    return IV_OK;
}

static enum iv_code read_words(const iv_json *body, struct iv_session_spec *out,
                               struct iv_error *err)
{
    const char *type = iv_json_get_str(body, "interview_type", NULL),
               *language = iv_json_get_str(body, "language", NULL),
               *difficulty = iv_json_get_str(body, "difficulty", NULL);
    enum iv_code rc = type ? iv_type_parse(type, &out->type, err) : IV_OK;

    if (!rc && language)
        rc = iv_language_parse(language, &out->lang, err);
    if (!rc && difficulty)
        rc = iv_difficulty_parse(difficulty, &out->difficulty, err);
    return rc;
}

static enum iv_code read_numbers(const iv_json *body, struct iv_session_spec *out,
                                 struct iv_error *err)
{
    int64_t n;
    bool found;
    enum iv_code rc = iv_json_need_int(body, "duration_minutes", IV_SESSION_MIN_MINUTES,
                                       IV_SESSION_MAX_MINUTES, &n, &found, err);

    if (!rc && found)
        out->duration_minutes = (int)n;
    if (!rc)
        rc = iv_json_need_int(body, "seed", 0, INT64_C(1) << 53, &n, &found, err);
    if (!rc && found) {
        out->seed = (uint64_t)n;
        out->has_seed = true;
    }
    return rc;
}

enum iv_code iv_spec_from_json(const iv_json *body, struct iv_session_spec *out,
                               struct iv_error *err)
{
    const struct {
        const char *key;
        char *to;
        size_t size;
    } texts[] = {{"user_id", out->user_id, sizeof out->user_id},
                 {"persona", out->persona, sizeof out->persona},
                 {"voice", out->voice, sizeof out->voice},
                 {"avatar", out->avatar, sizeof out->avatar},
                 {"role", out->role, sizeof out->role},
                 {"question_set", out->question_set, sizeof out->question_set}};
    enum iv_code rc = IV_OK;

    iv_session_spec_init(out);
    for (size_t i = 0; i < IV_LEN(texts) && !rc; i++)
        rc = copy(body, texts[i].key, texts[i].to, texts[i].size, err);
    if (!rc)
        rc = read_words(body, out, err);
    if (!rc)
        rc = read_numbers(body, out, err);
    return rc ? rc : iv_session_spec_check(out, err);
}

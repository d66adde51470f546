/* transcript_json.c - `session export`, GET .../transcript, a report, or {session, turns}: whatever has a list of turns. */
#include <stdio.h>
#include <string.h>

#include "interview/transcript.h"
#include "iv/clock.h"

#define TIME_MAX_MS (48ll * 3600 * 1000)

static bool kind_of(const char *name, enum iv_turn_kind *out)
{
    static const char *const kinds[] = {"greeting", "question", "probe",
                                        "answer",   "remark",   "closing"};

    for (unsigned i = 0; i < IV_LEN(kinds); i++)
        if (!strcmp(kinds[i], name)) {
            *out = (enum iv_turn_kind)i;
            return true;
        }
    return false;
}

static int64_t time_in(const iv_json *j, const char *key)
{
    int64_t ms = iv_json_get_int(j, key, 0);

    return ms < 0 || ms > TIME_MAX_MS ? 0 : ms;
}

static enum iv_code take_words(const iv_json *words, struct iv_turn *t, struct iv_error *err)
{
    struct iv_buf b = IV_BUF_INIT(IV_TRANSCRIPT_MAX_BYTES);
    enum iv_code rc;

    if (iv_json_type(words) != IV_JSON_ARRAY)
        return IV_OK;
    rc = iv_json_print(words, IV_JSON_COMPACT, &b, err);
    if (!rc)
        t->words_json = iv_buf_take(&b);
    iv_buf_release(&b);
    return rc;
}

static void copy_text(char *out, size_t size, const char *text)
{
    size_t n = iv_utf8_cut(text, strlen(text), size - 1);

    memcpy(out, text, n);
    out[n] = '\0';
}

static enum iv_code take_turn(const iv_json *j, struct iv_turn_list *l, struct iv_error *err)
{
    const char *text = iv_json_get_str(j, "text", NULL),
               *speaker = iv_json_get_str(j, "speaker", "");
    double confidence = iv_json_get_num(j, "confidence", -1);
    bool candidate = !strcmp(speaker, "candidate") || !strcmp(speaker, "user");
    struct iv_turn *t;
    enum iv_code rc;

    if (!text || (!candidate && strcmp(speaker, "interviewer") && strcmp(speaker, "assistant")))
        return iv_fail(
            err, IV_E_DATA,
            "transcript: turn %zu needs \"speaker\" (interviewer or candidate) and \"text\"", l->n);
    rc =
        iv_turn_list_add(l, candidate ? IV_CANDIDATE : IV_INTERVIEWER, text, strlen(text), &t, err);
    if (rc || !t)
        return rc;
    (void)kind_of(iv_json_get_str(j, "kind", ""), &t->kind);
    copy_text(t->question_id, sizeof t->question_id, iv_json_get_str(j, "question_id", ""));
    copy_text(t->source, sizeof t->source, iv_json_get_str(j, "source", ""));
    t->start_ms = time_in(j, "start_ms");
    t->end_ms = time_in(j, "end_ms");
    t->confidence = confidence >= 0 && confidence <= 1 ? (float)confidence : -1;
    return take_words(iv_json_get(j, "words"), t, err);
}

/* What the file says about its session replaces what the caller took for granted. */
static void take_session(const iv_json *j, struct iv_session *s)
{
    int64_t created = iv_time_parse(iv_json_get_str(j, "created_at", ""));

    (void)iv_lang_parse(iv_json_get_str(j, "language", ""), &s->spec.lang);
    (void)iv_type_parse(iv_json_get_str(j, "interview_type", ""), &s->spec.type, NULL);
    (void)iv_difficulty_parse(iv_json_get_str(j, "difficulty", ""), &s->spec.difficulty, NULL);
    (void)iv_status_parse(iv_json_get_str(j, "status", ""), &s->status, NULL);
    if (iv_session_id_valid(iv_json_get_str(j, "session_id", "")))
        copy_text(s->id, sizeof s->id, iv_json_get_str(j, "session_id", ""));
    if (*iv_json_get_str(j, "user_id", ""))
        copy_text(s->spec.user_id, sizeof s->spec.user_id, iv_json_get_str(j, "user_id", ""));
    if (created > 0)
        s->created_ms = created;
}

static const iv_json *turns_of(const iv_json *root)
{
    const iv_json *list = iv_json_get(root, "transcript");

    if (iv_json_type(root) == IV_JSON_ARRAY)
        return root;
    if (iv_json_type(list) == IV_JSON_OBJECT) /* the whole object of GET .../transcript inside */
        list = iv_json_get(list, "transcript");
    return iv_json_type(list) == IV_JSON_ARRAY ? list : iv_json_get(root, "turns");
}

enum iv_code iv_transcript_json(const char *text, size_t len, struct iv_session *s,
                                struct iv_turn_list *l, struct iv_error *err)
{
    iv_json *root = NULL;
    const iv_json *list;
    enum iv_code rc =
        iv_json_parse(text, len, IV_TRANSCRIPT_MAX_BYTES, &root, err) ? IV_E_DATA : IV_OK;

    list = turns_of(root);
    if (!rc && iv_json_type(list) != IV_JSON_ARRAY)
        rc = iv_fail(err, IV_E_DATA, "transcript: JSON without a list \"transcript\" or \"turns\"");
    if (!rc && iv_json_type(root) == IV_JSON_OBJECT) {
        take_session(root, s);
        take_session(iv_json_get(root, "session"), s);
    }
    for (const iv_json *j = iv_json_first(list); j && !rc; j = iv_json_next(j))
        rc = take_turn(j, l, err);
    iv_json_free(root);
    return rc;
}

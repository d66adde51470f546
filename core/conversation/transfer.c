/* transfer.c - a session as one file, and its transcript in the forms people use. */
#include <stdlib.h>
#include <string.h>

#include "conversation/engine.h"
#include "iv/alloc.h"
#include "iv/operations.h"

#define EXPORT_VERSION 1

static const char *const documents[] = {"state", "report", "result", "job", "resume"};
static const char *const kinds[] = {"greeting", "question", "probe", "answer", "remark", "closing"};

static iv_json *turn_json(const struct iv_turn *t)
{
    iv_json *j = iv_json_object(), *words = NULL;

    iv_json_set_int(j, "turn", t->number);
    iv_json_set_str(j, "speaker", t->speaker == IV_CANDIDATE ? "candidate" : "interviewer");
    iv_json_set_str(j, "kind", kinds[t->kind]);
    iv_json_set(j, "question_id", t->question_id[0] ? iv_json_str(t->question_id) : iv_json_null());
    iv_json_set_str(j, "text", t->text);
    iv_json_set_int(j, "start_ms", t->start_ms);
    iv_json_set_int(j, "end_ms", t->end_ms);
    iv_json_set_time(j, "timestamp", t->wall_ms);
    iv_json_set_num(j, "confidence", (double)t->confidence);
    iv_json_set_str(j, "source", t->source);
    if (t->words_json &&
        !iv_json_parse(t->words_json, strlen(t->words_json), 16u << 20, &words, NULL))
        iv_json_set(j, "words", words);
    return j;
}

enum iv_code iv_op_transcript(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                              struct iv_error *err)
{
    struct iv_turn *turns = NULL;
    struct iv_session s;
    size_t n = 0;
    iv_json *list;
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    (void)ctx;
    *out = NULL;
    if (!rc)
        rc = iv_store_turns(st, id, &turns, &n, err);
    if (rc)
        return rc;
    *out = iv_json_object();
    list = iv_json_array();
    for (size_t i = 0; i < n; i++)
        iv_json_append(list, turn_json(&turns[i]));
    iv_json_set_str(*out, "session_id", id);
    iv_json_set_str(*out, "language", iv_lang_code(s.spec.lang));
    iv_json_set(*out, "transcript", list);
    iv_turns_free(turns, n);
    return IV_OK;
}

static const char *speaker_name(enum iv_speaker who, enum iv_lang lang)
{
    static const char *const names[IV_LANG_COUNT][2] = {
        [IV_LANG_KO] = {"면접관", "지원자"},
        [IV_LANG_EN] = {"Interviewer", "Candidate"},
        [IV_LANG_JA] = {"面接官", "応募者"},
    };
    return names[lang][who == IV_CANDIDATE];
}

/* Who spoke when the language model failed; part of the record. */
static const char *fallback_note(const struct iv_turn *t, enum iv_lang lang)
{
    static const char *const notes[IV_LANG_COUNT] = {
        [IV_LANG_KO] = " [언어 모델이 응답하지 않아 내장 면접관이 말했습니다]",
        [IV_LANG_EN] = " [said by the built-in interviewer: the language model failed]",
        [IV_LANG_JA] = " [言語モデルが応答しなかったため、内蔵の面接官が話しました]",
    };
    return strcmp(t->source, "fallback") ? "" : notes[lang];
}

static void put_clock(struct iv_buf *b, int64_t ms, char point)
{
    iv_buf_addf(b, "%02d:%02d:%02d%c%03d", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                (int)(ms / 1000 % 60), point, (int)(ms % 1000));
}

/* A caption stays at least two seconds, so that a typed answer can be read. */
static int64_t caption_end(const struct iv_turn *t)
{
    return t->end_ms - t->start_ms < 2000 ? t->start_ms + 2000 : t->end_ms;
}

static void put_caption(struct iv_buf *b, const struct iv_turn *t, size_t i, bool vtt,
                        enum iv_lang lang)
{
    if (!vtt)
        iv_buf_addf(b, "%zu\n", i + 1);
    put_clock(b, t->start_ms, vtt ? '.' : ',');
    iv_buf_adds(b, " --> ");
    put_clock(b, caption_end(t), vtt ? '.' : ',');
    iv_buf_addf(b, "\n%s: %s\n\n", speaker_name(t->speaker, lang), t->text);
}

static void put_turn(struct iv_buf *b, const struct iv_turn *t, size_t i, const char *form,
                     enum iv_lang lang)
{
    if (!strcmp(form, "srt") || !strcmp(form, "vtt"))
        put_caption(b, t, i, form[0] == 'v', lang);
    else if (!strcmp(form, "md"))
        iv_buf_addf(b, "**%s** (%d:%02d): %s%s\n\n", speaker_name(t->speaker, lang),
                    (int)(t->start_ms / 60000), (int)(t->start_ms / 1000 % 60), t->text,
                    fallback_note(t, lang));
    else
        iv_buf_addf(b, "[%d:%02d] %s: %s%s\n", (int)(t->start_ms / 60000),
                    (int)(t->start_ms / 1000 % 60), speaker_name(t->speaker, lang), t->text,
                    fallback_note(t, lang));
}

enum iv_code iv_op_transcript_as(iv_ctx *ctx, iv_store *st, const char *id, const char *form,
                                 struct iv_buf *out, struct iv_error *err)
{
    struct iv_turn *turns = NULL;
    struct iv_session s;
    size_t n = 0;
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    (void)ctx;
    if (!rc)
        rc = iv_store_turns(st, id, &turns, &n, err);
    if (rc)
        return rc;
    if (!strcmp(form, "vtt"))
        iv_buf_adds(out, "WEBVTT\n\n");
    for (size_t i = 0; i < n; i++)
        put_turn(out, &turns[i], i, form, s.spec.lang);
    iv_turns_free(turns, n);
    return iv_buf_check(out, "transcript", err);
}

/* -- export -- */

static int add_event(void *arg, int64_t seq, const char *text)
{
    iv_json *event = NULL;

    (void)seq;
    if (!iv_json_parse(text, strlen(text), 16u << 20, &event, NULL))
        iv_json_append(arg, event);
    return 0;
}

static iv_json *documents_json(iv_store *st, const char *id)
{
    iv_json *all = iv_json_object(), *doc;

    for (size_t i = 0; i < IV_LEN(documents); i++)
        if (!iv_load_doc(st, id, documents[i], &doc, NULL))
            iv_json_set(all, documents[i], doc);
    return all;
}

/* Everything a session is, so that the import is the same session. */
static iv_json *facts_json(const struct iv_session *s)
{
    iv_json *j = iv_json_object();

    iv_json_set_int(j, "started_ms", s->started_ms);
    iv_json_set_int(j, "paused_ms", s->paused_ms);
    iv_json_set_int(j, "ended_ms", s->ended_ms);
    iv_json_set_int(j, "expires_ms", s->expires_ms);
    iv_json_set_int(j, "active_ms", s->active_ms);
    iv_json_set_int(j, "resumed_ms", s->resumed_ms);
    iv_json_set_int(j, "response_ms_sum", s->response_ms_sum);
    iv_json_set_int(j, "response_ms_n", s->response_ms_n);
    iv_json_set_int(j, "latency_ms_sum", s->latency_ms_sum);
    iv_json_set_int(j, "latency_ms_n", s->latency_ms_n);
    iv_json_set_int(j, "created_ms", s->created_ms);
    iv_json_set_int(j, "seed", (int64_t)s->spec.seed);
    iv_json_set_str(j, "persona", s->spec.persona);
    iv_json_set_str(j, "voice", s->spec.voice);
    iv_json_set_str(j, "avatar", s->spec.avatar);
    iv_json_set_str(j, "role", s->spec.role);
    iv_json_set_str(j, "question_set", s->spec.question_set);
    iv_json_set_int(j, "duration_minutes", s->spec.duration_minutes);
    iv_json_set_bool(j, "record", s->spec.record);
    return j;
}

enum iv_code iv_op_export(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                          struct iv_error *err)
{
    struct iv_session s;
    iv_json *transcript = NULL, *events = iv_json_array();
    enum iv_code rc = iv_store_session_get(st, id, &s, err);

    *out = NULL;
    if (!rc)
        rc = iv_op_transcript(ctx, st, id, &transcript, err);
    if (!rc)
        rc = iv_store_events(st, id, 0, add_event, events, err);
    if (rc)
        goto out;
    *out = iv_json_object();
    iv_json_set_int(*out, "interviewctl_export", EXPORT_VERSION);
    iv_json_set(*out, "session", iv_session_json(&s, iv_wall_ms(iv_ctx_clock(ctx))));
    iv_json_set(*out, "facts", facts_json(&s));
    iv_json_set(*out, "transcript", iv_json_dup(iv_json_get(transcript, "transcript")));
    iv_json_set(*out, "events", events);
    events = NULL;
    iv_json_set(*out, "documents", documents_json(st, id));
out:
    iv_json_free(transcript);
    iv_json_free(events);
    return rc;
}

/* -- import: a file from anywhere -- */

static enum iv_code text_field(const iv_json *j, const char *key, char *to, size_t size,
                               struct iv_error *err)
{
    const char *text = iv_json_get_str(j, key, "");

    if (strlen(text) >= size)
        return iv_fail(err, IV_E_DATA, "import: %s is too long", key);
    memcpy(to, text, strlen(text) + 1);
    return IV_OK;
}

static enum iv_code read_spec(const iv_json *session, const iv_json *facts,
                              struct iv_session_spec *spec, struct iv_error *err)
{
    enum iv_code rc;

    iv_session_spec_init(spec);
    rc = text_field(session, "user_id", spec->user_id, sizeof spec->user_id, err);
    if (!rc)
        rc = iv_type_parse(iv_json_get_str(session, "interview_type", ""), &spec->type, err);
    if (!rc)
        rc =
            iv_difficulty_parse(iv_json_get_str(session, "difficulty", ""), &spec->difficulty, err);
    if (!rc && !iv_lang_parse(iv_json_get_str(session, "language", ""), &spec->lang))
        rc = iv_fail(err, IV_E_DATA, "import: language is not one of ko, en, ja");
    if (!rc)
        rc = text_field(facts, "persona", spec->persona, sizeof spec->persona, err);
    if (!rc)
        rc = text_field(facts, "voice", spec->voice, sizeof spec->voice, err);
    if (!rc)
        rc = text_field(facts, "avatar", spec->avatar, sizeof spec->avatar, err);
    if (!rc)
        rc = text_field(facts, "role", spec->role, sizeof spec->role, err);
    if (!rc)
        rc = text_field(facts, "question_set", spec->question_set, sizeof spec->question_set, err);
    spec->duration_minutes = (int)iv_json_get_int(facts, "duration_minutes", 30);
    spec->seed = (uint64_t)iv_json_get_int(facts, "seed", 0);
    spec->has_seed = true;
    spec->record = iv_json_get_bool(facts, "record", true);
    return rc ? rc : iv_session_spec_check(spec, err);
}

static enum iv_code read_session(const iv_json *file, struct iv_session *s, struct iv_error *err)
{
    const iv_json *session = iv_json_get(file, "session"), *facts = iv_json_get(file, "facts");
    const iv_json *meta = iv_json_get(session, "metadata");
    const char *id = iv_json_get_str(session, "session_id", "");
    struct iv_session_spec spec;
    enum iv_code rc;

    if (iv_json_get_int(file, "interviewctl_export", 0) != EXPORT_VERSION)
        return iv_fail(err, IV_E_DATA,
                       "import: not a file of session export (interviewctl_export 1)");
    if (!iv_session_id_valid(id))
        return iv_fail(err, IV_E_DATA, "import: session_id \"%.40s\" is not one", id);
    rc = read_spec(session, facts, &spec, err);
    if (rc)
        return rc == IV_E_USAGE ? IV_E_DATA : rc;
    iv_session_create(s, &spec, iv_json_get_int(facts, "created_ms", 0));
    memcpy(s->id, id, strlen(id) + 1);
    rc = iv_status_parse(iv_json_get_str(session, "status", ""), &s->status, err);
    s->started_ms = iv_json_get_int(facts, "started_ms", 0);
    s->paused_ms = iv_json_get_int(facts, "paused_ms", 0);
    s->ended_ms = iv_json_get_int(facts, "ended_ms", 0);
    s->expires_ms = iv_json_get_int(facts, "expires_ms", 0);
    s->active_ms = iv_json_get_int(facts, "active_ms", 0);
    s->resumed_ms = iv_json_get_int(facts, "resumed_ms", 0);
    s->response_ms_sum = iv_json_get_int(facts, "response_ms_sum", 0);
    s->response_ms_n = iv_json_get_int(facts, "response_ms_n", 0);
    s->latency_ms_sum = iv_json_get_int(facts, "latency_ms_sum", 0);
    s->latency_ms_n = iv_json_get_int(facts, "latency_ms_n", 0);
    s->message_count = iv_json_get_int(session, "message_count", 0);
    s->questions_asked = iv_json_get_int(meta, "questions_asked", 0);
    s->responses_received = iv_json_get_int(meta, "responses_received", 0);
    return rc == IV_E_USAGE ? IV_E_DATA : rc;
}

static bool kind_of(const char *name, enum iv_turn_kind *out)
{
    for (size_t i = 0; i < IV_LEN(kinds); i++)
        if (!strcmp(name, kinds[i])) {
            *out = (enum iv_turn_kind)i;
            return true;
        }
    return false;
}

static enum iv_code read_turn(const iv_json *j, int64_t number, struct iv_turn *t,
                              struct iv_error *err)
{
    const char *text = iv_json_get_str(j, "text", NULL);
    int64_t wall = iv_time_parse(iv_json_get_str(j, "timestamp", ""));
    enum iv_code rc;

    *t = (struct iv_turn){.number = number,
                          .speaker = strcmp(iv_json_get_str(j, "speaker", ""), "candidate")
                                         ? IV_INTERVIEWER
                                         : IV_CANDIDATE,
                          .start_ms = iv_json_get_int(j, "start_ms", 0),
                          .end_ms = iv_json_get_int(j, "end_ms", 0),
                          .wall_ms = wall < 0 ? 0 : wall,
                          .confidence = (float)iv_json_get_num(j, "confidence", 1)};
    if (!text || iv_json_get_int(j, "turn", -1) != number ||
        !kind_of(iv_json_get_str(j, "kind", ""), &t->kind))
        return iv_fail(err, IV_E_DATA, "import: turn %lld is not whole", (long long)number);
    rc = text_field(j, "question_id", t->question_id, sizeof t->question_id, err);
    if (!rc)
        rc = text_field(j, "source", t->source, sizeof t->source, err);
    t->text = iv_strdup(text);
    if (!rc && iv_json_get(j, "words"))
        rc = iv_json_text(iv_json_get(j, "words"), &t->words_json, NULL, err);
    return rc || t->text ? rc : iv_fail(err, IV_E_NOMEM, "import: out of memory");
}

struct parts {
    struct iv_turn *turns;
    size_t n_turns;
    char **events;
    size_t n_events;
    struct iv_doc docs[IV_LEN(documents)];
    size_t n_docs;
};

static void parts_release(struct parts *p)
{
    iv_turns_free(p->turns, p->n_turns);
    for (size_t i = 0; i < p->n_events; i++)
        free(p->events[i]);
    free(p->events);
    for (size_t i = 0; i < p->n_docs; i++)
        free((char *)(uintptr_t)p->docs[i].text);
}

static enum iv_code read_parts(const iv_json *file, struct parts *p, struct iv_error *err)
{
    const iv_json *turns = iv_json_get(file, "transcript"), *events = iv_json_get(file, "events");
    enum iv_code rc = IV_OK;
    char *text;

    p->turns = iv_alloc_array(iv_json_len(turns), sizeof *p->turns);
    p->events = iv_alloc_array(iv_json_len(events), sizeof *p->events);
    if (!p->turns || !p->events)
        return iv_fail(err, IV_E_NOMEM, "import: out of memory");
    for (const iv_json *j = iv_json_first(turns); j && !rc; j = iv_json_next(j)) {
        rc = read_turn(j, (int64_t)p->n_turns, &p->turns[p->n_turns], err);
        p->n_turns++;
    }
    for (const iv_json *j = iv_json_first(events); j && !rc; j = iv_json_next(j))
        rc = iv_json_text(j, &p->events[p->n_events++], NULL, err);
    for (size_t i = 0; i < IV_LEN(documents) && !rc; i++) {
        const iv_json *doc = iv_json_get(iv_json_get(file, "documents"), documents[i]);

        if (!doc)
            continue;
        rc = iv_json_text(doc, &text, &p->docs[p->n_docs].len, err);
        p->docs[p->n_docs].name = documents[i];
        p->docs[p->n_docs++].text = text;
    }
    return rc;
}

enum iv_code iv_op_import_check(const iv_json *file, struct iv_error *err)
{
    struct iv_session s;
    struct parts p = {0};
    enum iv_code rc = read_session(file, &s, err);

    if (!rc)
        rc = read_parts(file, &p, err);
    parts_release(&p);
    return rc;
}

enum iv_code iv_op_import(iv_ctx *ctx, iv_store *st, const iv_json *file, iv_json **out,
                          struct iv_error *err)
{
    struct iv_session s;
    struct parts p = {0};
    struct iv_step step = {.session = &s};
    enum iv_code rc = read_session(file, &s, err);

    *out = NULL;
    if (!rc)
        rc = read_parts(file, &p, err);
    if (rc)
        goto out;
    step.turns = p.turns;
    step.n_turns = p.n_turns;
    step.events = (const char *const *)p.events;
    step.n_events = p.n_events;
    step.docs = p.docs;
    step.n_docs = p.n_docs;
    rc = iv_store_session_new_with(st, &step, 1 << 30, err);
    if (!rc)
        *out = iv_session_json(&s, iv_wall_ms(iv_ctx_clock(ctx)));
out:
    parts_release(&p);
    return rc;
}

/* test_conversation_operations.c - what users do with sessions, in every state of one. */
#include "conversation_world.h"

/* -- operations -- */

static void discard(iv_json *j)
{
    iv_json_free(j);
}

typedef enum iv_code operation(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                               struct iv_error *err);

static enum iv_code op_answer(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                              struct iv_error *err)
{
    struct iv_answer a = {.text = good_answer, .confidence = 1, .source = "typed"};

    return iv_op_answer(ctx, st, id, &a, out, err);
}

static enum iv_code op_report(iv_ctx *ctx, iv_store *st, const char *id, iv_json **out,
                              struct iv_error *err)
{
    return iv_op_report(ctx, st, id, NULL, out, err);
}

enum stage { CREATED, ACTIVE, PAUSED, ENDED, EXPIRED, UNKNOWN };
static const struct op {
    const char *name;
    operation *fn;
    enum iv_code codes[6]; /* by stage */
} ops[] = {
    {"get", iv_op_get, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"start",
     iv_op_start,
     {0, IV_E_SESSION_ALREADY_ACTIVE, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED,
      IV_E_SESSION_NOT_FOUND}},
    {"pause",
     iv_op_pause,
     {IV_E_STATE, 0, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_NOT_FOUND}},
    {"resume",
     iv_op_resume,
     {IV_E_STATE, IV_E_SESSION_ALREADY_ACTIVE, 0, IV_E_STATE, IV_E_SESSION_EXPIRED,
      IV_E_SESSION_NOT_FOUND}},
    {"ask",
     iv_op_ask,
     {0, 0, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_NOT_FOUND}},
    {"answer",
     op_answer,
     {0, 0, IV_E_STATE, IV_E_STATE, IV_E_SESSION_EXPIRED, IV_E_SESSION_NOT_FOUND}},
    {"end", iv_op_end, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"report", op_report, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"transcript", iv_op_transcript, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"export", iv_op_export, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
    {"delete", iv_op_delete, {0, 0, 0, 0, 0, IV_E_SESSION_NOT_FOUND}},
};

struct op_row {
    char name[64];
    const struct op *op;
    enum stage stage;
};

static void bring_to(struct world *w, enum stage stage)
{
    struct iv_error err;
    iv_json *out;

    if (stage == UNKNOWN)
        SET_TEXT(w->id, "sess_000000000000");
    if (stage == EXPIRED)
        iv_manual_clock_advance(&w->clock, 31 * MINUTE * 1000);
    if (stage != ACTIVE && stage != PAUSED && stage != ENDED)
        return;
    must(iv_op_start(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    if (stage == PAUSED) {
        must(iv_op_pause(w->ctx, w->store, w->id, &out, &err), &err);
        discard(out);
    }
    if (stage == ENDED) {
        must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
        discard(out);
    }
}

static void op_in_stage(void **state)
{
    const struct op_row *r = *state;
    struct iv_error err = {.text = ""};
    struct world w;
    iv_json *out = NULL;

    world_make(&w, "memory", 30);
    bring_to(&w, r->stage);
    assert_int_equal(r->op->fn(w.ctx, w.store, w.id, &out, &err), r->op->codes[r->stage]);
    if (r->op->codes[r->stage]) {
        assert_null(out);
        assert_non_null(strstr(err.text, w.id));
    } else {
        assert_non_null(out);
    }
    discard(out);
    world_drop(&w);
}

static void ending_again_tells_the_same(struct world *w)
{
    struct iv_buf a = IV_BUF_INIT(1 << 20), b = IV_BUF_INIT(1 << 20);
    struct iv_error err;
    iv_json *out;

    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_print(out, IV_JSON_COMPACT, &a, NULL);
    assert_string_equal(iv_json_get_str(out, "status", ""), "terminated");
    discard(out);
    iv_manual_clock_advance(&w->clock, 3600ll * 1000000);
    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    iv_json_print(out, IV_JSON_COMPACT, &b, NULL);
    discard(out);
    assert_string_equal(iv_buf_str(&a), iv_buf_str(&b));
    iv_buf_release(&a);
    iv_buf_release(&b);
}

static void nothing_said_has_no_score(struct world *w)
{
    struct iv_error err;
    const iv_json *feedback;
    iv_json *out;

    must(iv_op_end(w->ctx, w->store, w->id, &out, &err), &err);
    feedback = iv_json_get(out, "feedback");
    assert_int_equal(iv_json_type(iv_json_get(feedback, "overall_score")), IV_JSON_NULL);
    assert_true(strlen(iv_json_get_str(feedback, "comments", "")) > 5);
    discard(out);
}

static void ask_and_answer_by_commands(struct world *w)
{
    struct iv_error err;
    iv_json *out;
    char first[1024];

    must(iv_op_ask(w->ctx, w->store, w->id, &out, &err), &err);
    snprintf(first, sizeof first, "%s", iv_json_get_str(out, "question", ""));
    assert_true(strlen(first) > 5);
    discard(out);
    must(iv_op_ask(w->ctx, w->store, w->id, &out, &err), &err); /* asking again changes nothing */
    assert_string_equal(iv_json_get_str(out, "question", ""), first);
    discard(out);
    for (int i = 0; i < 3; i++) {
        must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
        assert_int_equal(iv_json_get_int(out, "turn", -1), 1 + 2 * i);
        assert_true(strlen(iv_json_get_str(out, "reply", "")) > 3);
        discard(out);
        iv_manual_clock_advance(&w->clock, 20 * 1000000);
    }
    check_turns(w);
    assert_replays(w);
}

static void wrong_requests_are_refused(struct world *w)
{
    struct iv_session_spec spec = spec_of(30);
    struct iv_answer empty = {.text = " ", .confidence = 1, .source = "typed"};
    struct iv_error err;
    iv_json *out;

    assert_int_equal(iv_op_stats(w->ctx, w->store, "year", NULL, &out, &err), IV_E_USAGE);
    assert_non_null(strstr(err.text, "\"year\": must be one of today, week, month, all"));
    assert_int_equal(iv_op_answer(w->ctx, w->store, w->id, &empty, &out, &err), IV_E_USAGE);
    spec.duration_minutes = 4;
    assert_int_equal(iv_op_create(w->ctx, w->store, &spec, &out, &err), IV_E_USAGE);
    spec.duration_minutes = 30;
    SET_TEXT(spec.question_set, "/none/such.yaml");
    assert_int_equal(iv_op_create(w->ctx, w->store, &spec, &out, &err), IV_E_NOT_FOUND);
    spec.question_set[0] = '\0';
    for (int i = 0; i < 4; i++) {
        must(iv_op_create(w->ctx, w->store, &spec, &out, &err), &err);
        discard(out);
    }
    assert_int_equal(iv_op_create(w->ctx, w->store, &spec, &out, &err), IV_E_SESSION_LIMIT);
    assert_null(out);
}

static void forms_of_a_transcript(struct world *w)
{
    static const char *const forms[][2] = {
        {"text", "[0:00] Interviewer: "},
        {"md", "**Candidate** (0:00): I led"},
        {"srt", "1\n00:00:00,000 --> 00:00:02,000\nInterviewer: "},
        {"vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nInterviewer: "}};
    struct iv_error err;
    iv_json *out;

    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    for (size_t i = 0; i < IV_LEN(forms); i++) {
        struct iv_buf b = IV_BUF_INIT(1 << 20);

        must(iv_op_transcript_as(w->ctx, w->store, w->id, forms[i][0], &b, &err), &err);
        assert_non_null(strstr(iv_buf_str(&b), forms[i][1]));
        assert_non_null(strstr(iv_buf_str(&b), good_answer));
        iv_buf_release(&b);
    }
}

static void export_comes_back_equal(struct world *w)
{
    struct iv_buf a = IV_BUF_INIT(8 << 20), b = IV_BUF_INIT(8 << 20);
    struct iv_error err;
    iv_json *file, *out;

    run_script(w, 33);
    iv_conversation_close(w->c);
    w->c = NULL;
    must(iv_op_export(w->ctx, w->store, w->id, &file, &err), &err);
    iv_json_print(file, IV_JSON_COMPACT, &a, NULL);
    assert_int_equal(iv_op_import(w->ctx, w->store, file, &out, &err), IV_E_STATE);
    must(iv_op_delete(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_import(w->ctx, w->store, file, &out, &err), &err);
    discard(out);
    discard(file);
    must(iv_op_export(w->ctx, w->store, w->id, &file, &err), &err);
    iv_json_print(file, IV_JSON_COMPACT, &b, NULL);
    discard(file);
    assert_string_equal(iv_buf_str(&a), iv_buf_str(&b));
    assert_replays(w);
    iv_buf_release(&a);
    iv_buf_release(&b);
}

static void open_session_travels_too(struct world *w)
{
    struct iv_error err;
    iv_json *file, *out;

    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_export(w->ctx, w->store, w->id, &file, &err), &err);
    must(iv_op_delete(w->ctx, w->store, w->id, &out, &err), &err);
    discard(out);
    must(iv_op_import(w->ctx, w->store, file, &out, &err), &err);
    discard(out);
    discard(file);
    must(op_answer(w->ctx, w->store, w->id, &out, &err), &err); /* it goes on where it was */
    assert_int_equal(iv_json_get_int(out, "turn", -1), 3);
    discard(out);
    check_turns(w);
}

static const struct bad_file {
    const char *name, *key, *value; /* JSON put in place of a member of the file; NULL: removed */
} bad_files[] = {
    {"a file without its mark is no export", "interviewctl_export", NULL},
    {"a file of another version is refused", "interviewctl_export", "2"},
    {"a file without a session is refused", "session", NULL},
    {"a session that is a list is refused", "session", "[]"},
    {"a transcript with a gap is refused", "transcript",
     "[{\"turn\":1,\"speaker\":\"candidate\",\"kind\":\"answer\",\"text\":\"x\"}]"},
    {"a turn without text is refused", "transcript",
     "[{\"turn\":0,\"speaker\":\"candidate\",\"kind\":\"answer\"}]"},
    {"a turn of an unknown kind is refused", "transcript",
     "[{\"turn\":0,\"speaker\":\"candidate\",\"kind\":\"song\",\"text\":\"x\"}]"},
};

static void bad_file(void **state)
{
    const struct bad_file *r = *state;
    struct iv_session s;
    struct iv_error err;
    struct world w;
    iv_json *file, *out, *value = NULL;

    world_make(&w, "memory", 30);
    must(op_answer(w.ctx, w.store, w.id, &out, &err), &err);
    discard(out);
    must(iv_op_export(w.ctx, w.store, w.id, &file, &err), &err);
    must(iv_op_delete(w.ctx, w.store, w.id, &out, &err), &err);
    discard(out);
    if (r->value) {
        must(iv_json_parse(r->value, strlen(r->value), 4096, &value, &err), &err);
        iv_json_set(file, r->key, value);
    } else {
        iv_json_remove(file, r->key);
    }
    assert_int_equal(iv_op_import(w.ctx, w.store, file, &out, &err), IV_E_DATA);
    assert_null(out);
    assert_int_equal(iv_store_session_get(w.store, w.id, &s, NULL), IV_E_SESSION_NOT_FOUND);
    discard(file);
    world_drop(&w);
}

static const struct talk talks[] = {
    {"ending again tells the same", ending_again_tells_the_same, "memory", 30},
    {"where nothing was said there is no score", nothing_said_has_no_score, "memory", 30},
    {"ask and answer by commands", ask_and_answer_by_commands, "memory", 30},
    {"wrong requests are refused", wrong_requests_are_refused, "memory", 30},
    {"a transcript has four forms", forms_of_a_transcript, "memory", 30},
    {"an export comes back equal", export_comes_back_equal, "sqlite", 30},
    {"an open session travels too", open_session_travels_too, "sqlite", 30},
};

int main(void)
{
    static const char *const stages[] = {"created", "active",  "paused",
                                         "ended",   "expired", "unknown"};
    static struct op_row rows[IV_LEN(ops)][IV_LEN(stages)];

    TABLE_ROWS(talk, talks);
    TABLE_ROWS(bad_file, bad_files);
    for (size_t i = 0; i < IV_LEN(ops); i++)
        for (size_t k = 0; k < IV_LEN(stages); k++) {
            struct op_row *r = &rows[i][k];

            *r = (struct op_row){.op = &ops[i], .stage = (enum stage)k};
            snprintf(r->name, sizeof r->name, "%s of a session that is %s", ops[i].name, stages[k]);
            table_add(r->name, op_in_stage, r);
        }
    return table_run("conversation_operations");
}

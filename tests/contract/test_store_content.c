/* test_store_content.c - what belongs to a session in every store: turns, events, documents; and text that is none. */
#include "store_place.h"

/* -- steps -- */

static void turns_come_back_whole(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_turn t[3] = {turn_of(0, "안녕하세요"), turn_of(1, "こんにちは"), turn_of(2, "")},
                   *rows;
    struct iv_step step = {.session = &s, .turns = t, .n_turns = 3};
    size_t n;

    t[1].words_json = (char *)(uintptr_t) "[[\"こんにちは\",0,900,0.5]]";
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(iv_store_turns(p->store, s.id, &rows, &n, NULL), IV_OK);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rows[i].number, i);
        assert_int_equal(rows[i].speaker, t[i].speaker);
        assert_int_equal(rows[i].kind, t[i].kind);
        assert_string_equal(rows[i].question_id, "q1");
        assert_string_equal(rows[i].text, t[i].text);
        assert_int_equal(rows[i].start_ms, t[i].start_ms);
        assert_int_equal(rows[i].end_ms, t[i].end_ms);
        assert_int_equal(rows[i].wall_ms, t[i].wall_ms);
        assert_true(rows[i].confidence == t[i].confidence);
        assert_string_equal(rows[i].source, "typed");
    }
    assert_null(rows[0].words_json);
    assert_string_equal(rows[1].words_json, t[1].words_json);
    iv_turns_free(rows, n);
}

static void turn_numbers_have_no_gaps(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_turn t = turn_of(0, "a");
    struct iv_step step = {.session = &s, .turns = &t, .n_turns = 1};
    struct iv_error err;

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(iv_store_step(p->store, &step, &err), IV_E_STATE); /* 0 again */
    assert_non_null(strstr(err.text, "the next one is 1"));
    t.number = 2;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_STATE);
    t.number = -1;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_STATE);
    t.number = 1;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(count_turns(p, s.id), 2);
}

static int count_event(void *arg, int64_t seq, const char *json)
{
    (void)json;
    assert_int_equal(seq, (*(int64_t *)arg)++);
    return 0;
}

static void failed_step_leaves_nothing(struct place *p)
{
    struct iv_session s = add(p, "u", T0), changed, got;
    struct iv_turn first = turn_of(0, "kept"), t[3];
    const char *events[] = {"{\"a\":1}", "{\"a\":2}"};
    struct iv_doc doc = {"state", "old", 3}, fresh[] = {{"state", "new", 3}, {"more", "x", 1}};
    struct iv_step step = {&s, &first, 1, events, 1, &doc, 1};
    struct iv_buf b = IV_BUF_INIT(100);
    int64_t seq = 0;

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    changed = s;
    changed.message_count = 77;
    t[0] = turn_of(1, "never");
    t[1] = turn_of(7, "wrong number");
    t[2] = turn_of(2, "never");
    step = (struct iv_step){&changed, t, 3, events, 2, fresh, 2};
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_STATE);
    assert_int_equal(count_turns(p, s.id), 1);
    assert_int_equal(iv_store_session_get(p->store, s.id, &got, NULL), IV_OK);
    assert_int_equal(got.message_count, 0);
    assert_int_equal(iv_store_events(p->store, s.id, 0, count_event, &seq, NULL), IV_OK);
    assert_int_equal(seq, 1);
    assert_int_equal(iv_store_doc_get(p->store, s.id, "state", &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), "old");
    assert_int_equal(iv_store_doc_get(p->store, s.id, "more", &b, NULL), IV_E_NOT_FOUND);
    iv_buf_release(&b);
    /* and the numbers go on where they were */
    t[1] = turn_of(2, "now");
    t[2] = turn_of(3, "now");
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_int_equal(count_turns(p, s.id), 4);
}

/* -- events -- */

static int stop_at_once(void *arg, int64_t seq, const char *json)
{
    (void)seq;
    (void)json;
    ++*(int *)arg;
    return 1;
}

struct from {
    int64_t first, n;
};

static int note_from(void *arg, int64_t seq, const char *json)
{
    struct from *f = arg;
    char expect[32];

    if (!f->n++)
        f->first = seq;
    snprintf(expect, sizeof expect, "{\"n\":%lld}", (long long)seq);
    assert_string_equal(json, expect);
    return 0;
}

static void events_keep_their_order(struct place *p)
{
    static const struct {
        int64_t from, first, n;
    } reads[] = {{0, 0, 30}, {29, 29, 1}, {30, -1, 0}, {12, 12, 18}, {-5, 0, 30}};
    struct iv_session s = add(p, "u", T0);
    char text[3][32];
    const char *events[3] = {text[0], text[1], text[2]};
    struct iv_step step = {.session = &s, .events = events, .n_events = 3};
    int calls = 0;

    for (int i = 0; i < 30; i += 3) {
        for (int k = 0; k < 3; k++)
            snprintf(text[k], sizeof text[k], "{\"n\":%d}", i + k);
        assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    }
    for (size_t i = 0; i < IV_LEN(reads); i++) {
        struct from f = {-1, 0};

        assert_int_equal(iv_store_events(p->store, s.id, reads[i].from, note_from, &f, NULL),
                         IV_OK);
        assert_int_equal(f.first, reads[i].first);
        assert_int_equal(f.n, reads[i].n);
    }
    assert_int_equal(iv_store_events(p->store, s.id, 0, stop_at_once, &calls, NULL), IV_OK);
    assert_int_equal(calls, 1);
}

/* -- documents -- */

static void assert_doc(struct place *p, const char *id, const char *name, const char *text)
{
    struct iv_buf b = IV_BUF_INIT(1000);

    assert_int_equal(iv_store_doc_get(p->store, id, name, &b, NULL), text ? IV_OK : IV_E_NOT_FOUND);
    if (text)
        assert_string_equal(iv_buf_str(&b), text);
    iv_buf_release(&b);
}

static void documents_are_put_and_replaced(struct place *p)
{
    struct iv_session s = add(p, "u", T0);

    assert_doc(p, s.id, "plan", NULL);
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "{}", 2, NULL), IV_OK);
    assert_doc(p, s.id, "plan", "{}");
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "면접", strlen("면접"), NULL), IV_OK);
    assert_int_equal(iv_store_doc_put(p->store, s.id, "report", "r", 1, NULL), IV_OK);
    assert_doc(p, s.id, "plan", "면접");
    assert_doc(p, s.id, "report", "r");
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "", 0, NULL), IV_OK);
    assert_doc(p, s.id, "plan", "");
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", NULL, 0, NULL), IV_OK);
    assert_doc(p, s.id, "plan", NULL);
    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", NULL, 0, NULL), IV_OK);
    assert_doc(p, s.id, "report", "r");
}

static void store_has_documents_of_its_own(struct place *p)
{
    struct iv_session s = add(p, "u", T0);

    assert_int_equal(iv_store_doc_put(p->store, "", "note", "own", 3, NULL), IV_OK);
    assert_doc(p, "", "note", "own");
    assert_doc(p, s.id, "note", NULL);
}

static void steps_change_documents(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_doc docs[] = {{"a", "1", 1}, {"b", "2", 1}},
                  later[] = {{"a", NULL, 0}, {"c", "3", 1}};
    struct iv_step step = {.session = &s, .docs = docs, .n_docs = 2};

    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    step.docs = later;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_OK);
    assert_doc(p, s.id, "a", NULL);
    assert_doc(p, s.id, "b", "2");
    assert_doc(p, s.id, "c", "3");
}

static void document_larger_than_the_buffer_is_told(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    struct iv_buf b = IV_BUF_INIT(4);

    assert_int_equal(iv_store_doc_put(p->store, s.id, "plan", "12345", 5, NULL), IV_OK);
    assert_int_equal(iv_store_doc_get(p->store, s.id, "plan", &b, NULL), IV_E_TOO_LARGE);
    iv_buf_release(&b);
}

/* -- text that is none -- */

#define BAD "\xc3\x28"

static void invalid_utf8_never_gets_in(struct place *p)
{
    struct iv_session good = add(p, "u", T0), s;
    struct iv_turn t = turn_of(0, "a");
    const char *event = "{\"a\":\"" BAD "\"}";
    struct iv_doc doc = {"state", BAD, 2}, named = {BAD, "x", 1};
    struct iv_step step = {.session = &good};
    char *const fields[] = {s.spec.user_id, s.spec.persona,      s.spec.voice, s.spec.avatar,
                            s.spec.role,    s.spec.question_set, s.id};

    for (size_t i = 0; i < IV_LEN(fields); i++) {
        s = session_of("u", T0);
        snprintf(fields[i], sizeof BAD, "%s", BAD);
        assert_int_equal(iv_store_session_new(p->store, &s, 1000, NULL), IV_E_USAGE);
    }
    s = good;
    SET_TEXT(s.spec.voice, BAD);
    assert_int_equal(iv_store_session_put(p->store, &s, NULL), IV_E_USAGE);
    step = (struct iv_step){.session = &good, .turns = &t, .n_turns = 1};
    t.text = (char *)(uintptr_t)BAD;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    t = turn_of(0, "a");
    t.words_json = (char *)(uintptr_t) "[\"" BAD "\"]";
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    t = turn_of(0, "a");
    SET_TEXT(t.question_id, BAD);
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    t = turn_of(0, "a");
    SET_TEXT(t.source, BAD);
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    step = (struct iv_step){.session = &good, .events = &event, .n_events = 1};
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    step = (struct iv_step){.session = &good, .docs = &doc, .n_docs = 1};
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    step.docs = &named;
    assert_int_equal(iv_store_step(p->store, &step, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_doc_put(p->store, good.id, "state", BAD, 2, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_doc_put(p->store, good.id, BAD, "x", 1, NULL), IV_E_USAGE);
    assert_int_equal(iv_store_doc_put(p->store, good.id, "state", "a\0b", 3, NULL), IV_E_USAGE);
    assert_int_equal(count_turns(p, good.id), 0);
}

static void random_bytes_never_get_in(struct place *p)
{
    struct iv_session s = add(p, "u", T0);
    uint32_t seed = 1;

    for (int i = 0; i < 10000; i++) {
        char bytes[12];
        enum iv_code rc;

        for (size_t k = 0; k < sizeof bytes; k++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[k] = (char)(seed >> 24);
        }
        rc = iv_utf8_valid(bytes, sizeof bytes) ? IV_OK : IV_E_USAGE;
        if (rc)
            assert_int_equal(iv_store_doc_put(p->store, s.id, "d", bytes, sizeof bytes, NULL), rc);
    }
    assert_doc(p, s.id, "d", NULL);
}

static const struct promise promises[] = {
    {"turns come back whole", turns_come_back_whole, NULL},
    {"turn numbers have no gaps", turn_numbers_have_no_gaps, NULL},
    {"a failed step leaves nothing", failed_step_leaves_nothing, NULL},
    {"events keep their order", events_keep_their_order, NULL},
    {"documents are put, replaced and deleted", documents_are_put_and_replaced, NULL},
    {"the store has documents of its own", store_has_documents_of_its_own, NULL},
    {"steps change documents", steps_change_documents, NULL},
    {"a document larger than the buffer is told", document_larger_than_the_buffer_is_told, NULL},
    {"invalid UTF-8 never gets in", invalid_utf8_never_gets_in, NULL},
    {"10000 random texts never get in", random_bytes_never_get_in, NULL},
};

int main(void)
{
    add_promises(promises, IV_LEN(promises));
    return table_run("store_content");
}

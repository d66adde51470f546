/* Transcripts from elsewhere: lines in three languages, JSON, and hostile input. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "iv/score.h"

struct row {
    const char *name, *text;
    enum iv_code code;
    size_t n;
    const char *last; /* text of the last turn */
};

static const struct row rows[] = {
    {"English names", "Interviewer: Why?\nCandidate: Because it is fast.\n", IV_OK, 2,
     "Because it is fast."},
    {"Q and A", "Q: Why?\nA: Because.\n", IV_OK, 2, "Because."},
    {"Korean names", "면접관: 왜요?\n지원자: 빠르니까요.", IV_OK, 2, "빠르니까요."},
    {"Japanese names with a wide colon", "面接官：なぜですか。\n応募者：速いからです。", IV_OK, 2,
     "速いからです。"},
    {"lines go on", "candidate: one\ntwo\nthree\n", IV_OK, 1, "one\ntwo\nthree"},
    {"Markdown stars", "**Interviewer:** Why?\n**Candidate:** So.\n", IV_OK, 2, "So."},
    {"Windows line ends", "Q: Why?\r\nA: Because.\r\n", IV_OK, 2, "Because."},
    {"a title before the first speaker is left out", "Interview of Monday\n\nQ: Why?\nA: So.\n",
     IV_OK, 2, "So."},
    {"a word with a colon is no speaker", "A: Note: this is text.\n", IV_OK, 1,
     "Note: this is text."},
    {"an empty answer is no turn", "Q: Why?\nA:\nA: So.\n", IV_OK, 2, "So."},
    {"JSON of an export",
     "{\"session\":{\"language\":\"en\"},\"transcript\":[{\"turn\":0,\"speaker\":\"interviewer\","
     "\"text\":\"Why?\"},{\"turn\":1,\"speaker\":\"candidate\",\"text\":\"So.\"}]}",
     IV_OK, 2, "So."},
    {"JSON with turns", "{\"turns\":[{\"speaker\":\"candidate\",\"text\":\"So.\"}]}", IV_OK, 1,
     "So."},
    {"a bare array", "[{\"speaker\":\"candidate\",\"text\":\"So.\"}]", IV_OK, 1, "So."},
    {"nothing", "", IV_E_DATA, 0, NULL},
    {"no speaker", "just words\n", IV_E_DATA, 0, NULL},
    {"nobody answers", "Q: Why?\n", IV_E_DATA, 0, NULL},
    {"JSON without turns", "{\"a\":1}", IV_E_DATA, 0, NULL},
    {"turns that are no list", "{\"turns\":5}", IV_E_DATA, 0, NULL},
    {"a turn without text", "[{\"speaker\":\"candidate\"}]", IV_E_DATA, 0, NULL},
    {"an unknown speaker", "[{\"speaker\":\"cat\",\"text\":\"m\"}]", IV_E_DATA, 0, NULL},
    {"broken JSON", "{\"turns\":[", IV_E_DATA, 0, NULL},
    {"bytes that are not UTF-8", "A: \xff\xfe\n", IV_E_DATA, 0, NULL},
};

static enum iv_code parse(const char *text, size_t len, struct iv_session *s,
                          struct iv_turn **turns, size_t *n)
{
    memset(s, 0, sizeof *s);
    iv_session_spec_init(&s->spec);
    return iv_transcript_parse(text, len, s, turns, n, NULL);
}

static void form(void **state)
{
    const struct row *r = *state;
    struct iv_turn *turns = NULL;
    struct iv_session s;
    size_t n = 0;

    assert_int_equal(parse(r->text, strlen(r->text), &s, &turns, &n), r->code);
    assert_int_equal(n, r->n);
    if (r->last)
        assert_string_equal(turns[n - 1].text, r->last);
    iv_turns_free(turns, n);
}

static void json_keeps_what_it_says(void **state)
{
    static const char text[] =
        "{\"session_id\":\"sess_abc123def456\",\"language\":\"ja\",\"interview_type\":"
        "\"behavioral\",\"difficulty\":\"hard\",\"turns\":["
        "{\"speaker\":\"interviewer\",\"kind\":\"probe\",\"question_id\":\"q1\",\"text\":\"?\","
        "\"start_ms\":5,\"end_ms\":9},"
        "{\"speaker\":\"candidate\",\"kind\":\"answer\",\"question_id\":\"q1\",\"text\":\"はい。\","
        "\"start_ms\":10,\"end_ms\":20,\"confidence\":0.5,"
        "\"words\":[[\"はい\",0,10,0.5]]}]}";
    struct iv_turn *t = NULL;
    struct iv_session s;
    size_t n = 0;

    (void)state;
    assert_int_equal(parse(text, sizeof text - 1, &s, &t, &n), IV_OK);
    assert_int_equal(s.spec.lang, IV_LANG_JA);
    assert_int_equal(s.spec.type, IV_TYPE_BEHAVIORAL);
    assert_int_equal(s.spec.difficulty, IV_HARD);
    assert_string_equal(s.id, "sess_abc123def456");
    assert_int_equal(t[0].kind, IV_TURN_PROBE);
    assert_string_equal(t[1].question_id, "q1");
    assert_int_equal(t[1].start_ms, 10);
    assert_true(t[1].confidence == 0.5f);
    assert_non_null(t[1].words_json);
    iv_turns_free(t, n);
}

static void too_many_turns_are_refused(void **state)
{
    struct iv_buf b = IV_BUF_INIT(1u << 20);
    struct iv_turn *t = NULL;
    struct iv_session s;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 5000; i++)
        iv_buf_adds(&b, "A: x\n");
    assert_int_equal(parse(iv_buf_str(&b), b.len, &s, &t, &n), IV_E_DATA);
    assert_null(t);
    iv_buf_release(&b);
}

static void too_long_a_turn_is_refused(void **state)
{
    struct iv_buf b = IV_BUF_INIT(1u << 20);
    struct iv_turn *t = NULL;
    struct iv_session s;
    size_t n = 0;

    (void)state;
    iv_buf_adds(&b, "A: ");
    for (int i = 0; i < 20000; i++)
        iv_buf_adds(&b, "word ");
    assert_int_equal(parse(iv_buf_str(&b), b.len, &s, &t, &n), IV_E_DATA);
    iv_buf_release(&b);
}

static void a_report_can_be_scored_again(void **state)
{
    static const char text[] = "Q: Why is a cache fast?\nA: First it keeps data in memory, because "
                               "memory is quick. For example we saved 30 percent.\n";
    struct iv_score_input in;
    struct iv_session s;
    struct iv_turn *t = NULL, *again = NULL;
    iv_json *a = NULL, *b = NULL;
    struct iv_buf pa = IV_BUF_INIT(1u << 20), pb = IV_BUF_INIT(1u << 20);
    size_t n = 0, m = 0;

    (void)state;
    assert_int_equal(parse(text, sizeof text - 1, &s, &t, &n), IV_OK);
    s.spec.lang = IV_LANG_EN;
    in = (struct iv_score_input){.session = &s, .turns = t, .n_turns = n};
    assert_int_equal(iv_score(NULL, &in, &a, NULL), IV_OK);
    assert_int_equal(iv_json_print(a, IV_JSON_COMPACT, &pa, NULL), IV_OK);
    assert_int_equal(parse(iv_buf_str(&pa), pa.len, &s, &again, &m), IV_OK);
    in.turns = again;
    in.n_turns = m;
    assert_int_equal(iv_score(NULL, &in, &b, NULL), IV_OK);
    assert_int_equal(iv_json_print(b, IV_JSON_COMPACT, &pb, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&pa), iv_buf_str(&pb));
    iv_turns_free(t, n);
    iv_turns_free(again, m);
    iv_json_free(a);
    iv_json_free(b);
    iv_buf_release(&pa);
    iv_buf_release(&pb);
}

#define PLAIN(f)                                                                                   \
    tests[n++] = (struct CMUnitTest)                                                               \
    {                                                                                              \
        .name = #f, .test_func = f                                                                 \
    }

int main(void)
{
    struct CMUnitTest tests[IV_LEN(rows) + 8];
    size_t n = 0;

    for (; n < IV_LEN(rows); n++)
        tests[n] = (struct CMUnitTest){
            .name = rows[n].name, .test_func = form, .initial_state = (void *)(uintptr_t)&rows[n]};
    PLAIN(json_keeps_what_it_says);
    PLAIN(too_many_turns_are_refused);
    PLAIN(too_long_a_turn_is_refused);
    PLAIN(a_report_can_be_scored_again);
    return _cmocka_run_group_tests("transcript", tests, n, NULL, NULL);
}

/* verify: an untouched report holds; each single alteration is found and named. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "answer_sets.h"

#define ID "en-behavioral-easy-uneven-group"

static iv_json *good, *partial; /* partial: some points are missing */

static int make_report(void **state)
{
    iv_json *sets = answer_sets_load("en");

    (void)state;
    for (const iv_json *j = iv_json_first(iv_json_get(sets, "sets")); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "question", ""), ID)) {
            good = report_of_answer(ID, iv_json_get_str(j, "paraphrase", ""));
            partial = report_of_answer(ID, iv_json_get_str(j, "thin", ""));
        }
    iv_json_free(sets);
    return good && partial ? 0 : -1;
}

static int free_report(void **state)
{
    (void)state;
    iv_json_free(good);
    iv_json_free(partial);
    return 0;
}

/* "scores.0.level": a path into a report. */
static iv_json *node_at(iv_json *root, const char *path, char last[64])
{
    char copy[256], *rest, *part;
    const iv_json *j = root;

    snprintf(copy, sizeof copy, "%s", path);
    rest = strrchr(copy, '.');
    snprintf(last, 64, "%.63s", rest ? rest + 1 : copy);
    if (!rest)
        return root;
    *rest = '\0';
    for (part = strtok(copy, "."); part; part = strtok(NULL, "."))
        j = part[0] >= '0' && part[0] <= '9' ? iv_json_at(j, strtoul(part, NULL, 10))
                                             : iv_json_get(j, part);
    return (iv_json *)(uintptr_t)j;
}

struct change {
    const char *path;
    const char *text; /* NULL: number */
    double number;
    const char *named; /* stands in the error */
};

static const struct change changes[] = {
    {"scores.0.evidence.0.quote", "I never said this.", 0, "I never said this."},
    {"scores.0.evidence.0.turn", NULL, 0, "quote"},
    {"scores.0.evidence.0.turn", NULL, 7, "no turn 7"},
    {"scores.0.evidence.0.start_ms", NULL, 1, "start_ms"},
    {"questions.0.covered.0.quote", "Neither this.", 0, "Neither this."},
    {"star.0.action.quote", "Nor that.", 0, "Nor that."},
    {"transcript.1.text", "Another text altogether.", 0, "quote"},
    {"feedback.overall_score", NULL, 9.9, "overall_score"},
    {"feedback.communication", NULL, 1, "communication"},
    {"feedback.problem_solving", NULL, 8, "problem_solving"},
    {"overall.score", NULL, 9.9, "overall"},
    {"overall.parts.0.score", NULL, 1, "overall"},
    {"overall.parts.0.weight", NULL, 1, "overall"},
    {"overall.text", "(10 x 1) / 1 = 10", 0, "overall"},
    {"dimensions.0.score", NULL, 1, "communication"},
    {"dimensions.0.parts.0.score", NULL, 1, "communication"},
    {"dimensions.0.parts.0.weight", NULL, 9, "communication"},
    {"dimensions.0.text", "= 10", 0, "communication"},
    {"scores.0.level", NULL, 1, "level"},
    {"scores.0.score", NULL, 0.5, "score"},
    {"scores.0.anchor", "Walks on water.", 0, "anchor"},
    {"scores.0.name", "Magic", 0, "name"},
    {"scores.0.arithmetic.measure", NULL, 0.1, "does not add up"},
    {"scores.0.arithmetic.score", NULL, 0.1, "does not add up"},
    {"scores.0.arithmetic.parts.0.measure", NULL, 0.1, "measure"},
    {"scores.0.arithmetic.text", "= 10", 0, "does not add up"},
    {"questions.0.level", NULL, 1, "level"},
    {"questions.0.score", NULL, 0.1, "score"},
    {"questions.0.arithmetic.parts.0.value", NULL, 0.1, "does not add up"},
    {"questions.0.arithmetic.parts.0.weight", NULL, 0.1, "does not add up"},
    {"questions.0.arithmetic.parts.0.product", NULL, 0.1, "does not add up"},
    {"questions.0.arithmetic.text", "= 10", 0, "does not add up"},
    {"questions.0.clarity.parts.0.value", NULL, 0.1, "clarity"},
    {"delivery.filler_count", NULL, 99, "fillers"},
};

static void one_change_is_found(void **state)
{
    const struct change *c = *state;
    iv_json *report = iv_json_dup(good), *at;
    struct iv_error err = {0};
    char last[64];

    at = node_at(report, c->path, last);
    assert_non_null(iv_json_get(at, last));
    if (c->text)
        iv_json_set_str(at, last, c->text);
    else
        iv_json_set_num(at, last, c->number);
    assert_int_equal(iv_report_verify(report, NULL, 0, &err), IV_E_NO);
    if (!strstr(err.text, c->named))
        fail_msg("%s: %s", c->path, err.text);
    iv_json_free(report);
}

static void untouched_holds(void **state)
{
    struct iv_error err = {0};

    (void)state;
    if (iv_report_verify(good, NULL, 0, &err))
        fail_msg("%s", err.text);
}

static void holds_after_printing_and_reading(void **state)
{
    struct iv_buf b = IV_BUF_INIT(1u << 22);
    iv_json *again = NULL;

    (void)state;
    assert_int_equal(iv_json_print(good, IV_JSON_PRETTY, &b, NULL), IV_OK);
    assert_int_equal(iv_json_parse(iv_buf_str(&b), b.len, b.len, &again, NULL), IV_OK);
    assert_int_equal(iv_report_verify(again, NULL, 0, NULL), IV_OK);
    iv_json_free(again);
    iv_buf_release(&b);
}

static void every_quote_altered_is_found(void **state)
{
    size_t n = iv_json_len(iv_json_get(iv_json_at(iv_json_get(good, "scores"), 0), "evidence"));

    (void)state;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        iv_json *report = iv_json_dup(good);
        char path[64], last[64];
        iv_json *at;

        snprintf(path, sizeof path, "scores.0.evidence.%zu.quote", i);
        at = node_at(report, path, last);
        iv_json_set_str(at, last, "x y z");
        assert_int_equal(iv_report_verify(report, NULL, 0, NULL), IV_E_NO);
        iv_json_free(report);
    }
}

static void stored_turns_are_the_judge(void **state)
{
    const iv_json *said = iv_json_at(iv_json_get(good, "transcript"), 1);
    struct iv_turn t[2] = {
        {.number = 0,
         .speaker = IV_INTERVIEWER,
         .text = (char *)"?",
         .question_id = ID,
         .end_ms = 4000},
        {.number = 1,
         .speaker = IV_CANDIDATE,
         .text = (char *)(uintptr_t)iv_json_get_str(said, "text", ""),
         .question_id = ID,
         .start_ms = 5200,
         .end_ms = 65000},
    };

    (void)state;
    assert_int_equal(iv_report_verify(good, t, 2, NULL), IV_OK);
    assert_int_equal(iv_report_verify(good, t, 1, NULL), IV_E_NO);
    t[1].text = (char *)"Something else was said.";
    assert_int_equal(iv_report_verify(good, t, 2, NULL), IV_E_NO);
}

static void removed_parts_are_found(void **state)
{
    static const char *const paths[] = {"scores.0.arithmetic", "questions.0.arithmetic", "overall",
                                        "overall.parts", "dimensions.0.parts"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(paths); i++) {
        iv_json *report = iv_json_dup(good);
        char last[64];
        iv_json *at = node_at(report, paths[i], last);

        iv_json_remove(at, last);
        assert_int_equal(iv_report_verify(report, NULL, 0, NULL), IV_E_NO);
        iv_json_free(report);
    }
}

static void coverage_follows_from_the_points(void **state)
{
    iv_json *report = iv_json_dup(partial);
    struct iv_error err = {0};
    char last[64];

    (void)state;
    assert_int_equal(iv_report_verify(partial, NULL, 0, NULL), IV_OK);
    iv_json_set_int(node_at(report, "questions.0.covered.0.weight", last), "weight", 30);
    assert_int_equal(iv_report_verify(report, NULL, 0, &err), IV_E_NO);
    assert_non_null(strstr(err.text, "coverage"));
    iv_json_free(report);
}

static void no_report_is_bad_data(void **state)
{
    static const char *const bad[] = {"{}", "[]", "null", "{\"report_version\":1}",
                                      "{\"report_version\":2,\"transcript\":[]}"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(bad); i++) {
        iv_json *j = NULL;

        assert_int_equal(iv_json_parse(bad[i], strlen(bad[i]), 1000, &j, NULL), IV_OK);
        assert_int_equal(iv_report_verify(j, NULL, 0, NULL), IV_E_DATA);
        iv_json_free(j);
    }
}

#define PLAIN(f)                                                                                   \
    tests[n++] = (struct CMUnitTest)                                                               \
    {                                                                                              \
        .name = #f, .test_func = f                                                                 \
    }

int main(void)
{
    static char names[IV_LEN(changes)][128];
    struct CMUnitTest tests[IV_LEN(changes) + 8];
    size_t n = 0;

    for (; n < IV_LEN(changes); n++) {
        snprintf(names[n], sizeof names[n], "%s altered is found (%zu)", changes[n].path, n);
        tests[n] = (struct CMUnitTest){.name = names[n],
                                       .test_func = one_change_is_found,
                                       .initial_state = (void *)(uintptr_t)&changes[n]};
    }
    PLAIN(untouched_holds);
    PLAIN(holds_after_printing_and_reading);
    PLAIN(every_quote_altered_is_found);
    PLAIN(stored_turns_are_the_judge);
    PLAIN(removed_parts_are_found);
    PLAIN(coverage_follows_from_the_points);
    PLAIN(no_report_is_bad_data);
    return _cmocka_run_group_tests("verify", tests, n, make_report, free_report);
}

/* The forms of a report: what each must show, escaping, and the same bytes twice. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "answer_sets.h"
#include "interview/report.h"

#define EVIL                                                                                       \
    "First <script>alert('x')</script> & \"quotes\" | pipes, because # hash *stars* \033[31mred "  \
    "[link](http://x). For example we waited 3 days."

static iv_json *evil_report(enum iv_lang lang)
{
    struct iv_turn t[2] = {
        {.number = 0,
         .speaker = IV_INTERVIEWER,
         .kind = IV_TURN_QUESTION,
         .text = (char *)"Why <b>this</b> & that?",
         .start_ms = 0,
         .end_ms = 4000,
         .confidence = 1},
        {.number = 1,
         .speaker = IV_CANDIDATE,
         .kind = IV_TURN_ANSWER,
         .text = (char *)EVIL,
         .start_ms = 5000,
         .end_ms = 20000,
         .confidence = 1,
         .source = "speech"},
    };
    struct iv_session s = {.status = IV_SESSION_COMPLETED};
    struct iv_score_input in = {.session = &s, .turns = t, .n_turns = 2};
    iv_json *report = NULL;

    iv_session_spec_init(&s.spec);
    s.spec.lang = lang;
    s.spec.type = IV_TYPE_BEHAVIORAL;
    assert_int_equal(iv_score(NULL, &in, &report, NULL), IV_OK);
    return report;
}

static char *render(const iv_json *report, enum iv_report_form form, int width, bool colour)
{
    struct iv_buf b = IV_BUF_INIT(8u << 20);

    assert_int_equal(iv_report_render(report, form, width, colour, &b, NULL), IV_OK);
    return iv_buf_take(&b);
}

static void html_escapes_what_was_said(void **state)
{
    iv_json *report = evil_report(IV_LANG_EN);
    char *html = render(report, IV_REPORT_HTML, 80, false);

    (void)state;
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<b>this"));
    assert_null(strchr(html, '\033'));
    assert_non_null(
        strstr(html, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quotes&quot;"));
    free(html);
    iv_json_free(report);
}

static void html_stands_alone(void **state)
{
    iv_json *report = evil_report(IV_LANG_JA);
    char *html = render(report, IV_REPORT_HTML, 80, false);

    (void)state;
    assert_int_equal(strncmp(html, "<!doctype html>\n<html lang=\"ja\">", 32), 0);
    assert_non_null(strstr(html, "default-src 'none'"));
    assert_non_null(strstr(html, "<svg"));
    assert_non_null(strstr(html, "role=\"img\""));
    assert_null(strstr(html, "src="));
    assert_null(strstr(html, "href="));
    assert_null(strstr(html, "url("));
    free(html);
    iv_json_free(report);
}

static void markdown_escapes_what_was_said(void **state)
{
    iv_json *report = evil_report(IV_LANG_EN);
    char *md = render(report, IV_REPORT_MD, 80, false);

    (void)state;
    assert_null(strstr(md, "<script"));
    assert_null(strstr(md, "[link]("));
    assert_non_null(strstr(md, "\\*stars\\*"));
    assert_null(strchr(md, '\033'));
    free(md);
    iv_json_free(report);
}

static void text_shows_control_characters(void **state)
{
    iv_json *report = evil_report(IV_LANG_KO);
    char *plain = render(report, IV_REPORT_TEXT, 80, false),
         *colour = render(report, IV_REPORT_TEXT, 80, true);

    (void)state;
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(colour, "\033[1m"));
    assert_null(strstr(colour, "\033[31mred"));
    free(plain);
    free(colour);
    iv_json_free(report);
}

static void check_width(const char *text, int width)
{
    char line[4096];

    while (*text) {
        size_t n = strcspn(text, "\n");

        assert_true(n < sizeof line);
        memcpy(line, text, n);
        line[n] = '\0';
        if (iv_text_width(line) > width)
            fail_msg("%d cells: %s", iv_text_width(line), line);
        text += n + (text[n] == '\n');
    }
}

static void text_keeps_to_its_width(void **state)
{
    static const char *const langs[] = {"en", "ko", "ja"};

    (void)state;
    for (size_t l = 0; l < 3; l++) {
        iv_json *sets = answer_sets_load(langs[l]);
        const iv_json *set = iv_json_at(iv_json_get(sets, "sets"), 7);

        for (int width = 60; width <= 100; width += 20) {
            iv_json *report = report_of_answer(iv_json_get_str(set, "question", ""),
                                               iv_json_get_str(set, "complete", ""));
            char *text = render(report, IV_REPORT_TEXT, width, false);

            check_width(text, width);
            free(text);
            iv_json_free(report);
        }
        iv_json_free(sets);
    }
}

static void same_bytes_twice(void **state)
{
    (void)state;
    for (int form = IV_REPORT_TEXT; form <= IV_REPORT_HTML; form++) {
        iv_json *a = evil_report(IV_LANG_KO), *b = evil_report(IV_LANG_KO);
        char *ta = render(a, (enum iv_report_form)form, 80, false),
             *tb = render(b, (enum iv_report_form)form, 80, false);

        assert_string_equal(ta, tb);
        free(ta);
        free(tb);
        iv_json_free(a);
        iv_json_free(b);
    }
}

static void labels_are_in_the_reports_language(void **state)
{
    static const struct {
        enum iv_lang lang;
        const char *title;
    } rows[] = {{IV_LANG_EN, "Interview report"},
                {IV_LANG_KO, "면접 보고서"},
                {IV_LANG_JA, "面接レポート"}};

    (void)state;
    for (size_t i = 0; i < IV_LEN(rows); i++) {
        iv_json *report = evil_report(rows[i].lang);
        char *text = render(report, IV_REPORT_TEXT, 80, false);

        assert_int_equal(strncmp(text, rows[i].title, strlen(rows[i].title)), 0);
        free(text);
        iv_json_free(report);
    }
}

static void feedback_is_that_of_the_contract(void **state)
{
    static const char *const keys[] = {"overall_score", "communication", "technical_knowledge",
                                       "problem_solving", "comments"};
    iv_json *report = evil_report(IV_LANG_EN);
    const iv_json *f = iv_report_feedback(report);

    (void)state;
    assert_int_equal(iv_json_len(f), 5);
    for (size_t i = 0; i < IV_LEN(keys); i++)
        assert_string_equal(iv_json_key_at(f, i), keys[i]);
    iv_json_free(report);
}

static void comparison_and_progress_are_written(void **state)
{
    iv_json *a = evil_report(IV_LANG_EN);
    const iv_json *both[2] = {a, a};
    struct iv_buf b = IV_BUF_INIT(1u << 20);

    (void)state;
    assert_int_equal(iv_report_compare(a, a, &b, NULL), IV_OK);
    assert_non_null(strstr(iv_buf_str(&b), "+0.0"));
    iv_buf_clear(&b);
    assert_int_equal(iv_report_progress(both, 2, &b, NULL), IV_OK);
    assert_non_null(strstr(iv_buf_str(&b), "Progress"));
    assert_int_equal(iv_report_progress(both, 0, &b, NULL), IV_E_USAGE);
    iv_buf_release(&b);
    iv_json_free(a);
}

/* A report from a file may hold anything: nothing may break, and what is missing is shown as missing. */
static void odd_reports_do_not_break_it(void **state)
{
    static const char *const odd[] = {
        "{\"feedback\":{}}",
        "{\"feedback\":{\"overall_score\":1e308},\"language\":\"xx\",\"scores\":[1,null,{}],"
        "\"dimensions\":[{}],\"questions\":[{\"covered\":[{\"weight\":-5}],\"missing\":[{"
        "\"weight\":1e9}]}],\"star\":[{}],\"delivery\":{\"measures\":{\"x\":1},\"baseline\":{"
        "\"measures\":[{\"name\":\"x\",\"mean\":1,\"sd\":1e-300,\"now\":9}]}},\"transcript\":[{"
        "\"start_ms\":-1,\"end_ms\":9007199254740992},{\"start_ms\":5,\"end_ms\":2}]}",
    };

    (void)state;
    for (size_t i = 0; i < IV_LEN(odd); i++)
        for (int form = IV_REPORT_TEXT; form <= IV_REPORT_HTML; form++) {
            iv_json *j = NULL;

            assert_int_equal(iv_json_parse(odd[i], strlen(odd[i]), 4096, &j, NULL), IV_OK);
            free(render(j, (enum iv_report_form)form, 80, true));
            iv_json_free(j);
        }
}

static void no_feedback_is_bad_data(void **state)
{
    iv_json *j = iv_json_object();
    struct iv_buf b = IV_BUF_INIT(1000);

    (void)state;
    assert_int_equal(iv_report_render(j, IV_REPORT_MD, 80, false, &b, NULL), IV_E_DATA);
    iv_json_free(j);
    iv_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_escapes_what_was_said),
        cmocka_unit_test(html_stands_alone),
        cmocka_unit_test(markdown_escapes_what_was_said),
        cmocka_unit_test(text_shows_control_characters),
        cmocka_unit_test(text_keeps_to_its_width),
        cmocka_unit_test(same_bytes_twice),
        cmocka_unit_test(labels_are_in_the_reports_language),
        cmocka_unit_test(feedback_is_that_of_the_contract),
        cmocka_unit_test(comparison_and_progress_are_written),
        cmocka_unit_test(odd_reports_do_not_break_it),
        cmocka_unit_test(no_feedback_is_bad_data),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

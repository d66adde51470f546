/* test_bank.c - banks: reading, writing, the shipped ones, sets of a user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "iv/bank.h"
#include "iv/buf.h"
#include "iv/data.h"

#define LEAST_SHIPPED 12

static void print_problem(void *arg, const char *problem)
{
    (void)arg;
    print_error("%s\n", problem);
}

struct cell {
    char name[64];
    enum iv_lang lang;
    enum iv_session_type type;
    enum iv_difficulty difficulty;
};

static void shipped_bank_is_clean(void **state)
{
    const struct cell *c = *state;
    struct iv_bank b;
    struct iv_blob blob;
    struct iv_error err = {0};
    iv_ctx *ctx;
    char name[128];

    assert_int_equal(iv_ctx_new(NULL, NULL, NULL, &ctx, &err), IV_OK);
    if (iv_bank_load(ctx, c->lang, c->type, c->difficulty, NULL, &b, &err))
        fail_msg("%s", err.text);
    assert_true(b.n >= LEAST_SHIPPED);
    for (size_t i = 0; i < b.n; i++) {
        assert_int_equal(b.questions[i].lang, c->lang);
        assert_int_equal(b.questions[i].type, c->type);
        assert_int_equal(b.questions[i].difficulty, c->difficulty);
        assert_ptr_equal(iv_bank_find(&b, b.questions[i].id), &b.questions[i]);
    }
    iv_bank_release(&b);
    snprintf(name, sizeof name, "questions/%s/%s-%s.yaml", iv_lang_code(c->lang),
             iv_type_name(c->type), iv_difficulty_name(c->difficulty));
    assert_int_equal(iv_data_load(ctx, name, &blob, &err), IV_OK);
    assert_int_equal(iv_bank_lint(ctx, blob.bytes, blob.len, name, print_problem, NULL), 0);
    iv_blob_release(&blob);
    iv_ctx_free(ctx);
}

static void ids_are_unique_over_all_banks(void **state)
{
    struct iv_bank banks[27];
    size_t n = 0;

    (void)state;
    for (int l = 0; l < 3; l++)
        for (int t = 0; t < 3; t++)
            for (int d = 0; d < 3; d++)
                assert_int_equal(iv_bank_load(NULL, (enum iv_lang)l, (enum iv_session_type)t,
                                              (enum iv_difficulty)d, "", &banks[n++], NULL),
                                 IV_OK);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < banks[i].n; k++)
            for (size_t j = i + 1; j < n; j++)
                assert_null(iv_bank_find(&banks[j], banks[i].questions[k].id));
    for (size_t i = 0; i < n; i++)
        iv_bank_release(&banks[i]);
}

static void written_bank_reads_back_equal(void **state)
{
    struct iv_bank a, b;
    struct iv_buf once = IV_BUF_INIT(8u << 20), twice = IV_BUF_INIT(8u << 20);
    struct iv_error err = {0};

    (void)state;
    for (int l = 0; l < IV_LANG_COUNT; l++) {
        assert_int_equal(
            iv_bank_load(NULL, (enum iv_lang)l, IV_TYPE_TECHNICAL, IV_HARD, NULL, &a, &err), IV_OK);
        assert_int_equal(iv_bank_write(&a, &once, &err), IV_OK);
        if (iv_bank_parse(iv_buf_str(&once), once.len, "once", &b, &err))
            fail_msg("%s", err.text);
        assert_int_equal(iv_bank_write(&b, &twice, &err), IV_OK);
        assert_string_equal(iv_buf_str(&once), iv_buf_str(&twice));
        assert_int_equal(a.n, b.n);
        for (size_t i = 0; i < a.n; i++) {
            iv_json *x = iv_question_json(&a.questions[i]), *y = iv_question_json(&b.questions[i]);
            struct iv_buf s = IV_BUF_INIT(1u << 20), t = IV_BUF_INIT(1u << 20);

            assert_int_equal(iv_json_print(x, IV_JSON_COMPACT, &s, &err), IV_OK);
            assert_int_equal(iv_json_print(y, IV_JSON_COMPACT, &t, &err), IV_OK);
            assert_string_equal(iv_buf_str(&s), iv_buf_str(&t));
            iv_json_free(x);
            iv_json_free(y);
            iv_buf_release(&s);
            iv_buf_release(&t);
        }
        iv_buf_clear(&once);
        iv_buf_clear(&twice);
        iv_bank_release(&a);
        iv_bank_release(&b);
    }
    iv_buf_release(&once);
    iv_buf_release(&twice);
}

static const char small_set[] =
    "language: en\n"
    "type: general\n"
    "difficulty: easy\n"
    "questions:\n"
    "  - id: mine.1\n"
    "    competency: planning\n"
    "    ask: \"Say \\\"yes\\\" \\\\ or\\n no: # {count}?\"\n"
    "    points:\n"
    "      - {id: a, say: \"b: c\", words: [\"x * y\", \"- z\"], weight: 3}\n";

static void text_of_any_kind_survives(void **state)
{
    struct iv_bank a, b;
    struct iv_buf out = IV_BUF_INIT(1u << 20);

    (void)state;
    assert_int_equal(iv_bank_parse(small_set, sizeof small_set - 1, "set", &a, NULL), IV_OK);
    assert_string_equal(a.questions[0].ask, "Say \"yes\" \\ or no: # {count}?");
    assert_int_equal(a.questions[0].seconds, 120);
    assert_int_equal(a.questions[0].points[0].weight, 3);
    assert_int_equal(iv_bank_write(&a, &out, NULL), IV_OK);
    assert_int_equal(iv_bank_parse(iv_buf_str(&out), out.len, "again", &b, NULL), IV_OK);
    assert_string_equal(a.questions[0].ask, b.questions[0].ask);
    assert_string_equal(b.questions[0].points[0].words[1], "- z");
    iv_buf_release(&out);
    iv_bank_release(&a);
    iv_bank_release(&b);
}

static void sets_are_found_by_path_and_by_name(void **state)
{
    char dir[] = "/tmp/iv_test_bank_XXXXXX", path[128];
    struct iv_buf text = IV_BUF_INIT(4096);
    struct iv_bank b;
    struct iv_error err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    setenv("XDG_DATA_HOME", dir, 1);
    snprintf(path, sizeof path, "%s/interviewctl", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/interviewctl/questions", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/interviewctl/questions/mine.yaml", dir);
    iv_buf_adds(&text, small_set);
    assert_int_equal(iv_buf_write_file(&text, path, 0600, &err), IV_OK);
    assert_int_equal(iv_bank_load(NULL, 0, 0, 0, "mine", &b, &err), IV_OK);
    assert_int_equal(b.questions[0].lang, IV_LANG_EN);
    iv_bank_release(&b);
    assert_int_equal(iv_bank_load(NULL, 0, 0, 0, path, &b, &err), IV_OK);
    iv_bank_release(&b);
    assert_int_equal(iv_bank_load(NULL, 0, 0, 0, "other", &b, &err), IV_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "question set \"other\""));
    iv_buf_release(&text);
    unlink(path);
    for (int i = 0; i < 3; i++) {
        *strrchr(path, '/') = '\0';
        rmdir(path);
    }
}

int main(void)
{
    static struct cell cells[27];
    struct CMUnitTest t[IV_LEN(cells) + 4];
    size_t n = 0;

    for (int l = 0; l < 3; l++)
        for (int y = 0; y < 3; y++)
            for (int d = 0; d < 3; d++, n++) {
                cells[n] = (struct cell){.lang = (enum iv_lang)l,
                                         .type = (enum iv_session_type)y,
                                         .difficulty = (enum iv_difficulty)d};
                snprintf(cells[n].name, sizeof cells[n].name, "%s %s %s",
                         iv_lang_code(cells[n].lang), iv_type_name(cells[n].type),
                         iv_difficulty_name(cells[n].difficulty));
                t[n] = (struct CMUnitTest){.name = cells[n].name,
                                           .test_func = shipped_bank_is_clean,
                                           .initial_state = &cells[n]};
            }
    t[n++] = (struct CMUnitTest)cmocka_unit_test(ids_are_unique_over_all_banks);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(written_bank_reads_back_equal);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(text_of_any_kind_survives);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(sets_are_found_by_path_and_by_name);
    return cmocka_run_group_tests_name("bank", t, NULL, NULL);
}

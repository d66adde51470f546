/* What the candidate brings (a résumé, a job description) chooses among questions; without it nothing changes. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "iv/bank.h"
#include "iv/interview.h"

#define SEEDS 5

static struct iv_session_spec spec_of(enum iv_lang lang, uint64_t seed)
{
    struct iv_session_spec s;

    iv_session_spec_init(&s);
    s.lang = lang;
    s.type = IV_TYPE_TECHNICAL;
    s.duration_minutes = 10;
    s.seed = seed;
    return s;
}

/* The planned questions' ids, in order, each between bars. The caller frees. */
static char *plan_of(const struct iv_session_spec *s, const struct iv_papers *papers)
{
    struct iv_buf ids = IV_BUF_INIT(1u << 16);
    struct iv_error err = {0};
    iv_interviewer *iv;
    iv_json *plan;

    if (iv_interviewer_new_for(NULL, s, papers, &iv, &err))
        fail_msg("%s", err.text);
    plan = iv_interviewer_plan(iv);
    for (const iv_json *q = iv_json_first(iv_json_get(plan, "questions")); q; q = iv_json_next(q))
        iv_buf_addf(&ids, "|%s|", iv_json_get_str(q, "question_id", iv_json_get_str(q, "id", "")));
    iv_json_free(plan);
    iv_interviewer_free(iv);
    return iv_buf_take(&ids);
}

static bool holds(const char *ids, const char *id)
{
    char barred[128];

    snprintf(barred, sizeof barred, "|%s|", id);
    return strstr(ids, barred) != NULL;
}

/* A job description that speaks of what a good answer to q contains. */
static char *job_about(const struct iv_question *q)
{
    struct iv_buf text = IV_BUF_INIT(1u << 16);

    for (size_t i = 0; i < q->n_points; i++)
        for (size_t k = 0; k < q->points[i].n_words; k++)
            if (!strpbrk(q->points[i].words[k], "&*"))
                iv_buf_addf(&text, "%s.\n", q->points[i].words[k]);
    return iv_buf_take(&text);
}

static void without_papers_nothing_changes(void **state)
{
    static const struct iv_papers none = {NULL, NULL}, strange = {"qqq zzz", "xxx"};

    (void)state;
    for (int lang = 0; lang < IV_LANG_COUNT; lang++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct iv_session_spec s = spec_of((enum iv_lang)lang, seed);
            char *a = plan_of(&s, NULL), *b = plan_of(&s, &none), *c = plan_of(&s, &strange);

            assert_true(strlen(a) > 0);
            assert_string_equal(a, b);
            assert_string_equal(a, c);
            free(a);
            free(b);
            free(c);
        }
}

/* Of the questions that a seed left out, those that the job speaks of are asked now. */
static void the_job_brings_its_questions(void **state)
{
    struct iv_bank bank;
    size_t tried = 0, asked = 0;

    (void)state;
    for (int lang = 0; lang < IV_LANG_COUNT; lang++) {
        struct iv_session_spec s = spec_of((enum iv_lang)lang, 7);
        char *before = plan_of(&s, NULL);

        assert_int_equal(iv_bank_load(NULL, s.lang, s.type, s.difficulty, "", &bank, NULL), IV_OK);
        for (size_t i = 0; i < bank.n; i++) {
            struct iv_papers papers = {.job = job_about(&bank.questions[i])};
            char *after, *again;

            if (bank.questions[i].n_roles || holds(before, bank.questions[i].id)) {
                free((char *)(uintptr_t)papers.job);
                continue;
            }
            after = plan_of(&s, &papers);
            again = plan_of(&s, &papers);
            assert_string_equal(after, again);
            tried++;
            asked += holds(after, bank.questions[i].id);
            free(after);
            free(again);
            free((char *)(uintptr_t)papers.job);
        }
        free(before);
        iv_bank_release(&bank);
    }
    assert_true(tried > 20 && asked * 10 >= tried * 9);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(without_papers_nothing_changes),
        cmocka_unit_test(the_job_brings_its_questions),
    };

    return cmocka_run_group_tests_name("papers", t, NULL, NULL);
}

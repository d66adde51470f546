/* test_plan.c - which questions are planned: time, spread, order, seed, law, role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "interview/legal.h"
#include "interview/plan.h"
#include "interview/random.h"
#include "interview/timing.h"
#include "iv/buf.h"

#define SEEDS 30

struct made {
    struct iv_session_spec spec;
    struct iv_cues cues;
    struct iv_bank bank;
    struct plan plan;
};

static void make(struct made *m, const char *jurisdictions, int probes)
{
    struct plan_input in = {
        .spec = &m->spec, .cues = &m->cues, .jurisdictions = jurisdictions, .probes = probes};
    struct iv_error err = {0};

    assert_int_equal(iv_cues_load(NULL, m->spec.lang, &m->cues, &err), IV_OK);
    if (iv_plan_make(&in, &m->bank, &m->plan, &err))
        fail_msg("%s", err.text);
}

static void release(struct made *m)
{
    iv_cues_release(&m->cues);
    iv_bank_release(&m->bank);
    iv_plan_release(&m->plan);
}

static struct iv_session_spec spec_of(int i, uint64_t seed)
{
    struct iv_session_spec s;

    iv_session_spec_init(&s);
    s.lang = (enum iv_lang)(i % 3);
    s.type = (enum iv_session_type)(i / 3 % 3);
    s.difficulty = (enum iv_difficulty)(i / 9 % 3);
    s.seed = seed;
    return s;
}

static const struct iv_question *asked(const struct made *m, size_t i)
{
    return &m->bank.questions[m->plan.order[i]];
}

/* No competency twice before all that the bank has were used, and never twice in a row. */
static void check_spread(const struct made *m, size_t n_competencies)
{
    for (size_t i = 0; i < m->plan.n; i++)
        for (size_t k = i + 1; k < m->plan.n && k < n_competencies && i < n_competencies; k++)
            assert_string_not_equal(asked(m, i)->competency, asked(m, k)->competency);
    for (size_t i = 1; i < m->plan.n; i++)
        if (n_competencies > 2 && i != m->plan.n - 1)
            assert_string_not_equal(asked(m, i)->competency, asked(m, i - 1)->competency);
}

static size_t count_competencies(const struct made *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->bank.n; i++) {
        bool is_new = true;

        for (size_t k = 0; k < i; k++)
            is_new &= strcmp(m->bank.questions[i].competency, m->bank.questions[k].competency) != 0;
        n += is_new;
    }
    return n;
}

static void competencies_are_spread(void **state)
{
    (void)state;
    for (int i = 0; i < 27; i++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct made m = {.spec = spec_of(i, seed)};

            make(&m, "kr jp us eu", 2);
            check_spread(&m, count_competencies(&m));
            release(&m);
        }
}

static void demand_rises(void **state)
{
    (void)state;
    for (int i = 0; i < 27; i++) {
        struct made m = {.spec = spec_of(i, 5)};
        int first = 0, second = 0;
        size_t half;

        make(&m, "kr jp us eu", 2);
        half = m.plan.n / 2;
        for (size_t k = 0; k < half; k++) {
            first += iv_plan_demand(asked(&m, k));
            second += iv_plan_demand(asked(&m, m.plan.n - 1 - k));
        }
        assert_true(first <= second);
        release(&m);
    }
}

static void no_question_comes_twice(void **state)
{
    (void)state;
    for (int i = 0; i < 27; i++) {
        struct made m = {.spec = spec_of(i, 9)};

        m.spec.duration_minutes = 120;
        make(&m, "kr jp us eu", 2);
        assert_true(m.plan.n >= 15);
        for (size_t a = 0; a < m.plan.n_order; a++)
            for (size_t b = a + 1; b < m.plan.n_order; b++)
                assert_string_not_equal(asked(&m, a)->ask, asked(&m, b)->ask);
        release(&m);
    }
}

static void same_seed_same_plan_and_others_differ(void **state)
{
    int differ = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct made a = {.spec = spec_of(4, seed)}, b = {.spec = spec_of(4, seed)};
        struct made c = {.spec = spec_of(4, seed + 1)};

        make(&a, "kr jp us eu", 2);
        make(&b, "kr jp us eu", 2);
        make(&c, "kr jp us eu", 2);
        assert_int_equal(a.plan.n, b.plan.n);
        assert_memory_equal(a.plan.order, b.plan.order, a.plan.n_order * sizeof(size_t));
        differ += strcmp(asked(&a, 0)->id, asked(&c, 0)->id) ||
                  strcmp(asked(&a, 1)->id, asked(&c, 1)->id);
        release(&a);
        release(&b);
        release(&c);
    }
    assert_true(differ > SEEDS / 2);
}

/* The published first outputs of splitmix64 for seed 1234567. */
static void generator_is_splitmix64(void **state)
{
    uint64_t s = 1234567;

    (void)state;
    assert_true(random_next(&s) == 6457827717110365317u);
    assert_true(random_next(&s) == 3203168211198807973u);
    assert_true(random_next(&s) == 9817491932198370423u);
}

static const struct length_row {
    const char *name;
    int minutes, probes;
    size_t least, most;
} lengths[] = {
    {"five minutes", 5, 2, 2, 2},     {"fifteen minutes", 15, 2, 3, 6},
    {"thirty minutes", 30, 2, 7, 12}, {"thirty minutes without follow-ups", 30, 0, 9, 16},
    {"an hour", 60, 2, 15, 24},       {"two hours", 120, 2, 25, 48},
};

static void time_decides_how_many(void **state)
{
    const struct length_row *r = *state;

    for (int i = 0; i < 9; i++) {
        struct made m = {.spec = spec_of(i + 9, 3)};

        m.spec.duration_minutes = r->minutes;
        make(&m, "kr jp us eu", r->probes);
        if (m.plan.n < r->least || m.plan.n > r->most)
            fail_msg("%zu questions in %d minutes", m.plan.n, r->minutes);
        release(&m);
    }
}

static const struct role_row {
    const char *name, *role, *own;
    enum iv_lang lang;
} role_rows[] = {
    {"an English title", "Senior Backend Engineer", "backend", IV_LANG_EN},
    {"a Korean title", "백엔드 개발자", "backend", IV_LANG_KO},
    {"an English title in Korean", "Backend Developer", "backend", IV_LANG_KO},
    {"a Japanese title", "バックエンドエンジニア", "backend", IV_LANG_JA},
};

static void other_roles_questions_are_left_out(void **state)
{
    const struct role_row *r = *state;
    struct made m = {.spec = spec_of(0, 2)};

    m.spec.lang = r->lang;
    m.spec.type = IV_TYPE_TECHNICAL;
    m.spec.difficulty = IV_MEDIUM;
    snprintf(m.spec.role, sizeof m.spec.role, "%s", r->role);
    make(&m, "kr jp us eu", 2);
    for (size_t i = 0; i < m.plan.n_order; i++) {
        const struct iv_question *q = asked(&m, i);
        bool suits = !q->n_roles;

        for (size_t k = 0; k < q->n_roles; k++)
            suits |= !strcmp(q->roles[k], r->own) || !strcmp(q->roles[k], "frontend");
        assert_true(suits);
    }
    release(&m);
}

/* A set with one question for each case of the law. */
static void forbidden_questions_are_never_planned(void **state)
{
    static const char text[] =
        "language: en\ntype: general\ndifficulty: easy\nquestions:\n"
        "  - {id: fine, competency: planning, ask: \"How do you plan?\", points: [{id: a, say: x, "
        "words: [x]}]}\n"
        "  - {id: age, competency: learning, ask: \"How old are you?\", points: [{id: a, say: x, "
        "words: [x]}]}\n"
        "  - {id: probe, competency: motivation, ask: \"Why here?\", points: [{id: a, say: x, "
        "words: [x]}],\n"
        "     probes: [{when: too_short, ask: \"Are you married?\"}]}\n"
        "  - {id: flagged, competency: work_style, ask: \"Where do you work best?\", legal: [jp],\n"
        "     points: [{id: a, say: x, words: [x]}]}\n"
        "  - {id: twice, competency: work_style, ask: \"How do you plan?\", points: [{id: a, say: "
        "x, words: [x]}]}\n";
    char path[] = "/tmp/iv_test_plan_XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    struct made m = {.spec = spec_of(0, 1)};

    (void)state;
    assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1));
    close(fd);
    m.spec.lang = IV_LANG_EN;
    snprintf(m.spec.question_set, sizeof m.spec.question_set, "%s", path);
    make(&m, "kr jp us eu", 2);
    assert_int_equal(m.plan.n_order, 1);
    assert_string_equal(asked(&m, 0)->id, "fine");
    release(&m);
    make(&m, "us,eu", 2);
    assert_int_equal(m.plan.n_order, 2);
    release(&m);
    m.spec.lang = IV_LANG_KO;
    assert_int_equal(iv_cues_load(NULL, IV_LANG_KO, &m.cues, NULL), IV_OK);
    assert_int_equal(
        iv_plan_make(&(struct plan_input){.spec = &m.spec, .cues = &m.cues, .jurisdictions = "kr"},
                     &m.bank, &m.plan, NULL),
        IV_E_DATA);
    iv_cues_release(&m.cues);
    unlink(path);
}

#define ADD(table, fn)                                                                             \
    for (size_t i = 0; i < IV_LEN(table); i++)                                                     \
        t[n++] = (struct CMUnitTest)                                                               \
        {                                                                                          \
            .name = (table)[i].name, .test_func = (fn), .initial_state = (void *)&(table)[i]       \
        }

int main(void)
{
    struct CMUnitTest t[IV_LEN(lengths) + IV_LEN(role_rows) + 6];
    size_t n = 0;

    ADD(lengths, time_decides_how_many);
    ADD(role_rows, other_roles_questions_are_left_out);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(competencies_are_spread);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(demand_rises);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(no_question_comes_twice);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(same_seed_same_plan_and_others_differ);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(generator_is_splitmix64);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(forbidden_questions_are_never_planned);
    return cmocka_run_group_tests_name("plan", t, NULL, NULL);
}

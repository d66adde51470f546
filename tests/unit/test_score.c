/* Scoring's promises on the answer sets of three languages, and what must hold for every report. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "answer_sets.h"
#include "interview/score_measure.h"
#include "interview/score_text.h"

struct row {
    char name[160];
    char question[96];
    const iv_json *set; /* NULL for rows of the table below */
};

static struct answer_score score(const struct row *r, enum answer_kind k)
{
    return score_of_answer(r->question, iv_json_get_str(r->set, answer_kinds[k], ""));
}

static void wrong_below_thin(void **state)
{
    struct answer_score wrong = score(*state, WRONG), thin = score(*state, THIN);

    assert_true(wrong.content < thin.content);
    assert_true(wrong.overall < thin.overall);
}

static void thin_below_complete(void **state)
{
    struct answer_score thin = score(*state, THIN), complete = score(*state, COMPLETE);

    assert_true(thin.content < complete.content);
    assert_true(thin.overall < complete.overall);
}

static void stuffed_below_complete(void **state)
{
    struct answer_score stuffed = score(*state, STUFFED), complete = score(*state, COMPLETE);

    assert_true(stuffed.content < complete.content);
    assert_true(stuffed.overall < complete.overall);
}

static void paraphrase_within_one_level(void **state)
{
    struct answer_score p = score(*state, PARAPHRASE), complete = score(*state, COMPLETE);

    assert_in_range(p.level + 1 - complete.level, 0, 2);
}

static void dont_know_earns_nothing(void **state)
{
    struct answer_score s = score(*state, DONT_KNOW);

    assert_true(s.content <= 0);
    assert_true(s.overall <= 0);
}

/* The question itself, given back as an answer. */
static void question_twice_is_no_answer(void **state)
{
    const struct row *r = *state;
    iv_json *first = report_of_answer(r->question, iv_json_get_str(r->set, "thin", ""));
    const char *ask = iv_json_get_str(iv_json_at(iv_json_get(first, "questions"), 0), "ask", "");

    assert_true(score_of_answer(r->question, ask).content <= 0);
    iv_json_free(first);
}

static void saying_it_twice_adds_nothing(void **state)
{
    const struct row *r = *state;
    const char *thin = iv_json_get_str(r->set, "thin", "");
    struct iv_buf twice = IV_BUF_INIT(1u << 16);

    iv_buf_addf(&twice, "%s %s", thin, thin);
    assert_true(score_of_answer(r->question, iv_buf_str(&twice)).content <= score(r, THIN).content);
    iv_buf_release(&twice);
}

static char *print_report(const struct row *r, enum answer_kind k)
{
    iv_json *report = report_of_answer(r->question, iv_json_get_str(r->set, answer_kinds[k], ""));
    struct iv_buf b = IV_BUF_INIT(1u << 22);

    assert_int_equal(iv_json_print(report, IV_JSON_PRETTY, &b, NULL), IV_OK);
    iv_json_free(report);
    return iv_buf_take(&b);
}

static void same_report_twice(void **state)
{
    char *a = print_report(*state, COMPLETE), *b = print_report(*state, COMPLETE);

    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void report_verifies(void **state)
{
    const struct row *r = *state;

    for (int k = 0; k < ANSWER_KINDS; k++) {
        iv_json *report =
            report_of_answer(r->question, iv_json_get_str(r->set, answer_kinds[k], ""));
        struct iv_error err = {0};

        if (iv_report_verify(report, NULL, 0, &err))
            fail_msg("%s: %s", answer_kinds[k], err.text);
        iv_json_free(report);
    }
}

static const struct {
    const char *says;
    CMUnitTestFunction test;
} promises[] = {
    {"a wrong answer scores below a thin one", wrong_below_thin},
    {"a thin answer scores below a complete one", thin_below_complete},
    {"keywords in a row score below a complete answer", stuffed_below_complete},
    {"a paraphrase moves the level by one at most", paraphrase_within_one_level},
    {"'I don't know' earns no credit", dont_know_earns_nothing},
    {"repeating the question earns nothing", question_twice_is_no_answer},
    {"saying it twice adds nothing", saying_it_twice_adds_nothing},
    {"the same input gives the same report byte for byte", same_report_twice},
    {"the report verifies", report_verifies},
};

/* -- every question of the banks: its own key words in a row, plain and in the clothes of a sentence -- */

static const char *const rows_of_words[IV_LANG_COUNT][4] = {
    [IV_LANG_EN] = {"%s ", "%s, ", "%s. ", "and there is %s "},
    [IV_LANG_KO] = {"%s ", "%s, ", "%s. ", "%s 있고 "},
    [IV_LANG_JA] = {"%s ", "%s、", "%s。", "%sとか"}};

static void add_words(struct iv_buf *out, const struct iv_question *q, const char *frame,
                      const char *before_after[2])
{
    for (size_t w = 0; w < 2; w++)
        for (size_t k = 0; k < q->n_points; k++) {
            const char *p = q->points[k].words[w < q->points[k].n_words ? w : 0];

            iv_buf_add(out, frame, (size_t)(before_after[0] - frame));
            for (; *p; p++)
                if (*p != '*' && *p != '&')
                    iv_buf_addc(out, *p);
            iv_buf_adds(out, before_after[1]);
        }
}

static void check_bank(enum iv_lang lang, enum iv_session_type type, enum iv_difficulty difficulty)
{
    struct iv_bank bank;

    assert_int_equal(iv_bank_load(NULL, lang, type, difficulty, NULL, &bank, NULL), IV_OK);
    for (size_t i = 0; i < bank.n; i++)
        for (size_t f = 0; f < IV_LEN(rows_of_words[lang]); f++) {
            const char *frame = rows_of_words[lang][f], *slot = strstr(frame, "%s"),
                       *ends[2] = {slot, slot + 2};
            struct iv_buf text = IV_BUF_INIT(1u << 16);

            add_words(&text, &bank.questions[i], frame, ends);
            if (score_of_answer(bank.questions[i].id, iv_buf_str(&text)).content >= 4)
                fail_msg("%s: %s", bank.questions[i].id, iv_buf_str(&text));
            iv_buf_release(&text);
        }
    iv_bank_release(&bank);
}

static void key_words_in_a_row_are_no_answer(void **state)
{
    (void)state;
    for (unsigned l = 0; l < IV_LANG_COUNT; l++)
        for (unsigned t = 0; t < IV_TYPE_COUNT; t++)
            for (unsigned d = 0; d < IV_DIFFICULTY_COUNT; d++)
                check_bank((enum iv_lang)l, (enum iv_session_type)t, (enum iv_difficulty)d);
}

/* -- without sets -- */

static iv_json *score_turns(struct iv_turn *turns, size_t n, enum iv_lang lang)
{
    struct iv_session s = {0};
    struct iv_score_input in = {.session = &s, .turns = turns, .n_turns = n};
    iv_json *report = NULL;

    iv_session_spec_init(&s.spec);
    s.spec.lang = lang;
    s.spec.type = IV_TYPE_TECHNICAL;
    s.spec.difficulty = IV_EASY;
    assert_int_equal(iv_score(NULL, &in, &report, NULL), IV_OK);
    return report;
}

static const iv_json *first_question(const iv_json *report)
{
    return iv_json_at(iv_json_get(report, "questions"), 0);
}

static void expect_no_score(const iv_json *report, const char *state)
{
    const iv_json *q = first_question(report);

    assert_int_equal(iv_json_type(iv_json_get(iv_report_feedback(report), "overall_score")),
                     IV_JSON_NULL);
    assert_string_equal(iv_json_get_str(q, "state", ""), state);
    assert_true(*iv_json_get_str(q, "reason", "") != '\0');
    assert_true(*iv_json_get_str(iv_report_feedback(report), "comments", "") != '\0');
    assert_int_equal(iv_report_verify(report, NULL, 0, NULL), IV_OK);
}

#define HASH_KO "ko-technical-easy-hash-table"

static void no_answer_no_score(void **state)
{
    struct iv_turn t = {.speaker = IV_INTERVIEWER,
                        .kind = IV_TURN_QUESTION,
                        .question_id = HASH_KO,
                        .text = (char *)"?"};
    iv_json *report = score_turns(&t, 1, IV_LANG_KO);

    (void)state;
    expect_no_score(report, "no_answer");
    iv_json_free(report);
}

static void nothing_at_all_no_score(void **state)
{
    iv_json *report = score_turns(NULL, 0, IV_LANG_JA);

    (void)state;
    assert_int_equal(iv_json_type(iv_json_get(iv_report_feedback(report), "overall_score")),
                     IV_JSON_NULL);
    assert_int_equal(iv_report_verify(report, NULL, 0, NULL), IV_OK);
    iv_json_free(report);
}

static void too_short_no_score(void **state)
{
    struct iv_turn t = {.speaker = IV_CANDIDATE,
                        .kind = IV_TURN_ANSWER,
                        .question_id = HASH_KO,
                        .text = (char *)"빠릅니다.",
                        .confidence = 1};
    iv_json *report = score_turns(&t, 1, IV_LANG_KO);

    (void)state;
    expect_no_score(report, "too_short");
    iv_json_free(report);
}

static void poor_transcript_no_score(void **state)
{
    struct iv_turn t = {
        .speaker = IV_CANDIDATE,
        .kind = IV_TURN_ANSWER,
        .question_id = HASH_KO,
        .text = (char *)"키를 해시 함수에 넣어서 버킷을 정하고 충돌이 나면 체이닝으로 처리합니다.",
        .confidence = 0.3f};
    iv_json *report = score_turns(&t, 1, IV_LANG_KO);

    (void)state;
    expect_no_score(report, "poor_transcript");
    iv_json_free(report);
}

static void probe_answer_adds_with_less(void **state)
{
    struct iv_turn t[4] = {
        {.number = 0,
         .speaker = IV_INTERVIEWER,
         .kind = IV_TURN_QUESTION,
         .question_id = HASH_KO,
         .text = (char *)"?",
         .confidence = 1},
        {.number = 1,
         .speaker = IV_CANDIDATE,
         .kind = IV_TURN_ANSWER,
         .question_id = HASH_KO,
         .confidence = 1,
         .text = (char *)"키를 해시 함수에 넣어서 나온 값으로 버킷을 정하는 방식입니다."},
        {.number = 2,
         .speaker = IV_INTERVIEWER,
         .kind = IV_TURN_PROBE,
         .question_id = HASH_KO,
         .text = (char *)"?",
         .confidence = 1},
        {.number = 3,
         .speaker = IV_CANDIDATE,
         .kind = IV_TURN_ANSWER,
         .question_id = HASH_KO,
         .confidence = 1,
         .text = (char *)"서로 다른 키가 같은 자리에 오는 충돌이 생기면 느려집니다."},
    };
    iv_json *one = score_turns(t, 2, IV_LANG_KO), *both = score_turns(t, 4, IV_LANG_KO);
    const iv_json *covered = iv_json_get(first_question(both), "covered");
    bool after_probe = false;

    (void)state;
    assert_true(iv_json_get_num(first_question(both), "score", 0) >
                iv_json_get_num(first_question(one), "score", 0));
    for (const iv_json *p = iv_json_first(covered); p; p = iv_json_next(p))
        after_probe = after_probe || iv_json_get_bool(p, "after_probe", false);
    assert_true(after_probe);
    assert_int_equal(iv_json_len(iv_json_get(both, "questions")), 1);
    assert_int_equal(iv_report_verify(both, t, 4, NULL), IV_OK);
    iv_json_free(one);
    iv_json_free(both);
}

/* Who says that a thing is not needed names it, and shows no understanding of it. */
static const struct waved_row {
    const char *name, *id, *text;
    size_t covered;
} waved[] = {
    {"a point is made", "en-technical-medium-polite-retry",
     "Between two attempts I wait a second, then two, then four, and add some jitter to it.", 1},
    {"a point is waved away", "en-technical-medium-polite-retry",
     "There is no need to wait a second, then two, then four, or to add some jitter to it.", 0},
    {"a sentence beside it counts", "en-technical-medium-polite-retry",
     "Some jitter is added to every wait between attempts. Nobody has to look at it, it "
     "doesn't matter.",
     1},
    {"ko", "ko-technical-easy-transaction",
     "여러 작업을 하나로 묶는다든가 롤백으로 되돌린다든가 하는 건 신경 쓸 필요가 없습니다.", 0},
    {"ja", "ja-technical-easy-transaction",
     "ロールバックで元に戻すことや、全部成功するか全部取り消すかは、気にする必要はありません。", 0},
};

static void waving_away_makes_no_point(void **state)
{
    const struct waved_row *r = *state;
    iv_json *report = report_of_answer(r->id, r->text);

    assert_int_equal(iv_json_len(iv_json_get(first_question(report), "covered")), r->covered);
    iv_json_free(report);
}

static void foreign_question_gets_clarity_only(void **state)
{
    struct iv_turn t[2] = {
        {.number = 0,
         .speaker = IV_INTERVIEWER,
         .kind = IV_TURN_QUESTION,
         .text = (char *)"What did you do last summer?",
         .confidence = -1},
        {.number = 1,
         .speaker = IV_CANDIDATE,
         .kind = IV_TURN_ANSWER,
         .confidence = -1,
         .text = (char *)"First I worked in a bookshop for 6 weeks, because I needed money, and "
                         "then I travelled. In the end I learned to listen."},
    };
    iv_json *report = score_turns(t, 2, IV_LANG_EN);
    const iv_json *f = iv_report_feedback(report);

    (void)state;
    assert_string_equal(iv_json_get_str(first_question(report), "state", ""), "not_in_bank");
    assert_int_equal(iv_json_type(iv_json_get(f, "technical_knowledge")), IV_JSON_NULL);
    assert_int_equal(iv_json_type(iv_json_get(f, "communication")), IV_JSON_NUMBER);
    assert_int_equal(iv_report_verify(report, t, 2, NULL), IV_OK);
    iv_json_free(report);
}

static void question_is_known_by_its_text(void **state)
{
    iv_json *sets = answer_sets_load("en");
    const iv_json *set = iv_json_at(iv_json_get(sets, "sets"), 0);
    iv_json *by_id = report_of_answer(iv_json_get_str(set, "question", ""),
                                      iv_json_get_str(set, "complete", ""));
    struct iv_turn t[2] = {
        {.number = 0,
         .speaker = IV_INTERVIEWER,
         .kind = IV_TURN_QUESTION,
         .text = (char *)(uintptr_t)iv_json_get_str(first_question(by_id), "ask", ""),
         .confidence = 1},
        {.number = 1,
         .speaker = IV_CANDIDATE,
         .kind = IV_TURN_ANSWER,
         .text = (char *)(uintptr_t)iv_json_get_str(set, "complete", ""),
         .confidence = 1},
    };
    iv_json *by_text = score_turns(t, 2, IV_LANG_EN);

    (void)state;
    assert_string_equal(iv_json_get_str(first_question(by_text), "id", ""),
                        iv_json_get_str(set, "question", "x"));
    assert_true(iv_json_get_num(first_question(by_text), "score", -1) ==
                iv_json_get_num(first_question(by_id), "score", -2));
    iv_json_free(by_id);
    iv_json_free(by_text);
    iv_json_free(sets);
}

static void rounding_is_half_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(iv_round_div(5, 10), 1);
    assert_int_equal(iv_round_div(-5, 10), -1);
    assert_int_equal(iv_round_div(4, 10), 0);
    assert_int_equal(iv_round_div(25, 10), 3);
}

static void levels_meet_without_a_jump(void **state)
{
    (void)state;
    assert_int_equal(iv_tenths_of(0), 0);
    assert_int_equal(iv_tenths_of(IV_BP), 100);
    for (int bp = 1; bp <= IV_BP; bp++) {
        assert_in_range(iv_tenths_of(bp) - iv_tenths_of(bp - 1), 0, 1);
        assert_true(iv_level_of(bp) >= iv_level_of(bp - 1));
    }
}

#define PLAIN(f)                                                                                   \
    {                                                                                              \
        .name = #f, .test_func = f                                                                 \
    }

static struct CMUnitTest plain[] = {
    PLAIN(key_words_in_a_row_are_no_answer),
    PLAIN(no_answer_no_score),
    PLAIN(nothing_at_all_no_score),
    PLAIN(too_short_no_score),
    PLAIN(poor_transcript_no_score),
    PLAIN(probe_answer_adds_with_less),
    PLAIN(foreign_question_gets_clarity_only),
    PLAIN(question_is_known_by_its_text),
    PLAIN(rounding_is_half_away_from_zero),
    PLAIN(levels_meet_without_a_jump),
};

int main(void)
{
    static const char *const langs[] = {"en", "ko", "ja"};
    static struct row rows[1024];
    static struct CMUnitTest tests[1024 + IV_LEN(waved) + IV_LEN(plain)];
    iv_json *files[3];
    size_t n = 0;
    int failed;

    for (size_t l = 0; l < 3; l++) {
        files[l] = answer_sets_load(langs[l]);
        for (const iv_json *set = iv_json_first(iv_json_get(files[l], "sets")); set;
             set = iv_json_next(set))
            for (size_t p = 0; p < IV_LEN(promises) && n < IV_LEN(rows); p++, n++) {
                const char *question = iv_json_get_str(set, "question", "");

                rows[n].set = set;
                snprintf(rows[n].question, sizeof rows[n].question, "%s", question);
                snprintf(rows[n].name, sizeof rows[n].name, "%s: %s", question, promises[p].says);
                tests[n] = (struct CMUnitTest){
                    .name = rows[n].name, .test_func = promises[p].test, .initial_state = &rows[n]};
            }
    }
    for (size_t i = 0; i < IV_LEN(waved); i++)
        tests[n++] = (struct CMUnitTest){.name = waved[i].name,
                                         .test_func = waving_away_makes_no_point,
                                         .initial_state = (void *)&waved[i]};
    for (size_t i = 0; i < IV_LEN(plain); i++)
        tests[n++] = plain[i];
    failed = _cmocka_run_group_tests("score", tests, n, NULL, NULL);
    for (size_t l = 0; l < 3; l++)
        iv_json_free(files[l]);
    return failed;
}

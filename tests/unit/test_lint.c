/* test_lint.c - bad banks and the line that is blamed; forbidden topics in three languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iv/bank.h"
#include "iv/buf.h"

/* A good bank; each row changes one place of it. */
static const char good[] =
    "language: en\n" /* 1 */
    "type: behavioral\n" /* 2 */
    "difficulty: easy\n" /* 3 */
    "questions:\n" /* 4 */
    "  - id: mine-1\n" /* 5 */
    "    competency: teamwork\n" /* 6 */
    "    seconds: 100\n" /* 7 */
    "    ask: \"Tell me about a project you shared.\"\n" /* 8 */
    "    points:\n" /* 9 */
    "      - id: role\n" /* 10 */
    "        say: \"Names the own part.\"\n" /* 11 */
    "        words: [\"my part\", \"i wrote\"]\n" /* 12 */
    "    probes:\n" /* 13 */
    "      - when: no_result\n" /* 14 */
    "        ask: \"How did it end?\"\n" /* 15 */
    "      - when: missing:role\n" /* 16 */
    "        ask: \"What was yours in it?\"\n" /* 17 */
    "    legal: [kr]\n" /* 18 */
    "  - id: mine-2\n" /* 19 */
    "    competency: conflict\n" /* 20 */
    "    ask: \"When did you last disagree?\"\n" /* 21 */
    "    points:\n" /* 22 */
    "      - {id: reason, say: \"The reason.\", words: [\"because\"]}\n" /* 23 */
    "    wrong:\n" /* 24 */
    "      - {say: \"Never.\", words: [\"never\"]}\n" /* 25 */
    "    probes:\n" /* 26 */
    "      - {when: too_short, ask: \"Go on?\"}\n" /* 27 */
    "      - {when: dont_know, ask: \"Any small one?\"}\n"; /* 28 */

static const struct row {
    const char *name, *from, *to, *problem; /* NULL: no problem */
} rows[] = {
    {"a good bank", "", "", NULL},
    {"an unknown key at the top", "type: behavioral", "type: behavioral\nkind: x",
     "t.yaml:3: unknown key \"kind\""},
    {"an unknown language", "language: en", "language: fr", "t.yaml:1: language \"fr\": must be"},
    {"an unknown type", "behavioral", "gossip", "t.yaml:2: type \"gossip\""},
    {"an unknown difficulty", "easy", "brutal", "t.yaml:3: difficulty \"brutal\""},
    {"an unknown key in a question", "    seconds: 100", "    secs: 100",
     "t.yaml:7: unknown key \"secs\""},
    {"too many seconds", "seconds: 100", "seconds: 301",
     "t.yaml:7: seconds must be a whole number from 30 to 300"},
    {"seconds in words", "seconds: 100", "seconds: ten", "t.yaml:7: seconds must be"},
    {"an id twice", "mine-2", "mine-1", "t.yaml:19: id \"mine-1\" stands twice, first in line 5"},
    {"an id with a blank", "mine-2", "mine 2", "t.yaml:19: id \"mine 2\""},
    {"no question text", "    ask: \"When did you last disagree?\"\n", "",
     "t.yaml:19: ask is missing"},
    {"an empty question text", "\"When did you last disagree?\"", "\"\"",
     "t.yaml:21: ask is empty"},
    {"an unknown competency", "competency: teamwork", "competency: juggling",
     "t.yaml:6: competency \"juggling\""},
    {"a competency of another type", "competency: teamwork", "competency: databases",
     "t.yaml:6: competency \"databases\" is for technical"},
    {"no points", "    points:\n      - {id: reason, say: \"The reason.\", words: [\"because\"]}\n",
     "", "t.yaml:19: points is missing or empty"},
    {"points that are no list", "[\"my part\", \"i wrote\"]", "mine",
     "t.yaml:12: words must be a list"},
    {"no words", "        words: [\"my part\", \"i wrote\"]\n", "",
     "t.yaml:10: words is missing or empty"},
    {"a weight of nine", "say: \"Names the own part.\"", "weight: 9\n        say: \"Names.\"",
     "t.yaml:11: weight must be"},
    {"a pattern that cannot match", "\"my part\"", "\"my * part\"",
     "t.yaml:12: words \"my * part\" can never match"},
    {"a word of the question", "\"my part\"", "\"project\"",
     "t.yaml:12: words \"project\" stands in the question"},
    {"words twice", "\"my part\"", "\"i wrote\"", "t.yaml:12: words \"i wrote\" stands twice"},
    {"one probe only", "      - {when: too_short, ask: \"Go on?\"}\n", "",
     "t.yaml:19: 1 probes: at least 2"},
    {"an unknown condition", "when: no_result", "when: bored", "t.yaml:14: when \"bored\""},
    {"a condition on no point", "missing:role", "missing:rule",
     "t.yaml:16: when \"missing:rule\": this question has no such point"},
    {"a probe without text", "        ask: \"How did it end?\"\n", "", "t.yaml:14: ask is missing"},
    {"a probe twice", "What was yours in it?", "How did it end?",
     "t.yaml:17: this probe stands twice"},
    {"the same question twice", "When did you last disagree?",
     "Tell me about a project you shared.", "t.yaml:21: the same question stands in line 5"},
    {"an unknown jurisdiction", "legal: [kr]", "legal: [mars]", "t.yaml:18: legal \"mars\""},
    {"a forbidden topic", "When did you last disagree?", "Are you married?",
     "t.yaml:21: \"Are you married\" touches a forbidden topic (us, marriage"},
    {"a forbidden topic in a probe", "How did it end?", "And how old are you?",
     "t.yaml:15: \"how old are you\" touches a forbidden topic (jp, age"},
    {"flagged where it is forbidden", "legal: [kr]", "legal: [kr, jp, us, eu]", NULL},
    {"no YAML", "questions:", "questions: [", "t.yaml:"},
};

struct told {
    const char *wanted;
    bool seen;
    size_t n;
};

static void look_for(void *arg, const char *problem)
{
    struct told *t = arg;

    t->n++;
    if (t->wanted && !strncmp(problem, t->wanted, strlen(t->wanted)))
        t->seen = true;
    else if (!t->wanted)
        print_error("%s\n", problem);
}

static char *changed(const struct row *r)
{
    struct iv_buf b = IV_BUF_INIT(1u << 16);
    const char *at = strstr(good, r->from);

    assert_non_null(at);
    iv_buf_add(&b, good, (size_t)(at - good));
    iv_buf_adds(&b, r->to);
    iv_buf_adds(&b, at + strlen(r->from));
    return iv_buf_take(&b);
}

static void blames_the_line(void **state)
{
    const struct row *r = *state;
    struct told t = {.wanted = r->problem};
    char *text = changed(r);
    size_t n = iv_bank_lint(NULL, text, strlen(text), "t.yaml", look_for, &t);

    assert_int_equal(n, t.n);
    assert_int_equal(n > 0, r->problem != NULL);
    assert_int_equal(t.seen, r->problem != NULL);
    free(text);
}

static void shipped_names_bind(void **state)
{
    struct told t = {.wanted = "data/questions/en/behavioral-hard.yaml:1: its header belongs to "
                               "questions/en/behavioral-easy.yaml"};
    struct told id = {.wanted = "data/questions/en/behavioral-hard.yaml:5: id \"mine-1\" must be "
                                "en-behavioral-easy-<slug>"};

    (void)state;
    iv_bank_lint(NULL, good, sizeof good - 1, "data/questions/en/behavioral-hard.yaml", look_for,
                 &t);
    assert_true(t.seen);
    iv_bank_lint(NULL, good, sizeof good - 1, "data/questions/en/behavioral-hard.yaml", look_for,
                 &id);
    assert_true(id.seen);
}

static void every_problem_is_told(void **state)
{
    static const char bad[] =
        "language: en\ntype: general\ndifficulty: easy\nx: 1\nquestions:\n  - y: 1\n  - 5\n";
    struct told t = {.wanted = "t.yaml:4: unknown key \"x\""};

    (void)state;
    assert_true(iv_bank_lint(NULL, bad, sizeof bad - 1, "t.yaml", look_for, &t) >= 6);
    assert_true(t.seen);
}

static const struct legal_row {
    const char *name;
    enum iv_lang lang;
    const char *text, *jurisdiction, *topic; /* NULL: nothing forbidden */
} legal_rows[] = {
    {"a family of algorithms", IV_LANG_EN, "Which family of algorithms would you use?", NULL, NULL},
    {"a parent process", IV_LANG_EN, "What does a parent process do when its child process dies?",
     NULL, NULL},
    {"a child node", IV_LANG_EN, "How do you delete a child node?", NULL, NULL},
    {"a marriage of ideas", IV_LANG_EN, "Is it a marriage of two ideas?", NULL, NULL},
    {"the age of a cache", IV_LANG_EN, "How do you choose the age of the cache?", NULL, NULL},
    {"ageing", IV_LANG_EN, "What is ageing in a scheduler?", NULL, NULL},
    {"a race condition", IV_LANG_EN, "What is a race condition?", NULL, NULL},
    {"a disabled button", IV_LANG_EN, "When is a disabled button the right choice?", NULL, NULL},
    {"a health check", IV_LANG_EN, "What should a health check test?", NULL, NULL},
    {"a union type", IV_LANG_EN, "What is a union type good for?", NULL, NULL},
    {"an origin server", IV_LANG_EN, "When does the origin server answer?", NULL, NULL},
    {"a native app", IV_LANG_EN, "When would you write a native app?", NULL, NULL},
    {"children and a child node together", IV_LANG_EN,
     "A child node is one thing, but do you have any kids?", NULL, "family"},
    {"age", IV_LANG_EN, "How old are you?", "us", "age"},
    {"a union", IV_LANG_EN, "Have you ever been a member of a union?", "us", "union"},
    {"pregnancy", IV_LANG_EN, "Are you planning on getting pregnant?", "us", "pregnancy"},
    {"genetics", IV_LANG_EN, "Would you take a genetic test?", "us", "genetic"},
    {"religion in Europe", IV_LANG_EN, "What is your religion?", "eu", "religion"},
    {"arrests are a matter of the US", IV_LANG_EN, "Have you ever been arrested?", "kr", NULL},
    {"부모 프로세스", IV_LANG_KO, "부모 프로세스가 먼저 끝나면 어떻게 되나요?", NULL, NULL},
    {"장애 대응", IV_LANG_KO, "시스템에 장애가 있었을 때 어떻게 대응하셨나요?", NULL, NULL},
    {"결혼", IV_LANG_KO, "결혼은 하셨나요?", "kr", "marriage"},
    {"출신지", IV_LANG_KO, "고향이 어디세요?", "kr", "hometown"},
    {"부모의 직업", IV_LANG_KO, "부모님은 무슨 일을 하시나요?", "kr", "family"},
    {"키", IV_LANG_KO, "키가 얼마나 되세요?", "kr", "appearance"},
    {"노조", IV_LANG_KO, "노조 활동을 어떻게 생각하시나요?", "kr", "union"},
    {"子プロセス", IV_LANG_JA, "子プロセスと親プロセスの関係を説明してください。", NULL, NULL},
    {"設計思想", IV_LANG_JA, "その設計思想を教えてください。", NULL, NULL},
    {"本籍", IV_LANG_JA, "本籍はどちらですか。", "jp", "hometown"},
    {"家族", IV_LANG_JA, "ご家族は何人ですか。", "jp", "family"},
    {"尊敬する人物", IV_LANG_JA, "尊敬する人物は誰ですか。", "jp", "beliefs"},
    {"支持政党", IV_LANG_JA, "支持政党はどこですか。", "jp", "politics"},
    {"結婚の予定", IV_LANG_JA, "結婚の予定はありますか。", "jp", "marriage"},
};

static void knows_forbidden_topics(void **state)
{
    const struct legal_row *r = *state;
    struct iv_legal_hit hit;
    bool found = iv_legal_check(NULL, r->text, r->lang, r->jurisdiction, &hit);

    if (found && !r->topic)
        print_error("%s %s: %s\n", hit.jurisdiction, hit.topic, hit.found);
    assert_int_equal(found, r->topic != NULL);
    if (found) {
        assert_string_equal(hit.topic, r->topic);
        assert_true(hit.law[0] && hit.found[0]);
        if (r->jurisdiction)
            assert_string_equal(hit.jurisdiction, r->jurisdiction);
    }
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + IV_LEN(legal_rows) + 2];
    size_t n = 0;

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[n++] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = blames_the_line, .initial_state = (void *)&rows[i]};
    for (size_t i = 0; i < IV_LEN(legal_rows); i++)
        t[n++] = (struct CMUnitTest){.name = legal_rows[i].name,
                                     .test_func = knows_forbidden_topics,
                                     .initial_state = (void *)&legal_rows[i]};
    t[n++] = (struct CMUnitTest)cmocka_unit_test(shipped_names_bind);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(every_problem_is_told);
    return cmocka_run_group_tests_name("lint", t, NULL, NULL);
}

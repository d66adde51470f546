/* test_match.c - patterns against answers, as core/data/README.md defines them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "interview/match.h"
#include "iv/bank.h"

#define EN IV_LANG_EN
#define KO IV_LANG_KO
#define JA IV_LANG_JA

static const struct row {
    const char *name;
    enum iv_lang lang;
    const char *text, *pattern;
    const char *found; /* what is quoted; NULL: no match */
} rows[] = {
    /* English */
    {"a whole word", EN, "I use a cache here.", "cache", "cache"},
    {"no part of a word", EN, "a cachet", "cache", NULL},
    {"a stem finds its forms", EN, "it was Cached twice", "cach*", "Cached"},
    {"a stem finds itself", EN, "cach", "cach*", "cach"},
    {"a long stem", EN, "asynchronously", "asynchron*", "asynchronously"},
    {"a long word differs behind the eighth letter", EN, "synchronised", "synchronises", NULL},
    {"words in sequence", EN, "constant time", "constant time", "constant time"},
    {"one other word between", EN, "constant average time", "constant time",
     "constant average time"},
    {"two other words are too many", EN, "constant on average time", "constant time", NULL},
    {"a gap at each joint", EN, "a x b y c", "a b c", "a x b y c"},
    {"order matters in a sequence", EN, "time constant", "constant time", NULL},
    {"a false start does not hide the match", EN, "hash the hash the key", "hash the key",
     "hash the key"},
    {"punctuation is a blank", EN, "hash-function", "hash function", "hash-function"},
    {"big O", EN, "That is O(1), I think", "o 1", "O(1"},
    {"c++ is a word", EN, "I wrote C++ code", "c++", "C++"},
    {"c is not c++", EN, "I wrote C++ code", "c", NULL},
    {"c# is a word", EN, "in C#.", "c#", "C#"},
    {"a number sign alone is none", EN, "# 1", "#", NULL},
    {"an apostrophe on both sides", EN, "it doesn’t matter", "doesn't matter", "doesn’t matter"},
    {"full width letters", EN, "ＨＴＴＰ request", "http", "ＨＴＴＰ"},
    {"near each other in any order", EN, "the index of the hash", "hash* & index*",
     "index of the hash"},
    {"twenty-five words at most", EN,
     "hash 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 index", "hash & index",
     "hash 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 index"},
    {"twenty-six are too many", EN,
     "hash 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 index", "hash & index",
     NULL},
    {"the nearer of two counts", EN,
     "hash 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 hash index",
     "hash & index", "hash index"},
    {"three parts", EN, "we lock the row and then wait", "wait & lock & row",
     "lock the row and then wait"},
    {"one part missing", EN, "we lock the row", "wait & lock & row", NULL},
    {"an empty answer", EN, "", "cache", NULL},
    {"an empty pattern", EN, "cache", "", NULL},
    {"an empty part", EN, "cache", "cache & ", NULL},
    /* Korean */
    {"a particle follows", KO, "해시테이블에서는 빠릅니다", "해시 테이블", "해시테이블"},
    {"blanks in the answer", KO, "해시 테이블에서는 빠릅니다", "해시테이블", "해시 테이블"},
    {"not inside an eojeol", KO, "비해시 값", "해시", NULL},
    {"a stem of a verb", KO, "점점 느려집니다", "느려", "느려"},
    {"decomposed jamo", KO, "\u1112\u1162\u1109\u1175 값", "해시", "\u1112\u1162\u1109\u1175"},
    {"behind a bracket an eojeol begins", KO, "자료구조(해시)", "해시", "해시"},
    {"Latin letters", KO, "API를 씁니다", "api", "API"},
    {"fifteen eojeol at most", KO, "해시 1 2 3 4 5 6 7 8 9 10 11 12 13 색인", "해시 & 색인",
     "해시 1 2 3 4 5 6 7 8 9 10 11 12 13 색인"},
    {"sixteen are too many", KO, "해시 1 2 3 4 5 6 7 8 9 10 11 12 13 14 색인", "해시 & 색인", NULL},
    {"in any order", KO, "색인을 해시로 만듭니다", "해시 & 색인", "색인을 해시"},
    {"at the very end", KO, "값은 해시", "해시", "해시"},
    {"longer than the rest", KO, "값은 해", "해시", NULL},
    /* Japanese */
    {"anywhere", JA, "これはハッシュ表です", "ハッシュ", "ハッシュ"},
    {"half width kana", JA, "ﾊｯｼｭ表", "ハッシュ", "ﾊｯｼｭ"},
    {"half width voicing", JA, "ﾃﾞｰﾀ", "データ", "ﾃﾞｰﾀ"},
    {"voicing as a mark of its own", JA, "テ\u3099ータ", "データ", "テ\u3099ータ"},
    {"blanks are passed over", JA, "ハッシュ テーブル", "ハッシュテーブル", "ハッシュ テーブル"},
    {"a middle dot is passed over", JA, "ハッシュ・テーブル", "ハッシュテーブル",
     "ハッシュ・テーブル"},
    {"a stem", JA, "処理が遅くなる", "遅く", "遅く"},
    {"sixty characters at most", JA,
     "索あああああああああああああああああああああああああああああああああああああああああああああ"
     "あああああああああああああ表",
     "索 & 表",
     "索あああああああああああああああああああああああああああああああああああああああああああああ"
     "あああああああああああああ表"},
    {"sixty-one are too many", JA,
     "索あああああああああああああああああああああああああああああああああああああああああああああ"
     "ああああああああああああああ表",
     "索 & 表", NULL},
};

static void finds(void **state)
{
    const struct row *r = *state;
    iv_answer_text *a;
    struct iv_match m;
    bool found;

    assert_int_equal(iv_answer_text_new(r->text, r->lang, &a, NULL), IV_OK);
    found = iv_pattern_find(a, r->pattern, &m);
    assert_int_equal(found, r->found != NULL);
    if (found) {
        assert_int_equal(m.end - m.start, strlen(r->found));
        assert_memory_equal(r->text + m.start, r->found, strlen(r->found));
    }
    iv_answer_text_free(a);
}

static const struct count_row {
    const char *name;
    enum iv_lang lang;
    const char *text;
    size_t units;
} counts[] = {
    {"words", EN, "I don't know, well-known 3.5 -- things.", 6},
    {"eojeol", KO, "저는 3.5초를 줄였습니다.", 3},
    {"characters without small kana", JA, "ちょっと、待って。", 6},
    {"nothing", EN, " ... ", 0},
};

static void counts_units(void **state)
{
    const struct count_row *r = *state;
    iv_answer_text *a;

    assert_int_equal(iv_answer_text_new(r->text, r->lang, &a, NULL), IV_OK);
    assert_int_equal(iv_answer_units(a), r->units);
    iv_answer_text_free(a);
}

static const struct sentence_row {
    const char *name;
    enum iv_lang lang;
    const char *text, *pattern, *sentence;
} sentences[] = {
    {"between two stops", EN, "First. It took 3.5 seconds of cache time. Then not.", "cache",
     "It took 3.5 seconds of cache time."},
    {"the only one", EN, "no stop but cache", "cache", "no stop but cache"},
    {"Japanese", JA, "はい。索引を作ります。以上です。", "索引", "索引を作ります。"},
    {"over a line", KO, "하나\n해시를 씁니다\n끝", "해시", "해시를 씁니다"},
};

static void quotes_the_sentence(void **state)
{
    const struct sentence_row *r = *state;
    iv_answer_text *a;
    struct iv_match m;

    assert_int_equal(iv_answer_text_new(r->text, r->lang, &a, NULL), IV_OK);
    assert_true(iv_pattern_find(a, r->pattern, &m));
    m = iv_answer_sentence(a, m);
    assert_int_equal(m.end - m.start, strlen(r->sentence));
    assert_memory_equal(r->text + m.start, r->sentence, strlen(r->sentence));
    iv_answer_text_free(a);
}

static const struct problem_row {
    const char *name, *pattern;
    enum iv_lang lang;
    bool is_bad;
} problems[] = {
    {"a plain one", "hash table*", EN, false},
    {"a star in the middle", "ha*sh", EN, true},
    {"a star alone", "count * now", EN, true},
    {"a star in Korean", "해시*", KO, true},
    {"an ampersand without blanks in Korean", "해시&색인", KO, true},
    {"nothing but signs", "?!", EN, true},
    {"seven parts", "a & b & c & d & e & f & g", EN, true},
};

static void names_patterns_that_cannot_match(void **state)
{
    const struct problem_row *r = *state;

    assert_int_equal(iv_pattern_problem(r->pattern, r->lang) != NULL, r->is_bad);
}

/* A point's words fit in every form of the word; a cue's only as they stand. */
static const struct form_row {
    const char *name, *text, *pattern;
    bool any_form, as_it_stands;
} forms[] = {
    {"plural", "We keep two queues.", "queue", true, false},
    {"past", "I locked both rows.", "lock & row", true, false},
    {"gerund of a doubled letter", "By planning ahead.", "plan", true, false},
    {"the pattern has the longer form", "I retry once.", "retries", true, false},
    {"in a sequence", "They shared states.", "share state", true, false},
    {"a long word", "Synchronizations are costly.", "synchronization", true, false},
    {"the same start is not the same word", "A universe of users.", "university town", false,
     false},
    {"an adverb is no form", "It was like a dream.", "likely", false, false},
    {"a star still means a beginning", "We cached it.", "cach*", true, true},
};

static void fits_the_forms_of_a_word(void **state)
{
    const struct form_row *r = *state;
    char *words[] = {(char *)(uintptr_t)r->pattern};
    struct iv_point p = {.words = words, .n_words = 1};
    iv_answer_text *a;

    assert_int_equal(iv_answer_text_new(r->text, EN, &a, NULL), IV_OK);
    assert_int_equal(iv_point_find(a, &p, NULL), r->any_form);
    assert_int_equal(iv_pattern_find(a, r->pattern, NULL), r->as_it_stands);
    iv_answer_text_free(a);
}

static void counts_without_overlap(void **state)
{
    iv_answer_text *a;

    (void)state;
    assert_int_equal(iv_answer_text_new("I think I did it and I did it.", EN, &a, NULL), IV_OK);
    assert_int_equal(iv_pattern_count(a, "i"), 3);
    assert_int_equal(iv_pattern_count(a, "i did"), 2);
    iv_answer_text_free(a);
    assert_int_equal(iv_answer_text_new("ああああ", JA, &a, NULL), IV_OK);
    assert_int_equal(iv_pattern_count(a, "ああ"), 2);
    iv_answer_text_free(a);
}

/* A megabyte and sixty patterns that are never found: the worst an answer can do. */
static void large_answers_take_no_time(void **state)
{
    static const char *const words[][2] = {[KO] = {"해시 ", "해시해시해시해시색인 & 해시해시"},
                                           [EN] = {"hash ", "hash hash hash index & hash hash"},
                                           [JA] = {"索", "索索索索索索索引 & 索索"}};

    (void)state;
    for (int lang = 0; lang < IV_LANG_COUNT; lang++) {
        size_t n = strlen(words[lang][0]), len = (1u << 20) / n * n;
        char *text = malloc(len + 1);
        iv_answer_text *a;
        struct timespec from, to;

        for (size_t i = 0; i < len; i += n)
            memcpy(text + i, words[lang][0], n);
        text[len] = '\0';
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        assert_int_equal(iv_answer_text_new(text, (enum iv_lang)lang, &a, NULL), IV_OK);
        for (int i = 0; i < 60; i++)
            assert_false(iv_pattern_find(a, words[lang][1], NULL));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        print_message("%s: %.0f ms\n", iv_lang_code((enum iv_lang)lang),
                      (double)(to.tv_sec - from.tv_sec) * 1e3 +
                          (double)(to.tv_nsec - from.tv_nsec) / 1e6);
        assert_true(to.tv_sec - from.tv_sec < 10); /* sanitizers and busy machines included */
        iv_answer_text_free(a);
        free(text);
    }
}

static void broken_utf8_is_refused(void **state)
{
    iv_answer_text *a;

    (void)state;
    assert_int_equal(iv_answer_text_new("a\xff", EN, &a, NULL), IV_E_DATA);
    assert_null(a);
}

#define ADD(table, fn)                                                                             \
    for (size_t i = 0; i < IV_LEN(table); i++)                                                     \
        t[n++] = (struct CMUnitTest)                                                               \
        {                                                                                          \
            .name = (table)[i].name, .test_func = (fn), .initial_state = (void *)&(table)[i]       \
        }

int main(void)
{
    struct CMUnitTest
        t[IV_LEN(rows) + IV_LEN(counts) + IV_LEN(sentences) + IV_LEN(problems) + IV_LEN(forms) + 3];
    size_t n = 0;

    ADD(rows, finds);
    ADD(counts, counts_units);
    ADD(sentences, quotes_the_sentence);
    ADD(problems, names_patterns_that_cannot_match);
    ADD(forms, fits_the_forms_of_a_word);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(counts_without_overlap);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(large_answers_take_no_time);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(broken_utf8_is_refused);
    return cmocka_run_group_tests_name("match", t, NULL, NULL);
}

/* test_clause.c - where a reply is cut so that each piece can be spoken on its own. */
#include "table.h"

#include <stdio.h>
#include <string.h>

#include "iv/conversation.h"

/* Clauses joined by | as they are cut from the whole text. */
static void cut(const char *text, enum iv_lang lang, char *out)
{
    size_t len = strlen(text), at = 0;

    *out = '\0';
    while (at < len) {
        size_t n = iv_clause_next(text + at, len - at, lang, true);

        assert_true(n > 0 && n <= len - at);
        assert_true(iv_utf8_valid(text + at, n));
        if (at)
            strcat(out, "|");
        strncat(out, text + at, n);
        at += n;
    }
}

static const struct row {
    const char *name;
    enum iv_lang lang;
    const char *text; /* with | where it is cut */
} rows[] = {
    {"en: one sentence is one clause", IV_LANG_EN, "Tell me about yourself."},
    {"en: sentences are clauses", IV_LANG_EN, "Thank you. |What did you do? |I see! |Go on."},
    {"en: a short comma does not cut", IV_LANG_EN, "Thanks, that helps."},
    {"en: a late comma cuts", IV_LANG_EN,
     "When you think about that project, |what would you change?"},
    {"en: a decimal is whole", IV_LANG_EN, "Is 3.5 enough? |Or 99.99 percent?"},
    {"en: a thousand's comma is whole", IV_LANG_EN,
     "We serve more than twenty or 1,000,000 users."},
    {"en: e.g. is whole", IV_LANG_EN, "Name a store, e.g. Redis."},
    {"en: U.S. is whole", IV_LANG_EN, "Did you work in the U.S. before?"},
    {"en: Node.js is whole", IV_LANG_EN, "Why Node.js here? |And main.c?"},
    {"en: a title is whole", IV_LANG_EN, "I spoke with Dr. Kim and Ms. Lee."},
    {"en: quotes go with their sentence", IV_LANG_EN, "You said \"it works.\" |Why?"},
    {"en: brackets go with their sentence", IV_LANG_EN, "It failed (twice.) |And then?"},
    {"en: dots of a pause go together", IV_LANG_EN, "Well... |Let us go on... |Now."},
    {"en: ?! goes together", IV_LANG_EN, "Really?! |Tell me."},
    {"en: a newline cuts", IV_LANG_EN, "First\n|Second"},
    {"ko: sentences are clauses", IV_LANG_KO, "네, 알겠습니다. |다음 질문입니다."},
    {"ko: a connective ending cuts a long one", IV_LANG_KO,
     "말씀하신 프로젝트에서 어려움이 있었는데 |어떻게 해결하셨나요?"},
    {"ko: a connective ending in a short one does not", IV_LANG_KO, "좋은데 왜 그랬나요?"},
    {"ko: a late comma cuts", IV_LANG_KO, "지난번에 하신 프로젝트에서, |무엇을 하셨나요?"},
    {"ko: a decimal is whole", IV_LANG_KO, "응답 시간이 3.5초였나요?"},
    {"ja: sentences are clauses", IV_LANG_JA, "わかりました。|次の質問です。"},
    {"ja: a late comma cuts", IV_LANG_JA, "そのプロジェクトの中で、|何を担当しましたか？"},
    {"ja: an early comma does not", IV_LANG_JA, "では、次です。"},
    {"ja: brackets go with their sentence", IV_LANG_JA, "「できました。」|なるほど。"},
    {"ja: full width marks cut", IV_LANG_JA, "本当ですか？|すごい！|はい。"},
    {"nothing but marks is one clause", IV_LANG_EN, "...!?"},
};

static void row(void **state)
{
    const struct row *r = *state;
    char text[512] = "", out[512];

    for (const char *p = r->text; *p; p++)
        if (*p != '|')
            strncat(text, p, 1);
    cut(text, r->lang, out);
    assert_string_equal(out, r->text);
}

/* Given letter by letter, the same clauses come as from the whole text. */
static void streaming_cuts_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < IV_LEN(rows); i++) {
        char text[512] = "", whole[512], streamed[512] = "";
        size_t at = 0, len;

        for (const char *p = rows[i].text; *p; p++)
            if (*p != '|')
                strncat(text, p, 1);
        cut(text, rows[i].lang, whole);
        len = strlen(text);
        for (size_t have = 1; have <= len; have++) {
            size_t n;

            if (have < len && ((unsigned char)text[have] & 0xc0) == 0x80)
                continue;
            while (at < have &&
                   (n = iv_clause_next(text + at, have - at, rows[i].lang, have == len))) {
                if (at)
                    strcat(streamed, "|");
                strncat(streamed, text + at, n);
                at += n;
            }
        }
        assert_int_equal(at, len);
        if (strcmp(streamed, whole))
            fail_msg("%s: streamed \"%s\", whole \"%s\"", rows[i].name, streamed, whole);
    }
}

static void random_text_is_never_lost(void **state)
{
    static const char *const bits[] = {"a",    "한", "、",  "。",   " ",    ".", ",",
                                       "는데", "면", "😀",   "\n",   "3",    "?", "”",
                                       "(",    "é",  "...", "U.S.", "です", "\""};
    uint64_t x = 99;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[512] = "", joined[512] = "";
        size_t at = 0, len;
        enum iv_lang lang = (enum iv_lang)(i % IV_LANG_COUNT);

        for (int k = 0; k < 1 + i % 60; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            strcat(text, bits[x % IV_LEN(bits)]);
        }
        len = strlen(text);
        while (at < len) {
            size_t n = iv_clause_next(text + at, len - at, lang, true);

            assert_true(n > 0 && n <= len - at);
            assert_true(iv_utf8_valid(text + at, n));
            strncat(joined, text + at, n);
            at += n;
        }
        assert_string_equal(joined, text);
    }
}

static void text_without_marks_is_cut_at_a_length(void **state)
{
    static char text[3001];
    size_t n;

    (void)state;
    for (int i = 0; i < 1000; i++)
        memcpy(text + 3 * i, "가", 3);
    n = iv_clause_next(text, 3000, IV_LANG_KO, true);
    assert_true(n > 0 && n <= 300);
    assert_true(iv_utf8_valid(text, n));
}

static void estimates_grow_with_the_text(void **state)
{
    (void)state;
    assert_int_equal(iv_spoken_estimate_ms("", IV_LANG_EN), 0);
    assert_in_range(iv_spoken_estimate_ms("Tell me about a project you are proud of.", IV_LANG_EN),
                    1500, 4500);
    assert_in_range(iv_spoken_estimate_ms("자랑스러운 프로젝트를 말씀해 주세요.", IV_LANG_KO), 1500,
                    5500);
    assert_in_range(iv_spoken_estimate_ms("自己紹介をお願いします。", IV_LANG_JA), 1000, 4500);
    assert_true(iv_spoken_estimate_ms("a b", IV_LANG_EN) <
                iv_spoken_estimate_ms("a b.", IV_LANG_EN));
}

int main(void)
{
    TABLE_ROWS(row, rows);
    TABLE_TEST(streaming_cuts_alike);
    TABLE_TEST(random_text_is_never_lost);
    TABLE_TEST(text_without_marks_is_cut_at_a_length);
    TABLE_TEST(estimates_grow_with_the_text);
    return table_run("clause");
}

/* test_speakable.c - how sentences are read aloud, and how Korean sounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/tts.h"
#include "provider/kana.h"
#include "provider/korean_sound.h"
#include "provider/speakable.h"

static const struct row {
    enum iv_lang lang;
    const char *written, *spoken;
} rows[] = {
    /* plain text stays */
    {IV_LANG_EN, "Tell me about yourself.", "Tell me about yourself."},
    {IV_LANG_EN, "A dog, and I think: yes; well-known?", "A dog, and I think: yes; well-known?"},
    {IV_LANG_KO, "자기소개를 부탁드립니다.", "자기소개를 부탁드립니다."},
    {IV_LANG_JA, "自己紹介をお願いします。", "自己紹介をお願いします。"},
    /* English numbers */
    {IV_LANG_EN, "0 and 7", "zero and seven"},
    {IV_LANG_EN, "13 of 42", "thirteen of forty-two"},
    {IV_LANG_EN, "100 or 115", "one hundred or one hundred fifteen"},
    {IV_LANG_EN, "1,234,567",
     "one million two hundred thirty-four thousand five hundred sixty-seven"},
    {IV_LANG_EN, "3.14", "three point one four"},
    {IV_LANG_EN, "-3 degrees", "minus three degrees"},
    {IV_LANG_EN, "95%", "ninety-five percent"},
    {IV_LANG_EN, "In 2024 it", "In twenty twenty-four it"},
    {IV_LANG_EN, "since 2005.", "since two thousand five."},
    {IV_LANG_EN, "March 1999", "March nineteen ninety-nine"},
    {IV_LANG_EN, "2000 requests", "two thousand requests"},
    {IV_LANG_EN, "of 2048 MB", "of two thousand forty-eight megabytes"},
    {IV_LANG_EN, "the 1990s", "the nineteen nineties"},
    {IV_LANG_EN, "1st, 2nd, 3rd, 12th, 21st", "first, second, third, twelfth, twenty-first"},
    {IV_LANG_EN, "10:30 or 9:05 or 12:00", "ten thirty or nine oh five or twelve o'clock"},
    {IV_LANG_EN, "2024-01-31", "January thirty-first, twenty twenty-four"},
    {IV_LANG_EN, "3-5 years", "three to five years"},
    {IV_LANG_EN, "v1.2.3", "version one point two point three"},
    {IV_LANG_EN, "010-1234-5678", "zero one zero, one two three four, five six seven eight"},
    {IV_LANG_EN, "007", "zero zero seven"},
    {IV_LANG_EN, "1/2", "one over two"},
    {IV_LANG_EN, "12345678901234567890",
     "one two three four five six seven eight nine zero one two three "
     "four five six seven eight nine zero"},
    {IV_LANG_EN, "$5M or $1", "five million dollars or one dollar"},
    /* English units, terms, code */
    {IV_LANG_EN, "1 ms, 200ms, 16 GB",
     "one millisecond, two hundred milliseconds, sixteen gigabytes"},
    {IV_LANG_EN, "5 km/h", "five kilometers per hour"},
    {IV_LANG_EN, "O(n) and O(n log n)", "O of n and O of n log n"},
    {IV_LANG_EN, "O(n^2), O(2^n), O(1)", "O of n squared, O of two to the power of n, O of one"},
    {IV_LANG_EN, "O(V + E)", "O of V plus E"},
    {IV_LANG_EN, "C++, C# and C", "C plus plus, C sharp and C"},
    {IV_LANG_EN, "HTTP over TCP/IP", "H T T P over T C P I P"},
    {IV_LANG_EN, "APIs in JSON", "eigh P I's in Jason"},
    {IV_LANG_EN, "userName and user_id", "user Name and user id"},
    {IV_LANG_EN, "parseXMLFile2", "parse X M L File two"},
    {IV_LANG_EN, "e.g. this, i.e. that", "for example this, that is that"},
    {IV_LANG_EN, "see https://example.com/docs?x=1 now", "see example dot com slash docs now"},
    {IV_LANG_EN, "me@site.org", "me at site dot org"},
    {IV_LANG_EN, "a + b = c", "a plus b equals c"},
    {IV_LANG_EN, "**Bold** `code`", "Bold code"},
    {IV_LANG_EN, "well done 😀", "well done"},
    {IV_LANG_EN, "NOT that", "not that"},
    /* Korean numbers: native before some counters */
    {IV_LANG_KO, "3개", "세 개"},
    {IV_LANG_KO, "20개, 21명", "스무 개, 스물한 명"},
    {IV_LANG_KO, "100명", "백 명"},
    {IV_LANG_KO, "5살 2마리 4시간", "다섯 살 두 마리 네 시간"},
    {IV_LANG_KO, "1번째", "첫 번째"},
    {IV_LANG_KO, "2024년", "이천이십사 년"},
    {IV_LANG_KO, "6월 3일, 10월", "유월 삼 일, 시월"},
    {IV_LANG_KO, "3개월", "삼 개월"},
    {IV_LANG_KO, "3시 30분", "세 시 삼십 분"},
    {IV_LANG_KO, "10:30", "열 시 삼십 분"},
    {IV_LANG_KO, "95%", "구십오 퍼센트"},
    {IV_LANG_KO, "3.14", "삼 점 일 사"},
    {IV_LANG_KO, "1,234,567원", "백이십삼만 사천오백육십칠 원"},
    {IV_LANG_KO, "10000", "만"},
    {IV_LANG_KO, "100000000", "일억"},
    {IV_LANG_KO, "3~5개", "세 개에서 다섯 개"},
    {IV_LANG_KO, "3~5년", "삼 년에서 오 년"},
    {IV_LANG_KO, "서버 3대, 30대", "서버 세 대, 삼십 대"},
    {IV_LANG_KO, "010-1234-5678", "공 일 공, 일 이 삼 사, 오 육 칠 팔"},
    {IV_LANG_KO, "2024-06-03", "이천이십사 년 유월 삼 일"},
    {IV_LANG_KO, "버전 v2.1", "버전 이 점 일"},
    {IV_LANG_KO, "200ms, 16GB", "이백 밀리초, 십육 기가바이트"},
    {IV_LANG_KO, "1/2", "이 분의 일"},
    {IV_LANG_KO, "HTTP와 SQL을", "에이치티티피와 에스큐엘을"},
    {IV_LANG_KO, "O(n log n)", "빅오 엔 로그 엔"},
    {IV_LANG_KO, "O(n^2)", "빅오 엔 제곱"},
    {IV_LANG_KO, "C++와 TCP/IP", "씨 플러스 플러스와 티씨피 아이피"},
    {IV_LANG_KO, "A 팀", "에이 팀"},
    /* Japanese */
    {IV_LANG_JA, "3個", "サンコ"},
    {IV_LANG_JA, "1本、3本、6本、10本", "イッポン、サンボン、ロッポン、ジュッポン"},
    {IV_LANG_JA, "1人、2人、4人、14人", "ヒトリ、フタリ、ヨニン、ジュウヨニン"},
    {IV_LANG_JA, "1分、3分、30分", "イップン、サンプン、サンジュップン"},
    {IV_LANG_JA, "4月20日", "シガツ ハツカ"},
    {IV_LANG_JA, "9時", "クジ"},
    {IV_LANG_JA, "100回、8回", "ヒャッカイ、ハッカイ"},
    {IV_LANG_JA, "14年", "ジュウヨネン"},
    {IV_LANG_JA, "2024年", "ニセンニジュウヨネン"},
    {IV_LANG_JA, "3か月", "サンカゲツ"},
    {IV_LANG_JA, "3600円", "サンゼンロッピャクエン"},
    {IV_LANG_JA, "95%", "キュウジュウゴ パーセント"},
    {IV_LANG_JA, "10:30", "ジュウジサンジュップン"},
    {IV_LANG_JA, "１０人", "ジュウニン"},
    {IV_LANG_JA, "HTTPとSQL", "エイチティーティーピーとエスキューエル"},
    {IV_LANG_JA, "ＡＰＩ", "エーピーアイ"},
    {IV_LANG_JA, "O(n)", "ビッグオー エヌ"},
    {IV_LANG_JA, "200ms", "ニヒャク ミリビョウ"},
};

static void is_spoken(void **state)
{
    const struct row *r = *state;
    char *s = iv_speakable(r->written, r->lang);

    assert_string_equal(s, r->spoken);
    free(s);
}

static const struct sound_row {
    const char *written, *sounds, *rule;
} sounds[] = {
    {"같이", "가치", "palatalisation"},
    {"굳이", "구지", "palatalisation"},
    {"붙여", "부처", "palatalisation"},
    {"닫혀", "다처", "palatalisation"},
    {"좋다", "조타", "h"},
    {"많다", "만타", "h"},
    {"많이", "마니", "h"},
    {"않는", "안는", "h"},
    {"입학", "이팍", "h"},
    {"밝히다", "발키다", "h"},
    {"못하다", "모타다", "h"},
    {"앉히다", "안치다", "h"},
    {"좋습니다", "조씀니다", "h"},
    {"싫어", "시러", "h"},
    {"읽어", "일거", "linking"},
    {"없어요", "업써요", "linking"},
    {"앉아", "안자", "linking"},
    {"강아지", "강아지", "linking"},
    {"삶은", "살믄", "linking"},
    {"습니다", "슴니다", "nasals"},
    {"국물", "궁물", "nasals"},
    {"있는", "인는", "nasals"},
    {"앞문", "암문", "nasals"},
    {"없습니다", "업씀니다", "nasals"},
    {"밟는", "밤는", "nasals"},
    {"백만", "뱅만", "nasals"},
    {"신라", "실라", "liquids"},
    {"관리", "괄리", "liquids"},
    {"설날", "설랄", "liquids"},
    {"뚫는", "뚤른", "liquids"},
    {"판단력", "판단녁", "liquids"},
    {"권력", "궐력", "liquids"},
    {"협력", "혐녁", "liquids"},
    {"경력", "경녁", "liquids"},
    {"독립", "동닙", "liquids"},
    {"학교", "학꾜", "tensing"},
    {"합격", "합껵", "tensing"},
    {"읽고", "일꼬", "tensing"},
    {"넓다", "널따", "tensing"},
    {"값", "갑", "the seven tails"},
    {"옷", "옫", "the seven tails"},
    {"희망", "히망", "vowels"},
    {"가져", "가저", "vowels"},
    {"API 습니다", "API 슴니다", "other letters stay"},
    {"몇 년", "멷 년", "words apart"},
};

static void sounds_like(void **state)
{
    const struct sound_row *r = *state;
    char *s = iv_korean_sound(r->written);

    assert_string_equal(s, r->sounds);
    free(s);
}

static const struct row kana_rows[] = {
    {IV_LANG_JA, "二人で行った。", "ふたり"},
    {IV_LANG_JA, "何ですか", "ンデス"},
    {IV_LANG_JA, "私は東京へ行きます。", "ワタシワ"},
    {IV_LANG_JA, "こんにちは", "コンニチワ"},
};

static void hiragana_to_katakana(char *s)
{
    for (unsigned char *p = (unsigned char *)s; *p; p++)
        if (p[0] == 0xe3 && ((p[1] == 0x81 && p[2] >= 0x81) || (p[1] == 0x82 && p[2] <= 0x96))) {
            unsigned cp = 0x3000u + ((p[1] & 0x3fu) << 6) + (p[2] & 0x3fu) + 0x60u;

            p[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
            p[2] = (unsigned char)(0x80 | (cp & 0x3f));
            p += 2;
        }
}

static void kanji_become_kana(void **state)
{
    struct word_list readings;
    struct iv_error err = {0};

    (void)state;
    if (!iv_kana_converter() || strcmp(iv_kana_converter(), "mecab")) {
        print_message("not here: mecab\n");
        skip();
    }
    assert_int_equal(iv_word_list_of(NULL, "pronunciation/ja.json", "readings", &readings, &err),
                     IV_OK);
    for (size_t i = 0; i < IV_LEN(kana_rows); i++) {
        char want[64], *kana;

        assert_int_equal(iv_kana_of(&readings, kana_rows[i].written, -1, 5000, &kana, &err), IV_OK);
        snprintf(want, sizeof want, "%s", kana_rows[i].spoken);
        hiragana_to_katakana(want);
        hiragana_to_katakana(kana);
        assert_non_null(strstr(kana, want));
        free(kana);
    }
    iv_word_list_release(&readings);
}

static void sentences_are_found(void **state)
{
    (void)state;
    assert_int_equal(iv_speak_sentence_len("One. Two."), 5);
    assert_int_equal(iv_speak_sentence_len("3.5 is"), 6);
    assert_int_equal(iv_speak_sentence_len("はい。次"), strlen("はい。"));
    assert_int_equal(iv_speak_sentence_len(""), 0);
}

/* Whatever comes in, text comes out: valid, bounded, without a crash. */
static void anything_is_taken(void **state)
{
    static const char *const odd[] = {"O(",
                                      "O()",
                                      "O(((((",
                                      "^",
                                      "a^",
                                      "^2",
                                      "$",
                                      "$x",
                                      "1:2:3",
                                      "1.",
                                      "1..2",
                                      "-",
                                      "--5",
                                      "1-",
                                      "1/0",
                                      "v",
                                      "http://",
                                      "@",
                                      "a@b",
                                      "_",
                                      "__x__",
                                      "1,2,",
                                      "%",
                                      "99:99",
                                      "0:0",
                                      "9999999999999999999999999.9",
                                      "1e9",
                                      "\xe2\x88\x92"
                                      "5",
                                      "2024-13-45",
                                      "O(n",
                                      "100000000000000",
                                      "３．５"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(odd); i++)
        for (int lang = 0; lang < IV_LANG_COUNT; lang++) {
            char *s = iv_speakable(odd[i], (enum iv_lang)lang);

            assert_non_null(s);
            assert_true(iv_utf8_valid(s, strlen(s)));
            free(s);
        }
}

int main(void)
{
    static struct CMUnitTest t[IV_LEN(rows) + IV_LEN(sounds) + 3] = {
        cmocka_unit_test(kanji_become_kana),
        cmocka_unit_test(sentences_are_found),
        cmocka_unit_test(anything_is_taken),
    };
    static char names[IV_LEN(t)][160];
    size_t n = 3;

    for (size_t i = 0; i < IV_LEN(rows); i++, n++) {
        snprintf(names[n], sizeof names[n], "%s: %.100s", iv_lang_code(rows[i].lang),
                 rows[i].written);
        t[n] = (struct CMUnitTest){
            .name = names[n], .test_func = is_spoken, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    for (size_t i = 0; i < IV_LEN(sounds); i++, n++) {
        snprintf(names[n], sizeof names[n], "%s: %s", sounds[i].rule, sounds[i].written);
        t[n] = (struct CMUnitTest){.name = names[n],
                                   .test_func = sounds_like,
                                   .initial_state = (void *)(uintptr_t)&sounds[i]};
    }
    return cmocka_run_group_tests_name("speakable", t, NULL, NULL);
}

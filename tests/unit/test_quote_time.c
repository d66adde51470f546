/* A quote says when it was said: the first word's time of speech, the turn's start of what was typed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "answer_sets.h"
#include "interview/quote_time.h"

#define ID "en-behavioral-easy-uneven-group"

static struct iv_turn spoken(const char *text, const char *words)
{
    return (struct iv_turn){.text = (char *)(uintptr_t)text,
                            .words_json = (char *)(uintptr_t)words,
                            .start_ms = 10000,
                            .end_ms = 14000};
}

static int64_t time_of(const struct iv_turn *t, const char *part)
{
    return iv_turn_time_at(t, (size_t)(strstr(t->text, part) - t->text));
}

static void words_tell_the_time(void **state)
{
    struct iv_turn t = spoken(
        "I wrote it down. Then I asked her!",
        "[[\"i\",300,400,0.9],[\"wrote\",450,800,0.9],[\"it\",800,900,1],[\"down\",900,1200,1],"
        "[\"then\",2300,2500,1],[\"i\",2500,2600,1],[\"asked\",2600,3000,1],[\"her\",3000,3300,1]"
        "]");

    (void)state;
    assert_int_equal(time_of(&t, "I wrote"), 10000);
    assert_int_equal(time_of(&t, "down"), 10600);
    assert_int_equal(time_of(&t, "Then"), 12000);
    assert_int_equal(time_of(&t, "her"), 12700);
}

static void other_scripts(void **state)
{
    struct iv_turn ko = spoken("먼저 적었습니다. 그리고 물었습니다.",
                               "[[\"먼저\",0,400],[\"적었습니다\",450,900],[\"그리고\",2000,2300],"
                               "[\"물었습니다\",2300,3000]]");
    struct iv_turn ja = spoken("先に書きました。次に聞きました。",
                               "[[\"先に\",0,300],[\"書きました。\",300,900],[\"次に\",2000,2300],"
                               "[\"聞きました。\",2300,3000]]");

    (void)state;
    assert_int_equal(time_of(&ko, "그리고"), 12000);
    assert_int_equal(time_of(&ja, "次に"), 12000);
}

/* "twenty five" is heard, "25" is written: the words that follow are found all the same. */
static void readable_numbers(void **state)
{
    struct iv_turn t =
        spoken("It took 25 days. We wrote a plan and kept to it.",
               "[[\"it\",0,100],[\"took\",100,400],[\"twenty\",400,700],[\"five\",700,1000],"
               "[\"days\",1000,1300],[\"we\",2000,2100],[\"wrote\",2100,2400],[\"a\",2400,2500],"
               "[\"plan\",2500,2800],[\"and\",2800,2900],[\"kept\",2900,3100],[\"to\",3100,3200],"
               "[\"it\",3200,3300]]");

    (void)state;
    assert_int_equal(time_of(&t, "We wrote"), 12000);
    assert_int_equal(time_of(&t, "kept"), 12900);
}

static void without_words(void **state)
{
    struct iv_turn typed = spoken("I wrote. Then I asked.", NULL);
    struct iv_turn empty = spoken("I wrote. Then I asked.", "[]");
    struct iv_turn odd = spoken("I wrote. Then I asked.", "[[\"i\",-5],7,[],[\"x\",9e300],{}]");
    struct iv_turn late = spoken("I wrote. Then", "[[\"i\",0],[\"wrote\",1],[\"then\",999999]]");

    (void)state;
    assert_int_equal(time_of(&typed, "Then"), 10000);
    assert_int_equal(time_of(&empty, "Then"), 10000);
    assert_in_range(time_of(&odd, "Then"), 10000, 14000);
    assert_int_equal(time_of(&late, "Then"), 14000); /* never outside its turn */
}

/* The whole answer as words, 400 ms each. */
static char *words_of(const char *text)
{
    char *copy = strdup(text), *save = NULL, *at = malloc(strlen(text) * 24 + 16), *out = at;
    int ms = 0;

    for (char *w = strtok_r(copy, " \n\"", &save); w; w = strtok_r(NULL, " \n\"", &save), ms += 400)
        at += sprintf(at, "%s[\"%s\",%d,%d,0.9]", ms ? "," : "[", w, ms, ms + 350);
    strcpy(at, "]");
    free(copy);
    return out;
}

static void reports_quote_with_their_time(void **state)
{
    iv_json *sets = answer_sets_load("en"), *report, *quote;
    const char *text = NULL;
    char *words;
    int64_t ms;

    (void)state;
    for (const iv_json *j = iv_json_first(iv_json_get(sets, "sets")); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, "question", ""), ID))
            text = iv_json_get_str(j, "complete", "");
    assert_non_null(text);
    words = words_of(text);
    report = report_of_speech(ID, text, words);
    assert_int_equal(iv_report_verify(report, NULL, 0, NULL), IV_OK);
    quote = (iv_json *)(uintptr_t)iv_json_at(
        iv_json_get(iv_json_at(iv_json_get(report, "scores"), 0), "evidence"), 1);
    ms = iv_json_get_int(quote, "start_ms", -1);
    assert_in_range(ms, 5201, 65000);
    assert_int_equal((ms - 5200) % 400, 0);
    iv_json_set_int(quote, "start_ms", ms + 1);
    assert_int_equal(iv_report_verify(report, NULL, 0, NULL), IV_E_NO);
    iv_json_free(report);
    iv_json_free(sets);
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_tell_the_time),
        cmocka_unit_test(other_scripts),
        cmocka_unit_test(readable_numbers),
        cmocka_unit_test(without_words),
        cmocka_unit_test(reports_quote_with_their_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

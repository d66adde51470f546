/* test_json.c - JSON: what is taken, what is refused and why, and what comes out. */
#include "table.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/clock.h"
#include "iv/json.h"

/* -- taken or refused -- */

#define LIT(s) s, sizeof(s) - 1

static const struct input {
    const char *name, *text;
    size_t len;
    const char *says; /* NULL: it is taken */
} inputs[] = {
    {"an empty object is taken", LIT("{}"), NULL},
    {"an empty array is taken", LIT("[]"), NULL},
    {"a bare string is taken", LIT("\"a\""), NULL},
    {"a bare number is taken", LIT("-1.5e3"), NULL},
    {"a bare word is taken", LIT("null"), NULL},
    {"blank around a value is taken", LIT(" \t\r\n[ 1 , 2 ]\n "), NULL},
    {"every escape is taken", LIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""), NULL},
    {"a surrogate pair is taken", LIT("\"\\ud83d\\ude00\""), NULL},
    {"characters of every length are taken", LIT("\"a\xc3\xa9\xed\x95\x9c\xf0\x9f\x98\x80\""),
     NULL},
    {"the last code point is taken", LIT("\"\xf4\x8f\xbf\xbf\""), NULL},
    {"DEL is taken", LIT("\"\x7f\""), NULL},
    {"numbers of every form are taken", LIT("[0,-0,1,-1,0.5,1e5,1E+5,1e-5,1.25e10]"), NULL},
    {"a number too small becomes nothing", LIT("1e-999"), NULL},
    {"the same key in two objects is taken", LIT("[{\"a\":1},{\"a\":{\"a\":2}}]"), NULL},
    {"keys that differ in case are two", LIT("{\"a\":1,\"A\":2}"), NULL},
    {"an empty key is taken", LIT("{\"\":1}"), NULL},

    {"nothing is refused", LIT(""), "a value was expected"},
    {"blank alone is refused", LIT(" \n"), "a value was expected"},
    {"a byte order mark is refused", LIT("\xef\xbb\xbf{}"), "byte order mark"},
    {"\\u0000 is refused", LIT("\"a\\u0000b\""), "\\u0000"},
    {"\\u0000 in a key is refused", LIT("{\"a\\u0000\":1}"), "\\u0000"},
    {"a NUL byte is refused", LIT("\"a\0b\""), "UTF-8"},
    {"a NUL byte after the value is refused", LIT("{}\0"), "UTF-8"},
    {"a raw newline in a string is refused", LIT("\"a\nb\""), "control character"},
    {"a raw tab in a string is refused", LIT("\"a\tb\""), "control character"},
    {"a raw ESC in a string is refused", LIT("\"\x1b[2J\""), "control character"},
    {"a control character between values is refused", LIT("[1,\f2]"), "a value was expected"},
    {"an overlong slash is refused", LIT("\"\xc0\xaf\""), "UTF-8"},
    {"a surrogate in UTF-8 is refused", LIT("\"\xed\xa0\x80\""), "UTF-8"},
    {"a code point too large is refused", LIT("\"\xf4\x90\x80\x80\""), "UTF-8"},
    {"a lone continuation byte is refused", LIT("\"\x80\""), "UTF-8"},
    {"a cut character is refused", LIT("\"\xed\x95\""), "UTF-8"},
    {"Latin-1 is refused", LIT("\"caf\xe9\""), "UTF-8"},
    {"half of a surrogate pair is refused", LIT("\"\\ud83d\""), "surrogate"},
    {"the low half alone is refused", LIT("\"\\ude00\""), "surrogate"},
    {"two high halves are refused", LIT("\"\\ud83d\\ud83d\""), "surrogate"},
    {"a pair cut at the end is refused", LIT("\"\\ud83d\\u"), "surrogate"},
    {"\\u of three digits is refused", LIT("\"\\u00e\""), "four hex digits"},
    {"\\u at the end is refused", LIT("\"\\u"), "four hex digits"},
    {"an unknown escape is refused", LIT("\"\\x41\""), "unknown escape"},
    {"an escape at the end is refused", LIT("\"\\"), "unknown escape"},
    {"a string without an end is refused", LIT("\"abc"), "has no end"},
    {"a key that stands twice is refused", LIT("{\"a\":1,\"b\":2,\"a\":3}"), "stands twice"},
    {"a key twice in two spellings is refused", LIT("{\"a\":1,\"\\u0061\":2}"), "stands twice"},
    {"an escaped quote twice is refused", LIT("{\"\\\"\":1,\"\\u0022\":2}"), "stands twice"},
    {"a key twice around an inner object is refused", LIT("{\"a\":{\"b\":1},\"a\":2}"),
     "stands twice"},
    {"a second value is refused", LIT("{}{}"), "something follows"},
    {"a stray bracket is refused", LIT("[]]"), "something follows"},
    {"a letter after the value is refused", LIT("nulll"), "something follows"},
    {"a comment is refused", LIT("{} // x"), "something follows"},
    {"a comma at the end is refused", LIT("[1,]"), "a value was expected"},
    {"a comma at the end of an object is refused", LIT("{\"a\":1,}"), "a key was expected"},
    {"two commas are refused", LIT("[1,,2]"), "a value was expected"},
    {"a missing comma is refused", LIT("[1 2]"), "',' or ']'"},
    {"a missing colon is refused", LIT("{\"a\" 1}"), "':' was expected"},
    {"a key without quotes is refused", LIT("{a:1}"), "a key was expected"},
    {"a number as key is refused", LIT("{1:1}"), "a key was expected"},
    {"single quotes are refused", LIT("'a'"), "a value was expected"},
    {"an open array is refused", LIT("[1"), "',' or ']'"},
    {"an open object is refused", LIT("{\"a\":1"), "',' or '}'"},
    {"brackets that do not match are refused", LIT("[1}"), "',' or ']'"},
    {"a leading zero is refused", LIT("01"), "something follows"},
    {"a leading zero in an array is refused", LIT("[-01]"), "',' or ']'"},
    {"a plus is refused", LIT("+1"), "a value was expected"},
    {"a minus alone is refused", LIT("-"), "a value was expected"},
    {"a point without digits is refused", LIT("1."), "digits were expected"},
    {"a point first is refused", LIT(".5"), "a value was expected"},
    {"an exponent without digits is refused", LIT("1e"), "digits were expected"},
    {"1e999 is refused", LIT("1e999"), "too large"},
    {"-1e999 is refused", LIT("[-1e999]"), "too large"},
    {"hexadecimal is refused", LIT("0x10"), "something follows"},
    {"NaN is refused", LIT("NaN"), "a value was expected"},
    {"Infinity is refused", LIT("Infinity"), "a value was expected"},
    {"TRUE is refused", LIT("TRUE"), "a value was expected"},
    {"half a word is refused", LIT("tru"), "a value was expected"},
    {"a number of 64 digits is refused",
     LIT("1234567890123456789012345678901234567890123456789012345678901234"), "too many digits"},
};

static void input(void **state)
{
    const struct input *r = *state;
    struct iv_error err = {.text = ""};
    char *exact =
        malloc(r->len ? r->len : 1); /* nothing behind it: a sanitizer sees a step beyond */
    iv_json *j = NULL;
    enum iv_code rc;

    memcpy(exact, r->text, r->len);
    rc = iv_json_parse(exact, r->len, 4096, &j, &err);
    assert_int_equal(rc, r->says ? IV_E_USAGE : IV_OK);
    if (r->says) {
        assert_null(j);
        assert_non_null(strstr(err.text, r->says));
    } else {
        assert_non_null(j);
    }
    iv_json_free(j);
    free(exact);
}

static void nested(int depth, char open, enum iv_code expect)
{
    char text[600];
    size_t n = 0;
    iv_json *j;

    for (int i = 0; i < depth; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s",
                              open == '['     ? "["
                              : i + 1 < depth ? "{\"a\":"
                                              : "{");
    for (int i = 0; i < depth; i++)
        text[n++] = open == '[' ? ']' : '}';
    assert_int_equal(iv_json_parse(text, n, sizeof text, &j, NULL), expect);
    iv_json_free(j);
}

static void thirty_two_levels_are_taken_and_33_are_not(void **state)
{
    (void)state;
    nested(32, '[', IV_OK);
    nested(33, '[', IV_E_USAGE);
    nested(32, '{', IV_OK);
    nested(33, '{', IV_E_USAGE);
}

static void a_million_brackets_are_refused(void **state)
{
    char *text = malloc(1000000);
    iv_json *j;

    (void)state;
    memset(text, '[', 1000000);
    assert_int_equal(iv_json_parse(text, 1000000, 1000000, &j, NULL), IV_E_USAGE);
    free(text);
}

static void size_limit_is_exact(void **state)
{
    static char text[65537 + 1];
    struct iv_error err;
    iv_json *j;

    (void)state;
    memset(text, ' ', sizeof text);
    text[0] = '1';
    assert_int_equal(iv_json_parse(text, 65536, 65536, &j, NULL), IV_OK);
    iv_json_free(j);
    assert_int_equal(iv_json_parse(text, 65537, 65536, &j, &err), IV_E_TOO_LARGE);
    assert_null(j);
    assert_non_null(strstr(err.text, "65537"));
}

static void keys_of_an_object_are_bounded(void **state)
{
    char *text = malloc(200000);
    size_t n;
    iv_json *j;

    (void)state;
    for (int keys = 4096; keys <= 4097; keys++) {
        n = 0;
        for (int i = 0; i < keys; i++)
            n += (size_t)snprintf(text + n, 200000 - n, "%c\"k%d\":0", i ? ',' : '{', i);
        text[n++] = '}';
        assert_int_equal(iv_json_parse(text, n, 200000, &j, NULL),
                         keys == 4096 ? IV_OK : IV_E_USAGE);
        iv_json_free(j);
    }
    free(text);
}

/* A hundred thousand mutants of a good document: each is refused or, once taken, prints and parses to the same. */
static void mutants_never_crash(void **state)
{
    static const char seed_text[] =
        "{\"user_id\":\"\xed\x95\x9c\xea\xb8\x80\",\"n\":[1,-2.5e3,0.1],\"deep\":{\"a\":[{},"
        "[true,false,null]]},\"s\":\"\\ud83d\\ude00\\n\\u00e9\"}";
    static const char spice[] = "{}[]\",:\\u0019e.-+ \n\x80\xff\xc3tfn";
    uint64_t x = 88172645463325252u;
    int taken = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        char text[256], *exact;
        struct iv_buf once = IV_BUF_INIT(4096), twice = IV_BUF_INIT(4096);
        size_t n = sizeof seed_text - 1;
        iv_json *j, *again;

        memcpy(text, seed_text, n);
        for (int k = 0; k < 1 + i % 3; k++) {
            size_t at;

            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            at = (size_t)(x % n);
            switch ((x >> 32) % 3) {
            case 0:
                text[at] = spice[(x >> 40) % (sizeof spice - 1)];
                break;
            case 1:
                memmove(text + at, text + at + 1, --n - at);
                break;
            default:
                memmove(text + at + 1, text + at, n - at);
                text[at] = spice[(x >> 40) % (sizeof spice - 1)];
                n++;
            }
        }
        exact = malloc(n);
        memcpy(exact, text, n);
        if (!iv_json_parse(exact, n, n, &j, NULL)) {
            taken++;
            assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &once, NULL), IV_OK);
            assert_int_equal(iv_json_parse(once.data, once.len, once.len, &again, NULL), IV_OK);
            assert_int_equal(iv_json_print(again, IV_JSON_COMPACT, &twice, NULL), IV_OK);
            assert_string_equal(once.data, twice.data);
            iv_json_free(j);
            iv_json_free(again);
        }
        free(exact);
        iv_buf_release(&once);
        iv_buf_release(&twice);
    }
    assert_true(taken > 1000);
}

/* -- printing -- */

static const struct printed {
    const char *name, *in, *out;
} prints[] = {
    {"whole numbers have no fraction", "[0,1,-1,1.0,1e3,123456789]", "[0,1,-1,1,1000,123456789]"},
    {"minus nothing is nothing", "-0.0", "0"},
    {"fractions take the fewest digits", "[0.1,0.5,1.25,3.14159]", "[0.1,0.5,1.25,3.14159]"},
    {"2^53 - 1 is exact", "9007199254740991", "9007199254740991"},
    {"escapes that need none go", "\"\\u0041\\/\\u00e9\"", "\"A/\xc3\xa9\""},
    {"quotes and backslashes are escaped", "\"\\\"\\\\\"", "\"\\\"\\\\\""},
    {"control characters are escaped", "\"\\n\\t\\r\\b\\u001b\\u007f\"",
     "\"\\n\\t\\u000d\\u0008\\u001b\\u007f\""},
    {"order is kept", "{\"b\":1,\"a\":[true,false,null]}", "{\"b\":1,\"a\":[true,false,null]}"},
    {"empty things are short", "[{},[],\"\"]", "[{},[],\"\"]"},
};

static void printed(void **state)
{
    const struct printed *r = *state;
    struct iv_buf b = IV_BUF_INIT(4096);
    iv_json *j;

    assert_int_equal(iv_json_parse(r->in, strlen(r->in), 4096, &j, NULL), IV_OK);
    assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), r->out);
    iv_json_free(j);
    iv_buf_release(&b);
}

static void pretty_print_is_indented(void **state)
{
    struct iv_buf b = IV_BUF_INIT(4096);
    iv_json *j;

    (void)state;
    assert_int_equal(iv_json_parse(LIT("{\"a\":[1,{}],\"b\":{\"c\":null}}"), 4096, &j, NULL),
                     IV_OK);
    assert_int_equal(iv_json_print(j, IV_JSON_PRETTY, &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    "
                                        "\"c\": null\n  }\n}");
    iv_json_free(j);
    iv_buf_release(&b);
}

static void assert_round_trip(double n)
{
    struct iv_buf b = IV_BUF_INIT(100);
    iv_json *j = iv_json_num(n), *again;

    assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &b, NULL), IV_OK);
    assert_int_equal(iv_json_parse(b.data, b.len, 100, &again, NULL), IV_OK);
    assert_true(iv_json_number(again, NAN) == n);
    iv_json_free(j);
    iv_json_free(again);
    iv_buf_release(&b);
}

static void numbers_survive_print_and_parse(void **state)
{
    static const double numbers[] = {0.1,     1.0 / 3,           DBL_MAX, DBL_MIN, 5e-324,
                                     -1e-300, 9007199254740993., 1e15,    1e22,    123456.789};
    uint64_t x = 1;

    (void)state;
    for (size_t i = 0; i < IV_LEN(numbers); i++)
        assert_round_trip(numbers[i]);
    for (int i = 0; i < 20000; i++) {
        double d;

        x = x * 6364136223846793005u + 1442695040888963407u;
        memcpy(&d, &x, sizeof d);
        if (isfinite(d))
            assert_round_trip(d);
    }
}

static void what_is_no_number_is_null(void **state)
{
    iv_json *a = iv_json_num(NAN), *b = iv_json_num(INFINITY), *c = iv_json_str(NULL);

    (void)state;
    assert_int_equal(iv_json_type(a), IV_JSON_NULL);
    assert_int_equal(iv_json_type(b), IV_JSON_NULL);
    assert_int_equal(iv_json_type(c), IV_JSON_NULL);
    iv_json_free(a);
    iv_json_free(b);
    iv_json_free(c);
}

static void print_tells_when_it_does_not_fit(void **state)
{
    struct iv_buf b = IV_BUF_INIT(5);
    iv_json *j = iv_json_str("longer than five");

    (void)state;
    assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &b, NULL), IV_E_TOO_LARGE);
    assert_int_equal(iv_json_print(NULL, IV_JSON_COMPACT, &b, NULL), IV_E_NOMEM);
    iv_json_free(j);
    iv_buf_release(&b);
}

/* -- building and getting -- */

static void builders_take_what_they_are_given(void **state)
{
    iv_json *o = iv_json_object();

    (void)state;
    iv_json_set_str(o, "s", "a");
    iv_json_set_str(o, "s", "b"); /* replaces */
    iv_json_set_int(o, "n", 1ll << 53);
    iv_json_set_bool(o, "t", true);
    iv_json_set_time(o, "when", 1700000000123);
    iv_json_set_time(o, "never", -1);
    iv_json_set_null(o, "x");
    iv_json_set(NULL, "x", iv_json_str("freed"));
    iv_json_set(o, "y", NULL);
    iv_json_append(NULL, iv_json_str("freed"));
    assert_int_equal(iv_json_len(o), 6);
    assert_string_equal(iv_json_get_str(o, "s", ""), "b");
    assert_true(iv_json_get_int(o, "n", 0) == 1ll << 53);
    assert_true(iv_json_get_bool(o, "t", false));
    assert_string_equal(iv_json_get_str(o, "when", ""), "2023-11-14T22:13:20.123Z");
    assert_int_equal(iv_json_type(iv_json_get(o, "never")), IV_JSON_NULL);
    iv_json_remove(o, "s");
    assert_null(iv_json_get(o, "s"));
    iv_json_free(o);
}

static void getters_fall_back(void **state)
{
    iv_json *j;

    (void)state;
    assert_int_equal(
        iv_json_parse(LIT("{\"s\":\"a\",\"n\":1.5,\"b\":true,\"z\":null,\"big\":1e300}"), 4096, &j,
                      NULL),
        IV_OK);
    assert_string_equal(iv_json_get_str(j, "n", "other"), "other");
    assert_string_equal(iv_json_get_str(j, "none", "other"), "other");
    assert_int_equal(iv_json_get_int(j, "n", 7), 7); /* a fraction is no integer */
    assert_int_equal(iv_json_get_int(j, "big", 7), 7);
    assert_int_equal(iv_json_get_int(j, "s", 7), 7);
    assert_true(iv_json_get_num(j, "s", 2.5) == 2.5);
    assert_true(iv_json_get_bool(j, "s", true));
    assert_string_equal(iv_json_get_str(NULL, "s", "other"), "other");
    assert_string_equal(iv_json_get_str(iv_json_get(j, "s"), "s", "other"), "other");
    assert_null(iv_json_at(j, 99));
    assert_string_equal(iv_json_key_at(j, 1), "n");
    iv_json_free(j);
}

static const struct need {
    const char *name, *json;
    enum { NEED_STR, NEED_INT, NEED_BOOL } kind;
    const char *says; /* NULL: taken */
    bool found;
} needs[] = {
    {"a string within bounds is taken", "{\"f\":\"abc\"}", NEED_STR, NULL, true},
    {"characters are counted, not bytes", "{\"f\":\"\xed\x95\x9c\xed\x95\x9c\xed\x95\x9c\"}",
     NEED_STR, NULL, true},
    {"a string too short is refused", "{\"f\":\"\"}", NEED_STR,
     "f of 0 characters: must have 1 to 3", true},
    {"a string too long is refused", "{\"f\":\"abcd\"}", NEED_STR,
     "f of 4 characters: must have 1 to 3", true},
    {"a number is no string", "{\"f\":1}", NEED_STR, "f: must be a string", true},
    {"a missing string is not found", "{}", NEED_STR, NULL, false},
    {"null counts as missing", "{\"f\":null}", NEED_STR, NULL, false},
    {"an integer at the lower bound", "{\"f\":5}", NEED_INT, NULL, true},
    {"an integer at the upper bound", "{\"f\":120}", NEED_INT, NULL, true},
    {"1.2e2 is 120", "{\"f\":1.2e2}", NEED_INT, NULL, true},
    {"four is too few", "{\"f\":4}", NEED_INT, "f 4: must be 5 to 120", true},
    {"121 is too many", "{\"f\":121}", NEED_INT, "f 121: must be 5 to 120", true},
    {"30.5 is no integer", "{\"f\":30.5}", NEED_INT, "f: must be an integer", true},
    {"\"30\" is no integer", "{\"f\":\"30\"}", NEED_INT, "f: must be an integer", true},
    {"true is no integer", "{\"f\":true}", NEED_INT, "f: must be an integer", true},
    {"1e300 is no integer", "{\"f\":1e300}", NEED_INT, "f: must be an integer", true},
    {"true is a boolean", "{\"f\":true}", NEED_BOOL, NULL, true},
    {"1 is no boolean", "{\"f\":1}", NEED_BOOL, "f: must be true or false", true},
    {"\"true\" is no boolean", "{\"f\":\"true\"}", NEED_BOOL, "f: must be true or false", true},
};

static void need(void **state)
{
    const struct need *r = *state;
    struct iv_error err = {.text = ""};
    const char *s = NULL;
    bool found = false, b = false;
    int64_t n = 0;
    enum iv_code rc;
    iv_json *j;

    assert_int_equal(iv_json_parse(r->json, strlen(r->json), 4096, &j, NULL), IV_OK);
    if (r->kind == NEED_STR)
        rc = iv_json_need_str(j, "f", 1, 3, &s, &found, &err);
    else if (r->kind == NEED_INT)
        rc = iv_json_need_int(j, "f", 5, 120, &n, &found, &err);
    else
        rc = iv_json_need_bool(j, "f", &b, &found, &err);
    assert_int_equal(rc, r->says ? IV_E_USAGE : IV_OK);
    assert_int_equal(found, r->found);
    if (r->says)
        assert_non_null(strstr(err.text, r->says));
    iv_json_free(j);
}

int main(void)
{
    TABLE_ROWS(input, inputs);
    TABLE_ROWS(printed, prints);
    TABLE_ROWS(need, needs);
    TABLE_TEST(thirty_two_levels_are_taken_and_33_are_not);
    TABLE_TEST(a_million_brackets_are_refused);
    TABLE_TEST(size_limit_is_exact);
    TABLE_TEST(keys_of_an_object_are_bounded);
    TABLE_TEST(mutants_never_crash);
    TABLE_TEST(pretty_print_is_indented);
    TABLE_TEST(numbers_survive_print_and_parse);
    TABLE_TEST(what_is_no_number_is_null);
    TABLE_TEST(print_tells_when_it_does_not_fit);
    TABLE_TEST(builders_take_what_they_are_given);
    TABLE_TEST(getters_fall_back);
    return table_run("json");
}

/* test_text.c - UTF-8: checked, cleaned, shown, measured; identifiers. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/text.h"

/* -- one text in, one text out -- */

typedef char *change(const char *s);

static const struct changed {
    const char *name;
    change *fn;
    const char *in, *out; /* out NULL: refused */
} changes[] = {
    {"clean text stays", iv_text_clean, "Hello, world.", "Hello, world."},
    {"blanks fold", iv_text_clean, "a  \t b", "a b"},
    {"ends are trimmed", iv_text_clean, "  \n a \n\t ", "a"},
    {"newlines stay, one of a run", iv_text_clean, "a \n\n  b", "a\nb"},
    {"carriage returns go", iv_text_clean, "a\r\nb", "a\nb"},
    {"control characters go", iv_text_clean, "a\x01\x1b[31mb\x7f", "a[31mb"},
    {"C1 goes", iv_text_clean,
     "a\xc2\x9b"
     "b",
     "ab"},
    {"bidi controls go", iv_text_clean,
     "a\u202e\u2066"
     "b\u200f",
     "ab"},
    {"a byte order mark goes", iv_text_clean,
     "\ufeff"
     "a",
     "a"},
    {"no-break and ideographic space are blanks", iv_text_clean, "a\u00a0\u3000b", "a b"},
    {"letters compose", iv_text_clean, "e\u0301", "\u00e9"},
    {"jamo compose", iv_text_clean, "\u1112\u1161\u11ab", "한"},
    {"a joiner in an emoji stays", iv_text_clean, "👩‍💻", "👩‍💻"},
    {"nothing stays nothing", iv_text_clean, "", ""},
    {"blanks alone are nothing", iv_text_clean, " \n\t ", ""},
    {"what is no UTF-8 is refused", iv_text_clean, "a\xff", NULL},
    {"plain text is shown as it is", iv_text_visible, "면접 a\tb", "면접 a\tb"},
    {"ESC is shown", iv_text_visible, "\x1b[2J", "\\x1b[2J"},
    {"a newline is shown", iv_text_visible, "a\nb", "a\\x0ab"},
    {"a bell and OSC are shown", iv_text_visible, "\x1b]52;c;x\x07", "\\x1b]52;c;x\\x07"},
    {"C1 is shown", iv_text_visible,
     "\xc2\x9b"
     "31m",
     "\\x9b31m"},
    {"bidi is shown", iv_text_visible,
     "\u202e"
     "abc",
     "\\u202eabc"},
    {"bytes that are none are shown", iv_text_visible, "a\xff\xc3", "a\\xff\\xc3"},
    {"a cut character is shown byte by byte", iv_text_visible, "\xed\x95", "\\xed\\x95"},
    {"NFC composes", iv_text_nfc, "か\u3099", "が"},
    {"full width folds", iv_text_nfkc_fold, "ＡＢＣ１", "abc1"},
    {"half width kana folds", iv_text_nfkc_fold, "ｶﾞ", "ガ"},
    {"case folds", iv_text_nfkc_fold, "Straße", "strasse"},
};

static void changed(void **state)
{
    const struct changed *r = *state;
    char *out = r->fn(r->in), *again;

    if (!r->out) {
        assert_null(out);
        return;
    }
    assert_non_null(out);
    assert_string_equal(out, r->out);
    again = r->fn(out); /* done twice it is the same */
    assert_string_equal(again, r->out);
    free(again);
    free(out);
}

static const struct valid {
    const char *name, *s;
    size_t len;
    bool ok;
} valids[] = {
    {"ASCII", "abc", 3, true},
    {"nothing", "", 0, true},
    {"Hangul", "한", 3, true},
    {"an emoji", "😀", 4, true},
    {"the last code point", "\xf4\x8f\xbf\xbf", 4, true},
    {"a NUL", "a\0b", 3, false},
    {"a lone continuation", "\x80", 1, false},
    {"a cut character", "\xed\x95", 2, false},
    {"an overlong NUL", "\xc0\x80", 2, false},
    {"an overlong slash", "\xe0\x80\xaf", 3, false},
    {"a surrogate", "\xed\xa0\x80", 3, false},
    {"beyond the last", "\xf4\x90\x80\x80", 4, false},
    {"five bytes", "\xf8\x88\x80\x80\x80", 5, false},
    {"0xff", "\xff", 1, false},
};

static void valid(void **state)
{
    const struct valid *r = *state;

    assert_int_equal(iv_utf8_valid(r->s, r->len), r->ok);
}

static const struct width {
    const char *name, *s;
    int cells;
    size_t chars;
} widths[] = {
    {"letters take a cell", "abc", 3, 3},
    {"Hangul takes two", "면접", 4, 2},
    {"kana takes two", "あア", 4, 2},
    {"kanji takes two", "面接", 4, 2},
    {"half width kana takes one", "ｱ", 1, 1},
    {"an emoji takes two", "😀", 2, 1},
    {"an accent takes none", "e\u0301", 1, 2},
    {"jamo of one syllable take two", "\u1112\u1161\u11ab", 2, 3},
    {"nothing takes none", "", 0, 0},
    {"mixed text adds up", "a가😀", 5, 3},
};

static void width(void **state)
{
    const struct width *r = *state;

    assert_int_equal(iv_text_width(r->s), r->cells);
    assert_int_equal(iv_utf8_chars(r->s), r->chars);
}

static const struct distance {
    const char *name, *a, *b;
    size_t d;
} distances[] = {
    {"equal words", "engine", "engine", 0},         {"one letter more", "engine", "engines", 1},
    {"one letter other", "engine", "angine", 1},    {"nothing and a word", "", "abc", 3},
    {"two letters swapped", "engine", "egnine", 2},
};

static void distance(void **state)
{
    const struct distance *r = *state;

    assert_int_equal(iv_text_distance(r->a, r->b), r->d);
    assert_int_equal(iv_text_distance(r->b, r->a), r->d);
}

static void long_words_are_far_apart(void **state)
{
    char a[200];

    (void)state;
    memset(a, 'a', sizeof a - 1);
    a[199] = '\0';
    assert_true(iv_text_distance(a, a) >= 10);
    assert_true(iv_text_distance(a, "a") >= 10);
}

static void cutting_keeps_characters_whole(void **state)
{
    static const char s[] = "a한\xc3\xa9😀z";

    (void)state;
    for (size_t max = 0; max <= sizeof s + 2; max++) {
        size_t n = iv_utf8_cut(s, sizeof s - 1, max);

        assert_true(n <= max && n <= sizeof s - 1);
        assert_true(iv_utf8_valid(s, n));
        assert_true(n + 4 > max || n == sizeof s - 1);
    }
}

static void code_points_come_back(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
        char bytes[5] = "";
        const char *p = bytes;
        size_t n;

        if (cp >= 0xd800 && cp <= 0xdfff)
            continue;
        n = iv_utf8_put(cp, bytes);
        assert_true(n >= 1 && n <= 4);
        assert_true(iv_utf8_next(&p) == cp);
        assert_true(p == bytes + n);
    }
}

static void blank_is_blank(void **state)
{
    (void)state;
    assert_true(iv_text_is_blank(""));
    assert_true(iv_text_is_blank(" \t\r\n\u00a0\u3000"));
    assert_false(iv_text_is_blank(" a "));
    assert_false(iv_text_is_blank("。"));
}

static void languages_have_codes(void **state)
{
    enum iv_lang lang;

    (void)state;
    for (unsigned i = 0; i < IV_LANG_COUNT; i++) {
        assert_true(iv_lang_parse(iv_lang_code((enum iv_lang)i), &lang));
        assert_int_equal(lang, i);
    }
    assert_false(iv_lang_parse("fr", &lang));
    assert_false(iv_lang_parse("KO", &lang));
    assert_false(iv_lang_parse("", &lang));
}

/* -- identifiers -- */

static void ids_sort_by_time(void **state)
{
    char last[IV_ID_BYTES] = "", id[IV_ID_BYTES];

    (void)state;
    for (int64_t ms = 1700000000000; ms < 1700000000000 + 100000000000; ms += 87654321) {
        iv_id_new("sess_", ms, id);
        assert_true(iv_session_id_valid(id));
        assert_true(strcmp(last, id) < 0);
        SET_TEXT(last, id);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void ids_of_one_moment_differ(void **state)
{
    static char ids[300][IV_ID_BYTES];
    int equal = 0;

    (void)state;
    for (size_t i = 0; i < IV_LEN(ids); i++)
        iv_id_new("sess_", 1700000000000, ids[i]);
    qsort(ids, IV_LEN(ids), sizeof ids[0], by_text);
    for (size_t i = 1; i < IV_LEN(ids); i++)
        equal += !strcmp(ids[i - 1], ids[i]);
    assert_true(equal <= 1); /* four random characters: the store refuses the rare equal */
}

static const struct valid ids[] = {
    {"an id", "sess_abc123def456", 0, true},
    {"digits alone", "sess_000000000000", 0, true},
    {"too short", "sess_abc123def45", 0, false},
    {"too long", "sess_abc123def4567", 0, false},
    {"capitals", "sess_ABC123def456", 0, false},
    {"no prefix", "abc123def456", 0, false},
    {"another prefix", "user_abc123def456", 0, false},
    {"a path", "sess_../../../etc", 0, false},
    {"a blank", "sess_abc123def45 ", 0, false},
    {"a newline", "sess_abc123def45\n", 0, false},
    {"nothing", "", 0, false},
};

static void id(void **state)
{
    const struct valid *r = *state;

    assert_int_equal(iv_session_id_valid(r->s), r->ok);
}

int main(void)
{
    TABLE_ROWS(changed, changes);
    TABLE_ROWS(valid, valids);
    TABLE_ROWS(width, widths);
    TABLE_ROWS(distance, distances);
    TABLE_ROWS(id, ids);
    TABLE_TEST(long_words_are_far_apart);
    TABLE_TEST(cutting_keeps_characters_whole);
    TABLE_TEST(code_points_come_back);
    TABLE_TEST(blank_is_blank);
    TABLE_TEST(languages_have_codes);
    TABLE_TEST(ids_sort_by_time);
    TABLE_TEST(ids_of_one_moment_differ);
    return table_run("text");
}

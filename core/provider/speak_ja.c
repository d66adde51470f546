/* speak_ja.c - Japanese numbers in katakana, so that whatever reads the kanji around them leaves them alone.
 *
 * Counters change the number and themselves: 一本 イッポン, 三本 サンボン, 六本 ロッポン. A row of "counters" is
 * the reading, a sound class and exceptions: "ホン h", "ニン - 1=ヒトリ 2=フタリ 4=ヨニン".
 *   k, s, t: 1, 8 and 10 double the consonant (k also 6)      h: as k, with p; after 3 b      p: as h, but 3 and 4 take p
 * Exceptions with ~ hold for every number that ends in that digit: "ネン - ~4=ヨネン". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/speak_table.h"

#define KANA_BYTES 3

static const char *const ones[] = {"ゼロ", "イチ", "ニ",   "サン", "ヨン",
                                   "ゴ",   "ロク", "ナナ", "ハチ", "キュウ"};

static void below_10000(uint64_t n, struct iv_buf *out)
{
    static const char *const thousands[] = {"",         "セン",      "ニセン",   "サンゼン",
                                            "ヨンセン", "ゴセン",    "ロクセン", "ナナセン",
                                            "ハッセン", "キュウセン"};
    static const char *const hundreds[] = {"",           "ヒャク",      "ニヒャク",   "サンビャク",
                                           "ヨンヒャク", "ゴヒャク",    "ロッピャク", "ナナヒャク",
                                           "ハッピャク", "キュウヒャク"};

    iv_buf_adds(out, thousands[n / 1000]);
    iv_buf_adds(out, hundreds[n / 100 % 10]);
    if (n / 10 % 10 > 1)
        iv_buf_adds(out, ones[n / 10 % 10]);
    if (n / 10 % 10)
        iv_buf_adds(out, "ジュウ");
    if (n % 10)
        iv_buf_adds(out, ones[n % 10]);
}

static void cardinal(uint64_t n, struct iv_buf *out)
{
    static const struct {
        uint64_t size;
        const char *name;
    } steps[] = {{1000000000000, "チョウ"}, {100000000, "オク"}, {10000, "マン"}};

    if (!n)
        iv_buf_adds(out, ones[0]);
    for (size_t i = 0; i < IV_LEN(steps); i++) {
        uint64_t group = n / steps[i].size;

        n %= steps[i].size;
        if (!group)
            continue;
        below_10000(group, out);
        iv_buf_adds(out, steps[i].name);
    }
    below_10000(n, out);
}

static void cut(struct iv_buf *out, const char *end, const char *instead)
{
    size_t len = strlen(end);

    if (out->len >= len && !strcmp(out->data + out->len - len, end)) {
        out->len -= len;
        iv_buf_adds(out, instead);
    }
}

/* イチ -> イッ, ロク -> ロッ, ハチ -> ハッ, ジュウ -> ジュッ, ヒャク -> ヒャッ */
static bool doubles(uint64_t n, char class, struct iv_buf *out)
{
    bool k = class == 'k' || class == 'h' || class == 'p';
    size_t len = out->len;

    if (out->failed)
        return false;
    if (n % 10 == 1)
        cut(out, "イチ", "イッ");
    else if (n % 10 == 8)
        cut(out, "ハチ", "ハッ");
    else if (n % 10 == 6 && k)
        cut(out, "ロク", "ロッ");
    else if (n % 100 == 0 && k)
        cut(out, "ク", "ッ");
    else if (n % 10 == 0)
        cut(out, "ジュウ", "ジュッ");
    return out->len != len ||
           (n % 10 == 1 || n % 10 == 8 || (n % 10 == 6 && k) || (n % 10 == 0 && n % 100));
}

/* ハ ヒ フ ヘ ホ stand in threes in the kana table: ha, ba, pa. */
static void add_shifted(const char *reading, int by, struct iv_buf *out)
{
    char first[KANA_BYTES + 1];

    memcpy(first, reading, KANA_BYTES);
    first[KANA_BYTES] = '\0';
    first[KANA_BYTES - 1] = (char)(first[KANA_BYTES - 1] + by);
    if ((unsigned char)first[KANA_BYTES - 1] > 0xbf) {
        first[KANA_BYTES - 1] = (char)(first[KANA_BYTES - 1] - 0x40);
        first[KANA_BYTES - 2]++;
    }
    iv_buf_adds(out, first);
    iv_buf_adds(out, reading + KANA_BYTES);
}

static void with_class(uint64_t n, const char *reading, char class, struct iv_buf *out)
{
    bool h = class == 'h' || class == 'p';

    cardinal(n, out);
    if (strchr("kstph", class) && n && doubles(n, class, out)) {
        if (h)
            add_shifted(reading, 2, out);
        else
            iv_buf_adds(out, reading);
    } else if (h && n % 10 == 3)
        add_shifted(reading, class == 'h' ? 1 : 2, out);
    else if (class == 'p' && n % 10 == 4)
        add_shifted(reading, 2, out);
    else
        iv_buf_adds(out, reading);
}

/* " 4=ヨニン" or " ~4=ヨネン" in the row; for ~ the tens are said first. */
static bool say_exception(uint64_t n, const char *row, struct iv_buf *out)
{
    char whole[32], ending[32];
    const char *at;

    snprintf(whole, sizeof whole, " %llu=", (unsigned long long)n);
    snprintf(ending, sizeof ending, " ~%llu=", (unsigned long long)(n % 10));
    at = strstr(row, whole);
    if (at)
        at += strlen(whole);
    else if ((at = strstr(row, ending))) {
        at += strlen(ending);
        if (n >= 10)
            cardinal(n / 10 * 10, out);
    }
    if (at)
        iv_buf_add(out, at, strcspn(at, " "));
    return at != NULL;
}

static void say_counter(uint64_t n, const char *row, struct iv_buf *out)
{
    size_t len = strcspn(row, " ");
    char reading[64];

    snprintf(reading, sizeof reading, "%.*s", (int)len, row);
    if (!say_exception(n, row, out))
        with_class(n, reading, row[len] ? row[len + 1] : '-', out);
}

static void counted(const struct speak_table *t, const struct number *n, const char *start,
                    const char *before, const char **rest, struct iv_buf *out)
{
    const char *at = *rest + (**rest == ' ');
    const struct word_row *r = iv_word_list_find(&t->counters, at, at);

    (void)start;
    (void)before;
    if (!r || n->is_long || n->is_negative || n->fraction[0]) {
        iv_speak_plain(&iv_speak_lang_ja, n, out);
        if (r) {
            iv_buf_add(out, r->spoken, strcspn(r->spoken, " "));
            *rest = at + r->len;
        } else
            iv_speak_unit(t, rest, true, out);
        return;
    }
    say_counter(n->value, r->spoken, out);
    *rest = at + r->len;
}

static void say_with(const struct speak_table *t, unsigned n, const char *counter,
                     struct iv_buf *out)
{
    const struct word_row *r = iv_word_list_find(&t->counters, counter, counter);

    if (r)
        say_counter(n, r->spoken, out);
}

static void clock_time(const struct speak_table *t, unsigned hour, unsigned minute,
                       struct iv_buf *out)
{
    say_with(t, hour, "時", out);
    if (minute)
        say_with(t, minute, "分", out);
}

static void date(const struct speak_table *t, unsigned y, unsigned month, unsigned day,
                 struct iv_buf *out)
{
    say_with(t, y, "年", out);
    say_with(t, month, "月", out);
    say_with(t, day, "日", out);
}

static void power(const char *base, const char *exponent, struct iv_buf *out)
{
    iv_buf_addf(out, "%sの%sジョウ", base, exponent);
}

const struct speak_lang iv_speak_lang_ja = {
    .point = "テン",
    .minus = "マイナス",
    .to = "から",
    .by = "ブンノ",
    .by_is_first_below = true,
    .digit = {"ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"},
    .plural = "",
    .names_letters = true,
    .letter_gap = "",
    .counts_twice = true,
    .counted = counted,
    .cardinal = cardinal,
    .clock = clock_time,
    .date = date,
    .power = power,
    .big_o = "ビッグオー",
    .version = "バージョン",
    .dot = "ドット",
    .slash = "スラッシュ",
    .at = "アットマーク",
};

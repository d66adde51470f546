/* speak_en.c - English numbers. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "provider/speak_table.h"

static const char *const below_20[] = {"zero",    "one",     "two",       "three",    "four",
                                       "five",    "six",     "seven",     "eight",    "nine",
                                       "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                       "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {"",      "",      "twenty",  "thirty", "forty",
                                   "fifty", "sixty", "seventy", "eighty", "ninety"};

static void below_1000(uint64_t n, struct iv_buf *out)
{
    if (n >= 100) {
        iv_buf_addf(out, "%s hundred", below_20[n / 100]);
        n %= 100;
        if (n)
            iv_buf_addc(out, ' ');
        else
            return;
    }
    if (n < 20)
        iv_buf_adds(out, below_20[n]);
    else
        iv_buf_addf(out, "%s%s%s", tens[n / 10], n % 10 ? "-" : "", n % 10 ? below_20[n % 10] : "");
}

static void cardinal(uint64_t n, struct iv_buf *out)
{
    static const struct {
        uint64_t size;
        const char *name;
    } steps[] = {{1000000000000, "trillion"},
                 {1000000000, "billion"},
                 {1000000, "million"},
                 {1000, "thousand"}};

    for (size_t i = 0; i < IV_LEN(steps); i++) {
        if (n < steps[i].size)
            continue;
        below_1000(n / steps[i].size, out);
        iv_buf_addf(out, " %s", steps[i].name);
        n %= steps[i].size;
        if (!n)
            return;
        iv_buf_addc(out, ' ');
    }
    below_1000(n, out);
}

static void year(uint64_t n, struct iv_buf *out)
{
    uint64_t low = n % 100;

    iv_speak_gap(out);
    if (n / 100 % 10 == 0 && low < 10) { /* 2000 .. 2009 */
        cardinal(n, out);
        return;
    }
    below_1000(n / 100, out);
    if (low == 0)
        iv_buf_adds(out, " hundred");
    else if (low < 10)
        iv_buf_addf(out, " oh %s", below_20[low]);
    else {
        iv_buf_addc(out, ' ');
        below_1000(low, out);
    }
}

/* "first" of "one", "twenty-first" of "twenty-one": only the end changes. */
static void ordinal(uint64_t n, struct iv_buf *out)
{
    static const char *const irregular[][2] = {
        {"one", "first"},    {"two", "second"}, {"three", "third"},   {"five", "fifth"},
        {"eight", "eighth"}, {"nine", "ninth"}, {"twelve", "twelfth"}};
    size_t len;

    iv_speak_gap(out);
    cardinal(n, out);
    if (out->failed)
        return;
    for (size_t i = 0; i < IV_LEN(irregular); i++) {
        len = strlen(irregular[i][0]);
        if (out->len >= len && !strcmp(out->data + out->len - len, irregular[i][0])) {
            out->len -= len;
            iv_buf_adds(out, irregular[i][1]);
            return;
        }
    }
    if (out->data[out->len - 1] == 'y') {
        out->len--;
        iv_buf_adds(out, "ie");
    }
    iv_buf_adds(out, "th");
}

/* the 1990s: "nineteen nineties" */
static void decade(uint64_t n, struct iv_buf *out)
{
    year(n, out);
    if (!out->failed && out->data[out->len - 1] == 'y') {
        out->len--;
        iv_buf_adds(out, "ie");
    }
    iv_buf_addc(out, 's');
}

static bool take_ordinal(const struct number *n, const char **rest)
{
    static const char *const endings[] = {"th", "st", "nd", "rd", "th",
                                          "th", "th", "th", "th", "th"};
    uint64_t low = n->value % 100;
    const char *want = low >= 11 && low <= 13 ? "th" : endings[low % 10];

    if (n->fraction[0] || n->is_long || strncmp(*rest, want, 2) ||
        isalnum((unsigned char)(*rest)[2]))
        return false;
    *rest += 2;
    return true;
}

/* "in 2024", "March 2024", "(2024": the word before decides. */
static bool is_year(const struct speak_table *t, const struct number *n, const char *start,
                    const char *before)
{
    const char *end = before, *word;

    if (n->is_negative || n->is_grouped || n->fraction[0] || strlen(n->digits) != 4 ||
        n->value < 1100 || n->value > 2099)
        return false;
    while (end > start && (end[-1] == ' ' || end[-1] == ','))
        end--;
    for (word = end; word > start && isalpha((unsigned char)word[-1]);)
        word--;
    for (size_t i = 0; i < t->years.n; i++)
        if (t->years.rows[i].len == (size_t)(end - word) &&
            !strncasecmp(t->years.rows[i].written, word, t->years.rows[i].len))
            return true;
    return false;
}

static void counted(const struct speak_table *t, const struct number *n, const char *start,
                    const char *before, const char **rest, struct iv_buf *out)
{
    bool one = n->value == 1 && !n->fraction[0];

    if (take_ordinal(n, rest)) {
        ordinal(n->value, out);
        return;
    }
    if (**rest == 's' && !isalnum((unsigned char)(*rest)[1]) && n->value % 10 == 0 &&
        n->value >= 1100 && n->value < 2100) {
        decade(n->value, out);
        ++*rest;
        return;
    }
    if (is_year(t, n, start, before)) {
        const char *unit = *rest;
        size_t len = out->len;

        if (!iv_speak_unit(t, &unit, true, out)) {
            year(n->value, out);
            return;
        }
        out->len = len;
    }
    iv_speak_plain(&iv_speak_lang_en, n, out);
    iv_speak_unit(t, rest, !one, out);
}

static void clock_time(const struct speak_table *t, unsigned hour, unsigned minute,
                       struct iv_buf *out)
{
    (void)t;
    iv_speak_gap(out);
    cardinal(hour, out);
    if (!minute)
        iv_buf_adds(out, hour <= 12 && hour ? " o'clock" : " hundred");
    else {
        iv_buf_adds(out, minute < 10 ? " oh " : " ");
        cardinal(minute, out);
    }
}

static void date(const struct speak_table *t, unsigned y, unsigned month, unsigned day,
                 struct iv_buf *out)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

    (void)t;
    iv_speak_gap(out);
    iv_buf_adds(out, names[month - 1]);
    ordinal(day, out);
    iv_buf_addc(out, ',');
    year(y, out);
}

static void power(const char *base, const char *exponent, struct iv_buf *out)
{
    if (!strcmp(exponent, "two"))
        iv_buf_addf(out, "%s squared", base);
    else if (!strcmp(exponent, "three"))
        iv_buf_addf(out, "%s cubed", base);
    else
        iv_buf_addf(out, "%s to the power of %s", base, exponent);
}

const struct speak_lang iv_speak_lang_en = {
    .point = "point",
    .minus = "minus",
    .to = "to",
    .by = "over",
    .digit = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"},
    .plural = "'s",
    .letter_gap = " ",
    .counted = counted,
    .cardinal = cardinal,
    .clock = clock_time,
    .date = date,
    .power = power,
    .big_o = "O of",
    .version = "version",
    .dot = "dot",
    .slash = "slash",
    .at = "at",
};

/* speak_ko.c - Korean numbers: Sino-Korean (일 이 삼) for most things, native (한 두 세) before some counters.
 * "counters" of the data file says which: "native" or "sino". */
#include <stdio.h>
#include <string.h>

#include "provider/speak_table.h"

static const char *const sino[] = {"영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"};
static const char *const native_ones[] = {"",     "한",   "두",   "세",   "네",
                                          "다섯", "여섯", "일곱", "여덟", "아홉"};
static const char *const native_tens[] = {"",   "열",   "스물", "서른", "마흔",
                                          "쉰", "예순", "일흔", "여든", "아흔"};

/* 1 is not said before 십, 백, 천: 백이십, not 일백이십. */
static void below_10000(uint64_t n, struct iv_buf *out)
{
    static const struct {
        uint64_t size;
        const char *name;
    } steps[] = {{1000, "천"}, {100, "백"}, {10, "십"}};

    for (size_t i = 0; i < IV_LEN(steps); i++) {
        uint64_t d = n / steps[i].size;

        if (d > 1)
            iv_buf_adds(out, sino[d]);
        if (d)
            iv_buf_adds(out, steps[i].name);
        n %= steps[i].size;
    }
    if (n)
        iv_buf_adds(out, sino[n]);
}

static void cardinal(uint64_t n, struct iv_buf *out)
{
    static const struct {
        uint64_t size;
        const char *name;
    } steps[] = {{1000000000000, "조"}, {100000000, "억"}, {10000, "만"}};
    bool said = n == 0;

    if (!n)
        iv_buf_adds(out, sino[0]);
    for (size_t i = 0; i < IV_LEN(steps); i++) {
        uint64_t group = n / steps[i].size;

        n %= steps[i].size;
        if (!group)
            continue;
        if (said)
            iv_buf_addc(out, ' ');
        if (group > 1 || steps[i].size > 10000 || said) /* 만, but 일억 */
            below_10000(group, out);
        iv_buf_adds(out, steps[i].name);
        said = true;
    }
    if (n && said)
        iv_buf_addc(out, ' ');
    below_10000(n, out);
}

static void native(uint64_t n, struct iv_buf *out)
{
    iv_speak_gap(out);
    if (n == 20)
        iv_buf_adds(out, "스무");
    else
        iv_buf_addf(out, "%s%s", native_tens[n / 10], native_ones[n % 10]);
}

/* 6월, 10월 lose their last sound. */
static bool say_month(const struct number *n, const char *counter, struct iv_buf *out)
{
    if (strncmp(counter, "월", strlen("월")) || (n->value != 6 && n->value != 10))
        return false;
    iv_speak_gap(out);
    iv_buf_adds(out, n->value == 6 ? "유" : "시");
    iv_buf_adds(out, "월");
    return true;
}

/* 서버 열 대, but 서버 삼십 대. */
static uint64_t native_below(const struct word_row *counter)
{
    if (!strcmp(counter->spoken, "native20"))
        return 20;
    return strcmp(counter->spoken, "native") ? 0 : 100;
}

static void counted(const struct speak_table *t, const struct number *n, const char *start,
                    const char *before, const char **rest, struct iv_buf *out)
{
    const char *at = *rest + (**rest == ' ');
    const struct word_row *r = iv_word_list_find(&t->counters, at, at);
    bool is_native = r && n->value > 0 && n->value < native_below(r) && !n->fraction[0] &&
                     !n->is_negative && !n->is_long;

    (void)start;
    (void)before;
    if (r && say_month(n, at, out)) {
        *rest = at + r->len;
        return;
    }
    if (is_native && n->value == 1 && !strcmp(r->written, "번째")) {
        iv_speak_gap(out);
        iv_buf_adds(out, "첫");
    } else if (is_native)
        native(n->value, out);
    else
        iv_speak_plain(&iv_speak_lang_ko, n, out);
    if (r) {
        iv_speak_gap(out);
        iv_buf_adds(out, r->written);
        *rest = at + r->len;
    } else
        iv_speak_unit(t, rest, true, out);
}

static void clock_time(const struct speak_table *t, unsigned hour, unsigned minute,
                       struct iv_buf *out)
{
    (void)t;
    if (hour >= 1 && hour <= 12)
        native(hour, out);
    else {
        iv_speak_gap(out);
        cardinal(hour, out);
    }
    iv_buf_adds(out, " 시");
    if (!minute)
        return;
    iv_buf_addc(out, ' ');
    cardinal(minute, out);
    iv_buf_adds(out, " 분");
}

static void date(const struct speak_table *t, unsigned y, unsigned month, unsigned day,
                 struct iv_buf *out)
{
    (void)t;
    iv_speak_gap(out);
    cardinal(y, out);
    iv_buf_adds(out, " 년 ");
    if (month == 6 || month == 10)
        iv_buf_adds(out, month == 6 ? "유" : "시");
    else
        cardinal(month, out);
    iv_buf_adds(out, "월 ");
    cardinal(day, out);
    iv_buf_adds(out, " 일");
}

static void power(const char *base, const char *exponent, struct iv_buf *out)
{
    if (!strcmp(exponent, "이"))
        iv_buf_addf(out, "%s 제곱", base);
    else
        iv_buf_addf(out, "%s의 %s 제곱", base, exponent);
}

const struct speak_lang iv_speak_lang_ko = {
    .point = "점",
    .minus = "마이너스",
    .to = "에서",
    .by = "분의",
    .by_is_first_below = true,
    .digit = {"공", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"},
    .plural = "",
    .names_letters = true,
    .letter_gap = "",
    .counts_twice = true,
    .counted = counted,
    .cardinal = cardinal,
    .clock = clock_time,
    .date = date,
    .power = power,
    .big_o = "빅오",
    .version = "버전",
    .dot = "닷",
    .slash = "슬래시",
    .at = "골뱅이",
};

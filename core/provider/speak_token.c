/* speak_token.c - numbers in all their forms, addresses, orders of growth. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/speak_scan.h"

#define MAX_ADDRESS_BYTES 300
#define MAX_FORMULA_BYTES 60
#define MAX_NAMED_FRACTION 100

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_len(const char *p)
{
    size_t n = 0;

    while (is_digit(p[n]))
        n++;
    return n;
}

/* "1,234,567": commas count only where groups of three follow. */
static const char *take_whole(const char *p, struct number *n)
{
    size_t len = 0, run = digits_len(p);
    bool may_group = run <= 3;

    do {
        for (size_t i = 0; i < run; i++)
            if (len + 1 < sizeof n->digits)
                n->digits[len++] = p[i];
        p += run;
        run = 3;
    } while (may_group && *p == ',' && digits_len(p + 1) == 3 && ++p && (n->is_grouped = true));
    n->digits[len] = '\0';
    return p;
}

/* Also the digits after a point, unless more points follow (a version). */
static const char *take_number(const char *p, struct number *n)
{
    size_t len;

    *n = (struct number){0};
    p = take_whole(p, n);
    if (*p == '.' && is_digit(p[1])) {
        len = digits_len(p + 1);
        if (p[1 + len] != '.' || !is_digit(p[2 + len])) {
            snprintf(n->fraction, sizeof n->fraction, "%.*s", (int)len, p + 1);
            p += 1 + len;
        }
    }
    n->is_long = strlen(n->digits) > SPEAK_MAX_DIGITS || (n->digits[0] == '0' && n->digits[1]);
    n->value = n->is_long ? 0 : strtoull(n->digits, NULL, 10);
    return p;
}

/* How many digits, or 0 unless it is `least` to `most` of them. */
static size_t field(const char *p, size_t least, size_t most, unsigned *value)
{
    size_t n = digits_len(p);

    if (n < least || n > most)
        return 0;
    *value = (unsigned)strtoul(p, NULL, 10);
    return n;
}

static bool scan_clock(struct scan *s)
{
    unsigned hour, minute;
    size_t h = field(s->at, 1, 2, &hour),
           m = h && s->at[h] == ':' ? field(s->at + h + 1, 2, 2, &minute) : 0;

    if (!m || hour > 24 || minute > 59 || s->at[h + 1 + m] == ':')
        return false;
    s->t->lang->clock(s->t, hour, minute, &s->out);
    s->at += h + 1 + m;
    return true;
}

static bool scan_date(struct scan *s)
{
    unsigned y, m, d;
    size_t ny = field(s->at, 4, 4, &y), nm, nd;
    char gap = ny ? s->at[ny] : '\0';
    const char *p = s->at + ny + 1;

    if (gap != '-' && gap != '/' && gap != '.')
        return false;
    nm = field(p, 1, 2, &m);
    if (!nm || p[nm] != gap)
        return false;
    nd = field(p + nm + 1, 1, 2, &d);
    if (!nd || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    s->t->lang->date(s->t, y, m, d, &s->out);
    s->at = p + nm + 1 + nd;
    return true;
}

/* Three or more groups: versions (1.2.3) as numbers with points, telephone numbers (010-1234-5678) as digits. */
static bool scan_groups(struct scan *s, char between)
{
    const struct speak_lang *l = s->t->lang;
    const char *p = s->at;
    int groups = 0;

    while (is_digit(*p)) {
        p += digits_len(p);
        groups++;
        if (*p != between || !is_digit(p[1]))
            break;
        p++;
    }
    if (groups < 3)
        return false;
    for (const char *q = s->at; q < p; q += digits_len(q) + 1) {
        char digits[64];

        snprintf(digits, sizeof digits, "%.*s", (int)digits_len(q), q);
        if (q > s->at && between == '.') {
            iv_speak_gap(&s->out);
            iv_buf_adds(&s->out, l->point);
        } else if (q > s->at)
            iv_buf_addc(&s->out, ',');
        iv_speak_gap(&s->out);
        if (between == '.' && strlen(digits) <= SPEAK_MAX_DIGITS)
            l->cardinal(strtoull(digits, NULL, 10), &s->out);
        else
            iv_speak_digits(l, digits, &s->out);
    }
    s->at = p;
    return true;
}

static bool scan_fraction(struct scan *s)
{
    const struct speak_lang *l = s->t->lang;
    unsigned top, below, swap;
    size_t a = field(s->at, 1, 3, &top),
           b = a && s->at[a] == '/' ? field(s->at + a + 1, 1, 3, &below) : 0;

    if (!b || !below || below > MAX_NAMED_FRACTION || s->at[a + 1 + b] == '/')
        return false;
    if (l->by_is_first_below) {
        swap = top;
        top = below;
        below = swap;
    }
    iv_speak_gap(&s->out);
    l->cardinal(top, &s->out);
    iv_speak_gap(&s->out);
    iv_buf_adds(&s->out, l->by);
    iv_speak_gap(&s->out);
    l->cardinal(below, &s->out);
    s->at += a + 1 + b;
    return true;
}

/* The sign between two numbers of a range; its length, or 0. */
static size_t range_sign(const char *p)
{
    static const char *const signs[] = {"~", "–", "〜", "～", "-"};

    for (size_t i = 0; i < IV_LEN(signs); i++)
        if (!strncmp(p, signs[i], strlen(signs[i])) && is_digit(p[strlen(signs[i])]))
            return strlen(signs[i]);
    return 0;
}

/* What stands between a range's first number and its sign is said by the second number's counter. */
static void say_range(struct scan *s, const struct number *from, const char *from_end, size_t sign)
{
    const struct speak_lang *l = s->t->lang;
    struct number to;
    const char *rest = take_number(from_end + sign, &to), *again = rest;

    if (l->counts_twice)
        l->counted(s->t, from, s->start, s->at, &again, &s->out);
    else
        iv_speak_plain(l, from, &s->out);
    if (l->counts_twice)
        iv_buf_adds(&s->out, l->to);
    else {
        iv_speak_gap(&s->out);
        iv_buf_adds(&s->out, l->to);
    }
    iv_buf_addc(&s->out, ' ');
    l->counted(s->t, &to, s->start, s->at, &rest, &s->out);
    s->at = rest;
}

/* "$5" is said as "5 $"; the row of the sign is among the units. */
static const struct word_row *currency_at(const struct scan *s)
{
    static const char *const signs[] = {"$", "€", "£", "¥", "￥", "₩"};

    for (size_t i = 0; i < IV_LEN(signs); i++)
        if (!strncmp(s->at, signs[i], strlen(signs[i])) && is_digit(s->at[strlen(signs[i])]))
            return iv_word_list_find(&s->t->units, s->at, s->at);
    return NULL;
}

static void say_currency(struct scan *s, const struct word_row *sign)
{
    const char *text = sign->written, *p = s->at + sign->len;
    struct number n;

    s->at = take_number(p, &n);
    iv_speak_plain(s->t->lang, &n, &s->out);
    if (*s->at == 'k' || *s->at == 'M' || *s->at == 'B') /* $5M */
        iv_speak_unit(s->t, &s->at, true, &s->out);
    iv_speak_unit(s->t, &text, n.value != 1 || n.fraction[0], &s->out);
}

static bool is_minus(const struct scan *s)
{
    if (strncmp(s->at, "-", 1) && strncmp(s->at, "−", strlen("−")))
        return false;
    return is_digit(s->at[*s->at == '-' ? 1 : strlen("−")]) &&
           (s->at == s->start || strchr(" (\n=", s->at[-1]));
}

/* Languages that write no blanks between words want one where a Latin word follows. */
static void end_number(struct scan *s)
{
    if (isalnum((unsigned char)*s->at))
        iv_buf_addc(&s->out, ' ');
}

/* Blanks at the end do not count. */
static bool ends_with(const struct iv_buf *b, const char *word)
{
    size_t n = strlen(word), len = b->len;

    while (len && b->data[len - 1] == ' ')
        len--;
    return len >= n && !memcmp(b->data + len - n, word, n);
}

/* v2, v1.2.3; "version v2" has said it already. */
static bool scan_version(struct scan *s)
{
    struct number n;

    if ((*s->at != 'v' && *s->at != 'V') || !is_digit(s->at[1]) || s->keep_numbers ||
        (s->at > s->start && isalnum((unsigned char)s->at[-1])))
        return false;
    iv_speak_gap(&s->out);
    if (!ends_with(&s->out, s->t->lang->version))
        iv_buf_adds(&s->out, s->t->lang->version);
    s->at++;
    if (!scan_groups(s, '.')) {
        s->at = take_number(s->at, &n);
        iv_speak_plain(s->t->lang, &n, &s->out);
    }
    end_number(s);
    return true;
}

bool iv_scan_number(struct scan *s)
{
    const struct word_row *currency = s->keep_numbers ? NULL : currency_at(s);
    bool minus = is_minus(s);
    struct number n;
    const char *end;

    if (currency) {
        say_currency(s, currency);
        return true;
    }
    if (scan_version(s))
        return true;
    if (s->keep_numbers || (!is_digit(*s->at) && !minus))
        return false;
    if (!minus && (scan_clock(s) || scan_date(s) || scan_groups(s, '.') || scan_groups(s, '-') ||
                   scan_fraction(s)))
        return true;
    end = take_number(s->at + (minus ? (*s->at == '-' ? 1 : strlen("−")) : 0), &n);
    n.is_negative = minus;
    if (range_sign(end))
        say_range(s, &n, end, range_sign(end));
    else {
        s->t->lang->counted(s->t, &n, s->start, s->at, &end, &s->out);
        s->at = end;
    }
    end_number(s);
    return true;
}

/* -- addresses -- */

static size_t address_len(const char *p)
{
    size_t n = 0;

    while (n < MAX_ADDRESS_BYTES &&
           (isalnum((unsigned char)p[n]) || (p[n] && strchr("-._~:/@", p[n]))))
        n++;
    while (n && strchr(".:,-/", p[n - 1]))
        n--;
    return n;
}

static bool is_address(const char *p, size_t *skip, size_t *len)
{
    static const char *const begins[] = {"https://", "http://", "ftp://"};
    const char *at;

    *skip = 0;
    for (size_t i = 0; i < IV_LEN(begins); i++)
        if (!strncmp(p, begins[i], strlen(begins[i])))
            *skip = strlen(begins[i]);
    *len = address_len(p + *skip);
    at = memchr(p, '@', *len);
    return *len && (*skip || !strncmp(p, "www.", 4) ||
                    (at && at > p && memchr(at, '.', *len - (size_t)(at - p))));
}

static void say_between(struct scan *s, char c)
{
    const struct speak_lang *l = s->t->lang;

    iv_speak_gap(&s->out);
    if (c == '.' || c == '/' || c == '@') {
        iv_buf_adds(&s->out, c == '.' ? l->dot : c == '/' ? l->slash : l->at);
        iv_buf_addc(&s->out, ' ');
    }
}

/* What follows a question mark is for machines and is not said. */
static const char *skip_query(const char *p)
{
    if (*p == '?' || *p == '#')
        while (*p && !isspace((unsigned char)*p) && (unsigned char)*p < 0x80)
            p++;
    return p;
}

bool iv_scan_address(struct scan *s)
{
    const char *p, *end;
    size_t skip, len;

    if (s->at > s->start && isalnum((unsigned char)s->at[-1]))
        return false;
    if (!isalnum((unsigned char)*s->at) || !is_address(s->at, &skip, &len))
        return false;
    p = s->at + skip;
    end = p + len;
    while (p < end) {
        size_t n = 0;

        while (p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '_'))
            n++;
        iv_say_word(s, p, n);
        p += n;
        if (p < end)
            say_between(s, *p++);
    }
    s->at = skip ? skip_query(end) : end;
    return true;
}

/* -- orders of growth: O(n log n), O(n^2), O(V + E) -- */

static void say_operand(struct scan *s, const char **p)
{
    size_t n = 0;

    if (is_digit(**p)) {
        n = digits_len(*p);
        if (n <= SPEAK_MAX_DIGITS)
            s->t->lang->cardinal(strtoull(*p, NULL, 10), &s->out);
    } else {
        while (isalpha((unsigned char)(*p)[n]))
            n++;
        iv_say_word(s, *p, n);
    }
    *p += n;
}

/* "n^2", "2^n": the words of both sides go through the language. */
static void say_power(struct scan *s, const char **p)
{
    struct iv_buf outer = s->out;
    char *base, *exponent;

    s->out = (struct iv_buf)IV_BUF_INIT(256);
    say_operand(s, p);
    base = iv_buf_take(&s->out);
    (*p)++;
    say_operand(s, p);
    exponent = iv_buf_take(&s->out);
    s->out = outer;
    if (base && exponent)
        s->t->lang->power(base, exponent, &s->out);
    free(base);
    free(exponent);
}

static bool is_power(const char *p)
{
    while (isalnum((unsigned char)*p))
        p++;
    return *p == '^' && isalnum((unsigned char)p[1]);
}

static void say_formula(struct scan *s, const char *p, const char *end)
{
    while (p < end) {
        if (isalnum((unsigned char)*p)) {
            iv_speak_gap(&s->out);
            if (is_power(p))
                say_power(s, &p);
            else
                say_operand(s, &p);
        } else {
            const struct word_row *r = iv_word_list_find(&s->t->symbols, p, p);

            if (r && r->spoken[0]) {
                iv_speak_gap(&s->out);
                iv_buf_adds(&s->out, r->spoken);
            }
            p += r ? r->len : 1;
        }
    }
}

static bool scan_power(struct scan *s)
{
    if (!isalnum((unsigned char)*s->at) || !is_power(s->at) ||
        (s->at > s->start && isalnum((unsigned char)s->at[-1])))
        return false;
    iv_speak_gap(&s->out);
    say_power(s, &s->at);
    return true;
}

bool iv_scan_formula(struct scan *s)
{
    const char *end = s->at + 2;
    int depth = 1;

    if (scan_power(s))
        return true;
    if (s->at[0] != 'O' || s->at[1] != '(' ||
        (s->at > s->start && isalnum((unsigned char)s->at[-1])))
        return false;
    for (; *end && end < s->at + MAX_FORMULA_BYTES; end++) {
        depth += (*end == '(') - (*end == ')');
        if (!depth)
            break;
    }
    if (*end != ')' || end == s->at + 2)
        return false;
    iv_buf_adds(&s->out, s->t->lang->big_o);
    say_formula(s, s->at + 2, end);
    s->at = end + 1;
    return true;
}

/* answer.c - the few header fields that matter, read defensively. */
#include "net/answer.h"

#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define WAIT_MAX_MS (24 * 3600 * (int64_t)1000)
#define VALUE_BYTES 256

/* Best first: the first that came stays unless a better one comes. */
static const char *const id_names[] = {"x-request-id", "request-id",  "dg-request-id",
                                       "x-trace-id",   "x-requestid", "x-amzn-requestid",
                                       "cf-ray",       "x-msedge-ref"};

void iv_answer_init(struct net_answer *a)
{
    *a = (struct net_answer){.retry_ms_header = -1,
                             .retry_header_ms = -1,
                             .should_retry = -1,
                             .date_ms = -1,
                             .length = -1};
}

int iv_answer_status(const char *line, size_t len)
{
    const char *end = line + len, *p;
    int status = 0, n = 0;

    if (len < 9 || strncmp(line, "HTTP/", 5) != 0)
        return 0;
    for (p = line + 5; p < end && *p != ' '; p++)
        ;
    for (p += p < end; p < end && isdigit((unsigned char)*p) && n < 4; p++, n++)
        status = status * 10 + (*p - '0');
    return n == 3 && status >= 100 ? status : 0;
}

/* Names of days and months are English whatever the locale, so strptime() will not do. */
int64_t iv_answer_date(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], zone[4];
    struct tm t = {0};
    const char *at;
    int n = 0;

    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &t.tm_mday, month,
               &t.tm_year, &t.tm_hour, &t.tm_min, &t.tm_sec, zone, &n) != 7 ||
        text[n])
        return -1;
    at = strstr(months, month);
    if (!at || strlen(month) != 3 || (at - months) % 3 || strcmp(zone, "GMT") != 0 ||
        t.tm_year < 1970 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour > 23 || t.tm_min > 59 ||
        t.tm_sec > 60)
        return -1;
    t.tm_mon = (int)(at - months) / 3;
    t.tm_year -= 1900;
    return (int64_t)timegm(&t) * 1000;
}

/* Digits with an optional fraction, times `unit`; at most a day. */
static int64_t number(const char *s, double unit)
{
    char *end;
    double value;

    if (!isdigit((unsigned char)*s))
        return -1;
    value = strtod(s, &end) * unit;
    if (*end || !(value >= 0))
        return -1;
    return value > (double)WAIT_MAX_MS ? WAIT_MAX_MS : (int64_t)value;
}

static int64_t retry_after(const char *s, int64_t now_ms)
{
    int64_t ms = number(s, 1000), at;

    if (ms >= 0)
        return ms;
    at = iv_answer_date(s);
    if (at < 0)
        return -1;
    ms = at > now_ms ? at - now_ms : 0;
    return ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
}

static int64_t length(const char *s)
{
    size_t n = strspn(s, "0123456789");

    return n && n <= 18 && !s[n] ? (int64_t)strtoll(s, NULL, 10) : -1;
}

/* Shown to people and logged: printable ASCII. */
static void take_id(struct net_answer *a, const char *value)
{
    size_t n = 0;

    for (; *value && n + 1 < sizeof a->request_id; value++)
        if (*value > ' ' && *value < 127)
            a->request_id[n++] = *value;
    a->request_id[n] = '\0';
}

static void take(struct net_answer *a, const char *name, const char *value, int64_t now_ms)
{
    if (!strcmp(name, "content-type"))
        snprintf(a->type, sizeof a->type, "%.*s", (int)sizeof a->type - 1, value);
    else if (!strcmp(name, "content-length"))
        a->length = length(value);
    else if (!strcmp(name, "retry-after-ms"))
        a->retry_ms_header = number(value, 1);
    else if (!strcmp(name, "retry-after"))
        a->retry_header_ms = retry_after(value, now_ms);
    else if (!strcmp(name, "date"))
        a->date_ms = iv_answer_date(value);
    else if (!strcmp(name, "x-should-retry"))
        a->should_retry = !strcasecmp(value, "true") ? 1 : !strcasecmp(value, "false") ? 0 : -1;
    for (size_t i = 0; i < IV_LEN(id_names); i++)
        if (!strcmp(name, id_names[i]) && (!a->request_id[0] || !i))
            take_id(a, value);
}

void iv_answer_field(struct net_answer *a, const char *name, size_t name_len, const char *value,
                     size_t value_len, int64_t now_ms)
{
    char low[40], text[VALUE_BYTES];

    if (!name_len || name_len >= sizeof low)
        return;
    for (size_t i = 0; i < name_len; i++)
        low[i] = (char)tolower((unsigned char)name[i]);
    low[name_len] = '\0';
    while (value_len && strchr(" \t\r\n", value[0])) {
        value++;
        value_len--;
    }
    while (value_len && strchr(" \t\r\n", value[value_len - 1]))
        value_len--;
    if (value_len >= sizeof text)
        value_len = sizeof text - 1;
    for (size_t i = 0; i < value_len; i++) /* a NUL would cut it, other controls are nobody's */
        text[i] = (unsigned char)value[i] < ' ' ? ' ' : value[i];
    text[value_len] = '\0';
    take(a, low, text, now_ms);
}

void iv_answer_tell(const struct net_answer *a, struct net_outcome *o)
{
    o->status = a->status;
    o->content_type = a->type;
    o->retry_after_ms = a->retry_ms_header >= 0 ? a->retry_ms_header : a->retry_header_ms;
    o->should_retry = a->should_retry;
    o->date_ms = a->date_ms;
    memcpy(o->request_id, a->request_id, sizeof o->request_id);
}

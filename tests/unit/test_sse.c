/* test_sse.c - server-sent events: framing, cuts at every byte, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "provider/sse.h"

#define MAX 64

/* What was told: each event as "<name=data>". */
struct told {
    char text[4096];
    const char *refuse; /* data at which the listener refuses */
};

static bool on_event(void *arg, const char *event, const char *data, size_t len)
{
    struct told *t = arg;
    size_t at = strlen(t->text);

    assert_int_equal(strlen(data), len);
    snprintf(t->text + at, sizeof t->text - at, "<%s=%s>", event, data);
    return !t->refuse || strcmp(data, t->refuse) != 0;
}

static enum sse_state run(const char *in, size_t len, size_t piece, struct told *t)
{
    struct sse s;
    enum sse_state state;

    iv_sse_init(&s, MAX, on_event, t);
    t->text[0] = '\0';
    for (size_t at = 0; at < len; at += piece)
        iv_sse_feed(&s, in + at, len - at < piece ? len - at : piece);
    state = s.state;
    iv_sse_release(&s);
    return state;
}

#define LONG_DATA "0123456789012345678901234567890123456789012345678901234567890123"

static const struct row {
    const char *name, *in, *out;
    enum sse_state state;
} rows[] = {
    {"an empty line ends an event", "data: a\n\ndata: b\n\n", "<=a><=b>", SSE_GOOD},
    {"lines end in CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", "<=a><=b>", SSE_GOOD},
    {"lines end in CR", "data: a\r\rdata: b\r\r", "<=a><=b>", SSE_GOOD},
    {"line ends may change", "data: a\r\n\ndata: b\n\r", "<=a><=b>", SSE_GOOD},
    {"lines of one event are joined", "data: a\ndata: b\ndata\n\n", "<=a\nb\n>", SSE_GOOD},
    {"one space after the colon is dropped, not two", "data:a\n\ndata:  b\n\n", "<=a><= b>",
     SSE_GOOD},
    {"comments are skipped", ": ping\n\n:\ndata: a\n: x\n\n", "<=a>", SSE_GOOD},
    {"other fields are skipped", "id: 7\nretry: 9\nerror: {}\nwhat\ndata: a\n\n", "<=a>", SSE_GOOD},
    {"an event has a name", "event: done\ndata: a\n\ndata: b\n\n", "<done=a><=b>", SSE_GOOD},
    {"a name without data tells nothing", "event: x\n\ndata: a\n\n", "<=a>", SSE_GOOD},
    {"an open event is dropped", "data: a\n\ndata: b\n", "<=a>", SSE_GOOD},
    {"an unfinished line is dropped", "data: a\n\ndata: b", "<=a>", SSE_GOOD},
    {"empty data is data", "data:\n\n", "<=>", SSE_GOOD},
    {"a byte order mark is skipped at the start",
     "\xef\xbb\xbf"
     "data: a\n\n",
     "<=a>", SSE_GOOD},
    {"a byte order mark inside is text",
     "data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
     "<=a>", SSE_GOOD},
    {"a syllable may be cut", "data: \xea\xb0\x80\xeb\x82\x98\n\n", "<=가나>", SSE_GOOD},
    {"a line may not be too long", "data: a\n\ndata: " LONG_DATA "\n\ndata: b\n\n", "<=a>",
     SSE_TOO_LONG},
    {"a line without an end may not be too long", LONG_DATA "x", "", SSE_TOO_LONG},
    {"an event may not be too long",
     "data: 01234567890123456789012345678901\ndata: 01234567890123456789012345678901\n\n", "",
     SSE_TOO_LONG},
    {"a refused event ends it", "data: a\n\ndata: no\n\ndata: b\n\n", "<=a><=no>", SSE_REFUSED},
};

static void framing(void **state)
{
    const struct row *r = *state;
    struct told t = {.refuse = "no"};

    for (size_t piece = 1; piece <= strlen(r->in); piece++) {
        assert_int_equal(run(r->in, strlen(r->in), piece, &t), r->state);
        assert_string_equal(t.text, r->out);
    }
}

static void another_body(void **state)
{
    struct told t = {.refuse = "no"};
    struct sse s;

    (void)state;
    iv_sse_init(&s, MAX, on_event, &t);
    assert_false(iv_sse_feed(&s, "data: no\n\n", 10));
    assert_false(iv_sse_feed(&s, "data: a\n\n", 9));
    iv_sse_reset(&s);
    t.text[0] = '\0';
    assert_true(iv_sse_feed(&s, "data: a\n\n", 9));
    assert_string_equal(t.text, "<=a>");
    iv_sse_release(&s);
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + 1];

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = framing, .initial_state = (void *)&rows[i]};
    t[IV_LEN(rows)] =
        (struct CMUnitTest){.name = "after a reset another body begins", .test_func = another_body};
    return cmocka_run_group_tests_name("sse", t, NULL, NULL);
}

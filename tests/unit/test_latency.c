/* test_latency.c - the stages between an answer and its reply, out of recordings. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "iv/operations.h"

#define T0 1700000000000ll
#define ANSWER_TYPED                                                                               \
    "{\"in\":\"answer\",\"text\":\"x\",\"spoken_ms\":4000,\"source\":\"typed\",\"at_ms\":10000}"
#define ANSWER_SPOKEN                                                                              \
    "{\"in\":\"answer\",\"text\":\"x y\",\"spoken_ms\":4000,\"source\":\"speech\",\"words\":[["    \
    "\"x\",100,900,1],[\"y\",1000,3300,1]],\"at_ms\":10000}"
#define TOLD(at) "{\"type\":\"llm_response\",\"text\":\"a\",\"done\":false,\"at_ms\":" at "}"
#define SOUND(sample) "{\"type\":\"speech\",\"at_sample\":" sample ",\"phonemes\":[[\"T\",14,120]]}"

static const struct row {
    const char *name;
    const char *events[6];
    int64_t turns, end_of_turn, reply, voice, mouth, total; /* -1: null */
    const char *dominant;
} rows[] = {
    {"a typed answer has no end of turn",
     {ANSWER_TYPED, TOLD("10200"), SOUND("247200")},
     1,
     -1,
     200,
     100,
     14,
     300,
     "reply"},
    {"a spoken one ends with its last word",
     {ANSWER_SPOKEN, TOLD("10200"), SOUND("247200")},
     1,
     700,
     200,
     100,
     14,
     1000,
     "end_of_turn"},
    {"only the first words and the first sound count",
     {ANSWER_TYPED, TOLD("10200"), TOLD("10900"), SOUND("247200"), SOUND("480000")},
     1,
     -1,
     200,
     100,
     14,
     300,
     "reply"},
    {"speech of before is no reply",
     {SOUND("24000"), ANSWER_TYPED, SOUND("240000"), TOLD("10050"), SOUND("243600")},
     1,
     -1,
     50,
     100,
     14,
     150,
     "voice"},
    {"an answer that nobody replied to counts nothing",
     {ANSWER_TYPED, TOLD("10200")},
     0,
     -1,
     -1,
     -1,
     -1,
     -1,
     NULL},
    {"nothing recorded", {NULL}, 0, -1, -1, -1, -1, -1, NULL},
};

static const iv_json *stage(const iv_json *out, size_t at, const char *name)
{
    const iv_json *j = iv_json_at(iv_json_get(out, "stages"), at);

    assert_string_equal(iv_json_get_str(j, "stage", ""), name);
    return j;
}

static void store_with(iv_store *st, const char *const *events, size_t n, char id[IV_ID_BYTES])
{
    struct iv_session_spec spec;
    struct iv_session s;
    struct iv_step step = {.session = &s, .events = events, .n_events = n};

    iv_session_spec_init(&spec);
    SET_TEXT(spec.user_id, "u");
    iv_session_create(&s, &spec, T0);
    assert_int_equal(iv_store_session_new_with(st, &step, 5, NULL), IV_OK);
    memcpy(id, s.id, sizeof s.id);
}

static void world(iv_ctx **ctx, iv_store **st)
{
    static struct iv_manual_clock clock;

    iv_manual_clock_init(&clock, T0);
    assert_int_equal(iv_ctx_new(NULL, NULL, &clock.clock, ctx, NULL), IV_OK);
    assert_int_equal(iv_store_open(*ctx, "memory", "", st, NULL), IV_OK);
}

static void stages_of_one(void **state)
{
    const struct row *r = *state;
    const int64_t wanted[] = {r->end_of_turn, r->reply, r->voice, r->mouth, r->total};
    static const char *const names[] = {"end_of_turn", "reply", "voice", "mouth", "total"};
    char id[IV_ID_BYTES];
    iv_json *out;
    iv_store *st;
    iv_ctx *ctx;
    size_t n = 0;

    while (n < IV_LEN(r->events) && r->events[n])
        n++;
    world(&ctx, &st);
    store_with(st, r->events, n, id);
    assert_int_equal(iv_op_latency(ctx, st, id, &out, NULL), IV_OK);
    assert_int_equal(iv_json_len(iv_json_get(out, "turns")), r->turns);
    for (size_t i = 0; i < IV_LEN(wanted); i++) {
        assert_int_equal(iv_json_get_int(stage(out, i, names[i]), "p50_ms", -1), wanted[i]);
        assert_int_equal(iv_json_get_int(stage(out, i, names[i]), "p99_ms", -1), wanted[i]);
    }
    if (r->dominant)
        assert_string_equal(iv_json_get_str(out, "dominant", ""), r->dominant);
    else
        assert_int_equal(iv_json_type(iv_json_get(out, "dominant")), IV_JSON_NULL);
    iv_json_free(out);
    iv_store_close(st);
    iv_ctx_free(ctx);
}

/* Nearest rank: of a hundred waits of 1 to 100 ms the 95th is 95. */
static void percentiles_of_a_hundred(void **state)
{
    static char text[200][160];
    const char *events[300];
    char id[IV_ID_BYTES];
    iv_json *out;
    iv_store *st;
    iv_ctx *ctx;
    size_t n = 0;

    (void)state;
    for (int i = 1; i <= 100; i++) {
        snprintf(text[2 * i - 2], sizeof text[0],
                 "{\"type\":\"llm_response\",\"text\":\"a\",\"done\":true,\"at_ms\":%d}",
                 10000 + i);
        snprintf(text[2 * i - 1], sizeof text[0],
                 "{\"type\":\"speech\",\"at_sample\":%d,\"phonemes\":[]}", (10000 + i) * 24);
        events[n++] = ANSWER_TYPED;
        events[n++] = text[2 * i - 2];
        events[n++] = text[2 * i - 1];
    }
    world(&ctx, &st);
    store_with(st, events, n, id);
    assert_int_equal(iv_op_latency(ctx, st, id, &out, NULL), IV_OK);
    assert_int_equal(iv_json_get_int(stage(out, 1, "reply"), "turns", 0), 100);
    assert_int_equal(iv_json_get_int(stage(out, 1, "reply"), "p50_ms", 0), 50);
    assert_int_equal(iv_json_get_int(stage(out, 1, "reply"), "p95_ms", 0), 95);
    assert_int_equal(iv_json_get_int(stage(out, 1, "reply"), "p99_ms", 0), 99);
    iv_json_free(out);
    iv_store_close(st);
    iv_ctx_free(ctx);
}

static void unknown_session_is_not_found(void **state)
{
    iv_json *out;
    iv_store *st;
    iv_ctx *ctx;

    (void)state;
    world(&ctx, &st);
    assert_int_equal(iv_op_latency(ctx, st, "sess_none", &out, NULL), IV_E_SESSION_NOT_FOUND);
    assert_null(out);
    iv_store_close(st);
    iv_ctx_free(ctx);
}

int main(void)
{
    TABLE_ROWS(stages_of_one, rows);
    TABLE_TEST(percentiles_of_a_hundred);
    TABLE_TEST(unknown_session_is_not_found);
    return table_run("latency");
}

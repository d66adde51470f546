/* test_live_wire.c - bytes of messages, and what a slow reader loses. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "ws/wire.h"

#define T0 1700000000123ll

static void assert_same(struct wire_out *m, const struct iv_msg *as)
{
    struct wire_out *want = iv_live_wire_message(as);

    assert_non_null(m);
    assert_non_null(want);
    assert_int_equal(m->len, want->len);
    assert_memory_equal(m->bytes, want->bytes, m->len);
    free(want);
    free(m);
}

static const struct length {
    const char *name;
    size_t n;
} lengths[] = {
    {"nothing", 0},        {"one", 1}, {"two", 2}, {"three", 3}, {"a tenth of a second", 2400},
    {"a large one", 30001}};

static void sound_is_the_message_of_the_table(void **state)
{
    const struct length *row = *state;
    int16_t *samples = malloc((row->n + 1) * sizeof *samples);
    struct iv_live_wire_sound s = {.samples = samples, .n = row->n, .at_ms = 123456, .wall_ms = T0};
    struct iv_msg m = {.type = IV_MSG_tts_audio,
                       .timestamp_ms = T0,
                       .tts_audio = {.audio_data = {samples, row->n * 2},
                                     .sample_rate = IV_TTS_RATE_HZ,
                                     .format = "pcm16",
                                     .duration_ms = (int64_t)(row->n * 1000 / IV_TTS_RATE_HZ),
                                     .at_ms = 123456,
                                     .has_at_ms = true}};

    for (size_t i = 0; i < row->n; i++)
        samples[i] = (int16_t)(i * 7919 - 32768);
    assert_same(iv_live_wire_sound(&s, false), &m);
    free(samples);
}

static void a_picture_is_the_message_of_the_table(void **state)
{
    const struct length *row = *state;
    uint8_t *bytes = malloc(row->n + 1);
    struct iv_live_wire_picture p = {
        .jpeg = bytes, .len = row->n, .size = 512, .number = 77, .at_ms = 3080, .shown_ms = T0};
    struct iv_msg m = {.type = IV_MSG_avatar_frame,
                       .timestamp_ms = T0,
                       .avatar_frame = {.frame_data = {bytes, row->n},
                                        .width = 512,
                                        .height = 512,
                                        .format = "jpeg",
                                        .frame_number = 77,
                                        .at_ms = 3080,
                                        .has_at_ms = true}};

    for (size_t i = 0; i < row->n; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    assert_same(iv_live_wire_picture(&p, false), &m);
    free(bytes);
}

static void binary_sound_has_the_header_of_the_contract(void **state)
{
    static const int16_t samples[] = {1, -2, 0x1234};
    static const unsigned char want[] = {1, 1, 0, 0, 0xc0, 0x5d, 0,    0,    0x40, 0xe2, 1, 0,
                                         0, 0, 0, 0, 0x7b, 0x68, 0xe5, 0xcf, 0x8b, 1,    0, 0};
    static const unsigned char sound[] = {1, 0, 0xfe, 0xff, 0x34, 0x12};
    struct iv_live_wire_sound s = {.samples = samples, .n = 3, .at_ms = 123456, .wall_ms = T0};
    struct wire_out *m = iv_live_wire_sound(&s, true);

    (void)state;
    assert_true(m->is_binary);
    assert_int_equal(m->len, sizeof want + sizeof sound);
    assert_memory_equal(m->bytes, want, sizeof want);
    assert_memory_equal(m->bytes + sizeof want, sound, sizeof sound);
    free(m);
}

static const struct header {
    const char *name;
    unsigned char bytes[WIRE_HEADER_BYTES + 4];
    size_t len;
    enum iv_code rc;
    int64_t rate_hz;
} headers[] = {
    {"sound at 16 kHz is read", {3, 1, 0, 0, 0x80, 0x3e}, 28, IV_OK, 16000},
    {"no sound is read", {3, 1, 0, 0, 0x80, 0x3e}, 24, IV_OK, 16000},
    {"a header that is cut is refused", {3, 1}, 23, IV_E_USAGE, 0},
    {"what the server sends is refused", {1, 1}, 28, IV_E_USAGE, 0},
    {"another format is refused", {3, 2}, 28, IV_E_USAGE, 0},
    {"nothing is refused", {0}, 0, IV_E_USAGE, 0},
};

static void clients_sound(void **state)
{
    const struct header *h = *state;
    struct iv_bytes pcm = {0};
    struct iv_error err;
    int64_t rate_hz = 0;

    assert_int_equal(iv_live_wire_read_sound(h->bytes, h->len, &pcm, &rate_hz, &err), h->rc);
    assert_int_equal(rate_hz, h->rate_hz);
    if (!h->rc)
        assert_int_equal(pcm.len, h->len - WIRE_HEADER_BYTES);
}

/* -- the outbox -- */

static struct wire_out *of_kind(enum wire_kind kind, size_t len, uint64_t end_ms)
{
    struct wire_out *m = calloc(1, sizeof *m + len);

    m->kind = kind;
    m->len = len;
    m->end_ms = end_ms;
    return m;
}

static void expect_next(struct outbox *o, enum wire_kind kind, size_t len)
{
    struct wire_out *m = iv_live_outbox_pop(o);

    assert_non_null(m);
    assert_int_equal(m->kind, kind);
    assert_int_equal(m->len, len);
    free(m);
}

static void the_newest_pictures_stay(void **state)
{
    struct outbox o = {.max_bytes = 100000};

    (void)state;
    assert_int_equal(iv_live_outbox_push(&o, of_kind(WIRE_FRAME, 1, 0)), 0);
    assert_int_equal(iv_live_outbox_push(&o, of_kind(WIRE_CONTROL, 2, 0)), 0);
    assert_int_equal(iv_live_outbox_push(&o, of_kind(WIRE_FRAME, 3, 0)), 0);
    assert_int_equal(iv_live_outbox_push(&o, of_kind(WIRE_FRAME, 4, 0)), 1);
    expect_next(&o, WIRE_CONTROL, 2);
    expect_next(&o, WIRE_FRAME, 3);
    expect_next(&o, WIRE_FRAME, 4);
    assert_null(iv_live_outbox_pop(&o));
    assert_int_equal(o.bytes, 0);
    assert_null(o.last);
}

static void no_picture_waits_behind_late_speech(void **state)
{
    struct outbox o = {.max_bytes = 8000};

    (void)state;
    iv_live_outbox_push(&o, of_kind(WIRE_AUDIO, 1001, 0));
    assert_int_equal(iv_live_outbox_push(&o, of_kind(WIRE_FRAME, 10, 0)), 1);
    assert_int_equal(o.bytes, 1001);
    assert_false(iv_live_outbox_is_full(&o));
    iv_live_outbox_push(&o, of_kind(WIRE_AUDIO, 7000, 0));
    assert_true(iv_live_outbox_is_full(&o));
    iv_live_outbox_release(&o);
    assert_int_equal(o.bytes, 0);
}

static void a_cut_drops_what_is_not_over(void **state)
{
    struct outbox o = {.max_bytes = 100000};

    (void)state;
    iv_live_outbox_push(&o, of_kind(WIRE_AUDIO, 1, 100));
    iv_live_outbox_push(&o, of_kind(WIRE_FRAME, 2, 0));
    iv_live_outbox_push(&o, of_kind(WIRE_AUDIO, 3, 101));
    iv_live_outbox_push(&o, of_kind(WIRE_CONTROL, 4, 0));
    iv_live_outbox_push(&o, of_kind(WIRE_AUDIO, 5, 300));
    iv_live_outbox_cut(&o, 100);
    expect_next(&o, WIRE_AUDIO, 1);
    expect_next(&o, WIRE_CONTROL, 4);
    assert_null(iv_live_outbox_pop(&o));
    iv_live_outbox_push(&o, of_kind(WIRE_CONTROL, 6, 0));
    expect_next(&o, WIRE_CONTROL, 6);
}

int main(void)
{
    TABLE_ROWS(sound_is_the_message_of_the_table, lengths);
    TABLE_ROWS(a_picture_is_the_message_of_the_table, lengths);
    TABLE_TEST(binary_sound_has_the_header_of_the_contract);
    TABLE_ROWS(clients_sound, headers);
    TABLE_TEST(the_newest_pictures_stay);
    TABLE_TEST(no_picture_waits_behind_late_speech);
    TABLE_TEST(a_cut_drops_what_is_not_over);
    return table_run("live wire");
}

/* test_event.c - every message of messages.def as a value and as JSON. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/event.h"

struct wanted {
    const char *type;
    struct {
        const char *name, *kind;
        bool optional;
    } fields[12];
    size_t n;
};

static void note_field(void *arg, const char *name, const char *kind, bool optional)
{
    struct wanted *w = arg;

    w->fields[w->n].name = name;
    w->fields[w->n].kind = kind;
    w->fields[w->n++].optional = optional;
}

static struct wanted fields_of(enum iv_msg_type type)
{
    struct wanted w = {.type = iv_msg_name(type)};

    iv_msg_fields(type, note_field, &w);
    return w;
}

static iv_json *sample(const char *kind)
{
    iv_json *j;

    if (!strcmp(kind, "string"))
        return iv_json_str("한 \"x\"\n");
    if (!strcmp(kind, "integer"))
        return iv_json_int(24000);
    if (!strcmp(kind, "number"))
        return iv_json_num(0.25);
    if (!strcmp(kind, "boolean"))
        return iv_json_bool(true);
    if (!strcmp(kind, "base64"))
        return iv_json_str("AAEC/w==");
    if (!strcmp(kind, "time"))
        return iv_json_str("2024-01-01T12:00:00Z");
    assert_string_equal(kind, "object");
    j = iv_json_object();
    iv_json_set_int(j, "a", 1);
    return j;
}

static iv_json *wrong(const char *kind)
{
    return strcmp(kind, "string") && strcmp(kind, "base64") && strcmp(kind, "time")
               ? iv_json_str("wrong")
               : iv_json_int(1);
}

static iv_json *whole(const struct wanted *w, bool with_optional)
{
    iv_json *j = iv_json_object();

    iv_json_set_str(j, "type", w->type);
    for (size_t i = 0; i < w->n; i++)
        if (with_optional || !w->fields[i].optional)
            iv_json_set(j, w->fields[i].name, sample(w->fields[i].kind));
    return j;
}

static char *text_of(const iv_json *j)
{
    struct iv_buf b = IV_BUF_INIT(8192);

    assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &b, NULL), IV_OK);
    return iv_buf_take(&b);
}

static enum iv_msg_type type_of_row(void **state)
{
    return (enum iv_msg_type)(uintptr_t)*state;
}

/* Decoded and encoded again it is the same, but for the timestamp that encoding adds. */
static void comes_back(enum iv_msg_type type, bool with_optional)
{
    struct wanted w = fields_of(type);
    iv_json *in = whole(&w, with_optional), *out;
    struct iv_buf bytes = IV_BUF_INIT(4096);
    struct iv_msg m;
    char *a, *b;

    assert_int_equal(iv_msg_decode(in, &m, &bytes, NULL), IV_OK);
    assert_int_equal(m.type, type);
    m.timestamp_ms = 1700000000123;
    out = iv_msg_encode(&m);
    if (strcmp(w.type, "ping") || !with_optional) {
        assert_string_equal(iv_json_get_str(out, "timestamp", ""), "2023-11-14T22:13:20.123Z");
        iv_json_remove(out, "timestamp");
    } else { /* a ping has a timestamp of its own, which stands last */
        iv_json_remove(out, "timestamp");
        iv_json_remove(in, "timestamp");
    }
    a = text_of(in);
    b = text_of(out);
    assert_string_equal(a, b);
    free(a);
    free(b);
    iv_json_free(in);
    iv_json_free(out);
    iv_buf_release(&bytes);
}

static void decodes_and_encodes(void **state)
{
    comes_back(type_of_row(state), true);
    comes_back(type_of_row(state), false);
}

static void refuses_what_is_missing(void **state)
{
    struct wanted w = fields_of(type_of_row(state));

    for (size_t i = 0; i < w.n; i++)
        for (int null = 0; null < 2; null++) {
            iv_json *j = whole(&w, true);
            struct iv_buf bytes = IV_BUF_INIT(4096);
            struct iv_error err = {.text = ""};
            struct iv_msg m;

            if (null)
                iv_json_set_null(j, w.fields[i].name);
            else
                iv_json_remove(j, w.fields[i].name);
            assert_int_equal(iv_msg_decode(j, &m, &bytes, &err),
                             w.fields[i].optional ? IV_OK : IV_E_USAGE);
            if (!w.fields[i].optional) {
                assert_non_null(strstr(err.text, w.type));
                assert_non_null(strstr(err.text, w.fields[i].name));
                assert_non_null(strstr(err.text, "missing"));
            }
            iv_json_free(j);
            iv_buf_release(&bytes);
        }
}

static void refuses_what_is_wrong(void **state)
{
    struct wanted w = fields_of(type_of_row(state));

    for (size_t i = 0; i < w.n; i++) {
        iv_json *j = whole(&w, true);
        struct iv_buf bytes = IV_BUF_INIT(4096);
        struct iv_error err = {.text = ""};
        struct iv_msg m;

        iv_json_set(j, w.fields[i].name, wrong(w.fields[i].kind));
        assert_int_equal(iv_msg_decode(j, &m, &bytes, &err), IV_E_USAGE);
        assert_non_null(strstr(err.text, w.fields[i].name));
        assert_non_null(strstr(err.text, w.fields[i].kind));
        iv_json_free(j);
        iv_buf_release(&bytes);
    }
}

static const struct text {
    const char *name, *json, *says;
} texts[] = {
    {"an unknown type is named", "{\"type\":\"dance\"}", "\"dance\": no message has this name"},
    {"an empty type is refused", "{\"type\":\"\"}", "no message has this name"},
    {"a type is written exactly", "{\"type\":\"Pause\"}", "no message has this name"},
    {"a message needs a type", "{}", "\"type\""},
    {"a type is a string", "{\"type\":1}", "\"type\""},
    {"an array is no message", "[]", "a message is an object"},
    {"a string is no message", "\"pause\"", "a message is an object"},
    {"null is no message", "null", "a message is an object"},
    {"1.5 is no integer", "{\"type\":\"interrupt\",\"at_ms\":1.5}", "at_ms: must be an integer"},
    {"1e300 is no integer", "{\"type\":\"interrupt\",\"at_ms\":1e300}",
     "at_ms: must be an integer"},
    {"base64 with a foreign letter is refused", "{\"type\":\"audio_data\",\"audio\":\"AA*A\"}",
     "audio: not valid base64"},
    {"base64 with blanks is refused", "{\"type\":\"audio_data\",\"audio\":\"AAAA AAAA\"}",
     "audio: not valid base64"},
    {"base64 without its padding is refused", "{\"type\":\"audio_data\",\"audio\":\"AAE\"}",
     "audio: not valid base64"},
    {"base64 of the URL alphabet is refused", "{\"type\":\"audio_data\",\"audio\":\"_-8=\"}",
     "audio: not valid base64"},
    {"empty audio is taken", "{\"type\":\"audio_data\",\"audio\":\"\"}", NULL},
    {"unknown fields are passed over", "{\"type\":\"pause\",\"mood\":{\"x\":[1]}}", NULL},
};

static void text(void **state)
{
    const struct text *r = *state;
    struct iv_buf bytes = IV_BUF_INIT(4096);
    struct iv_error err = {.text = ""};
    struct iv_msg m;
    iv_json *j;

    assert_int_equal(iv_json_parse(r->json, strlen(r->json), 4096, &j, NULL), IV_OK);
    assert_int_equal(iv_msg_decode(j, &m, &bytes, &err), r->says ? IV_E_USAGE : IV_OK);
    if (r->says)
        assert_non_null(strstr(err.text, r->says));
    iv_json_free(j);
    iv_buf_release(&bytes);
}

static void bytes_survive_base64(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        unsigned char data[300];
        struct iv_msg m = {.type = IV_MSG_tts_audio, .tts_audio = {.format = "pcm16"}}, back;
        struct iv_buf bytes = IV_BUF_INIT(4096);
        iv_json *j;

        for (size_t i = 0; i < n; i++)
            data[i] = (unsigned char)(i * 7 + n);
        m.tts_audio.audio_data = (struct iv_bytes){data, n};
        j = iv_msg_encode(&m);
        assert_int_equal(iv_msg_decode(j, &back, &bytes, NULL), IV_OK);
        assert_int_equal(back.tts_audio.audio_data.len, n);
        if (n)
            assert_memory_equal(back.tts_audio.audio_data.data, data, n);
        iv_json_free(j);
        iv_buf_release(&bytes);
    }
}

static void bytes_beyond_the_limit_are_told(void **state)
{
    struct iv_buf bytes = IV_BUF_INIT(4);
    struct iv_msg m;
    iv_json *j = iv_json_object();

    (void)state;
    iv_json_set_str(j, "type", "audio_data");
    iv_json_set_str(j, "audio", "AAAAAAAAAAAA");
    assert_int_equal(iv_msg_decode(j, &m, &bytes, NULL), IV_E_TOO_LARGE);
    iv_json_free(j);
    iv_buf_release(&bytes);
}

static void directions_are_those_of_the_table(void **state)
{
    (void)state;
    assert_false(iv_msg_from_client(IV_MSG_llm_response));
    assert_true(iv_msg_from_client(IV_MSG_user_text));
    for (unsigned t = 0; t < IV_MSG_COUNT; t++)
        assert_true(strlen(iv_msg_meaning((enum iv_msg_type)t)) > 5);
}

int main(void)
{
    static char names[IV_MSG_COUNT][3][80];

    for (unsigned t = 0; t < IV_MSG_COUNT; t++) {
        static const struct {
            const char *form;
            CMUnitTestFunction fn;
        } checks[] = {{"decodes and encodes", decodes_and_encodes},
                      {"refuses what is missing", refuses_what_is_missing},
                      {"refuses what is wrong", refuses_what_is_wrong}};

        for (size_t i = 0; i < IV_LEN(checks); i++) {
            snprintf(names[t][i], sizeof names[t][i], "%s %s", iv_msg_name((enum iv_msg_type)t),
                     checks[i].form);
            table_add(names[t][i], checks[i].fn, (const void *)(uintptr_t)t);
        }
    }
    TABLE_ROWS(text, texts);
    TABLE_TEST(bytes_survive_base64);
    TABLE_TEST(bytes_beyond_the_limit_are_told);
    TABLE_TEST(directions_are_those_of_the_table);
    return table_run("event");
}

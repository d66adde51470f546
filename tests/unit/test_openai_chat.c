/* test_openai_chat.c - the request's JSON, and streams that end well, badly, cut after every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/openai_chat.h"
#include "table.h"

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"]" \
    ","                                                                                            \
    "\"additionalProperties\":false}"
#define DELTA(content)                                                                             \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" content                           \
    "\"},\"finish_reason\":null}]}\n\n"
#define FINISH(reason)                                                                             \
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define SSE "text/event-stream; charset=utf-8"

struct got {
    char text[1000];
    size_t len;
};

static void on_text(void *arg, const char *text, size_t len)
{
    struct got *g = arg;

    assert_true(g->len + len < sizeof g->text);
    memcpy(g->text + g->len, text, len);
    g->len += len;
    g->text[g->len] = '\0';
}

static enum chat_end run(struct chat_stream *s, const char *body, size_t len, size_t piece,
                         const char *type)
{
    for (size_t at = 0; at < len; at += piece)
        if (!iv_chat_feed(s, body + at, len - at < piece ? len - at : piece, type))
            break;
    return iv_chat_finish(s);
}

static const struct row {
    const char *name, *type, *schema, *body, *text;
    enum chat_end end;
    int64_t tokens_in, tokens_out;
} rows[] = {
    {"a stream with usage", SSE, 0,
     "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
     "\"finish_reason\":null}]}\r\n\r\n: ping\n\n" DELTA("자기") DELTA("소개") FINISH(
         "stop") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,"
                 "\"total_tokens\":13}}\n\n" DONE,
     "자기소개", CHAT_WHOLE, 9, 4},
    {"without [DONE] the finish reason is enough", SSE, 0, DELTA("a") FINISH("stop"), "a",
     CHAT_WHOLE, 0, 0},
    {"without a finish reason [DONE] is enough", SSE, 0, DELTA("a") DONE, "a", CHAT_WHOLE, 0, 0},
    {"neither: it was cut", SSE, 0, DELTA("a") DELTA("b"), "ab", CHAT_CUT, 0, 0},
    {"null for the content, unknown fields, thoughts apart", SSE, 0,
     "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null,"
     "\"reasoning_content\":\"hm\",\"reasoning\":\"hm\"},\"finish_reason\":null,\"x\":[1]}],"
     "\"usage\":null,\"y\":{}}\n\n" DELTA("a") FINISH("stop") DONE,
     "a", CHAT_WHOLE, 0, 0},
    {"thoughts in tags are not said", SSE, 0,
     DELTA("\\n<thi") DELTA("nk>secret </thin") DELTA("g></think>\\n\\n") DELTA("Hello")
         FINISH("stop") DONE,
     "Hello", CHAT_WHOLE, 0, 0},
    {"a tag that is none is text", SSE, 0, DELTA("<th") DELTA("ree> a") DONE, "<three> a",
     CHAT_WHOLE, 0, 0},
    {"the limit is an end", SSE, 0, DELTA("a") FINISH("length") DONE, "a", CHAT_WHOLE, 0, 0},
    {"nothing was said", SSE, 0, FINISH("stop") DONE, "", CHAT_EMPTY, 0, 0},
    {"only thoughts", SSE, 0, DELTA("<think>x</think>") FINISH("stop") DONE, "", CHAT_EMPTY, 0, 0},
    {"a refusal", SSE, 0,
     "data: {\"choices\":[{\"delta\":{\"refusal\":\"no\"},\"finish_reason\":null}]}\n\n" FINISH(
         "stop") DONE,
     "", CHAT_REFUSED, 0, 0},
    {"the service's filter", SSE, 0, DELTA("a") FINISH("content_filter") DONE, "a", CHAT_REFUSED, 0,
     0},
    {"an error in the stream", SSE, 0,
     DELTA("a") "data: "
                "{\"error\":{\"code\":500,\"message\":\"x\",\"type\":\"server_error\"}}\n\n" DELTA(
                    "b"),
     "a", CHAT_ERROR, 0, 0},
    {"a flat error in the stream", SSE, 0,
     "data: {\"object\":\"error\",\"message\":\"m\",\"type\":\"x\",\"code\":400}\n\n" DONE, "",
     CHAT_ERROR, 0, 0},
    {"an error line that is no field", SSE, 0,
     DELTA("a") "error: {\"code\":500,\"message\":\"x\"}\n\n", "a", CHAT_CUT, 0, 0},
    {"not JSON", SSE, 0, DELTA("a") "data: {oops\n\n" DELTA("b"), "a", CHAT_NONSENSE, 0, 0},
    {"no choices", SSE, 0, "data: {\"id\":\"x\"}\n\n" DONE, "", CHAT_NONSENSE, 0, 0},
    {"a page", "text/html", 0, "<html>", "", CHAT_NONSENSE, 0, 0},
    {"no body", SSE, 0, "", "", CHAT_CUT, 0, 0},
    {"a server that does not stream", "application/json", 0,
     "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"whole\",\"refusal\":null},"
     "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}",
     "whole", CHAT_WHOLE, 3, 1},
    {"an error with status 200", "application/json", 0, "{\"error\":\"busy\"}", "", CHAT_ERROR, 0,
     0},
    {"JSON that was asked for", SSE, SCHEMA,
     DELTA("{\\\"text\\\":") DELTA("\\\"a\\\"}") FINISH("stop") DONE, "{\"text\":\"a\"}",
     CHAT_WHOLE, 0, 0},
    {"JSON that lacks a key is not told", SSE, SCHEMA, DELTA("{}") FINISH("stop") DONE, "",
     CHAT_UNFIT, 0, 0},
    {"JSON that was cut is not told", SSE, SCHEMA, DELTA("{\\\"te") FINISH("length") DONE, "",
     CHAT_TOO_SHORT, 0, 0},
    {"no JSON is not told", SSE, SCHEMA, DELTA("sure!") FINISH("stop") DONE, "", CHAT_UNFIT, 0, 0},
};

static void ends(void **state)
{
    const struct row *r = *state;
    size_t len = strlen(r->body);

    for (size_t piece = 1; piece <= (len ? len : 1); piece += piece < 40 ? 1 : 97) {
        struct got g = {.len = 0};
        struct chat_stream s;

        iv_chat_init(&s, r->schema, on_text, &g);
        assert_int_equal(run(&s, r->body, len, piece, r->type), r->end);
        assert_string_equal(g.text, r->text);
        assert_int_equal(s.tokens_in, r->tokens_in);
        assert_int_equal(s.tokens_out, r->tokens_out);
        iv_chat_release(&s);
    }
}

/* Cut anywhere: what was told is a beginning of the whole, and only a stream that says its end is a success. */
static void cut_after_each_byte(void **state)
{
    const struct row *r = &rows[0];
    size_t len = strlen(r->body), whole_from = (size_t)(strstr(r->body, "stop") - r->body);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        struct got g = {.len = 0};
        struct chat_stream s;
        enum chat_end end;

        iv_chat_init(&s, NULL, on_text, &g);
        end = run(&s, r->body, cut, cut ? cut : 1, r->type);
        assert_int_equal(strncmp(r->text, g.text, g.len), 0);
        if (cut < whole_from + strlen("stop\"}]}\n\n"))
            assert_int_equal(end, CHAT_CUT);
        else
            assert_int_equal(end, CHAT_WHOLE);
        iv_chat_release(&s);
    }
}

static void another_try(void **state)
{
    struct got g = {.len = 0};
    struct chat_stream s;

    (void)state;
    iv_chat_init(&s, NULL, on_text, &g);
    assert_int_equal(run(&s, "data: no\n\n", 10, 3, SSE), CHAT_NONSENSE);
    iv_chat_reset(&s);
    assert_int_equal(run(&s, rows[1].body, strlen(rows[1].body), 3, SSE), CHAT_WHOLE);
    assert_string_equal(g.text, "a");
    iv_chat_release(&s);
}

/* -- requests -- */

static iv_json *body_of(unsigned without, const char *schema)
{
    const struct iv_llm_message m[] = {{IV_LLM_SYSTEM, "be kind"}, {IV_LLM_USER, "\"hi\""}};
    struct iv_llm_request r = {.messages = m,
                               .n_messages = 2,
                               .max_tokens = 50,
                               .temperature = 0.5,
                               .seed = 7,
                               .schema = schema,
                               .schema_name = schema ? "plan" : NULL};
    struct iv_buf b = IV_BUF_INIT(1 << 20);
    iv_json *j;

    assert_int_equal(iv_chat_body(&r, "m", without, &b, NULL), IV_OK);
    assert_int_equal(iv_json_parse(b.data, b.len, 1 << 20, &j, NULL), IV_OK);
    iv_buf_release(&b);
    return j;
}

static void a_full_request(void **state)
{
    iv_json *j = body_of(0, SCHEMA);
    const iv_json *m = iv_json_get(j, "messages"), *f = iv_json_get(j, "response_format"),
                  *o = iv_json_get(j, "stream_options");

    (void)state;
    assert_string_equal(iv_json_get_str(j, "model", ""), "m");
    assert_true(iv_json_get_bool(j, "stream", false));
    assert_true(iv_json_get_bool(o, "include_usage", false));
    assert_false(iv_json_get_bool(o, "include_obfuscation", true));
    assert_int_equal(iv_json_get_int(j, "max_completion_tokens", 0), 50);
    assert_null(iv_json_get(j, "max_tokens"));
    assert_int_equal(iv_json_get_int(j, "seed", 0), 7);
    assert_float_equal(iv_json_get_num(j, "temperature", 0), 0.5, 1e-9);
    assert_int_equal(iv_json_len(m), 2);
    assert_string_equal(iv_json_get_str(iv_json_at(m, 0), "role", ""), "system");
    assert_string_equal(iv_json_get_str(iv_json_at(m, 0), "content", ""), "be kind");
    assert_string_equal(iv_json_get_str(iv_json_at(m, 1), "content", ""), "\"hi\"");
    f = iv_json_get(f, "json_schema");
    assert_string_equal(iv_json_get_str(f, "name", ""), "plan");
    assert_true(iv_json_get_bool(f, "strict", false));
    assert_string_equal(iv_json_get_str(iv_json_get(f, "schema"), "type", ""), "object");
    iv_json_free(j);
}

static void what_was_refused_is_left_out(void **state)
{
    iv_json *j = body_of(CHAT_NO_TEMPERATURE | CHAT_NO_SEED | CHAT_NO_STREAM_OPTIONS |
                             CHAT_NO_FORMAT | CHAT_OLD_MAX_TOKENS,
                         SCHEMA);
    const iv_json *first = iv_json_at(iv_json_get(j, "messages"), 0);

    (void)state;
    assert_null(iv_json_get(j, "temperature"));
    assert_null(iv_json_get(j, "seed"));
    assert_null(iv_json_get(j, "stream_options"));
    assert_null(iv_json_get(j, "response_format"));
    assert_null(iv_json_get(j, "max_completion_tokens"));
    assert_int_equal(iv_json_get_int(j, "max_tokens", 0), 50);
    assert_non_null(strstr(iv_json_get_str(first, "content", ""), "JSON"));
    assert_non_null(strstr(iv_json_get_str(first, "content", ""), SCHEMA));
    iv_json_free(j);
}

static void an_object_instead_of_a_schema(void **state)
{
    iv_json *j = body_of(CHAT_NO_SCHEMA | CHAT_NO_OBFUSCATION, SCHEMA);

    (void)state;
    assert_string_equal(iv_json_get_str(iv_json_get(j, "response_format"), "type", ""),
                        "json_object");
    assert_null(iv_json_get(iv_json_get(j, "response_format"), "json_schema"));
    assert_null(iv_json_get(iv_json_get(j, "stream_options"), "include_obfuscation"));
    iv_json_free(j);
}

static void fixes(void **state)
{
    (void)state;
    assert_int_equal(iv_chat_fix("max_tokens", CHAT_OLD_MAX_TOKENS), CHAT_OLD_MAX_TOKENS);
    assert_int_equal(iv_chat_fix("max_tokens", 0), 0);
    assert_int_equal(iv_chat_fix("max_completion_tokens", 0), CHAT_OLD_MAX_TOKENS);
    assert_int_equal(iv_chat_fix("max_completion_tokens", CHAT_OLD_MAX_TOKENS), 0);
    assert_int_equal(iv_chat_fix("response_format", 0), CHAT_NO_SCHEMA);
    assert_int_equal(iv_chat_fix("response_format.json_schema.name", CHAT_NO_SCHEMA),
                     CHAT_NO_FORMAT);
    assert_int_equal(iv_chat_fix("response_format", CHAT_NO_SCHEMA | CHAT_NO_FORMAT), 0);
    assert_int_equal(iv_chat_fix("stream_options.include_obfuscation", 0), CHAT_NO_OBFUSCATION);
    assert_int_equal(iv_chat_fix("messages", 0), 0);
}

int main(void)
{
    TABLE_ROWS(ends, rows);
    TABLE_TEST(cut_after_each_byte);
    TABLE_TEST(another_try);
    TABLE_TEST(a_full_request);
    TABLE_TEST(what_was_refused_is_left_out);
    TABLE_TEST(an_object_instead_of_a_schema);
    TABLE_TEST(fixes);
    return table_run("openai_chat");
}

/* test_openai_error.c - refusals in every shape, and what each one means for language, transcription and speech. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "provider/openai_error.h"

static const struct shape {
    const char *name, *body, *message, *code, *type, *param;
} shapes[] = {
    {"OpenAI",
     "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"},\"status\":401}",
     "m", "c", "t", "p"},
    {"null for code and param",
     "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}}", "m", "", "t",
     ""},
    {"an integer code", "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"x\"}}",
     "Loading model", "503", "x", ""},
    {"a string for the error", "{\"error\":\"failed to process audio\"}", "failed to process audio",
     "", "", ""},
    {"a string for the detail", "{\"detail\":\"no key\"}", "no key", "", "", ""},
    {"an object for the detail",
     "{\"detail\":{\"error\":\"validation_error\",\"message\":\"bad voice\",\"type\":\"x\"}}",
     "bad voice", "validation_error", "x", ""},
    {"a list for the detail",
     "{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"too "
     "long\",\"type\":\"string_too_long\"}]}",
     "too long", "", "string_too_long", "input"},
    {"flat, of older vLLM",
     "{\"object\":\"error\",\"message\":\"m\",\"type\":\"BadRequestError\",\"param\":null,\"code\":"
     "400}",
     "m", "400", "BadRequestError", ""},
    {"plain text", "File Not Found (/inference)", "File Not Found (/inference)", "", "", ""},
    {"a page", "<html>\n<body>503  Service</body>", "<html> <body>503 Service</body>", "", "", ""},
    {"nothing", "", "", "", "", ""},
    {"bytes that are no text", "\xff\xfe", "", "", "", ""},
    {"escape codes",
     "a\x1b[31mb\x07 \xe2\x80\xae"
     "c",
     "a [31mb c", "", "", ""},
    {"a masked key is hidden",
     "{\"error\":{\"message\":\"Incorrect API key provided: "
     "sk-proj-a********Xy9Z. See https://x\"}}",
     "Incorrect API key provided: *** See https://x", "", "", ""},
    {"a whole key is hidden", "bad 'sk-abcdefghij'", "bad '***'", "", "", ""},
    {"a list at the top", "[1]", "", "", "", ""},
};

static void reading(void **state)
{
    const struct shape *s = *state;
    struct openai_error e;

    iv_openai_error_read(s->body, strlen(s->body), &e);
    assert_string_equal(e.message, s->message);
    assert_string_equal(e.code, s->code);
    assert_string_equal(e.type, s->type);
    assert_string_equal(e.param, s->param);
}

#define ERR(code, type, message)                                                                   \
    "{\"error\":{\"message\":\"" message "\",\"type\":\"" type "\",\"param\":null,\"code\":" code  \
    "}}"

static const struct row {
    const char *name;
    enum openai_kind kind;
    enum net_failure failure;
    int status, should_retry;
    const char *body;
    enum iv_code code;
    enum net_class class;
    enum openai_fix fix;
    const char *text; /* part of the verdict's */
} rows[] = {
    /* language models: section 3 of the contract "errors" */
    {"llm: a name that does not resolve", OPENAI_LLM, NET_DNS, 0, -1, "", IV_E_LLM_ERROR, NET_RETRY,
     0, "stage"},
    {"llm: refused", OPENAI_LLM, NET_CONNECT, 0, -1, "", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: TLS", OPENAI_LLM, NET_TLS, 0, -1, "", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: reset", OPENAI_LLM, NET_RESET, 0, -1, "", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: connecting takes too long", OPENAI_LLM, NET_CONNECT_TIMEOUT, 0, -1, "", IV_E_LLM_TIMEOUT,
     NET_RETRY, 0, 0},
    {"llm: no first token", OPENAI_LLM, NET_FIRST_TIMEOUT, 0, -1, "", IV_E_LLM_TIMEOUT, NET_RETRY,
     0, 0},
    {"llm: a gap", OPENAI_LLM, NET_GAP_TIMEOUT, 200, -1, "", IV_E_LLM_TIMEOUT, NET_RETRY, 0, 0},
    {"llm: offline is final", OPENAI_LLM, NET_OFFLINE, 0, -1, "", IV_E_LLM_ERROR, NET_FAIL, 0, 0},
    {"llm: an open breaker is final", OPENAI_LLM, NET_BREAKER, 0, -1, "", IV_E_LLM_ERROR, NET_FAIL,
     0, 0},
    {"llm: nonsense once more", OPENAI_LLM, NET_PROTOCOL, 200, -1, "", IV_E_LLM_INVALID_RESPONSE,
     NET_RETRY_ONCE, 0, 0},
    {"llm: too large once more", OPENAI_LLM, NET_TOO_LARGE, 200, -1, "", IV_E_LLM_INVALID_RESPONSE,
     NET_RETRY_ONCE, 0, 0},
    {"llm: cancelled", OPENAI_LLM, NET_CANCELLED, 0, -1, "", IV_E_CANCELLED, NET_FAIL, 0, 0},
    {"llm: the prompt is too long", OPENAI_LLM, NET_STATUS, 400, -1,
     ERR("\"context_length_exceeded\"", "invalid_request_error", "x"), IV_E_LLM_ERROR, NET_FIX,
     OPENAI_FIX_CONTEXT, 0},
    {"llm: the prompt is too long for llama-server", OPENAI_LLM, NET_STATUS, 400, -1,
     ERR("400", "exceed_context_size_error", "x"), IV_E_LLM_ERROR, NET_FIX, OPENAI_FIX_CONTEXT, 0},
    {"llm: 400", OPENAI_LLM, NET_STATUS, 400, -1,
     ERR("\"invalid_value\"", "invalid_request_error", "bad"), IV_E_LLM_ERROR, NET_FAIL, 0,
     "HTTP 400: bad (invalid_value)"},
    {"llm: 401", OPENAI_LLM, NET_STATUS, 401, -1,
     ERR("\"invalid_api_key\"", "invalid_request_error", "Incorrect"), IV_E_LLM_ERROR, NET_FAIL, 0,
     "the key is not accepted"},
    {"llm: 403", OPENAI_LLM, NET_STATUS, 403, -1, "", IV_E_LLM_ERROR, NET_FAIL, 0, 0},
    {"llm: no such model", OPENAI_LLM, NET_STATUS, 404, -1,
     ERR("\"model_not_found\"", "invalid_request_error", "x"), IV_E_LLM_ERROR, NET_FAIL, 0,
     "no such model"},
    {"llm: ollama has not pulled the model", OPENAI_LLM, NET_STATUS, 404, -1,
     ERR("null", "not_found_error", "model 'x' not found, try pulling it first"), IV_E_LLM_ERROR,
     NET_FAIL, 0, 0},
    {"llm: 422", OPENAI_LLM, NET_STATUS, 422, -1, "{\"detail\":\"x\"}", IV_E_LLM_ERROR, NET_FAIL, 0,
     0},
    {"llm: slower", OPENAI_LLM, NET_STATUS, 429, -1, ERR("\"rate_limit_exceeded\"", "tokens", "x"),
     IV_E_LLM_RATE_LIMIT, NET_WAIT, 0, 0},
    {"llm: slow down under another status", OPENAI_LLM, NET_STATUS, 503, -1,
     ERR("\"slow_down\"", "rate_limit_error", "x"), IV_E_LLM_RATE_LIMIT, NET_WAIT, 0, 0},
    {"llm: 429 without a code", OPENAI_LLM, NET_STATUS, 429, -1, "", IV_E_LLM_RATE_LIMIT, NET_WAIT,
     0, 0},
    {"llm: no credit", OPENAI_LLM, NET_STATUS, 429, -1,
     ERR("\"credit_balance_exhausted\"", "insufficient_quota", "x"), IV_E_LLM_ERROR, NET_FAIL, 0,
     "quota"},
    {"llm: quota by type alone", OPENAI_LLM, NET_STATUS, 429, -1,
     ERR("null", "insufficient_quota", "x"), IV_E_LLM_ERROR, NET_FAIL, 0, "quota"},
    {"llm: a project's limit", OPENAI_LLM, NET_STATUS, 429, 1,
     ERR("\"project_spend_limit_exceeded\"", "x", "x"), IV_E_LLM_ERROR, NET_FAIL, 0, "quota"},
    {"llm: an organisation's usage", OPENAI_LLM, NET_STATUS, 429, -1,
     ERR("\"organization_usage_limit_exceeded\"", "x", "x"), IV_E_LLM_ERROR, NET_FAIL, 0, "quota"},
    {"llm: 408", OPENAI_LLM, NET_STATUS, 408, -1, "", IV_E_LLM_TIMEOUT, NET_RETRY, 0, 0},
    {"llm: 409", OPENAI_LLM, NET_STATUS, 409, -1, "", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: 500", OPENAI_LLM, NET_STATUS, 500, -1, "", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: 502", OPENAI_LLM, NET_STATUS, 502, -1, "<html>", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: overloaded", OPENAI_LLM, NET_STATUS, 503, -1,
     ERR("\"server_is_overloaded\"", "service_unavailable_error", "x"), IV_E_LLM_ERROR, NET_WAIT, 0,
     0},
    {"llm: 504", OPENAI_LLM, NET_STATUS, 504, -1, "", IV_E_LLM_ERROR, NET_RETRY, 0, 0},
    {"llm: 501 stays", OPENAI_LLM, NET_STATUS, 501, -1, "", IV_E_LLM_ERROR, NET_FAIL, 0, 0},
    {"llm: a redirect is not followed", OPENAI_LLM, NET_STATUS, 302, -1, "", IV_E_LLM_ERROR,
     NET_FAIL, 0, 0},
    {"llm: the header forbids", OPENAI_LLM, NET_STATUS, 500, 0, "", IV_E_LLM_ERROR, NET_FAIL, 0, 0},
    {"llm: the header asks", OPENAI_LLM, NET_STATUS, 400, 1, "{}", IV_E_LLM_ERROR, NET_WAIT, 0, 0},
    {"llm: the model is loading", OPENAI_LLM, NET_STATUS, 503, -1,
     ERR("503", "unavailable_error", "Loading model"), IV_E_LLM_ERROR, NET_FIX, OPENAI_FIX_LOADING,
     0},
    {"llm: ollama is busy", OPENAI_LLM, NET_STATUS, 503, -1,
     ERR("null", "api_error", "server busy, please try again.  maximum pending requests exceeded"),
     IV_E_LLM_RATE_LIMIT, NET_RETRY, 0, 0},
    {"llm: flat vLLM in a stream goes by its code", OPENAI_LLM, NET_PROTOCOL, 200, -1,
     "!{\"object\":\"error\",\"message\":\"m\",\"type\":\"x\",\"code\":429}", IV_E_LLM_RATE_LIMIT,
     NET_WAIT, 0, "in the stream"},
    {"llm: an error in a stream without a status", OPENAI_LLM, NET_PROTOCOL, 200, -1,
     "!{\"error\":\"boom\"}", IV_E_LLM_ERROR, NET_RETRY, 0, "boom"},
    {"llm: a bad request told in a stream", OPENAI_LLM, NET_PROTOCOL, 200, -1,
     "!{\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\"}}", IV_E_LLM_ERROR,
     NET_FAIL, 0, 0},
    {"llm: max_tokens is not known", OPENAI_LLM, NET_STATUS, 400, -1,
     "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this "
     "model. Use 'max_completion_tokens' "
     "instead.\",\"type\":\"invalid_request_error\",\"param\":\"max_tokens\",\"code\":"
     "\"unsupported_"
     "parameter\"}}",
     IV_E_LLM_ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {"llm: named in the message only", OPENAI_LLM, NET_STATUS, 400, -1,
     "{\"error\":\"temperature is not supported here\"}", IV_E_LLM_ERROR, NET_FIX, OPENAI_FIX_PARAM,
     0},
    {"llm: an extra field", OPENAI_LLM, NET_STATUS, 422, -1,
     "{\"detail\":[{\"loc\":[\"body\",\"stream_options\"],\"msg\":\"Extra inputs are not "
     "permitted\"}]}",
     IV_E_LLM_ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    {"llm: the schema is refused", OPENAI_LLM, NET_STATUS, 400, -1,
     "{\"error\":{\"message\":\"Invalid schema for "
     "response_format\",\"param\":\"response_format\",\"code\":\"invalid_json_schema\"}}",
     IV_E_LLM_ERROR, NET_FIX, OPENAI_FIX_PARAM, 0},
    /* transcription: section 2 */
    {"stt: too short", OPENAI_STT, NET_STATUS, 400, -1,
     ERR("\"audio_too_short\"", "invalid_request_error", "x"), IV_E_STT_INVALID_AUDIO, NET_FAIL, 0,
     0},
    {"stt: file format", OPENAI_STT, NET_STATUS, 400, -1,
     ERR("null", "x", "Invalid file format. Supported formats: flac"), IV_E_STT_INVALID_AUDIO,
     NET_FAIL, 0, 0},
    {"stt: other 400", OPENAI_STT, NET_STATUS, 400, -1, ERR("null", "x", "bad language"),
     IV_E_STT_ERROR, NET_FAIL, 0, 0},
    {"stt: 413", OPENAI_STT, NET_STATUS, 413, -1, "", IV_E_STT_ERROR, NET_FAIL, 0, 0},
    {"stt: 415", OPENAI_STT, NET_STATUS, 415, -1, "", IV_E_STT_INVALID_AUDIO, NET_FAIL, 0, 0},
    {"stt: slower", OPENAI_STT, NET_STATUS, 429, -1, ERR("\"rate_limit_exceeded\"", "x", "x"),
     IV_E_STT_ERROR, NET_WAIT, 0, 0},
    {"stt: quota", OPENAI_STT, NET_STATUS, 429, -1, ERR("\"insufficient_quota\"", "x", "x"),
     IV_E_STT_ERROR, NET_FAIL, 0, "quota"},
    {"stt: 500", OPENAI_STT, NET_STATUS, 500, -1, "", IV_E_STT_ERROR, NET_RETRY, 0, 0},
    {"stt: whisper-server, bad audio", OPENAI_STT, NET_STATUS, 400, -1, "Invalid request",
     IV_E_STT_INVALID_AUDIO, NET_FAIL, 0, 0},
    {"stt: whisper-server, loading", OPENAI_STT, NET_STATUS, 404, -1, "File Not Found (/inference)",
     IV_E_STT_ERROR, NET_RETRY, 0, "--inference-path"},
    {"stt: whisper-server, 500", OPENAI_STT, NET_STATUS, 500, -1,
     "{\"error\":\"failed to process audio\"}", IV_E_STT_ERROR, NET_RETRY_ONCE, 0, 0},
    {"stt: speaches, no such model", OPENAI_STT, NET_STATUS, 404, -1,
     "{\"detail\":\"Model 'x' is not installed locally.\"}", IV_E_STT_ERROR, NET_FAIL, 0, 0},
    {"stt: no answer in time", OPENAI_STT, NET_FIRST_TIMEOUT, 0, -1, "", IV_E_STT_TIMEOUT,
     NET_RETRY, 0, 0},
    /* speech: section 4 */
    {"tts: 400 about input", OPENAI_TTS, NET_STATUS, 400, -1,
     "{\"error\":{\"message\":\"x\",\"param\":\"input\",\"code\":\"string_too_long\"}}",
     IV_E_TTS_INVALID_TEXT, NET_FAIL, 0, 0},
    {"tts: 422 about input", OPENAI_TTS, NET_STATUS, 422, -1,
     "{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"x\"}]}", IV_E_TTS_INVALID_TEXT, NET_FAIL,
     0, 0},
    {"tts: no such voice", OPENAI_TTS, NET_STATUS, 400, -1,
     "{\"error\":{\"message\":\"Input should be 'alloy'\",\"param\":\"voice\",\"code\":null}}",
     IV_E_TTS_ERROR, NET_FAIL, 0, 0},
    {"tts: kokoro, no such voice", OPENAI_TTS, NET_STATUS, 400, -1,
     "{\"detail\":{\"error\":\"validation_error\",\"message\":\"Voice 'x' not "
     "found\",\"type\":\"invalid_request_error\"}}",
     IV_E_TTS_ERROR, NET_FAIL, 0, 0},
    {"tts: kokoro, 500", OPENAI_TTS, NET_STATUS, 500, -1,
     "{\"detail\":{\"error\":\"processing_error\",\"message\":\"x\",\"type\":\"server_error\"}}",
     IV_E_TTS_ERROR, NET_RETRY_ONCE, 0, 0},
    {"tts: quota", OPENAI_TTS, NET_STATUS, 429, -1, ERR("\"insufficient_quota\"", "x", "x"),
     IV_E_TTS_QUOTA, NET_FAIL, 0, "quota"},
    {"tts: slower", OPENAI_TTS, NET_STATUS, 429, -1, "", IV_E_TTS_ERROR, NET_WAIT, 0, 0},
    {"tts: 500", OPENAI_TTS, NET_STATUS, 500, -1, "", IV_E_TTS_ERROR, NET_RETRY, 0, 0},
    {"tts: no sound in time", OPENAI_TTS, NET_FIRST_TIMEOUT, 0, -1, "", IV_E_TTS_TIMEOUT, NET_RETRY,
     0, 0},
};

static void judging(void **state)
{
    const struct row *r = *state;
    bool in_stream = r->body[0] == '!';
    const char *body = r->body + in_stream;
    struct net_outcome o = {.failure = r->failure,
                            .status = r->status,
                            .should_retry = r->should_retry,
                            .retry_after_ms = -1,
                            .body = in_stream ? "" : body,
                            .body_len = in_stream ? 0 : strlen(body),
                            .content_type = "application/json",
                            .request_id = "req_7",
                            .text = "the stage"};
    struct openai_error said = {0}, e;
    struct net_verdict v = {.code = IV_OK};

    if (in_stream)
        iv_openai_error_read(body, strlen(body), &said);
    iv_openai_judge(r->kind, "llm openai", &o, in_stream ? &said : NULL, &e, &v);
    assert_int_equal(v.code, r->code);
    assert_int_equal(v.class, r->class);
    assert_int_equal(e.fix, r->fix);
    if (r->text && !strstr(v.text, r->text))
        fail_msg("'%s' is not in '%s'", r->text, v.text);
    assert_non_null(strstr(v.text, "llm openai: "));
    if (r->failure == NET_STATUS)
        assert_non_null(strstr(v.text, "[req_7]"));
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(shapes) + IV_LEN(rows)];
    size_t n = 0;

    for (size_t i = 0; i < IV_LEN(shapes); i++)
        t[n++] = (struct CMUnitTest){
            .name = shapes[i].name, .test_func = reading, .initial_state = (void *)&shapes[i]};
    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[n++] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = judging, .initial_state = (void *)&rows[i]};
    return cmocka_run_group_tests_name("openai_error", t, NULL, NULL);
}

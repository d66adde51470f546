/* test_llm.c - what every language model promises: on the scripted one, and on OpenAI's protocol against the fake server.
 *
 * The context's clock is moved by the test, faster than the real one, so that waits pass and time limits of minutes can be met.
 */
#include <stdatomic.h>
#include <time.h>

#include "fake/fake.h"
#include "iv/config.h"
#include "iv/llm.h"
#include "iv/text.h"
#include "net/net.h"
#include "provider/llm_open.h"
#include "table.h"

#define CHAT "/v1/chat/completions"
#define STEP_MS 100 /* the clock moves so far ... */
#define STEP_REAL_MS 8 /* ... in this */
#define LIMIT_MS 4500 /* less than a connection may take: a slow machine is no fault */

static struct fake fake;
static _Atomic int64_t now_us;

static int64_t mono(void *arg)
{
    (void)arg;
    return atomic_load(&now_us);
}

static int64_t wall(void *arg)
{
    return 1700000000000 + mono(arg) / 1000;
}

static const struct iv_clock moved = {wall, mono, NULL};

struct bench {
    struct iv_config *config;
    iv_ctx *ctx;
    iv_net *net;
    iv_llm *llm;
    char lines[1 << 16];
    struct iv_log log;
};

static void keep_line(void *arg, enum iv_log_level level, const char *line)
{
    struct bench *b = arg;
    size_t n = strlen(b->lines);

    (void)level;
    snprintf(b->lines + n, sizeof b->lines - n, "%s\n", line);
}

static void set(struct bench *b, const char *key, const char *value)
{
    struct iv_error err;

    if (iv_config_set(b->config, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
}

/* "key=value key=value" */
static void set_all(struct bench *b, const char *settings)
{
    char copy[400], *rest = NULL;

    snprintf(copy, sizeof copy, "%s", settings ? settings : "");
    for (char *s = strtok_r(copy, " ", &rest); s; s = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(s, '=');

        *value = '\0';
        set(b, s, value + 1);
    }
}

static void bench_open(struct bench *b, const char *engine, const char *settings)
{
    char url[64];
    struct iv_llm_choice choice = {.engine = engine};
    struct iv_error err = {0};

    memset(b, 0, sizeof *b);
    b->log = (struct iv_log){keep_line, b, IV_LOG_DEBUG};
    assert_int_equal(iv_config_new(&b->config, NULL), IV_OK);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fake.http);
    set(b, "openai.base_url", url);
    set(b, "openai.api_key", "test-key");
    set_all(b, settings);
    assert_int_equal(iv_ctx_new(b->config, &b->log, &moved, &b->ctx, NULL), IV_OK);
    assert_int_equal(iv_net_of(b->ctx, &b->net, NULL), IV_OK);
    if (iv_llm_open(b->ctx, &choice, &b->llm, &err))
        fail_msg("%s", err.text);
}

static void bench_close(struct bench *b)
{
    iv_llm_close(b->llm);
    iv_ctx_free(b->ctx);
    iv_config_free(b->config);
}

/* -- one request -- */

struct heard {
    char text[2000], why[500];
    size_t n;
    _Atomic bool has_text, is_done;
    int dones;
    bool is_misordered, is_cut; /* text after the end; half a character */
    enum iv_code code;
    struct iv_llm_usage usage;
    iv_llm *cancel_at_text; /* cancelled from the sink */
    uint64_t id;
};

static void on_text(void *arg, const char *text, size_t len)
{
    struct heard *h = arg;

    h->is_misordered |= h->is_done;
    h->is_cut |= !iv_utf8_valid(text, len);
    assert_true(h->n + len < sizeof h->text);
    memcpy(h->text + h->n, text, len);
    h->n += len;
    h->has_text = true;
    if (h->cancel_at_text)
        iv_llm_cancel(h->cancel_at_text, h->id);
}

static void on_done(void *arg, enum iv_code code, const char *text,
                    const struct iv_llm_usage *usage)
{
    struct heard *h = arg;

    h->dones++;
    h->code = code;
    h->usage = *usage;
    snprintf(h->why, sizeof h->why, "%s", text);
    h->is_done = true;
}

static const struct iv_llm_message said[] = {{IV_LLM_SYSTEM, "You are kind."},
                                             {IV_LLM_USER, "one"},
                                             {IV_LLM_ASSISTANT, "two"},
                                             {IV_LLM_USER, "three"}};

static struct iv_llm_request request(void)
{
    return (struct iv_llm_request){
        .messages = said, .n_messages = IV_LEN(said), .temperature = -1, .seed = -1};
}

static void start(struct bench *b, const struct iv_llm_request *r, struct heard *h)
{
    struct iv_llm_sink sink = {on_text, on_done, h};
    struct iv_error err = {0};

    if (iv_llm_start(b->llm, r, &sink, &h->id, &err))
        fail_msg("%s", err.text);
}

static void pass_time(struct bench *b, int64_t ms)
{
    struct timespec t = {.tv_nsec = STEP_REAL_MS * 1000000};

    nanosleep(&t, NULL);
    atomic_fetch_add(&now_us, ms * 1000);
    iv_net_wake(b->net);
}

static void finish(struct bench *b, struct heard *h, int64_t limit_ms)
{
    int64_t end_us = atomic_load(&now_us) + limit_ms * 1000;

    for (int i = 0; !h->is_done && i < 4000; i++)
        pass_time(b, atomic_load(&now_us) < end_us ? STEP_MS : 0);
    assert_true(h->is_done);
    assert_int_equal(h->dones, 1);
    assert_false(h->is_misordered);
    assert_false(h->is_cut);
}

/* -- against the fake server -- */

#define ANY(reply)                                                                                 \
    "[{\"request\":{\"path\":\"" CHAT "\"},\"times\":\"any\",\"optional\":true,\"reply\":" reply   \
    "}]"
#define STATUS(status, body) ANY("{\"status\":" status ",\"json\":" body "}")
#define ERR(status, code, type, message)                                                           \
    STATUS(status, "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                      \
                   "\",\"param\":null,\"code\":" code "}}")
#define CHUNK(content)                                                                             \
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" content "\"},\"finish_reason\":null}]}"
#define END(reason) "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}"
#define STREAM(events) "{\"sse\":[" events "]}"
#define GOOD STREAM(CHUNK("good") "," END("stop") ",\"[DONE]\"")
/* The first request is answered so, the second well. */
#define THEN_GOOD(reply)                                                                           \
    "[{\"request\":{\"path\":\"" CHAT "\"},\"reply\":" reply "},{\"request\":{\"path\":\"" CHAT    \
    "\"},\"reply\":" GOOD "}]"

static const struct row {
    const char *name;
    const char *only, *scenario; /* a name of openai.yaml, or the exchanges */
    enum iv_code code;
    const char *text;
    int requests;
    const char *settings, *why; /* part of the text of the end */
    const char *schema;
    int64_t limit_ms, least_ms; /* 0: LIMIT_MS; what must have passed */
} rows[] = {
    /* section 6 of the contract "openai" */
    {"a stream cut inside a syllable", "stream", 0, IV_OK, "자기소개", 1, .why = NULL},
    {"told to wait 1.5 s", "rate limited", 0, IV_OK, "네.", 2, .least_ms = 1500},
    {"told to wait too long", "long wait", 0, IV_E_LLM_RATE_LIMIT, "", 1, .why = NULL},
    {"no credit", "no credit", 0, IV_E_LLM_ERROR, "", 1, .why = "quota"},
    {"a wrong key", "wrong key", 0, IV_E_LLM_ERROR, "", 1, .why = "the key is not accepted"},
    {"an error after text", "error in stream", 0, IV_E_LLM_ERROR, "하나 둘", 1, .why = NULL},
    {"closed after text", "closed in stream", 0, IV_E_LLM_ERROR, "하나 둘", 1, .why = NULL},
    {"cut after text", "cut in stream", 0, IV_E_LLM_ERROR, "하나 ", 1, .why = NULL},
    {"odd but good", "odd but good", 0, IV_OK, "좋아요", 1, .why = NULL},
    {"too long a prompt is sent shorter", "too long a prompt", 0, IV_OK, "네.", 2, .why = NULL},
    {"a model that is loading", "loading model", 0, IV_OK, "네.", 3, .least_ms = 2000},
    /* section 3 of the contract "errors" */
    {"reset before the first byte", 0, ANY("{\"json\":{},\"fault\":{\"reset\":0,\"wire\":true}}"),
     IV_E_LLM_ERROR, "", 3, .why = NULL},
    {"no first token in time", 0, ANY("{\"json\":{},\"fault\":{\"stall\":\"header\"}}"),
     IV_E_LLM_TIMEOUT, "", 3, "llm.first_token=2000", .limit_ms = 30000},
    {"a gap after text", 0,
     ANY("{\"sse\":[" CHUNK("half") "," END(
         "stop") "],\"fault\":{\"stall\":\"body\",\"after\":110}}"),
     IV_E_LLM_TIMEOUT, "half", 1, "llm.gap=2000", .limit_ms = 30000},
    {"cut before any text", 0, ANY(STREAM(CHUNK(""))), IV_E_LLM_ERROR, "", 3, .why = NULL},
    {"an error in the stream before any text", 0,
     THEN_GOOD(STREAM("{\"error\":{\"code\":500,\"message\":\"x\",\"type\":\"server_error\"}}")),
     IV_OK, "good", 2, .why = NULL},
    {"a bad request told in the stream", 0,
     ANY(STREAM("{\"error\":{\"code\":400,\"message\":\"x\",\"type\":\"BadRequestError\"}}")),
     IV_E_LLM_ERROR, "", 1, .why = NULL},
    {"an error in a body with status 200", 0, THEN_GOOD("{\"json\":{\"error\":\"busy\"}}"), IV_OK,
     "good", 2, .why = NULL},
    {"not JSON, once more", 0, ANY(STREAM("\"{oops\"")), IV_E_LLM_INVALID_RESPONSE, "", 2,
     .why = NULL},
    {"a page, once more", 0, ANY("{\"content_type\":\"text/html\",\"text\":\"<html>\"}"),
     IV_E_LLM_INVALID_RESPONSE, "", 2, .why = NULL},
    {"nothing said, once more", 0, ANY(STREAM(END("stop") ",\"[DONE]\"")),
     IV_E_LLM_INVALID_RESPONSE, "", 2, .why = NULL},
    {"nothing said, then something", 0, THEN_GOOD(STREAM(END("stop") ",\"[DONE]\"")), IV_OK, "good",
     2, .why = NULL},
    {"a refusal, once more", 0,
     ANY("{\"json\":{\"choices\":[{\"index\":0,\"message\":{\"content\":null,\"refusal\":\"no\"},"
         "\"finish_reason\":\"stop\"}]}}"),
     IV_E_LLM_INVALID_RESPONSE, "", 2, .why = NULL},
    {"the service's filter after text", 0, ANY(STREAM(CHUNK("a") "," END("content_filter"))),
     IV_E_LLM_INVALID_RESPONSE, "a", 1, .why = NULL},
    {"a prompt that stays too long", 0,
     ERR("400", "\"context_length_exceeded\"", "invalid_request_error", "x"), IV_E_LLM_ERROR, "", 2,
     .why = NULL},
    {"400", 0, ERR("400", "\"invalid_value\"", "invalid_request_error", "x"), IV_E_LLM_ERROR, "", 1,
     .why = NULL},
    {"403", 0, STATUS("403", "{}"), IV_E_LLM_ERROR, "", 1, .why = NULL},
    {"404", 0, ERR("404", "\"model_not_found\"", "x", "x"), IV_E_LLM_ERROR, "", 1,
     .why = "no such model"},
    {"408", 0, STATUS("408", "{}"), IV_E_LLM_TIMEOUT, "", 3, .why = NULL},
    {"409", 0, STATUS("409", "{}"), IV_E_LLM_ERROR, "", 3, .why = NULL},
    {"429 without a code", 0, STATUS("429", "{}"), IV_E_LLM_RATE_LIMIT, "", 3, .why = NULL},
    {"500", 0, STATUS("500", "{}"), IV_E_LLM_ERROR, "", 3, .why = NULL},
    {"502", 0, STATUS("502", "{}"), IV_E_LLM_ERROR, "", 3, .why = NULL},
    {"503, then good", 0, THEN_GOOD("{\"status\":503,\"json\":{}}"), IV_OK, "good", 2, .why = NULL},
    {"504", 0, STATUS("504", "{}"), IV_E_LLM_ERROR, "", 3, .why = NULL},
    {"500 with x-should-retry: false", 0,
     ANY("{\"status\":500,\"headers\":{\"x-should-retry\":\"false\"},\"json\":{}}"), IV_E_LLM_ERROR,
     "", 1, .why = NULL},
    {"a redirect", 0,
     ANY("{\"status\":302,\"headers\":{\"location\":\"http://127.0.0.1:1/\"},\"json\":{}}"),
     IV_E_LLM_ERROR, "", 1, .why = NULL},
    {"ollama is busy", 0,
     ERR("503", "null", "api_error", "server busy, please try again.  maximum pending"),
     IV_E_LLM_RATE_LIMIT, "", 3, .why = NULL},
    {"ollama has not pulled it", 0,
     ERR("404", "null", "not_found_error", "model x not found, try pulling it first"),
     IV_E_LLM_ERROR, "", 1, .why = NULL},
    {"flat vLLM", 0,
     STATUS("400", "{\"object\":\"error\",\"message\":\"m\",\"type\":\"x\",\"code\":400}"),
     IV_E_LLM_ERROR, "", 1, .why = NULL},
    {"a name for the limit that is not known", 0,
     "[{\"request\":{\"path\":\"" CHAT
     "\",\"json\":{\"max_tokens\":\"*\",\"max_completion_tokens\":null}},"
     "\"reply\":{\"status\":400,\"json\":{\"error\":{\"message\":\"Unsupported parameter: "
     "'max_tokens' is "
     "not supported with this model. Use 'max_completion_tokens' "
     "instead.\",\"type\":\"invalid_request_error\",\"param\":\"max_tokens\",\"code\":"
     "\"unsupported_"
     "parameter\"}}}},{\"request\":{\"path\":\"" CHAT
     "\",\"json\":{\"max_tokens\":null,\"max_completion_tokens\":\"*\"}},\"reply\":" GOOD "}]",
     IV_OK, "good", 2, .why = NULL},
    {"a schema that is refused becomes words", 0,
     "[{\"request\":{\"path\":\"" CHAT "\",\"json\":{\"response_format\":{\"type\":\"json_schema\"}"
     "}},\"reply\":{\"status\":400,\"json\":{"
     "\"error\":{\"message\":\"json_schema is not supported\"}}}},"
     "{\"request\":{\"path\":\"" CHAT
     "\",\"json\":{\"response_format\":{\"type\":\"json_object\"}}},\"reply\":" STREAM(
         CHUNK("{}") "," END("stop")) "}]",
     IV_OK, "{}", 2,
     .schema =
         "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false,\"required\":[]}"},
    {"JSON that does not fit is asked for once more", 0, ANY(STREAM(CHUNK("sure") "," END("stop"))),
     IV_E_LLM_INVALID_RESPONSE, "", 2,
     .schema =
         "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false,\"required\":[]}"},
    {"a model that takes long to load", 0,
     "[{\"request\":{\"path\":\"" CHAT
     "\"},\"times\":8,\"reply\":{\"status\":503,\"json\":{\"error\":{\"code\":503,\"message\":"
     "\"Loading model\",\"type\":\"unavailable_error\"}}}},{\"request\":{\"path\":\"" CHAT
     "\"},\"reply\":" GOOD "}]",
     IV_OK, "good", 9, .limit_ms = 15000, .least_ms = 8000},
    {"a body without end", 0,
     ANY("{\"content_type\":\"text/event-stream\",\"fault\":{\"oversize_mb\":3}}"),
     IV_E_LLM_INVALID_RESPONSE, "", 2, .why = NULL},
};

static void exchange(void **state)
{
    const struct row *r = *state;
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;
    int64_t begun_us;

    assert_true(r->only ? fake_play(&fake, "openai.yaml", r->only) : fake_post(&fake, r->scenario));
    bench_open(&b, "openai", r->settings);
    begun_us = atomic_load(&now_us);
    req.schema = r->schema;
    req.schema_name = r->schema ? "answer" : NULL;
    start(&b, &req, &h);
    finish(&b, &h, r->limit_ms ? r->limit_ms : LIMIT_MS);
    if (h.code != r->code)
        fail_msg("%s instead of %s: %s", iv_code_info(h.code)->slug, iv_code_info(r->code)->slug,
                 h.why);
    assert_string_equal(h.text, r->text);
    assert_int_equal(fake_count(&fake, CHAT), r->requests);
    if (r->why && !strstr(h.why, r->why))
        fail_msg("'%s' is not in '%s'", r->why, h.why);
    if (r->only || r->code == IV_OK)
        assert_string_equal(fake_problems(&fake), "");
    assert_true((atomic_load(&now_us) - begun_us) / 1000 >= r->least_ms);
    assert_null(strstr(h.why, "test-key"));
    bench_close(&b);
    assert_null(strstr(b.lines, "test-key"));
}

static void usage_is_the_service_s(void **state)
{
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;

    (void)state;
    assert_true(fake_play(&fake, "openai.yaml", "stream"));
    bench_open(&b, "openai", NULL);
    start(&b, &req, &h);
    finish(&b, &h, LIMIT_MS);
    assert_int_equal(h.usage.tokens_in, 9);
    assert_int_equal(h.usage.tokens_out, 4);
    assert_false(h.usage.is_estimate);
    assert_true(h.usage.first_token_ms >= 0);
    bench_close(&b);
}

/* A good exchange cut anywhere: one of the codes, never a crash; a success only behind the reason to finish. */
static void cut_after_each_byte(void **state)
{
    static const char body[] =
        "data: "
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"자기\"},\"finish_reason\":null}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: "
        "[DONE]\n\n";
    size_t whole_from = (size_t)(strstr(body, "\n\ndata: [DONE]") - body) + 2;
    struct iv_llm_request req = request();
    struct bench b;

    (void)state;
    bench_open(&b, "openai", "net.retries=0 net.breaker_faults=0");
    for (size_t cut = 0; cut < sizeof body - 1; cut += 3) {
        struct heard h = {.n = 0};
        char scenario[1200];
        cJSON *text = cJSON_CreateString(body);
        char *quoted = cJSON_PrintUnformatted(text);

        snprintf(scenario, sizeof scenario,
                 "[{\"request\":{\"path\":\"" CHAT "\"},\"reply\":{\"content_type\":\"text/"
                 "event-stream\",\"text\":%s,\"fault\":{\"cut\":%zu}}}]",
                 quoted, cut);
        assert_true(fake_post(&fake, scenario));
        start(&b, &req, &h);
        finish(&b, &h, 0);
        if (cut < whole_from)
            assert_true(h.code == IV_E_LLM_ERROR || h.code == IV_E_LLM_INVALID_RESPONSE);
        assert_int_equal(strncmp("자기", h.text, h.n), 0);
        assert_int_equal(fake_count(&fake, CHAT), 1);
        free(quoted);
        cJSON_Delete(text);
    }
    bench_close(&b);
}

static void a_cancel_closes_the_request(void **state)
{
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;

    (void)state;
    assert_true(fake_post(&fake, ANY("{\"sse\":[" CHUNK("half") "," END(
                                     "stop") "],\"fault\":{\"stall\":\"body\",\"after\":110}}")));
    bench_open(&b, "openai", NULL);
    h.cancel_at_text = b.llm;
    start(&b, &req, &h);
    finish(&b, &h, 0);
    assert_int_equal(h.code, IV_E_CANCELLED);
    assert_string_equal(h.text, "half");
    bench_close(&b);
}

static void a_cancel_ends_a_wait(void **state)
{
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;

    (void)state;
    assert_true(fake_post(&fake, ERR("503", "503", "unavailable_error", "Loading model")));
    bench_open(&b, "openai", NULL);
    start(&b, &req, &h);
    for (int i = 0; i < 2000 && fake_count(&fake, CHAT) < 2; i++)
        pass_time(&b, STEP_MS);
    iv_llm_cancel(b.llm, h.id);
    finish(&b, &h, LIMIT_MS);
    assert_int_equal(h.code, IV_E_CANCELLED);
    bench_close(&b);
}

static void closing_ends_what_runs(void **state)
{
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;

    (void)state;
    assert_true(fake_post(&fake, ANY("{\"json\":{},\"fault\":{\"stall\":\"header\"}}")));
    bench_open(&b, "openai", NULL);
    start(&b, &req, &h);
    iv_llm_close(b.llm);
    b.llm = NULL;
    assert_int_equal(h.dones, 1);
    assert_int_equal(h.code, IV_E_CANCELLED);
    bench_close(&b);
}

static void the_next_of_the_list_answers(void **state)
{
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;

    (void)state;
    assert_true(fake_post(&fake, ERR("401", "\"invalid_api_key\"", "x", "x")));
    bench_open(&b, "openai,script:from the second", NULL);
    start(&b, &req, &h);
    finish(&b, &h, LIMIT_MS);
    assert_int_equal(h.code, IV_OK);
    assert_string_equal(h.text, "from the second");
    assert_int_equal(fake_count(&fake, CHAT), 1);
    bench_close(&b);
}

static void keep_model(void *arg, const char *model, const char *about)
{
    struct iv_buf *b = arg;

    (void)about;
    iv_buf_addf(b, "%s ", model);
}

static void models_are_listed(void **state)
{
    struct iv_buf names = IV_BUF_INIT(10000);
    struct bench b;
    struct iv_error err = {0};

    (void)state;
    assert_true(fake_post(&fake, "[{\"request\":{\"path\":\"/v1/"
                                 "models\"},\"reply\":{\"json\":{\"object\":\"list\",\"data\":[{"
                                 "\"id\":\"a\",\"owned_by\":\"x\"},{\"id\":\"b\"}]}}}]"));
    bench_open(&b, "openai", NULL);
    if (iv_llm_models(b.ctx, "openai", keep_model, &names, &err))
        fail_msg("%s", err.text);
    assert_string_equal(iv_buf_str(&names), "a b ");
    iv_buf_release(&names);
    bench_close(&b);
}

/* -- on the scripted one -- */

static const struct script {
    const char *name, *engine;
    enum iv_code code;
    const char *text;
} scripts[] = {
    {"said as it stands", "script:hello", IV_OK, "hello"},
    {"characters stay whole", "script:자기소개를 부탁드립니다", IV_OK, "자기소개를 부탁드립니다"},
    {"the last message", "script:<{last}>", IV_OK, "<three>"},
    {"the first message", "script:{system}", IV_OK, "You are kind."},
    {"an error after text", "script:!error half", IV_E_LLM_ERROR, "half"},
    {"asked to wait", "script:!limit ", IV_E_LLM_RATE_LIMIT, ""},
    {"bytes that are no text", "script:!bytes abc", IV_E_LLM_INVALID_RESPONSE, "abc"},
    {"a pause before and between", "script:!wait=20 !gap=2 slow words come", IV_OK,
     "slow words come"},
};

static void scripted(void **state)
{
    const struct script *s = *state;
    struct iv_llm_request req = request();
    struct heard h = {.n = 0};
    struct bench b;

    bench_open(&b, s->engine, NULL);
    start(&b, &req, &h);
    finish(&b, &h, LIMIT_MS);
    assert_int_equal(h.code, s->code);
    assert_string_equal(h.text, s->text);
    assert_string_equal(iv_llm_engine(b.llm), "script");
    assert_true(h.usage.is_estimate == (s->text[0] != '\0'));
    bench_close(&b);
}

static void a_whole_reply(void **state)
{
    struct iv_llm_request req = request();
    struct iv_llm_usage usage;
    struct iv_error err;
    struct bench b;
    char *text;

    (void)state;
    bench_open(&b, "script:first|!error second", NULL);
    assert_int_equal(iv_llm_complete(b.llm, &req, &text, &usage, &err), IV_OK);
    assert_string_equal(text, "first");
    free(text);
    assert_int_equal(iv_llm_complete(b.llm, &req, &text, &usage, &err), IV_E_LLM_ERROR);
    assert_null(text);
    bench_close(&b);
}

static void several_at_once(void **state)
{
    struct iv_llm_request req = request();
    struct heard h[8] = {{.n = 0}};
    struct bench b;

    (void)state;
    bench_open(&b, "script:!gap=1 the same words for all of them|!hang never", NULL);
    for (size_t i = 0; i < IV_LEN(h); i++)
        start(&b, &req, &h[i]);
    for (size_t i = 1; i < IV_LEN(h); i += 2)
        iv_llm_cancel(b.llm, h[i].id);
    for (size_t i = 0; i < IV_LEN(h); i++) {
        finish(&b, &h[i], LIMIT_MS);
        assert_int_equal(h[i].code, i % 2 ? IV_E_CANCELLED : IV_OK);
    }
    bench_close(&b);
}

static void what_is_not_sent(void **state)
{
    static char large[IV_LLM_MAX_PROMPT_BYTES + 2];
    const struct iv_llm_message bad[] = {
        {IV_LLM_USER, ""}, {IV_LLM_USER, " \n"}, {IV_LLM_USER, "\xff"}, {IV_LLM_USER, large}};
    struct heard h = {.n = 0};
    struct iv_llm_sink sink = {on_text, on_done, &h};
    struct bench b;

    (void)state;
    memset(large, 'a', sizeof large - 1);
    bench_open(&b, "script:x", NULL);
    for (size_t i = 0; i < IV_LEN(bad); i++) {
        struct iv_llm_request r = {.messages = &bad[i], .n_messages = 1};

        assert_int_equal(iv_llm_start(b.llm, &r, &sink, NULL, NULL), IV_E_USAGE);
    }
    assert_int_equal(iv_llm_start(b.llm, &(struct iv_llm_request){0}, &sink, NULL, NULL),
                     IV_E_USAGE);
    bench_close(&b);
    assert_int_equal(h.dones, 0);
}

/* The system's message and the last one stay; what goes first is the oldest, and no reply is left without its question. */
static void a_long_history_is_cut(void **state)
{
    struct iv_llm_message m[101] = {{IV_LLM_SYSTEM, "rules"}};
    struct iv_llm_request r = {.messages = m, .n_messages = IV_LEN(m)};
    struct llm_copy c;

    (void)state;
    for (size_t i = 1; i < IV_LEN(m); i++)
        m[i] = (struct iv_llm_message){i % 2 ? IV_LLM_USER : IV_LLM_ASSISTANT,
                                       "forty characters of text, more or less."};
    m[100] = (struct iv_llm_message){IV_LLM_USER, "last"};
    assert_int_equal(iv_llm_copy(&r, &c, NULL), IV_OK);
    assert_true(iv_llm_fit(&c, 200) <= 200);
    assert_true(c.r.n_messages > 8 && c.r.n_messages < 20);
    assert_string_equal(c.messages[0].text, "rules");
    assert_int_equal(c.messages[1].role, IV_LLM_USER);
    assert_string_equal(c.messages[c.r.n_messages - 1].text, "last");
    iv_llm_fit(&c, 1);
    assert_int_equal(c.r.n_messages, 2);
    iv_llm_copy_release(&c);
}

static const struct choice {
    const char *name, *engine, *settings;
    enum iv_code code;
    const char *opened; /* NULL: none is meant */
} choices[] = {
    {"none", "none", 0, IV_OK, NULL},
    {"builtin", "builtin", 0, IV_OK, NULL},
    {"auto without a key", "auto",
     "openai.base_url=https://api.openai.com/v1 openai.api_key=", IV_OK, NULL},
    {"auto with a key", "auto", "openai.base_url=https://api.openai.com/v1 openai.api_key=test-key",
     IV_OK, "openai"},
    {"auto with a server of one's own", "auto", "openai.api_key=", IV_OK, "openai"},
    {"auto with a place of its own", "auto",
     "openai.base_url=https://api.openai.com/v1 openai.api_key= llm.base_url=http://127.0.0.1:9/v1",
     IV_OK, "openai"},
    {"openai without a key", "openai",
     "openai.base_url=https://api.openai.com/v1 openai.api_key=", IV_E_LLM_ERROR, NULL},
    {"openai without a key, else none", "openai,none",
     "openai.base_url=https://api.openai.com/v1 openai.api_key=", IV_OK, NULL},
    {"nothing follows none", "none,script:x", 0, IV_OK, NULL},
    {"an unknown name", "gpt", 0, IV_E_USAGE, NULL},
};

static void choosing(void **state)
{
    const struct choice *r = *state;
    struct iv_llm_choice choice = {.engine = r->engine};
    struct iv_error err = {0};
    struct bench b;
    iv_llm *m;

    bench_open(&b, "none", r->settings);
    assert_null(b.llm);
    assert_int_equal(iv_llm_open(b.ctx, &choice, &m, &err), r->code);
    if (r->opened)
        assert_string_equal(iv_llm_engine(m), r->opened);
    else
        assert_null(m);
    assert_null(strstr(err.text, "test-key"));
    iv_llm_close(m);
    bench_close(&b);
}

int main(void)
{
    int rc;

    if (!fake_start(&fake, (const char *const[]){"--fast", NULL})) {
        fprintf(stderr, "%s\n", fake.error);
        return 1;
    }
    TABLE_ROWS(exchange, rows);
    TABLE_TEST(usage_is_the_service_s);
    TABLE_TEST(cut_after_each_byte);
    TABLE_TEST(a_cancel_closes_the_request);
    TABLE_TEST(a_cancel_ends_a_wait);
    TABLE_TEST(closing_ends_what_runs);
    TABLE_TEST(the_next_of_the_list_answers);
    TABLE_TEST(models_are_listed);
    TABLE_ROWS(scripted, scripts);
    TABLE_TEST(a_whole_reply);
    TABLE_TEST(several_at_once);
    TABLE_TEST(what_is_not_sent);
    TABLE_TEST(a_long_history_is_cut);
    TABLE_ROWS(choosing, choices);
    rc = table_run("llm");
    fake_stop(&fake);
    return rc;
}

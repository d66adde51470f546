/* test_stt_services.c - recognisers that are services, against the exchanges of their contracts on the fake server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fake.h"
#include "iv/alloc.h"
#include "iv/config.h"
#include "iv/stt.h"
#include "provider/deepgram.h"
#include "table.h"

#define KEY "test-key"

static struct fake fake;
static char logged[1 << 16];
static size_t n_logged;

struct heard {
    char text[512];
    int finals, interims, endpoints, dones;
    uint32_t first_ms, last_ms;
    enum iv_code code;
    char why[480];
};

static void on_result(void *arg, const struct iv_stt_result *r)
{
    struct heard *h = arg;

    h->interims += !r->is_final;
    if (!r->is_final)
        return;
    h->finals++;
    if (r->n_words && !h->last_ms)
        h->first_ms = r->words[0].start_ms;
    if (r->n_words)
        h->last_ms = r->words[r->n_words - 1].start_ms;
    snprintf(h->text + strlen(h->text), sizeof h->text - strlen(h->text), "%s%s",
             h->text[0] ? " " : "", r->text);
}

static void on_endpoint(void *arg, enum iv_stt_endpoint kind, uint32_t at_ms)
{
    (void)kind, (void)at_ms;
    ((struct heard *)arg)->endpoints++;
}

static void on_done(void *arg, enum iv_code code, const char *text)
{
    struct heard *h = arg;

    h->dones++;
    h->code = code;
    snprintf(h->why, sizeof h->why, "%s", text);
}

static void keep_line(void *arg, enum iv_log_level level, const char *line)
{
    (void)arg, (void)level;
    if (n_logged + strlen(line) + 2 < sizeof logged)
        n_logged += (size_t)snprintf(logged + n_logged, sizeof logged - n_logged, "%s\n", line);
}

/* A voice-like tone between silences: our own detector takes it for speech. */
static void make_sound(int16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t ms = i / 16;
        bool on = ms % 2000 > 300 && ms % 2000 < 1300;
        int saw = (int)(i % 107) * 200 - 10700;

        out[i] = (int16_t)(on ? saw * (int)(50 + ms % 50) / 100 : (int)(i * 7919 % 5) - 2);
    }
}

/* -- rows -- */

static const struct row {
    const char *name, *engine, *file, *only; /* scenario */
    bool recorded;
    unsigned ms; /* of sound */
    enum iv_code code;
    const char *text; /* heard; part of the error where there is one */
    int endpoints, requests;
} rows[] = {
    {"deepgram: one turn, one endpoint", "deepgram", "deepgram.yaml", "turn", false, 2000, IV_OK,
     "자기소개를 시작하겠습니다", 1, 1},
    {"deepgram: a wrong key fails at once", "deepgram", "deepgram.yaml", "wrong key", false, 500,
     IV_E_STT_ERROR, "the key is not accepted", 0, 1},
    {"deepgram: no credit fails at once", "deepgram", "deepgram.yaml", "no credit", false, 500,
     IV_E_STT_ERROR, "no credit", 0, 1},
    {"deepgram: bad audio is not tried again", "deepgram", "deepgram.yaml", "bad audio", false, 500,
     IV_E_STT_INVALID_AUDIO, "DATA-0000", 0, 1},
    {"deepgram: nothing said", "deepgram", "deepgram.yaml", "nothing said", false, 500,
     IV_E_STT_NO_SPEECH, "", 0, 1},
    {"deepgram: a recording", "deepgram", "deepgram.yaml", "file", true, 1000, IV_OK, "안녕하세요.",
     0, 1},
    {"deepgram: a corrupt recording", "deepgram", "deepgram.yaml", "corrupt file", true, 1000,
     IV_E_STT_INVALID_AUDIO, "corrupt", 0, 1},
    {"openai: an utterance", "openai", "openai.yaml", "transcription", false, 2000, IV_OK, NULL, 1,
     1},
    {"openai: too short for the server", "openai", "openai.yaml", "audio too short", false, 2000,
     IV_E_STT_INVALID_AUDIO, "short", 0, 1},
    {"openai: whisper-server loads its model", "openai", "openai.yaml", "whisper loading", false,
     2000, IV_OK, "안녕하세요.", 1, 3},
};

static void setting(struct iv_config *c, const char *key, const char *value)
{
    struct iv_error err;

    if (iv_config_set(c, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
}

static struct iv_config *settings(void)
{
    struct iv_config *c;
    char url[64];

    assert_int_equal(iv_config_new(&c, NULL), IV_OK);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", fake.http);
    setting(c, "deepgram.base_url", url);
    setting(c, "deepgram.api_key", KEY);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fake.http);
    setting(c, "stt.openai.base_url", url);
    setting(c, "stt.openai.api_key", KEY);
    setting(c, "stt.timeout", "15000");
    return c;
}

/* Gives the sound in pieces and waits for the end. */
static void hear(iv_ctx *ctx, const struct row *r, struct heard *h)
{
    struct iv_stt_choice choice = {.engine = r->engine, .lang = IV_LANG_KO, .interim = true};
    struct iv_stt_sink sink = {
        .on_result = on_result, .on_done = on_done, .arg = h, .on_endpoint = on_endpoint};
    size_t n = (size_t)r->ms * 16;
    int16_t *sound = iv_alloc_array(n, sizeof *sound);
    struct iv_error err = {0};
    iv_stt *s;

    *h = (struct heard){0};
    make_sound(sound, n);
    if (iv_stt_open(ctx, &choice, &sink, &s, &err))
        fail_msg("%s", err.text);
    for (size_t at = 0; at < n; at += 1600)
        if (iv_stt_feed(s, sound + at, n - at < 1600 ? n - at : 1600, &err))
            break;
    iv_stt_finish(s, &err);
    iv_stt_close(s);
    free(sound);
}

static void transcribe(iv_ctx *ctx, const struct row *r, struct heard *h)
{
    struct iv_stt_choice choice = {.engine = r->engine, .lang = IV_LANG_KO};
    struct iv_pcm pcm = {.rate_hz = IV_STT_RATE_HZ, .len = (size_t)r->ms * 16};
    struct iv_transcript t;
    struct iv_error err = {0};

    *h = (struct heard){.dones = 1};
    pcm.samples = iv_alloc_array(pcm.len, sizeof *pcm.samples);
    make_sound(pcm.samples, pcm.len);
    h->code = iv_stt_transcribe(ctx, &choice, &pcm, &t, &err);
    snprintf(h->why, sizeof h->why, "%s", err.text);
    if (!h->code)
        snprintf(h->text, sizeof h->text, "%s", t.text);
    iv_transcript_release(&t);
    free(pcm.samples);
}

static void exchange(void **state)
{
    const struct row *r = *state;
    struct iv_log log = {keep_line, NULL, IV_LOG_DEBUG};
    struct iv_config *c = settings();
    struct heard h;
    iv_ctx *ctx;

    n_logged = 0;
    if (!fake_play(&fake, r->file, r->only))
        fail_msg("%s", fake.error);
    if (!strcmp(r->only, "whisper loading")) {
        char url[64];

        snprintf(url, sizeof url, "http://127.0.0.1:%d/inference", fake.http);
        setting(c, "stt.openai.base_url", url);
        setting(c, "stt.openai.model", "whisper-1");
    }
    assert_int_equal(iv_ctx_new(c, &log, NULL, &ctx, NULL), IV_OK);
    if (r->recorded)
        transcribe(ctx, r, &h);
    else
        hear(ctx, r, &h);
    if (h.code != r->code)
        fail_msg("%s: %s", iv_code_info(h.code)->slug, h.why);
    assert_int_equal(h.dones, 1);
    if (r->text && !r->code)
        assert_string_equal(h.text, r->text);
    if (r->text && r->code && !strstr(h.why, r->text))
        fail_msg("'%s' is not in '%s'", r->text, h.why);
    if (!r->code)
        assert_int_equal(h.endpoints, r->endpoints);
    assert_int_equal(fake_number(&fake, "requests"), r->requests);
    assert_null(strstr(h.why, KEY));
    iv_ctx_free(ctx);
    assert_null(strstr(logged, KEY)); /* no thread writes to it any more */
    iv_config_free(c);
}

/* A lost connection costs no word; times go on from the first sample. */
static void lost_and_found(void **state)
{
    static const struct row r = {.engine = "deepgram", .ms = 2000};
    struct iv_config *c = settings();
    struct heard h;
    iv_ctx *ctx;

    (void)state;
    assert_true(fake_play(&fake, "deepgram.yaml", "lost and found"));
    assert_int_equal(iv_ctx_new(c, NULL, NULL, &ctx, NULL), IV_OK);
    hear(ctx, &r, &h);
    assert_int_equal(h.code, IV_OK);
    assert_string_equal(h.text, "하나 둘");
    assert_int_equal(h.first_ms, 100);
    assert_int_equal(h.last_ms, 1100);
    iv_ctx_free(ctx);
    iv_config_free(c);
}

/* The next of the list hears what was not final. */
static void another_listens(void **state)
{
    static const struct row r = {.engine = "deepgram,echo:nochmal", .ms = 2000};
    struct iv_config *c = settings();
    struct heard h;
    iv_ctx *ctx;

    (void)state;
    assert_true(fake_play(&fake, "deepgram.yaml", "wrong key"));
    assert_int_equal(iv_ctx_new(c, NULL, NULL, &ctx, NULL), IV_OK);
    hear(ctx, &r, &h);
    assert_int_equal(h.dones, 1);
    assert_int_equal(h.code, IV_OK);
    assert_non_null(strstr(h.text, "ochmal"));
    iv_ctx_free(ctx);
    iv_config_free(c);
}

/* -- messages -- */

#define RESULT                                                                                     \
    "{\"type\":\"Results\",\"start\":1,\"duration\":2,\"is_final\":true,\"channel\":"              \
    "{\"alternatives\":[{\"transcript\":\"a b\",\"confidence\":0.5,\"words\":[{\"word\":\"a\","    \
    "\"start\":1.1,\"end\":1.2,\"confidence\":1,\"new\":null}]}]},\"more\":[1]}"

static void cut_anywhere(void **state)
{
    struct deepgram_message m;

    (void)state;
    for (size_t n = 0; n < strlen(RESULT); n++)
        assert_int_equal(iv_deepgram_read(RESULT, n, &m, NULL), IV_E_STT_ERROR);
    assert_int_equal(iv_deepgram_read(RESULT, strlen(RESULT), &m, NULL), IV_OK);
    assert_int_equal(m.kind, DEEPGRAM_RESULTS);
    assert_string_equal(m.text, "a b");
    assert_int_equal(m.end_ms, 3000);
    assert_int_equal(m.words[0].start_ms, 1100);
    iv_deepgram_release(&m);
}

static void odd_types(void **state)
{
    static const char odd[] = "{\"type\":\"Results\",\"start\":null,\"channel\":{\"alternatives\":"
                              "[{\"transcript\":7,\"words\":{}}]}}";
    struct deepgram_message m;

    (void)state;
    assert_int_equal(iv_deepgram_read(odd, strlen(odd), &m, NULL), IV_OK);
    assert_string_equal(m.text, "");
    iv_deepgram_release(&m);
    assert_int_equal(iv_deepgram_read("{\"type\":9}", 10, &m, NULL), IV_OK);
    assert_int_equal(m.kind, DEEPGRAM_OTHER);
}

static const struct close_row {
    const char *name, *reason;
    int close_code;
    enum iv_code code;
    enum net_class class;
} closes[] = {
    {"close: undecodable", "DATA-0000 more", 1008, IV_E_STT_INVALID_AUDIO, NET_FAIL},
    {"close: undecodable, the old way", "DATA-0000", 1002, IV_E_STT_INVALID_AUDIO, NET_FAIL},
    {"close: nothing was sent", "NET-0001", 1011, IV_E_STT_TIMEOUT, NET_WAIT},
    {"close: no sound", "no_audio_timeout", 1011, IV_E_STT_TIMEOUT, NET_WAIT},
    {"close: a fault", "NET-0000", 1011, IV_E_STT_ERROR, NET_RETRY},
    {"close: the service restarts", "", 1012, IV_E_STT_ERROR, NET_RETRY},
    {"close: the same as libwebsockets shows it", "", 1002, IV_E_STT_ERROR, NET_RETRY},
    {"close: undecodable, without a reason", "", 1008, IV_E_STT_INVALID_AUDIO, NET_FAIL},
    {"close: against its rules", "policy", 1008, IV_E_STT_ERROR, NET_FAIL},
    {"close: not asked for", "", 1000, IV_E_STT_ERROR, NET_RETRY},
};

static void close_means(void **state)
{
    const struct close_row *r = *state;
    struct net_outcome o = {
        .failure = NET_CLOSED, .close_code = r->close_code, .body = "", .content_type = ""};
    struct net_verdict v;

    snprintf(o.reason, sizeof o.reason, "%s", r->reason);
    iv_deepgram_judge(&o, &v);
    assert_int_equal(v.code, r->code);
    assert_int_equal(v.class, r->class);
}

static int start(void **state)
{
    (void)state;
    return fake_start(&fake, (const char *const[]){"--fast", NULL}) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(&fake);
    return 0;
}

int main(void)
{
    struct CMUnitTest t[IV_LEN(rows) + IV_LEN(closes) + 4];
    size_t n = 0;

    for (size_t i = 0; i < IV_LEN(rows); i++)
        t[n++] = (struct CMUnitTest){.name = rows[i].name,
                                     .test_func = exchange,
                                     .initial_state = (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < IV_LEN(closes); i++)
        t[n++] = (struct CMUnitTest){.name = closes[i].name,
                                     .test_func = close_means,
                                     .initial_state = (void *)(uintptr_t)&closes[i]};
    t[n++] = (struct CMUnitTest)cmocka_unit_test(lost_and_found);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(another_listens);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(cut_anywhere);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(odd_types);
    return cmocka_run_group_tests_name("stt services", t, start, stop);
}

/* test_tts_chain.c - voices of services under way: another one takes over, text in pieces, cancelling, cuts, the cache and limits. */
#include "contract/services_fixture.h"
#include "iv/alloc.h"
#include "table.h"

#define TEXT "안녕하세요."
#define LONG_TEXT                                                                                                                  \
    "먼저 자기소개를 부탁드립니다. 그리고 지원 동기를 말씀해 주세요. 마지막으로 궁금한 점이 " \
    "있으신가요?"
#define ELEVEN "~^/v1/text-to-speech/"
#define SWITCH_LIMIT_US (IS_SLOW ? 10000000 : 1000000)
#define CANCEL_LIMIT_US (IS_SLOW ? 5000000 : 50000)

static long asked(const char *part)
{
    cJSON *stats = fake_stats(&w.fake);
    const cJSON *path;
    long n = 0;

    cJSON_ArrayForEach(path, cJSON_GetObjectItemCaseSensitive(stats, "by_path"))
    {
        if (strstr(path->string, part))
            n += (long)path->valuedouble;
    }
    cJSON_Delete(stats);
    return n;
}

/* -- another voice takes over -- */

static const struct fault {
    const char *name, *engines, *settings, *scenario, *then;
} faults[] = {
    {"refused, edge speaks", "elevenlabs,edge,tone", "elevenlabs.base_url=http://127.0.0.1:1", "[]",
     "edge"},
    {"stalled, edge speaks", "elevenlabs,edge,tone", "",
     "[{request: {path: '" ELEVEN "'}, times: any, reply: {fault: {stall: header}}}]", "edge"},
    {"wrong key, edge speaks", "elevenlabs,edge,tone", "elevenlabs.api_key=wrong", "[]", "edge"},
    {"no credit, edge speaks", "elevenlabs,edge,tone", "",
     "[{request: {path: '" ELEVEN
     "'}, times: any, reply: {status: 401, json: {detail: {status: quota_exceeded}}}}]",
     "edge"},
    {"told to wait, edge speaks", "elevenlabs,edge,tone", "",
     "[{request: {path: '" ELEVEN
     "'}, times: any, reply: {status: 429, headers: {Retry-After: 5}, json: {}}}]",
     "edge"},
    {"cut before sound, edge speaks", "elevenlabs,edge,tone", "",
     "[{request: {path: '" ELEVEN "'}, times: any, reply: {pcm_ms: 1000, fault: {cut: 0}}}]",
     "edge"},
    {"socket stalled, edge speaks", "elevenlabs,edge,tone", "elevenlabs.mode=socket",
     "[{request: {path: '" ELEVEN "', websocket: true}, times: any, websocket: [{stall: true}]}]",
     "edge"},
    {"edge refuses, openai speaks", "edge,openai,tone", "",
     "[{request: {path: '~/edge/v1$', websocket: true}, times: any, reply: {status: 403, headers: "
     "{Date: null}}}]",
     "openai"},
    {"both stall, tone speaks", "elevenlabs,edge,tone", "tts.switch=300",
     "[{request: {path: '" ELEVEN
     "'}, times: any, reply: {fault: {stall: header}}}, {request: {path: '~/edge/v1$', websocket: "
     "true}, times: any, websocket: [{stall: true}]}]",
     "tone"},
    {"openai is no server, tone speaks", "openai,tone", "tts.openai.base_url=http://127.0.0.1:1/v1",
     "[]", "tone"},
};

static void another_takes_over(void **state)
{
    const struct fault *f = *state;
    struct said s;
    int64_t began;
    long before;
    iv_tts *t;

    world_begin(f->settings);
    play(f->scenario);
    t = voice_of(f->engines, NULL);
    began = real_us();
    say_with(t, TEXT, 1, &s);
    if (s.code)
        fail_msg("%s", s.text);
    assert_in_range(s.first_us - began, 0, SWITCH_LIMIT_US);
    assert_string_equal(iv_tts_engine(t), f->then);
    assert_string_not_equal(iv_tts_voice(t), "");
    assert_true(has_logged("speaks instead"));
    said_release(&s);
    before = asked("/v1/text-to-speech");
    began = real_us();
    say_with(t, LONG_TEXT, 1, &s); /* the failed one rests */
    assert_int_equal(s.code, IV_OK);
    assert_string_equal(iv_tts_engine(t), f->then);
    assert_in_range(s.first_us - began, 0, SWITCH_LIMIT_US / 2);
    assert_int_equal(asked("/v1/text-to-speech"), before);
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void a_rested_voice_is_tried_again(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("net.retries=0");
    play("[{request: {path: '" ELEVEN "'}, reply: {status: 500, json: {}}}]");
    t = voice_of("elevenlabs,edge", NULL);
    say_with(t, TEXT, 1, &s);
    assert_string_equal(iv_tts_engine(t), "edge");
    said_release(&s);
    atomic_fetch_add(&w.clock.ahead_us, 31000000);
    iv_net_wake(w.net);
    say_with(t, TEXT, 1, &s);
    assert_int_equal(s.code, IV_OK);
    assert_string_equal(iv_tts_engine(t), "elevenlabs");
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

/* With nobody else awake a resting one is better than silence. */
static void the_last_resort_is_who_rests(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("net.retries=0");
    play("[{request: {path: '" ELEVEN "'}, reply: {status: 500, json: {}}},"
         " {request: {path: '~/edge/v1$', websocket: true}, times: any, reply: {status: 404}}]");
    t = voice_of("elevenlabs,edge", NULL);
    say_with(t, TEXT, 1, &s);
    assert_int_equal(s.code, IV_E_TTS_ERROR);
    said_release(&s);
    say_with(t, TEXT, 1, &s);
    assert_int_equal(s.code, IV_OK);
    assert_string_equal(iv_tts_engine(t), "elevenlabs");
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void a_loss_in_the_middle_goes_on_with_the_next_clause(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("elevenlabs.mode=stream");
    play("[{request: {path: '" ELEVEN "'}, times: any, reply: {pcm_ms: 1000, rate: 24000, framing: "
         "chunked, every: 4000, fault: {cut: 20000}}}]");
    t = voice_of("elevenlabs,edge", NULL);
    say_with(t, TEXT, 1, &s);
    assert_int_equal(s.code, IV_E_TTS_ERROR);
    assert_true(s.pcm.len > 0);
    assert_int_equal(asked("/v1/text-to-speech"), 1); /* not said twice */
    assert_int_equal(asked("/edge/v1"), 0);
    said_release(&s);
    say_with(t, LONG_TEXT, 1, &s);
    assert_int_equal(s.code, IV_OK);
    assert_string_equal(iv_tts_engine(t), "edge");
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void a_limit_of_spending_leads_to_the_next(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("usage.limits=tts.elevenlabs=10 characters/day");
    play("[]");
    t = voice_of("elevenlabs,edge", NULL);
    say_with(t, TEXT, 1, &s);
    assert_string_equal(iv_tts_engine(t), "elevenlabs");
    said_release(&s);
    say_with(t, TEXT, 1, &s);
    assert_int_equal(s.code, IV_OK);
    assert_string_equal(iv_tts_engine(t), "edge");
    assert_int_equal(asked("/v1/text-to-speech"), 1);
    said_release(&s);
    iv_tts_close(t);
    t = voice_of("elevenlabs", NULL);
    say_with(t, TEXT, 1, &s);
    assert_int_equal(s.code, IV_E_TTS_QUOTA);
    assert_int_equal(asked("/v1/text-to-speech"), 1);
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

/* -- text in pieces -- */

static void begin_open(iv_tts *t, const char *text, struct said *s)
{
    struct iv_tts_sink sink = sink_of(s);
    struct iv_error err = {0};

    assert_true(iv_tts_takes_pieces(t));
    if (iv_tts_start_open(t, text, &sink, &err))
        fail_msg("%s", err.text);
}

static void text_goes_there_as_it_is_written(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("elevenlabs.mode=auto");
    play("[]");
    t = voice_of("elevenlabs", NULL);
    begin_open(t, "안녕하세요.", &s);
    wait_sound(&s);
    assert_int_equal(s.dones, 0);
    assert_int_equal(iv_tts_append(t, "자기소개를 부탁드립니다.", NULL), IV_OK);
    assert_int_equal(iv_tts_append(t, NULL, NULL), IV_OK);
    assert_int_equal(iv_tts_append(t, NULL, NULL), IV_E_STATE);
    wait_done(&s, 1);
    check_said(&s);
    assert_int_equal(s.code, IV_OK);
    assert_true(iv_pcm_ms(&s.pcm) > 2000);
    assert_true(s.n_phonemes > 10);
    assert_true(s.last_ms <= iv_pcm_ms(&s.pcm) + 1);
    assert_int_equal(asked("/stream-input"), 1);
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void an_open_one_is_told_of_its_loss(const char *engines, const char *scenario,
                                            const char *then)
{
    struct said s;
    int64_t began;
    iv_tts *t;

    world_begin("elevenlabs.mode=auto; net.retries=0");
    play(scenario);
    t = voice_of(engines, NULL);
    began = real_us();
    begin_open(t, TEXT, &s);
    wait_done(&s, 1);
    check_said(&s);
    assert_in_range(s.done_us - began, 0, SWITCH_LIMIT_US);
    assert_int_not_equal(s.code, IV_OK);
    assert_int_equal(s.pcm.len, 0);
    assert_int_equal(iv_tts_append(t, "더 있습니다.", NULL), IV_OK); /* too late: dropped */
    assert_false(iv_tts_takes_pieces(t));
    said_release(&s);
    say_with(t, TEXT, 1, &s); /* the engine says it again */
    assert_int_equal(s.code, IV_OK);
    assert_string_equal(iv_tts_engine(t), then);
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void a_lost_open_one_is_said_again_by_another(void **state)
{
    (void)state;
    an_open_one_is_told_of_its_loss(
        "elevenlabs,edge",
        "[{request: {path: '" ELEVEN
        "', websocket: true}, times: any, websocket: [{expect_json: {text: ' '}}, {cut: true}]}]",
        "edge");
}

static void a_silent_open_one_is_said_again_by_another(void **state)
{
    (void)state;
    an_open_one_is_told_of_its_loss("elevenlabs,edge",
                                    "[{request: {path: '" ELEVEN
                                    "', websocket: true}, times: any, websocket: [{stall: true}]}]",
                                    "edge");
}

/* Whole clauses may pass where a socket does not, and it must not be tried for ever. */
static void a_lost_open_one_is_said_again_whole(void **state)
{
    (void)state;
    an_open_one_is_told_of_its_loss(
        "elevenlabs",
        "[{request: {path: '" ELEVEN
        "', websocket: true}, times: any, reply: {status: 403, json: {}}}]",
        "elevenlabs");
}

static void what_was_appended_is_said_again_after_a_loss(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("elevenlabs.mode=auto");
    play("[{request: {path: '" ELEVEN
         "', websocket: true}, websocket: [{expect_json: {text: ' '}}, {expect_json: {text: "
         "'~하나'}}, {expect_json: {text: '~둘'}}, {cut: true}]},"
         " {request: {path: '" ELEVEN
         "', websocket: true}, websocket: [{expect_json: {text: ' '}}, {expect_json: {text: "
         "'~하나.*둘'}}, {expect_json: {text: ''}},"
         " {send_json: {audio: AAABAAIAAwA=}}, {send_json: {isFinal: true}}]}]");
    t = voice_of("elevenlabs", NULL);
    begin_open(t, "하나입니다.", &s);
    assert_int_equal(iv_tts_append(t, "둘입니다.", NULL), IV_OK);
    real_sleep_us(50000);
    assert_int_equal(iv_tts_append(t, NULL, NULL), IV_OK);
    wait_done(&s, SPEED);
    check_said(&s);
    if (s.code)
        fail_msg("%s", s.text);
    assert_string_equal(fake_problems(&w.fake), "");
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void more_text_than_may_be_paid_is_not_sent(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("elevenlabs.mode=auto; usage.limits=tts.elevenlabs=15 characters/day");
    play("[]");
    t = voice_of("elevenlabs", NULL);
    begin_open(t, TEXT, &s);
    wait_sound(&s);
    assert_int_equal(iv_tts_append(t, LONG_TEXT, NULL), IV_OK);
    wait_done(&s, 1);
    assert_int_equal(s.code, IV_E_TTS_QUOTA);
    assert_in_range(iv_pcm_ms(&s.pcm), 500, 1500); /* the first clause, whole */
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

/* -- connections -- */

static void a_warm_socket_is_used(void **state)
{
    struct said s;
    iv_tts *t;

    (void)state;
    world_begin("elevenlabs.mode=auto");
    play("[]");
    t = voice_of("elevenlabs", NULL);
    for (int i = 0; i < 5; i++)
        iv_tts_warm(t);
    for (int i = 0; i < 200 && asked("/stream-input") < 1; i++)
        real_sleep_us(10000);
    begin_open(t, TEXT, &s);
    iv_tts_warm(t); /* must not take it away */
    assert_int_equal(iv_tts_append(t, NULL, NULL), IV_OK);
    wait_done(&s, 1);
    check_said(&s);
    assert_int_equal(s.code, IV_OK);
    assert_int_equal(asked("/stream-input"), 1);
    said_release(&s);
    iv_tts_close(t);
    world_end();
}

static void clauses_share_a_connection(void **state)
{
    static const char *const engines[] = {"elevenlabs", "openai"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(engines); i++) {
        struct said s;
        iv_tts *t;

        world_begin("");
        play("[]");
        t = voice_of(engines[i], NULL);
        iv_tts_warm(t);
        real_sleep_us(100000);
        for (int n = 0; n < 5; n++) {
            say_with(t, n % 2 ? TEXT : LONG_TEXT, 1, &s);
            assert_int_equal(s.code, IV_OK);
            said_release(&s);
        }
        assert_int_equal(fake_number(&w.fake, "connections"), 1);
        iv_tts_close(t);
        world_end();
    }
}

/* -- cancelling -- */

static const struct {
    const char *name, *engine, *settings;
    bool is_open;
} cancels[] = {
    {"cancel: elevenlabs, lines", "elevenlabs", "", false},
    {"cancel: elevenlabs, socket", "elevenlabs", "elevenlabs.mode=socket", false},
    {"cancel: elevenlabs, pieces", "elevenlabs", "elevenlabs.mode=auto", true},
    {"cancel: edge", "edge", "", false},
    {"cancel: openai", "openai", "", false},
    {"cancel: a chain", "elevenlabs,edge,tone", "elevenlabs.api_key=wrong; tts.rest=0", false},
};

static void cancel_at_any_moment(void **state)
{
    const typeof(cancels[0]) *c = *state;
    size_t cancelled = 0;
    iv_tts *t;

    world_begin(c->settings);
    play("[]");
    assert_true(fake_steer(&w.fake, "/__config", "{\"audio_rate\": 20, \"first_audio_ms\": 5}"));
    t = voice_of(c->engine, NULL);
    for (int i = 0; i < 60; i++) {
        struct said s;
        int64_t at;

        if (c->is_open && iv_tts_takes_pieces(t))
            begin_open(t, LONG_TEXT, &s);
        else
            begin_say(t, LONG_TEXT, &s);
        real_sleep_us(i * i * 12);
        at = real_us();
        iv_tts_cancel(t);
        if (i % 3)
            iv_tts_append(t, "more", NULL);
        wait_done(&s, 1);
        assert_in_range(s.done_us - at + 1, s.code ? 1 : 0, CANCEL_LIMIT_US);
        assert_true(s.code == IV_OK || s.code == IV_E_CANCELLED);
        cancelled += s.code == IV_E_CANCELLED;
        if (i % 4 == 3) { /* the next speaks as if nothing had been */
            struct said next;

            say_with(t, TEXT, 1, &next);
            if (next.code)
                fail_msg("%s", next.text);
            said_release(&next);
        }
        assert_int_equal(s.dones, 1);
        assert_int_equal(s.after_done, 0);
        said_release(&s);
    }
    assert_true(cancelled > 20);
    iv_tts_close(t);
    assert_true(fake_steer(&w.fake, "/__config", "{\"audio_rate\": 0, \"first_audio_ms\": 0}"));
    world_end();
}

static void close_at_any_moment(void **state)
{
    const typeof(cancels[0]) *c = *state;

    world_begin(c->settings);
    play("[]");
    assert_true(fake_steer(&w.fake, "/__config", "{\"audio_rate\": 20, \"first_audio_ms\": 5}"));
    for (int i = 0; i < 25; i++) {
        iv_tts *t = voice_of(c->engine, NULL);
        struct said s;

        iv_tts_warm(t);
        begin_say(t, LONG_TEXT, &s);
        real_sleep_us(i * i * 50);
        iv_tts_close(t);
        assert_int_equal(s.dones, 1);
        said_release(&s);
    }
    assert_true(fake_steer(&w.fake, "/__config", "{\"audio_rate\": 0, \"first_audio_ms\": 0}"));
    world_end();
}

/* -- cut after each byte -- */

static const struct {
    const char *name, *engine, *settings, *path, *reply;
} cuts[] = {
    {"cut: elevenlabs, lines", "elevenlabs", "", "~/with-timestamps$",
     "lines: [{audio_base64: AAABAAIAAwA=, alignment: {characters: [안, 녕], "
     "character_start_times_seconds: [0.0, 0.2], character_end_times_seconds: [0.2, 0.4]}}, "
     "{audio_base64: AAABAAIAAwA=, alignment: null}]"},
    {"cut: elevenlabs, stream", "elevenlabs", "elevenlabs.mode=stream", "~/stream$",
     "pcm_ms: 4, rate: 24000, framing: chunked, every: 40"},
    {"cut: openai, a length", "openai", "", "/v1/audio/speech",
     "content_type: audio/pcm, pcm_ms: 4, rate: 24000, framing: length"},
};

/* Of the whole answer on the wire. */
static size_t wire_bytes(const char *reply)
{
    char scenario[1024];
    char *answer;
    size_t n;
    int fd;

    snprintf(scenario, sizeof scenario, "[{request: {path: /probe}, reply: {%s}}]", reply);
    play(scenario);
    fd = fake_connect(w.fake.http);
    assert_true(fake_write(fd, "GET /probe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 51));
    for (n = 0, answer = malloc(1); recv(fd, answer, 1, 0) == 1;)
        n++;
    free(answer);
    close(fd);
    return n;
}

static void cut_anywhere_is_no_success(void **state)
{
    const typeof(cuts[0]) *c = *state;
    char settings[128], scenario[1200];
    struct said s;
    size_t whole;

    snprintf(settings, sizeof settings, "net.retries=0; net.breaker_faults=0; tts.rest=0; %s",
             c->settings);
    world_begin(settings);
    whole = wire_bytes(c->reply);
    assert_true(whole > 200);
    for (size_t n = 0; n + 24 < whole;
         n += IS_SLOW ? 5 : 1) { /* "Connection: close" is not in what follows */
        snprintf(scenario, sizeof scenario,
                 "[{request: {path: '%s'}, reply: {%s, fault: {cut: %zu, wire: true}}}]", c->path,
                 c->reply, n);
        play(scenario);
        say(c->engine, TEXT, 1, &s);
        if (s.code != IV_E_TTS_ERROR)
            fail_msg("cut at %zu of %zu: %d %s", n, whole, s.code, s.text);
        said_release(&s);
    }
    world_end();
}

/* A frame of a server, as hex digits. */
static size_t add_frame(char *hex, size_t at, unsigned opcode, const char *data, size_t len)
{
    at += (size_t)sprintf(hex + at, len < 126 ? "%02x%02x" : "%02x7e%04x", 0x80 | opcode,
                          (unsigned)len);
    for (size_t i = 0; i < len; i++)
        at += (size_t)sprintf(hex + at, "%02x", (unsigned char)data[i]);
    return at;
}

static void cut_stream(const char *engine, const char *settings, const char *path,
                       const char *expect, const char *hex)
{
    char *scenario = malloc(strlen(hex) + 600);
    struct said s;
    size_t whole = strlen(hex) / 2;

    world_begin(settings);
    for (size_t n = 0; n < whole; n += IS_SLOW ? 11 : 1) {
        sprintf(scenario,
                "[{request: {path: '%s', websocket: true}, websocket: [%s, {send_raw: {hex: "
                "'%.*s'}}, {cut: true}]}]",
                path, expect, (int)n * 2, hex);
        play(scenario);
        say(engine, TEXT, 1, &s);
        if (s.code != IV_E_TTS_ERROR)
            fail_msg("cut at %zu of %zu: %d %s", n, whole, s.code, s.text);
        said_release(&s);
    }
    sprintf(scenario,
            "[{request: {path: '%s', websocket: true}, websocket: [%s, {send_raw: {hex: '%s'}}, "
            "{wait_ms: 200}, {cut: true}]}]",
            path, expect, hex);
    play(scenario);
    say(engine, TEXT, 1, &s);
    if (s.code)
        fail_msg("whole: %s", s.text);
    said_release(&s);
    world_end();
    free(scenario);
}

static void a_cut_socket_of_elevenlabs_is_no_success(void **state)
{
    static const char one[] = "{\"audio\":\"AAABAAIAAwA=\",\"alignment\":{\"chars\":[\"a\"],"
                              "\"charStartTimesMs\":[0],\"charDurationsMs\":[180]}}";
    static const char last[] = "{\"audio\":null,\"isFinal\":true}";
    char hex[1024];
    size_t at = add_frame(hex, 0, 1, one, sizeof one - 1);

    (void)state;
    add_frame(hex, at, 1, last, sizeof last - 1);
    cut_stream("elevenlabs",
               "elevenlabs.mode=socket; net.retries=0; net.breaker_faults=0; tts.rest=0", ELEVEN,
               "{expect_json: {text: ' '}}, {expect_json: {text: '~.'}}, {expect_json: {text: ''}}",
               hex);
}

/* Two frames of MP3 as the fake server makes them. */
static size_t mp3(char *out, size_t size)
{
    int fd;
    ssize_t n;
    size_t len = 0;
    char *body;

    play("[{request: {path: /mp3}, reply: {mp3_bytes: 288}}]");
    fd = fake_connect(w.fake.http);
    assert_true(fake_write(fd, "GET /mp3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 49));
    while (len < size && (n = recv(fd, out + len, size - len, 0)) > 0)
        len += (size_t)n;
    close(fd);
    body = memmem(out, len, "\r\n\r\n", 4);
    assert_non_null(body);
    len -= (size_t)(body + 4 - out);
    memmove(out, body + 4, len);
    return len;
}

static void a_cut_stream_of_edge_is_no_success(void **state)
{
    static const char meta[] =
        "Path:audio.metadata\r\n\r\n{\"Metadata\":[{\"Type\":\"WordBoundary\",\"Data\":{\"Offset\":"
        "10000,\"Duration\":200000,\"text\":{\"Text\":\"a\"}}}]}";
    static const char head[] = "\0\x26X-R:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n";
    static const char end[] = "Path:turn.end\r\n\r\n{}";
    static char sound[4096], hex[4096];
    size_t n, at;

    (void)state;
    memcpy(sound, head, sizeof head - 1);
    sound[1] = (char)(sizeof head - 3);
    n = sizeof head - 1;
    n += mp3(sound + n, sizeof sound - n);
    at = add_frame(hex, 0, 2, sound, n);
    at = add_frame(hex, at, 1, meta, sizeof meta - 1);
    add_frame(hex, at, 1, end, sizeof end - 1);
    cut_stream("edge", "net.retries=0; net.breaker_faults=0; tts.rest=0", "~/edge/v1$",
               "{expect_text: '~speech.config'}, {expect_text: '~ssml'}", hex);
}

/* -- the cache -- */

static void say_cached(const char *engine, const char *voice, double rate, const char *text,
                       struct iv_pcm *out)
{
    struct iv_tts_choice choice = {
        .engine = engine, .voice = voice, .lang = IV_LANG_KO, .rate = rate};
    struct iv_error err = {0};
    struct iv_speech speech;
    iv_tts *t;

    if (iv_tts_open(w.ctx, &choice, &t, &err) || iv_tts_render(t, text, &speech, &err))
        fail_msg("%s: %s", engine, err.text);
    iv_tts_close(t);
    if (out)
        iv_pcm_append(out, speech.pcm.samples, speech.pcm.len, NULL);
    iv_speech_release(&speech);
}

static int64_t saved(const char *service)
{
    iv_json *report = NULL;
    int64_t n = 0;

    assert_int_equal(iv_usage_report(w.ctx, "today", service, &report, NULL), IV_OK);
    for (const iv_json *row = iv_json_first(iv_json_get(report, "services")); row;
         row = iv_json_next(row))
        n += iv_json_get_int(row, "calls_saved", 0);
    iv_json_free(report);
    return n;
}

static void equal_requests_are_made_once(void **state)
{
    static const char *const engines[] = {"elevenlabs", "edge", "openai"};

    (void)state;
    world_begin("cache.enabled=true; elevenlabs.model=eleven_turbo_v2_5");
    play("[]");
    for (size_t i = 0; i < IV_LEN(engines); i++) {
        struct iv_pcm first = {.rate_hz = IV_TTS_RATE_HZ}, again = {.rate_hz = IV_TTS_RATE_HZ};
        char service[32];
        int64_t before;
        long n;

        snprintf(service, sizeof service, "tts.%s", engines[i]);
        before = saved(service);
        n = fake_number(&w.fake, "requests");
        say_cached(engines[i], NULL, 1, "같은 말입니다.", &first);
        say_cached(engines[i], NULL, 1, "같은 말입니다.", &again);
        assert_int_equal(fake_number(&w.fake, "requests"), n + 1);
        assert_int_equal(saved(service), before + 1);
        assert_int_equal(first.len, again.len);
        assert_memory_equal(first.samples, again.samples, first.len * sizeof *first.samples);
        say_cached(engines[i], NULL, 1.1, "같은 말입니다.", NULL);
        say_cached(engines[i], i == 1 ? "ko-KR-InJoonNeural" : "other", 1, "같은 말입니다.", NULL);
        say_cached(engines[i], NULL, 1, "다른 말입니다.", NULL);
        assert_int_equal(fake_number(&w.fake, "requests"), n + 4);
        iv_pcm_release(&first);
        iv_pcm_release(&again);
    }
    world_end();
}

/* Prewarming and the interview may ask for the same at once: one makes it, the other waits for that. */
static void the_same_at_once_is_made_once(void **state)
{
    static const char text[] = "동시에 하는 같은 말입니다.";
    struct said maker, waiter, third;
    iv_tts *a, *b, *c;
    int64_t before;

    (void)state;
    world_begin("cache.enabled=true");
    play("[]");
    assert_true(fake_steer(&w.fake, "/__config", "{\"first_audio_ms\": 300}"));
    before = saved("tts.openai");
    a = voice_of("openai", NULL);
    b = voice_of("openai", NULL);
    c = voice_of("openai", NULL);
    begin_say(a, text, &maker);
    begin_say(b, text, &waiter);
    begin_say(c, "그동안 하는 말입니다.", &third);
    wait_done(&maker, 1);
    wait_done(&waiter, 1);
    wait_done(&third, 1);
    check_said(&maker);
    check_said(&waiter);
    assert_int_equal(maker.code | waiter.code | third.code, IV_OK);
    assert_int_equal(asked("/v1/audio/speech"), 2);
    assert_int_equal(saved("tts.openai"), before + 1);
    assert_int_equal(maker.pcm.len, waiter.pcm.len);
    assert_memory_equal(maker.pcm.samples, waiter.pcm.samples, maker.pcm.len * sizeof(int16_t));
    iv_tts_close(a);
    iv_tts_close(b);
    iv_tts_close(c);
    said_release(&maker);
    said_release(&waiter);
    said_release(&third);
    assert_true(fake_steer(&w.fake, "/__config", "{\"first_audio_ms\": 0}"));
    world_end();
}

/* Who makes it is cancelled, fails, or hangs: whoever waits then asks for itself; and who waits may be cancelled too. */
static void a_wait_for_another_ends(void **state)
{
    static const struct {
        const char *reply;
        bool cancel_maker, cancel_waiter;
    } ends[] = {{"{fault: {stall: header}}", true, false},
                {"{fault: {stall: header}}", false, true},
                {"{fault: {stall: header}}", false, false},
                {"{status: 401, json: {error: {message: no}}}", false, false}};
    char scenario[256], text[64];

    (void)state;
    for (size_t i = 0; i < IV_LEN(ends); i++) {
        struct said maker, waiter;
        iv_tts *a, *b;

        world_begin("cache.enabled=true; tts.switch=1000; tts.rest=0");
        snprintf(scenario, sizeof scenario, "[{request: {path: /v1/audio/speech}, reply: %s}]",
                 ends[i].reply);
        play(scenario);
        a = voice_of("openai", NULL);
        b = voice_of("openai", NULL);
        snprintf(text, sizeof text, "기다리는 말 %zu번입니다.", i); /* the cache outlives a world */
        begin_say(a, text, &maker);
        begin_say(b, text, &waiter);
        while (asked("/v1/audio/speech") < 1) /* the fault is the maker's */
            real_sleep_us(2000);
        if (ends[i].cancel_maker)
            iv_tts_cancel(a);
        if (ends[i].cancel_waiter)
            iv_tts_cancel(b);
        wait_done(&waiter, SPEED);
        assert_int_equal(waiter.code, ends[i].cancel_waiter ? IV_E_CANCELLED : IV_OK);
        iv_tts_close(a);
        iv_tts_close(b);
        check_said(&waiter);
        assert_int_equal(maker.dones, 1);
        said_release(&maker);
        said_release(&waiter);
        world_end();
    }
}

static void other_models_and_orders_sound_otherwise(void **state)
{
    static const char *const settings[] = {
        "cache.enabled=true; elevenlabs.model=eleven_flash_v2_5; tts.openai.model=tts-1; "
        "tts.openai.instructions=calm",
        "cache.enabled=true; elevenlabs.model=eleven_multilingual_v2; tts.openai.model=tts-1-hd; "
        "tts.openai.instructions=calm",
        "cache.enabled=true; elevenlabs.model=eleven_turbo_v2_5; tts.openai.model=tts-1-hd; "
        "tts.openai.instructions=glad"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(settings); i++) {
        world_begin(settings[i]);
        play("[]");
        say_cached("elevenlabs", NULL, 1, "모델마다 다릅니다.", NULL);
        say_cached("openai", NULL, 1, "모델마다 다릅니다.", NULL);
        assert_int_equal(fake_number(&w.fake, "requests"), 2);
        world_end();
    }
}

static void what_was_cut_is_not_kept(void **state)
{
    struct iv_tts_choice choice = {.engine = "openai", .lang = IV_LANG_KO};
    struct iv_speech speech;
    iv_tts *t;

    (void)state;
    world_begin("cache.enabled=true; tts.rest=0");
    play("[{request: {path: /v1/audio/speech}, reply: {pcm_ms: 500, rate: 24000, framing: length, "
         "fault: {cut: 9000}}}]");
    assert_int_equal(iv_tts_open(w.ctx, &choice, &t, NULL), IV_OK);
    assert_int_equal(iv_tts_render(t, "잘린 말입니다.", &speech, NULL), IV_E_TTS_ERROR);
    iv_tts_close(t);
    say_cached("openai", NULL, 1, "잘린 말입니다.", NULL);
    assert_int_equal(fake_number(&w.fake, "requests"), 2);
    world_end();
}

#ifdef IV_TORTURE
/* Each allocation fails once: an end is told all the same, and nothing is lost but this utterance. */
static void memory_runs_out(void **state)
{
    static const char *const engines[] = {"elevenlabs", "edge", "openai"};
    static const char *const settings[] = {"", "elevenlabs.mode=socket"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(engines) * 2 - 2; i++) {
        const char *engine = engines[i % IV_LEN(engines)];
        long calls;

        world_begin(settings[i / IV_LEN(engines)]);
        play("[]");
        iv_tts *t = voice_of(engine, NULL);
        struct said s;

        say_with(t, TEXT, 1, &s); /* everything is loaded */
        said_release(&s);
        iv_alloc_fail_at(0);
        say_with(t, TEXT, 1, &s);
        said_release(&s);
        calls = iv_alloc_calls();
        for (long n = 1; n <= calls; n++) {
            struct iv_tts_sink sink = sink_of(&s);
            enum iv_code rc;

            iv_alloc_fail_at(n);
            rc = iv_tts_start(t, TEXT, &sink, NULL);
            if (!rc)
                wait_done(&s, SPEED);
            iv_alloc_fail_at(0);
            assert_int_equal(s.dones, rc ? 0 : 1);
            said_release(&s);
        }
        atomic_fetch_add(&w.clock.ahead_us, 31000000);
        say_with(t, TEXT, 1, &s);
        if (s.code)
            fail_msg("%s: %s", engine, s.text);
        said_release(&s);
        iv_tts_close(t);
        world_end();
    }
}
#endif

int main(void)
{
    TABLE_ROWS(another_takes_over, faults);
    TABLE_TEST(a_rested_voice_is_tried_again);
    TABLE_TEST(the_last_resort_is_who_rests);
    TABLE_TEST(a_loss_in_the_middle_goes_on_with_the_next_clause);
    TABLE_TEST(a_limit_of_spending_leads_to_the_next);
    TABLE_TEST(text_goes_there_as_it_is_written);
    TABLE_TEST(a_lost_open_one_is_said_again_by_another);
    TABLE_TEST(a_silent_open_one_is_said_again_by_another);
    TABLE_TEST(a_lost_open_one_is_said_again_whole);
    TABLE_TEST(what_was_appended_is_said_again_after_a_loss);
    TABLE_TEST(more_text_than_may_be_paid_is_not_sent);
    TABLE_TEST(a_warm_socket_is_used);
    TABLE_TEST(clauses_share_a_connection);
    TABLE_ROWS(cancel_at_any_moment, cancels);
    TABLE_ROWS(close_at_any_moment, cancels);
    TABLE_ROWS(cut_anywhere_is_no_success, cuts);
    TABLE_TEST(a_cut_socket_of_elevenlabs_is_no_success);
    TABLE_TEST(a_cut_stream_of_edge_is_no_success);
    TABLE_TEST(equal_requests_are_made_once);
    TABLE_TEST(the_same_at_once_is_made_once);
    TABLE_TEST(a_wait_for_another_ends);
    TABLE_TEST(other_models_and_orders_sound_otherwise);
    TABLE_TEST(what_was_cut_is_not_kept);
#ifdef IV_TORTURE
    TABLE_TEST(memory_runs_out);
#endif
    return _cmocka_run_group_tests("tts_chain", table_tests, table_n, world_start, world_stop);
}

/* test_stt_faults.c - recognisers of services that are lost, silent or full of nonsense: the turn ends, in time, by the right code,
 * and no word is lost or told twice. */
#include <dirent.h>

#include "stt_fixture.h"

#define RESULT(text, start, duration, final)                                                       \
    "{\"type\":\"Results\",\"start\":" start ",\"duration\":" duration ",\"is_final\":" final      \
    ",\"speech_final\":" final ",\"channel\":{\"alternatives\":[{\"transcript\":\"" text           \
    "\",\"confidence\":0.9,"                                                                       \
    "\"words\":[{\"word\":\"" text "\",\"start\":0.4,\"end\":0.9,\"confidence\":0.9}]}]}}"
#define LISTEN "\"request\":{\"path\":\"/v1/listen\",\"websocket\":true},"
#define POST "\"request\":{\"method\":\"POST\",\"path\":\"/v1/audio/transcriptions\"},"
#define METADATA "{\"type\":\"Metadata\"}"
#define STREAMS 100
#define END_MS 10000 /* 5 s, and what a real millisecond counts when the clock hurries */
#define NO_BREAKER "net.breaker_faults=0"

static void say_next(const char *texts)
{
    if (!fake_steer(&w.fake, "/__transcripts", texts))
        fail_msg("%s", w.fake.error);
}

/* -- rows: a fault that stays -- */

static const struct row {
    const char *name, *engine, *kind, *settings;
    enum iv_code code;
    const char *why; /* part of the text */
    int requests; /* exactly; 0: not counted */
    int most_ms; /* of the clock, from the end of the sound; 0: any */
} rows[] = {
    {"live: nobody takes the connection", "deepgram", "close-at-once", "", IV_E_STT_ERROR, "", 0,
     END_MS},
    {"live: the handshake never ends", "deepgram", "ws-stall-handshake", "", IV_E_STT_TIMEOUT, "",
     0, END_MS},
    {"live: not a word", "deepgram", "ws-stall", "", IV_E_STT_TIMEOUT, "nothing for 5000 ms", 1,
     END_MS},
    {"live: a wrong key", "deepgram", "unauthorized", "", IV_E_STT_ERROR, "key", 1, END_MS},
    {"live: no room, come back soon", "deepgram", "too-many", "", IV_E_STT_ERROR, "429", 0, END_MS},
    {"live: a server that fails", "deepgram", "server-error", "", IV_E_STT_ERROR, "500", 3, END_MS},
    {"live: a handshake that is none", "deepgram", "ws-bad-accept", "", IV_E_STT_ERROR, "", 0,
     END_MS},
    {"live: cut at once, each time", "deepgram", "ws-cut", "", IV_E_STT_ERROR, "", 0, END_MS},
    {"live: reset at once, each time", "deepgram", "ws-reset", "", IV_E_STT_ERROR, "", 0, END_MS},
    {"live: closed without a word, which may be for want of credit", "deepgram", "ws-try-later", "",
     IV_E_STT_ERROR, "credit", 3, END_MS},
    {"live: nonsense", "deepgram", "ws-not-json", "", IV_E_STT_ERROR, "no JSON", 0, END_MS},
    {"live: bytes that are no text", "deepgram", "ws-bad-utf8", "", IV_E_STT_ERROR, "", 0, END_MS},
    {"live: a message without end", "deepgram", "ws-oversize", "", IV_E_STT_ERROR, "", 0, END_MS},
    {"live: elsewhere", "deepgram", "redirect", "", IV_E_STT_ERROR, "", 1, END_MS},
    {"utterances: no answer", "openai", "stall-header", "stt.timeout=3000", IV_E_STT_TIMEOUT, "", 0,
     END_MS},
    {"utterances: half an answer", "openai", "stall-body", "stt.timeout=3000", IV_E_STT_TIMEOUT, "",
     0, END_MS},
    {"utterances: a wrong key", "openai", "unauthorized", "", IV_E_STT_ERROR, "", 1, END_MS},
    {"utterances: a server that fails", "openai", "server-error", "", IV_E_STT_ERROR, "500", 3,
     END_MS},
    {"utterances: nonsense", "openai", "not-json", "", IV_E_STT_ERROR, "no JSON", 2, END_MS},
    {"utterances: half a document", "openai", "truncated-json", "", IV_E_STT_ERROR, "no JSON", 2,
     END_MS},
    {"utterances: an empty answer", "openai", "empty", "", IV_E_STT_ERROR, "", 2, END_MS},
    {"utterances: a page", "openai", "wrong-type", "", IV_E_STT_ERROR, "", 2, END_MS},
    {"utterances: an answer without end", "openai", "oversize", "", IV_E_STT_ERROR, "", 2, END_MS},
    {"utterances: elsewhere", "openai", "redirect", "", IV_E_STT_ERROR, "", 1, END_MS},
    {"utterances: cut, each time", "openai", "cut", "", IV_E_STT_ERROR, "", 3, END_MS},
};

static void begin_with(const struct row *r)
{
    char order[256];

    world_begin(r->settings);
    if (strcmp(r->engine, "openai") == 0)
        set("stt.openai.interim", "0");
    snprintf(order, sizeof order,
             "{\"kind\":\"%s\",\"path\":\"%s\",\"times\":50,\"mb\":8,\"ms\":5,\"retry_after\":1}",
             r->kind, strcmp(r->engine, "openai") ? "/v1/listen" : "/v1/audio/transcriptions");
    if (!fake_steer(&w.fake, "/__fault", order))
        fail_msg("%s", w.fake.error);
}

static void fault_stays(void **state)
{
    const struct row *r = *state;
    struct heard h;
    int64_t took_ms;
    iv_stt *s;

    begin_with(r);
    s = listen_with(r->engine, &h);
    give_sound(s, 0, 2000);
    took_ms = end_of(s, &h, SPEED);
    if (h.code != r->code || !strstr(h.why, r->why))
        fail_msg("%s: %s", iv_code_info(h.code)->slug, h.why);
    assert_string_equal(h.text, "");
    if (r->requests)
        assert_int_equal(fake_number(&w.fake, "requests"), r->requests);
    if (r->most_ms && !IS_SLOW && took_ms > r->most_ms)
        fail_msg("it took %lld ms", (long long)took_ms);
    world_end();
}

/* The next one hears all of it, within the same time. */
static void another_listens(void **state)
{
    const struct row *r = *state;
    char engine[64];
    struct heard h;
    iv_stt *s;

    begin_with(r);
    snprintf(engine, sizeof engine, "%s,echo:하나 둘 셋", r->engine);
    s = listen_with(engine, &h);
    give_sound(s, 0, 2000);
    end_of(s, &h, SPEED);
    if (h.code)
        fail_msg("%s: %s", iv_code_info(h.code)->slug, h.why);
    assert_string_equal(h.text, "하나 둘 셋.");
    assert_in_range(h.first_ms, 200, 600);
    world_end();
}

/* -- Deepgram: connections -- */

#define CONVERSATION(steps) "[{" LISTEN "\"websocket\":[" steps "]}]"
#define HEAR "{\"expect_binary\":{\"total\":64000}}"
#define SEND(json) "{\"send_json\":" json "}"

static iv_stt *listen_to_scenario(const char *scenario, struct heard *h)
{
    world_begin(NO_BREAKER);
    play(scenario);
    return listen_with("deepgram", h);
}

/* A stall in mid-stream is found while somebody still speaks, and costs no word. */
static void stall_in_mid_stream(void **state)
{
    struct heard h;
    iv_stt *s;

    (void)state;
    s = listen_to_scenario(
        CONVERSATION(HEAR "," SEND(RESULT("half", "0", "1", "false")) ","
                                                                      "{\"stall\":true}"),
        &h);
    say_next("[\"하나 둘\"]");
    give_sound(s, 0, 2000);
    await_requests(2, SPEED);
    end_of(s, &h, SPEED);
    assert_int_equal(h.code, IV_OK);
    assert_string_equal(h.text, "하나 둘");
    assert_true(has_logged("nothing for 8000 ms") || h.interims);
    world_end();
}

/* All that was said is final: a service that is lost then takes nothing with it. */
static void lost_after_the_last_word(void **state)
{
    static const char *const ends[] = {"{\"stall\":true}", "{\"cut\":true}",
                                       "{\"close\":{\"code\":1011,\"reason\":\"NET-0000\"}}"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(ends); i++) {
        char scenario[2048];
        struct heard h;
        iv_stt *s;

        snprintf(scenario, sizeof scenario,
                 CONVERSATION(HEAR "," SEND(RESULT(
                     "all", "0", "1.6", "true")) ","
                                                 "{\"expect_json\":{\"type\":\"CloseStream\"}}"
                                                 ","
                                                 "%s"),
                 ends[i]);
        s = listen_to_scenario(scenario, &h);
        give_sound(s, 0, 2000);
        await(&h, &h.finals, 1, 1);
        play("[{" LISTEN "\"times\":\"any\",\"websocket\":[" HEAR "]}]");
        end_of(s, &h, SPEED);
        if (h.code)
            fail_msg("%s: %s", ends[i], h.why);
        assert_string_equal(h.text, "all");
        assert_int_equal(h.endpoints, 1);
        world_end();
    }
}

/* Half a conversation, and again: no more than five times a minute. */
static void five_times_a_minute(void **state)
{
    struct heard h;
    iv_stt *s;

    (void)state;
    s = listen_to_scenario(
        "[{" LISTEN "\"times\":\"any\",\"websocket\":[{\"expect_binary\":{\"count\":1}}," SEND(
            RESULT("half", "0", "1", "false")) ",{\"cut\":true}]}]",
        &h);
    give_sound(s, 0, 2000);
    await(&h, &h.interims, 1, 1);
    await_requests(6, SPEED);
    end_of(s, &h, SPEED);
    assert_int_equal(h.code, IV_E_STT_ERROR);
    assert_int_equal(fake_number(&w.fake, "requests"), 6);
    world_end();
}

/* In a gap KeepAlive holds the connection; one that is closed for want of sound is opened by the next sound. */
static void gaps(void **state)
{
    struct heard h;
    iv_stt *s;

    (void)state;
    s = listen_to_scenario(
        CONVERSATION(HEAR "," SEND(
            RESULT("one", "0", "2",
                   "true")) ","
                            "{\"expect_json\":{\"type\":\"KeepAlive\"}}"
                            ","
                            "{\"expect_json\":{\"type\":\"KeepAlive\"}}"
                            ","
                            "{\"close\":{\"code\":1011,\"reason\":\"NET-0001: nothing came\"}}"),
        &h);
    say_next("[\"둘\"]");
    give_sound(s, 0, 2000);
    await(&h, &h.finals, 1, 1);
    for (int64_t until = world_us() + 15000000; world_us() < until;) {
        real_sleep_us(1000);
        atomic_fetch_add(&w.clock.ahead_us, (SPEED - 1) * 1000);
        iv_net_wake(w.net);
    }
    real_sleep_us(100000);
    assert_int_equal(fake_number(&w.fake, "requests"), 1);
    assert_string_equal(fake_problems(&w.fake), "");
    give_sound(s, 2000, 2000);
    end_of(s, &h, 1);
    assert_int_equal(h.code, IV_OK);
    assert_string_equal(h.text, "one 둘");
    assert_in_range(h.last_ms, 2200, 2600);
    assert_int_equal(fake_number(&w.fake, "requests"), 2);
    world_end();
}

/* -- cut after every byte -- */

static size_t frame(char *out, const char *text)
{
    size_t len = strlen(text), n = 0;

    out[n++] = (char)0x81;
    if (len < 126) {
        out[n++] = (char)len;
    } else {
        out[n++] = 126;
        out[n++] = (char)(len >> 8);
        out[n++] = (char)len;
    }
    memcpy(out + n, text, len);
    return n + len;
}

static void add_cut(char *scenario, size_t size, const char *bytes, size_t n)
{
    size_t at = strlen(scenario);

    at +=
        (size_t)snprintf(scenario + at, size - at,
                         "%s{" LISTEN "\"websocket\":[{\"expect_json\":{\"type\":\"CloseStream\"}},"
                         "{\"send_raw\":{\"hex\":\"",
                         at ? "," : "[");
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(scenario + at, size - at, "%02x", (unsigned char)bytes[i]);
    snprintf(scenario + at, size - at, "\"}},{\"cut\":true}]}");
}

/* That many streams at once, each cut at its own byte; then all is said again, in whole. */
static void play_cuts(const char *bytes, size_t from, size_t n)
{
    const size_t size = 1u << 20;
    char *scenario = iv_alloc(size);
    size_t at;

    for (size_t i = 0; i < n; i++)
        add_cut(scenario, size, bytes, from + i);
    at = strlen(scenario);
    snprintf(scenario + at, size - at,
             ",{" LISTEN
             "\"times\":\"any\",\"websocket\":[{\"expect_json\":{\"type\":\"CloseStream\"}}," SEND(
                 RESULT("all", "0", "2", "true")) "," SEND(METADATA) "]}]");
    play(scenario);
    free(scenario);
}

static void cut_after_every_byte(void **state)
{
    struct heard *h = iv_alloc_array(STREAMS, sizeof *h);
    iv_stt *s[STREAMS];
    char bytes[2048];
    size_t len = frame(bytes, RESULT("half", "0", "1", "false"));

    (void)state;
    len += frame(bytes + len, RESULT("all", "0", "2", "true"));
    len += frame(bytes + len, METADATA);
    for (size_t from = 0; from < len; from += STREAMS) {
        size_t n = len - from < STREAMS ? len - from : STREAMS;

        world_begin(NO_BREAKER);
        play_cuts(bytes, from, n);
        for (size_t i = 0; i < n; i++)
            s[i] = listen_with("deepgram", &h[i]);
        for (size_t i = 0; i < n; i++)
            give_sound(s[i], 0, 2000);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(iv_stt_end(s[i], NULL), IV_OK);
        for (size_t i = 0; i < n; i++) {
            end_of(s[i], &h[i], 1);
            if (h[i].code)
                fail_msg("%s", h[i].why);
            assert_string_equal(h[i].text, "all");
        }
        world_end();
    }
    free(h);
}

static void cut_answer_after_every_byte(void **state)
{
    static const char whole[] =
        "{\"text\":\"하나 둘\",\"usage\":{\"type\":\"duration\",\"seconds\":1}}";

    (void)state;
    for (size_t n = 0; n < strlen(whole); n += IS_SLOW ? 7 : 1) {
        char scenario[512];
        struct heard h;
        iv_stt *s;

        world_begin("stt.openai.interim=0;" NO_BREAKER);
        snprintf(scenario, sizeof scenario,
                 "[{" POST "\"reply\":{\"json\":%s,\"fault\":{\"cut\":%zu}}},"
                 "{" POST "\"reply\":{\"json\":%s}}]",
                 whole, n, whole);
        play(scenario);
        s = listen_with("openai", &h);
        give_sound(s, 0, 2000);
        end_of(s, &h, SPEED);
        if (h.code)
            fail_msg("after %zu bytes: %s", n, h.why);
        assert_string_equal(h.text, "하나 둘");
        world_end();
    }
}

/* -- growing interim results -- */

static void looks(void **state)
{
    struct heard h;
    iv_stt *s;

    (void)state;
    world_begin("stt.openai.interim=800");
    play("[]");
    say_next("[\"하나\", \"하나 둘\", \"하나 둘 셋\"]");
    s = listen_with("openai", &h);
    give_sound(s, 0, 1000);
    await(&h, &h.interims, 1, 1);
    give_sound(s, 1000, 700); /* the third would come after the end */
    await(&h, &h.interims, 2, 1);
    assert_int_equal(h.finals, 0);
    give_sound(s, 1700, 300);
    end_of(s, &h, 1);
    assert_int_equal(h.code, IV_OK);
    assert_string_equal(h.text, "하나 둘 셋");
    assert_int_equal(h.interims, 2);
    assert_int_equal(h.endpoints, 1);
    world_end();
}

/* Seconds of sound sent are bounded, however long somebody speaks. */
static void looks_are_few(void **state)
{
    size_t n = 28u * IV_STT_RATE_HZ;
    int16_t *sound = iv_alloc_array(n, sizeof *sound);
    struct iv_error err;
    struct heard h;
    iv_stt *s;

    (void)state;
    world_begin("stt.openai.interim=1000");
    play("[]");
    for (size_t i = 0; i < n; i++)
        sound[i] = (int16_t)(((int)(i % 107) * 200 - 10700) * (int)(50 + i / 16 % 50) / 100);
    s = listen_with("openai", &h);
    for (size_t at = 0; at < n; at += FEED) {
        long before = fake_number(&w.fake, "requests");

        assert_int_equal(iv_stt_feed(s, sound + at, FEED, &err), IV_OK);
        if (before >= 0 && at % (IV_STT_RATE_HZ / 2) == 0)
            real_sleep_us(10000); /* answers come meanwhile, so that looks could be many */
    }
    assert_in_range(fake_number(&w.fake, "requests"), 2, 12);
    end_of(s, &h, 1);
    assert_int_equal(h.finals, 1);
    free(sound);
    world_end();
}

/* A look that is stuck does not keep the utterance waiting. */
static void final_overtakes(void **state)
{
    struct heard h;
    iv_stt *s;

    (void)state;
    world_begin("stt.openai.interim=300");
    play("[{" POST "\"reply\":{\"json\":{},\"fault\":{\"stall\":\"header\"}}}]");
    say_next("[\"하나 둘 셋\"]");
    s = listen_with("openai", &h);
    give_sound(s, 0, 900);
    await_requests(1, 1);
    give_sound(s, 900, 1100);
    end_of(s, &h, 1);
    assert_int_equal(h.code, IV_OK);
    assert_string_equal(h.text, "하나 둘 셋");
    assert_int_equal(h.interims, 0);
    world_end();
}

/* -- recordings and numbers -- */

/* The next one hears a long recording from its first second. */
static void recording_is_handed_on_whole(void **state)
{
    struct iv_stt_choice choice = {.engine = "deepgram,echo:하나", .lang = IV_LANG_KO};
    struct iv_pcm pcm = {.rate_hz = IV_STT_RATE_HZ, .len = 90u * IV_STT_RATE_HZ};
    struct iv_transcript t;
    struct iv_error err = {0};

    (void)state;
    world_begin("");
    assert_true(fake_fault(&w.fake, "unauthorized", "/v1/listen", 9));
    pcm.samples = iv_alloc_array(pcm.len, sizeof *pcm.samples);
    make_sound(pcm.samples, pcm.len);
    if (iv_stt_transcribe(w.ctx, &choice, &pcm, &t, &err))
        fail_msg("%s", err.text);
    assert_int_equal(t.n_words, 45);
    assert_in_range(t.words[0].start_ms, 200, 600);
    assert_in_range(t.words[44].start_ms, 88000, 90000);
    iv_transcript_release(&t);
    iv_pcm_release(&pcm);
    world_end();
}

static int threads(void)
{
    DIR *d = opendir("/proc/self/task");
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void hundred_streams(void **state)
{
    struct heard *h = iv_alloc_array(STREAMS, sizeof *h);
    iv_stt *s[STREAMS];
    int before, most;

    (void)state;
    world_begin("stt.openai.interim=0");
    play("[]");
    say_next("[\"하나 둘\"]");
    before = threads();
    for (size_t i = 0; i < STREAMS; i++)
        s[i] = listen_with(i % 2 ? "openai" : "deepgram", &h[i]);
    for (unsigned ms = 0; ms < 2000; ms += 500)
        for (size_t i = 0; i < STREAMS; i++)
            give_sound(s[i], ms, 500);
    most = threads() - before;
    for (size_t i = 0; i < STREAMS; i++)
        assert_int_equal(iv_stt_end(s[i], NULL), IV_OK);
    for (size_t i = 0; i < STREAMS; i++) {
        end_of(s[i], &h[i], 1);
        if (h[i].code)
            fail_msg("stream %zu: %s", i, h[i].why);
        assert_string_equal(h[i].text, "하나 둘");
    }
    assert_in_range(most, 0, 8); /* not one for each */
    free(h);
    world_end();
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(stall_in_mid_stream),
        cmocka_unit_test(lost_after_the_last_word),
        cmocka_unit_test(five_times_a_minute),
        cmocka_unit_test(gaps),
        cmocka_unit_test(cut_after_every_byte),
        cmocka_unit_test(cut_answer_after_every_byte),
        cmocka_unit_test(looks),
        cmocka_unit_test(looks_are_few),
        cmocka_unit_test(final_overtakes),
        cmocka_unit_test(recording_is_handed_on_whole),
        cmocka_unit_test(hundred_streams),
    };
    struct CMUnitTest t[2 * IV_LEN(rows) + IV_LEN(others)];
    static char names[IV_LEN(rows)][120];
    size_t n = 0;

    for (size_t i = 0; i < IV_LEN(rows); i++) {
        void *row = (void *)(uintptr_t)&rows[i];

        t[n++] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = fault_stays, .initial_state = row};
        snprintf(names[i], sizeof names[i], "%s; another listens", rows[i].name);
        t[n++] = (struct CMUnitTest){
            .name = names[i], .test_func = another_listens, .initial_state = row};
    }
    for (size_t i = 0; i < IV_LEN(others); i++)
        t[n++] = others[i];
    return cmocka_run_group_tests_name("stt faults", t, world_start, world_stop);
}

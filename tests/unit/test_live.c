/* test_live.c - live sessions without a socket: the message table, comings and goings, slow readers, limits. */
#include "unit/live_client.h"

#define START "{\"type\":\"start_session\"}"
#define START_MUTE "{\"type\":\"start_session\",\"avatar\":false,\"audio\":false}"

static void begin(struct world *w, struct client *c, const char *start)
{
    client_init(c);
    client_connect(w, c);
    expect(c, "connected");
    client_say(c, start);
    expect(c, "session_started");
}

static void finish(struct world *w, struct client *c)
{
    client_release(c);
    world_close(w);
}

/* -- the table -- */

static void check_reply(struct client *c)
{
    const iv_json *j;
    char last[8192] = "";
    bool done = false;

    while (!done) {
        const char *text;

        j = expect(c, "llm_response");
        text = iv_json_get_str(j, "text", "");
        assert_memory_equal(text, last, strlen(last)); /* cumulative */
        SET_TEXT(last, text);
        done = iv_json_get_bool(j, "done", false);
    }
    assert_true(last[0]);
}

static void an_interview_without_sound(void **state)
{
    struct world w;
    struct client c;
    const iv_json *j;

    (void)state;
    world_open(&w, NULL);
    client_init(&c);
    client_connect(&w, &c);
    j = expect(&c, "connected");
    assert_string_equal(iv_json_get_str(j, "session_id", ""), w.id);
    client_say(&c, START_MUTE);
    j = expect(&c, "session_started");
    assert_string_equal(iv_json_get_str(j, "session_id", ""), w.id);
    assert_true(strlen(iv_json_get_str(j, "message", "")) > 20);
    expect(&c, "llm_start");
    check_reply(&c);
    j = expect_turn(&c, "listening");
    assert_int_equal(iv_json_get_int(j, "question", -1), 1);
    assert_true(iv_json_get_int(j, "questions", -1) > 1);
    assert_true(iv_json_get_int(j, "remaining_seconds", -1) > 1700);
    client_say(&c, "{\"type\":\"user_text\",\"text\":\"I led the migration of our billing service, "
                   "and the response time fell by half.\"}");
    expect(&c, "llm_start");
    check_reply(&c);
    expect_turn(&c, "listening");
    client_say(&c, "{\"type\":\"skip_question\"}");
    check_reply(&c);
    client_say(&c, "{\"type\":\"repeat_question\"}");
    check_reply(&c);
    client_say(&c, "{\"type\":\"end_session\"}");
    j = expect(&c, "session_ended");
    assert_string_equal(iv_json_get_str(j, "status", ""), "terminated");
    assert_int_equal(iv_json_get_int(iv_json_get(j, "summary"), "user_responses", -1), 1);
    assert_non_null(iv_json_get(iv_json_get(j, "feedback"), "overall_score"));
    expect_closed(&c, IV_CLOSE_NORMAL);
    assert_int_equal(status_of(&w), IV_SESSION_TERMINATED);
    assert_int_equal(client_count(&c, "tts_audio") + client_count(&c, "avatar_frame"), 0);
    assert_int_equal(client_count(&c, "error"), 0);
    finish(&w, &c);
}

static void sound_in_order_and_pictures_one_by_one(void **state)
{
    struct world w;
    struct client c;
    int64_t at = -1, number = 0, shown = 0, ends;
    const iv_json *j;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &c, START);
    expect_turn(&c, "speaking");
    for (int i = 0; i < 10; i++) {
        j = expect(&c, "tts_audio");
        assert_int_equal(iv_json_get_int(j, "sample_rate", 0), 24000);
        assert_string_equal(iv_json_get_str(j, "format", ""), "pcm16");
        ends = iv_json_get_int(j, "at_ms", -1) + iv_json_get_int(j, "duration_ms", 0);
        if (at >= 0)
            assert_int_equal(iv_json_get_int(j, "at_ms", -1), at);
        at = ends;
    }
    c.read = 0;
    for (int i = 0; i < 20; i++) {
        j = expect(&c, "avatar_frame");
        assert_int_equal(iv_json_get_int(j, "frame_number", -1), number++);
        assert_int_equal(iv_json_get_int(j, "width", 0), 512);
        assert_string_equal(iv_json_get_str(j, "format", ""), "jpeg");
        assert_memory_equal(iv_json_get_str(j, "frame_data", ""), "/9j/", 4); /* JPEG */
        assert_true(iv_time_parse(iv_json_get_str(j, "timestamp", "")) > shown);
        shown = iv_time_parse(iv_json_get_str(j, "timestamp", ""));
    }
    finish(&w, &c);
}

/* Sound comes no earlier than the lead allows. */
static void sound_keeps_the_lead(void **state)
{
    static const char *const settings[] = {"live.lead", "300", NULL};
    struct world w;
    struct client c;
    int64_t first_at = -1, first_came = 0;

    (void)state;
    world_open(&w, settings);
    begin(&w, &c, "{\"type\":\"start_session\",\"avatar\":false}");
    for (int i = 0; i < 20; i++)
        expect(&c, "tts_audio");
    pthread_mutex_lock(&c.lock);
    for (size_t i = 0; i < c.read; i++) {
        int64_t at;

        if (!is_such(&c.got[i], "tts_audio", NULL, NULL))
            continue;
        at = iv_json_get_int(c.got[i].j, "at_ms", -1);
        if (first_at < 0) {
            first_at = at;
            first_came = c.got[i].at_ms;
        }
        assert_true(at - first_at - (c.got[i].at_ms - first_came) <= 300 + 110);
    }
    pthread_mutex_unlock(&c.lock);
    finish(&w, &c);
}

static void binary_messages(void **state)
{
    struct world w;
    struct client c;
    bool sound = false, picture = false;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &c, "{\"type\":\"start_session\",\"binary\":true,\"avatar_fps\":10}");
    expect_turn(&c, "speaking");
    for (int64_t until = now_ms() + WAIT_MS; !(sound && picture) && now_ms() < until;) {
        pthread_mutex_lock(&c.lock);
        for (size_t i = 0; i < c.n; i++) {
            const struct got *g = &c.got[i];

            sound |= g->bytes && g->bytes[0] == 1 && g->len > 24 && g->bytes[4] == 0xc0;
            picture |= g->bytes && g->bytes[0] == 2 && g->bytes[24] == 0xff && g->bytes[25] == 0xd8;
        }
        pthread_mutex_unlock(&c.lock);
        usleep(1000);
    }
    assert_true(sound);
    assert_true(picture);
    assert_int_equal(client_count(&c, "tts_audio") + client_count(&c, "avatar_frame"), 0);
    finish(&w, &c);
}

/* -- what is wrong -- */

static const struct wrong {
    const char *name, *text, *code;
} wrongs[] = {
    {"not JSON", "hello", "INVALID_REQUEST"},
    {"nothing", "", "INVALID_REQUEST"},
    {"not an object", "[1]", "INVALID_REQUEST"},
    {"no type", "{}", "INVALID_REQUEST"},
    {"an unknown type", "{\"type\":\"dance\"}", "INVALID_REQUEST"},
    {"what the server says", "{\"type\":\"llm_start\"}", "INVALID_REQUEST"},
    {"a missing field", "{\"type\":\"user_text\"}", "INVALID_REQUEST"},
    {"a field of another type", "{\"type\":\"user_text\",\"text\":1}", "INVALID_REQUEST"},
    {"an empty answer", "{\"type\":\"user_text\",\"text\":\"  \"}", "INVALID_REQUEST"},
    {"base64 that is none", "{\"type\":\"audio_data\",\"audio\":\"!!!\"}", "INVALID_REQUEST"},
    {"a rate that is too low", "{\"type\":\"audio_data\",\"audio\":\"AAAA\",\"sample_rate\":7999}",
     "STT_INVALID_AUDIO"},
    {"a rate that is too high",
     "{\"type\":\"audio_data\",\"audio\":\"AAAA\",\"sample_rate\":48001}", "STT_INVALID_AUDIO"},
    {"another format", "{\"type\":\"audio_data\",\"audio\":\"AAAA\",\"format\":\"mp3\"}",
     "STT_INVALID_AUDIO"},
    {"another session", "{\"type\":\"start_session\",\"session_id\":\"sess_000000000000\"}",
     "INVALID_REQUEST"},
    {"too many pictures", "{\"type\":\"start_session\",\"avatar_fps\":61}", "INVALID_REQUEST"},
    {"an answer before the start", "{\"type\":\"user_text\",\"text\":\"hi\"}", "INVALID_STATE"},
    {"a pause before the start", "{\"type\":\"pause\"}", "INVALID_STATE"},
    {"speech before the start", "{\"type\":\"audio_data\",\"audio\":\"AAAA\"}", "INVALID_STATE"},
};

static void costs_an_error_and_nothing_else(void **state)
{
    const struct wrong *row = *state;
    struct world w;
    struct client c;

    world_open(&w, NULL);
    client_init(&c);
    client_connect(&w, &c);
    client_say(&c, row->text);
    expect_error(&c, row->code);
    client_say(&c, "{\"type\":\"ping\"}");
    expect(&c, "pong");
    assert_int_equal(c.closed, 0);
    assert_int_equal(status_of(&w), IV_SESSION_CREATED);
    finish(&w, &c);
}

static void a_message_that_is_too_large(void **state)
{
    struct world w;
    struct client c;
    char *text = malloc(70001);

    (void)state;
    memset(text, 'a', 70000);
    memcpy(text, "{\"type\":\"user_text\",\"text\":\"", 28);
    strcpy(text + 69998, "\"}");
    world_open(&w, NULL);
    begin(&w, &c, START_MUTE);
    expect_turn(&c, "listening");
    client_say(&c, text);
    expect_error(&c, "PAYLOAD_TOO_LARGE");
    client_say(&c, "{\"type\":\"user_text\",\"text\":\"a short one\"}");
    check_reply(&c);
    finish(&w, &c);
    free(text);
}

static void a_ping_is_answered_with_its_delay(void **state)
{
    struct world w;
    struct client c;
    char then[IV_TIME_BYTES], text[100];
    const iv_json *j;

    (void)state;
    world_open(&w, NULL);
    client_init(&c);
    client_connect(&w, &c);
    iv_time_format(iv_wall_ms(&iv_clock_system) - 250, 1, then);
    snprintf(text, sizeof text, "{\"type\":\"ping\",\"timestamp\":\"%s\"}", then);
    client_say(&c, text);
    j = expect(&c, "pong");
    assert_in_range(iv_json_get_int(j, "latency_ms", -1), 250, 250 + WAIT_MS);
    finish(&w, &c);
}

static void messages_have_a_budget(void **state)
{
    static const char *const settings[] = {"live.messages_per_minute", "20", NULL};
    struct world w;
    struct client c;

    (void)state;
    world_open(&w, settings);
    client_init(&c);
    client_connect(&w, &c);
    for (int i = 0; i < 30; i++)
        client_say(&c, "{\"type\":\"ping\"}");
    expect_error(&c, "RATE_LIMIT_EXCEEDED");
    assert_in_range(client_count(&c, "pong"), 20, 25);
    assert_int_equal(c.closed, 0);
    for (int i = 0; i < 200; i++)
        client_say(&c, "{\"type\":\"ping\"}");
    expect_closed(&c, IV_CLOSE_POLICY);
    finish(&w, &c);
}

static void so_many_at_once(void **state)
{
    static const char *const settings[] = {"live.max", "1", NULL};
    struct world w;
    struct client a, b;

    (void)state;
    world_open(&w, settings);
    begin(&w, &a, START_MUTE);
    new_session(&w);
    client_init(&b);
    client_connect(&w, &b);
    client_say(&b, START_MUTE);
    expect_error(&b, "BUSY");
    client_say(&a, "{\"type\":\"end_session\"}");
    expect(&a, "session_ended");
    expect_closed(&a, IV_CLOSE_NORMAL);
    client_release(&a);
    for (int i = 0; i < 100 && !client_count(&b, "session_started"); i++) {
        usleep(20000); /* the owner is on its way out */
        client_say(&b, START_MUTE);
    }
    expect(&b, "session_started");
    finish(&w, &b);
}

/* -- comings and goings -- */

static void a_second_connection_takes_over(void **state)
{
    struct world w;
    struct client a, b;
    const iv_json *j;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &a, START);
    expect(&a, "tts_audio");
    client_init(&b);
    client_connect(&w, &b);
    expect_error(&a, "SESSION_ALREADY_ACTIVE");
    expect_closed(&a, IV_CLOSE_TAKEN_OVER);
    expect(&b, "connected");
    j = expect(&b, "llm_response");
    assert_true(iv_json_get_str(j, "text", "")[0]);
    expect_turn(&b, "speaking");
    expect(&b, "tts_audio");
    expect(&b, "avatar_frame");
    client_say(&a, "{\"type\":\"end_session\"}"); /* not heard any more */
    client_say(&b, "{\"type\":\"interrupt\"}");
    expect_turn(&b, "listening");
    assert_int_equal(status_of(&w), IV_SESSION_ACTIVE);
    client_release(&a);
    client_say(&b, "{\"type\":\"ping\"}"); /* the one who left took nothing along */
    expect(&b, "pong");
    finish(&w, &b);
}

static int64_t last_sound_end(struct client *c)
{
    int64_t end = -1;

    for (size_t i = 0; i < c->n; i++)
        if (is_such(&c->got[i], "tts_audio", NULL, NULL))
            end = iv_json_get_int(c->got[i].j, "at_ms", -1) +
                  iv_json_get_int(c->got[i].j, "duration_ms", 0);
    return end;
}

static void who_drops_comes_back_where_it_was(void **state)
{
    struct world w;
    struct client a, b;
    int64_t heard, at, end;
    const iv_json *j;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &a, "{\"type\":\"start_session\",\"avatar\":false}");
    for (int i = 0; i < 8; i++)
        expect(&a, "tts_audio");
    client_gone(&a);
    heard = last_sound_end(&a);
    usleep(1000000);
    assert_int_equal(status_of(&w), IV_SESSION_ACTIVE);
    client_init(&b);
    client_connect(&w, &b);
    expect(&b, "connected");
    expect(&b, "llm_response");
    expect_turn(&b, "speaking");
    j = expect(&b, "tts_audio");
    at = iv_json_get_int(j, "at_ms", -1);
    end = at + iv_json_get_int(j, "duration_ms", 0);
    assert_true(at <= heard); /* nothing is left out, though a second went by */
    assert_true(at >= heard - 1000);
    while (end <= heard + 500) { /* and what was under way goes on without a gap */
        j = expect(&b, "tts_audio");
        assert_int_equal(iv_json_get_int(j, "at_ms", -1), end);
        end += iv_json_get_int(j, "duration_ms", 0);
    }
    client_release(&a);
    finish(&w, &b);
}

static void who_stays_away_finds_a_pause(void **state)
{
    static const char *const settings[] = {"live.grace", "1", NULL};
    struct world w;
    struct client a, b;
    const iv_json *j;
    char greeting[4096];

    (void)state;
    world_open(&w, settings);
    begin(&w, &a, "{\"type\":\"start_session\",\"avatar\":false}");
    expect(&a, "tts_audio");
    client_gone(&a);
    wait_for_status(&w, IV_SESSION_PAUSED);
    a.read = 0;
    SET_TEXT(greeting, iv_json_get_str(expect(&a, "session_started"), "message", ""));
    client_init(&b);
    client_connect(&w, &b);
    expect(&b, "connected");
    client_say(&b, "{\"type\":\"start_session\",\"audio\":false,\"avatar\":false}");
    expect(&b, "session_started");
    do { /* what was not heard to its end is said again, whole */
        j = expect(&b, "llm_response");
    } while (!iv_json_get_bool(j, "done", false));
    assert_string_equal(iv_json_get_str(j, "text", ""), greeting);
    expect_turn(&b, "listening");
    assert_int_equal(status_of(&w), IV_SESSION_ACTIVE);
    client_release(&a);
    finish(&w, &b);
}

static void start_again_changes_the_form(void **state)
{
    struct world w;
    struct client a, b;
    size_t n;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &a, START);
    expect(&a, "tts_audio");
    client_gone(&a);
    client_init(&b);
    client_connect(&w, &b);
    client_say(&b, "{\"type\":\"start_session\",\"avatar\":false}");
    expect(&b, "session_started");
    n = client_count(&b, "avatar_frame");
    for (int i = 0; i < 6; i++)
        expect(&b, "tts_audio");
    assert_int_equal(client_count(&b, "avatar_frame"), n);
    client_release(&a);
    finish(&w, &b);
}

static void the_server_ends(void **state)
{
    struct world w;
    struct client a, idle;
    struct iv_live_transport to = {.send = client_send};
    struct iv_error err;
    iv_live_link *link;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &a, START);
    expect(&a, "tts_audio");
    new_session(&w);
    client_init(&idle);
    client_connect(&w, &idle);
    iv_lives_stop(w.lives);
    expect_closed(&a, IV_CLOSE_GOING_AWAY);
    expect_closed(&idle, IV_CLOSE_GOING_AWAY);
    assert_int_equal(iv_live_connect(w.lives, w.id, &to, &link, &err), IV_E_UNAVAILABLE);
    assert_int_equal(status_of(&w), IV_SESSION_CREATED);
    client_release(&idle);
    finish(&w, &a);
}

/* -- slow readers, barge-in -- */

static void a_slow_reader_loses_pictures_then_the_connection(void **state)
{
    static const char *const settings[] = {"live.queue", "64", "live.lead", "5000", NULL};
    struct iv_live_stats stats;
    struct world w;
    struct client slow, other;
    size_t n;

    (void)state;
    world_open(&w, settings);
    begin(&w, &slow, START);
    expect(&slow, "avatar_frame");
    new_session(&w);
    begin(&w, &other, START);
    expect(&other, "avatar_frame");
    client_stick(&slow, 1u << 20);
    n = client_count(&slow, "avatar_frame");
    for (int i = 0; i < 12; i++) /* the other sees nothing of it */
        expect(&other, "avatar_frame");
    iv_lives_stats(w.lives, &stats);
    assert_int_equal(client_count(&slow, "avatar_frame"), n);
    assert_true(stats.frames_dropped > 0);
    expect_closed(&slow, IV_CLOSE_TOO_SLOW); /* speech of more than a second does not fit */
    iv_lives_stats(w.lives, &stats);
    assert_int_equal(stats.too_slow, 1);
    other.read = 0;
    for (int i = 0; i < 20; i++)
        assert_int_equal(iv_json_get_int(expect(&other, "avatar_frame"), "frame_number", -1), i);
    client_release(&slow);
    finish(&w, &other);
}

static void a_reader_that_catches_up_loses_no_word(void **state)
{
    struct world w;
    struct client c;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &c, START_MUTE);
    expect_turn(&c, "listening");
    client_stick(&c, 1u << 20);
    client_say(&c, "{\"type\":\"ping\"}");
    client_say(&c, "{\"type\":\"dance\"}");
    client_say(&c, "{\"type\":\"user_text\",\"text\":\"I measured it first.\"}");
    assert_null(client_find(&c, "pong", NULL, NULL, 200));
    client_stick(&c, 0);
    expect(&c, "pong");
    expect_error(&c, "INVALID_REQUEST");
    check_reply(&c);
    finish(&w, &c);
}

static void an_interruption_is_silence_at_once(void **state)
{
    struct world w;
    struct client c;
    int64_t cut;
    size_t i;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &c, START);
    for (i = 0; i < 5; i++)
        expect(&c, "tts_audio");
    client_stick(&c, 1u << 20); /* so that some of it waits */
    usleep(300000);
    cut = now_ms();
    client_say(&c, "{\"type\":\"interrupt\"}");
    usleep(50000);
    client_stick(&c, 0);
    expect_turn(&c, "listening");
    usleep(200000);
    pthread_mutex_lock(&c.lock);
    for (i = 0; i < c.n; i++)
        assert_false(c.got[i].at_ms > cut + 100 && is_such(&c.got[i], "tts_audio", NULL, NULL));
    pthread_mutex_unlock(&c.lock);
    c.read = 0;
    do {
        const iv_json *j = expect(&c, "llm_response");

        i = iv_json_get_bool(j, "done", false);
    } while (!i); /* exactly one closes the reply that was cut */
    finish(&w, &c);
}

/* -- REST -- */

static void rest_reaches_the_live_one(void **state)
{
    struct world w;
    struct client c;
    struct iv_error err;
    enum iv_code rc;
    iv_json *out;

    (void)state;
    world_open(&w, NULL);
    client_init(&c);
    client_connect(&w, &c);
    assert_false(iv_live_ask(w.lives, w.id, IV_LIVE_PAUSE, &rc, &out, &err));
    client_say(&c, START);
    expect_turn(&c, "speaking");
    assert_true(iv_live_is_held(w.lives, w.id));
    assert_true(iv_live_ask(w.lives, w.id, IV_LIVE_RESUME, &rc, &out, &err));
    assert_int_equal(rc, IV_E_SESSION_ALREADY_ACTIVE);
    assert_true(iv_live_ask(w.lives, w.id, IV_LIVE_PAUSE, &rc, &out, &err));
    must(rc, &err);
    assert_string_equal(iv_json_get_str(out, "status", ""), "paused");
    assert_true(iv_time_parse(iv_json_get_str(out, "paused_at", "")) > 0);
    iv_json_free(out);
    expect_turn(&c, "paused");
    assert_int_equal(status_of(&w), IV_SESSION_PAUSED);
    assert_true(iv_live_ask(w.lives, w.id, IV_LIVE_PAUSE, &rc, &out, &err));
    assert_int_equal(rc, IV_E_STATE);
    assert_true(iv_live_ask(w.lives, w.id, IV_LIVE_RESUME, &rc, &out, &err));
    must(rc, &err);
    assert_string_equal(iv_json_get_str(out, "status", ""), "active");
    assert_true(iv_time_parse(iv_json_get_str(out, "resumed_at", "")) > 0);
    iv_json_free(out);
    client_gone(&c); /* it is reached while nobody is there, too */
    assert_true(iv_live_ask(w.lives, w.id, IV_LIVE_END, &rc, &out, &err));
    must(rc, &err);
    assert_string_equal(iv_json_get_str(out, "status", ""), "terminated");
    assert_non_null(iv_json_get(out, "summary"));
    iv_json_free(out);
    for (int i = 0; i < 500 && iv_live_is_held(w.lives, w.id); i++)
        usleep(10000);
    assert_false(iv_live_ask(w.lives, w.id, IV_LIVE_END, &rc, &out, &err));
    finish(&w, &c);
}

static iv_json *rest_answer(struct world *w)
{
    struct iv_answer a = {.text = "I measured the slow queries, then I added an index.",
                          .confidence = 1,
                          .source = "typed"};
    struct iv_error err;
    iv_json *out;
    enum iv_code rc;

    assert_true(iv_live_answer(w->lives, w->id, &a, &rc, &out, &err));
    must(rc, &err);
    return out;
}

/* An answer by REST goes through the conversation that somebody listens to: both are told the same. */
static void rest_answers_the_live_one(void **state)
{
    struct iv_answer empty = {.text = " ", .confidence = 1, .source = "typed"};
    const char *said = "";
    struct world w;
    struct client c;
    struct iv_error err;
    enum iv_code rc;
    iv_json *out;

    (void)state;
    world_open(&w, NULL);
    client_init(&c);
    client_connect(&w, &c);
    assert_false(iv_live_answer(w.lives, w.id, &empty, &rc, &out, &err));
    client_say(&c, START);
    expect_turn(&c, "speaking");
    assert_true(iv_live_answer(w.lives, w.id, &empty, &rc, &out, &err));
    assert_int_equal(rc, IV_E_USAGE);
    assert_null(out);
    out = rest_answer(&w); /* over the greeting: a barge-in */
    assert_true(iv_json_get_int(out, "turn", -1) >= 1);
    assert_false(iv_json_get_bool(out, "done", true));
    assert_true(*iv_json_get_str(out, "next_question", ""));
    while (strcmp(said, iv_json_get_str(out, "reply", "?")) != 0)
        said = iv_json_get_str(expect(&c, "llm_response"), "text", "");
    iv_json_free(out);
    finish(&w, &c);
}

static void rest_answers_to_the_end(void **state)
{
    struct world w;
    struct client c;
    bool done = false;
    int64_t turn = 0;

    (void)state;
    world_open(&w, NULL);
    begin(&w, &c, START_MUTE);
    expect_turn(&c, "listening");
    for (int i = 0; i < 60 && !done; i++) {
        iv_json *out = rest_answer(&w);

        assert_true(iv_json_get_int(out, "turn", -1) > turn);
        turn = iv_json_get_int(out, "turn", -1);
        assert_true(*iv_json_get_str(out, "reply", ""));
        done = iv_json_get_bool(out, "done", false);
        assert_true(done == (iv_json_get(out, "summary") != NULL));
        iv_json_free(out);
    }
    assert_true(done);
    expect(&c, "session_ended");
    finish(&w, &c);
}

static void *ask_pause_and_resume(void *arg)
{
    struct world *w = arg;

    for (int i = 0; i < 20; i++) {
        struct iv_error err;
        enum iv_code rc;
        iv_json *out;

        iv_live_ask(w->lives, w->id, i % 2 ? IV_LIVE_RESUME : IV_LIVE_PAUSE, &rc, &out, &err);
        iv_json_free(out);
    }
    return NULL;
}

/* For the sanitizers: all doors at once. */
static void many_hands(void **state)
{
    static const char *const settings[] = {"live.messages_per_minute", "100000", NULL};
    struct world w;
    struct client c[3];
    pthread_t thread;

    (void)state;
    world_open(&w, settings);
    begin(&w, &c[0], START);
    assert_int_equal(pthread_create(&thread, NULL, ask_pause_and_resume, &w), 0);
    for (int i = 0; i < 3; i++) {
        if (i) {
            client_init(&c[i]);
            client_connect(&w, &c[i]);
        }
        for (int k = 0; k < 20; k++) {
            if (!k) /* more of them would end the interview */
                client_say(&c[i], "{\"type\":\"user_text\",\"text\":\"I did.\"}");
            client_say(&c[i], k % 2 ? "{\"type\":\"interrupt\"}" : "{\"type\":\"ping\"}");
            client_say(&c[i], "nonsense");
            iv_live_writable(c[i].link);
            usleep(2000);
        }
    }
    pthread_join(thread, NULL);
    client_say(&c[2], "{\"type\":\"end_session\"}");
    expect(&c[2], "session_ended");
    for (int i = 0; i < 3; i++)
        client_release(&c[i]);
    world_close(&w);
}

int main(void)
{
    TABLE_TEST(an_interview_without_sound);
    TABLE_TEST(sound_in_order_and_pictures_one_by_one);
    TABLE_TEST(sound_keeps_the_lead);
    TABLE_TEST(binary_messages);
    TABLE_ROWS(costs_an_error_and_nothing_else, wrongs);
    TABLE_TEST(a_message_that_is_too_large);
    TABLE_TEST(a_ping_is_answered_with_its_delay);
    TABLE_TEST(messages_have_a_budget);
    TABLE_TEST(so_many_at_once);
    TABLE_TEST(a_second_connection_takes_over);
    TABLE_TEST(who_drops_comes_back_where_it_was);
    TABLE_TEST(who_stays_away_finds_a_pause);
    TABLE_TEST(start_again_changes_the_form);
    TABLE_TEST(the_server_ends);
    TABLE_TEST(a_slow_reader_loses_pictures_then_the_connection);
    TABLE_TEST(a_reader_that_catches_up_loses_no_word);
    TABLE_TEST(an_interruption_is_silence_at_once);
    TABLE_TEST(rest_reaches_the_live_one);
    TABLE_TEST(rest_answers_the_live_one);
    TABLE_TEST(rest_answers_to_the_end);
    TABLE_TEST(many_hands);
    return table_run("live");
}

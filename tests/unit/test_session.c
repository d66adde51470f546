/* test_session.c - what clients and time may do to a session. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/session.h"

#define T0 1700000000000ll
#define MINUTE 60000ll
#define HOUR (60 * MINUTE)

static struct iv_session_spec spec_of(int minutes)
{
    struct iv_session_spec spec;

    iv_session_spec_init(&spec);
    SET_TEXT(spec.user_id, "u1");
    spec.duration_minutes = minutes;
    return spec;
}

/* A session of 30 minutes brought into a state at T0. */
static struct iv_session in_state(enum iv_session_status status)
{
    struct iv_session_spec spec = spec_of(30);
    struct iv_session s;

    iv_session_create(&s, &spec, T0);
    if (status == IV_SESSION_EXPIRED)
        iv_session_tick(&s, T0 + 30 * MINUTE);
    else if (status != IV_SESSION_CREATED)
        assert_int_equal(iv_session_start(&s, T0, NULL), IV_OK);
    if (status == IV_SESSION_PAUSED)
        assert_int_equal(iv_session_pause(&s, T0, NULL), IV_OK);
    else if (status == IV_SESSION_COMPLETED)
        assert_int_equal(iv_session_complete(&s, T0, NULL), IV_OK);
    else if (status == IV_SESSION_TERMINATED)
        assert_int_equal(iv_session_end(&s, T0, NULL), IV_OK);
    assert_int_equal(s.status, status);
    return s;
}

typedef enum iv_code transition(struct iv_session *s, int64_t now_ms, struct iv_error *err);

/* -- every transition from every state -- */

enum {
    CREATED = IV_SESSION_CREATED,
    ACTIVE = IV_SESSION_ACTIVE,
    PAUSED = IV_SESSION_PAUSED,
    COMPLETED = IV_SESSION_COMPLETED,
    TERMINATED = IV_SESSION_TERMINATED,
    EXPIRED = IV_SESSION_EXPIRED
};

struct step {
    const char *name;
    transition *fn;
    int from;
    enum iv_code code;
    int to;
};

static const struct step steps[] = {
    {"a created session starts", iv_session_start, CREATED, IV_OK, ACTIVE},
    {"an active one cannot start", iv_session_start, ACTIVE, IV_E_SESSION_ALREADY_ACTIVE, ACTIVE},
    {"a paused one cannot start", iv_session_start, PAUSED, IV_E_STATE, PAUSED},
    {"a completed one cannot start", iv_session_start, COMPLETED, IV_E_STATE, COMPLETED},
    {"a terminated one cannot start", iv_session_start, TERMINATED, IV_E_STATE, TERMINATED},
    {"an expired one cannot start", iv_session_start, EXPIRED, IV_E_SESSION_EXPIRED, EXPIRED},

    {"a created session cannot pause", iv_session_pause, CREATED, IV_E_STATE, CREATED},
    {"an active one pauses", iv_session_pause, ACTIVE, IV_OK, PAUSED},
    {"a paused one cannot pause again", iv_session_pause, PAUSED, IV_E_STATE, PAUSED},
    {"a completed one cannot pause", iv_session_pause, COMPLETED, IV_E_STATE, COMPLETED},
    {"a terminated one cannot pause", iv_session_pause, TERMINATED, IV_E_STATE, TERMINATED},
    {"an expired one cannot pause", iv_session_pause, EXPIRED, IV_E_SESSION_EXPIRED, EXPIRED},

    {"a created session cannot resume", iv_session_resume, CREATED, IV_E_STATE, CREATED},
    {"an active one cannot resume", iv_session_resume, ACTIVE, IV_E_SESSION_ALREADY_ACTIVE, ACTIVE},
    {"a paused one resumes", iv_session_resume, PAUSED, IV_OK, ACTIVE},
    {"a completed one cannot resume", iv_session_resume, COMPLETED, IV_E_STATE, COMPLETED},
    {"a terminated one cannot resume", iv_session_resume, TERMINATED, IV_E_STATE, TERMINATED},
    {"an expired one cannot resume", iv_session_resume, EXPIRED, IV_E_SESSION_EXPIRED, EXPIRED},

    {"a created session cannot complete", iv_session_complete, CREATED, IV_E_STATE, CREATED},
    {"an active one completes", iv_session_complete, ACTIVE, IV_OK, COMPLETED},
    {"a paused one cannot complete", iv_session_complete, PAUSED, IV_E_STATE, PAUSED},
    {"a completed one cannot complete again", iv_session_complete, COMPLETED, IV_E_STATE,
     COMPLETED},
    {"a terminated one cannot complete", iv_session_complete, TERMINATED, IV_E_STATE, TERMINATED},
    {"an expired one cannot complete", iv_session_complete, EXPIRED, IV_E_SESSION_EXPIRED, EXPIRED},

    {"a created session can be ended", iv_session_end, CREATED, IV_OK, TERMINATED},
    {"an active one can be ended", iv_session_end, ACTIVE, IV_OK, TERMINATED},
    {"a paused one can be ended", iv_session_end, PAUSED, IV_OK, TERMINATED},
    {"ending a completed one changes nothing", iv_session_end, COMPLETED, IV_OK, COMPLETED},
    {"ending a terminated one changes nothing", iv_session_end, TERMINATED, IV_OK, TERMINATED},
    {"ending an expired one changes nothing", iv_session_end, EXPIRED, IV_OK, EXPIRED},
};

static void check_step(void **state)
{
    const struct step *r = *state;
    struct iv_session s = in_state((enum iv_session_status)r->from), before = s;
    struct iv_error err = {.code = IV_OK};

    assert_int_equal(r->fn(&s, T0 + MINUTE, &err), r->code);
    assert_int_equal(s.status, r->to);
    if (r->code) {
        assert_int_equal(err.code, r->code);
        assert_non_null(strstr(err.text, s.id));
    }
    if (r->from == r->to)
        assert_memory_equal(&s, &before, sizeof s);
    assert_int_equal(iv_session_is_open(&s), r->to <= PAUSED);
    assert_int_equal(iv_session_is_over(&s), r->to > PAUSED);
}

/* -- stories: events at minutes, and what stands at the end -- */

enum what { START = 1, PAUSE, RESUME, COMPLETE, END, TICK };
struct event {
    enum what what;
    int64_t at_min;
};
struct story {
    const char *name;
    int minutes;
    struct event events[8];
    int64_t look_min;
    int status;
    int64_t active_min, remaining_min, expires_min;
};

static const struct story stories[] = {
    {"time runs while active", 30, {{START, 0}}, 10, ACTIVE, 10, 20, 30},
    {"waiting to start uses up the time", 30, {{START, 10}}, 20, ACTIVE, 10, 10, 30},
    {"a pause stops the clock", 30, {{START, 0}, {PAUSE, 10}}, 25, PAUSED, 10, 20, 30},
    {"a pause moves the end by its length",
     30,
     {{START, 0}, {PAUSE, 10}, {RESUME, 25}},
     30,
     ACTIVE,
     15,
     15,
     45},
    {"two pauses add up",
     30,
     {{START, 0}, {PAUSE, 5}, {RESUME, 10}, {PAUSE, 15}, {RESUME, 35}},
     40,
     ACTIVE,
     15,
     15,
     55},
    {"a pause longer than the session does not expire it",
     30,
     {{START, 0}, {PAUSE, 10}},
     600,
     PAUSED,
     10,
     20,
     30},
    {"a created session is alive just before its end", 30, {{TICK, 29}}, 29, CREATED, 0, 1, 30},
    {"a created session expires at its end", 30, {{TICK, 30}}, 30, EXPIRED, 0, 0, 30},
    {"an active session completes at its end",
     30,
     {{START, 0}, {TICK, 30}},
     30,
     COMPLETED,
     30,
     0,
     30},
    {"a late look finds it completed at its end",
     30,
     {{START, 0}, {TICK, 500}},
     500,
     COMPLETED,
     30,
     0,
     30},
    {"starting after the end finds it expired", 30, {{START, 31}}, 31, EXPIRED, 0, 0, 30},
    {"pausing after the end finds it completed",
     30,
     {{START, 0}, {PAUSE, 31}},
     31,
     COMPLETED,
     30,
     0,
     30},
    {"ending after the end finds it completed",
     30,
     {{START, 0}, {END, 31}},
     31,
     COMPLETED,
     30,
     0,
     30},
    {"the end after a pause is the moved one",
     30,
     {{START, 0}, {PAUSE, 10}, {RESUME, 25}, {TICK, 100}},
     100,
     COMPLETED,
     30,
     0,
     45},
    {"a paused session expires after a day",
     30,
     {{START, 0}, {PAUSE, 10}, {TICK, 24 * 60}},
     24 * 60,
     EXPIRED,
     10,
     0,
     30},
    {"a paused session stands a minute before the day is over",
     30,
     {{START, 0}, {PAUSE, 10}, {TICK, 24 * 60 - 1}},
     24 * 60 - 1,
     PAUSED,
     10,
     1,
     30},
    {"a resumed session ends with the day",
     30,
     {{START, 0}, {PAUSE, 10}, {RESUME, 24 * 60 - 5}, {TICK, 24 * 60}},
     24 * 60,
     COMPLETED,
     15,
     0,
     24 * 60 + 15},
    {"what remains counts the day's end",
     30,
     {{START, 0}, {PAUSE, 10}, {RESUME, 24 * 60 - 5}},
     24 * 60 - 3,
     ACTIVE,
     12,
     3,
     24 * 60 + 15},
    {"resuming after the day is over finds it expired",
     30,
     {{START, 0}, {PAUSE, 10}, {RESUME, 24 * 60 + 1}},
     24 * 60 + 1,
     EXPIRED,
     10,
     0,
     30},
    {"120 minutes of active time are the most",
     120,
     {{START, 0}, {PAUSE, 60}, {RESUME, 90}, {TICK, 300}},
     300,
     COMPLETED,
     120,
     0,
     150},
    {"last words after the time complete it",
     30,
     {{START, 0}, {COMPLETE, 31}},
     31,
     COMPLETED,
     31,
     0,
     30},
    {"last words never make more than 120 minutes",
     120,
     {{START, 0}, {COMPLETE, 130}},
     130,
     COMPLETED,
     120,
     0,
     120},
    {"ending keeps the active time", 30, {{START, 0}, {END, 12}}, 20, TERMINATED, 12, 0, 30},
    {"ending while paused keeps it too",
     30,
     {{START, 0}, {PAUSE, 7}, {END, 12}},
     20,
     TERMINATED,
     7,
     0,
     30},
    {"a wall clock that goes back takes nothing away",
     30,
     {{START, 5}, {PAUSE, 3}, {RESUME, 2}},
     2,
     ACTIVE,
     0,
     28,
     30},
};

static enum iv_code apply(struct iv_session *s, enum what what, int64_t at_ms)
{
    static transition *const by_event[] = {[START] = iv_session_start,
                                           [PAUSE] = iv_session_pause,
                                           [RESUME] = iv_session_resume,
                                           [COMPLETE] = iv_session_complete,
                                           [END] = iv_session_end};

    if (what == TICK)
        return (void)iv_session_tick(s, at_ms), IV_OK;
    return by_event[what](s, at_ms, NULL);
}

static void check_story(void **state)
{
    const struct story *r = *state;
    struct iv_session_spec spec = spec_of(r->minutes);
    struct iv_session s;
    int64_t look = T0 + r->look_min * MINUTE;

    iv_session_create(&s, &spec, T0);
    for (const struct event *e = r->events; e->what; e++)
        apply(&s, e->what, T0 + e->at_min * MINUTE);
    assert_int_equal(s.status, r->status);
    assert_int_equal(iv_session_active_ms(&s, look), r->active_min * MINUTE);
    assert_int_equal(iv_session_remaining_ms(&s, look), r->remaining_min * MINUTE);
    assert_int_equal(s.expires_ms, T0 + r->expires_min * MINUTE);
    assert_false(iv_session_tick(&s, look));
}

/* -- random life: what holds in every one -- */

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static void live_once(uint64_t life)
{
    struct iv_session_spec spec;
    struct iv_session s;
    int64_t now = T0, started = 0, last_active = 0;

    seed = life * 0x9e3779b97f4a7c15u + 1;
    spec = spec_of(5 + (int)draw(116));
    iv_session_create(&s, &spec, now);
    for (int i = 0; i < 60; i++) {
        enum iv_session_status before = s.status;
        bool was_over = iv_session_is_over(&s);
        struct iv_session copy = s;
        enum what what = (enum what)(1 + draw(6));
        int64_t active;

        now += (int64_t)draw(draw(8) ? 4 * MINUTE : 3 * HOUR);
        if (draw(12) && (what == END || what == COMPLETE))
            what = TICK;
        if (what == COMPLETE) /* last words may outlast the time: then the time is not the bound */
            iv_session_tick(&s, now);
        apply(&s, what, now);
        if (!started && s.started_ms)
            started = s.started_ms;
        active = iv_session_active_ms(&s, now);
        if (was_over)
            assert_memory_equal(&s, &copy, sizeof s);
        if (before != IV_SESSION_CREATED)
            assert_int_not_equal(s.status, IV_SESSION_CREATED);
        iv_session_tick(&s, now);
        active = iv_session_active_ms(&s, now);
        assert_true(active >= last_active);
        assert_true(active <= spec.duration_minutes * MINUTE);
        assert_true(active <= (started ? now - started : 0));
        assert_true(iv_session_remaining_ms(&s, now) >= 0);
        assert_true(active + iv_session_remaining_ms(&s, now) <= spec.duration_minutes * MINUTE);
        if (iv_session_is_open(&s))
            assert_true(now < s.created_ms + IV_SESSION_MAX_WALL_MS);
        else
            assert_true(s.ended_ms >= s.created_ms && s.ended_ms <= now);
        last_active = active;
    }
}

static void random_lives_keep_the_rules(void **state)
{
    (void)state;
    for (uint64_t life = 1; life <= 5000; life++)
        live_once(life);
}

static void jumping_clock_keeps_the_caps(void **state)
{
    (void)state;
    for (uint64_t life = 1; life <= 2000; life++) {
        struct iv_session_spec spec = spec_of(120);
        struct iv_session s;

        seed = life * 0x9e3779b97f4a7c15u + 1;
        iv_session_create(&s, &spec, T0);
        for (int i = 0; i < 40; i++) {
            int64_t now = T0 + (int64_t)draw(8 * HOUR) - 2 * HOUR;
            enum iv_session_status before = s.status;
            bool was_over = iv_session_is_over(&s);

            apply(&s, (enum what)(1 + draw(6)), now);
            if (was_over)
                assert_int_equal(s.status, before);
            assert_true(s.active_ms >= 0);
            assert_true(s.active_ms <= IV_SESSION_MAX_MINUTES * MINUTE);
            assert_true(iv_session_remaining_ms(&s, now) >= 0);
        }
    }
}

/* -- what a client asks for -- */

struct spec_row {
    const char *name;
    int minutes;
    size_t user_chars;
    const char *persona;
    enum iv_code code;
    const char *says; /* part of the message, NULL when it is taken */
};

static const struct spec_row specs[] = {
    {"five minutes are taken", 5, 1, "", IV_OK, NULL},
    {"120 minutes are taken", 120, 1, "", IV_OK, NULL},
    {"four minutes are too few", 4, 1, "", IV_E_USAGE, "duration_minutes 4: must be 5 to 120"},
    {"121 minutes are too many", 121, 1, "", IV_E_USAGE, "duration_minutes 121: must be 5 to 120"},
    {"no minutes are refused", 0, 1, "", IV_E_USAGE, "duration_minutes 0: must be 5 to 120"},
    {"negative minutes are refused", -30, 1, "", IV_E_USAGE, "duration_minutes -30"},
    {"an empty user is refused", 30, 0, "", IV_E_USAGE,
     "user_id of 0 characters: must have 1 to 128"},
    {"128 characters are taken", 30, 128, "", IV_OK, NULL},
    {"129 characters are refused", 30, 129, "", IV_E_USAGE,
     "user_id of 129 characters: must have 1 to 128"},
    {"a known persona is taken", 30, 1, "strict", IV_OK, NULL},
    {"an unknown persona is refused with those there are", 30, 1, "kind", IV_E_USAGE,
     "invalid persona \"kind\": must be one of neutral, warm, strict"},
};

static void check_spec(void **state)
{
    const struct spec_row *r = *state;
    struct iv_session_spec spec = spec_of(r->minutes);
    struct iv_error err = {.code = IV_OK};

    memset(spec.user_id, 'a', r->user_chars);
    spec.user_id[r->user_chars] = '\0';
    SET_TEXT(spec.persona, r->persona);
    assert_int_equal(iv_session_spec_check(&spec, &err), r->code);
    if (r->says)
        assert_non_null(strstr(err.text, r->says));
}

static void characters_are_not_bytes(void **state)
{
    struct iv_session_spec spec = spec_of(30);

    (void)state;
    spec.user_id[0] = '\0';
    for (int i = 0; i < 128; i++)
        strcat(spec.user_id, "한");
    assert_int_equal(iv_session_spec_check(&spec, NULL), IV_OK);
}

struct word_row {
    const char *name;
    int field; /* 0 type, 1 difficulty, 2 status */
    const char *word;
    int value; /* -1: refused */
    const char *says;
};

static const struct word_row words[] = {
    {"technical is a type", 0, "technical", IV_TYPE_TECHNICAL, NULL},
    {"behavioral is a type", 0, "behavioral", IV_TYPE_BEHAVIORAL, NULL},
    {"general is a type", 0, "general", IV_TYPE_GENERAL, NULL},
    {"a type is written small", 0, "Technical", -1,
     "invalid interview_type \"Technical\": must be one of technical, behavioral, general"},
    {"an empty type is refused", 0, "", -1, "invalid interview_type \"\""},
    {"easy is a difficulty", 1, "easy", IV_EASY, NULL},
    {"medium is a difficulty", 1, "medium", IV_MEDIUM, NULL},
    {"hard is a difficulty", 1, "hard", IV_HARD, NULL},
    {"an unknown difficulty is refused with those there are", 1, "extreme", -1,
     "invalid difficulty \"extreme\": must be one of easy, medium, hard"},
    {"created is a status", 2, "created", CREATED, NULL},
    {"active is a status", 2, "active", ACTIVE, NULL},
    {"paused is a status", 2, "paused", PAUSED, NULL},
    {"completed is a status", 2, "completed", COMPLETED, NULL},
    {"terminated is a status", 2, "terminated", TERMINATED, NULL},
    {"expired is a status", 2, "expired", EXPIRED, NULL},
    {"an unknown status is refused with those there are", 2, "gone", -1,
     "invalid status \"gone\": must be one of created, active, paused, completed, terminated, "
     "expired, all"},
};

static void check_word(void **state)
{
    const struct word_row *r = *state;
    struct iv_error err = {.code = IV_OK};
    enum iv_session_type type = 0;
    enum iv_difficulty difficulty = 0;
    enum iv_session_status status = 0;
    enum iv_code rc = r->field == 0   ? iv_type_parse(r->word, &type, &err)
                      : r->field == 1 ? iv_difficulty_parse(r->word, &difficulty, &err)
                                      : iv_status_parse(r->word, &status, &err);
    int value = r->field == 0 ? (int)type : r->field == 1 ? (int)difficulty : (int)status;
    const char *name = r->field == 0   ? iv_type_name(type)
                       : r->field == 1 ? iv_difficulty_name(difficulty)
                                       : iv_status_name(status);

    if (r->value < 0) {
        assert_int_equal(rc, IV_E_USAGE);
        assert_non_null(strstr(err.text, r->says));
        return;
    }
    assert_int_equal(rc, IV_OK);
    assert_int_equal(value, r->value);
    assert_string_equal(name, r->word);
}

static void defaults_are_those_of_the_contract(void **state)
{
    struct iv_session_spec spec;

    (void)state;
    iv_session_spec_init(&spec);
    assert_int_equal(spec.type, IV_TYPE_GENERAL);
    assert_int_equal(spec.lang, IV_LANG_KO);
    assert_int_equal(spec.difficulty, IV_MEDIUM);
    assert_int_equal(spec.duration_minutes, 30);
    assert_string_equal(spec.user_id, "");
}

static void new_ids_are_valid_and_differ(void **state)
{
    struct iv_session_spec spec = spec_of(30);
    struct iv_session a, b;

    (void)state;
    iv_session_create(&a, &spec, T0);
    iv_session_create(&b, &spec, T0);
    assert_true(iv_session_id_valid(a.id));
    assert_string_not_equal(a.id, b.id);
}

/* -- JSON -- */

static void object_has_the_fields_of_the_contract(void **state)
{
    static const char *const keys[] = {
        "session_id", "user_id",          "interview_type", "language",       "difficulty",
        "status",     "created_at",       "expires_at",     "daily_room_url", "websocket_url",
        "started_at", "duration_seconds", "message_count",  "metadata"};
    struct iv_session s = in_state(IV_SESSION_ACTIVE);
    iv_json *j;
    const iv_json *meta;

    (void)state;
    s.questions_asked = 3;
    s.responses_received = 2;
    s.response_ms_sum = 3000;
    s.response_ms_n = 2;
    j = iv_session_json(&s, T0 + 90500);
    for (size_t i = 0; i < IV_LEN(keys); i++)
        assert_non_null(iv_json_get(j, keys[i]));
    assert_string_equal(iv_json_get_str(j, "status", ""), "active");
    assert_string_equal(iv_json_get_str(j, "created_at", ""), "2023-11-14T22:13:20Z");
    assert_string_equal(iv_json_get_str(j, "expires_at", ""), "2023-11-14T22:43:20Z");
    assert_int_equal(iv_json_get_int(j, "duration_seconds", -1), 90);
    meta = iv_json_get(j, "metadata");
    assert_int_equal(iv_json_get_int(meta, "questions_asked", -1), 3);
    assert_int_equal(iv_json_get_int(meta, "responses_received", -1), 2);
    assert_int_equal(iv_json_get_int(meta, "average_response_time_ms", -1), 1500);
    iv_json_free(j);
}

static void nothing_yet_is_null(void **state)
{
    struct iv_session s = in_state(IV_SESSION_CREATED);
    iv_json *j = iv_session_json(&s, T0), *sum = iv_session_summary_json(&s, T0, NULL, NULL);

    (void)state;
    assert_int_equal(iv_json_type(iv_json_get(j, "started_at")), IV_JSON_NULL);
    assert_int_equal(
        iv_json_type(iv_json_get(iv_json_get(j, "metadata"), "average_response_time_ms")),
        IV_JSON_NULL);
    assert_int_equal(iv_json_type(iv_json_get(sum, "average_ai_latency_ms")), IV_JSON_NULL);
    assert_int_equal(iv_json_type(iv_json_get(sum, "video_url")), IV_JSON_NULL);
    iv_json_free(j);
    iv_json_free(sum);
}

static void summary_has_the_fields_of_the_contract(void **state)
{
    struct iv_session s = in_state(IV_SESSION_ACTIVE);
    iv_json *j;

    (void)state;
    s.message_count = 20;
    s.questions_asked = s.responses_received = 10;
    s.latency_ms_sum = 1600;
    s.latency_ms_n = 2;
    iv_session_end(&s, T0 + 25 * MINUTE, NULL);
    j = iv_session_summary_json(&s, T0 + HOUR, "t.txt", "v.mp4");
    assert_int_equal(iv_json_get_int(j, "duration_seconds", -1), 1500);
    assert_int_equal(iv_json_get_int(j, "total_messages", -1), 20);
    assert_int_equal(iv_json_get_int(j, "ai_questions", -1), 10);
    assert_int_equal(iv_json_get_int(j, "user_responses", -1), 10);
    assert_int_equal(iv_json_get_int(j, "average_ai_latency_ms", -1), 800);
    assert_string_equal(iv_json_get_str(j, "transcript_url", ""), "t.txt");
    assert_string_equal(iv_json_get_str(j, "video_url", ""), "v.mp4");
    iv_json_free(j);
}

int main(void)
{
    TABLE_ROWS(check_step, steps);
    TABLE_ROWS(check_story, stories);
    TABLE_ROWS(check_spec, specs);
    TABLE_ROWS(check_word, words);
    TABLE_TEST(random_lives_keep_the_rules);
    TABLE_TEST(jumping_clock_keeps_the_caps);
    TABLE_TEST(characters_are_not_bytes);
    TABLE_TEST(defaults_are_those_of_the_contract);
    TABLE_TEST(new_ids_are_valid_and_differ);
    TABLE_TEST(object_has_the_fields_of_the_contract);
    TABLE_TEST(nothing_yet_is_null);
    TABLE_TEST(summary_has_the_fields_of_the_contract);
    return table_run("session");
}

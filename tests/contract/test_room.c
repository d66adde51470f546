/* test_room.c - Daily's rooms against the fake server: the exchanges of its contract and every row of failures. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "fake/fake.h"
#include "iv/config.h"
#include "iv/room.h"
#include "net/net.h"
#include "table.h"

#define SESSION "sess_abc123def456"
#define ROOMS "/v1/rooms"
#define ENDS_MS 1795000000000ll
#define STEP_MS 100 /* the clock moves so far ... */
#define STEP_REAL_MS 4 /* ... in this */

static struct fake fake;
static _Atomic int64_t now_us;

static int64_t mono(void *arg)
{
    (void)arg;
    return atomic_load(&now_us);
}

static int64_t wall(void *arg)
{
    return 1794000000000 + mono(arg) / 1000;
}

static const struct iv_clock moved = {wall, mono, NULL};

struct bench {
    struct iv_config *config;
    iv_ctx *ctx;
    iv_net *net;
    char lines[1 << 14];
    struct iv_log log;
    pthread_t thread;
    atomic_bool is_over;
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

static void *move_clock(void *arg)
{
    struct bench *b = arg;
    const struct timespec step = {.tv_nsec = STEP_REAL_MS * 1000000};

    while (!atomic_load(&b->is_over)) {
        nanosleep(&step, NULL);
        atomic_fetch_add(&now_us, STEP_MS * 1000);
        iv_net_wake(b->net);
    }
    return NULL;
}

static void bench_open(struct bench *b, int port)
{
    struct iv_error err;
    char url[64];

    memset(b, 0, sizeof *b);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", port);
    assert_int_equal(iv_config_new(&b->config, &err), IV_OK);
    set(b, "daily.base_url", url);
    set(b, "daily.api_key", "test-key");
    set(b, "store.backend", "memory");
    b->log = (struct iv_log){keep_line, b, IV_LOG_DEBUG};
    assert_int_equal(iv_ctx_new(b->config, &b->log, &moved, &b->ctx, &err), IV_OK);
    if (iv_net_of(b->ctx, &b->net, &err))
        fail_msg("%s", err.text);
    pthread_create(&b->thread, NULL, move_clock, b);
}

static void bench_close(struct bench *b)
{
    atomic_store(&b->is_over, true);
    pthread_join(b->thread, NULL);
    iv_ctx_free(b->ctx); /* lets closings end */
    assert_null(strstr(b->lines, "test-key"));
    iv_config_free(b->config);
}

static void played(void)
{
    assert_string_equal(fake_problems(&fake), "");
}

/* -- the contract's exchanges -- */

static void a_private_room_is_made_and_opens_with_its_token(void **state)
{
    struct iv_room room;
    struct iv_error err;
    struct bench b;

    (void)state;
    assert_true(fake_play(&fake, "daily.yaml", "room"));
    bench_open(&b, fake.http);
    if (iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err))
        fail_msg("%s", err.text);
    assert_string_equal(room.url, "https://example.daily.co/" SESSION "?t=aaa.bbb.ccc");
    iv_room_close(b.ctx, SESSION);
    bench_close(&b); /* the deletion is let through */
    played();
    assert_int_equal(fake_number(&fake, "requests"), 3);
}

static void a_public_room_needs_no_token(void **state)
{
    struct iv_room room;
    struct iv_error err;
    struct bench b;

    (void)state;
    assert_true(fake_play(&fake, "daily.yaml", "rate limited"));
    bench_open(&b, fake.http);
    set(&b, "daily.privacy", "public");
    if (iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err))
        fail_msg("%s", err.text);
    assert_string_equal(room.url, "https://example.daily.co/" SESSION);
    bench_close(&b);
    played();
    assert_int_equal(fake_number(&fake, "requests"), 2); /* 429, then 200 */
}

static void a_name_that_is_taken_is_this_sessions_own(void **state)
{
    struct iv_room room;
    struct iv_error err;
    struct bench b;

    (void)state;
    assert_true(fake_play(&fake, "daily.yaml", "name taken"));
    bench_open(&b, fake.http);
    set(&b, "daily.privacy", "public");
    if (iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err))
        fail_msg("%s", err.text);
    assert_string_equal(room.url, "https://example.daily.co/" SESSION);
    bench_close(&b);
    played();
}

static void a_room_that_is_gone_is_closed(void **state)
{
    struct bench b;

    (void)state;
    assert_true(fake_play(&fake, "daily.yaml", "already deleted"));
    bench_open(&b, fake.http);
    iv_room_close(b.ctx, SESSION);
    bench_close(&b);
    played();
    assert_int_equal(fake_number(&fake, "requests"), 1);
    assert_null(strstr(b.lines, "ends by itself"));
}

/* -- failures of making one: the code and exactly the requests that its class allows -- */

#define REFUSED(status, error)                                                                     \
    "exchanges: [{request: {method: POST, path: " ROOMS "}, times: any, reply: {status: " status   \
    ", json: {error: " error ", info: no way}}},"                                                  \
    "{request: {method: GET, path: '~^/v1/rooms/'}, optional: true, times: any, "                  \
    "reply: {status: 404, json: {error: not-found, info: not found}}}]"
#define GOOD "reply: {json: {name: " SESSION ", url: 'https://example.daily.co/" SESSION "'}}"

static const struct failure {
    const char *name, *scenario;
    enum iv_code code;
    long posts, gets;
    const char *part;
} failures[] = {
    {"400 about the name: looked up once, then refused", REFUSED("400", "invalid-request-error"),
     IV_E_UNAVAILABLE, 1, 1, "no way"},
    {"401 is the key", REFUSED("401", "authentication-error"), IV_E_CONFIG, 1, 0, "401"},
    {"403 is the key", REFUSED("403", "forbidden"), IV_E_CONFIG, 1, 0, "403"},
    {"404 is final", REFUSED("404", "not-found"), IV_E_UNAVAILABLE, 1, 0, "404"},
    {"405 is final", REFUSED("405", "x"), IV_E_UNAVAILABLE, 1, 0, "405"},
    {"412 is final", REFUSED("412", "x"), IV_E_UNAVAILABLE, 1, 0, "412"},
    {"415 is final", REFUSED("415", "x"), IV_E_UNAVAILABLE, 1, 0, "415"},
    {"422 is final", REFUSED("422", "x"), IV_E_UNAVAILABLE, 1, 0, "422"},
    {"428 is final", REFUSED("428", "x"), IV_E_UNAVAILABLE, 1, 0, "428"},
    {"429 waits and repeats", REFUSED("429", "rate-limit-error"), IV_E_UNAVAILABLE, 3, 0, "429"},
    {"500 is looked up before it is repeated", REFUSED("500", "x"), IV_E_UNAVAILABLE, 3, 3, "500"},
    {"503 too", REFUSED("503", "x"), IV_E_UNAVAILABLE, 3, 3, "503"},
    {"a lost answer of a call that made one",
     "exchanges: [{request: {method: POST, path: " ROOMS
     "}, reply: {json: {}, fault: {cut: 5, wire: true}}},"
     "{request: {method: GET, path: '~^/v1/rooms/'}, " GOOD "}]",
     IV_OK, 1, 1, ""},
    {"a lost answer of a call that made none",
     "exchanges: [{request: {method: POST, path: " ROOMS
     "}, reply: {json: {}, fault: {cut: 5, wire: true}}},"
     "{request: {method: GET, path: '~^/v1/rooms/'}, reply: {status: 404, json: {error: "
     "not-found}}},"
     "{request: {method: POST, path: " ROOMS "}, " GOOD "}]",
     IV_OK, 2, 1, ""},
    {"no answer at all is looked up",
     "exchanges: [{request: {method: POST, path: " ROOMS
     "}, reply: {json: {}, fault: {stall: header}}},"
     "{request: {method: GET, path: '~^/v1/rooms/'}, " GOOD "}]",
     IV_OK, 1, 1, ""},
    {"not JSON", "exchanges: [{request: {path: " ROOMS "}, times: any, reply: {text: '<html>'}}]",
     IV_E_UNAVAILABLE, 1, 0, "no JSON object"},
    {"a list in place of an object",
     "exchanges: [{request: {path: " ROOMS "}, times: any, reply: {json: [1]}}]", IV_E_UNAVAILABLE,
     1, 0, "no JSON object"},
    {"another room",
     "exchanges: [{request: {path: " ROOMS
     "}, times: any, reply: {json: {name: other, url: 'https://example.daily.co/other'}}}]",
     IV_E_UNAVAILABLE, 1, 0, "names no room"},
    {"an address that is none",
     "exchanges: [{request: {path: " ROOMS "}, times: any, reply: {json: {name: " SESSION
     ", url: 'javascript:alert(1)'}}}]",
     IV_E_UNAVAILABLE, 1, 0, "names no room"},
    {"null in place of text",
     "exchanges: [{request: {path: " ROOMS
     "}, times: any, reply: {json: {name: null, url: null}}}]",
     IV_E_UNAVAILABLE, 1, 0, "names no room"},
    {"fields that nobody knows",
     "exchanges: [{request: {path: " ROOMS "}, reply: {json: {new: [1, {a: 2}], name: " SESSION
     ", url: 'https://example.daily.co/" SESSION "'}}}]",
     IV_OK, 1, 0, ""},
};

static long by_method(const char *method)
{
    cJSON *stats = fake_stats(&fake);
    const cJSON *row;
    long n = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(stats, "log"))
    {
        const cJSON *m = cJSON_GetObjectItemCaseSensitive(row, "method");

        n += cJSON_IsString(m) && !strcmp(m->valuestring, method);
    }
    cJSON_Delete(stats);
    return n;
}

static void making_one(void **state)
{
    const struct failure *row = *state;
    struct iv_room room;
    struct iv_error err = {0};
    struct bench b;
    enum iv_code rc;

    if (!fake_post(&fake, row->scenario))
        fail_msg("%s", fake.error);
    bench_open(&b, fake.http);
    set(&b, "daily.privacy", "public");
    rc = iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err);
    if (rc != row->code)
        fail_msg("code %d, not %d: %s", rc, row->code, err.text);
    if (rc)
        assert_string_equal(room.url, "");
    else
        assert_string_equal(room.url, "https://example.daily.co/" SESSION);
    if (!strstr(err.text, row->part))
        fail_msg("\"%s\" is not in \"%s\"", row->part, err.text);
    assert_null(strstr(err.text, "test-key"));
    bench_close(&b);
    assert_int_equal(by_method("POST"), row->posts);
    assert_int_equal(by_method("GET"), row->gets);
}

/* -- the rest -- */

static void a_token_that_is_none_is_no_room(void **state)
{
    struct iv_room room;
    struct iv_error err = {0};
    struct bench b;

    (void)state;
    assert_true(fake_post(&fake, "exchanges: [{request: {path: " ROOMS "}, " GOOD "},"
                                 "{request: {path: /v1/meeting-tokens}, reply: {json: {token: "
                                 "'a b&c'}}}]"));
    bench_open(&b, fake.http);
    assert_int_equal(iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "no token"));
    assert_string_equal(room.url, "");
    bench_close(&b);
}

static void nobody_listening_is_unavailable(void **state)
{
    struct iv_room room;
    struct iv_error err = {0};
    struct bench b;

    (void)state;
    bench_open(&b, fake.refused);
    assert_int_equal(iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err), IV_E_UNAVAILABLE);
    bench_close(&b);
}

static void offline_asks_nobody(void **state)
{
    struct iv_room room;
    struct iv_error err = {0};
    struct bench b;

    (void)state;
    assert_true(fake_steer(&fake, "/__reset", NULL));
    bench_open(&b, fake.http);
    set(&b, "net.offline", "true");
    assert_int_equal(iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "offline"));
    iv_room_close(b.ctx, SESSION);
    bench_close(&b);
    assert_int_equal(fake_number(&fake, "requests"), 0);
}

static void closing_does_not_hold_the_end_up(void **state)
{
    struct timespec from, to;
    struct bench b;

    (void)state;
    assert_true(fake_post(&fake, "exchanges: [{request: {method: DELETE, path: '~^/v1/rooms/'}, "
                                 "times: any, reply: {json: {}, fault: {stall: header}}}]"));
    bench_open(&b, fake.http);
    atomic_store(&b.is_over, true); /* the clock stands: no time limit of the call comes */
    pthread_join(b.thread, NULL);
    pthread_create(&b.thread, NULL, move_clock, &b);
    clock_gettime(CLOCK_MONOTONIC, &from);
    iv_room_close(b.ctx, SESSION);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_in_range((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000, 0,
                    200);
    bench_close(&b);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_in_range(to.tv_sec - from.tv_sec, 0, 5);
}

static void a_service_that_keeps_rooms(void **state)
{
    struct iv_room room, again;
    struct iv_error err;
    struct bench b;

    (void)state;
    assert_true(fake_steer(&fake, "/__reset", NULL));
    bench_open(&b, fake.http);
    assert_int_equal(iv_room_check(b.ctx, &err), IV_OK);
    if (iv_room_open(b.ctx, SESSION, ENDS_MS, &room, &err))
        fail_msg("%s", err.text);
    assert_non_null(strstr(room.url, "?t=aaa."));
    assert_int_equal(iv_room_open(b.ctx, SESSION, ENDS_MS, &again, &err), IV_OK); /* the same */
    set(&b, "daily.api_key", "wrong-key");
    assert_int_equal(iv_room_check(b.ctx, &err), IV_E_CONFIG);
    assert_null(strstr(err.text, "wrong-key"));
    assert_int_equal(iv_room_open(b.ctx, "../keys", ENDS_MS, &room, &err), IV_E_USAGE);
    bench_close(&b);
}

int main(void)
{
    int failed;

    if (!fake_start(&fake, (const char *const[]){"--service", "all", "--fast", NULL})) {
        fprintf(stderr, "%s\n", fake.error);
        return 1;
    }
    TABLE_TEST(a_private_room_is_made_and_opens_with_its_token);
    TABLE_TEST(a_public_room_needs_no_token);
    TABLE_TEST(a_name_that_is_taken_is_this_sessions_own);
    TABLE_TEST(a_room_that_is_gone_is_closed);
    TABLE_ROWS(making_one, failures);
    TABLE_TEST(a_token_that_is_none_is_no_room);
    TABLE_TEST(nobody_listening_is_unavailable);
    TABLE_TEST(offline_asks_nobody);
    TABLE_TEST(closing_does_not_hold_the_end_up);
    TABLE_TEST(a_service_that_keeps_rooms);
    failed = table_run("room");
    fake_stop(&fake);
    return failed;
}

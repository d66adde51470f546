/* test_net_ws.c - WebSocket streams against the fake server. */
#include "net_proxy.h"

static struct fake fake;
static struct bench b;

struct seen {
    _Atomic bool is_open, is_closed;
    _Atomic int opens, closes, messages, order_faults;
    _Atomic size_t bytes;
    struct net_outcome o;
    char body[1024], type[128], last[256];
    bool is_last_text, echoes, releases_in_open, releases_in_message, closes_in_message;
    net_ws *ws;
};

static void on_open(void *arg)
{
    struct seen *s = arg;

    s->opens++;
    s->is_open = true;
    if (s->releases_in_open) {
        iv_net_ws_release(s->ws);
        s->ws = NULL;
    }
}

static void on_message(void *arg, const char *data, size_t len, bool is_text)
{
    struct seen *s = arg;

    snprintf(s->last, sizeof s->last, "%s", data);
    s->is_last_text = is_text;
    s->bytes += len;
    s->messages++;
    if (s->closes_in_message)
        iv_net_ws_close(s->ws, 1000);
    if (s->releases_in_message) {
        iv_net_ws_release(s->ws);
        s->ws = NULL;
    }
}

static void on_close(void *arg, const struct net_outcome *o)
{
    struct seen *s = arg;

    s->o = *o;
    snprintf(s->type, sizeof s->type, "%s", o->content_type);
    snprintf(s->body, sizeof s->body, "%s", o->body);
    s->closes++;
    s->is_closed = true;
}

static struct net_ws_request request(struct seen *s, const char *url)
{
    return (struct net_ws_request){.service = "test",
                                   .url = url,
                                   .handshake_ms = 5000,
                                   .max_message = 1 << 20,
                                   .max_queued = 1 << 20,
                                   .on_open = on_open,
                                   .on_message = on_message,
                                   .on_close = on_close,
                                   .arg = s};
}

static void open_with(const struct net_ws_request *r)
{
    struct seen *s = r->arg;
    struct iv_error err;

    if (iv_net_ws_open(b.net, r, &s->ws, &err))
        fail_msg("%s", err.text);
}

static const char *plain(const char *path)
{
    static char url[256];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d%s", fake.http, path);
    return url;
}

static const char *secure(int port, const char *path)
{
    static char url[256];

    snprintf(url, sizeof url, "wss://localhost:%d%s", port, path);
    return url;
}

static void dial(struct seen *s, const char *url)
{
    struct net_ws_request r = request(s, url);

    open_with(&r);
}

static void hang_up(struct seen *s)
{
    iv_net_ws_release(s->ws);
    s->ws = NULL;
}

static void fresh(bool is_moved, const char *scenario)
{
    bench_open(&b, &fake);
    if (scenario && !fake_post(&fake, scenario))
        fail_msg("%s", fake.error);
    bench_start(&b, is_moved);
}

static int close_bench(void **state)
{
    (void)state;
    if (b.net)
        bench_close(&b);
    return 0;
}

static void messages_go_both_ways(void **state)
{
    struct seen s = {0};
    const struct net_header headers[] = {{"Authorization", "Token secret-3"},
                                         {"Origin", "http://x"}};
    struct net_ws_request r;

    (void)state;
    fresh(false,
          "[{request: {path: /s, websocket: true, query: {k: secret-4}, headers: {authorization: "
          "Token secret-3, origin: 'http://x', sec-websocket-extensions: null}},"
          " websocket: [{expect_text: hello}, {send_text: '안녕'}, {expect_binary: {count: 1, "
          "bytes: 3}}, {send_binary: {hex: '0001ff'}}, {close: {code: 1000, reason: bye}}]}]");
    r = request(&s, secure(fake.https, "/s?k=secret-4"));
    r.headers = headers;
    r.n_headers = 2;
    open_with(&r);
    assert_int_equal(iv_net_ws_send(s.ws, "hello", 5, true, NULL), IV_OK); /* before it is open */
    wait_until(s.messages == 1);
    assert_string_equal(s.last, "안녕");
    assert_true(s.is_last_text);
    assert_int_equal(iv_net_ws_send(s.ws, "a\0b", 3, false, NULL), IV_OK);
    wait_until(s.is_closed);
    assert_int_equal(s.messages, 2);
    assert_false(s.is_last_text);
    assert_int_equal(s.o.failure, NET_CLOSED);
    assert_int_equal(s.o.close_code, 1000);
    assert_string_equal(s.o.reason, "bye");
    assert_int_equal(iv_net_ws_send(s.ws, "x", 1, true, NULL), IV_E_STATE);
    hang_up(&s);
    assert_string_equal(fake_problems(&fake), "");
    assert_int_equal(s.opens, 1);
    assert_int_equal(s.closes, 1);
    bench_close(&b);
    assert_null(strstr(b.lines, "secret"));
}

static void a_refused_upgrade_is_told_whole(void **state)
{
    struct seen s = {0};

    (void)state;
    fresh(false, "[{request: {path: /edge, websocket: true}, reply: {status: 403, headers: {Date: "
                 "'Sun, 06 Nov 1994 08:49:37 GMT', Content-Length: 0, Content-Type: null}}},"
                 " {request: {path: /deepgram, websocket: true}, reply: {status: 400, headers: "
                 "{dg-error: 'Bad language', dg-request-id: r-9}, json: {err_code: Bad Request, "
                 "err_msg: 'No such language'}}},"
                 " {request: {path: /chunks, websocket: true}, reply: {status: 429, headers: "
                 "{Retry-After: 7}, chunks: [{text: 'one '}, {text: two, wait_ms: 20}]}},"
                 " {request: {path: /redirect, websocket: true}, reply: {status: 307, headers: "
                 "{Location: 'http://127.0.0.1:1/'}, text: ''}}]");
    dial(&s, plain("/edge"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.failure, NET_STATUS);
    assert_int_equal(s.o.status, 403);
    assert_int_equal(s.o.date_ms, 784111777000);
    assert_string_equal(s.body, "");
    s = (struct seen){0};
    dial(&s, secure(fake.https, "/deepgram"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.status, 400);
    assert_non_null(strstr(s.body, "No such language"));
    assert_string_equal(s.type, "application/json");
    assert_string_equal(s.o.request_id, "r-9");
    s = (struct seen){0};
    dial(&s, plain("/chunks"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.status, 429);
    assert_int_equal(s.o.retry_after_ms, 7000);
    assert_string_equal(s.body, "one two");
    s = (struct seen){0};
    dial(&s, plain("/redirect"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.failure, NET_STATUS);
    assert_int_equal(s.o.status, 307);
    assert_string_equal(fake_problems(&fake), "");
}

static const struct ending {
    const char *name, *steps;
    enum net_failure failure;
    int code;
} endings[] = {
    {"close 1011 with its reason", "[{close: {code: 1011, reason: NET-0001}}]", NET_CLOSED, 1011},
    {"close 1013, which libwebsockets shows as 1002",
     "[{close: {code: 1013, reason: try again later}}]", NET_CLOSED, 1002},
    {"close without a code", "[{send_raw: {hex: '8800'}}, {stall: true}]", NET_CLOSED, 1005},
    {"the connection is cut", "[{wait_ms: 5}, {cut: true}]", NET_RESET, 0},
    {"the connection is reset", "[{wait_ms: 5}, {reset: true}]", NET_RESET, 0},
    {"a text that is not UTF-8", "[{send_raw: {hex: '8103ff41fe'}}, {stall: true}]", NET_PROTOCOL,
     0},
    {"a message that is announced too large",
     "[{send_raw: {hex: '827f0000000006400000'}}, {send_binary: {bytes: 20000}}, {stall: true}]",
     NET_TOO_LARGE, 0},
    {"a message that grows too large in fragments",
     "[{send_fragments: {bytes: 2000000, sizes: [60000, 60000]}}, {stall: true}]", NET_TOO_LARGE,
     0},
};

static void ends(void **state)
{
    const struct ending *e = *state;
    struct seen s = {0};
    char scenario[512];

    snprintf(scenario, sizeof scenario, "[{request: {path: /s, websocket: true}, websocket: %s}]",
             e->steps);
    fresh(false, scenario);
    dial(&s, plain("/s"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.opens, 1);
    assert_int_equal(s.closes, 1);
    assert_int_equal(s.messages, 0);
    assert_int_equal(s.o.failure, e->failure);
    assert_int_equal(s.o.close_code, e->code);
}

/* -- limits and ends of our own -- */

static void too_much_in_is_answered_with_1009(void **state)
{
    struct seen s = {0};

    (void)state;
    fresh(false, "[{request: {path: /s, websocket: true}, websocket: [{send_binary: {bytes: "
                 "1500000}}, {expect_close: 1009}]}]");
    dial(&s, plain("/s"));
    wait_until(s.is_closed);
    assert_int_equal(s.o.failure, NET_TOO_LARGE);
    wait_until(fake_number(&fake, "open") == 0);
    assert_string_equal(fake_problems(&fake), "");
    hang_up(&s);
}

static void too_much_out_is_refused(void **state)
{
    struct seen s = {0};
    struct net_ws_request r;
    struct iv_error err;
    static char big[600];

    (void)state;
    fresh(false, "[{connect: stall}]");
    r = request(&s, plain("/s"));
    r.max_queued = 1000;
    open_with(&r);
    assert_int_equal(iv_net_ws_send(s.ws, big, 600, false, &err), IV_OK);
    assert_int_equal(iv_net_ws_queued(s.ws), 600);
    assert_int_equal(iv_net_ws_send(s.ws, big, 600, false, &err), IV_E_BUSY);
    assert_non_null(strstr(err.text, "600 bytes wait"));
    assert_int_equal(iv_net_ws_send(s.ws, big, 400, false, &err), IV_OK);
    hang_up(&s);
    assert_int_equal(s.closes, 0);
}

static void closing_sends_what_is_queued(void **state)
{
    struct seen s = {0};

    (void)state;
    fresh(false, "[{request: {path: /s, websocket: true}, websocket: [{expect_text: a}, "
                 "{expect_text: b}, {expect_close: 1000}]}]");
    dial(&s, plain("/s"));
    iv_net_ws_send(s.ws, "a", 1, true, NULL);
    iv_net_ws_send(s.ws, "b", 1, true, NULL);
    iv_net_ws_close(s.ws, 1000);
    assert_int_equal(iv_net_ws_send(s.ws, "c", 1, true, NULL), IV_E_STATE);
    wait_until(s.is_closed);
    assert_int_equal(s.o.failure, NET_OK);
    assert_int_equal(s.o.close_code, 1000);
    hang_up(&s);
    assert_string_equal(fake_problems(&fake), "");
}

static void a_peer_that_does_not_answer_a_close_costs_2_s(void **state)
{
    struct seen s = {0};

    (void)state;
    fresh(true, "[{request: {path: /s, websocket: true}, websocket: [{stall: true}]}]");
    dial(&s, plain("/s"));
    wait_until(s.is_open);
    iv_net_ws_close(s.ws, 1000);
    real_sleep(50);
    assert_false(s.is_closed);
    advance(&b, 2100);
    wait_until(s.is_closed);
    assert_int_equal(s.o.failure, NET_OK);
    hang_up(&s);
    assert_int_equal(s.closes, 1);
}

static void a_handshake_that_stalls_ends_at_its_deadline(void **state)
{
    static const char *const stalls[] = {
        "[{connect: stall}]",
        "[{request: {path: /s, websocket: true}, reply: {fault: {stall: header}}, websocket: []}]",
        "[{request: {path: /s, websocket: true}, reply: {fault: {stall: status_line}}, websocket: "
        "[]}]",
    };

    (void)state;
    for (size_t i = 0; i < IV_LEN(stalls); i++) {
        struct seen s = {0};

        fresh(true, stalls[i]);
        dial(&s, plain("/s"));
        wait_until(fake_number(&fake, "connections") == 1);
        real_sleep(30);
        advance(&b, 4900);
        real_sleep(30);
        assert_false(s.is_closed);
        advance(&b, 200);
        wait_until(s.is_closed);
        assert_int_equal(s.o.failure, NET_CONNECT_TIMEOUT);
        hang_up(&s);
        bench_close(&b);
    }
}

static void what_cannot_be_reached_says_why(void **state)
{
    static char url[128];
    struct seen s = {0};

    (void)state;
    fresh(false, "[{connect: close}, {connect: close}]");
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", fake.refused);
    dial(&s, url);
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.failure, NET_CONNECT);
    s = (struct seen){0};
    dial(&s, "wss://fake.invalid/");
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.failure, NET_DNS);
    assert_non_null(strstr(s.o.text, "fake.invalid"));
    s = (struct seen){0};
    dial(&s, plain("/"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.failure, NET_RESET);
    assert_int_equal(health_of(&b, "test").faults, 3);
}

static void bad_certificates_are_refused(void **state)
{
    const int ports[] = {fake.https_expired, fake.https_wrong_host, fake.https_unknown_ca};

    (void)state;
    fresh(false, NULL);
    for (size_t i = 0; i < IV_LEN(ports); i++) {
        struct seen s = {0};

        dial(&s, secure(ports[i], "/"));
        wait_until(s.is_closed);
        hang_up(&s);
        assert_int_equal(s.o.failure, NET_TLS);
        assert_int_equal(s.opens, 0);
    }
    assert_int_equal(fake_number(&fake, "requests"), 0);
}

static void streams_go_through_the_proxy(void **state)
{
    struct seen s = {0};
    struct proxy proxy;
    char url[64];

    (void)state;
    proxy_start(&proxy, fake.http);
    bench_open(&b, &fake);
    fake_post(&fake, "[{request: {path: /s, websocket: true}, websocket: [{expect_text: hi}, "
                     "{send_text: ho}, {expect_close: 1000}]}]");
    snprintf(url, sizeof url, "http://user:word@127.0.0.1:%d", proxy.port);
    bench_set(&b, "net.proxy", url);
    bench_set(&b, "net.local", "true");
    bench_start(&b, false);
    s.closes_in_message = true;
    dial(&s, "ws://fake.invalid/s");
    iv_net_ws_send(s.ws, "hi", 2, true, NULL);
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.o.failure, NET_OK);
    assert_string_equal(s.last, "ho");
    assert_int_equal(proxy.tunnels, 1);
    assert_non_null(strstr(proxy.head, "CONNECT fake.invalid:80 "));
    bench_close(&b);
    proxy_stop(&proxy);
}

/* -- releases -- */

static void a_release_in_a_callback_is_the_last_of_it(void **state)
{
    struct seen a = {.releases_in_open = true}, c = {.releases_in_message = true};
    const char *const streaming =
        "[{request: {path: /s, websocket: true}, times: 2, websocket: [{send_text: a}, {send_text: "
        "b}, {send_text: c}, {stall: true}]}]";

    (void)state;
    fresh(false, streaming);
    dial(&a, plain("/s"));
    dial(&c, plain("/s"));
    wait_until(a.is_open && c.messages == 1);
    wait_until(fake_number(&fake, "open") == 0);
    assert_int_equal(a.messages, 0);
    assert_int_equal(a.closes, 0);
    assert_int_equal(c.messages, 1);
    assert_int_equal(c.closes, 0);
}

static void the_end_of_all_cancels_streams(void **state)
{
    struct seen s = {0};

    (void)state;
    fresh(false, "[{request: {path: /s, websocket: true}, websocket: [{stall: true}]}]");
    dial(&s, plain("/s"));
    wait_until(s.is_open);
    iv_net_free(b.net);
    b.net = NULL;
    assert_int_equal(s.closes, 1);
    assert_int_equal(s.o.failure, NET_CANCELLED);
    assert_int_equal(iv_net_ws_send(s.ws, "x", 1, true, NULL), IV_E_STATE);
    hang_up(&s); /* later than its net */
    iv_ctx_free(b.ctx);
    iv_config_free(b.config);
}

/* -- many -- */

static void thousands_of_small_messages_arrive_in_order(void **state)
{
    struct seen s = {0};
    char *scenario = malloc(1 << 20);
    size_t n = (size_t)sprintf(
        scenario, "[{\"request\": {\"path\": \"/s\", \"websocket\": true}, \"websocket\": [");

    (void)state;
    /* 5000 texts of five bytes in one write: frames 81 05 ..... */
    n += (size_t)sprintf(scenario + n, "{\"send_raw\": {\"hex\": \"");
    for (int i = 0; i < 5000; i++)
        n += (size_t)sprintf(scenario + n, "8105%02x%02x%02x%02x%02x", '0' + i / 10000 % 10,
                             '0' + i / 1000 % 10, '0' + i / 100 % 10, '0' + i / 10 % 10,
                             '0' + i % 10);
    sprintf(scenario + n, "\"}}, {\"close\": {\"code\": 1000}}]}]");
    fresh(false, scenario);
    free(scenario);
    dial(&s, plain("/s"));
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.messages, 5000);
    assert_string_equal(s.last, "04999");
    assert_int_equal(s.o.failure, NET_CLOSED);
}

static void slow_release(void *arg)
{
    (void)arg;
    real_sleep(300);
}

/* The net thread is held up: libwebsockets' must stop reading before memory fills, and go on afterwards. */
static void a_flood_is_held_back_and_not_lost(void **state)
{
    struct seen s = {0};

    (void)state;
    fresh(false,
          "[{request: {path: /s, websocket: true}, websocket: [{send_text: go}, {send_binary: "
          "{bytes: 1000000}}, {send_binary: {bytes: 1000000}}, {send_binary: {bytes: 1000000}},"
          " {send_binary: {bytes: 1000000}}, {send_binary: {bytes: 1000000}}, {send_binary: "
          "{bytes: 1000000}}, {close: {code: 1000}}]}]");
    dial(&s, plain("/s"));
    wait_until(s.messages > 0);
    iv_net_post(b.net, slow_release, NULL, NULL);
    wait_until(s.is_closed);
    hang_up(&s);
    assert_int_equal(s.messages, 7);
    assert_int_equal(s.bytes, 6000002);
}

static void three_hundred_streams_share_one_thread(void **state)
{
    static struct seen all[300];

    (void)state;
    memset(all, 0, sizeof all);
    fresh(false, "[{request: {path: /s, websocket: true}, times: 300, websocket: [{expect_text: "
                 "hi}, {send_text: ho}, {expect_close: 1000}]}]");
    for (size_t i = 0; i < IV_LEN(all); i++) {
        all[i].closes_in_message = true;
        dial(&all[i], plain("/s"));
        assert_int_equal(iv_net_ws_send(all[i].ws, "hi", 2, true, NULL), IV_OK);
    }
    for (size_t i = 0; i < IV_LEN(all); i++) {
        wait_until(all[i].is_closed);
        assert_int_equal(all[i].o.failure, NET_OK);
        assert_int_equal(all[i].messages, 1);
        hang_up(&all[i]);
    }
    assert_string_equal(fake_problems(&fake), "");
}

int main(void)
{
    struct CMUnitTest t[64] = {
        cmocka_unit_test_teardown(messages_go_both_ways, close_bench),
        cmocka_unit_test_teardown(a_refused_upgrade_is_told_whole, close_bench),
        cmocka_unit_test_teardown(too_much_in_is_answered_with_1009, close_bench),
        cmocka_unit_test_teardown(too_much_out_is_refused, close_bench),
        cmocka_unit_test_teardown(closing_sends_what_is_queued, close_bench),
        cmocka_unit_test_teardown(a_peer_that_does_not_answer_a_close_costs_2_s, close_bench),
        cmocka_unit_test_teardown(a_handshake_that_stalls_ends_at_its_deadline, close_bench),
        cmocka_unit_test_teardown(what_cannot_be_reached_says_why, close_bench),
        cmocka_unit_test_teardown(bad_certificates_are_refused, close_bench),
        cmocka_unit_test_teardown(streams_go_through_the_proxy, close_bench),
        cmocka_unit_test_teardown(a_release_in_a_callback_is_the_last_of_it, close_bench),
        cmocka_unit_test_teardown(the_end_of_all_cancels_streams, close_bench),
        cmocka_unit_test_teardown(thousands_of_small_messages_arrive_in_order, close_bench),
        cmocka_unit_test_teardown(a_flood_is_held_back_and_not_lost, close_bench),
        cmocka_unit_test_teardown(three_hundred_streams_share_one_thread, close_bench),
    };
    size_t n = 15;
    int failed;

    for (size_t i = 0; i < IV_LEN(endings); i++)
        t[n++] = (struct CMUnitTest){endings[i].name, ends, NULL, close_bench,
                                     (void *)(uintptr_t)&endings[i]};
    if (!fake_start(&fake, NULL)) {
        fprintf(stderr, "%s\n", fake.error);
        return 1;
    }
    failed = _cmocka_run_group_tests("net_ws", t, n, NULL, NULL);
    fake_stop(&fake);
    return failed;
}

/* test_net_http.c - HTTP calls against the fake server: tries, deadlines, limits, connections. */
#include "net_proxy.h"

#include <netdb.h>

static struct fake fake;
static struct bench b;

/* What a call told; read after is_done. */
struct seen {
    _Atomic bool is_done;
    _Atomic int pieces, dones, judged;
    _Atomic size_t bytes;
    struct net_outcome o;
    struct net_verdict v;
    char body[4096], type[128];
    enum net_class class; /* what judge says of a failure; NET_IGNORE: leaves it */
    bool is_refusing; /* on_data */
    _Atomic bool is_delivered;
    net_call *call;
};

static bool on_data(void *arg, const char *data, size_t len, const char *type)
{
    struct seen *s = arg;

    (void)data;
    (void)type;
    s->pieces++;
    s->bytes += len;
    return !s->is_refusing;
}

static bool is_delivered(void *arg)
{
    return ((struct seen *)arg)->is_delivered;
}

static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    struct seen *s = arg;

    s->judged++;
    if (o->failure != NET_OK && s->class != NET_IGNORE)
        v->class = s->class;
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct seen *s = arg;

    s->o = *o;
    s->v = *v;
    snprintf(s->type, sizeof s->type, "%s", o->content_type);
    snprintf(s->body, sizeof s->body, "%s", o->body);
    s->dones++;
    s->is_done = true;
}

static const char *url_to(const char *scheme, int port, const char *path)
{
    static char url[512];

    snprintf(url, sizeof url, "%s://%s:%d%s", scheme,
             !strcmp(scheme, "https") ? "localhost" : "127.0.0.1", port, path);
    return url;
}

static struct net_request request(struct seen *s, const char *path)
{
    return (struct net_request){.service = "test",
                                .method = "GET",
                                .url = url_to("http", fake.http, path),
                                .judge = judge,
                                .on_done = on_done,
                                .arg = s};
}

static void send_off(const struct net_request *r)
{
    struct seen *s = r->arg;
    struct iv_error err;

    if (iv_net_call(b.net, r, &s->call, &err))
        fail_msg("%s", err.text);
}

static void finish(struct seen *s)
{
    wait_until(s->is_done);
    iv_net_call_release(s->call);
    assert_int_equal(s->dones, 1);
}

static void run(const struct net_request *r)
{
    send_off(r);
    finish(r->arg);
}

/* Moves the clock on until the call is over: waits between tries cost nothing. */
static void run_fast(const struct net_request *r)
{
    struct seen *s = r->arg;

    send_off(r);
    for (int64_t limit = real_ms() + REAL_LIMIT_MS; !s->is_done && real_ms() < limit;) {
        real_sleep(1);
        advance(&b, 20);
    }
    finish(s);
}

static void fresh(bool is_moved)
{
    bench_open(&b, &fake);
    bench_start(&b, is_moved);
}

static int close_bench(void **state)
{
    (void)state;
    if (b.net)
        bench_close(&b);
    return 0;
}

/* -- one call -- */

static void an_answer_arrives_whole(void **state)
{
    struct seen s = {.class = NET_IGNORE};
    const struct net_header headers[] = {{"X-Test", "a b"}, {"Authorization", "Bearer secret-1"}};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {method: POST, path: /v1/x, query: {key: secret-2}, headers: "
                     "{x-test: 'a b', content-type: null, expect: null, accept-encoding: null},"
                     " body: 'hello'}, reply: {status: 201, json: {a: 1}, headers: {X-Request-Id: "
                     "'r 7', Retry-After: 3, Date: 'Sun, 06 Nov 1994 08:49:37 GMT'}}}]");
    r = request(&s, "/v1/x?key=secret-2");
    r.method = "POST";
    r.headers = headers;
    r.n_headers = 2;
    r.body = "hello";
    r.body_len = 5;
    run(&r);
    assert_string_equal(fake_problems(&fake), "");
    assert_int_equal(s.o.failure, NET_OK);
    assert_int_equal(s.o.status, 201);
    assert_string_equal(s.body, "{\"a\": 1}");
    assert_string_equal(s.type, "application/json");
    assert_string_equal(s.o.request_id, "r7");
    assert_int_equal(s.o.retry_after_ms, 3000);
    assert_int_equal(s.o.date_ms, 784111777000);
    assert_int_equal(s.o.tries, 1);
    assert_int_equal(s.v.code, IV_OK);
    assert_true(s.o.timing.connected_us >= 0 && s.o.timing.sent_us >= s.o.timing.connected_us);
    assert_true(s.o.timing.first_byte_us >= s.o.timing.sent_us);
    assert_true(s.o.timing.done_us >= s.o.timing.first_byte_us);
    bench_close(&b); /* now all is logged */
    assert_non_null(strstr(b.lines, "test: POST 127.0.0.1: HTTP 201"));
    assert_null(strstr(b.lines, "secret"));
}

static void parts_arrive_as_a_form(void **state)
{
    struct seen s = {.class = NET_IGNORE};
    static char sound[300000];
    const struct net_part parts[] = {{"model", NULL, NULL, "whisper-1", 9},
                                     {"file", "a.wav", "audio/wav", sound, sizeof sound}};
    struct net_request r;

    (void)state;
    fresh(false);
    memcpy(sound, "RIFF", 4);
    fake_post(
        &fake,
        "[{request: {method: POST, path: /f, multipart: {model: whisper-1, file: {filename: a.wav, "
        "content_type: audio/wav, min_bytes: 300000, max_bytes: 300000, starts: RIFF}}},"
        " reply: {text: ok}}]");
    r = request(&s, "/f");
    r.method = "POST";
    r.parts = parts;
    r.n_parts = 2;
    run(&r);
    assert_string_equal(fake_problems(&fake), "");
    assert_int_equal(s.o.failure, NET_OK);
}

static void a_stream_comes_in_pieces(void **state)
{
    struct seen s = {.class = NET_IGNORE};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /s}, reply: {bytes: 1000, every: 100, pause_ms: 2}}]");
    r = request(&s, "/s");
    r.on_data = on_data;
    run(&r);
    assert_int_equal(s.o.failure, NET_OK);
    assert_int_equal(s.bytes, 1000);
    assert_true(s.pieces > 1);
    assert_string_equal(s.body, "");
}

/* -- tries -- */

static const struct tries {
    const char *name, *reply;
    enum net_class class;
    int n;
} tries[] = {
    {"fails at once", "status: 500, text: x", NET_FAIL, 1},
    {"is retried twice", "status: 500, text: x", NET_RETRY, 3},
    {"is retried once", "status: 500, text: x", NET_RETRY_ONCE, 2},
    {"waits as told", "status: 429, headers: {Retry-After: 2}, text: x", NET_WAIT, 3},
    {"waits as told in milliseconds",
     "status: 429, headers: {Retry-After: 60, retry-after-ms: 20}, text: x", NET_WAIT, 3},
    {"does not wait 600 s", "status: 429, headers: {Retry-After: 600}, text: x", NET_WAIT, 1},
    {"waits without being told how long", "status: 429, text: x", NET_WAIT, 3},
    {"is fixed by the caller", "status: 400, text: x", NET_FIX, 1},
    {"by itself: 404 is final", "status: 404, text: x", NET_IGNORE, 1},
    {"by itself: 503 comes again", "status: 503, text: x", NET_IGNORE, 3},
};

static void tries_by_class(void **state)
{
    const struct tries *t = *state;
    struct seen s = {.class = t->class};
    struct net_request r;
    char scenario[512];

    fresh(true);
    snprintf(scenario, sizeof scenario, "[{request: {path: /r}, times: any, reply: {%s}}]",
             t->reply);
    fake_post(&fake, scenario);
    r = request(&s, "/r");
    run_fast(&r);
    assert_int_equal(s.o.failure, NET_STATUS);
    assert_int_equal(fake_count(&fake, "/r"), t->n);
    assert_int_equal(s.o.tries, t->n);
    assert_int_equal(s.judged, t->n);
    assert_int_equal(health_of(&b, "test").retries, t->n - 1);
}

static void a_wait_of_two_seconds_is_waited(void **state)
{
    struct seen s = {.class = NET_WAIT};
    struct net_request r;

    (void)state;
    fresh(true);
    fake_post(&fake, "[{request: {path: /r}, reply: {status: 429, headers: {Retry-After: 2}, text: "
                     "x}}, {request: {path: /r}, reply: {text: ok}}]");
    r = request(&s, "/r");
    send_off(&r);
    wait_until(health_of(&b, "test").retries == 1);
    real_sleep(30); /* its timer is set by now */
    advance(&b, 1900);
    real_sleep(50);
    assert_int_equal(fake_count(&fake, "/r"), 1);
    advance(&b, 150);
    finish(&s);
    assert_int_equal(s.o.failure, NET_OK);
    assert_int_equal(s.o.tries, 2);
}

static void the_budget_ends_the_tries(void **state)
{
    struct seen s = {.class = NET_RETRY};
    struct net_request r;

    (void)state;
    fresh(true);
    fake_post(&fake, "[{request: {path: /r}, times: any, reply: {status: 500, text: x}}]");
    r = request(&s, "/r");
    r.timeouts.budget_ms = 300; /* less than the first wait */
    run(&r);
    assert_int_equal(fake_count(&fake, "/r"), 1);
    assert_int_equal(s.o.failure, NET_STATUS);
}

static void what_was_delivered_is_not_asked_for_again(void **state)
{
    static const struct {
        bool asks, is_delivered;
        int tries;
    } rows[] = {{false, false, 1}, {true, true, 1}, {true, false, 3}};

    (void)state;
    for (size_t i = 0; i < IV_LEN(rows); i++) {
        struct seen s = {.class = NET_RETRY, .is_delivered = rows[i].is_delivered};
        struct net_request r;

        fresh(true);
        fake_post(&fake, "[{request: {path: /r}, times: any, reply: {bytes: 1000, every: 100, "
                         "fault: {cut: 500}}}]");
        r = request(&s, "/r");
        r.on_data = on_data;
        r.is_delivered = rows[i].asks ? is_delivered : NULL;
        run_fast(&r);
        assert_int_equal(s.o.failure, NET_RESET);
        assert_int_equal(fake_count(&fake, "/r"), rows[i].tries);
        bench_close(&b);
    }
}

static void the_breaker_opens_and_lets_one_try(void **state)
{
    struct seen s[7];
    struct net_request r;
    struct iv_error err;
    net_call *call;

    (void)state;
    memset(s, 0, sizeof s);
    fresh(true);
    fake_post(&fake, "[{request: {path: /r}, times: 6, reply: {status: 500, text: x}}, {request: "
                     "{path: /r}, reply: {text: ok, fault: {delay_ms: 100}}}]");
    for (int i = 0; i < 5; i++) {
        s[i].class = NET_FAIL;
        r = request(&s[i], "/r");
        run(&r);
    }
    assert_int_equal(health_of(&b, "test").state, NET_OPEN);
    assert_int_equal(iv_net_call(b.net, &r, &call, &err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "5 faults"));
    r.service = "other"; /* has a breaker of its own */
    s[5] = (struct seen){.class = NET_FAIL};
    r.arg = &s[5];
    run(&r);
    assert_int_equal(health_of(&b, "other").state, NET_CLOSED_STATE);
    r.service = "test";
    advance(&b, 30001);
    s[6] = (struct seen){.class = NET_FAIL};
    r.arg = &s[6];
    send_off(&r);
    assert_int_equal(iv_net_call(b.net, &r, &call, &err),
                     IV_E_UNAVAILABLE); /* one probe at a time */
    finish(&s[6]);
    assert_int_equal(s[6].o.failure, NET_OK);
    assert_int_equal(health_of(&b, "test").state, NET_CLOSED_STATE);
    for (int i = 0; i < 5; i++)
        iv_net_report(b.net, "test", false); /* what only a provider sees */
    assert_int_equal(health_of(&b, "test").state, NET_OPEN);
}

/* -- deadlines -- */

static const struct stall {
    const char *name, *scenario;
    struct net_timeouts timeouts;
    enum net_failure failure;
    int64_t ms;
} stalls[] = {
    {"no connection", "[{connect: tls-stall}]", {.connect_ms = 5000}, NET_CONNECT_TIMEOUT, 5000},
    {"no answer",
     "[{request: {path: /r}, reply: {json: {}, fault: {stall: header}}}]",
     {.connect_ms = 60000, .first_byte_ms = 8000},
     NET_FIRST_TIMEOUT,
     8000},
    {"half a status line",
     "[{request: {path: /r}, reply: {json: {}, fault: {stall: status_line}}}]",
     {.first_byte_ms = 8000},
     NET_FIRST_TIMEOUT,
     8000},
    {"a head and nothing more",
     "[{request: {path: /r}, reply: {bytes: 100, fault: {stall: body, after: 0}}}]",
     {.first_byte_ms = 8000, .gap_ms = 3000},
     NET_FIRST_TIMEOUT,
     8000},
    {"silence in the middle",
     "[{request: {path: /r}, reply: {bytes: 100, fault: {stall: body, after: 40}}}]",
     {.first_byte_ms = 60000, .gap_ms = 3000},
     NET_GAP_TIMEOUT,
     3000},
    {"all in all",
     "[{request: {path: /r}, reply: {bytes: 100, fault: {stall: body, after: 40}}}]",
     {.gap_ms = 60000, .total_ms = 20000},
     NET_TOTAL_TIMEOUT,
     20000},
    {"the budget",
     "[{request: {path: /r}, reply: {bytes: 100, fault: {stall: body, after: 40}}}]",
     {.total_ms = 60000, .budget_ms = 9000},
     NET_TOTAL_TIMEOUT,
     9000},
};

static void stalls_end(void **state)
{
    const struct stall *t = *state;
    struct seen s = {.class = NET_FAIL};
    bool is_tls = strstr(t->scenario, "tls");
    struct net_request r;

    fresh(true);
    fake_post(&fake, t->scenario);
    r = request(&s, "/r");
    r.url = url_to(is_tls ? "https" : "http", is_tls ? fake.https : fake.http, "/r");
    r.timeouts = t->timeouts;
    r.on_data = on_data;
    send_off(&r);
    wait_until(is_tls ? fake_number(&fake, "connections") == 1 : fake_count(&fake, "/r") == 1);
    if (strstr(t->scenario, "after: 40"))
        wait_until(s.bytes == 40);
    real_sleep(50);
    advance(&b, t->ms - 100);
    real_sleep(30);
    assert_false(s.is_done);
    advance(&b, 101);
    finish(&s);
    assert_int_equal(s.o.failure, t->failure);
    assert_non_null(strstr(s.o.text, is_tls ? "localhost" : "127.0.0.1"));
}

static void a_drip_lasts_no_longer_than_allowed(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;
    int64_t from;

    (void)state;
    fresh(false);
    fake_fault(&fake, "drip", "/r", 1);
    r = request(&s, "/r");
    r.on_data = on_data;
    r.timeouts = (struct net_timeouts){.gap_ms = 1000, .total_ms = 400};
    from = real_ms();
    run(&r);
    assert_int_equal(s.o.failure, NET_TOTAL_TIMEOUT);
    assert_true(real_ms() - from < 1500);
}

/* -- broken and hostile answers -- */

static void an_answer_cut_anywhere_is_no_success(void **state)
{
    static const char *const kinds[] = {"length", "chunked"};
    char scenario[512];

    (void)state;
    fresh(false);
    bench_set(&b, "net.breaker_faults", "0");
    bench_close(&b);
    for (size_t k = 0; k < 2; k++) {
        bool is_whole = false;

        for (int at = 0; at < 400 && !is_whole; at++) {
            struct seen s = {.class = NET_FAIL};
            struct net_request r;

            if (at % 100 == 0) {
                if (b.net)
                    bench_close(&b);
                bench_open(&b, &fake);
                bench_set(&b, "net.breaker_faults", "0");
                bench_start(&b, false);
            }
            snprintf(
                scenario, sizeof scenario,
                "[{request: {path: /r}, reply: {json: {text: 'a reply that ends early'}, framing: "
                "%s, keep: false, headers: {Date: x}, fault: {cut: %d, wire: true}}}]",
                kinds[k], at);
            fake_post(&fake, scenario);
            r = request(&s, "/r");
            run(&r);
            assert_int_equal(s.o.tries, 1);
            if (s.o.failure == NET_OK) {
                assert_string_equal(s.body, "{\"text\": \"a reply that ends early\"}");
                is_whole = true;
            } else {
                assert_true(s.o.failure == NET_RESET || s.o.failure == NET_PROTOCOL);
                assert_int_equal(s.v.class, NET_FAIL);
            }
        }
        assert_true(is_whole);
        bench_close(&b);
    }
}

static void a_huge_answer_is_refused_early(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_fault(&fake, "oversize", "/r", 2);
    r = request(&s, "/r");
    r.max_body = 1 << 20;
    run(&r);
    assert_int_equal(s.o.failure, NET_TOO_LARGE);
    wait_until(fake_number(&fake, "open") == 0);
    assert_true(fake_number(&fake, "bytes_out") < 16 << 20); /* of 100 MiB: what the sockets hold */
    s = (struct seen){.class = NET_FAIL};
    r.on_data = on_data;
    run(&r);
    assert_int_equal(s.o.failure, NET_TOO_LARGE);
    assert_true(s.bytes <= 1 << 20);
    s = (struct seen){.class = NET_FAIL};
    fake_post(&fake, "[{request: {path: /r}, reply: {bytes: 10, headers: {Content-Length: "
                     "99999999}, framing: length}}]");
    run(&r);
    assert_int_equal(s.o.failure, NET_TOO_LARGE);
    assert_int_equal(s.bytes, 0); /* the announcement was enough */
}

static void a_refusal_is_kept_in_part(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /r}, reply: {status: 400, bytes: 100000, value: 97}}]");
    r = request(&s, "/r");
    r.on_data = on_data;
    run(&r);
    assert_int_equal(s.o.failure, NET_STATUS);
    assert_int_equal(s.o.body_len, NET_ERROR_BODY_BYTES);
    assert_int_equal(s.pieces, 0);
}

static void a_listener_may_refuse(void **state)
{
    struct seen s = {.class = NET_FAIL, .is_refusing = true};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /r}, reply: {bytes: 1000}}]");
    r = request(&s, "/r");
    r.on_data = on_data;
    run(&r);
    assert_int_equal(s.o.failure, NET_PROTOCOL);
    assert_int_equal(s.pieces, 1);
}

static void a_redirect_is_not_followed(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;
    char order[256];

    (void)state;
    fresh(false);
    snprintf(order, sizeof order,
             "{kind: redirect, path: /r, location: 'http://127.0.0.1:%d/inside'}", fake.http);
    fake_steer(&fake, "/__fault", order);
    r = request(&s, "/r");
    run(&r);
    assert_int_equal(s.o.failure, NET_STATUS);
    assert_int_equal(s.o.status, 307);
    assert_int_equal(fake_number(&fake, "requests"), 1);
}

static void bad_certificates_are_refused(void **state)
{
    const int ports[] = {fake.https_expired, fake.https_wrong_host, fake.https_unknown_ca};

    (void)state;
    fresh(false);
    for (size_t i = 0; i < IV_LEN(ports); i++) {
        struct seen s = {.class = NET_FAIL};
        struct net_request r = request(&s, "/");

        r.url = url_to("https", ports[i], "/");
        run(&r);
        assert_int_equal(s.o.failure, NET_TLS);
    }
    assert_int_equal(fake_number(&fake, "requests"), 0);
}

static void what_cannot_be_reached_says_why(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;

    (void)state;
    fresh(false);
    r = request(&s, "/");
    r.url = url_to("http", fake.refused, "/?key=secret");
    run(&r);
    assert_int_equal(s.o.failure, NET_CONNECT);
    assert_null(strstr(s.o.text, "secret"));
    s = (struct seen){.class = NET_FAIL};
    r.url = "https://fake.invalid/";
    run(&r);
    assert_int_equal(s.o.failure, NET_DNS);
    assert_non_null(strstr(s.o.text, "fake.invalid"));
}

static void names_of_the_local_network_need_a_setting(void **state)
{
    char name[256];
    struct seen s = {.class = NET_FAIL};
    struct net_request r;
    struct addrinfo *list = NULL;
    struct iv_error err;
    net_call *call;
    bool is_private;

    (void)state;
    gethostname(name, sizeof name);
    is_private = !getaddrinfo(name, NULL, NULL, &list) && !iv_net_address_is_public(list->ai_addr);
    if (list)
        freeaddrinfo(list);
    if (!is_private || !strcmp(name, "localhost"))
        skip(); /* this machine's name is no name of a private address */
    bench_open(&b, NULL);
    bench_set(&b, "net.allow", name);
    bench_start(&b, false);
    r = request(&s, "/");
    r.url = strcat(strcpy((char[300]){0}, "https://"), name);
    run(&r);
    assert_int_equal(s.o.failure, NET_NOT_ALLOWED);
    assert_non_null(strstr(s.o.text, "net.local"));
    r.url = strcat(strcpy((char[300]){0}, "http://"), name);
    assert_int_equal(iv_net_call(b.net, &r, &call, &err),
                     IV_E_CONFIG); /* and without TLS it is not even tried */
}

/* -- what cannot begin -- */

static void hosts_must_be_known(void **state)
{
    struct seen s = {0};
    struct net_request r;
    struct iv_error err;
    net_call *call;

    (void)state;
    fresh(false);
    r = request(&s, "/");
    r.url = "https://example.org/?key=secret";
    assert_int_equal(iv_net_call(b.net, &r, &call, &err), IV_E_CONFIG);
    assert_string_equal(
        err.text, "example.org: this host is on no list: name it in net.allow or in a base_url");
    assert_null(call);
    bench_close(&b);
    bench_open(&b, &fake);
    bench_set(&b, "net.offline", "true");
    bench_start(&b, false);
    r = request(&s, "/");
    assert_int_equal(iv_net_call(b.net, &r, &call, &err), IV_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "offline"));
    assert_int_equal(fake_number(&fake, "connections"), 0);
}

static void headers_cannot_be_smuggled(void **state)
{
    static const struct net_header bad[] = {
        {"X-A", "b\r\nX-C: d"}, {"X A", "b"}, {"", "b"}, {"X-A:", "b"}};
    struct seen s = {0};
    struct iv_error err;
    net_call *call;

    (void)state;
    fresh(false);
    for (size_t i = 0; i < IV_LEN(bad); i++) {
        struct net_request r = request(&s, "/");

        r.headers = &bad[i];
        r.n_headers = 1;
        assert_int_equal(iv_net_call(b.net, &r, &call, &err), IV_E_USAGE);
    }
}

/* -- connections -- */

static void a_warm_connection_saves_the_handshake(void **state)
{
    struct seen s[3] = {{.class = NET_FAIL}, {.class = NET_FAIL}, {.class = NET_FAIL}};

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /r}, times: 3, reply: {text: ok}}]");
    iv_net_warm(b.net, url_to("https", fake.https, "/r"));
    wait_until(fake_number(&fake, "in_flight") == 0 && fake_number(&fake, "requests") == 1);
    real_sleep(50);
    for (int i = 0; i < 3; i++) {
        struct net_request r = request(&s[i], "/r");

        r.url = url_to("https", fake.https, "/r");
        run(&r);
        assert_int_equal(s[i].o.failure, NET_OK);
        assert_true(s[i].o.timing.reused);
    }
    assert_string_equal(fake_problems(&fake), ""); /* it knows the HEAD request that warms */
    assert_int_equal(fake_number(&fake, "tls_handshakes"), 1);
    assert_int_equal(health_of(&b, "test").reused, 3);
    assert_int_equal(health_of(&b, "test").connections, 0);
}

static void calls_over_http_2_share_a_connection(void **state)
{
    static struct seen s[20];

    (void)state;
    if (!fake.h2)
        skip(); /* nghttpx is not installed */
    memset(s, 0, sizeof s);
    fresh(false);
    fake_post(&fake,
              "[{request: {path: /r}, times: 20, reply: {text: ok, fault: {delay_ms: 50}}}]");
    for (size_t i = 0; i < IV_LEN(s); i++) {
        struct net_request r = request(&s[i], "/r");

        r.url = url_to("https", fake.h2, "/r");
        send_off(&r);
    }
    for (size_t i = 0; i < IV_LEN(s); i++) {
        finish(&s[i]);
        assert_int_equal(s[i].o.failure, NET_OK);
    }
    assert_int_equal(health_of(&b, "test").connections, 1);
    assert_int_equal(health_of(&b, "test").reused, 19);
}

static void a_slow_answer_holds_up_nobody(void **state)
{
    static const char *const schemes[] = {"http", "https"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(schemes); i++) {
        struct seen slow = {.class = NET_FAIL}, s = {.class = NET_FAIL};
        struct net_request r;
        int port = i ? fake.https : fake.http;

        fresh(false);
        fake_post(&fake, "[{request: {path: /slow}, reply: {json: {}, fault: {stall: header}}}, "
                         "{request: {path: /r}, reply: {text: ok}}]");
        r = request(&slow, "/");
        r.url = url_to(schemes[i], port, "/slow");
        send_off(&r);
        r = request(&s, "/");
        r.url = url_to(schemes[i], port, "/r");
        run(&r);
        assert_int_equal(s.o.failure, NET_OK);
        iv_net_call_release(slow.call);
        bench_close(&b);
    }
}

static void calls_go_through_the_proxy(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;
    struct proxy proxy;
    char url[64];

    (void)state;
    proxy_start(&proxy, fake.http);
    bench_open(&b, &fake);
    snprintf(url, sizeof url, "http://user:word@127.0.0.1:%d", proxy.port);
    bench_set(&b, "net.proxy", url);
    bench_set(&b, "net.local", "true");
    bench_start(&b, false);
    fake_post(&fake, "[{request: {path: /r}, times: any, reply: {text: ok}}]");
    r = request(&s, "/r");
    r.url = "http://fake.invalid/r"; /* a name that only the proxy knows */
    run(&r);
    assert_int_equal(s.o.failure, NET_OK);
    assert_int_equal(proxy.forwards, 1);
    assert_non_null(strstr(proxy.head, "Proxy-Authorization: Basic dXNlcjp3b3Jk"));
    s = (struct seen){.class = NET_FAIL};
    r.url = url_to("http", fake.http, "/r");
    run(&r);
    assert_int_equal(s.o.failure, NET_OK);
    assert_int_equal(proxy.forwards, 1); /* not for this machine */
    bench_close(&b);
    assert_null(strstr(b.lines, "word"));
    proxy_stop(&proxy);
}

/* -- ends -- */

static void cancelling_ends_once(void **state)
{
    struct seen s = {.class = NET_RETRY};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_fault(&fake, "stall-header", "/r", 1);
    r = request(&s, "/r");
    send_off(&r);
    wait_until(fake_count(&fake, "/r") == 1);
    iv_net_call_cancel(s.call);
    iv_net_call_cancel(s.call);
    finish(&s);
    assert_int_equal(s.o.failure, NET_CANCELLED);
    assert_int_equal(s.v.code, IV_E_CANCELLED);
    assert_int_equal(s.judged, 0);
}

static void after_a_release_nothing_is_told(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /r}, reply: {bytes: 100000, every: 100, pause_ms: 1}}]");
    r = request(&s, "/r");
    r.on_data = on_data;
    send_off(&r);
    wait_until(s.pieces > 2);
    iv_net_call_release(s.call);
    s.pieces = 0;
    wait_until(fake_number(&fake, "open") == 0);
    assert_int_equal(s.pieces, 0);
    assert_int_equal(s.dones, 0);
}

static bool release_at_once(void *arg, const char *data, size_t len, const char *type)
{
    struct seen *s = arg;

    (void)data;
    (void)len;
    (void)type;
    s->pieces++;
    iv_net_call_release(s->call);
    return true;
}

static void a_release_in_a_callback_is_the_last_of_it(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /r}, reply: {bytes: 100000, every: 100, pause_ms: 1}}]");
    r = request(&s, "/r");
    r.on_data = release_at_once;
    send_off(&r);
    wait_until(s.pieces == 1 && fake_number(&fake, "open") == 0);
    assert_int_equal(s.pieces, 1);
    assert_int_equal(s.dones, 0);
}

static void the_end_of_all_cancels_calls(void **state)
{
    struct seen s = {.class = NET_RETRY}, waiting = {.class = NET_RETRY};
    struct net_request r;

    (void)state;
    fresh(true);
    fake_post(&fake, "[{request: {path: /r}, reply: {json: {}, fault: {stall: header}}}, {request: "
                     "{path: /w}, reply: {status: 500, text: x}}]");
    r = request(&s, "/r");
    send_off(&r);
    r = request(&waiting, "/w");
    send_off(&r);
    wait_until(health_of(&b, "test").retries == 1 && fake_count(&fake, "/r") == 1);
    iv_net_free(b.net);
    assert_int_equal(s.o.failure, NET_CANCELLED);
    assert_int_equal(waiting.o.failure, NET_CANCELLED);
    iv_net_call_cancel(s.call); /* later than its net */
    iv_net_call_release(s.call);
    iv_net_call_release(waiting.call);
    b.net = NULL;
    iv_ctx_free(b.ctx);
    iv_config_free(b.config);
}

/* -- posts and timers -- */

static _Atomic int ticks;

static void tick(void *arg)
{
    ticks = ticks * 10 + (int)(intptr_t)arg;
}

static void posts_and_timers_come_in_order(void **state)
{
    net_timer *a, *c, *d;

    (void)state;
    fresh(true);
    ticks = 0;
    a = iv_net_after(b.net, 200, tick, (void *)3);
    c = iv_net_after(b.net, 100, tick, (void *)2);
    d = iv_net_after(b.net, 150, tick, (void *)9);
    iv_net_post(b.net, tick, (void *)1, NULL);
    wait_until(ticks == 1);
    iv_net_timer_release(d);
    advance(&b, 99);
    real_sleep(20);
    assert_int_equal(ticks, 1);
    advance(&b, 200);
    wait_until(ticks == 123);
    iv_net_timer_release(a);
    iv_net_timer_release(c);
}

static void an_idle_net_does_nothing(void **state)
{
    struct seen s = {.class = NET_FAIL};
    struct net_request r;
    struct timespec t0, t1;

    (void)state;
    fresh(false);
    fake_post(&fake, "[{request: {path: /r}, reply: {text: ok}}]");
    r = request(&s, "/r");
    run(&r);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
    real_sleep(500);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
    assert_true((t1.tv_sec - t0.tv_sec) * 1000 + (t1.tv_nsec - t0.tv_nsec) / 1000000 < 15);
}

static bool start_fake(void)
{
    static const char *const with_h2[] = {"--h2", NULL};

    return fake_start(&fake, with_h2) || fake_start(&fake, NULL);
}

int main(void)
{
    struct CMUnitTest t[64] = {
        cmocka_unit_test_teardown(an_answer_arrives_whole, close_bench),
        cmocka_unit_test_teardown(parts_arrive_as_a_form, close_bench),
        cmocka_unit_test_teardown(a_stream_comes_in_pieces, close_bench),
        cmocka_unit_test_teardown(a_wait_of_two_seconds_is_waited, close_bench),
        cmocka_unit_test_teardown(the_budget_ends_the_tries, close_bench),
        cmocka_unit_test_teardown(what_was_delivered_is_not_asked_for_again, close_bench),
        cmocka_unit_test_teardown(the_breaker_opens_and_lets_one_try, close_bench),
        cmocka_unit_test_teardown(a_drip_lasts_no_longer_than_allowed, close_bench),
        cmocka_unit_test_teardown(an_answer_cut_anywhere_is_no_success, close_bench),
        cmocka_unit_test_teardown(a_huge_answer_is_refused_early, close_bench),
        cmocka_unit_test_teardown(a_refusal_is_kept_in_part, close_bench),
        cmocka_unit_test_teardown(a_listener_may_refuse, close_bench),
        cmocka_unit_test_teardown(a_redirect_is_not_followed, close_bench),
        cmocka_unit_test_teardown(bad_certificates_are_refused, close_bench),
        cmocka_unit_test_teardown(what_cannot_be_reached_says_why, close_bench),
        cmocka_unit_test_teardown(names_of_the_local_network_need_a_setting, close_bench),
        cmocka_unit_test_teardown(hosts_must_be_known, close_bench),
        cmocka_unit_test_teardown(headers_cannot_be_smuggled, close_bench),
        cmocka_unit_test_teardown(a_warm_connection_saves_the_handshake, close_bench),
        cmocka_unit_test_teardown(calls_over_http_2_share_a_connection, close_bench),
        cmocka_unit_test_teardown(a_slow_answer_holds_up_nobody, close_bench),
        cmocka_unit_test_teardown(calls_go_through_the_proxy, close_bench),
        cmocka_unit_test_teardown(cancelling_ends_once, close_bench),
        cmocka_unit_test_teardown(after_a_release_nothing_is_told, close_bench),
        cmocka_unit_test_teardown(a_release_in_a_callback_is_the_last_of_it, close_bench),
        cmocka_unit_test_teardown(the_end_of_all_cancels_calls, close_bench),
        cmocka_unit_test_teardown(posts_and_timers_come_in_order, close_bench),
        cmocka_unit_test_teardown(an_idle_net_does_nothing, close_bench),
    };
    size_t n = 28;
    int failed;

    for (size_t i = 0; i < IV_LEN(tries); i++)
        t[n++] = (struct CMUnitTest){tries[i].name, tries_by_class, NULL, close_bench,
                                     (void *)(uintptr_t)&tries[i]};
    for (size_t i = 0; i < IV_LEN(stalls); i++)
        t[n++] = (struct CMUnitTest){stalls[i].name, stalls_end, NULL, close_bench,
                                     (void *)(uintptr_t)&stalls[i]};
    if (!start_fake()) {
        fprintf(stderr, "%s\n", fake.error);
        return 1;
    }
    failed = _cmocka_run_group_tests("net_http", t, n, NULL, NULL);
    fake_stop(&fake);
    return failed;
}

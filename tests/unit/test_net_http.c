/* test_net_http.c - HTTP calls against the fake server: tries, deadlines, limits, connections. */
#include "net_fixture.h"

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

int main(void)
{
    struct CMUnitTest t[64] = {
        cmocka_unit_test_teardown(an_answer_arrives_whole, close_bench),
        cmocka_unit_test_teardown(parts_arrive_as_a_form, close_bench),
        cmocka_unit_test_teardown(a_stream_comes_in_pieces, close_bench),
    };
    size_t n = 3;
    int failed;

    for (size_t i = 0; i < IV_LEN(tries); i++)
        t[n++] = (struct CMUnitTest){tries[i].name, tries_by_class, NULL, close_bench,
                                     (void *)(uintptr_t)&tries[i]};
    if (!fake_start(&fake, NULL)) {
        fprintf(stderr, "%s\n", fake.error);
        return 1;
    }
    failed = _cmocka_run_group_tests("net_http", t, n, NULL, NULL);
    fake_stop(&fake);
    return failed;
}

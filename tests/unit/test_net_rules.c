/* test_net_rules.c - what decides about calls without a socket: URLs, hosts, addresses, retry classes, budgets, breakers, heads. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "iv/config.h"
#include "net/allow.h"
#include "net/answer.h"
#include "net/breaker.h"
#include "net/policy.h"

/* -- URLs -- */

static const struct url_row {
    const char *text, *host;
    int port;
    const char *path;
} urls[] = {
    {"https://api.openai.com/v1/x?a=b", "api.openai.com", 443, "/v1/x?a=b"},
    {"HTTP://LOCALHOST:8080", "localhost", 8080, ""},
    {"ws://127.0.0.1?x", "127.0.0.1", 80, "?x"},
    {"wss://[::1]:9/", "::1", 9, "/"},
    {"https://a.b@c.d/", NULL, 0, NULL},
    {"https://a:b@c/", NULL, 0, NULL},
    {"https://c/a@b", "c", 443, "/a@b"},
    {"ftp://a/", NULL, 0, NULL},
    {"file:///etc/passwd", NULL, 0, NULL},
    {"https://", NULL, 0, NULL},
    {"https:///x", NULL, 0, NULL},
    {"https://a:0/", NULL, 0, NULL},
    {"https://a:65536/", NULL, 0, NULL},
    {"https://a:99999999999/", NULL, 0, NULL},
    {"https://a:/", NULL, 0, NULL},
    {"https://a b/", NULL, 0, NULL},
    {"https://a/b c", NULL, 0, NULL},
    {"https://a/b\r\nc", NULL, 0, NULL},
    {"https://a/#f", NULL, 0, NULL},
    {"https://a\\@b/", NULL, 0, NULL},
    {"https://é.com/", NULL, 0, NULL},
    {"https://[::1", NULL, 0, NULL},
    {"https://[abc]/", NULL, 0, NULL},
    {"https://[1.2.3.4]/", NULL, 0, NULL},
    {"https://2130706433/", NULL, 0, NULL}, /* 127.0.0.1 to inet_aton() */
    {"https://0x7f.1/", NULL, 0, NULL},
    {"https://127.1/", NULL, 0, NULL},
};

static void urls_are_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < IV_LEN(urls); i++) {
        struct net_url u;
        enum iv_code rc = iv_net_url_parse(urls[i].text, &u, NULL);

        if (!urls[i].host != (rc != IV_OK))
            fail_msg("%s: %d", urls[i].text, rc);
        if (rc)
            continue;
        assert_string_equal(u.host, urls[i].host);
        assert_int_equal(u.port, urls[i].port);
        assert_string_equal(u.path, urls[i].path);
    }
}

static void lists_of_hosts(void **state)
{
    (void)state;
    assert_true(iv_net_host_in("a.example.com", "x, *.example.com"));
    assert_true(iv_net_host_in("a.example.com", ".EXAMPLE.com y"));
    assert_false(iv_net_host_in("example.com", "*.example.com"));
    assert_false(iv_net_host_in("badexample.com", "*.example.com,.example.com"));
    assert_false(iv_net_host_in("example.com.evil", "example.com"));
    assert_true(iv_net_host_in("::1", "[::1]"));
    assert_true(iv_net_host_in("anything", "*"));
    assert_false(iv_net_host_in("a", ""));
    assert_false(iv_net_host_in("a", NULL));
}

/* -- hosts and addresses -- */

static struct iv_config *config_with(const char *key, const char *value)
{
    struct iv_config *c;
    struct iv_error err;

    assert_int_equal(iv_config_new(&c, &err), IV_OK);
    if (key && iv_config_set(c, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
    return c;
}

static const struct {
    const char *key, *value, *url;
    enum iv_code code;
} hosts[] = {
    {NULL, NULL, "https://api.openai.com/", IV_OK},
    {NULL, NULL, "wss://speech.platform.bing.com/x", IV_OK},
    {NULL, NULL, "https://api.openai.com.evil.org/", IV_E_CONFIG},
    {NULL, NULL, "https://evil.org/", IV_E_CONFIG},
    {NULL, NULL, "http://api.openai.com/", IV_E_CONFIG}, /* the key would be readable */
    {NULL, NULL, "http://127.0.0.1/", IV_E_CONFIG},
    {"net.allow", "127.0.0.1,localhost", "http://127.0.0.1:1/", IV_OK},
    {"net.allow", "127.0.0.1,localhost", "http://localhost/", IV_OK},
    {"net.allow", "gpu", "http://gpu/", IV_E_CONFIG},
    {"net.allow", "gpu", "https://gpu/", IV_OK},
    {"net.offline", "true", "https://api.openai.com/", IV_E_UNAVAILABLE},
};

static void hosts_are_listed(void **state)
{
    (void)state;
    for (size_t i = 0; i < IV_LEN(hosts); i++) {
        struct iv_config *c = config_with(hosts[i].key, hosts[i].value);
        struct iv_error err = {0};
        struct net_url u;

        if (iv_net_allow(c, hosts[i].url, &u, &err) != hosts[i].code)
            fail_msg("%s: %s", hosts[i].url, err.text);
        iv_config_free(c);
    }
}

static void the_offline_variable_is_known(void **state)
{
    char own[96];
    const struct iv_setting *s = iv_setting_find("net.offline");

    (void)state;
    assert_string_equal(s->env, "INTERVIEWCTL_OFFLINE");
    iv_setting_env_name(s, own);
    assert_string_equal(own, "INTERVIEWCTL_NET_OFFLINE");
}

static const struct {
    const char *text;
    bool is_public;
} addresses[] = {
    {"8.8.8.8", true},
    {"0.0.0.0", false},
    {"10.1.2.3", false},
    {"100.64.0.1", false},
    {"100.128.0.1", true},
    {"127.0.0.1", false},
    {"169.254.169.254", false},
    {"172.15.0.1", true},
    {"172.16.0.1", false},
    {"172.31.255.255", false},
    {"172.32.0.1", true},
    {"192.168.0.1", false},
    {"192.0.2.1", false},
    {"198.18.0.1", false},
    {"224.0.0.1", false},
    {"255.255.255.255", false},
    {"2606:4700::1", true},
    {"::", false},
    {"::1", false},
    {"fe80::1", false},
    {"fc00::1", false},
    {"fd00:ec2::254", false},
    {"ff02::1", false},
    {"2001:db8::1", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:8.8.8.8", true},
    {"64:ff9b::7f00:1", false},
    {"64:ff9b::808:808", true},
    {"2002:7f00:1::", false},
    {"2001:0:1::", false},
};

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage s = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&s, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&s, &v6, sizeof v6);
    return s;
}

static void addresses_are_public_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < IV_LEN(addresses); i++) {
        struct sockaddr_storage s = address(addresses[i].text);

        if (iv_net_address_is_public((struct sockaddr *)&s) != addresses[i].is_public)
            fail_msg("%s", addresses[i].text);
    }
}

static void a_name_may_not_lead_inside(void **state)
{
    struct sockaddr_storage inside = address("192.168.1.5"), loop = address("127.0.0.1"),
                            out = address("8.8.8.8");
    struct iv_config *c = config_with(NULL, NULL), *local = config_with("net.local", "true");
    struct net_url name, literal, localhost;

    (void)state;
    iv_net_url_parse("https://api.openai.com", &name, NULL);
    iv_net_url_parse("http://192.168.1.5", &literal, NULL);
    iv_net_url_parse("http://localhost", &localhost, NULL);
    assert_false(iv_net_allow_address(c, &name, (struct sockaddr *)&inside));
    assert_false(iv_net_allow_address(c, &name, (struct sockaddr *)&loop));
    assert_true(iv_net_allow_address(c, &name, (struct sockaddr *)&out));
    assert_true(iv_net_allow_address(local, &name, (struct sockaddr *)&inside));
    assert_true(iv_net_allow_address(c, &literal, (struct sockaddr *)&inside));
    assert_true(iv_net_allow_address(c, &localhost, (struct sockaddr *)&loop));
    assert_false(iv_net_allow_address(c, &localhost, (struct sockaddr *)&out));
    iv_config_free(c);
    iv_config_free(local);
}

static void the_proxy_is_for_others(void **state)
{
    struct iv_config *c = config_with("net.proxy", "http://proxy:3128");
    struct net_url u;

    (void)state;
    iv_config_set(c, "net.no_proxy", ".inside.example,10.0.0.1", IV_FROM_FLAG, "test", NULL);
    iv_net_url_parse("https://api.openai.com", &u, NULL);
    assert_string_equal(iv_net_proxy_for(c, &u), "http://proxy:3128");
    iv_net_url_parse("https://a.inside.example", &u, NULL);
    assert_null(iv_net_proxy_for(c, &u));
    iv_net_url_parse("http://10.0.0.1", &u, NULL);
    assert_null(iv_net_proxy_for(c, &u));
    iv_net_url_parse("http://localhost:11434", &u, NULL);
    assert_null(iv_net_proxy_for(c, &u));
    iv_config_free(c);
}

/* -- retries -- */

static const struct {
    const char *name;
    struct net_attempt a;
    double chance;
    int64_t ms;
} waits[] = {
    {"N", {NET_FAIL, 1, -1, 0, 0}, 1, -1},
    {"F", {NET_FIX, 1, -1, 0, 0}, 1, -1},
    {"a success", {NET_IGNORE, 1, -1, 0, 0}, 1, -1},
    {"R first", {NET_RETRY, 1, -1, 0, 0}, 1, 500},
    {"R first, least", {NET_RETRY, 1, -1, 0, 0}, 0, 375},
    {"R second", {NET_RETRY, 2, -1, 0, 0}, 1, 1000},
    {"R third", {NET_RETRY, 3, -1, 0, 0}, 1, -1},
    {"R does not wait as told", {NET_RETRY, 1, 60000, 0, 0}, 1, 500},
    {"once", {NET_RETRY_ONCE, 1, -1, 0, 0}, 1, 500},
    {"once is over", {NET_RETRY_ONCE, 2, -1, 0, 0}, 1, -1},
    {"W told", {NET_WAIT, 1, 2000, 0, 0}, 0, 2000},
    {"W told to come at once", {NET_WAIT, 1, 0, 0, 0}, 0, 0},
    {"W not told", {NET_WAIT, 1, -1, 0, 0}, 1, 500},
    {"W just short enough", {NET_WAIT, 1, 10000, 0, 0}, 1, 10000},
    {"W too long", {NET_WAIT, 1, 10001, 0, 0}, 1, -1},
    {"W too long but in the budget", {NET_WAIT, 1, 60000, 1000, 120000}, 1, 60000},
    {"W over the budget", {NET_WAIT, 1, 60000, 61000, 120000}, 1, -1},
    {"R over the budget", {NET_RETRY, 1, -1, 9600, 10000}, 1, -1},
};

static void waits_by_class(void **state)
{
    const struct net_policy p = {2, 10000}, none = {0, 10000}, many = {10, 10000};

    (void)state;
    for (size_t i = 0; i < IV_LEN(waits); i++)
        if (iv_policy_delay(&p, &waits[i].a, waits[i].chance) != waits[i].ms)
            fail_msg("%s", waits[i].name);
    assert_int_equal(iv_policy_delay(&none, &waits[3].a, 1), -1);
    assert_int_equal(iv_policy_delay(&many, &(struct net_attempt){NET_RETRY, 9, -1, 0, 0}, 1),
                     8000);
}

static void retries_are_a_share_of_the_calls(void **state)
{
    struct net_budget b;
    int64_t now = 0;
    int n = 0;

    (void)state;
    iv_budget_init(&b, 0.2, now);
    while (iv_budget_take(&b, now))
        n++;
    assert_int_equal(n, 10); /* the reserve */
    n = 0;
    for (int i = 0; i < 1000; i++) {
        iv_budget_call(&b, now);
        n += iv_budget_take(&b, now) + iv_budget_take(&b, now);
    }
    assert_in_range(n, 195, 200);
    now += 3000000;
    n = 0;
    while (iv_budget_take(&b, now))
        n++;
    assert_int_equal(n, 3); /* comes back, one a second */
}

/* -- breaker -- */

static void a_breaker_opens_and_closes(void **state)
{
    struct net_breaker b = {.limit = 5, .pause_us = 30000000};
    bool is_probe;

    (void)state;
    for (int i = 0; i < 4; i++)
        iv_breaker_fault(&b, 0);
    iv_breaker_good(&b); /* in a row, that is */
    for (int i = 0; i < 4; i++)
        iv_breaker_fault(&b, 0);
    assert_true(iv_breaker_admit(&b, 0, &is_probe));
    assert_false(is_probe);
    iv_breaker_fault(&b, 1000);
    assert_false(iv_breaker_admit(&b, 30000999, &is_probe));
    iv_breaker_fault(&b, 20000000); /* one that began before */
    assert_int_equal(iv_breaker_state(&b, 30001000), NET_HALF_OPEN);
    assert_true(iv_breaker_admit(&b, 30001000, &is_probe));
    assert_true(is_probe);
    assert_false(iv_breaker_admit(&b, 30001000, &is_probe));
    iv_breaker_fault(&b, 30002000);
    assert_false(iv_breaker_admit(&b, 60001000, &is_probe));
    assert_true(iv_breaker_admit(&b, 60002000, &is_probe));
    iv_breaker_unused(&b); /* cancelled */
    assert_true(iv_breaker_admit(&b, 60002000, &is_probe));
    assert_true(is_probe);
    iv_breaker_good(&b);
    assert_int_equal(iv_breaker_state(&b, 60002000), NET_CLOSED_STATE);
    b.limit = 0;
    for (int i = 0; i < 100; i++)
        iv_breaker_fault(&b, 0);
    assert_int_equal(b.state, NET_CLOSED_STATE);
}

/* -- heads -- */

static struct net_answer with(const char *name, const char *value)
{
    struct net_answer a;

    iv_answer_init(&a);
    iv_answer_field(&a, name, strlen(name), value, strlen(value), 784111770000);
    return a;
}

static void heads_are_read_defensively(void **state)
{
    struct net_outcome o = {0};
    struct net_answer a;

    (void)state;
    assert_int_equal(iv_answer_status("HTTP/1.1 503 x\r\n", 16), 503);
    assert_int_equal(iv_answer_status("HTTP/2 200 \r\n", 13), 200);
    assert_int_equal(iv_answer_status("HTTP/1.1 2000", 13), 0);
    assert_int_equal(iv_answer_status("HTTP/1.1 ", 9), 0);
    assert_int_equal(iv_answer_status("X-A: HTTP/1.1 200", 17), 0);
    assert_int_equal(with("Retry-After", " 2 ").retry_header_ms, 2000);
    assert_int_equal(with("Retry-After", "1.5").retry_header_ms, 1500);
    assert_int_equal(with("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT").retry_header_ms, 7000);
    assert_int_equal(with("Retry-After", "Sun, 06 Nov 1990 08:49:37 GMT").retry_header_ms, 0);
    assert_int_equal(with("Retry-After", "-5").retry_header_ms, -1);
    assert_int_equal(with("Retry-After", "1e999").retry_header_ms, 24 * 3600 * 1000);
    assert_int_equal(with("Retry-After", "soon").retry_header_ms, -1);
    assert_int_equal(with("Retry-After", "").retry_header_ms, -1);
    assert_int_equal(with("retry-after-ms", "20").retry_ms_header, 20);
    assert_int_equal(with("Content-Length", "+5").length, -1);
    assert_int_equal(with("Content-Length", "99999999999999999999").length, -1);
    assert_int_equal(with("X-Should-Retry", "false").should_retry, 0);
    assert_int_equal(with("X-Should-Retry", "TRUE").should_retry, 1);
    assert_int_equal(with("X-Should-Retry", "x").should_retry, -1);
    assert_string_equal(with("X-Request-ID", "a\x1b[2J b").request_id, "a[2Jb");
    assert_int_equal(iv_answer_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777000);
    assert_int_equal(iv_answer_date("Sun, 06 Foo 1994 08:49:37 GMT"), -1);
    assert_int_equal(iv_answer_date("Sun, 06 Nov 1994 25:49:37 GMT"), -1);
    assert_int_equal(iv_answer_date("1994-11-06"), -1);
    a = with("retry-after-ms", "20");
    iv_answer_field(&a, "Retry-After", 11, "60", 2, 0);
    iv_answer_tell(&a, &o);
    assert_int_equal(o.retry_after_ms, 20);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(urls_are_read_strictly),
        cmocka_unit_test(lists_of_hosts),
        cmocka_unit_test(hosts_are_listed),
        cmocka_unit_test(the_offline_variable_is_known),
        cmocka_unit_test(addresses_are_public_or_not),
        cmocka_unit_test(a_name_may_not_lead_inside),
        cmocka_unit_test(the_proxy_is_for_others),
        cmocka_unit_test(waits_by_class),
        cmocka_unit_test(retries_are_a_share_of_the_calls),
        cmocka_unit_test(a_breaker_opens_and_closes),
        cmocka_unit_test(heads_are_read_defensively),
    };

    return cmocka_run_group_tests_name("net_rules", t, NULL, NULL);
}

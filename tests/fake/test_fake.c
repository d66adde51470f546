/* fake.h itself: starting, steering, asking and stopping a fake server from C. */
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int start(void **state)
{
    static struct fake f;

    *state = &f;
    if (fake_start(&f, (const char *const[]){"--service", "all", "--fast", NULL}))
        return 0;
    print_error("%s\n", f.error);
    return -1;
}

static int stop(void **state)
{
    struct fake *f = *state;

    fake_steer(f, "/__reset", NULL);
    return fake_stop(f);
}

static void ready_line_has_every_port(void **state)
{
    const struct fake *f = *state;

    assert_true(f->http && f->https && f->https_expired && f->https_wrong_host &&
                f->https_unknown_ca);
    assert_true(f->refused && f->unreachable && f->control);
    assert_int_equal(access(f->ca, R_OK), 0);
}

static void get(const struct fake *f, const char *path, char *answer, size_t size)
{
    char line[256];
    int fd = fake_connect(f->http);
    char *all;

    assert_true(fd >= 0);
    snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    assert_true(fake_write(fd, line, strlen(line)));
    all = fake_read_all(fd);
    snprintf(answer, size, "%s", all ? all : "");
    free(all);
    close(fd);
}

static void scenario_is_played_and_counted(void **state)
{
    struct fake *f = *state;
    char answer[1024];

    assert_true(fake_post(f, "- {name: one, request: {path: /a}, reply: {status: 201, text: hi}}\n"
                             "- {name: two, request: {path: /b}}\n"));
    get(f, "/a", answer, sizeof(answer));
    assert_non_null(strstr(answer, " 201 "));
    assert_string_equal(fake_problems(f), "two: never asked for\n");
    assert_int_equal(fake_number(f, "requests"), 1);
    assert_int_equal(fake_count(f, "/a"), 1);
    assert_int_equal(fake_count(f, "/b"), 0);
}

static void file_and_fault_are_found(void **state)
{
    struct fake *f = *state;
    char answer[1024];

    assert_true(fake_play(f, "openai.yaml", "stream"));
    assert_true(fake_fault(f, "unavailable", "/health", 1));
    get(f, "/health", answer, sizeof(answer));
    assert_non_null(strstr(answer, " 503 "));
    get(f, "/health", answer, sizeof(answer));
    assert_non_null(strstr(answer, " 200 "));
}

static void mistakes_are_told(void **state)
{
    struct fake *f = *state;

    assert_false(fake_post(f, "- nonsense"));
    assert_non_null(strstr(f->error, "not a map"));
    assert_false(fake_fault(f, "nix", "/a", 1));
    assert_false(fake_play(f, "nix.yaml", NULL));
    assert_false(fake_steer(f, "/__nix", NULL));
}

static void violated_expectation_is_the_exit_status(void **state)
{
    struct fake other;
    char answer[1024];

    (void)state;
    assert_true(fake_start(&other, NULL));
    get(&other, "/unexpected", answer, sizeof(answer));
    assert_string_equal(fake_problems(&other), "unexpected GET /unexpected\n");
    assert_int_equal(fake_stop(&other), 1);
    assert_int_equal(fake_stop(&other), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_line_has_every_port),
        cmocka_unit_test(scenario_is_played_and_counted),
        cmocka_unit_test(file_and_fault_are_found),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(violated_expectation_is_the_exit_status),
    };

    return cmocka_run_group_tests_name("fake", tests, start, stop);
}

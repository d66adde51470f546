/* test_secret.c - where keys come from, and that they go nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "iv/clock.h"
#include "iv/config.h"
#include "iv/ctx.h"
#include "iv/secret.h"
#include "util/hidden.h"

#define KEY "deepgram.api_key"

struct place {
    char dir[64], file[96];
    struct iv_config *config;
    iv_ctx *ctx;
    struct iv_log log;
    char lines[8192];
};

static void keep_line(void *arg, enum iv_log_level level, const char *line)
{
    struct place *p = arg;
    size_t n = strlen(p->lines);

    (void)level;
    snprintf(p->lines + n, sizeof p->lines - n, "%s\n", line);
}

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    struct iv_error err;

    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    snprintf(p->dir, sizeof p->dir, "/tmp/iv-secret-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->file, sizeof p->file, "%s/key", p->dir);
    assert_int_equal(iv_config_new(&p->config, &err), IV_OK);
    p->log = (struct iv_log){keep_line, p, IV_LOG_DEBUG};
    assert_int_equal(iv_ctx_new(p->config, &p->log, NULL, &p->ctx, &err), IV_OK);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    iv_ctx_free(p->ctx);
    iv_config_free(p->config);
    unlink(p->file);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void set(struct place *p, const char *key, const char *value)
{
    struct iv_error err;

    if (iv_config_set(p->config, key, value, IV_FROM_FLAG, "test", &err))
        fail_msg("%s", err.text);
}

static void write_file(const struct place *p, const char *text, mode_t mode)
{
    FILE *f = fopen(p->file, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(p->file, mode), 0);
}

static void expect_key(struct place *p, const char *wanted, const char *origin)
{
    struct iv_error err = {0};
    char *got = NULL, from[300];

    if (iv_secret_get(p->ctx, KEY, &got, &err))
        fail_msg("%s", err.text);
    if (wanted)
        assert_string_equal(got, wanted);
    else
        assert_null(got);
    iv_secret_free(got);
    assert_int_equal(iv_secret_is_set(p->ctx, KEY), wanted != NULL);
    assert_int_equal(iv_secret_origin(p->ctx, KEY, from, sizeof from, &err), IV_OK);
    assert_string_equal(from, origin);
}

/* In another context: a command that failed is left alone in its own. */
static void expect_refusal(struct place *p, const char *part)
{
    struct iv_error err = {0};
    char *got = NULL;

    iv_ctx_free(p->ctx);
    assert_int_equal(iv_ctx_new(p->config, &p->log, NULL, &p->ctx, &err), IV_OK);
    assert_int_equal(iv_secret_get(p->ctx, KEY, &got, &err), IV_E_CONFIG);
    assert_true(iv_secret_is_set(p->ctx, KEY)); /* so that whoever needs it hears the reason */
    assert_null(got);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, err.text);
    assert_null(strstr(err.text, "hush-hush"));
}

static void without_any_there_is_none(void **state)
{
    expect_key(*state, NULL, "");
}

static void a_value_says_which_variable(void **state)
{
    struct place *p = *state;
    struct iv_error err;

    iv_config_set(p->config, KEY, "hush-hush-1", IV_FROM_ENV, "DEEPGRAM_API_KEY", &err);
    expect_key(p, "hush-hush-1", "environment DEEPGRAM_API_KEY");
}

static void a_private_file_gives_its_word(void **state)
{
    struct place *p = *state;
    char origin[128];

    write_file(p, "hush-hush-2\r\n", 0600);
    set(p, "deepgram.api_key_file", p->file);
    snprintf(origin, sizeof origin, "file %s", p->file);
    expect_key(p, "hush-hush-2", origin);
}

static void a_file_that_others_read_is_refused_with_its_mode(void **state)
{
    struct place *p = *state;

    write_file(p, "hush-hush-3\n", 0644);
    set(p, "deepgram.api_key_file", p->file);
    expect_refusal(p, "(mode 0644)");
    expect_refusal(p, p->file);
}

static void bad_files_are_named(void **state)
{
    struct place *p = *state;
    char much[5000];

    set(p, "deepgram.api_key_file", p->file);
    expect_refusal(p, "No such file");
    write_file(p, " \n", 0600);
    expect_refusal(p, "is empty");
    write_file(p, "hush-hush\nsecond line\n", 0600);
    expect_refusal(p, "a character that no key has");
    memset(much, 'k', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    write_file(p, much, 0600);
    expect_refusal(p, "no key");
    set(p, "deepgram.api_key_file", p->dir);
    expect_refusal(p, "is no file");
}

static void a_settings_file_with_a_key_must_be_private(void **state)
{
    struct place *p = *state;
    bool is_foreign;
    char origin[200];
    struct iv_error err;

    write_file(p, "[deepgram]\napi_key = hush-hush-4\n", 0640);
    is_foreign = !chown(p->file, (uid_t)-1, 12345); /* a group that is not root's, where we may */
    assert_int_equal(iv_config_load_file(p->config, p->file, IV_FROM_USER, &err), IV_OK);
    if (is_foreign)
        expect_refusal(p, "(mode 0640)");
    chmod(p->file, 0604);
    expect_refusal(p, "(mode 0604)");
    chmod(p->file, 0600);
    snprintf(origin, sizeof origin, "user file %s:2", p->file);
    expect_key(p, "hush-hush-4", origin);
}

static void a_command_is_run_once_for_each_key(void **state)
{
    struct place *p = *state;
    char command[200];

    snprintf(command, sizeof command, "echo x >> %s; echo \"hush-$INTERVIEWCTL_KEY\"; echo note",
             p->file);
    set(p, "key_command", command);
    expect_key(p, "hush-deepgram.api_key", "key_command");
    expect_key(p, "hush-deepgram.api_key", "key_command");
    struct stat st;
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_size, 2);
}

static void quotes_around_a_command_are_dropped(void **state)
{
    struct place *p = *state;

    set(p, "key_command", "\"printf hush-hush-5\"");
    expect_key(p, "hush-hush-5", "key_command");
}

static void status_1_or_nothing_means_that_there_is_none(void **state)
{
    struct place *p = *state;
    struct iv_error err = {0};
    char *got;

    set(p, "key_command", "test $INTERVIEWCTL_KEY = openai.api_key || exit 1");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(iv_secret_get(p->ctx, i ? "openai.api_key" : KEY, &got, &err), IV_OK);
        assert_null(got);
    }
    expect_key(p, NULL, "");
}

static void a_command_that_fails_is_an_error_without_its_words(void **state)
{
    struct place *p = *state;

    set(p, "key_command", "echo hush-hush-6; exit 3");
    expect_refusal(p, "exit status 3");
    set(p, "key_command", "no-such-program-here");
    expect_refusal(p, "no such program");
    set(p, "key_command", "kill -9 $$");
    expect_refusal(p, "signal 9");
    set(p, "key_command", "yes hush-hush");
    expect_refusal(p, "no key");
}

static void a_command_that_failed_is_left_alone_for_a_while(void **state)
{
    struct place *p = *state;
    struct iv_manual_clock clock;
    struct iv_error err = {0};
    char command[200], *got;
    struct stat st;

    iv_manual_clock_init(&clock, 0);
    iv_ctx_free(p->ctx);
    assert_int_equal(iv_ctx_new(p->config, &p->log, &clock.clock, &p->ctx, &err), IV_OK);
    snprintf(command, sizeof command, "echo >> %s; exit 2", p->file);
    set(p, "key_command", command);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(iv_secret_get(p->ctx, KEY, &got, &err), IV_E_CONFIG);
        assert_int_equal(iv_secret_get(p->ctx, "openai.api_key", &got, &err), IV_E_CONFIG);
        assert_non_null(strstr(err.text, "exit status 2"));
    }
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_size, 1);
    iv_manual_clock_advance(&clock, 30000000);
    assert_int_equal(iv_secret_get(p->ctx, KEY, &got, &err), IV_E_CONFIG);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_size, 2);
}

static void a_command_reads_nothing_and_is_ended_after_ten_seconds(void **state)
{
    struct place *p = *state;
    struct timespec a, b;

    set(p, "key_command", "cat; printf hush-hush-7");
    expect_key(p, "hush-hush-7", "key_command");
    clock_gettime(CLOCK_MONOTONIC, &a);
    set(p, "key_command", "sleep 60 & sleep 60");
    {
        struct iv_error err = {0};
        char *got;

        assert_int_equal(iv_secret_get(p->ctx, "openai.api_key", &got, &err), IV_E_CONFIG);
        assert_non_null(strstr(err.text, "no answer within 10 s"));
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_in_range(b.tv_sec - a.tv_sec, 9, 13);
}

static void what_was_handed_out_is_cut_from_the_log(void **state)
{
    struct place *p = *state;
    char *got;

    write_file(p, "hush-hush-8\n", 0600);
    set(p, "deepgram.api_key_file", p->file);
    set(p, "openai.api_key", "sk-hush-hush-9");
    assert_int_equal(iv_secret_get(p->ctx, KEY, &got, NULL), IV_OK);
    iv_log(iv_ctx_log(p->ctx), IV_LOG_WARN, "a %s b sk-hush-hush-9 c %s", got, got);
    iv_secret_free(got);
    assert_string_equal(p->lines, "a [redacted] b [redacted] c [redacted]\n");
}

static void a_key_cut_short_by_a_buffer_is_cut_too(void **state)
{
    struct place *p = *state;
    char filler[1100], *end;

    set(p, "openai.api_key", "sk-0123456789abcdef");
    for (int room = 1000; room < 1024; room++) {
        p->lines[0] = '\0';
        memset(filler, '.', sizeof filler);
        filler[room] = '\0';
        iv_log(iv_ctx_log(p->ctx), IV_LOG_WARN, "%ssk-0123456789abcdef", filler);
        end = strrchr(p->lines, '.') + 1;
        assert_true(strncmp(end, "sk-0123", 7));
    }
}

static void redaction_never_lengthens(void **state)
{
    struct place *p = *state;
    char text[] = "abcdef abcdef", same[] = "short ab";

    set(p, "openai.api_key", "abcdef");
    set(p, "deepgram.api_key", "ab"); /* too short to tell from words */
    iv_secret_redact(p->ctx, text);
    assert_string_equal(text, "[redac [redac");
    iv_secret_redact(p->ctx, same);
    assert_string_equal(same, "short ab");
    iv_secret_redact(NULL, same);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(without_any_there_is_none),
        T(a_value_says_which_variable),
        T(a_private_file_gives_its_word),
        T(a_file_that_others_read_is_refused_with_its_mode),
        T(bad_files_are_named),
        T(a_settings_file_with_a_key_must_be_private),
        T(a_command_is_run_once_for_each_key),
        T(quotes_around_a_command_are_dropped),
        T(status_1_or_nothing_means_that_there_is_none),
        T(a_command_that_fails_is_an_error_without_its_words),
        T(a_command_that_failed_is_left_alone_for_a_while),
        T(a_command_reads_nothing_and_is_ended_after_ten_seconds),
        T(what_was_handed_out_is_cut_from_the_log),
        T(a_key_cut_short_by_a_buffer_is_cut_too),
        T(redaction_never_lengthens),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
